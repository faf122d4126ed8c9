"""Radio-climatic zones of a scene: from rasters, from areas of the sea, and what is refused."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.transform import from_origin

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene
from phusong.geodata.zones import read_zones
from phusong.job import run
from phusong.job.settings import JobSettings

WEST, NORTH = 560_000, 1_840_000
BOX = GeoBox((20, 30), from_origin(WEST, NORTH, 90, 90), "EPSG:32648")
LOW = wrap_xr(np.full(BOX.shape, 5, np.float32), BOX)


def write(path: Path, cells: object, cell_m: float = 90.0, **profile: object) -> Path:
    cells = np.asarray(cells)
    options = {"crs": "EPSG:32648", "dtype": cells.dtype, "nodata": 0, **profile}
    transform = from_origin(WEST, NORTH, cell_m, cell_m)
    rows, cols = cells.shape
    with rasterio.open(
        path, "w", "GTiff", cols, rows, 1, transform=transform, **options
    ) as dataset:
        dataset.write(cells, 1)
    return path


def areas(path: Path, *shapes: object, crs: str = "EPSG:32648") -> Path:
    gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:32648").to_crs(crs).to_file(path)
    return path


def read(path: Path, terrain: object = LOW) -> tuple[np.ndarray, str]:
    findings = Findings()
    zones = read_zones(path, terrain, findings=findings)
    assert zones.dtype == np.uint8
    assert zones.odc.geobox == terrain.odc.geobox
    frame = findings.frame()
    return zones.to_numpy(), "\n".join(frame["severity"] + ": " + frame["reason"])


def test_a_raster_s_zones_are_taken_by_the_nearest_cell(tmp_path: Path) -> None:
    cells = np.full((10, 15), 4, np.uint8)
    cells[:, :5], cells[:, 5:8] = 1, 3
    zones, said = read(write(tmp_path / "z.tif", cells, 180.0))
    assert (zones == np.repeat(np.repeat(cells, 2, axis=0), 2, axis=1)).all()
    assert said == "info: zones of the terrain: sea 33.3%, coastal land 20.0%, inland 46.7%"


def test_a_raster_in_degrees_lies_where_it_belongs(tmp_path: Path) -> None:
    east = shapely.box(WEST + 1350, NORTH - 1800, WEST + 2700, NORTH)
    bounds = gpd.GeoSeries([east], crs=BOX.crs).to_crs("EPSG:4326").total_bounds
    step = 0.0005
    transform = from_origin(bounds[0] - 0.05, bounds[3] + 0.05, step, step)
    cells = np.full((240, 240), 4, np.uint8)
    cells[:, int(0.05 / step) :] = 1
    path = write(tmp_path / "z.tif", cells)
    with rasterio.open(path, "r+") as dataset:
        dataset.transform, dataset.crs = transform, "EPSG:4326"
    zones, _ = read(path)
    assert (zones[:, :14] == 4).all()
    assert (zones[:, 16:] == 1).all()


def test_where_no_zone_is_known_it_is_inland_and_said_so(tmp_path: Path) -> None:
    cells = np.full((20, 20), 1, np.uint8)
    cells[:, :5] = 0
    zones, said = read(write(tmp_path / "z.tif", cells))
    assert (zones[:, :5] == 4).all()
    assert (zones[:, 5:20] == 1).all()
    assert (zones[:, 20:] == 4).all()
    assert "warning: no zone is known on 2.43 km2 of the terrain (50.0%): inland" in said


def test_other_values_than_zones_are_all_named(tmp_path: Path) -> None:
    cells = np.full((20, 30), 4, np.uint8)
    cells[0, :2], cells[1, 0] = 2, 80
    with pytest.raises(InputError) as caught:
        read(write(tmp_path / "z.tif", cells))
    assert [problem.split(" in the area")[0] for problem in caught.value.problems] == [
        "2 cell(s) of 2",
        "1 cell(s) of 80",
    ]


def test_a_raster_of_no_zone_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no zone in the area"):
        read(write(tmp_path / "z.tif", np.zeros((20, 30), np.uint8)))


@pytest.mark.parametrize("crs", ["EPSG:32648", "EPSG:4326"])
def test_the_coast_is_low_land_within_50_km_of_the_sea(tmp_path: Path, crs: str) -> None:
    box = GeoBox((4, 120), from_origin(WEST, NORTH, 1000, 1000), "EPSG:32648")
    heights = np.full(box.shape, 100.0, np.float32)
    heights[0] = 101.0
    sea = shapely.box(WEST - 90_000, NORTH - 90_000, WEST + 10_000, NORTH + 90_000)
    path = areas(tmp_path / "sea.gpkg", sea, crs=crs)
    zones, said = read(path, wrap_xr(heights, box))
    assert (zones[:, :10] == 1).all()
    assert (zones[0, 10:] == 4).all()
    assert (zones[1:, 10:60] == 3).all()
    assert (zones[:, 60:] == 4).all()
    assert "sea 8.3%, coastal land 31.2%, inland 60.4%" in said


def test_the_sea_beyond_the_terrain_makes_a_coast_too(tmp_path: Path) -> None:
    sea = shapely.box(WEST + 30_000, NORTH - 50_000, WEST + 60_000, NORTH + 50_000)
    assert (read(areas(tmp_path / "sea.gpkg", sea))[0] == 3).all()


def test_a_sea_too_far_away_or_a_mere_coastline_is_refused(tmp_path: Path) -> None:
    far = shapely.box(WEST + 60_000, NORTH - 50_000, WEST + 90_000, NORTH + 50_000)
    line = shapely.LineString([(WEST, NORTH), (WEST + 900, NORTH - 900)])
    for name, shape in (("far", far), ("line", line)):
        with pytest.raises(InputError, match="has no area of the sea within 50 km"):
            read(areas(tmp_path / f"{name}.gpkg", shape))


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Path]:
    """Terrain, population and one commune inside `BOX`."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    commune = shapely.box(WEST + 450, NORTH - 1350, WEST + 2250, NORTH - 450)
    frame = gpd.GeoDataFrame({"code": ["01"], "name": ["An"]}, geometry=[commune], crs=BOX.crs)
    frame.to_file(folder / "communes.gpkg")
    return {
        "terrain": write(folder / "dem.tif", np.full((20, 30), 12, "int16"), nodata=-999),
        "population": write(folder / "people.tif", np.ones((20, 30), "float32")),
        "communes": folder / "communes.gpkg",
    }


