"""Bands, Vietnamese holdings, channel numbers, handsets and noise."""

import csv
import itertools
from pathlib import Path

import pytest

from phusong.errors import InputError
from phusong.radio.bands import Band, band, band_of, bands, bands_of, holdings
from phusong.radio.channel_numbers import (
    earfcn_to_mhz,
    mhz_to_earfcn,
    mhz_to_nr_arfcn,
    nr_arfcn_to_mhz,
)
from phusong.radio.handsets import (
    base_station_noise_figure_db,
    handset,
    handsets,
    noise_bandwidth_khz,
    noise_dbm,
    subcarrier_khz,
)
from phusong.radio.link_budget import reference_offset_db, resource_blocks
from phusong.radio.lookup import read_rows

# EARFCN at the lowest 5 MHz carrier and in the middle of a band: 3GPP TS 36.508, Tables 4.3.1.1
# and 4.3.1.2 (test frequencies).
EARFCN = [
    ("B1", 25, 2112.5),
    ("B1", 300, 2140.0),
    ("B1", 18025, 1922.5),
    ("B1", 18300, 1950.0),
    ("B3", 1575, 1842.5),
    ("B3", 19575, 1747.5),
    ("B7", 3100, 2655.0),
    ("B7", 3350, 2680.0),
    ("B8", 3475, 927.5),
    ("B8", 3625, 942.5),
    ("B8", 21625, 897.5),
    ("B28", 9435, 780.5),
    ("B28", 27435, 725.5),
    ("B39", 38450, 1900.0),
    ("B40", 39150, 2350.0),
    ("B41", 40620, 2593.0),
    ("B41", 41490, 2680.0),
    ("B42", 41615, 3402.5),
    ("B42", 42590, 3500.0),
]

# NR-ARFCN: 3GPP TS 38.508-1, clause 4.3.1.1.1 (test frequencies), TS 38.101-1 and -2,
# Tables 5.4.2.1-1 and 5.4.2.3-1 (ends of ranges).
NR_ARFCN = [
    (0, 0.0),
    (422500, 2112.5),
    (428000, 2140.0),
    (384500, 1922.5),
    (151600, 758.0),
    (499200, 2496.0),
    (599999, 2999.995),
    (600000, 3000.0),
    (620000, 3300.0),
    (620334, 3305.01),
    (636666, 3549.99),
    (653333, 3799.995),
    (680000, 4200.0),
    (2016666, 24249.99),
    (2016667, 24250.08),
    (2054166, 26500.02),
    (3279165, 99999.96),
]


@pytest.mark.parametrize(
    ("frequency_mhz", "technology", "name", "duplex"),
    [
        (2140.0, "3G", "B1", "FDD"),
        (942.5, "3G", "B8", "FDD"),
        (1842.5, "4G", "B3", "FDD"),
        (942.5, "4G", "B8", "FDD"),
        (763.0, "4G", "B28", "FDD"),
        (2550.0, "5G", "n41", "TDD"),
        (3750.0, "5G", "n78", "TDD"),
        (3850.0, "5G", "n77", "TDD"),
        (773.0, "5G", "n28", "FDD"),
    ],
)
def test_the_band_of_each_carrier_in_vietnam(frequency_mhz, technology, name, duplex):
    found = band_of(frequency_mhz, technology)
    assert (found.name, found.technology, found.duplex) == (name, technology, duplex)


def test_every_cell_of_a_real_station_table_lies_in_its_own_band(shared: Path):
    path = shared / "geodata" / "stations_vinhphuc.csv"
    columns = ("technology", "band", "frequency_mhz", "bandwidth_mhz")
    with path.open(encoding="utf8") as file:
        carriers = {tuple(row[c] for c in columns) for row in csv.DictReader(file)}
    assert len(carriers) >= 5
    for technology, name, frequency_mhz, bandwidth_mhz in carriers:
        width_mhz = float(bandwidth_mhz)
        assert band_of(float(frequency_mhz), technology, bandwidth_mhz=width_mhz).name == name
        assert width_mhz in band(name, technology).bandwidths_mhz


