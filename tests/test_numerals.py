"""Numbers and coordinates as people type them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.geodata.coordinates import read_coordinate
from phusong.geodata.numerals import NumberRule, is_missing, read_number, unit_named

MHZ = NumberRule("MHz", "MHz", 400, 6000, "give MHz")
DBM = NumberRule("dBm", "dBm", 10, 65, "give dBm")
METRES = NumberRule("m", "m", 1, 300, "give metres")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1842.5", 1842.5),
        ("1842,5", 1842.5),
        ("1,842.5", 1842.5),
        ("1.842,5", 1842.5),
        ("1 842,5", 1842.5),
        ("1\u00a0842.5", 1842.5),
        ("2,140", 2140.0),
        ("942,500", 942.5),
        ("1.8425E+03", 1842.5),
        ("1842,5 MHz", 1842.5),
        ("１８４２．５", 1842.5),
        ("'1842.5", 1842.5),
        ("  1842.5 ", 1842.5),
    ],
)
def test_number_in_many_notations(text: str, value: float) -> None:
    reading = read_number(text, MHZ)
    assert reading.value == value
    assert not reading.reason
    assert bool(reading.note) == (text != "1842.5")


@pytest.mark.parametrize(
    ("text", "rule", "said"),
    [
        ("abc", MHZ, "not a number"),
        ("1842.5.1", MHZ, "not a number"),
        ("1_842", MHZ, "not a number"),
        ("0x400", MHZ, "not a number"),
        ("35-40", METRES, "not a number"),
        ("12'", METRES, "not a number"),
        ("inf", MHZ, "not a finite"),
        ("1e999", MHZ, "not a finite"),
        ("1.8425", MHZ, "outside 400 to 6000 MHz"),
        ("-30", METRES, "outside 1 to 300 m"),
        ("1.8 GHz", MHZ, "in GHz, not in MHz"),
        ("40 W", DBM, "in W, not in dBm"),
        ("9" * 5000, MHZ, "not a number"),
    ],
)
def test_number_refused_with_reason(text: str, rule: NumberRule, said: str) -> None:
    reading = read_number(text, rule)
    assert math.isnan(reading.value)
    assert said in reading.reason
    assert reading.mend


def test_comma_that_may_be_either_is_refused() -> None:
    assert "decimals or thousands" in read_number("2,140", NumberRule(low=0, high=1e6)).reason


def test_watts_are_said_in_dbm() -> None:
    assert "46.0 dBm" in read_number("40W", DBM).mend
    assert "47.0 dBm" in read_number("50 watt", DBM).mend


def test_header_unit_converts() -> None:
    assert read_number("40", NumberRule("dBm", "W", 10, 65)).value == pytest.approx(
        46.0206, abs=1e-4
    )
    assert read_number("100", NumberRule("m", "ft", 1, 300)).value == pytest.approx(30.48)
    assert read_number("15.35", NumberRule("dBi", "dBd", 0, 30)).value == pytest.approx(17.5)
    assert "no value in W" in read_number("0", NumberRule("dBm", "W", 10, 65)).reason


@pytest.mark.parametrize("text", ["", " ", "-", "N/A", "NaN", "#REF!", "null", "Không có", "—"])
def test_missing(text: str) -> None:
    assert read_number(text, MHZ).missing
    assert read_coordinate(text).missing
    assert is_missing(text) or text == "—"


@pytest.mark.parametrize(
    ("text", "unit", "named"),
    [("dBm", "dBm", "dBm"), ("DBM", "dBm", "dBm"), ("độ", "deg", "deg"), ("mét", "m", "m"),
     ("m AGL", "m", "m"), ("m AMSL", "m", ""), ("furlong", "m", ""), ("°", "deg", "deg")],
)  # fmt: skip
def test_unit_named(text: str, unit: str, named: str) -> None:
    assert unit_named(text, unit) == named


LON = 105 + 28 / 60 + 23.08 / 3600


@pytest.mark.parametrize(
    "text",
    [
        "105°28'23.08\"E", "105°28’23,08”", "105º 28′ 23.08″ Đ", "E 105° 28' 23.08\"",
        "105 28 23.08", "105-28-23.08", "105:28:23,08", "105.28.23,08", "105d28m23.08s",
        "105 độ 28 phút 23,08 giây Đông", "105°28'23.08''E", "105°28'23.08E\"", "105°28 23.08",
        "Đ 105°28'23.08\"", "105°28′23.08″ kinh".removesuffix(" kinh"), "１０５°２８'２３.０８\"E",
    ],
)  # fmt: skip
def test_degrees_minutes_seconds(text: str) -> None:
    reading = read_coordinate(text)
    assert reading.value == pytest.approx(LON, abs=1e-9)
    assert reading.note


@pytest.mark.parametrize(
    ("text", "value", "axis"),
    [
        ("105.473079", 105.473079, ""),
        ("105,473079", 105.473079, ""),
        ("21,345", 21.345, ""),
        ("105.473079E", 105.473079, "longitude"),
        ("E105.473079", 105.473079, "longitude"),
        ("21.277285 B", 21.277285, "latitude"),
        ("21.277285°N", 21.277285, "latitude"),
        ("21.277285 S", -21.277285, "latitude"),
        ("105.5 T", -105.5, "longitude"),
        ("105.473079°", 105.473079, ""),
        ("105°28.5'", 105.475, ""),
        ("1.05473079E+02", 105.473079, ""),
        ("-105.5", -105.5, ""),
    ],
)
def test_decimal_degrees(text: str, value: float, axis: str) -> None:
    reading = read_coordinate(text)
    assert reading.value == pytest.approx(value, abs=1e-9)
    assert reading.said == axis


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("558123.4", "metres"),
        ("2,352,123.45", "metres"),
        ("2352123", "metres"),
        ("105473079", "no angle"),
        ("1054.73", "no angle"),
        ("105°61'00\"E", "60 or more"),
        ("-105.5 W", "both a sign and a compass letter"),
        ("=105.47", "not a number"),
        ("105.47,21.27", "not a number"),
        ("105 473079", "not a number"),
        ("0/120", "not a number"),
        ("inf", "not a finite"),
    ],
)
def test_coordinate_refused_with_reason(text: str, said: str) -> None:
    reading = read_coordinate(text)
    assert math.isnan(reading.value)
    assert said in reading.reason
    assert reading.mend


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 5999), st.sampled_from("EĐWT"))
def test_written_degrees_come_back(
    degrees: int, minutes: int, hundredths: int, letter: str
) -> None:
    text = f"{degrees}°{minutes:02d}'{hundredths / 100:05.2f}\"{letter}"
    expected = degrees + minutes / 60 + hundredths / 360000
    sign = 1 if letter in "EĐ" else -1
    assert read_coordinate(text).value == pytest.approx(sign * expected, abs=1e-9)


@given(st.floats(400, 6000), st.booleans())
def test_written_numbers_come_back(value: float, is_comma: bool) -> None:
    text = f"{value:.4f}"
    assert read_number(text.replace(".", ",") if is_comma else text, MHZ).value == float(text)


@given(st.text(max_size=80) | st.text("0123456789.,-+eE °'\"NSEWĐB", max_size=20))
def test_any_text_is_a_number_missing_or_refused(text: str) -> None:
    for reading in (read_number(text, MHZ), read_coordinate(text)):
        assert math.isfinite(reading.value) + bool(reading.reason) + reading.missing == 1
