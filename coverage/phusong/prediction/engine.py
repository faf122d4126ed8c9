"""From one mast to the level of its cells on the scene's grid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.kernels.combine import keep_strongest
from phusong.prediction.choosing import Choice, built_up, choose
from phusong.prediction.models import MODELS, AreaModel, model_of
from phusong.prediction.settings import PredictSettings
from phusong.radio.antennas.pattern import NO_TABLE, Pattern
from phusong.radio.link_budget import reference_eirp_dbm

__all__ = [
    "Mast",
    "Window",
    "cell_models",
    "check_cells",
    "choices_of",
    "in_range",
    "locate_masts",
    "mast_level",
    "mast_window",
    "strongest",
]

MAST_COLUMNS = ["longitude", "latitude", "antenna_height_m"]


@dataclass(frozen=True)
class Mast:
    """Antennas at one place and height; ``row`` and ``col`` are the terrain's, fractional.

    ``antennas`` are the patterns that its cells may name.
    """

    row: float
    col: float
    height_m: float
    convergence_deg: float
    cells: pd.DataFrame
    antennas: Mapping[str, Pattern] = field(default_factory=dict)


@dataclass(frozen=True)
class Window:
    """Loss around a mast: (bands, rows, columns) on ``rows``, ``cols`` of the scene's grid.

    A band is a frequency in MHz and the range in km of the technology that uses it.
    """

    rows: slice
    cols: slice
    bands: tuple[tuple[float, float], ...]
    loss_db: NDArray[np.float32]
    departure_deg: NDArray[np.float32]

    def loss_at(self, frequency_mhz: float, range_km: float) -> NDArray[np.float32]:
        """Loss of one band, (rows, columns), NaN beyond its range."""
        loss: NDArray[np.float32] = self.loss_db[self.bands.index((frequency_mhz, range_km))]
        return loss


def check_cells(cells: pd.DataFrame, settings: PredictSettings) -> None:
    """InputError listing every cell that its model cannot compute."""
    columns = cells[["cell_id", "frequency_mhz", "antenna_height_m"]]
    problems = [
        problem
        for cell, mhz, height in columns.itertuples(index=False)
        for problem in _cell_problems(cell, mhz, height, model_of(settings.model, mhz))
    ]
    if problems:
        raise InputError("stations", problems)


def _cell_problems(cell: str, mhz: float, height_m: float, model: AreaModel) -> list[str]:
    problems = []
    low, high = model.frequency_ghz
    if not low <= mhz / 1000.0 <= high:
        problems.append(
            f"cell {cell!r}: {mhz:g} MHz; {model.title} is used from {low:g} to {high:g} GHz"
        )
    if not height_m >= model.lowest_mast_m:
        problems.append(
            f"cell {cell!r}: antenna at {height_m:g} m above ground; {model.title} is used from "
            f"{model.lowest_mast_m:g} m"
        )
    return problems


def locate_masts(
    cells: pd.DataFrame, scene: Scene, antennas: Mapping[str, Pattern] | None = None
) -> Iterator[Mast]:
    """Group cells into masts, in the table's order, each placed on the terrain's grid."""
    groups = cells.groupby(MAST_COLUMNS, sort=False)
    places = pd.DataFrame([key for key, _ in groups], columns=MAST_COLUMNS, dtype=float)
    rows, cols = terrain_position(scene, places["longitude"], places["latitude"])
    factors = Proj(grid_crs(scene)).get_factors(
        places["longitude"].to_numpy(), places["latitude"].to_numpy()
    )
    convergence = np.atleast_1d(factors.meridian_convergence)
    for i, (_, group) in enumerate(groups):
        height = float(places["antenna_height_m"].iloc[i])
        yield Mast(
            float(rows[i]), float(cols[i]), height, float(convergence[i]), group, antennas or {}
        )


def grid_crs(scene: Scene) -> CRS:
    """Reference system of the scene's grid, for pyproj."""
    return CRS.from_user_input(str(scene.grid.crs))


