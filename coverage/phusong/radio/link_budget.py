"""From a cell's total power to the power of the signal that a handset measures."""

import math
from functools import cache

from phusong.errors import InputError
from phusong.radio.lookup import read_rows
from phusong.radio.technology import technology

__all__ = ["reference_eirp_dbm", "reference_offset_db", "resource_blocks", "subcarrier_khz"]

SUBCARRIERS_PER_BLOCK = 12


@cache
def _block_table() -> dict[tuple[str, int, float], int]:
    return {
        (row["technology"], int(row["subcarrier_khz"]), float(row["bandwidth_mhz"])): int(
            row["resource_blocks"]
        )
        for row in read_rows("resource_blocks.csv")
    }


@cache
def _subcarrier_rows() -> tuple[tuple[str, float, int], ...]:
    return tuple(
        (row["technology"], float(row["from_mhz"]), int(row["subcarrier_khz"]))
        for row in read_rows("subcarriers.csv")
    )


def subcarrier_khz(technology_name: str, frequency_mhz: float) -> int | None:
    """Distance between subcarriers in use at a frequency; None where a technology has none (3G).

    Examples
    --------
    >>> subcarrier_khz("5G", 763), subcarrier_khz("5G", 2350), subcarrier_khz("5G", 26_000)
    (15, 30, 120)
    """
    name = technology(technology_name).name
    rows = [(low, khz) for each, low, khz in _subcarrier_rows() if each == name]
    return max(((low, khz) for low, khz in rows if low <= frequency_mhz), default=(0.0, None))[1]


def resource_blocks(technology_name: str, bandwidth_mhz: float, frequency_mhz: float) -> int:
    """Resource blocks in a carrier of 4G or 5G.

    Raises
    ------
    InputError
        When the bandwidth is none that the technology defines; names those it does.
    """
    khz = subcarrier_khz(technology_name, frequency_mhz)
    table = _block_table()
    blocks = table.get((technology_name, khz or 0, float(bandwidth_mhz)))
    if blocks is None:
        known = [
            f"{width:g}"
            for name, spacing, width in table
            if (name, spacing) == (technology_name, khz)
        ]
        raise InputError(
            "bandwidth_mhz",
            [
                f"{bandwidth_mhz:g} MHz is no {technology_name} bandwidth at "
                f"{khz} kHz: give one of {', '.join(known)}"
            ],
        )
    return blocks


def reference_offset_db(technology_name: str, bandwidth_mhz: float, frequency_mhz: float) -> float:
    """Power of the measured signal relative to the cell's total power, in dB (negative).

    3G: the pilot's share. 4G, 5G: one resource element of the carrier, total power spread evenly.

    Examples
    --------
    >>> round(reference_offset_db("4G", 20, 1842.5), 1)
    -30.8
    >>> round(reference_offset_db("5G", 100, 2550), 1)
    -35.2
    """
    share_percent = technology(technology_name).reference_share_percent
    if share_percent is not None:
        return 10.0 * math.log10(share_percent / 100.0)
    blocks = resource_blocks(technology_name, bandwidth_mhz, frequency_mhz)
    return -10.0 * math.log10(SUBCARRIERS_PER_BLOCK * blocks)


def reference_eirp_dbm(
    technology_name: str,
    *,
    power_dbm: float,
    antenna_gain_dbi: float,
    feeder_loss_db: float,
    bandwidth_mhz: float,
    frequency_mhz: float,
) -> float:
    """EIRP of the measured signal at the antenna's peak, in dBm."""
    offset_db = reference_offset_db(technology_name, bandwidth_mhz, frequency_mhz)
    return power_dbm + offset_db + antenna_gain_dbi - feeder_loss_db
