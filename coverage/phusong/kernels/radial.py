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

Results lie in blocks of `LANES` receivers, a field after the other, at offsets that a compiler
knows: that lets it vectorise what reads them.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, inlined_njit, njit
from phusong.kernels.hull import append, farthest_above, seen_highest

__all__ = [
    "BLOCK",
    "BLOCKED",
    "LANES",
    "OWN",
    "WORK_ROWS",
    "Radial",
    "Receivers",
    "describe_receivers",
    "profile_of",
    "roughen",
]

LANES = 64
D = 0 * LANES  # distance
HRS = 1 * LANES  # receiver's antenna
STIM = 2 * LANES  # steepest surface slope from the mast, earth's bulge included: eq. (14)
SRIM = 3 * LANES  # and back from the receiver: eq. (17)
NU = 4 * LANES  # largest diffraction parameter of a clear path, times sqrt(wavelength), or BLOCKED
HSTD = 5 * LANES  # smooth-surface heights for the diffraction model: eqs. (91), (92)
HSRD = 6 * LANES
SLOPE_T = 7 * LANES  # of the horizon's ray at the mast, or of the direct ray: eq. (79)
SLOPE_R = 8 * LANES  # and at the receiver: eq. (82)
DLT = 9 * LANES  # distance to the mast's horizon; on a clear path d, which it does not exceed
DLR = 10 * LANES
HORIZONS = 11 * LANES  # their sum, d on a clear path
INNER = 12 * LANES  # regular points of the profile
OWN_FIRST = 13 * LANES  # distance of the first of the receiver's own points
HTE = 14 * LANES  # antennas above the smooth surface of the ducting model: eq. (94)
HRE = 15 * LANES
HM = 16 * LANES  # roughness at the horizons, at most the hm of eq. (95); -BLOCKED on a clear path
SMOOTH = 17 * LANES  # smooth surface of the ducting model at the mast: eq. (93)
TILT = 18 * LANES  # and its slope
EXACT = 19 * LANES  # 1 where horizons and roughness are exact, 0 where they are bounds
MODEL = 20 * LANES  # from here on, what a model keeps for all of its bands
BLOCK = 33 * LANES
BLOCKED = 1e30

WORK_ROWS = 11
OWN = 4
COARSE = 16
NO_LOSS = 0.78**2


class Radial(NamedTuple):
    """Ground at equal steps from the mast, ``height_m[0]`` its foot; (points,) each."""

    step_km: float
    height_m: np.ndarray
    surface_m: np.ndarray


class Receivers(NamedTuple):
    """Places beside a radial, not falling in distance; (receivers,), own points (receivers, OWN).

    ``inner``, at least 1, counts the radial's points on the profile after the mast's. The own
    points begin beyond them at ``own_first_km``, are a step apart and end before ``distance_km``.
    """

    distance_km: np.ndarray
    height_m: np.ndarray
    inner: np.ndarray
    own_first_km: np.ndarray
    own_height_m: np.ndarray
    own_surface_m: np.ndarray


@njit
def profile_of(radial, receivers, j, distance_km, height_m, surface_m):
    """Fill the profile of one receiver; its number of points."""
    inner = receivers.inner[j]
    for i in range(inner + 1):
        distance_km[i] = i * radial.step_km
        height_m[i] = radial.height_m[i]
        surface_m[i] = radial.surface_m[i]
    surface_m[0] = height_m[0]
    for m in range(OWN):
        i = inner + 1 + m
        distance_km[i] = receivers.own_first_km[j] + m * radial.step_km
        height_m[i] = receivers.own_height_m[j, m]
        surface_m[i] = receivers.own_surface_m[j, m]
    last = inner + 1 + OWN
    distance_km[last] = receivers.distance_km[j]
    height_m[last] = receivers.height_m[j]
    surface_m[last] = height_m[last]
    return last + 1


