"""Where the antennas stand: cells grouped into masts on the terrain's grid, and their models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.prediction.choosing import Choice, built_up, choose
from phusong.prediction.models import MODELS, AreaModel, model_of
from phusong.prediction.settings import PredictSettings
from phusong.radio.antennas.pattern import Pattern
from phusong.radio.link_budget import reference_eirp_dbm

__all__ = [
    "Band",
    "Cell",
    "Mast",
    "band_of",
    "bands_of",
    "cell_models",
    "check_cells",
    "choices_of",
    "eirp_dbm",
    "locate_masts",
]

NAMES = ("operator", "technology", "cell_id")
# Far wider than any real one: what lies beyond is a slip, and would give a map all the same.
BOUNDS = {
    "longitude": (-180.0, 180.0),
    "latitude": (-89.0, 89.0),
    "frequency_mhz": (0.0, 1e6),
    "bandwidth_mhz": (0.0, 1e5),
    "antenna_height_m": (0.0, 10_000.0),
    "power_dbm": (-100.0, 100.0),
    "antenna_gain_dbi": (-50.0, 100.0),
    "feeder_loss_db": (-100.0, 100.0),
    "azimuth_deg": (-360.0, 720.0),
    "mechanical_tilt_deg": (-90.0, 90.0),
    "electrical_tilt_deg": (-90.0, 90.0),
    "horizontal_beamwidth_deg": (0.1, 360.0),
    "vertical_beamwidth_deg": (0.1, 360.0),
}
MAST_COLUMNS = ["longitude", "latitude", "antenna_height_m"]

Cell = dict[str, Any]
"""A row of the network's cells, with its place in that table as ``number``."""

Band = tuple[float, float]
"""A frequency in MHz, and the range in km of the technology that uses it."""


@dataclass(frozen=True)
class Mast:
    """Antennas at one place and height.

    ``row`` and ``col`` are the terrain's, ``grid_row`` and ``grid_col`` the analysis grid's, all
    fractional. ``antennas`` are the patterns that its cells may name.
    """

    row: float
    col: float
    grid_row: float
    grid_col: float
    height_m: float
    convergence_deg: float
    cells: tuple[Cell, ...]
    antennas: Mapping[str, Pattern] = field(default_factory=dict)

    def seen_from(self, row: int, col: int) -> "Mast":
        """The same on a part of the grid that begins at a row and column of it."""
        return replace(self, grid_row=self.grid_row - row, grid_col=self.grid_col - col)


def check_cells(cells: pd.DataFrame, settings: PredictSettings) -> None:
    """InputError listing every cell that its model cannot compute."""
    columns = cells[["cell_id", "frequency_mhz", "antenna_height_m"]]
    problems = [*_name_problems(cells), *_number_problems(cells)]
    problems += [
        problem
        for cell, mhz, height in columns.itertuples(index=False)
        for problem in _cell_problems(cell, mhz, height, model_of(settings.model, mhz))
    ]
    if problems:
        raise InputError("stations", problems)


def _name_problems(cells: pd.DataFrame) -> list[str]:
    """A sentence for each name that is none."""
    return [
        f"cell {cell!r}, row {row}: {name} is {value!r}: give a text"
        for name in NAMES
        for row, cell, value in zip(cells.index, cells["cell_id"], cells[name], strict=True)
        if not (isinstance(value, str) and value.strip())
    ]


def _number_problems(cells: pd.DataFrame) -> list[str]:
    """A sentence for each value that is no number or beyond its bounds; an azimuth may be none."""
    values = cells[list(BOUNDS)].to_numpy(dtype=float)
    low, high = np.array(list(BOUNDS.values())).T
    right = (low <= values) & (values <= high)
    right[:, list(BOUNDS).index("azimuth_deg")] |= cells["azimuth_deg"].isna().to_numpy()
    return [
        f"cell {cells['cell_id'].iloc[row]!r}: {list(BOUNDS)[column]} is {values[row, column]:g}: "
        f"give {low[column]:g} to {high[column]:g}"
        for row, column in np.argwhere(~right)
    ]


