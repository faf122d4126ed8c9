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
from phusong.kernels.hull import append, farthest_above, farthest_beside, seen_highest

__all__ = [
    "BLOCK",
    "BLOCKED",
    "LANES",
    "OWN",
    "WORK_ROWS",
    "Radial",
    "Receivers",
    "describe_receivers",
    "lanes_of",
    "profile_of",
    "roughen",
]

LANES = 64
HRS = 0 * LANES  # receiver's antenna
STIM = 1 * LANES  # steepest surface slope from the mast, earth's bulge included: eq. (14)
SRIM = 2 * LANES  # and back from the receiver: eq. (17)
HSTD = 3 * LANES  # smooth-surface heights for the diffraction model: eqs. (91), (92)
HSRD = 4 * LANES
INNER = 5 * LANES  # regular points of the profile
OWN_FIRST = 6 * LANES  # distance of the first of the receiver's own points
SMOOTH = 7 * LANES  # smooth surface of the ducting model at the mast: eq. (93)
TILT = 8 * LANES  # and its slope
EXACT = 9 * LANES  # 1 where horizons and roughness are exact, 0 where they are bounds
D = 10 * LANES  # distance
NU = 11 * LANES  # largest diffraction parameter of a clear path, times sqrt(wavelength), or BLOCKED
SLOPE_T = 12 * LANES  # of the horizon's ray at the mast, or of the direct ray: eq. (79)
SLOPE_R = 13 * LANES  # and at the receiver: eq. (82)
DLT = 14 * LANES  # distance to the mast's horizon; on a clear path d, which it does not exceed
DLR = 15 * LANES
HM = 16 * LANES  # roughness at some points, at most the hm of eq. (95); -BLOCKED on a clear path
HTE = 17 * LANES  # antennas above the smooth surface of the ducting model: eq. (94)
HRE = 18 * LANES
MODEL = 19 * LANES  # from here on, what a model keeps for all of its bands
# Until then, what the receivers' own points are like:
GROUND = MODEL
DIRECT = MODEL + 1 * LANES  # slope of the direct ray
V1 = MODEL + 2 * LANES  # sums of eqs. (85), (86) over the own points, then over the profile
V2 = MODEL + 3 * LANES
OWN_FLAT = MODEL + 4 * LANES  # steepest from the mast, on a flat earth
OWN_ABOVE = MODEL + 5 * LANES  # highest above the direct ray's slope
OWN_SLOPE = MODEL + 6 * LANES  # steepest from the mast, and where
OWN_T = MODEL + 7 * LANES
OWN_SEEN = MODEL + 8 * LANES  # steepest surface from the mast
OWN_GAP = MODEL + 9 * LANES  # closest to the direct ray, as `_closest_to_ray` has it
OWN_BACK = MODEL + 10 * LANES  # steepest from the receiver, on a flat earth
OWN_SLOPE_R = MODEL + 11 * LANES  # steepest from the receiver, and where
OWN_R = MODEL + 12 * LANES
OWN_SRIM = MODEL + 13 * LANES  # steepest surface from the receiver
# and what the walk along the radial found:
FLAT = MODEL + 14 * LANES  # steepest from the mast, on a flat earth
ABOVE_X = MODEL + 15 * LANES  # point highest above the direct ray's slope
ABOVE_Y = MODEL + 16 * LANES
BACK_X = MODEL + 17 * LANES  # point seen highest from the receiver, on a flat earth
BACK_Y = MODEL + 18 * LANES
CURVED_X = MODEL + 19 * LANES  # on the curved earth
CURVED_Y = MODEL + 20 * LANES
TOP_X = MODEL + 21 * LANES  # of the surface
TOP_Y = MODEL + 22 * LANES
OWN_HEIGHT = MODEL + 23 * LANES  # of the first own point
PEAK_X = MODEL + 24 * LANES  # point highest above the smooth surface of the ducting model
PEAK_Y = MODEL + 25 * LANES
BLOCK = MODEL + 26 * LANES
BLOCKED = 1e30

STRIDE = 8
WORK_ROWS = 11
OWN = 4
COARSE = 16
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


