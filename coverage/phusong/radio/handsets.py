"""Handsets, and the noise that they and base stations receive with a signal."""

import math
from dataclasses import dataclass
from functools import cache

from scipy.constants import Boltzmann

from phusong.errors import InputError
from phusong.radio.bands import band_of
from phusong.radio.link_budget import subcarrier_khz
from phusong.radio.lookup import read_rows

__all__ = [
    "Handset",
    "base_station_noise_figure_db",
    "handset",
    "handsets",
    "noise_bandwidth_khz",
    "noise_dbm",
    "subcarrier_khz",
]

NOISE_TEMPERATURE_K = 290.0
MILLIWATTS_PER_WATT = 1000.0
HZ_PER_KHZ = 1000.0


@dataclass(frozen=True)
class Handset:
    """A class of handset.

    Attributes
    ----------
    technology, duplex
        "3G", "4G" or "5G", in "FDD" or "TDD" bands.
    from_mhz
        Lowest frequency it is for; of two, that with the higher one counts.
    power_class
        3GPP's number of the class.
    max_power_dbm
        Greatest total power it sends.
    noise_figure_db, antenna_gain_dbi
        Of its receiver and its antenna.
    height_m
        Above ground.
    usual
        Whether it is the usual class there.
    source, sureness
        Where the figures come from; "general knowledge": check before quoting.
    """

    technology: str
    duplex: str
    from_mhz: float
    power_class: str
    max_power_dbm: float
    noise_figure_db: float
    antenna_gain_dbi: float
    height_m: float
    usual: bool
    source: str
    sureness: str


@cache
def handsets() -> tuple[Handset, ...]:
    """Every class of ``radio/tables/handsets.csv``."""
    return tuple(_handset(row) for row in read_rows("handsets.csv"))


def handset(
    technology_name: str, frequency_mhz: float, *, power_class: str | None = None
) -> Handset:
    """The handset of a technology at a frequency.

    Parameters
    ----------
    technology_name
        "3G", "4G" or "5G".
    frequency_mhz
        Downlink frequency: it decides between a handset's power in FDD and in TDD bands.
    power_class
        3GPP's class; None for the usual one.

    Raises
    ------
    InputError
        When no band holds the frequency, or no such class is in the table for its duplex.

    Examples
    --------
    >>> handset("4G", 1842.5).max_power_dbm, handset("5G", 2550).max_power_dbm
    (23.0, 26.0)
    """
    duplex = band_of(frequency_mhz, technology_name).duplex
    every = [h for h in handsets() if (h.technology, h.duplex) == (technology_name, duplex)]
    from_mhz = max(h.from_mhz for h in every if h.from_mhz <= frequency_mhz)
    known = [h for h in every if h.from_mhz == from_mhz]
    for candidate in known:
        if candidate.power_class == power_class or (power_class is None and candidate.usual):
            return candidate
    classes = ", ".join(repr(h.power_class) for h in known)
    problem = f"{power_class!r} is no {technology_name} class in {duplex} bands: give {classes}"
    raise InputError("power_class", [problem])


def noise_dbm(bandwidth_khz: float, noise_figure_db: float) -> float:
    """Thermal noise at 290 K in a bandwidth, as a receiver of that noise figure has it.

    Raises
    ------
    InputError
        When the bandwidth is not above zero.

    Examples
    --------
    >>> round(noise_dbm(15, 7), 1), round(noise_dbm(30, 7), 1)
    (-125.2, -122.2)
    """
    if not 0.0 < bandwidth_khz < math.inf:
        raise InputError("bandwidth_khz", [f"is {bandwidth_khz}: give kHz, above zero"])
    watts = Boltzmann * NOISE_TEMPERATURE_K * bandwidth_khz * HZ_PER_KHZ
    return 10.0 * math.log10(watts * MILLIWATTS_PER_WATT) + noise_figure_db


def noise_bandwidth_khz(technology_name: str, frequency_mhz: float) -> float:
    """Bandwidth whose noise stands against the measured signal.

    One resource element of 4G and 5G; the chip rate of 3G.

    Examples
    --------
    >>> noise_bandwidth_khz("3G", 2140), noise_bandwidth_khz("5G", 3750)
    (3840.0, 30.0)
    """
    return _noise_rows()[technology_name, subcarrier_khz(technology_name, frequency_mhz)][0]


def base_station_noise_figure_db(technology_name: str, frequency_mhz: float) -> float:
    """Noise figure of a base station's receiver."""
    return _noise_rows()[technology_name, subcarrier_khz(technology_name, frequency_mhz)][1]


@cache
def _noise_rows() -> dict[tuple[str, int | None], tuple[float, float]]:
    """Noise bandwidth (kHz) and base station's noise figure (dB) by technology and subcarrier."""
    return {
        (row["technology"], int(row["subcarrier_khz"]) if row["subcarrier_khz"] else None): (
            float(row["noise_bandwidth_khz"]),
            float(row["base_station_noise_figure_db"]),
        )
        for row in read_rows("noise.csv")
    }


def _handset(row: dict[str, str]) -> Handset:
    return Handset(
        technology=row["technology"],
        duplex=row["duplex"],
        from_mhz=float(row["from_mhz"]),
        power_class=row["power_class"],
        max_power_dbm=float(row["max_power_dbm"]),
        noise_figure_db=float(row["noise_figure_db"]),
        antenna_gain_dbi=float(row["antenna_gain_dbi"]),
        height_m=float(row["height_m"]),
        usual=row["usual"] == "yes",
        source=row["source"],
        sureness=row["sureness"],
    )
