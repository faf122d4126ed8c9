"""Iterated local search: kicks out of a choice that no swap improves, kept where they help.

Source: Lourenco, Martin and Stuetzle (2003), Handbook of Metaheuristics, 321. The random numbers
are those of :func:`phusong.kernels.cover_merge.mixed`, so that a search repeats itself exactly.
"""

import numpy as np

from phusong._jit import njit
from phusong.kernels.cover_growth import grow
from phusong.kernels.cover_merge import mixed
from phusong.kernels.cover_rules import (
    SERVED,
    Bools,
    Demand,
    Floats,
    Rules,
    State,
    add,
    may_join,
    remove,
)
from phusong.kernels.cover_swaps import keeps_floors, swap_sweep

__all__ = ["kick", "settle"]

_FEWEST, _KINDS = 2, 4  # sets that a kick replaces: 2 to 5
_TRIES = 50


@njit
def settle(
    demand: Demand, rules: Rules, state: State, price: Floats, everything: Bools, sweeps: int
) -> None:
    """Grow the choice and swap until nothing serves more, in at most so many sweeps."""
    grow(demand, rules, state, price, everything, False)
    for _ in range(sweeps):
        if swap_sweep(demand, rules, state, 1e-9 * (1.0 + state.totals[SERVED])) == 0:
            break


@njit
def _copy(source: State, target: State) -> None:
    target.taken[:] = source.taken
    target.covers[:] = source.covers
    target.cover_xor[:] = source.cover_xor
    target.only_here[:] = source.only_here
    target.used[:] = source.used
    target.blocked[:] = source.blocked
    target.met[:] = source.met
    target.totals[:] = source.totals


@njit
def kick(
    demand: Demand, rules: Rules, state: State, spare: State, price: Floats, kicks: int, seed: int
) -> int:
    """Replace a few sets by random ones and settle, so many times; keep what serves no less.

    ``state`` must keep all rules; ``spare`` is another state, for use meanwhile.

    Returns
    -------
    int
        Kicks that made the choice better.
    """
    sets = len(state.taken)
    everything = np.ones(sets, np.bool_)
    _copy(state, spare)
    better, draw = 0, mixed(seed)
    for _ in range(kicks):
        chosen = np.flatnonzero(spare.taken)
        if len(chosen) == 0:
            break
        draw = mixed(draw)
        size = min(_FEWEST + int(draw % np.uint64(_KINDS)), len(chosen))
        for _ in range(size):
            draw = mixed(draw)
            s = chosen[int(draw % np.uint64(len(chosen)))]
            if spare.taken[s]:
                remove(demand, rules, spare, s)
        entered = 0
        for _ in range(_TRIES):
            draw = mixed(draw)
            s = int(draw % np.uint64(sets))
            if entered < size and may_join(rules, spare, s):
                add(demand, rules, spare, s)
                entered += 1
        settle(demand, rules, spare, price, everything, 50)
        if keeps_floors(rules, spare) and spare.totals[SERVED] >= state.totals[SERVED]:
            if spare.totals[SERVED] > state.totals[SERVED] * (1.0 + 1e-12):
                better += 1
            _copy(spare, state)
        else:
            _copy(state, spare)
    return better
