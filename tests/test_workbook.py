"""The workbook as it is read: its words, numbers, order and looks."""

import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import python_calamine
from flat_world import cell_table
from places_case import (
    CRS,
    EAST,
    NORTH,
    Files,
    communes,
    coverage_on,
    old_communes,
    write_files,
    write_raster,
)
from report_case import make_case, make_checks

from phusong import report
from phusong.gaps import ANY, find_gaps
from phusong.geodata.findings import SEVERITIES, Findings
from phusong.job import Job, run
from phusong.report import vectors
from phusong.report.phrases import phrases
from phusong.report.words import word

ENGLISH = re.compile(
    r"\b(and|the|more|of|is|are|was|not|with|without|lowest|highest|from|for|by|settings|"
    r"people|villages?|communes?|stations?|cells|used|taken|give|write|check)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\w+[=._]\S*|\bantennas=\S+")
"""What stays in a sentence as it is: quoted values, names of files, columns and arguments."""

SETTINGS = """name = "Many findings"

[inputs]
terrain = "terrain.tif"
stations = "stations.csv"
communes = "communes.gpkg"
population = "population.tif"
facilities = "facilities.gpkg"
roads = "roads.gpkg"
old_communes = "old_communes.gpkg"

[scene]
resolution_m = 100
crs = "EPSG:32648"
margin_km = 1
old_people = "census"

[prediction]
model = "free_space"

[output]
language = "vi"
rasters = false
path_loss = false
"""


def write_poor_files(folder: Path) -> Files:
    """Files of the case with what is often wrong in such files."""
    files = write_files(folder)
    heights = np.add.outer(np.arange(90), np.arange(90)).astype("int16")
    heights[10:12, 20:24], heights[40, 40:50] = -9999, -5
    write_raster(files.terrain, heights)
    drawn = communes()
    drawn.loc[1, "geometry"] = drawn.geometry[1].union(drawn.geometry[1].buffer(80))
    drawn.to_file(files.communes)
    old_communes().to_file(files.old_communes)
    corner = gpd.GeoSeries.from_xy([EAST - 500], [NORTH - 500], crs=CRS).to_crs(4326)[0]
    place = {"longitude": corner.x, "latitude": corner.y, "power_dbm": 20.0, "azimuth_deg": 225.0}
    wrong = [
        {},
        {"power_dbm": "46,5"},
        {"power_dbm": "abc"},
        {"antenna_height_m": 450},
        {"longitude": corner.y, "latitude": corner.x},
        {"latitude": 60.0},
        {"antenna": "no such antenna"},
        {"azimuth_deg": 480},
        {"frequency_mhz": 9000.0},
        {"cell_id": "C0"},
        {"electrical_tilt_deg": ""},
        {"antenna_gain_dbi": 29.5},
        {"structure": "tree"},
        {"bandwidth_mhz": "10 MHz"},
    ]
    cells = cell_table(*[place | change for change in wrong]).assign(Notes="x")
    text = cells.rename(columns={"antenna_height_m": "Độ cao anten"}).to_csv(index=False)
    (folder / "stations.csv").write_text(f"Danh sách\n{text}\nTổng,14\n", encoding="utf8")
    (folder / "poor.toml").write_text(SETTINGS, encoding="utf8")
    return files


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("poor")
    write_poor_files(folder)
    return run(folder / "poor.toml", folder / "out", progress=False)


@pytest.fixture(scope="module")
def case():
    return make_case()


