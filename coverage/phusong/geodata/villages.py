"""Villages on the grid, as points or areas, from a vector file."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox

from phusong.geodata.communes import HEADER_ROWS, find_column, text_of
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import NumberRule, fold, read_number
from phusong.geodata.points import AREAL, pixels_in, pixels_of, point_of
from phusong.geodata.sources import read_features

__all__ = ["read_villages"]

_Note = Callable[..., None]

_FIELDS: Final = {
    "code": ("code", "village_code", "ma_thon", "ma", "id", "osm_id"),
    "name": ("name", "village_name", "ten_thon", "thon", "ten"),
    "people": ("people", "population", "dan_so", "so_dan", "so_nguoi"),
    "households": ("households", "so_ho", "ho", "so_ho_dan", "household_count"),
    "grid_power": ("grid_power", "electricity", "dien_luoi", "co_dien", "dien"),
}

_MOST_NAMED: Final = 20

_AMOUNT: Final = NumberRule(low=0)
_POINT_GROUPS: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_DIGITS_ALONE: Final = "write it in digits alone"

_POWER: Final = {
    **dict.fromkeys(("1", "true", "yes", "y", "x", "co"), True),
    **dict.fromkeys(("0", "false", "no", "n", "khong", "chua", "chuaco"), False),
}


def read_villages(
    path: str | Path,
    grid: GeoBox,
    labels: npt.NDArray[np.int32],
    findings: Findings,
    *,
    layer: str | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read villages, as points on the grid; a column that the file lacks is left empty.

    Parameters
    ----------
    path, layer
        A file of points or areas that pyogrio reads, its columns found by their common names, and
        its layer where it has several.
    grid, labels
        The analysis grid, and int32 (y, x) commune labels on it (0: no commune).
    findings
        Takes note of villages left out (no place, or off the grid), in no commune, or doubtful, and
        of numbers not plainly written ("1.234", "1 000", "12,5"), which are taken as not known.

    Returns
    -------
    villages : GeoDataFrame
        In the grid's reference system: code, name (text), people, households (float, NaN if not
        known), grid_power (boolean, NA if not known), kind ("village"), geometry (Point; of an
        area a point in it).
    areas : DataFrame
        village (number of the row) and flat index of each ``pixel`` whose centre lies in the area
        of a village; none of those that are points, or too small for a pixel's centre.

    Raises
    ------
    InputError
        If the file cannot be read or has no reference system.
    """
    note = partial(findings.add, source=Path(path).name)
    frame = read_features(path, layer)
    frame.index = pd.RangeIndex(HEADER_ROWS, len(frame) + HEADER_ROWS)
    shapes = frame.geometry.force_2d().to_crs(str(grid.crs))
    villages = gpd.GeoDataFrame(
        {
            "code": _texts(_field(frame, "code")),
            "name": _texts(_field(frame, "name")),
            "people": _amounts(_field(frame, "people"), "people", note),
            "households": _amounts(_field(frame, "households"), "households", note),
            "grid_power": _grid_power(_field(frame, "grid_power"), note),
            "kind": "village",
        },
        geometry=point_of(shapes),
        index=frame.index,
    )
    _note_repeated(_field(frame, "code").map(text_of), note)
    placed = _placed(villages, grid, labels, note)
    drawn = shapes[placed.index]
    is_area = drawn.geom_type.isin(AREAL).to_numpy()
    area, pixel = pixels_in(drawn[is_area], grid)
    areas = pd.DataFrame({"village": np.flatnonzero(is_area)[area], "pixel": pixel})
    return placed.reset_index(drop=True), areas


def _field(frame: gpd.GeoDataFrame, field: str) -> pd.Series:
    """Return the column of a field, all NA where the file has none."""
    column = find_column(frame, _FIELDS[field])
    if column is None:
        return pd.Series(pd.NA, index=frame.index, name=field, dtype="object")
    values: pd.Series = frame[column]
    return values


