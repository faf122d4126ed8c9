"""From SINR to throughput: by modulation-and-coding schemes and transport blocks.

A scheme of ``b`` bits per resource element can be received from the SINR at which the attenuated
Shannon bound ``alpha log2(1 + SINR)`` reaches ``b`` (3GPP TR 36.942, Annex A; TR 38.803, 5.2.7).
It carries a transport block a subframe or slot. Layers share the power of the downlink, resource
blocks that of the handset, so that ``n`` of either need ``n`` times the SINR of one; a handset is
given as many of them, and the scheme, as carry most. 3G has no such tables here: its rates
are those of bearers and of the largest blocks of handset categories.

Figures and sources are in ``radio/tables/throughput.csv`` and ``hspa_rates.csv``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.radio.bands import band_of
from phusong.radio.link_budget import resource_blocks, subcarrier_khz
from phusong.radio.lookup import read_rows
from phusong.radio.modulation import lte_schemes, nr_schemes
from phusong.radio.technology import technology
from phusong.radio.transport_block import (
    lte_transport_block_bits,
    nr_resource_elements,
    nr_transport_block_bits,
)

__all__ = ["Ladder", "LinkFigures", "ladder", "link_figures"]

CHIP_RATE_MHZ = 3.84
LTE_BLOCKS_PER_S = 1000.0
NR_BLOCKS_PER_S_AT_15_KHZ = 1000.0
BITS_PER_MBIT = 1e6

Step = tuple[float, float]
"""A linear SINR, and the Mbit/s that it suffices for."""


@dataclass(frozen=True)
class LinkFigures:
    """What the throughput of one technology's downlink or uplink depends on.

    Attributes
    ----------
    technology, link
        "3G", "4G" or "5G"; "downlink" or "uplink".
    schemes
        "hspa", "lte" or a table of `phusong.radio.modulation.nr_mcs_tables`.
    alpha
        Part of the Shannon bound that is reached.
    layers
        Most layers that a handset takes.
    elements_per_block
        Resource elements of a block and slot that carry data, 5G only; for 4G the sizes of the
        transport blocks allow for the others.
    tdd_share
        Share of the time that a TDD carrier is in this direction.
    source, sureness
        Where the figures come from; "general knowledge": check before quoting.
    """

    technology: str
    link: str
    schemes: str
    alpha: float
    layers: int
    elements_per_block: int
    tdd_share: float
    source: str
    sureness: str

    def sinr(self, bit_per_element: float) -> float:
        """Least linear SINR at which so many bits per element are received."""
        return float(2.0 ** (bit_per_element / self.alpha) - 1.0)


@dataclass(frozen=True)
class Ladder:
    """Throughput as a function of SINR: rising steps.

    Attributes
    ----------
    sinr_db
        Least SINR of each step, rising. Of a 4G or 5G uplink it is that of a handset which sends
        all of its power in one resource block.
    mbps
        Throughput of each step, rising.
    """

    sinr_db: NDArray[np.float64]
    mbps: NDArray[np.float64]

    def at(self, sinr_db: NDArray[np.floating]) -> NDArray[np.float32]:
        """Throughput in Mbit/s at each SINR: 0 under the first step, NaN where that is NaN."""
        steps = np.concatenate([[0.0], self.mbps]).astype(np.float32)
        found = steps[np.searchsorted(self.sinr_db, sinr_db, side="right")]
        found[np.isnan(sinr_db)] = np.nan
        return found

    def needed_db(self, mbps: NDArray[np.floating]) -> NDArray[np.float64]:
        """Least SINR (dB) for each throughput in Mbit/s; endless where the carrier never has it."""
        least_db = np.concatenate([self.sinr_db, [np.inf]])
        needed = least_db[np.searchsorted(self.mbps, mbps, side="left")]
        return np.where(np.asarray(mbps) > 0.0, needed, -np.inf)


@cache
def _figures() -> dict[tuple[str, str], LinkFigures]:
    return {
        (row["technology"], row["link"]): LinkFigures(
            technology=row["technology"],
            link=row["link"],
            schemes=row["schemes"],
            alpha=float(row["alpha"]),
            layers=int(row["layers"]),
            elements_per_block=int(row["elements_per_block"] or 0),
            tdd_share=float(row["tdd_share"]),
            source=row["source"],
            sureness=row["sureness"],
        )
        for row in read_rows("throughput.csv")
    }


def link_figures(technology_name: str, link: str) -> LinkFigures:
    """Figures of a technology's "downlink" or "uplink"; InputError for an unknown one."""
    found = _figures().get((technology(technology_name).name, link))
    if found is None:
        raise InputError("link", [f"{link!r} is unknown: give 'downlink' or 'uplink'"])
    return found


