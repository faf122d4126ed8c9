"""A smaller set of rows with the same answers: points that the same sets cover become one.

Points are told apart by two independent 64-bit sums over the sets that cover them: among a
million points two with different sets agree by chance once in 10^26 times.

Source of the mixing function: Steele, Lea and Flood (2014), OOPSLA, 453 (SplitMix64).
"""

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.cover_rules import Bools, Floats, Ints, Offsets

__all__ = ["cover_marks", "covers_any", "in_order", "mixed", "renumbered", "shares_of_cells"]

Marks = npt.NDArray[np.uint64]
Singles = npt.NDArray[np.float32]


@njit
def mixed(number: int) -> np.uint64:
    """A number as 64 bits that look random."""
    z = np.uint64(number) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit
def in_order(start: Offsets, member: Ints) -> Ints:
    """Each set's points in order: the same array where they are, else a sorted copy."""
    ordered, copied = member, False
    for s in range(len(start) - 1):
        for k in range(start[s] + 1, start[s + 1]):
            if ordered[k] < ordered[k - 1]:
                if not copied:
                    ordered, copied = member.copy(), True
                ordered[start[s] : start[s + 1]].sort()
                break
    return ordered


@njit
def covers_any(start: Offsets, member: Ints, points: Bools) -> Bools:
    """Sets that cover some of the points."""
    some = np.zeros(len(start) - 1, np.bool_)
    for s in range(len(some)):
        for k in range(start[s], start[s + 1]):
            if points[member[k]]:
                some[s] = True
                break
    return some


@njit
def cover_marks(start: Offsets, member: Ints, keep: Bools, first: Marks, second: Marks) -> Ints:
    """Add the marks of the kept sets to those of the points they cover; count them by point."""
    covers = np.zeros(len(first), np.int32)
    for s in range(len(start) - 1):
        if keep[s]:
            one = mixed(2 * s + 1)
            other = mixed(one ^ np.uint64(s))
            for k in range(start[s], start[s + 1]):
                i = member[k]
                first[i] += one
                second[i] += other
                covers[i] += 1
    return covers


@njit
def _copy_row(row: Ints, number: Ints, least: int, below: int, out: Ints, at: int) -> int:
    # The new numbers from ``least`` to below ``below``, in order of the row.
    for i in row:
        if least <= number[i] < below:
            out[at] = number[i]
            at += 1
    return at


@njit
def renumbered(
    start: Offsets, member: Ints, keep: Bools, number: Ints, first_deep: int
) -> tuple[Offsets, Ints]:
    """Rows of the kept sets, of the points whose new number is not below zero.

    Numbers rise with the point among those below ``first_deep``, and among those above, so that
    rows that were in order stay so.
    """
    kept = np.flatnonzero(keep)
    new_start = np.zeros(len(kept) + 1, np.int64)
    for k in range(len(kept)):
        size = 0
        for i in member[start[kept[k]] : start[kept[k] + 1]]:
            size += number[i] >= 0
        new_start[k + 1] = new_start[k] + size
    new_member = np.empty(new_start[-1], np.int32)
    for k in range(len(kept)):
        row = member[start[kept[k]] : start[kept[k] + 1]]
        at = _copy_row(row, number, 0, first_deep, new_member, new_start[k])
        if at < new_start[k + 1]:
            _copy_row(row, number, first_deep, len(number) + 1, new_member, at)
    return new_start, new_member


@njit
def shares_of_cells(
    start: Offsets, member: Ints, weight: Floats, cell: Ints, cells: int
) -> tuple[Offsets, Ints, Singles]:
    """Rows of cells of points in the place of points, and the share of each cell's weight.

    ``cell`` is the cell of each point; points of a cell below zero are left out. A share is never
    less than it should be.
    """
    whole = np.zeros(cells)
    for i in range(len(cell)):
        if cell[i] >= 0:
            whole[cell[i]] += weight[i]
    part, found = np.zeros(cells), np.empty(cells, np.int32)
    new_start = np.zeros(len(start), np.int64)
    new_member, share = np.empty(len(member), np.int32), np.empty(len(member), np.float32)
    at = 0
    for s in range(len(start) - 1):
        count = 0
        for k in range(start[s], start[s + 1]):
            c = cell[member[k]]
            if c >= 0:
                if part[c] == 0.0:
                    found[count] = c
                    count += 1
                part[c] += weight[member[k]]
        for c in np.sort(found[:count]):
            new_member[at], share[at] = c, min(1.0, part[c] / whole[c] * (1.0 + 1e-7))
            part[c] = 0.0
            at += 1
        new_start[s + 1] = at
    return new_start, new_member[:at].copy(), share[:at].copy()
