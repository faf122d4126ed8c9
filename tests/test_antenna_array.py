"""Antennas in every direction: cuts to 3-D, tilts, panels and their beams."""

import math
from dataclasses import FrozenInstanceError

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_antenna import array_gain_db, cut_attenuation_db
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError
from phusong.radio.antenna import sector_gain_dbi
from phusong.radio.antennas import (
    METHODS,
    Antenna,
    AntennaPanel,
    array_gain_dbi,
    beam_set_gain_dbi,
    ssb_beams,
    traffic_beams,
)

mpl.use("Agg")

DEGREES = np.arange(360.0)
LOPSIDED = Antenna(
    name="lopsided",
    gain_dbi=15.0,
    horizontal=10.0 - 10.0 * np.cos(np.radians(DEGREES - 20.0)),
    vertical=np.minimum(12.0 * (np.abs((DEGREES + 176.0) % 360 - 180) / 9.0) ** 2, 27.0),
    electrical_tilt_deg=4.0,
)
directions = st.tuples(st.floats(-180, 180), st.floats(-89, 89))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=60)
@given(direction=directions, tilts=st.tuples(st.floats(-5, 15), st.floats(-4, 12)))
def test_every_method_agrees_with_its_plain_twin(method, direction, tilts):
    found = LOPSIDED.attenuation_db_at(
        *direction, mechanical_tilt_deg=tilts[0], electrical_tilt_deg=tilts[1], method=method
    )
    cuts = LOPSIDED.horizontal, LOPSIDED.vertical
    assert found == pytest.approx(cut_attenuation_db(*cuts, direction, tilts, method), abs=1e-5)
    assert found >= 0.0


@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_the_cuts_of_an_antenna_that_peaks_at_boresight(method):
    antenna = Antenna.from_beamwidths(gain_dbi=17.0, vertical_beamwidth_deg=10.0)
    ahead = antenna.gain_dbi_at(0.0, -np.arange(91.0), method=method)
    assert ahead == pytest.approx(17.0 - antenna.vertical[:91])
    around = antenna.gain_dbi_at(DEGREES, 0.0, method=method)
    assert around == pytest.approx(17.0 - antenna.horizontal)


def test_the_projection_keeps_the_vertical_cut_behind():
    behind = LOPSIDED.attenuation_db_at(180.0, -np.arange(90.0), method="horizontal_projection")
    assert behind == pytest.approx(LOPSIDED.vertical[180 - np.arange(90)])


def test_hand_computed_values_between_the_cuts():
    """H = 6 dB, V = 9 dB; powers 0.25119 and 0.12589."""
    horizontal, vertical = np.full(360, 6.0), np.full(360, 9.0)
    horizontal[0] = vertical[0] = 0.0
    vertical[180] = horizontal[180] = 30.0
    antenna = Antenna("by hand", 0.0, horizontal, vertical)
    at = {m: float(antenna.gain_dbi_at(90.0, -30.0, method=m)) for m in METHODS}
    w1, w2 = 0.125893 * (1 - 0.251189), 0.251189 * (1 - 0.125893)
    cross = (6 * w1 + 9 * w2) / math.hypot(w1, w2)
    share = 10 ** (-1.5 / 3.5)
    assert at["sum"] == pytest.approx(-15.0)
    assert at["cross_weighted"] == pytest.approx(-cross, abs=1e-4)
    assert at["hybrid"] == pytest.approx(-(share * 15 + (1 - share) * cross), abs=1e-4)
    # Half way round: half of V ahead (9 - 0), half of V behind (9 - 30).
    assert at["horizontal_projection"] == pytest.approx(-(6 + 0.5 * 9 + 0.5 * (9 - 30)), abs=1e-9)


