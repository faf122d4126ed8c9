"""Lists of strongest servers from which a cell is taken out, and pixels to fill anew."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.prediction.window_file import Part, common

__all__ = ["Left", "Search", "take_out"]


class Left(NamedTuple):
    """Pixels of the grid whose lists a cell left.

    Attributes
    ----------
    rows, cols
        Of the pixels.
    level_dbm
        That the cell had there.
    cell
        Its row in the new table; -1 where it is no more.
    """

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    level_dbm: NDArray[np.float32]
    cell: int

    def weaker(
        self, level_dbm: NDArray[np.float32], server: NDArray[np.int32], *, same_rows: bool
    ) -> NDArray[np.bool_]:
        """Where the cell did not come back into the lists, (ranks, rows, columns), as strong.

        As strong as it was and in the same row of the table it beats whom it beat before; in
        another row it must be stronger, since of equals the lower row comes first.
        """
        if self.cell < 0:
            return np.ones(self.rows.size, dtype=np.bool_)
        back = server[:, self.rows, self.cols] == self.cell
        levels = np.where(back, level_dbm[:, self.rows, self.cols], -np.inf).max(axis=0)
        weaker = levels < self.level_dbm if same_rows else levels <= self.level_dbm
        return np.asarray(weaker)


def take_out(
    level_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    part: Part,
    cell: int,
    new_row: int,
) -> Left:
    """Take a cell out of the lists of a grid, (ranks, rows, columns), that it is in on a part."""
    found = (server[:, *part] == cell).any(axis=0)
    rows, cols = np.nonzero(found)
    rows, cols = rows + part[0].start, cols + part[1].start
    levels, servers = level_dbm[:, rows, cols], server[:, rows, cols]
    own = servers == cell
    had = np.where(own, levels, np.float32(0.0)).sum(axis=0, dtype=np.float32)
    behind = np.argsort(own, axis=0, kind="stable")
    level_dbm[:, rows, cols] = np.take_along_axis(levels, behind, axis=0)
    server[:, rows, cols] = np.take_along_axis(servers, behind, axis=0)
    level_dbm[-1, rows, cols], server[-1, rows, cols] = np.nan, -1
    return Left(rows, cols, had, new_row)


class Search:
    """Pixels of one layer whose servers are to be found among all of its cells.

    Parameters
    ----------
    rows, cols
        Of the pixels, on the grid.
    level_dbm, server
        Lists of the whole grid, (ranks, rows, columns).

    Attributes
    ----------
    part
        Smallest rectangle of the grid that holds the pixels.
    level_dbm, server
        Lists of that rectangle: at the pixels what they hold by now, elsewhere such that nothing
        enters.
    """

    def __init__(
        self,
        rows: NDArray[np.int64],
        cols: NDArray[np.int64],
        level_dbm: NDArray[np.float32],
        server: NDArray[np.int32],
    ) -> None:
        row, col = int(rows.min()), int(cols.min())
        self.part: Part = slice(row, int(rows.max()) + 1), slice(col, int(cols.max()) + 1)
        self._wanted = np.zeros([each.stop - each.start for each in self.part], dtype=np.bool_)
        self._wanted[rows - row, cols - col] = True
        elsewhere = np.float32(np.inf)
        self.level_dbm = np.where(self._wanted, level_dbm[:, *self.part], elsewhere)
        self.server = server[:, *self.part].copy()

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column of the rectangle's middle."""
        rows, cols = self.part
        return (rows.start + rows.stop) / 2, (cols.start + cols.stop) / 2

    def reached_by(self, part: Part) -> bool:
        """Whether a part of the grid holds any of the pixels."""
        top, left = (each.start for each in self.part)
        rows, cols = common(self.part, part)
        inner = np.s_[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]
        return bool(self._wanted[inner].any())

    def put_into(self, level_dbm: NDArray[np.float32], server: NDArray[np.int32]) -> None:
        """Put what was found into the lists of the whole grid."""
        np.copyto(level_dbm[:, *self.part], self.level_dbm, where=self._wanted)
        server[:, *self.part] = self.server
