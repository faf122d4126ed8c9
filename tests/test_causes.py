"""Dead spots as objects: why there is one, what it lacks, who is in it, and its constancy."""

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from flat_world import CELL, LATITUDE, LONGITUDE, RESOLUTION_M, cell_table, flat_scene
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from test_answers import KNOWN, one_row
from test_gaps import CRS, NORTH, WEST

from phusong.gaps import find_gaps
from phusong.gaps.causes import CAUSES, _mast_is_near, cause_of, useful_radius_km
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.links import link, loss_parts
from phusong.prediction import predict
from phusong.radio.technology import technologies

MIDDLE = LONGITUDE, LATITUDE
AWAY = LONGITUDE + 0.025, LATITUDE  # 2.6 km east


def link_of(scene, *, clutter_m=0.0, **settings):
    options = {"tx_height_m": 35.0, "frequency_mhz": 1842.5, "power_dbm": 46.0}
    return link(scene, MIDDLE, AWAY, clutter_m=clutter_m, **(options | settings))


def ridged(height_m):
    scene = flat_scene()
    terrain = scene.terrain.copy()
    column = terrain.sizes["x"] // 2 + 13
    terrain[:, column : column + 2] = height_m
    return replace(scene, terrain=terrain)


@pytest.mark.parametrize("model", ["p1812", "itm", "spm", "hata"])
def test_parts_sum_to_the_loss(model):
    of = link_of(ridged(150.0), clutter_m=10.0, model=model)
    parts = loss_parts(of)
    assert parts.open_db + parts.terrain_db + parts.clutter_db == pytest.approx(of.loss_db)


def test_over_flat_bare_ground_nothing_is_added():
    parts = loss_parts(link_of(flat_scene()))
    assert (parts.terrain_db, parts.clutter_db, parts.antenna_db) == (0.0, 0.0, 0.0)


def test_the_cause_is_what_costs_most():
    behind = link_of(ridged(200.0))
    assert cause_of(behind, behind.level_dbm + 1) == "terrain"
    under_trees = link_of(flat_scene(), clutter_m=25.0)
    assert cause_of(under_trees, under_trees.level_dbm + 1) == "clutter"
    off_beam = link_of(
        flat_scene(),
        azimuth_deg=270.0,
        horizontal_beamwidth_deg=65.0,
        vertical_beamwidth_deg=7.0,
    )
    assert cause_of(off_beam, off_beam.level_dbm + 1) == "antenna"
    bare = link_of(flat_scene())
    assert cause_of(bare, bare.level_dbm + 1) == "too_far"
    # what terrain costs cannot be to blame where it would not be enough without
    assert cause_of(behind, behind.level_dbm + 200) == "too_far"


def test_no_station_is_told_by_where_masts_stand_and_not_by_the_best_server():
    cells = pd.DataFrame(
        {
            "operator": ["An", "Ba"],
            "technology": ["5G", "5G"],
            "longitude": [105.5, 105.6],
            "latitude": [21.3, 21.3],
        }
    )
    grid = SimpleNamespace(crs="EPSG:32648")
    coverage = SimpleNamespace(
        network=SimpleNamespace(cells=cells), scene=SimpleNamespace(grid=grid)
    )
    by = SimpleNamespace(coverage=coverage)
    places = [(105.51, 21.3), (105.55, 21.3), (105.59, 21.3)]  # 5G reaches 4 km
    assert _mast_is_near(by, "5G", "any", places).tolist() == [True, False, True]
    assert _mast_is_near(by, "5G", "An", places).tolist() == [True, False, False]
    assert not _mast_is_near(by, "4G", "any", places).any()
    assert all(np.isfinite(useful_radius_km(name)) for name in technologies())
    assert useful_radius_km("none of them") == np.inf


def test_what_is_missing_is_the_median_of_the_pixels():
    gaps = find_gaps(one_row([20, -1, -2, -9, 20]), uncertainty=KNOWN, min_area_km2=0)
    assert gaps.dead_spots["missing_db"].tolist() == pytest.approx([2.0, 2.0], abs=1e-4)


def test_causes_may_be_left_out():
    spots = find_gaps(one_row([-20, 20]), min_area_km2=0, causes=False).dead_spots
    assert set(spots["cause"]) == {""}


def test_rank_begins_anew_with_each_operator():
    excess = [[-20, 20, -20, -20, 20], [20, -20, 20, 20, 20]]
    spots = find_gaps(one_row(excess, operators="AB"), min_area_km2=0).dead_spots
    ranks = {name: part["rank"].tolist() for name, part in spots.groupby("operator")}
    assert ranks == {"A": [1, 2], "B": [1]}
    of_a = spots[spots["operator"] == "A"].set_index("rank")["people"]
    assert of_a.to_dict() == {1: 2.0, 2: 1.0}


def test_villages_are_counted_by_their_power():
    coverage = one_row([-20, -20, -20, 20])
    x = [WEST + 50, WEST + 150, WEST + 250, WEST + 350, WEST - 50]
    coverage.scene.villages = gpd.GeoDataFrame(
        {
            "code": list("abcde"),
            "name": "x",
            "people": 1.0,
            "grid_power": pd.array([True, False, None, False, False], "boolean"),
        },
        geometry=gpd.points_from_xy(x, [NORTH - 50] * 5),
        crs=CRS,
    )
    spot = find_gaps(coverage, min_area_km2=0).dead_spots.iloc[0]
    assert spot[["villages", "villages_on_grid", "villages_off_grid"]].tolist() == [3, 1, 1]


# --- the same on a second run, whatever happens far away ----------------------------------------


@pytest.fixture(scope="module")
def wide():
    """40 km of hills from west to east, 3 km high, one commune."""
    base = flat_scene()
    rows, columns = 30, 400
    corner = base.grid.affine * (0, 15)
    affine = type(base.grid.affine)(RESOLUTION_M, 0, corner[0], 0, -RESOLUTION_M, corner[1])
    grid = GeoBox((rows, columns), affine, CRS)
    around = grid.pad(20)
    x, y = np.meshgrid(np.arange(around.shape[1]), np.arange(around.shape[0]))
    hills = 60 + 55 * np.sin(x / 5) * np.cos(y / 4)
    return replace(
        base,
        grid=grid,
        terrain=wrap_xr(hills.astype(np.float32), around),
        people=wrap_xr(np.ones((rows, columns)), grid),
        commune_labels=wrap_xr(np.ones((rows, columns), np.int32), grid),
    )


def spots_of(scene, *places):
    round_about = {"horizontal_beamwidth_deg": 360.0, "electrical_tilt_deg": 0.0}
    cells = cell_table(
        *(round_about | {"longitude": lon, "site_id": f"S{i}"} for i, lon in enumerate(places))
    )
    network = Network(cells, Findings().frame())
    coverage = predict(network, scene, progress=False, clutter_m=3.0, range_km={"4G": 14.0})
    return find_gaps(coverage).dead_spots.drop(columns="rank")


def test_an_unrelated_station_30_km_away_changes_no_other_spot(wide):
    west, east = CELL["longitude"], CELL["longitude"] + 0.3
    before = spots_of(wide, west)
    after = spots_of(wide, west, east)
    assert len(before) > 3
    assert set(before["cause"]) <= set(CAUSES)
    assert len(set(before["cause"])) > 1
    of_before = after[after["id"].isin(before["id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.DataFrame(of_before), pd.DataFrame(before))
    assert len(after) > len(before)
    pd.testing.assert_frame_equal(spots_of(wide, west), before)