def test_a_scene_s_zones_lie_on_its_terrain(inputs: dict[str, Path], tmp_path: Path) -> None:
    cells = np.full((20, 30), 3, np.uint8)
    cells[:, :15] = 1
    path = write(tmp_path / "z.tif", cells)
    scene = Scene.open(**inputs, margin_km=0.3, zones=path)
    assert scene.zones.odc.geobox == scene.terrain.odc.geobox
    assert set(np.unique(scene.zones)) == {1, 3}
    assert scene.sources["zones"].path == str(path)
    assert "zones:      sea on" in repr(scene)
    none = Scene.open(**inputs, margin_km=0.3)
    assert none.zones is None
    assert "zones:      not given: all inland" in repr(none)


def test_a_scene_takes_areas_of_the_sea(inputs: dict[str, Path], tmp_path: Path) -> None:
    sea = shapely.box(WEST - 5000, NORTH - 5000, WEST + 1350, NORTH + 5000)
    path = areas(tmp_path / "sea.gpkg", sea)
    scene = Scene.open(**inputs, margin_km=0.3, zones=path)
    assert set(np.unique(scene.zones)) == {1, 3}
    assert len(scene.sources["zones"].sha256) == 64


def test_a_scene_of_other_zones_is_refused(inputs: dict[str, Path]) -> None:
    scene = Scene.open(**inputs, margin_km=0.3)
    fields = {name: getattr(scene, name) for name in scene.__dataclass_fields__}
    odd = wrap_xr(np.full(scene.terrain.shape, 2, np.uint8), scene.terrain.odc.geobox)
    with pytest.raises(InputError, match="zones has others than 1"):
        Scene(**fields | {"zones": odd})


def test_a_job_names_its_zones(
    inputs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.toml"
    files = "".join(f"{name} = 'inputs/{file.name}'\n" for name, file in inputs.items())
    (tmp_path / "stations.csv").write_text("")
    write(tmp_path / "z.tif", np.full((20, 30), 4, np.uint8))
    path.write_text(f"name = 'x'\n[inputs]\nstations = 'stations.csv'\nzones = 'z.tif'\n{files}")
    assert JobSettings.open(path).inputs.zones == Path("z.tif")

    def opened(**arguments: object) -> Scene:
        assert arguments["zones"] == tmp_path / "z.tif"
        raise InterruptedError

    monkeypatch.setattr(Scene, "open", opened)
    with pytest.raises(InterruptedError):
        run(path, tmp_path / "out")
