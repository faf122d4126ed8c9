"""Recommendation ITU-R P.530-17: fading of terrestrial line-of-sight links by rain and multipath.

Rain, section 2.4.1: the attenuation exceeded for 0.001 to 1 % of the average year, from the rain
rate of 0.01 % of the time and P.838-3. The Recommendation vouches for it to at least 100 GHz and
to 60 km; P.838-3 starts at 1 GHz. Eq. (35a), ``0.12 + 0.4 [log10(f/10)^0.8]``, can be read in two
ways; here the logarithm is raised to 0.8. At 0.01 % of the time both give the same; elsewhere the
other gives an attenuation from 0.3 % lower to 4.5 % higher.

Multipath, sections 2.3.1 (detailed link design) and 2.3.2: the percentage of the average worst
month in which a fade is exceeded, on paths of 5 km and more, from 15 / distance_km to 45 GHz.

Beyond these frequencies and distances the same formulas are used and one `PhusongWarning` a call
says so; other percentages of time and values without a meaning raise `OutOfRangeError`.
"""

import numpy as np
from numpy.typing import ArrayLike

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import p530 as kernel
from phusong.propagation.arrays import (
    FloatArray,
    Range,
    as_given,
    broadcast,
    refuse_outside,
    warn_outside,
)
from phusong.propagation.p838 import RANGES as RAIN_RANGES

__all__ = ["multipath_percent", "rain_loss_db", "rain_loss_terms"]

ABOVE_ZERO = Range(0.0, np.inf, ends=False)
REFUSED = {
    "distance_km": ABOVE_ZERO,
    "rain_rate_mm_h": Range(0.0, np.inf),
    "exceeded_percent": Range(0.001, 1.0),
    **RAIN_RANGES,
}
VOUCHED = {"distance_km": Range(0.0, 60.0), "frequency_ghz": Range(1.0, 100.0)}

MULTIPATH_REFUSED = {
    "distance_km": ABOVE_ZERO,
    "frequency_ghz": ABOVE_ZERO,
    "roughness_m": Range(0.0, np.inf),
    "fade_db": Range(0.0, np.inf),
}
MULTIPATH_VOUCHED = {
    "distance_km": Range(5.0, np.inf),
    "frequency_ghz": Range(0.0, 45.0),
    "frequency_ghz x distance_km": Range(15.0, np.inf),
}
MAX_OCCURRENCE_PERCENT = 2000.0


def rain_loss_db(
    distance_km: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    rain_rate_mm_h: ArrayLike,
    exceeded_percent: ArrayLike = 0.01,
    elevation_deg: ArrayLike = 0.0,
    polarization_tilt_deg: ArrayLike = 90.0,
) -> float | FloatArray:
    """Attenuation by rain exceeded for a percentage of the average year.

    Parameters
    ----------
    distance_km
        Length of the link, above 0; any shape, as every other value here: they broadcast.
    frequency_ghz
        1 to 100; to 1,000 with a warning.
    rain_rate_mm_h
        R0.01: exceeded for 0.01 % of the average year at the place, integrated over one minute
        (Recommendation ITU-R P.837); whatever ``exceeded_percent`` is.
    exceeded_percent
        Percentage of time, 0.001 to 1.
    elevation_deg, polarization_tilt_deg
        As in `phusong.propagation.p838.coefficients`.

    Returns
    -------
    float or ndarray
        Ap in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the ranges above.

    Examples
    --------
    >>> round(rain_loss_db(2.0, frequency_ghz=26.0, rain_rate_mm_h=90.0), 1)
    22.9
    """
    arrays = _checked_rain(
        distance_km=distance_km,
        frequency_ghz=frequency_ghz,
        rain_rate_mm_h=rain_rate_mm_h,
        exceeded_percent=exceeded_percent,
        elevation_deg=elevation_deg,
        polarization_tilt_deg=polarization_tilt_deg,
    )
    loss = np.empty(arrays["distance_km"].shape)
    kernel.fill_rain(*(values.flatten() for values in arrays.values()), loss.ravel())
    return as_given(loss)


