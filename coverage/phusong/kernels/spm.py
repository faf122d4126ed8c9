"""Standard Propagation Model: the loss formula that operators tune, and what goes into it.

L = K1 + K2 log d + K3 log Hteff + K4 Ldiff + K5 log d log Hteff + K6 Hmeff + K7 log Hmeff
+ Kclutter f(clutter), with d and the heights in metres, logarithms to base 10: the formula of
Forsk, "Model calibration guide" (Atoll), whose names are kept. Profiles have distances in km.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.deygout import deygout_db
from phusong.kernels.diffraction import bullington_db, bullington_nu_root, wavelength_m

__all__ = [
    "ABOVE_GROUND",
    "AVERAGE",
    "BULLINGTON",
    "DEYGOUT",
    "NO_DIFFRACTION",
    "SLOPE",
    "SPOT",
    "SpmCoefficients",
    "SpmTerms",
    "clutter_db",
    "diffraction_db",
    "effective_height_m",
    "loss_terms",
]

ABOVE_GROUND, SPOT, AVERAGE, SLOPE = 0, 1, 2, 3
NO_DIFFRACTION, BULLINGTON, DEYGOUT = 0, 1, 2
LOWEST_EFFECTIVE_M, HIGHEST_EFFECTIVE_M = 20.0, 200.0
# A point on the rim of a stretch belongs to it whatever rounding left in its distance.
ROUNDING_KM = 1e-9

Floats = npt.NDArray[np.float64]


class SpmCoefficients(NamedTuple):
    """The multiplying factors, under their names in the formula."""

    K1: float
    K2: float
    K3: float
    K4: float
    K5: float
    K6: float
    K7: float
    Kclutter: float


class SpmTerms(NamedTuple):
    """The loss, its addends in dB (under their factors' names), and what they are made of."""

    L: float
    K1: float
    K2_log_d: float
    K3_log_Hteff: float
    K4_Ldiff: float
    K5_log_d_log_Hteff: float
    K6_Hmeff: float
    K7_log_Hmeff: float
    Kclutter_f_clutter: float
    d_m: float
    Hteff: float
    Hmeff: float
    Ldiff: float
    f_clutter: float


@njit
def _stretch_start(distance_km: Floats, stretch_km: float) -> int:
    """First point of the stretch before the receiver; at least one interval."""
    from_km = distance_km[distance_km.size - 1] - stretch_km - ROUNDING_KM
    i = distance_km.size - 2
    while i > 0 and distance_km[i - 1] >= from_km:
        i -= 1
    return i


@njit
def _mean_height_m(distance_km: Floats, height_m: Floats, first: int) -> float:
    """Mean height of the profile from point ``first`` to the receiver, by length."""
    area = 0.0
    for i in range(first + 1, distance_km.size):
        area += 0.5 * (height_m[i] + height_m[i - 1]) * (distance_km[i] - distance_km[i - 1])
    return float(area / (distance_km[distance_km.size - 1] - distance_km[first]))


@njit
def _slope_m_per_km(distance_km: Floats, height_m: Floats, first: int) -> float:
    """Least-squares slope of the points from ``first`` to the receiver, rising towards it."""
    n = distance_km.size - first
    mean_d = mean_h = 0.0
    for i in range(first, distance_km.size):
        mean_d += distance_km[i] / n
        mean_h += height_m[i] / n
    top = bottom = 0.0
    for i in range(first, distance_km.size):
        top += (distance_km[i] - mean_d) * (height_m[i] - mean_h)
        bottom += (distance_km[i] - mean_d) ** 2
    return top / bottom


@njit
def effective_height_m(
    distance_km: Floats, height_m: Floats, tx_height_m: float, method: int, stretch_km: float
) -> float:
    """Hteff by one of the methods.

    `ABOVE_GROUND`: the antenna's height. `SPOT`: over the receiver's ground where that is lower.
    `AVERAGE`: over the mean ground of the ``stretch_km`` before the receiver. `SLOPE`: over the
    line through the receiver's ground with the slope of that stretch. The last two are brought to
    20 to 200 m.
    """
    last = distance_km.size - 1
    if method == ABOVE_GROUND:
        return tx_height_m
    if method == SPOT:
        return tx_height_m + float(max(height_m[0] - height_m[last], 0.0))
    first = _stretch_start(distance_km, stretch_km)
    if method == AVERAGE:
        base = _mean_height_m(distance_km, height_m, first)
    else:
        base = height_m[last] - distance_km[last] * _slope_m_per_km(distance_km, height_m, first)
    over: float = tx_height_m + height_m[0] - base
    return min(max(over, LOWEST_EFFECTIVE_M), HIGHEST_EFFECTIVE_M)


@njit
def clutter_db(
    distance_km: Floats, clutter_loss_db: Floats, stretch_km: float, triangular: bool
) -> float:
    """f(clutter): mean of the clutter losses up to ``stretch_km`` before the receiver.

    Weights are equal, or fall linearly to 0 at ``stretch_km``. The receiver's own always counts.
    """
    last = distance_km.size - 1
    total, weights = clutter_loss_db[last], 1.0
    for i in range(last - 1, -1, -1):
        away = distance_km[last] - distance_km[i]
        if away > stretch_km + ROUNDING_KM:
            break
        weight = max(1.0 - away / stretch_km, 0.0) if triangular else 1.0
        total += weight * clutter_loss_db[i]
        weights += weight
    return float(total / weights)


@njit
def diffraction_db(
    distance_km: Floats,
    surface_m: Floats,
    hts: float,
    hrs: float,
    ae: float,
    frequency_ghz: float,
    method: int,
) -> float:
    """Ldiff by `BULLINGTON`, `DEYGOUT` or `NO_DIFFRACTION`; heights above sea level."""
    if method == BULLINGTON:
        nu_root = bullington_nu_root(distance_km, surface_m, hts, hrs, ae)
        root = math.sqrt(wavelength_m(frequency_ghz))
        return float(bullington_db(nu_root / root, distance_km[distance_km.size - 1]))
    if method == DEYGOUT:
        return float(deygout_db(distance_km, surface_m, hts, hrs, ae, frequency_ghz))
    return 0.0


@njit
def loss_terms(
    k: SpmCoefficients, distance_km: float, hteff: float, hmeff: float, ldiff: float, clutter: float
) -> SpmTerms:
    """The formula itself: every addend and their sum."""
    d_m = 1000.0 * distance_km
    log_d, log_h, log_m = math.log10(d_m), math.log10(hteff), math.log10(hmeff)
    k2, k3, k4 = k.K2 * log_d, k.K3 * log_h, k.K4 * ldiff
    k5, k6, k7 = k.K5 * log_d * log_h, k.K6 * hmeff, k.K7 * log_m
    kc = k.Kclutter * clutter
    loss = k.K1 + k2 + k3 + k4 + k5 + k6 + k7 + kc
    return SpmTerms(loss, k.K1, k2, k3, k4, k5, k6, k7, kc, d_m, hteff, hmeff, ldiff, clutter)
