"""What is written for others: workbook in words, GeoParquet, Google Earth, and the open data."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import python_calamine
import rasterio
from pandas.api.types import is_float_dtype
from report_case import HOSTILE, make_case, make_checks

from phusong import report
from phusong.errors import InputError
from phusong.gaps import find_gaps
from phusong.report import files
from phusong.report.assumptions import assumptions
from phusong.report.columns import CODED, column_heading, table_title, unit, worded
from phusong.report.open_data import InputSource, Licence
from phusong.report.results import map_layers, result_tables
from phusong.report.words import _words, codes, word

LANGUAGES = ("vi", "en")
KML = "{http://www.opengis.net/kml/2.2}"
SOURCES = [
    InputSource("terrain", "dem.tif", "ab" * 32, "SRTM", "https://example.org/srtm", "CC0"),
    InputSource("stations", "stations.csv", "cd" * 32),
]


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def checks(case):
    return make_checks(case.gaps)


@pytest.fixture(scope="module")
def tables(case, checks):
    told = {"findings": case.findings, "assumptions": assumptions(case.gaps, "en")}
    return result_tables(case.gaps, case.plan, **checks) | told


@pytest.fixture(scope="module")
def hostile():
    return make_case(HOSTILE, HOSTILE[:2])


# ---- words and units


def test_every_column_of_every_table_has_a_heading(tables):
    keys = set(_words()["en"])
    lacking = [
        f"{table}.{column}"
        for table, frame in tables.items()
        for column in frame.columns.drop("geometry", errors="ignore")
        if not {f"{table}.{column}", column} & keys
    ]
    assert not lacking, f"give each a row of report/tables/words.csv: {lacking}"


def test_headings_of_a_table_are_told_apart(tables):
    for name, frame in tables.items():
        for language in LANGUAGES:
            told = [column_heading(column, language, name) for column in frame.columns]
            assert len(set(told)) == len(told), (name, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_sheets_are_such_as_excel_takes(language):
    names = [key.removeprefix("sheet_") for key in _words()["en"] if key.startswith("sheet_")]
    for settlements in (False, True):
        titles = [table_title(name, language, settlements=settlements) for name in names]
        assert len({title.casefold() for title in titles}) == len(titles)
        assert all(re.fullmatch(r"[^\[\]:*?/\\']{1,31}", title) for title in titles)


def test_facilities_that_a_user_named_have_headings():
    told = [
        column_heading(column, "vi")
        for column in ("served_post_offices_pct", "post_offices_pct_none", "post_offices_good")
    ]
    assert told == [
        "post_offices: được phục vụ (%)",
        "post_offices: trắng sóng (%)",
        "post_offices: tốt",
    ]


def test_settlements_are_not_called_villages(case, tmp_path):
    scene = case.coverage.scene
    scene = dataclasses.replace(scene, villages=scene.villages.assign(kind="settlement"))
    gaps = find_gaps(dataclasses.replace(case.coverage, scene=scene), causes=False)
    path = report.write_excel(tmp_path / "a.xlsx", gaps, language="vi")
    sheets = sheets_of(path)
    assert "Mã điểm dân cư (từ cụm dân số)" in sheets["Điểm dân cư"]
    assert set(sheets["Điểm dân cư"]["Loại"]) == {"Điểm dân cư (từ cụm dân số)"}
    headings = " ".join(heading for sheet in sheets.values() for heading in sheet).casefold()
    assert "thôn" not in headings
    assert "Thôn" not in " ".join(sheets)
    assert "Villages" not in {
        folder.findtext(f"{KML}name")
        for folder in document_of(report.write_kmz(tmp_path / "a.kmz", gaps)).iter(f"{KML}Folder")
    }


def test_numbers_with_fractions_have_a_unit(tables):
    """But for what is in the target's own unit."""
    bare = {"value", "reached", "low", "high"}
    lacking = [
        (table, column)
        for table, frame in tables.items()
        for column in frame.columns.difference(bare)
        if is_float_dtype(frame[column]) and (frame[column].dropna() % 1).any() and not unit(column)
    ]
    assert not lacking


