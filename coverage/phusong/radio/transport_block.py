"""Transport-block sizes: how many bits a block carries in one subframe or slot.

4G: 3GPP TS 36.213, Table 7.1.7.2.1-1, by table. 5G: TS 38.214, clause 5.1.3.2, by its procedure.
"""

import math
from bisect import bisect_left
from functools import cache

import numpy as np
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.radio.lookup import read_rows, whole_number_problems
from phusong.radio.modulation import MODULATIONS, CodedModulation

__all__ = ["lte_transport_block_bits", "nr_resource_elements", "nr_transport_block_bits"]

NR_BLOCKS, NR_LAYERS = 275, 4
ELEMENTS_PER_BLOCK = 12 * 14
OVERHEADS = (0, 6, 12, 18)
# TS 38.214, 5.1.3.2: what one resource block counts for at most, and the parting of small sizes.
COUNTED_ELEMENTS_PER_BLOCK = 156
SMALL_BITS = 3824
CHECKSUM_BITS = 24
LOW_RATE, LOW_RATE_SEGMENT_BITS, SEGMENT_BITS = 0.25, 3816, 8424


def lte_transport_block_bits(i_tbs: int, resource_blocks: int) -> int:
    """Size of a 4G transport block on one layer: TS 36.213, Table 7.1.7.2.1-1.

    Two layers of a 2x2 link carry one such block each. The sizes for 256QAM are not in the table.

    Parameters
    ----------
    i_tbs
        Index of the size, 0 to 26, from `phusong.radio.modulation.lte_mcs`.
    resource_blocks
        Resource blocks of the block, 1 to 110.

    Returns
    -------
    int
        Bits in one subframe (1 ms).

    Raises
    ------
    InputError
        When the table has no such row or column; with both problems where there are two.

    Examples
    --------
    >>> lte_transport_block_bits(26, 100)
    75376
    """
    sizes = _lte_sizes()
    problems = whole_number_problems("i_tbs", i_tbs, 0, sizes.shape[1] - 1)
    problems += whole_number_problems("resource_blocks", resource_blocks, 1, sizes.shape[0])
    if problems:
        raise InputError("4G transport block", problems)
    return int(sizes[resource_blocks - 1, i_tbs])


def nr_resource_elements(
    resource_blocks: int, elements_per_block: int, *, overhead_elements: int = 0
) -> int:
    """Resource elements that count for a 5G transport block: TS 38.214, 5.1.3.2, step 1.

    Parameters
    ----------
    resource_blocks
        Resource blocks given to the block, 1 to 275.
    elements_per_block
        Elements of one resource block in the slot, less those of the demodulation reference
        signal, 1 to 168: 12 a symbol.
    overhead_elements
        xOverhead of one resource block: 0, 6, 12 or 18.

    Raises
    ------
    InputError
        With every value outside these.
    """
    problems = whole_number_problems("resource_blocks", resource_blocks, 1, NR_BLOCKS)
    problems += whole_number_problems(
        "elements_per_block", elements_per_block, 1, ELEMENTS_PER_BLOCK
    )
    if overhead_elements not in OVERHEADS:
        problems.append(f"overhead_elements is {overhead_elements!r}: give 0, 6, 12 or 18")
    elif not problems and overhead_elements >= elements_per_block:
        problems.append(f"overhead_elements {overhead_elements} leaves nothing of the block")
    if problems:
        raise InputError("5G resource elements", problems)
    return resource_blocks * min(COUNTED_ELEMENTS_PER_BLOCK, elements_per_block - overhead_elements)


def nr_transport_block_bits(scheme: CodedModulation, elements: int, *, layers: int = 1) -> int:
    """Size of a 5G transport block: TS 38.214, 5.1.3.2, steps 2 to 4.

    Parameters
    ----------
    scheme
        From `phusong.radio.modulation.nr_mcs`.
    elements
        From `nr_resource_elements`, 1 to 42,900.
    layers
        Layers that carry the block, 1 to 4.

    Returns
    -------
    int
        Bits in one slot (1 ms at 15 kHz, 0.5 ms at 30 kHz).

    Raises
    ------
    InputError
        With every value outside these.

    Examples
    --------
    >>> from phusong.radio.modulation import nr_mcs
    >>> elements = nr_resource_elements(273, 156)
    >>> nr_transport_block_bits(nr_mcs(27, "qam256"), elements, layers=4)
    1277992
    """
    problems = _scheme_problems(scheme)
    most = NR_BLOCKS * COUNTED_ELEMENTS_PER_BLOCK
    problems += whole_number_problems("elements", elements, 1, most)
    problems += whole_number_problems("layers", layers, 1, NR_LAYERS)
    if problems:
        raise InputError("5G transport block", problems)
    information_bits = elements * scheme.efficiency_bit_per_element * layers
    if information_bits <= SMALL_BITS:
        return _small_bits(information_bits)
    return _large_bits(information_bits, scheme.code_rate)


def _scheme_problems(scheme: CodedModulation) -> list[str]:
    problems = []
    if scheme.modulation_order_bits not in MODULATIONS:
        orders = ", ".join(map(str, MODULATIONS))
        problems.append(f"modulation order is {scheme.modulation_order_bits}: give one of {orders}")
    if not 0.0 < scheme.rate_x1024 < 1024.0:
        problems.append(f"rate_x1024 is {scheme.rate_x1024}: give a number above 0, below 1024")
    return problems


def _small_bits(information_bits: float) -> int:
    """Step 3: rounded down to a power of two's multiple, then up to a size of the table."""
    step = 1 << max(3, _floor_log2(information_bits) - 6)
    quantised = max(24, step * math.floor(information_bits / step))
    sizes = _nr_small_sizes()
    return sizes[bisect_left(sizes, quantised)]


def _large_bits(information_bits: float, code_rate: float) -> int:
    """Step 4: rounded to a power of two's multiple, then up to whole bytes in equal segments."""
    excess_bits = information_bits - CHECKSUM_BITS
    step = 1 << (_floor_log2(excess_bits) - 5)
    # Ties go up, as the clause says; Python's round would take the even number.
    quantised = max(3840, step * math.floor(excess_bits / step + 0.5))
    with_checksum = quantised + CHECKSUM_BITS
    eighths = 8 * _segments(quantised, code_rate)
    return eighths * math.ceil(with_checksum / eighths) - CHECKSUM_BITS


def _segments(quantised_bits: int, code_rate: float) -> int:
    """Code blocks that the transport block is cut into."""
    with_checksum = quantised_bits + CHECKSUM_BITS
    if code_rate <= LOW_RATE:
        return math.ceil(with_checksum / LOW_RATE_SEGMENT_BITS)
    return math.ceil(with_checksum / SEGMENT_BITS) if quantised_bits > SEGMENT_BITS else 1


def _floor_log2(value: float) -> int:
    """Exact, where rounding of a logarithm could miss a power of two."""
    return math.frexp(value)[1] - 1


@cache
def _lte_sizes() -> NDArray[np.int64]:
    """Bits by resource blocks less one, and index of the size."""
    rows = read_rows("lte_tbs.csv")
    columns = [column for column in rows[0] if column.startswith("bits_i_tbs_")]
    return np.array([[int(row[column]) for column in columns] for row in rows])


@cache
def _nr_small_sizes() -> list[int]:
    return [int(row["bits"]) for row in read_rows("nr_tbs.csv")]
