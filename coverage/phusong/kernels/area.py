"""Loss from one mast to every pixel around it, each over its own exact terrain profile.

Which model gives the loss is a choice of `phusong.kernels.area_models`.

Rows and columns are those of the terrain array, fractional where they name a point: a pixel's
centre is at its whole index. Distances in km, heights in m, frequencies in GHz, losses in dB.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from phusong._jit import fused_njit, njit, shared_njit

__all__ = ["bilinear", "nearest", "sample_profile", "window_kernel"]

# The receiver in the mast's own pixel: no model has a loss at no distance.
SHORTEST_KM = 0.01
FEWEST_INTERVALS = 4
# Nearer than this P.1812 is not valid, and a house beside the handset would hide the mast above it:
# there clutter grows from none at the mast to its height.
NEAR_KM = 0.25


@fused_njit
def bilinear(raster, row, col):
    """Value between the four pixel centres around a point; the rim's value beyond the rim."""
    rows, cols = raster.shape
    row = min(max(row, 0.0), rows - 1.0)
    col = min(max(col, 0.0), cols - 1.0)
    r0 = min(int(row), rows - 2)
    c0 = min(int(col), cols - 2)
    fr = row - r0
    fc = col - c0
    # Unsigned, or each of the four would be tested for counting from the end.
    r, c, one = np.uint64(r0), np.uint64(c0), np.uint64(1)
    top_left, bottom_left = raster[r, c], raster[r + one, c]
    top = top_left + (raster[r, c + one] - top_left) * fc
    bottom = bottom_left + (raster[r + one, c + one] - bottom_left) * fc
    return top + (bottom - top) * fr


@njit
def nearest(raster, row, col):
    """Value of the pixel a point is in; a raster of one pixel holds everywhere."""
    rows, cols = raster.shape
    if rows == 1 and cols == 1:
        return raster[0, 0]
    r = min(max(int(row + 0.5), 0), rows - 1)
    c = min(max(int(col + 0.5), 0), cols - 1)
    return raster[r, c]


@njit
def sample_profile(
    terrain,
    clutter_m,
    zones,
    row0,
    col0,
    row1,
    col1,
    length_km,
    distance_km,
    height_m,
    surface_m,
    zone,
):
    """Fill a profile with equally spaced points from the first place to the second.

    ``surface_m`` is terrain with clutter on it, but for the two ends: the antennas stand clear.
    ``zone`` is filled where ``zones`` are more than one pixel, which holds everywhere.
    """
    last = distance_km.size - 1
    grown = min(1.0, length_km / NEAR_KM)
    for i in range(last + 1):
        part = i / last
        row, col = row0 + (row1 - row0) * part, col0 + (col1 - col0) * part
        distance_km[i] = length_km * part
        height_m[i] = bilinear(terrain, row, col)
        surface_m[i] = height_m[i] + grown * nearest(clutter_m, row, col)
        if zones.size > 1:
            zone[i] = nearest(zones, row, col)
    surface_m[0] = height_m[0]
    surface_m[last] = height_m[last]


@cache
def window_kernel(profile_loss: Any, scratch_points: int) -> Any:
    """Build the loop over a mast's window for one model.

    ``profile_loss`` is an `njit` function (distance_km, height_m, surface_m, zone, tx_m, rx_m,
    frequency_ghz, settings, scratch, loss_db) that fills ``loss_db`` (bands,) for one profile and
    returns the elevation in degrees at which the signal leaves. ``zone`` is one value where it
    holds everywhere. ``scratch`` is its own work array
    of ``scratch_points``, or of the longest profile's size where that is 0. It is compiled once a
    model, when first called.
    """

    @shared_njit
    def fill_window(
        share,
        shares,
        terrain,
        clutter_m,
        zones,
        mast_row,
        mast_col,
        mast_height_m,
        rx_height_m,
        pixel_km,
        step_km,
        first_row,
        first_col,
        frequency_ghz,
        range_km,
        settings,
        loss_db,
        departure_deg,
    ):
        """Fill loss (bands, rows, columns) and departure (rows, columns) over a window.

        The window's pixel [0, 0] is the terrain's [``first_row``, ``first_col``]. Pixels beyond a
        band's ``range_km`` are NaN. ``settings`` (bands, n) is the model's own. ``clutter_m`` and
        ``zones`` are as large as the terrain, or one pixel that holds everywhere.
        """
        bands, rows, cols = loss_db.shape
        farthest = range_km.max()
        most = max(FEWEST_INTERVALS, math.ceil(farthest / step_km)) + 1
        distance = np.empty(most)
        height = np.empty(most)
        surface = np.empty(most)
        zone = np.full(most if zones.size > 1 else 1, zones[0, 0])
        scratch = np.empty(scratch_points if scratch_points > 0 else most)
        loss = np.empty(bands)
        for i in range(share, rows, shares):
            row = first_row + i
            for j in range(cols):
                col = first_col + j
                loss_db[:, i, j] = np.nan
                departure_deg[i, j] = np.nan
                d = pixel_km * math.hypot(row - mast_row, col - mast_col)
                if d > farthest:
                    continue
                d = max(d, SHORTEST_KM)
                n = max(FEWEST_INTERVALS, math.ceil(d / step_km)) + 1
                sample_profile(
                    terrain,
                    clutter_m,
                    zones,
                    mast_row,
                    mast_col,
                    row,
                    col,
                    d,
                    distance[:n],
                    height[:n],
                    surface[:n],
                    zone[:n],
                )
                departure_deg[i, j] = profile_loss(
                    distance[:n],
                    height[:n],
                    surface[:n],
                    zone[:n],
                    mast_height_m,
                    rx_height_m,
                    frequency_ghz,
                    settings,
                    scratch,
                    loss,
                )
                for b in range(bands):
                    if d <= range_km[b]:
                        loss_db[b, i, j] = loss[b]

    return fill_window
