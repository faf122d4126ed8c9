"""What sites are placed for: how much each pixel weighs while it has no service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.state import STATES, is_served
from phusong.gaps.villages import village_pixels

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.geodata.scene import Scene

__all__ = ["DEMANDS", "Demand", "can_gain", "weigh_demand"]

DEMANDS: Final = ("people", "villages", "facilities", "road_km")

Floats = NDArray[np.float64]

_UNSERVED: Final = [STATES["none"], STATES["weak"], STATES["not_computed"]]


@dataclass(frozen=True, eq=False)
class Demand:
    """What a plan is to serve, for `phusong.propose_sites`.

    Attributes
    ----------
    of
        "people", "villages" (each counts one), "facilities" (each counts one) or "road_km"; or
        a DataArray (y, x) on the scene's grid with an amount of your own in each pixel, such as
        traffic in GB a day. Not negative, NaN counts as nothing.
    equity
        Factor by code of commune on what lies in it, 1 where not named; not negative.
    by_chance
        Weigh every pixel by the chance that it has no service now, rather than those that are
        unserved in full and the others not at all. What is served with the profile's probability
        then still counts a little: sums are expected amounts, not counts.
    """

    of: str | xr.DataArray = "people"
    equity: Mapping[str, float] = field(default_factory=dict)
    by_chance: bool = False

    @property
    def name(self) -> str:
        """What is counted, in a word."""
        return self.of if isinstance(self.of, str) else str(self.of.name or "demand")

    def problems(self, scene: "Scene") -> list[str]:
        """Why it cannot be used on a scene."""
        found = [*self._amount_problems(scene)]
        codes = set(scene.communes["code"])
        for code, factor in self.equity.items():
            if code not in codes:
                found.append(f"demand: equity names {code!r}, which is no commune of the scene")
            if not 0.0 <= factor < np.inf:
                found.append(f"demand: equity of {code!r} is {factor!r}: give 0 or more")
        return found

    def _amount_problems(self, scene: "Scene") -> list[str]:
        if not isinstance(self.of, str):
            return _raster_problems(self.of, scene)
        if self.of not in DEMANDS:
            return [f"demand of {self.of!r} is unknown; there are: {', '.join(DEMANDS)}"]
        lacking = {"facilities": scene.facilities, "road_km": scene.road_km}
        if self.of in lacking and lacking[self.of] is None:
            return [f"demand of {self.of!r}: the scene has none; open it with them"]
        return []


def weigh_demand(gaps: "Gaps", operator: str, technology: str, demand: Demand) -> Floats:
    """Amount in each pixel that a new site could newly serve, weighed; 0 outside the communes.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`.
    operator, technology
        Whose service counts.
    demand
        What is counted, without `Demand.problems`.

    Returns
    -------
    ndarray
        float64 (y, x).
    """
    scene = gaps.coverage.scene
    amount = _amounts(scene, demand.of) * _factors(scene, demand.equity)
    at = {"operator": operator, "technology": technology}
    if not demand.by_chance:
        return np.where(can_gain(gaps, operator, technology), amount, 0.0)
    unserved = 1.0 - np.nan_to_num(gaps.chance.sel(at).to_numpy().astype(np.float64))
    return np.where(_could_hold(gaps, operator, technology), amount * unserved, 0.0)


def can_gain(gaps: "Gaps", operator: str, technology: str) -> NDArray[np.bool_]:
    """Pixels without service where a new cell could bring it."""
    state = gaps.state.sel(operator=operator, technology=technology).to_numpy()
    return np.isin(state, _UNSERVED) & _could_hold(gaps, operator, technology)


def _could_hold(gaps: "Gaps", operator: str, technology: str) -> NDArray[np.bool_]:
    """In a commune; for a non-standalone 5G also where the operator's 4G serves."""
    inside = gaps.coverage.scene.commune_labels.to_numpy() > 0
    if technology == "5G" and operator in gaps.nsa:
        anchor = gaps.state.sel(operator=operator, technology="4G").to_numpy()
        inside = inside & is_served(anchor)
    return np.asarray(inside)


def _amounts(scene: "Scene", of: str | xr.DataArray) -> Floats:
    if not isinstance(of, str):
        return np.nan_to_num(of.to_numpy().astype(np.float64))
    if of == "people":
        return np.nan_to_num(scene.people.to_numpy().astype(np.float64))
    if of == "road_km":
        return np.asarray(scene.road_km, dtype=np.float64)
    return _counted(scene, scene.villages if of == "villages" else scene.facilities)


def _counted(scene: "Scene", places: Any) -> Floats:
    pixel = village_pixels(places, scene)
    shape = scene.grid.shape
    counts = np.bincount(pixel[pixel >= 0], minlength=int(np.prod(shape)))
    return counts.reshape(shape).astype(np.float64)


def _factors(scene: "Scene", equity: Mapping[str, float]) -> Floats:
    factor = np.ones(int(scene.communes["label"].max()) + 1)
    for code, label in zip(scene.communes["code"], scene.communes["label"], strict=True):
        factor[int(label)] = equity.get(str(code), 1.0)
    return np.asarray(factor[scene.commune_labels.to_numpy()])


def _raster_problems(raster: xr.DataArray, scene: "Scene") -> list[str]:
    if raster.shape != tuple(scene.grid.shape):
        return [
            f"demand: the raster has {raster.shape} pixels, the scene's grid "
            f"{tuple(scene.grid.shape)}: give it on scene.grid, as with .odc.reproject(scene.grid)"
        ]
    if raster.odc.geobox is not None and raster.odc.geobox != scene.grid:
        return ["demand: the raster is on another grid: bring it onto scene.grid first"]
    values = raster.to_numpy()
    bad = int((np.isinf(values) | (values < 0)).sum())
    return [f"demand: {bad} pixel(s) are negative or infinite"] if bad else []
