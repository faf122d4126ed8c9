"""Roughness of terrain as the Irregular Terrain Model (ITM 1.4) takes it from a profile.

Heights and distances in m; citations as in `phusong.kernels.itm_terrain`.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["SCRATCH_POINTS", "fit_ends", "terrain_irregularity", "terrain_roughness"]

Floats = npt.NDArray[np.float64]

# Length of the work array of `terrain_irregularity`: the most points delta_h is found on.
SCRATCH_POINTS = 245


@njit
def terrain_roughness(d: float, delta_h: float) -> float:
    """Interdecile range of terrain heights over a distance: [ERL 79-ITS 67, eq. 3]."""
    return delta_h * (1.0 - 0.8 * math.exp(-d / 50e3))


@njit
def fit_ends(
    values: Floats, last: int, step: float, start: float, end: float
) -> tuple[float, float]:
    """Values at points 0 and ``last`` of the line fitted to the points from ``start`` to ``end``.

    Least squares in which the first and the last fitted point count half.
    """
    first = int(max(start / step, 0.0))
    final = last - int(max(last - end / step, 0.0))
    if final <= first:
        first = max(first - 1, 0)
        final = min(final + 1, last)
    length = final - first
    half = 0.5 * length
    level = 0.5 * (values[first] + values[final])
    slope = 0.5 * (values[final] - values[first]) * half
    for i in range(1, length):
        level += values[first + i]
        slope += values[first + i] * (i - half)
    level /= length
    slope *= 12.0 / ((length * length + 2.0) * length)
    middle = final - half
    return level - slope * middle, level + slope * (last - middle)


@njit
def _select(values: Floats, count: int, k: int) -> float:
    """The k-th smallest (from 0) of the first ``count`` values, which are put in other order."""
    low = 0
    high = count - 1
    while low < high:
        pivot = values[k]
        i = low
        j = high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if j < k:
            low = i
        if i > k:
            high = j
    kth: float = values[k]
    return kth


@njit
def _resample(height_m: Floats, first: float, final: float, count: int, scratch_m: Floats) -> None:
    """Fill ``count`` heights, equally spaced between two fractional points of a profile."""
    last = height_m.size - 1
    stride = (final - first) / (count - 1)
    for j in range(count):
        x = first + j * stride
        i = min(int(x), last - 1)
        scratch_m[j] = height_m[i] + (height_m[i + 1] - height_m[i]) * (x - i)


@njit
def terrain_irregularity(
    height_m: Floats, step: float, start: float, end: float, scratch_m: Floats
) -> float:
    """Terrain irregularity parameter delta_h, by the interdecile range about a fitted line."""
    first = start / step
    final = end / step
    if final - first < 2.0:
        return 0.0
    tenth = min(max(4, int(0.1 * (final - first + 8.0))), 25)
    count = 10 * tenth - 5
    _resample(height_m, first, final, count, scratch_m)
    line, line_end = fit_ends(scratch_m, count - 1, 1.0, 0.0, count - 1.0)
    slope = (line_end - line) / (count - 1)
    for j in range(count):
        scratch_m[j] -= line
        line += slope
    top = _select(scratch_m, count, count - tenth)
    bottom = _select(scratch_m, count, tenth - 1)
    delta_h: float = (top - bottom) / (1.0 - 0.8 * math.exp(-(end - start) / 50e3))
    return delta_h
