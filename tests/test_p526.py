"""The doors of P.526 against the reference vectors, and what they refuse."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import bullington_db as naive_bullington_db
from naive import knife_edge_db as naive_knife_edge_db
from vectors import REFERENCE, json_lines

from phusong.errors import InputError, OutOfRangeError
from phusong.propagation import p526

ENDS = {"frequency_ghz": 0.9, "tx_height_m": 30.0, "rx_height_m": 1.5}


def numbers(name):
    with (REFERENCE / name).open(encoding="utf8") as lines:
        return np.array(list(csv.reader(lines))[1:], dtype=float)


def test_knife_edge_of_the_reference():
    nu, expected = numbers("knife_edge_J.csv").T
    assert p526.knife_edge_loss_db(nu) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("polarization", "column"), [("horizontal", 6), ("vertical", 7)])
def test_spherical_earth_of_the_reference(polarization, column):
    rows = numbers("spherical_earth.csv")
    d, hte, hre, ae, f, omega = rows.T[:6]
    ours = p526.spherical_earth_loss_db(
        d,
        frequency_ghz=f,
        tx_height_m=hte,
        rx_height_m=hre,
        earth_radius_km=ae,
        sea_fraction=omega,
        polarization=polarization,
    )
    assert ours == pytest.approx(rows[:, column], abs=1e-6)


@pytest.mark.parametrize(("polarization", "number"), [("horizontal", 0), ("vertical", 1)])
def test_delta_bullington_of_the_reference(polarization, number):
    for row in json_lines(REFERENCE / "delta_bullington.jsonl"):
        ours = p526.profile_loss_db(
            np.arange(row["n"]) * row["step_m"] / 1000.0,
            row["h_m"],
            frequency_ghz=row["f_ghz"],
            tx_height_m=row["htg_m"],
            rx_height_m=row["hrg_m"],
            earth_radius_km=row["ae_km"],
            sea_fraction=row["omega_sea_fraction"],
            polarization=polarization,
        )
        assert ours == pytest.approx(row["Ld_delta_bullington_HV_dB"][number], abs=1e-6)


@given(st.integers(0, 1000), st.floats(0.05, 6.0))
def test_bullington_agrees_with_its_plain_twin(seed, f):
    rng = np.random.default_rng(seed)
    d, h = np.linspace(0, rng.uniform(1, 40), 30), rng.uniform(0, 150, 30)
    ours = p526.profile_loss_db(
        d, h, frequency_ghz=f, tx_height_m=30, rx_height_m=1.5, method="bullington"
    )
    twin = naive_bullington_db(d, h, h[0] + 30, h[-1] + 1.5, 8500.0, f)
    assert ours == pytest.approx(twin, abs=1e-9)


@given(st.floats(-3.0, 50.0))
def test_knife_edge_agrees_with_its_plain_twin(nu):
    assert p526.knife_edge_loss_db(nu) == pytest.approx(naive_knife_edge_db(nu), abs=1e-12)


@pytest.mark.parametrize("method", p526.METHODS)
def test_the_path_may_be_turned_round(method):
    rng = np.random.default_rng(3)
    d, h = np.linspace(0, 15, 60), rng.uniform(0, 120, 60)
    there = p526.profile_loss_db(
        d, h, frequency_ghz=1.8, tx_height_m=40, rx_height_m=5, method=method
    )
    back = p526.profile_loss_db(
        d, h[::-1], frequency_ghz=1.8, tx_height_m=5, rx_height_m=40, method=method
    )
    assert there == pytest.approx(back, abs=1e-9)


@pytest.mark.parametrize("method", p526.METHODS)
def test_high_above_the_ground_nothing_is_lost(method):
    d = np.linspace(0, 3, 20)
    high = {"frequency_ghz": 6.0, "tx_height_m": 900.0, "rx_height_m": 900.0}
    assert p526.profile_loss_db(d, np.zeros(20), **high, method=method) == 0.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"method": "epstein"}, InputError, "method is 'epstein': give 'delta_bullington'"),
        ({"polarization": "slant"}, InputError, "polarization is 'slant'"),
        ({"frequency_ghz": 0.001}, OutOfRangeError, "frequency_ghz has 0.001"),
        ({"tx_height_m": 0.0}, OutOfRangeError, "tx_height_m has 0: P.526-15 takes above 0"),
        ({"sea_fraction": 1.5}, OutOfRangeError, "sea_fraction has 1.5"),
        ({"rx_height_m": np.nan}, InputError, "rx_height_m has nan"),
        ({"height_m": [0.0, np.inf, 0.0]}, InputError, r"height_m\[1\] is inf"),
        ({"distance_km": [0.0, 2.0, 1.0]}, InputError, "distances must rise"),
        (
            {"distance_km": [0.0, 1.0], "height_m": [0.0, 0.0]},
            InputError,
            "has 2 points: give at least 3",
        ),
    ],
)
def test_what_cannot_be_used_is_named(change, error, message):
    profile = {"distance_km": [0.0, 1.0, 2.0], "height_m": [0.0, 5.0, 0.0]}
    with pytest.raises(error, match=message):
        p526.profile_loss_db(**(profile | ENDS | change))
