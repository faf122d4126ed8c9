"""P.525-4 against its own figures, and its properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine_code import allocates
from naive_hata import free_space_db

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import free_space as kernel
from phusong.propagation import free_space

DISTANCES = st.floats(1e-3, 1e4)
FREQUENCIES = st.floats(0.03, 100)


@given(km=DISTANCES, ghz=FREQUENCIES)
def test_it_agrees_with_its_plain_twin(km, ghz):
    loss = free_space.loss_db(km, frequency_ghz=ghz)
    assert isinstance(loss, float)
    assert loss == pytest.approx(free_space_db(km * 1e3, ghz * 1e9), abs=1e-9)


def test_the_constant_is_the_recommendations_before_rounding():
    # In practical units P.525-4 rounds it to 32.4 (MHz), and P.1812-8 eq. (8) to 92.4 (GHz).
    exact = free_space.loss_db(1.0, frequency_ghz=1.0)
    assert exact == pytest.approx(92.447783, abs=1e-6)
    assert exact - 92.4 == pytest.approx(0.0478, abs=1e-4)


def test_a_full_wave_away_it_is_22_db():
    wavelength_km = kernel.SPEED_OF_LIGHT_M_S / 1e9 / 1e3
    assert free_space.loss_db(wavelength_km, frequency_ghz=1.0) == pytest.approx(21.984, abs=1e-3)


@given(km=DISTANCES, ghz=FREQUENCIES, factor=st.floats(1.001, 100))
def test_it_rises_20_db_a_decade(km, ghz, factor):
    rise = 20 * math.log10(factor)
    loss = free_space.loss_db(km, frequency_ghz=ghz)
    assert free_space.loss_db(km * factor, frequency_ghz=ghz) - loss == pytest.approx(rise)
    assert free_space.loss_db(km, frequency_ghz=ghz * factor) - loss == pytest.approx(rise)


def test_arrays_broadcast():
    km, ghz = np.array([1.0, 2.0, 5.0]), np.array([[0.9], [1.8]])
    loss = free_space.loss_db(km, frequency_ghz=ghz)
    assert loss.shape == (2, 3)
    assert loss == pytest.approx(free_space_db(km * 1e3, ghz * 1e9))


def test_every_problem_is_said_at_once():
    with pytest.raises(InputError) as caught:
        free_space.loss_db([1.0, -1.0], frequency_ghz=[1.0, 2.0, math.nan])
    assert "distance_km has -1" in caught.value.problems[0]
    assert "frequency_ghz has nan" in caught.value.problems[1]
    assert "do not broadcast" in caught.value.problems[2]


def test_nearer_than_the_far_field_it_refuses():
    with pytest.raises(OutOfRangeError, match=r"distance_km 1e-05 at 1 GHz is under lambda"):
        free_space.loss_db([1.0, 1e-5], frequency_ghz=1.0)


def test_the_kernel_does_not_allocate():
    kernel.free_space_db(1.0, 1.0)
    assert not allocates(kernel.free_space_db)
