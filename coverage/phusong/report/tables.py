"""Results as tables: a row per commune, the worst communes, and a summary of a few lines."""

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.report.columns import column_heading
from phusong.report.words import check_language, number, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = [
    "MEASURES",
    "commune_headers",
    "commune_table",
    "summary",
    "summary_values",
    "worst_communes",
]

MEASURES: Final = (
    "served_people_pct",
    "people_pct_none",
    "people_pct_weak",
    "people_pct_basic",
    "people_pct_good",
    "people_pct_not_computed",
    "served_people_pct_low",
    "served_people_pct_likely",
    "served_people_pct_high",
    "people_pct_surely_unserved",
    "people_pct_cannot_say",
    "people_pct_surely_served",
    "served_area_pct",
    "area_pct_none",
    "area_pct_weak",
    "area_pct_basic",
    "area_pct_good",
    "area_pct_not_computed",
    "served_area_pct_low",
    "served_area_pct_likely",
    "served_area_pct_high",
    "area_pct_surely_unserved",
    "area_pct_cannot_say",
    "area_pct_surely_served",
)
"""What the commune table tells of each technology, in percent."""

_COMMUNE: Final = ("code", "name", "area_km2", "people")
_MEASURED: Final = {"area": "area_km2", "people": "people", "road": "road_km"}
_SERVED: Final = re.compile("served_([a-z][a-z0-9_]*)_pct")

_DECIMALS: Final = {
    "served_people_pct": 1,
    "served_area_pct": 1,
    "served_people_pct_low": 1,
    "served_people_pct_high": 1,
    "people_unserved": 0,
    "people_not_computed": 0,
    "dead_spots": 0,
    "dead_spots_area_km2": 1,
    "proposed_sites": 0,
    "people_newly_served": 0,
    "people_bound": 0,
}
"""Rows of the summary and the digits after their mark."""


def commune_table(gaps: "Gaps", operator: str = ANY) -> gpd.GeoDataFrame:
    """Return one row per commune, with columns per technology.

    Of villages, roads and facilities, where the scene has them, their number or length is told, and
    for each technology the percentage that is served, without signal and with weak signal.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    operator
        Whose service is counted; by default the best of all operators at each pixel.

    Returns
    -------
    GeoDataFrame
        code, name, area_km2, people, people_factor and the totals of places, where known, then
        ``{technology}_{measure}`` (percent) for each of `MEASURES` and of the places, and the
        commune's geometry; in the order of ``gaps.communes``.

    Raises
    ------
    InputError
        For an operator that the result does not have.
    """
    rows = gaps.communes[gaps.communes["operator"] == operator]
    if rows.empty:
        known = ", ".join(repr(name) for name in gaps.communes["operator"].unique())
        raise InputError("operator", [f"{operator!r} is not in the result; there are: {known}"])
    facts = [*_COMMUNE, *_facts(gaps), "geometry"]
    table = rows.drop_duplicates("code")[facts].set_index("code", drop=False)
    for technology, part in rows.groupby("technology", sort=False):
        measures = part.set_index("code")[_measures(gaps)].add_prefix(f"{technology}_")
        table = table.join(measures)
    columns = [name for name in table.columns if name != "geometry"]
    return table[[*columns, "geometry"]].reset_index(drop=True)


def commune_headers(gaps: "Gaps", language: str = "en") -> dict[str, str]:
    """Return the heading of each column of `commune_table`, with units."""
    settlements = gaps.coverage.scene.are_settlements
    headers = {
        name: column_heading(name, language, settlements=settlements)
        for name in (*_COMMUNE, *_facts(gaps))
    }
    return headers | {
        f"{technology}_{name}": f"{technology}: "
        + column_heading(name, language, settlements=settlements)
        for technology in gaps.communes["technology"].unique()
        for name in _measures(gaps)
    }


def _places(gaps: "Gaps") -> list[str]:
    """What is counted besides area and people: villages, road, kinds of facilities."""
    found = [_SERVED.fullmatch(str(name)) for name in gaps.communes.columns]
    return [match[1] for match in found if match and match[1] not in ("area", "people")]


def _facts(gaps: "Gaps") -> list[str]:
    """Columns of a commune, beyond the first, that are the same for every technology."""
    factor = [name for name in ("people_factor",) if name in gaps.communes]
    return [*factor, *(_MEASURED.get(of, of) for of in _places(gaps))]


def _measures(gaps: "Gaps") -> list[str]:
    told = ("served_{}_pct", "{}_pct_none", "{}_pct_weak")
    return [*MEASURES, *(measure.format(of) for of in _places(gaps) for measure in told)]


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
    measures = ["served_people_pct", "served_area_pct"]
    table = pd.DataFrame(commune_table(gaps, operator)).drop(columns="geometry")
    table = table.rename(columns={f"{chosen}_{measure}": measure for measure in measures})
    order = table.sort_values([*measures, "code"], na_position="last", kind="stable")
    return order[[*_COMMUNE, *measures]].head(count).reset_index(drop=True)


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
    rows = {
        word(f"summary.{key}", language): [
            number(float(value), language, _DECIMALS[key]) for value in values.loc[key]
        ]
        for key in values.index
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(values.columns))


def summary_values(gaps: "Gaps", plan: "Plan | None" = None) -> pd.DataFrame:
    """Return the numbers of `summary`: a row per measure (its key), a column per technology."""
    province = gaps.province[gaps.province["operator"] == ANY].set_index("technology")
    spots = gaps.dead_spots[gaps.dead_spots["operator"] == ANY].groupby("technology")
    unserved_pct = province["people_pct_none"] + province["people_pct_weak"]
    rows = {
        "served_people_pct": province["served_people_pct"],
        "served_area_pct": province["served_area_pct"],
        "served_people_pct_low": province["served_people_pct_low"],
        "served_people_pct_high": province["served_people_pct_high"],
        "people_unserved": province["people"] * unserved_pct / 100,
        "people_not_computed": province["people"] * province["people_pct_not_computed"] / 100,
        "dead_spots": spots.size().reindex(province.index, fill_value=0),
        "dead_spots_area_km2": spots["area_km2"].sum().reindex(province.index, fill_value=0.0),
    }
    values = pd.DataFrame(rows).astype(float).T
    return values if plan is None else pd.concat([values, _plan_values(plan, values.columns)])


def _plan_values(plan: "Plan", technologies: pd.Index) -> pd.DataFrame:
    values = {
        "proposed_sites": float(len(plan.sites)),
        "people_newly_served": float(plan.people_newly_served),
        "people_bound": float(plan.bound),
    }
    rows = pd.DataFrame(index=list(values), columns=technologies, dtype=float)
    rows[plan.technology] = pd.Series(values)
    return rows
