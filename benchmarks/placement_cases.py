"""Siting problems to measure solvers by: made-up discs, and Vinh Phuc with ragged footprints."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.transform import from_origin
from rasterio.warp import Resampling, reproject

from phusong.planning.cover_sets import CoverSets

SIDE = 317  # pixels: 100,489 in all
UTM = "EPSG:32648"


def discs(candidates: int, radius_pixels: float, seed: int = 1) -> CoverSets:
    """Discs at random places on a square of pixels, each with people of its own."""
    random = np.random.default_rng(seed)
    people = random.gamma(0.3, 10.0, SIDE * SIDE)
    offsets = _offsets(radius_pixels, np.full(1, radius_pixels))
    places = random.integers(0, SIDE, (candidates, 2))
    everywhere = np.ones((SIDE, SIDE), dtype=bool)
    return CoverSets.of([_around(place, offsets, everywhere) for place in places], people)


def vinh_phuc(geodata: Path, candidates: int, resolution_m: float = 30.0) -> CoverSets:
    """Vinh Phuc: its people, and footprints of 1 to 4 km that hills cut short in some directions.

    Candidates stand at random, where people live more often. A footprint reaches 30 to 100 % of
    its radius, another share in each of 24 directions.
    """
    people, inside = _people(geodata, resolution_m)
    random = np.random.default_rng(7)
    pixels = np.flatnonzero(inside)
    weight = np.sqrt(people.ravel()[pixels]) + 0.05 * np.sqrt(people.max())
    chosen = random.choice(pixels, candidates, replace=False, p=weight / weight.sum())
    sets = []
    for pixel in chosen:
        radius = random.uniform(1000.0, 4000.0) / resolution_m
        reach = radius * random.uniform(0.3, 1.0, 24)
        place = np.array(np.unravel_index(pixel, people.shape))
        sets.append(_around(place, _offsets(radius, reach), inside))
    return CoverSets.of(sets, people.ravel())


def _offsets(radius: float, reach: np.ndarray) -> np.ndarray:
    """Rows and columns of the pixels within reach, which is given by direction."""
    r = int(np.ceil(radius))
    dy, dx = np.mgrid[-r : r + 1, -r : r + 1].reshape(2, -1)
    turn = (np.arctan2(dy, dx) / (2 * np.pi)) % 1.0
    direction = np.minimum((turn * len(reach)).astype(int), len(reach) - 1)
    return np.stack([dy, dx], axis=1)[dy**2 + dx**2 <= reach[direction] ** 2]


def _around(place: np.ndarray, offsets: np.ndarray, inside: np.ndarray) -> np.ndarray:
    y, x = (place + offsets).T
    on_grid = (y >= 0) & (y < inside.shape[0]) & (x >= 0) & (x < inside.shape[1])
    y, x = y[on_grid], x[on_grid]
    there = inside[y, x]
    return (y[there] * inside.shape[1] + x[there]).astype(np.int32)


def _people(geodata: Path, resolution_m: float) -> tuple[np.ndarray, np.ndarray]:
    """People in each pixel, and whether it lies in the province."""
    communes = gpd.read_file(geodata / "communes" / "vinhphuc_2025.geojson").to_crs(UTM)
    left, bottom, right, top = communes.total_bounds
    shape = (
        int(np.ceil((top - bottom) / resolution_m)),
        int(np.ceil((right - left) / resolution_m)),
    )
    transform = from_origin(left, top, resolution_m, resolution_m)
    inside = rasterize(communes.geometry, shape, transform=transform, dtype=np.uint8) > 0
    people = np.zeros(shape)
    path = geodata / "population" / "worldpop2020_1km_UNadj_vinhphuc.tif"
    with rasterio.open(path) as raster:
        per_cell = np.maximum(np.nan_to_num(raster.read(1, masked=True).filled(0.0)), 0.0)
        reproject(
            per_cell * (resolution_m / 1000.0) ** 2,
            people,
            src_transform=raster.transform,
            src_crs=raster.crs,
            dst_transform=transform,
            dst_crs=UTM,
            resampling=Resampling.bilinear,
        )
    return np.where(inside, np.maximum(people, 0.0), 0.0), inside
