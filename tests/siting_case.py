"""Small siting problems, and their best choices by trying all."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

from phusong.planning.cover_sets import CoverSets
from phusong.planning.problem import Limit, SitingProblem, Target

Sets = list[list[int]]


def numbers(values) -> np.ndarray:
    return np.array(sorted(values), dtype=np.int32)


@st.composite
def problems(draw: st.DrawFn, objective: str = "most_served") -> SitingProblem:
    n, points = draw(st.integers(1, 7)), draw(st.integers(1, 12))
    some_points = st.sets(st.integers(0, points - 1))
    some_sites = st.sets(st.integers(0, n - 1), min_size=1)
    sets = [sorted(draw(some_points)) for _ in range(n)]
    weights = draw(st.lists(st.integers(0, 9), min_size=points, max_size=points))
    cost = np.array(draw(st.lists(st.integers(1, 6), min_size=n, max_size=n)), float)
    pairs = [p for p in combinations(range(n), 2) if draw(st.integers(0, 9)) == 0]
    limits = ()
    if draw(st.booleans()):
        least = draw(st.integers(0, 1))
        limits = (Limit("group", numbers(draw(some_sites)), least, draw(st.integers(1, 3))),)
    targets = ()
    if objective == "least_cost" or draw(st.integers(0, 3)) == 0:
        of = numbers(draw(some_points))
        share = draw(st.sampled_from([0.4, 0.8, 1.0]))
        targets = (Target("place", of, share * sum(weights[i] for i in of)),)
    needed = np.array(
        draw(st.lists(st.sampled_from([1, 1, 1, 2]), min_size=points, max_size=points))
    )
    return SitingProblem(
        CoverSets.of(sets, weights),
        cost=cost,
        count=draw(st.one_of(st.none(), st.integers(1, 4))),
        budget=draw(st.one_of(st.none(), st.integers(2, 15).map(float))),
        required=numbers(
            draw(st.one_of(st.just(set()), st.sets(st.integers(0, n - 1), max_size=1)))
        ),
        forbidden=numbers(
            draw(st.one_of(st.just(set()), st.sets(st.integers(0, n - 1), max_size=1)))
        ),
        conflicts=np.array(pairs, np.int32).reshape(-1, 2),
        limits=limits,
        targets=targets,
        times_needed=needed.astype(np.int8) if draw(st.booleans()) else None,
        objective=objective,
    )


def served_points(problem: SitingProblem, chosen) -> np.ndarray:
    times = np.zeros(len(problem.sets.people), int)
    for c in chosen:
        times[problem.sets.points(c)] += 1
    needed = 1 if problem.times_needed is None else problem.times_needed
    return times >= needed


def broken_rules(problem: SitingProblem, chosen) -> list[str]:
    chosen, served, people = (
        set(map(int, chosen)),
        served_points(problem, chosen),
        problem.sets.people,
    )
    broken = []
    if problem.count is not None and len(chosen) > problem.count:
        broken.append("count")
    if problem.budget is not None and problem.costs[list(chosen)].sum() > problem.budget + 1e-6:
        broken.append("budget")
    if not set(problem.required.tolist()) <= chosen or set(problem.forbidden.tolist()) & chosen:
        broken.append("must use")
    broken += ["spacing" for a, b in problem.conflicts if a in chosen and b in chosen]
    for limit in problem.limits:
        used = len(chosen & set(limit.candidates.tolist()))
        if used < limit.least or (limit.most is not None and used > limit.most):
            broken.append(limit.name)
    for target in problem.targets:
        of = target.points
        if people[of][served[of]].sum() < target.least - 1e-6:
            broken.append(target.name)
    return broken


def value(problem: SitingProblem, chosen) -> float:
    if problem.objective == "least_cost":
        return -float(problem.costs[list(chosen)].sum())
    return float(problem.sets.people[served_points(problem, chosen)].sum())


def best_value(problem: SitingProblem) -> float | None:
    """Value of the best choice that breaks no rule; None where there is none."""
    n = len(problem.sets)
    choices = (c for size in range(n + 1) for c in combinations(range(n), size))
    return max((value(problem, c) for c in choices if not broken_rules(problem, c)), default=None)
