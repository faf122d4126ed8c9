"""Clutter: heights of trees and houses where they belong, whatever is not known counted."""

import csv
import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio.transform import from_origin

from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.clutter import Clutter, read_clutter
from phusong.geodata.clutter_classes import (
    UNKNOWN,
    codes_by_word,
    column_by_code,
    read_clutter_classes,
)
from phusong.geodata.findings import COLUMNS, Findings
from phusong.geodata.scene import Scene

WEST, NORTH = 560_000, 2_369_000
BOX = GeoBox((20, 30), from_origin(WEST, NORTH, 90, 90), "EPSG:32648")
X = WEST + 90 * (np.arange(30) + 0.5)
Y = NORTH - 90 * (np.arange(20) + 0.5)


def write(path: Path, cells: object, transform: object, **profile: object) -> Path:
    cells = np.asarray(cells)
    bands = cells if cells.ndim == 3 else cells[np.newaxis]
    shape = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2]}
    options = {"driver": "GTiff", "crs": "EPSG:32648", "dtype": bands.dtype, **profile}
    with rasterio.open(path, "w", transform=transform, **shape, **options) as dataset:
        dataset.write(bands)
    return path


def cells_of(cell_m: float) -> object:
    return from_origin(WEST, NORTH, cell_m, cell_m)


def land_cover(side: int = 3, code: int = 10) -> np.ndarray:
    """Return codes of one class for the whole box, `side` cells to a pixel's side."""
    return np.full((20 * side, 30 * side), code, dtype="uint8")


def read(path: Path, **options: object) -> tuple[Clutter, pd.DataFrame]:
    findings = Findings()
    clutter = read_clutter(path, options.pop("box", BOX), findings=findings, **options)
    frame = findings.frame()
    assert tuple(frame.columns) == COLUMNS
    return clutter, frame


def reasons(frame: pd.DataFrame, severity: str) -> str:
    return "\n".join(frame.loc[frame["severity"] == severity, "reason"])


def built_in() -> pd.DataFrame:
    return read_clutter_classes("worldcover", Findings())


def table(path: Path, *rows: str, header: str = "code,name_en,height_m,shadowing_sigma_db") -> Path:
    path.write_text("\n".join((header, *rows)), encoding="utf8")
    return path


# The table of classes


def test_the_table_has_every_class_of_worldcover_with_the_heights_of_p_1812() -> None:
    classes = built_in().set_index("code")
    assert {10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100} <= set(classes.index)
    expected = {10: 15, 20: 4, 30: 0, 40: 0, 50: 10, 51: 6, 52: 15, 53: 20, 60: 0, 80: 0, 90: 0}
    assert classes["height_m"][list(expected)].to_dict() == expected
    sigma_db = classes["shadowing_sigma_db"]
    assert sigma_db[[50, 51, 52, 53]].eq(8).all()
    assert sigma_db[[30, 40, 60, 80]].eq(6).all()
    assert sigma_db[[10, 95]].between(9, 10).all()


def test_every_class_says_its_name_in_both_languages_and_its_source() -> None:
    classes = built_in()
    for column in ("name_en", "name_vi", "source"):
        assert (classes[column] != "").all()
        assert not classes[column].str.startswith(("=", "+", "-", "@")).any()
    for said in ("code:", "height", "sigma:"):
        assert classes["source"].str.contains(said).all()


def test_a_code_is_looked_up_in_one_step() -> None:
    codes = np.array([[10, 50], [80, UNKNOWN]], dtype="uint8")
    sigma_db = column_by_code(built_in(), "shadowing_sigma_db", elsewhere=6.5)[codes]
    assert sigma_db.dtype == np.float32
    np.testing.assert_array_equal(sigma_db, [[9.5, 8], [6, 6.5]])


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("landuse=forest", 10), ("wood", 10), ("residential", 50), ("village", 51), ("retail", 52),
        ("farm", 40), ("cemetery", 30), ("natural=water", 80), ("mangrove", 95), ("95", 95),
        ("tree cover", 10),
    ],
)  # fmt: skip
def test_a_tag_its_value_a_name_and_a_code_name_a_class(word: str, code: int) -> None:
    assert codes_by_word(built_in())[word] == code


