"""A small made-up result to draw and write: 6 x 5 km, two operators, 3G and 4G, three communes."""

import datetime
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords
from shapely import box

from phusong.gaps import (
    Gaps,
    check_claim,
    check_targets,
    compare_runs,
    find_gaps,
    switch_off,
)
from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene
from phusong.geodata.sources import Source
from phusong.geodata.stations import Network
from phusong.planning import Plan
from phusong.prediction import Coverage
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile

WEST, SOUTH, NORTH = 545_000.0, 2_350_000.0, 2_355_000.0
PIXEL_M = 100.0
ROWS, COLUMNS = 50, 60
GRID = GeoBox.from_bbox(
    (WEST, SOUTH, WEST + COLUMNS * PIXEL_M, NORTH), "EPSG:32648", resolution=PIXEL_M
)
CELLS = 12
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "`${alert(3)}` {{ 7*7 }} \\\"'};alert(4);//",
)
SIGMA_DB = 8.0
SQUARE = (slice(20, 23), slice(30, 33))
"""Rows and columns of the one place where Alpha's 4G is good: a known square on the map."""


@dataclass(frozen=True)
class Case:
    """What the report is given."""

    coverage: Coverage
    gaps: Gaps
    plan: Plan
    findings: pd.DataFrame


def make_case(names=("Xã Đồng Tĩnh", "Xã Hợp Lý", "Phường Vĩnh Yên"), operators=("Alpha", "Beta")):
    network = make_network(operators)
    scene = make_scene(names)
    coverage = Coverage(
        data=make_levels(operators),
        scene=scene,
        network=network,
        settings=PredictSettings.of(shadowing_sigma_db=SIGMA_DB),
        profile=ServiceProfile.named("vn_default"),
        findings=Findings().frame(),
    )
    gaps = find_gaps(coverage, min_area_km2=0.0)
    return Case(coverage, gaps, make_plan(network, operators[0], names), make_findings(names))


def make_checks(gaps):
    """Every result that can be asked of the gaps besides, as the writers take them."""
    goals = pd.DataFrame(
        {
            "commune": ["001", "002"],
            "technology": ["4G", "3G"],
            "metric": ["served_people_pct", "served_area_pct"],
            "value": [90, 80],
            "due": ["2026-12-31", "2027-06-30"],
        }
    )
    technology = gaps.coverage.network.technologies[0]
    return {
        "changes": compare_runs(gaps, gaps),
        "targets": check_targets(gaps, goals, on=datetime.date(2027, 1, 1)),
        "claims": {"100 %": check_claim(gaps, technology="4G")},
        "switch_offs": {"no 3G": switch_off(gaps, technology=technology)},
    }


def make_scene(names):
    """Three communes side by side; the outermost columns of pixels belong to none."""
    labels = np.zeros((ROWS, COLUMNS), dtype=np.int32)
    edges = [1, 20, 40, COLUMNS - 1]
    shapes = [
        box(WEST + PIXEL_M * left, SOUTH, WEST + PIXEL_M * right, NORTH)
        for left, right in pairwise(edges)
    ]
    for label, (left, right) in enumerate(pairwise(edges), start=1):
        labels[:, left:right] = label
    people = np.where(labels > 0, 2.0, 0.0)
    communes = gpd.GeoDataFrame(
        {
            "label": [1, 2, 3],
            "code": ["001", "002", "003"],
            "name": list(names),
            "area_km2": [shape.area / 1e6 for shape in shapes],
            "people": [people[labels == label].sum() for label in (1, 2, 3)],
        },
        geometry=shapes,
        crs="EPSG:32648",
    )
    villages = gpd.GeoDataFrame(
        {
            "code": ["v1", "v2"],
            "name": [names[0], "Thôn Đồi"],
            "people": [120.0, 80.0],
            "grid_power": [True, pd.NA],
        },
        geometry=gpd.points_from_xy([WEST + 3150, WEST + 500], [NORTH - 2150, NORTH - 500]),
        crs="EPSG:32648",
    )
    layer = {"dims": ("y", "x"), "coords": xr_coords(GRID)}
    return Scene(
        terrain=xr.DataArray(np.full((ROWS, COLUMNS), 15.0, np.float32), **layer),
        grid=GRID,
        communes=communes,
        commune_labels=xr.DataArray(labels, **layer),
        people=xr.DataArray(people, **layer),
        villages=villages,
        findings=Findings().frame(),
        sources={"terrain": Source("dem.tif", "ab12")},
    )


