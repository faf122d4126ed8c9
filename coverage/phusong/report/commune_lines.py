"""Communes as lines: one a commune, with columns for each technology."""

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.report.columns import column_heading

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["MAIN_MEASURES", "MEASURES", "commune_headers", "commune_lines", "commune_table"]

MEASURES: Final = (
    "served_people",
    "people_none",
    "people_weak",
    "people_basic",
    "people_good",
    "people_not_computed",
    "people_surely_unserved",
    "people_cannot_say",
    "people_surely_served",
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
"""What the commune table tells of each technology."""

MAIN_MEASURES: Final = (
    "served_people",
    "people_none",
    "people_weak",
    "people_not_computed",
    "people_surely_unserved",
    "people_cannot_say",
    "people_surely_served",
    "served_people_pct",
    "served_people_pct_low",
    "served_people_pct_high",
    "served_area_pct",
)
"""What of them is told where a commune is one line that is read."""

_COMMUNE: Final = ("code", "name", "new_communes", "area_km2", "people", "people_factor")
_MEASURED: Final = {"area": "area_km2", "people": "people", "road": "road_km"}
_SERVED: Final = re.compile("served_([a-z][a-z0-9_]*)_pct")


def commune_table(gaps: "Gaps", operator: str = ANY) -> gpd.GeoDataFrame:
    """Return one row per commune, with columns per technology.

    Of villages, roads and facilities, where the scene has them, their number or length is told, and
    for each technology how many and what percentage is served, without signal and with weak signal
    (of roads the percentages alone).

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
        ``{technology}_{measure}`` for each of `MEASURES` and of the places, and the commune's
        geometry; in the order of ``gaps.communes``.

    Raises
    ------
    InputError
        For an operator that the result does not have.
    """
    rows = gaps.communes[gaps.communes["operator"] == operator]
    if rows.empty:
        known = ", ".join(repr(name) for name in gaps.communes["operator"].unique())
        raise InputError("operator", [f"{operator!r} is not in the result; there are: {known}"])
    return commune_lines(rows)


def commune_lines(rows: gpd.GeoDataFrame, *, brief: bool = False) -> gpd.GeoDataFrame:
    """Lay one operator's rows of ``gaps.communes`` or ``gaps.old_communes`` out one a commune.

    Parameters
    ----------
    rows
        Of the communes, with a row for each technology.
    brief
        Whether `MAIN_MEASURES` alone are told, and of places that are counted no percentages.

    Returns
    -------
    GeoDataFrame
        As of `commune_table`.
    """
    first = rows.drop_duplicates("code")
    table = pd.DataFrame(first[_facts(rows)]).set_index("code", drop=False)
    for technology, part in rows.groupby("technology", sort=False):
        told = part.set_index("code")[_measures(rows, brief=brief)]
        table = table.join(told.add_prefix(f"{technology}_"))
    geometry = first.geometry.to_numpy()
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs=rows.crs)


def commune_headers(
    rows: gpd.GeoDataFrame,
    language: str = "en",
    table: str = "communes",
    *,
    settlements: bool = False,
    brief: bool = False,
) -> dict[str, str]:
    """Return the heading of each column of `commune_lines`, with units.

    Parameters
    ----------
    rows, brief
        As of `commune_lines`.
    language, table, settlements
        As of `phusong.report.columns.column_heading`.
    """
    measures = _measures(rows, brief=brief)
    words = {
        name: column_heading(name, language, table, settlements=settlements)
        for name in (*_facts(rows), *measures)
    }
    return {name: words[name] for name in _facts(rows)} | {
        f"{technology}_{name}": f"{technology}: {words[name]}"
        for technology in rows["technology"].unique()
        for name in measures
    }


def _places(rows: pd.DataFrame) -> list[str]:
    """What is counted besides area and people: villages, road, kinds of facilities."""
    found = [_SERVED.fullmatch(str(name)) for name in rows.columns]
    return [match[1] for match in found if match and match[1] not in ("area", "people")]


def _facts(rows: pd.DataFrame) -> list[str]:
    """Columns of a commune that are the same for every technology."""
    places = [_MEASURED.get(of, of) for of in _places(rows)]
    return [*(name for name in _COMMUNE if name in rows), *places]


def _measures(rows: pd.DataFrame, *, brief: bool) -> list[str]:
    """What is told of each technology."""
    told = list(MAIN_MEASURES if brief else MEASURES)
    for of in _places(rows):
        numbers = [f"served_{of}", f"{of}_none", f"{of}_weak"]
        percentages = [f"served_{of}_pct", f"{of}_pct_none", f"{of}_pct_weak"]
        are_counted = of not in _MEASURED
        told += numbers if are_counted else []
        told += [] if brief and are_counted else percentages
    return told
