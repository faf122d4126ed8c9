"""A flat scene and a station table for tests, made by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from affine import Affine
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from shapely.geometry import box

from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene

LONGITUDE, LATITUDE = 105.5, 21.3
RESOLUTION_M = 100.0
SIZE, MARGIN = 61, 20

CELL = {
    "site_id": "S1",
    "cell_id": "",
    "operator": "Alpha",
    "technology": "4G",
    "band": "B3",
    "frequency_mhz": 1842.5,
    "bandwidth_mhz": 20.0,
    "longitude": LONGITUDE,
    "latitude": LATITUDE,
    "antenna_height_m": 35.0,
    "azimuth_deg": 0.0,
    "mechanical_tilt_deg": 0.0,
    "electrical_tilt_deg": 4.0,
    "power_dbm": 46.0,
    "antenna_gain_dbi": 17.5,
    "feeder_loss_db": 1.5,
    "horizontal_beamwidth_deg": 65.0,
    "vertical_beamwidth_deg": 7.0,
    "structure": "mast",
    "status": "on-air",
}


def cell_table(*changes: dict) -> pd.DataFrame:
    """Cells of one mast in the scene's middle, each with what is changed."""
    rows = [CELL | {"cell_id": f"C{i}"} | change for i, change in enumerate(changes)]
    return pd.DataFrame(rows)


def flat_scene(height_m: float = 12.0) -> Scene:
    """6.1 km square of flat ground with the mast at its centre, one commune, 1 person a pixel."""
    centre = gpd.GeoSeries.from_xy([LONGITUDE], [LATITUDE], crs="EPSG:4326").to_crs("EPSG:32648")[0]
    half = SIZE / 2 * RESOLUTION_M
    corner = Affine(RESOLUTION_M, 0, centre.x - half, 0, -RESOLUTION_M, centre.y + half)
    grid = GeoBox((SIZE, SIZE), corner, "EPSG:32648")
    around = grid.pad(MARGIN)
    communes = gpd.GeoDataFrame(
        {
            "label": [1],
            "code": ["01"],
            "name": ["Flat"],
            "area_km2": [(SIZE * 0.1) ** 2],
            "people": [float(SIZE**2)],
            "people_factor": [1.0],
        },
        geometry=[box(*grid.boundingbox.bbox)],
        crs="EPSG:32648",
    )
    ones: xr.DataArray = wrap_xr(np.ones(grid.shape), grid)
    return Scene(
        terrain=wrap_xr(np.full(around.shape, height_m, np.float32), around),
        grid=grid,
        people=ones,
        communes=communes,
        commune_labels=wrap_xr(np.ones(grid.shape, np.int32), grid),
        villages=None,
        findings=Findings().frame(),
        sources={},
    )
