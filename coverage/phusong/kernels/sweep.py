"""Loss from one mast to every pixel around it, by one walk along each radial.

The pixels are dealt out to radials (`phusong.kernels.wedges`) and each radial is walked once
(`phusong.kernels.radial`), so that work grows with the square of the radius, not with its cube. A
pixel's profile has the radial's ground, which passes within a step of its own line (at least half
a pixel, at most one), and its own ground at and four steps before the receiver, where it counts
most. Pixels next to the mast, of which
there are few, get their exact profiles from `phusong.kernels.area`.

Rows and columns are those of the terrain array, fractional where they name a point: a pixel's
centre is at its whole index. Distances in km, heights in m, frequencies in GHz, losses in dB.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from phusong._jit import fused_njit, njit, nogil_njit
from phusong.kernels.fast_math import arctan
from phusong.kernels.radial import Radial, describe_receivers, profile_of
from phusong.kernels.receiver_fields import BLOCK, LANES, SLOPE_T
from phusong.kernels.sweep_ground import (
    nearest_km,
    new_scratch,
    receivers_at,
    sample_radial,
    sample_zones,
    zones_at,
)
from phusong.kernels.wedges import OCTANTS, radial_direction, wedge_pixels, wedges_per_octant

__all__ = ["nearest_km", "place_departure", "place_loss", "radial_profile", "sweep_kernel"]


@njit
def _lay_wedge(
    terrain, clutter_m, zones, place, wedge, per_octant, far, pixel_km, step_km, window, s
):
    """Lay the ground of a wedge's radial and of its receivers out in ``s``; how many those are.

    ``place`` is the mast's row and column; ``window`` first row, column and shape.
    """
    first_row, first_col, rows, cols = window
    near = nearest_km(step_km) / pixel_km
    count = wedge_pixels(
        wedge,
        per_octant,
        *place,
        near,
        far,
        (first_row, first_col),
        (rows, cols),
        s.rows,
        s.cols,
        s.distances,
    )
    if count == 0:
        return 0
    ground = terrain, clutter_m
    lengths = pixel_km, step_km
    receivers_at(*ground, *place, *lengths, s.rows, s.cols, s.distances, count, s.receivers)
    direction = radial_direction(wedge, per_octant)
    points = s.receivers.inner[count - 1] + 1
    step_pixels = step_km / pixel_km
    sample_radial(*ground, *place, *direction, step_pixels, points, s.height_m, s.surface_m)
    if zones.size > 1:
        sample_zones(zones, *place, *direction, step_pixels, points, s.zone)
        zones_at(zones, *place, step_km, s.rows, s.cols, count, s.receivers)
    return count


@fused_njit
def place_departure(s, count, first_row, first_col, departure_deg):
    """Write the elevations (degrees) at which a wedge's signals leave into their pixels."""
    for start in range(0, count, LANES):
        at, lanes = start // LANES * BLOCK + SLOPE_T, min(LANES, count - start)
        slope, angle = s.blocks[at : at + LANES], s.loss_db[:LANES]
        for j in range(lanes):
            angle[j] = (180.0 / math.pi) * arctan(0.001 * slope[j])
        rows, cols = s.rows[start:], s.cols[start:]
        for j in range(lanes):
            departure_deg[rows[j] - first_row, cols[j] - first_col] = angle[j]


@njit
def place_loss(s, count, first_row, first_col, range_km, loss_db):
    """Write the losses of a wedge's receivers within range into their pixels."""
    for j in range(count):
        if s.receivers.distance_km[j] <= range_km:
            loss_db[s.rows[j] - first_row, s.cols[j] - first_col] = s.loss_db[j]


