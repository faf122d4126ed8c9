"""Candidates of every kind on a made-up area, their rules, and the user's own list."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places_case import PIXEL_M, at, write_files
from test_planning import make_cells

from phusong.errors import InputError
from phusong.kernels.view import weights_in_sight
from phusong.planning.candidate_settings import KINDS, OWN, CandidateSettings
from phusong.planning.candidates import find_candidates, find_masts
from phusong.planning.positions import SEARCHES
from phusong.planning.spacing import (
    near_masts,
    read_spacing,
    required_spacing_m,
    spacing_conflicts,
)
from phusong.planning.structures import read_structure_rules
from phusong.report.words import word

ALL = {"kinds": KINDS, "spacing_m": 500.0, "grid_step_m": 700.0}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    files = write_files(tmp_path_factory.mktemp("places"))
    return files.open("villages", "facilities", "roads")


@pytest.fixture(scope="module")
def cells(scene):
    table = make_cells(
        ("An", "A1", "4G", 0, 0, 40.0),
        ("Ba", "B1", "4G", 0, 0, 30.0),
        ("An", "A2", "5G", 0, 0, 20.0),
    )
    places = [at(12.5, 14.5), at(40.2, 33.3), at(45.5, 10.5)]
    degrees = gpd.GeoSeries(places, crs=scene.grid.crs).to_crs("EPSG:4326")
    return table.assign(longitude=degrees.x, latitude=degrees.y)


def find(scene, cells, **wanted):
    people = scene.people.to_numpy()
    return find_candidates(scene, cells, people, "An", "5G", CandidateSettings(**wanted))


def csv(tmp_path, text: str):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf8")
    return path


def test_every_kind_is_found_inside_the_communes(scene, cells):
    found = find(scene, cells, **ALL, lease_within_m=100.0)
    # The ground is a slope without a top.
    assert set(found["kind"]) == set(KINDS) - {"high_ground"}
    inside = gpd.sjoin(found, scene.communes[["code", "geometry"]], predicate="within")
    assert len(inside) == len(found)
    assert inside["code"].tolist() == found["commune"].tolist()
    order = found["kind"].map({kind: n for n, kind in enumerate(KINDS)})
    assert order.is_monotonic_increasing
    assert found["reason"].str.len().min() > 0
    assert found.index.tolist() == list(range(len(found)))
    assert (found["antenna_height_m"] <= found["height_allowed_m"]).all()


@settings(max_examples=10)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
    spacing_m=st.floats(150.0, 3000.0),
    lease_within_m=st.floats(0.0, 900.0),
    max_new=st.integers(0, 60),
)
def test_spacing_is_kept_and_no_more_than_asked_for(
    scene, cells, kinds, spacing_m, lease_within_m, max_new
):
    found = find(
        scene,
        cells,
        kinds=kinds,
        spacing_m=spacing_m,
        lease_within_m=lease_within_m,
        max_new=max_new,
        grid_step_m=400.0,
    )
    new = found[found["kind"].isin(list(SEARCHES))]
    assert len(new) <= max_new
    assert set(found["kind"]) <= set(kinds)
    assert (found["commune"].notna()).all()
    xy = new[["x", "y"]].to_numpy()
    apart = np.hypot(*(xy[:, None] - xy).T) + 1e12 * np.eye(len(xy))
    same = new["kind"].to_numpy()[:, None] == new["kind"].to_numpy()
    assert (apart[same] > spacing_m).all()
    assert (apart[~same] > min(spacing_m, lease_within_m)).all()
    masts = find_masts(cells, "An", "5G", scene.grid.crs)
    to_masts = np.hypot(*(xy[:, None] - masts[["x", "y"]].to_numpy()).T)
    assert (to_masts > lease_within_m).all()
    assert not near_masts(new, masts).any()


def test_a_place_knows_its_road_and_its_electricity(scene, cells):
    found = find(scene, cells, **ALL)
    on_road = found[found["kind"] == "road"]
    assert len(on_road)
    assert (on_road["road_distance_m"] == 0.0).all()
    row, column = np.nonzero(scene.road_km.to_numpy() > 0)
    x, y = scene.people["x"].to_numpy()[column], scene.people["y"].to_numpy()[row]
    for place in found[found["kind"] == "grid"].head(5).itertuples():
        nearest = np.hypot(x - place.x, y - place.y).min()
        assert place.road_distance_m == pytest.approx(nearest)
    for place in found[found["kind"] == "village_centre"].itertuples():
        villages = scene.villages
        here = villages[villages.geometry.distance(place.geometry) == 0.0].iloc[0]
        assert here["name"] in place.reason
        if pd.notna(here["grid_power"]):
            assert place.grid_power == here["grid_power"]
    without = replace(scene, road_km=None, villages=None)
    bare = find(without, cells, kinds=["grid"])
    assert bare["road_distance_m"].isna().all()
    assert bare["grid_power"].isna().all()


def test_kinds_need_what_they_are_named_after(scene, cells):
    bare = replace(scene, road_km=None, villages=None, facilities=None)
    with pytest.raises(InputError) as caught:
        find(bare, cells, kinds=["road", "village_centre", "facility", "tower"], spacing_m=-1.0)
    assert len(caught.value.problems) == 5
    assert "open it with roads" in str(caught.value)


# The user's own list


def own_list(scene) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "height": [22.0, None, 70.0],
            "cost": [1000, None, 2.5e6],
            "kind": ["water tower", "", None],
            "owner": [None, "VNPT", ""],
        },
        geometry=[at(20.2, 20.7), at(12.6, 14.6), at(20.3, 20.7)],
        crs=scene.grid.crs,
    )


def test_the_own_list_is_kept_row_by_row(scene, cells, tmp_path):
    own = own_list(scene)
    found = find(scene, cells, **ALL, own=own)
    kept = found[found["kind"] == "own"]
    # Near each other, and one of them on a mast's ground: the user knows why.
    np.testing.assert_allclose(kept["x"], own.geometry.x, atol=1e-3)
    np.testing.assert_allclose(kept["y"], own.geometry.y, atol=1e-3)
    assert kept["antenna_height_m"].tolist() == [22.0, 35.0, 70.0]
    assert kept["height_allowed_m"].tolist() == [60.0, 60.0, 70.0]
    assert kept["owner"].tolist() == ["", "VNPT", ""]
    assert kept["cost"].iloc[[0, 2]].tolist() == [1000.0, 2.5e6]
    assert np.isnan(kept["cost"].iloc[1])
    assert "water tower" in kept["reason"].iloc[0]
    assert found["kind"].tolist()[: 1 + len(kept)][0] == "mast"
    alone = find(scene, cells, kinds=[], own=own)
    assert alone["kind"].tolist() == ["own"] * 3
    degrees = own.to_crs("EPSG:4326")
    path = tmp_path / "own.gpkg"
    own.to_file(path)
    table = pd.DataFrame(own.drop(columns="geometry")).assign(
        longitude=degrees.geometry.x, latitude=degrees.geometry.y
    )
    text = tmp_path / "own.csv"
    renamed = {"longitude": "Kinh độ", "latitude": "Vĩ độ", "height": "Độ cao", "owner": "Chủ"}
    table.rename(columns=renamed).to_csv(text, index=False, sep=";", decimal=",")
    compared = ["x", "y", "antenna_height_m", "cost", "owner", "commune"]
    for given_as in (table, path, text):
        other = find(scene, cells, kinds=[], own=given_as)
        pd.testing.assert_frame_equal(
            pd.DataFrame(other[compared]), pd.DataFrame(alone[compared]), atol=1e-3
        )


def test_bad_rows_of_the_own_list_are_told_at_once(scene, cells, tmp_path):
    degrees = gpd.GeoSeries([at(20, 20), at(-30, 20)], crs=scene.grid.crs).to_crs("EPSG:4326")
    x, y = degrees.x, degrees.y
    text = (
        "lon,lat,height,cost\n"
        f"{x[0]},{y[0]},30,5\n{x[1]},{y[1]},30,5\n{x[0]},{y[0]},30,5\n,21,30,5\n"
        f"{x[0] + 0.001},{y[0]},900,5\n{x[0]},{y[0] + 0.001},30,-5\nabc,21,,\n"
    )
    with pytest.raises(InputError) as caught:
        find(scene, cells, own=csv(tmp_path, text))
    told = "\n".join(caught.value.problems)
    for row, words in (
        (3, "no commune"),
        (4, "row 2"),
        (5, "longitude"),
        (6, "height"),
        (7, "cost"),
    ):
        assert any(f"row {row}" in line and words in line for line in caught.value.problems), told
    assert "row 8" in told
    assert len(caught.value.problems) == 6
    with pytest.raises(InputError, match="latitude"):
        find(scene, cells, own=pd.DataFrame({"lon": [105.0]}))
    with pytest.raises(InputError, match="no row"):
        find(scene, cells, own=pd.DataFrame({"lon": [], "lat": []}))


# Rules as data


RULES = "least_people_per_km2,clutter_codes,zone,structure_class,height_allowed_m,foot_m\n"


def test_zone_and_class_follow_the_table(scene, cells, tmp_path):
    usual = find(scene, cells, **ALL)
    assert set(usual["structure_class"]) == {"A2b"}
    town = csv(tmp_path, RULES + "1,,urban,A2a,25,12\n0,,rural,A2b,60,0\n")
    found = find(scene, cells, **ALL, structures=town)
    new = found[found["kind"] != "mast"]
    assert set(new["structure_class"]) == {"A2a"}
    assert set(new["zone"]) == {"urban"}
    assert set(new["antenna_height_m"]) == {25.0}
    assert set(new["mast_height_m"]) == {13.0}
    assert set(new["structure"]) == {"rooftop"}
    masts = found[found["kind"] == "mast"]
    assert masts["antenna_height_m"].tolist() == masts["height_allowed_m"].tolist() == [40.0, 30.0]
    assert set(masts["structure_class"]) == {"A2b"}  # the station table says mast


def test_clutter_decides_where_it_is_known(scene, cells, tmp_path):
    codes = np.full(scene.terrain.shape, 40, dtype=np.uint8)
    codes[:, : codes.shape[1] // 2] = 52
    built = replace(scene, clutter_class=scene.terrain.copy(data=codes))
    found = find(built, cells, kinds=["grid"])
    west = found["x"] < scene.grid.boundingbox.left + 3000
    assert found["structure_class"].tolist() == np.where(west, "A2a", "A2b").tolist()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("0,,town,A2b,60,0\n", "urban, rural"),
        ("0,,rural,B1,60,0\n", "A1, A2a, A2b"),
        ("0,,rural,A2b,-1,0\n", "height_allowed_m"),
        ("0,5x,rural,A2b,60,0\n0,,rural,A2b,60,0\n", "52|53"),
        ("100,,rural,A2b,60,0\n", "everywhere"),
    ],
)
def test_unusable_structure_rules(tmp_path, rows, words):
    with pytest.raises(InputError) as caught:
        read_structure_rules(csv(tmp_path, RULES + rows))
    assert words in str(caught.value)
    assert len(caught.value.problems) == 1


def test_spacing_of_the_province(tmp_path):
    places = pd.DataFrame(
        [
            ("A1", 10.0, "urban", 0.0),
            ("A2a", 15.0, "urban", 150.0),
            ("A2a", 0.0, "rural", 200.0),
            ("A2a", 15.1, "urban", 200.0),
            ("A2a", 40.0, "rural", 350.0),
            ("A2b", 40.0, "urban", 300.0),
            ("A2b", 0.0, "rural", 300.0),
        ],
        columns=["structure_class", "mast_height_m", "zone", "wanted"],
    )
    assert required_spacing_m(places).tolist() == places["wanted"].tolist()
    header = "structure_class,mast_up_to_m,urban_m,rural_m\n"
    own = read_spacing(csv(tmp_path, header + "A1,,0,0\nA2a,,10,20\nA2b,50,1,2\nA2b,,3,4\n"))
    assert required_spacing_m(places, own).tolist() == [0, 10, 20, 10, 20, 1, 2]
    with pytest.raises(InputError) as caught:
        read_spacing(csv(tmp_path, header + "A1,,0,x\nA2a,15,10,20\n"))
    assert len(caught.value.problems) == 3


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), count=st.integers(0, 60))
def test_conflicts_are_all_pairs_too_near(seed, count):
    rng = np.random.default_rng(seed)
    places = pd.DataFrame(
        {
            "x": rng.uniform(0, 1500, count),
            "y": rng.uniform(0, 1500, count),
            "owner": rng.choice(["", "Ba"], count),
            "structure_class": rng.choice(["A1", "A2a", "A2b"], count),
            "mast_height_m": rng.choice([0.0, 15.0, 20.0], count),
            "zone": rng.choice(["urban", "rural"], count),
        }
    )
    pairs = spacing_conflicts(places)
    assert pairs.dtype == np.int32
    assert pairs.shape == (len(pairs), 2)
    x, y = places["x"].to_numpy(), places["y"].to_numpy()
    required, is_new = required_spacing_m(places), (places["owner"] == "").to_numpy()
    wanted = [
        [i, j]
        for i in range(count)
        for j in range(i + 1, count)
        if np.hypot(x[i] - x[j], y[i] - y[j]) < max(required[i], required[j])
        and (is_new[i] or is_new[j])
    ]
    assert pairs.tolist() == wanted


# Who is in sight


def in_sight(ground, weight, row, col, height_m=10.0, margin=0, reach_px=8, **options):
    seen, around = np.zeros(1), np.zeros(1)
    places = np.array([row]), np.array([col]), np.array([height_m])
    target_m = options.get("target_m", 1.5)
    weights_in_sight(
        ground, margin, margin, weight, *places, target_m, PIXEL_M, reach_px, seen, around
    )
    return seen[0], around[0]


def test_on_flat_ground_all_within_reach_are_in_sight():
    rng = np.random.default_rng(3)
    weight = rng.exponential(1.0, (30, 30))
    row, col = np.mgrid[:30, :30]
    near = np.hypot(row - 12, col - 14) <= 8
    seen, around = in_sight(np.zeros((36, 36), np.float32), weight, 12, 14, margin=3)
    assert around == pytest.approx(weight[near].sum())
    assert seen == pytest.approx(around)


def test_a_ridge_hides_what_lies_behind_it():
    ground = np.zeros((21, 21), np.float32)
    ground[:, 13] = 60.0
    row, col = np.mgrid[:21, :21]
    weight = np.where(col == 13, 0.0, 1.0)  # on the ridge itself a ray may graze its side
    seen, around = in_sight(ground, weight, 10, 10, reach_px=9)
    near = np.hypot(row - 10, col - 10) <= 9
    assert around == (near & (col != 13)).sum()
    assert seen == (near & (col < 13)).sum()
    assert in_sight(ground, weight, 10, 10, height_m=5000.0, reach_px=9)[0] == around


def test_a_higher_antenna_sees_no_fewer():
    rng = np.random.default_rng(11)
    ground = rng.normal(0, 25, (25, 25)).astype(np.float32)
    weight = rng.exponential(1.0, (25, 25))
    seen = [in_sight(ground, weight, 12, 12, height_m=h)[0] for h in (0.0, 5.0, 20.0, 80.0, 900.0)]
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] == in_sight(ground, weight, 12, 12)[1]


def test_new_positions_are_ranked_by_who_is_in_sight(scene, cells):
    found = find(scene, cells, kinds=["grid"], spacing_m=300.0, grid_step_m=500.0)
    assert found["people_in_sight"].is_monotonic_decreasing
    few = find(scene, cells, kinds=["grid"], spacing_m=300.0, grid_step_m=500.0, max_new=5)
    assert few["people_in_sight"].tolist() == found["people_in_sight"].head(5).tolist()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_has_its_word(language):
    words = {word(f"kind_{kind}", language) for kind in (*KINDS, OWN)}
    assert len(words) == len(KINDS) + 1