def test_the_sum_fits_a_column_of_elements_better_than_the_hybrid():
    """The reason for the default: cuts of 8 elements with 6 degrees of tilt, and the truth."""
    column = AntennaPanel(8, 1, row_spacing_wavelengths=0.8)
    beam = {"beam_elevation_deg": -6.0}
    peak = float(array_gain_dbi(column, 0.0, -6.0, **beam))
    turn = (DEGREES + 180) % 360 - 180
    is_behind = np.abs(turn) > 90
    upright = np.where(is_behind, -np.sign(turn) * 180 + turn, -turn)
    cuts = {
        "horizontal": peak - array_gain_dbi(column, DEGREES, -6.0, **beam),
        "vertical": peak - array_gain_dbi(column, np.where(is_behind, 180, 0), upright, **beam),
    }
    antenna = Antenna("column", peak, **{k: np.clip(v, 0, 200) for k, v in cuts.items()})
    azimuth, elevation = np.meshgrid(np.arange(-179.5, 180, 3), np.arange(-60.5, 30))
    truth = array_gain_dbi(column, azimuth, elevation, **beam)
    seen = truth > peak - 30
    error = {m: (antenna.gain_dbi_at(azimuth, elevation, method=m) - truth)[seen] for m in METHODS}
    assert np.abs(error["sum"]).mean() < 0.5
    assert np.abs(error["horizontal_projection"]).mean() < 0.5
    assert np.abs(error["hybrid"]).mean() > 1.5
    assert np.median(error["hybrid"]) > 0.5


@pytest.mark.parametrize("horizontal_beamwidth", [65.0, 360.0])
@settings(max_examples=40)
@given(
    azimuth=st.integers(-180, 180),
    elevation=st.integers(-90, 90),
    mechanical=st.floats(0, 10),
    electrical=st.integers(0, 10),
)
def test_beamwidths_agree_with_the_sector_pattern(
    horizontal_beamwidth, azimuth, elevation, mechanical, electrical
):
    widths = {"horizontal_beamwidth_deg": horizontal_beamwidth, "vertical_beamwidth_deg": 12.0}
    antenna = Antenna.from_beamwidths(gain_dbi=17.0, electrical_tilt_deg=electrical, **widths)
    expected = sector_gain_dbi(
        azimuth,
        elevation,
        gain_dbi=17.0,
        mechanical_tilt_deg=mechanical,
        electrical_tilt_deg=electrical,
        **widths,
    )
    found = antenna.gain_dbi_at(azimuth, elevation, mechanical_tilt_deg=mechanical)
    # The cuts interpolate between whole degrees: least where the parabola bends into the floor.
    assert found == pytest.approx(expected, abs=0.7)
    exact = antenna.gain_dbi_at(azimuth, elevation)
    assert exact == pytest.approx(
        sector_gain_dbi(azimuth, elevation, gain_dbi=17.0, electrical_tilt_deg=electrical, **widths)
    )


def test_electrical_tilt_counts_over_the_tilt_in_the_cut():
    tilted = Antenna.from_beamwidths(gain_dbi=17.0, electrical_tilt_deg=6.0)
    level = Antenna.from_beamwidths(gain_dbi=17.0)
    elevation = np.arange(-20, 21)
    assert level.gain_dbi_at(30.0, elevation, electrical_tilt_deg=6.0) == pytest.approx(
        tilted.gain_dbi_at(30.0, elevation)
    )


def test_mechanical_tilt_raises_the_back_and_electrical_tilt_does_not():
    whip = Antenna.from_beamwidths(gain_dbi=10.0, horizontal_beamwidth_deg=360.0)
    assert whip.gain_dbi_at(180.0, 6.0, mechanical_tilt_deg=6.0) == pytest.approx(10.0)
    assert whip.gain_dbi_at(180.0, -6.0, electrical_tilt_deg=6.0) == pytest.approx(10.0)
    assert whip.gain_dbi_at(180.0, 6.0, electrical_tilt_deg=6.0) < -15.0
    assert whip.gain_dbi_at(90.0, 0.0, mechanical_tilt_deg=6.0) == pytest.approx(10.0)


