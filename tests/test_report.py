"""Words, colours, tables, files and the page of the map, on a small made-up result."""

import ast
import base64
import dataclasses
import json
import re
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import python_calamine
import rasterio
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from odc.geo.geobox import GeoBox
from report_case import COLUMNS, GRID, HOSTILE, ROWS, SIGMA_DB, SQUARE, make_case
from scipy.stats import norm

from phusong import report
from phusong.errors import InputError
from phusong.gaps import ANSWERS, STATES
from phusong.planning.candidate_settings import KINDS
from phusong.report import (
    assumptions,
    commune_lines,
    files,
    map_scales,
    map_values,
    rasters,
    sheets,
    tables,
    words,
)
from phusong.report.legend import SHARE_COLOURS, share_colour
from phusong.report.markup import escaped, script_json

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


def unpacked(packed, columns):
    """What the page makes of packed codes."""
    bands = []
    for text in packed.bands:
        values = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=np.uint8)
        if packed.wide:
            low, high = values.reshape(2, -1).astype(int)
            values = low + 256 * high
        values = values.reshape(-1, columns)
        bands.append(np.cumsum(values, axis=1) % 256 if packed.differences else values)
    return np.concatenate(bands)


@given(
    arrays(
        st.sampled_from([np.uint8, np.uint16]),
        st.tuples(st.integers(1, 150), st.integers(1, 20)),
        elements=st.integers(0, 255),
    ),
    st.integers(1, 200),
)
@settings(max_examples=60, deadline=None)
def test_packed_codes_come_back_as_they_were(codes, times):
    if codes.dtype == np.uint16:
        codes = codes * times
    packed = map_values.pack(codes)
    assert packed.wide == (codes.dtype == np.uint16)
    assert (unpacked(packed, codes.shape[1]) == codes).all()


def test_steep_and_flat_codes_are_each_packed_the_smaller_way():
    rng = np.random.default_rng(1)
    slope = (np.arange(200) + rng.integers(0, 250, (128, 1))).astype(np.uint8)
    patches = np.repeat(rng.integers(0, 5, (128, 20)), 10, axis=1).astype(np.uint8)
    assert map_values.pack(slope).differences
    assert not map_values.pack(patches).differences
    assert map_values.packed_size(slope) == pytest.approx(map_values.pack(slope).size, rel=0.2)


def test_thinning_takes_the_middle_of_each_block():
    codes = np.arange(7 * 8).reshape(7, 8)
    assert (map_values.thinned(codes, 1) == codes).all()
    assert map_values.thinned(codes, 3).tolist() == [[9, 12], [33, 36]]


def test_levels_are_told_to_a_decibel_and_coloured_by_class():
    bar = map_scales.BARS["level"]
    level = np.array([[-160.0, -125.4, -90.2, np.nan, -90.0, -30.0]], dtype=np.float32)
    inside = np.array([[True, True, True, True, False, True]])
    codes = map_scales.bar_codes(level, inside, bar)
    scale = map_scales.bar_scale("level", "en")
    assert codes[0, 4] == 0
    shown = [scale.texts[code - 1] for code in codes[0, [0, 1, 2, 3, 5]]]
    assert shown == ["−150", "−125", "−90", "–", "−40"]
    colours = dict(zip(scale.texts, scale.colours, strict=True))
    assert colours["−126"] == bar.palette[0] != colours["−125"] == bar.palette[1]
    assert colours["−65"] == bar.palette[-1]
    assert len(scale.texts) < 255


@pytest.mark.parametrize("key", map_scales.BARS)
def test_the_values_of_a_scale_are_those_of_its_codes(key):
    bar = map_scales.BARS[key]
    values = np.atleast_2d(bar.values)
    codes = map_scales.bar_codes(values, np.ones(values.shape, dtype=bool), bar)
    assert codes[0].tolist() == list(range(2, 2 + values.size))
    assert values.size < 254
    assert values[0, -1] == pytest.approx(10**bar.last if bar.logarithmic else bar.last)


def test_states_are_coded_and_outside_is_clear():
    codes = np.array([254, 0, 1, 2, 3, 255], dtype=np.uint8)
    assert map_scales.named_codes(codes, "state").tolist() == [1, 2, 3, 4, 5, 0]
    answers = np.array([254, 0, 1, 2, 255], dtype=np.uint8)
    assert map_scales.named_codes(answers, "answer").tolist() == [1, 2, 3, 4, 0]


def test_the_probability_told_from_a_level_is_that_of_the_coverage(case):
    """Within what a decibel of the level makes, and half a percent of rounding."""
    level = np.arange(-130.0, -80.0, 0.1)
    scale = map_scales.probability_scale(-107.0, SIGMA_DB, "en")
    everywhere = np.ones(level.shape, dtype=bool)
    codes = map_scales.bar_codes(level, everywhere, map_scales.BARS["level"])
    told = [float(scale.texts[code - 1].removesuffix(" %")) for code in codes]
    true = 100 * norm.cdf((level + 107.0) / SIGMA_DB)
    assert np.abs(told - true).max() < 3.1


