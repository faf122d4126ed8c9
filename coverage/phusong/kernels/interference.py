"""From path loss to what a receiver has beside its server on one carrier.

A pixel's cells are added in the order of the calls, each once, so the sums are the same at any
thread count. What is added is always the weaker of a cell and the strongest before it: nothing is
ever subtracted, and a greater load can only make a sum greater.
"""

import numpy as np

from phusong._jit import shared_njit
from phusong.kernels.codes import LOSS_STEP_DB, NOT_COMPUTED
from phusong.kernels.combine import CHUNK, fill_attenuation
from phusong.kernels.fast_math import DB_PER_LOG2, exp2

__all__ = ["add_cell"]


@shared_njit
def add_cell(
    share,
    shares,
    level_dbm,
    server,
    loaded_mw,
    others_mw,
    above,
    first_row,
    first_col,
    loss_code,
    departure_code,
    mast_row,
    mast_col,
    cell,
    eirp_dbm,
    azimuth_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    table_db,
    weights,
    threshold_dbm,
):
    """Add one cell to a carrier's planes (rows, columns) of a whole grid.

    ``level_dbm`` and ``server`` are of the strongest cell, as of `keep_strongest`, whose arguments
    the others are too. ``others_mw`` is the sum of all other cells' levels and ``loaded_mw`` of
    their levels times ``weights``, one a cell; ``above`` counts levels of at least
    ``threshold_dbm``.
    """
    rows, cols = loss_code.shape
    for i in range(share, rows, shares):
        attenuation, directions = np.empty(CHUNK, np.float32), np.empty((2, CHUNK), np.float32)
        level_of, power = np.empty(CHUNK, np.float32), np.empty(CHUNK)
        row = first_row + i
        for start in range(0, cols, CHUNK):
            n = min(CHUNK, cols - start)
            loss = loss_code[i, start : start + n]
            if loss.min() == NOT_COMPUTED:
                continue
            fill_attenuation(
                start,
                i - mast_row,
                mast_col,
                departure_code[i, start : start + n],
                azimuth_deg,
                mechanical_tilt_deg,
                electrical_tilt_deg,
                horizontal_beamwidth_deg,
                vertical_beamwidth_deg,
                table_db,
                attenuation,
                directions,
            )
            for j in range(n):
                # As in `keep_strongest`, so that its server is the one here.
                level_of[j] = np.float32(eirp_dbm - LOSS_STEP_DB * loss[j] - attenuation[j])
                power[j] = exp2(level_of[j] / DB_PER_LOG2)
            for j in range(n):
                if loss[j] == NOT_COMPUTED:
                    continue
                col, level = first_col + start + j, level_of[j]
                if level >= threshold_dbm:
                    above[row, col] += 1
                weaker, weaker_mw = cell, power[j]
                best, best_dbm = server[row, col], level_dbm[row, col]
                if best < 0 or level > best_dbm or (level == best_dbm and cell < best):
                    server[row, col], level_dbm[row, col] = cell, level
                    if best < 0:
                        continue
                    weaker, weaker_mw = best, exp2(best_dbm / DB_PER_LOG2)
                others_mw[row, col] += weaker_mw
                loaded_mw[row, col] += weights[weaker] * weaker_mw
