"""What differs between two networks, as far as a prediction is concerned."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.geodata.stations import Network
from phusong.prediction.masts import Mast, bands_of
from phusong.prediction.settings import PredictSettings

__all__ = ["Changes", "compared"]

SAME_CELL = ["operator", "technology", "cell_id"]


class Changes(NamedTuple):
    """Rows of the old table that are gone or altered, and those of the new that came or are.

    ``new_row`` has the row in the new table of each old one, and -1 for the gone and at its end,
    so that it takes a server's row, -1 for none included.
    """

    gone: NDArray[np.int64]
    come: NDArray[np.int64]
    new_row: NDArray[np.int32]

    @property
    def keeps_order(self) -> bool:
        """Whether the cells that stay the same stand in the same order as before."""
        stayed = np.delete(self.new_row[:-1], self.gone)
        return bool((np.diff(stayed) > 0).all())

    @property
    def keeps_rows(self) -> bool:
        """Whether every old cell that is still there, altered or not, stands in its old row."""
        rows = self.new_row[:-1]
        return bool(((rows == np.arange(rows.size)) | (rows < 0)).all())


def compared(
    old: tuple[Network, Iterable[Mast]],
    new: tuple[Network, Iterable[Mast]],
    settings: PredictSettings,
) -> Changes:
    """What differs between two networks, each with its masts.

    A cell is the same where every column is, its antenna's pattern too, and where its mast has
    the same bands: they share one window, whose radials are as many as the longest range asks for.
    """
    before, after = (_comparable(*each, settings) for each in (old, new))
    row = after.index.get_indexer(before.index)
    there = np.flatnonzero(row >= 0)
    differs = np.full(there.size, set(before.columns) != set(after.columns))
    for name in before.columns.intersection(after.columns):
        one, other = before[name].to_numpy()[there], after[name].to_numpy()[row[there]]
        differs |= ~((one == other) | (pd.isna(one) & pd.isna(other)))
    stayed = there[~differs]
    gone = np.delete(np.arange(len(before)), stayed)
    come = np.delete(np.arange(len(after)), row[stayed])
    return Changes(gone, come, np.append(row, -1).astype(np.int32))


def _comparable(network: Network, masts: Iterable[Mast], settings: PredictSettings) -> pd.DataFrame:
    """Everything that a cell's level can depend on, by operator, technology and cell."""
    bands = np.empty(len(network.cells), dtype=object)
    for mast in masts:
        of_mast = repr(bands_of(mast, settings))
        for cell in mast.cells:
            bands[cell["number"]] = of_mast
    pattern = {"": ""} | {name: each.sha256 for name, each in network.antennas.items()}
    antenna = network.cells["antenna"].map(pattern)
    return network.cells.assign(antenna=antenna, bands_of_mast=bands).set_index(SAME_CELL)
