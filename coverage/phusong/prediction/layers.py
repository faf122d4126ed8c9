"""From the windows of masts to the strongest servers of each pixel, one layer a service."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong._jit import thread_count
from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.kernels.combine import keep_strongest
from phusong.prediction.masts import (
    Cell,
    Mast,
    band_of,
    bands_of,
    check_cells,
    eirp_dbm,
    locate_masts,
)
from phusong.prediction.settings import PredictSettings
from phusong.prediction.window_file import Part, Window, common
from phusong.prediction.windows import WindowMaker
from phusong.radio.antennas.pattern import NO_TABLE, Pattern

__all__ = ["Layers", "Sector", "mast_level", "sector_of", "serve"]

# Threads from which combining is shared out: one keeps up with fewer that make windows, whom
# it would only hold up by asking for their help.
MANY_THREADS = 6


class Layers:
    """The strongest servers of each operator and technology, on the scene's grid.

    Parameters
    ----------
    services
        Operator and technology of each layer.
    settings
        Of the prediction.
    level_dbm, server
        float32 and int32 (layers, ranks, rows, columns), strongest first; NaN and -1 where no cell
        was computed.

    Attributes
    ----------
    services, settings, level_dbm, server
        The same.
    cells
        How many cells were counted, (layers,).
    """

    def __init__(
        self,
        services: Iterable[tuple[str, str]],
        settings: PredictSettings,
        level_dbm: NDArray[np.float32],
        server: NDArray[np.int32],
    ) -> None:
        self.services = tuple(services)
        self.settings = settings
        self.level_dbm = level_dbm
        self.server = server
        self.cells = np.zeros(len(self.services), dtype=np.int32)
        self._number = {service: i for i, service in enumerate(self.services)}

    @classmethod
    def empty(
        cls,
        services: Iterable[tuple[str, str]],
        shape: tuple[int, int],
        settings: PredictSettings,
    ) -> "Layers":
        """Of a grid of so many rows and columns, before any mast serves it."""
        named = tuple(services)
        size = (len(named), settings.servers, *shape)
        level_dbm = np.full(size, np.nan, dtype=np.float32)
        return cls(named, settings, level_dbm, np.full(size, -1, dtype=np.int32))

    def number_of(self, cell: Cell) -> int | None:
        """The layer that a cell belongs to; None where there is none."""
        return self._number.get((cell["operator"], cell["technology"]))

    def add(self, mast: Mast, window: Window) -> None:
        """Let a mast's cells serve; those of other services than the layers' are passed over."""
        for cell in mast.cells:
            number = self.number_of(cell)
            if number is not None:
                lists = self.level_dbm[number], self.server[number]
                serve(*lists, mast, window, cell, self.settings)
        self.count(mast)

    def count(self, mast: Mast) -> None:
        """Count a mast's cells among those of their layers."""
        for cell in mast.cells:
            number = self.number_of(cell)
            if number is not None:
                self.cells[number] += 1


def serve(
    level_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    mast: Mast,
    window: Window,
    cell: Cell,
    settings: PredictSettings,
    part: Part | None = None,
) -> None:
    """Put one cell of a mast into the lists of strongest servers, (ranks, rows, columns).

    The lists are those of the whole grid, or of ``part`` of it, and then only of it.
    """
    band = bands_of(mast, settings).index(band_of(cell, settings))
    top, left = window.rows.start, window.cols.start
    rows, cols = common(window.part, part) if part else window.part
    first_row, first_col = (part[0].start, part[1].start) if part else (0, 0)
    keep_strongest(
        level_dbm,
        server,
        top - first_row,
        left - first_col,
        window.loss[band],
        window.departure,
        mast.grid_row - top,
        mast.grid_col - left,
        cell["number"],
        *sector_of(mast, cell),
        (rows.start - top, rows.stop - top, cols.start - left, cols.stop - left),
        alone=thread_count() < MANY_THREADS,
    )


class Sector(NamedTuple):
    """How a cell radiates, as the kernels take it; azimuth from the grid's north."""

    eirp_dbm: float
    azimuth_deg: float
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    horizontal_beamwidth_deg: float
    vertical_beamwidth_deg: float
    table_db: NDArray[np.float32]


def sector_of(mast: Mast, cell: Cell) -> Sector:
    """How a cell of a mast radiates its measured signal."""
    pattern = mast.antennas.get(cell.get("antenna", ""))
    omni = bool(pattern is None and cell["horizontal_beamwidth_deg"] >= 360.0)
    aimless = omni or np.isnan(cell["azimuth_deg"])
    return Sector(
        float(eirp_dbm(cell)),
        0.0 if aimless else float(cell["azimuth_deg"] - mast.convergence_deg),
        float(cell["mechanical_tilt_deg"]),
        float(cell["electrical_tilt_deg"]),
        float(cell["horizontal_beamwidth_deg"]),
        float(cell["vertical_beamwidth_deg"]),
        NO_TABLE if pattern is None else pattern.attenuation_db,
    )


def mast_level(
    scene: Scene,
    cells: pd.DataFrame,
    settings: PredictSettings,
    antennas: Mapping[str, Pattern] | None = None,
) -> tuple[slice, slice, NDArray[np.float32]]:
    """Best level in dBm of cells that share one mast, on rows and columns of the scene's grid.

    Rows and columns are empty where none of the grid is in range. ``antennas`` are the patterns
    that the cells may name.

    Raises
    ------
    InputError
        When the cells stand at more than one place or height, or the model cannot compute them.
    """
    check_cells(cells, settings)
    masts = list(locate_masts(cells, scene, antennas))
    if len(masts) != 1:
        raise InputError("cells", [f"they stand on {len(masts)} masts: give those of one"])
    maker = WindowMaker(scene, settings)
    if maker.place(masts[0]) is None:
        return slice(0, 0), slice(0, 0), np.empty((0, 0), dtype=np.float32)
    window = maker.compute(masts[0])
    services = dict.fromkeys(zip(cells["operator"], cells["technology"], strict=True))
    one = settings.model_copy(update={"servers": 1})
    rows, cols = window.rows, window.cols
    # The window as a grid of its own: a candidate needs no layer of the whole province.
    mast, own = masts[0].seen_from(rows.start, cols.start), window.at_origin()
    layers = Layers.empty(services, window.departure.shape, one)
    layers.add(mast, own)
    return rows, cols, np.fmax.reduce(layers.level_dbm[:, 0])
