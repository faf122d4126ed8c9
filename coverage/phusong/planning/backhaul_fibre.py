"""The ways that fibre can take, and where it starts: along roads, or straight without any."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from phusong.errors import InputError
from phusong.geodata.points import point_of
from phusong.geodata.sources import read_features
from phusong.planning.backhaul_laying import Ends, Rates, StraightFibre, StraightReach
from phusong.planning.backhaul_roads import RoadFibre, RoadReach

if TYPE_CHECKING:
    import pandas as pd

    from phusong.geodata.scene import Scene
    from phusong.planning.backhaul_settings import BackhaulSettings

__all__ = ["Ends", "Fibre", "FibreReach", "ends_of", "fibre_over", "read_fibre_points"]

Fibre = StraightFibre | RoadFibre
FibreReach = StraightReach | RoadReach

_LINEAR: Final = ("LineString", "MultiLineString", "LinearRing")


def fibre_over(
    scene: "Scene", roads: "str | Path | gpd.GeoDataFrame | None", settings: "BackhaulSettings"
) -> Fibre:
    """The ways for fibre: the roads of a file or a frame of lines, or straight without any."""
    rates = Rates.of(scene, settings)
    if roads is None:
        return StraightFibre(rates, settings.detour_factor)
    source = "roads" if isinstance(roads, gpd.GeoDataFrame) else str(roads)
    frame = roads if isinstance(roads, gpd.GeoDataFrame) else read_features(roads)
    lines = frame.geometry[frame.geom_type.isin(_LINEAR) & ~frame.geometry.is_empty]
    problems = ["holds no line; give the roads as lines"] if lines.empty else []
    if frame.crs is None:
        problems.append("has no reference system; set its crs")
    if problems:
        raise InputError(source, problems)
    return RoadFibre.of(lines.force_2d().to_crs(str(scene.grid.crs)), rates, settings.detour_factor)


def read_fibre_points(path: str | Path, scene: "Scene", layer: str | None = None) -> Any:
    """Read points that fibre can be laid from: exchanges, cabinets, ends of a backbone.

    Parameters
    ----------
    path, layer
        File that pyogrio reads, of points or areas, at will with a column name; and its layer.
    scene
        In whose metres they are told.

    Returns
    -------
    GeoDataFrame
        name, geometry (Point in the grid's reference system).

    Raises
    ------
    InputError
        If the file cannot be read, or has features that are neither points nor areas.
    """
    frame = read_features(path, layer)
    points = point_of(frame.geometry)
    problems = [
        f"row {row + 1}, geometry is no point; give points or areas"
        for row in np.flatnonzero(points.isna())
    ]
    if problems:
        raise InputError(str(path), problems)
    names = frame["name"].astype(str) if "name" in frame else _numbered(len(frame))
    return gpd.GeoDataFrame({"name": names}, geometry=points.to_crs(str(scene.grid.crs)))


def _numbered(count: int) -> list[str]:
    return [f"fibre {number}" for number in range(1, count + 1)]


def ends_of(nodes: "pd.DataFrame", fibre_points: gpd.GeoDataFrame | None, of_sites: bool) -> Ends:
    """Where fibre is at first: the points given, and the existing sites where they have it."""
    sites = nodes[nodes["role"].eq("site")].iloc[: None if of_sites else 0]
    xy, names = [sites[["x", "y"]].to_numpy(np.float64)], [sites["name"].to_numpy(object)]
    if fibre_points is not None and len(fibre_points):
        xy.append(shapely.get_coordinates(fibre_points.geometry))
        names.append(fibre_points["name"].to_numpy(object))
    return Ends(np.vstack(xy), np.concatenate(names))
