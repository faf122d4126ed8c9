"""A siting problem made small: what is settled is taken out, what is equal is merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from phusong.kernels.cover_merge import (
    cover_marks,
    covers_any,
    in_order,
    mixed,
    renumbered,
)
from phusong.kernels.cover_rules import ROUNDING, Demand, Rules
from phusong.planning.problem import SitingProblem

__all__ = ["Model", "Reduction", "merged_points", "point_marks"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Model:
    """What is left to decide.

    Attributes
    ----------
    demand, rules
        Sets and points that are left, and what the rules still leave.
    must : bool (points,)
        Points that a target cannot do without.
    candidate : int32 (sets,)
        Number of each set in the problem.
    forced : int32
        Candidates of the problem that are chosen already.
    served, spent
        Weight that those serve, and their cost.
    counts_served
        Whether the weight served is the objective, and not the cost.
    """

    demand: Demand
    rules: Rules
    must: Bools
    candidate: Ints
    forced: Ints
    served: float
    spent: float
    counts_served: bool

    @classmethod
    def of(cls, problem: SitingProblem) -> "Model":
        """The whole problem, without what it forbids and with what it requires."""
        sets = problem.sets
        whole = cls(
            demand=_demand(problem),
            rules=_rules(problem),
            must=np.zeros(len(sets.people), dtype=bool),
            candidate=np.arange(len(sets), dtype=np.int32),
            forced=np.empty(0, np.int32),
            served=0.0,
            spent=0.0,
            counts_served=problem.objective == "most_served",
        )
        keep, force = np.ones((2, len(sets)), dtype=bool)
        keep[problem.forbidden] = False
        force[:] = False
        force[problem.required] = True
        return whole.reduced(keep, force).model

    def __len__(self) -> int:
        return len(self.candidate)

    @property
    def members(self) -> int:
        """Sum of the sets' sizes: the work of one pass."""
        return len(self.demand.member)

    @property
    def settled(self) -> float:
        """What the forced candidates add to the objective."""
        return self.served if self.counts_served else self.spent

    def value(self, served: float, cost: float) -> float:
        """What is to be made great: the weight served, or the cost below zero."""
        return self.served + served if self.counts_served else -(self.spent + cost)

    def targets_of(self, points: Offsets) -> tuple[Offsets, Ints]:
        """Targets of some of the points, in compressed rows."""
        return _targets_of(self.demand, points, self.rules.target_least)

    def reduced(self, keep: Bools, force: Bools) -> "Reduction":
        """Choose some sets, leave others out, and merge the points that become equal."""
        demand, rules = self.demand, self.rules
        points = len(demand.weight)
        forced = np.flatnonzero(force)
        times = np.zeros(points, np.int64)
        for s in forced:
            times[demand.member[demand.start[s] : demand.start[s + 1]]] += 1
        needed = demand.needed - times
        served = needed <= 0
        rules = _rules_after(rules, demand, served, forced)
        keep = keep & ~force & _still_may(self.rules, rules, forced)
        marks = point_marks(demand, needed, rules.target_least)
        covers = cover_marks(demand.start, demand.member, keep, *marks)
        alive = ~served & (covers >= needed) & (demand.weight > 0)
        merged, picked, deep_from = merged_points(*marks, alive, needed)
        keep &= _is_useful(demand, rules, alive)
        number = np.full(points, -1, np.int32)
        number[picked] = np.arange(len(picked), dtype=np.int32)
        start, member = renumbered(demand.start, demand.member, keep, number, deep_from)
        weight = np.bincount(merged[alive], demand.weight[alive], len(picked)).astype(float)
        targets = _targets_of(demand, picked, rules.target_least)
        left = Demand(start, member, weight, needed[picked].astype(np.int8), deep_from, *targets)
        model = replace(
            self,
            demand=left,
            rules=_rules_of_kept(rules, keep),
            must=_must(left, rules.target_least),
            candidate=self.candidate[keep],
            forced=np.concatenate([self.forced, self.candidate[forced]]),
            served=self.served + float(demand.weight[served].sum()),
            spent=self.spent + float(self.rules.cost[forced].sum()),
        )
        return Reduction(model, np.flatnonzero(keep), merged)