def test_a_beam_that_squints_keeps_its_peak():
    """Twin beams at +-30 degrees: both cuts count from their own peaks."""
    off = np.minimum(np.abs(DEGREES - 30), np.abs(DEGREES - 330))
    antenna = Antenna("twin", 20.0, np.minimum(12 * (off / 30) ** 2, 25), LOPSIDED.vertical)
    assert antenna.gain_dbi_at(-30.0, -4.0) == pytest.approx(20.0)
    assert antenna.gain_dbi_at(0.0, -4.0) == pytest.approx(8.0)


def test_a_horizontal_cut_through_the_horizon_is_not_counted_twice():
    """Radio Mobile's way: both cuts hold the 6 dB that the tilt costs at the horizon."""
    horizontal = 6.0 + Antenna.from_beamwidths(gain_dbi=0.0).horizontal
    vertical = 12.0 * (((DEGREES - 5) + 180) % 360 - 180) ** 2 / 50.0
    antenna = Antenna("horizon", 17.0, horizontal, np.minimum(vertical, 40.0))
    assert antenna.gain_dbi_at(0.0, 0.0) == pytest.approx(17.0 - 6.0)
    assert antenna.gain_dbi_at(0.0, -5.0) == pytest.approx(17.0)


def test_directions_broadcast_and_scalars_stay_scalars():
    antenna = Antenna.from_beamwidths(gain_dbi=17.0)
    assert antenna.gain_dbi_at(np.zeros((3, 1)), np.zeros(4)).shape == (3, 4)
    assert np.isscalar(antenna.gain_dbi_at(0.0, 0.0))
    assert antenna.gain_dbi_at([], []).shape == (0,)
    assert antenna.gain_dbi_at(-1e-17, 0.0) == pytest.approx(17.0)


def test_beamwidths_read_back():
    antenna = Antenna.from_beamwidths(
        gain_dbi=17.0, horizontal_beamwidth_deg=65.0, vertical_beamwidth_deg=8.0
    )
    assert antenna.horizontal_beamwidth_deg == pytest.approx(65.0, abs=0.05)
    assert antenna.vertical_beamwidth_deg == pytest.approx(8.0, abs=0.05)
    whip = Antenna.from_beamwidths(gain_dbi=2.0, horizontal_beamwidth_deg=360.0)
    assert whip.horizontal_beamwidth_deg == 360.0


def test_an_antenna_is_a_value():
    one, two = (Antenna.from_beamwidths(gain_dbi=17.0) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != Antenna.from_beamwidths(gain_dbi=16.0)
    assert one != "sector"
    with pytest.raises(FrozenInstanceError):
        one.gain_dbi = 3.0
    with pytest.raises(ValueError, match="read-only"):
        one.horizontal[0] = 3.0


def test_a_name_from_a_file_is_shown_as_text():
    antenna = Antenna("<b>$x_{</b>", 3.0, np.zeros(360), np.zeros(360), polarization="<i>")
    assert "<b>" not in antenna._repr_html_()
    assert "&lt;b&gt;" in antenna._repr_html_()
    assert "&lt;i&gt;" in antenna._repr_html_()
    figure = antenna.plot()
    figure.canvas.draw()
    assert figure.get_suptitle() == "<b>$x_{</b>, 3.00 dBi"
    mpl.pyplot.close(figure)


def test_the_drawing_shows_both_cuts():
    figure = LOPSIDED.plot()
    drawn = [axes.lines[0].get_ydata() for axes in figure.axes]
    assert drawn[0][:360] == pytest.approx(-LOPSIDED.horizontal)
    assert drawn[1][:360] == pytest.approx(-LOPSIDED.vertical)
    mpl.pyplot.close(figure)


def test_all_problems_of_an_antenna_are_told_at_once():
    horizontal = np.zeros(360)
    horizontal[7] = -1.0
    with pytest.raises(InputError) as caught:
        Antenna("bad", math.nan, horizontal, np.zeros(361))
    problems = "\n".join(caught.value.problems)
    assert "horizontal is -1 at 7 degrees: give dB from 0 to 300" in problems
    assert "vertical has the shape (361,): give 360 values" in problems
    assert "gain_dbi is nan" in problems


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((math.nan, 0.0), "a bearing is not finite"),
        ((0.0, 91.0), "an elevation is not within -90 to 90"),
    ],
)
def test_directions_that_are_none_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        LOPSIDED.gain_dbi_at(*arguments)
    with pytest.raises(InputError, match=message):
        array_gain_dbi(AntennaPanel(2, 2), *arguments)


