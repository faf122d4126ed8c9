"""Backhaul of candidates on a made-up plain with a ridge, by itself and of a plan."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene
from odc.geo.xr import wrap_xr
from shapely.geometry import LineString, Point

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.planning.backhaul import find_backhaul
from phusong.planning.backhaul_fibre import read_fibre_points
from phusong.planning.backhaul_hops import find_hops
from phusong.planning.backhaul_nodes import existing_sites, node_table
from phusong.planning.backhaul_plan import connect_plan
from phusong.planning.backhaul_settings import BackhaulSettings
from phusong.propagation import p530
from phusong.report.phrases import phrase

CRS = "EPSG:32648"
FLAT = flat_scene()
LEFT, BOTTOM, RIGHT, TOP = FLAT.terrain.odc.geobox.boundingbox.bbox
MIDDLE = (BOTTOM + TOP) / 2
AIR = BackhaulSettings.of(sites_have_fibre=False)


def ridge_scene(height_m: float = 80.0):
    """The plain with a ridge 200 m wide from south to north, 5 km from the west of the terrain."""
    terrain = FLAT.terrain.copy()
    terrain[:, 49:51] += height_m
    return replace(FLAT, terrain=terrain)


def places(*km_east: float, height_m=35.0, north_km=0.0, **more) -> pd.DataFrame:
    """Places along the middle of the scene from west to east."""
    x = LEFT + 1000 * np.array(km_east)
    y = np.full(len(x), MIDDLE) + 1000 * north_km
    return pd.DataFrame({"x": x, "y": y, "antenna_height_m": height_m} | more)


WEST_SITE = places(1.0, name="W")


def only(found, row=0) -> pd.Series:
    return found.candidates.iloc[row]


def test_a_ridge_blocks_and_a_taller_mast_clears_it():
    scene = ridge_scene()
    low = only(find_backhaul(scene, places(9.0), WEST_SITE, settings=AIR))
    assert not low["connected"]
    assert (low["backhaul"], low["backhaul_via"]) == ("", ())
    assert low[["hop_km", "backhaul_cost", "availability"]].isna().all()
    # Ridge and trees end at 92 + 10 m, the ray at 47 m: 55 m, the bulge and the zone's part more.
    assert "no line of sight to W, 8.0 km, for 4.0 km away" in low["backhaul_reason"]
    assert 55 < float(low["backhaul_reason"].split("stands ")[1].split(" m")[0]) < 60
    tall = places(1.0, height_m=100.0, name="W")
    high = only(find_backhaul(scene, places(9.0, height_m=100.0), tall, settings=AIR))
    assert high["connected"]
    assert (high["backhaul"], high["backhaul_via"]) == ("microwave", ("W",))
    assert high["hop_km"] == pytest.approx(8.0)


def test_intrusion_by_hand():
    """The ridge's edge nearest to the middle of an 8 km hop, at the highest band that reaches."""
    scene = ridge_scene(30.0)
    nodes = node_table(scene, {"site": WEST_SITE, "candidate": places(9.0)})
    settings = BackhaulSettings.of(clearance=((4 / 3, 0.6),), profile_step_m=10.0)
    hop = find_hops(scene, nodes, np.array([1], "i4"), np.array([0], "i4"), settings).iloc[0]
    assert (hop["state"], hop["band_ghz"]) == ("blocked", 23.0)
    d1, d2 = hop["obstacle_km"], 8.0 - hop["obstacle_km"]
    bulge = 1000 * d1 * d2 / (2 * 4 / 3 * 6371)
    assert hop["clearance_m"] == pytest.approx(47.0 - 52.0 - bulge, abs=0.01)
    zone = 0.6 * np.sqrt(0.2998 / 23.0 * 1000 * d1 * d2 / 8.0)
    assert hop["intrusion_m"] == pytest.approx(zone - hop["clearance_m"], abs=0.01)


def test_the_scenes_trees_count_and_the_setting_stands_in_for_them():
    trees = wrap_xr(np.zeros(FLAT.terrain.shape, np.float32), FLAT.terrain.odc.geobox)
    bare = replace(FLAT, clutter_m=trees)
    found = [
        find_backhaul(scene, places(9.0), WEST_SITE, settings=AIR).hops["clearance_m"].iloc[0]
        for scene in (FLAT, bare, replace(FLAT, clutter_m=trees + 25.0))
    ]
    assert found == pytest.approx([found[1] - 10.0, found[1], found[1] - 25.0])


