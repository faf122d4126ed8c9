"""Demand points: the pixels that a plan is for, and the rules that are about pixels."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from phusong.errors import InputError
from phusong.gaps.state import is_served
from phusong.gaps.targets import read_targets
from phusong.gaps.villages import village_pixels
from phusong.planning.cover_sets import CoverSets
from phusong.planning.demand import Demand, can_gain, weigh_demand
from phusong.planning.problem import Target

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps

__all__ = ["VILLAGES", "DemandPoints", "Targets", "demand_points"]

Targets: TypeAlias = "pd.DataFrame | str | os.PathLike[str] | Sequence[str]"
"""A table of targets as of `phusong.check_targets`, `VILLAGES`, or names of villages."""

VILLAGES: Final = "villages"
"""Every village without service is to have it at its centre."""

_NEXT_TO_NOTHING: Final = 1e-9  # so that a pixel without demand is looked at, and not counted

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class DemandPoints:
    """What sites are to serve, point by point.

    Attributes
    ----------
    weight : float64 (y, x)
        Of each pixel that a site could newly serve; what only a rule is about weighs next to
        nothing. Pixels above 0 are the points, in the order of the grid.
    at : int32 (copies,)
        Flat pixel of each further point that stands for a rule.
    at_weight : float64 (copies,)
        Its weight.
    times : int8 (copies,)
        So many new sites must serve it before it counts.
    targets
        Over the points, those of pixels first.
    """

    weight: Floats
    at: Ints
    at_weight: Floats
    times: NDArray[np.int8]
    targets: tuple[Target, ...]

    @property
    def forced(self) -> float:
        """Weight of the copies, all of which any choice must serve that keeps the rules."""
        return float(self.at_weight.sum())

    @property
    def pixels(self) -> Ints:
        """Flat pixel of each point that is no copy."""
        return np.flatnonzero(self.weight.ravel() > 0.0).astype(np.int32)

    @property
    def times_needed(self) -> NDArray[np.int8] | None:
        """Of every point, for a siting problem; None where once is enough."""
        if not len(self.times) or self.times.max() == 1:
            return None
        return np.concatenate([np.ones(len(self.pixels), np.int8), self.times])

    def with_copies(self, sets: CoverSets) -> CoverSets:
        """Cover sets of the pixels' points, with the copies after them."""
        if not len(self.at):
            return sets
        shape = len(sets), len(sets.people)
        ones = np.ones(len(sets.member), dtype=np.int8)
        matrix = csr_array((ones, sets.member, sets.start), shape=shape)
        copied = matrix.tocsc()[:, np.searchsorted(self.pixels, self.at)]
        both = csr_array(hstack([matrix, copied], format="csr"))
        both.sort_indices()
        people = np.concatenate([sets.people, self.at_weight])
        return CoverSets(both.indptr.astype(np.int64), both.indices.astype(np.int32), people)


class _Rule(NamedTuple):
    """What must be served: pixels for what they weigh, or so many times, each weighing one."""

    name: str
    pixels: NDArray[np.intp]
    least: float
    times: NDArray[np.int8] | None  # None where the pixels' own weights are meant


def demand_points(
    gaps: "Gaps",
    operator: str,
    technology: str,
    demand: Demand,
    *,
    servers: Mapping[str, int],
    least_level_dbm: float,
    targets: "Targets | None" = None,
) -> DemandPoints:
    """The points of a plan.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`.
    operator, technology
        For whom, and what.
    demand
        What is to be served.
    servers
        By kind of facility, how many sites must serve it (`SitingRules.servers`).
    least_level_dbm
        Median level from which a site counts as serving.
    targets
        What must be reached, where the least cost is asked for.

    Raises
    ------
    InputError
        For targets that cannot be used, all problems at once.
    """
    rules = [
        *_facility_rules(gaps, operator, technology, servers, least_level_dbm),
        *_target_rules(gaps, operator, technology, targets),
    ]
    weight = weigh_demand(gaps, operator, technology, demand).ravel()
    copied = [rule for rule in rules if rule.times is not None]
    at = np.concatenate([np.empty(0, np.intp), *(rule.pixels for rule in copied)])
    weight[at] = np.maximum(weight[at], _NEXT_TO_NOTHING)
    number = np.cumsum(weight > 0.0) - 1
    count = int(number[-1]) + 1
    targets_of = []
    for rule in rules:
        points = number[rule.pixels]
        if rule.times is not None:
            points = np.arange(count, count + len(rule.pixels))
            count += len(rule.pixels)
        targets_of.append(Target(rule.name, points.astype(np.int32), rule.least))
    return DemandPoints(
        weight.reshape(gaps.coverage.scene.grid.shape),
        at.astype(np.int32),
        np.ones(len(at)),
        np.concatenate([np.empty(0, np.int8), *(rule.times for rule in copied)]),
        tuple(targets_of),
    )


