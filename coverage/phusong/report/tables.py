"""The worst communes, and a summary of a few lines."""

from typing import TYPE_CHECKING, Final

import pandas as pd

from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.report.columns import column_heading
from phusong.report.commune_lines import commune_table
from phusong.report.words import check_language, number

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["summary", "summary_values", "worst_communes"]

_DECIMALS: Final = {
    "served_people": 0,
    "served_people_pct": 1,
    "served_area_pct": 1,
    "served_people_pct_low": 1,
    "served_people_pct_high": 1,
    "people_unserved": 0,
    "people_cannot_say": 0,
    "people_not_computed": 0,
    "villages_unserved": 0,
    "dead_spots": 0,
    "dead_spots_area_km2": 1,
    "proposed_sites": 0,
    "people_newly_served": 0,
    "plan_gap_pct": 1,
}
"""Rows of the summary and the digits after their mark."""


def worst_communes(
    gaps: "Gaps", technology: str | None = None, *, operator: str = ANY, count: int = 5
) -> pd.DataFrame:
    """Return the communes in which the smallest share of the people is served.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    technology
        Technology to rank by; by default 4G, or the last there is.
    operator
        Whose service is counted; by default the best of all operators at each pixel.
    count
        Number of rows.

    Returns
    -------
    DataFrame
        code, name, area_km2, people, served_people_pct, served_area_pct, worst first; communes
        without people come last.

    Raises
    ------
    InputError
        For a technology or operator that the result does not have.
    """
    technologies = list(gaps.communes["technology"].unique())
    chosen = technology or ("4G" if "4G" in technologies else technologies[-1])
    if chosen not in technologies:
        known = ", ".join(map(repr, technologies))
        raise InputError("technology", [f"{chosen!r} is not in the result; there are: {known}"])
    facts = ["code", "name", "area_km2", "people"]
    measures = ["served_people_pct", "served_area_pct"]
    table = pd.DataFrame(commune_table(gaps, operator)).drop(columns="geometry")
    table = table.rename(columns={f"{chosen}_{measure}": measure for measure in measures})
    order = table.sort_values([*measures, "code"], na_position="last", kind="stable")
    return order[[*facts, *measures]].head(count).reset_index(drop=True)


def summary(gaps: "Gaps", plan: "Plan | None" = None, *, language: str = "en") -> pd.DataFrame:
    """Return the few numbers to read first, as text: a row per measure, a column per technology.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`; the best of all operators is told.
    plan
        Result of `phusong.propose_sites`, told in the column of its technology.
    language
        One of `phusong.report.words.languages`.

    Raises
    ------
    InputError
        For a language that is not there.
    """
    check_language(language)
    values = summary_values(gaps, plan)
    settlements = gaps.coverage.scene.are_settlements
    rows = {
        column_heading(key, language, "summary", settlements=settlements): [
            number(value, language, _DECIMALS[key]) for value in row
        ]
        for key, row in zip(map(str, values.index), values.to_numpy(), strict=True)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(values.columns))


def summary_values(gaps: "Gaps", plan: "Plan | None" = None) -> pd.DataFrame:
    """Return the numbers of `summary`: a row per measure (its key), a column per technology."""
    province = gaps.province[gaps.province["operator"] == ANY].set_index("technology")
    spots = gaps.dead_spots[gaps.dead_spots["operator"] == ANY].groupby("technology")
    rows = {
        "served_people": province["served_people"],
        "served_people_pct": province["served_people_pct"],
        "served_area_pct": province["served_area_pct"],
        "served_people_pct_low": province["served_people_pct_low"],
        "served_people_pct_high": province["served_people_pct_high"],
        "people_unserved": province["people_none"] + province["people_weak"],
        "people_cannot_say": province["people_cannot_say"],
        "people_not_computed": province["people_not_computed"],
        **_unserved_villages(province),
        "dead_spots": spots.size().reindex(province.index, fill_value=0),
        "dead_spots_area_km2": spots["area_km2"].sum().reindex(province.index, fill_value=0.0),
    }
    values = pd.DataFrame(rows).astype(float).T
    return values if plan is None else pd.concat([values, _plan_values(plan, values.columns)])


def _unserved_villages(province: pd.DataFrame) -> dict[str, pd.Series]:
    """How many villages have no or weak signal, where the scene has villages."""
    if "villages_none" not in province:
        return {}
    return {"villages_unserved": province["villages_none"] + province["villages_weak"]}


def _plan_values(plan: "Plan", technologies: pd.Index) -> pd.DataFrame:
    values = {
        "proposed_sites": float(len(plan.sites)),
        "people_newly_served": float(plan.people_newly_served),
        "plan_gap_pct": float(plan.gap_percent),
    }
    rows = pd.DataFrame(index=list(values), columns=technologies, dtype=float)
    rows[plan.technology] = pd.Series(values)
    return rows
