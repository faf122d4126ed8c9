"""Gaps: states, commune tables, dead spots and villages, against cases worked out by hand."""

import dataclasses
from collections import deque
from functools import cache
from types import SimpleNamespace

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import rasterio.features
import shapely
import xarray as xr
from flat_world import LATITUDE, LONGITUDE, flat_scene
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords

from phusong.errors import InputError
from phusong.gaps import ANY, STATES, find_gaps
from phusong.gaps.state import map_states
from phusong.gaps.tally import count_codes, pixel_amounts
from phusong.gaps.yardstick import Yardstick
from phusong.links import link
from phusong.prediction.coverage import Coverage
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile
from phusong.sample_province import sample

CRS = "EPSG:32648"
WEST, NORTH, PIXEL = 571_000.0, 2_351_000.0, 100.0
PIXEL_KM2 = 0.01
PROFILE = ServiceProfile.named("vn_default")
LETTERS = {"n": "none", "w": "weak", "b": "basic", "g": "good", ".": "not_computed"}

# Levels far enough from every threshold of vn_default with a margin of 10.25 dB (sigma 8 dB).
LEVEL_DBM = {"n": -120.0, "w": -108.0, "b": -100.0, "g": -80.0, ".": np.nan}


def coverage_of(level_dbm, labels, people, *, operators, technologies, villages=None, sigma_db=8.0):
    """A stand-in with what find_gaps asks of a coverage; level (operator, technology, y, x)."""
    rows, columns = labels.shape
    east, south = WEST + columns * PIXEL, NORTH - rows * PIXEL
    grid = GeoBox.from_bbox((WEST, south, east, NORTH), CRS, shape=(rows, columns))
    coords = xr_coords(grid)
    n = int(labels.max())
    communes = gpd.GeoDataFrame(
        {
            "label": np.arange(1, n + 1),
            "code": [f"{9000 + i:05d}" for i in range(1, n + 1)],
            "name": [f"Xã {i}" for i in range(1, n + 1)],
        },
        geometry=[shapely.box(WEST, south, east, NORTH)] * n,
        crs=CRS,
    )
    named = {"operator": list(operators), "technology": list(technologies)}
    dims = ("operator", "technology", "y", "x")
    scene = SimpleNamespace(
        grid=grid,
        people=xr.DataArray(people.astype(float), dims=("y", "x"), coords=coords),
        communes=communes,
        commune_labels=xr.DataArray(labels.astype(np.int32), dims=("y", "x"), coords=coords),
        villages=villages,
        pixel_area_km2=PIXEL_KM2,
        resolution_m=PIXEL,
        terrain=xr.DataArray(np.zeros(labels.shape, np.float32), dims=("y", "x"), coords=coords),
        window=(slice(0, rows), slice(0, columns)),
        terrain_noise_m=2.0,
        clutter_m=None,
        village_areas=None,
        facilities=None,
        road_km=None,
        old=None,
    )
    level = xr.DataArray(np.asarray(level_dbm, np.float32), dims=dims, coords=coords | named)
    cells = pd.DataFrame(
        [(o, t, *MASTS[i % 2]) for t in technologies for i, o in enumerate(operators)],
        columns=["operator", "technology", "longitude", "latitude"],
    ).assign(antenna_height_m=35.0, frequency_mhz=1842.5)
    number = np.arange(len(cells)).reshape(len(technologies), -1).T[:, :, None, None]
    server = xr.where(np.isnan(level), -1, level.copy(data=np.broadcast_to(number, level.shape)))
    return SimpleNamespace(
        data=xr.Dataset(
            {
                "level_dbm": level,
                "server": server.astype(np.int32),
                "model": ("cell", ["p1812"] * len(cells)),
            }
        ),
        settings=PredictSettings.of(clutter_m=0.0),
        profile=PROFILE,
        explain=lambda *_, **__: some_link(),
        scene=scene,
        network=SimpleNamespace(cells=cells),
        shadowing_sigma_db=sigma_db,
    )


@cache
def some_link():
    """One real link over flat ground, for a coverage that was not computed."""
    middle = LONGITUDE, LATITUDE
    options = {"tx_height_m": 35.0, "frequency_mhz": 1842.5, "power_dbm": 46.0}
    return link(flat_scene(), middle, (LONGITUDE + 0.01, LATITUDE), clutter_m=0.0, **options)


