"""Words, colours, tables, files and the page of the map, on a small made-up result."""

import ast
import base64
import dataclasses
import io
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import python_calamine
import rasterio
import xlsxwriter
from odc.geo.geobox import GeoBox
from PIL import Image
from report_case import COLUMNS, GRID, HOSTILE, ROWS, SIGMA_DB, SQUARE, make_case

from phusong import report
from phusong.errors import InputError
from phusong.gaps import ANSWERS, STATES
from phusong.planning.candidates import KINDS
from phusong.report import (
    assumptions,
    commune_lines,
    files,
    overlay,
    rasters,
    sheets,
    tables,
    words,
)
from phusong.report.legend import SHARE_COLOURS, share_colour
from phusong.report.markup import escaped

LANGUAGES = ("vi", "en")
CONDITIONS = {
    "service_profile": "vn_default",
    "probability": "0.9",
    "load": "not named",
    "place": "outdoor",
}
SOURCE = Path(report.__file__).parent


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def hostile():
    return make_case(HOSTILE, HOSTILE[:2])


def drawn(case, **options):
    return report.map(case.coverage, case.gaps, case.plan, **options)


# ---- words


def rows_of_words():
    return pd.read_csv(SOURCE / "tables" / "words.csv", keep_default_na=False)


def test_every_word_is_there_in_both_languages():
    table = rows_of_words()
    assert tuple(table.columns) == ("key", *LANGUAGES)
    assert not table["key"].duplicated().any()
    assert (table.apply(lambda column: column.str.strip()) == table).all(axis=None)
    assert (table != "").all(axis=None)


def test_every_word_that_is_asked_for_exists():
    keys = set(rows_of_words()["key"])
    calls = [
        node
        for path in SOURCE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("word", "_text")
    ]
    asked = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert len(asked) > 40
    assert asked <= keys


def test_families_of_words_are_whole(case):
    keys = set(rows_of_words()["key"])
    assert {f"state_{name}" for name in STATES} <= keys
    assert {f"kind_{kind}" for kind in KINDS} <= keys
    assert {f"summary.{key}" for key in tables.summary_values(case.gaps, case.plan).index} <= keys
    assert {f"predict.{name}" for name in case.coverage.settings.model_dump()} <= (
        keys | {f"predict.{name}" for name in assumptions._TOLD_BEFORE}
    )


def test_numbers_are_written_as_each_language_does():
    assert words.number(-1234567.25, "vi", 1) == "-1.234.567,2"
    assert words.number(-1234567.25, "en", 1) == "-1,234,567.2"
    assert words.number(999, "vi") == "999"
    assert words.percent(99.95, "vi") == "100,0 %"
    assert words.number(float("nan"), "vi") == words.percent(float("nan"), "en") == "–"


