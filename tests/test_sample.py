"""The made-up sample province has the character it claims, and is the same every time."""

import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pyproj import Geod
from rasterio.features import rasterize

from phusong.sample_province import sample, write_sample


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def communes(files: dict[str, Path]) -> gpd.GeoDataFrame:
    return gpd.read_file(files["communes"])


@pytest.fixture(scope="module")
def villages(files: dict[str, Path]) -> gpd.GeoDataFrame:
    return gpd.read_file(files["villages"])


@pytest.fixture(scope="module")
def cells(files: dict[str, Path]) -> pd.DataFrame:
    return pd.read_csv(files["stations"])


@pytest.fixture(scope="module")
def ground(files: dict[str, Path], communes: gpd.GeoDataFrame) -> np.ndarray:
    """Elevations inside the province, NaN outside."""
    with rasterio.open(files["terrain"]) as terrain:
        elevation = terrain.read(1).astype(float)
        inside = rasterize(communes.geometry, elevation.shape, transform=terrain.transform)
    return np.where(inside == 1, elevation, np.nan)


def heights_at(files: dict[str, Path], lon_lat: np.ndarray) -> np.ndarray:
    with rasterio.open(files["terrain"]) as terrain:
        return np.array([value[0] for value in terrain.sample(lon_lat)], dtype=float)


def test_same_bytes_each_time(files, tmp_path):
    again = write_sample(tmp_path / "new" / "folder")
    assert again.keys() == files.keys()
    assert [name for name in files if files[name].read_bytes() != again[name].read_bytes()] == []
    assert sum(path.stat().st_size for path in files.values()) < 1_000_000


def test_communes_tile_the_province(communes):
    province = communes.union_all()
    ellipsoid = Geod(ellps="WGS84")
    area_km2 = [
        abs(ellipsoid.geometry_area_perimeter(shape)[0]) / 1e6 for shape in communes.geometry
    ]
    assert len(communes) == 36
    assert communes["code"].is_unique
    assert communes["name"].str.startswith("Xã Mẫu ").all()
    assert communes.geometry.is_valid.all()
    assert shapely.coverage_is_valid(communes.geometry.to_numpy())  # shared borders, no overlap
    assert province.geom_type == "Polygon"
    assert len(province.interiors) == 0  # no gap
    assert sum(area_km2) == pytest.approx(1236, rel=0.01)
    assert min(area_km2) > 5


def test_a_steep_ridge_beside_a_river_plain_with_hills(ground):
    assert np.nanmax(ground) == pytest.approx(1580, abs=5)
    assert np.mean((ground >= 8) & (ground <= 20)) / np.mean(~np.isnan(ground)) > 0.25
    assert np.nanpercentile(ground, 1) > 5
    rows, columns = ground.shape
    top_row, top_column = np.unravel_index(np.nanargmax(ground), ground.shape)
    assert top_column > columns / 2  # the ridge stands in the north-east half
    assert top_row < rows / 2
    south = ground[380:460, 300:420]
    assert 9 < np.nanmedian(south) < 20
    north_west = ground[200:300, 130:220]
    assert 30 < np.nanmedian(north_west) < 250


def test_the_ridge_runs_south_east_to_north_west(ground):
    rows, columns = np.nonzero(ground > 800)
    steps = np.polyfit(columns, rows, 1)[0]  # rows run south
    assert 0.5 < steps < 1.5


def test_terrain_reaches_beyond_the_communes(files, communes):
    west, south, east, north = communes.total_bounds
    with rasterio.open(files["terrain"]) as terrain:
        bounds = terrain.bounds
        assert terrain.crs.to_epsg() == 4326
        assert terrain.res == pytest.approx((1 / 1200, 1 / 1200))
    margins = west - bounds.left, south - bounds.bottom, bounds.right - east, bounds.top - north
    assert min(margins) >= 0.06


def test_people_add_up(files, communes):
    with rasterio.open(files["population"]) as population:
        people = population.read(1)
        assert population.res == pytest.approx((1 / 120, 1 / 120))
    assert people.min() >= 0
    assert communes["people"].sum() == 1_150_000
    assert people.sum(dtype=float) == pytest.approx(1_150_000, abs=50)


