"""The user's own list of places where a site could stand: checked row by row."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import read_code_table
from phusong.geodata.communes import HEADER_ROWS, text_of
from phusong.geodata.numerals import NumberRule, fold, read_number
from phusong.geodata.points import pixels_of, point_of
from phusong.geodata.sources import read_features

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["OwnList", "read_own_list"]

OwnList: TypeAlias = str | Path | pd.DataFrame

_NAMES: Final = {
    "longitude": ("longitude", "lon", "long", "x", "Kinh độ"),
    "latitude": ("latitude", "lat", "y", "Vĩ độ"),
    "height": ("height", "height_m", "antenna_height_m", "Độ cao", "Độ cao cột", "Chiều cao"),
    "cost": ("cost", "price", "Chi phí", "Giá"),
    "kind": ("kind", "type", "Loại"),
    "owner": ("owner", "lease_owner", "operator", "Chủ", "Chủ sở hữu", "Nhà mạng"),
}
_RULES: Final = {
    "longitude": NumberRule("deg", "deg", -180, 180, "give decimal degrees, such as 105.604"),
    "latitude": NumberRule("deg", "deg", -89, 89, "give decimal degrees, such as 21.308"),
    "height": NumberRule("m", "m", 1, 300, "give metres above ground, 1 to 300"),
    "cost": NumberRule(low=0, high=1e15, mend="give a number from 0"),
}
_NEEDED: Final = ("longitude", "latitude")
_TEXT_FILES: Final = {".csv", ".txt", ".tsv"}


def read_own_list(own: OwnList, scene: "Scene") -> pd.DataFrame:
    """Read a list of places, every one of which becomes a candidate.

    Parameters
    ----------
    own
        A GeoDataFrame or a file of points or areas; or a table, as a frame or a CSV file, with
        longitude and latitude in degrees. At will also height (of the antennas above ground, m),
        cost, kind (words of its own) and owner (whom to lease from), each by any of its common
        names.
    scene
        Its grid and communes.

    Returns
    -------
    DataFrame
        In the list's order: x, y (grid, m), longitude, latitude, antenna_height_m and cost (NaN
        where not given), owner (empty for none), kind "own", reason.

    Raises
    ------
    InputError
        For a list that cannot be read, and for rows without a usable place, outside the communes,
        twice at one place, or with a height or cost that is none: all of them at once.
    """
    source = Path(own).name if isinstance(own, str | Path) else "own list"
    fields = _fields(own, source)
    problems: list[str] = []
    numbers = {name: _numbers(fields, name, problems) for name in _RULES}
    points = gpd.GeoSeries.from_xy(
        numbers["longitude"], numbers["latitude"], crs="EPSG:4326", index=fields.index
    ).to_crs(scene.grid.crs)
    placed = numbers["longitude"].notna() & numbers["latitude"].notna()
    problems += _place_problems(points[placed], scene)
    if problems:
        raise InputError(source, problems)
    owner, kind = (_texts(fields, name) for name in ("owner", "kind"))
    return pd.DataFrame(
        {
            "x": points.x,
            "y": points.y,
            "longitude": numbers["longitude"],
            "latitude": numbers["latitude"],
            "antenna_height_m": numbers["height"],
            "cost": numbers["cost"],
            "owner": owner,
            "kind": "own",
            "reason": [
                f"row {row} of the user's list{f': {what}' * bool(what)}"
                for row, what in kind.items()
            ],
        }
    ).reset_index(drop=True)


def _fields(own: OwnList, source: str) -> pd.DataFrame:
    """Columns by their names in `_NAMES`; the index tells the row as its owner counts it."""
    if isinstance(own, pd.DataFrame):
        return _fields_of(own, source)
    if Path(own).suffix.lower() in _TEXT_FILES:
        return read_code_table(own, _NAMES, _NEEDED)
    return _fields_of(_counted(read_features(own)), source)


def _fields_of(own: pd.DataFrame, source: str) -> pd.DataFrame:
    if own.empty:
        raise InputError(source, ["holds no row: give a place in each"])
    known = {fold(each): name for name, called in _NAMES.items() for each in called}
    columns: dict[str, Any] = {}
    for column in own.columns:
        name = known.get(fold(str(column)))
        if name is not None:
            columns.setdefault(name, own[column])
    if isinstance(own, gpd.GeoDataFrame):
        columns |= _degrees(own, source)
    lacking = [name for name in _NEEDED if name not in columns]
    if lacking:
        raise InputError(source, [f"has no column of {name}: give one" for name in lacking])
    return pd.DataFrame(columns, index=own.index)


def _counted(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frame.index = pd.RangeIndex(HEADER_ROWS, len(frame) + HEADER_ROWS)
    return frame


def _degrees(own: gpd.GeoDataFrame, source: str) -> dict[str, pd.Series]:
    if own.crs is None:
        raise InputError(source, ["has no coordinate reference system: set the right one"])
    points = point_of(own.geometry).to_crs("EPSG:4326")
    return {"longitude": points.x, "latitude": points.y}


def _numbers(fields: pd.DataFrame, name: str, problems: list[str]) -> pd.Series:
    """Numbers of a column, NaN where there is none; the coordinates must be there."""
    values = []
    if name not in fields:
        return pd.Series(np.nan, index=fields.index)
    for row, value in fields[name].items():
        reading = read_number(text_of(value), _RULES[name])
        if reading.reason or (reading.missing and name in _NEEDED):
            reason = reading.reason or "is missing"
            mend = reading.mend or _RULES[name].mend
            problems.append(f"row {row}, {name} {text_of(value)!r} {reason}: {mend}")
        values.append(reading.value)
    return pd.Series(values, index=fields.index)


def _place_problems(points: gpd.GeoSeries, scene: "Scene") -> list[str]:
    pixel = pixels_of(points, scene.grid)
    labels = np.append(scene.commune_labels.to_numpy().ravel(), 0)  # of pixel -1 too
    problems = [
        f"row {row} lies in no commune: mend its place or take it out"
        for row in points.index[labels[pixel] == 0]
    ]
    first: dict[tuple[float, float], Any] = {}
    for row, x, y in zip(points.index, points.x, points.y, strict=True):
        earlier = first.setdefault((x, y), row)
        if earlier != row:
            problems.append(f"row {row} is at the place of row {earlier}: keep one of them")
    return problems


def _texts(fields: pd.DataFrame, name: str) -> "pd.Series[str]":
    if name not in fields:
        return pd.Series("", index=fields.index)
    return fields[name].map(text_of)
