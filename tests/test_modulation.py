"""Modulation, coding and transport blocks against the standards' printed rows and the reference."""

import csv
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.radio.modulation import (
    CodedModulation,
    lte_cqi,
    lte_mcs,
    lte_mcs_efficiency,
    nr_cqi,
    nr_cqi_tables,
    nr_mcs,
    nr_mcs_tables,
)
from phusong.radio.transport_block import (
    lte_transport_block_bits,
    nr_resource_elements,
    nr_transport_block_bits,
)

# The reference is ns-3, which writes 88 where TS 36.213 (v8.8.0 and later) has 328.
NS3_OWN_SIZE = {(6, 1): 88}

# Efficiencies as printed in TS 38.214: Tables 5.2.2.1-2 to -5. The first is TS 36.213's too.
CQI_EFFICIENCIES = {
    "qam64": "0.1523 0.2344 0.3770 0.6016 0.8770 1.1758 1.4766 1.9141 2.4063 2.7305 "
    "3.3223 3.9023 4.5234 5.1152 5.5547",
    "qam256": "0.1523 0.3770 0.8770 1.4766 1.9141 2.4063 2.7305 3.3223 3.9023 4.5234 "
    "5.1152 5.5547 6.2266 6.9141 7.4063",
    "qam64_low_se": "0.0586 0.0977 0.1523 0.2344 0.3770 0.6016 0.8770 1.1758 1.4766 1.9141 "
    "2.4063 2.7305 3.3223 3.9023 4.5234",
    "qam1024": "0.1523 0.3770 0.8770 1.4766 2.4063 3.3223 3.9023 4.5234 5.1152 5.5547 "
    "6.2266 6.9141 7.4063 8.3301 9.2578",
}

SCHEMES = [nr_mcs(i, table) for table in nr_mcs_tables() for i in range(27)]


@pytest.fixture(scope="module")
def tables(shared: Path) -> Path:
    return shared / "reference" / "lte_nr_tables"


@pytest.fixture(scope="module")
def lte(tables: Path) -> dict:
    return json.loads((tables / "lte_36213_tables.json").read_text("utf8"))


@pytest.mark.parametrize("table", nr_cqi_tables())
def test_nr_cqi_efficiencies_as_printed(table):
    found = [nr_cqi(cqi, table).efficiency_bit_per_element for cqi in range(1, 16)]
    printed = [float(text) for text in CQI_EFFICIENCIES[table].split()]
    assert found == pytest.approx(printed, abs=5.1e-5)


def test_lte_cqi_is_the_first_nr_table():
    assert [lte_cqi(cqi) for cqi in range(1, 16)] == [nr_cqi(cqi) for cqi in range(1, 16)]
    assert lte_cqi(1).modulation == "QPSK"
    assert (lte_cqi(9).modulation, lte_cqi(9).rate_x1024) == ("16QAM", 616)


def test_lte_cqi_efficiencies_of_the_reference(lte):
    found = [round(lte_cqi(cqi).efficiency_bit_per_element, 2) for cqi in range(1, 16)]
    assert found == lte["cqi_spectral_efficiency_0_15"][1:]


def test_lte_mcs_of_the_reference(lte):
    for link, key in (("downlink", "mcs_to_itbs_dl"), ("uplink", "mcs_to_itbs_ul")):
        assert [lte_mcs(mcs, link).i_tbs for mcs in range(29)] == lte[key]


def test_lte_mcs_efficiencies_of_the_reference(lte):
    wanted = lte["mcs_spectral_efficiency_0_31"][:29]
    assert [round(lte_mcs_efficiency(mcs), 2) for mcs in range(29)] == wanted


@pytest.mark.parametrize(
    ("link", "last_qpsk", "last_16qam"), [("downlink", 9, 16), ("uplink", 10, 20)]
)
def test_lte_modulation_changes_where_the_tables_say(link, last_qpsk, last_16qam):
    orders = [lte_mcs(mcs, link).modulation_order_bits for mcs in range(29)]
    wanted = [2] * (last_qpsk + 1) + [4] * (last_16qam - last_qpsk) + [6] * (28 - last_16qam)
    assert orders == wanted


def test_lte_sizes_of_the_reference(lte):
    wanted = np.array(lte["tbs_table_nprb1_110_x_itbs0_26"])
    assert wanted.shape == (110, 27)
    differing = {
        (i_tbs, blocks): int(wanted[blocks - 1, i_tbs])
        for blocks in range(1, 111)
        for i_tbs in range(27)
        if lte_transport_block_bits(i_tbs, blocks) != wanted[blocks - 1, i_tbs]
    }
    assert differing == NS3_OWN_SIZE


@pytest.mark.parametrize(
    ("i_tbs", "blocks", "bits"),
    [
        (0, 1, 16),
        (6, 1, 328),
        (18, 2, 776),
        (10, 6, 1032),
        (26, 6, 4392),
        (26, 25, 18336),
        (16, 50, 16416),
        (26, 50, 36696),
        (12, 100, 22920),
        (26, 100, 75376),
        (25, 100, 63776),
        (0, 110, 3112),
        (26, 110, 75376),
    ],
)
def test_lte_sizes_as_printed(i_tbs, blocks, bits):
    assert lte_transport_block_bits(i_tbs, blocks) == bits


