"""What may be spent and built in each year."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, at_row
from phusong.geodata.numerals import NumberRule, read_number
from phusong.planning.given_table import Given, read_given_table

__all__ = ["Budgets"]

_NAMES: Final[Names] = {
    "year": ("year", "nam"),
    "budget": ("budget", "money", "ngan_sach", "kinh_phi"),
    "sites": ("sites", "count", "so_tram"),
}
_YEAR: Final = re.compile(r"\d{4}")
_MONEY: Final = NumberRule(
    low=0.0, high=1e18, mend="give an amount of 0 or more, or leave it empty"
)
_SLACK: Final = 1e-9  # of the sums of money, by which their rounding may break a budget

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Budgets:
    """Money and sites of each year, infinite where not limited, from `Budgets.read`.

    Attributes
    ----------
    years
        Rising.
    money, sites : float64 (years,)
        What each year may spend, and how many sites it may build.
    carry_over
        Whether what a year leaves is there in the next.
    """

    years: tuple[int, ...]
    money: Floats
    sites: Floats
    carry_over: bool = False

    @classmethod
    def read(cls, given: Given | Mapping[int, float], *, carry_over: bool = False) -> "Budgets":
        """Read a table with the columns year and budget (money), or sites, or both.

        Parameters
        ----------
        given
            CSV file, workbook or frame; an empty cell is no limit. Or money by year.
        carry_over
            Whether what a year leaves is there in the next.

        Raises
        ------
        InputError
            Years twice or out of order, and values that cannot be used, with their rows.
        """
        if isinstance(given, Mapping):
            given = pd.DataFrame({"year": list(given), "budget": list(given.values())})
        source, texts = read_given_table(given, _NAMES, ("year",), "budgets")
        for column in ("budget", "sites"):
            if column not in texts:
                texts[column] = ""
        problems = [*_problems(texts)]
        if problems:
            raise InputError(source, problems)
        money, sites = (
            np.array([_limit(text) for text in texts[column]]) for column in ("budget", "sites")
        )
        return cls(tuple(map(int, texts["year"])), money, sites, carry_over)

    def available(self, spent: Floats, built: npt.ArrayLike) -> tuple[float, float]:
        """Money and sites that the year after those has, by what they spent and built."""
        year = len(spent)
        if not self.carry_over:
            return float(self.money[year]), float(self.sites[year])
        money = float(self.money[: year + 1].sum()) - float(spent.sum())
        return money, float(self.sites[: year + 1].sum()) - float(np.sum(built))

    def in_all(self, first: int, last: int) -> tuple[float, float]:
        """Money and sites of the years at those places together."""
        these = slice(first, last + 1)
        return float(self.money[these].sum()), float(self.sites[these].sum())

    def keeps(self, spent: Floats, built: Floats) -> bool:
        """Whether no year spends or builds more than it may."""
        if self.carry_over:
            return _within(np.cumsum(spent), np.cumsum(self.money)) and _within(
                np.cumsum(built), np.cumsum(self.sites)
            )
        return _within(spent, self.money) and _within(built, self.sites)


def _within(used: Floats, may: Floats) -> bool:
    return bool(
        (used <= may + _SLACK * np.maximum(1.0, np.where(np.isfinite(may), may, 0.0))).all()
    )


def _limit(text: str) -> float:
    return read_number(text, _MONEY).value if text else math.inf


def _problems(texts: pd.DataFrame) -> Iterator[str]:
    before = -math.inf
    for row in texts.index:
        year: Any = texts.loc[row, "year"]
        if not _YEAR.fullmatch(year):
            yield at_row(texts, row, "year", "is no year; write it as 2027")
        elif int(year) <= before:
            yield at_row(
                texts, row, "year", "does not come after the year above; put them in order"
            )
        else:
            before = int(year)
        for column in ("budget", "sites"):
            text = texts.loc[row, column]
            reading = read_number(text, _MONEY)
            if text and (reading.missing or reading.reason):
                said = f"{reading.reason or 'is not a number'}; {_MONEY.mend}"
                yield at_row(texts, row, column, said)
            elif column == "sites" and text and reading.value % 1:
                yield at_row(texts, row, column, "is no whole number; give one of 0 or more")
