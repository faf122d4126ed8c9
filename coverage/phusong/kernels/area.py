"""Loss from one mast to every pixel around it, each over its own exact terrain profile.

Rows and columns are those of the terrain array, fractional where they name a point: a pixel's
centre is at its whole index. Distances in km, heights in m, frequencies in GHz, losses in dB.
"""

import math

import numpy as np

from phusong._jit import njit, parallel_njit, prange
from phusong.kernels.p1812 import beta0_percent, loss_terms
from phusong.kernels.path import analyse_path

__all__ = ["bilinear", "p1812_window", "sample_profile"]

# The receiver in the mast's own pixel: P.1812 has no loss at no distance.
SHORTEST_KM = 0.01
FEWEST_INTERVALS = 4


@njit
def bilinear(raster, row, col):
    """Value between the four pixel centres around a point; the rim's value beyond the rim."""
    rows, cols = raster.shape
    row = min(max(row, 0.0), rows - 1.0)
    col = min(max(col, 0.0), cols - 1.0)
    r0 = min(int(row), rows - 2)
    c0 = min(int(col), cols - 2)
    fr = row - r0
    fc = col - c0
    top = raster[r0, c0] * (1.0 - fc) + raster[r0, c0 + 1] * fc
    bottom = raster[r0 + 1, c0] * (1.0 - fc) + raster[r0 + 1, c0 + 1] * fc
    return top * (1.0 - fr) + bottom * fr


@njit
def sample_profile(terrain, row0, col0, row1, col1, length_km, distance_km, height_m):
    """Fill a profile with equally spaced points from the first place to the second."""
    last = distance_km.size - 1
    for i in range(last + 1):
        part = i / last
        distance_km[i] = length_km * part
        height_m[i] = bilinear(terrain, row0 + (row1 - row0) * part, col0 + (col1 - col0) * part)


@njit
def _departure_deg(path, ae):
    """Elevation at which the signal leaves: to the receiver, or to the horizon that hides it."""
    if path.line_of_sight:
        slope = (path.hrs - path.hts) / (1000.0 * path.d) - path.d / (2.0 * ae)
        return math.degrees(math.atan(slope))
    return math.degrees(path.theta_t / 1000.0)


@parallel_njit
def p1812_window(
    terrain,
    mast_row,
    mast_col,
    mast_height_m,
    rx_height_m,
    pixel_km,
    step_km,
    clutter_m,
    first_row,
    first_col,
    frequency_ghz,
    range_km,
    time_percent,
    ae,
    n0,
    latitude_deg,
    vertical,
    loss_db,
    departure_deg,
):
    """P.1812-8 loss (bands, rows, columns) and departure angle (rows, columns) over a window.

    The window's pixel [0, 0] is the terrain's [``first_row``, ``first_col``]. Pixels beyond a
    band's ``range_km`` are NaN. ``clutter_m`` stands on every point of a profile between its
    ends. All paths are inland.
    """
    bands, rows, cols = loss_db.shape
    with_beta = time_percent < 50.0
    farthest = range_km.max()
    most = max(FEWEST_INTERVALS, math.ceil(farthest / step_km)) + 1
    for i in prange(rows):
        distance = np.empty(most)
        height = np.empty(most)
        surface = np.empty(most)
        row = first_row + i
        for j in range(cols):
            col = first_col + j
            for b in range(bands):
                loss_db[b, i, j] = np.nan
            departure_deg[i, j] = np.nan
            d = pixel_km * math.hypot(row - mast_row, col - mast_col)
            if d > farthest:
                continue
            d = max(d, SHORTEST_KM)
            n = max(FEWEST_INTERVALS, math.ceil(d / step_km)) + 1
            sample_profile(terrain, mast_row, mast_col, row, col, d, distance[:n], height[:n])
            for k in range(n):
                surface[k] = height[k] + clutter_m
            path = analyse_path(
                distance[:n],
                height[:n],
                surface[:n],
                mast_height_m,
                rx_height_m,
                ae,
                True,
                with_beta,
            )
            departure_deg[i, j] = _departure_deg(path, ae)
            b0 = beta0_percent(latitude_deg, d, d)
            for b in range(bands):
                if d <= range_km[b]:
                    terms = loss_terms(
                        path,
                        frequency_ghz[b],
                        time_percent,
                        ae,
                        b0,
                        0.0,
                        d,
                        500.0,
                        500.0,
                        n0,
                        vertical,
                        0.0,
                    )
                    loss_db[b, i, j] = terms.Lb