@inlined_njit
def _any_closer(slope, first_km, step_km, d, ray, least):
    """Whether any of some neighbouring points is below ``least``; without branches, so fast."""
    some = False
    for i in range(slope.size):
        gap, x = ray - slope[i], first_km + i * step_km
        some |= gap * gap * x < least * (d - x)
    return some


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
        # A group walked on beyond this receiver may have a point above its ray.
        gap = max(ray - coarse[group], 0.0)
        if gap * gap * (first * step_km) < least * (d - first * step_km):
            last = min(group * COARSE + COARSE - 1, inner)
            if _any_closer(slope[first : last + 1], first * step_km, step_km, d, ray, least):
                for i in range(last, first - 1, -1):
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
    hts = radial.height_m[0] + tx_m
    bulge = 500.0 / ae
    for start in range(0, count, LANES):
        s = blocks[start // LANES * BLOCK : (start // LANES + 1) * BLOCK]
        _look_around(
            receivers, start, min(count - start, LANES), radial.step_km, hts, rx_m, bulge, s
        )
    cover = _slopes(radial, receivers.inner[count - 1], hts, bulge, work[7], work[8])
    _walk(radial, receivers, count, bulge, cover, NO_LOSS * wavelength_m / 0.002, work, blocks)
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
def _slopes(radial, last, hts, bulge, slope, bare):
    """Fill the slopes from the mast to the radial's surface and ground, the bulge taken off.

    Returns how high the surface is above ground where that is the same all along, else NaN.
    """
    height, surface, step = radial.height_m, radial.surface_m, radial.step_km
    cover = surface[last] - height[last]
    uneven = False
    for k in range(1, last + 1):
        x = k * step
        per_km = 1.0 / x
        bare[k] = (height[k] - hts) * per_km - bulge * x
        slope[k] = (surface[k] - hts) * per_km - bulge * x
        uneven |= abs(surface[k] - height[k] - cover) > 1e-9
    return np.nan if uneven else cover


@fused_njit
def _walk(radial, receivers, count, bulge, cover, no_loss, work, blocks):
    """Carry maxima, hulls and sums outwards, and ask them for each receiver.

    An even ``cover`` makes the surface's hull the ground's, moved up.
    """
    step = radial.step_km
    height, surface = radial.height_m, radial.surface_m
    flat_x, flat_y, curved_x, curved_y = work[0], work[1], work[2], work[3]
    surface_x, surface_y, slope, coarse = work[4], work[5], work[7], work[6]
    bare, coarse_bare, peaks = work[8], work[9], work[10]
    even = not math.isnan(cover)
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
            x, h, seen, rise = k * step, height[k], slope[k], bare[k]
            v1 += step * (h + h0)
            v2 += step * (h * (2.0 * x + x0) + h0 * (x + 2.0 * x0))
            x0, h0 = x, h
            steepest_flat = max(steepest_flat, rise + bulge * x)
            if rise > steepest:
                steepest = rise
                horizon_km = x
            steepest_surface = max(steepest_surface, seen)
            group = k // COARSE
            first = k % COARSE == 0
            coarse[group] = seen if first else max(coarse[group], seen)
            coarse_bare[group] = rise if first else max(coarse_bare[group], rise)
            peaks[group] = h if first else max(peaks[group], h)
            flat = append(flat_x, flat_y, flat, x, h)
            curved = append(curved_x, curved_y, curved, x, h - bulge * x * x)
            if not even:
                top = append(surface_x, surface_y, top, x, surface[k] - bulge * x * x)

        o = (j // LANES) * BLOCK + j % LANES
        d, hrs, direct, own_first = (
            blocks[o + D],
            blocks[o + HRS],
            blocks[o + DIRECT],
            blocks[o + OWN_FIRST],
        )
        ray = direct - bulge * d
        at = hrs - bulge * d * d
        beyond = own_first - x0
        own_h = blocks[o + OWN_HEIGHT]
        blocks[o + V1] += v1 + beyond * (own_h + h0)
        blocks[o + V2] += v2 + beyond * (
            own_h * (2.0 * own_first + x0) + h0 * (own_first + 2.0 * x0)
        )
        blocks[o + INNER] = inner
        blocks[o + FLAT] = max(steepest_flat, blocks[o + OWN_FLAT])
        blocks[o + ABOVE_X] = blocks[o + BACK_X] = blocks[o + CURVED_X] = blocks[o + TOP_X] = 0.0
        blocks[o + ABOVE_Y] = blocks[o + BACK_Y] = 0.0
        blocks[o + CURVED_Y] = blocks[o + TOP_Y] = 0.0
        blocks[o + PEAK_X], blocks[o + PEAK_Y] = -1.0, 0.0
        if blocks[o + FLAT] > direct:
            i = farthest_above(flat_x, flat_y, flat, direct)
            blocks[o + ABOVE_X], blocks[o + ABOVE_Y] = flat_x[i], flat_y[i]
            per_d = 1.0 / d
            hstd, hsrd = _smooth_ends_m(blocks[o + V1], blocks[o + V2], per_d)
            tilt = (min(hsrd, blocks[o + GROUND]) - min(hstd, height[0])) * per_d
            i = farthest_beside(flat_x, flat_y, flat, tilt, i)
            blocks[o + PEAK_X], blocks[o + PEAK_Y] = flat_x[i], flat_y[i]
            i = seen_highest(flat_x, flat_y, flat, d, hrs)
            blocks[o + BACK_X], blocks[o + BACK_Y] = flat_x[i], flat_y[i]
        blocks[o + SLOPE_T], blocks[o + DLT] = steepest, horizon_km
        if max(steepest, blocks[o + OWN_SLOPE]) > ray:
            i = seen_highest(curved_x, curved_y, curved, d, at)
            blocks[o + CURVED_X], blocks[o + CURVED_Y] = curved_x[i], curved_y[i]
        stim = max(steepest_surface, blocks[o + OWN_SEEN])
        blocks[o + STIM] = stim
        blocks[o + NU] = BLOCKED
        if stim < ray:
            limit = no_loss / d
            least = min(limit, blocks[o + OWN_GAP])
            least, _ = _closest_to_ray(slope, coarse, k, step, d, ray, least)
            # At the limit nothing stands within the clearance that matters at any wavelength.
            blocks[o + NU] = -math.sqrt(0.002 * d * least) if least < limit else -BLOCKED
        elif even:
            i = seen_highest(curved_x, curved_y, curved, d, at - cover)
            blocks[o + TOP_X], blocks[o + TOP_Y] = curved_x[i], curved_y[i] + cover
        else:
            i = seen_highest(surface_x, surface_y, top, d, at)
            blocks[o + TOP_X], blocks[o + TOP_Y] = surface_x[i], surface_y[i]
    _fill_last_lanes(blocks, count)


@inlined_njit
def _smooth_ends_m(v1, v2, per_d):
    """Heights at both ends of the smooth surface fitted to the profile: eqs. (85) to (90)."""
    return (2.0 * v1 - v2 * per_d) * per_d, (v2 * per_d - v1) * per_d


@fused_njit
def _conclude(s, lanes, first_m, hts, bulge):
    """From what was found around a block's receivers and on the way to them to their fields."""
    for j in range(lanes):
        d, hrs, ground, direct = s[D + j], s[HRS + j], s[GROUND + j], s[DIRECT + j]
        v1, v2 = s[V1 + j], s[V2 + j]
        ray = direct - bulge * d
        at = hrs - bulge * d * d
        per_d = 1.0 / d
        hstd, hsrd = _smooth_ends_m(v1, v2, per_d)
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


@inlined_njit
def lanes_of(count):
    """Lanes of a block with at most so many receivers: whole steps of a vectorised loop."""
    return min(LANES, (count + STRIDE - 1) // STRIDE * STRIDE)


@fused_njit
def _fill_last_lanes(blocks, count):
    """Repeat the last receiver in the lanes after it, so that every lane in use holds numbers."""
    last = (count - 1) // LANES * BLOCK + (count - 1) % LANES
    for lane in range(1, lanes_of((count - 1) % LANES + 1) - (count - 1) % LANES):
        for of in range(0, BLOCK, LANES):
            blocks[last + of + lane] = blocks[last + of]


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
        xe, he = receivers.own_first_km[j] + m * radial.step_km, receivers.own_height_m[m, j]
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
            hm = max(hm, receivers.own_height_m[m, j] - hst - tilt * x)
    return hm
