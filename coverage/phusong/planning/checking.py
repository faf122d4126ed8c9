"""Refusing a siting problem whose values cannot be used."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.problem import SitingProblem

__all__ = ["check_problem"]


def check_problem(problem: SitingProblem) -> None:
    """Refuse values that cannot be used.

    Raises
    ------
    InputError
        Naming all of them at once.
    """
    problems = [*_weight_problems(problem), *_number_problems(problem), *_index_problems(problem)]
    if problems:
        raise InputError("choice of sites", problems)


def _weight_problems(problem: SitingProblem) -> Iterator[str]:
    people, costs = problem.sets.people, problem.costs
    yield from _bad("people are negative or not finite", "demand point", people)
    if len(costs) != len(problem.sets):
        yield f"{len(costs)} costs for {len(problem.sets)} candidates: give one for each"
    else:
        yield from _bad("cost is negative or not finite", "candidate", costs)
    needed = problem.times_needed
    if needed is not None and len(needed) != len(people):
        yield f"times_needed has {len(needed)} values for {len(people)} demand points"
    elif needed is not None and (np.asarray(needed) < 1).any():
        yield f"times_needed is {np.min(needed)} at a demand point: give at least 1"


def _bad(what: str, where: str, values: npt.NDArray[np.float64]) -> Iterator[str]:
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        yield (
            f"{what} at {len(bad)} {where}(s), the first of them number {bad[0]} with "
            f"{values[bad[0]]}"
        )


def _number_problems(problem: SitingProblem) -> Iterator[str]:
    if problem.objective not in ("most_served", "least_cost"):
        yield f"objective {problem.objective!r} is unknown; there are: most_served, least_cost"
    if problem.count is not None and problem.count < 1:
        yield f"count is {problem.count}: ask for at least one site"
    if problem.budget is not None and not 0 <= problem.budget < math.inf:
        yield f"budget is {problem.budget}: give a finite amount from 0"
    if problem.budget is not None and problem.cost is None:
        yield "budget without cost: give what each candidate costs"
    for limit in problem.limits:
        if limit.least < 0 or (limit.most is not None and limit.most < limit.least):
            yield f"limit {limit.name!r} asks for {limit.least} to {limit.most} sites"
    for target in problem.targets:
        if not 0 <= target.least < math.inf:
            yield f"target {target.name!r} asks for {target.least}: give a finite amount from 0"


def _index_problems(problem: SitingProblem) -> Iterator[str]:
    candidates, points = len(problem.sets), len(problem.sets.people)
    yield from _outside("required", problem.required, candidates, "candidates")
    yield from _outside("forbidden", problem.forbidden, candidates, "candidates")
    yield from _outside("conflicts", problem.conflicts, candidates, "candidates")
    for limit in problem.limits:
        yield from _outside(f"limit {limit.name!r}", limit.candidates, candidates, "candidates")
    for target in problem.targets:
        yield from _outside(f"target {target.name!r}", target.points, points, "demand points")
    pairs = np.asarray(problem.conflicts).reshape(-1, 2)
    with_itself = np.flatnonzero(pairs[:, 0] == pairs[:, 1])
    if len(with_itself):
        yield f"conflicts: candidate {pairs[with_itself[0], 0]} is in conflict with itself"


def _outside(name: str, numbers: npt.ArrayLike, below: int, what: str) -> Iterator[str]:
    values = np.asarray(numbers).ravel()
    bad = values[(values < 0) | (values >= below)]
    if len(bad):
        yield f"{name} names number {bad[0]}, and there are {below} {what}, from 0"
