"""Areas in which something happens: floods, slides, storms, power cuts, by scenario."""

import math
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox

from phusong.errors import InputError
from phusong.geodata.communes import find_column, polygonal, text_of
from phusong.geodata.findings import Findings
from phusong.geodata.sources import read_features
from phusong.outages.rules import HazardRules

__all__ = ["Areas", "Hazards", "read_hazards"]

Areas: TypeAlias = "str | os.PathLike[str] | gpd.GeoDataFrame"
Hazards: TypeAlias = "Areas | Mapping[str, Areas]"

_NAMES: Final = {
    "scenario": ("scenario", "kich_ban", "event", "su_kien"),
    "hazard": ("hazard", "thien_tai", "loai_thien_tai", "hiem_hoa", "hazard_type", "loai"),
    "probability": ("probability", "xac_suat", "annual_probability"),
    "return_period_years": ("return_period_years", "return_period", "chu_ky_lap", "chu_ky_lap_nam"),
    "depth_m": ("depth_m", "depth", "do_sau_m", "do_sau", "do_sau_ngap"),
}
_LOW_HIGH: Final = {
    "probability": (0.0, 1.0),
    "return_period_years": (1.0, math.inf),
    "depth_m": (0.0, math.inf),
}
_ALIKE: Final = 1e-9
_SOURCE: Final = "hazards"