def terrain_position(
    scene: Scene, longitude: "pd.Series[float]", latitude: "pd.Series[float]"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractional row and column of places in the terrain array, pixel centres at whole numbers."""
    to_grid = Transformer.from_crs("EPSG:4326", grid_crs(scene), always_xy=True)
    x, y = to_grid.transform(longitude.to_numpy(), latitude.to_numpy())
    col, row = ~scene.terrain.odc.geobox.affine * (np.asarray(x), np.asarray(y))
    return row - 0.5, col - 0.5


def in_range(scene: Scene, mast: Mast, settings: PredictSettings) -> bool:
    """Whether a mast's range reaches the rectangle of the scene's grid."""
    pixel_km = abs(scene.grid.resolution.x) / 1000.0
    rows, cols = scene.window
    north_south = max(rows.start - mast.row, mast.row - (rows.stop - 1), 0.0)
    east_west = max(cols.start - mast.col, mast.col - (cols.stop - 1), 0.0)
    reach = max(range_km for _, range_km in _bands(mast.cells, settings))
    return bool(pixel_km * np.hypot(north_south, east_west) <= reach)


def mast_window(
    scene: Scene, mast: Mast, settings: PredictSettings, terrain: NDArray[np.float32]
) -> Window | None:
    """Loss from a mast to the scene's pixels in range; None when none is in range."""
    bands = _bands(mast.cells, settings)
    grid_rows, grid_cols = scene.window
    pixel_km = abs(scene.grid.resolution.x) / 1000.0
    reach = max(range_km for _, range_km in bands) / pixel_km
    rows = _overlap(mast.row, reach, grid_rows)
    cols = _overlap(mast.col, reach, grid_cols)
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return None
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    clutter = _clutter_m(scene, settings)
    frequencies = np.array([mhz for mhz, _ in bands])
    loss = np.empty((frequencies.size, *shape), dtype=np.float32)
    departure = np.empty(shape, dtype=np.float32)
    for model, of_model in _by_model(choices_of(scene, mast, settings)):
        part = np.empty((int(of_model.sum()), *shape), dtype=np.float32)
        ghz = frequencies[of_model] / 1000.0
        model.fill_window(
            terrain,
            clutter,
            mast.row,
            mast.col,
            mast.height_m,
            settings.receiver_height_m,
            pixel_km,
            settings.profile_step_m / 1000.0,
            rows.start,
            cols.start,
            ghz,
            np.array([range_km for _, range_km in bands])[of_model],
            model.rows(settings, ghz, float(mast.cells["latitude"].iloc[0])),
            part,
            departure,
        )
        loss[of_model] = part
    return Window(
        slice(rows.start - grid_rows.start, rows.stop - grid_rows.start),
        slice(cols.start - grid_cols.start, cols.stop - grid_cols.start),
        bands,
        loss,
        departure,
    )


def _bands(cells: pd.DataFrame, settings: PredictSettings) -> tuple[tuple[float, float], ...]:
    """The different frequencies in MHz on a mast, each with its technology's range in km."""
    used = cells[["frequency_mhz", "technology"]].itertuples(index=False)
    return tuple(dict.fromkeys((mhz, settings.range_of(name)) for mhz, name in used))


def _clutter_m(scene: Scene, settings: PredictSettings) -> NDArray[np.float32]:
    """The scene's clutter heights, or one height for everywhere as an array of one pixel."""
    if scene.clutter_m is None:
        return np.full((1, 1), settings.clutter_m, dtype=np.float32)
    return np.ascontiguousarray(scene.clutter_m.to_numpy(), dtype=np.float32)


def choices_of(
    scene: Scene, mast: Mast, settings: PredictSettings
) -> dict[tuple[float, float], Choice]:
    """The model of each band (MHz, range in km) of a mast, in the order of its window's."""
    buildings = built_up(scene, mast.row, mast.col)
    return {
        (mhz, range_km): choose(settings, mhz, range_km, mast.height_m, buildings)
        for mhz, range_km in _bands(mast.cells, settings)
    }


def cell_models(masts: list[Mast], scene: Scene, settings: PredictSettings) -> pd.DataFrame:
    """Columns ``model`` and ``why`` of every cell, in the table's order."""
    chosen: dict[int, Choice] = {}
    for mast in masts:
        choices = choices_of(scene, mast, settings)
        cells = mast.cells[["frequency_mhz", "technology"]].itertuples(name=None)
        chosen |= {i: choices[mhz, settings.range_of(name)] for i, mhz, name in cells}
    rows = [chosen[i] for i in sorted(chosen)]
    return pd.DataFrame(rows, columns=["model", "why"], index=sorted(chosen))


def _by_model(
    choices: Mapping[tuple[float, float], Choice],
) -> list[tuple[AreaModel, NDArray[np.bool_]]]:
    """Which of a mast's bands each model computes, one pass over the profiles a model."""
    names = np.array([choice.model for choice in choices.values()])
    return [(MODELS[name], names == name) for name in dict.fromkeys(names.tolist())]


def _overlap(centre: float, reach: float, within: slice) -> slice:
    start = max(within.start, int(np.ceil(centre - reach)))
    return slice(start, min(within.stop, int(np.floor(centre + reach)) + 1))


def strongest(
    scene: Scene,
    mast: Mast,
    window: Window,
    cell: "pd.Series[Any]",
    range_km: float,
    level_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
) -> None:
    """Update whole-grid level and server (rows, columns) with one cell of the mast."""
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
    grid_rows, grid_cols = scene.window
    keep_strongest(
        level_dbm[window.rows, window.cols],
        server[window.rows, window.cols],
        window.loss_at(cell["frequency_mhz"], range_km),
        window.departure_deg,
        mast.row - grid_rows.start - window.rows.start,
        mast.col - grid_cols.start - window.cols.start,
        int(str(cell.name)),
        eirp_dbm,
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
    window = mast_window(scene, masts[0], settings, scene.terrain.to_numpy())
    if window is None:
        return slice(0, 0), slice(0, 0), np.empty((0, 0), dtype=np.float32)
    level = np.full(scene.grid.shape, np.nan, dtype=np.float32)
    server = np.full(scene.grid.shape, -1, dtype=np.int32)
    for _, cell in masts[0].cells.iterrows():
        range_km = settings.range_of(cell["technology"])
        strongest(scene, masts[0], window, cell, range_km, level, server)
    return window.rows, window.cols, level[window.rows, window.cols]
