"""Drive tests: read from what loggers write, and held against a prediction."""

import flat_world
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network

HEADER = (
    "Timestamp\tLongitude\tLatitude\tOperatorname\tOperator\tCGI\tNetworkTech\tLevel\tQual\tSNR"
)
WALK = [
    HEADER,
    "2026.03.01_08.00.00\t105.5001\t21.3001\tAlpha\t45204\t1-2\t4G\t-95\t-10\t7",
    "2026.03.01_08.00.01\t105.5002\t21.3001\tAlpha\t45204\t1-2\tLTE\t-97\t-10\t7",
    "2026.03.01_08.00.02\t0\t0\tAlpha\t45204\t1-2\t4G\t-97\t-10\t7",
    "2026.03.01_08.00.03\t105.5003\t\tAlpha\t45204\t1-2\t7G\t-\t-10\t7",
    "2026.03.01_08.00.04\t105.5003\t213.001\tAlpha\t45204\t1-2\t4G\t97\t-10\t7",
]
SURVEY = [
    "deviceTime,latitude,longitude,mcc,mnc,tac,eci,earfcn,pci,rsrp,rsrq,servingCell",
    "2026-03-01T08:00:00Z,21.3001,105.5001,452,4,1,2,1300,7,-95.5,-10,true",
    "2026-03-01T08:00:00Z,21.3001,105.5001,452,4,1,3,1300,8,-105.5,-15,false",
]


def write(tmp_path, lines):
    path = tmp_path / "walk.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return path


def test_gnettrack_text_is_read_and_every_rejected_row_says_why(tmp_path):
    read = ps.read_measurements(write(tmp_path, WALK))
    assert read.samples["level_dbm"].tolist() == [-95.0, -97.0]
    assert set(read.samples["technology"]) == {"4G"}
    assert read.samples.geometry.x.tolist() == [105.5001, 105.5002]
    assert read.findings["severity"].eq("rejected").all()
    reasons = read.findings.groupby("row")["column"].agg(list)
    assert reasons.to_dict() == {
        4: ["Longitude"],
        5: ["Latitude", "Level", "NetworkTech"],
        6: ["Latitude", "Level"],
    }
    assert "2 samples; 3 rows rejected" in repr(read)
    assert "Alpha" in read._repr_html_()


def test_network_survey_leaves_neighbours_out_and_names_operators(tmp_path):
    read = ps.read_measurements(write(tmp_path, SURVEY), operators={"45204": "Viettel"})
    told = read.samples[["operator", "technology", "row"]].to_dict("records")
    assert told == [{"operator": "Viettel", "technology": "4G", "row": 2}]
    assert read.findings["reason"].tolist() == ["1 rows of neighbour cells left out"]


@pytest.mark.parametrize(
    ("level", "technology"), [("RSCP", "3G"), ("RSRP (dBm)", ""), ("NR SS-RSRP", "5G")]
)
def test_the_column_of_the_level_says_the_technology(tmp_path, level, technology):
    path = write(tmp_path, [f"lon,lat,{level.replace(' (dBm)', '_dbm')}", "105,21,-90"])
    read = ps.read_measurements(path, operator="Alpha")
    assert read.samples["technology"].tolist() == [technology or "4G"]


@pytest.mark.parametrize(
    ("lines", "options", "said"),
    [
        (["lon,lat,level", "105,21,-90"], {}, ["technology", "operator"]),
        (["lon,level", "105,-90"], {}, ["latitude"]),
        (["lon,lat,rsrp", "105,21,90"], {"operator": "A"}, ["no row", "'90' is outside"]),
        (["lon,lat,rsrp", "105,21,-90"], {"operator": "A", "technology": "6G"}, ["'6G'"]),
    ],
)
def test_what_cannot_be_read_is_said_all_at_once(tmp_path, lines, options, said):
    with pytest.raises(InputError) as error:
        ps.read_measurements(write(tmp_path, lines), **options)
    assert all(part in str(error.value).replace(": ", " ") for part in said)


def test_the_real_walks_of_ambato_are_read_row_by_row(shared, tmp_path):
    path = tmp_path / "ambato.csv"
    table = pd.read_csv(shared / "geodata/measurements/ambato_lte_rsrp.csv.gz")
    table.to_csv(path, index=False)
    read = ps.read_measurements(path, operators={"74002": "One"})
    rejected = read.findings.loc[read.findings["severity"] == "rejected", "row"].nunique()
    assert len(read.samples) + rejected == len(table)
    lte = read.samples[read.samples["technology"] == "4G"]
    assert len(lte) == (table["act"] == "LTE").sum() - rejected
    assert lte["level_dbm"].median() == table.loc[table["act"] == "LTE", "signal"].median()


@pytest.fixture(scope="module")
def coverage():
    cells = flat_world.cell_table({}, {"operator": "Beta"})
    network = Network(cells, Findings().frame())
    return ps.predict(network, flat_world.flat_scene(), progress=False)


