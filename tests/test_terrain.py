"""Terrain: heights where they belong, voids filled, noise removed, damage named."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import scipy.signal
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio.transform import from_origin
from scipy.ndimage import uniform_filter

from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings
from phusong.geodata.terrain import fill_voids, read_terrain, remove_noise

WEST, SOUTH, SIDE = 560_000, 2_360_000, 9_000
BOX = GeoBox((100, 100), from_origin(WEST, SOUTH + SIDE, 90, 90), "EPSG:32648")
AREA = gpd.GeoSeries(
    [shapely.box(WEST + 1000, SOUTH + 1000, WEST + SIDE - 1000, SOUTH + SIDE - 1000)],
    crs="EPSG:32648",
)


def write(path: Path, heights: np.ndarray, transform: object, **profile: object) -> Path:
    bands = heights if heights.ndim == 3 else heights[np.newaxis]
    shape = {"count": bands.shape[0], "height": bands.shape[1], "width": bands.shape[2]}
    settings = {"driver": "GTiff", "crs": "EPSG:32648", "dtype": bands.dtype, **profile}
    with rasterio.open(path, "w", transform=transform, **shape, **settings) as dataset:
        dataset.write(bands)
    return path


def utm_transform(cell_m: float) -> object:
    return from_origin(WEST - 900, SOUTH + SIDE + 900, cell_m, cell_m)


def heights_of(cells: int, value: float = 100.0, dtype: str = "float32") -> np.ndarray:
    return np.full((cells, cells), value, dtype=dtype)


def read(path: Path, noise_m: float | None = None, box: GeoBox = BOX) -> tuple[np.ndarray, object]:
    findings = Findings()
    terrain = read_terrain(path, box, area=AREA, noise_m=noise_m, findings=findings)
    assert terrain.dtype == np.float32
    assert terrain.dims == ("y", "x")
    assert terrain.odc.geobox == box
    return terrain.to_numpy(), findings.frame()


def reasons(frame: object, severity: str) -> str:
    return "\n".join(frame.loc[frame["severity"] == severity, "reason"])


def test_heights_lie_where_they_belong_after_reprojection(tmp_path: Path) -> None:
    def surface(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        return 500 + 3000 * (longitude - 105.6) + 2000 * (latitude - 21.4)

    cell = 1 / 1200
    transform = from_origin(105.55, 21.46, cell, cell)
    centres = cell * (np.arange(180) + 0.5)
    heights = surface(105.55 + centres[np.newaxis, :], 21.46 - centres[:, np.newaxis])
    path = write(tmp_path / "dem.tif", heights.astype("float32"), transform, crs="EPSG:4326")
    got, _ = read(path)
    x, y = WEST + 90 * (np.arange(100) + 0.5), SOUTH + SIDE - 90 * (np.arange(100) + 0.5)
    to_degrees = Transformer.from_crs("EPSG:32648", "EPSG:4326", always_xy=True)
    expected = surface(*to_degrees.transform(*np.meshgrid(x, y)))
    # A shift by half a cell would make about 1.3 m.
    assert np.abs(got - expected).max() < 0.1


def test_a_raster_with_its_south_up_gives_the_same_heights(tmp_path: Path) -> None:
    heights = np.arange(120 * 120, dtype="float32").reshape(120, 120) / 10
    north_up = utm_transform(90)
    south_up = rasterio.Affine(90, 0, WEST - 900, 0, 90, SOUTH + SIDE + 900 - 120 * 90)
    usual, _ = read(write(tmp_path / "north.tif", heights, north_up))
    turned, _ = read(write(tmp_path / "south.tif", heights[::-1].copy(), south_up))
    np.testing.assert_allclose(turned, usual, atol=1e-3)


def test_much_finer_terrain_is_averaged(tmp_path: Path) -> None:
    cells = np.indices((1080, 1080)).sum(axis=0) % 2 * 100
    got, _ = read(write(tmp_path / "dem.tif", cells.astype("int16"), utm_transform(10)))
    # 9 x 9 cells of 0 and 100 in a pixel: 40 or 41 of the 81 are 100.
    np.testing.assert_allclose(got, 50, atol=1)


def test_voids_are_interpolated_counted_and_nothing_else_moves(tmp_path: Path) -> None:
    plane = np.add.outer(np.arange(120.0), 2 * np.arange(120.0)).astype("float32")
    holed = plane.copy()
    holed[50:53, 60:64] = -32768
    holed[20, 20] = np.nan
    holed[30, 30] = -75
    holed[40, 40] = 9500
    path = write(tmp_path / "dem.tif", holed, utm_transform(90), nodata=-32768)
    got, frame = read(path)
    np.testing.assert_allclose(got, plane[10:110, 10:110], atol=2.5)
    repaired = reasons(frame, "repaired")
    assert "13 cell(s) without a height" in repaired
    assert "1 cell(s) below -50 m" in repaired
    assert "1 cell(s) above 9000 m" in repaired


def test_heights_below_the_sea_stay_and_are_reported(tmp_path: Path) -> None:
    heights = heights_of(120, 3, "int16")
    heights[60, 60] = -35
    got, frame = read(write(tmp_path / "dem.tif", heights, utm_transform(90)))
    assert got[50, 50] == -35
    warning = frame[frame["severity"] == "warning"].iloc[0]
    assert "1 cell(s) below sea level" in warning["reason"]
    assert warning["value"] == "min -35 m"


def test_a_void_wider_than_1_km_is_filled_with_a_warning(tmp_path: Path) -> None:
    heights = heights_of(120)
    heights[30:80, 30:80] = np.nan
    got, frame = read(write(tmp_path / "dem.tif", heights, utm_transform(90)))
    np.testing.assert_allclose(got, 100)
    assert "a void reaches 2.2 km" in reasons(frame, "warning")


def test_cells_out_of_the_interpolation_s_reach_take_the_nearest_height() -> None:
    heights = np.full((300, 300), np.nan, dtype="float32")
    heights[0, 0], heights[299, 299] = 10, 20
    filled = fill_voids(heights)
    assert np.isfinite(filled).all()
    assert filled[200, 200] == 20
    assert filled[1, 120] == 10


@settings(max_examples=30)
@given(
    arrays(np.float32, (9, 8), elements=st.floats(-40, 3000, width=32)),
    arrays(np.bool_, (9, 8)),
)
def test_filling_keeps_known_heights_and_stays_between_them(
    heights: np.ndarray, void: np.ndarray
) -> None:
    void[4, 4] = False
    known = heights[~void]
    filled = fill_voids(np.where(void, np.float32(np.nan), heights))
    np.testing.assert_array_equal(filled[~void], known)
    assert filled.min() >= known.min() - 1e-2
    assert filled.max() <= known.max() + 1e-2


def test_scale_and_offset_are_applied(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", heights_of(120, 1000, "int16"), utm_transform(90))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (50,)
    np.testing.assert_allclose(read(path)[0], 150, atol=1e-3)


def test_of_several_bands_the_first_is_taken_and_said_so(tmp_path: Path) -> None:
    bands = np.stack([heights_of(120, 7), heights_of(120, 8)])
    got, frame = read(write(tmp_path / "dem.tif", bands, utm_transform(90)))
    assert (got == 7).all()
    assert "2 bands: the first" in reasons(frame, "info")


def test_noise_goes_and_the_ridge_stays() -> None:
    noise_m = 2.0
    columns = np.indices((200, 200))[1]
    ridge = 1200 * np.exp(-(((columns - 150) / 8.0) ** 2))
    noise = np.random.default_rng(1).normal(0, noise_m, ridge.shape)
    heights = (ridge + noise).astype("float32")
    smooth = remove_noise(heights, noise_m)
    plain = columns < 100
    assert smooth[plain].std() < noise_m / 2.5
    crest = heights[:, 150].max()
    assert smooth[:, 150].max() > 0.995 * crest
    # Averaging alone would take the crest down by much more.
    assert uniform_filter(heights, 5)[:, 150].max() < 0.97 * crest
    assert np.abs(smooth - heights)[:, 120:].max() < 8


def test_the_noise_filter_is_the_wiener_filter_and_has_no_rim() -> None:
    heights = np.random.default_rng(2).normal(20, 3, (60, 70)).astype("float32")
    smooth = remove_noise(heights, 2.0)
    expected = scipy.signal.wiener(heights.astype(float), 5, 4.0)
    np.testing.assert_allclose(smooth[2:-2, 2:-2], expected[2:-2, 2:-2], atol=1e-4)
    # SciPy pads with 0 m, which would pull the rim down by metres.
    assert abs(smooth[0].mean() - 20) < 1.5


def test_flat_ground_stays_as_it_is_without_a_numeric_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(remove_noise(heights_of(20, 12), 2.0), 12)


def test_noise_removal_is_reported_and_can_be_switched_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(15, 2, (120, 120)).astype("float32")
    path = write(tmp_path / "dem.tif", noise, utm_transform(90))
    smooth, frame = read(path, 2.0)
    assert "noise of 2 m removed; median absolute change" in reasons(frame, "info")
    for off in (None, 0):
        rough, frame = read(path, off)
        assert "noise" not in reasons(frame, "info")
        assert rough.std() > 2 * smooth.std()


def test_a_rim_beyond_the_file_carries_on_the_nearest_height(tmp_path: Path) -> None:
    plane = np.tile(np.arange(100, dtype="float32"), (95, 1))
    path = write(tmp_path / "dem.tif", plane, from_origin(WEST, SOUTH + SIDE, 90, 90))
    got, frame = read(path)
    np.testing.assert_array_equal(got[95:], np.tile(np.arange(100), (5, 1)))
    warning = reasons(frame, "warning")
    assert "4.0 km2" in warning  # 5 x 100 pixels of 0.0081 km2
    assert "0.45 km wide" in warning


@pytest.mark.parametrize(
    ("profile", "cells", "said"),
    [
        ({"crs": None}, 120, "no coordinate reference system"),
        ({}, 60, "lacks 3.5e+03 metre in the south"),
        ({"nodata": 100}, 120, "holds no height of -50 to 9000 m"),
        ({"crs": "EPSG:32633"}, 120, "does not cover the communes"),
    ],
)
def test_terrain_that_cannot_be_used_says_why(
    tmp_path: Path, profile: dict[str, object], cells: int, said: str
) -> None:
    heights = np.full((cells, 120), 100, dtype="float32")
    path = write(tmp_path / "dem.tif", heights, utm_transform(90), **profile)
    with pytest.raises(InputError) as raised:
        read(path)
    assert said in str(raised.value)
    assert "dem.tif" in raised.value.source


def test_cells_too_coarse_for_a_ridge_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "people.tif", heights_of(20), utm_transform(900))
    with pytest.raises(InputError, match="cells of 900 m"):
        read(path)


def test_a_truncated_or_foreign_file_is_named(tmp_path: Path) -> None:
    whole = write(
        tmp_path / "dem.tif",
        np.random.default_rng(0).normal(50, 9, (120, 120)).astype("float32"),
        utm_transform(90),
    )
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[:20_000])
    foreign = tmp_path / "foreign.tif"
    foreign.write_text("site_id,cell_id\n", encoding="utf-8")
    for path in (cut, foreign):
        with pytest.raises(InputError, match="cannot be read as a raster") as raised:
            read(path)
        assert raised.value.source == str(path)


def test_terrain_that_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        available = 10_000

    path = write(tmp_path / "dem.tif", heights_of(120), utm_transform(90))
    monkeypatch.setattr("psutil.virtual_memory", Full)
    with pytest.raises(MemoryLimitError, match="120 x 120 cells of terrain"):
        read(path)


def test_the_real_plain_loses_its_noise_and_the_ridge_keeps_its_height(shared: Path) -> None:
    with rasterio.open(shared / "geodata/terrain/vinhphuc_srtm3.tif") as dataset:
        heights = dataset.read(1, masked=True).astype(np.float32).filled(np.nan)
    heights = fill_voids(heights)
    smooth = remove_noise(heights, 2.0)

    def roughness(surface: np.ndarray) -> float:
        mean, mean_square = (uniform_filter(z, 5) for z in (surface, surface.astype(float) ** 2))
        deviation = np.sqrt(np.maximum(mean_square - mean.astype(float) ** 2, 0))
        return float(np.median(deviation[heights < 25]))

    assert roughness(heights) == pytest.approx(1.7, abs=0.2)
    assert roughness(smooth) < roughness(heights) / 2
    assert smooth.max() > 0.995 * heights.max()