def sheets_of(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def english_in(sheets: dict[str, list[list[object]]]) -> set[str]:
    texts = {text for rows in sheets.values() for row in rows for text in row}
    return {text for text in texts if isinstance(text, str) and is_english(text)}


def is_english(text: str) -> bool:
    return bool(ENGLISH.search(NAMES.sub("", text)))


# ---- words


def test_a_vietnamese_workbook_of_many_findings_has_no_english(job: Job):
    assert len(job.findings) > 25
    assert job.findings["reason"].map(is_english).sum() > 20
    assert english_in(sheets_of(job.files["workbook"])) == set()


def test_findings_as_csv_are_in_the_language_of_the_rest(job: Job):
    told = pd.read_csv(job.files["findings"], dtype=str, keep_default_na=False)
    assert list(told.columns) == list(job.findings.columns)
    assert set(told["severity"]) <= set(SEVERITIES)
    assert not [text for text in (*told["reason"], *told["mend"]) if is_english(text)]


def test_every_sentence_that_findings_know_is_vietnamese_in_the_workbook(case, tmp_path: Path):
    findings = Findings()
    for row in phrases():
        filled = row["en"].replace("{number}", "1,234.5").replace("{said}", "no value")
        findings.add(source="a.csv", severity="info", reason=filled.replace("{}", "x_1"))
    path = report.write_excel(
        tmp_path / "a.xlsx", case.gaps, case.plan, findings.frame(), "vi", **make_checks(case.gaps)
    )
    sheets = sheets_of(path)
    assert english_in({word("sheet_findings", "vi"): sheets[word("sheet_findings", "vi")]}) == set()
    told = str(sheets[word("sheet_findings", "vi")])
    assert "1.234,5" in told
    assert "1,234.5" not in told


# ---- what is told


def test_what_no_operator_serves_comes_first_and_each_part_is_in_order_of_rank(tmp_path: Path):
    gaps = find_gaps(coverage_on(write_files(tmp_path).open()), causes=False, min_area_km2=0.02)
    spots = gaps.dead_spots
    is_any = (spots["operator"] == ANY).to_numpy()
    assert is_any[: is_any.sum()].all()
    assert 5 < is_any.sum() < len(spots) - 5
    for _, part in spots.groupby(["operator", "technology"]):
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert part["people"].is_monotonic_decreasing
        assert np.ptp(part.index) == len(part) - 1  # in one piece
    layer = gpd.read_file(report.write_gpkg(tmp_path / "a.gpkg", gaps), layer="dead_spots")
    assert layer["id"].tolist() == spots["id"].tolist()
    shown = vectors.dead_spots_shown(gaps, spots["technology"].iloc[0])
    assert shown["rank"].tolist() == list(range(1, len(shown) + 1))


def test_people_of_the_states_and_of_the_answers_sum_to_all_people(job: Job):
    states = ["none", "weak", "basic", "good", "not_computed"]
    answers = ["surely_unserved", "cannot_say", "surely_served", "not_computed"]
    for table in (job.gaps.communes, job.gaps.province, job.gaps.old_communes):
        for parts in (states, answers):
            counted = table[[f"people_{part}" for part in parts]].sum(axis=1)
            assert counted.to_numpy() == pytest.approx(table["people"].to_numpy(), rel=1e-9)
        served = table["people_basic"] + table["people_good"]
        assert table["served_people"].to_numpy() == pytest.approx(served.to_numpy())
        percent = 100 * table["served_people"] / table["people"]
        assert percent.to_numpy() == pytest.approx(table["served_people_pct"].to_numpy())
        villages = table["villages_basic"] + table["villages_good"]
        assert table["served_villages"].to_numpy() == pytest.approx(villages.to_numpy())
    lines = sheets_of(job.files["workbook"])["Xã, phường"]
    people = [row[lines[0].index("4G: Dân được phục vụ (người)")] for row in lines[1:]]
    of_any = job.gaps.communes.query("operator == @ANY")
    assert people == pytest.approx(of_any["served_people"].tolist())


def test_the_assumptions_name_every_input_and_nothing_twice(job: Job):
    told = sheets_of(job.files["workbook"])["Giả thiết và nguồn"][1:]
    labels = [row[0] for row in told]
    assert len(set(labels)) == len(labels)
    assert all(row[1] != "" for row in told)
    assumed = dict(map(tuple, told))
    assert assumed["4G: Tầm tính (km)"] == job.coverage.settings.range_of("4G")
    files = {str(value).partition(", sha256 ")[0] for value in assumed.values()}
    inputs = job.settings.inputs.model_dump(exclude_none=True).values()
    assert {Path(path).name for path in inputs} <= files


# ---- looks


def test_sheets_are_frozen_filtered_and_set_up_to_be_printed(job: Job):
    with zipfile.ZipFile(job.files["workbook"]) as parts:
        pages = [parts.read(name).decode() for name in parts.namelist() if "/sheet" in name]
        styles = parts.read("xl/styles.xml").decode()
    assert len(pages) > 8
    for page in pages:
        assert 'ySplit="1"' in page
        assert 'orientation="landscape"' in page
        assert "&amp;P/&amp;N" in page
    assert sum('xSplit="2"' in page or 'xSplit="4"' in page for page in pages) > 3
    assert int(re.search(r'<cellXfs count="(\d+)"', styles)[1]) < 30
