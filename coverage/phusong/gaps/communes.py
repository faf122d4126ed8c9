"""Area and people in each state of service, per commune and for the province."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.state import STATES

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["COUNTED_STATES", "count_states", "summarise_communes"]

COUNTED_STATES = ("none", "weak", "basic", "good", "not_computed")
"""The states a pixel inside a commune can have, in the order in which they are counted."""

_CODES = np.array([STATES[name] for name in COUNTED_STATES], dtype=np.uint8)
_SERVED = [COUNTED_STATES.index("basic"), COUNTED_STATES.index("good")]

Table = NDArray[np.float64]


def summarise_communes(
    state: xr.DataArray, scene: "Scene"
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Percent of area and people in each state, per commune and for the province.

    Area and people are those of the commune's pixels (a pixel belongs to the commune of its
    centre), so that the percentages of the states sum to 100 and communes sum to the province.

    Parameters
    ----------
    state
        Codes (operator, technology, y, x) from `map_states`.
    scene
        Communes, their labels and the people, on the grid of `state`.

    Returns
    -------
    communes : GeoDataFrame
        A row per commune, technology and operator: code, name, technology, operator, area_km2,
        people, area_pct_* and people_pct_* for each of `COUNTED_STATES`, served_area_pct and
        served_people_pct (basic or better), geometry. Percentages of people are NaN where nobody
        lives; a commune without a pixel stays, with area 0 and NaN percentages.
    province : DataFrame
        A row per technology and operator, the same columns without code, name and geometry.
    """
    area_km2, people = count_states(state, scene)
    communes = scene.communes.sort_values("label")
    codes, names = communes["code"].to_numpy(), communes["name"].to_numpy()
    technologies, operators = state["technology"].to_numpy(), state["operator"].to_numpy()
    commune, technology, operator = (
        axis.ravel() for axis in np.indices(area_km2.shape[:-1], dtype=np.intp)
    )
    rows = {
        "code": codes[commune],
        "name": names[commune],
        "technology": technologies[technology],
        "operator": operators[operator],
        **_columns(area_km2, people),
    }
    geometry = communes.geometry.to_numpy()[commune]
    per_commune = gpd.GeoDataFrame(rows, geometry=geometry, crs=scene.communes.crs)
    return per_commune, _province(area_km2, people, technologies, operators)


def count_states(state: xr.DataArray, scene: "Scene") -> tuple[Table, Table]:
    """Area (km2) and people of each commune in each state.

    Returns
    -------
    area_km2, people : ndarray
        float64 (commune in order of label, technology, operator, state of `COUNTED_STATES`).
    """
    labels = scene.commune_labels.to_numpy().ravel()
    inside = np.flatnonzero(labels)
    first_bin = (labels[inside].astype(np.intp) - 1) * len(COUNTED_STATES)
    people = scene.people.to_numpy().ravel()[inside]
    codes = state.transpose("technology", "operator", "y", "x").to_numpy()
    bins = (len(scene.communes), len(COUNTED_STATES))
    shape = (*codes.shape[:2], *bins)
    pixels_in, people_in = np.empty(shape), np.empty(shape)
    for index in np.ndindex(codes.shape[:2]):
        ranks = np.searchsorted(_CODES, codes[index].ravel()[inside])
        bin_of = first_bin + ranks
        pixels_in[index] = np.bincount(bin_of, minlength=np.prod(bins)).reshape(bins)
        people_in[index] = np.bincount(bin_of, people, np.prod(bins)).reshape(bins)
    area_km2 = np.moveaxis(pixels_in, 2, 0) * scene.pixel_area_km2
    return area_km2, np.moveaxis(people_in, 2, 0)


def _province(
    area_km2: Table, people: Table, technologies: NDArray[Any], operators: NDArray[Any]
) -> pd.DataFrame:
    names = {
        "technology": np.repeat(technologies, len(operators)),
        "operator": np.tile(operators, len(technologies)),
    }
    return pd.DataFrame(names | _columns(area_km2.sum(axis=0), people.sum(axis=0)))


def _columns(area_km2: Table, people: Table) -> dict[str, Table]:
    """Totals and percentages, flat, of amounts whose last axis is the state."""
    area_pct, people_pct = _percent(area_km2), _percent(people)
    states = list(enumerate(COUNTED_STATES))
    columns = {
        "area_km2": area_km2.sum(axis=-1),
        "people": people.sum(axis=-1),
        **{f"area_pct_{name}": area_pct[..., i] for i, name in states},
        **{f"people_pct_{name}": people_pct[..., i] for i, name in states},
        "served_area_pct": area_pct[..., _SERVED].sum(axis=-1),
        "served_people_pct": people_pct[..., _SERVED].sum(axis=-1),
    }
    return {name: values.ravel() for name, values in columns.items()}


def _percent(amount: Table) -> Table:
    total = amount.sum(axis=-1, keepdims=True)
    percent = np.full_like(amount, np.nan)
    np.divide(100.0 * amount, total, out=percent, where=total > 0.0)
    return percent
