"""The geometry of every receiver along one radial, in one walk away from the mast.

What `phusong.kernels.path.analyse_path` finds by walking each receiver's own profile is carried
along here: steepest slopes from the mast are running maxima, since in the curved-earth frame they
do not depend on where the receiver is; steepest slopes back from it are tangents to the hulls of
what has been passed; the smooth-surface heights are running sums. So a receiver costs the logarithm
of its distance, not its distance.

A receiver stands beside the radial. Its profile is the mast, the radial's points up to ``inner``
steps, then `OWN` points on its own line, where ground counts most, and the receiver itself; where
the radial's points are the receivers, its own are simply the last of those. Distances in km,
heights in m above sea level, slopes in m/km.

Results lie in blocks (`phusong.kernels.receiver_fields`): first what the receivers' own points
tell, then what a walk along the radial finds, and from both, vectorised as the first, their fields.
"""

from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, inlined_njit, njit
from phusong.kernels.radial_walk import (
    BARE_SLOPES,
    SLOPES,
    WORK_ROWS,
    slopes_along,
    smooth_ends_m,
    walk_radial,
)
from phusong.kernels.receiver_fields import (
    ABOVE_X,
    ABOVE_Y,
    BACK_X,
    BACK_Y,
    BLOCK,
    BLOCKED,
    CURVED_X,
    CURVED_Y,
    DIRECT,
    DLR,
    DLT,
    EXACT,
    FLAT,
    GROUND,
    HM,
    HRE,
    HRS,
    HSRD,
    HSTD,
    HTE,
    LANES,
    NU,
    OWN_ABOVE,
    OWN_BACK,
    OWN_FIRST,
    OWN_FLAT,
    OWN_GAP,
    OWN_HEIGHT,
    OWN_R,
    OWN_SEEN,
    OWN_SLOPE,
    OWN_SLOPE_R,
    OWN_SRIM,
    OWN_T,
    PEAK_X,
    PEAK_Y,
    SLOPE_R,
    SLOPE_T,
    SMOOTH,
    SRIM,
    STIM,
    TILT,
    TOP_X,
    TOP_Y,
    V1,
    V2,
    D,
    lanes_of,
)

__all__ = ["OWN", "WORK_ROWS", "Radial", "Receivers", "describe_receivers", "profile_of"]

OWN = 4
NO_LOSS = 0.78**2


class Radial(NamedTuple):
    """Ground at equal steps from the mast, ``height_m[0]`` its foot; (points,) each."""

    step_km: float
    height_m: np.ndarray
    surface_m: np.ndarray
    zone: np.ndarray


class Receivers(NamedTuple):
    """Places beside a radial, not falling in distance; (receivers,), own points (OWN, receivers).

    ``inner``, at least 1, counts the radial's points on the profile after the mast's. The own
    points begin beyond them at ``own_first_km``, are a step apart and end before ``distance_km``.
    ``own_zone`` (OWN + 1, receivers) has the receiver's own last.
    """

    distance_km: np.ndarray
    height_m: np.ndarray
    inner: np.ndarray
    own_first_km: np.ndarray
    own_height_m: np.ndarray
    own_surface_m: np.ndarray
    own_zone: np.ndarray


@njit
def profile_of(radial, receivers, j, distance_km, height_m, surface_m, zone):
    """Fill the profile of one receiver; its number of points."""
    inner = receivers.inner[j]
    for i in range(inner + 1):
        distance_km[i] = i * radial.step_km
        height_m[i] = radial.height_m[i]
        surface_m[i] = radial.surface_m[i]
        zone[i] = radial.zone[i]
    surface_m[0] = height_m[0]
    for m in range(OWN):
        i = inner + 1 + m
        distance_km[i] = receivers.own_first_km[j] + m * radial.step_km
        height_m[i] = receivers.own_height_m[m, j]
        surface_m[i] = receivers.own_surface_m[m, j]
        zone[i] = receivers.own_zone[m, j]
    last = inner + 1 + OWN
    distance_km[last] = receivers.distance_km[j]
    height_m[last] = receivers.height_m[j]
    surface_m[last] = height_m[last]
    zone[last] = receivers.own_zone[OWN, j]
    return last + 1


