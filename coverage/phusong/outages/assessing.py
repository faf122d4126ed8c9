"""The door: a network, or a plan's, against hazards, power cuts and the loss of single masts."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.xr import xr_coords

from phusong.errors import InputError
from phusong.gaps.state import ANY
from phusong.geodata.findings import Findings
from phusong.outages.backhaul import Feeds, read_feeds
from phusong.outages.counting import (
    NOT_SERVED,
    PERSON_HOURS,
    Scenario,
    commune_rows,
    loss_rows,
    village_rows,
)
from phusong.outages.failing import Failures, failures_in
from phusong.outages.hazards import Hazards, read_hazards
from phusong.outages.lasting import People, hours_of_service
from phusong.outages.reach import Reach, reach_of
from phusong.outages.resilience import Resilience
from phusong.outages.rules import Autonomy, HazardRules
from phusong.outages.single import masts_serving, single_failures
from phusong.outages.sites import Sites

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network

__all__ = ["assess_resilience", "check_resilience"]

_SCENARIO_COLUMNS: Final = [
    "scenario",
    "hazards",
    "probability",
    "failed_sites",
    "lost_people",
    "lost_people_pct",
    *PERSON_HOURS,
]


def assess_resilience(
    gaps: "Gaps",
    hazards: "Hazards | None" = None,
    *,
    times_h: Sequence[float] = (0.0, 6.0, 24.0),
    autonomy_h: Autonomy | float | Mapping[str, float] | None = None,
    backhaul: str | os.PathLike[str] | pd.DataFrame | None = None,
    rules: HazardRules | str | os.PathLike[str] | None = None,
    market_shares: Mapping[str, float] | None = None,
    store: Path | str | None = None,
    progress: bool = True,
) -> Resilience:
    """Tell who loses service in floods, slides, storms and power cuts, and when one mast fails.

    One pass over the masts' path loss finds which pixels each site serves; then every scenario,
    time and single failure is told from that. A pixel has service as long as one of the cells that
    reach its threshold works. Nothing is repaired within the times asked for.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`; of a plan, on its network: then its new sites count too.
    hazards
        Areas: a file or GeoDataFrame with a column ``hazard``, or several by the kind of hazard
        ("flood", "landslide", "storm", "power_cut", in English or Vietnamese). Columns that may be
        there: ``scenario``, ``probability`` or ``return_period_years``, ``depth_m``. None: masts
        one by one only.
    times_h
        Hours after the event, from 0.
    autonomy_h
        How long sites work without the grid (h) where the station table's column ``autonomy_h``
        does not say: one number, or by structure; by default ``tables/autonomy.csv``.
    backhaul
        A table of ``from`` and ``to``, or its CSV file: sites and those that feed them, which take
        them along unless another one is left. By default the station table's ``backhaul_via``.
    rules
        A CSV file of what each hazard does to which structure from which depth on; by default
        ``tables/hazard_rules.csv``.
    market_shares
        Share of the people who are each operator's customers, for people-hours; by default all
        alike.
    store
        Path-loss store of the coverage: then no path loss is computed again.
    progress
        Show a progress bar.

    Returns
    -------
    Resilience

    Raises
    ------
    InputError
        On areas, rules, tables, times and shares that cannot be used.
    MemoryLimitError, OSError
        As `phusong.predict`.
    """
    times = _checked_times(times_h)
    table, findings = HazardRules.of(rules), Findings()
    coverage, autonomy = gaps.coverage, Autonomy.of(autonomy_h)
    shares = _checked_shares(market_shares, gaps.yardstick.operators)
    crs = str(coverage.scene.grid.crs)
    sites = Sites.of(coverage.network, autonomy, crs, findings)
    feeds = read_feeds(backhaul, coverage.network, sites, findings)
    areas = None
    if hazards is not None:
        areas = read_hazards(hazards, table, coverage.scene.grid, sites.points, findings)
    _note_quality(gaps, findings)
    reach = reach_of(gaps, sites, store, progress=progress)
    assessment = _Assessment(gaps, sites, feeds, reach, times, shares)
    return assessment.result(areas, table, findings)


def check_resilience(
    scene: "Scene",
    network: "Network",
    *,
    hazards: "Hazards | None" = None,
    times_h: Sequence[float] = (0.0,),
    autonomy_h: Autonomy | float | Mapping[str, float] | None = None,
    backhaul: str | os.PathLike[str] | pd.DataFrame | None = None,
    rules: HazardRules | str | os.PathLike[str] | None = None,
) -> None:
    """Refuse what `assess_resilience` would refuse, before anything is predicted.

    Raises
    ------
    InputError
        As `assess_resilience`.
    """
    _checked_times(times_h)
    table, findings = HazardRules.of(rules), Findings()
    sites = Sites.of(network, Autonomy.of(autonomy_h), str(scene.grid.crs), findings)
    read_feeds(backhaul, network, sites, findings)
    if hazards is not None:
        read_hazards(hazards, table, scene.grid, sites.points, findings)


@dataclass(frozen=True, eq=False)
class _Assessment:
    """All that scenarios are told from."""

    gaps: "Gaps"
    sites: Sites
    feeds: Feeds
    reach: Reach
    times_h: tuple[float, ...]
    shares: Mapping[str, float]

    def result(
        self, areas: gpd.GeoDataFrame | None, rules: HazardRules, findings: Findings
    ) -> Resilience:
        scene = self.gaps.coverage.scene
        people = People.of(scene, self.reach.served.inside)
        told = []
        groups = [] if areas is None else areas.groupby("scenario", sort=False)
        for name, those in groups:
            failures = failures_in(those, self.sites, rules, self.feeds)
            told.append(self._told(str(name), those, failures, people))
        return Resilience(
            scenarios=pd.DataFrame([each["scenario"] for each in told], columns=_SCENARIO_COLUMNS),
            first_lost=self._layers(told),
            masts=single_failures(self.reach, self.sites, self.feeds, people),
            masts_serving=self._masts_serving(),
            times_h=self.times_h,
            market_shares=self.shares,
            rules=rules,
            findings=findings.frame(),
            scene=scene,
            **self._tables(told, people),
        )

    def _told(
        self, name: str, areas: gpd.GeoDataFrame, failures: Failures, people: People
    ) -> dict[str, Any]:
        of = self._scenario(name, hours_of_service(self.reach, failures.fails_at_h), people)
        scene, until_h = self.gaps.coverage.scene, self.times_h[-1]
        losses, failed = loss_rows(of), failures.table(self.sites, until_h)
        failed.insert(0, "scenario", name)
        whole = losses[(losses["operator"] == ANY) & (losses["technology"] == ANY)].iloc[-1]
        return {
            "losses": losses,
            "communes": commune_rows(of, scene),
            "sites": failed,
            "villages": village_rows(of, scene),
            "layer": of.first_lost(),
            "scenario": {
                "scenario": name,
                "hazards": ", ".join(sorted(set(areas["hazard"]))),
                "probability": float(areas["probability"].iloc[0]),
                "failed_sites": len(failed),
                "lost_people": whole["lost_people"],
                "lost_people_pct": whole["lost_people_pct"],
                **of.person_hours(self.shares),
            },
        }

    def _scenario(self, name: str, hours: Any, people: People) -> Scenario:
        served = self.reach.served
        operators, technologies = [*served.operators, ANY], [*served.technologies, ANY]
        times_h = np.array(self.times_h, dtype=np.float32)
        return Scenario(name, operators, technologies, hours, times_h, people)

    def _tables(self, told: list[dict[str, Any]], people: People) -> dict[str, Any]:
        """Tables of all scenarios; of none, with the same columns."""
        names = ("losses", "communes", "sites", "villages")
        if told:
            return {
                name: pd.concat([each[name] for each in told], ignore_index=True) for name in names
            }
        served = self.reach.served
        shape = len(served.operators) + 1, len(served.technologies) + 1, served.inside.size
        of = self._scenario("", np.full(shape, np.nan, dtype=np.float32), people)
        scene, count = self.gaps.coverage.scene, len(self.sites)
        nothing = np.full(count, "", dtype=object)
        none = Failures(np.full(count, np.inf), nothing, nothing, np.full(count, -1))
        failed = none.table(self.sites, 0.0)
        failed.insert(0, "scenario", "")
        tables = loss_rows(of), commune_rows(of, scene), failed, village_rows(of, scene)
        return {name: table.iloc[:0] for name, table in zip(names, tables, strict=True)}

    def _layers(self, told: list[dict[str, Any]]) -> xr.DataArray:
        grid, served = self.gaps.coverage.scene.grid, self.reach.served
        operators = [*served.operators, ANY]
        shape = len(told), len(operators), math.prod(grid.shape)
        codes = np.full(shape, NOT_SERVED, dtype=np.uint8)
        for number, each in enumerate(told):
            codes[number][:, served.inside] = each["layer"]
        coords = {
            "scenario": [each["scenario"]["scenario"] for each in told],
            "operator": operators,
            **xr_coords(grid),
        }
        dims = ("scenario", "operator", "y", "x")
        layers = codes.reshape(*shape[:2], *grid.shape)
        attributes = {"long_name": "first time without service", "times_h": list(self.times_h)}
        return xr.DataArray(layers, coords, dims, "first_lost", attributes)

    def _masts_serving(self) -> xr.DataArray:
        scene = self.gaps.coverage.scene
        layers = masts_serving(self.reach, self.sites, scene)
        coords = {"operator": list(layers), **xr_coords(scene.grid)}
        attributes = {"long_name": "masts that serve", "units": "1"}
        values = np.stack(list(layers.values()))
        return xr.DataArray(values, coords, ("operator", "y", "x"), "masts_serving", attributes)


def _checked_times(times_h: Sequence[float]) -> tuple[float, ...]:
    times = tuple(sorted({float(time) for time in times_h}))
    if not times or not all(math.isfinite(time) and time >= 0.0 for time in times):
        raise InputError("times_h", [f"{list(times_h)}: give hours from 0, such as 0, 6, 24"])
    return times


def _checked_shares(
    given: Mapping[str, float] | None, operators: Sequence[str]
) -> Mapping[str, float]:
    """Shares of the operators, made to sum to 1."""
    shares = dict.fromkeys(operators, 1.0) if given is None else dict(given)
    problems = [f"no operator {name!r} in the network" for name in shares if name not in operators]
    problems += [f"no share of {name!r}: give one" for name in operators if name not in shares]
    problems += [
        f"{name}: {share!r}: give a share from 0"
        for name, share in shares.items()
        if isinstance(share, bool) or not (isinstance(share, int | float) and 0 <= share < math.inf)
    ]
    if not problems and not sum(shares.values()) > 0:
        problems.append("all shares are 0: give one above it")
    if problems:
        raise InputError("market_shares", problems)
    whole = sum(shares.values())
    return {name: shares[name] / whole for name in operators}


def _note_quality(gaps: "Gaps", findings: Findings) -> None:
    if gaps.profile.asks_for_quality:
        findings.add(
            source="service",
            severity="warning",
            reason="in an outage service is told by levels alone: neither the interference that "
            "falls nor the load that rises is reckoned",
        )
