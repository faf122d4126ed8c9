"""The result of an assessment of outages."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from phusong.errors import InputError
from phusong.gaps.spot_shapes import outlines_of
from phusong.gaps.state import ANY
from phusong.outages.counting import NOT_LOST, PERSON_HOURS
from phusong.outages.rules import HazardRules

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["Resilience"]

_KEYS = ["scenario", "time_h", "operator", "technology"]


@dataclass(frozen=True, eq=False, repr=False)
class Resilience:
    """Who loses service in outages, from `phusong.assess_resilience`.

    Attributes
    ----------
    scenarios
        A row per scenario: scenario, hazards, probability (of a year, NaN where not stated),
        failed_sites, lost_people and lost_people_pct (any operator and technology, at the last
        time), and people-hours up to the last time, where each operator's customers count by its
        share of the market: lost_people_hours of those who had service, unserved_people_hours of
        all, both also with ``_roaming``.
    losses
        A row per scenario, time, operator and technology, "any" among both: served_people,
        lost_people and lost_people_pct (of those that the operator served, without roaming),
        lost_people_roaming (where no operator serves them), lost_area_km2, lost_villages,
        lost_villages_roaming, lost_communes (where half of the served people or more lost it).
    communes
        A row per scenario, time, operator and commune, of any technology.
    sites
        Sites that fail, by scenario: operator, site_id, structure, autonomy_h, failed_by
        ("equipment", "line", "power", "parent"), hazard, fails_at_h, via, geometry.
    villages
        Those at whose points no operator serves any more, by scenario, with lost_at_h.
    masts
        Each mast alone out, by operator: see `phusong.outages.single.single_failures`.
    first_lost
        uint8 (scenario, operator, y, x): which of `times_h` is the first without service of any
        technology; 254 where it stays, 255 where there was none.
    masts_serving
        uint16 (operator, y, x): how many masts serve by any technology.
    times_h, market_shares, rules
        By which it was made.
    findings
        What was assumed, mended and left out.
    scene
        Of the coverage.
    """

    scenarios: pd.DataFrame
    losses: pd.DataFrame
    communes: pd.DataFrame
    sites: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    masts: gpd.GeoDataFrame
    first_lost: xr.DataArray
    masts_serving: xr.DataArray
    times_h: tuple[float, ...]
    market_shares: Mapping[str, float]
    rules: HazardRules
    findings: pd.DataFrame
    scene: "Scene"

    @property
    def expected(self) -> pd.DataFrame:
        """People who lose service in a year, on average over the scenarios with a probability.

        A row per time, operator and technology: lost_people and lost_people_roaming. Scenarios are
        taken for events of their own, whose expected losses add up.
        """
        chance = self.losses["scenario"].map(self._probability)
        columns = ["lost_people", "lost_people_roaming"]
        table = self.losses[_KEYS[1:]].join(self.losses[columns].mul(chance, axis=0))
        return table.dropna().groupby(_KEYS[1:], sort=False).sum().reset_index()

    def score(self, *, roaming: bool = False) -> float:
        """Expected people-hours lost in a year, up to the last time after each event.

        NaN where no scenario has a probability. Who has no service cannot lose it: to weigh a plan
        that serves more people, see `compare`.

        Parameters
        ----------
        roaming
            Whether any operator serves everybody in an emergency.
        """
        lost = self.scenarios[f"lost_people_hours{'_roaming' * roaming}"]
        return float((lost * self.scenarios["probability"]).sum(min_count=1))

    def compare(self, after: "Resilience") -> pd.DataFrame:
        """Hold this network and a changed one under the same scenarios.

        Parameters
        ----------
        after
            Assessed with the same hazards and times, such as of a plan.

        Returns
        -------
        DataFrame
            A row per scenario: scenario, probability, and lost_people and each of the people-hours
            of this one (``before_``), of the other (``after_``), and what is won by it (``won_``).
            A new site lessens unserved_people_hours or leaves them; of those to whom it brings
            service some may lose it, so that lost_people_hours may rise.

        Raises
        ------
        InputError
            When times or scenarios differ.
        """
        problems = []
        if self.times_h != after.times_h:
            problems.append(
                f"its times are {after.times_h}, not {self.times_h}: assess it by these"
            )
        ours, theirs = (each.scenarios.set_index("scenario") for each in (self, after))
        if set(ours.index) != set(theirs.index):
            told = ", ".join(sorted(set(ours.index) ^ set(theirs.index)))
            problems.append(f"scenarios of one alone: {told}: assess both by the same hazards")
        if problems:
            raise InputError("after", problems)
        table = ours[["probability"]].copy()
        for name in ("lost_people", *PERSON_HOURS):
            table[f"before_{name}"], table[f"after_{name}"] = ours[name], theirs[name]
            table[f"won_{name}"] = ours[name] - theirs[name]
        return table.reset_index()

    def single_mast_people(self, operator: str = ANY) -> xr.DataArray:
        """People of each pixel that one mast alone serves, float64 (y, x): demand for a second one.

        Parameters
        ----------
        operator
            Whose service; by default any operator's.
        """
        self._require(operator)
        alone = self.masts_serving.sel(operator=operator, drop=True) == 1
        people = self.scene.people.where(alone, 0.0)
        return people.rename("single_mast_people").assign_attrs(units="person")

    def areas(self, operator: str = ANY) -> gpd.GeoDataFrame:
        """Where an operator's people lose service, by the first of the times without it.

        Returns
        -------
        GeoDataFrame
            In the grid's reference system: scenario, operator, time_h, people, area_km2, geometry
            (MultiPolygon).
        """
        self._require(operator)
        parts = [self._areas(name, operator) for name in self.scenarios["scenario"]]
        if not parts:
            columns = ["scenario", "operator", "time_h", "people", "area_km2"]
            crs = str(self.scene.grid.crs)
            return gpd.GeoDataFrame(columns=columns, geometry=[], crs=crs)
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))

    def _areas(self, scenario: str, operator: str) -> gpd.GeoDataFrame:
        step = self.first_lost.sel(scenario=scenario, operator=operator).to_numpy()
        lost = step < NOT_LOST
        steps, place = np.unique(step[lost], return_inverse=True)
        number = np.zeros(step.shape, dtype=np.int32)
        number[lost] = place + 1
        people = np.bincount(place, self.scene.people.to_numpy()[lost], steps.size)
        shapes: Any = outlines_of(number, self.scene) if steps.size else []
        columns = {
            "scenario": scenario,
            "operator": operator,
            "time_h": np.array(self.times_h)[steps],
            "people": people,
            "area_km2": np.bincount(place, minlength=steps.size) * self.scene.pixel_area_km2,
        }
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=str(self.scene.grid.crs))

    @property
    def _probability(self) -> "pd.Series[float]":
        return self.scenarios.set_index("scenario")["probability"]

    def _require(self, operator: str) -> None:
        known = [str(name) for name in self.masts_serving["operator"].to_numpy()]
        if operator not in known:
            problem = f"no operator {operator!r}; there are: {', '.join(known)}"
            raise InputError("resilience", [problem])

    def _heading(self) -> str:
        whole = self.masts[self.masts["operator"] == ANY]
        alone = float(self.single_mast_people().sum())
        worst = f", at most {whole['lost_people'].max():,.0f} by one mast" if len(whole) else ""
        return (
            f"Resilience under {len(self.scenarios)} scenario(s) at "
            f"{', '.join(f'{time:g}' for time in self.times_h)} h; {alone:,.0f} people depend on "
            f"one mast{worst}"
        )

    def _shown(self) -> pd.DataFrame:
        whole = self.losses[(self.losses["operator"] == ANY) & (self.losses["technology"] == ANY)]
        table = whole.pivot_table(
            index="scenario", columns="time_h", values="lost_people", sort=False
        )
        table.columns = [f"lost_people_{time:g}h" for time in table.columns]
        return self.scenarios.set_index("scenario")[["probability", "failed_sites"]].join(table)

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self._shown().round(2).to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>{self._shown().round(2).to_html(escape=True)}"
