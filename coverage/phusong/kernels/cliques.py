"""Groups of which at most one may be chosen, from pairs of which not both may be."""

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["clique_cover"]

Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@njit
def _slot(near_start: Offsets, near: Ints, a: int, b: int) -> int:
    # Where b stands among the sorted neighbours of a; -1 where it is none.
    low, high = near_start[a], near_start[a + 1]
    while low < high:
        middle = (low + high) // 2
        if near[middle] < b:
            low = middle + 1
        else:
            high = middle
    return low if low < near_start[a + 1] and near[low] == b else -1


@njit
def _grown(near_start: Offsets, near: Ints, a: int, b: int) -> list[int]:
    # The pair, and every neighbour of a that is one of all that joined before it.
    clique = [a, b]
    for f in range(near_start[a], near_start[a + 1]):
        joined = near[f] != b
        for m in clique[1:]:
            joined = joined and _slot(near_start, near, m, near[f]) >= 0
        if joined:
            clique.append(near[f])
    return clique


@njit
def clique_cover(near_start: Offsets, near: Ints) -> tuple[Offsets, Ints]:
    """Cliques that together hold every pair of neighbours, grown greedily in order of index.

    Neighbours are in order, and each pair stands in the rows of both.

    Returns
    -------
    start, member
        The cliques in compressed rows.
    """
    done = np.zeros(len(near), np.bool_)
    start, member = [0], [0 for _ in range(0)]
    for a in range(len(near_start) - 1):
        for e in range(near_start[a], near_start[a + 1]):
            if near[e] < a or done[e]:
                continue
            clique = _grown(near_start, near, a, near[e])
            for m in clique:
                for n in clique:
                    if m != n:
                        done[_slot(near_start, near, m, n)] = True
            member.extend(clique)
            start.append(len(member))
    return np.array(start, np.int64), np.array(member, np.int32)
