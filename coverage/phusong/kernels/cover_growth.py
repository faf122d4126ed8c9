"""Growing a choice of sets, each the one that adds most under the rules.

Sources: Minoux (1978), LNCIS 7, 234 (old gains are upper bounds, so few are computed anew);
Khuller, Moss and Naor (1999), Inf. Process. Lett. 70, 39 (gain per cost under a budget);
Slavik (1997), Inf. Process. Lett. 64, 251 (gains towards a target, none beyond it).
"""

from heapq import heapify, heappop, heappush

import numpy as np

from phusong._jit import njit
from phusong.kernels.cover_rules import (
    Bools,
    Demand,
    Floats,
    Ints,
    Rules,
    State,
    add,
    may_join,
    would_gain,
)

__all__ = ["grow", "towards_targets"]


@njit
def towards_targets(demand: Demand, rules: Rules, state: State, s: int, room: Floats) -> float:
    """Weight that set ``s`` adds to targets not yet met, none beyond what they ask for.

    ``room`` is space for one figure a target; it is left as found, all zero.
    """
    total = 0.0
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        if state.covers[i] < demand.needed[i]:
            for m in range(demand.target_start[i], demand.target_start[i + 1]):
                t = demand.target[m]
                lacking = rules.target_least[t] - state.met[t] - room[t]
                if lacking > 0.0:
                    room[t] += demand.weight[i] / demand.needed[i]
                    total += min(lacking, demand.weight[i] / demand.needed[i])
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        for m in range(demand.target_start[i], demand.target_start[i + 1]):
            room[demand.target[m]] = 0.0
    return total


@njit
def _gain(
    demand: Demand, rules: Rules, state: State, s: int, for_targets: bool, room: Floats
) -> float:
    gain: float = 0.0
    if for_targets:
        gain = towards_targets(demand, rules, state, s, room)
    else:
        gain = would_gain(demand, state, s)
    return gain


@njit
def grow(
    demand: Demand, rules: Rules, state: State, price: Floats, among: Bools, for_targets: bool
) -> tuple[Ints, Floats]:
    """Add sets of ``among`` to the state, until none may join or adds anything.

    Each is the one with the greatest gain per price; the lower index among equals. A set without
    a price comes first. The gain is that of `would_gain`, or of `towards_targets`.

    Returns
    -------
    chosen, gains
        Sets in the order chosen, and what each added.
    """
    room = np.zeros(len(rules.target_least))
    heap = [(-np.inf, s, -1) for s in range(len(price)) if among[s] and may_join(rules, state, s)]
    for k in range(len(heap)):
        s = heap[k][1]
        gain = _gain(demand, rules, state, s, for_targets, room)
        heap[k] = (-gain / price[s] if gain > 0.0 else 0.0, s, 0)
    heapify(heap)
    chosen, gains, step = np.empty(len(heap), np.int32), np.empty(len(heap)), 0
    while len(heap) > 0:
        score, s, computed_at = heappop(heap)
        if score == 0.0:
            break
        if not may_join(rules, state, s):
            continue
        gain = _gain(demand, rules, state, s, for_targets, room)
        if computed_at != step:
            heappush(heap, (-gain / price[s] if gain > 0.0 else 0.0, s, step))
            continue
        add(demand, rules, state, s)
        chosen[step], gains[step] = s, gain
        step += 1
    return chosen[:step], gains[:step]
