"""What a column of a table means: its heading, its unit, and the words for its codes.

A new column needs a row of ``tables/words.csv`` with its name as the key. Its unit follows from the
name, by the first row of ``tables/units.csv`` whose part stands in the name between underscores.
"""

import csv
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import pandas as pd

from phusong.gaps import ANY
from phusong.report.phrases import phrase
from phusong.report.words import codes, word

__all__ = ["CODED", "unit", "worded"]

CODED: Final = ("state", "kind", "answer", "certainty", "cause", "verdict", "severity", "metric")
"""Columns of codes: each code's word is that of ``{column}_{code}``."""

_SENTENCES: Final = ("reason", "mend")
_NOT_TOLD: Final = "not_told"  # the key of an empty code


def unit(column: str) -> str:
    """Return the unit of a column's numbers, "" where it has none.

    Examples
    --------
    >>> unit("served_people_pct_low"), unit("none_area_km2"), unit("rank")
    ('%', 'km2', '')
    """
    parts = column.split("_")
    return next((told for part, told in _units().items() if part in parts), "")


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


def _column_worded(column: str, values: "pd.Series[Any]", language: str) -> "pd.Series[Any]":
    if column in CODED:
        known = codes(column)
        words = {code: word(f"{column}_{code}", language) for code in known}
        return values.map(lambda code: words.get(code or _NOT_TOLD, code), na_action="ignore")
    if column == "operator":
        return values.replace(ANY, word("any_operator", language))
    if column in _SENTENCES:
        return values.map(lambda text: phrase(text, language), na_action="ignore")
    if values.map(lambda value: isinstance(value, bool | np.bool_)).any():
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
