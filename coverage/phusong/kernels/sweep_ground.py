"""Ground along the radials of a mast: their own points, and those of the receivers beside them."""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, njit
from phusong.kernels.area import FEWEST_INTERVALS, NEAR_KM, bilinear, nearest
from phusong.kernels.radial import OWN, WORK_ROWS, Receivers
from phusong.kernels.receiver_fields import BLOCK, LANES

__all__ = [
    "GEOMETRIES",
    "Scratch",
    "nearest_km",
    "new_receivers",
    "new_scratch",
    "receivers_at",
    "sample_radial",
    "sample_zones",
    "zones_at",
]

# Room for as many geometries of the same receivers, of different earths, and what a model keeps.
GEOMETRIES = 2


@njit
def nearest_km(step_km):
    """Distance from which pixels are swept: clutter is full grown, and a profile has points."""
    return max(NEAR_KM, (OWN + FEWEST_INTERVALS) * step_km)


@fused_njit
def sample_radial(
    terrain, clutter_m, mast_row, mast_col, down, right, step_pixels, points, height_m, surface_m
):
    """Ground along a radial from the mast; ``down`` and ``right`` make a step of one pixel."""
    for i in range(points):
        row = mast_row + i * step_pixels * down
        col = mast_col + i * step_pixels * right
        height_m[i] = bilinear(terrain, row, col)
        surface_m[i] = height_m[i] + nearest(clutter_m, row, col)


@fused_njit
def receivers_at(
    terrain, clutter_m, mast_row, mast_col, pixel_km, step_km, rows, cols, distances, count, out
):
    """Fill the first ``count`` of ``out``, a `Receivers`, for pixels of a wedge."""
    per_step = 1.0 / step_km
    for j in range(count):
        d = distances[j] * pixel_km
        own_first = d - d / math.ceil(d * per_step) - (OWN - 1) * step_km
        out.distance_km[j] = d
        out.height_m[j] = terrain[rows[j], cols[j]]
        out.inner[j] = math.ceil(own_first * per_step - 1e-6) - 1
        out.own_first_km[j] = own_first
        per_km = 1.0 / d
        down, right = (rows[j] - mast_row) * per_km, (cols[j] - mast_col) * per_km
        for m in range(OWN):
            x = own_first + m * step_km
            row, col = mast_row + down * x, mast_col + right * x
            height = bilinear(terrain, row, col)
            out.own_height_m[m, j] = height
            out.own_surface_m[m, j] = height + nearest(clutter_m, row, col)


@njit
def sample_zones(zones, mast_row, mast_col, down, right, step_pixels, points, zone):
    """Zones along a radial, as `sample_radial` samples the ground."""
    for i in range(points):
        row = mast_row + i * step_pixels * down
        zone[i] = nearest(zones, row, mast_col + i * step_pixels * right)


@njit
def zones_at(zones, mast_row, mast_col, step_km, rows, cols, count, out):
    """Fill the zones of the first ``count`` of ``out``, which `receivers_at` has filled."""
    for j in range(count):
        d = out.distance_km[j]
        down, right = (rows[j] - mast_row) / d, (cols[j] - mast_col) / d
        for m in range(OWN):
            x = out.own_first_km[j] + m * step_km
            out.own_zone[m, j] = nearest(zones, mast_row + down * x, mast_col + right * x)
        out.own_zone[OWN, j] = zones[rows[j], cols[j]]


@njit
def new_receivers(most, zone):
    """Room for receivers, all in one zone until `zones_at` says otherwise."""
    return Receivers(
        np.empty(most),
        np.empty(most),
        np.empty(most, np.int64),
        np.empty(most),
        np.empty((OWN, most)),
        np.empty((OWN, most)),
        np.full((OWN + 1, most), zone),
    )


class Scratch(NamedTuple):
    """Work arrays of one thread, for the longest radial of a window."""

    height_m: np.ndarray
    surface_m: np.ndarray
    zone: np.ndarray
    work: np.ndarray
    rows: np.ndarray
    cols: np.ndarray
    distances: np.ndarray
    receivers: Receivers
    blocks: np.ndarray
    loss_db: np.ndarray
    lanes: np.ndarray


@njit
def new_scratch(farthest_km, pixel_km, step_km, zone):
    """Work arrays for radials up to ``farthest_km``, in one zone until told otherwise."""
    points = int(farthest_km / step_km) + 2
    most = 4 * int(farthest_km / pixel_km) + LANES
    blocks = most // LANES + 1
    return Scratch(
        np.empty(points),
        np.empty(points),
        np.full(points, zone),
        np.empty((GEOMETRIES * WORK_ROWS, points)),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most),
        new_receivers(most, zone),
        np.empty((GEOMETRIES + 1) * blocks * BLOCK),
        np.empty(blocks * LANES),
        np.empty((6, max(points + OWN + LANES, BLOCK))),
    )
