"""Path-profile analysis of the extended Hata model (eHata): geometry, before any frequency.

Behaviour and names are those of NTIA's program, version 3.2, also where it departs from the text of
Y. Okumura et al., Rev. Electr. Commun. Lab. 16 (1968) 825-873, whose sections are cited. Heights
in m. Profiles come base first, as every profile of this library; inside, ``pfl`` is the same one
mobile first, as the source has it.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["EhataPath", "analyse_path"]

Floats = npt.NDArray[np.float64]


class EhataPath(NamedTuple):
    """What a profile says about its path, under the names of NTIA's program.

    Of the source's pairs, index 0 is ``..._mobile`` here and index 1 ``..._base``.
    """

    d__km: float
    h_m_gnd__meter: float
    h_b_eff__meter: float
    h_m_eff__meter: float
    h_avg_mobile__meter: float
    h_avg_base__meter: float
    pfl10__meter: float
    pfl50__meter: float
    pfl90__meter: float
    deltah__meter: float
    theta_m__mrad: float
    slope_max: float
    slope_min: float
    beta: float
    iend_ov_sea: int
    d_hzn_mobile__meter: float
    d_hzn_base__meter: float
    single_horizon: bool
    hedge_tilda: float


@njit
def _over_surroundings(terminal_first: Floats, d: float, xi: float) -> float:
    """Height of a terminal's ground over the mean of the ground 3 to 15 km from it."""
    if d < 3.0:
        return 0.0
    last = int(15.0 / xi) if d > 15.0 else terminal_first.size - 1
    first = int(3.0 / xi)
    total = 0.0
    for i in range(first, last + 1):
        total += terminal_first[i]
    excess = terminal_first[0] - total / (last - first + 1)
    if d <= 15.0:
        excess *= (d - 3.0) / 12.0
    return float(excess)


