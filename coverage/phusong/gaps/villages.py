"""State of service of villages."""

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.state import STATE_NAMES, STATES

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["VILLAGE_RULE", "judge_villages", "village_pixels"]

VILLAGE_RULE = (
    "A village has the state of the pixel in which its point lies; outside the analysis grid, or "
    "in no commune, it is 'outside'."
)

_COLUMNS = ["code", "name", "people", "grid_power"]


def judge_villages(state: xr.DataArray, scene: "Scene") -> gpd.GeoDataFrame:
    """State of each village for each technology and operator, by `VILLAGE_RULE`.

    Parameters
    ----------
    state
        Codes (operator, technology, y, x) from `map_states`.
    scene
        Villages as points in the grid's CRS, or None.

    Returns
    -------
    GeoDataFrame
        A row per village, technology and operator: code, name, people, grid_power, technology,
        operator, state, geometry. Empty without villages. The rule is in ``attrs["rule"]``.
    """
    villages = scene.villages
    if villages is None:
        villages = gpd.GeoDataFrame(columns=_COLUMNS, geometry=[], crs=scene.communes.crs)
    pixel = village_pixels(villages, scene)
    codes = state.transpose("technology", "operator", "y", "x").to_numpy()
    codes = codes.reshape(*codes.shape[:2], -1)[..., pixel]
    codes[..., pixel < 0] = STATES["outside"]
    village, technology, operator = (
        axis.ravel() for axis in np.indices((len(villages), *codes.shape[:2]), dtype=np.intp)
    )
    judged = villages[[*_COLUMNS, "geometry"]].iloc[village].reset_index(drop=True)
    judged.insert(4, "technology", state["technology"].to_numpy()[technology])
    judged.insert(5, "operator", state["operator"].to_numpy()[operator])
    judged.insert(6, "state", pd.Series(codes[technology, operator, village]).map(STATE_NAMES))
    judged.attrs["rule"] = VILLAGE_RULE
    return judged


def village_pixels(villages: gpd.GeoDataFrame, scene: "Scene") -> NDArray[np.intp]:
    """Flat index of the grid's pixel in which each point lies; -1 outside it or without a point."""
    rows, columns = scene.grid.shape
    affine = scene.grid.affine  # north up
    column = np.floor((villages.geometry.x.to_numpy() - affine.xoff) / affine.a)
    row = np.floor((villages.geometry.y.to_numpy() - affine.yoff) / affine.e)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return np.where(inside, row * columns + column, -1).astype(np.intp)
