"""The one door to antenna files of any format."""

import math
from os import PathLike
from pathlib import Path

from phusong.errors import InputError
from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.notes import text_lines
from phusong.radio.antennas.nsma import looks_like_nsma, read_nsma
from phusong.radio.antennas.planet import looks_like_planet, read_planet
from phusong.radio.antennas.radio_mobile import looks_like_radio_mobile, read_radio_mobile
from phusong.radio.antennas.splat import SUFFIXES, read_splat

__all__ = ["UnknownFormatError", "read_antenna"]


class UnknownFormatError(InputError):
    """A file that is in none of the antenna formats."""


def read_antenna(
    path: str | PathLike[str], *, gain_dbi: float | None = None, max_gap_deg: float = 1.0
) -> Antenna:
    """Read an antenna file: MSI Planet, Radio Mobile, SPLAT! or NSMA, by what it holds.

    Parameters
    ----------
    path
        The file; either one of a SPLAT! pair (``.az``, ``.el``), which go together by name. Other
        formats are known by their content, whatever their name.
    gain_dbi
        Gain to take in place of the file's; Radio Mobile and SPLAT! files state none.
    max_gap_deg
        Widest angle between two rows of a Planet file that is interpolated, which is a finding;
        degrees in a wider gap are an error. The other formats interpolate by their own rules.

    Returns
    -------
    Antenna
        Its ``gain_dbi`` is None where neither the file nor the caller states one.

    Raises
    ------
    InputError
        With every problem of the file: its line, what stands there, and the mend.
    """
    path = Path(path)
    if not (math.isfinite(max_gap_deg) and max_gap_deg > 0.0):
        raise InputError("max_gap_deg", [f"{max_gap_deg} is no angle over 0 degrees"])
    if path.suffix.lower() in SUFFIXES:
        return read_splat(path, gain_dbi=gain_dbi)
    lines = text_lines(path)
    if looks_like_nsma(lines):
        return read_nsma(path, lines, gain_dbi=gain_dbi)
    if looks_like_planet(lines):
        return read_planet(path, lines, gain_dbi=gain_dbi, max_gap_deg=max_gap_deg)
    if looks_like_radio_mobile(lines):
        return read_radio_mobile(path, lines, gain_dbi=gain_dbi)
    formats = "MSI Planet, Radio Mobile .ant, SPLAT! .az/.el, NSMA WG16.99.050"
    raise UnknownFormatError(path.name, [f"is in none of the formats known: {formats}"])
