"""Points on a grid: of features that may be areas, and the pixels that they lie in."""

import math
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from odc.geo.geobox import GeoBox

__all__ = ["AREAL", "pixels_in", "pixels_of", "point_of"]

AREAL: Final = ("Polygon", "MultiPolygon")


def point_of(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    """A point for each feature: itself, or a point inside an area; None for anything else."""
    flat = geometry.force_2d()
    is_area = flat.geom_type.isin(AREAL) & ~flat.is_empty
    points = flat.where((flat.geom_type == "Point") & ~flat.is_empty, None)
    points[is_area] = flat[is_area].representative_point()
    return points


def pixels_of(points: gpd.GeoSeries, grid: GeoBox) -> npt.NDArray[np.intp]:
    """Flat index of the pixel in which each point lies; -1 off the grid or without a point."""
    rows, columns = grid.shape
    affine = grid.affine  # north up
    column = np.floor((points.x.to_numpy() - affine.xoff) / affine.a)
    row = np.floor((points.y.to_numpy() - affine.yoff) / affine.e)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return np.where(inside, row * columns + column, -1).astype(np.intp)


def pixels_in(
    areas: gpd.GeoSeries, grid: GeoBox
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pixels whose centres lie in each area, which may overlap.

    Returns
    -------
    area : ndarray
        Number of the area in the series, rising.
    pixel : ndarray
        Flat index of the pixel, rising within each area.
    """
    rows, columns = grid.shape
    affine = grid.affine
    found = []
    for number, (west, south, east, north) in enumerate(areas.bounds.to_numpy()):
        column = _centres_between(west, east, affine.xoff, affine.a, columns)
        row = _centres_between(north, south, affine.yoff, affine.e, rows)
        pixel = (row[:, None] * columns + column).ravel()
        x = affine.xoff + affine.a * (pixel % columns + 0.5)
        y = affine.yoff + affine.e * (pixel // columns + 0.5)
        shapely.prepare(areas.iloc[number])
        pixel = pixel[shapely.intersects_xy(areas.iloc[number], x, y)]
        found.append((np.full(len(pixel), number, dtype=np.intp), pixel))
    if not found:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    area, pixel = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return area, pixel


def _centres_between(
    start: float, end: float, origin: float, step: float, count: int
) -> npt.NDArray[np.intp]:
    """Rows or columns whose centres lie from start to end."""
    first = math.ceil((start - origin) / step - 0.5)
    last = math.floor((end - origin) / step - 0.5)
    return np.arange(max(first, 0), min(last, count - 1) + 1, dtype=np.intp)
