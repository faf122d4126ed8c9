"""A made-up area with all that can lie in it, as files; and a coverage of random levels over it.

Four communes of today, 3 km square, made of five old ones: two halves of the north-west one, the
north-east one whole, and two that cross the border between the southern ones.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
import xarray as xr
from odc.geo.xr import xr_coords
from rasterio.transform import from_origin
from report_case import make_network
from scipy.ndimage import gaussian_filter

from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene
from phusong.prediction import Coverage
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile

CRS = "EPSG:32648"
WEST, SOUTH, SIDE = 560_000.0, 2_360_000.0, 3000.0
NORTH, EAST = SOUTH + 2 * SIDE, WEST + 2 * SIDE
PIXEL_M = 100.0


@dataclass(frozen=True)
class Files:
    terrain: Path
    population: Path
    communes: Path
    villages: Path
    facilities: Path
    roads: Path
    old_communes: Path
    crosswalk: Path
    census: Path

    def open(self, *names: str, **options) -> Scene:
        """The scene of the first three files and of those that are named."""
        given = {name: getattr(self, name) for name in names}
        return Scene.open(
            self.terrain,
            self.population,
            self.communes,
            **{"resolution_m": PIXEL_M, "crs": CRS, "margin_km": 1.0} | given | options,
        )


def square(column: float, row: float, width: float = 1.0, height: float = 1.0):
    """In sides of a commune, from the north-west corner."""
    left, top = WEST + column * SIDE, NORTH - row * SIDE
    return shapely.box(left, top - height * SIDE, left + width * SIDE, top)


def communes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"code": ["N1", "N2", "N3", "N4"], "name": ["An", "Bình", "Chi", "Dĩnh"]},
        geometry=[square(0, 0), square(1, 0), square(0, 1), square(1, 1)],
        crs=CRS,
    )


def old_communes() -> gpd.GeoDataFrame:
    """The last lies elsewhere; the second leaves a strip of 300 m to nobody."""
    return gpd.GeoDataFrame(
        {
            "code": ["O1", "O2", "O3", "O4", "O5", "O9"],
            "name": ["Một", "Hai", "Ba", "Bốn", "Năm", "Xa"],
            "census": [900, 2100, 1500, 4000, 500, 77],
        },
        geometry=[
            square(0, 0, 0.5),
            square(0.6, 0, 0.4),
            square(1, 0),
            square(0, 1, 1.5),
            square(1.5, 1, 0.5),
            square(5, 5),
        ],
        crs=CRS,
    )


CROSSWALK = """old_code,old_name,new_code,share
O1,Một,N1,
O2,Hai,N1,
O3,Ba,N2,
O4,Bốn,N3,0.6
O4,Bốn,N4,0.4
O5,Năm,N4,
"""
CENSUS = "code,people\nO1,900\nO2,2100\nO3,1500\nO4,4000\nO5,500\n"


def write_files(folder: Path, people=None) -> Files:
    files = Files(
        **{
            field.name: folder / f"{field.name}{_ENDS.get(field.name, '.gpkg')}"
            for field in fields(Files)
        }
    )
    around = np.arange(90)
    write_raster(files.terrain, np.add.outer(around, around).astype("int16"))
    rng = np.random.default_rng(7)
    crowd = rng.exponential(8, (60, 60)) if people is None else people
    write_raster(files.population, crowd.astype("float32"), pad=0)
    communes().to_file(files.communes)
    old_communes().to_file(files.old_communes)
    villages().to_file(files.villages)
    facilities().to_file(files.facilities)
    roads().to_file(files.roads)
    files.crosswalk.write_text(CROSSWALK, encoding="utf8")
    files.census.write_text(CENSUS, encoding="utf8")
    return files


_ENDS = {"terrain": ".tif", "population": ".tif", "crosswalk": ".csv", "census": ".csv"}


def write_raster(path: Path, values: np.ndarray, pad: int = 15) -> Path:
    """Cells of 100 m, `pad` of them around the communes."""
    transform = from_origin(WEST - pad * PIXEL_M, NORTH + pad * PIXEL_M, PIXEL_M, PIXEL_M)
    profile = {"driver": "GTiff", "count": 1, "crs": CRS, "dtype": values.dtype}
    rows, columns = values.shape
    with rasterio.open(
        path, "w", transform=transform, height=rows, width=columns, **profile
    ) as dataset:
        dataset.write(values, 1)
    return path


def at(column: float, row: float) -> shapely.Point:
    """In pixels, from the north-west corner."""
    return shapely.Point(WEST + column * PIXEL_M, NORTH - row * PIXEL_M)


def villages() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(3)
    points = [at(*place) for place in rng.uniform(2, 58, (24, 2))]
    area = shapely.box(WEST + 1000, NORTH - 2000, WEST + 1600, NORTH - 1500)
    return gpd.GeoDataFrame(
        {
            "code": [f"V{n}" for n in range(25)],
            "name": [f"Thôn {n}" for n in range(25)],
            "people": 300.0,
            "households": [80.0, np.nan, *[70.0] * 23],
            "grid_power": ["yes", "no", *["yes"] * 23],
        },
        geometry=[*points, area],
        crs=CRS,
    )


def facilities() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(4)
    points = [at(*place) for place in rng.uniform(1, 59, (30, 2))]
    return gpd.GeoDataFrame(
        {
            "kind": ["school", "Trạm y tế", "post_office"] * 10,
            "name": [f"F{n}" for n in range(30)],
        },
        geometry=points,
        crs=CRS,
    )


def roads() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(5)
    paths = rng.uniform(-4, 64, (12, 5, 2))
    lines = [shapely.LineString([at(*point) for point in path]) for path in paths]
    return gpd.GeoDataFrame({"name": range(12)}, geometry=lines, crs=CRS)


def coverage_on(scene: Scene, seed: int = 0) -> Coverage:
    """Two operators' 3G and 4G at random levels that hang together, a part not computed."""
    rng = np.random.default_rng(seed)
    shape = 2, 2, *scene.grid.shape
    noise = gaussian_filter(rng.normal(size=shape), (0, 0, 4, 4), mode="reflect")
    level = np.float32(-100 + 14 * noise / noise.std())
    level[gaussian_filter(rng.normal(size=shape), (0, 0, 5, 5)) > 0.08] = np.nan
    network = make_network(("Alpha", "Beta"))
    dims = ("operator", "technology", "y", "x")
    coords = {
        "operator": ["Alpha", "Beta"],
        "technology": ["3G", "4G"],
        "quantity": ("technology", ["RSCP", "RSRP"]),
    }
    layers = {
        "level_dbm": (dims, level),
        "server": (dims, np.where(np.isnan(level), -1, 0).astype(np.int32)),
        "model": ("cell", ["p1812"] * len(network.cells)),
    }
    data = xr.Dataset(layers, coords=coords | dict(xr_coords(scene.grid)))
    return Coverage(
        data=data.assign_attrs(model="ITU-R P.1812-8"),
        scene=scene,
        network=network,
        settings=PredictSettings.of(shadowing_sigma_db=8.0),
        profile=ServiceProfile.named("vn_default"),
        findings=Findings().frame(),
    )
