"""Throughput by SINR, and the losses of places, against figures worked out by hand."""

import numpy as np
import pytest

from phusong.errors import InputError, OutOfRangeError
from phusong.radio.places import entry_loss_db, place_source, places
from phusong.radio.throughput import ladder, link_figures

CARRIERS = {
    "3G": {"frequency_mhz": 2140.0, "bandwidth_mhz": 5.0},
    "4G": {"frequency_mhz": 1842.5, "bandwidth_mhz": 20.0},
    "5G": {"frequency_mhz": 2550.0, "bandwidth_mhz": 100.0},
}


@pytest.mark.parametrize("link", ["downlink", "uplink"])
@pytest.mark.parametrize("technology", CARRIERS)
def test_steps_rise(technology, link):
    steps = ladder(technology, link, **CARRIERS[technology])
    assert (np.diff(steps.sinr_db) > 0).all()
    assert (np.diff(steps.mbps) > 0).all()
    assert steps.mbps[0] > 0


@pytest.mark.parametrize(
    ("technology", "link", "mbps"),
    [
        ("4G", "downlink", 2 * 75.376),  # TS 36.213: 75,376 bits a layer and millisecond
        ("4G", "uplink", 75.376),
        ("3G", "downlink", 21.096),  # category 14
        ("3G", "uplink", 5.742),  # category 6
    ],
)
def test_the_last_step_is_the_known_peak(technology, link, mbps):
    assert ladder(technology, link, **CARRIERS[technology]).mbps[-1] == pytest.approx(mbps)


def test_the_5g_peak_is_that_of_ts_38306():
    """4 layers x 8 bit x 948/1024 x 273 x 12 elements x 28 symbols a ms, less 14 %, TDD 0.743.

    A transport block's size is rounded to a multiple of a power of two.
    """
    formula = 4 * 8 * 948 / 1024 * 273 * 12 * 28e3 * 0.86 * 0.743 / 1e6
    peak = ladder("5G", "downlink", **CARRIERS["5G"]).mbps[-1]
    assert peak == pytest.approx(formula, rel=0.02)


def test_a_rate_is_reached_where_the_bound_says_so():
    """3G at 384 kbit/s: 0.1 bit a chip, 2 ** (0.1 / 0.6) - 1 = 0.122."""
    steps = ladder("3G", "downlink", **CARRIERS["3G"])
    edge = 10 * np.log10(2 ** (0.1 / 0.6) - 1)
    found = steps.at(np.array([edge - 0.01, edge + 0.01, -40.0, np.nan]))
    assert found[:3] == pytest.approx([0.128, 0.384, 0.0])
    assert np.isnan(found[3])


def test_more_layers_never_carry_less():
    one, two, four = (ladder("4G", "downlink", layers=n, **CARRIERS["4G"]) for n in (1, 2, 4))
    sinr_db = np.linspace(-15, 50, 500)
    assert (two.at(sinr_db) >= one.at(sinr_db)).all()
    assert (four.at(sinr_db) >= two.at(sinr_db)).all()
    # At low SINR one layer takes all of the power.
    assert np.array_equal(one.at(np.array([-7.0])), four.at(np.array([-7.0])))


def test_the_uplink_is_the_best_of_all_numbers_of_blocks():
    """4G at 1.4 MHz: six blocks, each scheme of each number tried one by one."""
    from phusong.radio.modulation import lte_schemes
    from phusong.radio.transport_block import lte_transport_block_bits

    steps = ladder("4G", "uplink", frequency_mhz=1842.5, bandwidth_mhz=1.4)
    for snr_db in np.linspace(-8, 50, 59):
        best = 0
        for blocks in range(1, 7):
            bound = 0.4 * np.log2(1 + 10 ** (snr_db / 10) / blocks)
            for scheme, efficiency in lte_schemes("uplink"):
                if efficiency <= bound:
                    best = max(best, lte_transport_block_bits(scheme.i_tbs, blocks))
        assert steps.at(np.array([snr_db]))[0] == pytest.approx(best / 1000)


def test_shares_of_time_are_those_of_tdd_only():
    fdd = ladder("4G", "downlink", tdd_share=0.5, **CARRIERS["4G"])
    assert fdd.mbps[-1] == pytest.approx(2 * 75.376)
    tdd = ladder("4G", "downlink", tdd_share=0.5, frequency_mhz=2350.0, bandwidth_mhz=20.0)
    assert tdd.mbps[-1] == pytest.approx(75.376)


def test_unknown_carriers_are_errors():
    with pytest.raises(InputError, match="no 4G bandwidth"):
        ladder("4G", "downlink", frequency_mhz=1842.5, bandwidth_mhz=7.0)
    with pytest.raises(InputError, match="in the downlink of no 4G band"):
        ladder("4G", "downlink", frequency_mhz=450.0, bandwidth_mhz=5.0)
    with pytest.raises(InputError, match="'downlink' or 'uplink'"):
        link_figures("4G", "sidelink")


def test_every_place_has_a_loss_and_a_source():
    for place in places():
        assert entry_loss_db(place, 1842.5) >= 0.0
        assert entry_loss_db(place, 1842.5, percent=90.0) >= entry_loss_db(place, 1842.5)
        assert place_source(place)
    assert entry_loss_db("outdoor", 1842.5, percent=90.0) == 0.0
    assert entry_loss_db("vehicle", 1842.5, percent=84.134) == pytest.approx(14.0, abs=0.01)


def test_a_place_that_is_none_is_an_error():
    with pytest.raises(InputError, match="'boat' is unknown: give one of outdoor, "):
        entry_loss_db("boat", 1842.5)
    with pytest.raises(InputError, match="above 0 and below 100"):
        entry_loss_db("indoor", 1842.5, percent=100.0)
    with pytest.raises(OutOfRangeError):
        entry_loss_db("indoor", 50.0)
