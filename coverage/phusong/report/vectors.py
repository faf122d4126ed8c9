"""Which dead spots and villages a map draws, and with how many corners."""

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import shapely

from phusong.gaps import ANY

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["commune_outlines", "dead_spots_shown", "villages_shown"]

_MOST_CORNERS: Final = 20_000  # of one layer's outlines: some 0.4 MB, and still drawn smoothly


def commune_outlines(communes: gpd.GeoDataFrame, resolution_m: float) -> gpd.GeoSeries:
    """Outlines that still meet, with no more corners than can be drawn."""
    outlines = communes.geometry.to_numpy()
    tolerance = resolution_m / 2
    simple = shapely.coverage_simplify(outlines, tolerance)
    while shapely.get_num_coordinates(simple).sum() > _MOST_CORNERS and tolerance < 1000:
        tolerance *= 2
        simple = shapely.coverage_simplify(outlines, tolerance)
    return gpd.GeoSeries(simple, crs=communes.crs)


def dead_spots_shown(gaps: "Gaps", technology: str) -> gpd.GeoDataFrame:
    """Dead spots of any operator in one technology, with no more corners than can be drawn."""
    every = gaps.dead_spots
    spots = every[(every["operator"] == ANY) & (every["technology"] == technology)]
    if shapely.get_num_coordinates(spots.geometry.to_numpy()).sum() > _MOST_CORNERS:
        simple = spots.geometry.simplify(0.75 * gaps.coverage.scene.resolution_m)
        spots = spots.set_geometry(simple)
    return spots


def villages_shown(gaps: "Gaps", technology: str) -> gpd.GeoDataFrame:
    """Villages with their state by any operator in one technology."""
    of_any = gaps.villages[gaps.villages["operator"] == ANY]
    return of_any[of_any["technology"] == technology].reset_index(drop=True)
