"""State of service of villages, by a rule that is data."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from phusong.gaps.answers import ANSWER_NAMES, ANSWERS
from phusong.gaps.state import STATE_NAMES, STATES
from phusong.gaps.village_rules import VillageRule
from phusong.geodata.points import pixels_of

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["VillageStates", "judge_villages", "village_pixels", "village_table"]

_COLUMNS = ["code", "name", "people", "households", "grid_power", "kind"]
_WORST_FIRST: Final = ("outside", "not_computed", "none", "weak", "basic", "good")


@dataclass(frozen=True)
class VillageStates:
    """Codes of villages, each (technology, operator, village).

    Attributes
    ----------
    state, answer
        uint8 codes of `STATES` and `ANSWERS`.
    chance
        Chance of being served, NaN where not computed or outside.
    """

    state: NDArray[np.uint8]
    answer: NDArray[np.uint8]
    chance: NDArray[np.float64]


def judge_villages(
    state: xr.DataArray,
    answer: xr.DataArray,
    chance: xr.DataArray,
    scene: "Scene",
    rule: VillageRule,
) -> VillageStates:
    """Tell state, answer and chance of each village of a scene by a rule.

    Parameters
    ----------
    state, answer, chance
        (operator, technology, y, x) from `map_states`, `map_answers` and `map_chances`.
    scene
        Villages as points in the grid's CRS, and the pixels of those that are areas.
    rule
        How many of a village's pixels count.
    """
    layers = [
        each.transpose("technology", "operator", "y", "x") for each in (state, answer, chance)
    ]
    shape = layers[0].shape[:2]
    villages = scene.villages
    if villages is None or not len(villages):
        none = np.empty((*shape, 0), dtype=np.uint8)
        return VillageStates(none, none, none.astype(np.float64))
    pixels = _Pixels.of(scene, villages, rule)
    states, answers, chances = (layer.to_numpy().reshape(*shape, -1) for layer in layers)
    rank = np.zeros(256, dtype=np.int8)
    rank[[STATES[name] for name in _WORST_FIRST]] = range(len(_WORST_FIRST))
    told = VillageStates(
        np.full((*shape, len(villages)), STATES["outside"], dtype=np.uint8),
        np.full((*shape, len(villages)), ANSWERS["outside"], dtype=np.uint8),
        np.full((*shape, len(villages)), np.nan),
    )
    for layer in np.ndindex(shape):
        codes = states[layer][pixels.pixel]
        told.state[layer][pixels.there] = codes[pixels.pick(rank[codes])]
        chance_of = chances[layer][pixels.pixel]
        outside = answers[layer][pixels.pixel] == ANSWERS["outside"]
        chance_of = np.where(outside, np.nan, chance_of)
        chosen = pixels.pick(np.nan_to_num(chance_of, nan=-1.0))
        told.answer[layer][pixels.there] = answers[layer][pixels.pixel][chosen]
        told.chance[layer][pixels.there] = chance_of[chosen]
    return told


def village_table(
    told: VillageStates, scene: "Scene", rule: VillageRule, state: xr.DataArray
) -> gpd.GeoDataFrame:
    """Lay the villages' states out as a table.

    Returns
    -------
    GeoDataFrame
        A row per village, technology and operator: code, name, people, households, grid_power, kind
        ("village", or "settlement" where none were given), technology, operator, state, answer,
        chance_served (0 to 1, NaN where not computed or outside), rule (its name), geometry. Empty
        without villages. The rule's text is in ``attrs["rule"]``, by language.
    """
    villages = scene.villages
    if villages is None:
        villages = gpd.GeoDataFrame(columns=_COLUMNS, geometry=[], crs=scene.communes.crs)
    shape = (len(villages), *told.state.shape[:2])
    village, technology, operator = (axis.ravel() for axis in np.indices(shape, dtype=np.intp))
    table = villages.reindex(columns=[*_COLUMNS, "geometry"]).iloc[village].reset_index(drop=True)
    at = technology, operator, village
    columns = {
        "technology": state["technology"].to_numpy()[technology],
        "operator": state["operator"].to_numpy()[operator],
        "state": pd.Series(told.state[at]).map(STATE_NAMES),
        "answer": pd.Series(told.answer[at]).map(ANSWER_NAMES),
        "chance_served": told.chance[at],
        "rule": rule.name,
    }
    for name, values in columns.items():
        table.insert(len(table.columns) - 1, name, values)
    table.attrs["rule"] = {language: rule.text(language) for language in ("en", "vi")}
    return table


def village_pixels(villages: gpd.GeoDataFrame, scene: "Scene") -> NDArray[np.intp]:
    """Flat index of the grid's pixel in which each point lies; -1 outside it or without a point."""
    return pixels_of(villages.geometry, scene.grid)


