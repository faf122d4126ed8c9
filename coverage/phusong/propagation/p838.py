"""Recommendation ITU-R P.838-3: specific attenuation by rain.

gamma_R = k R^alpha, eqs. (1) to (5) with Tables 1 to 4, for any polarization and any elevation of
the path. Valid from 1 to 1,000 GHz; outside, `OutOfRangeError` is raised. Rain is not the same
along a whole path: for a link's attenuation see `phusong.propagation.p530`.
"""

import numpy as np
from numpy.typing import ArrayLike

from phusong.kernels import p838 as kernel
from phusong.propagation.arrays import FloatArray, Range, as_given, broadcast, refuse_outside

__all__ = ["RANGES", "coefficients", "specific_attenuation_db_km"]

# Tilts repeat every 180 degrees: both ways of counting them are taken.
RANGES = {
    "frequency_ghz": Range(1.0, 1000.0),
    "elevation_deg": Range(-90.0, 90.0),
    "polarization_tilt_deg": Range(-180.0, 180.0),
}


def coefficients(
    frequency_ghz: ArrayLike,
    *,
    elevation_deg: ArrayLike = 0.0,
    polarization_tilt_deg: ArrayLike = 90.0,
) -> tuple[float | FloatArray, float | FloatArray]:
    """Coefficients k and alpha of the power law over the rain rate.

    Parameters
    ----------
    frequency_ghz
        1 to 1,000; any shape, as every other value here: they broadcast.
    elevation_deg
        Of the path, -90 to 90.
    polarization_tilt_deg
        Tilt from the horizontal: 0 horizontal, 90 vertical (default), 45 circular or slant.

    Returns
    -------
    tuple of float or ndarray
        k (for mm/h and dB/km) and alpha, of the broadcast shape; floats for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the ranges above.
    """
    k, alpha = _coefficients(
        _checked(
            frequency_ghz=frequency_ghz,
            elevation_deg=elevation_deg,
            polarization_tilt_deg=polarization_tilt_deg,
        )
    )
    return as_given(k), as_given(alpha)


def specific_attenuation_db_km(
    rain_rate_mm_h: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    elevation_deg: ArrayLike = 0.0,
    polarization_tilt_deg: ArrayLike = 90.0,
) -> float | FloatArray:
    """Specific attenuation by rain, gamma_R, in dB/km.

    ``rain_rate_mm_h`` is 0 or more; everything else is as in `coefficients`.

    Examples
    --------
    >>> round(specific_attenuation_db_km(50.0, frequency_ghz=26.0), 1)
    6.7
    """
    arrays = _checked(
        frequency_ghz=frequency_ghz,
        elevation_deg=elevation_deg,
        polarization_tilt_deg=polarization_tilt_deg,
        rain_rate_mm_h=rain_rate_mm_h,
    )
    k, alpha = _coefficients(arrays)
    return as_given(k * arrays["rain_rate_mm_h"] ** alpha)


def _coefficients(arrays: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    shape = arrays["frequency_ghz"].shape
    k, alpha = np.empty(shape), np.empty(shape)
    kernel.fill_coefficients(*(arrays[name].flatten() for name in RANGES), k.ravel(), alpha.ravel())
    return k, alpha


def _checked(*, rain_rate_mm_h: ArrayLike = 0.0, **values: ArrayLike) -> dict[str, FloatArray]:
    arrays = broadcast("p838", {**values, "rain_rate_mm_h": rain_rate_mm_h})
    refuse_outside("P.838-3", arrays, {**RANGES, "rain_rate_mm_h": Range(0.0, np.inf)})
    return arrays
