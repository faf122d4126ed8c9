"""What a column of a table means: its heading, its unit, and the words for its codes.

A new column needs a row of ``tables/words.csv`` with its name as the key; what is counted of a kind
of facilities that a user named has its heading by a pattern. The unit follows from the name, by the
first row of ``tables/units.csv`` whose part stands in it between underscores.
"""

import csv
import re
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype

from phusong.gaps import ANY
from phusong.report.phrases import phrase
from phusong.report.words import codes, first_word, word

__all__ = [
    "CODED",
    "column_heading",
    "decimals",
    "sentences_told",
    "table_title",
    "unit",
    "worded",
]

CODED: Final = (
    *("state", "kind", "answer", "certainty", "cause", "verdict", "severity", "metric"),
    *("failed_by", "hazard", "backhaul", "tenure", "decision", "item", "when", "scope", "zone"),
)
"""Columns of codes: each code's word is that of ``{column}_{code}``."""

_STATES: Final = "none|weak|basic|good|not_computed"
_COUNTED: Final = {
    re.compile("served_(.+)_pct"): "places_served",
    re.compile("served_(.+)"): "places_number_served",
    re.compile(f"(.+)_pct_({_STATES})"): "places_pct_{}",
    re.compile(f"(.+)_({_STATES})"): "places_{}",
}
"""Columns that count places of a kind, by the key of their heading."""

_SENTENCES: Final = ("source", "reason", "mend")
_RULE: Final = "rule"  # a village rule of a user's own has no words here, and keeps its name
_NOT_TOLD: Final = "not_told"  # the key of an empty code


def column_heading(
    column: str, language: str, table: str = "", *, settlements: bool = False
) -> str:
    """Return the heading of a table's column; a column without one keeps its own name.

    Parameters
    ----------
    column
        Its name, the key of its heading in ``words.csv``.
    language
        One of `phusong.report.words.languages`.
    table
        Name of the table: where ``{table}.{column}`` is a key, that is the column's heading there.
    settlements
        Whether settlements stand in for villages: then they are called so, and where they are from.
    """
    told = first_word((f"{table}.{column}", column), language) or _place_heading(column, language)
    renamed = _of_settlements(told, language) if settlements else told
    return told if renamed == told else f"{renamed} {word('from_clusters', language)}"


def table_title(table: str, language: str, *, settlements: bool = False) -> str:
    """Return the title of a table, short enough for a sheet's name.

    ``settlements`` as of `column_heading`.
    """
    title = word(f"sheet_{table}", language)
    return _of_settlements(title, language) if settlements else title


def _of_settlements(text: str, language: str) -> str:
    """A text in which villages are called settlements."""
    for village, settlement in (("villages", "settlements"), ("village", "settlement")):
        old, new = (word(f"say_{key}", language) for key in (village, settlement))
        text = text.replace(old, new).replace(old.capitalize(), new.capitalize())
    return text


def _place_heading(column: str, language: str) -> str:
    """The heading of a count of places whose kind has no words of its own, by its pattern."""
    for pattern, key in _COUNTED.items():
        if found := pattern.fullmatch(column):
            kind, *state = found.groups()
            return word(key.format(*state), language).format(places=column_heading(kind, language))
    return column


def unit(column: str) -> str:
    """Return the unit of a column's numbers, "" where it has none.

    Examples
    --------
    >>> unit("served_people_pct_low"), unit("none_area_km2"), unit("rank")
    ('%', 'km2', '')
    """
    parts = column.split("_")
    return next((told for part, told in _units().items() if part in parts), "")


def decimals(column: str, values: "pd.Series[Any]") -> int:
    """Return how many digits after the mark a column's numbers are read with."""
    if "_pct" in column:
        return 1
    if column.endswith("_km2") or "chance" in column or "factor" in column:
        return 2
    if column in ("longitude", "latitude"):
        return 5
    known = values.dropna()
    whole = "people" in column or (known == known.round()).all()
    return 0 if whole else 1


def worded(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return a table with words in place of codes, ready to be read.

    Parameters
    ----------
    frame
        Any table of a result. A geometry is left out; codes of `CODED`, "any" operator, yes and no
        and the reasons of findings are put into words.
    language
        One of `phusong.report.words.languages`.
    """
    geometry = [name for name in frame.columns if frame[name].dtype == "geometry"]
    told = pd.DataFrame(frame.drop(columns=geometry))
    for column in told.columns:
        told[column] = _column_worded(str(column), told[column], language)
    return told


def sentences_told(findings: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return findings with their sentences in a language; columns and codes stay as they are."""
    told = {name: _column_worded(name, findings[name], language) for name in _SENTENCES}
    return findings.assign(**told)


def _column_worded(column: str, values: "pd.Series[Any]", language: str) -> "pd.Series[Any]":
    if column in (*CODED, _RULE):
        known = codes(column)
        words = {code: word(f"{column}_{code}", language) for code in known}
        return values.map(lambda code: words.get(code or _NOT_TOLD, code), na_action="ignore")
    if column == "operator":
        return values.replace(ANY, word("any_operator", language))
    if column in _SENTENCES:
        return values.map(lambda text: phrase(text, language), na_action="ignore")
    may_be_truths = is_bool_dtype(values) or values.dtype == object
    if may_be_truths and values.map(lambda value: isinstance(value, bool | np.bool_)).any():
        return values.map(lambda value: _yes_or_no(value, language), na_action="ignore")
    return values


def _yes_or_no(value: object, language: str) -> object:
    is_truth = isinstance(value, bool | np.bool_)
    return word("yes" if value else "no", language) if is_truth else value


@cache
def _units() -> dict[str, str]:
    table = resources.files("phusong.report") / "tables" / "units.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["part"]: row["unit"] for row in rows}
