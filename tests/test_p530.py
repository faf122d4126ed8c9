"""P.530-17 rain and multipath against the reference vectors, their plain twin and properties."""

import math
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from machine_code import allocates
from naive_p530 import fade_percent, p0_percent, rain_db
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import p530 as kernel
from phusong.propagation import p530, p838

TOLERANCE_DB = 0.01
LINK = {"frequency_ghz": 26.0, "rain_rate_mm_h": 90.0}
DELTA = {
    "frequency_ghz": 7.5,
    "tx_altitude_m": 60.0,
    "rx_altitude_m": 30.0,
    "refractivity_gradient": -400.0,
    "roughness_m": 5.0,
}


def test_random_rows_agree():
    names = ("d_km", "f_ghz", "R001_mm_h", "p_pct", "elev_deg", "tau_deg", "A_ITURpy_dB")
    rows = csv_rows(REFERENCE / "p530_random_rain.csv")
    d, f, rain, p, elevation, tilt, expected = np.array(
        [[float(row[name]) for name in names] for row in rows]
    ).T
    assert len(d) == 120
    loss = p530.rain_loss_db(
        d,
        frequency_ghz=f,
        rain_rate_mm_h=rain,
        exceeded_percent=p,
        elevation_deg=elevation,
        polarization_tilt_deg=tilt,
    )
    assert loss == pytest.approx(expected, abs=TOLERANCE_DB)
    # And to the ten digits that the file was written with.
    assert loss == pytest.approx(expected, rel=1e-8)


@given(
    d=st.floats(0.1, 60),
    f=st.floats(1, 100),
    rain=st.floats(0, 200),
    p=st.floats(0.001, 1),
    elevation=st.floats(-5, 5),
    tilt=st.floats(0, 90),
)
@settings(max_examples=200)
def test_rain_agrees_with_its_plain_twin(d, f, rain, p, elevation, tilt):
    terms = p530.rain_loss_terms(
        d,
        frequency_ghz=f,
        rain_rate_mm_h=rain,
        exceeded_percent=p,
        elevation_deg=elevation,
        polarization_tilt_deg=tilt,
    )
    assert terms["Ap"] == pytest.approx(rain_db(d, f, rain, p, elevation, tilt), rel=1e-9)


def test_a_link_worked_by_hand():
    # 5 km at 10 GHz: log10(f/10) = 0, so C0 = 0.12, C2 = 0.5831, C3 = 0.0545.
    terms = p530.rain_loss_terms(
        5.0, frequency_ghz=10.0, rain_rate_mm_h=100.0, exceeded_percent=0.1
    )
    assert (terms["C0"], terms["C2"]) == pytest.approx((0.12, 0.58308))
    assert terms["C3"] == pytest.approx(0.05452)
    assert terms["C1"] == pytest.approx(0.11248, abs=1e-5)
    # Table 5 of P.838-3 at 10 GHz, vertical: k 0.01129, alpha 1.2156, thus 3.046 dB/km.
    assert terms["gamma_r"] == pytest.approx(3.046, abs=0.01)
    # 0.477 x 5^0.633 x 100^0.08874 x 10^0.123 - 10.579 x (1 - exp(-0.12)) = 1.4427.
    assert terms["r"] == pytest.approx(1 / 1.4427, abs=2e-4)
    assert terms["d_eff"] == pytest.approx(5.0 * terms["r"])
    assert terms["A001"] == pytest.approx(terms["gamma_r"] * terms["d_eff"])
    # 0.1^-(0.58308 - 0.05452) = 3.3772.
    assert terms["Ap"] == pytest.approx(terms["A001"] * 0.11248 * 3.3772, rel=1e-4)


def test_the_path_counts_two_and_a_half_times_at_most():
    # Where the denominator of eq. (32) is small, and where it is negative.
    for km, rain in ((0.3, 90.0), (60.0, 1.0), (5.0, 0.0)):
        terms = p530.rain_loss_terms(km, frequency_ghz=2.0, rain_rate_mm_h=rain)
        assert terms["r"] == 2.5
        gamma = p838.specific_attenuation_db_km(rain, frequency_ghz=2.0)
        assert terms["A001"] == pytest.approx(gamma * km * 2.5)


@given(f=st.floats(1, 100), p=st.floats(0.001, 0.9), factor=st.floats(1.01, 1.1))
@settings(max_examples=50)
def test_rarer_rain_is_harder(f, p, factor):
    link = LINK | {"frequency_ghz": f}
    rare, common = p530.rain_loss_db(3.0, **link, exceeded_percent=[p, p * factor])
    assert rare > common


@pytest.mark.parametrize("ghz", [2.0, 10.0, 26.0, 70.0, 100.0])
def test_at_a_hundredth_percent_the_law_is_one(ghz):
    # C1 x 0.01^-(C2 - 2 C3) is 1 by the making of eq. (34).
    terms = p530.rain_loss_terms(3.0, **(LINK | {"frequency_ghz": ghz}))
    assert terms["Ap"] == pytest.approx(terms["A001"], rel=5e-3)


def test_arrays_broadcast_and_scalars_stay_scalars():
    km, percent = np.array([1.0, 2.0, 5.0]), np.array([[0.001], [0.1]])
    loss = p530.rain_loss_db(km, **LINK, exceeded_percent=percent)
    assert loss.shape == (2, 3)
    one = p530.rain_loss_db(2.0, **LINK, exceeded_percent=0.1)
    assert isinstance(one, float)
    assert loss[1, 1] == one


