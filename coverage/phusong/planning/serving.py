"""Whom sites serve together, and whether they keep rules: sums over cover sets."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from phusong.planning.problem import Limit, Target

if TYPE_CHECKING:
    from phusong.planning.cover_sets import CoverSets
    from phusong.planning.problem import SitingProblem

__all__ = ["SLACK", "gains_in_order", "is_allowed", "is_served", "keeps", "reached_of"]

SLACK = 1e-9
"""Part of a sum of people by which its rounding may miss a target."""

Floats = npt.NDArray[np.float64]


def is_served(
    sets: "CoverSets", chosen: npt.ArrayLike, times_needed: npt.ArrayLike | None = None
) -> npt.NDArray[np.bool_]:
    """Which demand points those sites serve; bool (points,)."""
    covers = np.zeros(len(sets.people), dtype=np.int64)
    for place in np.asarray(chosen, dtype=np.int64):
        covers[sets.points(int(place))] += 1
    return np.asarray(covers >= (1 if times_needed is None else np.asarray(times_needed)))


def gains_in_order(problem: "SitingProblem", chosen: npt.ArrayLike) -> Floats:
    """People whom each site newly serves after those before it; float64 (n,)."""
    sets = problem.sets
    left = np.ones(len(sets.people), dtype=np.int64)
    if problem.times_needed is not None:
        left[:] = problem.times_needed
    places = np.asarray(chosen, dtype=np.int64)
    gains = np.zeros(len(places))
    for number, place in enumerate(places):
        points = sets.points(int(place))
        left[points] -= 1
        gains[number] = sets.people[points[left[points] == 0]].sum()
    return gains


def reached_of(
    rule: Limit | Target, sets: "CoverSets", chosen: npt.ArrayLike, served: npt.NDArray[np.bool_]
) -> float:
    """Sites of a limit's group, or weight of a target's points that is served."""
    if isinstance(rule, Limit):
        return float(np.isin(np.asarray(chosen), rule.candidates).sum())
    points = np.asarray(rule.points, dtype=np.int64)
    return float(sets.people[points[served[points]]].sum())


def keeps(problem: "SitingProblem", chosen: npt.ArrayLike, rules: Iterable[Limit | Target]) -> bool:
    """Whether sites reach the least of every rule."""
    served = is_served(problem.sets, chosen, problem.times_needed)
    return all(
        reached_of(rule, problem.sets, chosen, served) >= rule.least - SLACK * max(1.0, rule.least)
        for rule in rules
    )


def is_allowed(problem: "SitingProblem", chosen: npt.NDArray[np.int32]) -> bool:
    """Whether sites may stand together: no conflict, and no limit, count or budget exceeded."""
    taken = np.zeros(len(problem.sets), dtype=bool)
    taken[chosen] = True
    if problem.count is not None and len(chosen) > problem.count:
        return False
    spent = float(problem.costs[chosen].sum())
    if problem.budget is not None and spent > problem.budget * (1.0 + SLACK):
        return False
    if taken[problem.conflicts].all(axis=1).any() or taken[problem.forbidden].any():
        return False
    return all(
        limit.most is None or int(taken[limit.candidates].sum()) <= limit.most
        for limit in problem.limits
    )
