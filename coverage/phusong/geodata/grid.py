"""The grids of a scene, in metres."""

import math
from collections.abc import Sequence
from typing import Any

import pyproj
from odc.geo.geobox import GeoBox
from pyproj.exceptions import CRSError, ProjError
from rasterio.transform import from_origin

from phusong.errors import InputError

__all__ = [
    "analysis_grid",
    "metric_crs",
    "pixel_area_km2",
    "resolution_of",
    "with_margin",
]

_DISTORTION_LIMIT = 0.01
"""A reference system that stretches distances by more than this is not taken for metres."""


def metric_crs(crs: Any, longitude: float, latitude: float) -> pyproj.CRS:
    """Return the reference system to work in, after checking that its metres are metres there.

    Parameters
    ----------
    crs
        "utm" for the UTM zone (WGS 84) of the place, or anything pyproj understands: an EPSG
        code as "EPSG:3405" or 3405, a WKT text, a CRS.
    longitude, latitude
        Middle of the area, degrees.

    Raises
    ------
    InputError
        If it is unknown, not projected, not in metres, or stretches distances by more than 1 %
        at the place (Web Mercator at 21 degrees north does by 7 %).
    """
    if isinstance(crs, str) and crs.lower() == "utm":
        return _utm(longitude, latitude)
    try:
        chosen = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        problem = f"{crs!r} is no known reference system; give 'utm' or a code such as 'EPSG:32648'"
        raise InputError("crs", [problem]) from error
    if not chosen.is_projected or any(a.unit_conversion_factor != 1 for a in chosen.axis_info[:2]):
        problem = f"{crs!r} is not projected in metres; give 'utm' or a code such as 'EPSG:32648'"
        raise InputError("crs", [problem])
    scales = _scales(chosen, longitude, latitude)
    if not all(abs(scale - 1) <= _DISTORTION_LIMIT for scale in scales):
        problem = (
            f"{crs!r} stretches distances by {max(scales):.3f} at {longitude:.2f} E "
            f"{latitude:.2f} N; give 'utm' or a reference system made for the area"
        )
        raise InputError("crs", [problem])
    return chosen


def analysis_grid(bounds: Sequence[float], crs: Any, resolution_m: float) -> GeoBox:
    """Return the north-up grid around `bounds` whose lines lie on multiples of the resolution.

    Two areas opened at one resolution in one reference system therefore share their pixels.

    Parameters
    ----------
    bounds
        West, south, east, north, metres in `crs`.
    crs
        Reference system in metres.
    resolution_m
        Side of a pixel, metres.
    """
    west, south = (math.floor(bound / resolution_m) for bound in bounds[:2])
    east, north = (math.ceil(bound / resolution_m) for bound in bounds[2:])
    shape = (max(1, north - south), max(1, east - west))
    corner = (west * resolution_m, north * resolution_m)
    return GeoBox(shape, from_origin(*corner, resolution_m, resolution_m), str(crs))


def with_margin(grid: GeoBox, margin_km: float) -> GeoBox:
    """Return `grid` widened by whole pixels, at least `margin_km` on every side."""
    return grid.pad(math.ceil(margin_km * 1000 / resolution_of(grid)))


def resolution_of(grid: GeoBox) -> float:
    """Return the side of a pixel, metres."""
    return float(abs(grid.resolution.x))


def pixel_area_km2(grid: GeoBox) -> float:
    """Return the area on the ground of a pixel in the middle of the grid, km2.

    A projection's square metre is not quite one on the ground (UTM: -0.08 % to +0.2 %).
    """
    crs = pyproj.CRS(str(grid.crs))
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    west, south, east, north = grid.boundingbox.bbox
    longitude, latitude = to_degrees.transform((west + east) / 2, (south + north) / 2)
    areal_scale = pyproj.Proj(crs).get_factors(longitude, latitude).areal_scale
    return float(resolution_of(grid) ** 2 / areal_scale / 1e6)


def _utm(longitude: float, latitude: float) -> pyproj.CRS:
    zone = math.floor((longitude + 180) / 6) % 60 + 1
    return pyproj.CRS.from_epsg((32600 if latitude >= 0 else 32700) + zone)


def _scales(crs: pyproj.CRS, longitude: float, latitude: float) -> tuple[float, float]:
    try:
        factors = pyproj.Proj(crs).get_factors(longitude, latitude, errcheck=True)
    except ProjError:
        return math.inf, math.inf
    return factors.meridional_scale, factors.parallel_scale
