"""Recommendation ITU-R P.676, Annex 2: attenuation by gases from the ground to space.

The specific attenuation at the ground times an equivalent height over the sine of the elevation.
Water vapour by P.676-13, eq. (37), or, where its column is known, by P.676-12, section 2.3. Oxygen
by the closed form of P.676-12, eqs. (30) to (34), or with the equivalent height that you give:
P.676-13, eq. (31), moved its coefficients to a data file, which is not part of this package. To
100 GHz the closed form is within 4 % of P.676-13's oxygen, but for 50 to 70 GHz, where it is up to
30 % lower at the peaks of single lines; near 118.75 GHz it is half.

Valid from 1 to 350 GHz and from 5 to 90 degrees; outside, `OutOfRangeError` is raised.
"""

import numpy as np
from numpy.typing import ArrayLike

from phusong.kernels import p676_slant as kernel
from phusong.propagation.arrays import FloatArray, Range, as_given, broadcast, refuse_outside
from phusong.propagation.p676 import (
    AIR_RANGES,
    DRY_PRESSURE_HPA,
    TEMPERATURE_K,
    WATER_VAPOUR_G_M3,
    line_table,
    specific_attenuation,
)

__all__ = ["slant_loss_db", "zenith_water_vapour_db"]

FREQUENCIES = Range(1.0, 350.0)
RANGES = {
    "frequency_ghz": FREQUENCIES,
    **AIR_RANGES,
    "elevation_deg": Range(5.0, 90.0),
    "oxygen_height_km": Range(0.0, 100.0),
    "zenith_water_vapour_db": Range(0.0, np.inf),
}
ZENITH_RANGES = {
    "frequency_ghz": FREQUENCIES,
    "columnar_vapour_kg_m2": Range(0.01, 200.0),
    "station_height_km": Range(-1.0, 10.0),
}


def zenith_water_vapour_db(
    frequency_ghz: ArrayLike,
    *,
    columnar_vapour_kg_m2: ArrayLike,
    station_height_km: ArrayLike = 0.0,
) -> float | FloatArray:
    """Attenuation at the zenith by the water vapour above a station: P.676-12, section 2.3.

    Parameters
    ----------
    frequency_ghz
        1 to 350; any shape, as every other value here: they broadcast.
    columnar_vapour_kg_m2
        Water vapour above the station, Vt, 0.01 to 200; in mm of rain it is the same number.
    station_height_km
        Above sea level; taken as 0 below it and as 4 above 4 km.

    Returns
    -------
    float or ndarray
        In dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside its range.

    Examples
    --------
    >>> round(zenith_water_vapour_db(29.0, columnar_vapour_kg_m2=54.6), 2)
    0.58
    """
    values = {
        "frequency_ghz": frequency_ghz,
        "columnar_vapour_kg_m2": columnar_vapour_kg_m2,
        "station_height_km": station_height_km,
    }
    arrays = broadcast("p676_slant", values)
    refuse_outside("P.676 Annex 2", arrays, ZENITH_RANGES)
    loss = np.empty(arrays["frequency_ghz"].shape)
    kernel.fill_zenith(
        *(arrays[name].flatten() for name in values), line_table("water_vapour"), loss.ravel()
    )
    return as_given(loss)


def slant_loss_db(
    frequency_ghz: ArrayLike,
    *,
    elevation_deg: ArrayLike,
    dry_pressure_hpa: ArrayLike = DRY_PRESSURE_HPA,
    temperature_k: ArrayLike = TEMPERATURE_K,
    water_vapour_g_m3: ArrayLike = WATER_VAPOUR_G_M3,
    zenith_water_vapour_db: ArrayLike | None = None,
    oxygen_height_km: ArrayLike | None = None,
) -> float | FloatArray:
    """Attenuation by gases from the ground to space.

    Parameters
    ----------
    frequency_ghz
        1 to 350; any shape, as every other value here: they broadcast.
    elevation_deg
        Of the path at the ground, 5 to 90.
    dry_pressure_hpa, temperature_k, water_vapour_g_m3
        The air at the ground, as in `phusong.propagation.p676.oxygen_db_km`.
    zenith_water_vapour_db
        From the function of that name, where the water vapour's column is known; by default the
        water vapour at the ground times its equivalent height.
    oxygen_height_km
        Equivalent height of oxygen; by default the closed form of P.676-12.

    Returns
    -------
    float or ndarray
        A_gas in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside its range.

    Examples
    --------
    >>> round(slant_loss_db(28.0, elevation_deg=45.0), 2)
    0.73
    """
    values = {
        "frequency_ghz": frequency_ghz,
        "elevation_deg": elevation_deg,
        "dry_pressure_hpa": dry_pressure_hpa,
        "temperature_k": temperature_k,
        "water_vapour_g_m3": water_vapour_g_m3,
    }
    optional = {
        "zenith_water_vapour_db": zenith_water_vapour_db,
        "oxygen_height_km": oxygen_height_km,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    arrays = broadcast("p676_slant", {**values, **given})
    refuse_outside("P.676 Annex 2", arrays, {name: RANGES[name] for name in arrays})
    oxygen_db, vapour_db = _zenith_parts(arrays)
    return as_given((oxygen_db + vapour_db) / np.sin(np.radians(arrays["elevation_deg"])))


def _zenith_parts(arrays: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Attenuation at the zenith by oxygen and by water vapour, in dB."""
    gamma_o, gamma_w = specific_attenuation(arrays)
    oxygen_km, vapour_km = np.empty(gamma_o.shape), np.empty(gamma_o.shape)
    air = (arrays[name].flatten() for name in ("frequency_ghz", *AIR_RANGES))
    kernel.fill_heights(*air, oxygen_km.ravel(), vapour_km.ravel())
    oxygen_db = gamma_o * arrays.get("oxygen_height_km", oxygen_km)
    return oxygen_db, arrays.get("zenith_water_vapour_db", gamma_w * vapour_km)
