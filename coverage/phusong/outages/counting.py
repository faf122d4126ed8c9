"""Tables of a scenario: who has lost service by each time, by operator, technology and commune."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.outages.lasting import Amounts, People

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = [
    "NOT_LOST",
    "NOT_SERVED",
    "PERSON_HOURS",
    "Scenario",
    "commune_rows",
    "loss_rows",
    "village_rows",
]

COMMUNE_SHARE: Final = 0.5
"""A commune has lost service when this share of its people who had it have."""

NOT_LOST: Final = 254
NOT_SERVED: Final = 255
"""Codes of `Resilience.first_lost` beside the places among the times."""

PERSON_HOURS: Final = (
    "lost_people_hours",
    "lost_people_hours_roaming",
    "unserved_people_hours",
    "unserved_people_hours_roaming",
)
"""Columns of people-hours; with roaming any operator serves everybody."""

_LAST: Final = -1  # any operator and any technology stand behind the others


@dataclass(frozen=True, eq=False)
class Scenario:
    """One scenario's hours of service, to be counted.

    Attributes
    ----------
    name
        Of the scenario.
    operators, technologies
        Of the layers, each with "any" at its end.
    hours
        float32 (operator, technology, pixel) from `hours_of_service`.
    times_h
        float32, rising.
    people
        On the pixels.
    """

    name: str
    operators: list[str]
    technologies: list[str]
    hours: NDArray[np.float32]
    times_h: NDArray[np.float32]
    people: People

    def own(self, operator: int, technology: int) -> Amounts:
        """Lost by an operator's customers who have no other network."""
        return self.people.lost_by(self.hours[operator, technology], self.times_h)

    def roaming(self, operator: int, technology: int) -> Amounts:
        """Lost by them where any operator serves them."""
        return self.people.lost_by(self._roaming_hours(operator, technology), self.times_h)

    def person_hours(self, shares: Mapping[str, float]) -> dict[str, float]:
        """People-hours without any service up to the last time, by the operators' shares.

        ``lost_people_hours`` are of those who had service, ``unserved_people_hours`` of all people,
        which is the figure that a new site can only lessen.
        """
        until_h, lost_hours = float(self.times_h[-1]), self.people.lost_hours
        sums = dict.fromkeys(PERSON_HOURS, 0.0)
        anyone = lost_hours(self.hours[_LAST, _LAST], until_h, never_served=True)
        for operator, share in shares.items():
            number = self.operators.index(operator)
            own = self.hours[number, _LAST]
            each = (
                lost_hours(own, until_h),
                lost_hours(self._roaming_hours(number, _LAST), until_h),
                lost_hours(own, until_h, never_served=True),
                anyone,
            )
            for name, value in zip(PERSON_HOURS, each, strict=True):
                sums[name] += share * value
        return sums

    def first_lost(self) -> NDArray[np.uint8]:
        """Which of the times is the first without any service, (operator, pixel)."""
        hours = self.hours[:, _LAST]
        step = np.searchsorted(self.times_h, hours).astype(np.uint8)
        step[step == self.times_h.size] = NOT_LOST
        step[np.isnan(hours)] = NOT_SERVED
        return step

    def _roaming_hours(self, operator: int, technology: int) -> NDArray[np.float32]:
        had = ~np.isnan(self.hours[operator, technology])
        return np.where(had, self.hours[_LAST, technology], np.float32(np.nan))


def loss_rows(of: Scenario) -> pd.DataFrame:
    """A row per time, operator and technology, any of them last."""
    rows: list[dict[str, Any]] = []
    layers = product(enumerate(of.operators), enumerate(of.technologies))
    for (o, operator), (t, technology) in layers:
        own, roaming = of.own(o, t), of.roaming(o, t)
        for k, time_h in enumerate(of.times_h.tolist()):
            names = {"operator": operator, "technology": technology}
            rows.append({"time_h": time_h} | names | _sums(own, roaming, k))
    table = pd.DataFrame(rows)
    table.insert(0, "scenario", of.name)
    return table.sort_values("time_h", kind="stable", ignore_index=True)


def commune_rows(of: Scenario, scene: "Scene") -> pd.DataFrame:
    """A row per time, operator and commune: people, area and villages that lose any service."""
    communes = scene.communes.sort_values("label")
    amounts = [(of.own(o, _LAST), of.roaming(o, _LAST)) for o in range(len(of.operators))]
    parts = []
    cases = product(enumerate(of.times_h.tolist()), zip(of.operators, amounts, strict=True))
    for (k, time_h), (operator, (own, roaming)) in cases:
        columns: dict[str, Any] = {
            "scenario": of.name,
            "time_h": time_h,
            "operator": operator,
            "code": communes["code"].to_numpy(),
            "name": communes["name"].to_numpy(),
            "served_people": own.people[:, -1],
            "lost_people": own.people[:, k],
            "lost_people_roaming": roaming.people[:, k],
            "lost_people_pct": _percent(own.people[:, k], own.people[:, -1]),
            "lost_area_km2": own.area_km2[:, k],
            "lost_villages": own.villages[:, k].astype(np.int64),
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def village_rows(of: Scenario, scene: "Scene") -> gpd.GeoDataFrame:
    """The villages at whose points no operator serves any more, and from which hour on."""
    columns = ["code", "name", "people", "grid_power"]
    villages = scene.villages
    if villages is None:
        names = ["scenario", *columns, "lost_at_h"]
        return gpd.GeoDataFrame(columns=names, geometry=[], crs=scene.communes.crs)
    at = of.people.village_at
    hours = np.where(at >= 0, of.hours[_LAST, _LAST, at], np.nan)
    lost = hours <= of.times_h[-1]
    table = villages.reindex(columns=[*columns, "geometry"])[lost].reset_index(drop=True)
    table.insert(0, "scenario", of.name)
    table.insert(len(columns) + 1, "lost_at_h", hours[lost])
    return table


def _sums(own: Amounts, roaming: Amounts, k: int) -> dict[str, Any]:
    lost, had = own.people.sum(axis=0), own.people[:, -1]
    share = _percent(own.people[:, k], had)
    return {
        "served_people": lost[-1],
        "lost_people": lost[k],
        "lost_people_pct": float(_percent(lost[k : k + 1], lost[-1:])[0]),
        "lost_people_roaming": roaming.people.sum(axis=0)[k],
        "lost_area_km2": own.area_km2.sum(axis=0)[k],
        "lost_villages": int(own.villages.sum(axis=0)[k]),
        "lost_villages_roaming": int(roaming.villages.sum(axis=0)[k]),
        "lost_communes": int((share >= 100.0 * COMMUNE_SHARE).sum()),
    }


def _percent(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN of nothing."""
    nothing = np.full(whole.shape, np.nan)
    return np.asarray(100.0 * np.divide(part, whole, out=nothing, where=whole > 0))
