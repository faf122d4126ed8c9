"""The scene as a whole: aligned, documented, drawn, and refusing what cannot be right."""

import dataclasses
import hashlib
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import COLUMNS
from phusong.geodata.grid import analysis_grid, metric_crs, pixel_area_km2, with_margin
from phusong.geodata.scene import Scene
from phusong.geodata.sources import vector_source

WEST, SOUTH = 560_010, 2_360_020


@dataclasses.dataclass(frozen=True)
class Files:
    """A made-up area of two communes, 4 km x 3 km each, with 10 km of terrain around."""

    terrain: Path
    population: Path
    communes: Path


def write(path: Path, values: np.ndarray, bounds: tuple[float, ...], crs: str) -> Path:
    west, south, east, north = bounds
    rows, columns = values.shape
    transform = from_origin(west, north, (east - west) / columns, (north - south) / rows)
    profile = {"driver": "GTiff", "count": 1, "crs": crs, "dtype": values.dtype}
    with rasterio.open(
        path, "w", transform=transform, height=rows, width=columns, **profile
    ) as dataset:
        dataset.write(values, 1)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("area")
    areas = [shapely.box(WEST + x, SOUTH, WEST + x + 4000, SOUTH + 3000) for x in (0, 4000)]
    frame = gpd.GeoDataFrame(
        {"code": ["01", "02"], "name": ["An <b>", "Bình & Chi"], "census": [5000, 8000]},
        geometry=areas,
        crs="EPSG:32648",
    )
    frame.to_crs("EPSG:4326").to_file(folder / "communes.geojson")
    around = (WEST - 10_000, SOUTH - 10_000, WEST + 18_000, SOUTH + 13_000)
    degrees = transform_bounds("EPSG:32648", "EPSG:4326", *around)
    heights = np.add.outer(np.arange(300), np.zeros(330)).astype("int16")
    people = np.full((25, 30), 100, dtype="float32")
    return Files(
        terrain=write(folder / "dem.tif", heights, degrees, "EPSG:4326"),
        population=write(folder / "people.tif", people, degrees, "EPSG:4326"),
        communes=folder / "communes.geojson",
    )


def opened(files: Files, **options: object) -> Scene:
    return Scene.open(files.terrain, files.population, files.communes, **options)


@pytest.fixture(scope="module")
def scene(files: Files) -> Scene:
    return opened(files, margin_km=2.0)


def test_all_lies_on_one_grid_around_the_communes(scene: Scene) -> None:
    assert scene.grid.crs == "EPSG:32648"
    west, south, east, north = scene.grid.boundingbox.bbox
    for bound in (west, south, east, north):
        assert bound % 90 == pytest.approx(0)
    assert 0 <= WEST - west < 90
    assert 0 <= SOUTH - south < 90
    assert 0 <= east - (WEST + 8000) < 90
    assert 0 <= north - (SOUTH + 3000) < 90
    for array in (scene.people, scene.commune_labels):
        assert array.dims == ("y", "x")
        assert array.odc.geobox == scene.grid
    assert scene.terrain.dtype == np.float32
    assert scene.people.dtype == np.float64
    assert scene.commune_labels.dtype == np.int32
    assert (np.diff(scene.terrain["y"]) == -90).all()


def test_the_window_is_where_the_grid_lies_in_the_terrain(scene: Scene) -> None:
    rows, columns = scene.window
    assert rows.start == columns.start == 23  # 2 km in whole pixels of 90 m
    part = scene.terrain[rows, columns]
    np.testing.assert_array_equal(part["x"], scene.people["x"])
    np.testing.assert_array_equal(part["y"], scene.people["y"])


def test_communes_add_up_to_the_pixels(scene: Scene) -> None:
    assert list(scene.communes.columns) == [
        "label",
        "code",
        "name",
        "area_km2",
        "people",
        "people_factor",
        "geometry",
    ]
    assert list(scene.communes["label"]) == [1, 2]
    assert scene.communes.crs == scene.people.odc.crs
    people, labels = scene.people.to_numpy(), scene.commune_labels.to_numpy()
    for label, number in zip(scene.communes["label"], scene.communes["people"], strict=True):
        assert people[labels == label].sum() == pytest.approx(number)
    assert people[labels == 0].sum() == 0
    pixels_km2 = (labels > 0).sum() * scene.pixel_area_km2
    assert pixels_km2 == pytest.approx(scene.communes["area_km2"].sum(), rel=0.03)