@pytest.mark.parametrize(
    "call",
    [
        lambda case, path: report.word("yes", "fr"),
        lambda case, path: words.number(1.0, "fr"),
        lambda case, path: report.summary(case.gaps, language="fr"),
        lambda case, path: drawn(case, language="fr"),
        lambda case, path: report.write_excel(path, case.gaps, language="fr"),
    ],
)
def test_an_unknown_language_names_those_there_are(case, tmp_path, call):
    with pytest.raises(InputError, match=r"'fr'.*'vi', 'en'"):
        call(case, tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


# ---- rasters


def test_a_palette_png_keeps_classes_and_makes_zero_transparent():
    classes = np.array([[0, 1], [2, 0]], dtype=np.uint8)
    header, data = overlay.palette_png(classes, ["#ff0000", "#0000ff"]).split(",")
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert header == "data:image/png;base64"
    assert image.mode == "P"
    pixels = np.asarray(image.convert("RGBA"))
    assert (pixels[..., 3] == [[0, 255], [255, 0]]).all()
    assert (pixels[0, 1, :3] == [255, 0, 0]).all()
    assert (pixels[1, 0, :3] == [0, 0, 255]).all()


def test_levels_are_classed_with_their_bounds_in_the_higher_class():
    level = np.array([[-130.0, -125.0, -65.0, np.nan, -90.0]], dtype=np.float32)
    inside = np.array([[True, True, True, True, False]])
    assert overlay.level_classes(level, inside).tolist() == [[1, 2, 14, 15, 0]]
    assert len(overlay.LEVEL_PALETTE) == 15


def test_states_are_classed_and_outside_is_clear():
    codes = np.array([0, 1, 2, 3, 254, 255], dtype=np.uint8)
    assert overlay.state_classes(codes).tolist() == [1, 2, 3, 4, 5, 0]


@pytest.mark.parametrize("resolution_m", [30.0, 90.0, 1000.0])
def test_the_warp_puts_each_pixel_where_it_lies(resolution_m):
    """Each pixel of the image, asked for its place, is of the source pixel there."""
    grid = GeoBox.from_bbox(
        (545_000, 2_340_000, 595_000, 2_380_000), "EPSG:32648", resolution=resolution_m
    )
    warp = overlay.web_warp(grid)
    (south, west), (north, east) = warp.bounds
    to_mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    left, bottom = to_mercator.transform(west, south)
    right, top = to_mercator.transform(east, north)
    rows, columns = warp.source.shape
    row, column = np.mgrid[0:rows:37, 0:columns:41]
    x = left + (column + 0.5) / columns * (right - left)
    y = top - (row + 0.5) / rows * (top - bottom)
    to_grid = pyproj.Transformer.from_crs(3857, grid.crs.proj, always_xy=True)
    true_column, true_row = ~grid.affine * to_grid.transform(x, y)
    found = warp.source[row, column]
    inside = found >= 0
    assert inside.mean() > 0.8
    off_row = np.abs(found // grid.shape[1] + 0.5 - true_row)[inside]
    off_column = np.abs(found % grid.shape[1] + 0.5 - true_column)[inside]
    allowed = 0.5 + 0.125  # GDAL lets itself off an eighth of a pixel
    assert max(off_row.max(), off_column.max()) < allowed
    assert max(off_row.mean(), off_column.mean()) < 0.28  # 0.25 were there no error at all
    assert (right - left) / columns < 25 / 0.92


def test_a_large_grid_is_thinned_to_what_a_browser_holds():
    grid = GeoBox.from_bbox((500_000, 2_000_000, 800_000, 2_300_000), "EPSG:32648", resolution=100)
    assert max(overlay.web_warp(grid).source.shape) <= 3001


def test_communes_are_coloured_by_class():
    colours = [share_colour(share) for share in (0, 49.9, 50, 80, 90, 95, 99, 100)]
    assert colours == [SHARE_COLOURS[i] for i in (0, 0, 1, 2, 3, 4, 5, 5)]
    assert share_colour(float("nan")) not in SHARE_COLOURS


# ---- the page


def test_the_same_input_gives_the_same_page(case):
    pages = [drawn(case).get_root().render() for _ in range(2)]
    assert pages[0] == pages[1]


def leaves(nodes):
    for node in nodes:
        yield from [node] if "layer" in node else leaves(node["children"])


def tree_of(page):
    return next(
        child for name, child in page._children.items() if name.startswith("tree")
    ).overlay_tree


def test_few_layers_are_shown_at_the_start(case):
    tree = tree_of(drawn(case, language="en"))
    shown = [leaf["label"] for leaf in leaves(tree) if leaf["layer"].show]
    assert shown == ["Any operator", "4G · Alpha (2)", "4G (1)", "Outlines", "None"]


def test_what_was_not_computed_has_no_raster(case):
    """Beta has no 4G."""
    states, answers, levels, *_ = tree_of(drawn(case, language="en"))

    def names(folder):
        return {
            node["label"]: [leaf["label"] for leaf in node["children"]]
            for node in folder["children"]
        }

    assert names(states) == {
        "3G": ["Any operator", "Alpha", "Beta"],
        "4G": ["Any operator", "Alpha"],
    }
    assert names(answers) == names(states)
    assert names(levels) == {"3G · RSCP (dBm)": ["Alpha", "Beta"], "4G · RSRP (dBm)": ["Alpha"]}


def test_a_map_without_plan_and_villages_has_no_such_groups(case):
    gaps = dataclasses.replace(case.gaps, villages=case.gaps.villages.iloc[:0])
    labels = [node["label"] for node in tree_of(report.map(case.coverage, gaps, language="en"))]
    assert labels == [
        "State of service",
        "Served, or not, or cannot say",
        "Signal level",
        "No coverage layer",
        "Dead spots",
        "Communes",
        "Existing sites",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_from_files_are_no_markup(hostile, language):
    html = drawn(hostile, language=language).get_root().render()
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    assert "${alert" not in html
    assert "7*7" in html
    assert " 49 " not in html  # the template in the name was run


def test_escaped_text_holds_no_mark_of_any_template():
    assert not set(escaped("".join(map(chr, range(32, 127))))) & set("<>{}`$\\\"'")


# ---- tables


def test_the_commune_table_has_a_row_per_commune(case):
    table = report.commune_table(case.gaps)
    assert table["code"].tolist() == ["001", "002", "003"]
    assert table["4G_area_pct_good"].tolist() == pytest.approx([0.0, 0.9, 0.0])  # 9 of 1000 pixels
    assert table["4G_served_area_pct"].tolist() == pytest.approx([0.0, 0.9, 0.0])
    assert table["3G_served_people_pct"].tolist() == pytest.approx([100.0] * 3)
    assert table.crs == GRID.crs.proj
    headers = commune_lines.commune_headers(case.gaps.communes, "en")
    assert [*headers, "geometry"] == list(table.columns)
    assert headers["4G_area_pct_weak"] == "4G: Area, weak (%)"


def test_the_commune_table_of_one_operator(case):
    table = report.commune_table(case.gaps, "Beta")
    assert (table["4G_area_pct_not_computed"] == 100).all()
    with pytest.raises(InputError, match=r"'Gamma'.*'Beta'"):
        report.commune_table(case.gaps, "Gamma")


def test_the_worst_communes_come_first(case):
    worst = report.worst_communes(case.gaps, count=3)
    assert worst["code"].tolist() == ["001", "003", "002"]
    assert worst["served_people_pct"].tolist() == pytest.approx([0.0, 0.0, 0.9])
    assert len(report.worst_communes(case.gaps, "3G", count=2)) == 2
    with pytest.raises(InputError, match=r"'6G'.*'3G', '4G'"):
        report.worst_communes(case.gaps, "6G")


def test_communes_without_people_are_last(case):
    communes = case.gaps.communes.copy()
    nobody = communes["code"] == "001"
    communes.loc[nobody, "served_people_pct"] = np.nan
    gaps = dataclasses.replace(case.gaps, communes=communes)
    assert report.worst_communes(gaps)["code"].tolist() == ["003", "002", "001"]


def test_the_summary_tells_any_operator_and_the_plan(case):
    values = tables.summary_values(case.gaps, case.plan)
    pixels, good = (COLUMNS - 2) * ROWS, 9
    assert values.loc["served_area_pct", "4G"] == pytest.approx(100 * good / pixels)
    assert values.loc["people_unserved", "4G"] == pytest.approx(2 * (pixels - good))
    assert values.loc["dead_spots"].tolist() == [0, 1]
    assert values.loc["dead_spots_area_km2", "4G"] == pytest.approx(
        (pixels - good) * case.coverage.scene.pixel_area_km2
    )
    assert values.loc["people_newly_served", "4G"] == 2234
    assert np.isnan(values.loc["people_newly_served", "3G"])
    text = report.summary(case.gaps, case.plan, language="vi")
    assert text.loc["Dân trắng sóng hoặc lõm sóng (người)", "4G"] == "5.782"
    assert text.loc["Số trạm đề xuất"].tolist() == ["–", "2"]
    assert report.summary(case.gaps, language="en").index[1] == "People served (%)"


# ---- files


def test_the_geopackage_holds_every_layer(case, tmp_path):
    path = report.write_gpkg(tmp_path / "a.gpkg", case.gaps, case.plan)
    report.write_gpkg(path, case.gaps, case.plan)  # replaces, adds nothing
    rows = {name: len(gpd.read_file(path, layer=name)) for name, _ in pyogrio.list_layers(path)}
    assert rows == {
        "communes": 3,
        "communes_by_operator": 3 * 2 * 3,
        "dead_spots": len(case.gaps.dead_spots),
        "villages": 2 * 2 * 3,
        "existing_sites": 6,
        "proposed_sites": 2,
    }
    communes = gpd.read_file(path, layer="communes")
    assert communes.crs.to_epsg() == 32648
    assert communes["4G_served_area_pct"].tolist() == pytest.approx([0.0, 0.9, 0.0])
    assert communes.area.sum() == pytest.approx(29e6)
    assert gpd.read_file(path, layer="proposed_sites")["owner"].tolist() == ["Xã Đồng Tĩnh", ""]
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


def test_empty_layers_are_written(case, tmp_path):
    gaps = dataclasses.replace(
        case.gaps,
        villages=case.gaps.villages.iloc[:0],
        dead_spots=case.gaps.dead_spots.iloc[:0],
    )
    path = report.write_gpkg(tmp_path / "a.gpkg", gaps)
    info = pyogrio.read_info(path, layer="dead_spots")
    assert (info["features"], info["geometry_type"]) == (0, "MultiPolygon")
    assert "proposed_sites" not in pyogrio.list_layers(path)[:, 0]


def test_a_failed_write_leaves_the_old_file(case, tmp_path, monkeypatch):
    path = report.write_gpkg(tmp_path / "a.gpkg", case.gaps)
    before = path.read_bytes()

    def fail(*arguments):
        arguments[0].write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(files, "_add_layer", fail)
    with pytest.raises(OSError, match=r"disk full"):
        report.write_gpkg(path, case.gaps)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


def test_rasters_are_whole_cogs(case, tmp_path):
    paths = report.write_cogs(tmp_path / "rasters", case.coverage, case.gaps)
    assert sorted(path.name for path in paths) == [
        "answer_Alpha_3G.tif",
        "answer_Alpha_4G.tif",
        "answer_Beta_3G.tif",
        "answer_Beta_4G.tif",
        "answer_any_3G.tif",
        "answer_any_4G.tif",
        "level_Alpha_3G.tif",
        "level_Alpha_4G.tif",
        "level_Beta_3G.tif",
        "state_Alpha_3G.tif",
        "state_Alpha_4G.tif",
        "state_Beta_3G.tif",
        "state_Beta_4G.tif",
        "state_any_3G.tif",
        "state_any_4G.tif",
    ]
    assert sorted(paths) == sorted((tmp_path / "rasters").iterdir())
    with rasterio.open(tmp_path / "rasters" / "level_Alpha_4G.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.crs.to_epsg() == 32648
        assert raster.transform == GRID.affine
        assert raster.dtypes == ("float32",)
        assert np.isnan(raster.nodata)
        assert raster.units == ("dBm",)
        assert raster.descriptions == ("median RSRP of Alpha 4G",)
        assert raster.tags()["shadowing_sigma_db"] == f"{SIGMA_DB:g}"
        assert raster.tags()["quantity"] == "RSRP"
        assert raster.tags().items() >= CONDITIONS.items()
        expected = case.coverage["level_dbm"].sel(operator="Alpha", technology="4G")
        np.testing.assert_array_equal(raster.read(1), expected)
    with rasterio.open(tmp_path / "rasters" / "state_any_4G.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (raster.dtypes, raster.nodata) == (("uint8",), 255)
        assert (raster.read(1)[SQUARE] == STATES["good"]).all()
        assert raster.colormap(1)[STATES["good"]] == (0x21, 0x66, 0xAC, 255)
        assert raster.tags().items() >= CONDITIONS.items()
    with rasterio.open(tmp_path / "rasters" / "answer_any_4G.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (raster.dtypes, raster.nodata) == (("uint8",), 255)
        assert raster.crs.to_epsg() == 32648
        assert (raster.read(1)[SQUARE] == ANSWERS["served"]).all()
        assert raster.colormap(1)[ANSWERS["cannot_say"]] == (0xF7, 0xF7, 0xC4, 255)
        assert raster.tags().items() >= (CONDITIONS | {"confidence": "0.9"}).items()
        assert "0 not_served, 1 cannot_say, 2 served" in raster.tags()["quantity"]


def test_large_rasters_have_overviews(case, tmp_path):
    grid = GeoBox.from_bbox((0, 0, 120_000, 120_000), "EPSG:32648", resolution=100)
    values = np.full(grid.shape, -90, dtype=np.float32)
    band = rasters._Band("level", "a", values, np.nan, "level", "dBm", {})
    with rasterio.open(rasters._write_cog(tmp_path / "a.tif", grid, band)) as raster:
        assert raster.overviews(1)


def test_file_names_stay_in_the_folder_and_apart(hostile, tmp_path):
    names = ["../x", "..\\x", "X", "", "Viettel mạng 1", "a" * 300, "a" * 300 + "b", "con/"]
    given = files.unique_names(names)
    assert list(given) == names
    assert len({name.casefold() for name in given.values()}) == len(names)
    assert all(re.fullmatch(r"[\w-]{1,64}", name) for name in given.values())
    paths = report.write_cogs(tmp_path / "rasters", hostile.coverage, hostile.gaps)
    assert {path.parent for path in paths} == {tmp_path / "rasters"}
    assert all(path.is_file() for path in paths)


def sheets_of(path):
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_workbook_tells_what_was_found_and_assumed(case, tmp_path):
    path = report.write_excel(tmp_path / "a.xlsx", case.gaps, case.plan, case.findings, "en")
    sheets = sheets_of(path)
    assert list(sheets) == [
        "Summary",
        "Communes",
        "Province",
        "Communes by operator",
        "Operators",
        "Roaming",
        "Dead spots",
        "Villages",
        "Proposed sites",
        "Findings in the input",
        "Assumptions",
    ]
    communes = pd.DataFrame(sheets["Communes"][1:], columns=sheets["Communes"][0])
    assert communes["Commune"].tolist() == ["Xã Đồng Tĩnh", "Xã Hợp Lý", "Phường Vĩnh Yên"]
    assert communes["4G: Area served (%)"].tolist() == pytest.approx([0.0, 0.9, 0.0])
    spots = pd.DataFrame(sheets["Dead spots"][1:], columns=sheets["Dead spots"][0])
    assert "Any operator" in spots["Operator"].tolist()
    assert set(spots["State"]) <= {"No signal", "Weak signal"}
    assumed = dict(row[:2] for row in sheets["Assumptions"][1:])
    assert assumed["Probability that a threshold is met"] == 0.9
    assert assumed["4G: Basic (outdoors) (dBm)"] == -115
    assert assumed["Propagation model"] == "ITU-R P.1812-8"
    assert assumed["Data: terrain"] == "dem.tif, sha256 ab12"
    assert assumed["Trees and houses without a clutter map (m)"] == 10
    assert assumed["Pixel size (m)"] == 100
    assert assumed["Confidence of an answer"] == 0.9
    assert assumed["Model error (dB): p1812"] == 9
    assert assumed["Load of the cells (0–1)"] == "not named"
    assert set(spots["Certainty"]) <= {"Certain", "Likely", "Cannot be said"}
    assert "no_station" not in set(spots["Dominant cause"])
    operators = pd.DataFrame(sheets["Operators"][1:], columns=sheets["Operators"][0])
    of_4g = operators[operators["Technology"] == "4G"]
    assert of_4g["People served by any operator"].tolist() == [0, 18, 0]


def test_text_in_the_workbook_is_no_formula(hostile, tmp_path):
    path = report.write_excel(
        tmp_path / "a.xlsx", hostile.gaps, hostile.plan, hostile.findings, "vi"
    )
    findings = sheets_of(path)["Lỗi dữ liệu đầu vào"]
    assert findings[1][3] == f"={HOSTILE[0]}"
    with zipfile.ZipFile(path) as parts:
        pages = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
    assert len(pages) == 11
    for page in pages:
        assert b"<f>" not in page
        assert b"<hyperlink" not in page
        assert b"<pane " in page
        assert b"<autoFilter" in page


def test_values_that_excel_cannot_hold_are_written_as_text(tmp_path):
    values = [1.5, np.int64(2), True, np.inf, np.nan, pd.NA, None, ["a", 1], "x" * 40_000]
    frame = pd.DataFrame(
        {"value": pd.Series(values, dtype=object), "people": [np.inf, 2] + [3] * 7}
    )
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheets.Sheets(book, "en").write("A", frame, {"value": "Value", "people": "People"})
    rows = sheets_of(tmp_path / "a.xlsx")["A"]
    told = [row[0] for row in rows]
    assert told == ["Value", 1.5, 2, "True", "inf", "", "", "", "a, 1", "x" * 32_767]
    assert [row[1] for row in rows] == ["People", "inf", 2, *[3] * 7]
