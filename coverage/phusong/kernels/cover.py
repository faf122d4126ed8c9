"""Maximum coverage: which sets together cover the most weight, and what no choice can exceed.

Cover sets come in compressed rows: set ``s`` covers the demand points
``member[start[s]:start[s + 1]]``, each at most once, and point ``i`` weighs ``weight[i] >= 0``.

The bound is the Lagrangian one. Charge every point a price, 0 <= price <= weight. Whatever
``count`` sets are chosen, each point gives at most ``weight - price``, plus its price to every
chosen set that covers it; so no choice exceeds

    sum(weight - price) + the ``count`` largest sums of prices over a set.

With price = weight of what a greedy choice has left uncovered, this is the classical bound
"covered so far + the ``count`` largest marginal gains".

Sources: Church and ReVelle (1974), Papers Reg. Sci. 32, 101 (the problem); Nemhauser, Wolsey and
Fisher (1978), Math. Program. 14, 265 (greedy reaches 1 - 1/e); Minoux (1978), LNCIS 7, 234 (lazy
greedy); Held, Wolfe and Crowder (1974), Math. Program. 6, 62 (the steps of the price search).
"""

from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["lagrangian_bound", "lazy_greedy", "set_weight", "set_weights"]

Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

Ranked = list[tuple[float, int, int]]  # (-gain, set, the step at which the gain was computed)

_PATIENCE = 10  # price searches without a better bound before the steps are halved


@njit
def set_weight(start: Offsets, member: Ints, weight: Floats, s: int) -> float:
    """Sum of the weights that set ``s`` covers."""
    total = 0.0
    for k in range(start[s], start[s + 1]):
        total += weight[member[k]]
    return total


@njit
def set_weights(start: Offsets, member: Ints, weight: Floats) -> Floats:
    """Sum of the weights that each set covers."""
    totals = np.empty(len(start) - 1)
    for s in range(len(totals)):
        totals[s] = set_weight(start, member, weight, s)
    return totals


@njit
def _freshest(
    heap: Ranked, start: Offsets, member: Ints, left: Floats, how_many: int, step: int
) -> Ranked:
    # Takes the how_many best sets off the heap. Rounded sums never grow when terms become zero,
    # so an old gain is an upper bound and a set whose gain is of this step outranks all below it.
    best = heap[:0]
    while len(heap) > 0 and len(best) < how_many:
        negative_gain, s, computed_at = heappop(heap)
        if computed_at == step:
            best.append((negative_gain, s, step))
        else:
            heappush(heap, (-set_weight(start, member, left, s), s, step))
    return best


@njit
def lazy_greedy(
    start: Offsets, member: Ints, weight: Floats, count: int
) -> tuple[Ints, Floats, float, Floats]:
    """Choose up to ``count`` sets, each the one that adds most; stop when none adds anything.

    Equal gains go to the lower set index.

    Returns
    -------
    chosen, gains, bound, price
        Sets in the order chosen, the weight each added, the least weight that no ``count`` sets
        exceed over all steps, and the prices (see the module) at which that bound holds.
    """
    left = weight.copy()
    heap = [(-set_weight(start, member, left, s), s, 0) for s in range(len(start) - 1)]
    heapify(heap)
    chosen = np.empty(count, np.int32)
    gains = np.empty(count)
    reached, bound, price, step = 0.0, np.inf, left.copy(), 0
    while True:
        best = _freshest(heap, start, member, left, count, step)
        could_reach = reached
        for negative_gain, _, _ in best:
            could_reach -= negative_gain
        if could_reach < bound:
            bound, price = could_reach, left.copy()
        if step == count or len(best) == 0 or best[0][0] == 0.0:
            return chosen[:step], gains[:step], bound, price
        chosen[step], gains[step] = best[0][1], -best[0][0]
        reached += gains[step]
        for k in range(start[chosen[step]], start[chosen[step] + 1]):
            left[member[k]] = 0.0
        for other in best[1:]:
            heappush(heap, other)
        step += 1


@njit
def _largest(worth: Floats, count: int) -> list[int]:
    # The sets worth most, the lower index first among equals.
    heap = [(-worth[s], s, 0) for s in range(len(worth))]
    heapify(heap)
    return [heappop(heap)[1] for _ in range(min(count, len(heap)))]


@njit
def _slope(
    start: Offsets, member: Ints, weight: Floats, price: Floats, chosen: list[int], slope: Floats
) -> float:
    # Fills in how the bound changes with each price: the chosen sets that cover the point, less
    # one where the point keeps part of its weight; nothing where the price cannot follow.
    for i in range(len(slope)):
        slope[i] = -1.0 if price[i] < weight[i] else 0.0
    for s in chosen:
        for k in range(start[s], start[s + 1]):
            slope[member[k]] += 1.0
    steepness = 0.0
    for i in range(len(slope)):
        if price[i] == 0.0 and slope[i] > 0.0:
            slope[i] = 0.0
        steepness += slope[i] ** 2
    return steepness


@njit
def lagrangian_bound(
    start: Offsets,
    member: Ints,
    weight: Floats,
    price: Floats,
    count: int,
    reached: float,
    iterations: int,
) -> float:
    """Least bound found in ``iterations`` price searches (projected subgradient) from ``price``.

    ``reached`` is the weight of a known choice: it sets the length of the steps, and the search
    ends where the bound meets it. Every iterate is a valid bound, so stopping early is safe.
    """
    price, slope = price.copy(), np.empty_like(price)
    least, pace, without_gain = np.inf, 1.0, 0
    for _ in range(iterations):
        worth = set_weights(start, member, price)
        top = _largest(worth, count)
        bound = 0.0
        for s in top:
            bound += worth[s]
        for i in range(len(price)):
            bound += weight[i] - price[i]
        without_gain = 0 if bound < least else without_gain + 1
        least = min(least, bound)
        if without_gain == _PATIENCE:
            pace, without_gain = pace / 2, 0
        steepness = _slope(start, member, weight, price, top, slope)
        if bound <= reached or steepness == 0.0:
            break
        step = pace * (bound - reached) / steepness
        for i in range(len(price)):
            price[i] = min(max(price[i] - step * slope[i], 0.0), weight[i])
    return least
