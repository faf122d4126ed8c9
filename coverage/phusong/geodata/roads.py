"""Kilometres of road in each pixel of a grid, from a file of lines."""

from functools import partial
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from odc.geo.geobox import GeoBox

from phusong.errors import InputError
from phusong.geodata.communes import HEADER_ROWS
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2, resolution_of
from phusong.geodata.sources import read_features

__all__ = ["lengths_km", "read_roads"]

Floats = npt.NDArray[np.float64]

_LINEAR: Final = ("LineString", "MultiLineString", "LinearRing")
_MOST_NAMED: Final = 10


def read_roads(
    path: str | Path,
    grid: GeoBox,
    labels: npt.NDArray[np.int32],
    findings: Findings,
    *,
    layer: str | None = None,
) -> Floats:
    """Read roads, and lay their length out over the pixels of the communes.

    Parameters
    ----------
    path, layer
        A file of lines that pyogrio reads, and its layer where it has several. Two carriageways
        that are drawn as two lines count as two.
    grid, labels
        The analysis grid, and int32 (y, x) commune labels on it (0: no commune).
    findings
        Takes note of features that are no lines, and of the length that is left out.

    Returns
    -------
    ndarray
        float64 (y, x): km of road on the ground in each pixel, 0 outside every commune.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no line.
    """
    note = partial(findings.add, source=Path(path).name)
    shapes = read_features(path, layer).geometry.reset_index(drop=True)
    is_line = shapes.geom_type.isin(_LINEAR) & ~shapes.is_empty
    for row in shapes.index[~is_line][:_MOST_NAMED]:
        where = {"row": row + HEADER_ROWS, "column": "geometry", "severity": "rejected"}
        note(**where, reason="is no line", mend="draw the road as a line")
    if (~is_line).sum() > _MOST_NAMED:
        more = int((~is_line).sum()) - _MOST_NAMED
        note(severity="rejected", reason=f"{more} more features are no lines")
    if not is_line.any():
        raise InputError(str(path), ["holds no line; give the roads as lines"])
    length_km = lengths_km(shapes[is_line].force_2d().to_crs(str(grid.crs)), grid)
    inside = np.where(labels > 0, length_km, 0.0)
    reason = f"{inside.sum():,.1f} km of road in the communes; what lies around them is left out"
    note(severity="info" if inside.any() else "warning", reason=reason)
    return inside


def lengths_km(lines: gpd.GeoSeries, grid: GeoBox) -> Floats:
    """Length of lines in each pixel of a grid, on the ground: each line is cut where pixels meet.

    Parameters
    ----------
    lines
        In the grid's reference system.
    grid
        North up.

    Returns
    -------
    ndarray
        float64 (y, x), km.
    """
    start, end = _segments(lines, grid)
    step = end - start
    segment, part = _cuts(start, step)
    same = segment[1:] == segment[:-1]
    of, share = segment[1:][same], np.diff(part)[same]
    middle = (part[1:][same] + part[:-1][same]) / 2.0
    column, row = np.floor(start[of] + middle[:, None] * step[of]).astype(np.intp).T
    rows, columns = grid.shape
    on_grid = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    length = share * np.hypot(*step[of].T)
    pixel = (row * columns + column)[on_grid]
    # the side of a pixel on the ground is not quite that of the projection
    side_km = np.sqrt(pixel_area_km2(grid))
    sums = np.bincount(pixel, length[on_grid] * side_km, minlength=rows * columns)
    return sums.reshape(rows, columns).astype(np.float64)


def _segments(lines: gpd.GeoSeries, grid: GeoBox) -> tuple[Floats, Floats]:
    """Start and end of every straight piece, (n, 2), in pixels east and south of the corner."""
    parts = shapely.get_parts(lines.to_numpy())
    points, line = shapely.get_coordinates(parts, return_index=True)
    west, _, _, north = grid.boundingbox.bbox
    places = (points - (west, north)) * (1.0, -1.0) / resolution_of(grid)
    goes_on = line[1:] == line[:-1]
    return places[:-1][goes_on], places[1:][goes_on]


def _cuts(start: Floats, step: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Where along each segment (0 to 1) it begins, ends or crosses into another pixel, in order."""
    each = np.arange(len(start))
    segments, parts = [each, each], [np.zeros(len(start)), np.ones(len(start))]
    for axis in (0, 1):
        a, b = start[:, axis], start[:, axis] + step[:, axis]
        first = np.floor(np.minimum(a, b)).astype(np.intp) + 1
        count = np.maximum(np.ceil(np.maximum(a, b)).astype(np.intp) - first, 0)
        segment = np.repeat(each, count)
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        segments.append(segment)
        parts.append((first[segment] + nth - a[segment]) / step[segment, axis])
    segment, part = np.concatenate(segments), np.clip(np.concatenate(parts), 0.0, 1.0)
    order = np.lexsort((part, segment))
    return segment[order], part[order]
