"""Sector antennas and the power of the measured signal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import sector_attenuation_db as naive_attenuation_db
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError
from phusong.kernels.pattern import sector_attenuation_db
from phusong.radio.antenna import sector_gain_dbi
from phusong.radio.link_budget import reference_eirp_dbm, reference_offset_db


def test_the_element_agrees_with_ns3():
    rows = csv_rows(REFERENCE / "ns3_element.csv")
    azimuth = np.array([float(r["azimuth_deg"]) for r in rows])
    zenith = np.array([float(r["zenith_deg"]) for r in rows])
    expected = [float(r["gain_dbi"]) for r in rows]
    assert len(rows) == 250
    assert sector_gain_dbi(azimuth, 90 - zenith, gain_dbi=8.0) == pytest.approx(expected, abs=1e-6)


@given(
    azimuth=st.floats(-180, 180),
    elevation=st.floats(-89, 89),
    mechanical=st.floats(-5, 15),
    electrical=st.floats(0, 12),
)
def test_tilts_agree_with_a_rotation_matrix(azimuth, elevation, mechanical, electrical):
    args = (azimuth, elevation, mechanical, electrical, 65.0, 7.0)
    assert sector_attenuation_db(*args) == pytest.approx(naive_attenuation_db(*args), abs=1e-6)


def test_both_tilts_point_the_beam_down_ahead():
    for tilts in ({"mechanical_tilt_deg": 6.0}, {"electrical_tilt_deg": 6.0}):
        gain = sector_gain_dbi(0.0, -6.0, gain_dbi=17.0, vertical_beamwidth_deg=7.0, **tilts)
        assert gain == pytest.approx(17.0)


def test_only_mechanical_tilt_raises_the_back():
    def back(**tilts):
        return sector_gain_dbi(
            180.0,
            6.0,
            gain_dbi=17.0,
            horizontal_beamwidth_deg=360.0,
            vertical_beamwidth_deg=7.0,
            **tilts,
        )

    assert back(mechanical_tilt_deg=6.0) == pytest.approx(17.0)
    assert back(electrical_tilt_deg=6.0) < 0


def test_half_power_at_half_the_beamwidth():
    gain = sector_gain_dbi([32.5, -32.5], [0, 0], gain_dbi=0.0, horizontal_beamwidth_deg=65.0)
    assert gain == pytest.approx([-3, -3])


@pytest.mark.parametrize(
    ("technology", "bandwidth", "frequency", "offset"),
    [
        ("3G", 5, 2140, -10.0),
        ("4G", 20, 1842.5, -30.79),
        ("4G", 10, 942.5, -27.78),
        ("5G", 100, 3750, -35.15),
        ("5G", 10, 758, -27.95),
    ],
)
def test_power_of_the_measured_signal(technology, bandwidth, frequency, offset):
    assert reference_offset_db(technology, bandwidth, frequency) == pytest.approx(offset, abs=0.01)


def test_eirp_adds_up():
    eirp = reference_eirp_dbm(
        "4G",
        power_dbm=46.0,
        antenna_gain_dbi=17.5,
        feeder_loss_db=1.5,
        bandwidth_mhz=20.0,
        frequency_mhz=1842.5,
    )
    assert eirp == pytest.approx(46 - 30.792 + 17.5 - 1.5, abs=1e-3)


def test_an_unknown_bandwidth_names_those_there_are():
    with pytest.raises(InputError, match=r"7 MHz is no 4G bandwidth.*1.4, 3, 5, 10, 15, 20"):
        reference_offset_db("4G", 7, 1800)


def test_an_unknown_technology_is_named():
    with pytest.raises(InputError, match="'6G' is unknown: give one of 3G, 4G, 5G"):
        reference_offset_db("6G", 20, 1800)
