"""Antennas that a station table names, from the table to the level and its explanation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.station_header import header_field
from phusong.links import link
from phusong.planning.footprints import NewCells, engine_footprint
from phusong.prediction.belonging import network_digest
from phusong.radio.antennas import Antenna, AntennaLibrary, panel_pattern
from phusong.sample_province import write_sample

WIDTHS = {"horizontal_beamwidth_deg": 65.0, "vertical_beamwidth_deg": 7.0}
SECTOR = Antenna.from_beamwidths(gain_dbi=17.5, electrical_tilt_deg=6.0, name="Sector 65", **WIDTHS)
NARROW = Antenna.from_beamwidths(gain_dbi=20.0, horizontal_beamwidth_deg=33.0, name="Narrow 33")
LIBRARY = AntennaLibrary({"kathrein/80010292_06T.msi": SECTOR, "narrow.msi": NARROW})
HERE = (LONGITUDE - 1, LATITUDE - 1, LONGITUDE + 1, LATITUDE + 1)


@pytest.fixture(scope="module")
def scene():
    return flat_scene()


@pytest.fixture
def read(tmp_path):
    def read(*changes, drop=(), **options):
        path = tmp_path / "stations.csv"
        cell_table(*changes).drop(columns=list(drop)).to_csv(path, index=False)
        return ps.read_stations(path, area=HERE, **options)

    return read


def said(network, column):
    found = network.findings[network.findings["column"] == column]
    rows = found[["row", "severity", "reason", "mend"]].fillna({"row": 0})
    return rows.to_numpy().tolist()


@pytest.mark.parametrize(
    "text", ["Antenna", "Loại anten", "ANTENNA TYPE", "Mẫu anten", "Ăng ten", "Antenna model"]
)
def test_headers_that_name_the_antenna(text):
    assert header_field(text).column.name == "antenna"


def test_a_named_antenna_is_found_by_file_or_inside_name(read):
    network = read({"antenna": "80010292_06t"}, {"antenna": "NARROW 33"}, {}, antennas=LIBRARY)
    assert set(network.antennas) == {"80010292_06t", "NARROW 33"}
    assert network.cells["antenna"].tolist() == ["80010292_06t", "NARROW 33", ""]
    assert network.cells["antenna_gain_dbi"].tolist() == [17.5, 20.0, 17.5]
    assert "2 cells with a pattern" in repr(network)


def test_its_own_gain_is_used_and_said_where_it_differs(read):
    changes = [{"antenna": "narrow"}, {"antenna": "narrow", "antenna_gain_dbi": 19.6}]
    network = read(*changes, antennas=LIBRARY)
    assert network.cells["antenna_gain_dbi"].tolist() == [20.0, 20.0]
    reason = "17.5 dBi in the table, 20 dBi of antenna 'narrow': the antenna's own is used"
    assert said(network, "antenna_gain_dbi") == [[2, "repaired", reason, ""]]


def test_an_antenna_without_a_gain_has_the_table_s(read):
    library = AntennaLibrary({"x.ant": Antenna("x", None, SECTOR.horizontal, SECTOR.vertical)})
    network = read({"antenna": "x"}, antennas=library)
    assert network.cells["antenna_gain_dbi"].tolist() == [17.5]


def test_a_cell_without_a_tilt_has_the_file_s(read):
    for changes, drop in ([{"electrical_tilt_deg": np.nan}], ()), ([{}], ["electrical_tilt_deg"]):
        named = [change | {"antenna": "80010292_06T"} for change in changes]
        network = read(*named, drop=drop, antennas=LIBRARY)
        assert network.cells["electrical_tilt_deg"].tolist() == [6.0]
        reason = "no value: 6 deg of antenna '80010292_06T' used"
        assert [2, "info", reason, ""] in said(network, "electrical_tilt_deg")
    panel = read({"antenna": "panel 6x2 ssb 4"}, drop=["electrical_tilt_deg"])
    assert panel.cells["electrical_tilt_deg"].tolist() == [4.0]


def test_what_cannot_be_found_falls_back_and_is_said(read):
    network = read({"antenna": "80010292_60T"}, {"antenna": "panel 8x8"}, antennas=LIBRARY)
    assert network.cells["antenna"].tolist() == ["", ""]
    assert not network.antennas
    (_, severity, unknown, _), (_, _, panel, _) = said(network, "antenna")
    assert severity == "warning"
    assert unknown == (
        "'80010292_60T' is unknown; near it are kathrein/80010292_06T.msi: its beamwidths are used"
    )
    assert "'panel 8x8' is no panel: write panel ROWSxCOLUMNS" in panel


def test_without_a_folder_the_named_antennas_are_said(read):
    network = read({"antenna": "80010292_06T"})
    ((row, severity, reason, mend),) = said(network, "antenna")
    assert (row, severity) == (2, "warning")
    assert reason == "no folder of antenna files was given: its beamwidths are used"
    assert mend.startswith("give antennas=FOLDER")


def test_a_file_that_cannot_be_read_is_said_and_a_folder_that_is_not_there_is_refused(
    read, tmp_path
):
    folder = tmp_path / "antennas"
    folder.mkdir()
    (folder / "broken.msi").write_text("NAME broken\nGAIN 15 dBi\nHORIZONTAL 360\n0 0\n")
    network = read({"antenna": "broken"}, antennas=folder)
    ((row, severity, reason, _),) = said(network, "antenna")
    assert (row, severity) == (2, "warning")
    assert "there is no VERTICAL line" in reason
    with pytest.raises(InputError, match="there is no folder"):
        read({"antenna": "broken"}, antennas=tmp_path / "none")


def test_the_real_files_are_found_by_name(read, shared):
    folder = shared / "reference/antenna_files"
    network = read({"antenna": "anonymous", "frequency_mhz": 1842.5}, antennas=folder)
    assert network.cells["antenna_gain_dbi"].tolist() == [pytest.approx(9.84)]
    assert network.antennas["anonymous"].source == "anonymous.msi"
    ((_, _, reason, mend),) = said(network, "antenna")
    assert reason == "its file is for 2450 MHz, the cell's frequency is another"
    assert mend == "give the file of the cell's frequency"


def test_an_aimless_cell_has_no_directional_antenna(read):
    omni = {"azimuth_deg": np.nan, "horizontal_beamwidth_deg": 360.0}
    dipole = Antenna.from_beamwidths(gain_dbi=8.0, horizontal_beamwidth_deg=360.0)
    library = AntennaLibrary({"narrow": NARROW, "dipole": dipole})
    network = read(omni | {"antenna": "narrow"}, omni | {"antenna": "dipole"}, antennas=library)
    assert network.cells["antenna"].tolist() == ["", "dipole"]
    ((row, _, reason, mend),) = said(network, "antenna")
    assert row == 2
    assert reason.startswith("looks in one direction, but the cell has no azimuth")
    assert mend == "give the azimuth"
    assert set(network.antennas) == {"dipole"}


def test_a_file_that_contradicts_its_tilt_is_doubted(read):
    untold = Antenna("untold", 17.5, SECTOR.horizontal, SECTOR.vertical)
    network = read({"antenna": "untold"}, antennas=AntennaLibrary({"untold": untold}))
    ((_, severity, reason, _),) = said(network, "antenna")
    assert severity == "warning"
    assert reason.startswith("its file states 0 degrees of electrical tilt, its beam peaks at 6")


def test_what_a_file_needed_mending_is_among_the_findings(read, shared):
    folder = shared / "reference/antenna_files/splat_az_el"
    network = read({"antenna": "wnju-dt"}, antennas=folder)
    assert "with the peak at 0.4 degrees" in " ".join(network.findings["reason"])


def test_gains_of_patterns_are_not_doubted_by_beamwidths(read):
    five = {"technology": "5G", "frequency_mhz": 2550.0, "bandwidth_mhz": 100.0}
    loud = five | {"antenna_gain_dbi": 25.0}
    assert len(said(read(loud), "antenna_gain_dbi")) == 1
    mended = read(loud | {"antenna": "panel 6x2 ssb 4"})
    ((_, severity, reason, _),) = said(mended, "antenna_gain_dbi")
    assert severity == "repaired"
    assert "25 dBi in the table" in reason
    assert mended.cells["antenna_gain_dbi"].iloc[0] == panel_pattern("panel 6x2 ssb 4").gain_dbi


def test_a_sector_by_file_has_the_level_of_the_sector_by_beamwidths(scene, read):
    """To what a parabola bends between whole degrees, and its corner at 30 dB."""
    changes = [{"mechanical_tilt_deg": 3.0, "azimuth_deg": 70.0}, {"azimuth_deg": 200.0}]
    plain = ps.predict(read(*changes), scene, progress=False)
    named = [change | {"antenna": "Sector 65"} for change in changes]
    by_file = ps.predict(read(*named, antennas=LIBRARY), scene, progress=False)
    off_db = np.abs(by_file["level_dbm"] - plain["level_dbm"]).to_numpy()
    assert off_db.max() < 0.5
    assert np.quantile(off_db, 0.99) < 0.08
    assert off_db.max() > 0.001


def test_a_narrow_antenna_s_level_is_the_plain_budget_with_its_pattern(scene, read):
    network = read({"antenna": "narrow", "azimuth_deg": 90.0}, antennas=LIBRARY)
    coverage = ps.predict(network, scene, progress=False, model="free_space")
    wide = ps.predict(read({"azimuth_deg": 90.0}), scene, progress=False, model="free_space")
    change = (coverage["level_dbm"] - wide["level_dbm"]).squeeze()
    assert float(change.isel(y=30, x=60)) == pytest.approx(2.5, abs=0.1)  # gain alone
    north_east = change.isel(y=10, x=60)  # 33.7 degrees off
    expected = 2.5 - 12 * (33.7 / 33) ** 2 + 12 * (33.7 / 65) ** 2
    assert float(north_east) == pytest.approx(expected, abs=0.3)


def test_a_pixel_of_a_pattern_is_explained(scene, read):
    changes = (
        {"antenna": "narrow", "azimuth_deg": 90.0, "mechanical_tilt_deg": 2.0},
        {"antenna": "panel 6x2 ssb 4", "azimuth_deg": 260.0, "operator": "Beta"},
    )
    coverage = ps.predict(read(*changes, antennas=LIBRARY), scene, progress=False)
    for operator, name in (("Alpha", "narrow"), ("Beta", "panel 6x2 ssb 4")):
        for off in (0.01, -0.012):
            why = coverage.explain(LONGITUDE + off, LATITUDE + off / 2, operator=operator)
            assert abs(why.value("difference", "prediction")) < 0.01
            assert name in why.table.to_string()
            assert json.loads(why.to_json())["settings"]["antenna"]["name"] == name


def test_a_result_survives_with_its_antennas_alone(scene, read, tmp_path):
    network = read({"antenna": "narrow"}, antennas=LIBRARY)
    coverage = ps.predict(network, scene, progress=False)
    path = coverage.save(tmp_path / "coverage.nc")
    again = ps.Coverage.open(path, scene, network)
    assert again.explain(LONGITUDE, LATITUDE + 0.01).level_dbm == pytest.approx(
        coverage.explain(LONGITUDE, LATITUDE + 0.01).level_dbm
    )
    wider = Antenna.from_beamwidths(gain_dbi=20.0, horizontal_beamwidth_deg=40.0)
    other = read({"antenna": "narrow"}, antennas=AntennaLibrary({"narrow": wider}))
    pd.testing.assert_frame_equal(other.cells, network.cells)
    assert network_digest(other) != network_digest(network)
    with pytest.raises(InputError, match="another station table or other antennas"):
        ps.Coverage.open(path, scene, other)


def test_networks_keep_their_antennas(read):
    network = read({"antenna": "narrow"}, {"operator": "Beta"}, antennas=LIBRARY)
    assert network.select(operators="Alpha").antennas == network.antennas
    more = network.cells.assign(cell_id=["P1", "P2"])
    longer = network.extended(more)
    assert longer.cells["antenna"].tolist() == ["narrow", "", "narrow", ""]
    unnamed = network.extended(more.drop(columns="antenna"))
    assert unnamed.cells["antenna"].tolist() == ["narrow", "", "", ""]
    with pytest.raises(InputError, match="antenna 'x' is not among antennas"):
        network.extended(more.assign(antenna="x"))


def test_new_cells_have_the_operator_s_usual_antenna(scene, read):
    gains = [{"antenna": "narrow", "cell_id": f"N{i}"} for i in range(3)]
    network = read(*gains, {"antenna": "80010292_06T"}, antennas=LIBRARY)
    new = NewCells.like_existing(network.cells, "Alpha", "4G", [0.0, 120.0], {})
    assert (new.radio["antenna"], new.radio["antenna_gain_dbi"]) == ("narrow", 20.0)
    without = NewCells.like_existing(network.cells, "Alpha", "4G", [0.0], {"antenna": ""})
    place = pd.Series({"longitude": LONGITUDE, "latitude": LATITUDE, "antenna_height_m": 35.0})
    settings = ps.predict(network, scene, progress=False).settings
    levels = [
        engine_footprint(scene, settings, cells, network.antennas)(place)[1]
        for cells in (new, without)
    ]
    assert np.nanmean(levels[0]) != pytest.approx(np.nanmean(levels[1]), abs=0.1)
    with pytest.raises(InputError, match="antenna is 'x': give one that a cell"):
        NewCells.like_existing(network.cells, "Alpha", "4G", [0.0], {"antenna": "x"})


def test_a_link_takes_an_antenna_a_pattern_or_a_panel(scene):
    ends = {"tx": (LONGITUDE, LATITUDE), "rx": (LONGITUDE + 0.02, LATITUDE), "tx_height_m": 35.0}
    asked = {"frequency_mhz": 1842.5, "power_dbm": 46.0, "azimuth_deg": 90.0}
    of = link(scene, **ends, **asked, antenna=NARROW)
    assert of.value("antenna_gain") == 20.0
    quieter = link(scene, **ends, **asked, antenna=NARROW, antenna_gain_dbi=18.0)
    assert of.level_dbm - quieter.level_dbm == pytest.approx(2.0)
    panel = link(scene, **ends, **asked, antenna="panel 6x2 ssb 4")
    assert panel.value("antenna_gain") == pytest.approx(panel_pattern("panel 6x2 ssb 4").gain_dbi)
    aimless = asked | {"azimuth_deg": None}
    with pytest.raises(InputError, match="azimuth_deg is not given"):
        link(scene, **ends, **aimless, antenna=NARROW)
    with pytest.raises(InputError, match="is no panel"):
        link(scene, **ends, **asked, antenna="sector")


def test_the_job_reads_the_folder_and_records_the_patterns(tmp_path):
    files = write_sample(tmp_path)
    lines = ["NAME Wide", "GAIN 14 dBi"]
    for key in ("HORIZONTAL", "VERTICAL"):
        lines += [f"{key} 360", *(f"{a} {min(0.05 * min(a, 360 - a), 20)}" for a in range(360))]
    (tmp_path / "antennas").mkdir()
    (tmp_path / "antennas" / "wide.msi").write_text("\n".join(lines))
    stations = pd.read_csv(files["stations"])
    stations["antenna"] = np.where(stations["technology"] == "5G", "panel 6x2 ssb 4", "wide")
    stations.to_csv(files["stations"], index=False)
    text = files["settings"].read_text(encoding="utf8").replace("= 200", "= 1000")
    text = text.replace("[inputs]", '[inputs]\nantennas = "antennas"')
    text = text[: text.index("[placement]")] + "[prediction]\nrange_km = { 3G = 2, 4G = 2, 5G = 2 }"
    files["settings"].write_text(text, encoding="utf8")
    job = ps.run(files["settings"], tmp_path / "out", progress=False)
    record = json.loads(Path(job.files["record"]).read_text(encoding="utf8"))
    assert set(record["antennas"]) == {"panel 6x2 ssb 4", "wide"}
    assert record["antennas"]["wide"]["source"] == "wide.msi"
    assert record["antennas"]["wide"]["sha256"] == job.network.antennas["wide"].sha256
    assert record["settings"]["inputs"]["antennas"] == "antennas"
    assert "wide" in set(pd.read_csv(job.files["cells"])["antenna"])
    files["settings"].write_text(text.replace('= "antennas"', '= "none"'), encoding="utf8")
    with pytest.raises(InputError, match=r"inputs\.antennas = 'none': there is no such"):
        ps.run(files["settings"], tmp_path / "out", progress=False)