def test_codes_are_put_into_words(tables):
    """No code is left in Vietnamese, and none is without its word."""
    seen = set()
    for frame in tables.values():
        told = worded(frame, "vi")
        for column in frame.columns.intersection(CODED):
            seen.add(column)
            assert set(frame[column].dropna()) - {""} <= set(codes(column)), column
            assert not set(told[column]) & set(codes(column)), column
    assert {"state", "kind", "answer", "certainty", "cause", "verdict", "metric"} <= seen


def test_empty_and_unknown_codes_are_kept_apart():
    frame = pd.DataFrame({"cause": ["", "terrain", "flood"], "operator": ["any", "Alpha", "Beta"]})
    told = worded(frame, "en")
    assert told["cause"].tolist() == ["Not told", "Behind terrain", "flood"]
    assert told["operator"].tolist() == ["Any operator", "Alpha", "Beta"]
    assert frame["cause"][1] == "terrain"


# ---- workbook


def sheets_of(path):
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {
        name: pd.DataFrame(rows[1:], columns=rows[0])
        for name in book.sheet_names
        for rows in [book.get_sheet_by_name(name).to_python()]
    }


@pytest.fixture(scope="module")
def workbook(case, checks, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    return sheets_of(report.write_excel(path, case.gaps, case.plan, case.findings, "vi", **checks))


def test_every_table_has_its_sheet(workbook, tables):
    expected = {word(f"sheet_{name}", "vi") for name in (*tables, "summary", "communes")}
    assert set(workbook) == expected
    rows = {name: len(frame) for name, frame in tables.items()}
    rows["villages"] = len(tables["villages"].drop_duplicates("code"))
    for name, count in rows.items():
        assert len(workbook[word(f"sheet_{name}", "vi")]) == count


def test_targets_are_told_with_dates_and_words(workbook):
    told = workbook["Chỉ tiêu"]
    assert told["Kết luận"].tolist() == ["Chưa thể kết luận", "Đạt"]
    assert told["Quá hạn"].tolist() == ["có", "không"]
    assert told["Thước đo"].tolist() == ["Dân được phục vụ (%)", "Diện tích được phục vụ (%)"]
    assert [f"{day:%Y-%m-%d}" for day in told["Thời hạn"]] == ["2026-12-31", "2027-06-30"]


def test_claims_and_switch_offs_are_told_by_name(workbook, checks):
    claim = checks["claims"]["100 %"]
    told = workbook["Đối chiếu công bố"]
    assert set(told["Công bố"]) == {"100 %"}
    assert set(told["Nhà mạng"]) == {"Bất kỳ nhà mạng nào"}
    people = told["Dân trong vùng công bố (người)"].sum()
    assert people == pytest.approx(claim.province["claimed_people"])
    lost = workbook["Tắt sóng"]["Dân mất sóng hoàn toàn khi tắt (người)"].sum()
    assert lost == pytest.approx(checks["switch_offs"]["no 3G"].province["lost_people"])
    assert lost > 0


def test_villages_are_told_in_words_one_a_line(workbook, case):
    told = workbook["Thôn, bản"].set_index("Mã thôn")
    assert set(told["Có điện lưới"]) == {"có", ""}
    assert told["Xã, phường"].tolist() == ["Xã Hợp Lý", "Xã Đồng Tĩnh"]
    assert set(told["Quy tắc xét trạng thái thôn"]) == {"Theo điểm đại diện"}
    for technology, operator in (("4G", "any"), ("4G", "Alpha"), ("3G", "Beta")):
        whose = technology if operator == "any" else f"{technology} {operator}"
        layer = case.gaps.villages.query("technology == @technology and operator == @operator")
        states = layer.set_index("code")["state"].map(lambda code: word(f"state_{code}", "vi"))
        assert told[f"{whose}: Trạng thái"].to_dict() == states.to_dict()
    assert set(told["4G: Kết luận"]) <= {word(f"answer_{code}", "vi") for code in codes("answer")}


def test_a_workbook_without_checks_and_villages_has_no_such_sheets(case, tmp_path):
    scene = dataclasses.replace(case.coverage.scene, villages=None)
    coverage = dataclasses.replace(case.coverage, scene=scene)
    gaps = dataclasses.replace(case.gaps, coverage=coverage)
    names = list(sheets_of(report.write_excel(tmp_path / "a.xlsx", gaps)))
    assert "Villages" not in names
    assert names[-1] == "Assumptions"
    assert not {"Targets", "Claims", "Changes between runs", "Switch-off"} & set(names)


# ---- GeoParquet


def test_geoparquet_holds_what_the_layers_are(case, tmp_path):
    pytest.importorskip("pyarrow")
    paths = report.write_geoparquet(tmp_path / "parquet", case.gaps, case.plan)
    layers = map_layers(case.gaps, case.plan)
    assert [path.stem for path in paths] == list(layers)
    assert sorted(paths) == sorted((tmp_path / "parquet").iterdir())
    for path in paths:
        read, layer = gpd.read_parquet(path), layers[path.stem]
        assert read.crs == layer.crs
        assert read.geometry.geom_equals(layer.geometry.reset_index(drop=True)).all()
        assert list(read.columns) == list(layer.columns)
    villages = gpd.read_parquet(tmp_path / "parquet" / "villages.parquet")
    assert villages["grid_power"].notna().sum() == len(villages) / 2


def test_without_pyarrow_the_extra_is_named(case, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"phusong\[parquet\]"):
        report.write_geoparquet(tmp_path / "parquet", case.gaps)
    assert not (tmp_path / "parquet").exists()


# ---- Google Earth


def document_of(path):
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read("doc.kml"))  # noqa: S314