def make_levels(operators):
    """Alpha's 4G is good in one square and weak elsewhere; Beta has 3G in the west only."""
    level = np.full((2, 2, ROWS, COLUMNS), np.nan, dtype=np.float32)
    level[0, 1] = -107.0  # less the margin of 10.3 dB: weak
    level[0, 1][SQUARE] = -80.0
    level[0, 0] = -60.0
    level[1, 0, :, :30] = -80.0 - np.arange(30)
    dims = ("operator", "technology", "y", "x")
    quantity = ("technology", ["RSCP", "RSRP"])
    coords = {"operator": list(operators), "technology": ["3G", "4G"], "quantity": quantity}
    layers = {
        "level_dbm": (dims, level),
        "server": (dims, np.where(np.isnan(level), -1, 0).astype(np.int32)),
        "model": ("cell", ["p1812"] * CELLS),
    }
    data = xr.Dataset(layers, coords=coords | dict(xr_coords(GRID)))
    return data.assign_attrs(model="ITU-R P.1812-8")


def make_network(operators):
    """Three sites of each operator, each with a 3G and a 4G cell."""
    radio = {
        "band": "B3",
        "frequency_mhz": 1800.0,
        "bandwidth_mhz": 20.0,
        "azimuth_deg": 0.0,
        "mechanical_tilt_deg": 0.0,
        "electrical_tilt_deg": 4.0,
        "power_dbm": 46.0,
        "antenna_gain_dbi": 17.0,
        "feeder_loss_db": 1.5,
        "horizontal_beamwidth_deg": 65.0,
        "vertical_beamwidth_deg": 7.0,
        "structure": "mast",
        "status": "on-air",
    }
    rows = [
        {
            "site_id": f"{operator}-{n}",
            "cell_id": f"{operator}-{n}-{technology}",
            "operator": operator,
            "technology": technology,
            "longitude": 105.45 + 0.01 * n + 0.003 * place,
            "latitude": 21.28,
            "antenna_height_m": 30.5 + n,
            **radio,
        }
        for place, operator in enumerate(operators)
        for n in range(3)
        for technology in ("3G", "4G")
    ]
    return Network(pd.DataFrame(rows), Findings().frame())


def make_plan(network, operator, names):
    longitude, latitude = [105.46, 105.48], [21.27, 21.26]
    sites = gpd.GeoDataFrame(
        {
            "rank": [1, 2],
            "site_id": ["NEW-01", "NEW-02"],
            "kind": ["mast", "high_ground"],
            "owner": [names[0], ""],
            "antenna_height_m": [42.0, 35.0],
            "ground_m": [15.0, 80.0],
            "people_alone": [1500.0, 900.0],
            "people_newly_served": [1500.0, 734.0],
            "people_cumulative": [1500.0, 2234.0],
            "communes": [", ".join(names[:2]), names[1]],
            "reason": ["=1+1", "high ground"],
            "longitude": longitude,
            "latitude": latitude,
        },
        geometry=gpd.points_from_xy(longitude, latitude),
        crs="EPSG:4326",
    )
    return Plan(
        operator=operator,
        technology="4G",
        asked={"count": 2, "budget": None, "targets": "", "demand": "people"},
        sites=sites,
        curve=pd.DataFrame({"count": [1, 2], "people_newly_served": [1500.0, 2234.0]}),
        helped=pd.DataFrame(),
        objective=2234.0,
        bound=2500.0,
        unit="people",
        proven=False,
        how="by hand",
        unserved_people=5000.0,
        reachable_people=4000.0,
        candidates=sites,
        cells=network.cells.iloc[:0],
        network=network,
    )


def make_findings(names):
    findings = Findings()
    findings.add(
        source="stations.csv",
        row=7,
        column="site_id",
        value=f"={names[0]}",
        severity="rejected",
        reason="unknown",
        mend="give a known one",
    )
    findings.add(source="terrain", severity="info", reason="12 voids were filled")
    return findings.frame()
