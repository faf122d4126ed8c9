"""Solving a siting problem: the door to the kernels of choice."""

import numpy as np
import numpy.typing as npt

from phusong.kernels import cover
from phusong.kernels.cover_growth import grow
from phusong.kernels.cover_rules import State, add, empty_state
from phusong.planning.checking import check_problem
from phusong.planning.kernel_inputs import demand_of, rules_of
from phusong.planning.problem import SitingProblem, Solution

__all__ = ["solve"]

PRICE_SEARCHES = 300  # 1,000 lower the bounds of the proven instances by 0.05 % at most


def solve(
    problem: SitingProblem,
    *,
    time_limit_s: float = 60.0,  # noqa: ARG001
    progress: bool = False,  # noqa: ARG001
) -> Solution:
    """Choose sites, with a bound that no choice under the rules can exceed.

    Parameters
    ----------
    problem
        What to serve, by which candidates, under which rules.
    time_limit_s
        Wall-clock time (s) after which the best found so far is returned.
    progress
        Show a progress bar.

    Returns
    -------
    Solution

    Raises
    ------
    InputError
        For values that cannot be used, all of them at once.
    InfeasibleError
        Where no choice meets the rules; says which, and by how much.
    """
    check_problem(problem)
    demand, rules = demand_of(problem), rules_of(problem)
    state = empty_state(demand, rules)
    for candidate in problem.required:
        add(demand, rules, state, candidate)
    grow(demand, rules, state, problem.budget is not None, rules.allowed, len(problem.sets))
    bound = _bound(problem, float(_served(problem, state)))
    return _solution(problem, state, bound)


def _served(problem: SitingProblem, state: State) -> float:
    demand = demand_of(problem)
    return float(demand.weight[state.covers >= demand.needed].sum())


def _bound(problem: SitingProblem, reached: float) -> float:
    sets = problem.sets
    people = np.where(sets.times_reached > 0, sets.people, 0.0)
    rows = (sets.start, sets.member, people)
    count = min(problem.count or len(sets), len(sets))
    _, _, greedy_bound, price = cover.lazy_greedy(*rows, count)
    searched = cover.lagrangian_bound(*rows, price, count, reached, PRICE_SEARCHES)
    return max(min(sets.reachable_people, greedy_bound, searched), reached)


def _solution(problem: SitingProblem, state: State, bound: float) -> Solution:
    chosen, gains = _in_order(problem, np.flatnonzero(state.taken).astype(np.int32))
    objective = float(gains.sum())
    gap_percent = 100.0 * (bound - objective) / bound if bound > 0 else 0.0
    first = _first_to_serve(problem, chosen)
    return Solution(
        chosen, gains, first, objective, bound, gap_percent, gap_percent == 0.0, "greedy"
    )


def _in_order(
    problem: SitingProblem, chosen: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    demand, rules = demand_of(problem), rules_of(problem)
    among = np.zeros(len(problem.sets), dtype=bool)
    among[chosen] = True
    state = empty_state(demand, rules)
    order, gains = grow(demand, rules, state, False, among, len(chosen))
    rest = np.setdiff1d(chosen, order).astype(np.int32)
    return np.concatenate([order, rest]), np.concatenate([gains, np.zeros(len(rest))])


def _first_to_serve(problem: SitingProblem, chosen: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    first = np.full(len(problem.sets.people), -1, dtype=np.int32)
    for place in reversed(range(len(chosen))):
        first[problem.sets.points(chosen[place])] = place
    return first