@dataclass(frozen=True, eq=False)
class Reduction:
    """A smaller model, and where the sets and points of the greater one went.

    Attributes
    ----------
    kept : int64 (sets of the smaller model,)
        Their numbers in the greater one.
    merged : int32 (points of the greater model,)
        The point that each went into; -1 for those settled.
    """

    model: Model
    kept: Offsets
    merged: Ints


def _demand(problem: SitingProblem) -> Demand:
    sets = problem.sets
    points = len(sets.people)
    needed = np.ones(points, np.int8) if problem.times_needed is None else problem.times_needed
    member = in_order(sets.start, sets.member)
    targets = rows_by_column([target.points for target in problem.targets], points)
    return Demand(sets.start, member, sets.people, np.asarray(needed, np.int8), 0, *targets)


def _rules(problem: SitingProblem) -> Rules:
    candidates = len(problem.sets)
    most = [candidates if g.most is None else g.most for g in problem.limits]
    return Rules(
        problem.costs,
        np.inf if problem.budget is None else float(problem.budget),
        candidates if problem.count is None else min(int(problem.count), candidates),
        *rows_by_column([np.unique(g.candidates) for g in problem.limits], candidates),
        np.array(most, dtype=np.int64),
        np.array([g.least for g in problem.limits], dtype=np.int64),
        *_neighbours(problem.conflicts, candidates),
        np.array([target.least for target in problem.targets], dtype=np.float64),
    )


def rows_by_column(rows: Sequence[npt.ArrayLike], columns: int) -> tuple[Offsets, Ints]:
    """From the columns of each row to the rows of each column, compressed."""
    arrays = [np.unique(np.asarray(row, dtype=np.int32)) for row in rows]
    row = np.repeat(np.arange(len(rows), dtype=np.int32), [len(r) for r in arrays])
    return _compressed(np.concatenate([np.empty(0, np.int32), *arrays]), row, columns)


def _neighbours(conflicts: Ints, candidates: int) -> tuple[Offsets, Ints]:
    pairs = np.asarray(conflicts, dtype=np.int32).reshape(-1, 2)
    both = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    return _compressed(both[:, 0], both[:, 1], candidates)


def _compressed(of: npt.NDArray[Any], what: npt.NDArray[Any], length: int) -> tuple[Offsets, Ints]:
    start = np.zeros(length + 1, dtype=np.int64)
    np.cumsum(np.bincount(of, minlength=length), out=start[1:])
    return start, what[np.argsort(of, kind="stable")].astype(np.int32)


def _rules_after(rules: Rules, demand: Demand, served: Bools, forced: Offsets) -> Rules:
    """What the rules still leave beside the sets that are forced."""
    used = np.zeros(len(rules.most), np.int64)
    for s in forced:
        used[rules.group[rules.group_start[s] : rules.group_start[s + 1]]] += 1
    met = _weight_of_targets(demand, served, len(rules.target_least))
    lacking = rules.target_least - met
    return rules._replace(
        budget=rules.budget - float(rules.cost[forced].sum()),
        sites=rules.sites - len(forced),
        most=rules.most - used,
        least=np.maximum(rules.least - used, 0),
        target_least=np.where(lacking > ROUNDING * rules.target_least, lacking, 0.0),
    )


def _weight_of_targets(demand: Demand, among: Bools, targets: int) -> Floats:
    sizes = np.diff(demand.target_start)
    weight = np.repeat(np.where(among, demand.weight, 0.0), sizes)
    return np.bincount(demand.target, weight, minlength=targets).astype(float)


