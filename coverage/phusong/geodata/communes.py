"""Communes from a vector file, and their labels on the grid."""

import unicodedata
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from odc.geo.geobox import GeoBox
from rasterio.features import rasterize

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import fold
from phusong.geodata.sources import read_features

__all__ = [
    "HEADER_ROWS",
    "find_column",
    "label_communes",
    "polygonal",
    "read_communes",
    "text_of",
]

_Note = Callable[..., None]

_CODE_NAMES: Final = (
    "code",
    "commune_code",
    "ma_xa",
    "ma_phuong_xa",
    "ward_code",
    "commune_id",
    "ward_id",
    "ma",
    "id",
)
_NAME_NAMES: Final = (
    "name",
    "name_full",
    "commune_name",
    "ten_xa",
    "ten_phuong_xa",
    "commune_vn",
    "commune",
    "ward_name",
    "ten",
)

HEADER_ROWS: Final = 2
"""The first feature is row 2 of the attribute table, below its header."""

_OVERLAP_SHARE: Final = 0.005
"""Of the smaller commune; less comes from borders drawn twice."""

_MOST_OVERLAPS: Final = 10
"""The largest are named: a file drawn without care would bury every other finding."""

_WIDEST_KM: Final = 1500.0
_EQUAL_AREA: Final = "EPSG:6933"
_POLYGONAL: Final = ("Polygon", "MultiPolygon")


