"""The door of the planning floor: `propose_sites`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from phusong.errors import InputError
from phusong.gaps.state import ANY
from phusong.planning.candidate_settings import CandidateSettings
from phusong.planning.costs import CostTable
from phusong.planning.demand import Demand, weigh_demand
from phusong.planning.footprints import Footprint, NewCells
from phusong.planning.over_years import Choice, with_duties, with_ledger, with_years
from phusong.planning.plan import Plan
from phusong.planning.plan_tables import Amounts, make_plan
from phusong.planning.points import demand_points
from phusong.planning.rules import SitingRules, rule_problems
from phusong.planning.sectors import refine_sectors
from phusong.planning.solving import solve
from phusong.planning.weighing import Ground, Weighed, find_places, siting_problem, weigh

if TYPE_CHECKING:
    import xarray as xr

    from phusong.gaps.finding import Gaps
    from phusong.geodata.stations import Network
    from phusong.planning.backhaul_settings import BackhaulSettings
    from phusong.planning.budgets import Budgets
    from phusong.planning.given_table import Given
    from phusong.planning.points import Targets
    from phusong.planning.problem import SitingProblem, Solution
    from phusong.prediction.coverage import Coverage
    from phusong.prediction.settings import PredictSettings
    from phusong.radio.service import ServiceProfile

__all__ = ["check_new_cells", "levels_only_problems", "propose_sites"]

USUAL_AZIMUTHS_DEG = (0.0, 120.0, 240.0)
TIME_LIMIT_S = 60.0


def propose_sites(
    coverage: "Coverage",
    gaps: "Gaps",
    *,
    technology: str = "5G",
    operator: str,
    count: int | None = None,
    budget: float | None = None,
    targets: "Targets | None" = None,
    demand: "Demand | str | xr.DataArray" = "people",
    rules: SitingRules | None = None,
    candidates: CandidateSettings | Sequence[str] | None = None,
    costs: "CostTable | str | Path | None" = None,
    backhaul: "BackhaulSettings | None" = None,
    fibre_points: gpd.GeoDataFrame | None = None,
    roads: "str | Path | gpd.GeoDataFrame | None" = None,
    budgets: "Budgets | None" = None,
    duties: "Given | None" = None,
    azimuths_deg: Sequence[float] | None = None,
    radio: Mapping[str, float | str] | None = None,
    range_km: float | None = None,
    footprint: Footprint | None = None,
    store: Path | str | None = None,
    time_limit_s: float = TIME_LIMIT_S,
    progress: bool = True,
) -> Plan:
    """Propose where an operator's next sites of a technology should stand.

    Candidates are the masts of every operator (to lease rather than build), then high ground and
    centres of unserved people. Each is given new cells like the operator's usual ones, and its
    level is predicted as the coverage was. A pixel without basic service now, or without a
    computed level, counts as newly served where a site reaches the basic threshold with the
    profile's probability. A non-standalone 5G (`Gaps.nsa`) can newly serve only where the
    operator's 4G does.

    Asked is either for the most that a number of sites, or a budget, can newly serve; or, with
    ``targets``, for the least cost that reaches them. The plan says how far at most any other
    choice of these candidates, with their sectors as first aimed and under these rules, could be
    better; then the sectors of the chosen sites are turned once more, together.

    Parameters
    ----------
    coverage, gaps
        From `phusong.predict` and `phusong.find_gaps`.
    technology, operator
        What is planned, and for whom; both must be in the gaps.
    count
        Sites at most, at least 1; fewer are proposed where no further one serves anyone new.
    budget
        Present value of the sites at most, in the currency of ``costs``, which it needs.
    targets
        A table as of `phusong.check_targets` (this technology's rows count), "villages" for every
        village without service, or names of villages.
    demand
        What is to be newly served: "people", "villages", "facilities", "road_km", a raster of your
        own, or a `phusong.planning.Demand` with equity weights.
    rules
        What the plan must keep to (see `phusong.planning.SitingRules`).
    candidates
        Kinds, spacing, your own list and more, or kinds alone.
    costs
        What sites cost: `phusong.planning.CostTable`, its file, or the name of a built-in one.
        Without, no money is told.
    backhaul
        How sites may be connected; one that cannot be is not proposed. Without, it is not asked.
    fibre_points, roads
        For the backhaul: where fibre is, and lines along which it can be laid.
    budgets
        Money or sites by year (`phusong.planning.Budgets`): puts the sites into years.
    duties
        Table of duties (`phusong.planning.read_duties`), which the years keep, or that are judged.
    azimuths_deg
        One cell for each azimuth, degrees from true north, 0 to below 360. Without, three sectors
        are turned, and tilted, at each candidate as serves most unserved people there; those of a
        ``footprint`` of your own look to 0, 120 and 240.
    radio
        Parameters of the new cells by column of a station table, such as ``power_dbm``, in place
        of the operator's usual ones. Their ``antenna`` is that of most of its cells; "" takes the
        beamwidths.
    range_km
        How far from a new site its level is computed (km); as far as in the coverage by default.
        The time it takes falls with the cube of the range, and people beyond it are not counted.
    footprint
        How a site's levels are computed; the prediction engine by default.
    store
        Folder to keep the candidates' path loss in, as of `phusong.predict`: a run that was
        interrupted goes on.
    time_limit_s
        How long a better choice, and a closer bound, are looked for (s).
    progress
        Show a progress bar.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        For unknown names and unusable values, all of them at once; for gaps by a profile that
        asks for more than levels, which new sites are not judged by; where the operator has no
        cell of the technology and ``radio`` does not say what one is; without any candidate.
    InfeasibleError
        Where no choice keeps the rules or reaches the targets; says which, and by how much.
    MemoryLimitError
        When the footprints might not fit into the memory that is free.
    """
    wished = demand if isinstance(demand, Demand) else Demand(demand)
    kept, wanted = rules or SitingRules(), _candidate_settings(candidates)
    _check_names(coverage, gaps, technology, operator)
    _check_values(
        [
            *_asked_problems(count, budget, targets, costs, wished),
            *wished.problems(coverage.scene),
            *rule_problems(kept, coverage.scene),
            *wanted.problems(coverage.scene),
            *_azimuth_problems(azimuths_deg),
        ]
    )
    table = costs if costs is None or isinstance(costs, CostTable) else CostTable.read(costs)
    ground = _ground(coverage, gaps, technology, operator, azimuths_deg, radio, range_km, store)
    points = demand_points(
        gaps,
        operator,
        technology,
        wished,
        servers=kept.servers,
        least_level_dbm=ground.least_level_dbm,
        targets=targets,
    )
    weighed = weigh(
        ground,
        points,
        find_places(ground, points, wanted),
        footprint=footprint,
        costs=table,
        backhaul=backhaul,
        fibre_points=fibre_points,
        roads=roads,
        progress=progress,
    )
    communes = coverage.scene.communes
    problem = siting_problem(
        weighed,
        kept,
        wanted,
        names=dict(zip(communes["code"], communes["name"], strict=True)),
        count=count,
        budget=budget,
        least_cost=targets is not None,
    )
    solution = solve(problem, time_limit_s=time_limit_s, progress=progress)
    weighed, solution = _refined(weighed, problem, solution)
    people = Demand("people", by_chance=wished.by_chance)
    amounts = Amounts(weighed, weigh_demand(gaps, operator, technology, people))
    plan = make_plan(
        ground,
        weighed,
        solution,
        amounts,
        asked=_asked(count, budget, targets, wished),
        unit=_unit(wished, table, targets),
        forced=0.0 if targets is not None else points.forced,
        costs=table,
    )
    choice = Choice(ground, weighed, problem, solution, amounts)
    if table is not None:
        plan = with_ledger(plan, choice, table)
    if budgets is not None:
        return with_years(plan, choice, gaps, budgets, duties)
    return plan if duties is None else with_duties(plan, choice, gaps, duties)


def _candidate_settings(
    given: CandidateSettings | Sequence[str] | None,
) -> CandidateSettings:
    if given is None:
        return CandidateSettings()
    return given if isinstance(given, CandidateSettings) else CandidateSettings(tuple(given))


def _ground(
    coverage: "Coverage",
    gaps: "Gaps",
    technology: str,
    operator: str,
    azimuths_deg: Sequence[float] | None,
    radio: Mapping[str, float | str] | None,
    range_km: float | None,
    store: Path | str | None,
) -> Ground:
    usual = USUAL_AZIMUTHS_DEG if azimuths_deg is None else azimuths_deg
    cells = coverage.network.cells
    new = NewCells.like_existing(cells, operator, technology, usual, radio or {})
    return Ground(
        coverage,
        _with_range(coverage.settings, technology, range_km),
        new,
        _least_level_dbm(gaps, technology, float(new.radio["frequency_mhz"])),
        azimuths_deg,
        "electrical_tilt_deg" in (radio or {}),
        store,
    )


def _refined(
    weighed: Weighed, problem: "SitingProblem", solution: "Solution"
) -> tuple[Weighed, "Solution"]:
    """Turn the chosen sites' sectors together; not where rules say which points they must serve."""
    search = weighed.search
    if search is None or problem.targets or len(search.orientations.teams) == 1:
        return weighed, solution
    if not len(solution.chosen):
        return weighed, solution
    sites, sets = refine_sectors(search, weighed.places.iloc[solution.chosen])
    places = weighed.places.copy()
    for name in ("azimuths_deg", "electrical_tilt_deg"):
        places.loc[sites.index, name] = sites[name]
    whole = weighed.sets.replaced(solution.chosen, sets)
    return replace(weighed, places=places, sets=whole), solution.served_by(whole)


def _asked(
    count: int | None, budget: float | None, targets: "Targets | None", demand: Demand
) -> dict[str, Any]:
    words = ""
    if targets is not None:
        words = targets if isinstance(targets, str) else "targets"
        words = words if not isinstance(targets, list) else ", ".join(targets)
    return {"count": count, "budget": budget, "targets": words, "demand": demand.name}


def _unit(demand: Demand, costs: "CostTable | None", targets: "Targets | None") -> str:
    if targets is None:
        return demand.name
    return "sites" if costs is None else costs.currency


def check_new_cells(
    network: "Network", operator: str, technology: str, radio: Mapping[str, float | str]
) -> None:
    """Refuse what `propose_sites` would refuse of its new cells, before anything is predicted.

    Raises
    ------
    InputError
        Where the operator has no cell of the technology and ``radio`` does not say what one is,
        or ``radio`` has unknown or unusable values.
    """
    NewCells.like_existing(network.cells, operator, technology, (0.0,), radio)


def levels_only_problems(profile: "ServiceProfile") -> list[str]:
    """Why new sites cannot be judged by a profile, as they are by their levels alone."""
    if not profile.asks_for_quality:
        return []
    return [
        f"service profile {profile.name!r} asks for more than levels, by which alone new sites are "
        "judged: find the gaps by a profile of levels, such as vn_default"
    ]


def _with_range(
    settings: "PredictSettings", technology: str, range_km: float | None
) -> "PredictSettings":
    if range_km is None:
        return settings
    ranges = settings.given_ranges_km | {technology: range_km}
    return settings.of(**(settings.model_dump() | {"range_km": ranges}))


def _least_level_dbm(gaps: "Gaps", technology: str, frequency_mhz: float) -> float:
    """Median level outdoors at which basic service has the profile's probability."""
    profile = gaps.profile
    margin_db = profile.margin_db(gaps.coverage.shadowing_sigma_db)
    return (
        profile.thresholds(technology)["basic"] + margin_db + profile.entry_loss_db(frequency_mhz)
    )


def _check_names(coverage: "Coverage", gaps: "Gaps", technology: str, operator: str) -> None:
    asked = {"operator": operator, "technology": technology}
    known = {axis: [n for n in gaps.state[axis].to_numpy() if n != ANY] for axis in asked}
    problems = [
        f"{axis} {name!r} is unknown; there are: {', '.join(known[axis])}"
        for axis, name in asked.items()
        if name not in known[axis]
    ]
    if gaps.coverage is not coverage:
        problems.append("the gaps are of another coverage: give those found in this one")
    problems += levels_only_problems(gaps.profile)
    if problems:
        raise InputError("propose_sites", problems)


def _asked_problems(
    count: int | None,
    budget: float | None,
    targets: "Targets | None",
    costs: object,
    demand: Demand,
) -> list[str]:
    problems = []
    if count is None and budget is None and targets is None:
        problems.append("nothing is asked for: give count, budget or targets")
    if count is not None and not _is_whole(count, least=1):
        problems.append(f"count is {count!r}: ask for at least one site, a whole number")
    if budget is not None and costs is None:
        problems.append('a budget needs costs: give costs="lmic_2020", or a table of your own')
    if budget is not None and not _is_within(budget, 0.0, np.inf):
        problems.append(f"budget is {budget!r}: give an amount of money from 0")
    if targets is not None and (demand.name != "people" or demand.equity or demand.by_chance):
        problems.append("targets are of people as they are: leave demand out with them")
    return problems


def _azimuth_problems(azimuths_deg: Sequence[float] | None) -> list[str]:
    if azimuths_deg is None:
        return []
    good = [a for a in azimuths_deg if _is_within(a, 0.0, 360.0)]
    if good and len(set(good)) == len(azimuths_deg):
        return []
    return [f"azimuths_deg is {azimuths_deg!r}: give different degrees from 0 to below 360"]


def _check_values(problems: Sequence[str]) -> None:
    if problems:
        raise InputError("propose_sites", list(problems))


def _is_whole(value: object, *, least: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def _is_within(value: object, least: float, below: float) -> bool:
    return isinstance(value, Real) and least <= float(value) < below