def test_an_unknown_method_names_those_there_are():
    with pytest.raises(InputError, match="'magic' is unknown: give one of sum, cross_weighted"):
        LOPSIDED.gain_dbi_at(0.0, 0.0, method="magic")
    with pytest.raises(InputError, match="electrical_tilt_deg"):
        LOPSIDED.gain_dbi_at(0.0, 0.0, electrical_tilt_deg=math.inf)


def test_one_element_agrees_with_ns3():
    rows = csv_rows(REFERENCE / "ns3_element.csv")
    azimuth = [float(row["azimuth_deg"]) for row in rows]
    elevation = [90.0 - float(row["zenith_deg"]) for row in rows]
    expected = [float(row["gain_dbi"]) for row in rows]
    assert len(rows) == 250
    found = array_gain_dbi(AntennaPanel(1, 1), azimuth, elevation)
    assert found == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60)
@given(
    direction=directions,
    beam=st.tuples(st.floats(-60, 60), st.floats(-30, 30)),
    tilt=st.floats(0, 10),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_a_panel_agrees_with_its_elements_added_one_by_one(direction, beam, tilt, shape):
    spacings = 0.7, 0.5
    panel = AntennaPanel(*shape, *spacings)
    found = array_gain_dbi(
        panel,
        *direction,
        beam_azimuth_deg=beam[0],
        beam_elevation_deg=beam[1],
        mechanical_tilt_deg=tilt,
    )
    element = array_gain_dbi(AntennaPanel(1, 1), *direction, mechanical_tilt_deg=tilt)
    expected = array_gain_db(direction, beam, tilt, *shape, spacings)
    # Where the waves all but cancel, only the power counts.
    assert 10 ** (0.1 * (found - element)) == pytest.approx(10 ** (0.1 * expected), abs=1e-6)


@given(rows=st.integers(1, 16), columns=st.integers(1, 16))
def test_the_peak_is_an_element_and_ten_log_of_their_number(rows, columns):
    panel = AntennaPanel(rows, columns)
    assert panel.peak_gain_dbi == pytest.approx(8.0 + 10 * math.log10(rows * columns))
    assert array_gain_dbi(panel, 0.0, 0.0) == pytest.approx(panel.peak_gain_dbi)


def test_a_steered_beam_loses_only_what_the_element_loses():
    panel = AntennaPanel(8, 8)
    found = array_gain_dbi(panel, 30.0, -10.0, beam_azimuth_deg=30.0, beam_elevation_deg=-10.0)
    element = 8.0 - 12 * (30 / 65) ** 2 - 12 * (10 / 65) ** 2
    assert found == pytest.approx(element + 10 * math.log10(64))
    tilted = array_gain_dbi(panel, 0.0, -16.0, beam_elevation_deg=-10.0, mechanical_tilt_deg=6.0)
    assert tilted == pytest.approx(26.0618 - 12 * (10 / 65) ** 2, abs=1e-4)


def test_no_beam_is_over_the_peak_and_the_first_null_is_where_theory_has_it():
    panel = AntennaPanel(1, 8)
    azimuth = np.arange(-90.0, 90.0, 0.1)
    assert array_gain_dbi(panel, azimuth, 0.0).max() <= panel.peak_gain_dbi + 1e-9
    null = math.degrees(math.asin(1 / (8 * 0.5)))
    assert array_gain_dbi(panel, null, 0.0) < -80.0


def test_widely_spaced_elements_have_grating_lobes():
    panel = AntennaPanel(1, 4, column_spacing_wavelengths=2.0)
    lobe = array_gain_dbi(panel, 30.0, 0.0)  # sin 30 degrees is one wavelength in two
    assert lobe == pytest.approx(panel.peak_gain_dbi - 12 * (30 / 65) ** 2)


def test_the_envelope_is_the_best_beam():
    panel = AntennaPanel(2, 4)
    beams = ssb_beams(4, elevation_deg=-6.0)
    azimuth, elevation = np.meshgrid(np.arange(-180.0, 180, 7), np.arange(-30.0, 10, 3))
    each = [
        array_gain_dbi(panel, azimuth, elevation, beam_azimuth_deg=a, beam_elevation_deg=e)
        for a, e in beams
    ]
    envelope = beam_set_gain_dbi(panel, azimuth, elevation, beams=beams)
    assert envelope == pytest.approx(np.max(each, axis=0))
    assert not np.allclose(envelope, each[0])


def test_ssb_beams_lie_evenly_over_the_sector():
    assert ssb_beams(8, sector_width_deg=120.0, elevation_deg=-3.0).tolist() == [
        [bearing, -3.0] for bearing in (-52.5, -37.5, -22.5, -7.5, 7.5, 22.5, 37.5, 52.5)
    ]
    assert ssb_beams(1).tolist() == [[0.0, 0.0]]


def test_traffic_beams_of_one_oversampling_do_not_disturb_each_other():
    """Beams of a DFT without oversampling are orthogonal: each in the nulls of the others."""
    panel = AntennaPanel(4, 8)
    beams = traffic_beams(panel, oversampling=1, elevations_deg=(-90.0, 90.0))
    row = beams[np.isclose(beams[:, 1], 0.0)]
    assert len(row) == 7
    for azimuth, elevation in row:
        there = array_gain_dbi(
            panel, row[:, 0], row[:, 1], beam_azimuth_deg=azimuth, beam_elevation_deg=elevation
        )
        others = np.abs(row[:, 0] - azimuth) > 1e-6
        assert (there[others] < -60).all()


def test_traffic_beams_gain_over_ssb_beams():
    """Over the sector, narrow beams near every direction beat a few swept with one row."""
    panel = AntennaPanel(8, 8)
    beams = traffic_beams(panel)
    azimuth = np.arange(-55.0, 56.0, 5.0)
    traffic = beam_set_gain_dbi(panel, azimuth, -6.0, beams=beams)
    ideal = [
        array_gain_dbi(panel, a, -6.0, beam_azimuth_deg=a, beam_elevation_deg=-6.0) for a in azimuth
    ]
    assert (traffic <= np.array(ideal) + 1e-9).all()
    assert (traffic > np.array(ideal) - 0.5).all()
    ssb = beam_set_gain_dbi(AntennaPanel(8, 2), azimuth, -6.0, beams=ssb_beams(8))
    assert (traffic - ssb).mean() > 5.0


@pytest.mark.parametrize(
    ("build", "messages"),
    [
        (
            lambda: AntennaPanel(0, 2.5, row_spacing_wavelengths=-1.0, element_gain_dbi=math.inf),
            ["rows is 0", "columns is 2.5", "row_spacing_wavelengths is -1.0", "element_gain_dbi"],
        ),
        (
            lambda: ssb_beams(65, sector_width_deg=0.0),
            ["count is 65: give 1 to 64", "sector_width"],
        ),
        (
            lambda: beam_set_gain_dbi(AntennaPanel(2, 2), 0.0, 0.0, beams=[]),
            ["give a bearing and an elevation for each beam"],
        ),
        (
            lambda: traffic_beams(AntennaPanel(1, 1), elevations_deg=(10.0, 20.0)),
            ["no beam of the panel lies within these limits"],
        ),
        (lambda: Antenna.from_beamwidths(gain_dbi=1.0, vertical_beamwidth_deg=0.0), ["over 0"]),
    ],
)
def test_impossible_arguments_are_all_told(build, messages):
    with pytest.raises(InputError) as caught:
        build()
    for message in messages:
        assert message in str(caught.value)
