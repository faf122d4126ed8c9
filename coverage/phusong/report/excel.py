"""The result as an Excel workbook: what was found, what is proposed, and what was assumed."""

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import geopandas as gpd
import pandas as pd
import xlsxwriter

from phusong.gaps import ANY, Checks
from phusong.report.assumptions import assumptions
from phusong.report.columns import column_heading, table_title, worded
from phusong.report.commune_lines import commune_headers, commune_lines
from phusong.report.files import replacing
from phusong.report.results import result_tables
from phusong.report.sheets import Sheets
from phusong.report.tables import summary_values
from phusong.report.village_lines import village_lines
from phusong.report.words import check_language

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["write_excel"]

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
    text: a name that begins with ``=`` is no formula. Communes, and old ones, are a line each, with
    the main figures by any operator; all figures of today's, by operator, follow. Villages are a
    line each too, with a column of states for each network.

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
    settlements = gaps.coverage.scene.are_settlements
    with (
        replacing(Path(path)) as partial,
        xlsxwriter.Workbook(partial, {"strings_to_formulas": False}) as book,
    ):
        book.set_properties({"created": _NO_TIME})  # the same results are the same bytes
        sheets = Sheets(book, language)
        for name, frame, headers in _sheets(gaps, plan, tables, findings, language):
            sheets.write(table_title(name, language, settlements=settlements), frame, headers)
    return Path(path)


def _sheets(
    gaps: "Gaps",
    plan: "Plan | None",
    tables: Mapping[str, pd.DataFrame],
    findings: pd.DataFrame | None,
    language: str,
) -> Iterator[_Sheet]:
    settlements = gaps.coverage.scene.are_settlements

    def told(name: str, frame: pd.DataFrame) -> _Sheet:
        headers = {
            column: column_heading(column, language, name, settlements=settlements)
            for column in map(str, frame.columns)
        }
        return name, worded(frame, language), headers

    def lines(name: str, frame: pd.DataFrame) -> _Sheet:
        rows = gpd.GeoDataFrame(frame[frame["operator"] == ANY])
        headers = commune_headers(rows, language, name, settlements=settlements, brief=True)
        return name, worded(commune_lines(rows, brief=True), language), headers

    values = summary_values(gaps, plan).T.rename_axis("technology").reset_index()
    yield told("summary", values)
    yield lines("communes", gaps.communes)
    for name, frame in tables.items():
        if name == "villages" and len(frame):
            yield name, *village_lines(gaps, language)
        elif name == "old_communes":
            yield lines(name, frame)
        else:
            yield told(name, frame)
    if findings is not None:
        yield told("findings", findings)
    yield told("assumptions", assumptions(gaps, language))