def test_a_carrier_must_lie_in_the_band_with_its_whole_width():
    assert [b.name for b in bands_of(3750, "5G", bandwidth_mhz=100)] == ["n78", "n77"]
    assert [b.name for b in bands_of(3760, "5G", bandwidth_mhz=100)] == ["n77"]
    assert [b.name for b in bands_of(2580, "5G")] == ["n38", "n41"]
    assert band_of(2580, "5G", bandwidth_mhz=100).name == "n41"


def test_a_downlink_frequency_is_asked_for():
    with pytest.raises(InputError, match="downlink of no 4G band here: B1 2110-2170, B3 1805-1880"):
        band_of(1747.5, "4G")


@pytest.mark.parametrize("frequency_mhz", [2000.0, 0.0, -1.0, float("nan"), float("inf")])
def test_a_frequency_in_no_band_is_refused(frequency_mhz):
    with pytest.raises(InputError, match="here: B1 2110-2170, B8 925-960"):
        band_of(frequency_mhz, "3G")


@pytest.mark.parametrize("bandwidth_mhz", [-20.0, float("nan")])
def test_a_bandwidth_below_zero_is_refused(bandwidth_mhz):
    with pytest.raises(InputError, match="zero or more"):
        band_of(3750, "5G", bandwidth_mhz=bandwidth_mhz)


def test_unknown_names_are_refused_with_what_there_is():
    with pytest.raises(InputError, match="give one of n1, n3"):
        band("B3", "5G")
    with pytest.raises(InputError, match="3G, 4G, 5G"):
        band_of(900, "2G")
    with pytest.raises(InputError, match="Viettel, VinaPhone, MobiFone"):
        holdings("VNPT")


@pytest.mark.parametrize("each", bands(), ids=lambda b: f"{b.technology} {b.name}")
def test_bands_are_sound(each: Band):
    (up_low, up_high), (down_low, down_high) = each.uplink_mhz, each.downlink_mhz
    assert up_high - up_low == down_high - down_low > max(each.bandwidths_mhz) - 1e-9
    assert (each.duplex == "TDD") == (each.uplink_mhz == each.downlink_mhz)
    assert each.duplex == "TDD" or up_high <= down_low or down_high <= up_low
    assert list(each.bandwidths_mhz) == sorted(set(each.bandwidths_mhz))
    assert (each.technology == "4G") == (each.first_downlink_earfcn is not None)
    assert band(each.name, each.technology) is each
    assert each in bands_of(down_low, each.technology)
    assert "3GPP TS" in each.source


def test_every_bandwidth_of_a_band_has_resource_blocks():
    rows = read_rows("resource_blocks.csv")
    known = {(row["technology"], float(row["bandwidth_mhz"])) for row in rows}
    for each in (b for b in bands() if b.technology != "3G"):
        assert {(each.technology, width) for width in each.bandwidths_mhz} <= known


def test_band_and_technology_name_one_band():
    keys = [(b.technology, b.name) for b in bands()]
    assert len(set(keys)) == len(keys)


def test_stated_holdings_lie_in_their_bands_and_overlap_nobody():
    stated = [h for h in holdings() if h.downlink_mhz is not None]
    assert {h.sureness for h in stated} == {"stated"}
    for holding in stated:
        low, high = holding.downlink_mhz
        for name in holding.bands:
            own = band(name, "5G" if name.startswith("n") else "4G")
            assert own.technology in holding.technologies
            assert own.downlink_mhz[0] <= low < high <= own.downlink_mhz[1]
            shift = own.downlink_mhz[0] - own.uplink_mhz[0]
            assert holding.uplink_mhz == (low - shift, high - shift)
    for one, other in itertools.combinations(stated, 2):
        assert (
            one.downlink_mhz[1] <= other.downlink_mhz[0]
            or other.downlink_mhz[1] <= one.downlink_mhz[0]
        )


