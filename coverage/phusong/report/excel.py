"""The result as an Excel workbook: what was found, what is proposed, and what was assumed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xlsxwriter
from pandas.api.types import is_integer_dtype, is_numeric_dtype

from phusong.gaps import ANY, compare_operators
from phusong.report.files import replacing
from phusong.report.tables import (
    commune_headers,
    commune_table,
    place_headers,
    summary_values,
)
from phusong.report.words import check_language, heading, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["write_excel"]

_LONGEST_TEXT: Final = 32_767  # characters of an Excel cell
_MOST_ROWS: Final = 1_048_575  # rows of an Excel sheet below its heading
_WIDEST: Final = 50  # characters of a column

_HEAD: Final = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#dce6f1"}

_Sheet = tuple[str, pd.DataFrame, Mapping[str, str]]


def write_excel(
    path: Path | str,
    gaps: "Gaps",
    plan: "Plan | None" = None,
    findings: pd.DataFrame | None = None,
    language: str = "en",
) -> Path:
    """Write summary, communes, operators, dead spots, proposed sites, findings and assumptions.

    Text is written as text: a name that begins with ``=`` is no formula.

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
    sheets = list(_sheets(gaps, plan, findings, language))
    with (
        replacing(Path(path)) as partial,
        xlsxwriter.Workbook(partial, {"strings_to_formulas": False}) as book,
    ):
        for title, frame, headers in sheets:
            _write_sheet(book, word(title, language), frame, headers, language)
    return Path(path)


def _sheets(
    gaps: "Gaps", plan: "Plan | None", findings: pd.DataFrame | None, language: str
) -> Iterator[_Sheet]:
    values = summary_values(gaps, plan).T.rename_axis("technology").reset_index()
    keys = [column for column in values.columns if column != "technology"]
    headers = {key: word(f"summary_{key}", language) for key in keys}
    yield "sheet_summary", values, headers
    yield "sheet_communes", _flat(commune_table(gaps), language), commune_headers(gaps, language)
    side_by_side = compare_operators(gaps)
    yield "sheet_operators", side_by_side.communes, {}
    yield "sheet_roaming", side_by_side.roaming, {}
    headings = place_headers(gaps, language)
    yield "sheet_dead_spots", _flat(gaps.dead_spots, language), headings
    if plan is not None:
        yield "sheet_proposed_sites", _flat(plan.sites, language), {}
    if findings is not None:
        yield "sheet_findings", findings, {}
    yield "sheet_assumptions", _assumptions(gaps, language), {}


def _flat(frame: gpd.GeoDataFrame, language: str) -> pd.DataFrame:
    """Without the geometry, and with words in place of codes."""
    flat = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    for column in flat.columns.intersection(["state", "kind", "answer", "certainty", "cause"]):
        flat[column] = [word(f"{column}_{code or 'not_told'}", language) for code in flat[column]]
    if "operator" in flat:
        flat["operator"] = flat["operator"].replace(ANY, word("any_operator", language))
    return flat


