"""The settings file of a job names places, a census and old communes, and the results have them."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from flat_world import cell_table
from places_case import CRS, EAST, NORTH, Files, write_files

from phusong.errors import InputError
from phusong.job import Job, JobSettings, run

SETTINGS = """name = "Places"

[inputs]
terrain = "terrain.tif"
stations = "stations.csv"
communes = "communes.gpkg"
population = "population.tif"
villages = "villages.gpkg"
facilities = "facilities.gpkg"
roads = "roads.gpkg"
crosswalk = "crosswalk.csv"
census = "census.csv"

[scene]
resolution_m = 100
crs = "EPSG:32648"
margin_km = 1
facility_kinds = { school = "schools", post_office = "post_offices" }

[service]
village_rule = "rule.toml"

[prediction]
model = "free_space"

[output]
rasters = false
path_loss = false
"""
RULE = """name = "two thirds"
text_en = "At least {share} of the pixels within {radius_m} m."
text_vi = "Ít nhất {share} số điểm ảnh trong bán kính {radius_m} m."
share = 0.67
radius_m = 250
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("job")
    files = write_files(folder)
    corner = gpd.GeoSeries.from_xy([EAST - 500], [NORTH - 500], crs=CRS).to_crs(4326)[0]
    place = {"longitude": corner.x, "latitude": corner.y, "power_dbm": 20.0, "azimuth_deg": 225.0}
    cell_table(place).to_csv(folder / "stations.csv", index=False)
    (folder / "rule.toml").write_text(RULE, encoding="utf8")
    (folder / "places.toml").write_text(SETTINGS, encoding="utf8")
    return files


@pytest.fixture(scope="module")
def job(files: Files) -> Job:
    folder = files.terrain.parent
    return run(folder / "places.toml", folder / "out", progress=False)


def test_the_run_counts_the_places_of_its_files(job: Job):
    province = job.gaps.province.iloc[0]
    assert (province["villages"], province["schools"], province["post_offices"]) == (25, 10, 10)
    assert province["road_km"] > 10
    assert province["people"] == pytest.approx(9000)
    assert job.gaps.old_communes["code"].nunique() == 5
    assert job.gaps.village_rule.text("en") == "At least 67 % of the pixels within 250 m."
    assert set(job.gaps.villages["rule"]) == {"two thirds"}
    communes = gpd.read_file(job.files["layers"], layer="communes")
    assert {"people_factor", "road_km", "4G_served_post_offices_pct"} <= set(communes.columns)
    old = gpd.read_file(job.files["layers"], layer="old_communes")
    assert len(old) == len(job.gaps.old_communes)
    assert old["people"].sum() == pytest.approx(job.gaps.old_communes["people"].sum())


def test_the_workbook_tells_of_old_communes_and_of_places(job: Job):
    sheets = pd.read_excel(job.files["workbook"], sheet_name=None, engine="calamine")
    old = sheets["Old communes"]
    of_any = job.gaps.old_communes.query("operator == 'any'")
    assert old["Old commune code"].tolist() == of_any["code"].tolist()
    assert old["4G: People served"].tolist() == pytest.approx(of_any["served_people"].tolist())
    assert old["Schools"].sum() == pytest.approx(of_any["schools"].sum())
    now = dict(zip(old["Old commune"], old["Now in communes"], strict=True))
    assert (now["Một"], now["Ba"]) == ("An", "Bình")
    assert re.fullmatch(r"(Chi|Dĩnh) \(\d+ %\), (Chi|Dĩnh) \(\d+ %\)", now["Bốn"])
    headings = [heading for sheet in sheets.values() for heading in sheet]
    assert [heading for heading in headings if "post_offices: served" in heading]
    assert not [heading for heading in headings if re.search("_(pct|none|km2)", heading)]


def test_the_record_has_a_hash_of_each_of_them(job: Job):
    record = json.loads(job.files["record"].read_text(encoding="utf8"))
    assert {"facilities", "roads", "census", "crosswalk", "villages"} <= set(record["inputs"])
    assert record["settings"]["service"]["village_rule"] == "rule.toml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('crosswalk = "crosswalk.csv"', 'crosswalk = "no.csv"', "inputs.crosswalk = 'no.csv'"),
        ('"rule.toml"', '"half"', "village_rule"),
        ('post_office = "post_offices"', 'post_office = "Bưu điện"', "facility_kinds"),
        ('census = "census.csv"', "", "give a column people, or a census by old code"),
    ],
)
def test_what_cannot_be_is_said_before_the_long_work(
    files: Files, tmp_path: Path, old: str, new: str, said: str
):
    path = files.terrain.parent / "wrong.toml"
    assert old in SETTINGS
    path.write_text(SETTINGS.replace(old, new), encoding="utf8")
    with pytest.raises(InputError) as raised:
        run(path, tmp_path, progress=False)
    assert said in str(raised.value)


def test_the_shipped_settings_name_the_places_of_the_real_province(shared: Path):
    settings = JobSettings.open(Path(__file__).parents[1] / "data" / "vinhphuc.toml")
    assert settings.inputs.old_communes is not None
    assert settings.scene.old_people == "pop_2019"
