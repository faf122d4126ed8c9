"""Tables that tell something of each commune by its code: headers by any of their common names."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.numerals import fold
from phusong.geodata.text_table import HEADER_WITHIN, read_text_table

__all__ = ["Names", "at_row", "header_of", "padding_hint", "read_code_table"]

Names = Mapping[str, Sequence[str]]
"""Of each column, the names that it goes by; case, accents and punctuation do not count."""

_OF_HEADER: Final = "columns"


def read_code_table(path: str | Path, names: Names, needed: Sequence[str]) -> pd.DataFrame:
    """Read the columns that are known by their names, as text.

    Parameters
    ----------
    path
        Delimited text, as `read_text_table` takes it.
    names
        The columns that may be there, and what they may be called.
    needed
        Those without which the table says nothing.

    Returns
    -------
    DataFrame
        The columns of `names` that the file has; its index is the row in the file, 1 the first.
        Rows without any text are left out.

    Raises
    ------
    InputError
        If the file is no table, has no row, or lacks a column that is needed.
    """
    known = {fold(each): column for column, called in names.items() for each in called}
    table = read_text_table(path, is_header_field=lambda field: fold(field) in known)
    head = next(
        (
            row
            for row, record in enumerate(table.records[:HEADER_WITHIN])
            if set(needed) <= {known.get(fold(field)) for field in record}
        ),
        None,
    )
    if head is None:
        raise InputError(str(path), _lacking(table.records, known, names, needed))
    place: dict[str, int] = {}
    for number, field in enumerate(table.records[head]):
        place.setdefault(known.get(fold(field), ""), number)
    place.pop("", None)
    rows = {
        row: {column: _field(record, number) for column, number in place.items()}
        for row, record in enumerate(table.records[head + 1 :], start=head + 2)
        if any(field.strip() for field in record)
    }
    if not rows:
        raise InputError(str(path), ["has no row below its header"])
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(place), dtype=object)
    frame.attrs[_OF_HEADER] = {name: table.records[head][at].strip() for name, at in place.items()}
    return frame


def at_row(table: pd.DataFrame, row: Any, column: str, problem: str) -> str:
    """Say a problem of one field: its row, its column as the file calls it, and its value.

    Examples
    --------
    >>> at_row(pd.DataFrame({"code": ["7x"]}, index=[2]), 2, "code", "is of no commune; mend it")
    "row 2, code '7x' is of no commune; mend it"
    """
    value = table.loc[row, column] if column in table else ""
    return f"row {row}, {header_of(table, column)} {value!r} {problem}"


def header_of(table: pd.DataFrame, column: str) -> str:
    """What the file calls a column that `read_code_table` read; its own name where not read."""
    return str(table.attrs.get(_OF_HEADER, {}).get(column, column))


def padding_hint(code: object, known: Iterable[str]) -> str:
    """Name the code that was meant where only leading zeros are lacking or too many.

    Examples
    --------
    >>> padding_hint("8707", ["08707", "08710"])
    ": is it '08707'? Leading zeros count: keep codes as text"
    >>> padding_hint("9999", ["08707"])
    ''
    """
    bare = str(code).strip().lstrip("0")
    meant = [each for each in known if each.lstrip("0") == bare]
    return f": is it {meant[0]!r}? Leading zeros count: keep codes as text" if meant else ""


def _field(record: Sequence[str], number: int) -> str:
    return record[number].strip() if number < len(record) else ""


def _lacking(
    records: Sequence[Sequence[str]], known: Mapping[str, str], names: Names, needed: Sequence[str]
) -> list[str]:
    """Name what the likeliest header lacks."""
    heads = [{known.get(fold(field), "") for field in record} for record in records[:HEADER_WITHIN]]
    there = max(heads, key=lambda found: len(found & set(needed)))
    return [
        f"has no column of {column}; give one called {' or '.join(names[column])}"
        for column in needed
        if column not in there
    ]