def test_hops_are_the_same_there_and_back():
    scene = ridge_scene(20.0)
    random = np.random.default_rng(2)
    some = pd.DataFrame(
        {
            "x": random.uniform(LEFT, RIGHT, 30),
            "y": random.uniform(BOTTOM, TOP, 30),
            "antenna_height_m": random.uniform(15, 60, 30),
        }
    )
    nodes = node_table(scene, {"candidate": some})
    first, second = np.arange(29, dtype=np.int32), np.arange(1, 30, dtype=np.int32)
    there = find_hops(scene, nodes, first, second, AIR)
    back = find_hops(scene, nodes, second, first, AIR)
    told = ["km", "state", "band", "margin_db", "availability_percent", "cost", "clearance_m"]
    pd.testing.assert_frame_equal(there[told], back[told], rtol=1e-12)
    assert {"usable", "blocked"} <= set(there["state"])


def test_availability_is_that_of_p530():
    settings = BackhaulSettings.of(sites_have_fibre=False, availability_percent=99.0)
    found = find_backhaul(FLAT, places(8.0), WEST_SITE, settings=settings)
    hop, altitude_m = found.hops.iloc[0], found.nodes["altitude_m"]
    multipath = p530.multipath_percent(
        hop["km"],
        frequency_ghz=hop["band_ghz"],
        tx_altitude_m=altitude_m[1],
        rx_altitude_m=altitude_m[0],
        refractivity_gradient=settings.refractivity_gradient,
        roughness_m=0.0,
        fade_db=hop["margin_db"],
    )
    by_rain = 100.0 - hop["availability_percent"] - multipath
    assert 0.001 < by_rain < 1.0
    loss_db = p530.rain_loss_db(
        hop["km"],
        frequency_ghz=hop["band_ghz"],
        rain_rate_mm_h=settings.rain_rate_mm_h,
        exceeded_percent=by_rain,
    )
    assert loss_db == pytest.approx(hop["margin_db"], rel=1e-6)


def test_more_rain_never_makes_a_hop_longer_nor_cheaper():
    candidates = places(*np.linspace(1.2, 9.8, 40))
    before_km, before_cost = np.inf, np.zeros(40)
    for rain in (20.0, 60.0, 95.0, 140.0, 300.0):
        settings = BackhaulSettings.of(
            rain_rate_mm_h=rain, sites_have_fibre=False, most_hops=1, availability_percent=99.998
        )
        found = find_backhaul(FLAT, candidates, WEST_SITE, settings=settings).candidates
        cost = found["backhaul_cost"].fillna(np.inf).to_numpy()
        longest_km = found["hop_km"].max()
        assert longest_km <= before_km
        assert (cost >= before_cost).all()
        before_km, before_cost = longest_km, cost
    assert np.isinf(cost).any()


def test_what_only_fades_says_so():
    settings = BackhaulSettings.of(
        rain_rate_mm_h=300.0, sites_have_fibre=False, availability_percent=99.998
    )
    told = only(find_backhaul(FLAT, places(9.5), WEST_SITE, settings=settings))
    assert not told["connected"]
    assert told["backhaul_reason"].startswith("fading on the way to W, 8.5 km, leaves 99.9")


def test_bands_by_the_users_table(tmp_path):
    table = tmp_path / "bands.csv"
    table.write_text(
        "band_ghz,frequency_ghz,eirp_dbm,rx_gain_dbi,rx_threshold_dbm,longest_km,link_cost\n"
        "15,15,66,43,-67,3,7\n"
    )
    settings = BackhaulSettings.of(bands=str(table), sites_have_fibre=False, relay_cost=100)
    found = find_backhaul(FLAT, places(3.0, 5.5, 9.5), WEST_SITE, settings=settings)
    near, over, far = (only(found, row) for row in range(3))
    assert (near["backhaul_cost"], near["backhaul_via"]) == (7.0, ("W",))
    # 4.5 km are too far for the band: over the first candidate, which is paid as a relay.
    assert (over["backhaul_cost"], over["backhaul_via"]) == (114.0, ("candidate 0", "W"))
    assert over["availability"] == pytest.approx(
        found.hops.query("state == 'usable'")["availability_percent"].div(100).prod()
    )
    assert not far["connected"]
    expected = "the nearest site, W, is 8.5 km away, no band reaches beyond 3 km"
    assert far["backhaul_reason"].startswith(expected)


