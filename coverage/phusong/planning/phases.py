"""A plan over years: which sites to build in which, so that no later year undoes an earlier one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.planning.budgets import Budgets
from phusong.planning.duties import DueRule
from phusong.planning.packing import pack
from phusong.planning.problem import InfeasibleError, SitingProblem
from phusong.planning.serving import gains_in_order
from phusong.planning.year_problems import Schedule, prepared
from phusong.planning.year_steps import find_promise, take_year

if TYPE_CHECKING:
    from phusong.planning.pricing import Prices

__all__ = ["PhasedPlan", "plan_phases"]

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False, repr=False)
class PhasedPlan:
    """Sites by year, from `plan_phases`.

    Attributes
    ----------
    sites
        A row per site in the order of building: candidate (its place in the problem), year, cost
        (what it takes of the budget), people_newly_served (whom none before it serves); with
        prices also capital, yearly, present_value (as of the first year: a delay discounts it) and
        currency.
    years
        A row per year: year, sites (built in it), sites_total; budget (what there was to spend,
        infinite without a limit), spent, unspent; with prices running_cost (of all sites built by
        then, money a year) and present_value (of the sites built in it); people_newly_served,
        people_served (of all sites built by then), bound (which no plan exceeds at the end of that
        year, whatever it built before), gap_percent, how (the year's choice was found).
    left_out : int32
        Candidates that were to be put into years, and for which no year had money left.
    """

    sites: pd.DataFrame
    years: pd.DataFrame
    left_out: Ints

    @property
    def built(self) -> dict[int, Ints]:
        """Candidates that stand at the end of each year."""
        year, place = self.sites["year"], self.sites["candidate"].to_numpy(np.int32)
        return {int(each): place[(year <= each).to_numpy()] for each in self.years["year"]}

    def __repr__(self) -> str:
        return f"Sites by year\n{self.years.to_string(index=False)}"


def plan_phases(
    problem: SitingProblem,
    budgets: Budgets,
    *,
    duties: Sequence[DueRule] = (),
    sites: npt.ArrayLike | None = None,
    prices: "Prices | None" = None,
    time_limit_s: float = 60.0,
) -> PhasedPlan:
    """Put sites into years, each year serving as many people as it can after the years before.

    A year keeps all that was built before it, and never takes so much that a later duty is lost:
    where the best choice of a year would, sites that the duty needs are built first. The bound of
    a year is that of its problem alone, with all money until then and nothing built before.

    Parameters
    ----------
    problem
        Candidates, and the rules that hold in every year. Its ``count`` and ``budget`` hold for all
        years together; what must be reached at least (``required``, the least of ``limits``,
        ``targets``) is due in the last year. Its ``cost`` is what the budgets are spent on.
    budgets
        Money and sites of each year.
    duties
        Rules that are due in a year, from `phusong.planning.duties.duty_rules`; those due after
        the last year are left to later plans.
    sites : int32 (n,)
        Put only these candidates into years, such as those of a plan; any candidate by default.
        Those that serve nobody new go where money is left.
    prices
        Of the candidates: the budgets are spent on their capital, and candidates without a price
        are not built.
    time_limit_s
        Of each of the problems that are solved, two a year or more (s).

    Raises
    ------
    InputError
        For values that cannot be used.
    InfeasibleError
        Where duties cannot be met by their year; says which, and by how much. Where each year's
        alone could be met and no order was found that meets all, it says so.

    Notes
    -----
    A year's choice is the best after the years before it, and these came first: more money in an
    early year can lead to another beginning, and in the end to fewer people.
    """
    base = prepared(problem, sites, prices)
    if problem.cost is None and prices is None and np.isfinite(budgets.money).any():
        raise InputError("budgets", ["are of money, but the problem has no cost: give prices"])
    schedule = Schedule.of(base, budgets, duties)
    alone = schedule.alone(time_limit_s)
    chosen: list[Ints] = []
    promised = find_promise(schedule, chosen, time_limit_s)
    if promised is None:
        raise InfeasibleError("duties", [_NO_ORDER])
    hows: list[str] = []
    for _ in budgets.years:
        taken = take_year(schedule, chosen, promised, time_limit_s)
        promised = taken.promise
        chosen.append(taken.new)
        hows.append(taken.how)
    left_out = np.empty(0, np.int32)
    if sites is not None:
        chosen, left_out = _filled(base, budgets, chosen, np.asarray(sites, dtype=np.int32))
    table = _sites(base, budgets, chosen, prices)
    years = _bounded(_by_year(table, budgets, prices), alone, hows)
    return PhasedPlan(table, years, left_out)


_NO_ORDER = (
    "each year's can be met alone, but no order of building was found that meets all of them "
    "within the budgets; that there is none is not proven: let budgets carry over, or raise those "
    "of the first years"
)


def _filled(
    base: SitingProblem, budgets: Budgets, chosen: Sequence[Ints], wanted: Ints
) -> tuple[list[Ints], Ints]:
    """Add wanted sites that serve nobody new to the years that have money for them."""
    rest = np.setdiff1d(wanted, np.concatenate(chosen))
    rest = np.setdiff1d(rest, base.forbidden).astype(np.int32)
    spent = np.array([base.costs[new].sum() for new in chosen])
    built = np.array([float(len(new)) for new in chosen])
    into = pack(rest.tolist(), base.costs, budgets, spent, built, range(len(chosen)))
    added = [
        np.array(sorted(site for site, at in into.items() if at == year), dtype=np.int32)
        for year in range(len(chosen))
    ]
    filled = [np.concatenate([new, more]) for new, more in zip(chosen, added, strict=True)]
    return filled, np.setdiff1d(wanted, np.concatenate(filled)).astype(np.int32)


def _bounded(years: pd.DataFrame, alone: Sequence[float], hows: Sequence[str]) -> pd.DataFrame:
    """Add the bounds of each year's problem alone: a later year's holds for earlier ones."""
    served = years["people_served"].to_numpy(dtype=float)
    bound = np.maximum(np.minimum.accumulate(np.array(alone)[::-1])[::-1], served)
    gap = 100.0 * (bound - served) / np.where(bound > 0.0, bound, 1.0)
    return years.assign(bound=bound, gap_percent=gap, how=list(hows))


def _sites(
    base: SitingProblem, budgets: Budgets, chosen: Sequence[Ints], prices: "Prices | None"
) -> pd.DataFrame:
    order = np.concatenate(chosen).astype(np.int32)
    counts = [len(new) for new in chosen]
    sites = pd.DataFrame(
        {
            "candidate": order,
            "year": np.repeat(budgets.years, counts),
            "cost": base.costs[order],
            "people_newly_served": gains_in_order(base, order),
        }
    )
    if prices is not None:
        sites = sites.assign(**_priced(sites, prices, budgets.years[0]))
    return sites


def _priced(sites: pd.DataFrame, prices: "Prices", first: int) -> dict[str, Any]:
    table = prices.table.iloc[sites["candidate"].to_numpy()]
    delay = sites["year"].to_numpy() - first
    worth = table["present_value"].to_numpy() * (1.0 + prices.discount_percent / 100.0) ** -delay
    capital, yearly = table["capital"].to_numpy(), table["yearly"].to_numpy()
    return {
        "capital": capital,
        "yearly": yearly,
        "present_value": worth,
        "currency": prices.currency,
    }


def _by_year(sites: pd.DataFrame, budgets: Budgets, prices: "Prices | None") -> pd.DataFrame:
    sums = sites.groupby("year").sum(numeric_only=True)
    sums = sums.reindex(budgets.years, fill_value=0.0)
    built = sites.groupby("year").size().reindex(budgets.years, fill_value=0)
    spent, counts = sums["cost"].to_numpy(dtype=float), built.to_numpy(dtype=np.int64)
    there = np.array(
        [budgets.available(spent[:at], counts[:at])[0] for at in range(len(budgets.years))]
    )
    years = {
        "year": budgets.years,
        "sites": counts,
        "sites_total": np.cumsum(counts),
        "budget": there,
        "spent": spent,
        "unspent": there - spent,
    }
    if prices is not None:
        years |= {"running_cost": np.cumsum(sums["yearly"].to_numpy())}
        years |= {"present_value": sums["present_value"].to_numpy()}
    gained = sums["people_newly_served"].to_numpy()
    years |= {"people_newly_served": gained, "people_served": np.cumsum(gained)}
    return pd.DataFrame(years)
