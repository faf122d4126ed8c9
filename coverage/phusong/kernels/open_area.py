"""Loss from one mast to every pixel around it by models that know no terrain between the two.

Distance and the two heights are all they take, so nothing is walked. Rows and columns are those of
the terrain array, fractional for the mast. Distances in km, heights in m, losses in dB.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from phusong._jit import inlined_njit, njit, shared_njit
from phusong.kernels import hata
from phusong.kernels.area import SHORTEST_KM, bilinear
from phusong.kernels.fast_math import DB_PER_LOG2, arctan, log2
from phusong.kernels.free_space import free_space_db

__all__ = ["free_space_line", "hata_line", "open_kernel"]


@njit
def free_space_line(frequency_ghz, tx_m, rx_m, settings):
    """Loss at 1 km, per doubling of distance, and whether that is the slant distance: P.525."""
    return free_space_db(1.0, frequency_ghz), 2.0 * DB_PER_LOG2, True


@njit
def hata_line(frequency_ghz, tx_m, rx_m, settings):
    """The same for Okumura-Hata and COST-231-Hata, over the ground.

    ``settings`` are ae km, environment, 1 if large city, 1 if COST.
    """
    kind, large, cost = int(settings[1]), settings[2] > 0.0, settings[3] > 0.0
    at_1_km = hata.loss_db(1.0, frequency_ghz, tx_m, rx_m, kind, large, cost)
    at_2_km = hata.loss_db(2.0, frequency_ghz, tx_m, rx_m, kind, large, cost)
    return at_1_km, at_2_km - at_1_km, False


@inlined_njit
def _squares_to(terrain_row, row_offset, first_col, mast_col, pixel_km, hts, rx_m, flat2, rise):
    """Squared distance over the ground, km2, and rise to the receiver, m, along a row."""
    for j in range(flat2.size):
        across = pixel_km * (first_col + j - mast_col)
        flat2[j] = max(row_offset + across * across, SHORTEST_KM * SHORTEST_KM)
        rise[j] = terrain_row[first_col + j] + rx_m - hts


@inlined_njit
def _fill_departure(flat2, rise, ae, farthest_km, out):
    for j in range(flat2.size):
        d = math.sqrt(flat2[j])
        angle = math.degrees(arctan(0.001 * rise[j] / d - d / (2.0 * ae)))
        out[j] = angle if d <= farthest_km else np.nan


@inlined_njit
def _fill_loss(flat2, rise, at_1_km, per_doubling, slant, range_km, out):
    for j in range(flat2.size):
        above = 0.001 * rise[j] if slant else 0.0
        loss = at_1_km + 0.5 * per_doubling * log2(flat2[j] + above * above)
        out[j] = loss if flat2[j] <= range_km * range_km else np.nan


@cache
def open_kernel(line: Any) -> Any:
    """Build the loop over a mast's window for a model that is a straight line in log distance.

    ``line`` is an `njit` function (frequency_ghz, tx_m, rx_m, settings) that returns the loss at
    1 km, its growth per doubling of distance, and whether distance is that between the antennas.
    """

    @shared_njit
    def fill_window(
        share,
        shares,
        terrain,
        mast_row,
        mast_col,
        mast_height_m,
        rx_height_m,
        pixel_km,
        first_row,
        first_col,
        ae,
        frequency_ghz,
        range_km,
        settings,
        loss_db,
        departure_deg,
    ):
        """As `phusong.kernels.area.window_kernel`'s; signals leave straight for the receiver."""
        bands, rows, cols = loss_db.shape
        hts = bilinear(terrain, mast_row, mast_col) + mast_height_m
        for i in range(share, rows, shares):
            flat2, rise = np.empty(cols), np.empty(cols)
            down = pixel_km * (first_row + i - mast_row)
            _squares_to(
                terrain[first_row + i],
                down * down,
                first_col,
                mast_col,
                pixel_km,
                hts,
                rx_height_m,
                flat2,
                rise,
            )
            _fill_departure(flat2, rise, ae, range_km.max(), departure_deg[i])
            for b in range(bands):
                at_1_km, per_doubling, slant = line(
                    frequency_ghz[b], mast_height_m, rx_height_m, settings[b]
                )
                _fill_loss(flat2, rise, at_1_km, per_doubling, slant, range_km[b], loss_db[b, i])

    return fill_window
