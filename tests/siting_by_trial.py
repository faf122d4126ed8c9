"""Siting problems solved by trying every choice: what plans over years are tested against."""

from itertools import chain, combinations

import numpy as np

from phusong.planning.problem import InfeasibleError, Solution
from phusong.planning.serving import gains_in_order, is_allowed, is_served, keeps


def every_choice(size):
    """All sets of so many candidates, the smallest first."""
    return chain.from_iterable(combinations(range(size), n) for n in range(size + 1))


def served_by(problem, chosen):
    return float(problem.sets.people[is_served(problem.sets, chosen, problem.times_needed)].sum())


def may_be(problem, chosen):
    """Whether a choice keeps every rule of a problem."""
    places = np.array(chosen, dtype=np.int32)
    rules = [*problem.limits, *problem.targets]
    must = set(problem.required.tolist()) <= set(chosen)
    return must and is_allowed(problem, places) and keeps(problem, places, rules)


def solve_by_trial(problem, *, time_limit_s=0.0, progress=False):
    """The best choice there is, with its value for a bound."""
    allowed = [chosen for chosen in every_choice(len(problem.sets)) if may_be(problem, chosen)]
    if not allowed:
        raise InfeasibleError("trial", ["no choice keeps the rules"])
    cheap = problem.objective == "least_cost"
    cost = problem.costs
    worth = [-cost[list(c)].sum() if cheap else served_by(problem, c) for c in allowed]
    best = np.array(allowed[int(np.argmax(np.round(worth, 9)))], dtype=np.int32)
    value = abs(float(np.max(worth)))
    gains = gains_in_order(problem, best)
    first = np.full(len(problem.sets.people), -1, dtype=np.int32)
    return Solution(best, gains, first, value, value, 0.0, True, "trial")
