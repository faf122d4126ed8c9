"""State of service of villages."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.answers import ANSWER_NAMES, ANSWERS
from phusong.gaps.state import STATE_NAMES, STATES

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["VILLAGE_RULE", "judge_villages", "village_pixels"]

VILLAGE_RULE = (
    "A village has the state and the answer of the pixel in which its point lies; outside the "
    "analysis grid, or in no commune, it is 'outside'."
)

_COLUMNS = ["code", "name", "people", "grid_power"]


def judge_villages(
    state: xr.DataArray, answer: xr.DataArray, chance: xr.DataArray, scene: "Scene"
) -> gpd.GeoDataFrame:
    """State and answer of each village for each technology and operator, by `VILLAGE_RULE`.

    Parameters
    ----------
    state, answer, chance
        (operator, technology, y, x) from `map_states`, `map_answers` and `map_chances`.
    scene
        Villages as points in the grid's CRS, or None.

    Returns
    -------
    GeoDataFrame
        A row per village, technology and operator: code, name, people, grid_power, technology,
        operator, state, answer, chance_served (0 to 1, NaN where not computed or outside),
        geometry. Empty without villages. The rule is in ``attrs["rule"]``.
    """
    villages = scene.villages
    if villages is None:
        villages = gpd.GeoDataFrame(columns=_COLUMNS, geometry=[], crs=scene.communes.crs)
    pixel = village_pixels(villages, scene)
    states = _at(state, pixel, STATES["outside"])
    answers = _at(answer, pixel, ANSWERS["outside"])
    chances = np.where(answers == ANSWERS["outside"], np.nan, _at(chance, pixel, np.nan))
    village, technology, operator = (
        axis.ravel() for axis in np.indices((len(villages), *states.shape[:2]), dtype=np.intp)
    )
    judged = villages[[*_COLUMNS, "geometry"]].iloc[village].reset_index(drop=True)
    at = technology, operator, village
    judged.insert(4, "technology", state["technology"].to_numpy()[technology])
    judged.insert(5, "operator", state["operator"].to_numpy()[operator])
    judged.insert(6, "state", pd.Series(states[at]).map(STATE_NAMES))
    judged.insert(7, "answer", pd.Series(answers[at]).map(ANSWER_NAMES))
    judged.insert(8, "chance_served", chances[at].astype(np.float64))
    judged.attrs["rule"] = VILLAGE_RULE
    return judged


def _at(layers: xr.DataArray, pixel: NDArray[np.intp], beyond: float) -> NDArray[Any]:
    """Values at pixels, (technology, operator, village); off the grid, ``beyond``."""
    values = layers.transpose("technology", "operator", "y", "x").to_numpy()
    values = values.reshape(*values.shape[:2], -1)[..., pixel]
    values[..., pixel < 0] = beyond
    return values


def village_pixels(villages: gpd.GeoDataFrame, scene: "Scene") -> NDArray[np.intp]:
    """Flat index of the grid's pixel in which each point lies; -1 outside it or without a point."""
    rows, columns = scene.grid.shape
    affine = scene.grid.affine  # north up
    column = np.floor((villages.geometry.x.to_numpy() - affine.xoff) / affine.a)
    row = np.floor((villages.geometry.y.to_numpy() - affine.yoff) / affine.e)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return np.where(inside, row * columns + column, -1).astype(np.intp)
