"""Nobody, nothing, outside and on top of each other: a finding or an error, never a wrong sum."""

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from places_case import CRS, Files, communes, coverage_on, square, write_files, write_raster

from phusong.errors import InputError
from phusong.gaps import ANY, find_gaps


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_files(tmp_path)


def judged(scene, seed=0):
    return find_gaps(coverage_on(scene, seed), causes=False)


def reasons(scene, severity: str) -> str:
    frame = scene.findings
    return "\n".join(frame.loc[frame["severity"] == severity, "reason"])


def test_where_nobody_lives_area_is_told_and_people_are_not(tmp_path: Path):
    files = write_files(tmp_path, people=np.zeros((60, 60)))
    scene = files.open("facilities", "roads", "old_communes")
    assert "no people in any commune" in reasons(scene, "warning")
    assert scene.villages.empty
    gaps = judged(scene)
    for table in (gaps.communes, gaps.province, gaps.old_communes):
        assert not table["people"].any()
        assert table["served_people_pct"].isna().all()
        assert table["people_pct_cannot_say"].isna().all()
        assert table["served_area_pct"].notna().all()
    assert (gaps.dead_spots["people"] == 0).all()
    assert gaps.dead_spots["rank"].min() == 1
    assert gaps.villages.empty
    shares = scene.old.pieces.groupby("new_code")["share_of_new"].sum()
    np.testing.assert_allclose(shares, 1.0)  # by area


def test_a_census_where_the_raster_has_nobody_is_spread_evenly(tmp_path: Path):
    files = write_files(tmp_path, people=np.zeros((60, 60)))
    scene = files.open("crosswalk", "census")
    assert float(scene.people.sum()) == pytest.approx(9000)
    assert scene.communes["people_factor"].isna().all()
    assert "nobody in the raster: spread evenly" in reasons(scene, "warning")
    assert judged(scene).province["people"].iloc[0] == pytest.approx(9000)


def test_a_crosswalk_of_communes_without_people_splits_in_equal_parts(files: Files):
    files.census.write_text("code,people\nO1,0\nO2,0\nO3,7\nO4,0\nO5,0\n", encoding="utf8")
    scene = files.open("crosswalk", "census")
    shares = scene.old.pieces.set_index(["old_code", "new_code"])["share_of_new"]
    assert shares[("O1", "N1")] == shares[("O2", "N1")] == 0.5
    gaps = judged(scene)
    sums = gaps.old_communes.groupby(["technology", "operator"])["area_km2"].sum()
    np.testing.assert_allclose(sums, gaps.province["area_km2"].iloc[0])
    assert gaps.old_communes.loc[gaps.old_communes["code"] == "O1", "people_pct_none"].isna().all()


def test_an_empty_commune_is_left_out_and_one_without_a_pixel_is_kept(files: Files):
    more = gpd.GeoDataFrame(
        {"code": ["N5", "N6"], "name": ["Rỗng", "Nhỏ"]},
        geometry=[shapely.Polygon(), square(0, 0, 0.001, 0.001)],
        crs=CRS,
    )
    pd.concat([communes(), more]).to_file(files.communes)
    scene = files.open("old_communes", "roads")
    assert "empty geometry" in reasons(scene, "rejected")
    assert "covers no pixel's centre" in reasons(scene, "warning")
    assert scene.communes["code"].tolist() == ["N1", "N2", "N3", "N4", "N6"]
    small = judged(scene).communes.query("code == 'N6'")
    assert (small["area_km2"] == 0).all()
    assert small["served_area_pct"].isna().all()
    assert small["served_road_pct"].isna().all()


def test_a_commune_that_the_population_does_not_reach_is_named(files: Files):
    write_raster(files.population, np.ones((60, 30), dtype="float32"), pad=0)
    scene = files.open()
    told = reasons(scene, "warning")
    assert "no value on 18.0" in told
    assert "Bình: nobody lives there by this raster" in told
    assert "Dĩnh: nobody lives there by this raster" in told
    assert "An: nobody" not in told
    east = judged(scene).communes.query("code in ['N2', 'N4']")
    assert east["served_people_pct"].isna().all()
    assert east["served_area_pct"].notna().all()


def test_communes_beyond_the_terrain_are_refused(files: Files):
    write_raster(files.terrain, np.zeros((60, 30), dtype="int16"), pad=0)
    with pytest.raises(InputError, match="give terrain of the whole area") as raised:
        files.open()
    assert "terrain.tif" in raised.value.source


def test_a_population_of_another_area_is_refused(files: Files):
    write_raster(files.population, np.ones((20, 20), dtype="float32"), pad=500)
    with pytest.raises(InputError, match="lies nowhere in the area of the communes"):
        files.open()


def test_overlapping_communes_are_named_and_nobody_counts_twice(files: Files):
    over = communes()
    over.loc[1, "geometry"] = square(0.8, 0, 1.2)
    over.to_file(files.communes)
    scene = files.open("facilities", "roads")
    assert "communes N1 and N2 overlap on 1.80" in reasons(scene, "warning")
    gaps = judged(scene)
    plain = write_files(files.terrain.parent).open("facilities", "roads")
    for column in ("area_km2", "people", "road_km", "schools"):
        sums = gaps.communes.groupby(["technology", "operator"])[column].sum()
        assert sums.iloc[0] == pytest.approx(judged(plain).province[column].iloc[0])


def test_a_population_without_values_counts_as_nobody_and_it_is_said(tmp_path: Path):
    people = np.ones((60, 60))
    people[:30, :30] = np.nan
    people[40, 40] = -7
    scene = write_files(tmp_path, people=people).open()
    assert "900 cell(s) of 3600 without a value taken as 0 people" in reasons(scene, "info")
    assert "1 cell(s) with fewer than 0 people taken as 0" in reasons(scene, "repaired")
    assert "An: nobody lives there by this raster" in reasons(scene, "warning")
    assert float(scene.people.sum()) == pytest.approx(2699)
    assert judged(scene).served_percent("4G", ANY) >= 0


def test_people_that_are_no_numbers_are_refused(files: Files):
    scene = files.open()
    for wrong in (np.nan, -1.0, np.inf):
        people = scene.people.copy(deep=True)
        people[3, 4] = wrong
        bad = dataclasses.replace(scene, people=people)
        with pytest.raises(InputError, match="row 3, column 4"):
            judged(bad)