@njit
def _partition(values: Floats, low: int, high: int) -> tuple[int, int]:
    """Bring what is larger than the middle value before it; where the two parts end."""
    pivot = values[(low + high) // 2]
    while low <= high:
        while values[low] > pivot:
            low += 1
        while values[high] < pivot:
            high -= 1
        if low <= high:
            values[low], values[high] = values[high], values[low]
            low += 1
            high -= 1
    return low, high


@njit
def _largest(values: Floats, n: int, k: int) -> float:
    """The ``k``-th largest, from 0, of the first ``n`` values, which are put in another order."""
    low, high = 0, n - 1
    k = min(max(k, 0), high)
    while low < high:
        i, j = _partition(values, low, high)
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    quantile: float = values[k]
    return quantile


@njit
def _terrain_quantiles(
    pfl: Floats, d: float, xi: float, scratch: Floats
) -> tuple[float, float, float]:
    """Heights exceeded at 10, 50 and 90 % of the 10 km next to the mobile (section 2.4).

    On a shorter path they are scaled to the asymptotic irregularity of 10 km. The source scales
    the heights above sea level themselves, and so does this.
    """
    n = pfl.size if d < 10.0 else int(10.0 / xi) + 1
    for i in range(n):
        scratch[i] = pfl[i]
    factor = 1.0
    if d < 10.0:
        factor = (1.0 - 0.8 * math.exp(-0.2)) / (1.0 - 0.8 * math.exp(-0.02 * d))
    return (
        factor * _largest(scratch, n, int(0.1 * n - 1)),
        factor * _largest(scratch, n, int(0.5 * n - 1)),
        factor * _largest(scratch, n, int(0.9 * n - 1)),
    )


@njit
def _trend(pfl: Floats, n: int) -> float:
    """Least-squares rise over the first ``n`` intervals, the ends with half weight.

    The fitted heights are subtracted as the source does it: on level ground the sign of what
    rounding leaves decides which slope is taken.
    """
    middle = 0.5 * n
    level = 0.5 * (pfl[0] + pfl[n])
    moment = -0.5 * (pfl[0] - pfl[n]) * middle
    for i in range(1, n):
        level += pfl[i]
        moment += pfl[i] * (i - middle)
    level /= n
    gradient = moment * 12.0 / ((n * n + 2.0) * n)
    rise: float = (level + gradient * middle) - (level - gradient * middle)
    return rise


@njit
def _mobile_slope_mrad(pfl: Floats, d_m: float, step_m: float) -> tuple[float, float, float]:
    """Mean slope at the mobile, and the extremes over its next 5, 6, ... 10 km (section 4.3)."""
    slope_max, slope_min, slope_five = -1.0e31, 1.0e31, 0.0
    for km in range(5, 11):
        x2 = 1000.0 * km
        if d_m < x2:
            break
        slope = -1000.0 * _trend(pfl, int(x2 / step_m)) / x2
        slope_min = min(slope_min, slope)
        slope_max = max(slope_max, slope)
        if km == 5:
            slope_five = slope
    theta_m = slope_five
    if d_m > 5000.0 and slope_max * slope_min >= 0.0:
        theta_m = slope_max if slope_max >= 0.0 else slope_min
    return theta_m, slope_max, slope_min


@njit
def _sea(pfl: Floats) -> tuple[float, int]:
    """Fraction of points at height 0, and where most are: 1 mobile's half, 0 base's, -1 equal."""
    low = high = 0
    middle = (pfl.size - 1) // 2
    for i in range(pfl.size):
        if pfl[i] == 0.0:
            if i < middle:
                low += 1
            else:
                high += 1
    end = -1 if low == high else int(low > high)
    return (low + high) / pfl.size, end


@njit
def _effective_curvature(pfl: Floats) -> float:
    """Curvature of the effective earth, per m, from the path's mean height."""
    total = 0.0
    for i in range(pfl.size):
        total += pfl[i]
    ens = 301.0 * math.exp(-total / pfl.size / 9460.0)
    return 157e-9 * (1.0 - 0.04665 * math.exp(ens / 179.3))


@njit
def _horizons(
    pfl: Floats, gme: float, d_m: float, step_m: float, hm: float, hb: float
) -> tuple[float, float]:
    """Distances in m from mobile and from base to their horizons; the path's length if none."""
    n = pfl.size - 1
    za, zb = pfl[0] + hm, pfl[n] + hb
    theta_m = (zb - za) / d_m - 0.5 * gme * d_m
    theta_b = -(zb - za) / d_m - 0.5 * gme * d_m
    horizon_m = horizon_b = d_m
    # Summed up step by step as the source does: the truncation to the ridge's index hangs on it.
    sa, sb = 0.0, d_m
    clear = True
    for i in range(1, n):
        sa += step_m
        sb -= step_m
        above = pfl[i] - (0.5 * gme * sa + theta_m) * sa - za
        if above > 0.0:
            theta_m += above / sa
            horizon_m = sa
            clear = False
        if not clear:
            above = pfl[i] - (0.5 * gme * sb + theta_b) * sb - zb
            if above > 0.0:
                theta_b += above / sb
                horizon_b = sb
    return horizon_m, horizon_b


@njit
def _ridge(
    pfl: Floats, d_m: float, step_m: float, hm: float, hb: float
) -> tuple[float, float, bool, float]:
    """Horizon distances, whether both are one ridge, and its height over the direct ray."""
    gme = _effective_curvature(pfl)
    horizon_m, horizon_b = _horizons(pfl, gme, d_m, step_m, hm, hb)
    if abs(d_m - horizon_m - horizon_b) > 0.5 * step_m:
        return horizon_m, horizon_b, False, 0.0
    za, zb = hb + pfl[pfl.size - 1], hm + pfl[0]
    # Each antenna is weighted by its own horizon distance, as in version 3.2.
    ray = (za * horizon_b + zb * horizon_m) / d_m
    edge = pfl[int(horizon_m / step_m)] - ray + 0.5 * gme * horizon_m * horizon_b
    return horizon_m, horizon_b, True, max(edge, 0.0)


@njit
def analyse_path(
    height_m: Floats, step_m: float, tx_height_m: float, rx_height_m: float, scratch: Floats
) -> EhataPath:
    """Analyse equally spaced heights above sea level, base (tx) first; exactly 0 m is sea.

    ``step_m`` is a number of its own, not a difference of distances, because the source truncates
    quotients by it. ``scratch`` is working space of at least ``height_m``'s size.
    """
    pfl = height_m[::-1]
    xi = step_m * 0.001
    d = (height_m.size - 1) * xi
    d_m = (height_m.size - 1) * step_m
    over_m = _over_surroundings(pfl, d, xi)
    over_b = _over_surroundings(height_m, d, xi)
    p10, p50, p90 = _terrain_quantiles(pfl, d, xi, scratch)
    theta_m, slope_max, slope_min = _mobile_slope_mrad(pfl, d_m, step_m)
    beta, end = _sea(pfl)
    horizon_m, horizon_b, single, edge = _ridge(pfl, d_m, step_m, rx_height_m, tx_height_m)
    return EhataPath(
        d_m / 1000.0,
        pfl[0],
        min(max(tx_height_m + over_b, 30.0), 200.0),
        min(max(rx_height_m + over_m, 1.0), 10.0),
        pfl[0] if d < 3.0 else over_m,
        height_m[0] if d < 3.0 else over_b,
        p10,
        p50,
        p90,
        p10 - p90,
        theta_m,
        slope_max,
        slope_min,
        beta,
        end,
        horizon_m,
        horizon_b,
        single,
        edge,
    )
