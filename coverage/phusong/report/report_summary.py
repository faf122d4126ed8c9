"""The report's first page: who is served, where it is worst, where to go, what a plan brings."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from phusong.gaps import ANY
from phusong.report.cells import range_text, table_block, value_text
from phusong.report.columns import column_heading, worded
from phusong.report.document import Block, Figure, Figures, Heading, Picture, Text
from phusong.report.first_places import first_spots, first_villages
from phusong.report.state_picture import state_png
from phusong.report.tables import summary_values, worst_communes
from phusong.report.words import number, percent, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["FIRST_SPOTS", "heading_of", "headings_of", "summary_blocks"]

FIRST_SPOTS: Final = 20
"""How many dead spots are told of, and numbered on the map."""

_FEW: Final = 5
_SURE: Final = ("surely_served", "cannot_say", "surely_unserved", "not_computed")


def summary_blocks(
    gaps: "Gaps", plan: "Plan | None", technology: str, language: str
) -> Iterator[Block]:
    """Tell what a province's leader asks first, for one technology before the others.

    Parameters
    ----------
    gaps, plan
        Results of `phusong.find_gaps` and `phusong.propose_sites`.
    technology
        For which the map, the worst communes and the first places are told.
    language
        One of `phusong.report.words.languages`.
    """
    yield Heading(word("report_summary", language))
    yield _served(gaps, language)
    yield Text(word("report_served_note", language), quiet=True)
    yield _how_sure(gaps, language)
    if plan is not None:
        yield from _plan_in_short(plan, language)
    yield from _worst_communes(gaps, technology, language)
    yield from _first_places(gaps, technology, language)
    yield Heading(word("report_map", language).format(technology=technology), new_sheet=True)
    png = state_png(gaps, technology, plan, language, spots=FIRST_SPOTS)
    yield Picture(png, word("report_map_seen", language).format(technology=technology))
    yield Text(word("report_map_note", language), quiet=True)
    if plan is not None and plan.technology == technology:
        yield Text(word("report_map_sites", language), quiet=True)


def heading_of(gaps: "Gaps", column: str, language: str, table: str = "") -> str:
    """Return the heading of a table's column, or of a part, with settlements called so."""
    settlements = gaps.coverage.scene.are_settlements
    return column_heading(column, language, table, settlements=settlements)


def headings_of(
    gaps: "Gaps", columns: tuple[str, ...], language: str, table: str
) -> dict[str, str]:
    """Return the headings of a table's columns by their names."""
    return {column: heading_of(gaps, column, language, table) for column in columns}


def _served(gaps: "Gaps", language: str) -> Figures:
    """A key figure a technology; the numbers are those of the workbook's summary."""
    values = summary_values(gaps)
    figures = [_figure(str(name), column, language) for name, column in values.items()]
    return Figures(tuple(figures))


def _figure(technology: str, values: "pd.Series[Any]", language: str) -> Figure:
    told = ["served_people", "people_unserved"]
    told += ["people_not_computed"] if values["people_not_computed"] > 0 else []
    return Figure(
        label=technology,
        value=percent(values["served_people_pct"], language),
        note=word("report_given_errors", language).format(range=_range(values, language)),
        lines=tuple(
            (word(f"report_{key}", language), number(values[key], language)) for key in told
        ),
    )


def _range(values: "pd.Series[Any]", language: str) -> str:
    low, high = values["served_people_pct_low"], values["served_people_pct_high"]
    return range_text(low, high, language)


def _how_sure(gaps: "Gaps", language: str) -> Block:
    """People by how sure it is that they are served, as in the workbook's sheet of the province."""
    rows = gaps.province[gaps.province["operator"] == ANY]
    told = pd.DataFrame({"technology": rows["technology"]})
    headings = {"technology": word("technology", language)}
    for key in _SURE:
        people, share = rows[f"people_{key}"], rows[f"people_pct_{key}"]
        told[key] = [
            f"{number(each, language)} ({percent(part, language)})"
            for each, part in zip(people, share, strict=True)
        ]
        headings[key] = word(f"report_{key}", language)
    return table_block(told, headings, language, numbers=_SURE)


def _plan_in_short(plan: "Plan", language: str) -> Iterator[Block]:
    yield Heading(word("report_plan_brings", language), level=2)
    text = word("report_plan_sentence", language).format(
        sites=number(len(plan.sites), language),
        technology=plan.technology,
        operator=plan.operator,
        people=number(plan.people_newly_served, language),
        unserved=number(plan.unserved_people, language),
        gap=percent(plan.gap_percent, language),
    )
    yield Text(text)
    if plan.present_value is not None:
        cost = number(plan.present_value, language)
        units = plan.sites["currency"].dropna() if "currency" in plan.sites else pd.Series([])
        unit = f" {value_text(units.iloc[0], language)}" if len(units) else ""
        yield Text(word("report_plan_cost", language).format(cost=f"{cost}{unit}"))


def _worst_communes(gaps: "Gaps", technology: str, language: str) -> Iterator[Block]:
    told = worst_communes(gaps, technology, count=_FEW)
    rows = gaps.communes
    own = rows[(rows["technology"] == technology) & (rows["operator"] == ANY)].set_index("code")
    more = own.loc[told["code"]].reset_index(drop=True)
    told["range"] = [
        range_text(*pair, language)
        for pair in zip(more["served_people_pct_low"], more["served_people_pct_high"], strict=True)
    ]
    counts = ["people_surely_unserved"]
    counts += ["people_not_computed"] if (more["people_not_computed"] > 0).any() else []
    told[counts] = more[counts]
    columns = ("name", "people", "served_people_pct", "range", *counts)
    headings = headings_of(gaps, columns, language, "communes")
    headings["range"] = word("report_range", language)
    title = word("report_worst_communes", language).format(technology=technology)
    yield Heading(title, level=2)
    yield table_block(told, headings, language, numbers=("range",))


def _first_places(gaps: "Gaps", technology: str, language: str) -> Iterator[Block]:
    """The first villages; the first dead spots where there are none, or all are served."""
    villages = first_villages(gaps, technology).head(_FEW)
    if len(villages):
        columns = ("name", "commune_name", "people", "state", "answer", "cause", "rank")
        headings = headings_of(gaps, columns, language, "villages")
        headings["rank"] = word("report_spot", language)
        key, table = "report_first_villages", villages
    else:
        columns = ("rank", "id", "commune_name", "people", "state", "certainty", "cause")
        headings = headings_of(gaps, columns, language, "dead_spots")
        key, table = "report_first_spots", first_spots(gaps, technology).head(_FEW)
    yield Heading(heading_of(gaps, key, language).format(technology=technology), level=2)
    if len(table):
        yield table_block(worded(pd.DataFrame(table), language), headings, language)
    else:
        yield Text(word("report_no_spots", language).format(technology=technology))
