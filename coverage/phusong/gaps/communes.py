"""The scorecard: percent of each commune in each state of service and of each answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.shares import BOUNDS
from phusong.gaps.tally import ANSWER_COLUMNS, COUNTED_STATES, Judged, Tally, tally_communes

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["Scorecards", "summarise_communes"]

_SERVED: Final = [COUNTED_STATES.index("basic"), COUNTED_STATES.index("good")]
_TOTALS: Final = {"area": "area_km2", "road": "road_km"}
_MEASURED: Final = ("area", "people", "road")
"""Of these the percentages alone are told; of what is counted, the numbers too."""

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Scorecards:
    """The tables of `summarise_communes`.

    Attributes
    ----------
    communes
        A row per commune, technology and operator: code, name, technology, operator, people_factor
        (people over the raster's, where the scene has it); then of all that is counted (area,
        people, and where known villages, road and each kind of facility) its total (area_km2,
        people, villages, road_km, the kind), the percentage in each of `COUNTED_STATES`
        (``people_pct_none``) and served (``served_people_pct``: basic or better); of villages and
        facilities also the number in each state (``villages_none``). Of area and people further
        ``served_people_pct_low``, ``_likely`` and ``_high`` by `share_bounds`, and the percentage
        of each of `ANSWER_COLUMNS`. Percentages of nothing are NaN: a commune without a pixel
        stays, with area 0. Last the geometry.
    province
        A row per technology and operator, the same without code, name, people_factor and geometry.
    old_communes
        As `communes`, of the communes before the merger: counted where their areas are known, else
        today's figures split by people.
    """

    communes: gpd.GeoDataFrame
    province: pd.DataFrame
    old_communes: gpd.GeoDataFrame | None


def summarise_communes(judged: Judged, scene: "Scene") -> Scorecards:
    """Percent of area, people and places in each state and of each answer, per commune.

    What lies in a pixel belongs to the commune of its centre, so that the percentages of the states
    sum to 100, and communes, today's and old ones, to the province.

    Parameters
    ----------
    judged
        States, answers and chances of pixels, and the villages.
    scene
        Communes, their labels and all that lies in them, on the grid of what was judged.
    """
    communes, province = tally_communes(judged, scene)
    names = _Names(judged.state)
    return Scorecards(
        names.per_commune(scene.communes, communes),
        pd.DataFrame(names.of_layers() | _columns(province)),
        _old(names, communes, judged, scene),
    )


def _old(
    names: "_Names", communes: Tally, judged: Judged, scene: "Scene"
) -> gpd.GeoDataFrame | None:
    if scene.old is None:
        return None
    if scene.old.labels is not None:
        before = tally_communes(judged, scene.by_old_communes())[0]
    else:
        codes = scene.communes.sort_values("label")["code"].tolist()
        before = communes.split(scene.old.split(codes))
    return names.per_commune(scene.old.communes, before)


class _Names:
    """The technologies and operators of the layers, in the order of a tally."""

    def __init__(self, state: xr.DataArray) -> None:
        self.technologies = state["technology"].to_numpy()
        self.operators = state["operator"].to_numpy()

    def of_layers(self) -> dict[str, NDArray[np.str_]]:
        return {
            "technology": np.repeat(self.technologies, len(self.operators)),
            "operator": np.tile(self.operators, len(self.technologies)),
        }

    def per_commune(self, communes: gpd.GeoDataFrame, tally: Tally) -> gpd.GeoDataFrame:
        """A row per commune, technology and operator."""
        frame = communes.sort_values("label")
        layers = self.of_layers()
        commune = np.repeat(np.arange(len(frame)), len(layers["technology"]))
        told = [name for name in ("people_factor",) if name in frame]
        rows = {
            **{name: frame[name].to_numpy()[commune] for name in ("code", "name")},
            **{name: np.tile(values, len(frame)) for name, values in layers.items()},
            **{name: frame[name].to_numpy()[commune] for name in told},
            **_columns(tally),
        }
        geometry = frame.geometry.to_numpy()[commune]
        return gpd.GeoDataFrame(rows, geometry=geometry, crs=communes.crs)


def _columns(tally: Tally) -> dict[str, Table]:
    """Totals and percentages, flat."""
    columns = {_TOTALS.get(of, of): amount.sum(axis=-1) for of, amount in tally.states.items()}
    for of, amount in tally.states.items():
        percent = _percent(amount)
        columns |= _named(f"{of}_pct_", COUNTED_STATES, percent)
        columns[f"served_{of}_pct"] = percent[..., _SERVED].sum(axis=-1)
        if of not in _MEASURED:
            columns |= _named(f"{of}_", COUNTED_STATES, amount)
    for of, percent in tally.bounds.items():
        columns |= _named(f"served_{of}_pct_", BOUNDS, percent)
        columns |= _named(f"{of}_pct_", ANSWER_COLUMNS, _percent(tally.answers[of]))
    return {name: values.ravel() for name, values in columns.items()}


def _named(prefix: str, names: Iterable[str], values: Table) -> dict[str, Table]:
    return {f"{prefix}{name}": values[..., i] for i, name in enumerate(names)}


def _percent(amount: Table) -> Table:
    total = amount.sum(axis=-1, keepdims=True)
    percent = np.full_like(amount, np.nan)
    np.divide(100.0 * amount, total, out=percent, where=total > 0.0)
    return percent
