"""What may be chosen together, as arrays, and the state of a choice that is being made."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["Demand", "Rules", "State", "add", "empty_state", "may_join", "remove", "would_gain"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROUNDING = 1e-9  # of a budget, which sums of costs may overrun
SITES, COST, SERVED = 0, 1, 2  # places in `State.totals`


class Demand(NamedTuple):
    """Cover sets in compressed rows, sorted; weights of the points, and what each counts for."""

    start: Offsets
    member: Ints
    weight: Floats
    needed: npt.NDArray[np.int8]  # sets that must cover a point before it counts
    first_deep: int  # the points from here on need several sets, those before it one
    target_start: Offsets  # targets of each point, in compressed rows
    target: Ints


class Rules(NamedTuple):
    """What a choice must keep; pairs and groups in compressed rows by candidate."""

    cost: Floats
    budget: float
    sites: int  # at most
    group_start: Offsets
    group: Ints  # groups of each candidate
    most: Offsets  # of each group
    least: Offsets
    near_start: Offsets
    near: Ints  # candidates that may not stand beside each
    target_least: Floats  # weight that each target asks for


class State(NamedTuple):
    """A choice: which sets it has, how often it covers each point, what it has used up."""

    taken: Bools
    covers: Ints
    cover_xor: Ints  # of the sets that cover a point: the set itself where it is the only one
    used: Offsets  # of each group
    blocked: Ints  # chosen sets near each candidate
    met: Floats  # weight served of each target
    totals: Floats  # sets chosen, their cost, weight served


@njit
def empty_state(demand: Demand, rules: Rules) -> State:
    """No set chosen."""
    sets, points = len(demand.start) - 1, len(demand.weight)
    return State(
        np.zeros(sets, np.bool_),
        np.zeros(points, np.int32),
        np.zeros(points, np.int32),
        np.zeros(len(rules.most), np.int64),
        np.zeros(sets, np.int32),
        np.zeros(len(rules.target_least)),
        np.zeros(3),
    )


@njit
def _count(demand: Demand, state: State, i: int, weight: float) -> None:
    state.totals[SERVED] += weight
    for k in range(demand.target_start[i], demand.target_start[i + 1]):
        state.met[demand.target[k]] += weight


@njit
def _use(rules: Rules, state: State, s: int, by: int) -> None:
    for k in range(rules.group_start[s], rules.group_start[s + 1]):
        state.used[rules.group[k]] += by
    for k in range(rules.near_start[s], rules.near_start[s + 1]):
        state.blocked[rules.near[k]] += by
    state.taken[s] = by > 0
    state.totals[SITES] += by
    state.totals[COST] += by * rules.cost[s]


@njit
def add(demand: Demand, rules: Rules, state: State, s: int) -> None:
    """Choose set ``s``."""
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        state.covers[i] += 1
        state.cover_xor[i] ^= s
        if state.covers[i] == demand.needed[i]:
            _count(demand, state, i, demand.weight[i])
    _use(rules, state, s, 1)


@njit
def remove(demand: Demand, rules: Rules, state: State, s: int) -> None:
    """Give set ``s`` up again."""
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        if state.covers[i] == demand.needed[i]:
            _count(demand, state, i, -demand.weight[i])
        state.covers[i] -= 1
        state.cover_xor[i] ^= s
    _use(rules, state, s, -1)


@njit
def may_join(rules: Rules, state: State, s: int) -> bool:
    """Whether set ``s`` could be chosen beside those that are; once not, never again on growing."""
    if state.taken[s] or state.blocked[s] > 0 or state.totals[SITES] >= rules.sites:
        return False
    if state.totals[COST] + rules.cost[s] > rules.budget * (1.0 + ROUNDING):
        return False
    for k in range(rules.group_start[s], rules.group_start[s + 1]):
        if state.used[rules.group[k]] >= rules.most[rules.group[k]]:
            return False
    return True


@njit
def would_gain(demand: Demand, state: State, s: int) -> float:
    """Weight that set ``s`` adds; a point that needs several sets counts in equal parts."""
    total = 0.0
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        if state.covers[i] < demand.needed[i]:
            total += demand.weight[i] / demand.needed[i]
    return total
