"""One year's step of a plan over years.

A *promise* is a set of sites, with a year for each, that meets all duties that are still to come.
Before a year's choice is taken, there must be one after it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from phusong.planning.packing import pack
from phusong.planning.problem import Limit, Solution
from phusong.planning.serving import is_allowed, is_served, keeps
from phusong.planning.year_problems import NONE, Ints, Schedule, joined

__all__ = ["Promise", "Step", "find_promise", "take_year"]

Promise = dict[int, int]
"""The year's place of each promised site."""


@dataclass(frozen=True, eq=False)
class Step:
    """One year's new sites, the promise after them, people served by then, how it was found."""

    new: Ints
    promise: Promise
    served: float
    how: str


def take_year(
    schedule: Schedule, chosen: Sequence[Ints], promised: Promise, time_limit_s: float
) -> Step:
    """The next year's choice: the best that leaves a promise.

    The best choice of all candidates is tried first. Where it leaves none, the better is taken
    of two that do: the promised sites that serve most, or those promised for this year with
    the best beside them.
    """
    free = _free_step(schedule, chosen, NONE, time_limit_s)
    if free is not None:
        return free
    others = np.setdiff1d(np.arange(len(schedule.problem.sets)), [*joined(chosen), *promised])
    kept = _kept_to(schedule, chosen, promised, time_limit_s)
    narrow = _free_step(schedule, chosen, others.astype(np.int32), time_limit_s)
    return kept if narrow is None or narrow.served <= kept.served else narrow


def find_promise(schedule: Schedule, chosen: Sequence[Ints], time_limit_s: float) -> Promise | None:
    """Sites by year that meet all later duties after the years chosen; None if not found.

    The cheapest for each duty's year in turn; where that fails, the cheapest for each year
    among the sites that are cheapest for all of them together.
    """
    promise = _promise_of(schedule, chosen, NONE, time_limit_s)
    last = len(schedule.due) - 1
    if promise is not None or len(chosen) > last:
        return promise
    until, have = schedule.until(chosen, last), joined(chosen)
    found = schedule.tried(have, until, schedule.due_by(last), time_limit_s, cheapest=True)
    if found is None:
        return None
    others = np.setdiff1d(np.arange(len(schedule.problem.sets)), found.chosen).astype(np.int32)
    return _promise_of(schedule, chosen, others, time_limit_s)


def _free_step(
    schedule: Schedule, chosen: Sequence[Ints], closed: Ints, time_limit_s: float
) -> Step | None:
    """The best choice without some candidates, if it leaves a promise."""
    built, rules = joined(chosen), schedule.due_by(len(chosen)) + _in_time(schedule, chosen)
    found = schedule.tried(built, schedule.until(chosen, len(chosen)), rules, time_limit_s, closed)
    if found is None:
        return None
    new = _in_order(found, built)
    promise = find_promise(schedule, [*chosen, new], time_limit_s)
    return None if promise is None else Step(new, promise, found.objective, found.how)


def _in_time(schedule: Schedule, chosen: Sequence[Ints]) -> tuple[Limit, ...]:
    """What numbers of sites due in later years ask of the next one: every order keeps it."""
    every, year = np.arange(len(schedule.problem.sets)), len(chosen)
    asked = []
    for later in range(year + 1, len(schedule.due)):
        after = schedule.budgets.in_all(year + 1, later)[1]
        in_all = schedule.until(chosen, later)[1]
        for rule in [rule for rule in schedule.due[later] if isinstance(rule, Limit)]:
            others = np.setdiff1d(every, rule.candidates).astype(np.int32)
            if math.isfinite(in_all) and in_all >= rule.least:
                asked.append(Limit(rule.name, others, most=int(in_all) - rule.least))
            if not schedule.budgets.carry_over and after < rule.least:
                asked.append(replace(rule, least=rule.least - int(after), most=None))
    return tuple(asked)


def _promise_of(
    schedule: Schedule, chosen: Sequence[Ints], closed: Ints, time_limit_s: float
) -> Promise | None:
    start, have = len(chosen), joined(chosen)
    spent, built = schedule.used(chosen)
    promised: Promise = {}
    for year in range(start, len(schedule.due)):
        rules = schedule.due_by(year)
        if keeps(schedule.problem, have, rules):
            continue
        until = schedule.until(chosen, year)
        found = schedule.tried(have, until, rules, time_limit_s, closed, cheapest=True)
        if found is None:
            return None
        new = np.setdiff1d(found.chosen, have).tolist()
        years = reversed(range(start, year + 1))  # not before it must be
        into = pack(new, schedule.problem.costs, schedule.budgets, spent, built, years)
        if len(into) < len(new):
            return None
        for site, at in into.items():
            spent[at] += schedule.problem.costs[site]
            built[at] += 1.0
        promised |= into
        have = np.union1d(have, new).astype(np.int32)
    return promised


def _kept_to(
    schedule: Schedule, chosen: Sequence[Ints], promised: Promise, time_limit_s: float
) -> Step:
    """What is promised for this year, and what can be added without breaking the promise."""
    year, built = len(chosen), joined(chosen)
    now = np.array(sorted(site for site, at in promised.items() if at == year), dtype=np.int32)
    must = np.union1d(built, now).astype(np.int32)
    later = {site: at for site, at in promised.items() if at > year}
    room = _room(schedule, chosen, later)
    found = schedule.tried(must, room, schedule.due_by(year), time_limit_s)
    if found is not None:
        new = _in_order(found, built)
        left = {site: at for site, at in later.items() if site not in new}
        if _holds(schedule, [*chosen, new], left):
            return Step(new, left, found.objective, f"{found.how}, beside what is due later")
    served = is_served(schedule.problem.sets, must, schedule.problem.times_needed)
    people = float(schedule.problem.sets.people[served].sum())
    return Step(now, later, people, "what is due later")


def _holds(schedule: Schedule, chosen: Sequence[Ints], later: Promise) -> bool:
    spent, built = schedule.used(chosen)
    for site, at in later.items():
        spent[at] += schedule.problem.costs[site]
        built[at] += 1.0
    in_the_end = np.array([*joined(chosen), *later], dtype=np.int32)
    return schedule.budgets.keeps(spent, built) and is_allowed(schedule.problem, in_the_end)


def _room(schedule: Schedule, chosen: Sequence[Ints], later: Promise) -> tuple[float, float]:
    """Money and sites of all that may stand at the end of the next year, beside a promise."""
    money, sites = schedule.until(chosen, len(chosen))
    if not schedule.budgets.carry_over:
        return money, sites
    for year in range(len(chosen), len(schedule.due)):
        promised = [site for site, at in later.items() if at <= year]
        all_money, all_sites = schedule.budgets.in_all(0, year)
        money = min(money, all_money - float(schedule.problem.costs[promised].sum()))
        sites = min(sites, all_sites - len(promised))
    return money, sites


def _in_order(found: Solution, built: Ints) -> Ints:
    """The new sites of a solution, in its order."""
    return found.chosen[~np.isin(found.chosen, built)].astype(np.int32)