def driven(coverage, error_db=0.0, *, step=10, operator="Alpha"):
    """Made-up samples at every so many pixels: what is predicted there less an error."""
    level = coverage["level_dbm"].sel(operator="Alpha", technology="4G")
    table = level.to_dataframe().reset_index().dropna(subset="level_dbm").iloc[::step]
    samples = gpd.GeoDataFrame(
        {
            "row": range(2, 2 + len(table)),
            "time": "",
            "operator": operator,
            "technology": "4G",
            "level_dbm": table["level_dbm"].to_numpy(dtype=float) - error_db,
        },
        geometry=gpd.points_from_xy(table["x"], table["y"], crs=str(coverage.scene.grid.crs)),
    )
    return ps.Measurements(samples.to_crs(4326), Findings().frame())


def test_an_error_that_is_the_same_everywhere_is_found_and_corrected(coverage):
    walked = driven(coverage, 5.0)
    found = coverage.compare(walked)
    row = found.table.iloc[0]
    assert row["mean_db"] == pytest.approx(5.0, abs=1e-4)
    assert row["offset_db"] == pytest.approx(-5.0, abs=1e-4)
    assert found.model_error_db == pytest.approx(0.0, abs=1e-3)
    corrected = found.corrected(coverage.network)
    powers = dict(zip(corrected.cells["operator"], corrected.cells["power_dbm"], strict=True))
    assert powers == pytest.approx({"Alpha": 41.0, "Beta": 46.0}, abs=1e-3)
    again = coverage.update(corrected, progress=False).compare(walked)
    assert again.table["mean_db"].iloc[0] == pytest.approx(0.0, abs=0.02)


def test_a_stop_counts_once_and_the_order_of_rows_not_at_all(coverage):
    errors = np.random.default_rng(7).normal(3.0, 6.0, len(driven(coverage).samples))
    walked = driven(coverage, errors)
    once = coverage.compare(walked)
    stop = pd.concat([walked.samples, *[walked.samples.iloc[[0]]] * 99]).sample(
        frac=1, random_state=1
    )
    again = coverage.compare(ps.Measurements(stop, walked.findings))
    same = ["pixels", "mean_db", "sd_db", "rmse_db", "held_out_rmse_db"]
    pd.testing.assert_frame_equal(once.table[same], again.table[same])
    assert again.table["samples"].iloc[0] == once.table["samples"].iloc[0] + 99
    assert once.pixels["residual_db"].to_numpy() == pytest.approx(errors, abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_error_told_of_blocks_held_out_is_never_the_flattering_one(coverage, seed):
    random = np.random.default_rng(seed)
    count = len(driven(coverage, step=40).samples)
    found = coverage.compare(driven(coverage, random.normal(0, 8, count), step=40), block_m=1500)
    row = found.table.iloc[0]
    assert row["rmse_db"] ** 2 == pytest.approx(row["mean_db"] ** 2 + row["sd_db"] ** 2)
    assert row["held_out_rmse_db"] >= row["sd_db"] - 1e-9
    assert found.model_error_db == pytest.approx(row["held_out_rmse_db"])


def test_held_out_blocks_are_judged_by_the_others_alone(coverage):
    """A block that is wrong by itself must not correct itself."""
    walked = driven(coverage)
    block = coverage.compare(walked).pixels["block"].to_numpy()
    found = coverage.compare(driven(coverage, np.where(block == 0, 20.0, 0.0)))
    there = found.pixels[found.pixels["block"] == 0]
    assert there["held_out_db"].to_numpy() == pytest.approx(20.0, abs=1e-3)


def test_one_block_holds_nothing_out(coverage):
    found = coverage.compare(driven(coverage, 4.0), block_m=1e7)
    assert found.table["blocks"].iloc[0] == 1
    assert np.isnan(found.model_error_db)
    assert "nan dB" in repr(found)


def test_the_loss_of_a_car_is_added_to_what_was_measured(coverage):
    walked = driven(coverage, 6.0)
    assert coverage.compare(walked, loss_db=6.0).table["mean_db"].iloc[0] == pytest.approx(
        0, abs=1e-4
    )


def test_what_cannot_be_compared_is_a_finding_and_nothing_at_all_an_error(coverage):
    walked, other = driven(coverage), driven(coverage, operator="Gamma")
    away = walked.samples.set_geometry(walked.samples.translate(2.0)).iloc[:3]
    mixed = ps.Measurements(pd.concat([walked.samples, other.samples, away]), walked.findings)
    found = coverage.compare(mixed)
    assert found.findings["reason"].tolist() == [
        f"{len(other.samples):,} samples of Gamma 4G, which is not predicted: not compared",
        "3 samples outside the scene's grid: not compared",
    ]
    assert len(found.pixels) == len(walked.samples)
    with pytest.raises(InputError, match="Gamma 4G"):
        coverage.compare(other)
    with pytest.raises(InputError, match=r"block_m.*\n.*loss_db"):
        coverage.compare(walked, block_m=0.0, loss_db=-1.0)


def test_a_comparison_tells_itself_in_a_notebook(coverage):
    found = coverage.compare(driven(coverage, 1.0))
    assert "Alpha" in found._repr_html_()
    assert f"{len(found.pixels):,} pixels compared" in repr(found)
