"""P.2108-1 against the reference vectors, and its properties."""

import math

import naive_p2108 as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_code import allocates
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import p2108 as kernel
from phusong.propagation import p2108

TOLERANCE_DB = 0.005
ROWS = csv_rows(REFERENCE / "p2108_random.csv")
LOSSES = ("loss_dB_crc", "loss_dB_NTIA(if available)")
# The vectors' names and numbers of clutter; NTIA counts trees apart.
CLUTTER = {
    "WATER_SEA": "water",
    "OPEN_RURAL": "open",
    "SUBURBAN": "suburban",
    "URBAN_TREES_FOREST": "urban",
    "DENSE_URBAN": "dense_urban",
}
NTIA_CLUTTER = ["", "water", "open", "suburban", "urban", "urban", "dense_urban"]
CLUTTERS = sorted(CLUTTER.values())
PERCENT = st.floats(0.01, 99.99)


def number(row, start):
    return float(next(value for name, value in row.items() if name.startswith(start)))


def word(row):
    return next(value for name, value in row.items() if name.startswith("clutter_type"))


def height_gain_of(row, clutter):
    return p2108.height_gain_loss_db(
        number(row, "h_"),
        frequency_ghz=number(row, "f_"),
        clutter=clutter,
        clutter_height_m=number(row, "R_"),
        street_width_m=number(row, "w"),
    )


def terrestrial_of(row):
    return p2108.terrestrial_loss_db(
        number(row, "d_"), frequency_ghz=number(row, "f_"), location_percent=number(row, "p")
    )


def slant_of(row, angle="elev"):
    return p2108.slant_loss_db(
        number(row, angle), frequency_ghz=number(row, "f_"), location_percent=number(row, "p")
    )


@pytest.mark.parametrize(
    ("section", "loss_of"),
    [
        ("3.1", lambda row: height_gain_of(row, CLUTTER[word(row)])),
        ("3.2", terrestrial_of),
        ("3.3", slant_of),
    ],
)
def test_random_rows_agree_with_two_programs(section, loss_of):
    rows = [row for row in ROWS if row["section"] == section]
    assert len(rows) == 80
    for row in rows:
        for program in LOSSES:
            assert loss_of(row) == pytest.approx(float(row[program]), abs=TOLERANCE_DB), row


@pytest.mark.parametrize(
    ("file", "loss_of", "tolerance_db"),
    [
        # Its losses are rounded to 0.1 dB.
        ("itu_workbook_sec3.2_terrestrial.csv", terrestrial_of, 0.05),
        ("itu_workbook_sec3.3_earthspace.csv", slant_of, 0.01),
    ],
)
def test_the_itu_workbooks_agree(shared, file, loss_of, tolerance_db):
    rows = csv_rows(shared / "reference" / "p2108" / file)
    assert len(rows) > 150
    for row in rows:
        assert loss_of(row) == pytest.approx(number(row, "Lc"), abs=tolerance_db), row


@pytest.mark.parametrize(
    ("model", "loss_of"),
    [
        (
            "HeightGainTerminalCorrection",
            lambda row: height_gain_of(row, NTIA_CLUTTER[int(word(row))]),
        ),
        ("TerrestrialStatistical", terrestrial_of),
        ("AeronauticalStatistical", lambda row: slant_of(row, "theta")),
    ],
)
def test_ntias_own_rows_agree_or_are_refused(shared, model, loss_of):
    rows = csv_rows(shared / "reference" / "p2108" / f"ntia_{model}ModelTestData.csv")
    assert {row["rtn"] == "0" for row in rows} == {True, False}
    for row in rows:
        if row["rtn"] == "0":
            *_, expected = row.values()
            assert loss_of(row) == pytest.approx(float(expected), abs=0.05), row
        else:
            with pytest.raises(OutOfRangeError, match=r"P.2108-1 section 3"):
                loss_of(row)


@given(
    h=st.floats(0.5, 30),
    tops=st.floats(1, 30),
    ghz=st.floats(0.03, 3),
    ws=st.floats(5, 60),
    clutter=st.sampled_from(CLUTTERS),
)
@settings(max_examples=100)
def test_the_height_gain_agrees_with_its_plain_twin(h, tops, ghz, ws, clutter):
    loss = p2108.height_gain_loss_db(
        h, frequency_ghz=ghz, clutter=clutter, clutter_height_m=tops, street_width_m=ws
    )
    assert loss == pytest.approx(naive.height_gain_db(h, tops, ghz, ws, clutter), abs=1e-9)


@given(km=st.floats(0.25, 50), ghz=st.floats(0.5, 67), percent=PERCENT)
@settings(max_examples=100)
def test_the_terrestrial_loss_agrees_with_its_plain_twin(km, ghz, percent):
    loss = p2108.terrestrial_loss_db(km, frequency_ghz=ghz, location_percent=percent)
    assert loss == pytest.approx(naive.terrestrial_db(km, ghz, percent), abs=1e-9)


@given(theta=st.floats(0, 90), ghz=st.floats(10, 100), percent=PERCENT)
@settings(max_examples=100)
def test_the_slant_loss_agrees_with_its_plain_twin(theta, ghz, percent):
    loss = p2108.slant_loss_db(theta, frequency_ghz=ghz, location_percent=percent)
    assert loss == pytest.approx(naive.slant_db(theta, ghz, percent), abs=1e-8)


