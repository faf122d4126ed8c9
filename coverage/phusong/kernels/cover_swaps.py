"""Local search: one set in for one out, and sets given up that are not needed.

Source: Teitz and Bart (1968), Oper. Res. 16, 955 (vertex substitution), here with the weight that
each chosen set alone covers, so that one pass over a set's points weighs all its substitutions.
"""

import numpy as np

from phusong._jit import njit
from phusong.kernels.cover_rules import (
    COST,
    ROUNDING,
    SERVED,
    Demand,
    Floats,
    Ints,
    Rules,
    State,
    add,
    may_join,
    remove,
)

__all__ = ["keeps_floors", "shed", "swap_sweep"]


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
def _may_swap(rules: Rules, state: State, enters: int, leaves: int) -> bool:
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
def _deep_change(demand: Demand, state: State, entering: Ints, enters: int, leaves: int) -> float:
    # Of the points that need several sets: what changes beyond the gain of the set that enters.
    change, k = 0.0, demand.start[leaves + 1] - 1
    while k >= demand.start[leaves] and demand.member[k] >= demand.first_deep:
        i = demand.member[k]
        if entering[i - demand.first_deep] == enters:
            if state.covers[i] == demand.needed[i] - 1:
                change -= demand.weight[i]
        elif state.covers[i] == demand.needed[i]:
            change -= demand.weight[i]
        k -= 1
    return change


@njit
def _weigh(
    demand: Demand, state: State, s: int, kept: Floats, touched: Ints, entering: Ints
) -> tuple[float, int]:
    # What set s adds to the choice, and how many chosen sets it meets, listed in ``touched``;
    # fills in what it would keep of each one's own weight.
    gain, met = 0.0, 0
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        if i >= demand.first_deep:
            entering[i - demand.first_deep] = s
            if state.covers[i] == demand.needed[i] - 1:
                gain += demand.weight[i]
        elif state.covers[i] == 0:
            gain += demand.weight[i]
        elif state.covers[i] == 1:
            owner = state.cover_xor[i]
            if kept[owner] == 0.0:
                touched[met] = owner
                met += 1
            kept[owner] += demand.weight[i]
    return gain, met


@njit
def _least_only(state: State, chosen: Ints) -> float:
    least = np.inf
    for c in chosen:
        least = min(least, state.only_here[c])
    return least


@njit
def _chosen(state: State) -> Ints:
    return np.flatnonzero(state.taken).astype(np.int32)


@njit
def _best_out(
    demand: Demand,
    rules: Rules,
    state: State,
    s: int,
    gain: float,
    kept: Floats,
    among: Ints,
    entering: Ints,
    least_gain: float,
) -> int:
    # The chosen set whose place set s takes best, the lower index among equals; -1 where none.
    best, out = least_gain, -1
    for c in among:
        change = gain - state.only_here[c] + kept[c]
        if change < best or (change == best and c > out):
            continue
        if len(entering) > 0:
            change += _deep_change(demand, state, entering, s, c)
        if (change > best or (change == best and c < out)) and _may_swap(rules, state, s, c):
            best, out = change, c
    return out


@njit
def swap_sweep(demand: Demand, rules: Rules, state: State, least_gain: float) -> int:
    """Try every set once in place of each chosen one; make the best swap that serves more.

    A swap must raise the weight served by more than ``least_gain`` and keep all rules. Sets are
    tried in order of index; of swaps that are equally good the one that gives up the lowest index.

    Returns
    -------
    int
        Swaps made.
    """
    sets = len(state.taken)
    kept, touched = np.zeros(sets), np.empty(sets, np.int32)
    entering = np.full(len(demand.weight) - demand.first_deep, -1, np.int32)
    chosen = _chosen(state)
    loosest, swaps = _least_only(state, chosen), 0
    for s in range(sets):
        if state.taken[s] or state.blocked[s] > 1:
            continue
        gain, met = _weigh(demand, state, s, kept, touched, entering)
        among = chosen if gain - loosest > least_gain else touched[:met]
        out = _best_out(demand, rules, state, s, gain, kept, among, entering, least_gain)
        for c in touched[:met]:
            kept[c] = 0.0
        served = state.totals[SERVED]
        if gain > least_gain and may_join(rules, state, s):
            add(demand, rules, state, s)
        elif out >= 0:
            remove(demand, rules, state, out)
            add(demand, rules, state, s)
            if not (keeps_floors(rules, state) and state.totals[SERVED] > served):
                remove(demand, rules, state, s)
                add(demand, rules, state, out)
                continue
        else:
            continue
        chosen = _chosen(state)
        loosest = _least_only(state, chosen)
        swaps += 1
    return swaps


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
