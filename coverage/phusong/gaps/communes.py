"""Area and people in each state of service and of each answer, per commune and province."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.answers import ANSWERS
from phusong.gaps.shares import BOUNDS, share_bounds
from phusong.gaps.state import STATES
from phusong.gaps.uncertainty import Uncertainty

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["ANSWER_COLUMNS", "COUNTED_STATES", "count_codes", "summarise_communes"]

COUNTED_STATES = ("none", "weak", "basic", "good", "not_computed")
"""The states a pixel inside a commune can have, in the order in which they are counted."""

ANSWER_COLUMNS = {
    "surely_unserved": "not_served",
    "cannot_say": "cannot_say",
    "surely_served": "served",
}
"""Ends of the columns that count the answers; with what was not computed they sum to 100 %."""

_SERVED = [COUNTED_STATES.index("basic"), COUNTED_STATES.index("good")]

Table = NDArray[np.float64]


def summarise_communes(
    state: xr.DataArray,
    answer: xr.DataArray,
    chance: xr.DataArray,
    scene: "Scene",
    uncertainty: Uncertainty,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Percent of area and people in each state and of each answer, per commune and province.

    Area and people are those of the commune's pixels (a pixel belongs to the commune of its
    centre), so that the percentages of the states sum to 100 and communes sum to the province.

    Parameters
    ----------
    state, answer, chance
        (operator, technology, y, x) from `map_states`, `map_answers` and `map_chances`.
    scene
        Communes, their labels and the people, on the grid of `state`.
    uncertainty
        What the low and high figures rest on.

    Returns
    -------
    communes : GeoDataFrame
        A row per commune, technology and operator: code, name, technology, operator, area_km2,
        people, area_pct_* and people_pct_* for each of `COUNTED_STATES`, served_area_pct and
        served_people_pct (basic or better), with their _low, _likely and _high by
        `share_bounds`, area_pct_* and people_pct_* for each of `ANSWER_COLUMNS`, geometry.
        Percentages of people are NaN where nobody lives; a commune without a pixel stays, with
        area 0 and NaN percentages.
    province : DataFrame
        A row per technology and operator, the same columns without code, name and geometry.
    """
    of_states = count_codes(state, scene, [STATES[name] for name in COUNTED_STATES])
    answered = [ANSWERS[name] for name in (*ANSWER_COLUMNS.values(), "not_computed")]
    of_answers = count_codes(answer, scene, answered)
    bounds = {of: share_bounds(chance, scene, uncertainty, of=of) for of in ("area", "people")}
    communes = scene.communes.sort_values("label")
    codes, names = communes["code"].to_numpy(), communes["name"].to_numpy()
    technologies, operators = state["technology"].to_numpy(), state["operator"].to_numpy()
    each = _Counts(of_states, of_answers, {of: tables[0] for of, tables in bounds.items()})
    whole = _Counts(
        {of: amount.sum(axis=0) for of, amount in of_states.items()},
        {of: amount.sum(axis=0) for of, amount in of_answers.items()},
        {of: tables[1] for of, tables in bounds.items()},
    )
    commune, technology, operator = (
        axis.ravel() for axis in np.indices(of_states["area"].shape[:-1], dtype=np.intp)
    )
    rows = {
        "code": codes[commune],
        "name": names[commune],
        "technology": technologies[technology],
        "operator": operators[operator],
        **each.columns(),
    }
    geometry = communes.geometry.to_numpy()[commune]
    per_commune = gpd.GeoDataFrame(rows, geometry=geometry, crs=scene.communes.crs)
    named = {
        "technology": np.repeat(technologies, len(operators)),
        "operator": np.tile(operators, len(technologies)),
    }
    return per_commune, pd.DataFrame(named | whole.columns())


def count_codes(layers: xr.DataArray, scene: "Scene", codes: list[int]) -> dict[str, Table]:
    """Area (km2) and people of each commune in each code of a layer.

    Parameters
    ----------
    layers
        uint8 (operator, technology, y, x); inside communes only the codes asked for.
    scene
        Communes, their labels and the people.
    codes
        Rising.

    Returns
    -------
    dict
        "area" and "people": float64 (commune in order of label, technology, operator, code).
    """
    labels = scene.commune_labels.to_numpy().ravel()
    inside = np.flatnonzero(labels)
    first_bin = (labels[inside].astype(np.intp) - 1) * len(codes)
    people = scene.people.to_numpy().ravel()[inside]
    values = layers.transpose("technology", "operator", "y", "x").to_numpy()
    bins = (len(scene.communes), len(codes))
    shape = (*values.shape[:2], *bins)
    pixels_in, people_in = np.empty(shape), np.empty(shape)
    for index in np.ndindex(values.shape[:2]):
        ranks = np.searchsorted(codes, values[index].ravel()[inside])
        bin_of = first_bin + ranks
        pixels_in[index] = np.bincount(bin_of, minlength=np.prod(bins)).reshape(bins)
        people_in[index] = np.bincount(bin_of, people, np.prod(bins)).reshape(bins)
    area_km2 = np.moveaxis(pixels_in, 2, 0) * scene.pixel_area_km2
    return {"area": area_km2, "people": np.moveaxis(people_in, 2, 0)}


@dataclass(frozen=True)
class _Counts:
    """Amounts by "area" and "people", whose last axis is the state, the answer or the bound."""

    states: dict[str, Table]
    answers: dict[str, Table]
    bounds: dict[str, Table]

    def columns(self) -> dict[str, Table]:
        """Totals and percentages, flat."""
        columns = {
            "area_km2": self.states["area"].sum(axis=-1),
            "people": self.states["people"].sum(axis=-1),
        }
        for of, amount in self.states.items():
            percent = _percent(amount)
            columns |= _named(f"{of}_pct_", COUNTED_STATES, percent)
            columns[f"served_{of}_pct"] = percent[..., _SERVED].sum(axis=-1)
        for of in self.states:
            columns |= _named(f"served_{of}_pct_", BOUNDS, self.bounds[of])
            columns |= _named(f"{of}_pct_", ANSWER_COLUMNS, _percent(self.answers[of]))
        return {name: values.ravel() for name, values in columns.items()}


def _named(prefix: str, names: Iterable[str], values: Table) -> dict[str, Table]:
    return {f"{prefix}{name}": values[..., i] for i, name in enumerate(names)}


def _percent(amount: Table) -> Table:
    total = amount.sum(axis=-1, keepdims=True)
    percent = np.full_like(amount, np.nan)
    np.divide(100.0 * amount, total, out=percent, where=total > 0.0)
    return percent