def test_findings_and_sources_tell_what_was_read(scene: Scene, files: Files) -> None:
    assert tuple(scene.findings.columns) == COLUMNS
    assert set(scene.findings["source"]) == {"dem.tif", "people.tif", "communes.geojson"}
    assert set(scene.sources) == {"terrain", "population", "communes"}
    path, sha256 = scene.sources["terrain"]
    assert path == str(files.terrain)
    assert sha256 == hashlib.sha256(files.terrain.read_bytes()).hexdigest()


def test_a_checksum_covers_the_companions_of_a_shapefile(tmp_path: Path, files: Files) -> None:
    path = tmp_path / "communes.shp"
    gpd.read_file(files.communes).to_file(path)
    before = vector_source(path)
    assert before == vector_source(path)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"01", b"09"))
    assert vector_source(path).sha256 != before.sha256


def test_the_same_files_give_the_same_scene(scene: Scene, files: Files) -> None:
    again = opened(files, margin_km=2.0)
    assert again.terrain.identical(scene.terrain)
    assert again.people.identical(scene.people)
    assert again.findings.equals(scene.findings)


def test_communes_are_scaled_to_a_column_or_a_mapping(files: Files) -> None:
    from_column = opened(files, commune_people="census")
    np.testing.assert_allclose(from_column.communes["people"], [5000, 8000])
    mapped = opened(files, commune_people={"02": 8000})
    assert mapped.communes["people"][1] == pytest.approx(8000)
    assert mapped.communes["people_factor"][0] == 1
    assert float(mapped.people.sum()) == pytest.approx(mapped.communes["people"].sum())


def test_a_scene_shows_itself_and_escapes_what_came_from_files(scene: Scene) -> None:
    together_km2 = (scene.commune_labels > 0).sum().item() * scene.pixel_area_km2
    assert f"communes:   2 on {together_km2:.1f} km2" in repr(scene)
    twice = pd.concat([scene.communes, scene.communes.assign(label=[3, 4])], ignore_index=True)
    overlapping = dataclasses.replace(scene, communes=twice)
    assert f"communes:   4 on {together_km2:.1f} km2" in repr(overlapping)
    odd = dataclasses.replace(
        scene, sources={"terrain": scene.sources["terrain"]._replace(path="<script>.tif")}
    )
    assert "<script>" not in odd._repr_html_()
    assert "&lt;script&gt;.tif" in odd._repr_html_()


def test_a_scene_draws_its_terrain_and_borders(scene: Scene) -> None:
    mpl.use("Agg")
    axes = scene.plot()
    west, south, east, north = scene.terrain.odc.geobox.boundingbox.bbox
    assert axes.get_images()[0].get_extent() == [west, east, south, north]
    assert len(axes.collections) == 1
    assert scene.plot(axes) is axes
    mpl.pyplot.close(axes.figure)


def test_parts_that_do_not_fit_together_are_all_named(scene: Scene) -> None:
    gap = scene.terrain.copy()
    gap[0, 0] = np.nan
    with pytest.raises(InputError) as raised:
        dataclasses.replace(scene, terrain=gap, people=scene.people[1:])
    assert len(raised.value.problems) == 2
    with pytest.raises(InputError, match="does not contain the grid"):
        dataclasses.replace(scene, terrain=scene.terrain[30:])


def test_every_wrong_argument_is_named_at_once(files: Files) -> None:
    with pytest.raises(InputError) as raised:
        Scene.open(
            "none.tif",
            "none.tif",
            "nowhere.gpkg",
            resolution_m=0,
            margin_km=-1,
            terrain_noise_m=float("nan"),
        )
    said = "\n".join(raised.value.problems)
    assert len(raised.value.problems) == 7
    assert "terrain: there is no file 'none.tif'" in said
    assert "communes: there is no file 'nowhere.gpkg'" in said