@fused_njit
def describe_receivers(radial, receivers, count, tx_m, rx_m, ae, wavelength_m, work, blocks):
    """Fill ``blocks`` (flat; `BLOCK` values for every `LANES` receivers, the last lanes repeated).

    ``tx_m`` and ``rx_m`` are above ground, ``ae`` is the effective earth radius,
    ``wavelength_m`` the longest of interest: beyond its clearance a point costs nothing.
    ``work`` (`WORK_ROWS`, points) is overwritten, and left for `roughen`.
    """
    hts = radial.height_m[0] + tx_m
    bulge = 500.0 / ae
    for start in range(0, count, LANES):
        s = blocks[start // LANES * BLOCK : (start // LANES + 1) * BLOCK]
        _look_around(
            receivers, start, min(count - start, LANES), radial.step_km, hts, rx_m, bulge, s
        )
    cover = slopes_along(
        radial, receivers.inner[count - 1], hts, bulge, work[SLOPES], work[BARE_SLOPES]
    )
    walk_radial(
        radial, receivers, count, bulge, cover, NO_LOSS * wavelength_m / 0.002, work, blocks
    )
    for start in range(0, count, LANES):
        s = blocks[start // LANES * BLOCK : (start // LANES + 1) * BLOCK]
        _conclude(s, lanes_of(count - start), radial.height_m[0], hts, bulge)


class _Steepest(NamedTuple):
    """What the own points of one receiver are like, some of them taken; see the block's fields."""

    flat: float
    above: float
    slope: float
    at: float
    seen: float
    gap: float
    back: float
    slope_r: float
    at_r: float
    srim: float


@fused_njit
def _look_around(receivers, start, count, step, hts, rx_m, bulge, s):
    """Describe a block's receivers and their own points, as far as they alone tell."""
    distance, ground = receivers.distance_km[start:], receivers.height_m[start:]
    own_first = receivers.own_first_km[start:]
    height, surface = receivers.own_height_m, receivers.own_surface_m
    # `OWN` rows, each contiguous: rows of a table would keep the loop from vectorising.
    h0, h1, h2, h3 = height[0][start:], height[1][start:], height[2][start:], height[3][start:]
    g0, g1, g2, g3 = surface[0][start:], surface[1][start:], surface[2][start:], surface[3][start:]
    for j in range(count):
        d, h, x = distance[j], ground[j], own_first[j]
        hrs = h + rx_m
        per_d = 1.0 / d
        direct = (hrs - hts) * per_d
        ray = (d, hts, hrs, direct, bulge)
        least = -np.inf
        own = _Steepest(least, least, least, x, least, np.inf, least, least, x, least)
        own = _look_at(own, x, h0[j], g0[j], ray)
        own = _look_at(own, x + step, h1[j], g1[j], ray)
        own = _look_at(own, x + 2.0 * step, h2[j], g2[j], ray)
        own = _look_at(own, x + 3.0 * step, h3[j], g3[j], ray)
        v1 = step * (h0[j] + 2.0 * (h1[j] + h2[j]) + h3[j])
        v2 = step * ((3.0 * x + step) * h0[j] + (3.0 * x + 8.0 * step) * h3[j])
        v2 += 6.0 * step * ((x + step) * h1[j] + (x + 2.0 * step) * h2[j])
        xa = x + 3.0 * step
        s[V1 + j] = v1 + (d - xa) * (h + h3[j])
        s[V2 + j] = v2 + (d - xa) * (h * (2.0 * d + xa) + h3[j] * (d + 2.0 * xa))
        s[D + j], s[GROUND + j], s[HRS + j], s[DIRECT + j] = d, h, hrs, direct
        s[OWN_FIRST + j], s[OWN_HEIGHT + j] = x, h0[j]
        s[OWN_FLAT + j], s[OWN_ABOVE + j], s[OWN_SLOPE + j] = own.flat, own.above, own.slope
        s[OWN_T + j], s[OWN_SEEN + j], s[OWN_GAP + j] = own.at, own.seen, own.gap
        s[OWN_BACK + j], s[OWN_SLOPE_R + j], s[OWN_R + j] = own.back, own.slope_r, own.at_r
        s[OWN_SRIM + j] = own.srim


@inlined_njit
def _look_at(own, x, h, g, ray):
    """Take one more own point, at ``x`` with ground ``h`` and surface ``g``, into the steepest."""
    d, hts, hrs, direct, bulge = ray
    left = d - x
    per_both = 1.0 / (x * left)
    per_km, per_left = left * per_both, x * per_both
    flat, back = (h - hts) * per_km, (h - hrs) * per_left
    slope, slope_r = flat - bulge * x, back - bulge * left
    seen = (g - hts) * per_km - bulge * x
    gap = direct - bulge * d - seen
    return _Steepest(
        max(own.flat, flat),
        max(own.above, h - direct * x),
        max(own.slope, slope),
        x if slope > own.slope else own.at,
        max(own.seen, seen),
        min(own.gap, gap * gap * x * per_left),
        max(own.back, back),
        max(own.slope_r, slope_r),
        x if slope_r >= own.slope_r else own.at_r,
        max(own.srim, (g - hrs) * per_left - bulge * left),
    )


@fused_njit
def _conclude(s, lanes, first_m, hts, bulge):
    """From what was found around a block's receivers and on the way to them to their fields."""
    for j in range(lanes):
        d, hrs, ground, direct = s[D + j], s[HRS + j], s[GROUND + j], s[DIRECT + j]
        v1, v2 = s[V1 + j], s[V2 + j]
        ray = direct - bulge * d
        at = hrs - bulge * d * d
        per_d = 1.0 / d
        hstd, hsrd = smooth_ends_m(v1, v2, per_d)
        hst, hsr = min(hstd, first_m), min(hsrd, ground)
        tilt = (hsr - hst) * per_d

        alpha_t = s[FLAT + j] - direct
        hobs = max(s[ABOVE_Y + j] - direct * s[ABOVE_X + j], s[OWN_ABOVE + j]) - hts
        back = (s[BACK_Y + j] - hrs) / (d - s[BACK_X + j])
        part = hobs / (alpha_t + max(back, s[OWN_BACK + j]) + direct)
        part = part if alpha_t > 0.0 else 0.0
        s[HSTD + j] = min(hstd - part * alpha_t, first_m)
        s[HSRD + j] = min(hsrd - part * (max(back, s[OWN_BACK + j]) + direct), ground)

        # Both sides of a choice are loaded before it, or it would keep the loop from vectorising.
        slope_t, own_slope, dlt, own_t = s[SLOPE_T + j], s[OWN_SLOPE + j], s[DLT + j], s[OWN_T + j]
        dlt = own_t if own_slope > slope_t else dlt
        slope_t = max(slope_t, own_slope)
        slope_r = (s[CURVED_Y + j] - at) / (d - s[CURVED_X + j]) - 2.0 * bulge * d
        own_slope, xr, own_r = s[OWN_SLOPE_R + j], s[CURVED_X + j], s[OWN_R + j]
        xr = own_r if own_slope >= slope_r else xr
        slope_r = max(slope_r, own_slope)
        dlr = d - xr
        # Heights of the horizons from their slopes, and of the highest point if between them.
        above = max(
            hts + (slope_t + bulge * dlt - tilt) * dlt,
            hrs + (slope_r + bulge * dlr) * dlr - tilt * xr,
        )
        between = (dlt <= s[PEAK_X + j]) & (s[PEAK_X + j] <= xr)
        peak = s[PEAK_Y + j] - tilt * s[PEAK_X + j]
        above = max(above, peak if between else above)
        turn = direct - tilt
        own_below = s[OWN_ABOVE + j] + max(turn * d, turn * s[OWN_FIRST + j]) <= peak
        clear = slope_t <= ray
        s[SLOPE_T + j] = ray if clear else slope_t
        s[SLOPE_R + j] = -direct - bulge * d if clear else slope_r
        s[DLT + j] = d if clear else dlt
        s[DLR + j] = d if clear else dlr
        s[HM + j] = -BLOCKED if clear else above - hst

        srim = (s[TOP_Y + j] - at) / (d - s[TOP_X + j]) - 2.0 * bulge * d
        srim = max(srim, s[OWN_SRIM + j]) + bulge * d
        blocked = s[NU + j] == BLOCKED
        s[SRIM + j] = srim if blocked else 0.0
        s[STIM + j] += bulge * d
        s[HTE + j], s[HRE + j] = hts - hst, hrs - hsr
        s[SMOOTH + j], s[TILT + j] = hst, tilt
        s[EXACT + j] = 1.0 if between & own_below & (not clear) else 0.0
