"""P.838-3 against the reference vectors, its plain twin, and its properties."""

import csv
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_code import allocates
from naive_p838 import k_alpha
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import p838 as kernel
from phusong.propagation import p838

FREQUENCIES, ANGLES = st.floats(1, 1000), st.floats(-90, 90)


def columns(rows, *names):
    return [np.array([float(row[name]) for row in rows]) for name in names]


def test_random_rows_agree():
    rows = csv_rows(REFERENCE / "p838_random_rain.csv")
    f, rain, elevation, tilt = columns(rows, "f_ghz", "R_mm_h", "elev_deg", "tau_deg")
    path = {"elevation_deg": elevation, "polarization_tilt_deg": tilt}
    k, alpha = p838.coefficients(f, **path)
    gamma = p838.specific_attenuation_db_km(rain, frequency_ghz=f, **path)
    k_row, alpha_row, *gammas = columns(
        rows, "k_ITURpy", "alpha_ITURpy", "gammaR_dB_km_ITURpy", "gammaR_crc"
    )
    assert k == pytest.approx(k_row, rel=1e-9)
    assert alpha == pytest.approx(alpha_row, abs=1e-9)
    for gamma_row in gammas:
        assert gamma == pytest.approx(gamma_row, abs=1e-9)


def test_workbook_rows_agree(shared):
    path = shared / "reference/p838/ITURP838-3_rain_specific_attenuation.csv"
    with path.open(encoding="utf8") as file:
        el, f, rain, tau, k, alpha, gamma = np.array(list(csv.reader(file))[2:], dtype=float).T
    angles = {"elevation_deg": el, "polarization_tilt_deg": tau}
    ours = p838.coefficients(f, **angles)
    assert ours[0] == pytest.approx(k, abs=1e-8)
    assert ours[1] == pytest.approx(alpha, abs=1e-8)
    loss = p838.specific_attenuation_db_km(rain, frequency_ghz=f, **angles)
    assert loss == pytest.approx(gamma, abs=1e-7)


@given(f=FREQUENCIES, elevation=ANGLES, tilt=ANGLES)
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(f, elevation, tilt):
    ours = p838.coefficients(f, elevation_deg=elevation, polarization_tilt_deg=tilt)
    assert ours == pytest.approx(k_alpha(f, elevation, tilt), rel=1e-9)


# Table 5 of the Recommendation, for horizontal and vertical polarization.
@pytest.mark.parametrize(
    ("ghz", "tilt", "k", "alpha"),
    [
        (1.0, 0.0, 0.0000259, 0.9691),
        (1.0, 90.0, 0.0000308, 0.8592),
        (10.0, 0.0, 0.01217, 1.2571),
        (10.0, 90.0, 0.01129, 1.2156),
        (100.0, 0.0, 1.3671, 0.6815),
        (100.0, 90.0, 1.3680, 0.6765),
    ],
)
def test_the_recommendations_table_is_met(ghz, tilt, k, alpha):
    ours = p838.coefficients(ghz, polarization_tilt_deg=tilt)
    assert ours[0] == pytest.approx(k, rel=2e-3)
    assert ours[1] == pytest.approx(alpha, abs=1e-4)


@given(f=FREQUENCIES, elevation=ANGLES, tilt=ANGLES)
@settings(max_examples=50)
def test_any_tilt_lies_between_the_two_polarizations(f, elevation, tilt):
    flat, upright, k = (
        p838.coefficients(f, elevation_deg=e, polarization_tilt_deg=t)[0]
        for e, t in ((0.0, 0.0), (0.0, 90.0), (elevation, tilt))
    )
    assert min(flat, upright) * (1 - 1e-12) <= k <= max(flat, upright) * (1 + 1e-12)


def test_straight_up_has_no_polarization():
    up = [
        p838.coefficients(26.0, elevation_deg=90.0, polarization_tilt_deg=tilt)
        for tilt in (0.0, 45.0, 90.0)
    ]
    assert up[0] == pytest.approx(up[1])
    assert up[0] == pytest.approx(up[2])


@given(rain=st.floats(0, 200), more=st.floats(0.1, 50), f=FREQUENCIES)
@settings(max_examples=50)
def test_more_rain_is_worse_and_none_is_nothing(rain, more, f):
    loss = p838.specific_attenuation_db_km([0.0, rain, rain + more], frequency_ghz=f)
    assert loss[0] == 0.0
    assert loss[2] > loss[1]


def test_arrays_broadcast_and_scalars_stay_scalars():
    rain, f = np.array([1.0, 50.0, 100.0]), np.array([[26.0], [38.0]])
    loss = p838.specific_attenuation_db_km(rain, frequency_ghz=f)
    assert loss.shape == (2, 3)
    one = p838.specific_attenuation_db_km(50.0, frequency_ghz=38.0)
    assert isinstance(one, float)
    assert loss[1, 1] == one


def test_what_is_out_of_range_is_said_at_once():
    with pytest.raises(OutOfRangeError) as caught:
        p838.specific_attenuation_db_km(-1.0, frequency_ghz=[0.9, 3.5], elevation_deg=100.0)
    frequency, elevation, rain = str(caught.value).split("; ")
    assert re.match(r"frequency_ghz has 0.9 to 3.5: P.838-3 .* 1 to 1000", frequency)
    assert re.match(r"elevation_deg has 100: P.838-3 .* -90 to 90", elevation)
    assert re.match(r"rain_rate_mm_h has -1: P.838-3 .* 0 ", rain)


def test_what_is_no_number_is_refused():
    with pytest.raises(InputError, match="frequency_ghz has nan: give finite values"):
        p838.coefficients(math.nan)
    with pytest.raises(InputError, match="do not broadcast"):
        p838.coefficients([1.0, 2.0], elevation_deg=[1.0, 2.0, 3.0])


def test_the_kernel_does_not_allocate():
    kernel.coefficients(26.0, 0.0, 90.0)
    assert not allocates(kernel.coefficients)
