"""From terrain and two places to the path between them.

A profile is sampled, and its geometry found, by the same kernels that predict a whole area
(`phusong.kernels.area`): a link and the pixel at its end agree.
"""

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import CRS, Proj, Transformer

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.kernels.area import FEWEST_INTERVALS, SHORTEST_KM, sample_profile
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.path import analyse_path
from phusong.kernels.sweep import radial_profile
from phusong.kernels.zones import INLAND
from phusong.links.profile import Place, TerrainPath
from phusong.links.settings import LinkSettings

__all__ = ["clutter_of", "path_between", "place_at", "place_of", "terrain_of", "zones_of"]

FloatArray = NDArray[np.float64]
_Rasters = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""Terrain, clutter and zones."""


class _Sampled(NamedTuple):
    """A profile: terrain, terrain with clutter, and zones."""

    distance_km: FloatArray
    height_m: FloatArray
    surface_m: FloatArray
    zone: NDArray[np.uint8]

    @classmethod
    def of(cls, points: int) -> "_Sampled":
        """Room for so many points, inland until they are filled."""
        d, h, surface = np.empty((3, points))
        return cls(d, h, surface, np.full(points, INLAND, np.uint8))

    def up_to(self, points: int) -> "_Sampled":
        """The first so many points."""
        d, h, surface, zone = self
        return _Sampled(d[:points], h[:points], surface[:points], zone[:points])


def terrain_of(ground: object) -> xr.DataArray:
    """Terrain of a scene, or a checked DataArray (y, x) of heights in m on a grid in metres.

    Raises
    ------
    InputError
        When it has no grid in metres with square pixels, north up, or has gaps.
    """
    if isinstance(ground, Scene):
        return ground.terrain
    if not isinstance(ground, xr.DataArray):
        problem = f"is a {type(ground).__name__}: give a Scene, or a DataArray on a grid in metres"
        raise InputError("terrain", [problem])
    problems = _grid_problems(ground.odc.geobox)
    if ground.ndim != 2 or min(ground.shape) < 2:
        problems.append(f"has shape {ground.shape}: give two rows and two columns or more")
    elif not np.isfinite(ground.to_numpy()).all():
        problems.append("has gaps: fill them")
    if problems:
        raise InputError("terrain", problems)
    return ground


def clutter_of(ground: object, clutter_m: float | xr.DataArray) -> float | xr.DataArray:
    """A raster that is given, else a scene's own clutter map, else the height everywhere."""
    own = ground.clutter_m if isinstance(ground, Scene) else None
    return clutter_m if own is None or isinstance(clutter_m, xr.DataArray) else own


def zones_of(ground: object) -> xr.DataArray | int:
    """A scene's radio-climatic zones, else inland everywhere."""
    own = ground.zones if isinstance(ground, Scene) else None
    return INLAND if own is None else own


def _grid_problems(box: GeoBox | None) -> list[str]:
    if box is None or box.crs is None:
        return ["has no reference system: make it with odc.geo.xr.wrap_xr, or open a Scene"]
    problems = []
    crs = _crs(box)
    if not crs.is_projected or any(a.unit_conversion_factor != 1 for a in crs.axis_info[:2]):
        problems.append(
            f"its reference system {crs.name} is not in metres: reproject it, as to UTM"
        )
    a, b, _, d, e, _ = box.affine[:6]
    if not (b == d == 0.0 and a > 0.0 and math.isclose(a, -e, rel_tol=1e-9)):
        problems.append("its pixels are not square with north up: resample it")
    return problems


def place_at(terrain: xr.DataArray, longitude: float, latitude: float) -> Place:
    """Place by its degrees; whether the terrain reaches it is `path_between`'s to ask."""
    box = terrain.odc.geobox
    to_grid = _transformer("EPSG:4326", str(box.crs))
    col, row = ~box.affine * to_grid.transform(longitude, latitude)
    return Place(float(longitude), float(latitude), row - 0.5, col - 0.5)


def place_of(terrain: xr.DataArray, row: float, col: float) -> Place:
    """Place by row and column of the terrain, pixel centres at whole numbers."""
    box = terrain.odc.geobox
    to_degrees = _transformer(str(box.crs), "EPSG:4326")
    longitude, latitude = to_degrees.transform(*(box.affine * (col + 0.5, row + 0.5)))
    return Place(longitude, latitude, row, col)


