"""Free-space basic transmission loss: Recommendation ITU-R P.525-4, point-to-point links."""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["SPEED_OF_LIGHT_M_S", "fill_losses", "free_space_db"]

SPEED_OF_LIGHT_M_S = 299_792_458.0
# 4 pi d / lambda with d in km and the frequency in GHz.
PHASE_PER_KM_GHZ = 4e12 * math.pi / SPEED_OF_LIGHT_M_S

Floats = npt.NDArray[np.float64]


@njit
def free_space_db(distance_km: float, frequency_ghz: float) -> float:
    """Lbf = 20 log10(4 pi d / lambda)."""
    return 20.0 * math.log10(PHASE_PER_KM_GHZ * distance_km * frequency_ghz)


@njit
def fill_losses(distance_km: Floats, frequency_ghz: Floats, loss_db: Floats) -> None:
    """Fill ``loss_db`` from arrays of one shape (n,)."""
    for i in range(loss_db.size):
        loss_db[i] = free_space_db(distance_km[i], frequency_ghz[i])
