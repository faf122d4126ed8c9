"""Iterated local search over choices of sets, with what each set is worth kept up to date.

A set that is not chosen is worth the weight that it would add, a chosen one the weight that would
be lost without it. Both change only with the points that a set entering or leaving covers, and
then only for the sets that cover those, so that the best place for a set that leaves is found
without a pass over all members.

Sources: Resende and Werneck (2007), Eur. J. Oper. Res. 174, 54 (gains and losses kept up to date);
Lourenco, Martin and Stuetzle (2003), Handbook of Metaheuristics, 321 (kicks, kept where they
help). The random numbers are those of :func:`phusong.kernels.cover_merge.mixed`, so that a search
repeats itself exactly.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.cover_merge import mixed
from phusong.kernels.cover_rules import (
    SERVED,
    Bools,
    Demand,
    Floats,
    Ints,
    Offsets,
    Rules,
    State,
    add,
    empty_state,
    may_join,
    remove,
)
from phusong.kernels.cover_swaps import keeps_floors, may_swap

__all__ = ["Search", "become", "enter", "kick", "leave", "search_from", "settle"]

_FEWEST, _KINDS = 2, np.uint64(5)  # sets that a kick replaces: 2 to 6
_GIVE = 1e-3  # of the best weight served, that the next kick may start below it
_PATIENCE = 100  # kicks without a better choice before the search goes back to the best


class Search(NamedTuple):
    """A choice in the making, and what each set is worth to it."""

    demand: Demand
    rules: Rules
    state: State
    start: Offsets  # sets that cover each point, in compressed rows
    covering: Ints
    worth: Floats  # of each set
    more: npt.NDArray[np.float64]  # what each is worth beyond that once the set of a row has left
    row: Ints  # of each chosen set in `more`; -1 where it has none
    set_of_row: Ints  # -1 where a row is free
    price: Floats  # by which the worth of a set that enters is divided
    barred: Bools  # sets that may not enter for now


@njit
def search_from(demand: Demand, rules: Rules, price: Floats, rows: int) -> Search:
    """A search that has chosen nothing yet; at most ``rows`` chosen sets have a row in `more`."""
    start, covering = _turned(demand)
    sets = len(price)
    search = Search(
        demand,
        rules,
        empty_state(demand, rules),
        start,
        covering,
        np.zeros(sets),
        np.zeros((rows, sets)),
        np.full(sets, -1, np.int32),
        np.full(rows, -1, np.int32),
        price,
        np.zeros(sets, np.bool_),
    )
    for s in range(sets):
        for k in range(demand.start[s], demand.start[s + 1]):
            i = demand.member[k]
            if demand.needed[i] == 1:
                search.worth[s] += demand.weight[i]
    return search


@njit
def _turned(demand: Demand) -> tuple[Offsets, Ints]:
    # The sets that cover each point, in compressed rows.
    start = np.zeros(len(demand.weight) + 1, np.int64)
    for i in demand.member:
        start[i + 1] += 1
    for i in range(len(demand.weight)):
        start[i + 1] += start[i]
    at, covering = start[:-1].copy(), np.empty(len(demand.member), np.int32)
    for s in range(len(demand.start) - 1):
        for k in range(demand.start[s], demand.start[s + 1]):
            i = demand.member[k]
            covering[at[i]] = s
            at[i] += 1
    return start, covering


@njit
def _shift(search: Search, i: int, s: int, taken: float, others: float) -> None:
    # Changes what the sets that cover point i are worth, except s: the chosen ones, and the others.
    for k in range(search.start[i], search.start[i + 1]):
        t = search.covering[k]
        if t != s:
            search.worth[t] += taken if search.state.taken[t] else others


@njit
def _add_to_row(search: Search, i: int, c: int, weight: float) -> None:
    r = search.row[c]
    if r >= 0:
        for k in range(search.start[i], search.start[i + 1]):
            search.more[r, search.covering[k]] += weight


@njit
def _count_more(search: Search, i: int, sign: float) -> None:
    # Takes point i into `more`, or out of it. Where the choice serves it and could not without set
    # c, a set that covers it gains it once c has left; where it lacks one set, it loses it then.
    state, needed = search.state, search.demand.needed[i]
    lacking = needed - state.covers[i]
    weight = sign * search.demand.weight[i]
    if needed == 1:
        if lacking == 0:
            _add_to_row(search, i, state.cover_xor[i], weight)
    elif lacking == 0 or lacking == 1:
        for k in range(search.start[i], search.start[i + 1]):
            c = search.covering[k]
            if state.taken[c]:
                _add_to_row(search, i, c, weight if lacking == 0 else -weight)


@njit
def enter(search: Search, s: int) -> None:
    """Choose set ``s``."""
    demand, state = search.demand, search.state
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        weight, lacking = demand.weight[i], demand.needed[i] - state.covers[i]
        _count_more(search, i, -1.0)
        if lacking == 1:
            _shift(search, i, s, weight, -weight)
        elif lacking == 2:
            _shift(search, i, s, 0.0, weight)
        elif lacking == 0 and demand.needed[i] == 1:
            search.worth[state.cover_xor[i]] -= weight
        elif lacking == 0:
            _shift(search, i, s, -weight, 0.0)
    add(demand, search.rules, state, s)
    for r in range(len(search.set_of_row)):
        if search.set_of_row[r] < 0:
            search.set_of_row[r], search.row[s] = s, r
            break
    for k in range(demand.start[s], demand.start[s + 1]):
        _count_more(search, demand.member[k], 1.0)


@njit
def leave(search: Search, s: int) -> None:
    """Give set ``s`` up again."""
    demand, state = search.demand, search.state
    r = search.row[s]
    if r >= 0:
        search.more[r, :] = 0.0
        search.set_of_row[r], search.row[s] = -1, -1
    for k in range(demand.start[s], demand.start[s + 1]):
        i = demand.member[k]
        weight, lacking = demand.weight[i], demand.needed[i] - state.covers[i]
        _count_more(search, i, -1.0)
        if lacking == 0:
            _shift(search, i, s, -weight, weight)
        elif lacking == 1:
            _shift(search, i, s, 0.0, -weight)
        elif lacking == -1 and demand.needed[i] == 1:
            search.worth[state.cover_xor[i] ^ s] += weight
        elif lacking == -1:
            _shift(search, i, s, weight, 0.0)
    remove(demand, search.rules, state, s)
    for k in range(demand.start[s], demand.start[s + 1]):
        _count_more(search, demand.member[k], 1.0)


@njit
def _best_to_enter(search: Search, least: float) -> int:
    # The set worth most for its price, the lower index among equals; -1 where none adds anything.
    best, score = -1, 0.0
    for s in range(len(search.worth)):
        if search.worth[s] > least and not search.state.taken[s] and not search.barred[s]:
            rate = search.worth[s] / search.price[s]
            if rate > score and may_join(search.rules, search.state, s):
                best, score = s, rate
    return best


@njit
def _refill(search: Search, least: float, entered: Ints) -> int:
    # Lets the best enter until none may, or adds more than ``least``; returns how many did.
    count = 0
    s = _best_to_enter(search, least)
    while s >= 0:
        enter(search, s)
        entered[count] = s
        count += 1
        s = _best_to_enter(search, least)
    return count


@njit
def _best_instead(search: Search, c: int, least: float) -> int:
    # The set that serves most in the place of set c, the lower index among equals; -1 where none
    # serves more.
    best, most = -1, search.worth[c] + least
    more = search.more[search.row[c]]
    for s in range(len(search.worth)):
        worth = search.worth[s] + more[s]
        better = worth > most and not search.state.taken[s]
        if better and may_swap(search.rules, search.state, s, c):
            best, most = s, worth
    return best


@njit
def _replaced(search: Search, c: int, least: float, entered: Ints) -> bool:
    # Replaces chosen set c where others in its place serve more.
    state = search.state
    served, first, count = state.totals[SERVED], -1, 0
    if search.row[c] >= 0 and search.rules.budget == np.inf:
        first = _best_instead(search, c, least)
        if first < 0:
            return False
    leave(search, c)
    if first >= 0:
        enter(search, first)
        entered[0], count = first, 1
    count += _refill(search, least, entered[count:])
    if count == 1 and entered[0] == c:
        return False
    if state.totals[SERVED] > served + least and keeps_floors(search.rules, state):
        return True
    for k in range(count):
        leave(search, entered[k])
    enter(search, c)
    return False


@njit
def settle(search: Search, most_sweeps: int) -> int:
    """Fill the choice up, then replace each set where others in its place serve more.

    Stops when a sweep over all chosen sets changes nothing, or after so many sweeps.

    Returns
    -------
    int
        Sets replaced.
    """
    entered = np.empty(len(search.worth) + 1, np.int32)
    least = 1e-9 * (1.0 + search.state.totals[SERVED])
    _refill(search, least, entered)
    replaced = 0
    for _ in range(most_sweeps):
        before = replaced
        for c in np.flatnonzero(search.state.taken):
            if search.state.taken[c]:
                replaced += _replaced(search, c, least, entered)
        if replaced == before:
            break
    return replaced


@njit
def become(search: Search, chosen: Bools) -> None:
    """Make the choice another one."""
    for s in range(len(chosen)):
        if search.state.taken[s] and not chosen[s]:
            leave(search, s)
    for s in range(len(chosen)):
        if chosen[s] and not search.state.taken[s]:
            enter(search, s)


@njit
def _beside(search: Search, s: int, most: int) -> Ints:
    # The chosen sets that share points with set s, at most so many, the lower indices first.
    found, count = np.empty(most, np.int32), 0
    for k in range(search.demand.start[s], search.demand.start[s + 1]):
        i = search.demand.member[k]
        if search.state.covers[i] == 0:
            continue
        for m in range(search.start[i], search.start[i + 1]):
            t = search.covering[m]
            if search.state.taken[t] and t not in found[:count]:
                if count == most:
                    return found
                found[count] = t
                count += 1
    return found[:count]


@njit
def _shake(search: Search, draw: np.uint64) -> None:
    # Takes a few chosen sets out, scattered or beside one random set, and others in.
    chosen = np.flatnonzero(search.state.taken).astype(np.int32)
    size = min(_FEWEST + int(mixed(draw) % _KINDS), len(chosen))
    in_one_place = mixed(draw ^ np.uint64(1)) % np.uint64(2) == np.uint64(0)
    if in_one_place:
        draw = mixed(draw)
        s = int(draw % np.uint64(len(search.worth)))
        chosen = _beside(search, s, size)
        for c in chosen:
            leave(search, c)
            search.barred[c] = True
        if not search.barred[s] and may_join(search.rules, search.state, s):
            enter(search, s)
    else:
        for _ in range(size):
            draw = mixed(draw)
            c = chosen[int(draw % np.uint64(len(chosen)))]
            if search.state.taken[c]:
                leave(search, c)
                search.barred[c] = True
    _refill(search, 0.0, np.empty(len(search.worth), np.int32))
    search.barred[:] = False


@njit
def kick(search: Search, kicks: int, seed: int) -> int:
    """Replace a few sets and settle, so many times; end with the best choice met.

    A kick starts from the choice that the one before left, unless that serves too little. The
    choice must keep all rules at first.

    Returns
    -------
    int
        Kicks that made the best choice better.
    """
    state = search.state
    best, served = state.taken.copy(), state.totals[SERVED]
    better, draw, waited = 0, mixed(seed), 0
    for _ in range(kicks if len(search.worth) > 0 else 0):
        draw = mixed(draw)
        before, allowed = state.taken.copy(), served * (1.0 - _GIVE)
        _shake(search, draw)
        settle(search, 50)
        now = state.totals[SERVED]
        waited += 1
        if not keeps_floors(search.rules, state) or now < allowed:
            become(search, before)
        elif now > served * (1.0 + 1e-12):
            best[:], served, waited = state.taken, now, 0
            better += 1
        if waited > _PATIENCE:
            become(search, best)
            waited = 0
    become(search, best)
    return better
