"""Cutting what was fetched to an area."""

import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.errors import RasterioIOError
from rasterio.merge import merge
from rasterio.windows import from_bounds
from shapely.geometry import box

from phusong.errors import InputError
from phusong.fetching.area import Area

__all__ = ["cut_boundaries", "cut_raster", "geojson_address"]


def cut_raster(
    files: Sequence[Path], area: Area, path: Path, *, where_missing: float | None
) -> Path:
    """Join rasters of one kind, in degrees, and keep the area.

    Parameters
    ----------
    files
        GeoTIFF tiles; at least one.
    area
        What to keep.
    path
        GeoTIFF to write.
    where_missing
        Value of what no tile covers, as of the open sea; None keeps the tiles' nodata.

    Raises
    ------
    InputError
        Where a file is no raster in degrees, or none of them has any of the area.
    """
    _check(files, area)
    with rasterio.open(files[0]) as first:
        nodata = first.nodata if where_missing is None else where_missing
        profile = first.profile
    no_value = np.nan if np.issubdtype(profile["dtype"], np.floating) else 0
    fill = no_value if nodata is None else nodata
    values, transform = merge(list(files), bounds=area.bounds, nodata=fill)
    profile |= {
        "driver": "GTiff",
        "height": values.shape[1],
        "width": values.shape[2],
        "transform": transform,
        "nodata": nodata if where_missing is None else None,
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }
    with rasterio.open(path, "w", **profile) as out:
        out.write(values)
    return path


def _check(files: Sequence[Path], area: Area) -> None:
    problems, pixels = [], 0.0
    for file in files:
        try:
            with rasterio.open(file) as raster:
                if raster.crs is None or not raster.crs.is_geographic:
                    problems.append(f"{file.name} is not in degrees")
                elif _overlap(raster.bounds, area):
                    window = from_bounds(*area.bounds, transform=raster.transform)
                    pixels += float(window.width * window.height)
        except RasterioIOError as error:
            problems.append(f"{file.name} is no raster: {error}")
    if not problems and pixels < 1.0:
        problems.append("none of the files has any of the area")
    if problems:
        raise InputError("fetched rasters", problems)


def _overlap(bounds: tuple[float, float, float, float], area: Area) -> bool:
    west, south, east, north = bounds
    return west < area.east and east > area.west and south < area.north and north > area.south


def geojson_address(answer: Path) -> str:
    """The address of the boundaries that the service's answer names.

    Raises
    ------
    InputError
        Where it names none.
    """
    try:
        told = json.loads(answer.read_text("utf8"))
        return str(told["gjDownloadURL"])
    except (ValueError, KeyError, TypeError) as error:
        problem = "the service's answer names no file of boundaries"
        raise InputError(str(answer), [problem]) from error


def cut_boundaries(file: Path, area: Area, path: Path) -> Path:
    """Keep the whole areas whose middle lies in the box, as GeoPackage.

    Raises
    ------
    InputError
        Where the file cannot be read, or none lies in the box.
    """
    try:
        shapes = gpd.read_file(file).to_crs("EPSG:4326")
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(str(file), [f"cannot be read as boundaries: {error}"]) from error
    inside = shapes[shapes.geometry.representative_point().within(box(*area.bounds))]
    if inside.empty:
        raise InputError(str(file), ["none of its boundaries lies in the area"])
    path.unlink(missing_ok=True)
    inside.to_file(path, layer="communes", driver="GPKG", engine="pyogrio")
    return path