def test_exchanged_files_are_refused(files: Files) -> None:
    with pytest.raises(InputError, match="is this the population"):
        Scene.open(files.population, files.terrain, files.communes)
    with pytest.raises(InputError, match="cannot be read as a vector file"):
        Scene.open(files.terrain, files.population, files.terrain)


def test_communes_of_another_country_are_refused(tmp_path: Path, files: Files) -> None:
    frame = gpd.read_file(files.communes)
    frame.geometry = frame.translate(10, -3)
    frame.to_file(tmp_path / "abroad.gpkg")
    with pytest.raises(InputError, match=r"lacks .* degree in the south, .* degree in the east"):
        Scene.open(files.terrain, files.population, tmp_path / "abroad.gpkg")


@pytest.mark.parametrize("option", [{"resolution_m": 0.02}, {"margin_km": 50_000.0}])
def test_a_scene_too_large_for_memory_is_refused_before_it_is_read(
    files: Files, option: dict[str, float]
) -> None:
    with pytest.raises(MemoryLimitError, match=r"would need [\d,.]+ GB of memory"):
        opened(files, **option)


@pytest.mark.parametrize(
    ("crs", "said"),
    [
        ("EPSG:4326", "not projected in metres"),
        ("EPSG:2229", "not projected in metres"),
        ("EPSG:3857", "stretches distances by 1.07"),
        ("EPSG:32650", "stretches distances by 1.01"),
        ("EPSG:32633", "stretches distances"),
        ("metric", "no known reference system"),
    ],
)
def test_reference_systems_without_true_metres_are_refused(crs: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        metric_crs(crs, 105.6, 21.4)


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [(105.6, 21.4, 32648), (109.0, 14.0, 32649), (-70.0, -33.0, 32719), (180.0, 10.0, 32601)],
)
def test_utm_is_the_zone_of_the_place(longitude: float, latitude: float, code: int) -> None:
    assert metric_crs("utm", longitude, latitude).to_epsg() == code


@pytest.mark.parametrize("code", [3405, "EPSG:3405", 5896])
def test_vn_2000_is_taken_when_asked_for(code: object) -> None:
    assert metric_crs(code, 105.6, 21.4).is_projected


@pytest.mark.parametrize("resolution_m", [30, 90, 33.3, 0.1])
def test_the_grid_covers_the_bounds_on_multiples_of_the_resolution(resolution_m: float) -> None:
    bounds = (560_001.0, 2_360_003.0, 560_502.0, 2_360_310.0)
    grid = analysis_grid(bounds, "EPSG:32648", resolution_m)
    west, south, east, north = grid.boundingbox.bbox
    assert west <= bounds[0] < west + resolution_m
    assert south <= bounds[1] < south + resolution_m
    assert east - resolution_m < bounds[2] <= east
    assert north - resolution_m < bounds[3] <= north
    padded = with_margin(grid, 1.0)
    assert padded[padded.overlap_roi(grid)].shape == grid.shape
    assert west - padded.boundingbox.left >= 1000 - 1e-6


def test_a_pixel_s_area_is_that_on_the_ground() -> None:
    # On the middle of a zone UTM shrinks by 0.9996 both ways.
    middle = GeoBox((2, 2), from_origin(499_900, 2_360_000, 100, 100), "EPSG:32648")
    assert pixel_area_km2(middle) == pytest.approx(0.01 / 0.9996**2, rel=1e-6)


def test_the_real_vinh_phuc_opens_whole(shared: Path) -> None:
    folder = shared / "geodata"
    communes = folder / "communes/vinhphuc_2025.geojson"
    scene = Scene.open(
        folder / "terrain/vinhphuc_srtm3.tif",
        folder / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        communes,
    )
    assert len(scene.communes) == 36
    assert scene.communes["area_km2"].sum() == pytest.approx(1236, rel=0.005)
    published = gpd.read_file(communes)["pop_wp2020"]
    np.testing.assert_allclose(scene.communes["people"], published, rtol=0.02)
    assert float(scene.people.sum()) == pytest.approx(published.sum(), rel=0.002)
    assert 1550 < float(scene.terrain.max()) < 1590
    found = "\n".join(scene.findings["reason"])
    assert "cell(s) without a height" in found
    assert "below sea level" in found
    assert "noise of 2 m removed" in found