@inlined_njit
def _closest_to_ray(slope, coarse, inner, step_km, d, ray, least):
    """Least (ray - slope)**2 x / (d - x) under a clear ray, if below ``least``, and its point.

    The diffraction parameter of a point at x is -sqrt(0.002 d) times that ratio's root, so the
    least ratio is the largest parameter. Within a group of points it is at least what the group's
    steepest slope and nearest x give, so most groups are passed over; the receiver's end, where the
    closest point mostly is, comes first. Without such a point the index is 0.
    """
    at = 0
    group = inner // COARSE
    while group >= 0:
        first = max(group * COARSE, 1)
        gap = ray - coarse[group]
        if gap * gap * (first * step_km) < least * (d - first * step_km):
            for i in range(min(group * COARSE + COARSE - 1, inner), first - 1, -1):
                gap = ray - slope[i]
                x = i * step_km
                if gap * gap * x < least * (d - x):
                    least = gap * gap * x / (d - x)
                    at = i
        group -= 1
    return least, at


@fused_njit
def describe_receivers(radial, receivers, count, tx_m, rx_m, ae, wavelength_m, work, blocks):
    """Fill ``blocks`` (flat; `BLOCK` values for every `LANES` receivers, the last lanes repeated).

    ``tx_m`` and ``rx_m`` are above ground, ``ae`` is the effective earth radius,
    ``wavelength_m`` the longest of interest: beyond its clearance a point costs nothing.
    ``work`` (`WORK_ROWS`, points) is overwritten, and left for `roughen`.
    """
    step = radial.step_km
    height, surface = radial.height_m, radial.surface_m
    hts = height[0] + tx_m
    bulge = 500.0 / ae
    flat_x, flat_y, curved_x, curved_y = work[0], work[1], work[2], work[3]
    surface_x, surface_y, slope, coarse = work[4], work[5], work[6], work[7]
    bare, coarse_bare, peaks = work[8], work[9], work[10]
    flat = curved = top = 0
    v1 = v2 = 0.0
    steepest_flat = steepest = steepest_surface = -np.inf
    horizon_km = 0.0
    coarse[0] = coarse_bare[0] = peaks[0] = -np.inf
    k = 0
    x0, h0 = 0.0, height[0]
    for j in range(count):
        inner = receivers.inner[j]
        while k < inner:
            k += 1
            x, h, g = k * step, height[k], surface[k]
            v1 += step * (h + h0)
            v2 += step * (h * (2.0 * x + x0) + h0 * (x + 2.0 * x0))
            x0, h0 = x, h
            drop = bulge * x * x
            per_km = 1.0 / x
            rise = (h - hts) * per_km
            steepest_flat = max(steepest_flat, rise)
            rise -= bulge * x
            if rise > steepest:
                steepest = rise
                horizon_km = x
            seen = (g - hts) * per_km - bulge * x
            steepest_surface = max(steepest_surface, seen)
            slope[k] = seen
            bare[k] = rise
            group = k // COARSE
            first = k % COARSE == 0
            coarse[group] = seen if first else max(coarse[group], seen)
            coarse_bare[group] = rise if first else max(coarse_bare[group], rise)
            peaks[group] = h if first else max(peaks[group], h)
            flat = append(flat_x, flat_y, flat, x, h)
            curved = append(curved_x, curved_y, curved, x, h - drop)
            top = append(surface_x, surface_y, top, x, g - drop)

        d, ground = receivers.distance_km[j], receivers.height_m[j]
        own_first = receivers.own_first_km[j]
        own_height, own_surface = receivers.own_height_m[j], receivers.own_surface_m[j]
        hrs = ground + rx_m
        per_d = 1.0 / d
        direct = (hrs - hts) * per_d
        ray = direct - bulge * d

        v1d, v2d, xa, ha = v1, v2, x0, h0
        own_flat = own_slope = own_seen = own_above = -np.inf
        own_back = own_slope_r = own_srim = -np.inf
        own_gap = np.inf
        own_t = own_r = own_first
        for m in range(OWN):
            xe, he, ge = own_first + m * step, own_height[m], own_surface[m]
            v1d += (xe - xa) * (he + ha)
            v2d += (xe - xa) * (he * (2.0 * xe + xa) + ha * (xe + 2.0 * xa))
            xa, ha = xe, he
            per_km, back = 1.0 / xe, d - xe
            per_back = 1.0 / back
            rise = (he - hts) * per_km
            own_flat = max(own_flat, rise)
            own_above = max(own_above, he - direct * xe)
            rise -= bulge * xe
            own_t = xe if rise > own_slope else own_t
            own_slope = max(own_slope, rise)
            seen = (ge - hts) * per_km - bulge * xe
            own_seen = max(own_seen, seen)
            gap = ray - seen
            own_gap = min(own_gap, gap * gap * xe * per_back)
            rise = (he - hrs) * per_back
            own_back = max(own_back, rise)
            rise -= bulge * back
            own_r = xe if rise >= own_slope_r else own_r
            own_slope_r = max(own_slope_r, rise)
            own_srim = max(own_srim, (ge - hrs) * per_back - bulge * back)
        v1d += (d - xa) * (ground + ha)
        v2d += (d - xa) * (ground * (2.0 * d + xa) + ha * (d + 2.0 * xa))
        hstd = (2.0 * v1d * d - v2d) * per_d * per_d
        hsrd = (v2d - v1d * d) * per_d * per_d
        hst, hsr = min(hstd, height[0]), min(hsrd, ground)

        alpha_t = max(steepest_flat, own_flat) - direct
        if alpha_t > 0.0:
            i = farthest_above(flat_x, flat_y, flat, direct)
            hobs = max(flat_y[i] - direct * flat_x[i], own_above) - hts
            i = seen_highest(flat_x, flat_y, flat, d, hrs)
            alpha_r = max((flat_y[i] - hrs) / (d - flat_x[i]), own_back) + direct
            part = hobs / (alpha_t + alpha_r)
            hstd -= part * alpha_t
            hsrd -= part * alpha_r
        hstd = min(hstd, height[0])
        hsrd = min(hsrd, ground)

        slope_t, dlt = steepest, horizon_km
        if own_slope > slope_t:
            slope_t, dlt = own_slope, own_t
        if slope_t <= ray:
            slope_t, slope_r = ray, -direct - bulge * d
            dlt = dlr = horizons = d
            hm = -BLOCKED
        else:
            at = hrs - bulge * d * d
            i = seen_highest(curved_x, curved_y, curved, d, at)
            slope_r = (curved_y[i] - at) / (d - curved_x[i]) - 2.0 * bulge * d
            xr = curved_x[i]
            if own_slope_r >= slope_r:
                slope_r, xr = own_slope_r, own_r
            dlr = d - xr
            horizons = dlt + dlr
            # Heights of the horizons from their slopes.
            tilt = (hsr - hst) * per_d
            hm = (
                max(
                    hts + (slope_t + bulge * dlt - tilt) * dlt,
                    hrs + (slope_r + bulge * dlr) * dlr - tilt * xr,
                )
                - hst
            )

        stim = max(steepest_surface, own_seen)
        srim = 0.0
        nu = BLOCKED
        if stim < ray:
            limit = NO_LOSS * wavelength_m * per_d / 0.002
            least = min(limit, own_gap)
            least, _ = _closest_to_ray(slope, coarse, k, step, d, ray, least)
            # At the limit nothing stands within the clearance that matters at any wavelength.
            nu = -math.sqrt(0.002 * d * least) if least < limit else -BLOCKED
        else:
            at = hrs - bulge * d * d
            i = seen_highest(surface_x, surface_y, top, d, at)
            srim = (surface_y[i] - at) / (d - surface_x[i]) - 2.0 * bulge * d
            srim = max(srim, own_srim) + bulge * d
        o = (j // LANES) * BLOCK + j % LANES
        blocks[o + D] = d
        blocks[o + HRS] = hrs
        blocks[o + STIM] = stim + bulge * d
        blocks[o + SRIM] = srim
        blocks[o + NU] = nu
        blocks[o + HSTD] = hstd
        blocks[o + HSRD] = hsrd
        blocks[o + SLOPE_T] = slope_t
        blocks[o + SLOPE_R] = slope_r
        blocks[o + DLT] = dlt
        blocks[o + DLR] = dlr
        blocks[o + HORIZONS] = horizons
        blocks[o + INNER] = inner
        blocks[o + OWN_FIRST] = own_first
        blocks[o + HTE] = hts - hst
        blocks[o + HRE] = hrs - hsr
        blocks[o + HM] = hm
        blocks[o + SMOOTH] = hst
        blocks[o + EXACT] = 0.0
        blocks[o + TILT] = (hsr - hst) * per_d
    _fill_last_lanes(blocks, count)


@fused_njit
def _fill_last_lanes(blocks, count):
    """Repeat the last receiver in the lanes after it, so that every lane holds numbers."""
    if count % LANES == 0:
        return
    o = (count // LANES) * BLOCK
    last = o + count % LANES - 1
    for field in range(0, MODEL, LANES):
        for lane in range(count % LANES, LANES):
            blocks[o + field + lane] = blocks[last + field]


@inlined_njit
def roughen(radial, receivers, j, hts, ae, work, blocks):
    """Make horizons and roughness exact, section 5 of Attachment 1, for receiver ``j``.

    `describe_receivers` leaves bounds there, since few receivers need more. On a clear path the
    horizon of both ends is the point closest to the ray.
    """
    o = (j // LANES) * BLOCK + j % LANES
    if blocks[o + EXACT] > 0.0:
        return
    blocks[o + EXACT] = 1.0
    step = radial.step_km
    d, inner = blocks[o + D], receivers.inner[j]
    if blocks[o + DLT] < d:
        blocks[o + HM] = _roughness_m(radial, receivers, j, work[10], blocks, o)
        return
    bulge = 500.0 / ae
    ray = blocks[o + SLOPE_T]
    least = np.inf
    x = height = 0.0
    for m in range(OWN):
        xe, he = receivers.own_first_km[j] + m * radial.step_km, receivers.own_height_m[j, m]
        gap = ray - ((he - hts) / xe - bulge * xe)
        if gap * gap * xe <= least * (d - xe):
            least = gap * gap * xe / (d - xe)
            x, height = xe, he
    least, at = _closest_to_ray(work[8], work[9], inner, step, d, ray, least)
    if at > 0:
        x, height = at * step, radial.height_m[at]
    blocks[o + DLT] = x
    blocks[o + DLR] = d - x
    blocks[o + HM] = height - blocks[o + SMOOTH] - blocks[o + TILT] * x


@inlined_njit
def _roughness_m(radial, receivers, j, peaks, blocks, o):
    """Roughness hm between the horizons, eq. (95), of a hidden receiver at ``blocks[o]``.

    Groups of points that cannot exceed what is found already are passed over.
    """
    step, height = radial.step_km, radial.height_m
    hst, tilt, hm = blocks[o + SMOOTH], blocks[o + TILT], blocks[o + HM]
    first = int(blocks[o + DLT] / step + 0.5)
    to_km = blocks[o + D] - blocks[o + DLR] + 1e-9
    last = min(int(to_km / step + 1e-6), receivers.inner[j])
    steps_tilt = step * tilt
    for group in range(first // COARSE, last // COARSE + 1):
        start = group * COARSE
        end = start + COARSE - 1
        if peaks[group] - hst - min(start * steps_tilt, end * steps_tilt) > hm:
            for i in range(max(start, first), min(end, last) + 1):
                hm = max(hm, height[i] - hst - i * steps_tilt)
    for m in range(OWN):
        x = receivers.own_first_km[j] + m * step
        if blocks[o + DLT] - 1e-9 <= x <= to_km:
            hm = max(hm, receivers.own_height_m[j, m] - hst - tilt * x)
    return hm