def test_people_live_on_the_plain_and_not_on_the_ridge(files, ground):
    with rasterio.open(files["population"]) as population:
        people = population.read(1)
    blocks = ground.reshape(people.shape[0], 10, people.shape[1], 10)
    whole = np.isfinite(blocks).all(axis=(1, 3))
    height = np.where(whole, blocks.mean(axis=(1, 3)), np.nan)
    assert people[height < 20].mean() > 50 * people[height > 700].mean()


def test_villages_with_and_without_grid(files, villages, communes):
    without = villages[~villages["grid_power"]]
    assert 250 <= len(villages) <= 400
    assert 24 <= len(without) <= 60
    assert villages["people"].min() > 0
    assert villages["people"].sum() < 1_150_000
    assert villages.within(communes.union_all()).all()
    height = heights_at(files, villages.get_coordinates().to_numpy())
    on_grid = villages["grid_power"].to_numpy()
    assert np.median(height[~on_grid]) > 100 > np.median(height[on_grid])


def test_five_operators(cells):
    sites = cells.pivot_table("site_id", "operator", "technology", "nunique", fill_value=0)
    assert list(sites.index) == [f"Operator {letter}" for letter in "ABCDE"]
    assert (sites["4G"] > 10).all()
    assert (sites["3G"] > 10).all()
    assert sites["5G"].sum() == 60
    assert (sites["5G"] > 0).sum() == 3
    assert (cells.groupby(["site_id", "technology"]).size() == 3).all()
    assert 1400 <= len(cells) <= 1700


def test_masts_stand_among_people(files, cells, communes):
    places = gpd.points_from_xy(cells["longitude"], cells["latitude"])
    assert places.within(communes.union_all()).all()
    masts = cells[["longitude", "latitude", "antenna_height_m"]].drop_duplicates()
    assert 250 <= len(masts) <= 300
    assert masts["antenna_height_m"].between(18, 45).all()
    height = heights_at(files, masts[["longitude", "latitude"]].to_numpy())
    assert np.mean(height > 300) < 0.05


def test_cells_are_complete(cells):
    assert cells.notna().all(axis=None)
    assert not cells.duplicated(["operator", "cell_id"]).any()
    assert len(cells.columns) == 20
    assert cells["azimuth_deg"].between(0, 359).all()


def test_station_table_has_the_columns_of_the_real_one(cells, shared):
    real = pd.read_csv(shared / "geodata" / "stations_vinhphuc.csv", nrows=5)
    assert list(cells.columns) == list(real.columns)
    assert (cells.dtypes == real.dtypes).all()


def test_settings_name_the_files_written(files):
    settings = tomllib.loads(files["settings"].read_text(encoding="utf-8"))
    assert "made-up" in settings["name"]
    for name, path in settings["inputs"].items():
        assert files[name] == files["settings"].parent / path
        assert files[name].is_file()
    assert settings["scene"] == {"resolution_m": 200, "commune_people": "people"}
    assert settings["placement"] == {"technology": "5G", "operator": "Operator A", "count": 10}


def test_sample_is_the_province_read(files):
    scene, network = sample(resolution_m=500)
    assert len(scene.communes) == 36
    assert scene.villages is not None
    assert len(scene.villages) == len(gpd.read_file(files["villages"]))
    assert float(scene.people.sum()) == pytest.approx(1_150_000, rel=1e-6)
    assert scene.communes["area_km2"].sum() == pytest.approx(1236, rel=0.01)
    assert len(network.cells) == len(pd.read_csv(files["stations"]))
    assert network.operators == tuple(f"Operator {letter}" for letter in "ABCDE")
    assert network.technologies == ("3G", "4G", "5G")
    findings = pd.concat([scene.findings, network.findings])
    assert set(findings["severity"]) <= {"info"}


def test_sample_leaves_its_files_where_asked(tmp_path):
    sample(tmp_path, resolution_m=1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "communes.geojson",
        "population.tif",
        "sample.toml",
        "stations.csv",
        "terrain.tif",
        "villages.geojson",
    ]