def lonlat(x, y):
    point = gpd.GeoSeries.from_xy([x], [y], crs=CRS).to_crs(4326)[0]
    return point.x, point.y


MASTS = (lonlat(WEST + 450, NORTH - 150), lonlat(WEST + 5_650, NORTH - 250))

A_4G = """ggggbbbb
          gnnwbbbb
          gnnwbbww
          gggwbbww
          gggggggg
          nggggggg"""
B_4G = """bbbb....
          bwbb....
          bbbb....
          bbbb....
          bbbb....
          bbbb...."""
A_5G = "\n".join(["........"] * 6)
B_5G = "\n".join([".......w", *["n......."] * 2, *["........"] * 3])


def levels(text):
    return [[LEVEL_DBM[letter] for letter in row.strip()] for row in text.splitlines()]


@pytest.fixture
def hand():
    """Six rows by eight columns; commune 1 is the west half, one corner pixel is outside."""
    labels = np.repeat([[1] * 4 + [2] * 4], 6, axis=0)
    labels[0, 7] = 0
    people = np.where(labels == 1, 1.0, np.where(labels == 2, 2.0, 0.0))
    people[1, 1] = 0.5
    points = [
        shapely.Point(WEST + 199.0, NORTH - 101.0),  # row 1, column 1
        shapely.Point(WEST + 700.0, NORTH - 300.0),  # a corner: row 3, column 7
        shapely.Point(WEST - 1.0, NORTH - 250.0),  # just outside the grid
        shapely.Point(),
        None,
    ]
    villages = gpd.GeoDataFrame(
        {
            "code": list("pqrst"),
            "name": ["P", "<Q>", "R", "S", "T"],
            "people": 9.0,
            "grid_power": True,
        },
        geometry=points,
        crs=CRS,
    )
    level = [[levels(A_4G), levels(A_5G)], [levels(B_4G), levels(B_5G)]]
    return coverage_of(
        level, labels, people, operators="AB", technologies=("4G", "5G"), villages=villages
    )


def row_of(table, **wanted):
    rows = table
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_states_are_labelled_and_lie_on_the_grid(hand):
    state = find_gaps(hand).state
    assert state.dims == ("operator", "technology", "y", "x")
    assert state.dtype == np.uint8
    assert list(state["operator"].values) == ["A", "B", ANY]
    assert state.odc.geobox == hand.scene.grid
    assert dict(zip(state.flag_meanings.split(), state.flag_values, strict=True)) == STATES
    assert (state.service_profile, state.probability, state.shadowing_sigma_db) == (
        "vn_default",
        0.9,
        8.0,
    )


@pytest.mark.parametrize("operator", ["A", "B"])
def test_states_by_hand(hand, operator):
    text = {"A": A_4G, "B": B_4G}[operator]
    expected = np.array([[STATES[LETTERS[c]] for c in row.strip()] for row in text.splitlines()])
    expected[0, 7] = STATES["outside"]
    state = find_gaps(hand).state.sel(operator=operator, technology="4G")
    np.testing.assert_array_equal(state, expected)


def test_any_operator_by_hand(hand):
    any_4g = """ggggbbb-
                gwbbbbbb
                gbbbbbww
                gggbbbww
                gggggggg
                bggggggg"""
    codes = {letter: STATES[name] for letter, name in LETTERS.items()} | {"-": STATES["outside"]}
    expected = [[codes[letter] for letter in row.strip()] for row in any_4g.splitlines()]
    state = find_gaps(hand).state.sel(operator=ANY, technology="4G")
    np.testing.assert_array_equal(state, expected)


@pytest.mark.parametrize(
    ("level_dbm", "name"),
    [(-121.01, "none"), (-121, "weak"), (-115.01, "weak"), (-115, "basic"), (-105, "good")],
)
def test_a_threshold_is_reached_when_met(level_dbm, name):
    one = np.ones((1, 1))
    coverage = coverage_of(
        [[[[level_dbm]]]], one, one, operators="A", technologies=["4G"], sigma_db=0.0
    )
    assert find_gaps(coverage).state[0, 0, 0, 0] == STATES[name]


