"""Both ends of a carrier: the handset, the base station's receiver, and throughput by SINR."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from phusong.errors import InputError
from phusong.prediction.masts import Cell
from phusong.prediction.quality_settings import QualitySettings
from phusong.radio.handsets import (
    base_station_noise_figure_db,
    handset,
    noise_bandwidth_khz,
    noise_dbm,
)
from phusong.radio.link_budget import SUBCARRIERS_PER_BLOCK, subcarrier_khz
from phusong.radio.signal_quality import milliwatts
from phusong.radio.throughput import Ladder, ladder

__all__ = ["Radio", "RadioKind", "kind_of", "radios_of"]


class RadioKind(NamedTuple):
    """What cells have in common that one `Radio` describes."""

    technology: str
    frequency_mhz: float
    bandwidth_mhz: float


@dataclass(frozen=True)
class Radio:
    """A handset and a base station on one kind of carrier.

    Attributes
    ----------
    noise_mw
        Of the handset in the measured signal's bandwidth, as if its antenna had no gain.
    handset_dbm
        Greatest EIRP of the handset.
    base_noise_dbm
        Of the base station in one resource block, or in the whole 3G carrier, other cells'
        handsets included.
    down, up
        Throughput by SINR; the uplink's is that of all power in one resource block.
    """

    noise_mw: float
    handset_dbm: float
    base_noise_dbm: float
    down: Ladder
    up: Ladder

    @classmethod
    def of(cls, kind: RadioKind, settings: QualitySettings) -> "Radio":
        """The radio of a kind; InputError for a frequency, bandwidth or class that is none."""
        name, mhz, bandwidth_mhz = kind
        phone = handset(name, mhz, power_class=settings.power_class.get(name))
        noise = noise_dbm(noise_bandwidth_khz(name, mhz), phone.noise_figure_db)
        spacing_khz = subcarrier_khz(name, mhz)
        block_khz = SUBCARRIERS_PER_BLOCK * spacing_khz if spacing_khz else None
        base_khz = block_khz or noise_bandwidth_khz(name, mhz)
        figure_db = base_station_noise_figure_db(name, mhz)
        carrier = {"frequency_mhz": mhz, "bandwidth_mhz": bandwidth_mhz}
        layers = settings.layers.get(name)
        down = ladder(
            name, "downlink", layers=layers, tdd_share=settings.tdd_downlink_share, **carrier
        )
        up = ladder(name, "uplink", tdd_share=settings.tdd_uplink_share, **carrier)
        return cls(
            noise_mw=float(milliwatts(noise - phone.antenna_gain_dbi)),
            handset_dbm=phone.max_power_dbm + phone.antenna_gain_dbi,
            base_noise_dbm=noise_dbm(base_khz, figure_db) + settings.uplink_interference_db,
            down=down,
            up=up,
        )


def kind_of(cell: Cell) -> RadioKind:
    """The kind of a cell's carrier."""
    return RadioKind(cell["technology"], float(cell["frequency_mhz"]), float(cell["bandwidth_mhz"]))


def radios_of(cells: Iterable[Cell], settings: QualitySettings) -> dict[RadioKind, Radio]:
    """The radio of every kind among cells.

    Raises
    ------
    InputError
        With the problems of all kinds at once.
    """
    radios: dict[RadioKind, Radio] = {}
    problems = []
    for kind in sorted({kind_of(cell) for cell in cells}):
        try:
            radios[kind] = Radio.of(kind, settings)
        except InputError as error:
            problems += [
                f"{kind.technology} at {kind.frequency_mhz:g} MHz, {kind.bandwidth_mhz:g} MHz "
                f"wide: {error.source}: {problem}"
                for problem in error.problems
            ]
    if problems:
        raise InputError("stations", problems)
    return radios
