"""Growing a choice of sets, each the one that adds most under the rules.

Sources: Minoux (1978), LNCIS 7, 234 (old gains are upper bounds, so few are computed anew);
Khuller, Moss and Naor (1999), Inf. Process. Lett. 70, 39 (gain per cost under a budget).
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

__all__ = ["grow"]


@njit
def _score(gain: float, cost: float, by_cost: bool) -> float:
    if not by_cost or gain == 0.0:
        return gain
    return gain / cost  # a set without cost comes first


@njit
def grow(
    demand: Demand, rules: Rules, state: State, by_cost: bool, among: Bools, most: int
) -> tuple[Ints, Floats]:
    """Add up to ``most`` sets of ``among`` to the state, until none adds anything.

    Each is the one with the greatest gain, or gain per cost; the lower index among equals.

    Returns
    -------
    chosen, gains
        Sets in the order chosen, and what each added.
    """
    heap = [
        (-_score(would_gain(demand, state, s), rules.cost[s], by_cost), s, 0)
        for s in range(len(rules.allowed))
        if among[s] and may_join(rules, state, s)
    ]
    heapify(heap)
    chosen, gains, step = np.empty(len(heap), np.int32), np.empty(len(heap)), 0
    while len(heap) > 0 and step < most:
        negative_score, s, computed_at = heappop(heap)
        if negative_score == 0.0:
            break
        if not may_join(rules, state, s):
            continue
        gain = would_gain(demand, state, s)
        if computed_at != step:
            heappush(heap, (-_score(gain, rules.cost[s], by_cost), s, step))
            continue
        add(demand, rules, state, s)
        chosen[step], gains[step] = s, gain
        step += 1
    return chosen[:step], gains[:step]
