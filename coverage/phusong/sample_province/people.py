"""Where the sample province's people live: towns, villages, and the country between them."""

from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from phusong.sample_province.layout import (
    BLOCK,
    SHAPE,
    Floats,
    fractal,
    from_plane,
    generator,
    pixel_area_km2,
    pixel_of,
    plane_km,
    sample_plane,
    spread,
    to_plane,
)
from phusong.sample_province.terrain import river_distance_km

__all__ = [
    "PEOPLE",
    "blocks",
    "commune_people",
    "people_per_pixel",
    "settled",
    "town_density_km2",
    "villages",
]

PEOPLE: Final = 1_150_000

_VILLAGES: Final = 320
_WITHOUT_GRID: Final = 42
_TOWNS: Final = (  # km east, km north, radius in km, people per km2 in the middle
    (-1.0, -3.0, 2.2, 7500.0),
    (13.5, -8.5, 1.9, 6500.0),
    (-12.0, 2.0, 1.2, 3500.0),
    (-9.0, -12.5, 1.1, 3200.0),
    (4.5, -13.0, 1.1, 3600.0),
    (-17.0, -4.5, 1.0, 3000.0),
    (-6.5, 6.5, 1.0, 2800.0),
    (-15.0, 10.5, 0.8, 2000.0),
    (6.0, -4.5, 0.9, 3000.0),
    (5.0, 14.5, 0.6, 1300.0),  # behind the ridge
    (11.0, 1.5, 0.4, 900.0),  # a resort on the ridge's flank
)
_STREAM: Final = 3


def settled(elevation_m: NDArray[np.int16]) -> Floats:
    """How readily people settle on each terrain pixel: 1 on the dry plain, about 0 on the ridge."""
    ground = gaussian_filter(elevation_m.astype(np.float64), 1.5)
    southward, eastward = np.gradient(ground, 92.3, 86.5)  # a pixel's height and width, m
    steep = np.hypot(southward, eastward)
    height = 0.02 + 0.98 / (1 + (ground / 75) ** 2)
    suits: Floats = height * np.exp(-((steep / 0.16) ** 2)) * (river_distance_km() > 0.55)
    return suits


def town_density_km2() -> Floats:
    """People per km2 that the towns put on each terrain pixel."""
    east, north = plane_km()
    density = np.zeros(SHAPE)
    for town_east, town_north, radius_km, peak in _TOWNS:
        distance = np.hypot(east - town_east, north - town_north)
        density += peak * np.exp(-((distance / radius_km) ** 1.6))
    blocks_of_houses = np.exp(0.35 * fractal(generator(_STREAM, 1), largest_km=1, roughness=1.2))
    patchy: Floats = density * blocks_of_houses
    return patchy


def villages(suits: Floats, elevation_m: NDArray[np.int16], inside: Floats) -> gpd.GeoDataFrame:
    """Villages as points, with their people and whether the power grid reaches them.

    Parameters
    ----------
    suits
        How readily people settle, from `settled`.
    elevation_m
        The ground, metres above sea level.
    inside
        1 in the province and away from its border, 0 elsewhere.

    Returns
    -------
    GeoDataFrame
        `code`, `name`, `people`, `grid_power` and `geometry` in longitude and latitude.
    """
    open_country = inside * (town_density_km2() < 500)
    points = spread(generator(_STREAM, 2), open_country * suits**0.42, _VILLAGES, rounds=2)
    points = points[np.lexsort((points[:, 0], -points[:, 1]))]
    height_m = sample_plane(elevation_m, points)
    random = generator(_STREAM, 3)
    usual = 140 + 1300 * np.clip(sample_plane(suits, points), 0, 1)
    remote = height_m / 100 + _town_distance_km(points) / 5 + random.normal(0, 0.5, _VILLAGES)
    numbers = range(1, _VILLAGES + 1)
    return gpd.GeoDataFrame(
        {
            "code": [f"TM{number:03d}" for number in numbers],
            "name": [f"Thôn Mẫu {number:03d}" for number in numbers],
            "people": np.rint(usual * random.lognormal(-0.06, 0.35, _VILLAGES)).astype(np.int64),
            "grid_power": np.argsort(np.argsort(-remote)) >= _WITHOUT_GRID,
        },
        geometry=gpd.points_from_xy(*from_plane(points).T),
        crs="EPSG:4326",
    )


def people_per_pixel(suits: Floats, hamlets: gpd.GeoDataFrame, labels: NDArray[np.int32]) -> Floats:
    """People in each terrain pixel: towns, villages, and the rest of `PEOPLE` over the country."""
    in_province = labels > 0
    towns = town_density_km2() * pixel_area_km2() * in_province
    built = towns + _village_people(hamlets) * in_province
    patchy = np.exp(0.8 * fractal(generator(_STREAM, 4), largest_km=2.5, roughness=1.4))
    country = suits * patchy * in_province
    people: Floats = built + country * (PEOPLE - built.sum()) / country.sum()
    return people


def commune_people(people: Floats, labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Whole people per commune (in label order) that add up to `PEOPLE`."""
    exact = np.bincount(labels.ravel(), people.ravel())[1:]
    whole = np.floor(exact).astype(np.int64)
    missing = PEOPLE - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
    return whole


def blocks(people: Floats) -> NDArray[np.float32]:
    """People per population pixel of 30 arc-seconds, to a hundredth."""
    rows, columns = SHAPE[0] // BLOCK, SHAPE[1] // BLOCK
    total = people.reshape(rows, BLOCK, columns, BLOCK).sum(axis=(1, 3))
    rounded: NDArray[np.float32] = np.round(total, 2).astype(np.float32)
    return rounded


def _town_distance_km(points_km: Floats) -> Floats:
    """Distance of points (n, 2) of the plane from the nearest town's middle, km."""
    middles = np.array(_TOWNS)[:, :2]
    distance: Floats = cKDTree(middles).query(points_km)[0]
    return distance


def _village_people(hamlets: gpd.GeoDataFrame) -> Floats:
    """People of the villages, each spread over a few hundred metres around its point."""
    points = to_plane(hamlets.get_coordinates().to_numpy())
    row, column = pixel_of(points)
    houses = np.zeros(SHAPE)
    np.add.at(houses, (row, column), hamlets["people"].to_numpy())
    smooth: Floats = gaussian_filter(houses, 3.0)
    return smooth