def test_the_most_hops_are_kept():
    chain = places(3.0, 5.0, 7.0, 9.0)
    scene = ridge_scene(0.0)
    table = {"nearest_relays": 4, "sites_have_fibre": False, "relay_cost": 0.0}
    for most in (1, 2, 3, 4):
        settings = BackhaulSettings.of(most_hops=most, **table)
        short = settings.model_copy(update={})
        short.__dict__["band_table"] = short.band_table._replace(
            longest_km=np.full_like(short.band_table.longest_km, 2.5)
        )
        found = find_backhaul(scene, chain, WEST_SITE, settings=short)
        assert found.candidates["connected"].tolist() == [i < most for i in range(4)]


def test_a_candidate_on_a_mast_shares_its_backhaul():
    told = only(find_backhaul(FLAT, places(1.02), WEST_SITE))
    assert (told["backhaul"], told["backhaul_via"], told["backhaul_cost"]) == (
        "existing",
        ("W",),
        0,
    )
    assert told["availability"] == 1.0


def test_fibre_over_the_straight_line():
    settings = BackhaulSettings.of(detour_factor=1.5)
    told = only(find_backhaul(FLAT, places(3.0), WEST_SITE, settings=settings))
    assert (told["backhaul"], told["backhaul_via"]) == ("fibre", ("W",))
    assert told["hop_km"] == pytest.approx(3.0)
    # One person a pixel of a hectare is 100 per km2: rural.
    assert told["backhaul_cost"] == pytest.approx(3000.0 * 5.0)


def test_fibre_costs_more_among_people():
    costs = [
        only(find_backhaul(replace(FLAT, people=FLAT.people * n), places(3.0), WEST_SITE))[
            "backhaul_cost"
        ]
        for n in (1, 5, 20)
    ]
    assert costs == pytest.approx([2800.0 * price for price in (5.0, 15.0, 20.0)], rel=0.5)
    assert costs[0] == pytest.approx(2800.0 * 5.0)
    assert costs[1] > costs[0]


def roads(*lines) -> gpd.GeoDataFrame:
    """Lines by km east and north of the terrain's western middle."""
    shapes = [LineString([(LEFT + 1000 * e, MIDDLE + 1000 * n) for e, n in line]) for line in lines]
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS)


def test_fibre_follows_the_roads_and_takes_the_shorter_way():
    # Two ways from (1, 0) to (4, 0): over (2.5, 1) and over (2.5, 3); the piece afar is not joined.
    ways = roads([(1, 0), (2.5, 1), (4, 0)], [(1, 0), (2.5, 3), (4, 0)], [(8, -2), (8, -2.2)])
    found = find_backhaul(FLAT, places(4.0), WEST_SITE, roads=ways)
    told = only(found)
    assert (told["backhaul"], told["hop_km"]) == ("fibre", pytest.approx(2 * np.hypot(1.5, 1)))
    assert told["backhaul_cost"] == pytest.approx(5000 * told["hop_km"])
    plan = connect_plan(found, [0])
    assert plan.links.length.iloc[0] == pytest.approx(1000 * told["hop_km"])
    assert plan.links.geometry[0].coords[0] == pytest.approx((LEFT + 4000, MIDDLE))


def test_roads_with_gaps_at_their_junctions_are_joined():
    ways = roads([(1, 0), (3, 0)], [(3.02, 0), (6, 0)])
    told = only(find_backhaul(FLAT, places(6.0), WEST_SITE, roads=ways))
    assert told["hop_km"] == pytest.approx(5.0)


def test_the_way_to_the_road_is_counted_with_its_detour():
    ways = roads([(1, 0), (6, 0)])
    candidate = places(5.0, north_km=0.5)
    told = only(find_backhaul(FLAT, candidate, WEST_SITE, roads=ways))
    assert told["hop_km"] == pytest.approx(4.0 + 1.4 * 0.5)


def test_fibre_that_is_too_long_is_no_way():
    settings = BackhaulSettings.of(longest_fibre_km=4.0, most_hops=1)
    told = only(find_backhaul(ridge_scene(200.0), places(9.0), WEST_SITE, settings=settings))
    assert told["backhaul_reason"].endswith("; fibre of 11.2 km is longer than 4 km")


