"""Path-profile analysis: Recommendation ITU-R P.1812-8, Attachment 1 to Annex 1.

Everything here is geometry: one pass serves every frequency. Distances in km, heights in m,
angles in mrad; letters are the Recommendation's.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import njit
from phusong.kernels.diffraction import (
    bullington_nu_root,
    smooth_nu_root,
    smooth_nu_root_analytic,
)

__all__ = ["AE_BETA_KM", "PathGeometry", "analyse_path", "longest_run_km", "sea_fraction"]

# Effective earth radius exceeded for beta0 of the time: 3 x 6371 km, eq. (7b).
AE_BETA_KM = 3.0 * 6371.0


class PathGeometry(NamedTuple):
    """What a profile says about its path, before any frequency is chosen."""

    d: float
    hts: float
    hrs: float
    line_of_sight: bool
    dlt: float
    dlr: float
    theta_t: float
    theta_r: float
    theta: float
    hst_n: float
    hsr_n: float
    hst: float
    hsr: float
    hstd: float
    hsrd: float
    hte: float
    hre: float
    hm: float
    nu_root_50: float
    nu_root_smooth_50: float
    nu_root_beta: float
    nu_root_smooth_beta: float


@njit
def _smooth_fit(distance_km, height_m):
    """Heights at both ends of the least-squares smooth surface: eqs. (85) to (88)."""
    n = distance_km.size
    d = distance_km[n - 1]
    v1 = 0.0
    v2 = 0.0
    for i in range(1, n):
        d0, d1 = distance_km[i - 1], distance_km[i]
        h0, h1 = height_m[i - 1], height_m[i]
        v1 += (d1 - d0) * (h1 + h0)
        v2 += (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))
    return (2.0 * v1 * d - v2) / d**2, (v2 - v1 * d) / d**2


@njit
def _diffraction_smooth(distance_km, height_m, hst, hsr, hts, hrs):
    """Smooth-surface heights for the diffraction model: eqs. (89) to (91)."""
    n = distance_km.size
    d = distance_km[n - 1]
    hobs = alpha_t = alpha_r = -np.inf
    for i in range(1, n - 1):
        di = distance_km[i]
        h = height_m[i] - (hts * (d - di) + hrs * di) / d
        hobs = max(hobs, h)
        alpha_t = max(alpha_t, h / di)
        alpha_r = max(alpha_r, h / (d - di))
    if hobs > 0.0:
        hst -= hobs * alpha_t / (alpha_t + alpha_r)
        hsr -= hobs * alpha_r / (alpha_t + alpha_r)
    return min(hst, height_m[0]), min(hsr, height_m[n - 1])


@njit
def _angle_mrad(rise_m, distance_km, ae):
    """Elevation angle of a point over an earth of radius ``ae`` km, in mrad: eq. (77)."""
    return 1000.0 * math.atan(rise_m / (1000.0 * distance_km) - distance_km / (2.0 * ae))


@njit
def _transmitter_horizon(distance_km, height_m, hts, ae):
    """Steepest point seen from the transmitter, the nearest one if several: eq. (76)."""
    best = -np.inf
    at = 1
    for i in range(1, distance_km.size - 1):
        di = distance_km[i]
        slope = (height_m[i] - hts) / (1000.0 * di) - di / (2.0 * ae)
        if slope > best:
            best = slope
            at = i
    return 1000.0 * math.atan(best), at


@njit
def _receiver_horizon(distance_km, height_m, hrs, ae):
    """Steepest point seen from the receiver, the nearest one to it if several: eq. (82)."""
    n = distance_km.size
    d = distance_km[n - 1]
    best = -np.inf
    at = 1
    for i in range(1, n - 1):
        back = d - distance_km[i]
        slope = (height_m[i] - hrs) / (1000.0 * back) - back / (2.0 * ae)
        if slope >= best:
            best = slope
            at = i
    return 1000.0 * math.atan(best), at


@njit
def _closest_to_ray(distance_km, height_m, hts, hrs, ae):
    """Index of the point with the largest diffraction parameter on a clear path."""
    n = distance_km.size
    d = distance_km[n - 1]
    best = -np.inf
    at = 1
    for i in range(1, n - 1):
        di = distance_km[i]
        ray = (hts * (d - di) + hrs * di) / d
        excess = height_m[i] + 500.0 / ae * di * (d - di) - ray
        nu = excess * math.sqrt(0.002 * d / (di * (d - di)))
        if nu >= best:
            best = nu
            at = i
    return at


@njit
def _roughness_m(distance_km, height_m, hst, hsr, first, last):
    """Terrain roughness hm between the horizons: eq. (95)."""
    slope = (hsr - hst) / distance_km[distance_km.size - 1]
    hm = -np.inf
    for i in range(first, last + 1):
        hm = max(hm, height_m[i] - (hst + slope * distance_km[i]))
    return hm


@njit
def analyse_path(distance_km, height_m, surface_m, tx_m, rx_m, ae, smooth_samples, with_beta):
    """Analyse one profile, transmitter first.

    ``surface_m`` is terrain plus clutter; its end points are not read. ``tx_m`` and ``rx_m`` are
    above ground. ``ae`` is the median effective earth radius in km. ``smooth_samples`` takes the
    smooth-earth edge at the profile's points, otherwise Attachment 4 is used. ``with_beta`` adds
    the parameters for beta0 of the time, which only time percentages under 50 need.
    """
    n = distance_km.size
    d = distance_km[n - 1]
    hts = height_m[0] + tx_m
    hrs = height_m[n - 1] + rx_m
    theta_t, lt = _transmitter_horizon(distance_km, height_m, hts, ae)
    theta_direct = _angle_mrad(hrs - hts, d, ae)
    clear = theta_t <= theta_direct
    if clear:
        theta_t = theta_direct
        theta_r = _angle_mrad(hts - hrs, d, ae)
        lt = _closest_to_ray(distance_km, height_m, hts, hrs, ae)
        lr = lt
    else:
        theta_r, lr = _receiver_horizon(distance_km, height_m, hrs, ae)
    hst_n, hsr_n = _smooth_fit(distance_km, height_m)
    hstd, hsrd = _diffraction_smooth(distance_km, height_m, hst_n, hsr_n, hts, hrs)
    hst = min(hst_n, height_m[0])
    hsr = min(hsr_n, height_m[n - 1])
    hm = _roughness_m(distance_km, height_m, hst, hsr, lt, lr)
    nu_50 = bullington_nu_root(distance_km, surface_m, hts, hrs, ae)
    nu_beta = nu_smooth_beta = nu_50
    if with_beta:
        nu_beta = bullington_nu_root(distance_km, surface_m, hts, hrs, AE_BETA_KM)
    if smooth_samples:
        nu_smooth_50 = smooth_nu_root(distance_km, hts - hstd, hrs - hsrd, ae)
        if with_beta:
            nu_smooth_beta = smooth_nu_root(distance_km, hts - hstd, hrs - hsrd, AE_BETA_KM)
    else:
        nu_smooth_50 = smooth_nu_root_analytic(d, hts - hstd, hrs - hsrd, ae)
        if with_beta:
            nu_smooth_beta = smooth_nu_root_analytic(d, hts - hstd, hrs - hsrd, AE_BETA_KM)
    return PathGeometry(
        d,
        hts,
        hrs,
        clear,
        distance_km[lt],
        d - distance_km[lr],
        theta_t,
        theta_r,
        1000.0 * d / ae + theta_t + theta_r,
        hst_n,
        hsr_n,
        hst,
        hsr,
        hstd,
        hsrd,
        hts - hst,
        hrs - hsr,
        hm,
        nu_50,
        nu_smooth_50,
        nu_beta,
        nu_smooth_beta,
    )


@njit
def _run_km(distance_km, first, last):
    """Length of the stretch of equal points ``first`` to ``last``, half-way to its neighbours."""
    length = distance_km[last] - distance_km[first]
    if last < distance_km.size - 1:
        length += 0.5 * (distance_km[last + 1] - distance_km[last])
    if first > 0:
        length += 0.5 * (distance_km[first] - distance_km[first - 1])
    return length


@njit
def longest_run_km(distance_km, zone, lowest_zone):
    """Longest continuous stretch with zone >= ``lowest_zone`` (3 land, 4 inland): section 3.6."""
    longest = 0.0
    first = -1
    for i in range(zone.size):
        inside = zone[i] >= lowest_zone
        if inside and first < 0:
            first = i
        if first >= 0 and (not inside or i == zone.size - 1):
            last = i if inside else i - 1
            longest = max(longest, _run_km(distance_km, first, last))
            first = -1
    return longest


@njit
def sea_fraction(distance_km, zone):
    """Fraction of the path over sea (zone 1)."""
    total = 0.0
    first = -1
    for i in range(zone.size):
        inside = zone[i] == 1
        if inside and first < 0:
            first = i
        if first >= 0 and (not inside or i == zone.size - 1):
            last = i if inside else i - 1
            total += _run_km(distance_km, first, last)
            first = -1
    return total / distance_km[distance_km.size - 1]
