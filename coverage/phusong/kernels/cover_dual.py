"""What no choice of sets can exceed: Lagrangian bounds, and the search for good prices.

Every point has a price, every target and every rule a multiplier, none below zero. A set's profit
is the sum of its points' prices, less its cost where cost is the objective, less the multipliers
of the rules that it uses up. Whatever is chosen, its value is at most

    the sum over points of max(0, value - needed * price) + the greatest profits, as many as there
    may be sites + the multipliers times what rules allow - those times what targets ask,

a point's value being its weight, where that is the objective, and its weight times the
multipliers of its targets. A point that must be served counts whatever its price.

Prices follow the slope of the bound, each at a pace that goes with the point's weight: then points
that were merged move as they would have moved alone.

Sources: Held, Wolfe and Crowder (1974), Math. Program. 6, 62 (steps); Galvao and ReVelle (1996),
Eur. J. Oper. Res. 88, 114 (this relaxation of maximum coverage); Beasley (1990), Nav. Res. Logist.
37, 151 (that of set covering, and leaving out sets by their profits).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit, shared_njit
from phusong.kernels.cover_rules import Bools, Demand, Floats, Ints, Offsets

__all__ = ["Rows", "fill_profits", "move", "slopes", "values"]


Shares = npt.NDArray[np.float32]


class Rows(NamedTuple):
    """Rules as rows ``sum(amount * chosen) <= right``, compressed by candidate."""

    start: Offsets
    row: Ints
    amount: Floats
    right: Floats


@shared_njit
def fill_profits(
    thread: int,
    threads: int,
    demand: Demand,
    covered: Shares,
    rows: Rows,
    price: Floats,
    charge: Floats,
    out: Floats,
) -> None:
    """Profit of each set; ``charge`` is the multiplier of each row.

    ``covered`` is the share of each point that its set covers; empty where it is always the whole.
    """
    for s in range(thread, len(out), threads):
        total = 0.0
        if len(covered) == 0:
            for k in range(demand.start[s], demand.start[s + 1]):
                total += price[demand.member[k]]
        else:
            for k in range(demand.start[s], demand.start[s + 1]):
                total += covered[k] * price[demand.member[k]]
        for k in range(rows.start[s], rows.start[s + 1]):
            total -= charge[rows.row[k]] * rows.amount[k]
        out[s] = total


@njit
def values(demand: Demand, counts: bool, urge: Floats, out: Floats) -> None:
    """Value of each point: its weight where that counts, and by the multipliers of its targets."""
    for i in range(len(out)):
        worth = 1.0 if counts else 0.0
        for k in range(demand.target_start[i], demand.target_start[i + 1]):
            worth += urge[demand.target[k]]
        out[i] = demand.weight[i] * worth


@njit
def slopes(
    demand: Demand,
    covered: Shares,
    rows: Rows,
    must: Bools,
    value: Floats,
    price: Floats,
    top: Ints,
    by_price: Floats,
    by_urge: Floats,
    by_charge: Floats,
) -> float:
    """Fill in how the bound changes with prices and multipliers; return the points' part of it.

    ``top`` are the sets of the greatest profits. ``by_urge`` and ``by_charge`` come filled with
    minus what targets ask, and with what rows allow.
    """
    by_price[:] = 0.0
    for s in top:
        for k in range(demand.start[s], demand.start[s + 1]):
            by_price[demand.member[k]] += covered[k] if len(covered) > 0 else 1.0
        for k in range(rows.start[s], rows.start[s + 1]):
            by_charge[rows.row[k]] -= rows.amount[k]
    kept = 0.0
    for i in range(len(price)):
        rest = value[i] - demand.needed[i] * price[i]
        served = must[i] or rest > 0.0 or by_price[i] >= demand.needed[i]
        if must[i] or rest > 0.0:
            kept += rest
        if served:
            by_price[i] -= demand.needed[i]
            for k in range(demand.target_start[i], demand.target_start[i + 1]):
                by_urge[demand.target[k]] += demand.weight[i]
    return kept


@njit
def move(figure: Floats, slope: Floats, scale: Floats, step: float, most: Floats) -> None:
    """Follow the slope downwards, each figure at its scale, and stay between zero and ``most``.

    A step may be endless, where weights are next to nothing: what has no slope then stays.
    """
    for i in range(len(figure)):
        pull = scale[i] * slope[i]
        if pull != 0.0:
            figure[i] = min(max(figure[i] - step * pull, 0.0), most[i])