def test_what_is_not_stated_is_marked():
    unstated = [h for h in holdings() if h.downlink_mhz is None]
    assert unstated
    assert {h.sureness for h in unstated} == {"general knowledge"}
    assert all(h.uplink_mhz is None and h.source for h in unstated)


def test_the_5g_blocks_of_the_three_operators():
    blocks = {
        h.operator: (h.downlink_mhz, h.bands) for h in holdings() if h.technologies == ("5G",)
    }
    assert blocks == {
        "Viettel": ((2500.0, 2600.0), ("n41",)),
        "VinaPhone": ((3700.0, 3800.0), ("n78", "n77")),
        "MobiFone": ((3800.0, 3900.0), ("n77",)),
    }
    assert band("n78", "5G").downlink_mhz[1] == 3800.0
    assert {h.operator for h in holdings() if "n28" in h.bands} == {"Viettel", "VinaPhone"}
    assert all(h.operator == "Viettel" for h in holdings("Viettel"))


@pytest.mark.parametrize(("name", "earfcn", "frequency_mhz"), EARFCN)
def test_earfcn(name, earfcn, frequency_mhz):
    assert earfcn_to_mhz(earfcn) == frequency_mhz
    assert mhz_to_earfcn(frequency_mhz, name) == earfcn


def test_every_earfcn_of_the_table_comes_back():
    for each in (b for b in bands() if b.technology == "4G"):
        for first in (each.first_downlink_earfcn, each.first_uplink_earfcn):
            count = round(each.downlink_width_mhz * 10)
            for earfcn in (first, first + 1, first + count // 3, first + count - 1):
                assert mhz_to_earfcn(earfcn_to_mhz(earfcn), each.name) == earfcn


@pytest.mark.parametrize(("nr_arfcn", "frequency_mhz"), NR_ARFCN)
def test_nr_arfcn(nr_arfcn, frequency_mhz):
    assert nr_arfcn_to_mhz(nr_arfcn) == frequency_mhz
    assert mhz_to_nr_arfcn(frequency_mhz) == nr_arfcn


def test_every_nr_arfcn_comes_back():
    for nr_arfcn in range(0, 3279166, 9973):
        assert mhz_to_nr_arfcn(nr_arfcn_to_mhz(nr_arfcn)) == nr_arfcn


def test_frequencies_between_channels_are_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"give 1842\.500 or 1842\.600"):
        mhz_to_earfcn(1842.55, "B3")
    with pytest.raises(InputError, match=r"give 3849\.990 or 3850\.005"):
        mhz_to_nr_arfcn(3850)


def test_channel_numbers_outside_the_tables_are_refused():
    with pytest.raises(InputError, match="B1 0-599, B1 18000-18599, B3 1200-1949"):
        earfcn_to_mhz(600)
    with pytest.raises(InputError, match=r"1575\.5: give a whole number"):
        earfcn_to_mhz(1575.5)
    with pytest.raises(InputError, match="uplink and downlink are 1710-1785 and 1805-1880 MHz"):
        mhz_to_earfcn(2140.0, "B3")
    with pytest.raises(InputError, match="give one of B1, B3"):
        mhz_to_earfcn(2550.0, "n41")
    with pytest.raises(InputError, match="from 0 to 3279165"):
        nr_arfcn_to_mhz(3279166)
    for frequency_mhz in (-5.0, 24250.02, 100000.0, float("nan")):
        with pytest.raises(InputError, match=r"24250\.08 to 99999\.96"):
            mhz_to_nr_arfcn(frequency_mhz)


@pytest.mark.parametrize(
    ("technology", "frequency_mhz", "power_dbm"),
    [("3G", 2140, 24), ("4G", 1842.5, 23), ("4G", 763, 23), ("5G", 763, 23), ("5G", 2550, 26)],
)
def test_usual_handsets(technology, frequency_mhz, power_dbm):
    usual = handset(technology, frequency_mhz)
    assert usual.max_power_dbm == power_dbm
    assert (usual.noise_figure_db, usual.height_m) == (7.0, 1.5)
    assert handset(technology, frequency_mhz, power_class=usual.power_class) is usual


