"""The sample province as the files that a job reads, and as the objects that a program takes."""

import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network, read_stations
from phusong.sample_province import communes as commune_borders
from phusong.sample_province import people as inhabitants
from phusong.sample_province import stations
from phusong.sample_province.layout import BLOCK, STEP_DEG, transform
from phusong.sample_province.terrain import elevation_m

__all__ = ["Sample", "sample", "write_sample"]

_SETTINGS: Final = """name = "Sample province (made-up)"

[inputs]
terrain = "terrain.tif"
stations = "stations.csv"
communes = "communes.geojson"
population = "population.tif"
villages = "villages.geojson"

[scene]
resolution_m = 200
commune_people = "people"

[service]
profile = "vn_default"

[placement]
technology = "5G"
operator = "Operator A"
count = 10
"""


class Sample(NamedTuple):
    """The sample province, read: `scene, network = phusong.sample()`."""

    scene: Scene
    network: Network


class _Province(NamedTuple):
    ground_m: NDArray[np.int16]
    people: NDArray[np.float32]  # per pixel of 30 arc-seconds
    communes: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    cells: pd.DataFrame


def sample(
    directory: str | Path | None = None,
    *,
    resolution_m: float = 200.0,
    terrain_noise_m: float = 2.0,
) -> Sample:
    """Return a made-up province with five made-up operators, to try everything on.

    Nothing about it is real. It has the character of a northern Vietnamese province: 1,236 km2, a
    steep ridge of 1,580 m beside a river plain at 10-20 m, 36 communes with 1.15 million people,
    some villages without grid power. It lies in the open Pacific (152.5 E, 21.3 N), so that on any
    basemap one sees water under it and nobody takes it for a place.

    Parameters
    ----------
    directory
        Where its files are written and left. None: they are written to a temporary folder and
        read from there, and do not outlive this call.
    resolution_m
        Pixel size of the analysis grid, m.
    terrain_noise_m
        As for `phusong.Scene.open`.

    Returns
    -------
    Sample
        `scene` and `network`; the same on each call.
    """
    if directory is not None:
        return _read(write_sample(directory), resolution_m, terrain_noise_m)
    with tempfile.TemporaryDirectory(prefix="phusong-sample-") as folder:
        return _read(write_sample(folder), resolution_m, terrain_noise_m)


def write_sample(directory: str | Path) -> dict[str, Path]:
    """Write the sample province's files, the same bytes on each call.

    Parameters
    ----------
    directory
        Folder to write to; made where it does not exist. Files of the same names are replaced.

    Returns
    -------
    dict
        Path of each file: `terrain` (GeoTIFF, metres, 3 arc-seconds), `population` (GeoTIFF,
        people per cell of 30 arc-seconds), `communes` and `villages` (GeoJSON), `stations` (CSV),
        and `settings` (the TOML that runs the job on them).
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    province = _make()
    paths = {
        "terrain": folder / "terrain.tif",
        "population": folder / "population.tif",
        "communes": folder / "communes.geojson",
        "villages": folder / "villages.geojson",
        "stations": folder / "stations.csv",
        "settings": folder / "sample.toml",
    }
    _write_raster(paths["terrain"], province.ground_m, STEP_DEG)
    _write_raster(paths["population"], province.people, STEP_DEG * BLOCK)
    _write_vectors(paths["communes"], province.communes)
    _write_vectors(paths["villages"], province.villages)
    province.cells.to_csv(paths["stations"], index=False, lineterminator="\n", encoding="utf-8")
    paths["settings"].write_text(_SETTINGS, encoding="utf-8", newline="\n")
    return paths


def _read(paths: dict[str, Path], resolution_m: float, terrain_noise_m: float) -> Sample:
    scene = Scene.open(
        paths["terrain"],
        paths["population"],
        paths["communes"],
        resolution_m=resolution_m,
        terrain_noise_m=terrain_noise_m,
        villages=paths["villages"],
        commune_people="people",
    )
    with rasterio.open(paths["terrain"]) as terrain:
        bounds = tuple(terrain.bounds)
    return Sample(scene, read_stations(paths["stations"], area=bounds))


def _make() -> _Province:
    ground_m = elevation_m()
    suits = inhabitants.settled(ground_m)
    communes = commune_borders.tile(suits)
    labels = commune_borders.labels(communes)
    inside = binary_erosion(labels > 0, iterations=3).astype(np.float64)
    villages = inhabitants.villages(suits, ground_m, inside)
    people = inhabitants.people_per_pixel(suits, villages, labels)
    communes.insert(2, "people", inhabitants.commune_people(people, labels))
    cells = stations.cells(people, ground_m.astype(np.float64), inside)
    return _Province(ground_m, inhabitants.blocks(people), communes, villages, cells)


def _write_raster(path: Path, values: NDArray[np.generic], step_deg: float) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs="EPSG:4326",
        transform=transform(step_deg),
        compress="deflate",
        predictor=2 if values.dtype.kind == "i" else 3,
    ) as raster:
        raster.write(values, 1)


def _write_vectors(path: Path, table: gpd.GeoDataFrame) -> None:
    table.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=6)
