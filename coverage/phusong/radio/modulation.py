"""Modulation and coding: channel quality (CQI) and modulation-and-coding schemes (MCS).

4G: 3GPP TS 36.213, Tables 7.2.3-1, 7.1.7.1-1 and 8.6.1-1, up to 64QAM. 5G: TS 38.214, Tables
5.2.2.1-2 to -5, 5.1.3.1-1 to -4, and 6.1.4.1-1 and -2 (uplink with transform precoding).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from phusong.errors import InputError
from phusong.radio.lookup import read_rows

__all__ = [
    "CodedModulation",
    "LteScheme",
    "lte_cqi",
    "lte_mcs",
    "lte_mcs_efficiency",
    "lte_schemes",
    "nr_cqi",
    "nr_cqi_tables",
    "nr_mcs",
    "nr_mcs_tables",
    "nr_schemes",
]

Key = TypeVar("Key")
Value = TypeVar("Value")

MODULATIONS = {1: "pi/2-BPSK", 2: "QPSK", 4: "16QAM", 6: "64QAM", 8: "256QAM", 10: "1024QAM"}


@dataclass(frozen=True)
class CodedModulation:
    """A modulation with the rate of its code.

    Attributes
    ----------
    modulation_order_bits
        Bits of one symbol, Qm.
    rate_x1024
        Code rate times 1,024, as the standards print it.
    """

    modulation_order_bits: int
    rate_x1024: float

    @property
    def modulation(self) -> str:
        """Name of the modulation: "QPSK", "64QAM" and so on."""
        return MODULATIONS[self.modulation_order_bits]

    @property
    def code_rate(self) -> float:
        """Share of the sent bits that is information."""
        return self.rate_x1024 / 1024.0

    @property
    def efficiency_bit_per_element(self) -> float:
        """Information bits in one resource element of one layer."""
        return self.modulation_order_bits * self.code_rate


@dataclass(frozen=True)
class LteScheme:
    """A modulation-and-coding scheme of 4G.

    Attributes
    ----------
    modulation_order_bits
        Bits of one symbol, Qm.
    i_tbs
        Index of the transport-block size; with the resource blocks it decides the code rate.
    """

    modulation_order_bits: int
    i_tbs: int


def lte_cqi(cqi: int) -> CodedModulation:
    """Modulation and code of a 4G channel quality, 1 to 15: TS 36.213, Table 7.2.3-1.

    Raises
    ------
    InputError
        When the table has no such CQI; 0 means that even the lowest cannot be received.

    Examples
    --------
    >>> lte_cqi(7).modulation, lte_cqi(7).efficiency_bit_per_element
    ('16QAM', 1.4765625)
    """
    return _entry(_lte_cqi(), "cqi", cqi, "4G CQI")


def nr_cqi(cqi: int, table: str = "qam64") -> CodedModulation:
    """Modulation and code of a 5G channel quality, 1 to 15: TS 38.214, 5.2.2.1.

    Parameters
    ----------
    cqi
        1 to 15; 0 means that even the lowest cannot be received.
    table
        One of `nr_cqi_tables`: "qam64", "qam256", "qam64_low_se" or "qam1024".

    Raises
    ------
    InputError
        When there is no such table or no such CQI in it.
    """
    rows = _entry(_nr_coded("cqi"), "table", table, "5G CQI table")
    return _entry(rows, "cqi", cqi, f"CQI of {table}")


def nr_cqi_tables() -> tuple[str, ...]:
    """Names of the CQI tables of 5G."""
    return tuple(_nr_coded("cqi"))


def lte_mcs(mcs: int, link: str = "downlink") -> LteScheme:
    """Scheme of 4G, 0 to 28: TS 36.213, Tables 7.1.7.1-1 (downlink) and 8.6.1-1 (uplink).

    Raises
    ------
    InputError
        When there is no such link or scheme; 29 to 31 repeat an earlier block and have no size.

    Examples
    --------
    >>> lte_mcs(28)
    LteScheme(modulation_order_bits=6, i_tbs=26)
    """
    rows = _entry(_lte_mcs(), "link", link, "link")
    return _entry(rows, "mcs", mcs, f"4G {link} MCS")


def lte_mcs_efficiency(mcs: int) -> float:
    """Information bits in one resource element that a 4G downlink scheme is meant for.

    TS 36.213 states none. The study behind its tables (3GPP R1-081483) laid the even schemes on
    the CQI steps and the odd ones half-way between, and so does this.

    Examples
    --------
    >>> round(lte_mcs_efficiency(28), 2), round(lte_mcs_efficiency(1), 2)
    (5.55, 0.19)
    """
    lte_mcs(mcs)
    below, above = lte_cqi(mcs // 2 + 1), lte_cqi((mcs + 1) // 2 + 1)
    return (below.efficiency_bit_per_element + above.efficiency_bit_per_element) / 2.0


def nr_mcs(mcs: int, table: str = "qam64", *, pi2_bpsk: bool = False) -> CodedModulation:
    """Scheme of 5G: TS 38.214, 5.1.3.1 and, with transform precoding, 6.1.4.1.

    Parameters
    ----------
    mcs
        Index in the table, from 0.
    table
        One of `nr_mcs_tables`: "qam64", "qam256", "qam64_low_se" and "qam1024" for the downlink
        and the uplink without transform precoding; "precoded_qam64" and "precoded_qam64_low_se".
    pi2_bpsk
        Whether the lowest schemes of a precoded table are sent as pi/2-BPSK (q = 1) or, at half
        the code rate, as QPSK (q = 2).

    Raises
    ------
    InputError
        When there is no such table or no such scheme in it: a table's last are reserved.

    Examples
    --------
    >>> nr_mcs(27, "qam256")
    CodedModulation(modulation_order_bits=8, rate_x1024=948.0)
    """
    rows = _entry(_nr_coded("mcs"), "table", table, "5G MCS table")
    scheme = _entry(rows, "mcs", mcs, f"MCS of {table}")
    if scheme.modulation_order_bits > 1 or pi2_bpsk:
        return scheme
    return replace(scheme, modulation_order_bits=2, rate_x1024=scheme.rate_x1024 / 2.0)


def lte_schemes(link: str) -> tuple[tuple[LteScheme, float], ...]:
    """Every scheme of a 4G link, with the efficiency (bit per element) that it is meant for.

    Uplink schemes have that of the downlink scheme with the same transport blocks.
    """
    efficiencies = {lte_mcs(i).i_tbs: lte_mcs_efficiency(i) for i in _lte_mcs()["downlink"]}
    schemes = _entry(_lte_mcs(), "link", link, "link").values()
    return tuple((scheme, efficiencies[scheme.i_tbs]) for scheme in schemes)


def nr_schemes(table: str) -> tuple[CodedModulation, ...]:
    """Every scheme of one of `nr_mcs_tables`, from the lowest index."""
    return tuple(_entry(_nr_coded("mcs"), "table", table, "5G MCS table").values())


def nr_mcs_tables() -> tuple[str, ...]:
    """Names of the MCS tables of 5G."""
    return tuple(_nr_coded("mcs"))


def _entry(table: Mapping[Key, Value], name: str, key: Key, what: str) -> Value:
    """Entry of a table; InputError with the keys it has, where it has no such one."""
    if key in table:
        return table[key]
    known = list(table)
    keys = f"{known[0]} to {known[-1]}" if isinstance(known[0], int) else ", ".join(map(str, known))
    raise InputError(name, [f"{key!r} is no {what}: give one of {keys}"])


@cache
def _lte_cqi() -> dict[int, CodedModulation]:
    return {int(row["cqi"]): _coded(row) for row in read_rows("lte_cqi.csv")}


@cache
def _lte_mcs() -> dict[str, dict[int, LteScheme]]:
    schemes: dict[str, dict[int, LteScheme]] = {}
    for row in read_rows("lte_mcs.csv"):
        scheme = LteScheme(int(row["modulation_order_bits"]), int(row["i_tbs"]))
        schemes.setdefault(row["link"], {})[int(row["mcs"])] = scheme
    return schemes


@cache
def _nr_coded(index: str) -> dict[str, dict[int, CodedModulation]]:
    """Tables of ``nr_cqi.csv`` or ``nr_mcs.csv``: by table, then by index."""
    tables: dict[str, dict[int, CodedModulation]] = {}
    for row in read_rows(f"nr_{index}.csv"):
        tables.setdefault(row["table"], {})[int(row[index])] = _coded(row)
    return tables


def _coded(row: dict[str, str]) -> CodedModulation:
    return CodedModulation(int(row["modulation_order_bits"]), float(row["rate_x1024"]))
