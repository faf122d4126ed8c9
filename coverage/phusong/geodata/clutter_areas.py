"""Classes of clutter from a vector file of areas, such as OpenStreetMap's land use."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from odc.geo.geobox import GeoBox
from pyogrio.errors import DataSourceError
from rasterio.features import rasterize

from phusong.errors import InputError
from phusong.geodata.clutter_classes import UNKNOWN, codes_by_word, note_unlisted
from phusong.geodata.communes import HEADER_ROWS, find_column, polygonal, text_of
from phusong.geodata.sources import bounds_in, read_features

__all__ = ["area_codes", "holds_areas", "polygons", "with_geometry"]

_COLUMN_NAMES: Final = ("clutter", "class", "fclass", "landuse", "natural", "land_use", "code")
"""`fclass` is Geofabrik's name for the tag of a feature."""

_Note = Callable[..., None]


def holds_areas(path: str | Path) -> bool:
    """Whether a file is a vector file with geometry, rather than a raster."""
    try:
        layers = pyogrio.list_layers(path)
    except DataSourceError:
        return False
    return any(geometry is not None for _, geometry in layers)


def area_codes(
    path: str | Path,
    box: GeoBox,
    *,
    classes: pd.DataFrame,
    column: str | None,
    layer: str | None,
    note: _Note,
) -> npt.NDArray[np.uint8]:
    """Return the code of the smallest area that the centre of each pixel lies in.

    Small areas are drawn over large ones: a pond in a forest is water.

    Parameters
    ----------
    path, layer
        A file of areas that pyogrio reads, and its layer where it has several.
    box
        The grid to fill.
    classes
        From `read_clutter_classes`.
    column
        Column whose values name the classes: codes, English names, OpenStreetMap tags or their
        values, in any case of letters.
    note
        Adds a finding: geometry that was repaired or left out, areas of no class of the table.

    Returns
    -------
    ndarray
        uint8 (y, x), `UNKNOWN` outside every area of a known class.

    Raises
    ------
    InputError
        If the file cannot be read, lacks the column, lies elsewhere, or names no known class.
    """
    frame = read_features(path, layer)
    column = _class_column(frame, column, path)
    areas = _near(with_geometry(frame[[column, "geometry"]], note), box, path)
    areas = polygons(areas, note)
    codes = _codes(areas[column], classes, path, note).dropna()
    shapes = areas.geometry[codes.index].to_crs(str(box.crs))
    largest_first = shapes.area.sort_values(ascending=False, kind="stable").index
    on_grid: npt.NDArray[np.uint8] = rasterize(
        zip(shapes[largest_first], codes[largest_first], strict=True),
        out_shape=box.shape,
        transform=box.transform,
        fill=UNKNOWN,
        dtype=np.uint8,
    )
    return on_grid


def _class_column(frame: gpd.GeoDataFrame, column: str | None, path: str | Path) -> str:
    chosen = column or find_column(frame, _COLUMN_NAMES)
    if chosen not in frame.columns or chosen == "geometry":
        there = ", ".join(map(str, frame.columns.drop("geometry"))) or "none"
        problem = f"has no column {chosen!r} for the class; choose clutter_column from: {there}"
        raise InputError(str(path), [problem])
    return str(chosen)


def with_geometry(frame: gpd.GeoDataFrame, note: _Note) -> gpd.GeoDataFrame:
    """Return the features that have a geometry, by their row in the attribute table."""
    frame.index = pd.RangeIndex(HEADER_ROWS, len(frame) + HEADER_ROWS)
    empty = frame.geometry.isna() | frame.geometry.is_empty
    for row in frame.index[empty]:
        where = {"row": row, "column": "geometry", "severity": "rejected"}
        note(**where, reason="empty geometry", mend="draw it anew as a polygon")
    return frame[~empty]


def _near(frame: gpd.GeoDataFrame, box: GeoBox, path: str | Path) -> gpd.GeoDataFrame:
    bounds = bounds_in(frame.crs, box)
    if np.isfinite(bounds).all():
        rows = np.sort(frame.sindex.query(shapely.box(*bounds)))
        if rows.size:
            return frame.iloc[rows]
    problem = "lies nowhere in the area of the communes; check that both are of one province"
    raise InputError(str(path), [problem])


def polygons(frame: gpd.GeoDataFrame, note: _Note) -> gpd.GeoDataFrame:
    """Return the features as valid polygons, without those that have no area."""
    areas = polygonal(frame.geometry)
    for row, shape, area in zip(frame.index, frame.geometry, areas, strict=True):
        where = {"row": row, "column": "geometry", "mend": "draw it anew as a polygon"}
        if area is None:
            note(**where, severity="rejected", reason=f"{shape.geom_type} without an area")
        elif not shape.is_valid:
            reason = f"geometry made valid: {shapely.is_valid_reason(shape)}"
            note(**where, severity="repaired", reason=reason)
    return frame.set_geometry(areas)[areas.notna()]


def _codes(
    values: pd.Series, classes: pd.DataFrame, path: str | Path, note: _Note
) -> "pd.Series[float]":
    """Return the code that each value names, NaN where it names none."""
    texts = values.map(text_of)
    codes: pd.Series[float] = texts.str.casefold().map(codes_by_word(classes))
    unlisted = texts[codes.isna()].value_counts()
    if codes.isna().all():
        seen = ", ".join(map(repr, sorted(unlisted.index)[:3]))
        problem = f"column {values.name!r} names no class of the table in the area (it has {seen})"
        mend = "choose another clutter_column, or add its words to the table as osm_tags"
        raise InputError(str(path), [f"{problem}; {mend}"])
    counts = {str(text): number for text, number in unlisted.items()}
    note_unlisted(counts, "area(s)", partial(note, column=values.name))
    return codes
