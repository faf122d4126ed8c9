"""Tables that users give: a frame, delimited text or a workbook, with headers by common names."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, read_code_table
from phusong.geodata.numerals import fold

__all__ = ["Given", "read_given_table"]

Given = pd.DataFrame | str | os.PathLike[str]
"""What a door takes for a table: a frame, or the path of a file."""

_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods")
_FIRST_ROW: Final = 2  # of a spreadsheet whose first row is the header


def read_given_table(
    given: Given, names: Names, needed: Sequence[str], what: str
) -> tuple[str, pd.DataFrame]:
    """Read the columns that are known by their names, as text.

    Parameters
    ----------
    given
        A frame; the path of delimited text as `read_code_table` takes it; or the path of a
        workbook, whose first sheet is read and has its header in the first row. Workbooks need
        the package python-calamine or openpyxl.
    names
        The columns that may be there, and what they may be called.
    needed
        Those without which the table says nothing.
    what
        Name of the table in errors where it is a frame.

    Returns
    -------
    tuple
        The source's name, and a frame of stripped text with the columns of `names` that are
        there; its index is the row in the file, or 2 for the first row of a frame or workbook.

    Raises
    ------
    InputError
        If the file is no table, has no row, or lacks a column that is needed.
    """
    if isinstance(given, pd.DataFrame):
        return what, _known_columns(given, names, needed, what)
    if Path(given).suffix.lower() in _WORKBOOKS:
        return str(given), _known_columns(_workbook(given), names, needed, str(given))
    return str(given), read_code_table(Path(given), names, needed)


def _workbook(path: str | os.PathLike[str]) -> pd.DataFrame:
    for engine in ("calamine", "openpyxl"):
        try:
            return pd.read_excel(path, dtype=str, engine=engine, keep_default_na=False)
        except ImportError:
            continue
        except Exception as error:  # each reader has errors of its own
            raise InputError(str(path), [f"cannot be read as a workbook: {error}"]) from error
    way_out = 'save the sheet as "CSV UTF-8", or install python-calamine'
    raise InputError(str(path), [f"no reader of workbooks is installed: {way_out}"])


def _known_columns(
    frame: pd.DataFrame, names: Names, needed: Sequence[str], source: str
) -> pd.DataFrame:
    known = {fold(each): column for column, called in names.items() for each in called}
    place: dict[str, int] = {}
    for number, header in enumerate(frame.columns):
        place.setdefault(known.get(fold(str(header)), ""), number)
    place.pop("", None)
    problems = [
        f"has no column of {column}; give one called {' or '.join(names[column])}"
        for column in needed
        if column not in place
    ]
    columns = {name: frame.iloc[:, number].map(_text) for name, number in place.items()}
    texts = pd.DataFrame({name: column.to_numpy(object) for name, column in columns.items()})
    texts.index = pd.RangeIndex(_FIRST_ROW, _FIRST_ROW + len(texts))
    texts = texts[(texts != "").any(axis=1)] if len(texts.columns) else texts
    if not problems and texts.empty:
        problems = ["has no row below its header"]
    if problems:
        raise InputError(source, problems)
    texts.attrs["columns"] = {name: str(frame.columns[number]) for name, number in place.items()}
    return texts


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return "" if value is None or value is pd.NaT or value != value else str(value).strip()