def _facility_rules(
    gaps: "Gaps",
    operator: str,
    technology: str,
    servers: Mapping[str, int],
    least_level_dbm: float,
) -> Iterator[_Rule]:
    """What a facility lacks to be served by so many sites."""
    scene = gaps.coverage.scene
    if not servers or scene.facilities is None:
        return
    pixel = village_pixels(scene.facilities, scene)
    named = zip(scene.facilities["kind"], scene.facilities["name"], pixel, strict=True)
    for kind, name, at in named:
        if kind not in servers or at < 0:
            continue
        there = _sites_serving(gaps, operator, technology, int(at), least_level_dbm)
        lacking = servers[kind] - there
        if lacking > 0:
            told = f"{kind} {name or 'without a name'}: {servers[kind]} sites, {there} there"
            yield _Rule(told, np.array([at]), 1.0, np.array([lacking], dtype=np.int8))


def _sites_serving(
    gaps: "Gaps", operator: str, technology: str, pixel: int, least_level_dbm: float
) -> int:
    """Sites of which a cell serves a pixel now, as far as the coverage keeps its servers."""
    coverage, at = gaps.coverage, np.unravel_index(pixel, gaps.coverage.scene.grid.shape)
    of = {"operator": operator, "technology": technology}
    ranked = coverage.settings.servers > 1
    names = ("ranked_level_dbm", "ranked_server") if ranked else ("level_dbm", "server")
    level_dbm, server = (
        np.atleast_1d(coverage.data[name].sel(of).to_numpy()[..., at[0], at[1]]) for name in names
    )
    cells = server[(server >= 0) & (level_dbm >= least_level_dbm)]
    sites = coverage.network.cells["site_id"].to_numpy()[cells]
    served = bool(is_served(gaps.state.sel(of).to_numpy()[at]))
    return max(int(served), len(set(sites.tolist())))


def _target_rules(
    gaps: "Gaps", operator: str, technology: str, targets: "Targets | None"
) -> Iterator[_Rule]:
    if targets is None:
        return
    if isinstance(targets, str) and targets == VILLAGES:
        yield from _village_rules(gaps, operator, technology, None)
    elif isinstance(targets, pd.DataFrame | str | os.PathLike):
        yield from _commune_rules(gaps, operator, technology, targets)
    else:
        yield from _village_rules(gaps, operator, technology, list(targets))


def _village_rules(
    gaps: "Gaps", operator: str, technology: str, names: list[str] | None
) -> Iterator[_Rule]:
    """Each village without service, at its centre."""
    scene = gaps.coverage.scene
    villages: Any = scene.villages
    unknown = sorted(set(names or []) - set(villages["name"]))
    if unknown:
        raise InputError("targets", [f"no village is called {name!r}" for name in unknown])
    gains = can_gain(gaps, operator, technology).ravel()
    pixel = village_pixels(villages, scene)
    for name, at in zip(villages["name"], pixel, strict=True):
        if at >= 0 and gains[at] and (names is None or name in names):
            yield _Rule(f"village {name}", np.array([at]), 1.0, np.ones(1, dtype=np.int8))


def _commune_rules(
    gaps: "Gaps",
    operator: str,
    technology: str,
    targets: "pd.DataFrame | str | os.PathLike[str]",
) -> Iterator[_Rule]:
    """What each commune lacks to reach its share of people or of area."""
    scene = gaps.coverage.scene
    known = [str(name) for name in gaps.state["technology"].to_numpy()]
    table = read_targets(targets, scene.communes["code"], known)
    labels = scene.commune_labels.to_numpy().ravel()
    people = np.nan_to_num(scene.people.to_numpy().astype(np.float64)).ravel()
    of = {"operator": operator, "technology": technology}
    served = is_served(gaps.state.sel(of).to_numpy()).ravel()
    gains = can_gain(gaps, operator, technology).ravel()
    communes = scene.communes.set_index("code")
    for row in table[table["technology"] == technology].to_dict("records"):
        commune = communes.loc[row["commune"]]
        inside = labels == commune["label"]
        by_people = row["metric"] == "served_people_pct"
        amount = people if by_people else np.ones(len(people))
        wanted = float(row["value"]) / 100.0 * amount[inside].sum()
        lacking = wanted - amount[inside & served].sum()
        if lacking <= 0.0:
            continue
        where = inside & gains & (amount > 0.0)
        times = None if by_people else np.ones(int(where.sum()), dtype=np.int8)
        told = f"{commune['name']}: {row['metric']} {float(row['value']):g}"
        yield _Rule(told, np.flatnonzero(where), float(lacking), times)
