"""The problems that a plan over years is made of, and one year's step.

A *promise* is a set of sites, with a year for each, that meets all duties that are still to come.
Before a year's choice is taken, there must be one after it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.budgets import Budgets
from phusong.planning.duties import DueRule
from phusong.planning.packing import pack
from phusong.planning.problem import InfeasibleError, Limit, SitingProblem, Solution, Target
from phusong.planning.serving import is_allowed, is_served, keeps
from phusong.planning.solving import solve

if TYPE_CHECKING:
    from phusong.planning.pricing import Prices

__all__ = ["Promise", "Schedule", "prepared"]

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Promise = dict[int, int]
"""The year's place of each promised site."""

_NONE: Final = np.empty(0, np.int32)


def prepared(
    problem: SitingProblem, sites: npt.ArrayLike | None, prices: "Prices | None"
) -> SitingProblem:
    """The problem that spends capital, with only those sites that may be built."""
    forbidden = np.asarray(problem.forbidden, dtype=np.int32)
    every = np.arange(len(problem.sets), dtype=np.int32)
    if sites is not None:
        wanted = np.asarray(sites, dtype=np.int32)
        if len(np.setdiff1d(wanted, every)) or len(np.unique(wanted)) < len(wanted):
            raise InputError("sites", [f"give different candidates, 0 to {len(every) - 1}"])
        forbidden = np.union1d(forbidden, np.setdiff1d(every, wanted)).astype(np.int32)
    if prices is None:
        cost = problem.cost if problem.cost is not None else np.zeros(len(every))
        return replace(problem, forbidden=forbidden, cost=cost, objective="most_served")
    if len(prices.table) != len(every):
        raise InputError("prices", [f"are of {len(prices.table)} candidates, not of {len(every)}"])
    capital = prices.table["capital"].to_numpy(dtype=float)
    unpriced = every[~np.isfinite(capital)]
    return replace(
        problem,
        cost=np.nan_to_num(capital, nan=0.0),
        forbidden=np.union1d(forbidden, unpriced).astype(np.int32),
        objective="most_served",
    )


@dataclass(frozen=True, eq=False)
class Step:
    """One year's new sites, the promise after them, people served by then, how it was found."""

    new: Ints
    promise: Promise
    served: float
    how: str


