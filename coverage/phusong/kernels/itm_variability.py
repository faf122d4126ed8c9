"""Variability of the Irregular Terrain Model (ITM 1.4): time, location and situation.

How far the loss departs from the reference attenuation for given percentages, in one of seven
radio climates. Citations as in `phusong.kernels.itm_terrain`; the constants stand for the curves
of [TN101], Fig. 10.13, by the forms of its volume 2, eqs. III.69 and III.70.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.itm_roughness import terrain_roughness
from phusong.kernels.itm_terrain import WAVE_NUMBER_MHZ, ItmPath, smooth_horizon

__all__ = [
    "ACCIDENTAL",
    "BROADCAST",
    "MOBILE",
    "SINGLE_MESSAGE",
    "Variability",
    "inverse_normal",
    "variability",
]

Floats = npt.NDArray[np.float64]

SINGLE_MESSAGE, ACCIDENTAL, MOBILE, BROADCAST = 0, 1, 2, 3
# Effective earth radius in m that effective distances are found with.
A_9000 = 9000e3
# Normal deviates beyond this are far in the tail of what was measured.
EXTREME_DEVIATE = 3.10

# Each table has a row for each climate: equatorial, continental subtropical, maritime subtropical,
# desert, continental temperate, maritime temperate over land, the same over sea. Curves are c1 and
# c2 in dB, then x1, x2 and x3 in km.
MEDIAN = np.array(
    [
        [-9.67, 12.7, 144.9, 190.3, 133.8],
        [-0.62, 9.19, 228.9, 205.2, 143.6],
        [1.26, 15.5, 262.6, 185.2, 99.8],
        [-9.21, 9.05, 84.1, 101.1, 98.6],
        [-0.62, 9.19, 228.9, 205.2, 143.6],
        [-0.39, 2.86, 141.7, 315.9, 167.4],
        [3.15, 857.9, 2222.0, 164.8, 116.3],
    ]
)
# Deviation of time variability where loss exceeds its median (minus) and where it is below (plus).
MINUS = np.array(
    [
        [2.13, 159.5, 762.2, 123.6, 94.5],
        [2.66, 7.67, 100.4, 172.5, 136.4],
        [6.11, 6.65, 138.2, 242.2, 178.6],
        [1.98, 13.11, 139.1, 132.7, 193.5],
        [2.68, 7.16, 93.7, 186.8, 133.5],
        [6.86, 10.38, 187.8, 169.6, 108.9],
        [8.51, 169.8, 609.8, 119.9, 106.6],
    ]
)
PLUS = np.array(
    [
        [2.11, 102.3, 636.9, 134.8, 95.6],
        [6.87, 15.53, 138.7, 143.7, 98.6],
        [10.08, 9.60, 165.3, 225.7, 129.7],
        [3.68, 159.3, 464.4, 93.1, 94.2],
        [4.75, 8.12, 93.2, 135.9, 113.4],
        [8.58, 13.97, 216.0, 152.0, 122.7],
        [8.43, 8.19, 136.2, 188.5, 122.9],
    ]
)
# Dependence of both on frequency: g1 + g2 / ((g3 ln(0.133 k))**2 + 1), k the wave number.
GAIN_MINUS = np.array(
    [
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.92, 0.25, 1.77],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]
)
GAIN_PLUS = np.array(
    [
        [1.0, 0.0, 0.0],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [0.93, 0.19, 1.79],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]
)
# Ducting: ratio C_D of its deviation and deviate z_D at which it begins, [Algorithm, Table 5.1].
DUCTING = np.array(
    [
        [1.224, 1.282],
        [0.801, 2.161],
        [1.380, 1.282],
        [1.000, 20.0],
        [1.224, 1.282],
        [1.518, 1.282],
        [1.518, 1.282],
    ]
)


class Variability(NamedTuple):
    """Departures from the reference attenuation in dB, each one taken off the loss."""

    V_med: float
    Y_R: float
    Y_S: float
    extreme: bool


@njit
def inverse_normal(q: float) -> float:
    """Normal deviate exceeded with probability ``q``: Abramowitz and Stegun 26.2.23."""
    t = math.sqrt(-2.0 * math.log(min(q, 1.0 - q)))
    top = (0.010328 * t + 0.802853) * t + 2.515516
    bottom = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    z = t - top / bottom
    return -z if q > 0.5 else z


@njit
def _curve(table: Floats, row: int, d_e: float) -> float:
    """Curve of [TN101, eqs. III.69, III.70] at the effective distance ``d_e`` in km."""
    squared = (d_e / table[row, 2]) ** 2
    bump = table[row, 1] / (1.0 + ((d_e - table[row, 3]) / table[row, 4]) ** 2)
    db: float = (table[row, 0] + bump) * squared / (1.0 + squared)
    return db


@njit
def _frequency_gain(table: Floats, row: int, wave_number: float) -> float:
    """Factor by which deviations of time depend on frequency."""
    q = math.log(0.133 * wave_number)
    gain: float = table[row, 0] + table[row, 1] / ((table[row, 2] * q) ** 2 + 1.0)
    return gain


@njit
def _effective_distance_km(path: ItmPath, wave_number: float) -> float:
    """Distance as climates see it, after that of the two horizons: [Algorithm, eq. 5.3]."""
    d_ex: float = (
        smooth_horizon(path.tx.h_e, A_9000)
        + smooth_horizon(path.rx.h_e, A_9000)
        + (575.7e12 / wave_number) ** (1.0 / 3.0)
    )
    if path.d < d_ex:
        return 130.0 * path.d / d_ex
    return 130.0 + (path.d - d_ex) / 1000.0


@njit
def _time_deviation(row: int, d_e: float, wave_number: float, z_t: float) -> float:
    """Deviation sigma_T over time on the side of the deviate ``z_t``, with its ducting tail."""
    if z_t < 0.0:
        minus: float = _curve(MINUS, row, d_e) * _frequency_gain(GAIN_MINUS, row, wave_number)
        return minus
    plus: float = _curve(PLUS, row, d_e) * _frequency_gain(GAIN_PLUS, row, wave_number)
    c_d: float = DUCTING[row, 0]
    z_d: float = DUCTING[row, 1]
    if z_t <= z_d:
        return plus
    return plus * (c_d + (1.0 - c_d) * z_d / z_t)


@njit
def _location_deviation(path: ItmPath, wave_number: float) -> float:
    """Standard deviation over locations: [Algorithm, eq. 5.9]."""
    rough: float = wave_number * terrain_roughness(path.d, path.delta_h)
    return 10.0 * rough / (rough + 13.0)


@njit
def _shared_deviates(mode: int, z_t: float, z_l: float, z_s: float) -> tuple[float, float]:
    """Deviates of time and location, where the mode does not tell one kind from another."""
    if mode == SINGLE_MESSAGE:
        return z_s, z_s
    if mode == ACCIDENTAL:
        return z_t, z_s
    if mode == MOBILE:
        return z_t, z_t
    return z_t, z_l


@njit
def _departures(
    mode: int,
    sigma_t: float,
    sigma_l: float,
    sigma_s: float,
    z_t: float,
    z_l: float,
    z_s: float,
) -> tuple[float, float]:
    """Departures Y_R (told apart) and Y_S (situation): [Algorithm, eq. 5.11]."""
    y_t = sigma_t * z_t
    y_l = sigma_l * z_l
    spread = sigma_s**2 + y_t**2 / (7.8 + z_s**2) + y_l**2 / (24.0 + z_s**2)
    if mode == SINGLE_MESSAGE:
        return 0.0, math.sqrt(sigma_t**2 + sigma_l**2 + spread) * z_s
    if mode == ACCIDENTAL:
        return y_t, math.sqrt(sigma_l**2 + spread) * z_s
    if mode == MOBILE:
        return math.sqrt(sigma_t**2 + sigma_l**2) * z_t, math.sqrt(spread) * z_s
    return y_t + y_l, math.sqrt(spread) * z_s


@njit
def variability(
    path: ItmPath,
    f: float,
    climate: int,
    mode: int,
    with_location: bool,
    with_situation: bool,
    z_t: float,
    z_l: float,
    z_s: float,
) -> Variability:
    """Departures for the normal deviates of time, location and situation, ``f`` in MHz.

    ``climate`` is 1 to 7. Without location or (direct) situation variability theirs is left out.
    """
    row = climate - 1
    wave_number = f / WAVE_NUMBER_MHZ
    d_e = _effective_distance_km(path, wave_number)
    z_t, z_l = _shared_deviates(mode, z_t, z_l, z_s)
    sigma_t = _time_deviation(row, d_e, wave_number, z_t)
    sigma_l = _location_deviation(path, wave_number) if with_location else 0.0
    sigma_s = 5.0 + 3.0 * math.exp(-d_e / 100.0) if with_situation else 0.0
    y_r, y_s = _departures(mode, sigma_t, sigma_l, sigma_s, z_t, z_l, z_s)
    extreme = max(abs(z_t), abs(z_l), abs(z_s)) > EXTREME_DEVIATE
    return Variability(_curve(MEDIAN, row, d_e), y_r, y_s, extreme)
