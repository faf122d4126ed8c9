"""Who is in sight of a place: weights of pixels with a free line over bare ground.

The ground is walked outwards along rays from the place's pixel, one a pixel of the circle, and the
steepest slope so far is kept at every step. A pixel is in sight when its own slope is no less than
the steepest of the nearest ray before it. Slopes count from the eye, over an earth of 4/3 radius.
"""

import math

import numpy as np

from phusong._jit import nogil_njit, shared_njit

__all__ = ["weights_in_sight"]

EARTH_M = 4.0 / 3.0 * 6_371_000.0
BEYOND = -9


@nogil_njit
def _slope(top_m, away_m, eye_m):
    """Slope from the eye to a height so far away, over the round earth."""
    return (top_m - away_m * away_m / (2.0 * EARTH_M) - eye_m) / away_m


@nogil_njit
def _steps_of_rays(rays, steps):
    """Rows and columns from a place to each step of each ray (rays, steps)."""
    down, across = np.empty((rays, steps), np.int32), np.empty((rays, steps), np.int32)
    for q in range(rays):
        turn = 2.0 * math.pi * q / rays
        for s in range(steps):
            down[q, s] = round(-(s + 1) * math.cos(turn))
            across[q, s] = round((s + 1) * math.sin(turn))
    return down, across


@nogil_njit
def _fill_steepest(ground, row, col, eye_m, pixel_m, down, across, steepest):
    """Fill (rays, steps) with the steepest slope from the eye up to each step of each ray."""
    rays, steps = steepest.shape
    rows, cols = ground.shape
    for q in range(rays):
        most = -np.inf
        for s in range(steps):
            r, c = row + down[q, s], col + across[q, s]
            if 0 <= r < rows and 0 <= c < cols:
                most = max(most, _slope(ground[r, c], (s + 1) * pixel_m, eye_m))
            steepest[q, s] = most


@nogil_njit
def _rays_around(reach_px, rays):
    """Of each pixel around a place its ray, the ray's steps before it, and its distance in pixels.

    The steps are `BEYOND` out of reach.
    """
    side = 2 * reach_px + 1
    ray, step = np.empty((side, side), np.int32), np.empty((side, side), np.int32)
    far = np.empty((side, side))
    for i in range(side):
        for j in range(side):
            south, east = i - reach_px, j - reach_px
            away = math.hypot(south, east)
            turn = math.atan2(east, -south) / (2.0 * math.pi)
            far[i, j] = away
            ray[i, j] = round(turn * rays) % rays
            # Not the last: a ray meets the pixel itself a little early, which must not hide itself.
            step[i, j] = math.floor(away - 0.7) if away <= reach_px else BEYOND
    return ray, step, far


@shared_njit
def weights_in_sight(
    share,
    shares,
    ground,
    first_row,
    first_col,
    weight,
    row,
    col,
    height_m,
    target_m,
    pixel_m,
    reach_px,
    in_sight,
    around,
):
    """Weight in sight of each place, and all weight within reach, by a share of the places.

    ``weight`` (rows, columns) begins at ``first_row``, ``first_col`` of ``ground`` (m); ``row`` and
    ``col`` are the places' pixels in ``weight``; ``height_m`` stands over the ground there, a
    target ``target_m``. ``in_sight`` and ``around`` (places,) are filled.
    """
    rows, cols = weight.shape
    rays = max(8, math.ceil(2.0 * math.pi * reach_px))
    steepest = np.empty((rays, reach_px))
    down, across = _steps_of_rays(rays, reach_px)
    ray, step, far = _rays_around(reach_px, rays)
    for place in range(share, row.size, shares):
        top, left = row[place] - reach_px, col[place] - reach_px
        here, there = row[place] + first_row, col[place] + first_col
        eye_m = ground[here, there] + height_m[place]
        _fill_steepest(ground, here, there, eye_m, pixel_m, down, across, steepest)
        seen, total = 0.0, 0.0
        for i in range(max(0, top), min(rows, row[place] + reach_px + 1)):
            for j in range(max(0, left), min(cols, col[place] + reach_px + 1)):
                steps = step[i - top, j - left]
                if weight[i, j] == 0.0 or steps == BEYOND:
                    continue
                total += weight[i, j]
                if steps > 0:
                    top_m = ground[i + first_row, j + first_col] + target_m
                    slope = _slope(top_m, pixel_m * far[i - top, j - left], eye_m)
                    if slope < steepest[ray[i - top, j - left], steps - 1]:
                        continue
                seen += weight[i, j]
        in_sight[place], around[place] = seen, total
