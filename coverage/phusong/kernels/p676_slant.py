"""Gaseous attenuation from the ground to space: Recommendation ITU-R P.676, Annex 2.

Equivalent heights turn the specific attenuation at the ground into that of the whole atmosphere:
that of oxygen by P.676-12, eqs. (30) to (34), that of water vapour by P.676-13, eq. (37). Units
are those of `phusong.kernels.p676`; heights in km.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.p676 import vapour_pressure_hpa, water_vapour_db_km

__all__ = [
    "fill_heights",
    "fill_zenith",
    "oxygen_height_km",
    "water_vapour_height_km",
    "zenith_water_vapour_db",
]

STANDARD_HPA = 1013.25
# P.676-12, Table 3: c and the line's frequency in GHz.
OXYGEN_BUMPS = (
    (0.1597, 118.750334),
    (0.1066, 368.498246),
    (0.1325, 424.763020),
    (0.1242, 487.249273),
    (0.0938, 715.392902),
    (0.1448, 773.839490),
    (0.1374, 834.145546),
)
# P.676-13, eq. (37): slope and level of the height, then a, b and the line's frequency in GHz.
HEIGHT_PER_GHZ, HEIGHT_KM = 5.6585e-5, 1.8348
VAPOUR_BUMPS = (
    (2.6846, 2.7649, 22.235080),
    (5.8905, 4.9219, 183.310087),
    (2.9810, 3.0748, 325.152888),
)
REFERENCE_GHZ, REFERENCE_HPA = 20.6, 845.0

Floats = npt.NDArray[np.float64]


@njit
def _oxygen_bumps(f, rp):
    """How the oxygen lines raise the equivalent height: P.676-12 eqs. (31) to (33)."""
    width = 2.87 + 12.4 * math.exp(-7.9 * rp)
    bumps = 5.1040 / (1.0 + 0.066 * rp**-2.3) * math.exp(-(((f - 59.7) / width) ** 2))
    for c, line in OXYGEN_BUMPS:
        bumps += c * math.exp(2.12 * rp) / ((f - line) ** 2 + 0.025 * math.exp(2.2 * rp))
    ratio = (15.02 * f * f - 1353.0 * f + 5.333e4) / (f**3 - 151.3 * f * f + 9629.0 * f - 6803.0)
    return bumps + 0.0114 * f / (1.0 + 0.14 * rp**-2.6) * ratio


@njit
def oxygen_height_km(f, p, t, rho):
    """Equivalent height of oxygen, h_o: P.676-12 eqs. (30), (34)."""
    rp = (p + vapour_pressure_hpa(t, rho)) / STANDARD_HPA
    warmth = 0.7832 + 0.00709 * (t - 273.15)
    height = 6.1 * warmth / (1.0 + 0.17 * rp**-1.1) * (1.0 + _oxygen_bumps(f, rp))
    if f < 70.0:
        return min(height, 10.7 * rp**0.3)
    return height


@njit
def water_vapour_height_km(f):
    """Equivalent height of water vapour, h_w: P.676-13 eq. (37)."""
    height = HEIGHT_PER_GHZ * f + HEIGHT_KM
    for a, b, line in VAPOUR_BUMPS:
        height += a / ((f - line) ** 2 + b)
    return height


@njit
def _height_factor(f, station_height_km):
    """What the station's height adds to the ratio of frequencies: section 2.3."""
    if f < 20.0:
        return 1.0
    a = (
        0.2048 * math.exp(-(((f - 22.43) / 3.097) ** 2))
        + 0.2326 * math.exp(-(((f - 183.5) / 4.096) ** 2))
        + 0.2073 * math.exp(-(((f - 325.0) / 3.651) ** 2))
        - 0.1113
    )
    b = 8.741e4 * math.exp(-0.587 * f) + 312.2 * f**-2.38 + 0.723
    return a * min(max(station_height_km, 0.0), 4.0) ** b + 1.0


@njit
def zenith_water_vapour_db(f, columnar_kg_m2, station_height_km, vapour):
    """Zenith attenuation by the water vapour above the station: P.676-12 section 2.3."""
    rho = columnar_kg_m2 / 2.38
    t = 14.0 * math.log(0.22 * rho) + 3.0 + 273.15
    at_f = water_vapour_db_km(f, REFERENCE_HPA, t, rho, vapour)
    at_reference = water_vapour_db_km(REFERENCE_GHZ, REFERENCE_HPA, t, rho, vapour)
    return 0.0176 * columnar_kg_m2 * at_f / at_reference * _height_factor(f, station_height_km)


@njit
def fill_heights(
    f: Floats, p: Floats, t: Floats, rho: Floats, oxygen_km: Floats, vapour_km: Floats
) -> None:
    """Fill both equivalent heights from arrays of one shape (n,)."""
    for i in range(f.size):
        oxygen_km[i] = oxygen_height_km(f[i], p[i], t[i], rho[i])
        vapour_km[i] = water_vapour_height_km(f[i])


@njit
def fill_zenith(
    f: Floats, columnar_kg_m2: Floats, station_height_km: Floats, vapour: Floats, loss_db: Floats
) -> None:
    """Fill ``loss_db`` at the zenith from arrays of one shape (n,)."""
    for i in range(f.size):
        loss_db[i] = zenith_water_vapour_db(f[i], columnar_kg_m2[i], station_height_km[i], vapour)