def placemarks(root, folder):
    """Placemarks by the folder's name, in whatever it lies."""
    (found,) = [each for each in root.iter(f"{KML}Folder") if each.findtext(f"{KML}name") == folder]
    return list(found.iter(f"{KML}Placemark"))


def test_google_earth_gets_spots_sites_and_villages(case, tmp_path):
    path = report.write_kmz(tmp_path / "a.kmz", case.gaps, case.plan, "en")
    root = document_of(path)
    assert len(placemarks(root, "Proposed sites (2)")) == 2
    assert len(placemarks(root, "Villages")) == 2 * 2
    (spot,) = placemarks(root, "4G (1)")
    assert spot.findtext(f"{KML}name") in set(case.gaps.dead_spots["id"])
    style = spot.findtext(f"{KML}styleUrl")
    assert style == "#spot_weak"
    assert style[1:] in {each.get("id") for each in root.iter(f"{KML}Style")}
    ring = spot.find(f".//{KML}outerBoundaryIs//{KML}coordinates").text.split()
    corners = np.array([corner.split(",") for corner in ring], dtype=float)
    of_any = case.gaps.dead_spots[case.gaps.dead_spots["operator"] == "any"]
    bounds = of_any.to_crs(4326).total_bounds
    assert np.abs([*corners.min(axis=0), *corners.max(axis=0)] - bounds).max() < 1e-6
    assert len(spot.findall(f".//{KML}innerBoundaryIs")) == 1  # the square that is served


def test_one_technology_is_switched_on_at_first(case, tmp_path):
    root = document_of(report.write_kmz(tmp_path / "a.kmz", case.gaps))
    shown = {
        each.findtext(f"{KML}name"): each.findtext(f"{KML}visibility")
        for each in root.iter(f"{KML}Folder")
    }
    assert shown["3G (2)"] == "0"
    assert shown["4G (2)"] == shown["4G (1)"] == "1"