@cache
def ladder(
    technology_name: str,
    link: str,
    *,
    frequency_mhz: float,
    bandwidth_mhz: float,
    layers: int | None = None,
    tdd_share: float | None = None,
) -> Ladder:
    """Throughput of one handset that is given a whole carrier, by SINR.

    Parameters
    ----------
    technology_name, link
        "3G", "4G" or "5G"; "downlink" or "uplink".
    frequency_mhz, bandwidth_mhz
        Of the carrier: its downlink's frequency.
    layers
        Most layers, 1 to 4; the table's where not given. 3G and uplinks have one.
    tdd_share
        Share of the time that a TDD carrier is in this direction; the table's where not given.

    Raises
    ------
    InputError
        When no band holds the frequency, or the technology has no such bandwidth.

    Examples
    --------
    >>> of_20_mhz = ladder("4G", "downlink", frequency_mhz=1842.5, bandwidth_mhz=20)
    >>> float(of_20_mhz.mbps[-1])
    150.752
    """
    figures = link_figures(technology_name, link)
    most = layers or figures.layers
    duplex = band_of(frequency_mhz, technology_name).duplex
    in_tdd = figures.tdd_share if tdd_share is None else tdd_share
    share = in_tdd if duplex == "TDD" else 1.0
    if figures.schemes == "hspa":
        return _risen(_hspa_steps(figures), share)
    blocks = resource_blocks(technology_name, bandwidth_mhz, frequency_mhz)
    if figures.schemes == "lte":
        return _risen(_lte_steps(figures, blocks, most), share)
    per_s = NR_BLOCKS_PER_S_AT_15_KHZ * (subcarrier_khz(technology_name, frequency_mhz) or 15) / 15
    return _risen(_nr_steps(figures, blocks, most, per_s), share)


def _risen(steps: Iterable[Step], share: float) -> Ladder:
    """Steps in the order of their SINR, without those that carry no more than one before."""
    sinr, mbps = np.array(sorted(steps)).T
    before = np.concatenate([[0.0], np.maximum.accumulate(mbps)[:-1]])
    higher = mbps > before
    return Ladder(10.0 * np.log10(sinr[higher]), share * mbps[higher])


def _hspa_steps(figures: LinkFigures) -> Iterator[Step]:
    for row in read_rows("hspa_rates.csv"):
        if row["link"] == figures.link:
            mbps = float(row["kbit_per_s"]) / 1000.0
            yield figures.sinr(mbps / CHIP_RATE_MHZ), mbps


def _shares(figures: LinkFigures, blocks: int, layers: int) -> list[tuple[int, int, int]]:
    """Resource blocks, layers and what divides the power, of every way to use a carrier."""
    if figures.link == "uplink":
        return [(n, 1, n) for n in range(1, blocks + 1)]
    return [(blocks, n, n) for n in range(1, layers + 1)]


def _lte_steps(figures: LinkFigures, blocks: int, layers: int) -> Iterator[Step]:
    for used, streams, parts in _shares(figures, blocks, layers):
        for scheme, efficiency in lte_schemes(figures.link):
            bits = streams * lte_transport_block_bits(scheme.i_tbs, used)
            yield parts * figures.sinr(efficiency), bits * LTE_BLOCKS_PER_S / BITS_PER_MBIT


def _nr_steps(figures: LinkFigures, blocks: int, layers: int, per_s: float) -> Iterator[Step]:
    for used, streams, parts in _shares(figures, blocks, layers):
        elements = nr_resource_elements(used, figures.elements_per_block)
        for scheme in nr_schemes(figures.schemes):
            bits = nr_transport_block_bits(scheme, elements, layers=streams)
            sinr = figures.sinr(scheme.efficiency_bit_per_element)
            yield parts * sinr, bits * per_s / BITS_PER_MBIT
