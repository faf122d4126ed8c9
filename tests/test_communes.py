"""Communes: columns found, geometry mended, codes and places checked, labels on the grid."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from odc.geo.geobox import GeoBox
from rasterio.transform import from_origin

from phusong.errors import InputError
from phusong.geodata.communes import label_communes, read_communes
from phusong.geodata.findings import Findings
from phusong.geodata.villages import read_villages

WEST, NORTH = 560_000, 2_369_000
GRID = GeoBox((20, 20), from_origin(WEST, NORTH, 100, 100), "EPSG:32648")


def square(column: int, row: int, size: int = 10) -> shapely.Polygon:
    """Return an area of `size` x `size` pixels of GRID."""
    left, top = WEST + 100 * column, NORTH - 100 * row
    return shapely.box(left, top - 100 * size, left + 100 * size, top)


def quarters() -> gpd.GeoDataFrame:
    corners = [(0, 0), (10, 0), (0, 10), (10, 10)]
    return gpd.GeoDataFrame(
        {"code": ["00001", "00002", "00003", "00004"], "name": ["An", "Bình", "Chi", "Dĩnh"]},
        geometry=[square(*corner) for corner in corners],
        crs="EPSG:32648",
    )


def read(
    frame: gpd.GeoDataFrame, tmp_path: Path, **options: object
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    path = tmp_path / "communes.gpkg"
    frame.to_file(path)
    findings = Findings()
    communes = read_communes(path, findings=findings, **options)
    return communes, findings.frame()


def problems(frame: gpd.GeoDataFrame, tmp_path: Path, **options: object) -> tuple[str, ...]:
    with pytest.raises(InputError) as raised:
        read(frame, tmp_path, **options)
    assert raised.value.source.endswith("communes.gpkg")
    return raised.value.problems


def test_communes_come_back_in_order_with_their_area_on_the_ground(tmp_path: Path) -> None:
    communes, findings = read(quarters(), tmp_path)
    assert list(communes["code"]) == ["00001", "00002", "00003", "00004"]
    assert list(communes["name"]) == ["An", "Bình", "Chi", "Dĩnh"]
    # UTM's scale 0.6 degrees from the middle of the zone is 0.99964: a square is larger outside.
    np.testing.assert_allclose(communes["area_km2"], 1 / 0.99964**2, rtol=1e-4)
    assert list(findings["severity"]) == ["info"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("Mã xã", "Tên xã"), ("MA_XA", "TEN_XA"), ("commune_id", "commune_vn"), ("ID", "Tên")],
)
def test_columns_are_found_by_their_common_names(tmp_path: Path, code: str, name: str) -> None:
    frame = quarters().rename(columns={"code": code, "name": name}).assign(area=1.0)
    communes, findings = read(frame, tmp_path)
    assert list(communes["code"]) == list(quarters()["code"])
    assert list(communes["name"]) == list(quarters()["name"])
    assert repr(code) in findings["reason"][0]


def test_columns_can_be_named_and_a_wrong_name_lists_those_there(tmp_path: Path) -> None:
    frame = quarters().assign(old=["9", "8", "7", "6"])
    communes, _ = read(frame, tmp_path, code_column="old")
    assert list(communes["code"]) == ["9", "8", "7", "6"]
    said = problems(frame, tmp_path, code_column="mã", name_column="tên")
    assert len(said) == 2
    assert "code, name, old" in said[0]


def test_numeric_codes_become_text_without_a_decimal_point(tmp_path: Path) -> None:
    communes, _ = read(quarters().assign(code=[8707.0, 8716.0, 8740.0, 8746.0]), tmp_path)
    assert list(communes["code"]) == ["8707", "8716", "8740", "8746"]


def test_a_broken_geometry_is_mended_and_one_without_an_area_left_out(tmp_path: Path) -> None:
    frame = quarters()
    left, bottom, right, top = frame.geometry[0].bounds
    bow_tie = shapely.Polygon([(left, bottom), (right, top), (right, bottom), (left, top)])
    mixed = shapely.GeometryCollection([frame.geometry[1], shapely.Point(left, bottom)])
    frame.geometry = [bow_tie, mixed, shapely.Point(left, bottom), None]
    communes, findings = read(frame, tmp_path)
    assert list(communes["code"]) == ["00001", "00002"]
    np.testing.assert_allclose(communes.area, [0.5e6, 1e6])
    assert communes.is_valid.all()
    found = findings.set_index("row")[["severity", "reason"]]
    assert found.loc[2, "severity"] == "repaired"
    assert "Self-intersection" in found.loc[2, "reason"]
    assert tuple(found.loc[3]) == ("repaired", "the areas of a GeometryCollection are kept")
    assert tuple(found.loc[4]) == ("rejected", "Point without an area")
    assert tuple(found.loc[5]) == ("rejected", "empty geometry")


def test_codes_twice_or_missing_are_all_named_together(tmp_path: Path) -> None:
    said = problems(quarters().assign(code=["1", "2", "1", None]), tmp_path)
    assert any("row 5 has no code" in problem for problem in said)
    assert any("code '1' stands in rows 2, 4" in problem for problem in said)


def test_a_commune_without_a_name_goes_by_its_code(tmp_path: Path) -> None:
    communes, findings = read(quarters().assign(name=["An", " ", None, "D"]), tmp_path)
    assert list(communes["name"]) == ["An", "00002", "00003", "D"]
    assert list(findings.loc[findings["column"] == "name", "row"]) == [3, 4]


def test_an_overlap_names_the_pair_and_its_area(tmp_path: Path) -> None:
    frame = quarters()
    frame.loc[1, "geometry"] = square(8, 0)  # two columns of ten pixels over its neighbour
    _, findings = read(frame, tmp_path)
    overlap = findings[findings["severity"] == "warning"]
    assert list(overlap["value"]) == ["00001, 00002"]
    assert "overlap on 0.200 km2" in overlap["reason"].iloc[0]


def test_coordinates_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    metres_as_degrees = quarters().set_crs("EPSG:4326", allow_override=True)
    assert "are no degrees" in problems(metres_as_degrees, tmp_path)[0]
    degrees = quarters().to_crs("EPSG:4326")
    exchanged = degrees.set_geometry(
        degrees.geometry.map(lambda area: shapely.transform(area, lambda xy: xy[:, ::-1]))
    )
    assert "exchange the two" in problems(exchanged, tmp_path)[0]
    lost = quarters().to_crs("EPSG:4326")
    lost.loc[2, "geometry"] = shapely.box(0, 0, 0.1, 0.1)
    said = problems(lost, tmp_path)
    assert len(said) == 1
    assert "row 4, commune '00003' lies 105" in said[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [("cut.geojson", '{"type": "FeatureCollection", "features": [{"ty'), ("text.gpkg", "hello")],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as a vector file") as raised:
        read_communes(path, findings=Findings())
    assert raised.value.source == str(path)


def test_a_shapefile_without_its_projection_says_so(tmp_path: Path) -> None:
    path = tmp_path / "communes.shp"
    quarters().to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"needs its \.prj"):
        read_communes(path, findings=Findings())


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    quarters().to_file(path, layer="north")
    quarters().iloc[:1].to_file(path, layer="south")
    with pytest.raises(InputError, match="north, south"):
        read_communes(path, findings=Findings())
    assert len(read_communes(path, layer="south", findings=Findings())) == 1


def test_known_people_come_from_a_column_and_bad_ones_are_named(tmp_path: Path) -> None:
    frame = quarters().assign(census=[10.0, np.nan, 30.0, 40.0])
    communes, _ = read(frame, tmp_path, people_column="census")
    np.testing.assert_array_equal(communes["known_people"], [10, np.nan, 30, 40])
    said = problems(
        frame.assign(census=["10", "many", None, "-4"]), tmp_path, people_column="census"
    )
    assert [problem.split(" is ")[0] for problem in said] == [
        "row 3, census 'many'",
        "row 5, census '-4'",
    ]
    assert "numeric columns: census" in problems(frame, tmp_path, people_column="dân số")[0]


def test_each_pixel_bears_the_label_of_the_commune_at_its_centre() -> None:
    communes = quarters().assign(label=[1, 2, 3, 4], area_km2=1.0)
    labels = label_communes(communes.iloc[:3], GRID, Findings(), "communes.gpkg")
    expected = np.kron([[1, 2], [3, 0]], np.ones((10, 10)))
    np.testing.assert_array_equal(labels, expected)
    assert labels.dtype == np.int32


def test_a_commune_too_small_for_a_pixel_is_reported() -> None:
    communes = quarters().assign(label=[1, 2, 3, 4], area_km2=0.0004)
    communes.loc[3, "geometry"] = shapely.box(WEST + 1010, NORTH - 1030, WEST + 1030, NORTH - 1010)
    findings = Findings()
    labels = label_communes(communes, GRID, findings, "communes.gpkg")
    assert 4 not in labels
    warning = findings.frame().iloc[0]
    assert (warning["severity"], warning["value"]) == ("warning", "00004")


def villages_file(tmp_path: Path) -> Path:
    points = [(50, -50), (1550, -1550), (350, -1050), (-500, -50)]
    frame = gpd.GeoDataFrame(
        {
            "Mã thôn": ["v1", "v2", None, "v4"],
            "Tên thôn": ["Thôn 1", "Thôn 2", "Thôn 3", "Thôn 4"],
            "Dân số": ["120", "nhiều", None, "80"],
            "Điện lưới": ["có", "Không", "?", "1"],
        },
        geometry=[shapely.Point(WEST + x, NORTH + y) for x, y in points],
        crs="EPSG:32648",
    )
    corner = shapely.Point(WEST, NORTH)
    line = shapely.LineString([corner, shapely.Point(WEST + 500, NORTH - 500)])
    more = [frame.iloc[:1].set_geometry([shape]) for shape in (square(0, 0), line)]
    frame = pd.concat([frame, *more], ignore_index=True)
    path = tmp_path / "villages.gpkg"
    frame.to_crs("EPSG:4326").to_file(path)
    return path


def test_villages_stand_on_the_grid_with_people_and_grid_power(tmp_path: Path) -> None:
    labels = np.kron([[1, 1], [1, 0]], np.ones((10, 10))).astype(np.int32)
    findings = Findings()
    villages, areas = read_villages(villages_file(tmp_path), GRID, labels, findings)
    assert list(villages["code"]) == ["v1", "v2", "row 4", "v1"]
    assert list(villages["people"].fillna(-1)) == [120, -1, -1, 120]
    assert villages["households"].isna().all()
    assert set(villages["kind"]) == {"village"}
    rows, columns = np.divmod(areas["pixel"], GRID.shape[1])
    assert set(areas["village"]) == {3}  # the one that is an area, 1 km square in the corner
    assert set(zip(rows, columns, strict=True)) == {(r, c) for r in range(10) for c in range(10)}
    within = shapely.box(WEST, NORTH - 1000, WEST + 1000, NORTH)
    assert villages.geometry[3].within(within)
    assert list(
        villages["grid_power"].astype(object).where(villages["grid_power"].notna(), "?")
    ) == [
        True,
        False,
        "?",
        True,
    ]
    np.testing.assert_allclose(villages.geometry.x[:3] - WEST, [50, 1550, 350], atol=1e-3)
    assert villages.crs == "EPSG:32648"
    frame = findings.frame()
    found = set(zip(frame["row"], frame["severity"], frame["reason"], strict=True))
    assert found == {
        (3, "warning", "no number of people: taken as not known"),
        (4, "warning", "neither yes nor no: taken as not known"),
        (3, "warning", "village Thôn 2 lies in no commune"),
        (5, "rejected", "village Thôn 4 lies outside the area"),
        (7, "rejected", "village Thôn 1 has no point and no area"),
        (6, "warning", "the code stands in row 2 already"),
        (7, "warning", "the code stands in row 2 already"),
    }


@pytest.mark.parametrize(
    ("column", "written", "read", "told"),
    [
        ("people", "1.234", np.nan, "may mean 1234"),
        ("people", "1 000", np.nan, "may mean 1000"),
        ("people", "12,5", np.nan, "may mean 12.5"),
        ("people", "1,234", np.nan, "no number of people"),
        ("people", "-3", np.nan, "no number of people"),
        ("people", "1234", 1234.0, ""),
        ("people", "N/A", np.nan, ""),
        ("people", 1.234, 1.234, ""),
        ("people", 1234, 1234.0, ""),
        ("households", 12.5, np.nan, "no whole number of households"),
        ("households", 12.0, 12.0, ""),
    ],
)
def test_a_doubtful_number_of_a_village_is_not_known_and_told(
    tmp_path: Path, column: str, written: object, read: float, told: str
) -> None:
    frame = gpd.GeoDataFrame(
        {column: [written]}, geometry=[shapely.Point(WEST + 50, NORTH - 50)], crs="EPSG:32648"
    )
    frame.to_file(tmp_path / "villages.gpkg")
    findings = Findings()
    labels = np.ones((20, 20), np.int32)
    villages, _ = read_villages(tmp_path / "villages.gpkg", GRID, labels, findings)
    np.testing.assert_array_equal(villages[column], [read])
    reasons = [f"{told}: taken as not known"] if told else []
    assert findings.frame()["reason"].tolist() == reasons


@pytest.mark.parametrize(("name", "count"), [("vinhphuc", 36), ("hue", 40), ("binhdinh", 58)])
def test_the_real_communes_have_their_published_areas(shared: Path, name: str, count: int) -> None:
    path = shared / f"geodata/communes/{name}_2025.geojson"
    findings = Findings()
    communes = read_communes(path, findings=findings)
    published = gpd.read_file(path)["geom_km2"]
    assert len(communes) == count
    assert communes["area_km2"].sum() == pytest.approx(published.sum(), rel=0.005)
    np.testing.assert_allclose(communes["area_km2"], published, rtol=0.01)
    assert list(findings.frame()["severity"]) == ["info"]
