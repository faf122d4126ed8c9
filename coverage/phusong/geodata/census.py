"""People of each commune from a census table, by code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, at_row, read_code_table
from phusong.geodata.numerals import NumberRule, read_number

__all__ = ["read_census", "read_people_numbers"]

_NAMES: Final[Names] = {
    "code": ("code", "commune_code", "ma_xa", "ma_phuong_xa", "ward_code", "commune_id", "ward_id"),
    "people": ("people", "population", "total", "dan_so", "so_dan", "pop"),
}
_PEOPLE: Final = NumberRule(low=0, mend="write the number of people in digits alone")
_POINT_GROUPS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")


def read_census(path: str | Path) -> "pd.Series[float]":
    """Read the people of each commune.

    Parameters
    ----------
    path
        Delimited text with a code and a number of people in each row. A number that is empty or
        says so ("N/A") is not known.

    Returns
    -------
    Series
        People (NaN where not known) by code.

    Raises
    ------
    InputError
        If the file is no such table, or rows of it cannot be used: all of them are named.
    """
    table = read_code_table(path, _NAMES, ("code", "people"))
    people, problems = read_people_numbers(table)
    problems += _code_problems(table)
    if problems:
        raise InputError(str(path), problems)
    return pd.Series(people.to_numpy(), index=table["code"].to_numpy(), dtype=float)


def read_people_numbers(table: pd.DataFrame) -> tuple["pd.Series[float]", list[str]]:
    """Read the column people of a table; NaN where not known.

    Returns
    -------
    people : Series
        float, indexed as the table.
    problems : list of str
        What cannot be used.
    """
    readings = {row: read_number(text, _PEOPLE) for row, text in table["people"].items()}
    problems = [
        at_row(table, row, "people", f"{reading.reason}; {reading.mend}")
        for row, reading in readings.items()
        if reading.reason
    ]
    problems += [
        at_row(table, row, "people", f"may mean {text.replace('.', '')}; {_PEOPLE.mend}")
        for row, text in table["people"].items()
        if _POINT_GROUPS.fullmatch(text)
    ]
    values = {row: reading.value for row, reading in readings.items()}
    return pd.Series(values, index=table.index, dtype=float), problems


def _code_problems(table: pd.DataFrame) -> Iterator[str]:
    for row in table.index[table["code"] == ""]:
        yield at_row(table, row, "code", "is empty; give the commune's code")
    coded = table[table["code"] != ""]
    for row in coded.index[coded["code"].duplicated()]:
        first = coded.index[coded["code"] == coded["code"][row]][0]
        yield at_row(table, row, "code", f"stands in row {first} already; keep one")