def test_commune_table_by_hand(hand):
    gaps = find_gaps(hand)
    assert len(gaps.communes) == 2 * 2 * 3
    west = row_of(gaps.communes, code="09001", technology="4G", operator="A")
    # 24 pixels: 4 none in the block and 1 in the corner, 3 weak, 16 good; 23.5 people
    assert (west["name"], west["area_km2"], west["people"]) == ("Xã 1", 0.24, 23.5)
    assert west["area_pct_none"] == pytest.approx(100 * 5 / 24)
    assert west["area_pct_weak"] == pytest.approx(100 * 3 / 24)
    assert west["area_pct_good"] == pytest.approx(100 * 16 / 24)
    assert west["people_pct_none"] == pytest.approx(100 * 4.5 / 23.5)
    assert west["served_people_pct"] == pytest.approx(100 * 16 / 23.5)
    east = row_of(gaps.communes, code="09002", technology="4G", operator="A")
    # 23 pixels of 2 people: 4 weak, 11 basic, 8 good
    assert east["area_km2"] == pytest.approx(0.23)
    assert east["people"] == 46.0
    assert east["people_pct_weak"] == pytest.approx(100 * 4 / 23)
    assert east["area_pct_basic"] == pytest.approx(100 * 11 / 23)
    assert east["served_area_pct"] == pytest.approx(100 * 19 / 23)
    unknown = row_of(gaps.communes, code="09002", technology="4G", operator="B")
    assert (unknown["area_pct_not_computed"], unknown["served_area_pct"]) == (100.0, 0.0)


def test_province_by_hand(hand):
    gaps = find_gaps(hand)
    row = row_of(gaps.province, technology="4G", operator="A")
    assert row["people"] == 69.5
    assert row["area_pct_none"] == pytest.approx(100 * 5 / 47)
    assert gaps.served_percent("4G", "A") == pytest.approx(100 * (16 + 38) / 69.5)
    assert gaps.served_percent("4G", "A", of="area") == pytest.approx(100 * (16 + 19) / 47)
    assert gaps.served_percent("4G") == pytest.approx(100 * (23 + 38) / 69.5)
    assert gaps.served_percent("5G") == 0.0


def test_commune_without_pixels_or_people_is_kept():
    labels, people = np.array([[1, 3]]), np.array([[0.0, 2.0]])
    level = np.full((1, 1, 1, 2), -80.0)
    gaps = find_gaps(coverage_of(level, labels, people, operators="A", technologies=["4G"]))
    empty_place = row_of(gaps.communes, code="09001", operator="A")
    assert empty_place["served_area_pct"] == 100.0
    assert np.isnan(empty_place["served_people_pct"])
    no_pixel = row_of(gaps.communes, code="09002", operator="A")
    assert (no_pixel["area_km2"], no_pixel["people"]) == (0.0, 0.0)
    assert np.isnan(no_pixel["area_pct_good"])
    assert gaps.served_percent("4G") == 100.0


def test_dead_spots_by_hand(hand):
    gaps = find_gaps(hand, min_area_km2=0.02)
    spots = gaps.dead_spots[gaps.dead_spots["technology"] == "4G"].set_index("id")
    assert list(spots.index) == ["4G-any-1143E-4701N", "4G-A-1143E-4701N", "4G-A-1142E-4701N"]
    west = spots.loc["4G-A-1142E-4701N"]
    assert west["state"] == "none"
    assert west["area_km2"] == pytest.approx(0.07)
    assert west["none_area_km2"] == pytest.approx(0.04)
    assert (west["people"], west["none_people"], west["villages"]) == (6.5, 3.5, 1)
    assert (west["commune_code"], west["commune_codes"]) == ("09001", "09001")
    # all its pixels lie at the edge, so the anchor is the north-western one: row 1, column 1
    assert (west["longitude"], west["latitude"]) == pytest.approx(lonlat(WEST + 150, NORTH - 150))
    assert west["nearest_mast_km"] == pytest.approx(0.3, abs=1e-6)
    assert west["nearest_mast_operator"] == "A"
    east = spots.loc["4G-A-1143E-4701N"]
    assert (east["state"], east["people"], east["none_people"]) == ("weak", 8.0, 0.0)
    corner = shapely.box(WEST + 600, NORTH - 400, WEST + 800, NORTH - 200)
    assert east.geometry.equals(corner)
    assert gaps.dead_spots.crs == CRS