def test_gdal_reads_the_places(case, tmp_path):
    path = report.write_kmz(tmp_path / "a.kml", case.gaps, case.plan, "vi")
    layers = pyogrio.list_layers(path)[:, 0].tolist()
    assert "Trạm đề xuất (2)" in layers
    sites = gpd.read_file(path, layer="Trạm đề xuất (2)")
    assert sites.geometry.x.tolist() == pytest.approx(case.plan.sites["longitude"].tolist())


def test_the_same_result_gives_the_same_kmz(case, tmp_path):
    one, other = (
        report.write_kmz(tmp_path / f"{n}.kmz", case.gaps, case.plan).read_bytes() for n in "ab"
    )
    assert one == other


def test_names_from_files_are_no_markup_in_google_earth(hostile, tmp_path):
    path = report.write_kmz(tmp_path / "a.kml", hostile.gaps, hostile.plan, "vi")
    root = ElementTree.fromstring(path.read_bytes())  # noqa: S314
    names = {each.text for each in root.iter(f"{KML}name")}
    assert HOSTILE[0] in names  # a village of that name: text, whatever it looks like
    for told in root.iter(f"{KML}description"):
        assert "<img" not in told.text
        assert "<script" not in told.text
        assert "$" not in told.text  # Google Earth would put values in place of $[name]
    balloons = {each.text for each in root.iter(f"{KML}text")}
    assert balloons == {"$[description]"}


def test_characters_that_xml_cannot_hold_are_left_out(case, tmp_path):
    villages = case.gaps.villages.assign(name="bell \x07 bản")
    gaps = dataclasses.replace(case.gaps, villages=villages)
    root = document_of(report.write_kmz(tmp_path / "a.kmz", gaps))
    assert "bell  bản" in {each.text for each in root.iter(f"{KML}name")}


def test_a_language_that_is_not_there_writes_no_kmz(case, tmp_path):
    with pytest.raises(InputError, match="fr"):
        report.write_kmz(tmp_path / "a.kmz", case.gaps, language="fr")
    assert not list(tmp_path.iterdir())


# ---- open data


def bundle_of(case, folder, **options):
    told = {"title": "Tỉnh Đồng Mẫu", "sources": SOURCES, **options}
    path = report.write_open_data(folder, case.gaps, case.plan, **told)
    return json.loads(path.read_text(encoding="utf8"))