def rain_loss_terms(
    distance_km: float,
    *,
    frequency_ghz: float,
    rain_rate_mm_h: float,
    exceeded_percent: float = 0.01,
    elevation_deg: float = 0.0,
    polarization_tilt_deg: float = 90.0,
) -> dict[str, float]:
    """Every value on the way to `rain_loss_db` for one link, under the Recommendation's names.

    Parameters are those of `rain_loss_db`. ``gamma_r`` is in dB/km, ``d_eff`` in km, ``A001`` (the
    attenuation exceeded for 0.01 % of the time) and ``Ap`` in dB; the others are numbers.
    """
    arrays = _checked_rain(
        distance_km=distance_km,
        frequency_ghz=frequency_ghz,
        rain_rate_mm_h=rain_rate_mm_h,
        exceeded_percent=exceeded_percent,
        elevation_deg=elevation_deg,
        polarization_tilt_deg=polarization_tilt_deg,
    )
    if arrays["distance_km"].ndim:
        raise InputError("p530", ["rain_loss_terms takes one link: give scalars"])
    terms = kernel.rain_terms(*(float(value) for value in arrays.values()))
    return {name: float(value) for name, value in terms._asdict().items()}


def multipath_percent(
    distance_km: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    tx_altitude_m: ArrayLike,
    rx_altitude_m: ArrayLike,
    refractivity_gradient: ArrayLike,
    roughness_m: ArrayLike,
    fade_db: ArrayLike,
) -> float | FloatArray:
    """Percentage of the average worst month in which multipath fades a link by more.

    Parameters
    ----------
    distance_km
        Length of the link, above 0; any shape, as every other value here: they broadcast.
    frequency_ghz
        Above 0.
    tx_altitude_m, rx_altitude_m
        Of the antennas, above sea level.
    refractivity_gradient
        dN1 in N-units/km: refractivity gradient of the lowest 65 m not exceeded for 1 % of the
        average year (Recommendation ITU-R P.453).
    roughness_m
        s_a: standard deviation of the terrain's heights over 110 km x 110 km.
    fade_db
        Depth of the fade, as the link's margin; 0 or more.

    Returns
    -------
    float or ndarray
        p_w in %, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the ranges above, or the occurrence factor p0 reaches 2,000 %.
    """
    values = {
        "distance_km": distance_km,
        "frequency_ghz": frequency_ghz,
        "tx_altitude_m": tx_altitude_m,
        "rx_altitude_m": rx_altitude_m,
        "refractivity_gradient": refractivity_gradient,
        "roughness_m": roughness_m,
        "fade_db": fade_db,
    }
    arrays = broadcast("p530", values)
    refuse_outside("P.530-17", arrays, MULTIPATH_REFUSED)
    product = arrays["frequency_ghz"] * arrays["distance_km"]
    tested = {**arrays, "frequency_ghz x distance_km": product}
    warn_outside("P.530-17 multipath", tested, MULTIPATH_VOUCHED, 2)
    *link, fade = (array.flatten() for array in arrays.values())
    percent, p0 = np.empty(product.shape), np.empty(product.size)
    kernel.fill_occurrence(*link, p0)
    _check_occurrence(p0)
    kernel.fill_percent(p0, fade, percent.ravel())
    return as_given(percent)


def _check_occurrence(p0: FloatArray) -> None:
    if np.any(p0 >= MAX_OCCURRENCE_PERCENT):
        raise OutOfRangeError(
            f"the multipath occurrence factor p0 reaches {p0.max():.0f} %: P.530-17 holds below "
            f"{MAX_OCCURRENCE_PERCENT:.0f} %, make the link shorter"
        )


def _checked_rain(**values: ArrayLike) -> dict[str, FloatArray]:
    arrays = broadcast("p530", values)
    refuse_outside("P.530-17", arrays, REFUSED)
    warn_outside("P.530-17 rain", arrays, VOUCHED, 3)
    return arrays