def test_a_table_saved_by_a_spreadsheet_is_read_and_what_was_mended_is_noted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "own.csv"
    text = "Code;Name EN;Height m;Shadowing sigma dB\r\n0;water;0;6\r\n;;;\r\n7;rừng;12,5 m;9,5\r\n"
    path.write_bytes(text.encode("utf-8-sig"))
    findings = Findings()
    classes = read_clutter_classes(path, findings)
    assert classes["code"].tolist() == [0, 7]
    assert classes["height_m"].tolist() == [0, 12.5]
    assert classes["shadowing_sigma_db"].tolist() == [6, 9.5]
    assert classes["name_vi"].tolist() == ["", ""]
    mended = findings.frame()
    assert mended["row"].tolist() == [4, 4]
    assert set(mended["severity"]) == {"repaired"}


def test_every_wrong_row_of_a_table_is_named_at_once(tmp_path: Path) -> None:
    path = table(
        tmp_path / "bad.csv",
        "10,forest,15,9,landuse=forest",
        "10,wood,tall,9,landuse=forest|natural=wood",
        "255,city,20,8,",
        "2.5,,-3,,",
        "12,tower,180,8,",
        header="code,name_en,height_m,shadowing_sigma_db,osm_tags",
    )
    with pytest.raises(InputError) as raised:
        read_clutter_classes(path, Findings())
    said = "\n".join(raised.value.problems)
    assert "row 4, code '255' is outside 0 to 254" in said
    assert "row 5, code '2.5' is not whole" in said
    assert "row 3, height_m 'tall' is not a number" in said
    assert "row 5, height_m '-3' is outside 0 to 100 m" in said
    assert "row 6, height_m '180' is outside 0 to 100 m" in said
    assert "row 5, shadowing_sigma_db is empty" in said
    assert "row 5 has no name_en" in said
    assert "'10' stands in rows 2, 3" in said
    assert "'landuse=forest' stands in rows 2, 3" in said
    # "forest" names row 2, and is the value of a tag of both.
    assert "'forest' stands in rows 2, 3" in said
    assert "'wood'" not in said
    assert len(raised.value.problems) == 10


def test_a_table_without_its_columns_or_rows_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "bad.csv", header="code,height")
    with pytest.raises(InputError) as raised:
        read_clutter_classes(path, Findings())
    said = "\n".join(raised.value.problems)
    assert all(f"no column {name}" in said for name in ("name_en", "height_m"))
    assert "no row below its header" in said
    with pytest.raises(InputError, match="there is no file"):
        read_clutter_classes(tmp_path / "none.csv", Findings())
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="the file is empty"):
        read_clutter_classes(tmp_path / "empty.csv", Findings())