def test_lte_sizes_grow_with_blocks_and_index():
    sizes = np.array([[lte_transport_block_bits(i, n) for i in range(27)] for n in range(1, 111)])
    assert (sizes % 8 == 0).all()
    assert (np.diff(sizes, axis=0)[1:] >= 0).all()
    assert (np.diff(sizes, axis=1)[1:] > 0).all()


def test_lte_peak_of_two_layers_in_20_mhz():
    # 2 x 75,376 bits each millisecond: the 150 Mbit/s of a category 4 handset.
    assert 2 * lte_transport_block_bits(lte_mcs(28).i_tbs, 100) == 150752


@pytest.mark.parametrize(
    ("key", "index", "name"),
    [
        ("pdsch_tables_1_4", 0, "qam64"),
        ("pdsch_tables_1_4", 1, "qam256"),
        ("pdsch_tables_1_4", 2, "qam64_low_se"),
        ("pdsch_tables_1_4", 3, "qam1024"),
        ("pusch_tp_tables_1_2", 0, "precoded_qam64"),
        ("pusch_tp_tables_1_2", 1, "precoded_qam64_low_se"),
    ],
)
def test_nr_mcs_of_the_reference(tables, key, index, name):
    reference = json.loads((tables / "nr_mcs_38214.json").read_text("utf8"))[key][index]
    for mcs, (order, rate) in enumerate(zip(reference["Qm"], reference["Rx1024"], strict=True)):
        if order == -1:
            with pytest.raises(InputError, match=f"is no MCS of {name}"):
                nr_mcs(mcs, name)
        else:
            assert nr_mcs(mcs, name, pi2_bpsk=True) == CodedModulation(order, rate)


@pytest.mark.parametrize(("number", "name"), [(1, "qam64"), (2, "qam256")])
def test_nr_tables_of_the_second_reference(tables, number, name):
    reference = json.loads((tables / "nr_lena_tables.json").read_text("utf8"))
    orders = reference[f"m_mcsMTable{number}"]
    schemes = [nr_mcs(mcs, name) for mcs in range(len(orders))]
    assert [s.modulation_order_bits for s in schemes] == orders
    assert [s.code_rate for s in schemes] == reference[f"m_mcsEcrTable{number}"]
    efficiencies = [s.efficiency_bit_per_element for s in schemes]
    wanted = reference[f"m_spectralEfficiencyForMcs{number}"]
    assert efficiencies == pytest.approx(wanted, abs=5.1e-5)
    quality = [nr_cqi(cqi, name).efficiency_bit_per_element for cqi in range(1, 16)]
    assert quality == pytest.approx(
        reference[f"m_spectralEfficiencyForCqi{number}"][1:], abs=5.1e-5
    )


def test_pi2_bpsk_and_qpsk_carry_the_same():
    for mcs in range(6):
        bpsk = nr_mcs(mcs, "precoded_qam64_low_se", pi2_bpsk=True)
        qpsk = nr_mcs(mcs, "precoded_qam64_low_se")
        assert (bpsk.modulation, qpsk.modulation) == ("pi/2-BPSK", "QPSK")
        assert bpsk.efficiency_bit_per_element == qpsk.efficiency_bit_per_element
    assert nr_mcs(6, "precoded_qam64_low_se", pi2_bpsk=True).modulation == "QPSK"


