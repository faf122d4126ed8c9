"""P.2109-2 against the reference vectors, and its properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_p2109 import entry_db
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import p2109 as kernel
from phusong.propagation import p2109

ROWS = csv_rows(REFERENCE / "p2109_random_bel.csv")
BUILDINGS = ("traditional", "thermally_efficient")


def loss_of(row, building):
    return p2109.loss_db(
        frequency_ghz=float(row["f_ghz"]),
        building=building,
        elevation_deg=float(row["elev_deg"]),
        probability_percent=float(row["p_pct"]),
    )


def test_random_rows_agree():
    assert len(ROWS) == 150
    for row in ROWS:
        loss = loss_of(row, row["building"].lower())
        assert loss == pytest.approx(float(row["loss_dB_crc"]), abs=1e-4), row


def test_the_itu_workbook_agrees(shared):
    rows = csv_rows(shared / "reference" / "p2109" / "itu_workbook_bel.csv")
    assert len(rows) == 342
    for row in rows:
        *_, code, _, expected = row.values()
        loss = loss_of(row, BUILDINGS[int(code) - 1])
        assert loss == pytest.approx(float(expected), abs=0.01), row


@given(
    ghz=st.floats(0.08, 100),
    building=st.sampled_from(BUILDINGS),
    theta=st.floats(-90, 90),
    percent=st.floats(0.001, 99.999),
)
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(ghz, building, theta, percent):
    loss = p2109.loss_db(
        frequency_ghz=ghz, building=building, elevation_deg=theta, probability_percent=percent
    )
    assert loss == pytest.approx(entry_db(ghz, building, theta, percent), abs=1e-9)


@pytest.mark.parametrize("building", BUILDINGS)
def test_more_probability_means_more_loss(building):
    percent, ghz = np.linspace(0.1, 99.9, 100), np.array([[0.7], [3.5], [28.0]])
    loss = p2109.loss_db(frequency_ghz=ghz, building=building, probability_percent=percent)
    assert loss.shape == (3, 100)
    assert np.all(np.diff(loss, axis=1) > 0)


def test_a_steeper_path_loses_more_up_as_down():
    theta = np.linspace(0, 90, 50)
    up = p2109.loss_db(frequency_ghz=3.5, elevation_deg=theta)
    assert np.all(np.diff(up) > 0)
    assert np.array_equal(up, p2109.loss_db(frequency_ghz=3.5, elevation_deg=-theta))


def test_a_thermally_efficient_building_keeps_more_out():
    ghz = np.geomspace(0.08, 100, 50)
    old, new = (p2109.loss_db(frequency_ghz=ghz, building=b) for b in BUILDINGS)
    assert np.all(new > old)


def test_the_least_loss_is_the_constant_part():
    loss = p2109.loss_db(frequency_ghz=3.5, building=BUILDINGS[1], probability_percent=1e-9)
    assert loss == pytest.approx(-3.0, abs=0.02)


def test_buildings_may_differ_from_place_to_place():
    kinds = np.array(["thermally_efficient", "traditional", "traditional"])
    loss = p2109.loss_db(frequency_ghz=3.5, building=kinds, elevation_deg=[0.0, 0.0, 10.0])
    assert loss[1] == p2109.loss_db(frequency_ghz=3.5) < loss[2] < loss[0]


def test_terms_worked_by_hand():
    # At 1 GHz every logarithm is 0, at 50 % every deviate.
    terms = p2109.loss_terms(frequency_ghz=1.0, elevation_deg=-50.0)
    assert terms["Lh"] == 12.64
    assert terms["Le"] == pytest.approx(10.6)
    assert terms["A"] == terms["mu1"] == pytest.approx(23.24)
    assert (terms["B"], terms["mu2"], terms["sigma1"], terms["sigma2"]) == (9.1, 9.1, 9.6, 4.5)
    assert terms["Lbel"] == pytest.approx(10 * math.log10(210.863 + 8.1283 + 0.50119), abs=1e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frequency_ghz": 0.07}, "frequency_ghz has 0.07: P.2109-2 takes 0.08 to 100"),
        ({"elevation_deg": [0.0, 95.0]}, "elevation_deg has 0 to 95"),
        ({"probability_percent": 0.0}, "probability_percent has 0: .* takes above 0, below 100"),
    ],
)
def test_outside_its_range_it_refuses(change, said):
    with pytest.raises(OutOfRangeError, match=said):
        p2109.loss_db(**({"frequency_ghz": 3.5} | change))


def test_every_problem_is_said_at_once():
    with pytest.raises(InputError) as caught:
        p2109.loss_db(frequency_ghz=[math.nan, 1.0, 2.0], building=["traditional", "wooden"])
    problems = caught.value.problems
    assert problems[0] == "building has 'wooden': give 'traditional', 'thermally_efficient'"
    assert problems[1] == "frequency_ghz has nan: give finite values"
    assert "do not broadcast" in problems[2]


def test_terms_are_of_one_link():
    with pytest.raises(InputError, match="give scalars"):
        p2109.loss_terms(frequency_ghz=[1.0, 2.0])


def test_the_kernel_does_not_allocate():
    kernel.entry_terms(1.0, kernel.TRADITIONAL, 0.0, 0.0)
    assert "MemInfo_alloc" not in "".join(kernel.entry_terms.inspect_llvm().values())
