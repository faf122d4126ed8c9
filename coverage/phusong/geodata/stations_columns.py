"""The columns of a station table: names, units, ranges, defaults and words, from ``tables/``."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from phusong.geodata.numerals import NumberRule, fold

__all__ = ["Column", "columns", "words"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a station table, a row of ``tables/station_columns.csv``.

    Attributes
    ----------
    name
        Canonical name, with the unit.
    kind
        "identifier", "name", "word", "text", "number", "azimuth", "longitude" or "latitude".
    unit
        Unit it is kept in; empty for text.
    required
        "yes", "no", "derived" where it is made from other columns when absent, or "extra" where a
        network has it only if its table does.
    default
        Text for an absent text; for a number, values such as ``4G:20|4G<1000:10``: 20 for 4G,
        but 10 under 1000 MHz.
    low, high
        Range of sane values.
    aliases, fallback_aliases
        Other headers; those in fallback_aliases count only where no other header fits.
    description, mend
        What it holds, and what to tell the sender of a value that cannot be used.
    """

    name: str
    kind: str
    unit: str
    required: str
    default: str
    low: float
    high: float
    aliases: tuple[str, ...]
    fallback_aliases: tuple[str, ...]
    description: str
    mend: str

    @property
    def is_extra(self) -> bool:
        """Whether a network may be without it."""
        return self.required == "extra"

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return bool(self.unit)

    def rule(self, given: str) -> NumberRule:
        """Return what its numbers may be, when the header says the unit `given`."""
        return NumberRule(self.unit, given, self.low, self.high, self.mend)

    def default_number(self, technology: str, frequency_mhz: float) -> float:
        """Return the default for a cell; NaN for an unknown technology."""
        default = math.nan
        for pair in self.default.split("|"):
            key, _, value = pair.partition(":")
            name, _, below_mhz = key.partition("<")
            if name == technology and frequency_mhz < float(below_mhz or math.inf):
                default = float(value)
        return default


@cache
def columns() -> Mapping[str, Column]:
    """Every column by its canonical name, in the canonical order."""
    return {row["name"]: _column(row) for row in _table("station_columns.csv")}


@cache
def words(column: str) -> Mapping[str, str]:
    """Return the words a column may hold, by their folded spellings."""
    rows = [row for row in _table("station_words.csv") if row["column"] == column]
    return {
        fold(spelling): row["word"]
        for row in rows
        for spelling in (row["word"], *row["aliases"].split("|"))
    }


def _table(name: str) -> list[dict[str, str]]:
    text = files("phusong.geodata").joinpath(f"tables/{name}").read_text("utf8")
    return list(csv.DictReader(text.splitlines()))


def _column(row: dict[str, str]) -> Column:
    return Column(
        name=row["name"],
        kind=row["kind"],
        unit=row["unit"],
        required=row["required"],
        default=row["default"],
        low=float(row["min"] or -math.inf),
        high=float(row["max"] or math.inf),
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        fallback_aliases=tuple(filter(None, row["fallback_aliases"].split("|"))),
        description=row["description"],
        mend=row["mend"],
    )