def path_between(
    terrain: xr.DataArray,
    clutter_m: float | xr.DataArray,
    zones: int | xr.DataArray,
    tx: Place,
    rx: Place,
    settings: LinkSettings,
    latitude_deg: float,
    swept_km: float = 0.0,
) -> TerrainPath:
    """Sample and analyse the ground between two places, as the area engine does.

    ``clutter_m`` and ``zones`` are rasters on the terrain's pixels, or one value everywhere.
    ``swept_km`` is the range of a sweep whose radial the profile is of, ``rx`` then being a pixel's
    centre; with 0 it lies exactly between the two.

    Raises
    ------
    InputError
        When the terrain does not reach both places, or clutter does not lie on it.
    """
    _check_within(terrain.shape, {"tx": tx, "rx": rx})
    if isinstance(clutter_m, xr.DataArray) and clutter_m.shape != terrain.shape:
        problem = f"has shape {clutter_m.shape}: give it on the terrain's {terrain.shape} pixels"
        raise InputError("clutter_m", [problem])
    step_m = settings.profile_step_m
    rasters = _raster(terrain), _raster(clutter_m), _raster(zones, np.uint8)
    pixel_km = abs(terrain.odc.geobox.resolution.x) / 1000.0
    sampled = _radial(rasters, pixel_km, tx, rx, step_m / 1000.0, swept_km)
    if sampled.distance_km.size == 0:
        sampled = _profile(rasters, pixel_km, tx, rx, step_m / 1000.0)
    d, h, surface, zone = sampled
    ae = float(effective_earth_radius_km(settings.delta_n))
    geometry = analyse_path(
        d, h, surface, settings.tx_height_m, settings.rx_height_m, ae, True, False
    )
    return TerrainPath(
        tx=tx,
        rx=rx,
        distance_km=d,
        height_m=h,
        surface_m=surface,
        zone=zone,
        geometry=geometry,
        ae=ae,
        bearing_deg=math.degrees(math.atan2(rx.col - tx.col, tx.row - rx.row)),
        convergence_deg=_convergence_deg(_crs(terrain.odc.geobox), tx),
        latitude_deg=latitude_deg,
    )


def _profile(rasters: _Rasters, pixel_km: float, tx: Place, rx: Place, step_km: float) -> _Sampled:
    """At equal steps of at most ``step_km``."""
    length_km = max(pixel_km * math.hypot(rx.row - tx.row, rx.col - tx.col), SHORTEST_KM)
    sampled = _Sampled.of(max(FEWEST_INTERVALS, math.ceil(length_km / step_km)) + 1)
    sample_profile(*rasters, tx.row, tx.col, rx.row, rx.col, length_km, *sampled)
    return sampled


def _radial(
    rasters: _Rasters, pixel_km: float, tx: Place, rx: Place, step_km: float, swept_km: float
) -> _Sampled:
    """The same as a sweep sees it; empty for a pixel that none sweeps."""
    length_km = pixel_km * math.hypot(rx.row - tx.row, rx.col - tx.col)
    sampled = _Sampled.of(math.ceil(length_km / step_km) + 8)
    points = 0
    if swept_km > 0.0:
        pixel = int(rx.row + 0.5), int(rx.col + 0.5)
        lengths = pixel_km, step_km, swept_km
        points = radial_profile(*rasters, tx.row, tx.col, *pixel, *lengths, *sampled)
    return sampled.up_to(points)


def _raster(values: float | xr.DataArray, dtype: type = np.float32) -> NDArray[Any]:
    """As the kernels take it; one pixel holds everywhere."""
    return np.ascontiguousarray(np.atleast_2d(np.asarray(values, dtype=dtype)))


def _check_within(shape: tuple[int, ...], places: dict[str, Place]) -> None:
    rows, cols = shape
    problems = [
        f"{name}, longitude {place.longitude:g}, latitude {place.latitude:g}, is not on the "
        "terrain: give a place on it (longitude first), or terrain that reaches there"
        for name, place in places.items()
        if not (-0.5 <= place.row < rows - 0.5 and -0.5 <= place.col < cols - 0.5)
    ]
    if problems:
        raise InputError("link", problems)


def _convergence_deg(crs: CRS, place: Place) -> float:
    factors: Any = Proj(crs).get_factors(place.longitude, place.latitude)
    return float(factors.meridian_convergence)


def _crs(box: GeoBox) -> CRS:
    return _named_crs(str(box.crs))


@cache
def _named_crs(name: str) -> CRS:
    return CRS.from_user_input(name)


@cache
def _transformer(from_name: str, to_name: str) -> Transformer:
    return Transformer.from_crs(from_name, to_name, always_xy=True)
