"""Weights of cover sets in compressed rows.

Set ``s`` covers the demand points ``member[start[s]:start[s + 1]]``, each at most once, and point
``i`` weighs ``weight[i] >= 0``.
"""

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["set_weights"]

Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@njit
def set_weights(start: Offsets, member: Ints, weight: Floats) -> Floats:
    """Sum of the weights that each set covers."""
    totals = np.zeros(len(start) - 1)
    for s in range(len(totals)):
        for k in range(start[s], start[s + 1]):
            totals[s] += weight[member[k]]
    return totals
