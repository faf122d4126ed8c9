"""The report's tables: communes, villages and dead spots first, the plan, and what was checked."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from phusong.gaps import ANY, Checks
from phusong.report.cells import range_text, table_block
from phusong.report.columns import column_heading, table_title, worded
from phusong.report.commune_lines import commune_lines
from phusong.report.document import Block, Heading, Picture, Table, Text
from phusong.report.first_places import first_spots, first_villages
from phusong.report.report_summary import FIRST_SPOTS, heading_of, headings_of
from phusong.report.state_picture import state_png
from phusong.report.words import number, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["check_blocks", "commune_blocks", "place_blocks", "plan_blocks"]

_MOST_LINES: Final = 200  # of communes or targets: the workbook has the others
_MOST_VILLAGES: Final = 30
_VILLAGE: Final = (
    "name",
    "commune_name",
    "people",
    "state",
    "answer",
    "rank",
    "cause",
    "missing_db",
)
_SPOT: Final = (
    "rank",
    "id",
    "commune_name",
    "people",
    "area_km2",
    "state",
    "certainty",
    "cause",
    "missing_db",
    "nearest_mast_km",
)
_SITE: Final = (
    "rank",
    "site_id",
    "year",
    "kind",
    "owner",
    "antenna_height_m",
    "people_newly_served",
    "people_cumulative",
    "present_value",
    "communes",
)
_SUMMED: Final = ("people_newly_served", "present_value")
_TARGET: Final = (
    "name",
    "technology",
    "metric",
    "value",
    "reached",
    "low",
    "high",
    "verdict",
    "due",
)
_CLAIM: Final = ("claimed_people", "holds_people", "cannot_say_people", "fails_people")
_SWITCH_OFF: Final = ("served_people", "lost_people")
_CHANGE: Final = (
    "name",
    "technology",
    "before_people",
    "after_people",
    "won_people",
    "lost_people",
)


def commune_blocks(gaps: "Gaps", technology: str, language: str) -> Iterator[Block]:
    """Tell of each commune, for each technology, how many are served and how sure that is.

    Where there are too many communes, those come that fare worst in one technology.
    """
    rows = gaps.communes[gaps.communes["operator"] == ANY]
    lines = commune_lines(gpd.GeoDataFrame(rows))
    yield Heading(table_title("communes", language), new_sheet=True)
    yield Text(word("report_communes_note", language), quiet=True)
    if len(lines) > _MOST_LINES:
        order = lines.sort_values(f"{technology}_served_people_pct", kind="stable")
        yield _left_out(len(lines) - _MOST_LINES, language)
        lines = order.head(_MOST_LINES)
    told = pd.DataFrame(lines[["code", "name", "people"]])
    headings = headings_of(gaps, ("code", "name", "people"), language, "communes")
    ranges = []
    for name in map(str, rows["technology"].unique()):
        share, unserved = f"{name}_served_people_pct", f"{name}_people_surely_unserved"
        told[share], told[unserved] = lines[share], lines[unserved]
        told[f"{name}_range"] = [
            range_text(*pair, language)
            for pair in zip(lines[f"{share}_low"], lines[f"{share}_high"], strict=True)
        ]
        ranges.append(f"{name}_range")
        headings |= {
            share: f"{name}: {word('report_served_pct', language)}",
            f"{name}_range": f"{name}: {word('report_range', language)}",
            unserved: f"{name}: {word('report_surely_unserved', language)}",
        }
        unknown = f"{name}_people_not_computed"
        if (lines[unknown] > 0).any():
            told[unknown] = lines[unknown]
            headings[unknown] = f"{name}: {word('report_not_computed', language)}"
    yield table_block(told, headings, language, numbers=ranges)


def place_blocks(gaps: "Gaps", technology: str, language: str) -> Iterator[Block]:
    """Tell of the villages and dead spots to go to first, in one technology."""
    villages, spots = first_villages(gaps, technology), first_spots(gaps, technology)
    yield Heading(word("report_places", language).format(technology=technology), new_sheet=True)
    if len(villages):
        title = heading_of(gaps, "report_villages", language)
        yield Heading(title.format(technology=technology), level=2)
        yield Text(word("report_villages_note", language), quiet=True)
        headings = headings_of(gaps, _VILLAGE, language, "villages")
        headings["rank"] = word("report_spot", language)
        yield table_block(worded(villages.head(_MOST_VILLAGES), language), headings, language)
        if len(villages) > _MOST_VILLAGES:
            yield _left_out(len(villages) - _MOST_VILLAGES, language)
    title = word("report_spots", language).format(technology=technology)
    yield Heading(title, level=2)
    if not len(spots):
        yield Text(word("report_no_spots", language).format(technology=technology))
        return
    yield Text(word("report_spots_note", language), quiet=True)
    headings = headings_of(gaps, _SPOT, language, "dead_spots")
    yield table_block(worded(spots.head(FIRST_SPOTS), language), headings, language)
    if len(spots) > FIRST_SPOTS:
        yield _left_out(len(spots) - FIRST_SPOTS, language)


def plan_blocks(gaps: "Gaps", plan: "Plan", technology: str, language: str) -> Iterator[Block]:
    """Tell of the proposed sites, by year where they have one, on a map of their own technology."""
    title = table_title("proposed_sites", language)
    yield Heading(f"{title}: {plan.technology}, {plan.operator}", new_sheet=True)
    sites = pd.DataFrame(plan.sites).drop(columns="geometry")
    if not len(sites):
        yield Text(word("report_no_sites", language))
        return
    if plan.technology != technology:
        png = state_png(gaps, plan.technology, plan, language, spots=0)
        seen = word("report_sites_seen", language).format(technology=plan.technology)
        yield Picture(png, seen, width_pct=65.0)
        yield Text(word("report_map_sites", language), quiet=True)
    if "year" in sites:
        yield Heading(word("report_by_year", language), level=2)
        yield _by_year(sites, language)
        yield Heading(word("report_site_by_site", language), level=2)
    yield _sites(sites, plan.operator, language)


def check_blocks(language: str, checks: Checks) -> Iterator[Block]:
    """Tell what became of targets, claims and what-ifs, where they were asked for."""
    tables = [*_check_tables(checks)]
    if tables:
        yield Heading(word("report_checks", language), new_sheet=True)
    for name, frame, columns in tables:
        yield Heading(table_title(name, language), level=2)
        headings = {column: column_heading(column, language, name) for column in columns}
        yield table_block(worded(frame.head(_MOST_LINES), language), headings, language)
        if len(frame) > _MOST_LINES:
            yield _left_out(len(frame) - _MOST_LINES, language)


def _check_tables(checks: Checks) -> Iterator[tuple[str, pd.DataFrame, tuple[str, ...]]]:
    targets = checks.get("targets")
    if targets is not None:
        yield "targets", targets.targets, _TARGET
    if claims := checks.get("claims", {}):
        sums = {name: claim.province for name, claim in claims.items()}
        yield "claims", _lines(sums, "claim"), ("claim", *_CLAIM)
    if cases := checks.get("switch_offs", {}):
        lost = {name: case.province for name, case in cases.items()}
        yield "switch_offs", _lines(lost, "case"), ("case", *_SWITCH_OFF)
    changes = checks.get("changes")
    if changes is not None:
        yield "changes", changes[changes["operator"] == ANY], _CHANGE


def _lines(sums: "Mapping[str, pd.Series[float]]", key: str) -> pd.DataFrame:
    return pd.DataFrame(sums).T.rename_axis(key).reset_index()


def _by_year(sites: pd.DataFrame, language: str) -> Table:
    summed = [name for name in _SUMMED if name in sites]
    years = sites.groupby("year")
    told = years[summed].sum()
    told.insert(0, "sites", years.size())
    told = told.reset_index()
    told["year"] = told["year"].astype(int).astype(str)
    headings = {
        "year": word("year", language),
        "sites": word("summary.proposed_sites", language),
    } | {name: column_heading(name, language, "proposed_sites") for name in summed}
    return table_block(told, headings, language)


def _sites(sites: pd.DataFrame, operator: str, language: str) -> Table:
    columns = [name for name in _SITE if name in sites]
    told = worded(sites, language)
    whose = {operator: word("owner_itself", language), "": word("owner_none", language)}
    told["owner"] = sites["owner"].replace(whose)
    if "year" in told:
        told["year"] = told["year"].astype("Int64").astype(str)
    headings = {name: column_heading(name, language, "proposed_sites") for name in columns}
    return table_block(told, headings, language)


def _left_out(count: int, language: str) -> Text:
    text = word("report_left_out", language).format(count=number(count, language))
    return Text(text, quiet=True)