def test_the_nearest_mast_has_the_technology_and_may_be_shared(hand):
    def nearest(*extra):
        added = pd.DataFrame(
            [
                (operator, technology, *lonlat(WEST + 250, NORTH - 150), 35.0, 1842.5)
                for operator, technology in extra
            ],
            columns=hand.network.cells.columns,
        )
        cells = hand.network.cells
        hand.network = SimpleNamespace(cells=pd.concat([cells, added], ignore_index=True))
        spot = find_gaps(hand).dead_spots.set_index("id").loc["4G-A-1142E-4701N"]
        return round(spot["nearest_mast_km"], 6), spot["nearest_mast_operator"]

    assert nearest(("A", "5G")) == (0.3, "A")
    assert nearest(("B", "4G"), ("A", "4G"), ("B", "4G")) == (0.1, "A;B")


def test_small_spots_are_left_out_and_counted(hand):
    dropped = find_gaps(hand, min_area_km2=0.02).dropped
    a = row_of(dropped, technology="4G", operator="A")
    assert (a["spots"], a["area_km2"], a["people"]) == (1, 0.01, 1.0)
    b = row_of(dropped, technology="4G", operator="B")
    assert (b["spots"], b["people"]) == (1, 0.5)
    everything = find_gaps(hand, min_area_km2=0.0)
    assert everything.dropped["spots"].sum() == 0
    assert len(everything.dead_spots) == 3 + 1 + 2 + 2  # A, B and any in 4G; B and any in 5G
    # 7 pixels of 0.01 km2 are 0.07 km2, whatever the rounding says
    assert 0.07 / PIXEL_KM2 > 7
    assert len(find_gaps(hand, min_area_km2=0.07).dead_spots) == 1


def test_what_was_not_computed_is_no_dead_spot(hand):
    spots = find_gaps(hand, min_area_km2=0.0).dead_spots
    assert not len(spots[(spots["technology"] == "5G") & (spots["operator"] == "A")])
    only_5g = spots[(spots["technology"] == "5G") & (spots["operator"] == "B")]
    # the pixel outside every commune is not counted; rows 1 and 2 of column 0 are one spot
    assert list(only_5g["area_km2"]) == [pytest.approx(0.02)]


def test_a_coverage_without_gaps_has_empty_tables():
    gaps = find_gaps(one_layer("gg", "gg"))
    with_spots = find_gaps(one_layer("nn", "nn"), min_area_km2=0.0)
    assert gaps.dead_spots.empty
    assert gaps.villages.empty
    assert gaps.dead_spots.dtypes.to_dict() == with_spots.dead_spots.dtypes.to_dict()
    assert "served_people_pct" in repr(gaps)


def test_the_commune_is_the_one_with_most_people_else_most_area():
    labels = np.array([[1, 1, 1, 2]])
    level = np.full((1, 1, 1, 4), -140.0)

    def main_commune(people):
        coverage = coverage_of(level, labels, people, operators="A", technologies=["4G"])
        spot = find_gaps(coverage, min_area_km2=0).dead_spots.iloc[0]
        return spot["commune_code"], spot["commune_codes"]

    assert main_commune(np.array([[1, 1, 1, 4]])) == ("09002", "09002;09001")
    assert main_commune(np.array([[1, 1, 1, 3]])) == ("09001", "09001;09002")
    assert main_commune(np.zeros((1, 4))) == ("09001", "09001;09002")


def one_layer(*rows):
    """One operator and technology, one person in each pixel of one commune."""
    level = np.array([[LEVEL_DBM[letter] for letter in row] for row in rows])
    ones = np.ones(level.shape)
    return coverage_of(level[None, None], ones, ones, operators="A", technologies=["4G"])


def test_the_anchor_lies_deep_inside_and_the_grid_ends_a_spot():
    spot = find_gaps(one_layer(*["nnnnnggggggg"] * 7)).dead_spots.iloc[0]
    # rows 2 to 4 of column 2 are equally deep: the northern one
    anchor = lonlat(WEST + 250, NORTH - 250)
    assert (spot["longitude"], spot["latitude"]) == pytest.approx(anchor)