def read_hazards(
    hazards: Hazards,
    rules: HazardRules,
    grid: GeoBox,
    sites: gpd.GeoSeries,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """Read the areas of hazards.

    Parameters
    ----------
    hazards
        A file or GeoDataFrame of areas with a column ``hazard``, or several by the kind of hazard
        that each shows. Columns that may be there: ``scenario`` (areas of one name happen
        together), ``probability`` (of a year) or ``return_period_years``, ``depth_m``; Vietnamese
        names are known too.
    rules
        Say which kinds there are.
    grid
        Of the scene.
    sites
        Points, in the grid's reference system, of all sites.
    findings
        Take note of areas that are mended, left out, or lie elsewhere.

    Returns
    -------
    GeoDataFrame
        In the grid's reference system, a row an area: scenario, hazard, probability (NaN where not
        stated), depth_m (NaN where not stated), geometry.

    Raises
    ------
    InputError
        Naming every value that cannot be used, a missing reference system, hazards of no rule, or
        areas that all lie far from the province.
    """
    given = hazards if isinstance(hazards, Mapping) else {"": hazards}
    frames = [_read(areas, kind, rules, findings) for kind, areas in given.items()]
    if not frames:
        raise InputError(_SOURCE, ["names no areas: give a file or GeoDataFrame, or None"])
    areas = pd.concat([frame.to_crs(str(grid.crs)) for frame in frames], ignore_index=True)
    _check_place(areas, grid, sites, findings)
    return _with_scenarios(areas)


def _read(areas: Areas, kind: str, rules: HazardRules, findings: Findings) -> gpd.GeoDataFrame:
    if isinstance(areas, gpd.GeoDataFrame):
        source, frame = kind or _SOURCE, areas
    else:
        source, frame = Path(areas).name, read_features(Path(areas))
    problems = []
    if frame.crs is None:
        problems.append("its areas have no reference system: set_crs them")
    if frame.empty:
        problems.append("holds no area: give None where nothing happens")
    if problems:
        raise InputError(source, problems)
    frame = frame.reset_index(drop=True)
    values = {name: _column(frame, name) for name in _NAMES}
    numbers = {name: _numbers(values[name], name, problems) for name in _LOW_HIGH}
    kinds = [_kind(value, kind, rules, n, problems) for n, value in enumerate(values["hazard"], 1)]
    probability = _probability(numbers, problems)
    if problems:
        raise InputError(source, problems)
    read = gpd.GeoDataFrame(
        {
            "scenario": [text_of(value) for value in values["scenario"]],
            "hazard": kinds,
            "probability": probability,
            "depth_m": numbers["depth_m"],
        },
        geometry=polygonal(frame.geometry).array,
        crs=frame.crs,
    )
    _note_geometry(frame.geometry, read.geometry, partial(findings.add, source=source))
    kept = read[read.geometry.notna()]
    if kept.empty:
        raise InputError(source, ["none of its features is an area: draw polygons"])
    _note_depth(kept, rules, partial(findings.add, source=source))
    return kept


def _column(frame: gpd.GeoDataFrame, name: str) -> "pd.Series[Any]":
    column = find_column(frame, _NAMES[name])
    return pd.Series(None, frame.index, dtype=object) if column is None else frame[column]


def _numbers(values: "pd.Series[Any]", name: str, problems: list[str]) -> "pd.Series[float]":
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    low, high = _LOW_HIGH[name]
    wrong = (numbers.isna() & values.notna()) | (numbers < low) | (numbers > high)
    wrong |= np.isinf(numbers)
    told = f"a number from {low:g}" + ("" if math.isinf(high) else f" to {high:g}")
    problems += [
        f"feature {n + 1}, {name} {text_of(values[n])!r}: give {told}, or leave it empty"
        for n in np.flatnonzero(wrong).tolist()
    ]
    return numbers


def _kind(
    value: Any, given: str, rules: HazardRules, feature: int, problems: list[str]
) -> str | None:
    word = text_of(value) or given
    kind = rules.hazard(word)
    if kind is None:
        where = (
            f"feature {feature}, hazard {word!r}" if word else f"feature {feature} has no hazard"
        )
        problems.append(f"{where}: give one of {', '.join(rules.hazards)}, or a rule for it")
    return kind


def _probability(
    numbers: Mapping[str, "pd.Series[float]"], problems: list[str]
) -> "pd.Series[float]":
    stated, by_period = numbers["probability"], 1.0 / numbers["return_period_years"]
    for n in np.flatnonzero((stated - by_period).abs() > _ALIKE):
        problems.append(
            f"feature {n + 1}: probability {stated[n]:g} is not that of its return period, "
            f"{by_period[n]:g}: give one of the two"
        )
    return stated.fillna(by_period)


def _note_geometry(given: gpd.GeoSeries, areas: gpd.GeoSeries, note: Any) -> None:
    for feature, (shape, area) in enumerate(zip(given, areas, strict=True), start=1):
        if area is None:
            reason = f"feature {feature} has no area: left out"
            note(severity="rejected", reason=reason, mend="draw it anew as a polygon")
        elif not shape.is_valid:
            reason = f"feature {feature} made valid: {shapely.is_valid_reason(shape)}"
            note(severity="repaired", reason=reason, mend="draw it anew as a polygon")


def _note_depth(areas: gpd.GeoDataFrame, rules: HazardRules, note: Any) -> None:
    deep = {rule.hazard for rule in rules.rules if 0.0 < rule.least_depth_m < math.inf}
    lacking = int((areas["depth_m"].isna() & areas["hazard"].isin(deep)).sum())
    if lacking:
        reason = f"{lacking} areas state no depth: taken as deep enough for every rule"
        note(severity="info", column="depth_m", reason=reason, mend="give a column depth_m")


def _check_place(
    areas: gpd.GeoDataFrame, grid: GeoBox, sites: gpd.GeoSeries, findings: Findings
) -> None:
    """Note areas that touch neither the province nor the place of a site; refuse if all do not."""
    around = shapely.union(shapely.box(*grid.boundingbox.bbox), shapely.box(*sites.total_bounds))
    far = ~areas.intersects(around)
    if far.all():
        problem = "lie nowhere near the province: is their place or reference system right?"
        raise InputError(_SOURCE, [problem])
    if far.any():
        reason = f"{far.sum()} of {len(areas)} areas lie outside the province: they hit nothing"
        findings.add(source=_SOURCE, severity="info", reason=reason)


def _with_scenarios(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Areas without a scenario of their own happen with those of the same kind and probability."""
    unnamed = areas["scenario"] == ""
    for hazard, rows in areas[unnamed].groupby("hazard"):
        several = len(rows["probability"].drop_duplicates()) > 1
        chance = [f" {value:g}" if value == value else "" for value in rows["probability"]]
        areas.loc[rows.index, "scenario"] = [f"{hazard}{text * several}" for text in chance]
    problems = []
    for name, stated in areas.groupby("scenario", sort=False)["probability"]:
        different = sorted(set(stated.dropna()))
        if len(different) > 1:
            told = ", ".join(f"{value:g}" for value in different)
            problems.append(f"scenario {name!r} has several probabilities, {told}: give one")
    if problems:
        raise InputError(_SOURCE, problems)
    of_scenario = areas.groupby("scenario")["probability"].transform("max")
    return gpd.GeoDataFrame(areas.assign(probability=of_scenario)).reset_index(drop=True)
