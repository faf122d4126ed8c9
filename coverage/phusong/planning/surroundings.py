"""What is around a place that a site needs: its commune, a road, electricity."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

from phusong.planning.positions import at

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["with_surroundings"]

VILLAGE_WITHIN_M: Final = 1000.0  # of a village's point: what it knows of electricity holds there


def with_surroundings(scene: "Scene", points: pd.DataFrame) -> pd.DataFrame:
    """Add commune (code), road_distance_m and grid_power to places that have row and column.

    The distance is that to the nearest pixel with road, 0 in one; NaN without roads in the scene.
    The electricity is that of the nearest village of which it is known, within
    `VILLAGE_WITHIN_M`; NA where there is none.
    """
    if points.empty:
        return points
    codes = scene.communes.set_index("label")["code"]
    labels = pd.Series(at(scene.commune_labels.to_numpy(), points), index=points.index)
    return points.assign(
        commune=labels.map(codes),
        road_distance_m=_road_distance_m(scene, points),
        grid_power=_grid_power(scene, points),
    )


def _road_distance_m(scene: "Scene", points: pd.DataFrame) -> "pd.Series[float]":
    if scene.road_km is None or not (scene.road_km > 0).any():
        return pd.Series(np.nan, index=points.index)
    away = distance_transform_edt(scene.road_km.to_numpy() <= 0) * scene.resolution_m
    return pd.Series(at(away, points), index=points.index)


def _grid_power(scene: "Scene", points: pd.DataFrame) -> "pd.Series[bool]":
    power = pd.Series(pd.NA, index=points.index, dtype="boolean")
    known = scene.villages
    if known is not None and "grid_power" in known:
        known = known[known["grid_power"].notna()]
    if known is None or "grid_power" not in known or known.empty:
        return power
    tree = cKDTree(np.column_stack([known.geometry.x, known.geometry.y]))
    away, nearest = tree.query(points[["x", "y"]].to_numpy(dtype=float))
    near = away <= VILLAGE_WITHIN_M
    power[near] = known["grid_power"].astype("boolean").to_numpy()[nearest[near]]
    return power
