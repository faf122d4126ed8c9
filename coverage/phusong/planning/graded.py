"""Service in grades, and distances to the nearest site, as plain cover sets.

What a place gets is the best that a chosen site gives it. Cut into steps, each step is a demand
point of its own, covered by the candidates that give at least as much: the points that a choice
covers add up to exactly the best grade. Distances are grades counted downwards. The bound is then
as good as that of the usual p-median program.

Sources: Cornuejols, Nemhauser and Wolsey (1980), SIAM J. Alg. Disc. Meth. 1, 261; Elloumi (2010),
J. Comb. Optim. 19, 69.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.cover_sets import CoverSets
from phusong.planning.problem import SitingProblem, Solution
from phusong.planning.solving import solve

__all__ = ["NearestSites", "graded_sets", "nearest_sites"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


def graded_sets(service: npt.ArrayLike, people: npt.ArrayLike) -> tuple[CoverSets, Ints]:
    """Cover sets under which a choice serves ``sum(people * best service)``.

    Parameters
    ----------
    service : float64 (candidates, places)
        What each candidate gives each place, such as a probability of service; not negative.
        Rounded to few steps, say twentieths, it makes a smaller problem.
    people : float64 (places,)

    Returns
    -------
    sets, place
        Cover sets whose demand points are steps, and the place of each (int32).
    """
    table, weight = np.asarray(service, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if not (np.isfinite(table) & (table >= 0)).all():
        raise InputError("service", ["service is negative or not finite: give values from 0"])
    covered, place, steps, points = [], [], [], 0
    for p in range(table.shape[1]):
        grades = np.unique(table[:, p])
        grades = grades[grades > 0]
        reached = np.searchsorted(grades, table[:, p], side="right")
        candidate = np.repeat(np.arange(len(table)), reached)
        step = np.arange(len(candidate)) - np.repeat(np.cumsum(reached) - reached, reached)
        covered.append((candidate, points + step))
        steps.append(weight[p] * np.diff(grades, prepend=0.0))
        place.append(np.full(len(grades), p, np.int32))
        points += len(grades)
    candidates = np.concatenate([np.empty(0, np.int64), *(c for c, _ in covered)])
    members = np.concatenate([np.empty(0, np.int64), *(m for _, m in covered)])
    order = np.argsort(candidates, kind="stable")
    start = np.zeros(len(table) + 1, dtype=np.int64)
    np.cumsum(np.bincount(candidates, minlength=len(table)), out=start[1:])
    weights = np.concatenate([np.empty(0), *steps])
    places = np.concatenate([np.empty(0, np.int32), *place])
    return CoverSets(start, members[order].astype(np.int32), weights), places


@dataclass(frozen=True, eq=False)
class NearestSites:
    """Sites that keep the distances of people to the nearest one short.

    Attributes
    ----------
    chosen : int32 (n,)
    distance
        Sum over places of people times distance to the nearest chosen site.
    bound
        What no choice of as many sites undercuts.
    proven
        Whether no choice is better.
    how
    """

    chosen: Ints
    distance: float
    bound: float
    proven: bool
    how: str

    @property
    def gap_percent(self) -> float:
        """How far the bound is below the distance, percent of the distance."""
        return 100.0 * (self.distance - self.bound) / self.distance if self.distance > 0 else 0.0


def nearest_sites(
    distance: npt.ArrayLike, people: npt.ArrayLike, count: int, *, time_limit_s: float = 60.0
) -> NearestSites:
    """Choose ``count`` sites of the least people-weighted distance to the nearest (p-median).

    Parameters
    ----------
    distance : float64 (candidates, places)
        Any unit; finite.
    people : float64 (places,)
    count
        Sites wanted, at least 1.
    time_limit_s
        Wall-clock time (s).
    """
    table, weight = np.asarray(distance, dtype=np.float64), np.asarray(people, dtype=np.float64)
    farthest = table.max(axis=0)
    sets, _ = graded_sets(farthest - table, weight)
    solution: Solution = solve(SitingProblem(sets, count=count), time_limit_s=time_limit_s)
    whole = float(farthest @ weight)
    return NearestSites(
        solution.chosen,
        float(table[solution.chosen].min(axis=0) @ weight),
        whole - solution.bound,
        solution.proven,
        solution.how,
    )
