"""The problems that a plan over years is made of: one year's end each, with what is due by then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.budgets import Budgets
from phusong.planning.duties import DueRule
from phusong.planning.problem import InfeasibleError, Limit, SitingProblem, Solution, Target
from phusong.planning.solving import solve

if TYPE_CHECKING:
    from phusong.planning.pricing import Prices

__all__ = ["NONE", "Schedule", "joined", "prepared"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Rules = tuple[Limit | Target, ...]
NONE: Final = np.empty(0, np.int32)


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
class Schedule:
    """A problem without what it must reach, its budgets, and what is due at each year's end."""

    problem: SitingProblem
    budgets: Budgets
    due: tuple[Rules, ...]

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
        free = replace(base, limits=most, targets=(), required=NONE)
        return cls(free, budgets, tuple(map(tuple, due)))

    def alone(self, time_limit_s: float) -> list[float]:
        """The bound of each year's problem with all money until then and nothing built before."""
        bounds: list[float] = []
        problems: list[str] = []
        for year, named in enumerate(self.budgets.years):
            try:
                until = self.budgets.in_all(0, year)
                bounds.append(self.solved(NONE, until, self.due_by(year), time_limit_s).bound)
            except InfeasibleError as error:
                problems += [f"by {named}: {problem}" for problem in error.problems]
        if problems:
            raise InfeasibleError("duties", problems)
        return bounds

    def due_by(self, year: int) -> Rules:
        """What must be reached by the end of a year."""
        return tuple(rule for rules in self.due[: year + 1] for rule in rules)

    def used(self, chosen: Sequence[Ints]) -> tuple[Floats, Floats]:
        """Money and sites that each year takes; 0 in those to come."""
        used = np.zeros((2, len(self.due)))
        for year, new in enumerate(chosen):
            used[:, year] = self.problem.costs[new].sum(), len(new)
        return used[0], used[1]

    def until(self, chosen: Sequence[Ints], year: int) -> tuple[float, float]:
        """Money and sites of all that may stand at the end of a year after the years chosen."""
        if self.budgets.carry_over:
            return self.budgets.in_all(0, year)
        spent, built = self.used(chosen)
        money, sites = self.budgets.in_all(len(chosen), year)
        return math.fsum(spent) + money, math.fsum(built) + sites

    def tried(
        self,
        required: Ints,
        until: tuple[float, float],
        rules: Sequence[Limit | Target],
        time_limit_s: float,
        closed: Ints = NONE,
        *,
        cheapest: bool = False,
    ) -> Solution | None:
        """As `solved`; None where the rules cannot be met."""
        try:
            return self.solved(required, until, rules, time_limit_s, closed, cheapest=cheapest)
        except InfeasibleError:
            return None

    def solved(
        self,
        required: Ints,
        until: tuple[float, float],
        rules: Sequence[Limit | Target],
        time_limit_s: float,
        closed: Ints = NONE,
        *,
        cheapest: bool = False,
    ) -> Solution:
        """Solve the problem of one year: the rules that are due, money and sites in all."""
        problem = self.problem
        money, sites = (
            _least(*each) for each in zip(until, (problem.budget, problem.count), strict=True)
        )
        priced = bool(problem.costs.any())
        if sites is not None and sites < 1.0:  # a problem asks for one site at least
            closed, sites = np.arange(len(problem.sets), dtype=np.int32), None
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


def joined(chosen: Sequence[Ints]) -> Ints:
    """All that stands after those years."""
    return np.concatenate([NONE, *chosen]).astype(np.int32)


def _least(until: float, in_all: float | None) -> float | None:
    least = until if in_all is None else min(until, in_all)
    return least if math.isfinite(least) else None