@pytest.mark.parametrize(("row", "state"), [("nw", "none"), ("nww", "weak"), ("nnw", "none")])
def test_a_spot_is_none_if_half_of_it_is(row, state):
    assert set(find_gaps(one_layer(row), min_area_km2=0).dead_spots["state"]) == {state}


def test_spots_in_one_cell_get_letters_and_the_largest_none():
    spots = find_gaps(one_layer("ngnng"), min_area_km2=0).dead_spots
    a = spots[spots["operator"] == "A"].set_index("id")
    assert a["area_km2"].to_dict() == {
        "4G-A-1142E-4701N": pytest.approx(0.02),
        "4G-A-1142E-4701N-b": pytest.approx(0.01),
    }


def test_an_unrelated_change_far_away_keeps_ids():
    rng = np.random.default_rng(7)
    level = -108 + 12 * rng.standard_normal((2, 1, 40, 60))
    labels = np.ones((40, 60))
    changed = level.copy()
    changed[:, :, :, 50:] = -140.0  # one large new spot in the east

    def west(level_dbm):
        coverage = coverage_of(level_dbm, labels, labels, operators="AB", technologies=["4G"])
        spots = find_gaps(coverage, min_area_km2=0.02).dead_spots
        west_of = spots[spots.geometry.bounds["maxx"] < WEST + 48 * PIXEL]
        return west_of.set_index("id").geometry.to_wkb().to_dict()

    before, after = west(level), west(changed)
    kept = before.keys() & after.keys()
    assert len(kept) > 10
    assert before == after


def test_villages_have_the_state_of_their_pixel(hand):
    villages = find_gaps(hand).villages
    assert len(villages) == 5 * 2 * 3
    assert row_of(villages, code="p", technology="4G", operator="A")["state"] == "none"
    assert row_of(villages, code="p", technology="4G", operator=ANY)["state"] == "weak"
    assert row_of(villages, code="q", technology="4G", operator="A")["state"] == "weak"
    assert row_of(villages, code="q", technology="4G", operator="B")["state"] == "not_computed"
    assert set(villages.loc[villages["code"].isin(list("rst")), "state"]) == {"outside"}
    assert "pixel" in villages.attrs["rule"]["en"]
    assert "điểm ảnh" in villages.attrs["rule"]["vi"]


def test_service_can_be_a_name_a_file_or_a_profile(hand, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\ntitle = "t"\nsource = "s"\ndate = 2026-01-31\nprobability = 0.5\n'
        "receiver_height_m = 1.5\n"
        "[thresholds_dbm]\n"
        "4G = {weak = -150, basic = -140, good = -130}\n"
        "5G = {weak = -150, basic = -140, good = -130}\n"
    )
    assert find_gaps(hand, str(path)).served_percent("4G") == 100.0
    assert find_gaps(hand, path).profile == find_gaps(hand, ServiceProfile.open(path)).profile
    with pytest.raises(InputError, match="vn_default"):
        find_gaps(hand, "nothing")


def test_a_coverage_is_judged_again_and_stays_as_it_was(hand):
    before = hand.data["level_dbm"].copy(deep=True)
    profiles = [dataclasses.replace(PROFILE, probability=p) for p in (0.5, 0.9, 0.95, 0.98)]
    served = [find_gaps(hand, each, causes=False).served_percent("4G", "A") for each in profiles]
    assert served == sorted(served, reverse=True)
    assert served[0] > served[-1]
    xr.testing.assert_identical(hand.data["level_dbm"], before)
    loaded = find_gaps(hand, dataclasses.replace(PROFILE, name="loaded", load=0.5))
    assert (loaded.state.service_profile, loaded.state.probability) == ("loaded", 0.9)
    assert loaded.state.attrs["load"] == 0.5
    assert "loaded (probability 90%, load 50%)" in repr(loaded)
    assert "load" not in find_gaps(hand, "arcep").state.attrs


def test_what_cannot_be_judged_is_refused(hand):
    small = dataclasses.replace(PROFILE, thresholds_dbm={"3G": PROFILE.thresholds("3G")})
    with pytest.raises(InputError) as caught:
        find_gaps(hand, small)
    assert len(caught.value.problems) == 2
    one = np.ones((1, 1))
    named_any = coverage_of([[[[1.0]]]], one, one, operators=[ANY], technologies=["4G"])
    with pytest.raises(InputError, match="rename"):
        find_gaps(named_any)
    for area in (-1.0, np.nan, "0.05", None):
        with pytest.raises(InputError, match="min_area_km2"):
            find_gaps(hand, min_area_km2=area)
    with pytest.raises(InputError, match="A, B, any"):
        find_gaps(hand).served_percent("4G", "C")


