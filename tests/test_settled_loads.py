"""Loads that settle from traffic: by hand, as a fixed point, and what is told of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_case import EAST, cell, coverage_of

from phusong.errors import InputError

LOW = {"antenna_gain_dbi": -14.0}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    coverage = coverage_of(cell("4G", **LOW), cell("4G", longitude=EAST, **LOW))
    return coverage, tmp_path_factory.mktemp("path_loss")


def settle(two, traffic, **options):
    coverage, store = two
    return coverage.settle_loads(traffic, store=store, progress=False, **options)


def by_hand(coverage, loads, mbps_per_person):
    """The right side of the equation, pixel by pixel."""
    quality = coverage.quality(load=loads, progress=False)
    server = quality["server"].to_numpy()[0, 0]
    rate = quality["throughput_down_mbps"].to_numpy()[0, 0].astype(float)
    served = quality["servers_above"].to_numpy()[0, 0] > 0
    people = coverage.scene.people.to_numpy()
    return [
        min(1.0, (people * mbps_per_person / rate)[served & (server == i)].sum()) for i in range(2)
    ]


def test_a_cell_alone_needs_one_step_and_has_the_load_that_the_hand_computes(tmp_path):
    coverage = coverage_of(cell("4G", **LOW))
    found = settle((coverage, tmp_path), 0.005)
    quality = coverage.quality(load=0.0, progress=False)
    rate = quality["throughput_down_mbps"].to_numpy()[0, 0].astype(float)
    served = quality["servers_above"].to_numpy()[0, 0] > 0
    assert 0.1 < served.mean() < 1.0
    assert found.cells["load"][0] == pytest.approx((0.005 / rate)[served].sum())
    assert found.cells["people"][0] == served.sum()
    assert found.cells["offered_mbps"][0] == pytest.approx(0.005 * served.sum())
    assert (found.steps, found.change, found.settled) == (2, 0.0, True)
    assert found.findings.empty


@pytest.mark.parametrize("mbps_per_person", [0.001, 0.005, 0.05])
def test_settled_loads_satisfy_the_equation(two, mbps_per_person):
    found = settle(two, mbps_per_person, tolerance=1e-6, most_steps=60)
    assert found.settled
    right = by_hand(two[0], found.by_cell, mbps_per_person)
    assert found.cells["load"].tolist() == pytest.approx(right, abs=2e-6)


def test_among_others_a_cell_is_busier_than_alone(two, tmp_path):
    together = settle(two, 0.005, tolerance=1e-4)
    first_step = settle(two, 0.005, most_steps=1)
    assert (together.cells["load"] > first_step.cells["load"]).all()


@settings(max_examples=10)
@given(st.lists(st.floats(0.0, 0.05), min_size=2, max_size=3))
def test_more_traffic_never_lowers_a_load(two, mbps):
    loads = np.array([settle(two, each, most_steps=5).cells["load"] for each in sorted(mbps)])
    assert (np.diff(loads, axis=0) >= 0).all()
    assert ((loads >= 0) & (loads <= 1)).all()


def test_loads_never_fall_from_step_to_step(two):
    loads = np.array(
        [
            settle(two, 0.008, most_steps=steps, tolerance=1e-9).cells["load"]
            for steps in range(1, 7)
        ]
    )
    assert (np.diff(loads, axis=0) >= 0).all()
    assert loads[-1, 0] > loads[0, 0]


def test_what_does_not_settle_is_a_finding(two):
    found = settle(two, 0.008, most_steps=2, tolerance=1e-9)
    assert not found.settled
    assert "not settled after 2 steps" in repr(found)
    assert "loads did not settle" in found.findings["reason"][0]
    assert found.findings["severity"].tolist() == ["warning"]


def test_an_overloaded_cell_has_load_1_and_is_listed(two):
    cells = two[0].network.cells
    cells["mbps"] = [500.0, 0.1]
    found = settle(two, "mbps", tolerance=1e-4)
    assert found.overloaded["cell_id"].tolist() == ["C0"]
    assert found.cells["load"][0] == 1.0
    assert found.cells["wanted_load"][0] > 1.0
    assert 0.0 < found.cells["load"][1] < 1.0
    assert found.findings["value"].tolist() == ["Alpha C0"]
    assert found.cells["offered_mbps"].tolist() == pytest.approx([500.0, 0.1])


def test_traffic_of_a_cell_that_serves_nobody(tmp_path):
    """Where nobody lives it is spread over places; where nothing is served there is a finding."""
    weak = cell("4G", longitude=EAST, antenna_gain_dbi=-50.0)
    coverage = coverage_of(cell("4G", **LOW), weak)
    coverage.network.cells["mbps"] = [1.0, 1.0]
    people = settle((coverage, tmp_path), "mbps")
    coverage.scene.people[:] = 0.0
    nobody = settle((coverage, tmp_path), "mbps")
    assert nobody.cells["people"].tolist() == [0.0, 0.0]
    # one person a pixel and none give the same shares
    assert nobody.cells["load"].tolist() == pytest.approx(people.cells["load"].tolist())
    assert nobody.cells["load"][1] == 0.0
    assert "serve no place" in nobody.findings["reason"].item()


def test_traffic_is_of_an_operator_and_technology(tmp_path):
    coverage = coverage_of(cell("4G", **LOW), cell("5G", operator="Beta", **LOW))
    found = settle((coverage, tmp_path), {("Beta", "5G"): 0.01})
    assert found.cells["load"][0] == 0.0
    assert found.cells["load"][1] > 0.0


def test_each_service_settles_by_itself(two, tmp_path):
    """A third cell, of another operator, that settles at once changes nothing of the two."""
    cells = cell("4G", **LOW), cell("4G", longitude=EAST, **LOW)
    three = coverage_of(*cells, cell("4G", operator="Beta", **LOW))
    alone = settle(two, 0.005, tolerance=1e-4)
    beside = settle((three, tmp_path), 0.005, tolerance=1e-4)
    assert beside.steps == alone.steps > 2
    assert beside.cells["load"].tolist()[:2] == alone.cells["load"].tolist()
    assert 0.0 < beside.cells["load"][2] < alone.cells["load"].min() * 2


def test_settled_loads_are_those_of_a_quality(two):
    found = settle(two, 0.005)
    quality = two[0].quality(load=found.by_cell, store=two[1], progress=False)
    assert quality.loads["load"].tolist() == found.cells["load"].tolist()


def test_the_same_at_a_second_run(two):
    one, other = (settle(two, 0.005) for _ in range(2))
    assert one.cells.equals(other.cells)


def test_unusable_traffic_and_numbers_are_told(two):
    with pytest.raises(InputError, match="no column 'busy'"):
        settle(two, "busy")
    two[0].network.cells["bad"] = [-1.0, 2.0]
    with pytest.raises(InputError, match=r"'C0' of Alpha has -1\.0"):
        settle(two, "bad")
    with pytest.raises(InputError) as caught:
        settle(two, {("Alpha", "6G"): 0.1, ("Alpha", "4G"): -0.1})
    assert len(caught.value.problems) == 2
    several = coverage_of(cell("3G"), cell("4G"), cell("5G"))
    with pytest.raises(InputError) as caught:
        settle((several, two[1]), -1)
    assert caught.value.problems == ("is -1 Mbit/s a person: give a number from 0",)
    with pytest.raises(InputError) as caught:
        settle(two, 0.1, tolerance=0.0, most_steps=0)
    assert len(caught.value.problems) == 2
