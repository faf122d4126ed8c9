"""Where the antennas stand: cells grouped into masts on the terrain's grid, and their models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.prediction.choosing import Choice, built_up, choose
from phusong.prediction.models import AreaModel, model_of
from phusong.prediction.settings import PredictSettings
from phusong.radio.antennas.pattern import Pattern

__all__ = [
    "Band",
    "Mast",
    "bands_of",
    "cell_models",
    "check_cells",
    "choices_of",
    "locate_masts",
]

MAST_COLUMNS = ["longitude", "latitude", "antenna_height_m"]

Band = tuple[float, float]
"""A frequency in MHz, and the range in km of the technology that uses it."""


@dataclass(frozen=True)
class Mast:
    """Antennas at one place and height.

    ``row`` and ``col`` are the terrain's, ``grid_row`` and ``grid_col`` the analysis grid's, all
    fractional. Cells have their row in the network's table as ``number``; ``antennas`` are the
    patterns that they may name.
    """

    row: float
    col: float
    grid_row: float
    grid_col: float
    height_m: float
    convergence_deg: float
    cells: pd.DataFrame
    antennas: Mapping[str, Pattern] = field(default_factory=dict)

    def seen_from(self, row: int, col: int) -> "Mast":
        """The same on a part of the grid that begins at a row and column of it."""
        return replace(self, grid_row=self.grid_row - row, grid_col=self.grid_col - col)


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
    numbered = cells.assign(number=cells.index.astype(int))
    groups = numbered.groupby(MAST_COLUMNS, sort=False)
    places = pd.DataFrame([key for key, _ in groups], columns=MAST_COLUMNS, dtype=float)
    rows, cols = _terrain_position(scene, places["longitude"], places["latitude"])
    factors = Proj(_grid_crs(scene)).get_factors(
        places["longitude"].to_numpy(), places["latitude"].to_numpy()
    )
    convergence = np.atleast_1d(factors.meridian_convergence)
    first_row, first_col = (part.start for part in scene.window)
    for i, (_, group) in enumerate(groups):
        row, col = float(rows[i]), float(cols[i])
        yield Mast(
            row,
            col,
            row - first_row,
            col - first_col,
            float(places["antenna_height_m"].iloc[i]),
            float(convergence[i]),
            group,
            antennas or {},
        )


def _grid_crs(scene: Scene) -> CRS:
    """Reference system of the scene's grid, for pyproj."""
    return CRS.from_user_input(str(scene.grid.crs))


def _terrain_position(
    scene: Scene, longitude: "pd.Series[float]", latitude: "pd.Series[float]"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractional row and column of places in the terrain array, pixel centres at whole numbers."""
    to_grid = Transformer.from_crs("EPSG:4326", _grid_crs(scene), always_xy=True)
    x, y = to_grid.transform(longitude.to_numpy(), latitude.to_numpy())
    col, row = ~scene.terrain.odc.geobox.affine * (np.asarray(x), np.asarray(y))
    return row - 0.5, col - 0.5


def bands_of(cells: pd.DataFrame, settings: PredictSettings) -> tuple[Band, ...]:
    """The different frequencies in MHz on a mast, each with its technology's range in km."""
    used = cells[["frequency_mhz", "technology"]].itertuples(index=False)
    return tuple(dict.fromkeys((mhz, settings.range_of(name)) for mhz, name in used))


def choices_of(scene: Scene, mast: Mast, settings: PredictSettings) -> dict[Band, Choice]:
    """The model of each band (MHz, range in km) of a mast, in the order of its window's."""
    buildings = built_up(scene, mast.row, mast.col)
    return {
        (mhz, range_km): choose(settings, mhz, range_km, mast.height_m, buildings)
        for mhz, range_km in bands_of(mast.cells, settings)
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