@pytest.mark.parametrize("clutter", CLUTTERS)
def test_a_taller_antenna_loses_less_and_at_the_tops_nothing(clutter):
    heights = np.linspace(0.5, 30, 400)
    loss = p2108.height_gain_loss_db(heights, frequency_ghz=0.9, clutter=clutter)
    assert np.all(np.diff(loss) <= 0)
    tops = p2108.CLUTTER_HEIGHTS_M[p2108.CLUTTERS[clutter]]
    assert np.all(loss[heights >= tops] == 0.0)
    almost = p2108.height_gain_loss_db(tops - 1e-6, frequency_ghz=0.9, clutter=clutter)
    assert almost == pytest.approx(0.0, abs=0.01)


def test_a_tops_height_of_ones_own_replaces_the_tables():
    given = {"frequency_ghz": 0.9, "clutter": "urban"}
    by_table = p2108.height_gain_loss_db(1.5, **given)
    assert by_table == p2108.height_gain_loss_db(1.5, **given, clutter_height_m=15.0)
    assert p2108.height_gain_loss_db(1.5, **given, clutter_height_m=20.0) > by_table


def test_a_clutter_map_gives_a_loss_map():
    clutter = np.array([["open", "suburban"], ["urban", "dense_urban"]])
    loss = p2108.height_gain_loss_db(1.5, frequency_ghz=0.9, clutter=clutter)
    assert loss.shape == (2, 2)
    for i, j in np.ndindex(2, 2):
        one = p2108.height_gain_loss_db(1.5, frequency_ghz=0.9, clutter=clutter[i, j])
        assert isinstance(one, float)
        assert loss[i, j] == one


@given(ghz=st.floats(0.5, 67), percent=PERCENT)
@settings(max_examples=50)
def test_the_terrestrial_loss_never_exceeds_that_at_2_km(ghz, percent):
    km = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 30.0])
    loss = p2108.terrestrial_loss_db(km, frequency_ghz=ghz, location_percent=percent)
    assert np.all(loss <= loss[4])


def test_the_median_terrestrial_loss_rises_with_distance_and_stops():
    loss = p2108.terrestrial_loss_db(np.linspace(0.25, 4, 200), frequency_ghz=3.5)
    assert np.all(np.diff(loss) >= 0)
    assert loss[-1] == p2108.terrestrial_loss_db(2.0, frequency_ghz=3.5)


def test_more_locations_mean_more_loss():
    percent = np.linspace(0.5, 99.5, 100)
    street = p2108.terrestrial_loss_db(1.0, frequency_ghz=3.5, location_percent=percent)
    sky = p2108.slant_loss_db(30.0, frequency_ghz=28.0, location_percent=percent)
    assert np.all(np.diff(street) > 0)
    assert np.all(np.diff(sky) > 0)


def test_a_higher_satellite_is_seen_better():
    theta, percent = np.linspace(0, 90, 91), np.array([[50.0], [90.0]])
    loss = p2108.slant_loss_db(theta, frequency_ghz=28.0, location_percent=percent)
    assert loss.shape == (2, 91)
    assert np.all(np.diff(loss) < 0)
    # Overhead only the spread is left.
    assert loss[:, -1] == pytest.approx([0.0, 0.6 * 1.28155], abs=1e-5)


@pytest.mark.parametrize(
    ("function", "first", "change", "said"),
    [
        (p2108.height_gain_loss_db, 0.0, {"clutter": "open"}, "height_m has 0: .* takes above 0"),
        (p2108.height_gain_loss_db, 1.5, {"clutter": "open", "street_width_m": 0.0}, "street_w"),
        (p2108.height_gain_loss_db, 1.5, {"clutter": "open", "frequency_ghz": 3.5}, "0.03 to 3"),
        (p2108.terrestrial_loss_db, 0.2, {}, "distance_km has 0.2: .* takes 0.25 or more"),
        (p2108.terrestrial_loss_db, 1.0, {"frequency_ghz": 0.4}, "takes 0.5 to 67"),
        (p2108.terrestrial_loss_db, 1.0, {"location_percent": 100.0}, "above 0, below 100"),
        (p2108.slant_loss_db, 91.0, {"frequency_ghz": 28.0}, "elevation_deg has 91"),
        (p2108.slant_loss_db, 45.0, {"frequency_ghz": [9.0, 28.0]}, "has 9 to 28: .* 10 to 100"),
    ],
)
def test_outside_its_range_it_refuses(function, first, change, said):
    with pytest.raises(OutOfRangeError, match=said):
        function(first, **({"frequency_ghz": 0.9} | change))


def test_every_problem_is_said_at_once():
    with pytest.raises(InputError) as caught:
        p2108.height_gain_loss_db(
            [1.5, math.inf], frequency_ghz=[0.9] * 3, clutter=["urban", "forest"]
        )
    problems = caught.value.problems
    assert problems[0].startswith("clutter has 'forest': give 'water', 'open'")
    assert problems[1] == "height_m has inf: give finite values"
    assert "do not broadcast" in problems[2]


def test_the_kernel_does_not_allocate():
    kernel.height_gain_db(1.5, 10.0, 0.9, 27.0, False)
    kernel.terrestrial_db(1.0, 3.5, 0.0)
    kernel.slant_db(10.0, 28.0, 0.5, 0.0)
    for function in (kernel.height_gain_db, kernel.terrestrial_db, kernel.slant_db):
        assert not allocates(function)