def test_the_shipped_table_can_be_copied_edited_and_given_back(tmp_path: Path) -> None:
    rows = built_in().to_dict("records")
    with (tmp_path / "mine.csv").open("w", encoding="utf8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "height_m": row["height_m"] / 2} for row in rows)
    path = write(tmp_path / "lc.tif", land_cover(), cells_of(30))
    clutter, _ = read(path, classes=tmp_path / "mine.csv")
    assert (clutter.height_m == 7.5).all()


# Rasters of classes


def test_heights_lie_on_the_terrain_s_grid_with_their_units(tmp_path: Path) -> None:
    cells = land_cover()
    cells[:30] = 80
    clutter, frame = read(write(tmp_path / "lc.tif", cells, cells_of(30)))
    assert clutter.height_m.dtype == np.float32
    assert clutter.code.dtype == np.uint8
    for array in (clutter.height_m, clutter.code):
        assert array.dims == ("y", "x")
        assert array.odc.geobox == BOX
    assert clutter.height_m.attrs["units"] == "m"
    np.testing.assert_array_equal(clutter.height_m[:10], 0)
    np.testing.assert_array_equal(clutter.height_m[10:], 15)
    assert list(frame["severity"].unique()) == ["info"]
    assert "part of the canopy" in reasons(frame, "info")
    assert "counted twice" in reasons(frame, "info")
    assert "clutter on 50.0% of the terrain, 7.5 m on average" in reasons(frame, "info")


def test_of_fine_cells_a_pixel_takes_the_class_of_most(tmp_path: Path) -> None:
    cells = land_cover(code=40)
    cells[0:3, 0:3] = [[10, 10, 40], [40, 10, 50], [50, 10, 10]]  # 5 of 9 are trees
    cells[0:3, 3:6] = [[10, 10, 50], [50, 50, 80], [80, 80, 80]]  # 4 of 9 are water
    clutter, _ = read(write(tmp_path / "lc.tif", cells, cells_of(30)))
    np.testing.assert_array_equal(clutter.code[0, :3], [10, 80, 40])
    np.testing.assert_array_equal(clutter.height_m[0, :3], [15, 0, 0])


def test_unknown_cells_have_no_say_and_a_pixel_of_them_alone_is_open_ground(
    tmp_path: Path,
) -> None:
    cells = land_cover(code=50)
    cells[0:3, 0:3] = [[0, 0, 0], [0, 0, 0], [77, 10, 10]]
    cells[0:3, 3:6] = [[0, 0, 0], [77, 77, 77], [78, 78, 78]]
    clutter, frame = read(write(tmp_path / "lc.tif", cells, cells_of(30), nodata=0))
    np.testing.assert_array_equal(clutter.code[0, :3], [10, UNKNOWN, 50])
    np.testing.assert_array_equal(clutter.height_m[0, :3], [15, 0, 10])
    assert "9 cell(s) of 5400 without a value" in reasons(frame, "info")
    unlisted = frame[frame["severity"] == "rejected"]
    assert unlisted["value"].tolist() == ["77", "78"]
    assert unlisted["reason"].str.startswith(("4 cell(s)", "3 cell(s)")).all()
    assert "known on 0.01 km2 of the terrain (0.2%): taken for open" in reasons(frame, "warning")


def test_of_coarse_cells_a_pixel_takes_the_one_at_its_centre(tmp_path: Path) -> None:
    codes = np.arange(9).reshape(3, 3) % 2 * 40 + 10  # 10 and 50 as on a chessboard
    path = write(tmp_path / "lc.tif", codes.astype("uint8"), cells_of(1000))
    clutter, frame = read(path)
    column, row = ((X - WEST) // 1000).astype(int), ((NORTH - Y) // 1000).astype(int)
    np.testing.assert_array_equal(clutter.code, codes[np.ix_(row, column)])
    assert "cells of 1000 m; a pixel takes the class of the nearest" in reasons(frame, "info")


@pytest.mark.parametrize("cell", [1 / 12000, 1 / 300])
def test_classes_lie_where_they_belong_after_reprojection(tmp_path: Path, cell: float) -> None:
    """A border along a parallel and a meridian, in degrees, from finer and from coarser cells."""
    corner, middle = (105.57, 21.43), (105.59, 21.41)
    sides = round(0.04 / cell)
    east, south = np.meshgrid(np.arange(sides) * cell, np.arange(sides) * cell)
    is_forest = (corner[0] + east >= middle[0] - 1e-9) & (corner[1] - south > middle[1] + 1e-9)
    cells = np.where(is_forest, 10, 30).astype("uint8")
    path = write(tmp_path / "lc.tif", cells, from_origin(*corner, cell, cell), crs="EPSG:4326")
    clutter, _ = read(path)
    to_degrees = Transformer.from_crs("EPSG:32648", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(*np.meshgrid(X, Y))
    expected = (longitude >= middle[0]) & (latitude > middle[1])
    # 0.0005 degrees are some 50 m: a shift by one pixel shows.
    clear = (np.abs(longitude - middle[0]) > 5e-4) & (np.abs(latitude - middle[1]) > 5e-4)
    assert 0.1 < expected.mean() < 0.9
    got = clutter.code.to_numpy() == 10
    np.testing.assert_array_equal(got[clear], expected[clear])


def test_beyond_the_file_s_edge_is_open_ground_and_said_so(tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", land_cover()[:, :45], cells_of(30))  # the western half
    clutter, frame = read(path)
    np.testing.assert_array_equal(clutter.height_m[:, :15], 15)
    np.testing.assert_array_equal(clutter.height_m[:, 15:], 0)
    assert (clutter.code[:, 15:] == UNKNOWN).all()
    warning = frame[frame["severity"] == "warning"].iloc[0]
    area = r"known on 2.43 km2 of the terrain \(50.0%\), of which 2.43 km2 lie beyond the file"
    assert pd.Series([warning["reason"]]).str.contains(area).all()
    assert "taken for open ground, 0 m" in warning["reason"]
    assert "too high" in warning["mend"]


def test_codes_kept_as_other_numbers_are_read(tmp_path: Path) -> None:
    for dtype in ("int16", "int32", "float32"):
        path = write(tmp_path / f"{dtype}.tif", land_cover().astype(dtype), cells_of(30))
        assert (read(path)[0].code == 10).all()


def test_numbers_that_are_no_codes_are_counted_not_rounded(tmp_path: Path) -> None:
    cells = land_cover().astype("float32")
    cells[0, :4] = [10.4, -10, 266, np.nan]  # 266 is 10 in eight bits
    _, frame = read(write(tmp_path / "lc.tif", cells, cells_of(30)))
    unlisted = frame[frame["severity"] == "rejected"]
    assert unlisted["value"].tolist() == ["-10.0", "10.4", "266.0"]
    assert "1 cell(s) of 5400 without a value" in reasons(frame, "info")


def test_of_many_unlisted_codes_ten_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    cells = land_cover()
    cells[0, :30] = np.repeat(np.arange(200, 215), 2)
    _, frame = read(write(tmp_path / "lc.tif", cells, cells_of(30)))
    unlisted = frame[frame["severity"] == "rejected"]
    assert len(unlisted) == 11
    assert unlisted["value"].iloc[0] == "200"
    assert unlisted["reason"].iloc[-1].startswith("10 cell(s) of 5 more classes")


def test_an_own_table_may_use_code_0(tmp_path: Path) -> None:
    own = table(tmp_path / "own.csv", "0,water,0,6", "1,trees,18,9")
    path = write(tmp_path / "lc.tif", land_cover(code=1), cells_of(30))
    clutter, _ = read(path, classes=own)
    assert (clutter.height_m == 18).all()
    path = write(tmp_path / "sea.tif", land_cover(code=0), cells_of(30))
    clutter, frame = read(path, classes=own)
    assert (clutter.code == 0).all()
    assert "nothing stands above 0 m anywhere" in reasons(frame, "warning")


def test_a_terrain_given_as_land_cover_is_refused(tmp_path: Path) -> None:
    heights = np.linspace(100.5, 900.5, 5400, dtype="float32").reshape(60, 90)
    with pytest.raises(InputError, match=r"holds no code of the table .* \(it holds 100.5, "):
        read(write(tmp_path / "dem.tif", heights, cells_of(30)))
    empty = write(tmp_path / "empty.tif", land_cover(code=0), cells_of(30), nodata=0)
    with pytest.raises(InputError, match="it holds none at all"):
        read(empty)


def test_a_raster_of_another_province_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "far.tif", land_cover(), from_origin(WEST + 9e4, NORTH, 30, 30))
    with pytest.raises(InputError, match="lies nowhere in the area"):
        read(path)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = rng.choice([10, 30, 50], (600, 900)).astype("uint8")
    whole = write(tmp_path / "lc.tif", noise, cells_of(3), compress="deflate")
    cut = tmp_path / "cut.tif"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(InputError, match=r"cut.tif: .*\n.*damaged"):
        read(cut)
    (tmp_path / "text.tif").write_text("not a raster")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read(tmp_path / "text.tif")
    bare = write(tmp_path / "bare.tif", land_cover(), cells_of(30), crs=None)
    with pytest.raises(InputError, match="no coordinate reference system"):
        read(bare)


def test_of_several_bands_the_first_is_taken_and_said_so(tmp_path: Path) -> None:
    bands = np.stack([land_cover(code=10), land_cover(code=50)])
    clutter, frame = read(write(tmp_path / "lc.tif", bands, cells_of(30)))
    assert (clutter.code == 10).all()
    assert "2 bands: the first" in reasons(frame, "info")


def test_more_cells_than_fit_into_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "lc.tif", land_cover(), cells_of(30))

    class Little:
        available = 10_000

    monkeypatch.setattr("psutil.virtual_memory", Little)
    with pytest.raises(MemoryLimitError, match="90 x 60 cells of clutter"):
        read(path)


# Rasters of heights


def test_heights_are_averaged_by_area(tmp_path: Path) -> None:
    cells = np.zeros((40, 60), dtype="float32")
    cells[0:2, 0:2] = [[10, 20], [30, 0]]
    clutter, frame = read(write(tmp_path / "chm.tif", cells, cells_of(45)), kind="height_m")
    assert clutter.height_m[0, 0] == 15
    assert clutter.code is None
    assert clutter.classes is None
    assert "cells of 45 m; a pixel takes their mean" in reasons(frame, "info")
    # Of the second pixel a third lies on the cell of 12 m, two thirds on that of 30 m.
    coarse = np.full((15, 23), 30, dtype="float32")
    coarse[:, 0] = 12
    clutter, _ = read(write(tmp_path / "coarse.tif", coarse, cells_of(120)), kind="height_m")
    np.testing.assert_allclose(clutter.height_m[0, :3], [12, 24, 30], rtol=1e-6)


def test_heights_that_cannot_be_are_mended_or_left_out_and_counted(tmp_path: Path) -> None:
    cells = np.full((40, 60), 8, dtype="float32")
    cells[0:2, 0:2] = [[-2, 4], [6, 8]]  # -2 counts as 0
    cells[0:2, 2:4] = [[101, 4], [255, 8]]  # codes of canopy maps: no say
    cells[0:2, 4:6] = [[np.nan, -9999], [np.nan, 255]]
    cells[0:2, 6:8] = 255
    clutter, frame = read(write(tmp_path / "chm.tif", cells, cells_of(45)), kind="height_m")
    np.testing.assert_allclose(clutter.height_m[0, :5], [4.5, 6, 0, 0, 8])
    left_out = frame[frame["severity"] == "rejected"].iloc[0]
    assert left_out["reason"] == "7 cell(s) above 100 m: not known"
    assert left_out["value"] == "max 255 m"
    mended = frame[frame["severity"] == "repaired"].iloc[0]
    assert mended["reason"] == "2 cell(s) below the ground taken as 0 m"
    assert mended["value"] == "min -9999 m"
    assert "2 cell(s) of 2400 without a value" in reasons(frame, "info")
    assert "known on 0.01 km2" in reasons(frame, "warning")


def test_scale_and_offset_of_heights_are_applied(tmp_path: Path) -> None:
    path = write(tmp_path / "chm.tif", np.full((40, 60), 120, dtype="int16"), cells_of(45))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.1,), (1,)
    np.testing.assert_allclose(read(path, kind="height_m")[0].height_m, 13, rtol=1e-6)


def test_a_terrain_given_as_heights_above_ground_is_refused(tmp_path: Path) -> None:
    heights = np.full((40, 60), 900, dtype="float32")
    heights[0, 0] = np.nan
    with pytest.raises(InputError, match="holds no height up to 100 m in the area"):
        read(write(tmp_path / "dem.tif", heights, cells_of(45)), kind="height_m")


# Files of areas


def square(x: float, y: float, side: float) -> shapely.Polygon:
    """Return a square by its north-western corner, metres from the box's."""
    return shapely.box(WEST + x, NORTH - y - side, WEST + x + side, NORTH - y)


def areas(path: Path, rows: list[tuple[object, object]], column: str = "fclass") -> Path:
    values, shapes = zip(*rows, strict=True)
    frame = gpd.GeoDataFrame({column: values}, geometry=list(shapes), crs="EPSG:32648")
    frame.to_crs("EPSG:4326").to_file(path)
    return path


def test_the_smallest_area_over_a_pixel_gives_its_class(tmp_path: Path) -> None:
    rows = [("pond", square(300, 300, 300)), ("forest", square(0, 0, 900)),
            ("Residential", square(900, 0, 450))]  # fmt: skip
    for order in (rows, rows[::-1]):
        clutter, frame = read(areas(tmp_path / "landuse.gpkg", order))
        expected = np.full((20, 30), UNKNOWN)
        expected[:10, :10] = 10
        expected[:5, 10:15] = 50
        expected[3:7, 3:7] = 80  # centres from 300 to 600 m: 315 to 585
        expected[3:7, 6] = expected[6, 3:7] = 80
        np.testing.assert_array_equal(clutter.code, expected)
        assert clutter.height_m[0, 0] == 15
        assert clutter.height_m[4, 4] == 0
    unknown = (expected == UNKNOWN).sum() * 0.0081
    assert f"no clutter is known on {unknown:.2f} km2" in reasons(frame, "warning")


@pytest.mark.parametrize("value", [10, 10.0, "10", "landuse=forest", "FOREST", "Tree cover"])
def test_codes_tags_and_names_are_understood(tmp_path: Path, value: object) -> None:
    rows = [(value, square(0, 0, 3000))]
    clutter, _ = read(areas(tmp_path / "a.geojson", rows, column="ten_lop"), column="ten_lop")
    assert (clutter.code == 10).all()


def test_words_of_an_own_table_are_understood(tmp_path: Path) -> None:
    header = "code,name_en,height_m,shadowing_sigma_db,osm_tags"
    own = table(tmp_path / "own.csv", "1,production forest,9,9,RSX|RPH", header=header)
    path = areas(tmp_path / "a.gpkg", [("rsx", square(0, 0, 3000))], column="landuse")
    assert (read(path, classes=own)[0].height_m == 9).all()


def test_areas_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(WEST, NORTH), (WEST + 900, NORTH - 900),
                               (WEST + 900, NORTH), (WEST, NORTH - 900)])  # fmt: skip
    rows = [
        ("forest", bow_tie),
        ("military", square(0, 0, 2000)),
        ("military", square(0, 0, 1000)),
        (None, square(0, 0, 500)),
        ("forest", shapely.LineString([(WEST, NORTH), (WEST + 900, NORTH - 900)])),
        ("forest", None),
        ("forest", square(90_000, 0, 900)),  # in another province: none of our business
    ]
    clutter, frame = read(areas(tmp_path / "a.gpkg", rows))
    assert set(np.unique(clutter.code)) == {10, UNKNOWN}
    assert (clutter.code[:10, :10] == 10).mean() == pytest.approx(0.5, abs=0.1)
    rejected = frame[frame["severity"] == "rejected"]
    by_row = rejected.dropna(subset="row").set_index("row")["reason"]
    assert by_row.to_dict() == {6: "LineString without an area", 7: "empty geometry"}
    by_value = rejected[rejected["row"].isna()].set_index("value")["reason"]
    assert by_value["military"].startswith("2 area(s)")
    assert by_value[""].startswith("1 area(s)")
    repaired = frame[frame["severity"] == "repaired"].iloc[0]
    assert repaired["row"] == 2
    assert "Self-intersection" in repaired["reason"]


