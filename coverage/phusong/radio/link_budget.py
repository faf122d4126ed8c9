"""From a cell's total power to the power of the signal that a handset measures."""

import csv
import math
from functools import cache
from importlib.resources import files

from phusong.errors import InputError
from phusong.radio.technology import technology

__all__ = ["reference_eirp_dbm", "reference_offset_db", "resource_blocks"]

SUBCARRIERS_PER_BLOCK = 12
# Below this, 5G bands in use are FDD with 15 kHz subcarriers; above, TDD with 30 kHz.
WIDE_SUBCARRIER_FROM_MHZ = 2400.0


@cache
def _block_table() -> dict[tuple[str, int, float], int]:
    text = files("phusong.radio").joinpath("tables/resource_blocks.csv").read_text("utf8")
    return {
        (row["technology"], int(row["subcarrier_khz"]), float(row["bandwidth_mhz"])): int(
            row["resource_blocks"]
        )
        for row in csv.DictReader(text.splitlines())
    }


def resource_blocks(technology_name: str, bandwidth_mhz: float, frequency_mhz: float) -> int:
    """Resource blocks in a carrier of 4G or 5G.

    Raises
    ------
    InputError
        When the bandwidth is none that the technology defines; names those it does.
    """
    wide = technology_name == "5G" and frequency_mhz >= WIDE_SUBCARRIER_FROM_MHZ
    subcarrier_khz = 30 if wide else 15
    table = _block_table()
    blocks = table.get((technology_name, subcarrier_khz, float(bandwidth_mhz)))
    if blocks is None:
        known = [
            f"{width:g}"
            for name, khz, width in table
            if (name, khz) == (technology_name, subcarrier_khz)
        ]
        raise InputError(
            "bandwidth_mhz",
            [
                f"{bandwidth_mhz:g} MHz is no {technology_name} bandwidth at "
                f"{subcarrier_khz} kHz: give one of {', '.join(known)}"
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
