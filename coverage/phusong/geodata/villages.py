"""Villages as points on the grid, from a vector file."""

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
from phusong.geodata.numerals import fold
from phusong.geodata.sources import read_features

__all__ = ["read_villages"]

_Note = Callable[..., None]

_FIELDS: Final = {
    "code": ("code", "village_code", "ma_thon", "ma", "id", "osm_id"),
    "name": ("name", "village_name", "ten_thon", "thon", "ten"),
    "people": ("people", "population", "dan_so", "so_dan", "so_nguoi"),
    "grid_power": ("grid_power", "electricity", "dien_luoi", "co_dien", "dien"),
}

_POWER: Final = {
    **dict.fromkeys(("1", "true", "yes", "y", "x", "co"), True),
    **dict.fromkeys(("0", "false", "no", "n", "khong", "chua", "chuaco"), False),
}


def read_villages(
    path: str | Path, grid: GeoBox, labels: npt.NDArray[np.int32], findings: Findings
) -> gpd.GeoDataFrame:
    """Read villages as points on the grid; a column that the file lacks is left empty.

    Parameters
    ----------
    path
        A file of points that pyogrio reads, its columns found by their common names.
    grid, labels
        The analysis grid, and int32 (y, x) commune labels on it (0: no commune).
    findings
        Takes note of villages left out (no point, or off the grid), in no commune, or doubtful.

    Returns
    -------
    GeoDataFrame
        In the grid's reference system: code, name (text), people (float, NaN if not known),
        grid_power (boolean, NA if not known), geometry (Point).

    Raises
    ------
    InputError
        If the file cannot be read or has no reference system.
    """
    note = partial(findings.add, source=Path(path).name)
    frame = read_features(path)
    frame.index = pd.RangeIndex(HEADER_ROWS, len(frame) + HEADER_ROWS)
    villages = gpd.GeoDataFrame(
        {
            "code": _texts(_field(frame, "code")),
            "name": _texts(_field(frame, "name")),
            "people": _people(_field(frame, "people"), note),
            "grid_power": _grid_power(_field(frame, "grid_power"), note),
        },
        geometry=frame.geometry.force_2d().to_crs(str(grid.crs)),
        index=frame.index,
    )
    return _placed(villages, grid, labels, note).reset_index(drop=True)


def _field(frame: gpd.GeoDataFrame, field: str) -> pd.Series:
    """Return the column of a field, all NA where the file has none."""
    column = find_column(frame, _FIELDS[field])
    if column is None:
        return pd.Series(pd.NA, index=frame.index, name=field, dtype="object")
    values: pd.Series = frame[column]
    return values


def _texts(values: pd.Series) -> list[str]:
    return [text_of(value) or f"row {row}" for row, value in values.items()]


def _people(values: pd.Series, note: _Note) -> pd.Series:
    people = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = (people.isna() & values.notna()) | (people < 0) | np.isinf(people)
    _note_unknown(values[wrong], "no number of people", note)
    return people.mask(wrong)


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
    """Return the villages that are points on the grid; note the others, and those in no commune."""
    is_point = (villages.geom_type == "Point") & ~villages.is_empty
    _note_place(villages[~is_point], "rejected", "is no point", note)
    villages = villages[is_point]
    west, south, east, north = grid.boundingbox.bbox
    x, y = villages.geometry.x, villages.geometry.y
    on_grid = (x >= west) & (x < east) & (y > south) & (y <= north)
    _note_place(villages[~on_grid], "rejected", "lies outside the area", note)
    villages, x, y = villages[on_grid], x[on_grid], y[on_grid]
    columns = ((x - west) // abs(grid.resolution.x)).astype(int)
    rows = ((north - y) // abs(grid.resolution.y)).astype(int)
    in_none = labels[rows, columns] == 0
    _note_place(villages[in_none], "warning", "lies in no commune", note)
    return villages


def _note_place(villages: gpd.GeoDataFrame, severity: Any, reason: str, note: _Note) -> None:
    for row, code, name in zip(villages.index, villages["code"], villages["name"], strict=True):
        reason_named = f"village {name} {reason}"
        where = {"row": row, "column": "geometry", "value": code}
        note(**where, severity=severity, reason=reason_named, mend="mend its place")