def test_beyond_what_is_vouched_for_one_warning_names_all():
    with pytest.warns(PhusongWarning) as said:
        p530.rain_loss_db(np.linspace(50, 80, 100), **(LINK | {"frequency_ghz": 120.0}))
    assert len(said) == 1
    assert re.search(r"distance_km has 50 to 80 .* 0 to 60", str(said[0].message))
    assert re.search(r"frequency_ghz has 120 .* 1 to 100", str(said[0].message))
    assert said[0].filename == __file__


def test_what_is_out_of_range_is_said_at_once():
    with pytest.raises(OutOfRangeError) as caught:
        p530.rain_loss_db(0.0, frequency_ghz=0.9, rain_rate_mm_h=-1.0, exceeded_percent=5.0)
    text = str(caught.value)
    assert re.search(r"distance_km has 0: P.530-17 .* above 0", text)
    assert re.search(r"frequency_ghz has 0.9: P.530-17 .* 1 to 1000", text)
    assert re.search(r"rain_rate_mm_h has -1: P.530-17", text)
    assert re.search(r"exceeded_percent has 5: P.530-17 .* 0.001 to 1", text)


def test_what_is_no_number_is_refused():
    with pytest.raises(InputError, match="rain_rate_mm_h has nan: give finite values"):
        p530.rain_loss_db(3.0, frequency_ghz=26.0, rain_rate_mm_h=math.nan)
    with pytest.raises(InputError, match="give scalars"):
        p530.rain_loss_terms([1.0, 2.0], **LINK)


@given(
    d=st.floats(5, 60),
    f=st.floats(3, 45),
    heights=st.tuples(st.floats(0, 1500), st.floats(0, 1500)),
    gradient=st.floats(-600, -100),
    roughness=st.floats(0, 200),
    fade=st.floats(0, 50),
)
@settings(max_examples=200)
def test_multipath_agrees_with_its_plain_twin(d, f, heights, gradient, roughness, fade):
    p0 = p0_percent(d, f, *heights, gradient, roughness)
    assume(p0 < 1999)
    percent = p530.multipath_percent(
        d,
        frequency_ghz=f,
        tx_altitude_m=heights[0],
        rx_altitude_m=heights[1],
        refractivity_gradient=gradient,
        roughness_m=roughness,
        fade_db=fade,
    )
    assert percent == pytest.approx(fade_percent(p0, fade), rel=1e-9)


def test_a_multipath_link_worked_by_hand():
    # 30 km at 7.5 GHz: K = 10^-3.32 x 15^-0.46 = 1.3772e-4, 1 mrad, hL = 30 m.
    p0 = kernel.multipath_occurrence(30.0, 7.5, 60.0, 30.0, -400.0, 5.0)
    assert p0 == pytest.approx(1.3772e-4 * 30**3.4 * 2**-1.03 * 7.5**0.8 * 0.94886, rel=1e-3)
    # 40 dB is beyond the transition: ten times rarer for every 10 dB.
    percent = p530.multipath_percent(30.0, **DELTA, fade_db=[40.0, 50.0])
    assert percent == pytest.approx([p0 * 1e-4, p0 * 1e-5])


def test_a_fade_of_0_db_is_exceeded_63_percent_of_the_time():
    percent = p530.multipath_percent(30.0, **DELTA, fade_db=0.0)
    assert percent == pytest.approx(100 * (1 - math.exp(-1)))


@given(p0=st.floats(1e-3, 1900))
@settings(max_examples=100)
def test_deep_and_shallow_fading_meet_at_the_transition(p0):
    at = 25 + 1.2 * math.log10(p0)
    shallow, deep = (kernel.multipath_percent(p0, at + step) for step in (-1e-9, 1e-9))
    assert shallow == pytest.approx(deep, rel=1e-6)


def test_deeper_fades_are_rarer_and_longer_links_fade_more():
    percent = p530.multipath_percent(30.0, **DELTA, fade_db=np.arange(0.0, 60.0, 0.5))
    assert np.all(np.diff(percent) < 0)
    by_distance = p530.multipath_percent(np.arange(6.0, 40.0), **DELTA, fade_db=30.0)
    assert np.all(np.diff(by_distance) > 0)


def test_a_short_or_low_link_is_warned_of_once():
    with pytest.warns(PhusongWarning) as said:
        p530.multipath_percent([2.0, 3.0], **(DELTA | {"frequency_ghz": 2.0}), fade_db=30.0)
    assert len(said) == 1
    assert re.search(r"distance_km has 2 to 3 ", str(said[0].message))
    assert re.search(r"frequency_ghz x distance_km has 4 to 6 ", str(said[0].message))
    assert said[0].filename == __file__


def test_multipath_out_of_range_is_refused():
    with pytest.raises(OutOfRangeError, match=r"fade_db has -1: P.530-17"):
        p530.multipath_percent(30.0, **DELTA, fade_db=-1.0)
    with pytest.raises(OutOfRangeError, match=r"p0 reaches \d+ %: P.530-17 holds below 2000 %"):
        p530.multipath_percent(100.0, **DELTA, fade_db=30.0)


def test_the_kernels_do_not_allocate():
    kernel.rain_terms(3.0, 26.0, 90.0, 0.01, 0.0, 90.0)
    kernel.multipath_percent(1.0, 30.0)
    for function in (kernel.rain_terms, kernel.multipath_percent):
        assert not allocates(function)
