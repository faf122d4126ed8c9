"""The sample province's outline and the communes that tile it."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry import Polygon

from phusong.sample_province.layout import (
    SHAPE,
    Floats,
    fractal,
    from_plane,
    generator,
    sample_plane,
    spread,
    transform,
)

__all__ = ["AREA_KM2", "COMMUNES", "labels", "tile"]

AREA_KM2: Final = 1236.0
COMMUNES: Final = 36

_OUTLINE_KM: Final = (
    (-20, 14), (-9, 22), (1, 22), (10, 14), (18, 7), (25, -2), (25, -9),
    (18, -14), (8, -17), (-3, -18), (-13, -14), (-21, -6), (-24, 4),
)  # fmt: skip
_STREAM: Final = 2


def tile(settled: Floats) -> gpd.GeoDataFrame:
    """Communes that share their borders exactly, smaller where more people live.

    Parameters
    ----------
    settled
        Terrain-shaped relative density of people, by which the communes crowd together.

    Returns
    -------
    GeoDataFrame
        `code`, `name` and `geometry` in longitude and latitude, from north to south.
    """
    outline = Polygon(_OUTLINE_KM).buffer(-2).buffer(4).buffer(-2)
    borders = _wound(_straight_borders(outline, settled))
    cells = shapely.get_parts(shapely.polygonize(list(borders)))
    cells = cells[np.argsort(-shapely.get_y(shapely.centroid(cells)))]
    numbers = range(1, len(cells) + 1)
    return gpd.GeoDataFrame(
        {
            "code": [f"MAU{number:02d}" for number in numbers],
            "name": [f"Xã Mẫu {number:02d}" for number in numbers],
        },
        geometry=shapely.normalize(cells),
        crs="EPSG:4326",
    )


def labels(communes: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """Number (1 to n, in the table's order) of the commune at each terrain pixel's centre; or 0."""
    numbered = zip(communes.geometry, range(1, len(communes) + 1), strict=True)
    burnt: NDArray[np.int32] = rasterize(
        numbered, out_shape=SHAPE, transform=transform(), dtype="int32"
    )
    return burnt


def _straight_borders(outline: Polygon, settled: Floats) -> NDArray[np.object_]:
    """Voronoi edges and the outline, in the plane, cut where they meet."""
    seeds = spread(generator(_STREAM, 1), _inside(outline) * (settled + 0.15), COMMUNES, rounds=4)
    edges = shapely.voronoi_polygons(
        shapely.multipoints(seeds), extend_to=outline.buffer(20), only_edges=True
    )
    inside = shapely.intersection(edges, outline.buffer(0.5))
    cut: NDArray[np.object_] = shapely.get_parts(shapely.union(inside, outline.boundary))
    return cut


def _inside(outline: Polygon) -> Floats:
    """1 at the terrain pixels within an outline of the plane, 0 elsewhere."""
    degrees = shapely.transform(outline, from_plane)
    burnt: Floats = rasterize([degrees], out_shape=SHAPE, transform=transform()).astype(float)
    return burnt


def _wound(borders: NDArray[np.object_]) -> NDArray[np.object_]:
    """Borders wound like real ones, enclosing `AREA_KM2`, in longitude and latitude.

    Each point moves by a smooth noise of where it is, so a border shared by two communes stays
    shared.
    """
    east, north = (
        0.6 * fractal(generator(_STREAM, stream), largest_km=12, roughness=2.4) for stream in (2, 3)
    )

    def moved(points_km: Floats) -> Floats:
        shift = [sample_plane(east, points_km), sample_plane(north, points_km)]
        return points_km + np.stack(shift, axis=1)

    wound = shapely.transform(shapely.segmentize(borders, 0.4), moved)
    enclosed = shapely.area(shapely.union_all(shapely.polygonize(list(wound))))
    scale = np.sqrt(AREA_KM2 / enclosed)
    placed: NDArray[np.object_] = shapely.transform(wound, lambda xy: from_plane(xy * scale))
    return placed
