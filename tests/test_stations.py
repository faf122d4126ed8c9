"""Station tables: what is accepted, repaired, rejected, and said of it."""

import csv
import io
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.geodata.findings import COLUMNS, SEVERITIES, Findings
from phusong.geodata.station_header import header_field
from phusong.geodata.stations import Network, read_stations
from phusong.geodata.stations_columns import columns

CELL: Mapping[str, str] = {
    "site_id": "A1", "cell_id": "A1-1", "operator": "Viettel", "technology": "4G", "band": "B3",
    "frequency_mhz": "1842.5", "bandwidth_mhz": "20", "longitude": "105.473079",
    "latitude": "21.277285", "antenna_height_m": "33", "azimuth_deg": "350",
    "mechanical_tilt_deg": "0", "electrical_tilt_deg": "6", "power_dbm": "46",
    "antenna_gain_dbi": "17.5", "feeder_loss_db": "1.5", "horizontal_beamwidth_deg": "65",
    "vertical_beamwidth_deg": "7", "structure": "mast", "status": "on-air",
}  # fmt: skip

Reader = Callable[..., Network]


def table(*changes: Mapping[str, str], delimiter: str = ",", header: Sequence[str] = ()) -> str:
    """A table of a sound cell and, under it, one row for each change to that cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header or list(CELL))
    for row, change in enumerate(({}, *changes), 2):
        writer.writerow(({**CELL, "cell_id": f"A1-{row}"} | change).values())
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def read(content: str | bytes, **options: object) -> Network:
        path = tmp_path / "stations.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_stations(path, **options)

    return read


def said(network: Network, *, row: int | None = None, severity: str = "") -> pd.DataFrame:
    found = network.findings
    found = found[found["row"] == row] if row is not None else found
    return found[found["severity"] == severity] if severity else found


# The real table and its damaged twin


def test_every_row_of_the_real_table_is_accepted(shared: Path) -> None:
    path = shared / "geodata" / "stations_vinhphuc.csv"
    network = read_stations(path)
    plain = pd.read_csv(path)
    pd.testing.assert_frame_equal(network.cells, plain.assign(antenna=""), check_dtype=False)
    assert set(network.findings["severity"]) == {"warning"}
    assert set(network.findings["column"]) == {"antenna_gain_dbi"}
    assert len(network.findings) == 3  # the three operators with 5G
    assert len(network.sites()) == 900


def treatment(damage: str) -> str:
    return "repaired" if damage.endswith(": repair") else "rejected"


def test_every_damage_of_the_messy_table_is_treated(shared: Path) -> None:
    folder = shared / "geodata"
    network = read_stations(folder / "stations_vinhphuc_messy.csv")
    truth = pd.read_csv(folder / "stations_vinhphuc_messy_truth.csv")
    expected = {row: treatment(damage) for row, damage in truth.itertuples(index=False)}
    treated = network.findings[network.findings["severity"].isin(["rejected", "repaired"])]
    assert dict(zip(treated["row"], treated["severity"], strict=True)) == expected
    assert (treated["reason"] != "").all()
    assert (treated.loc[treated["severity"] == "rejected", "mend"] != "").all()


def test_cells_of_the_messy_table_equal_the_original_ones(shared: Path) -> None:
    folder = shared / "geodata"
    cells = read_stations(folder / "stations_vinhphuc_messy.csv").cells
    truth = pd.read_csv(folder / "stations_vinhphuc_messy_truth.csv")
    rejected = truth["damage"].map(treatment).eq("rejected").sum()
    records = (folder / "stations_vinhphuc_messy.csv").read_text("utf-8-sig").splitlines()
    assert len(cells) == len(records) - 1 - rejected
    original = (
        pd.read_csv(folder / "stations_vinhphuc.csv")
        .assign(antenna="")
        .set_index(["operator", "cell_id"])
    )
    same = original.loc[pd.MultiIndex.from_frame(cells[["operator", "cell_id"]])].reset_index()
    for name in cells:
        if columns()[name].is_number:
            np.testing.assert_allclose(cells[name], same[name], rtol=0, atol=1e-5)
        else:
            assert cells[name].tolist() == same[name].tolist()


def test_millimetre_waves_are_accepted(read: Reader) -> None:
    wave = {"technology": "5G", "band": "n258", "frequency_mhz": "26000", "bandwidth_mhz": "400"}
    network = read(table(wave))
    assert network.cells["frequency_mhz"].tolist() == [1842.5, 26000.0]
    assert network.cells["bandwidth_mhz"].tolist() == [20.0, 400.0]


# Files


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_delimiters_and_encodings(read: Reader, delimiter: str, encoding: str) -> None:
    network = read(table({}, {}, delimiter=delimiter).encode(encoding))
    assert len(network.cells) == 3
    assert network.findings.empty


VIETNAMESE = [
    "Mã trạm", "Mã cell", "Nhà mạng", "Công nghệ", "Băng tần", "Tần số (MHz)", "Băng thông (MHz)",
    "Kinh độ", "Vĩ độ", "Độ cao anten (m)", "Góc phương vị", "Tilt cơ", "Tilt điện",
    "Công suất (dBm)", "Độ lợi (dBi)", "Suy hao feeder (dB)", "Độ rộng búp sóng ngang",
    "Độ rộng búp sóng đứng", "Loại cột", "Trạng thái",
]  # fmt: skip

WITHOUT_ACCENTS = [
    unicodedata.normalize("NFD", name.translate({273: "d", 272: "D"}))
    .encode("ascii", "ignore")
    .decode()
    for name in VIETNAMESE
]


def as_windows_1258(text: str) -> bytes:
    """The code page has tones as characters of their own, behind the vowel."""
    encoded = bytearray()
    for character in unicodedata.normalize("NFC", text):
        try:
            encoded += character.encode("cp1258")
        except UnicodeEncodeError:
            vowel, tone = unicodedata.normalize("NFD", character)[:-1], character
            tone = unicodedata.normalize("NFD", character)[-1]
            if tone not in "\u0300\u0301\u0303\u0309\u0323":  # the dot below precedes in NFD
                vowel, tone = vowel.replace("\u0323", "") + tone, "\u0323"
            encoded += unicodedata.normalize("NFC", vowel).encode("cp1258") + tone.encode("cp1258")
    return bytes(encoded)


def test_vietnamese_headers(read: Reader) -> None:
    for header in (VIETNAMESE, [name.upper() for name in VIETNAMESE], WITHOUT_ACCENTS):
        network = read(table(delimiter=";", header=header))
        assert list(network.cells) == [*CELL, "antenna"]
        assert network.cells["power_dbm"].tolist() == [46.0]
    assert len(read(as_windows_1258(table(delimiter=";", header=VIETNAMESE))).cells) == 1


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("Do cao anten", "antenna_height_m", ""),
        ("ANTENNA HEIGHT (ft)", "antenna_height_m", "ft"),
        ("power_w", "power_dbm", "W"),
        ("Power, dBm", "power_dbm", "dBm"),
        ("Công suất / Power (W)", "power_dbm", "W"),
        ("Kinh độ (Longitude)", "longitude", ""),
        ("Tần số\n(MHz)", "frequency_mhz", "MHz"),
        ("Gain (dBd)", "antenna_gain_dbi", "dBd"),
        ("MTilt", "mechanical_tilt_deg", ""),
    ],
)
def test_header_understood(text: str, name: str, unit: str) -> None:
    field = header_field(text)
    assert field.column is not None
    assert (field.column.name, field.unit, field.aside) == (name, unit, "")


@pytest.mark.parametrize(
    "text", ["MastHeight", "Độ cao cột", "Tỉnh", "Site address", "Ghi chú", "", "X", "x" * 10_000]
)
def test_header_not_understood(text: str) -> None:
    assert header_field(text).column is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b";;;\n;;;\n", "no column for operator"),
        (table().splitlines()[0].encode(), "no row under the header"),
        (b"PK\x03\x04 a workbook", "Excel"),
        (bytes(range(256)) * 20, "not a text table"),
        (b"\x00\x01\x02" * 500, "not a text table"),
        (table({"site_id": "x" * 200_000}).encode(), "field larger than"),
    ],
)
def test_files_that_are_no_table(read: Reader, content: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(content)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_stations(tmp_path / "none.csv")


def test_every_missing_column_is_named(read: Reader) -> None:
    with pytest.raises(InputError) as caught:
        read("name,value\na,1\n")
    required = [name for name, column in columns().items() if column.required == "yes"]
    assert len(caught.value.problems) == len(required) == 9
    for name in (*required, "Công suất".lower(), "nhà mạng"):
        assert name in str(caught.value)


def test_two_columns_for_one_are_refused_unless_one_is_canonical(read: Reader) -> None:
    header = ["Kinh độ" if name == "structure" else name for name in CELL]
    network = read(table(header=header))
    assert network.cells["longitude"].tolist() == [105.473079]
    assert "Kinh độ" in said(network, row=1)["value"].tolist()
    with pytest.raises(InputError, match="'lon', 'Kinh độ' all mean longitude"):
        read(table(header=["lon" if name == "longitude" else name for name in header]))


def test_units_in_the_header_are_converted_and_said(read: Reader) -> None:
    units = {"power_dbm": "Công suất (W)", "antenna_height_m": "Antenna height (ft)"}
    header = [units.get(name, name) for name in CELL]
    network = read(table({"power_dbm": "40", "antenna_height_m": "100"}, header=header))
    assert network.cells["power_dbm"].iloc[1] == pytest.approx(46.02, abs=0.01)
    assert network.cells["antenna_height_m"].iloc[1] == pytest.approx(30.48)
    assert "W converted to dBm" in " ".join(said(network, row=1, severity="repaired")["reason"])


@pytest.mark.parametrize(
    "text", ["Kinh độ (VN-2000)", "Kinh độ VN2000", "Longitude (m)", "Longitude (furlong)"]
)
def test_units_not_understood_are_refused(read: Reader, text: str) -> None:
    header = [text if name == "longitude" else name for name in CELL]
    with pytest.raises(InputError, match="is not understood"):
        read(table(header=header))


def test_rows_around_the_stations(read: Reader) -> None:
    header, first, second = table({}, delimiter=";").splitlines()
    numbering = ";".join(f"({number})" for number in range(1, 21))
    above = ["DANH SÁCH TRẠM;;", "", header, numbering]
    body = [first, ";" * 19, "", header, second, "Tổng cộng;2", ""]
    network = read("\n".join([*above, *body]))
    assert len(network.cells) == 2
    assert said(network, severity="info")["row"].dropna().tolist() == [1, 4, 8]
    assert said(network, severity="rejected")["row"].tolist() == [10]


def test_header_of_two_rows(read: Reader) -> None:
    lower = ["" if name == "operator" else "(W)" if name == "power_dbm" else name for name in CELL]
    names = {"operator": "Nhà mạng", "power_dbm": "Công suất", "longitude": "Toạ độ"}
    upper = [names.get(name, "") for name in CELL]
    network = read(",".join(upper) + "\n" + table({"power_dbm": "40"}, header=lower))
    assert network.cells["operator"].tolist() == ["Viettel", "Viettel"]
    assert network.cells["power_dbm"].iloc[1] == pytest.approx(46.02, abs=0.01)


def test_row_of_units_under_the_header(read: Reader) -> None:
    header, *rows = table({"power_dbm": "40"}).replace("power_dbm", "power").splitlines()
    units = ",".join({"power_dbm": "[W]", "frequency_mhz": "[MHz]"}.get(name, "") for name in CELL)
    network = read("\n".join([header, units, *rows]))
    assert network.cells["power_dbm"].iloc[1] == pytest.approx(46.02, abs=0.01)


def test_rows_of_another_width_are_rejected(read: Reader) -> None:
    header, *rows = table({}, {}, {}, {}).splitlines()
    rows[0] = rows[0].replace("105.473079,21.277285", "105,473079,21,277285")
    rows[1] = rows[1].removesuffix(",on-air")
    rows[2] += ",,"
    rows[3] += ",more"
    network = read("\n".join([header, *rows]))
    assert said(network, severity="rejected")["row"].tolist() == [2, 3, 5]
    assert len(network.cells) == 2


def test_an_open_quotation_mark_is_said(read: Reader) -> None:
    content = table({}, {}).replace("A1,A1-3", '"A1,A1-3')
    found = said(read(content), severity="rejected")
    assert found["row"].tolist() == [3]
    assert "quotation mark" in found["mend"].item()


def test_damaged_characters_are_said(read: Reader) -> None:
    content = table(header=VIETNAMESE).encode().replace(b"mast", b"m\xffst")
    network = read(content)
    assert "damaged" in said(network, severity="warning")["reason"].iloc[0]


def test_unused_columns_are_said(read: Reader) -> None:
    header, row = table().splitlines()
    network = read(f"STT,{header},Ghi chú\n1,{row},<b>x</b>\n")
    assert "STT, Ghi chú" in said(network, row=1)["reason"].item()


# Values


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"frequency_mhz": ""}, "frequency_mhz"),
        ({"frequency_mhz": "1.8425"}, "frequency_mhz"),
        ({"frequency_mhz": "28000"}, "frequency_mhz"),
        ({"frequency_mhz": "28000", "technology": "3G", "bandwidth_mhz": "5"}, "frequency_mhz"),
        ({"frequency_mhz": "18425", "technology": "5G"}, "frequency_mhz"),
        ({"frequency_mhz": "110000", "technology": "5G"}, "frequency_mhz"),
        (
            {"frequency_mhz": "26000", "technology": "5G", "bandwidth_mhz": "20"},
            "bandwidth_mhz",
        ),
        ({"longitude": "0.0", "latitude": "0.0"}, "longitude, latitude"),
        ({"longitude": "10.5473079"}, "longitude"),
        ({"longitude": "558123.4", "latitude": "2352123.9"}, "latitude"),
        ({"longitude": "105.47N"}, "longitude, latitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"latitude": "inf"}, "latitude"),
        ({"azimuth_deg": "480"}, "azimuth_deg"),
        ({"azimuth_deg": "-30"}, "azimuth_deg"),
        ({"azimuth_deg": "N/A"}, "azimuth_deg"),
        ({"azimuth_deg": ""}, "azimuth_deg"),
        ({"azimuth_deg": "0/120/240"}, "azimuth_deg"),
        ({"azimuth_deg": "0,120,240"}, "azimuth_deg"),
        ({"azimuth_deg": "0,120"}, "azimuth_deg"),
        ({"azimuth_deg": "0 120 240"}, "azimuth_deg"),
        ({"technology": "6G"}, "technology"),
        ({"technology": "3G/4G"}, "technology"),
        ({"technology": "2G"}, "technology"),
        ({"power_dbm": "40 W"}, "power_dbm"),
        ({"power_dbm": "80"}, "power_dbm"),
        ({"power_dbm": "3"}, "power_dbm"),
        ({"antenna_height_m": "-30"}, "antenna_height_m"),
        ({"antenna_height_m": "0"}, "antenna_height_m"),
        ({"antenna_height_m": "350"}, "antenna_height_m"),
        ({"antenna_gain_dbi": "-"}, "antenna_gain_dbi"),
        ({"horizontal_beamwidth_deg": "-65"}, "horizontal_beamwidth_deg"),
        ({"vertical_beamwidth_deg": "0"}, "vertical_beamwidth_deg"),
        ({"mechanical_tilt_deg": "abc"}, "mechanical_tilt_deg"),
        ({"bandwidth_mhz": "22"}, "bandwidth_mhz"),
        ({"operator": " "}, "operator"),
        ({"site_id": "x" * 500}, "site_id"),
        ({"cell_id": "A1-2"}, "cell_id"),
    ],
)
def test_rejected(read: Reader, change: Mapping[str, str], column: str) -> None:
    network = read(table(change))
    assert network.cells["cell_id"].tolist() == ["A1-2"]
    found = said(network, severity="rejected")
    assert set(found["row"]) == {3}
    assert column in found["column"].tolist()
    assert (found["mend"] != "").all()


def test_all_problems_of_a_row_are_said(read: Reader) -> None:
    change = {"longitude": "x", "azimuth_deg": "480", "power_dbm": "40 W", "technology": "6G"}
    assert set(said(read(table(change)), row=3)["column"]) == set(change)


def test_the_mend_says_the_power_in_dbm(read: Reader) -> None:
    assert "46.0 dBm" in said(read(table({"power_dbm": "40 W"})), row=3)["mend"].item()


def test_the_mend_says_where_a_slipped_decimal_may_belong(read: Reader) -> None:
    assert "105.473079" in said(read(table({"longitude": "10.5473079"})), row=3)["mend"].item()


@pytest.mark.parametrize(
    "change",
    [
        {"longitude": "105,473079", "latitude": "21,277285"},
        {"longitude": "105°28'23.0844\"E", "latitude": "21°16'38.226\"N"},
        {"longitude": "Đ 105 28 23,0844", "latitude": "21 16 38,226 B"},
        {"longitude": "21.277285", "latitude": "105.473079"},
        {"longitude": "21°16'38.226\"N", "latitude": "105°28'23.0844\"E"},
        {"longitude": "\u00a0105.473079\u200b"},
        {"longitude": "1.05473079E+02"},
        {"frequency_mhz": "1.842,5"},
        {"frequency_mhz": "1842,5 MHz"},
        {"antenna_height_m": "33m"},
        {"antenna_height_m": "３３"},
        {"technology": "LTE"},
        {"technology": "4g "},
        {"operator": "VIETTEL", "azimuth_deg": "350,0"},
        {"status": "Đang hoạt động"},
        {"power_dbm": "46 dBm"},
    ],
)
def test_repaired(read: Reader, change: Mapping[str, str]) -> None:
    network = read(table({}, change))
    assert len(network.cells) == 3
    assert set(said(network, row=4)["severity"]) == {"repaired"}
    sound, mended = network.cells.iloc[1].drop("cell_id"), network.cells.iloc[2].drop("cell_id")
    for name, value in sound.items():
        assert mended[name] == (
            pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
        )


def test_swap_is_taken_back_only_into_the_area(read: Reader) -> None:
    content = table({"longitude": "21.277285", "latitude": "105.473079"})
    assert len(read(content, area=(105, 21, 106, 22)).cells) == 2
    both = (20.0, 20.0, 110.0, 110.0)
    assert read(content, area=both).cells["longitude"].tolist() == [105.473079, 21.277285]


def test_a_repair_of_most_rows_is_said_once(read: Reader) -> None:
    network = read(table(*[{"longitude": "105,473079"}] * 100, delimiter=";"))
    found = said(network, severity="repaired")
    assert "in 100 rows, the first is row 3" in found["reason"].item()
    assert found["row"].isna().all()


def test_omnidirectional(read: Reader) -> None:
    network = read(
        table(
            {"azimuth_deg": "omni", "mechanical_tilt_deg": "2"},
            {"azimuth_deg": "Vô hướng", "horizontal_beamwidth_deg": ""},
            {"azimuth_deg": "N/A", "horizontal_beamwidth_deg": "360"},
        )
    )
    omni = network.cells.iloc[1:]
    assert omni["azimuth_deg"].isna().all()
    assert omni["horizontal_beamwidth_deg"].tolist() == [360.0] * 3
    assert omni["mechanical_tilt_deg"].tolist() == [0.0] * 3
    assert network.cells["azimuth_deg"].iloc[0] == 350.0
    assert set(said(network, row=3)["column"]) == {
        "horizontal_beamwidth_deg",
        "mechanical_tilt_deg",
    }


def test_defaults_are_said(read: Reader) -> None:
    optional = [name for name, each in columns().items() if each.required in ("no", "derived")]
    cells = [CELL, CELL | {"frequency_mhz": "763", "azimuth_deg": "120"}]
    cells += [CELL | {"technology": "5G", "frequency_mhz": "2550", "azimuth_deg": "240"}]
    frame = pd.DataFrame(cells).drop(columns=optional, errors="ignore")
    network = read(frame.to_csv(index=False))
    assert network.cells["bandwidth_mhz"].tolist() == [20.0, 10.0, 100.0]
    assert network.cells["status"].unique().tolist() == ["on-air"]
    assert len(set(network.cells["site_id"])) == 1
    assert len(set(network.cells["cell_id"])) == 3
    with_value = {name for name in optional if name not in ("band", "antenna")}
    assert set(said(network, severity="info")["column"]) >= with_value
    assert network.cells.drop(columns="band").notna().all(axis=None)


@pytest.mark.parametrize(
    ("autonomy", "via"),
    [("autonomy_h", "backhaul_via"), ("Thời gian lưu điện (giờ)", "Truyền dẫn qua")],
)
def test_columns_that_only_outages_ask_for(read: Reader, autonomy: str, via: str) -> None:
    cells = [
        CELL | {autonomy: hours, via: parent, "cell_id": f"c{n}"}
        for n, (hours, parent) in enumerate([("4", "S9"), ("8,5", ""), ("", "S8|S9")])
    ]
    network = read(pd.DataFrame(cells).to_csv(index=False))
    hours = network.cells["autonomy_h"].tolist()
    assert hours[:2] == [4.0, 8.5]
    assert np.isnan(hours[2])
    assert network.cells["backhaul_via"].tolist() == ["S9", "", "S8|S9"]
    plain = network.cells.drop(columns=["autonomy_h", "backhaul_via"]).assign(
        cell_id=["a", "b", "c"]
    )
    both = network.extended(plain).cells
    assert both["backhaul_via"].tolist() == ["S9", "", "S8|S9", "", "", ""]
    assert both["autonomy_h"].isna().tolist() == [False, False, True, True, True, True]


def test_autonomy_in_minutes(read: Reader) -> None:
    network = read(pd.DataFrame([CELL | {"autonomy (min)": "90"}]).to_csv(index=False))
    assert network.cells["autonomy_h"].tolist() == [1.5]


def test_blank_values_take_defaults(read: Reader) -> None:
    network = read(table({"electrical_tilt_deg": "", "site_id": "-", "cell_id": ""}))
    assert network.cells["electrical_tilt_deg"].iloc[1] == 4.0
    assert "21.27728" in network.cells["site_id"].iloc[1]
    assert set(said(network, row=3)["severity"]) == {"info", "repaired"}


def test_cells_not_on_the_air(read: Reader) -> None:
    content = table(
        {"status": "planned", "azimuth_deg": "480"}, {"status": "On Air"}, {"status": ""}
    )
    network = read(content)
    assert len(network.cells) == 3
    assert said(network, row=3)["severity"].tolist() == ["info"]
    everything = read(content.replace("480", "48"), on_air_only=False)
    assert everything.cells["status"].tolist() == ["on-air", "planned", "on-air", "on-air"]


def test_duplicates_are_told_from_accepted_rows(read: Reader) -> None:
    bad_first = read(table({"cell_id": "X", "azimuth_deg": "480"}, {"cell_id": "X"}))
    assert bad_first.cells["cell_id"].tolist() == ["A1-2", "X"]
    other = read(table({"cell_id": "A1-2", "operator": "VinaPhone"}))
    assert len(other.cells) == 2
    differing = said(read(table({"cell_id": "A1-2", "azimuth_deg": "10"})), row=3)
    assert "of row 2 once more, the same but for azimuth_deg" in differing["reason"].item()


def test_gain_that_the_beamwidths_do_not_allow(read: Reader) -> None:
    # Kraus: 10 log10(32000 / (65 x 7)) + 1.5 = 19.97 dBi
    change = {"technology": "5G", "frequency_mhz": "2550", "bandwidth_mhz": "100"}
    network = read(table(*[change | {"antenna_gain_dbi": "24"}] * 2, {"antenna_gain_dbi": "19.9"}))
    found = said(network, severity="warning")
    assert "2 cells of Viettel 5G have up to 24 dBi, 4.0 dB more" in found["reason"].item()
    assert "SS-RSRP" in found["mend"].item()


def test_operators_nearly_alike_are_doubted(read: Reader) -> None:
    network = read(table({"operator": "Vietel"}, {"operator": "VinaPhone"}, *[{}] * 10))
    found = said(network, severity="warning")
    assert found["value"].tolist() == ["Vietel"]
    assert network.operators == ("Vietel", "Viettel", "VinaPhone")


def test_many_operators_are_doubted(read: Reader) -> None:
    network = read(table(*[{"operator": f"site {number}"} for number in range(60)]))
    assert "61 operators" in said(network, severity="warning")["reason"].item()


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"power_dbm": "20"}, "power_dbm"),
        ({"antenna_height_m": "180"}, "antenna_height_m"),
        ({"longitude": "105.9"}, "longitude, latitude"),
    ],
)
def test_doubtful_values_are_accepted_with_a_warning(
    read: Reader, change: Mapping[str, str], column: str
) -> None:
    network = read(table({}, change))
    assert len(network.cells) == 3
    assert said(network, row=4)["column"].tolist() == [column]
    assert said(network, row=4)["severity"].tolist() == ["warning"]


def test_a_table_of_which_nothing_is_left(read: Reader) -> None:
    header, row = table().splitlines()
    with pytest.raises(InputError, match="row 2 and 2 more: azimuth_deg '480'"):
        read("\n".join([header, *[row.replace(",350,", ",480,")] * 3]))


@pytest.mark.parametrize("area", [(10, 0, 0, 10), (0, 0, math.nan, 1)])
def test_area_is_checked(read: Reader, area: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="west, south, east, north"):
        read(table(), area=area)


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_are_refused_cleanly(read: Reader, content: bytes) -> None:
    with pytest.raises(InputError):
        read(content)


@given(
    name=st.sampled_from(list(CELL)),
    text=st.text(max_size=30) | st.text("0123456789.,-+eE °'\"NSEWĐB/", max_size=12),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_value_is_accepted_or_said(read: Reader, name: str, text: str) -> None:
    network = read(table({name: text}))
    if len(network.cells) == 1:
        assert not said(network, row=3).empty
    else:
        numbers = network.cells.select_dtypes("number").drop(columns="azimuth_deg")
        assert np.isfinite(numbers).all(axis=None)
        assert network.cells["longitude"].between(102, 118).all()


# The network


@pytest.fixture
def network(read: Reader) -> Network:
    other = {"operator": "<Vina & Phone>", "site_id": "A1"}
    return read(table({"technology": "3G", "frequency_mhz": "2140", "bandwidth_mhz": "5"}, other))


def test_select(network: Network) -> None:
    assert network.operators == ("<Vina & Phone>", "Viettel")
    assert network.technologies == ("3G", "4G")
    assert len(network.select(operators="Viettel").cells) == 2
    only = network.select(operators=["Viettel"], technologies=["3G"])
    assert only.cells["cell_id"].tolist() == ["A1-3"]
    assert only.cells.index.tolist() == [0]
    assert network.select(operators="<Vina & Phone>", technologies="3G").cells.empty
    with pytest.raises(InputError) as caught:
        network.select(operators="Vietel", technologies="5G")
    assert len(caught.value.problems) == 2
    assert "there are <Vina & Phone>, Viettel" in str(caught.value)


def test_sites(network: Network) -> None:
    sites = network.sites()
    assert sites.crs == "EPSG:4326"
    assert sites["technologies"].tolist() == ["4G", "3G, 4G"]
    assert sites["cells"].tolist() == [1, 2]
    assert sites.geometry.iloc[1].coords[0] == (105.473079, 21.277285)
    empty = network.select(operators="<Vina & Phone>", technologies="3G")
    assert empty.sites().empty


def test_extended(network: Network) -> None:
    more = network.cells.assign(cell_id=["P1", "P2", "P3"], score=1.0)
    longer = network.extended(more)
    assert len(longer.cells) == 6
    assert list(longer.cells) == [*CELL, "antenna"]
    assert longer.cells.index.tolist() == list(range(6))
    assert longer.cells.dtypes.equals(network.cells.dtypes)
    with pytest.raises(InputError, match="is there twice"):
        longer.extended(more)
    with pytest.raises(InputError, match="no column azimuth_deg"):
        network.extended(more.drop(columns="azimuth_deg"))


def test_shown(network: Network) -> None:
    assert "3 at 2 sites on 1 masts" in repr(network)
    assert "3G 1, 4G 2" in repr(network)
    assert "&lt;Vina &amp; Phone&gt;" in network._repr_html_()
    assert "<Vina" not in network._repr_html_()


# The findings


def test_findings_frame() -> None:
    findings = Findings()
    assert findings.frame().columns.tolist() == list(COLUMNS)
    assert findings.frame()["row"].dtype == "Int64"
    findings.add(source="a", severity="info", reason="r", value="x" * 1000)
    findings.add(source="a", row=3, column="c", value=4, severity="rejected", reason="r", mend="m")
    frame = findings.frame()
    assert frame["row"].isna().tolist() == [True, False]
    assert frame["row"].dtype == "Int64"
    assert len(frame["value"].iloc[0]) == 80
    assert frame["value"].iloc[1] == "4"
    assert SEVERITIES == ("rejected", "repaired", "warning", "info")
    with pytest.raises(ValueError, match="severity"):
        findings.add(source="a", severity="error", reason="r")  # type: ignore[arg-type]


def test_findings_extend() -> None:
    one, two = Findings(), Findings()
    one.add(source="a", row=3, severity="rejected", reason="r")
    one.add(source="a", severity="info", reason="r")
    two.extend(one.frame())
    pd.testing.assert_frame_equal(one.frame(), two.frame())
