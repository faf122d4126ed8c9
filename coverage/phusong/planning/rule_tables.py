"""Tables of siting rules that their user may edit: read from CSV, every problem at once."""

import math
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import at_row, read_code_table
from phusong.geodata.numerals import NumberRule, read_number

__all__ = ["checked", "numbers_of", "read_rules", "words_of"]


def read_rules(table: str | Path | None, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of rules, as text.

    Parameters
    ----------
    table
        The user's CSV file; None for the one that comes with the package, of that ``name``.
    columns
        Those that it must have; others are passed over, but for ``source``.

    Raises
    ------
    InputError
        If the file is no table, has no row or lacks a column.
    """
    if table is None:
        with as_file(files("phusong.planning").joinpath(f"tables/{name}.csv")) as path:
            return read_rules(path, name, columns)
    names = {column: (column,) for column in (*columns, "source")}
    return read_code_table(table, names, columns)


def numbers_of(
    table: pd.DataFrame, column: str, problems: list[str], *, empty: float = math.nan
) -> pd.Series:
    """A column's numbers, none below zero; a sentence for each that is none.

    ``empty`` is the value of an empty cell; NaN does not allow any.
    """
    rule = NumberRule(low=0.0, mend="give a number from 0")
    values = {}
    for row, text in table[column].items():
        reading = read_number(text, rule)
        if reading.missing and not math.isnan(empty):
            values[row] = empty
            continue
        if reading.missing or reading.reason:
            reason = reading.reason or "is empty"
            problems.append(at_row(table, row, column, f"{reason}: {rule.mend}"))
        values[row] = reading.value
    return pd.Series(values, dtype=float)


def words_of(
    table: pd.DataFrame, column: str, known: Mapping[str, str], problems: list[str]
) -> pd.Series:
    """A column's words, in the spelling of ``known`` (folded to spelled); a sentence for others."""
    words = {row: known.get(text.casefold(), "") for row, text in table[column].items()}
    there = ", ".join(known.values())
    problems += [
        at_row(table, row, column, f"is unknown: give one of {there}")
        for row, word in words.items()
        if not word
    ]
    return pd.Series(words, dtype=object)


def checked(source: str, problems: list[str]) -> None:
    """Raise what was found."""
    if problems:
        raise InputError(source, problems)