def test_fibre_points_are_ends(tmp_path):
    at = gpd.GeoDataFrame({"name": ["POP"]}, geometry=[Point(LEFT + 5000, MIDDLE)], crs=CRS)
    at.to_crs("EPSG:4326").to_file(tmp_path / "points.gpkg", driver="GPKG")
    points = read_fibre_points(tmp_path / "points.gpkg", FLAT)
    no_sites = WEST_SITE.iloc[:0]
    told = only(find_backhaul(FLAT, places(6.0), no_sites, fibre_points=points))
    assert (told["backhaul"], told["backhaul_via"]) == ("fibre", ("POP",))
    assert told["hop_km"] == pytest.approx(1.4, abs=0.001)


def test_every_reason_is_there_in_vietnamese():
    scene = ridge_scene()
    fades = BackhaulSettings.of(rain_rate_mm_h=300.0, sites_have_fibre=False, most_hops=1)
    reasons = pd.concat(
        [
            find_backhaul(at, places(1.0, 3.0, 9.5), WEST_SITE, settings=how).candidates
            for at, how in ((scene, None), (scene, AIR), (FLAT, AIR), (FLAT, fades))
        ]
    )["backhaul_reason"]
    for told in reasons:
        in_vietnamese = phrase(told, "vi")
        for part, other in zip(told.split("; "), in_vietnamese.split("; "), strict=True):
            assert part != other


def test_a_plan_shares_what_it_builds():
    """Three candidates in a row behind each other: together they cost less than each alone."""
    chain = places(3.0, 5.0, 7.0)
    found = find_backhaul(FLAT, chain, WEST_SITE)
    plan = connect_plan(found, [2, 0, 1], ["C", "A", "B"])
    alone = found.candidates["backhaul_cost"].sum()
    assert plan.cost < alone
    # One fibre of 6 km, laid in three pieces.
    assert plan.cost == pytest.approx(6000 * 1.4 * 5.0)
    assert plan.sites["name"].tolist() == ["C", "A", "B"]
    assert plan.sites["order"].tolist() == [3, 1, 2]
    assert plan.sites["backhaul_cost"].sum() == pytest.approx(plan.cost)
    assert plan.relays == ()
    assert plan.links["from"].tolist() == ["A", "B", "C"]


def test_a_chosen_site_on_the_way_is_no_relay():
    settings = AIR.model_copy()
    settings.__dict__["band_table"] = AIR.band_table._replace(longest_km=np.full(7, 2.5))
    found = find_backhaul(FLAT, places(3.0, 5.0), WEST_SITE, settings=settings)
    link = found.hops.query("state == 'usable'")["cost"].min()
    alone, together = connect_plan(found, [1]), connect_plan(found, [1, 0])
    assert (alone.relays, alone.relay_cost) == (("candidate 0",), 20_000.0)
    assert alone.cost == found.candidates["backhaul_cost"].iloc[1] == 2 * link + 20_000
    assert (together.relays, together.cost) == ((), 2 * link)
    assert together.sites["backhaul_via"].tolist() == [("candidate 0", "W"), ("W",)]
    assert together.sites["order"].tolist() == [2, 1]


def test_a_plan_of_the_sample_is_whole(tmp_path):
    scene, network = ps.sample(resolution_m=500)
    sites = existing_sites(scene, network, ["Operator A"])
    random = np.random.default_rng(4)
    west, south, east, north = scene.grid.boundingbox.bbox
    candidates = pd.DataFrame(
        {
            "x": random.uniform(west, east, 60),
            "y": random.uniform(south, north, 60),
            "antenna_height_m": 30.0,
        }
    )
    found = find_backhaul(scene, candidates, sites, settings=AIR)
    chosen = list(range(0, 60, 2))
    plan = connect_plan(found, chosen)
    connected = found.candidates["connected"].to_numpy()[chosen]
    assert plan.sites["connected"].tolist() == connected.tolist()
    assert connected.sum() > 0
    assert plan.sites["backhaul_cost"].sum() == pytest.approx(plan.cost)
    assert plan.cost <= found.candidates["backhaul_cost"].iloc[chosen].sum() + 1e-6
    # Every connected site's links lead on to what exists.
    onward = plan.links.groupby("from")["to"].agg(list)
    for _, row in plan.sites[plan.sites["connected"]].iterrows():
        via = row["backhaul_via"]
        for a, b in zip((row["name"], *via), via, strict=False):
            assert b in onward[a]
        assert via[-1] in set(sites["name"])
    assert (plan.links["availability_percent"] >= AIR.availability_percent).all()
    plan.links.to_file(tmp_path / "plan.gpkg", layer="plan_links", driver="GPKG")
    back = gpd.read_file(tmp_path / "plan.gpkg", layer="plan_links")
    assert back["from"].tolist() == plan.links["from"].tolist()
    again = connect_plan(found, chosen)
    pd.testing.assert_frame_equal(again.sites, plan.sites)