@dataclass(frozen=True, eq=False)
class Schedule:
    """A problem without what it must reach, its budgets, and what is due at each year's end."""

    problem: SitingProblem
    budgets: Budgets
    due: tuple[tuple[Limit | Target, ...], ...]

    @classmethod
    def of(cls, base: SitingProblem, budgets: Budgets, duties: Sequence[DueRule]) -> "Schedule":
        """Part what must hold in each year from what is due in one."""
        due: list[list[Limit | Target]] = [[] for _ in budgets.years]
        first = budgets.years[0]
        late = [
            f"{each.rule.name}: due by {each.year}, before the first year {first}, and not met"
            for each in duties
            if each.year < first
        ]
        if late:
            raise InfeasibleError("duties", late)
        for each in duties:
            if each.year <= budgets.years[-1]:
                at = int(np.searchsorted(budgets.years, each.year, side="right")) - 1
                due[at].append(each.rule)
        due[-1] += [*base.targets, *(limit for limit in base.limits if limit.least > 0)]
        if len(base.required):
            due[-1].append(Limit("sites that must be used", base.required, len(base.required)))
        most = tuple(replace(each, least=0) for each in base.limits if each.most is not None)
        free = replace(base, limits=most, targets=(), required=_NONE)
        return cls(free, budgets, tuple(map(tuple, due)))

    def alone(self, time_limit_s: float) -> list[float]:
        """The bound of each year's problem with all money until then and nothing built before."""
        bounds: list[float] = []
        problems: list[str] = []
        for year, named in enumerate(self.budgets.years):
            try:
                until = self.budgets.in_all(0, year)
                bounds.append(self._solved(_NONE, until, self._due_by(year), time_limit_s).bound)
            except InfeasibleError as error:
                problems += [f"by {named}: {problem}" for problem in error.problems]
        if problems:
            raise InfeasibleError("duties", problems)
        return bounds

    def step(self, chosen: Sequence[Ints], promised: Promise, time_limit_s: float) -> Step:
        """The next year's choice: the best that leaves a promise.

        The best choice of all candidates is tried first. Where it leaves none, the better is taken
        of two that do: the promised sites that serve most, or those promised for this year with
        the best beside them.
        """
        free = self._free_step(chosen, _NONE, time_limit_s)
        if free is not None:
            return free
        others = np.setdiff1d(np.arange(len(self.problem.sets)), [*_joined(chosen), *promised])
        kept = self._kept_to(chosen, promised, time_limit_s)
        narrow = self._free_step(chosen, others.astype(np.int32), time_limit_s)
        return kept if narrow is None or narrow.served <= kept.served else narrow

    def _free_step(self, chosen: Sequence[Ints], closed: Ints, time_limit_s: float) -> Step | None:
        """The best choice without some candidates, if it leaves a promise."""
        built, rules = _joined(chosen), self._due_by(len(chosen)) + self._in_time(chosen)
        found = self._tried(built, self._until(chosen, len(chosen)), rules, time_limit_s, closed)
        if found is None:
            return None
        new = _in_order(found, built)
        promise = self.promise([*chosen, new], time_limit_s)
        return None if promise is None else Step(new, promise, found.objective, found.how)

    def _in_time(self, chosen: Sequence[Ints]) -> tuple[Limit, ...]:
        """What numbers of sites due in later years ask of the next one: every order keeps it."""
        every, year = np.arange(len(self.problem.sets)), len(chosen)
        asked = []
        for later in range(year + 1, len(self.due)):
            after = self.budgets.in_all(year + 1, later)[1]
            in_all = self._until(chosen, later)[1]
            for rule in [rule for rule in self.due[later] if isinstance(rule, Limit)]:
                others = np.setdiff1d(every, rule.candidates).astype(np.int32)
                if math.isfinite(in_all) and in_all >= rule.least:
                    asked.append(Limit(rule.name, others, most=int(in_all) - rule.least))
                if not self.budgets.carry_over and after < rule.least:
                    asked.append(replace(rule, least=rule.least - int(after), most=None))
        return tuple(asked)

    def promise(self, chosen: Sequence[Ints], time_limit_s: float) -> Promise | None:
        """Sites by year that meet all later duties after the years chosen; None if not found."""
        start, have = len(chosen), _joined(chosen)
        spent, built = self._used(chosen)
        promised: Promise = {}
        for year in range(start, len(self.due)):
            rules = self._due_by(year)
            if keeps(self.problem, have, rules):
                continue
            found = self._tried(have, self._until(chosen, year), rules, time_limit_s, cheapest=True)
            if found is None:
                return None
            new = np.setdiff1d(found.chosen, have).tolist()
            years = reversed(range(start, year + 1))  # not before it must be
            into = pack(new, self.problem.costs, self.budgets, spent, built, years)
            if len(into) < len(new):
                return None
            for site, at in into.items():
                spent[at] += self.problem.costs[site]
                built[at] += 1.0
            promised |= into
            have = np.union1d(have, new).astype(np.int32)
        return promised

    def _kept_to(self, chosen: Sequence[Ints], promised: Promise, time_limit_s: float) -> Step:
        """What is promised for this year, and what can be added without breaking the promise."""
        year, built = len(chosen), _joined(chosen)
        now = np.array(sorted(site for site, at in promised.items() if at == year), dtype=np.int32)
        must = np.union1d(built, now).astype(np.int32)
        later = {site: at for site, at in promised.items() if at > year}
        room = self._room(chosen, later)
        found = self._tried(must, room, self._due_by(year), time_limit_s)
        if found is not None:
            new = _in_order(found, built)
            left = {site: at for site, at in later.items() if site not in new}
            if self._holds([*chosen, new], left):
                return Step(new, left, found.objective, f"{found.how}, beside what is due later")
        served = is_served(self.problem.sets, must, self.problem.times_needed)
        people = float(self.problem.sets.people[served].sum())
        return Step(now, later, people, "what is due later")

    def _holds(self, chosen: Sequence[Ints], later: Promise) -> bool:
        spent, built = self._used(chosen)
        for site, at in later.items():
            spent[at] += self.problem.costs[site]
            built[at] += 1.0
        in_the_end = np.array([*_joined(chosen), *later], dtype=np.int32)
        return self.budgets.keeps(spent, built) and is_allowed(self.problem, in_the_end)

    def _used(self, chosen: Sequence[Ints]) -> tuple[Floats, Floats]:
        """Money and sites that each year takes; 0 in those to come."""
        used = np.zeros((2, len(self.due)))
        for year, new in enumerate(chosen):
            used[:, year] = self.problem.costs[new].sum(), len(new)
        return used[0], used[1]

    def _until(self, chosen: Sequence[Ints], year: int) -> tuple[float, float]:
        """Money and sites of all that may stand at the end of a year after the years chosen."""
        if self.budgets.carry_over:
            return self.budgets.in_all(0, year)
        spent, built = self._used(chosen)
        money, sites = self.budgets.in_all(len(chosen), year)
        return math.fsum(spent) + money, math.fsum(built) + sites

    def _room(self, chosen: Sequence[Ints], later: Promise) -> tuple[float, float]:
        """Money and sites of all that may stand at the end of the next year, beside a promise."""
        money, sites = self._until(chosen, len(chosen))
        if not self.budgets.carry_over:
            return money, sites
        for year in range(len(chosen), len(self.due)):
            promised = [site for site, at in later.items() if at <= year]
            all_money, all_sites = self.budgets.in_all(0, year)
            money = min(money, all_money - float(self.problem.costs[promised].sum()))
            sites = min(sites, all_sites - len(promised))
        return money, sites

    def _due_by(self, year: int) -> tuple[Limit | Target, ...]:
        return tuple(rule for rules in self.due[: year + 1] for rule in rules)

    def _tried(
        self,
        required: Ints,
        until: tuple[float, float],
        rules: Sequence[Limit | Target],
        time_limit_s: float,
        closed: Ints = _NONE,
        *,
        cheapest: bool = False,
    ) -> Solution | None:
        try:
            return self._solved(required, until, rules, time_limit_s, closed, cheapest=cheapest)
        except InfeasibleError:
            return None

    def _solved(
        self,
        required: Ints,
        until: tuple[float, float],
        rules: Sequence[Limit | Target],
        time_limit_s: float,
        closed: Ints = _NONE,
        *,
        cheapest: bool = False,
    ) -> Solution:
        """Solve the problem of one year: the rules that are due, money and sites in all."""
        problem = self.problem
        money, sites = (
            _least(*each) for each in zip(until, (problem.budget, problem.count), strict=True)
        )
        priced = bool(problem.costs.any())
        year = replace(
            problem,
            cost=problem.cost if priced else None,
            count=None if sites is None else int(sites),
            budget=money if priced else None,
            required=required,
            forbidden=np.union1d(problem.forbidden, closed).astype(np.int32),
            limits=(*problem.limits, *(rule for rule in rules if isinstance(rule, Limit))),
            targets=tuple(rule for rule in rules if isinstance(rule, Target)),
            objective="least_cost" if cheapest else "most_served",
        )
        return solve(year, time_limit_s=time_limit_s)


def _least(until: float, in_all: float | None) -> float | None:
    least = until if in_all is None else min(until, in_all)
    return least if math.isfinite(least) else None


def _joined(chosen: Sequence[Ints]) -> Ints:
    return np.concatenate([_NONE, *chosen]).astype(np.int32)


def _in_order(found: Solution, built: Ints) -> Ints:
    """The new sites of a solution, in its order."""
    return found.chosen[~np.isin(found.chosen, built)].astype(np.int32)