def test_text_from_files_is_escaped():
    one = np.ones((1, 1))
    coverage = coverage_of([[[[-140.0]]]], one, one, operators=["<img src=x>"], technologies=["4G"])
    html = find_gaps(coverage, min_area_km2=0)._repr_html_()
    assert "<img" not in html
    assert "&lt;img" in html


def test_plot_shows_each_state_in_its_colour(hand):
    mpl.use("Agg")
    axes = find_gaps(hand).plot("4G", "A")
    drawn = axes.images[0]
    colours = [mpl.colors.to_hex(c) for c in drawn.cmap(drawn.norm(list(STATES.values())))]
    assert len(set(colours)) == len(STATES)
    assert colours[0] == "#7f3b08"
    assert axes.get_title() == "4G, A"
    mpl.pyplot.close(axes.figure)


# --- properties on random levels ---------------------------------------------------------------


def random_coverage(seed, *, shift_db=0.0):
    rng = np.random.default_rng(seed)
    level = rng.uniform(-125, -85, (2, 2, 9, 11)) + shift_db
    level[rng.random(level.shape) < 0.1] = np.nan
    labels = rng.integers(0, 4, (9, 11))
    labels[0, 0] = 3
    people = np.where(labels > 0, rng.exponential(3, (9, 11)), 0.0)
    return coverage_of(level, labels, people, operators="AB", technologies=("3G", "5G"))


SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=15)


@few
@given(SEEDS)
def test_communes_sum_to_the_province_and_states_to_100(seed):
    coverage = random_coverage(seed)
    gaps = find_gaps(coverage)
    for table in (gaps.communes, gaps.province):
        for what in ("area", "people"):
            percents = table[[f"{what}_pct_{s}" for s in list(STATES)[:5]]]
            np.testing.assert_allclose(percents.sum(axis=1, skipna=False), 100.0, rtol=1e-12)
    for what, amount in (("area", "area_km2"), ("people", "people")):
        part = gaps.communes.assign(
            served=gaps.communes[amount] * gaps.communes[f"served_{what}_pct"] / 100
        )
        summed = part.groupby(["technology", "operator"])[[amount, "served"]].sum()
        whole = gaps.province.set_index(["technology", "operator"]).loc[summed.index]
        np.testing.assert_allclose(summed[amount], whole[amount], rtol=1e-12)
        served = whole[amount] * whole[f"served_{what}_pct"] / 100
        np.testing.assert_allclose(summed["served"], served, rtol=1e-9)
    people_in = float(coverage.scene.people.sum())
    np.testing.assert_allclose(gaps.province["people"], people_in, rtol=1e-6)


def served_people(state, scene):
    amounts = pixel_amounts(scene)
    people = count_codes(state, scene, amounts, sorted(STATES.values()))["people"]
    return people[..., [STATES["basic"], STATES["good"]]].sum(axis=-1)


@few
@given(SEEDS, st.floats(0, 30))
def test_a_higher_level_or_a_laxer_profile_never_serves_less(seed, gain_db):
    coverage = random_coverage(seed)
    before = map_states(Yardstick(coverage, PROFILE))
    raised = map_states(Yardstick(random_coverage(seed, shift_db=gain_db), PROFILE))
    strict = map_states(Yardstick(coverage, dataclasses.replace(PROFILE, probability=0.97)))
    for worse, better in ((before, raised), (strict, before)):
        known = worse.to_numpy() < STATES["not_computed"]
        assert (worse.to_numpy()[known] <= better.to_numpy()[known]).all()
        less, more = (served_people(state, coverage.scene) for state in (worse, better))
        assert (less <= more + 1e-9).all()


@few
@given(SEEDS)
def test_any_is_at_least_as_good_as_each(seed):
    state = map_states(Yardstick(random_coverage(seed), PROFILE)).astype(int)
    rank = state.where(state != STATES["not_computed"], -1)
    best = rank.sel(operator=["A", "B"]).max("operator")
    np.testing.assert_array_equal(rank.sel(operator=ANY), best)


