"""The result as an Excel workbook: what was found, what is proposed, and what was assumed."""

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import pandas as pd
import xlsxwriter
from pandas.api.types import is_datetime64_any_dtype, is_integer_dtype, is_numeric_dtype

from phusong.gaps import Checks
from phusong.report.assumptions import assumptions
from phusong.report.columns import column_heading, table_title, worded
from phusong.report.files import replacing
from phusong.report.results import result_tables
from phusong.report.tables import commune_headers, commune_table, summary_values
from phusong.report.words import check_language, heading, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["write_excel"]

_LONGEST_TEXT: Final = 32_767  # characters of an Excel cell
_MOST_ROWS: Final = 1_048_575  # rows of an Excel sheet below its heading
_WIDEST: Final = 50  # characters of a column

_HEAD: Final = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#dce6f1"}
_DATE: Final = "yyyy-mm-dd"
_NO_TIME: Final = datetime.datetime(1980, 1, 1)

_Sheet = tuple[str, pd.DataFrame, Mapping[str, str]]


def write_excel(
    path: Path | str,
    gaps: "Gaps",
    plan: "Plan | None" = None,
    findings: pd.DataFrame | None = None,
    language: str = "en",
    **checks: Unpack[Checks],
) -> Path:
    """Write a sheet for each table of a result, findings and assumptions at the end.

    Headings, codes and the reasons of findings are in words of the language. Text is written as
    text: a name that begins with ``=`` is no formula.

    Parameters
    ----------
    path
        File to write (``.xlsx``); one that is there is replaced.
    gaps
        Result of `phusong.find_gaps`.
    plan
        Result of `phusong.propose_sites`; without it there is no sheet of proposed sites.
    findings
        What was repaired, rejected or doubted while the input was read.
    language
        One of `phusong.report.words.languages`.
    **checks
        Results of `phusong.compare_runs`, `check_targets`, `check_claim` and `switch_off`, see
        `phusong.gaps.Checks`: a sheet or two each.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        For a language that is not there.
    """
    check_language(language)
    tables = result_tables(gaps, plan, **checks)
    sheets = list(_sheets(gaps, plan, tables, findings, language))
    with (
        replacing(Path(path)) as partial,
        xlsxwriter.Workbook(partial, {"strings_to_formulas": False}) as book,
    ):
        book.set_properties({"created": _NO_TIME})  # the same results are the same bytes
        for name, frame, headers in sheets:
            title = table_title(name, language, settlements=gaps.coverage.scene.are_settlements)
            _write_sheet(book, title, frame, headers)
            _note_what_is_left_out(book, frame, language)
    return Path(path)


def _sheets(
    gaps: "Gaps",
    plan: "Plan | None",
    tables: Mapping[str, pd.DataFrame],
    findings: pd.DataFrame | None,
    language: str,
) -> Iterator[_Sheet]:
    values = summary_values(gaps, plan).T.rename_axis("technology").reset_index()
    headers = {key: heading(key, language, "summary") for key in map(str, values.columns)}
    yield "summary", values, headers
    yield "communes", worded(commune_table(gaps), language), commune_headers(gaps, language)
    others = tables if findings is None else {**tables, "findings": findings}
    settlements = gaps.coverage.scene.are_settlements
    for name, frame in {**others, "assumptions": assumptions(gaps, language)}.items():
        headers = {
            column: column_heading(column, language, name, settlements=settlements)
            for column in map(str, frame.columns)
        }
        yield name, worded(frame, language), headers


def _write_sheet(
    book: xlsxwriter.Workbook, title: str, frame: pd.DataFrame, headers: Mapping[str, str]
) -> None:
    sheet = book.add_worksheet(title)
    head = book.add_format(_HEAD)
    shown = frame.iloc[:_MOST_ROWS]
    for place, name in enumerate(map(str, frame.columns)):
        values = shown.iloc[:, place]
        sheet.write_string(0, place, headers[name], head)
        style = book.add_format({"num_format": _number_format(name, values)})
        sheet.set_column(place, place, _width(headers[name], values), style)
        for row, value in enumerate(values, start=1):
            _write_cell(sheet, row, place, value)
    sheet.freeze_panes(1, 0)
    if len(shown):
        sheet.autofilter(0, 0, len(shown), len(frame.columns) - 1)


def _note_what_is_left_out(book: xlsxwriter.Workbook, frame: pd.DataFrame, language: str) -> None:
    if len(frame) > _MOST_ROWS:
        left_out = word("rows_left_out", language).format(count=len(frame) - _MOST_ROWS + 1)
        book.worksheets()[-1].write_string(_MOST_ROWS, 0, left_out)


def _write_cell(sheet: Any, row: int, place: int, value: Any) -> None:
    if isinstance(value, list | tuple | Mapping):
        value = ", ".join(map(str, value.items() if isinstance(value, Mapping) else value))
    if pd.isna(value):
        return
    is_number = pd.api.types.is_number(value) and not isinstance(value, bool | np.bool_)
    if isinstance(value, datetime.datetime):
        sheet.write_datetime(row, place, value)
    elif not is_number or np.isinf(value):
        sheet.write_string(row, place, str(value)[:_LONGEST_TEXT])
    else:
        sheet.write_number(row, place, value)


def _number_format(name: str, values: "pd.Series[Any]") -> str:
    if is_datetime64_any_dtype(values):
        return _DATE
    if "_pct" in name:
        return "0.0"
    if name.endswith("_km2"):
        return "#,##0.00"
    if name in ("longitude", "latitude"):
        return "0.000000"
    if name.startswith("chance"):
        return "0.00"
    if "people" in name or (is_integer_dtype(values) and name != "row"):
        return "#,##0"
    return "#,##0.0" if is_numeric_dtype(values) and name != "row" else "General"


def _width(header: str, values: "pd.Series[Any]") -> int:
    longest = max((len(str(value)) for value in values.head(200)), default=0)
    if is_numeric_dtype(values):
        longest = min(longest, 12)
    return min(_WIDEST, max(longest, min(len(header), 14)) + 2)
