"""What sites cost: a table that its user edits, in one currency, with a source for each amount.

``docs/costs.md`` says what each item and column means.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from phusong.errors import InputError
from phusong.planning.cost_rows import (
    ANY,
    CURRENCY,
    ITEMS,
    TENURES,
    built_in_tables,
    read_cost_rows,
)
from phusong.planning.given_table import Given

__all__ = ["ANY", "DEFAULT", "ITEMS", "TENURES", "CostTable"]

DEFAULT: Final = "lmic_2020"


@dataclass(frozen=True, eq=False, repr=False)
class CostTable:
    """Amounts by item, in one currency, from `CostTable.read`.

    Attributes
    ----------
    rows
        item (of `ITEMS`), value, unit ("money" or "percent"), per, tenure (of `TENURES`, or
        "any"), zone, technology ("any" for all), currency, date, source, sureness.
    currency
        Of all amounts of money: three letters.
    source
        File or name that the table was read from.
    """

    rows: pd.DataFrame
    currency: str
    source: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the tables that come with phusong."""
        return built_in_tables()

    @classmethod
    def read(
        cls,
        given: "Given | CostTable" = DEFAULT,
        *,
        currency: str | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> "CostTable":
        """Read a table of costs.

        Parameters
        ----------
        given
            Path of a CSV file or workbook, a frame, or a name of `names`. The default holds
            starting points for low and middle income countries in 2020, no Vietnamese prices.
        currency
            Wanted for all amounts; that of the table by default.
        rates
            What one unit of each other currency is worth in ``currency``, such as
            ``{"USD": 25_000.0}`` where "VND" is wanted. No rate is ever assumed.

        Raises
        ------
        InputError
            Unknown items, values that are no amount, rows for the same case, items that are
            missing, currencies without a rate: all of them, with row, column and value.
        """
        if isinstance(given, CostTable):
            return given.converted(currency or given.currency, rates or {})
        source, rows = read_cost_rows(given)
        return _in_one_currency(rows, source, currency, rates or {})

    def converted(self, currency: str, rates: Mapping[str, float]) -> "CostTable":
        """Return the same costs in another currency; an InputError where no rate is given."""
        return _in_one_currency(self.rows, self.source, currency, rates)

    def charges(self, item: str, tenure: str) -> bool:
        """Whether a site of that tenure (of `TENURES`) has an amount of that item at all."""
        return bool(self._cases(item, tenure))

    def amount(
        self, item: str, *, tenure: str = ANY, zone: str = ANY, technology: str = ANY
    ) -> float:
        """Amount of one item: money, or percent.

        Parameters
        ----------
        item
            Of `ITEMS`. One without a row for the tenure costs nothing.
        tenure, zone, technology
            The case. "any" where the amount is not to depend on it.

        Raises
        ------
        InputError
            For an unknown item, and where the item has rows but none for the case.
        """
        if item not in ITEMS:
            raise InputError(self.source, [f"{item!r} is no item; there are: {', '.join(ITEMS)}"])
        cases = self._cases(item, tenure)
        if not cases:
            return 0.0
        fits = [
            each
            for each in cases
            if each["zone"] in (ANY, zone) and each["technology"] in (ANY, technology)
        ]
        if not fits:
            case = {"zone": zone, "technology": technology}
            raise InputError(self.source, [_no_amount(item, cases, case)])
        return float(fits[0]["value"])

    @property
    def discount_percent(self) -> float:
        """What a year's delay takes off an amount, percent."""
        return self.amount("discount")

    def _cases(self, item: str, tenure: str) -> list[dict[Hashable, Any]]:
        return [row for row in self._by_item.get(item, []) if row["tenure"] in (ANY, tenure)]

    @cached_property
    def _by_item(self) -> dict[str, list[dict[Hashable, Any]]]:
        """The rows as plain texts and numbers: an amount is asked for thousands of times."""
        return {str(item): rows.to_dict("records") for item, rows in self.rows.groupby("item")}

    def __repr__(self) -> str:
        shown = ["item", "value", "unit", "per", "tenure", "zone", "technology", "sureness"]
        return (
            f"Costs of {self.source} in {self.currency}\n{self.rows[shown].to_string(index=False)}"
        )


def _in_one_currency(
    rows: pd.DataFrame, source: str, currency: str | None, rates: Mapping[str, float]
) -> CostTable:
    there = list(dict.fromkeys(rows.loc[rows["unit"] == "money", "currency"]))
    if currency is None and len(there) > 1:
        named = ", ".join(there)
        raise InputError(source, [f"has amounts in {named}: give the currency wanted, and rates"])
    wanted = str(currency or there[0]).upper()
    worth = {name.upper(): rate for name, rate in rates.items()} | {wanted: 1.0}
    problems = [
        f"amounts in {name} need a rate: give rates={{{name!r}: what one {name} is in {wanted}}}"
        for name in there
        if name not in worth
    ]
    problems += [
        f"rate of {name} is {rate!r}: give a number above 0"
        for name, rate in worth.items()
        if not (isinstance(rate, int | float) and math.isfinite(rate) and rate > 0)
    ]
    if not CURRENCY.fullmatch(wanted):
        problems.append(f"currency is {currency!r}: write three letters such as VND")
    if problems:
        raise InputError(source, problems)
    is_money = rows["unit"] == "money"
    factor = rows["currency"].map(worth).where(is_money, 1.0).astype(float)
    money = rows["currency"].where(~is_money, wanted)
    table = rows.assign(value=rows["value"] * factor, currency=money)
    return CostTable(table.reset_index(drop=True), wanted, source)


def _no_amount(item: str, rows: Sequence[Mapping[Hashable, Any]], case: Mapping[str, str]) -> str:
    asked = ", ".join(f"{column} {value!r}" for column, value in case.items() if value != ANY)
    there = ", ".join(" ".join(row[column] for column in case) for row in rows)
    return f"has no amount of {item} for {asked or 'every case'}; its rows are for: {there}"