def test_nr_sizes_of_the_reference(tables):
    with (tables / "nr_tbs_random.csv").open(encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 150
    names = {"1": "qam64", "2": "qam256"}
    for row in rows:
        scheme = nr_mcs(int(row["mcs"]), names[row["table"]])
        assert scheme == CodedModulation(int(row["Qm"]), float(row["Rx1024"]))
        elements = nr_resource_elements(
            int(row["nPRB"]), int(row["NREperPRB"]), overhead_elements=int(row["xOh"])
        )
        bits = nr_transport_block_bits(scheme, elements, layers=int(row["layers"]))
        assert bits == int(row["tbs_py3gpp"]) == int(row["tbs_sionna"]), row


def _exact_bits(scheme: CodedModulation, elements: int, layers: int) -> int:
    """TS 38.214, 5.1.3.2, in fractions: the slow twin."""
    rate = Fraction(scheme.rate_x1024) / 1024
    information = elements * rate * scheme.modulation_order_bits * layers
    if information <= 3824:
        n = max(3, math.floor(math.log2(information)) - 6)
        least = max(24, 2**n * (information // 2**n))
        return min(size for size in _small_sizes() if size >= least)
    n = math.floor(math.log2(information - 24)) - 5
    quantised = max(3840, 2**n * math.floor((information - 24) / 2**n + Fraction(1, 2)))
    segments = 1
    if rate <= Fraction(1, 4):
        segments = math.ceil(Fraction(quantised + 24, 3816))
    elif quantised > 8424:
        segments = math.ceil(Fraction(quantised + 24, 8424))
    return 8 * segments * math.ceil(Fraction(quantised + 24, 8 * segments)) - 24


def _small_sizes() -> list[int]:
    """TS 38.214, Table 5.1.3.2-1: steps of 8, then 16, 24, 32 ... as runs; then irregular ones."""
    runs = [(24, 192, 8), (208, 384, 16), (408, 576, 24), (608, 768, 32), (808, 928, 40)]
    regular = [size for low, high, step in runs for size in range(low, high + 1, step)]
    rest = (
        "984 1032 1064 1128 1160 1192 1224 1256 1288 1320 1352 1416 1480 1544 1608 1672 1736 1800"
    )
    rest += " 1864 1928 2024 2088 2152 2216 2280 2408 2472 2536 2600 2664 2728 2792 2856 2976 3104"
    rest += " 3240 3368 3496 3624 3752 3824"
    return regular + [int(size) for size in rest.split()]


@given(
    scheme=st.sampled_from(SCHEMES),
    elements=st.one_of(st.integers(1, 2000), st.integers(1, 275 * 156)),
    layers=st.integers(1, 4),
)
def test_nr_sizes_are_those_of_the_slow_twin(scheme, elements, layers):
    bits = nr_transport_block_bits(scheme, elements, layers=layers)
    assert bits == _exact_bits(scheme, elements, layers)


@pytest.mark.parametrize(
    ("order", "rate", "elements", "bits"),
    [
        # By hand. N_info = 1: at least 24 bits.
        (2, 120, 1, 24),
        # 612 x 2 x 602/1024 = 719.6; n = 3: 712; next of the table 736.
        (2, 602, 612, 736),
        # 2,560 x 2 x 0.75 = 3,840, above 3,824; less 24, n = 6: 64 x round(59.625) = 3,840; one
        # code block: 8 x ceil(3,864 / 8) - 24 = 3,840.
        (2, 768, 2560, 3840),
        # 16,384 x 2 x 0.25 = 8,192; less 24, n = 7: 128 x round(63.8125) = 8,192; rate 1/4:
        # ceil(8,216 / 3,816) = 3 blocks: 24 x ceil(8,216 / 24) - 24 = 8,208.
        (2, 256, 16384, 8208),
        # 4,236 x 2 x 0.5 = 4,236; less 24 = 4,212, n = 7: 32.906, rounds to 33: 4,224.
        (2, 512, 4236, 4224),
        # 4,184 x 2 x 0.5 = 4,184; less 24 = 4,160, n = 7: 32.5, a tie, which goes up: 4,224.
        (2, 512, 4184, 4224),
    ],
)
def test_nr_sizes_by_hand(order, rate, elements, bits):
    assert nr_transport_block_bits(CodedModulation(order, rate), elements) == bits


def test_nr_peak_of_100_mhz():
    elements = nr_resource_elements(273, 168)
    assert elements == 273 * 156
    assert nr_transport_block_bits(nr_mcs(27, "qam256"), elements, layers=4) == 1277992


def test_a_standard_without_such_a_row_is_refused_with_what_it_has():
    with pytest.raises(InputError, match="0 is no 4G CQI: give one of 1 to 15"):
        lte_cqi(0)
    with pytest.raises(InputError, match="16 is no CQI of qam256: give one of 1 to 15"):
        nr_cqi(16, "qam256")
    with pytest.raises(InputError, match="give one of qam64, qam256, qam64_low_se, qam1024"):
        nr_cqi(1, "precoded_qam64")
    with pytest.raises(InputError, match="29 is no 4G uplink MCS: give one of 0 to 28"):
        lte_mcs(29, "uplink")
    with pytest.raises(InputError, match="give one of downlink, uplink"):
        lte_mcs(0, "sidelink")
    with pytest.raises(InputError, match="29 is no 4G downlink MCS"):
        lte_mcs_efficiency(29)


def test_every_problem_of_a_transport_block_is_named():
    with pytest.raises(InputError) as lte_error:
        lte_transport_block_bits(27, 111)
    assert lte_error.value.problems == (
        "i_tbs is 27: give a whole number from 0 to 26",
        "resource_blocks is 111: give a whole number from 1 to 110",
    )
    with pytest.raises(InputError) as nr_error:
        nr_transport_block_bits(CodedModulation(3, 1024.0), 0, layers=5)
    assert len(nr_error.value.problems) == 4
    with pytest.raises(InputError) as elements_error:
        nr_resource_elements(276, 169, overhead_elements=7)
    assert len(elements_error.value.problems) == 3


@pytest.mark.parametrize("blocks", [0, -1, 25.5, "25", True, None, float("nan")])
def test_resource_blocks_are_whole_numbers(blocks):
    with pytest.raises(InputError, match="give a whole number from 1 to 110"):
        lte_transport_block_bits(0, blocks)


def test_numpy_counts_are_counts():
    assert lte_transport_block_bits(np.int64(26), np.int32(100)) == 75376


def test_an_overhead_may_not_eat_the_block():
    with pytest.raises(InputError, match="leaves nothing"):
        nr_resource_elements(10, 12, overhead_elements=12)
