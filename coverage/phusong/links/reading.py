"""Terrain for one link, from an elevation raster alone."""

from pathlib import Path

import geopandas as gpd
import xarray as xr
from rasterio.warp import transform_bounds

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.grid import analysis_grid, metric_crs, with_margin
from phusong.geodata.memory import require_memory
from phusong.geodata.sources import footprint, missing_files, open_raster
from phusong.geodata.terrain import read_terrain

__all__ = ["terrain_around"]

MARGIN_KM = 0.5
BYTES_PER_PIXEL = 64


def terrain_around(
    path: str | Path,
    *places: tuple[float, float],
    resolution_m: float = 30.0,
    terrain_noise_m: float | None = 2.0,
    findings: Findings | None = None,
) -> xr.DataArray:
    """Read the terrain around places onto a grid in metres (UTM), as a scene's is read.

    Parameters
    ----------
    path
        Raster of elevations in m, any reference system.
    *places
        Longitude and latitude in degrees (WGS 84) of each.
    resolution_m
        Side of a pixel.
    terrain_noise_m
        Standard deviation of the terrain's vertical noise, which is removed from it; None or 0
        keeps the surface as it is.
    findings
        Takes note of all that was repaired or is doubtful.

    Returns
    -------
    xr.DataArray
        float32 (y, x), metres above sea level, half a kilometre wider than the places.

    Raises
    ------
    InputError
        When the file cannot be used, or does not reach every place, or the places lie too far
        apart for one UTM zone.
    MemoryLimitError
        When the terrain between them would not fit into memory.
    """
    missing = missing_files({"terrain": path})
    if missing:
        raise InputError("terrain", missing)
    _check_reached(path, places)
    points = gpd.GeoSeries.from_xy(*zip(*places, strict=True), crs="EPSG:4326")
    west, south, east, north = points.total_bounds
    crs = metric_crs("utm", (west + east) / 2, (south + north) / 2)
    for longitude, latitude in places:
        metric_crs(crs, longitude, latitude)
    box = with_margin(analysis_grid(points.to_crs(crs).total_bounds, crs, resolution_m), MARGIN_KM)
    rows, cols = box.shape
    mend = "give a coarser resolution_m or places nearer to each other"
    require_memory(rows * cols * BYTES_PER_PIXEL, f"{cols} x {rows} pixels of terrain", mend)
    noted = Findings() if findings is None else findings
    return read_terrain(path, box, area=points, noise_m=terrain_noise_m, findings=noted)


def _check_reached(path: str | Path, places: tuple[tuple[float, float], ...]) -> None:
    with open_raster(path) as dataset:
        bounds = transform_bounds(dataset.crs, "EPSG:4326", *footprint(dataset))
    west, south, east, north = bounds
    problems = [
        f"does not reach longitude {longitude:g}, latitude {latitude:g} (longitude comes first): "
        f"it reaches over {west:.4f} {south:.4f} {east:.4f} {north:.4f} (west, south, east, north)"
        for longitude, latitude in places
        if not (west <= longitude <= east and south <= latitude <= north)
    ]
    if problems:
        raise InputError(str(path), problems)
