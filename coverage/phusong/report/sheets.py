"""A table as a sheet of an Excel workbook: formats, widths, frozen panes and how it prints."""

import datetime
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import xlsxwriter
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from phusong.report.columns import decimals
from phusong.report.words import word

__all__ = ["Sheets"]

_LONGEST_TEXT: Final = 32_767  # characters of an Excel cell
_MOST_ROWS: Final = 1_048_575  # rows of an Excel sheet below its heading
_LOOKED_AT: Final = 500  # rows that tell how wide a column must be

_WIDEST: Final = 60  # characters of a column; longer text is wrapped
_WIDEST_NUMBER: Final = 12
_WIDEST_HEADING: Final = 14  # headings are wrapped beyond it
_PAGE_WIDTH: Final = 170  # characters of a landscape page that can still be read
_A4: Final = 9

_HEAD: Final = {
    "bold": True,
    "text_wrap": True,
    "valign": "top",
    "bg_color": "#dce6f1",
    "bottom": 1,
}
_DATE: Final = "yyyy-mm-dd"

_NAMES: Final = ("code", "name", "claim", "case", "id", "technology", "operator")
"""Columns that say what a row is of: the first of them stay in view."""


class Sheets:
    """The sheets of a workbook, written one after the other.

    Parameters
    ----------
    book
        Open workbook.
    language
        One of `phusong.report.words.languages`.
    """

    def __init__(self, book: xlsxwriter.Workbook, language: str) -> None:
        self._book = book
        self._language = language
        self._formats: dict[tuple[str, bool], Any] = {}
        self._head = book.add_format(_HEAD)

    def write(self, title: str, frame: pd.DataFrame, headers: Mapping[str, str]) -> None:
        """Add a sheet with a table.

        Parameters
        ----------
        title
            Name of the sheet.
        frame
            Its rows; rows that a sheet cannot hold are left out, which its last row says.
        headers
            Heading of each column.
        """
        sheet = self._book.add_worksheet(title)
        shown = frame.iloc[:_MOST_ROWS]
        widths = [
            self._write_column(sheet, place, shown.iloc[:, place], headers[str(name)])
            for place, name in enumerate(frame.columns)
        ]
        fixed = _fixed_columns(frame)
        sheet.freeze_panes(1, fixed)
        if len(shown):
            sheet.autofilter(0, 0, len(shown), len(frame.columns) - 1)
        self._set_up_print(sheet, sum(widths), fixed)
        if len(frame) > _MOST_ROWS:
            left_out = word("rows_left_out", self._language)
            count = len(frame) - _MOST_ROWS + 1
            sheet.write_string(_MOST_ROWS, 0, left_out.format(count=count))

    def _write_column(self, sheet: Any, place: int, values: "pd.Series[Any]", header: str) -> int:
        """Write a column below its heading; return its width in characters."""
        width = _width(header, values)
        sheet.write_string(0, place, header, self._head)
        style = self._format(_number_format(str(values.name), values), width == _WIDEST)
        sheet.set_column(place, place, width, style)
        _write_values(sheet, place, values)
        return width

    def _format(self, number_format: str, wraps: bool) -> Any:
        key = number_format, wraps
        if key not in self._formats:
            told = {"num_format": number_format, "valign": "top", "text_wrap": wraps}
            self._formats[key] = self._book.add_format(told)
        return self._formats[key]

    def _set_up_print(self, sheet: Any, width: int, fixed: int) -> None:
        """A4 across, the heading on every page; what is too wide for one page goes over several."""
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.repeat_rows(0)
        if width <= _PAGE_WIDTH:
            sheet.fit_to_pages(1, 0)
        elif fixed:
            sheet.repeat_columns(0, fixed - 1)
        page = word("page", self._language)
        sheet.set_footer(f"&L&A&R{page} &P/&N")


def _fixed_columns(frame: pd.DataFrame) -> int:
    """How many columns at the left say what a row is of, at most four."""
    told = [str(name).rpartition(".")[2] in _NAMES for name in frame.columns[:4]]
    return told.index(False) if False in told else len(told)


def _write_values(sheet: Any, place: int, values: "pd.Series[Any]") -> None:
    """Write the values that there are; a column of one kind is written without asking each."""
    if is_datetime64_any_dtype(values):
        _write(sheet.write_datetime, place, (_or_none(value) for value in values))
    elif is_numeric_dtype(values) and not is_bool_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan).tolist()
        if any(map(math.isinf, numbers)):
            _write_each(sheet, place, values)
        else:
            _write(sheet.write_number, place, (None if n != n else n for n in numbers))
    else:
        _write_each(sheet, place, values)


def _write(write: Callable[[int, int, Any], Any], place: int, values: Iterable[Any]) -> None:
    for row, value in enumerate(values, start=1):
        if value is not None:
            write(row, place, value)


def _write_each(sheet: Any, place: int, values: "pd.Series[Any]") -> None:
    write_string, write_number = sheet.write_string, sheet.write_number
    for row, value in enumerate(values.tolist(), start=1):
        if type(value) is str:
            write_string(row, place, value[:_LONGEST_TEXT])
        elif _is_number(value):
            write_number(row, place, value)
        elif isinstance(value, datetime.datetime) and not pd.isna(value):
            sheet.write_datetime(row, place, value)
        elif (text := _text(value)) is not None:
            write_string(row, place, text[:_LONGEST_TEXT])


def _is_number(value: object) -> bool:
    known = isinstance(value, int | float | np.integer | np.floating)
    return known and not isinstance(value, bool) and math.isfinite(value)  # type: ignore[arg-type]


def _text(value: Any) -> str | None:
    if isinstance(value, list | tuple | Mapping):
        return ", ".join(map(str, value.items() if isinstance(value, Mapping) else value))
    return None if pd.isna(value) else str(value)


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value


def _number_format(name: str, values: "pd.Series[Any]") -> str:
    if is_datetime64_any_dtype(values):
        return _DATE
    if not is_numeric_dtype(values) or name == "row":
        return "General"
    digits = decimals(name, values)
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


def _width(header: str, values: "pd.Series[Any]") -> int:
    """Characters of a column: its values', or of its heading as much as it must, in lines."""
    if is_numeric_dtype(values):
        longest = _WIDEST_NUMBER
    else:
        longest = max((len(str(value)) for value in values.head(_LOOKED_AT).dropna()), default=0)
    heading = min(max(map(len, header.split()), default=0) + 2, _WIDEST_HEADING)
    return min(_WIDEST, max(longest + 2, heading, min(len(header) + 2, _WIDEST_HEADING)))