def _still_may(before: Rules, after: Rules, forced: Offsets) -> Bools:
    """Sets that the rules still allow beside those that are forced."""
    may = after.cost <= after.budget + ROUNDING * (0 if np.isinf(before.budget) else before.budget)
    if after.sites <= 0:
        may = np.zeros_like(may)
    for s in forced:
        may[after.near[after.near_start[s] : after.near_start[s + 1]]] = False
    owner = np.repeat(np.arange(len(may)), np.diff(after.group_start))
    may[owner[after.most[after.group] <= 0]] = False
    return np.asarray(may)


def point_marks(
    demand: Demand, needed: Offsets, target_least: Floats
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Marks by which points with other needs or other unmet targets are told apart."""
    by_target = np.array([mixed(-1 - t) for t in range(len(target_least))], dtype=np.uint64)
    by_target = np.where(target_least > 0, by_target, np.uint64(0))
    first = np.where(needed > 1, needed, 0).astype(np.uint64) << np.uint64(56)
    if len(demand.target):
        point = np.repeat(np.arange(len(needed)), np.diff(demand.target_start))
        np.add.at(first, point, by_target[demand.target])
    return first, first.copy()


def merged_points(
    first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64], alive: Bools, needed: Offsets
) -> tuple[Ints, Offsets, int]:
    """Where each point goes, the point that stands for each new one, and where deep ones begin."""
    points = np.flatnonzero(alive)
    order = points[np.lexsort((points, second[points], first[points]))]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(first[order]) != 0) | (np.diff(second[order]) != 0)
    heads = order[fresh]  # the lowest point of each group
    deep = needed[heads] > 1
    rank = np.lexsort((heads, deep))
    place = np.empty(len(heads), np.int32)
    place[rank] = np.arange(len(heads), dtype=np.int32)
    merged = np.full(len(alive), -1, np.int32)
    merged[order] = place[np.cumsum(fresh) - 1]
    return merged, heads[rank], int(len(heads) - deep.sum())


def _is_useful(demand: Demand, rules: Rules, alive: Bools) -> Bools:
    """Sets that cover a point that is left, or belong to a group that still needs sets."""
    useful = covers_any(demand.start, demand.member, alive)
    owner = np.repeat(np.arange(len(useful)), np.diff(rules.group_start))
    useful[owner[rules.least[rules.group] > 0]] = True
    return np.asarray(useful)


def _targets_of(demand: Demand, points: Offsets, target_least: Floats) -> tuple[Offsets, Ints]:
    sizes = np.diff(demand.target_start)
    point = np.repeat(np.arange(len(sizes)), sizes)
    number = np.full(len(sizes), -1, np.int64)
    number[points] = np.arange(len(points))
    kept = (number[point] >= 0) & (target_least[demand.target] > 0)
    return _compressed(number[point][kept], demand.target[kept], len(points))


def _must(demand: Demand, target_least: Floats) -> Bools:
    within = _weight_of_targets(demand, np.ones(len(demand.weight), bool), len(target_least))
    whole = (target_least > 0) & (target_least >= within * (1 - ROUNDING))
    point = np.repeat(np.arange(len(demand.weight)), np.diff(demand.target_start))
    must = np.zeros(len(demand.weight), dtype=bool)
    must[point[whole[demand.target]]] = True
    return must


def _rules_of_kept(rules: Rules, keep: Bools) -> Rules:
    number = np.cumsum(keep) - 1
    owner = np.repeat(np.arange(len(keep)), np.diff(rules.near_start))
    both = keep[owner] & keep[rules.near]
    group_owner = np.repeat(np.arange(len(keep)), np.diff(rules.group_start))
    kept = keep[group_owner]
    left = int(keep.sum())
    group_start, group = _compressed(number[group_owner[kept]], rules.group[kept], left)
    near_start, near = _compressed(number[owner[both]], number[rules.near[both]], left)
    return rules._replace(
        cost=rules.cost[keep],
        group_start=group_start,
        group=group,
        near_start=near_start,
        near=near,
    )
