"""One walk along a radial, which carries maxima, hulls and sums to each receiver."""

import math

import numpy as np

from phusong._jit import fused_njit, inlined_njit
from phusong.kernels.hull import append, farthest_above, farthest_beside, seen_highest
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
    DLT,
    FLAT,
    GROUND,
    HRS,
    INNER,
    LANES,
    NU,
    OWN_FIRST,
    OWN_FLAT,
    OWN_GAP,
    OWN_HEIGHT,
    OWN_SEEN,
    OWN_SLOPE,
    PEAK_X,
    PEAK_Y,
    SLOPE_T,
    STIM,
    TOP_X,
    TOP_Y,
    V1,
    V2,
    D,
    lanes_of,
)

__all__ = [
    "BARE_SLOPES",
    "COARSE",
    "PEAKS",
    "SLOPES",
    "STEEPEST_BARE",
    "WORK_ROWS",
    "closest_to_ray",
    "slopes_along",
    "smooth_ends_m",
    "walk_radial",
]

# Rows of the walk's work array: six for the hulls, then what stays for `roughness`.
SLOPES, BARE_SLOPES = 6, 7  # from the mast to each point of the surface, of the ground
STEEPEST_SLOPES, STEEPEST_BARE, PEAKS = 8, 9, 10  # of each group of points; highest ground
WORK_ROWS = 11
COARSE = 16


@inlined_njit
def _any_closer(slope, first_km, step_km, d, ray, least):
    """Whether any of some neighbouring points is below ``least``; without branches, so fast."""
    some = False
    for i in range(slope.size):
        gap, x = ray - slope[i], first_km + i * step_km
        some |= gap * gap * x < least * (d - x)
    return some


@inlined_njit
def closest_to_ray(slope, coarse, inner, step_km, d, ray, least):
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
def slopes_along(radial, last, hts, bulge, slope, bare):
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
def walk_radial(radial, receivers, count, bulge, cover, no_loss, work, blocks):
    """Carry maxima, hulls and sums outwards, and ask them for each receiver.

    An even ``cover`` makes the surface's hull the ground's, moved up.
    """
    step = radial.step_km
    height, surface = radial.height_m, radial.surface_m
    flat_x, flat_y, curved_x, curved_y = work[0], work[1], work[2], work[3]
    surface_x, surface_y = work[4], work[5]
    slope, coarse, bare = work[SLOPES], work[STEEPEST_SLOPES], work[BARE_SLOPES]
    coarse_bare, peaks = work[STEEPEST_BARE], work[PEAKS]
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
            hstd, hsrd = smooth_ends_m(blocks[o + V1], blocks[o + V2], per_d)
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
            least, _ = closest_to_ray(slope, coarse, k, step, d, ray, least)
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
def smooth_ends_m(v1, v2, per_d):
    """Heights at both ends of the smooth surface fitted to the profile: eqs. (85) to (90)."""
    return (2.0 * v1 - v2 * per_d) * per_d, (v2 * per_d - v1) * per_d


@fused_njit
def _fill_last_lanes(blocks, count):
    """Repeat the last receiver in the lanes after it, so that every lane in use holds numbers."""
    last = (count - 1) // LANES * BLOCK + (count - 1) % LANES
    for lane in range(1, lanes_of((count - 1) % LANES + 1) - (count - 1) % LANES):
        for of in range(0, BLOCK, LANES):
            blocks[last + of + lane] = blocks[last + of]