@cache
def sweep_kernel(along: Any, ready: Any, prepare: Any, constants: int) -> Any:
    """Build the loop over the wedges of a mast's window for one model.

    ``prepare`` is an `njit` function (frequency_ghz, settings, farthest_km, out) that fills the
    ``constants`` values of a band, ``ready`` one (radial, receivers, count, tx_m, rx_m,
    longest_m, settings, work, blocks) that adds to a radial's geometry what the model keeps for all
    bands, and ``along`` one (radial, receivers,
    count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db) that fills the loss of its
    receivers. It is compiled once a model, when first called.
    """

    @nogil_njit
    def sweep_share(
        share,
        shares,
        terrain,
        clutter_m,
        zones,
        mast,
        pixel_km,
        step_km,
        window,
        ae,
        frequency_ghz,
        range_km,
        settings,
        loss_db,
        departure_deg,
    ):
        """Fill loss (bands, rows, columns) and departure (rows, columns) of a share of wedges.

        Every ``shares``-th wedge from ``share`` on: threads that take one each write no pixel
        twice. ``mast`` is its row, column and antenna's height and the receivers' height;
        ``window`` its first row and column on the terrain, its rows and columns. ``clutter_m`` and
        ``zones`` are as large as the terrain, or one pixel that holds everywhere. Pixels nearer
        than `nearest_km`, and those beyond a band's ``range_km``, are left as they are.
        """
        farthest_km = range_km.max()
        far = farthest_km / pixel_km
        per_octant = wedges_per_octant(far, step_km / pixel_km)
        longest_m = 0.2998 / frequency_ghz.min()
        band = np.empty((range_km.size, constants))
        for b in range(range_km.size):
            prepare(frequency_ghz[b], settings[b], farthest_km, band[b])
        s = new_scratch(farthest_km, pixel_km, step_km, zones[0, 0])
        radial = Radial(step_km, s.height_m, s.surface_m, s.zone)
        tx_m, rx_m = mast[2:]
        for wedge in range(share, OCTANTS * per_octant, shares):
            count = _lay_wedge(
                terrain,
                clutter_m,
                zones,
                mast[:2],
                wedge,
                per_octant,
                far,
                pixel_km,
                step_km,
                window,
                s,
            )
            if count == 0:
                continue
            describe_receivers(
                radial, s.receivers, count, tx_m, rx_m, ae, longest_m, s.work, s.blocks
            )
            place_departure(s, count, window[0], window[1], departure_deg)
            ready(
                radial,
                s.receivers,
                count,
                tx_m,
                rx_m,
                longest_m,
                settings[0],
                s.work,
                s.blocks,
            )
            for b in range(range_km.size):
                along(
                    radial,
                    s.receivers,
                    count,
                    tx_m,
                    rx_m,
                    band[b],
                    settings[b],
                    s.work,
                    s.blocks,
                    s.lanes,
                    s.loss_db,
                )
                place_loss(s, count, window[0], window[1], range_km[b], loss_db[b])

    return sweep_share


@njit
def radial_profile(
    terrain,
    clutter_m,
    zones,
    mast_row,
    mast_col,
    row,
    col,
    pixel_km,
    step_km,
    farthest_km,
    distance_km,
    height_m,
    surface_m,
    zone,
):
    """The profile that `sweep_kernel` gives pixel (``row``, ``col``); its number of points.

    ``farthest_km`` is the longest range of the mast's bands: it sets how many radials there are.
    The four arrays must hold the pixel's distance in steps and three more points. Zero for a
    pixel that no wedge holds: beyond the range, or nearer than `nearest_km`.
    """
    far = farthest_km / pixel_km
    per_octant = wedges_per_octant(far, step_km / pixel_km)
    s = new_scratch(farthest_km, pixel_km, step_km, zones[0, 0])
    radial = Radial(step_km, s.height_m, s.surface_m, s.zone)
    place, window = (mast_row, mast_col), (row, col, 1, 1)
    for wedge in range(OCTANTS * per_octant):
        count = _lay_wedge(
            terrain, clutter_m, zones, place, wedge, per_octant, far, pixel_km, step_km, window, s
        )
        if count > 0:
            return profile_of(radial, s.receivers, 0, distance_km, height_m, surface_m, zone)
    return 0