def _assumptions(gaps: "Gaps", language: str) -> pd.DataFrame:
    """What the numbers rest on, a row each."""
    profile, coverage = gaps.profile, gaps.coverage
    noise_m = gaps.uncertainty.terrain_noise_of(coverage.scene)[0]
    models = sorted(set(coverage.data["model"].to_numpy().astype(str)))
    errors = {name: gaps.uncertainty.model_error_of(name) for name in models}
    rows: list[tuple[str, object]] = [
        (word("assumed_profile", language), f"{profile.name}: {profile.title}"),
        (word("assumed_profile_source", language), f"{profile.source} ({profile.date})"),
        (word("assumed_probability", language), profile.probability),
        (
            word("assumed_load", language),
            word("not_named", language) if profile.load is None else profile.load,
        ),
        (word("assumed_receiver_height_m", language), profile.receiver_height_m),
    ]
    rows += [
        (f"{technology}: {word(f'state_{tier}', language)} (dBm)", level)
        for technology, tiers in profile.thresholds_dbm.items()
        for tier, level in tiers.items()
    ]
    rows += [
        (word("assumed_min_area_km2", language), gaps.min_area_km2),
        (word("assumed_villages", language), _where_from(gaps, language)),
        (word("assumed_village_rule", language), gaps.village_rule.text(language)),
        (word("assumed_sigma_db", language), coverage.shadowing_sigma_db),
        (word("assumed_confidence", language), gaps.uncertainty.confidence),
        (word("assumed_correlation_km", language), gaps.uncertainty.correlation_km),
        (word("assumed_common_share", language), gaps.uncertainty.common_share),
        (word("assumed_terrain_noise_m", language), noise_m),
        *(
            (f"{word('assumed_model_error_db', language)}: {name}", error_db)
            for name, error_db in errors.items()
        ),
        (word("assumed_model", language), str(coverage.data.attrs["model"])),
        (word("assumed_pixel_m", language), coverage.scene.resolution_m),
        (word("assumed_crs", language), str(coverage.scene.grid.crs)),
    ]
    rows += [(f"predict.{name}", value) for name, value in coverage.settings.model_dump().items()]
    rows += [
        (f"{word('assumed_source', language)}: {name}", f"{source.path}, sha256 {source.sha256}")
        for name, source in coverage.scene.sources.items()
    ]
    return pd.DataFrame(rows, columns=["assumption", "value"], dtype=object)


def _where_from(gaps: "Gaps", language: str) -> str:
    settlements = gaps.coverage.scene.are_settlements
    return word("kind_settlement" if settlements else "villages_given", language)


def _write_sheet(
    book: xlsxwriter.Workbook,
    title: str,
    frame: pd.DataFrame,
    headers: Mapping[str, str],
    language: str,
) -> None:
    sheet = book.add_worksheet(title)
    head = book.add_format(_HEAD)
    shown = frame.iloc[:_MOST_ROWS]
    for place, name in enumerate(map(str, frame.columns)):
        text = headers.get(name) or heading(name, language)
        sheet.write_string(0, place, text, head)
        style = book.add_format({"num_format": _number_format(name, shown.iloc[:, place])})
        sheet.set_column(place, place, _width(text, shown.iloc[:, place]), style)
        for row, value in enumerate(shown.iloc[:, place], start=1):
            _write_cell(sheet, row, place, value)
    if len(frame) > _MOST_ROWS:
        left_out = word("rows_left_out", language).format(count=len(frame) - _MOST_ROWS + 1)
        sheet.write_string(_MOST_ROWS, 0, left_out)
    sheet.freeze_panes(1, 0)
    if len(shown):
        sheet.autofilter(0, 0, len(shown), len(frame.columns) - 1)


def _write_cell(sheet: Any, row: int, place: int, value: Any) -> None:
    if isinstance(value, list | tuple | Mapping):
        value = ", ".join(map(str, value.items() if isinstance(value, Mapping) else value))
    if pd.isna(value):
        return
    is_number = pd.api.types.is_number(value) and not isinstance(value, bool | np.bool_)
    if not is_number or np.isinf(value):
        sheet.write_string(row, place, str(value)[:_LONGEST_TEXT])
    else:
        sheet.write_number(row, place, value)


def _number_format(name: str, values: "pd.Series[Any]") -> str:
    if "_pct" in name:
        return "0.0"
    if name.endswith("_km2"):
        return "#,##0.00"
    if name in ("longitude", "latitude"):
        return "0.000000"
    if "people" in name or (is_integer_dtype(values) and name != "row"):
        return "#,##0"
    return "#,##0.0" if is_numeric_dtype(values) and name != "row" else "General"


def _width(header: str, values: "pd.Series[Any]") -> int:
    longest = max((len(str(value)) for value in values.head(200)), default=0)
    if is_numeric_dtype(values):
        longest = min(longest, 12)
    return min(_WIDEST, max(longest, min(len(header), 14)) + 2)