def test_a_file_of_areas_that_names_no_class_is_refused(tmp_path: Path) -> None:
    path = areas(tmp_path / "a.gpkg", [("318237509", square(0, 0, 900))], column="osm_id")
    with pytest.raises(InputError, match=r"no column None .* choose clutter_column from: osm_id"):
        read(path)
    with pytest.raises(InputError, match="no column 'landuse'"):
        read(path, column="landuse")
    with pytest.raises(InputError, match=r"'osm_id' names no class .* \(it has '318237509'\)"):
        read(path, column="osm_id")
    far = areas(tmp_path / "far.gpkg", [("forest", square(9e4, 0, 900))])
    with pytest.raises(InputError, match="lies nowhere in the area"):
        read(far)


def test_damaged_files_of_areas_are_named(tmp_path: Path) -> None:
    (tmp_path / "cut.geojson").write_text('{"type": "FeatureCollection", "features": [{"type"')
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "cut.geojson", column="fclass")
    whole = areas(tmp_path / "a.gpkg", [("forest", square(0, 0, 900))])
    with pytest.raises(InputError, match="cannot be read"):
        read(whole, layer="roads")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read(whole, kind="height_m")


# In the scene


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A commune of 1.8 km x 0.9 km in the middle of the box, terrain and people around it."""
    folder = tmp_path_factory.mktemp("area")
    commune = shapely.box(WEST + 450, NORTH - 1350, WEST + 2250, NORTH - 450)
    frame = gpd.GeoDataFrame({"code": ["01"], "name": ["An"]}, geometry=[commune], crs=BOX.crs)
    frame.to_file(folder / "communes.gpkg")
    around = from_origin(WEST - 900, NORTH + 900, 90, 90)
    return {
        "terrain": write(folder / "dem.tif", np.full((40, 50), 12, dtype="int16"), around),
        "population": write(folder / "people.tif", np.ones((40, 50), dtype="float32"), around),
        "communes": folder / "communes.gpkg",
    }


def test_a_scene_without_clutter_has_none(inputs: dict[str, Path]) -> None:
    scene = Scene.open(**inputs, margin_km=0.3)
    assert scene.clutter_m is None
    assert scene.clutter_class is None
    assert scene.clutter_classes is None
    assert "clutter" not in scene.sources
    assert "clutter:    not given" in repr(scene)


def test_a_scene_s_clutter_lies_on_its_terrain(inputs: dict[str, Path], tmp_path: Path) -> None:
    cells = land_cover()
    cells[:30] = 50
    path = write(tmp_path / "lc.tif", cells, cells_of(30))
    scene = Scene.open(**inputs, margin_km=0.3, clutter=path)
    for array in (scene.clutter_m, scene.clutter_class):
        assert array.odc.geobox == scene.terrain.odc.geobox
        np.testing.assert_array_equal(array["y"], scene.terrain["y"])
    north = scene.clutter_m["y"].to_numpy() > NORTH - 900
    assert (scene.clutter_m[north] == 10).all()
    assert (scene.clutter_m[~north] == 15).all()
    assert set(scene.clutter_classes["code"]) >= {10, 50}
    assert scene.sources["clutter"].path == str(path)
    assert set(scene.sources) == {*inputs, "clutter"}
    assert "lc.tif" in set(scene.findings["source"])
    assert "clutter:    on 100.0% of the terrain, up to 15 m" in repr(scene)


def test_the_same_clutter_gives_the_same_scene(inputs: dict[str, Path], tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    cells = rng.choice([10, 30, 50, 77, 80], (60, 90)).astype("uint8")
    path = write(tmp_path / "lc.tif", cells, cells_of(30))
    one, other = (Scene.open(**inputs, margin_km=0.3, clutter=path) for _ in range(2))
    assert one.clutter_m.identical(other.clutter_m)
    assert one.clutter_class.identical(other.clutter_class)
    assert one.findings.equals(other.findings)


def test_clutter_changes_nothing_else_of_a_scene(inputs: dict[str, Path], tmp_path: Path) -> None:
    path = write(tmp_path / "chm.tif", np.full((40, 60), 9, dtype="float32"), cells_of(45))
    bare = Scene.open(**inputs, margin_km=0.3)
    covered = Scene.open(**inputs, margin_km=0.3, clutter=path, clutter_kind="height_m")
    assert (covered.clutter_m == 9).all()
    assert covered.clutter_class is None
    assert not covered.building_heights
    assert covered.terrain.identical(bare.terrain)
    assert covered.people.identical(bare.people)


def test_a_raster_may_say_that_it_holds_buildings(inputs: dict[str, Path], tmp_path: Path) -> None:
    path = write(tmp_path / "b.tif", np.full((40, 60), 9, dtype="float32"), cells_of(45))
    built = Scene.open(**inputs, margin_km=0.3, clutter=path, clutter_kind="building_height_m")
    assert (built.clutter_m == 9).all()
    assert built.building_heights


def test_the_table_of_classes_is_among_the_sources(inputs: dict[str, Path], tmp_path: Path) -> None:
    own = table(tmp_path / "own.csv", "10,forest,21,9")
    clutter = areas(tmp_path / "a.gpkg", [("10", square(0, 0, 3000))], column="lop")
    scene = Scene.open(
        **inputs, margin_km=0.3, clutter=clutter, clutter_column="lop", clutter_classes=own
    )
    assert (scene.clutter_m == 21).all()
    assert set(scene.sources) == {*inputs, "clutter", "clutter_classes"}


def test_wrong_clutter_arguments_are_named_at_once(inputs: dict[str, Path]) -> None:
    with pytest.raises(InputError) as raised:
        Scene.open(
            **inputs, clutter=inputs["terrain"], clutter_kind="metres", clutter_classes="no.csv"
        )
    said = "\n".join(raised.value.problems)
    assert "terrain and clutter are the same file" in said
    assert "clutter_kind is 'metres'; give classes or height_m or building_height_m" in said
    assert "clutter_classes: there is no file 'no.csv'" in said
    with pytest.raises(InputError, match="clutter: there is no file"):
        Scene.open(**inputs, clutter="nowhere.tif")
    with pytest.raises(InputError, match="clutter_classes is given without clutter"):
        Scene.open(**inputs, clutter_classes=inputs["terrain"])


def test_clutter_off_the_terrain_s_grid_is_refused(inputs: dict[str, Path], tmp_path: Path) -> None:
    path = write(tmp_path / "lc.tif", land_cover(), cells_of(30))
    scene = Scene.open(**inputs, margin_km=0.3, clutter=path)
    with pytest.raises(InputError) as raised:
        dataclasses.replace(
            scene, clutter_m=scene.clutter_m[scene.window], clutter_class=scene.clutter_class[1:]
        )
    assert len(raised.value.problems) == 2
    for value in (np.nan, -1, np.inf):
        wrong = scene.clutter_m.copy()
        wrong[0, 0] = value
        with pytest.raises(InputError, match="clutter_m has gaps or heights below the ground"):
            dataclasses.replace(scene, clutter_m=wrong)


def test_the_real_land_use_of_vinh_phuc_opens(shared: Path) -> None:
    folder = shared / "geodata"
    path = folder / "osm/vinhphuc_2018.gpkg"
    inputs = {
        "terrain": folder / "terrain/vinhphuc_srtm3.tif",
        "population": folder / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        "communes": folder / "communes/vinhphuc_2025.geojson",
    }
    with pytest.raises(InputError, match="holds several layers"):
        Scene.open(**inputs, clutter=path)
    scene = Scene.open(**inputs, clutter=path, clutter_layer="landuse_a", clutter_column="fclass")
    # What is drawn agrees with the polygons' own areas.
    landuse = gpd.read_file(path, layer="landuse_a").to_crs(scene.grid.crs)
    around = shapely.box(*scene.terrain.odc.geobox.boundingbox.bbox)
    for word, code in (("residential", 50), ("farm", 40)):
        shapes = landuse.loc[landuse["fclass"] == word].union_all().intersection(around)
        alone = shapes.difference(landuse.loc[landuse["fclass"] != word].union_all())
        centres = shapely.contains_xy(
            alone, *np.meshgrid(scene.clutter_m["x"], scene.clutter_m["y"])
        )
        assert centres.sum() > 100
        assert (scene.clutter_class.to_numpy()[centres] == code).all()
    known = scene.clutter_class != UNKNOWN
    assert 0.003 < float(known.mean()) < 0.02
    found = scene.findings[scene.findings["source"] == path.name]
    left_out = found.loc[found["severity"] == "rejected"].set_index("value")["reason"]
    assert set(left_out.index) == {"nature_reserve", "military"}
    assert "taken for open ground, 0 m" in reasons(found, "warning")
