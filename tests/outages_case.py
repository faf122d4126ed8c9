"""A small network over low hills, in four communes with villages, for the tests of outages."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from flat_world import LATITUDE, LONGITUDE, SIZE, cell_table, flat_scene
from odc.geo.xr import wrap_xr

import phusong as ps
from phusong.geodata.findings import Findings

FAST = {
    "model": "free_space",
    "range_km": {"3G": 1.6, "4G": 2.0, "5G": 1.2},
}  # a loss of few kernels
MHZ = {"3G": 2140.0, "4G": 1842.5, "5G": 2550.0}
WIDTH_MHZ = {"3G": 5.0, "4G": 20.0, "5G": 100.0}


def scene_of(seed=3):
    """People and villages at random; the communes are quarters."""
    flat = flat_scene()
    rng = np.random.default_rng(seed)
    hills = flat.terrain + rng.uniform(0, 80, flat.terrain.shape).astype(np.float32)
    half = np.arange(SIZE) >= SIZE // 2
    labels = 1 + half[None, :] + 2 * half[:, None]
    quarter = flat.communes.iloc[[0, 0, 0, 0]].reset_index(drop=True)
    communes = quarter.assign(label=[1, 2, 3, 4], code=list("abcd"), name=["An", "Bi", "Ca", "Du"])
    left, bottom, right, top = flat.grid.boundingbox.bbox
    places = rng.uniform((left, bottom), (right, top), (20, 2))
    villages = gpd.GeoDataFrame(
        {
            "code": [f"V{n}" for n in range(20)],
            "name": "Thôn",
            "people": 100.0,
            "grid_power": "yes",
        },
        geometry=shapely.points(places),
        crs=flat.communes.crs,
    )
    return replace(
        flat,
        terrain=hills.astype(np.float32),
        people=wrap_xr(rng.exponential(5.0, (SIZE, SIZE)), flat.grid),
        communes=communes,
        commune_labels=wrap_xr(labels.astype(np.int32), flat.grid),
        villages=villages,
    )


def cells_of(seed=0, masts=8):
    """Sites of two operators, some on one mast, some on a roof; 5G by Alpha alone."""
    rng = np.random.default_rng(seed)
    rows = []
    for mast in range(masts):
        place = {
            "longitude": LONGITUDE + rng.uniform(-0.028, 0.028),
            "latitude": LATITUDE + rng.uniform(-0.026, 0.026),
            "structure": "rooftop" if mast % 4 == 3 else "mast",
        }
        for operator in ("Alpha", "Beta")[mast % 2 : 2 if mast % 3 else 1 + mast % 2]:
            names = ("3G", "4G", "5G") if operator == "Alpha" else ("3G", "4G")
            for technology in names:
                rows.append(
                    place
                    | {
                        "site_id": f"S{mast}",
                        "cell_id": f"S{mast}-{technology}",
                        "operator": operator,
                        "technology": technology,
                        "frequency_mhz": MHZ[technology],
                        "bandwidth_mhz": WIDTH_MHZ[technology],
                        "horizontal_beamwidth_deg": 120.0,
                        "azimuth_deg": float(rng.uniform(0, 360)),
                        "power_dbm": float(rng.uniform(18, 30)),
                        "antenna_height_m": 40.0 if technology == "3G" else 25.0,
                    }
                )
    return cell_table(*rows)


def network_of(cells):
    return ps.Network(cells.reset_index(drop=True), Findings().frame())


def gaps_of(cells, scene, nsa=()):
    coverage = ps.predict(network_of(cells), scene, progress=False, **FAST)
    return ps.find_gaps(coverage, causes=False, nsa=nsa)


def assess(gaps, hazards=None, **options):
    return ps.assess_resilience(gaps, hazards, progress=False, **options)


def box(gaps, west=0.0, south=0.0, east=1.0, north=1.0):
    """In parts of the scene's rectangle."""
    left, bottom, right, top = gaps.coverage.scene.grid.boundingbox.bbox
    x, y = right - left, top - bottom
    return shapely.box(left + west * x, bottom + south * y, left + east * x, bottom + north * y)


def hazard(gaps, *shapes, kind="landslide", **columns):
    """Areas; a landslide takes everything down at once."""
    data = {"hazard": [kind] * len(shapes), **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs=gaps.coverage.scene.communes.crs)


def around(gaps, *sites):
    """A small area around each site, of any operator."""
    cells = gaps.coverage.network.cells.drop_duplicates("site_id").set_index("site_id")
    places = cells.loc[list(sites)]
    points = gpd.GeoSeries.from_xy(places["longitude"], places["latitude"], crs="EPSG:4326")
    return list(points.to_crs(gaps.coverage.scene.communes.crs).buffer(20.0))


def lost(table, column="lost_people"):
    """Lost by time, operator and technology."""
    return table.losses.set_index(["scenario", "time_h", "operator", "technology"])[column]


def links(*pairs):
    return pd.DataFrame(pairs, columns=["from", "to"])
