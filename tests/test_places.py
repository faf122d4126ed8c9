"""What lies in a commune: roads, facilities, villages and settlements, counted and judged."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox
from places_case import CRS, EAST, NORTH, SOUTH, WEST, Files, at, coverage_on, square, write_files
from rasterio.transform import from_origin

from phusong.errors import InputError
from phusong.gaps import ANY, STATES, VillageRule, find_gaps
from phusong.geodata.facilities import read_facilities
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2
from phusong.geodata.points import pixels_in
from phusong.geodata.roads import lengths_km, read_roads
from phusong.geodata.scene import Scene
from phusong.geodata.settlements import LEAST_PEOPLE, REACH_M, find_settlements
from phusong.report.commune_lines import commune_headers, commune_table

GRID = GeoBox((20, 20), from_origin(WEST, NORTH, 100, 100), CRS)
COUNTED = list(STATES)[:5]
PLACES = ("villages", "road", "schools", "clinics")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_files(tmp_path_factory.mktemp("places"))


@pytest.fixture(scope="module")
def scene(files: Files) -> Scene:
    return files.open("villages", "facilities", "roads")


# --- roads ----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_road_has_in_each_pixel_what_lies_in_it(seed):
    path = np.random.default_rng(seed).uniform(-3, 23, (4, 2))
    line = shapely.LineString([at(*point) for point in path])
    found = lengths_km(gpd.GeoSeries([line], crs=CRS), GRID)
    side_km = np.sqrt(pixel_area_km2(GRID))
    for row, column in np.ndindex(20, 20):
        inside = line.intersection(square_pixel(row, column)).length
        assert found[row, column] == pytest.approx(inside / 100 * side_km, abs=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_road_along_the_pixels_borders_is_counted_once(seed):
    path = np.random.default_rng(seed).integers(0, 20, (6, 2))
    line = shapely.LineString([at(*point) for point in path])
    found = lengths_km(gpd.GeoSeries([line], crs=CRS), GRID)
    assert found.sum() == pytest.approx(line.length / 100 * np.sqrt(pixel_area_km2(GRID)))


def square_pixel(row: int, column: int):
    left, top = WEST + 100 * column, NORTH - 100 * row
    return shapely.box(left, top - 100, left + 100, top)


def test_a_road_is_cut_where_pixels_meet_by_hand():
    line = shapely.LineString([at(0.5, 0.5), at(2.5, 0.5), at(2.5, 1.25)])
    found = lengths_km(gpd.GeoSeries([line], crs=CRS), GRID)
    side_km = np.sqrt(pixel_area_km2(GRID))
    expected = {(0, 0): 0.5, (0, 1): 1.0, (0, 2): 1.0, (1, 2): 0.25}
    assert {tuple(place): found[tuple(place)] / side_km for place in np.argwhere(found)} == {
        place: pytest.approx(pixels) for place, pixels in expected.items()
    }


def test_roads_outside_communes_and_what_is_no_line_are_left_out(tmp_path: Path):
    lines = [
        shapely.LineString([at(0, 5.5), at(20, 5.5)]),
        shapely.MultiLineString([[at(5.5, 0), at(5.5, 4)], [at(5.5, 6), at(5.5, 10)]]),
        at(3, 3),
    ]
    path = tmp_path / "roads.gpkg"
    gpd.GeoDataFrame({"n": range(3)}, geometry=lines, crs=CRS).to_file(path)
    labels = np.zeros(GRID.shape, dtype=np.int32)
    labels[:, :10] = 1
    findings = Findings()
    km = read_roads(path, GRID, labels, findings)
    assert km.sum() / np.sqrt(pixel_area_km2(GRID)) == pytest.approx(10 + 8)
    assert not km[:, 10:].any()
    frame = findings.frame()
    assert frame["severity"].tolist() == ["rejected", "info"]
    assert frame["row"][0] == 4
    gpd.GeoDataFrame({"n": [1]}, geometry=lines[2:], crs=CRS).to_file(path)
    with pytest.raises(InputError, match="holds no line"):
        read_roads(path, GRID, labels, findings)


# --- facilities -----------------------------------------------------------------------------------


def test_facilities_are_told_apart_in_both_languages(scene: Scene):
    assert scene.facilities["kind"].value_counts().to_dict() == {"schools": 10, "clinics": 10}
    left_out = "10 of kinds that are not counted: 10 'post_office'"
    assert left_out in set(scene.findings["reason"])


def test_facilities_may_be_areas_and_of_kinds_of_ones_own(files: Files):
    kinds = {"post_office": "post_offices", "Trạm y tế": "clinics"}
    scene = files.open("facilities", facility_kinds=kinds)
    assert set(scene.facilities["kind"]) == {"post_offices", "clinics"}
    gaps = find_gaps(coverage_on(scene), causes=False)
    assert gaps.province["post_offices"].tolist() == [10] * len(gaps.province)
    assert {"schools", "post_offices"} <= set(gaps.dead_spots.columns)
    assert gaps.dead_spots["post_offices"].sum() > 0
    assert not gaps.dead_spots["schools"].any()


def test_facilities_without_kind_or_with_a_kind_that_is_no_name_are_refused(
    files: Files, tmp_path: Path
):
    path = tmp_path / "f.gpkg"
    gpd.GeoDataFrame({"what": ["school"]}, geometry=[at(1, 1)], crs=CRS).to_file(path)
    with pytest.raises(InputError, match="no column of kinds; call one of these 'kind': what"):
        read_facilities(path, GRID, np.ones(GRID.shape, np.int32), Findings())
    with pytest.raises(InputError) as raised:
        files.open("facilities", facility_kinds={"a": "Bưu điện", "b": "people", "c": "shops"})
    assert len(raised.value.problems) == 2


# --- villages and settlements ---------------------------------------------------------------------


def test_pixels_of_overlapping_areas_are_those_whose_centres_lie_inside():
    areas = [shapely.box(WEST + 40, NORTH - 260, WEST + 160, NORTH - 40), square_pixel(1, 1)]
    village, pixel = pixels_in(gpd.GeoSeries(areas, crs=CRS), GRID)
    found = {(int(v), *map(int, divmod(p, 20))) for v, p in zip(village, pixel, strict=True)}
    assert found == {(0, r, c) for r in (0, 1, 2) for c in (0, 1)} | {(1, 1, 1)}


def slow_state(codes: list[int], share: float) -> int:
    """The best state that enough pixels reach, tried from the best."""
    rank = {STATES["not_computed"]: -1}
    worth = [rank.get(code, code) for code in codes]
    for tier in (3, 2, 1, 0):
        if sum(w >= tier for w in worth) >= share * len(worth) - 1e-9:
            return tier
    return STATES["not_computed"]


@pytest.mark.parametrize("share", [0.05, 0.5, 2 / 3, 1.0])
def test_a_village_has_the_best_state_that_enough_of_its_pixels_reach(scene: Scene, share: float):
    coverage = coverage_on(scene, seed=11)
    rule = VillageRule("mine", "{share}", "{share}", share=share, radius_m=320)
    gaps = find_gaps(coverage, causes=False, village_rule=rule)
    x, y = np.meshgrid(scene.people["x"], scene.people["y"])
    table = gaps.villages[gaps.villages["operator"] == "Alpha"]
    states = gaps.state.sel(operator="Alpha", technology="4G").to_numpy()
    chances = gaps.chance.sel(operator="Alpha", technology="4G").to_numpy()
    for n, (name, village) in enumerate(scene.villages.set_index("name").iterrows()):
        inside = np.hypot(x - village.geometry.x, y - village.geometry.y) <= 320
        if n == 24:  # the one that is an area
            inside = (x > WEST + 1000) & (x < WEST + 1600) & (y < NORTH - 1500) & (y > NORTH - 2000)
        row = table[(table["name"] == name) & (table["technology"] == "4G")].iloc[0]
        assert STATES[row["state"]] == slow_state(states[inside].tolist(), share)
        order = np.sort(np.nan_to_num(chances[inside], nan=-1.0))[::-1]
        least = order[int(np.ceil(share * len(order) - 1e-9)) - 1]
        assert np.nan_to_num(row["chance_served"], nan=-1.0) == pytest.approx(least)
        answers = np.array(["not_computed", "not_served", "cannot_say", "served"])
        assert row["answer"] == answers[np.searchsorted([0.0, 0.1, 0.9], least)]


def test_a_laxer_share_never_tells_less_and_the_rule_stands_beside_the_number(scene: Scene):
    coverage = coverage_on(scene, seed=2)
    rank = {name: n for n, name in enumerate(["not_computed", "none", "weak", "basic", "good"])}
    told = {}
    for name in ("half_of_pixels", "most_of_pixels"):
        gaps = find_gaps(coverage, causes=False, village_rule=name)
        told[name] = gaps.villages["state"].map(rank)
        assert set(gaps.villages["rule"]) == {name}
        for language in ("en", "vi"):
            assert gaps.villages.attrs["rule"][language] == gaps.village_rule.text(language)
    assert (told["most_of_pixels"] <= told["half_of_pixels"]).all()
    assert (told["most_of_pixels"] < told["half_of_pixels"]).any()
    assert "50 %" in VillageRule.named("half_of_pixels").text("vi")
    assert "300 m" in VillageRule.named("half_of_pixels").text("en")


def test_a_rule_is_a_file_and_every_wrong_key_is_named(tmp_path: Path):
    path = tmp_path / "rule.toml"
    path.write_text('name = "r"\ntext_en = "a"\ntext_vi = "b"\nshare = 0.25\n', encoding="utf8")
    assert VillageRule.of(path).share == 0.25
    assert VillageRule.of(str(path)) == VillageRule.open(path)
    path.write_text('name = "r"\ntext_en = "a"\nshares = 0.25\n', encoding="utf8")
    with pytest.raises(InputError) as raised:
        VillageRule.of(path)
    assert len(raised.value.problems) == 2
    with pytest.raises(InputError) as raised:
        VillageRule("r", "a", "", share=1.5, radius_m=-1)
    assert len(raised.value.problems) == 3
    with pytest.raises(InputError, match="half_of_pixels"):
        VillageRule.of("half")


def test_without_villages_there_are_settlements_and_it_is_said(files: Files):
    scene = files.open()
    assert scene.are_settlements
    assert set(scene.villages["kind"]) == {"settlement"}
    assert scene.villages["code"].is_unique
    assert scene.findings["reason"].str.contains("settlements are taken from clusters").any()
    gaps = find_gaps(coverage_on(scene), causes=False)
    assert set(gaps.villages["kind"]) == {"settlement"}
    assert "Settlements" in commune_headers(gaps.communes, "en", settlements=True)["villages"]
    headers = commune_headers(gaps.communes, "vi", settlements=True)
    assert "cụm dân số" in headers["4G_served_villages_pct"]
    with_villages = files.open("villages")
    assert not with_villages.are_settlements
    headers = commune_headers(find_gaps(coverage_on(with_villages), causes=False).communes, "en")
    assert headers["villages"] == "Villages"


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_settlements_lie_in_one_commune_and_nobody_is_counted_twice(seed):
    rng = np.random.default_rng(seed)
    grid = GeoBox((40, 50), from_origin(WEST, NORTH, 100, 100), CRS)
    labels = np.repeat(np.repeat(rng.integers(0, 4, (2, 2)), 20, axis=0), 25, axis=1)
    labels = labels.astype(np.int32)
    people = np.where(labels > 0, rng.exponential(2, labels.shape) ** 3, 0.0)
    people[rng.random(labels.shape) < 0.3] = 0.0
    communes = gpd.GeoDataFrame(
        {"label": [1, 2, 3], "code": list("abc"), "name": list("ABC")},
        geometry=[square(0, 0)] * 3,
        crs=CRS,
    )
    found, areas = find_settlements(people, labels, communes, grid, Findings(), "people.tif")
    assert found["code"].is_unique
    assert areas["pixel"].is_unique
    assert (found["people"] >= LEAST_PEOPLE).all()
    flat = people.ravel()
    sums = np.bincount(areas["village"], flat[areas["pixel"]], minlength=len(found))
    np.testing.assert_allclose(sums, found["people"])
    for number, settlement in enumerate(found.itertuples()):
        pixel = areas.loc[areas["village"] == number, "pixel"].to_numpy()
        assert len(set(labels.ravel()[pixel])) == 1
        row, column = np.divmod(pixel, 50)
        x, y = WEST + 100 * column + 50, NORTH - 100 * row - 50
        away = np.hypot(x - settlement.geometry.x, y - settlement.geometry.y)
        assert away.max() <= REACH_M + 1e-6
        assert away.min() == 0


def test_nobody_makes_no_settlement():
    nobody, labels = np.zeros(GRID.shape), np.ones(GRID.shape, dtype=np.int32)
    communes = gpd.GeoDataFrame(
        {"label": [1], "code": ["a"], "name": ["A"]}, geometry=[square(0, 0)], crs=CRS
    )
    found, areas = find_settlements(nobody, labels, communes, GRID, Findings(), "people.tif")
    assert found.empty
    assert areas.empty


# --- the scorecard and the dead spots -------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rule", ["centre", "half_of_pixels"])
def test_places_reconcile_from_commune_to_province_and_to_100_percent(scene: Scene, seed, rule):
    gaps = find_gaps(coverage_on(scene, seed), causes=False, village_rule=rule)
    keys = ["technology", "operator"]
    for of in PLACES:
        total = "road_km" if of == "road" else of
        for table in (gaps.communes, gaps.province):
            some = table[table[total] > 0]
            percent = some[[f"{of}_pct_{state}" for state in COUNTED]]
            np.testing.assert_allclose(percent.sum(axis=1, skipna=False), 100, rtol=1e-12)
            served = some[[f"{of}_pct_basic", f"{of}_pct_good"]].sum(axis=1)
            np.testing.assert_allclose(some[f"served_{of}_pct"], served)
            assert table.loc[table[total] == 0, f"served_{of}_pct"].isna().all()
            if of != "road":
                counts = table[[f"{of}_{state}" for state in COUNTED]].sum(axis=1)
                np.testing.assert_array_equal(counts, table[total])
        sums = gaps.communes.groupby(keys, sort=False)[total].sum()
        whole = gaps.province.set_index(keys)[total]
        np.testing.assert_allclose(sums, whole.loc[sums.index], rtol=1e-12)
    of_any = gaps.villages[(gaps.villages["operator"] == ANY)]
    unserved = of_any.groupby("technology")["state"].apply(lambda s: (s == "none").sum())
    row = gaps.province[gaps.province["operator"] == ANY].set_index("technology")
    np.testing.assert_array_equal(row["villages_none"], unserved.loc[row.index])


def test_facilities_and_roads_are_counted_where_they_lie(scene: Scene):
    gaps = find_gaps(coverage_on(scene, 5), causes=False)
    state = gaps.state.sel(operator="Beta", technology="3G")
    served = schools = 0
    for place in scene.facilities[scene.facilities["kind"] == "schools"].geometry:
        code = int(state.sel(x=place.x, y=place.y, method="nearest"))
        schools += 1
        served += code in (STATES["basic"], STATES["good"])
    row = gaps.province.set_index(["technology", "operator"]).loc[("3G", "Beta")]
    assert row["schools"] == schools == 10
    assert row["served_schools_pct"] == pytest.approx(100 * served / schools)
    km = scene.road_km.to_numpy()
    good = state.to_numpy() == STATES["good"]
    assert row["road_pct_good"] == pytest.approx(100 * km[good].sum() / km.sum())


def test_dead_spots_list_all_that_lies_inside(scene: Scene):
    gaps = find_gaps(coverage_on(scene, 8), causes=False, min_area_km2=0.0)
    assert len(gaps.dead_spots) > 5
    names = scene.villages.geometry
    for spot in gaps.dead_spots.itertuples():
        inside = names.within(spot.geometry).to_numpy()
        assert spot.villages == inside.sum()
        known = scene.villages["households"][inside]
        if len(known) and known.isna().all():
            assert spot.households is pd.NA
        else:
            assert spot.households == known.sum()
        for kind in ("schools", "clinics"):
            of_kind = scene.facilities[scene.facilities["kind"] == kind]
            assert getattr(spot, kind) == of_kind.within(spot.geometry).sum()
    km = scene.road_km.to_numpy()
    unserved = gaps.state.sel(operator=ANY, technology="4G").to_numpy() <= STATES["weak"]
    of_any = gaps.dead_spots.query("operator == @ANY and technology == '4G'")
    assert of_any["road_km"].sum() == pytest.approx(km[unserved].sum())


def test_what_is_not_known_is_not_counted(files: Files):
    gaps = find_gaps(coverage_on(files.open(), 8), causes=False)
    assert gaps.dead_spots[["households", "schools", "clinics", "road_km"]].isna().all(axis=None)
    assert not {"road_km", "schools"} & set(gaps.communes.columns)


def test_the_commune_table_tells_places_with_headings_in_both_languages(scene: Scene):
    gaps = find_gaps(coverage_on(scene), causes=False)
    table = commune_table(gaps)
    for language in ("en", "vi"):
        headers = commune_headers(gaps.communes, language)
        assert set(headers) == set(table.columns) - {"geometry"}
        assert len(set(headers.values())) == len(headers)
        assert not any("_" in text for text in headers.values())
    assert {"road_km", "schools", "people_factor", "4G_served_road_pct"} <= set(table.columns)


def test_the_area_of_the_case_is_what_it_says(scene: Scene):
    assert scene.grid.boundingbox.bbox == (WEST, SOUTH, EAST, NORTH)
    assert "10 clinics, 10 schools" in repr(scene)