def flooded(unserved):
    """Sets of pixels joined over sides and corners, found one by one."""
    left = set(zip(*np.nonzero(unserved), strict=True))
    while left:
        spot, queue = set(), deque([left.pop()])
        while queue:
            row, column = queue.popleft()
            spot.add((row, column))
            around = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= around
            queue.extend(around)
        yield spot


@few
@given(SEEDS, st.sampled_from([0.0, 0.02, 0.05]))
def test_dead_spots_are_those_of_a_slow_flood(seed, min_area_km2):
    coverage = random_coverage(seed)
    gaps = find_gaps(coverage, min_area_km2=min_area_km2)
    state = gaps.state.sel(operator=ANY, technology="5G").to_numpy()
    people = coverage.scene.people.to_numpy()
    of_any = gaps.dead_spots[
        (gaps.dead_spots["operator"] == ANY) & (gaps.dead_spots["technology"] == "5G")
    ]
    expected = {frozenset(s) for s in flooded(state <= 1) if len(s) * 0.01 >= min_area_km2 - 1e-9}
    found = {}
    for spot in of_any.itertuples():
        drawn = rasterio.features.rasterize(
            [spot.geometry], out_shape=state.shape, transform=coverage.scene.grid.affine
        )
        found[frozenset(zip(*np.nonzero(drawn), strict=True))] = spot
    assert set(found) == expected
    for pixels, spot in found.items():
        index = tuple(np.array(sorted(pixels)).T)
        assert spot.geometry.is_valid
        assert spot.area_km2 == pytest.approx(spot.geometry.area / 1e6)
        assert spot.people == pytest.approx(people[index].sum())
        assert spot.none_people == pytest.approx(people[index][state[index] == 0].sum())
        anchor = gpd.GeoSeries.from_xy([spot.longitude], [spot.latitude], crs=4326).to_crs(CRS)
        assert spot.geometry.contains(anchor[0])
    order = of_any[["people", "area_km2"]].to_numpy().tolist()
    assert order == sorted(order, reverse=True)
    assert gaps.dead_spots["id"].is_unique


# --- with the real classes, on the sample province ---------------------------------------------


def test_the_sample_province_reconciles():
    scene, network = sample(resolution_m=400.0)
    height = scene.terrain[scene.window].to_numpy()
    layer = np.where(height > 100.0, -119.0, -90.0)  # weak or none on the ridge, served below
    layer[height > 600.0] = np.nan
    level = np.tile(layer, (2, 1, 1, 1)).astype(np.float32)
    names = {"operator": ["Operator A", "Operator B"], "technology": ["4G"]}
    dims = ("operator", "technology", "y", "x")
    data = xr.Dataset(
        {
            "level_dbm": (dims, level),
            "server": (dims, np.where(np.isnan(level), -1, 0).astype(np.int32)),
            "model": ("cell", ["p1812"] * len(network.cells)),
        },
        coords=xr_coords(scene.grid) | names,
    )
    coverage = Coverage(data, scene, network, PredictSettings.of(), PROFILE, pd.DataFrame())
    gaps = find_gaps(coverage, min_area_km2=0.5)
    communes = gaps.communes[gaps.communes["operator"] == ANY].set_index("code")
    expected = scene.communes.set_index("code")
    np.testing.assert_allclose(communes["people"], expected["people"], rtol=1e-6)
    np.testing.assert_allclose(communes["area_km2"], expected["area_km2"], rtol=0.1)
    province = row_of(gaps.province, operator=ANY)
    assert province["people"] == pytest.approx(expected["people"].sum(), rel=1e-6)
    spots = gaps.dead_spots[gaps.dead_spots["operator"] == ANY]
    dropped = row_of(gaps.dropped, operator=ANY)
    unserved_pct = province["area_pct_none"] + province["area_pct_weak"]
    assert 0 < unserved_pct < 100
    assert spots["area_km2"].sum() + dropped["area_km2"] == pytest.approx(
        province["area_km2"] * unserved_pct / 100
    )
    villages = gaps.villages[gaps.villages["operator"] == ANY]
    unserved = villages["state"].isin(["none", "weak"]).sum()
    assert 0 < spots["villages"].sum() <= unserved
