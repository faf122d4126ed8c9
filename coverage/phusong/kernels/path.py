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
    clear_nu_root,
    equivalent_edge_nu_root,
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


class _Outward(NamedTuple):
    """What one walk over a profile, transmitter first, finds."""

    hst: float
    hsr: float
    hobs: float
    alpha_t: float
    slope_t: float
    lt: int
    stim: float


class _Backward(NamedTuple):
    """What the receiver sees on its way back."""

    alpha_r: float
    slope_r: float
    lr: int
    srim: float


@njit
def _walk_out(distance_km, height_m, surface_m, hts, hrs, ae):
    """Smooth-surface fit (eqs. 85 to 88), steepest points (76), (89), (13) from the transmitter.

    Slopes are in m/km. Of several steepest points ``lt`` is the nearest.
    """
    n = distance_km.size
    d = distance_km[n - 1]
    bulge = 500.0 / ae
    v1 = v2 = 0.0
    hobs = alpha_t = slope_t = stim = -np.inf
    lt = 1
    d0, h0 = distance_km[0], height_m[0]
    ray_slope = (hrs - hts) / d
    for i in range(1, n):
        d1, h1 = distance_km[i], height_m[i]
        v1 += (d1 - d0) * (h1 + h0)
        v2 += (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))
        d0, h0 = d1, h1
        if i == n - 1:
            break
        rise = h1 - hts
        per_km = 1.0 / d1
        hobs = max(hobs, rise - ray_slope * d1)
        slope = rise * per_km
        alpha_t = max(alpha_t, slope)
        slope -= bulge * d1
        if slope > slope_t:
            slope_t = slope
            lt = i
        stim = max(stim, (surface_m[i] - hts) * per_km - bulge * d1)
    return _Outward(
        (2.0 * v1 * d - v2) / d**2,
        (v2 - v1 * d) / d**2,
        hobs,
        alpha_t - ray_slope,
        slope_t,
        lt,
        stim + bulge * d,
    )


@njit
def _walk_back(distance_km, height_m, surface_m, hts, hrs, ae):
    """Steepest points seen from the receiver: eqs. (89c), (82a), (17); ``lr`` is the nearest."""
    n = distance_km.size
    d = distance_km[n - 1]
    bulge = 500.0 / ae
    alpha_r = slope_r = srim = -np.inf
    lr = 1
    for i in range(1, n - 1):
        back = d - distance_km[i]
        per_km = 1.0 / back
        slope = (height_m[i] - hrs) * per_km
        alpha_r = max(alpha_r, slope)
        slope -= bulge * back
        if slope >= slope_r:
            slope_r = slope
            lr = i
        srim = max(srim, (surface_m[i] - hrs) * per_km - bulge * back)
    return _Backward(alpha_r - (hts - hrs) / d, slope_r, lr, srim + bulge * d)


@njit
def _angle_mrad(rise_m, distance_km, ae):
    """Elevation angle of a point over an earth of radius ``ae`` km, in mrad: eq. (77)."""
    return 1000.0 * math.atan(rise_m / (1000.0 * distance_km) - distance_km / (2.0 * ae))


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
def _smooth_nu_root(distance_km, hte, hre, ap, samples):
    """Smooth-earth parameter at the profile's points, or by Attachment 4."""
    if samples:
        return smooth_nu_root(distance_km, hte, hre, ap)
    return smooth_nu_root_analytic(distance_km[distance_km.size - 1], hte, hre, ap)


@njit
def analyse_path(distance_km, height_m, surface_m, tx_m, rx_m, ae, smooth_samples, with_beta):
    """Analyse one profile, transmitter first.

    ``surface_m`` is terrain plus clutter; its end points are not read. ``tx_m`` and ``rx_m`` are
    above ground. ``ae`` is the median effective earth radius in km. ``smooth_samples`` takes the
    smooth-earth edge at the profile's points, otherwise Attachment 4 is used. ``with_beta`` adds
    the parameters for beta0 of the time, which only time percentages under 50 need; without it
    they repeat the median's.
    """
    n = distance_km.size
    d = distance_km[n - 1]
    hts = height_m[0] + tx_m
    hrs = height_m[n - 1] + rx_m
    out = _walk_out(distance_km, height_m, surface_m, hts, hrs, ae)
    theta_t = 1000.0 * math.atan(out.slope_t / 1000.0)
    theta_direct = _angle_mrad(hrs - hts, d, ae)
    clear = theta_t <= theta_direct
    surface_clear = out.stim < (hrs - hts) / d
    hst_n, hsr_n = out.hst, out.hsr
    hstd, hsrd = hst_n, hsr_n
    lt = lr = out.lt
    nu_50 = theta_r = 0.0
    if not (clear and surface_clear and out.hobs <= 0.0):
        back = _walk_back(distance_km, height_m, surface_m, hts, hrs, ae)
        if out.hobs > 0.0:
            hstd -= out.hobs * out.alpha_t / (out.alpha_t + back.alpha_r)
            hsrd -= out.hobs * back.alpha_r / (out.alpha_t + back.alpha_r)
        theta_r = 1000.0 * math.atan(back.slope_r / 1000.0)
        lr = back.lr
        nu_50 = equivalent_edge_nu_root(hts, hrs, out.stim, back.srim, d)
    if clear:
        theta_t = theta_direct
        theta_r = _angle_mrad(hts - hrs, d, ae)
        lt = lr = _closest_to_ray(distance_km, height_m, hts, hrs, ae)
    if surface_clear:
        nu_50 = clear_nu_root(distance_km, surface_m, hts, hrs, ae)
    hstd = min(hstd, height_m[0])
    hsrd = min(hsrd, height_m[n - 1])
    hst = min(hst_n, height_m[0])
    hsr = min(hsr_n, height_m[n - 1])
    hm = _roughness_m(distance_km, height_m, hst, hsr, lt, lr)
    nu_beta = nu_50
    if with_beta:
        nu_beta = bullington_nu_root(distance_km, surface_m, hts, hrs, AE_BETA_KM)
    nu_smooth_50 = _smooth_nu_root(distance_km, hts - hstd, hrs - hsrd, ae, smooth_samples)
    nu_smooth_beta = nu_smooth_50
    if with_beta:
        nu_smooth_beta = _smooth_nu_root(
            distance_km, hts - hstd, hrs - hsrd, AE_BETA_KM, smooth_samples
        )
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
