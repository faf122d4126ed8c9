"""From the windows of masts to the strongest servers of each pixel, one layer a service."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.kernels.combine import keep_strongest
from phusong.prediction.masts import Cell, Mast, band_of, bands_of, check_cells, locate_masts
from phusong.prediction.settings import PredictSettings
from phusong.prediction.window_file import Window
from phusong.prediction.windows import WindowMaker
from phusong.radio.antennas.pattern import NO_TABLE, Pattern
from phusong.radio.link_budget import reference_eirp_dbm

__all__ = ["Layers", "mast_level"]


class Layers:
    """The strongest servers of each operator and technology, on the scene's grid.

    Parameters
    ----------
    services
        Operator and technology of each layer.
    shape
        Rows and columns of the grid.
    settings
        Of the prediction.

    Attributes
    ----------
    level_dbm, server
        float32 and int32 (layers, ranks, rows, columns), strongest first; NaN and -1 where no cell
        was computed.
    cells
        How many cells were computed, (layers,).
    """

    def __init__(
        self,
        services: Iterable[tuple[str, str]],
        shape: tuple[int, int],
        settings: PredictSettings,
    ) -> None:
        self._number = {service: i for i, service in enumerate(services)}
        self._settings = settings
        size = (len(self._number), settings.servers, *shape)
        self.level_dbm: NDArray[np.float32] = np.full(size, np.nan, dtype=np.float32)
        self.server: NDArray[np.int32] = np.full(size, -1, dtype=np.int32)
        self.cells = np.zeros(len(self._number), dtype=np.int32)

    def add(self, mast: Mast, window: Window) -> None:
        """Let a mast's cells serve; those of other services than the layers' are passed over."""
        bands = bands_of(mast, self._settings)
        for cell in mast.cells:
            number = self._number.get((cell["operator"], cell["technology"]))
            if number is None:
                continue
            loss = window.loss[bands.index(band_of(cell, self._settings))]
            _serve(self.level_dbm[number], self.server[number], mast, window, loss, cell)
            self.cells[number] += 1


def _serve(
    level_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    mast: Mast,
    window: Window,
    loss: NDArray[np.uint16],
    cell: Cell,
) -> None:
    """Put one cell of a mast into a layer, (ranks, rows, columns)."""
    eirp_dbm = reference_eirp_dbm(
        cell["technology"],
        power_dbm=cell["power_dbm"],
        antenna_gain_dbi=cell["antenna_gain_dbi"],
        feeder_loss_db=cell["feeder_loss_db"],
        bandwidth_mhz=cell["bandwidth_mhz"],
        frequency_mhz=cell["frequency_mhz"],
    )
    pattern = mast.antennas.get(cell.get("antenna", ""))
    omni = bool(pattern is None and cell["horizontal_beamwidth_deg"] >= 360.0)
    aimless = omni or np.isnan(cell["azimuth_deg"])
    azimuth = 0.0 if aimless else cell["azimuth_deg"] - mast.convergence_deg
    keep_strongest(
        level_dbm,
        server,
        window.rows.start,
        window.cols.start,
        loss,
        window.departure,
        mast.grid_row - window.rows.start,
        mast.grid_col - window.cols.start,
        cell["number"],
        float(eirp_dbm),
        float(azimuth),
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
    layers = Layers(services, window.departure.shape, one)
    layers.add(mast, own)
    return rows, cols, np.fmax.reduce(layers.level_dbm[:, 0])
