"""Antennas: measured patterns from files, sectors from beamwidths, panels that form beams."""

from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.between import METHODS
from phusong.radio.antennas.library import AntennaLibrary
from phusong.radio.antennas.panel import (
    AntennaPanel,
    array_gain_dbi,
    beam_set_gain_dbi,
    ssb_beams,
    traffic_beams,
)
from phusong.radio.antennas.panel_pattern import panel_pattern
from phusong.radio.antennas.pattern import Pattern, pattern_of
from phusong.radio.antennas.reading import read_antenna

__all__ = [
    "METHODS",
    "Antenna",
    "AntennaLibrary",
    "AntennaPanel",
    "Pattern",
    "array_gain_dbi",
    "beam_set_gain_dbi",
    "panel_pattern",
    "pattern_of",
    "read_antenna",
    "ssb_beams",
    "traffic_beams",
]