@pytest.mark.parametrize(
    ("resolution_m", "side_km"), [(30.0, 50), (90.0, 50), (1000.0, 50), (500.0, 800)]
)
def test_the_page_finds_each_pixel_where_it_lies(resolution_m, side_km):
    """The polynomial of the page, anywhere in the picture, against the projections."""
    grid = GeoBox.from_bbox(
        (545_000, 2_000_000, 545_000 + 1e3 * side_km, 2_000_000 + 1e3 * side_km),
        "EPSG:32648",
        resolution=resolution_m,
    )
    fit = map_values.web_fit(grid)
    west, south, east, north = fit.bounds_m
    u, v = np.random.default_rng(2).uniform(-1, 1, (2, 500))
    x, y = west + (u + 1) / 2 * (east - west), north - (v + 1) / 2 * (north - south)
    to_grid = pyproj.Transformer.from_crs(3857, grid.crs.proj, always_xy=True)
    true_column, true_row = ~grid.affine * to_grid.transform(x, y)
    terms = np.array([u**i * v**j for i, j in fit.powers])
    assert np.abs(fit.column @ terms - true_column).max() < 0.03
    assert np.abs(fit.row @ terms - true_row).max() < 0.03
    assert max(fit.shape) <= 3001
    west_deg, south_deg, east_deg, north_deg = fit.bounds_degrees
    to_mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    assert to_mercator.transform(west_deg, south_deg) == pytest.approx((west, south))
    assert to_mercator.transform(east_deg, north_deg) == pytest.approx((east, north))


def test_communes_are_coloured_by_class():
    colours = [share_colour(share) for share in (0, 49.9, 50, 80, 90, 95, 99, 100)]
    assert colours == [SHARE_COLOURS[i] for i in (0, 0, 1, 2, 3, 4, 5, 5)]
    assert share_colour(float("nan")) not in SHARE_COLOURS


# ---- the page


def test_the_same_input_gives_the_same_page_however_often(case):
    one, other = drawn(case), drawn(case)
    assert one.html() == other.html() == one.html()


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


def names_in(folder):
    return {
        node["label"]: [leaf["label"] for leaf in node["children"]] for node in folder["children"]
    }


def test_what_was_not_computed_has_no_raster(case):
    """Beta has no 4G."""
    states, answers, levels, chances, servers, *_ = tree_of(drawn(case, language="en"))
    assert names_in(states) == {
        "3G": ["Any operator", "Alpha", "Beta"],
        "4G": ["Any operator", "Alpha"],
    }
    assert names_in(answers) == names_in(states)
    assert names_in(levels) == {
        "3G · RSCP (dBm)": ["Alpha", "Beta"],
        "4G · RSRP (dBm)": ["Alpha"],
    }
    assert names_in(chances) == names_in(servers) == {"3G": ["Alpha", "Beta"], "4G": ["Alpha"]}


def test_a_map_without_plan_and_villages_has_no_such_groups(case):
    gaps = dataclasses.replace(case.gaps, villages=case.gaps.villages.iloc[:0])
    labels = [node["label"] for node in tree_of(report.map(case.coverage, gaps, language="en"))]
    assert labels == [
        "State of service",
        "Served, or not, or cannot say",
        "Signal level",
        "Probability of basic service",
        "Best server",
        "No coverage layer",
        "Dead spots",
        "Communes",
        "Existing sites",
    ]


def test_the_title_has_the_name_of_the_area(case):
    html = drawn(case, name="Vĩnh <b>Phúc</b>", language="vi").html()
    title = re.search("<title>(.*)</title>", html)[1]
    assert title == "Bản đồ phủ sóng di động · Vĩnh &lt;b&gt;Phúc&lt;/b&gt;"


def test_a_smaller_page_has_coarser_pixels(case):
    page = drawn(case, language="en")
    sizes = {most_mb: page.html(most_mb=most_mb) for most_mb in (4.0, 0.01)}
    pixels = {
        most_mb: re.search(r"Pixels: states ([\d,]+) m, other layers ([\d,]+) m", html).groups()
        for most_mb, html in sizes.items()
    }
    assert pixels == {4.0: ("100", "100"), 0.01: ("800", "1,600")}
    assert len(sizes[0.01]) < len(sizes[4.0])


def test_gaps_to_compare_with_must_lie_on_the_same_grid(case):
    other = SimpleNamespace(scene=SimpleNamespace(grid=GRID.zoom_out(2)))
    after = dataclasses.replace(case.gaps, coverage=other)
    with pytest.raises(InputError, match="same scene"):
        drawn(case, after=after)


def test_every_result_explores_itself(case):
    for result in (case.coverage.scene, case.coverage, case.gaps, case.plan, case.plan.network):
        page = result.explore(name="Here", language="en")
        assert "Mobile coverage map · Here" in page.html()
        assert "<iframe" in page._repr_html_()


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_from_files_are_no_markup(hostile, language):
    html = drawn(hostile, language=language).html()
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    assert "${alert" not in html
    assert "7*7" in html
    assert " 49 " not in html  # the template in the name was run


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_data_in_a_script_is_what_it_was_and_holds_no_mark(value):
    text = script_json(value)
    assert json.loads(text) == value
    assert not set(re.sub(r"[{}\[\],:]", "", text)) & set("<>`$'&")
    assert not re.search("{[{%#]", text)


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