def _cell_problems(cell: str, mhz: float, height_m: float, model: AreaModel) -> list[str]:
    problems = []
    low, high = model.frequency_ghz
    if not low <= mhz / 1000.0 <= high:
        problems.append(
            f"cell {cell!r}: {mhz:g} MHz; {model.title} is used from {low:g} to {high:g} GHz: take "
            'another model ("auto" takes each cell\'s own) or leave the cell out (Network.select)'
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
    groups: dict[tuple[float, ...], list[Cell]] = {}
    numbered = cells.assign(number=cells.index.astype(int))
    names = [str(name) for name in numbered]
    for values in zip(*(numbered[name].tolist() for name in numbered), strict=True):
        cell = dict(zip(names, values, strict=True))
        groups.setdefault(tuple(float(cell[name]) for name in MAST_COLUMNS), []).append(cell)
    places = np.array(list(groups)).reshape(-1, len(MAST_COLUMNS))
    rows, cols = _terrain_position(scene, places[:, 0], places[:, 1])
    factors = Proj(_grid_crs(scene)).get_factors(places[:, 0], places[:, 1])
    convergence = np.atleast_1d(factors.meridian_convergence)
    first_row, first_col = (part.start for part in scene.window)
    for i, group in enumerate(groups.values()):
        row, col = float(rows[i]), float(cols[i])
        yield Mast(
            row,
            col,
            row - first_row,
            col - first_col,
            float(places[i, 2]),
            float(convergence[i]),
            tuple(group),
            antennas or {},
        )


def _grid_crs(scene: Scene) -> CRS:
    """Reference system of the scene's grid, for pyproj."""
    return CRS.from_user_input(str(scene.grid.crs))


def _terrain_position(
    scene: Scene, longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractional row and column of places in the terrain array, pixel centres at whole numbers."""
    to_grid = Transformer.from_crs("EPSG:4326", _grid_crs(scene), always_xy=True)
    x, y = to_grid.transform(longitude, latitude)
    col, row = ~scene.terrain.odc.geobox.affine * (np.asarray(x), np.asarray(y))
    return row - 0.5, col - 0.5


def bands_of(mast: Mast, settings: PredictSettings) -> tuple[Band, ...]:
    """The different frequencies in MHz on a mast, each with its technology's range in km."""
    return tuple(dict.fromkeys(band_of(cell, settings) for cell in mast.cells))


def band_of(cell: Cell, settings: PredictSettings) -> Band:
    """The band of a cell."""
    return float(cell["frequency_mhz"]), settings.range_of(cell["technology"])


def eirp_dbm(cell: Cell) -> float:
    """EIRP of the measured signal of a cell at its antenna's peak, in dBm."""
    return reference_eirp_dbm(
        cell["technology"],
        power_dbm=cell["power_dbm"],
        antenna_gain_dbi=cell["antenna_gain_dbi"],
        feeder_loss_db=cell["feeder_loss_db"],
        bandwidth_mhz=cell["bandwidth_mhz"],
        frequency_mhz=cell["frequency_mhz"],
    )


def choices_of(scene: Scene, mast: Mast, settings: PredictSettings) -> dict[Band, Choice]:
    """The model of each band of a mast, in the order of its window's."""
    buildings = built_up(scene, mast.row, mast.col)
    return {
        (mhz, range_km): choose(settings, mhz, range_km, mast.height_m, buildings)
        for mhz, range_km in bands_of(mast, settings)
    }


def cell_models(masts: list[Mast], scene: Scene, settings: PredictSettings) -> pd.DataFrame:
    """Columns ``model``, ``why`` and ``swept_km`` of every cell, in the table's order.

    The last is the range in km of the sweep that computes the cell, the longest of its mast and
    model, which says how many radials were walked; 0 where it was not swept.
    """
    rows: dict[int, tuple[str, str, float]] = {}
    for mast in masts:
        choices = choices_of(scene, mast, settings)
        for cell in mast.cells:
            model, why = choices[band_of(cell, settings)]
            longest = max(km for (_, km), choice in choices.items() if choice.model == model)
            swept = MODELS[model].is_swept(settings)
            rows[cell["number"]] = model, why, longest if swept else 0.0
    numbers = sorted(rows)
    columns = ["model", "why", "swept_km"]
    return pd.DataFrame([rows[i] for i in numbers], columns=columns, index=numbers)