def read_communes(
    path: str | Path,
    *,
    layer: str | None = None,
    code_column: str | None = None,
    name_column: str | None = None,
    people_column: str | None = None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """Read commune areas, mend their geometry and check their codes.

    Parameters
    ----------
    path, layer
        A file of areas that pyogrio reads, and its layer where it has several.
    code_column, name_column
        Columns that hold code and name; found by their common names if not given.
    people_column
        Column of known numbers of people, if one is to be used.
    findings
        Takes note of all that was repaired, left out or is doubtful; `row` counts the header
        of the attribute table as 1.

    Returns
    -------
    GeoDataFrame
        In the file's reference system and order: code, name, area_km2 (on the ground),
        known_people (NaN: not known), geometry (Polygon or MultiPolygon).

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, holds no area, a code twice or none, or
        coordinates that cannot be right.
    """
    note = partial(findings.add, source=Path(path).name)
    frame = read_features(path, layer)
    code, name = _code_and_name(frame, path, code_column, name_column)
    communes = gpd.GeoDataFrame(
        {
            "code": [text_of(value) for value in frame[code]],
            "name": [text_of(value) for value in frame[name]],
            "known_people": _known_people(frame, path, people_column),
        },
        geometry=polygonal(frame.geometry).array,
        crs=frame.crs,
    )
    _note_geometry(frame.geometry, communes.geometry, note)
    communes = communes[communes.geometry.notna()]
    _check_communes(communes, path)
    _name_the_nameless(communes, name, note)
    communes.insert(2, "area_km2", communes.to_crs(_EQUAL_AREA).area / 1e6)
    _note_overlaps(communes, note)
    reason = f"code read from column {code!r}, name from {name!r}"
    note(severity="info", reason=reason, mend="code_column and name_column choose others")
    return communes.reset_index(drop=True)


def polygonal(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return valid polygons for every row, None where there is no area; what is sound is kept."""
    return gpd.GeoSeries(
        [_area_of(shape) for shape in geometry], index=geometry.index, crs=geometry.crs
    )


def label_communes(
    communes: gpd.GeoDataFrame, grid: GeoBox, findings: Findings, source: str
) -> npt.NDArray[np.int32]:
    """Return, for each pixel, the label of the commune that its centre lies in; 0 for none.

    Where communes overlap the later one in the file takes the pixel.

    Parameters
    ----------
    communes
        In the grid's reference system, with a column label (1 and up).
    grid
        The analysis grid.
    findings, source
        Take note of a commune too small for any pixel.

    Returns
    -------
    ndarray
        int32 (y, x).
    """
    labels: npt.NDArray[np.int32] = rasterize(
        zip(communes.geometry, communes["label"], strict=True),
        out_shape=grid.shape,
        transform=grid.transform,
        fill=0,
        dtype=np.int32,
    )
    absent = communes[~communes["label"].isin(np.unique(labels))]
    for commune in absent.itertuples():
        reason = f"commune {commune.name} ({commune.area_km2:.4f} km2) covers no pixel's centre"
        mend = "give a finer resolution_m"
        findings.add(
            source=source, value=commune.code, severity="warning", reason=reason, mend=mend
        )
    return labels


def find_column(frame: gpd.GeoDataFrame, names: Sequence[str]) -> str | None:
    """Return the column that bears the first of `names` that any bears; case and accents aside."""
    folded = {fold(str(column)): str(column) for column in reversed(list(frame.columns))}
    return next((folded[fold(name)] for name in names if fold(name) in folded), None)


def text_of(value: Any) -> str:
    """Return a field as composed Unicode text: "" for none, 8707 for 8707.0."""
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFC", str(value)).strip()


def _code_and_name(
    frame: gpd.GeoDataFrame, path: str | Path, code_column: str | None, name_column: str | None
) -> tuple[str, str]:
    found = {
        "code": code_column or find_column(frame, _CODE_NAMES),
        "name": name_column or find_column(frame, _NAME_NAMES),
    }
    there = ", ".join(map(str, frame.columns.drop("geometry")))
    problems = [
        f"has no column {column!r} for the communes' {field}; choose {field}_column from: {there}"
        for field, column in found.items()
        if column not in frame.columns
    ]
    if problems:
        raise InputError(str(path), problems)
    return str(found["code"]), str(found["name"])


def _known_people(frame: gpd.GeoDataFrame, path: str | Path, column: str | None) -> Any:
    if column is None:
        return np.full(len(frame), np.nan)
    if column not in frame.columns:
        numeric = frame.drop(columns="geometry").select_dtypes("number").columns
        problem = f"has no column {column!r} of people; numeric columns: {', '.join(numeric)}"
        raise InputError(str(path), [problem])
    people = pd.to_numeric(frame[column], errors="coerce").astype(float)
    wrong = (people.isna() & frame[column].notna()) | (people < 0) | np.isinf(people)
    problems = [
        f"row {row + HEADER_ROWS}, {column} {value!r} is no number of people; mend it or leave it "
        "empty"
        for row, value in zip(np.flatnonzero(wrong), frame[column][wrong], strict=True)
    ]
    if problems:
        raise InputError(str(path), problems)
    return people.to_numpy()


def _area_of(shape: Any) -> Any:
    if shape is None or shape.is_empty:
        return None
    flat = shapely.force_2d(shape)
    if flat.geom_type in _POLYGONAL and flat.is_valid:
        return flat
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(flat)))
    polygons = parts[shapely.area(parts) > 0]
    return shapely.union_all(polygons) if len(polygons) else None


def _note_geometry(given: gpd.GeoSeries, areas: gpd.GeoSeries, note: _Note) -> None:
    mend = "draw it anew as a polygon"
    for row, (shape, area) in enumerate(zip(given, areas, strict=True), start=HEADER_ROWS):
        where = {"row": row, "column": "geometry", "mend": mend}
        if shape is None or shape.is_empty:
            note(**where, severity="rejected", reason="empty geometry")
        elif area is None:
            note(**where, severity="rejected", reason=f"{shape.geom_type} without an area")
        elif not shape.is_valid:
            reason = f"geometry made valid: {shapely.is_valid_reason(shape)}"
            note(**where, severity="repaired", reason=reason)
        elif shape.geom_type not in _POLYGONAL:
            note(**where, severity="repaired", reason=f"the areas of a {shape.geom_type} are kept")


def _check_communes(communes: gpd.GeoDataFrame, path: str | Path) -> None:
    if communes.empty:
        raise InputError(str(path), ["holds no area; give the communes as polygons"])
    nameless = communes.index[communes["code"] == ""] + HEADER_ROWS
    problems = [f"row {row} has no code; give each commune one" for row in nameless]
    coded = communes[communes["code"] != ""]
    for code, rows in coded.groupby("code").groups.items():
        if len(rows) > 1:
            problems.append(_twice(code, rows + HEADER_ROWS))
    problems += _place_problems(communes)
    if problems:
        raise InputError(str(path), problems)


def _twice(code: Hashable, rows: pd.Index) -> str:
    listed = ", ".join(map(str, rows))
    return f"code {code!r} stands in rows {listed}; give each commune its own, or join its parts"


def _place_problems(communes: gpd.GeoDataFrame) -> list[str]:
    if communes.crs.is_geographic and np.abs(communes.total_bounds).max() > 360:
        return [
            f"coordinates such as {communes.total_bounds[0]:.0f} are no degrees, which "
            f"{communes.crs.name} means; give the reference system that they are in"
        ]
    west, south, east, north = communes.to_crs("EPSG:4326").total_bounds
    if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180):
        return [
            f"reaches over latitudes {south:.4g} to {north:.4g} and longitudes {west:.4g} to "
            f"{east:.4g} degrees; exchange the two, or mend the reference system"
        ]
    return _scattered(communes)


def _scattered(communes: gpd.GeoDataFrame) -> list[str]:
    points = communes.to_crs(_EQUAL_AREA).representative_point()
    middle = shapely.Point(points.x.median(), points.y.median())
    far = points.distance(middle) / 1000
    return [
        f"row {row + HEADER_ROWS}, commune {communes['code'][row]!r} lies {far[row]:.0f} km from "
        "the middle of the others; mend its coordinates"
        for row in far.index[far > _WIDEST_KM]
    ]


def _name_the_nameless(communes: gpd.GeoDataFrame, column: str, note: _Note) -> None:
    for row in communes.index[communes["name"] == ""]:
        code = communes.loc[row, "code"]
        reason = "commune without a name goes by its code"
        where = {"row": row + HEADER_ROWS, "column": column, "value": code}
        note(**where, severity="repaired", reason=reason, mend="give its name")
        communes.loc[row, "name"] = code


def _note_overlaps(communes: gpd.GeoDataFrame, note: _Note) -> None:
    shapes, codes = communes.geometry.to_numpy(), communes["code"].to_numpy()
    first, second = communes.sindex.query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    smaller = np.where(shapely.area(shapes[first]) < shapely.area(shapes[second]), first, second)
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    share = shared / shapely.area(shapes[smaller])
    pairs = np.flatnonzero(share > _OVERLAP_SHARE)
    for pair in pairs[np.argsort(-shared[pairs], kind="stable")][:_MOST_OVERLAPS]:
        area_km2 = share[pair] * communes["area_km2"].to_numpy()[smaller[pair]]
        one, other = codes[first[pair]], codes[second[pair]]
        reason = f"communes {one} and {other} overlap on {area_km2:.3f} km2; the later one keeps it"
        mend = "draw one border between them"
        note(severity="warning", value=f"{one}, {other}", reason=reason, mend=mend)
    if len(pairs) > _MOST_OVERLAPS:
        more = len(pairs) - _MOST_OVERLAPS
        note(severity="warning", reason=f"{more} more pairs of communes overlap, each on less")
