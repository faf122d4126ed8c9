"""What each candidate costs: once, each year, and both together as of today."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.planning.cost_rows import ANY, ITEMS, TENURES

if TYPE_CHECKING:
    from phusong.planning.costs import CostTable

__all__ = ["YEARS", "Prices", "annuity", "price_candidates", "tenures"]

YEARS: Final = 10
"""Years of running that are reckoned with, unless others are asked for: a proposal."""

_ONCE: Final = ("site", "sector")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Prices:
    """What candidates cost, from `price_candidates`.

    Attributes
    ----------
    table
        Indexed as the candidates: tenure ("build", "lease" or "own"), capital, yearly,
        present_value (capital and `years` of yearly), currency.
    breakdown
        One row for each candidate and item: candidate (its index), item, when ("once" or
        "yearly"), quantity, amount_each, amount, present_value, currency. The amounts of a
        candidate sum to its capital and its yearly.
    currency
        Of all amounts.
    years
        Years of running in a present value.
    discount_percent
        What a year's delay takes off, percent.
    """

    table: pd.DataFrame
    breakdown: pd.DataFrame
    currency: str
    years: int
    discount_percent: float


def annuity(years: int, discount_percent: float) -> float:
    """Present value of one unit of money at the end of each of so many years.

    Examples
    --------
    >>> round(annuity(2, 5.0), 4)
    1.8594
    """
    return sum((1.0 + discount_percent / 100.0) ** -year for year in range(1, years + 1))


def tenures(candidates: pd.DataFrame, operator: str) -> "pd.Series[str]":
    """Whether each candidate is to "build", to "lease", or the operator's "own" mast.

    Told by the column tenure where there is one, else by the column owner: nobody, another, or
    the operator itself.

    Raises
    ------
    InputError
        Without either column, and for a tenure that is none of those.
    """
    if "tenure" in candidates:
        unknown = candidates.loc[~candidates["tenure"].isin(TENURES), "tenure"]
        if len(unknown):
            raise InputError("candidates", [_of_unknown(unknown)])
        return candidates["tenure"]
    if "owner" not in candidates:
        raise InputError("candidates", ["have no column owner, nor tenure: give one of them"])
    owner = candidates["owner"].fillna("")
    told = np.where(owner == "", "build", np.where(owner == operator, "own", "lease"))
    return pd.Series(told, index=candidates.index, dtype=object)


def price_candidates(
    candidates: pd.DataFrame,
    costs: "CostTable",
    *,
    operator: str = "",
    technology: str = "5G",
    sectors: int | npt.ArrayLike = 3,
    years: int = YEARS,
    discount_percent: float | None = None,
) -> Prices:
    """Say what each candidate costs.

    Capital is spent at once. Running costs are paid at the end of each of ``years`` years, so that
    the present value is capital plus yearly times `annuity`. Leasing and the operator's own mast
    have no tower and no civil works unless the table says so; leasing has a rental by zone.

    Parameters
    ----------
    candidates
        With the columns owner or tenure (see `tenures`), and where the table asks for it zone.
        Optional: grid_power (bool; a site where it is not known is taken to have grid), and
        backhaul_cost (capital in the currency of ``costs``; NaN where a site cannot be connected,
        which leaves it without a price: NaN).
    costs
        From `CostTable.read`.
    operator
        For whom: its own masts are neither leased nor built.
    technology
        Of the new cells.
    sectors
        Cells of a site, one number or one for each candidate.
    years
        Years of running, from 0.
    discount_percent
        That of the table by default.

    Raises
    ------
    InputError
        Without a needed column, for a zone or technology that an item has no amount for, and for
        numbers that are none: all that is found.
    """
    discount = costs.discount_percent if discount_percent is None else float(discount_percent)
    problems = [*_number_problems(candidates, sectors, years, discount)]
    if problems:
        raise InputError("price_candidates", problems)
    site = pd.DataFrame(
        {
            "tenure": tenures(candidates, operator).to_numpy(object),
            "zone": _zones(candidates),
            "site": 1.0,
            "sector": np.broadcast_to(np.asarray(sectors, dtype=float), len(candidates)),
            "without_grid": ~_has_grid(candidates),
        }
    )
    parts = _parts(site, costs, technology)
    if "backhaul_cost" in candidates:
        backhaul = candidates["backhaul_cost"].to_numpy(dtype=float)
        parts.append(_part("backhaul", "once", np.ones(len(site)), backhaul))
    capital = _sum_of(parts, len(site))
    share = np.full(len(site), costs.amount("opex") / 100.0)
    parts.append(_part("opex", "yearly", capital, share))
    return _prices(candidates.index, site["tenure"], parts, (costs.currency, years, discount))


def _parts(site: pd.DataFrame, costs: "CostTable", technology: str) -> list[pd.DataFrame]:
    """Amounts by item, each for the candidates that it is charged to."""
    parts: list[pd.DataFrame] = []
    problems: set[str] = set()
    cases = site[["tenure", "zone"]].drop_duplicates().itertuples(index=False, name=None)
    places = {
        (tenure, zone): (site["tenure"].eq(tenure) & site["zone"].eq(zone)).to_numpy()
        for tenure, zone in cases
    }
    for item in [name for name, each in ITEMS.items() if each.per in (*_ONCE, "site_year")]:
        per = ITEMS[item].per
        quantity = site[per if per in _ONCE else "site"].to_numpy(dtype=float)
        if item == "power_without_grid":
            quantity = quantity * site["without_grid"]
        each = np.zeros(len(site))
        charged = np.zeros(len(site), dtype=bool)
        for (tenure, zone), rows in places.items():
            charged[rows] = costs.charges(item, tenure)
            try:
                each[rows] = costs.amount(item, tenure=tenure, zone=zone, technology=technology)
            except InputError as error:
                problems.update(_with_column(problem, zone) for problem in error.problems)
        when = "once" if per in _ONCE else "yearly"
        parts.append(_part(item, when, quantity, each)[charged & (quantity > 0)])
    if problems:
        raise InputError(costs.source, sorted(problems))
    return parts


def _with_column(problem: str, zone: str) -> str:
    return problem if zone != ANY else f"{problem}; give the candidates a column zone"


def _part(item: str, when: str, quantity: Floats, each: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": np.arange(len(quantity)),
            "item": item,
            "when": when,
            "quantity": quantity,
            "amount_each": each,
            "amount": quantity * each,
        }
    )


def _sum_of(parts: list[pd.DataFrame], count: int, when: str = "once") -> Floats:
    total = np.zeros(count)
    for part in parts:
        rows = part[part["when"] == when]
        total[rows["place"]] += rows["amount"]
    return total


def _prices(
    index: pd.Index,
    tenure: "pd.Series[str]",
    parts: list[pd.DataFrame],
    terms: tuple[str, int, float],
) -> Prices:
    currency, years, discount_percent = terms
    running = annuity(years, discount_percent)
    capital, yearly = (_sum_of(parts, len(index), when) for when in ("once", "yearly"))
    table = pd.DataFrame(
        {
            "tenure": tenure.to_numpy(object),
            "capital": capital,
            "yearly": yearly,
            "present_value": capital + running * yearly,
            "currency": currency,
        },
        index=index,
    )
    rows = pd.concat(parts, ignore_index=True).sort_values("place", kind="stable")
    worth = rows["amount"] * np.where(rows["when"] == "once", 1.0, running)
    rows.insert(0, "candidate", index.to_numpy()[rows["place"]])
    breakdown = rows.drop(columns="place").assign(present_value=worth, currency=currency)
    return Prices(table, breakdown.reset_index(drop=True), currency, years, discount_percent)


def _zones(candidates: pd.DataFrame) -> npt.NDArray[np.object_]:
    if "zone" not in candidates:
        return np.full(len(candidates), ANY, dtype=object)
    return candidates["zone"].fillna("").astype(str).str.strip().str.casefold().to_numpy(object)


def _has_grid(candidates: pd.DataFrame) -> npt.NDArray[np.bool_]:
    if "grid_power" not in candidates:
        return np.ones(len(candidates), dtype=bool)
    return np.array([True if pd.isna(each) else bool(each) for each in candidates["grid_power"]])


def _number_problems(
    candidates: pd.DataFrame, sectors: int | npt.ArrayLike, years: int, discount_percent: float
) -> Iterator[str]:
    cells = np.asarray(sectors)
    whole = np.issubdtype(cells.dtype, np.integer)
    if cells.shape not in ((), (len(candidates),)) or not whole or (cells < 0).any():
        yield f"sectors is {sectors!r}: give a whole number from 0, or one for each candidate"
    if isinstance(years, bool) or not isinstance(years, int) or years < 0:
        yield f"years is {years!r}: give a whole number from 0"
    if not 0.0 <= discount_percent <= 100.0:
        yield f"discount_percent is {discount_percent!r}: give 0 to 100 percent"
    if "backhaul_cost" in candidates:
        cost = candidates["backhaul_cost"]
        for row in candidates.index[(cost < 0) | np.isinf(cost.astype(float))][:1]:
            yield f"backhaul_cost of candidate {row!r} is {cost[row]!r}: give 0 or more, or NaN"


def _of_unknown(unknown: "pd.Series[str]") -> str:
    row, value = unknown.index[0], unknown.iloc[0]
    return f"tenure of candidate {row!r} is {value!r}: write {', '.join(TENURES)}"
