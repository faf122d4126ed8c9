"""From the windows of masts to the powers that meet on each carrier."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.kernels.interference import add_cell
from phusong.prediction.layers import sector_of
from phusong.prediction.masts import Cell, Mast, band_of, bands_of
from phusong.prediction.settings import PredictSettings
from phusong.prediction.window_file import Window

__all__ = ["Carrier", "Interference", "carriers_of"]

PLANES_BYTES = 16  # level, loaded and others float32, server int32
ABOVE_BYTES = 2


class Carrier(NamedTuple):
    """What cells disturb each other on: one centre frequency of one operator and technology."""

    operator: str
    technology: str
    frequency_mhz: float

    @property
    def service(self) -> tuple[str, str]:
        """Operator and technology."""
        return self.operator, self.technology


def carriers_of(cells: Iterable[Cell]) -> tuple[Carrier, ...]:
    """The carriers of cells, sorted."""
    return tuple(sorted({_carrier(cell) for cell in cells}))


def _carrier(cell: Cell) -> Carrier:
    return Carrier(cell["operator"], cell["technology"], float(cell["frequency_mhz"]))


class Interference:
    """The strongest cell of each carrier and what all others add up to, on the scene's grid.

    Parameters
    ----------
    carriers
        Of all cells.
    shape
        Rows and columns of the grid.
    settings
        Of the prediction.
    weights
        Of each row of the table of cells: power sent on average over that of the measured signal.
    entry_loss_db
        Taken off the levels of each carrier.
    threshold_dbm
        Of each technology: the level that cells are counted from.

    Attributes
    ----------
    level_dbm, server
        float32 and int32 (carriers, rows, columns) of the strongest cell; NaN and -1 for none.
    loaded_mw, others_mw
        float32, sums over all other cells of weight times level, and of the level.
    above
        int16 (services, rows, columns): cells whose level reaches the threshold.
    """

    def __init__(
        self,
        carriers: Iterable[Carrier],
        shape: tuple[int, int],
        settings: PredictSettings,
        weights: NDArray[np.float64],
        entry_loss_db: dict[Carrier, float],
        threshold_dbm: dict[str, float],
    ) -> None:
        self.number = {carrier: i for i, carrier in enumerate(carriers)}
        services = dict.fromkeys(carrier.service for carrier in self.number)
        self.service_number = {service: i for i, service in enumerate(services)}
        self._settings = settings
        self._weights = weights
        self._entry_loss_db = entry_loss_db
        self._threshold_dbm = threshold_dbm
        size = (len(self.number), *shape)
        self.level_dbm = np.full(size, np.nan, dtype=np.float32)
        self.server = np.full(size, -1, dtype=np.int32)
        self.loaded_mw, self.others_mw = (np.zeros(size, dtype=np.float32) for _ in range(2))
        self.above: NDArray[np.int16] = np.zeros((len(services), *shape), dtype=np.int16)

    @staticmethod
    def bytes_of(carriers: tuple[Carrier, ...], shape: tuple[int, int]) -> int:
        """Memory that the arrays take."""
        services = len({carrier.service for carrier in carriers})
        return (PLANES_BYTES * len(carriers) + ABOVE_BYTES * services) * shape[0] * shape[1]

    def above_of(self, service: tuple[str, str]) -> NDArray[np.int16]:
        """Cells of a service whose level reaches the threshold, (rows, columns)."""
        above: NDArray[np.int16] = self.above[self.service_number[service]]
        return above

    def add(self, mast: Mast, window: Window) -> None:
        """Add every cell of a mast to its carrier; one whose carrier is none of these is not."""
        bands = bands_of(mast, self._settings)
        for cell in mast.cells:
            carrier = _carrier(cell)
            number = self.number.get(carrier)
            if number is None:
                continue
            sector = sector_of(mast, cell)
            add_cell(
                self.level_dbm[number],
                self.server[number],
                self.loaded_mw[number],
                self.others_mw[number],
                self.above_of(carrier.service),
                window.rows.start,
                window.cols.start,
                window.loss[bands.index(band_of(cell, self._settings))],
                window.departure,
                mast.grid_row - window.rows.start,
                mast.grid_col - window.cols.start,
                cell["number"],
                *sector._replace(eirp_dbm=sector.eirp_dbm - self._entry_loss_db[carrier]),
                self._weights,
                self._threshold_dbm[carrier.technology],
            )