def _texts(values: pd.Series) -> list[str]:
    return [text_of(value) or f"row {row}" for row, value in values.items()]


def _amounts(values: pd.Series, what: str, note: _Note) -> pd.Series:
    """Numbers from 0, NaN where not known; each that is none, or may mean another, is noted."""
    amounts = {}
    for row, value in values.items():
        amount, reason, mend = _amount(value, what)
        if reason:
            where = {"row": row, "column": values.name, "value": value}
            note(**where, severity="warning", reason=f"{reason}: taken as not known", mend=mend)
        amounts[row] = amount
    return pd.Series(amounts, index=values.index, dtype=float)


def _amount(value: Any, what: str) -> tuple[float, str, str]:
    """Return a field's number, and where it is of no use why, and the mend."""
    text = text_of(value)
    reading = read_number(text, _AMOUNT)
    if reading.missing:
        return np.nan, "", ""
    if reading.reason:
        return np.nan, f"no number of {what}", _DIGITS_ALONE
    if isinstance(value, str) and _POINT_GROUPS.fullmatch(text):
        return np.nan, f"may mean {text.replace('.', '')}", _DIGITS_ALONE
    if isinstance(value, str) and reading.note:
        return np.nan, f"may mean {reading.value:.15g}", _DIGITS_ALONE
    if what == "households" and not reading.value.is_integer():
        return np.nan, "no whole number of households", "mend it"
    return reading.value, "", ""


def _note_repeated(codes: pd.Series, note: _Note) -> None:
    """Note the codes that stand in an earlier row, or their number where there are many."""
    given = codes[codes != ""]
    repeated = given[given.duplicated()]
    if len(repeated) > _MOST_NAMED:
        reason = f"{len(repeated)} villages have a code that an earlier row has"
        note(severity="warning", column=codes.name, reason=reason, mend="give each village its own")
        return
    for row, code in repeated.items():
        reason = f"the code stands in row {given.index[given == code][0]} already"
        where = {"row": row, "column": codes.name, "value": code}
        note(**where, severity="warning", reason=reason, mend="give each village its own")


def _grid_power(values: pd.Series, note: _Note) -> pd.Series:
    texts = values.map(text_of)
    words = texts.map(fold)
    _note_unknown(values[(texts != "") & ~words.isin(list(_POWER))], "neither yes nor no", note)
    return words.map(_POWER).astype("boolean")


def _note_unknown(values: pd.Series, reason: str, note: _Note) -> None:
    for row, value in values.items():
        where = {"row": row, "column": values.name, "value": value}
        note(**where, severity="warning", reason=f"{reason}: taken as not known", mend="mend it")


def _placed(
    villages: gpd.GeoDataFrame, grid: GeoBox, labels: npt.NDArray[np.int32], note: _Note
) -> gpd.GeoDataFrame:
    """Return the villages that stand on the grid; note the others, and those in no commune."""
    placeless = villages.geometry.isna()
    _note_places(villages[placeless], "rejected", "has no point and no area", note)
    villages = villages[~placeless]
    pixel = pixels_of(villages.geometry, grid)
    _note_places(villages[pixel < 0], "rejected", "lies outside the area", note)
    villages, pixel = villages[pixel >= 0], pixel[pixel >= 0]
    in_none = labels.ravel()[pixel] == 0
    _note_places(villages[in_none], "warning", "lies in no commune", note)
    return villages


def _note_places(villages: gpd.GeoDataFrame, severity: Any, reason: str, note: _Note) -> None:
    """Note each village, or their number where a file of a larger area would bury the rest."""
    if len(villages) > _MOST_NAMED:
        reason_counted = f"{len(villages)} villages: each {reason}"
        note(severity=severity, column="geometry", reason=reason_counted)
        return
    for row, code, name in zip(villages.index, villages["code"], villages["name"], strict=True):
        reason_named = f"village {name} {reason}"
        where = {"row": row, "column": "geometry", "value": code}
        note(**where, severity=severity, reason=reason_named, mend="mend its place")
