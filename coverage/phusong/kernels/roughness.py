"""Horizons and roughness of the few receivers along a radial that ducting may count for."""

import numpy as np

from phusong._jit import inlined_njit
from phusong.kernels.radial import OWN
from phusong.kernels.radial_walk import BARE_SLOPES, COARSE, PEAKS, STEEPEST_BARE, closest_to_ray
from phusong.kernels.receiver_fields import (
    BLOCK,
    DLR,
    DLT,
    EXACT,
    HM,
    LANES,
    SLOPE_T,
    SMOOTH,
    TILT,
    D,
)

__all__ = ["roughen"]


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
        blocks[o + HM] = _roughness_m(radial, receivers, j, work[PEAKS], blocks, o)
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
    least, at = closest_to_ray(work[BARE_SLOPES], work[STEEPEST_BARE], inner, step, d, ray, least)
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
