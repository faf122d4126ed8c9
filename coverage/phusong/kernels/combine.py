"""From path loss to the strongest server of each pixel."""

import math

import numpy as np

from phusong._jit import parallel_njit, prange
from phusong.kernels.pattern_table import cell_attenuation_db

__all__ = ["keep_strongest"]


@parallel_njit
def keep_strongest(
    level_dbm,
    server,
    loss_db,
    departure_deg,
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
):
    """Update best level and server, shape (rows, columns), with one cell's level.

    ``mast_row`` and ``mast_col`` are relative to the window; ``azimuth_deg`` is from the grid's
    north; ``table_db`` is the antenna's (`phusong.kernels.pattern_table`), of no size where its
    beamwidths describe it. Of equal levels the cell with the lower number serves, whatever the
    order of calls.
    """
    rows, cols = loss_db.shape
    for i in prange(rows):
        for j in range(cols):
            loss = loss_db[i, j]
            if math.isnan(loss):
                continue
            bearing = math.degrees(math.atan2(j - mast_col, mast_row - i))
            off = (bearing - azimuth_deg + 540.0) % 360.0 - 180.0
            attenuation = cell_attenuation_db(
                off,
                departure_deg[i, j],
                mechanical_tilt_deg,
                electrical_tilt_deg,
                horizontal_beamwidth_deg,
                vertical_beamwidth_deg,
                table_db,
            )
            # Rounded before it is compared, or a tie would depend on the order of calls.
            level = np.float32(eirp_dbm - loss - attenuation)
            best = level_dbm[i, j]
            if math.isnan(best) or level > best or (level == best and cell < server[i, j]):
                level_dbm[i, j] = level
                server[i, j] = cell