@dataclass(frozen=True)
class _Pixels:
    """The pixels of each village by a rule, village by village."""

    village: NDArray[np.intp]  # of each pixel, rising
    pixel: NDArray[np.intp]
    there: NDArray[np.intp]  # villages that have pixels
    first: NDArray[np.intp]  # where the pixels of each of them begin
    wanted: NDArray[np.intp]  # the how manieth best tells its state, from 0

    @classmethod
    def of(cls, scene: "Scene", villages: gpd.GeoDataFrame, rule: VillageRule) -> "_Pixels":
        at = village_pixels(villages, scene)
        village = np.flatnonzero(at >= 0)
        pixel = at[village]
        if rule.share is not None:
            village, pixel = _around(scene, villages, rule, village, pixel)
        there, first, count = np.unique(village, return_index=True, return_counts=True)
        # the small allowance is for a share of a whole number of pixels but for rounding
        wanted = np.ceil((rule.share or 1.0) * count - 1e-9).astype(np.intp) - 1
        return cls(village, pixel, there, first, np.maximum(wanted, 0))

    def pick(self, worth: NDArray[Any]) -> NDArray[np.intp]:
        """Which pixel's worth, among those of its village, is the best that enough reach."""
        order = np.lexsort((-worth, self.village))
        return np.asarray(order[self.first + self.wanted])


def _around(
    scene: "Scene",
    villages: gpd.GeoDataFrame,
    rule: VillageRule,
    village: NDArray[np.intp],
    pixel: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every village with its pixels in the communes; its point's alone where it has no other."""
    areas = scene.village_areas
    pairs = [] if areas is None else [areas[["village", "pixel"]].to_numpy()]
    drawn = np.isin(village, pairs[0][:, 0]) if pairs else np.zeros(len(village), dtype=bool)
    points = villages.geometry.iloc[village[~drawn]]
    pairs.append(_within(scene, rule.radius_m, village[~drawn], points))
    labels = scene.commune_labels.to_numpy().ravel()
    found = np.concatenate(pairs)
    found = found[labels[found[:, 1]] > 0]
    lone = ~np.isin(village, found[:, 0])
    found = np.concatenate([found, np.column_stack([village[lone], pixel[lone]])])
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    return found[:, 0], found[:, 1]


def _within(
    scene: "Scene", radius_m: float, village: NDArray[np.intp], points: gpd.GeoSeries
) -> NDArray[np.intp]:
    """Pairs of a village and a pixel whose centre lies within a radius of its point."""
    inside = np.flatnonzero(scene.commune_labels.to_numpy())
    row, column = np.divmod(inside, scene.grid.shape[1])
    x, y = scene.people["x"].to_numpy()[column], scene.people["y"].to_numpy()[row]
    if not len(village) or not len(inside):
        return np.empty((0, 2), dtype=np.intp)
    places = np.column_stack([points.x.to_numpy(), points.y.to_numpy()])
    near = KDTree(np.column_stack([x, y])).query_ball_point(places, radius_m)
    count = [len(each) for each in near]
    pixel = inside[np.concatenate([np.asarray(each, dtype=np.intp) for each in near])]
    return np.column_stack([np.repeat(village, count), pixel])