@pytest.fixture(scope="module")
def folder(case, checks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    bundle_of(case, folder, licence=Licence("CC-BY-4.0", "https://example.org/by"), **checks)
    return folder


@pytest.fixture(scope="module")
def package(folder):
    return json.loads((folder / "datapackage.json").read_text(encoding="utf8"))


def resource(package, name):
    (found,) = [each for each in package["resources"] if each["name"] == name]
    return found


READ_THE_PACKAGE = """
import sys, frictionless
tables = [each for each in frictionless.Package(sys.argv[1]).resources if each.format == "csv"]
for table in tables:
    result = table.validate()
    print(table.name, *result.flatten(["rowNumber", "fieldName", "message"]), sep="; ")
"""


def test_the_bundle_is_a_data_package(folder, package):
    """By the standard's own reader: schemas, types, hashes and sizes of every table.

    It has a process of its own, as it alters the limits of Python's csv for all others.
    """
    if find_spec("frictionless") is None:
        pytest.skip("frictionless is not installed")
    command = [sys.executable, "-c", READ_THE_PACKAGE, folder / "datapackage.json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf8", check=True)
    tables = [each["name"] for each in package["resources"] if each["format"] == "csv"]
    assert len(tables) > 10
    assert done.stdout.split("\n")[:-1] == tables  # a table with a fault has it behind its name


def test_every_file_is_described_as_it_is(folder, package):
    described = {each["path"]: each for each in package["resources"]}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(described) == there - {"datapackage.json"}
    for name, told in described.items():
        content = (folder / name).read_bytes()
        assert told["bytes"] == len(content)
        assert told["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert re.fullmatch(r"[a-z0-9._-]+", told["name"])
    assert len({each["name"] for each in package["resources"]}) == len(described)


def test_every_field_has_type_unit_and_words(folder, package):
    for told in package["resources"]:
        if told["format"] != "csv":
            continue
        frame = pd.read_csv(folder / told["path"])
        fields = told["schema"]["fields"]
        assert [field["name"] for field in fields] == list(frame.columns)
        for field in fields:
            assert field["description"]
            assert field["description_vi"]
            assert field["type"] in {"string", "number", "integer", "boolean", "date"}
    fields = resource(package, "communes_by_operator")["schema"]["fields"]
    by_name = {field["name"]: field for field in fields}
    assert by_name["area_km2"]["unit"] == "km2"
    assert by_name["area_km2"]["description_vi"] == "Diện tích (km²)"
    assert by_name["served_people_pct_low"]["unit"] == "%"
    fields = resource(package, "targets")["schema"]["fields"]
    by_name = {field["name"]: field for field in fields}
    assert (by_name["due"]["type"], by_name["overdue"]["type"]) == ("date", "boolean")


def test_codes_are_explained(package):
    fields = resource(package, "dead_spots")["schema"]["fields"]
    (cause,) = [field for field in fields if field["name"] == "cause"]
    labels = {each["value"]: each for each in cause["categories"]}
    assert labels["terrain"]["label"] == "Behind terrain"
    assert labels["terrain"]["label_vi"] == "Bị địa hình che khuất"


def test_sources_and_licences_are_those_that_were_given(package, case, tmp_path):
    assert package["name"] == "tinh-dong-mau"
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": "https://example.org/by"}]
    terrain, stations = package["sources"]
    assert terrain["path"] == "https://example.org/srtm"
    assert (terrain["licence"], terrain["sha256"]) == ("CC0", "ab" * 32)
    assert (stations["title"], stations["licence"]) == ("stations.csv", "not given")
    assert stations["licence_vi"] == "không nêu"
    assert "path" not in stations
    silent = bundle_of(case, tmp_path, rasters=False)
    assert "licenses" not in silent
    assert silent["licence"] == "not given"
    profile = package["service_profile"]
    assert (profile["name"], profile["probability"], profile["load"]) == (
        "vn_default",
        0.9,
        "not named",
    )


def test_positions_of_existing_sites_are_not_published(folder, case):
    assert "existing_sites" not in pyogrio.list_layers(folder / "coverage.gpkg")[:, 0]
    sites = set(case.coverage.network.cells["site_id"])
    values = {
        value
        for path in folder.rglob("*.csv")
        for column in pd.read_csv(path, dtype=str).to_numpy().T
        for value in column
    }
    assert "NEW-01" in values
    assert not sites & values


def test_a_bundle_is_the_same_again_and_holds_nothing_of_the_last(case, tmp_path):
    first = bundle_of(case, tmp_path, **make_checks(case.gaps))
    again = bundle_of(case, tmp_path, rasters=False)
    assert len(again["resources"]) < len(first["resources"])
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert there == {"datapackage.json", *(each["path"] for each in again["resources"])}
    assert bundle_of(case, tmp_path, rasters=False) == again


def test_rasters_of_the_bundle_open(folder):
    with rasterio.open(folder / "rasters" / "answer_any_4G.tif") as raster:
        assert raster.crs.to_epsg() == 32648


def test_text_of_the_bundle_is_no_formula(hostile, tmp_path):
    plan = hostile.plan
    sites = plan.sites.assign(owner=["=1+1", "+x"])
    case = dataclasses.replace(hostile, plan=dataclasses.replace(plan, sites=sites))
    bundle_of(case, tmp_path)
    owners = pd.read_csv(tmp_path / "tables" / "proposed_sites.csv")["owner"]
    assert owners.tolist() == ["'=1+1", "'+x"]
