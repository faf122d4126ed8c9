"""Claims against answers, and who loses the last service, by hand and on a flat world."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr
from flat_world import LONGITUDE, cell_table, flat_scene
from odc.geo.xr import xr_reproject
from report_case import make_case
from test_answers import KNOWN, LEAST_4G, one_row
from test_gaps import CRS, NORTH, WEST, coverage_of, row_of

from phusong.errors import InputError
from phusong.gaps import ANY, check_claim, find_gaps, switch_off
from phusong.gaps.claims import VERDICTS
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.prediction import predict
from phusong.report import write_cogs

EXCESS = [20.0, 0.0, -20.0, np.nan, 20.0, -20.0]


@pytest.fixture
def gaps():
    """Served, cannot say, not served, not computed in commune 1; the last pixel in none."""
    coverage = one_row(EXCESS, people=[1, 2, 4, 8, 16, 0], labels=[1, 1, 1, 1, 2, 0])
    coverage.scene.villages = gpd.GeoDataFrame(
        {"code": list("abcd"), "name": "x", "people": 1.0, "grid_power": True},
        geometry=gpd.points_from_xy(
            [WEST + 50, WEST + 250, WEST + 550, WEST - 50], [NORTH - 50] * 4
        ),
        crs=CRS,
    )
    return find_gaps(coverage, uncertainty=KNOWN, min_area_km2=0, causes=False)


def test_everywhere_by_hand(gaps):
    check = check_claim(gaps, technology="4G")
    row = row_of(check.communes, code="09001")
    names = ("claimed", "holds", "cannot_say", "fails", "not_computed")
    assert {name: row[f"{name}_people"] for name in names} == {
        "claimed": 15,
        "holds": 1,
        "cannot_say": 2,
        "fails": 4,
        "not_computed": 8,
    }
    assert row["fails_area_km2"] == pytest.approx(0.01)
    assert row["fails_villages"] == 1
    assert check.province["claimed_people"] == 31
    assert check.villages.set_index("code")["verdict"].to_dict() == {"a": "holds", "b": "fails"}
    expected = [2, 1, 0, 254, 2, 255]
    assert check.verdict.to_numpy().ravel().tolist() == expected
    assert "31 people" in repr(check)


def test_all_forms_of_one_claim_agree(gaps, tmp_path):
    west = shapely.box(WEST, NORTH - 100, WEST + 400, NORTH)
    areas = gpd.GeoDataFrame(geometry=[west], crs=CRS)
    areas.to_crs(4326).to_file(tmp_path / "claim.gpkg")
    raster = gaps.chance[0, 0].copy(data=np.array([[1, 1, 1, 1, 0, 0.0]]))
    finer = xr_reproject(raster, "EPSG:4326", resolution=2e-5)
    expected = check_claim(gaps, ["09001"], technology="4G", operator="A")
    assert expected.province["claimed_people"] == 15
    for claim in (
        areas,
        areas.to_crs(4326),
        tmp_path / "claim.gpkg",
        str(tmp_path / "claim.gpkg"),
        raster,
        xr_reproject(raster, "EPSG:3405", resolution=10),
        written(tmp_path / "claim.tif", raster),
        str(written(tmp_path / "finer.tif", finer, nodata=-1)),
    ):
        check = check_claim(gaps, claim, technology="4G", operator="A")
        pd.testing.assert_frame_equal(check.communes, expected.communes)


def written(path, raster, **options):
    """A raster of one band or several in a file of its own."""
    bands = np.atleast_3d(raster.to_numpy().T).T
    shape = dict(zip(("count", "height", "width"), bands.shape, strict=True))
    place = {"crs": str(raster.odc.crs), "transform": raster.odc.geobox.affine}
    with rasterio.open(path, "w", "GTiff", dtype=bands.dtype, **shape, **place, **options) as file:
        file.write(bands)
    return path


def test_a_raster_file_s_nodata_is_no_claim(gaps, tmp_path):
    marked = gaps.chance[0, 0].copy(data=np.array([[1, 1, 1, 1, 255, 255]], np.uint8))
    path = written(tmp_path / "claim.tif", marked, nodata=255)
    check = check_claim(gaps, path, technology="4G", operator="A")
    assert check.province["claimed_people"] == 15
    nowhere = gaps.chance[0, 0].copy(data=np.array([[1, 1, 1, 1, np.nan, np.nan]]))
    path = written(tmp_path / "nan.tif", nowhere)
    again = check_claim(gaps, path, technology="4G", operator="A")
    pd.testing.assert_frame_equal(again.communes, check.communes)


def test_unusable_files_of_claims_are_told(gaps, tmp_path):
    layer = gaps.chance[0, 0].copy(data=np.ones((1, 6), np.uint8))
    text, bands, elsewhere = (tmp_path / name for name in ("claim.txt", "bands.tif", "far.tif"))
    text.write_text("4G everywhere", encoding="utf8")
    written(bands, xr.concat([layer, layer], "band").transpose("band", "y", "x"))
    written(elsewhere, layer.assign_coords(x=layer["x"] + 200_000))
    for claim, told in (
        (tmp_path / "none.gpkg", "no such file"),
        (text, "cannot be read as a raster"),
        (bands, "holds 2 bands"),
        (elsewhere, "lies nowhere in the area"),
    ):
        with pytest.raises(InputError, match=told):
            check_claim(gaps, claim, technology="4G")


def test_a_claim_of_levels_of_layers_or_of_a_code_as_text_is_told(gaps, tmp_path):
    levels = gaps.chance[0, 0].copy(data=np.array([[-60, -70, -80, -90, np.nan, -120.0]]))
    layers = tmp_path / "layers.gpkg"
    west = gpd.GeoDataFrame(geometry=[shapely.box(WEST, NORTH - 100, WEST + 400, NORTH)], crs=CRS)
    for name in ("3G", "4G"):
        west.to_file(layers, layer=name)
    for claim, told in (
        (levels, "-120 to -60, are levels"),
        (written(tmp_path / "levels.tif", levels.fillna(-999), nodata=-999), "-120 to -60, are"),
        (layers, r"several layers \(3G, 4G\): save the one"),
        ("08707", r'write \["08707"\]'),
    ):
        with pytest.raises(InputError, match=told):
            check_claim(gaps, claim, technology="4G")


def test_a_map_of_states_is_no_claim(tmp_path):
    case = make_case()
    maps = {path.stem: path for path in write_cogs(tmp_path, case.coverage, case.gaps)}
    for name in ("state_any_4G", "answer_any_4G"):
        with pytest.raises(InputError, match="holds codes"):
            check_claim(case.gaps, maps[name], technology="4G")


def test_a_raster_s_nodata_is_no_claim_and_codes_are_refused(gaps):
    marked = gaps.chance[0, 0].copy(data=np.array([[1, 1, 1, 1, 0, 255]], np.uint8))
    marked.attrs = {"nodata": 255}
    check = check_claim(gaps, marked, technology="4G", operator="A")
    assert check.province["claimed_people"] == 15
    with pytest.raises(InputError, match="holds codes"):
        check_claim(gaps, gaps.state[0, 0], technology="4G", operator="A")


def test_the_villages_of_a_claim_are_judged_at_their_points_whatever_the_rule(gaps):
    other = gaps.villages.assign(answer="cannot_say")
    check = check_claim(gaps, technology="4G")
    again = check_claim(replace(gaps, villages=other), technology="4G")
    pd.testing.assert_frame_equal(again.villages, check.villages)
    for verdict, found in check.villages["verdict"].value_counts().items():
        assert check.province[f"{verdict}_villages"] == found


def test_a_claim_sums_to_its_verdicts(gaps):
    communes = check_claim(gaps, technology="4G").communes
    for of in ("area_km2", "people", "villages"):
        parts = communes[[f"{v}_{of}" for v in VERDICTS if v != "not_claimed"]].sum(axis=1)
        np.testing.assert_allclose(parts, communes[f"claimed_{of}"])


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (["09009"], "'09009'"),
        (["9001"], "'9001': is it '09001'"),
        ([], "names no commune"),
        (None, "is None: give"),
        (8707, "is 8707: give"),
        (gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]), "no reference system"),
        (gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=4326), "reaches no pixel"),
        (gpd.GeoDataFrame(geometry=[], crs=4326), "reaches no pixel"),
        (gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326), "no areas but Point"),
        (xr.DataArray(np.ones((2, 2)), dims=("y", "x")), "reference system"),
    ],
)
def test_unusable_claims_are_told(gaps, claim, told):
    with pytest.raises(InputError, match=told):
        check_claim(gaps, claim, technology="4G")


def test_claims_of_unknown_services_are_told(gaps):
    with pytest.raises(InputError, match="no technology '6G'"):
        check_claim(gaps, technology="6G")
    with pytest.raises(InputError, match="no operator 'Z'"):
        check_claim(gaps, technology="4G", operator="Z")


def test_without_villages_there_is_no_column_of_them():
    gaps = find_gaps(one_row([20, -20]), causes=False)
    check = check_claim(gaps, technology="4G")
    assert "claimed_villages" not in check.communes
    assert check.villages.empty


# --- switching off -----------------------------------------------------------------------------


@pytest.fixture
def layered():
    """A serves by 3G in pixels 0 and 1, by 4G in 1; B by 4G in 2."""
    level = np.full((2, 2, 1, 4), -150.0)
    level[0, 0, 0, :2] = level[0, 1, 0, 1] = level[1, 1, 0, 2] = LEAST_4G + 30
    people = np.array([[1, 2, 4, 8]])
    coverage = coverage_of(
        level, np.ones((1, 4)), people, operators="AB", technologies=("3G", "4G")
    )
    coverage.network.cells["site_id"] = ["a", "b", "a", "b"]
    return find_gaps(coverage, causes=False)


@pytest.mark.parametrize(
    ("off", "lost", "cells"),
    [
        ({"technology": "3G"}, [1, 0, 0, 0], 2),
        ({"technology": "4G"}, [0, 0, 1, 0], 2),
        ({"operator": "A"}, [1, 1, 0, 0], 2),
        ({"operator": "A", "technology": "4G"}, [0, 0, 0, 0], 1),
    ],
)
def test_the_last_service_by_hand(layered, off, lost, cells):
    result = switch_off(layered, **off)
    assert result.lost.to_numpy().ravel().tolist() == [bool(n) for n in lost]
    assert len(result.cells) == cells
    assert result.province["lost_people"] == np.dot(lost, [1, 2, 4, 8])
    assert result.province["served_people"] == 7
    assert result.villages.empty


@pytest.mark.parametrize(
    ("off", "told"),
    [
        ({}, "nothing goes silent"),
        ({"technology": "2G"}, "'2G'"),
        ({"sites": ["a", "zz"]}, "'zz'"),
        ({"sites": []}, "sites is an empty list"),
        ({"technology": "4G", "sites": []}, "sites is an empty list"),
        ({"technology": "2G"}, "there are: 3G, 4G"),
        ({"operator": "A", "sites": ["b"]}, "no cell has all"),
        ({"technology": ["3G"]}, r"technology is \['3G'\]: give one name"),
        ({"operator": 1, "sites": ["b"]}, "operator is 1: give one name"),
    ],
)
def test_what_cannot_go_silent_is_told(layered, off, told):
    with pytest.raises(InputError, match=told):
        switch_off(layered, **off)


def test_sites_go_silent_by_predicting_what_is_left(tmp_path):
    scene = flat_scene()
    round_about = {"horizontal_beamwidth_deg": 360.0}
    cells = cell_table(
        round_about | {"site_id": "west", "longitude": LONGITUDE - 0.02},
        round_about | {"site_id": "east", "longitude": LONGITUDE + 0.02},
    )
    network = Network(cells, Findings().frame())
    coverage = predict(network, scene, progress=False, store=tmp_path)
    gaps = find_gaps(coverage, causes=False)
    result = switch_off(gaps, sites=["east"], store=tmp_path, progress=False)
    alone = predict(
        Network(cells.iloc[:1].reset_index(drop=True), Findings().frame()), scene, progress=False
    )
    served = find_gaps(alone, causes=False).state.sel(operator=ANY, technology="4G") >= 2
    before = gaps.state.sel(operator=ANY, technology="4G") >= 2
    np.testing.assert_array_equal(result.lost, before & ~served)
    assert 0 < result.province["lost_people"] < result.province["served_people"]
    nothing = switch_off(gaps, sites=["east", "west"], progress=False)
    assert nothing.province["lost_people"] == nothing.province["served_people"]
