"""Which changes to a choice of sets the rules allow, and sets given up that are not needed."""

from phusong._jit import njit
from phusong.kernels.cover_rules import (
    COST,
    ROUNDING,
    SERVED,
    Demand,
    Ints,
    Rules,
    State,
    add,
    remove,
)

__all__ = ["keeps_floors", "may_swap", "shed"]


@njit
def keeps_floors(rules: Rules, state: State) -> bool:
    """Whether every group has its least number of sets and every target its weight."""
    for g in range(len(rules.least)):
        if state.used[g] < rules.least[g]:
            return False
    for t in range(len(rules.target_least)):
        if state.met[t] < rules.target_least[t] * (1.0 - ROUNDING):
            return False
    return True


@njit
def may_swap(rules: Rules, state: State, enters: int, leaves: int) -> bool:
    """Whether the rules allow one set in the place of another."""
    cost = state.totals[COST] + rules.cost[enters] - rules.cost[leaves]
    if cost > rules.budget * (1.0 + ROUNDING):
        return False
    near = state.blocked[enters]
    if near > 1:
        return False
    if near == 1:
        beside = False
        for k in range(rules.near_start[leaves], rules.near_start[leaves + 1]):
            beside = beside or rules.near[k] == enters
        if not beside:
            return False
    for k in range(rules.group_start[enters], rules.group_start[enters + 1]):
        g = rules.group[k]
        used = state.used[g]
        for m in range(rules.group_start[leaves], rules.group_start[leaves + 1]):
            if rules.group[m] == g:
                used -= 1
        if used >= rules.most[g]:
            return False
    return True


@njit
def shed(demand: Demand, rules: Rules, state: State, order: Ints, least_served: float) -> int:
    """Give up sets, in the order given, that neither the rules nor ``least_served`` need."""
    given_up = 0
    for s in order:
        if not state.taken[s]:
            continue
        remove(demand, rules, state, s)
        if keeps_floors(rules, state) and state.totals[SERVED] >= least_served:
            given_up += 1
        else:
            add(demand, rules, state, s)
    return given_up