def test_a_handset_class_may_be_asked_for():
    assert handset("5G", 3750, power_class="3").max_power_dbm == 23.0
    with pytest.raises(InputError, match="in FDD bands: give '3'"):
        handset("5G", 763, power_class="2")


def test_each_technology_and_duplex_has_one_usual_handset():
    usual = [(h.technology, h.duplex, h.from_mhz) for h in handsets() if h.usual]
    assert sorted(usual) == sorted(set(usual))
    assert {each[:2] for each in usual} == {(b.technology, b.duplex) for b in bands()}


def test_millimetre_waves_have_bands_blocks_and_handsets_of_their_own():
    assert band_of(26_000, "5G", bandwidth_mhz=100).name == "n258"
    assert band_of(28_000, "5G", bandwidth_mhz=400).name == "n257"
    widths = [resource_blocks("5G", width, 26_000) for width in (50, 100, 200, 400)]
    assert widths == [32, 66, 132, 264]  # 3GPP TS 38.101-2 Table 5.3.2-1, 120 kHz
    with pytest.raises(InputError, match="20 MHz is no 5G bandwidth at 120 kHz: give one of 50"):
        resource_blocks("5G", 20, 26_000)
    usual = handset("5G", 26_000)
    assert (usual.power_class, usual.max_power_dbm, usual.noise_figure_db) == ("3", 23.0, 10.0)
    assert handset("5G", 3750).power_class == "2"
    assert base_station_noise_figure_db("5G", 26_000) == 7.0


def test_n40_has_wide_subcarriers():
    """51 blocks of 30 kHz in 20 MHz where 15 kHz would have 106: 3GPP TS 38.101-1 Table 5.3.2-1."""
    assert resource_blocks("5G", 20, 2350) == 51
    assert resource_blocks("5G", 20, 2140) == 106
    assert reference_offset_db("5G", 80, 2350) == pytest.approx(-34.16, abs=0.005)


def test_noise_of_a_resource_element():
    assert noise_dbm(15, 7) == pytest.approx(-125.2, abs=0.05)
    assert noise_dbm(30, 7) == pytest.approx(-122.2, abs=0.05)
    # kTB at 290 K in 1 Hz is -173.98 dBm.
    assert noise_dbm(0.001, 0) == pytest.approx(-173.975, abs=1e-3)


def test_noise_stands_in_the_bandwidth_of_the_measured_signal():
    assert noise_bandwidth_khz("3G", 2140) == 3840.0
    assert noise_bandwidth_khz("4G", 1842.5) == 15.0
    n40, n258 = 2350, 26_000
    spacings = [subcarrier_khz("5G", mhz) for mhz in (763, 2140, n40, 2550, 3750, n258)]
    assert spacings == [15, 15, 30, 30, 30, 120]
    assert subcarrier_khz("3G", 2140) is None
    assert base_station_noise_figure_db("5G", 2550) == 5.0


@pytest.mark.parametrize("bandwidth_khz", [0.0, -15.0, float("nan"), float("inf")])
def test_noise_needs_a_bandwidth(bandwidth_khz):
    with pytest.raises(InputError, match="above zero"):
        noise_dbm(bandwidth_khz, 7.0)


TABLES = (
    "bands subcarriers resource_blocks holdings handsets noise nr_arfcn "
    "lte_cqi lte_mcs lte_tbs nr_cqi nr_mcs nr_tbs"
)


@pytest.mark.parametrize("name", TABLES.split())
def test_every_row_of_every_table_names_its_source(name):
    rows = read_rows(f"{name}.csv")
    assert rows
    assert all(row["source"] and None not in row.values() and None not in row for row in rows)