def test_existing_sites_are_masts_on_the_terrain():
    cells = cell_table(
        {"antenna_height_m": 20.0},
        {"site_id": "S2", "antenna_height_m": 40.0, "longitude": LONGITUDE + 1e-4},
        {"site_id": "AFAR", "latitude": LATITUDE + 1.0},
        {"operator": "Beta", "site_id": "S3", "longitude": LONGITUDE + 0.01},
    )
    network = Network(cells, Findings().frame())
    sites = existing_sites(FLAT, network)
    assert sites["name"].tolist() == ["S1, S2", "S3"]
    assert sites["antenna_height_m"].tolist() == [40.0, 35.0]
    assert existing_sites(FLAT, network, ["Beta"])["name"].tolist() == ["S3"]
    with pytest.raises(InputError, match="'Gamma' has no cell"):
        existing_sites(FLAT, network, ["Gamma"])


def test_every_problem_of_the_places_at_once():
    wrong = places(3.0, 4.0, 5.0, 50.0)
    wrong.loc[1, "x"] = np.nan
    wrong.loc[2, "antenna_height_m"] = 900.0
    with pytest.raises(InputError) as told:
        find_backhaul(FLAT, wrong, WEST_SITE.drop(columns="y"))
    said = str(told.value)
    assert "the sites have no column y; give it" in said
    assert "candidate in row 1, x nan is no number" in said
    assert "candidate in row 2, antenna_height_m 900 give 1 to 300 m above ground" in said
    wrong.loc[1, "x"] = LEFT + 10
    with pytest.raises(InputError, match=r"candidate in row 3, x .* lies beyond the terrain"):
        find_backhaul(FLAT, wrong, WEST_SITE)


def test_other_arguments_that_cannot_be_used(tmp_path):
    nothing = WEST_SITE.iloc[:0]
    with pytest.raises(InputError, match="nothing to connect to"):
        find_backhaul(FLAT, places(3.0), nothing)
    points = gpd.GeoDataFrame(geometry=[Point(LEFT, MIDDLE)], crs=CRS)
    with pytest.raises(InputError, match="holds no line"):
        find_backhaul(FLAT, places(3.0), WEST_SITE, roads=points)
    with pytest.raises(InputError, match="rain_rate_mm_h = -1"):
        BackhaulSettings.of(rain_rate_mm_h=-1)
    with pytest.raises(InputError, match="give a price for each of rural, suburban, urban"):
        BackhaulSettings.of(fibre_cost_per_m={"rural": 5})
    bands = tmp_path / "bands.csv"
    bands.write_text(
        "band_ghz,frequency_ghz,eirp_dbm,rx_gain_dbi,longest_km,link_cost\n15,x,1,1,99,1\n"
    )
    with pytest.raises(InputError) as told:
        BackhaulSettings.of(bands=str(bands))
    assert "has no column rx_threshold_dbm" in str(told.value)
    assert "row 2, frequency_ghz 'x' is no number from 1 to 100" in str(told.value)
    assert "row 2, longest_km '99' is no number from 0 to 60" in str(told.value)
    found = find_backhaul(FLAT, places(3.0), WEST_SITE)
    with pytest.raises(InputError) as told:
        connect_plan(found, [0, 0, 7], ["one"])
    assert "chosen 7 is no position" in str(told.value)
    assert "twice" in str(told.value)
    assert "names are 1: give one for each of 3 chosen" in str(told.value)


def test_the_frame_keeps_its_own_columns_and_index():
    given = places(3.0, 5.0, kind="mast").set_axis([7, 9])
    found = find_backhaul(FLAT, given, WEST_SITE).candidates
    assert found.index.tolist() == [7, 9]
    pd.testing.assert_frame_equal(found[given.columns], given)
