"""Fading of terrestrial line-of-sight links: Recommendation ITU-R P.530-17.

Rain by section 2.4.1, multipath by sections 2.3.1 and 2.3.2. Letters and equation numbers are the
Recommendation's: distance ``d`` in km, frequency ``f`` in GHz, attenuations in dB, percentages of
time in %.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.p838 import coefficients, rain_db_km

__all__ = [
    "RainTerms",
    "fill_occurrence",
    "fill_percent",
    "fill_rain",
    "multipath_occurrence",
    "multipath_percent",
    "rain_terms",
]

MAX_DISTANCE_FACTOR = 2.5

Floats = npt.NDArray[np.float64]


class RainTerms(NamedTuple):
    """Every value on the way to the attenuation by rain, under the Recommendation's names."""

    k: float
    alpha: float
    gamma_r: float
    r: float
    d_eff: float
    A001: float
    C0: float
    C1: float
    C2: float
    C3: float
    Ap: float


@njit
def _distance_factor(d, f, rain_rate_mm_h, alpha):
    """Part of the path that counts as in the rain: eq. (32), never above 2.5."""
    rise = 0.477 * d**0.633 * rain_rate_mm_h ** (0.073 * alpha) * f**0.123
    denominator = rise - 10.579 * (1.0 - math.exp(-0.024 * d))
    if denominator < 1.0 / MAX_DISTANCE_FACTOR:
        return MAX_DISTANCE_FACTOR
    return 1.0 / denominator


@njit
def _frequency_weight(f):
    """Weight C0 between the two laws over the percentage of time: eq. (35a)."""
    if f < 10.0:
        return 0.12
    return 0.12 + 0.4 * math.log10(f / 10.0) ** 0.8


@njit
def rain_terms(d, f, rain_rate_mm_h, p, elevation_deg, tilt_deg):
    """Attenuation by rain exceeded for ``p`` % of the average year: eqs. (32) to (35c).

    ``rain_rate_mm_h`` is R0.01, exceeded for 0.01 % of the time, integrated over one minute.
    """
    k, alpha = coefficients(f, elevation_deg, tilt_deg)
    gamma = rain_db_km(rain_rate_mm_h, k, alpha)
    r = _distance_factor(d, f, rain_rate_mm_h, alpha)
    a001 = gamma * d * r
    c0 = _frequency_weight(f)
    c1 = 0.07**c0 * 0.12 ** (1.0 - c0)
    c2 = 0.855 * c0 + 0.546 * (1.0 - c0)
    c3 = 0.139 * c0 + 0.043 * (1.0 - c0)
    ap = a001 * c1 * p ** -(c2 + c3 * math.log10(p))
    return RainTerms(k, alpha, gamma, r, d * r, a001, c0, c1, c2, c3, ap)


@njit
def multipath_occurrence(d, f, tx_m, rx_m, gradient, roughness_m):
    """Multipath occurrence factor p0, in %, of the average worst month: section 2.3.1.

    ``tx_m`` and ``rx_m`` are the antennas' heights above sea level, ``gradient`` is dN1,
    ``roughness_m`` is s_a.
    """
    climate = 10.0 ** (-4.4 - 0.0027 * gradient) * (10.0 + roughness_m) ** -0.46
    inclination_mrad = abs(rx_m - tx_m) / d
    height = 10.0 ** (-0.00076 * min(tx_m, rx_m))
    return climate * d**3.4 * (1.0 + inclination_mrad) ** -1.03 * f**0.8 * height


@njit
def _fade_scale(fade_db):
    """The factor by which q_a - 2 and q_t are tied at a fade depth: section 2.3.2."""
    return (1.0 + 0.3 * 10.0 ** (-fade_db / 20.0)) * 10.0 ** (-0.016 * fade_db)


@njit
def _fade_shift(fade_db):
    return 4.3 * (10.0 ** (-fade_db / 20.0) + fade_db / 800.0)


@njit
def multipath_percent(p0, fade_db):
    """Percentage of the worst month in which a fade depth is exceeded: section 2.3.2."""
    transition_db = 25.0 + 1.2 * math.log10(p0)
    if fade_db >= transition_db:
        return p0 * 10.0 ** (-fade_db / 10.0)
    p_t = p0 * 10.0 ** (-transition_db / 10.0)
    q_prime = -20.0 * math.log10(-math.log1p(-p_t / 100.0)) / transition_db
    q_t = (q_prime - 2.0) / _fade_scale(transition_db) - _fade_shift(transition_db)
    q_a = 2.0 + _fade_scale(fade_db) * (q_t + _fade_shift(fade_db))
    return -100.0 * math.expm1(-(10.0 ** (-q_a * fade_db / 20.0)))


@njit
def fill_rain(
    d: Floats,
    f: Floats,
    rain_rate_mm_h: Floats,
    p: Floats,
    elevation_deg: Floats,
    tilt_deg: Floats,
    loss_db: Floats,
) -> None:
    """Fill ``loss_db`` from arrays of one shape (n,)."""
    for i in range(d.size):
        terms = rain_terms(d[i], f[i], rain_rate_mm_h[i], p[i], elevation_deg[i], tilt_deg[i])
        loss_db[i] = terms.Ap


@njit
def fill_occurrence(
    d: Floats,
    f: Floats,
    tx_m: Floats,
    rx_m: Floats,
    gradient: Floats,
    roughness_m: Floats,
    p0: Floats,
) -> None:
    """Fill the occurrence factor ``p0`` from arrays of one shape (n,)."""
    for i in range(d.size):
        p0[i] = multipath_occurrence(d[i], f[i], tx_m[i], rx_m[i], gradient[i], roughness_m[i])


@njit
def fill_percent(p0: Floats, fade_db: Floats, percent: Floats) -> None:
    """Fill ``percent`` from arrays of one shape (n,)."""
    for i in range(p0.size):
        percent[i] = multipath_percent(p0[i], fade_db[i])
