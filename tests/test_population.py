"""People: totals kept through any grid, doubtful cells counted, known numbers met."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.population import (
    commune_sums,
    known_people,
    read_people,
    scale_to_known,
    within_communes,
)

WEST, NORTH = 560_000, 2_369_000
GRID = GeoBox((30, 30), from_origin(WEST, NORTH, 100, 100), "EPSG:32648")
EVERYWHERE = np.ones((30, 30), dtype=np.int32)


def write(path: Path, counts: object, transform: object, **profile: object) -> Path:
    counts = np.asarray(counts, dtype="float32")
    shape = {"count": 1, "height": counts.shape[0], "width": counts.shape[1]}
    settings = {"driver": "GTiff", "crs": "EPSG:32648", "dtype": "float32", **profile}
    with rasterio.open(path, "w", transform=transform, **shape, **settings) as dataset:
        dataset.write(counts, 1)
    return path


def read(
    path: Path, grid: GeoBox = GRID, labels: np.ndarray = EVERYWHERE
) -> tuple[np.ndarray, pd.DataFrame]:
    findings = Findings()
    return read_people(path, grid, labels, findings), findings.frame()


def degrees_grid(bounds: tuple[float, float, float, float], resolution_m: float) -> GeoBox:
    """Return a UTM grid that holds all of the bounds in degrees."""
    west, south, east, north = transform_bounds("EPSG:4326", "EPSG:32648", *bounds, densify_pts=51)
    corner = (west - resolution_m, north + resolution_m)
    shape = (int((north - south) / resolution_m) + 4, int((east - west) / resolution_m) + 4)
    return GeoBox(shape, from_origin(*corner, resolution_m, resolution_m), "EPSG:32648")


def test_a_cell_s_people_are_spread_evenly_over_its_pixels(tmp_path: Path) -> None:
    counts = [[100, 200, 0], [0, 400, 0], [50, 0, 900]]
    people, findings = read(write(tmp_path / "p.tif", counts, from_origin(WEST, NORTH, 1000, 1000)))
    np.testing.assert_allclose(people, np.kron(counts, np.ones((10, 10))) / 100, atol=1e-9)
    assert findings.empty


def test_a_cell_across_a_pixel_s_border_gives_each_its_share(tmp_path: Path) -> None:
    cell = from_origin(WEST + 125, NORTH - 350, 100, 100)
    people, _ = read(write(tmp_path / "p.tif", [[800]], cell))
    expected = np.zeros((30, 30))
    # The cell covers 3/4 and 1/4 of two columns, 1/2 and 1/2 of two rows.
    expected[3:5, 1:3] = [[300, 100], [300, 100]]
    np.testing.assert_allclose(people, expected, atol=1e-6)


def test_cells_finer_than_pixels_are_summed(tmp_path: Path) -> None:
    counts = np.arange(120 * 120).reshape(120, 120) % 7
    people, _ = read(write(tmp_path / "p.tif", counts, from_origin(WEST, NORTH, 25, 25)))
    np.testing.assert_allclose(people, counts.reshape(30, 4, 30, 4).sum(axis=(1, 3)), atol=1e-6)


@pytest.mark.parametrize("cell", [1 / 120, 1 / 1200, 1 / 2000])
@pytest.mark.parametrize("resolution_m", [60, 100, 700])
def test_no_one_is_lost_between_degrees_and_metres(
    tmp_path: Path, cell: float, resolution_m: float
) -> None:
    size = max(6, round(0.05 / cell))
    counts = np.random.default_rng(4).gamma(0.5, 50, (size, size))
    path = write(tmp_path / "p.tif", counts, from_origin(105.5, 21.5, cell, cell), crs="EPSG:4326")
    bounds = (105.5, 21.5 - size * cell, 105.5 + size * cell, 21.5)
    grid = degrees_grid(bounds, resolution_m)
    people, _ = read(path, grid, np.ones(grid.shape, dtype=np.int32))
    assert people.sum() == pytest.approx(counts.sum(), rel=2e-3)
    assert people.min() >= 0


def test_no_one_is_lost_on_a_grid_larger_than_gdal_s_chunk(tmp_path: Path) -> None:
    counts = np.full((5, 225), 1000)
    path = write(tmp_path / "p.tif", counts, from_origin(500_100, 2_299_900, 4450, 4450))
    grid = GeoBox((500, 20_200), from_origin(500_000, 2_300_000, 50, 50), "EPSG:32648")
    people, _ = read(path, grid, np.ones(grid.shape, dtype=np.int32))
    assert people.sum() == pytest.approx(counts.sum(), rel=1e-6)


def test_cells_without_a_value_or_below_0_count_as_nobody(tmp_path: Path) -> None:
    counts = [[100, np.nan, 300], [-1, -5, -99999], [100, 100, 100]]
    path = write(tmp_path / "p.tif", counts, from_origin(WEST, NORTH, 1000, 1000), nodata=-99999)
    people, findings = read(path)
    assert people.sum() == pytest.approx(700)
    assert people[:10, 10:20].sum() == 0
    found = dict(zip(findings["severity"], findings["reason"], strict=True))
    assert "2 cell(s) of 9 without a value" in found["info"]
    assert "2 cell(s) with fewer than 0 people" in found["repaired"]
    assert "no value on 4.00 km2 of the communes (44.44%)" in found["warning"]


def test_a_raster_that_holds_nothing_of_the_area_is_refused(tmp_path: Path) -> None:
    empty = write(tmp_path / "nan.tif", [[np.nan] * 3] * 3, from_origin(WEST, NORTH, 1000, 1000))
    with pytest.raises(InputError, match="holds no value in any commune"):
        read(empty)
    elsewhere = write(tmp_path / "far.tif", [[1.0]], from_origin(WEST + 90_000, NORTH, 1000, 1000))
    with pytest.raises(InputError, match="lies nowhere in the area"):
        read(elsewhere)


def test_people_outside_every_commune_are_left_out_and_counted() -> None:
    labels = EVERYWHERE.copy()
    labels[:, 15:] = 0
    findings = Findings()
    people = within_communes(np.full((30, 30), 2.0), labels, GRID, findings, "p.tif")
    assert people.sum() == 900
    assert people[:, 15:].sum() == 0
    (reason,) = findings.frame()["reason"]
    assert reason == "900 people in the communes; 900 around them (50.0%) are left out"


def test_nobody_at_all_and_far_too_many_are_doubted() -> None:
    findings = Findings()
    assert within_communes(np.zeros((30, 30)), EVERYWHERE, GRID, findings, "p.tif").sum() == 0
    within_communes(np.full((30, 30), 120.0), EVERYWHERE, GRID, findings, "p.tif")
    nobody, too_many = findings.frame().query("severity == 'warning'")["reason"]
    assert nobody == "no people in any commune"
    assert "per km2 over all communes" in too_many


def communes(known: list[float]) -> gpd.GeoDataFrame:
    codes = [f"{number:05}" for number in range(1, len(known) + 1)]
    return gpd.GeoDataFrame({"code": codes, "name": codes, "known_people": known})


def test_each_commune_is_scaled_to_its_known_people() -> None:
    labels = np.repeat(np.arange(6, dtype=np.int32), 5)[np.newaxis].repeat(30, axis=0)
    people = np.where(np.isin(labels, [1, 2, 3]), 2.0, 0.0)  # 300 in each of three communes
    findings = Findings()
    known = communes([600, 150, np.nan, 450, 0])
    scaled, factors = scale_to_known(people, labels, known, findings)
    np.testing.assert_allclose(factors, [2, 0.5, 1, np.nan, 1])
    sums, pixels = commune_sums(scaled, labels, 5)
    np.testing.assert_allclose(sums, [600, 150, 300, 450, 0])
    assert set(pixels) == {150}
    assert (scaled[labels == 4] == 3).all()
    assert (scaled[labels == 0] == 0).all()
    found = findings.frame()
    assert "by 0.50 (00002) to 2.00 (00001), median 1.00" in found["reason"][0]
    warned = found[found["severity"] == "warning"].set_index("value")["reason"]
    assert "left as the raster says" in warned["00003"]
    assert "spread evenly" in warned["00004"]


def test_known_people_without_a_pixel_are_reported_lost() -> None:
    findings = Findings()
    scale_to_known(np.ones((2, 2)), np.ones((2, 2), np.int32), communes([8, 5]), findings)
    assert "00002: has no pixel: its people are lost" in set(findings.frame()["reason"])


def test_people_that_a_census_of_zero_takes_away_are_a_warning() -> None:
    findings = Findings()
    labels = np.array([[1, 1], [2, 2]], np.int32)
    people = np.array([[3.0, 4.0], [0.0, 0.0]])
    scaled, _ = scale_to_known(people, labels, communes([0, 0]), findings)
    assert not scaled.any()
    warned = findings.frame().query("severity == 'warning'")
    assert warned["value"].tolist() == ["00001"]
    assert "0 people: those of the raster are left out" in warned["reason"].iloc[0]


def test_nothing_known_changes_nothing() -> None:
    people = np.ones((2, 2))
    findings = Findings()
    scaled, factors = scale_to_known(
        people, np.ones((2, 2), np.int32), communes([np.nan]), findings
    )
    np.testing.assert_array_equal(scaled, people)
    assert list(factors) == [1]
    assert not len(findings)


@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_known_people_are_matched_by_code(kind: type) -> None:
    findings = Findings()
    matched = known_people(communes([0, 0, 0]), kind({"00003": 7, "77777": 1}), findings)
    np.testing.assert_array_equal(matched, [np.nan, np.nan, 7])
    (finding,) = findings.frame().to_dict("records")
    assert (finding["severity"], finding["value"]) == ("rejected", "77777")


def test_known_people_that_cannot_be_used_are_all_named() -> None:
    given = pd.Series([-3, "many", 5, 6], index=["00001", "00002", "9", "9"])
    with pytest.raises(InputError) as raised:
        known_people(communes([0, 0]), given, Findings())
    assert len(raised.value.problems) == 3
    with pytest.raises(InputError, match="look like '00001'"):
        known_people(communes([0, 0]), {"1": 5}, Findings())


def test_the_real_raster_keeps_its_total(shared: Path) -> None:
    path = shared / "geodata/population/worldpop2020_1km_UNadj_vinhphuc.tif"
    with rasterio.open(path) as dataset:
        total = dataset.read(1, masked=True).sum(dtype=float)
        grid = degrees_grid(dataset.bounds, 150)
    people, _ = read(path, grid, np.ones(grid.shape, dtype=np.int32))
    assert people.sum() == pytest.approx(total, rel=2e-3)
