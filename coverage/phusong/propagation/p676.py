"""Recommendation ITU-R P.676-13: attenuation by oxygen and water vapour near the ground.

Annex 1, section 1: specific attenuation, line by line, and section 2.1: a terrestrial path of one
pressure, temperature and humidity. Valid from 1 to 1,000 GHz; outside, `OutOfRangeError` is
raised. P.676-12 has the same equations and line tables, and gives the same values. A path from the
ground to space is in `phusong.propagation.p676_slant`.

The defaults are the ground of Recommendation ITU-R P.835-6, section 2, the low-latitude reference
atmosphere (below 22 degrees, as northern Vietnam): 300.4 K, 19.7 g/m3 and 1,012 hPa in all, of
which 984.8 hPa are dry air. P.676's own figures are drawn at 1,013.25 hPa, 288.15 K and 7.5 g/m3.
"""

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from phusong.errors import InputError
from phusong.kernels import p676 as kernel
from phusong.propagation.arrays import FloatArray, Range, as_given, broadcast, refuse_outside

__all__ = [
    "AIR_RANGES",
    "DRY_PRESSURE_HPA",
    "TEMPERATURE_K",
    "WATER_VAPOUR_G_M3",
    "line_table",
    "loss_db",
    "loss_terms",
    "oxygen_db_km",
    "specific_attenuation",
    "water_vapour_db_km",
]

DRY_PRESSURE_HPA, TEMPERATURE_K, WATER_VAPOUR_G_M3 = 984.8, 300.4, 19.7

# The Recommendation names no limits: these hold all air below 100 km, and catch degrees Celsius.
AIR_RANGES = {
    "dry_pressure_hpa": Range(1e-4, 1200.0),
    "temperature_k": Range(150.0, 350.0),
    "water_vapour_g_m3": Range(0.0, 100.0),
}
RANGES = {"frequency_ghz": Range(1.0, 1000.0), **AIR_RANGES}


def oxygen_db_km(
    frequency_ghz: ArrayLike,
    *,
    dry_pressure_hpa: ArrayLike = DRY_PRESSURE_HPA,
    temperature_k: ArrayLike = TEMPERATURE_K,
    water_vapour_g_m3: ArrayLike = WATER_VAPOUR_G_M3,
) -> float | FloatArray:
    """Specific attenuation by dry air, gamma_o.

    Parameters
    ----------
    frequency_ghz
        1 to 1,000; any shape, as every other value here: they broadcast.
    dry_pressure_hpa
        Pressure of the dry air: a barometer's reading less the water vapour's e = rho T / 216.7.
    temperature_k
        Kelvin, 150 to 350.
    water_vapour_g_m3
        Density of water vapour, rho.

    Returns
    -------
    float or ndarray
        In dB/km, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the ranges above.

    Examples
    --------
    >>> round(oxygen_db_km(60.0), 1)
    12.9
    """
    air = _checked(frequency_ghz, dry_pressure_hpa, temperature_k, water_vapour_g_m3)
    return as_given(specific_attenuation(air)[0])


def water_vapour_db_km(
    frequency_ghz: ArrayLike,
    *,
    dry_pressure_hpa: ArrayLike = DRY_PRESSURE_HPA,
    temperature_k: ArrayLike = TEMPERATURE_K,
    water_vapour_g_m3: ArrayLike = WATER_VAPOUR_G_M3,
) -> float | FloatArray:
    """Specific attenuation by water vapour, gamma_w, in dB/km; as `oxygen_db_km` otherwise."""
    air = _checked(frequency_ghz, dry_pressure_hpa, temperature_k, water_vapour_g_m3)
    return as_given(specific_attenuation(air)[1])


def loss_db(
    distance_km: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    dry_pressure_hpa: ArrayLike = DRY_PRESSURE_HPA,
    temperature_k: ArrayLike = TEMPERATURE_K,
    water_vapour_g_m3: ArrayLike = WATER_VAPOUR_G_M3,
) -> float | FloatArray:
    """Attenuation by gases along a terrestrial path, in dB: eq. (10).

    ``distance_km`` is the path's length, 0 or more; everything else is as in `oxygen_db_km`.

    Examples
    --------
    >>> round(loss_db(2.0, frequency_ghz=26.0), 2)
    0.61
    """
    air = _checked(frequency_ghz, dry_pressure_hpa, temperature_k, water_vapour_g_m3, distance_km)
    gamma_o, gamma_w = specific_attenuation(air)
    return as_given((gamma_o + gamma_w) * air["distance_km"])


def loss_terms(
    distance_km: float,
    *,
    frequency_ghz: float,
    dry_pressure_hpa: float = DRY_PRESSURE_HPA,
    temperature_k: float = TEMPERATURE_K,
    water_vapour_g_m3: float = WATER_VAPOUR_G_M3,
) -> dict[str, float]:
    """The parts of `loss_db` for one path.

    ``e`` is the water vapour's pressure in hPa; ``gamma_o``, ``gamma_w`` and their sum ``gamma``
    are in dB/km, ``A`` is the path's attenuation in dB.
    """
    air = _checked(frequency_ghz, dry_pressure_hpa, temperature_k, water_vapour_g_m3, distance_km)
    if air["distance_km"].ndim:
        raise InputError("p676", ["loss_terms takes one path: give scalars"])
    gamma_o, gamma_w = (float(gamma) for gamma in specific_attenuation(air))
    return {
        "e": float(kernel.vapour_pressure_hpa(temperature_k, water_vapour_g_m3)),
        "gamma_o": gamma_o,
        "gamma_w": gamma_w,
        "gamma": gamma_o + gamma_w,
        "A": (gamma_o + gamma_w) * distance_km,
    }


def specific_attenuation(air: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """gamma_o and gamma_w in dB/km of checked ``frequency_ghz`` and the three `AIR_RANGES`."""
    shape = air["frequency_ghz"].shape
    gamma_o, gamma_w = np.empty(shape), np.empty(shape)
    kernel.fill_specific(
        *(air[name].flatten() for name in RANGES),
        line_table("oxygen"),
        line_table("water_vapour"),
        gamma_o.ravel(),
        gamma_w.ravel(),
    )
    return gamma_o, gamma_w


@cache
def line_table(gas: str) -> FloatArray:
    """Lines of "oxygen" (44, 7) or "water_vapour" (35, 7), columns as in the kernel; read once."""
    path = files("phusong.propagation").joinpath(f"tables/p676_{gas}_lines.csv")
    rows = list(csv.reader(path.read_text("utf8").splitlines()))
    table = np.array([row[:7] for row in rows[1:]], dtype=np.float64)
    table.flags.writeable = False
    return table


def _checked(
    frequency_ghz: ArrayLike,
    dry_pressure_hpa: ArrayLike,
    temperature_k: ArrayLike,
    water_vapour_g_m3: ArrayLike,
    distance_km: ArrayLike = 0.0,
) -> dict[str, FloatArray]:
    values = {
        "frequency_ghz": frequency_ghz,
        "dry_pressure_hpa": dry_pressure_hpa,
        "temperature_k": temperature_k,
        "water_vapour_g_m3": water_vapour_g_m3,
        "distance_km": distance_km,
    }
    arrays = broadcast("p676", values)
    refuse_outside("P.676-13", arrays, {**RANGES, "distance_km": Range(0.0, np.inf)})
    return arrays
