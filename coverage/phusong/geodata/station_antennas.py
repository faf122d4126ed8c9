"""The antennas that a station table names: found, and put in the place of what the table says.

An antenna's own gain counts, where its file states one, and so does its own shape: both are of one
antenna, while a table's gain may be of another (a 5G traffic beam's, say). The table's electrical
tilt is the whole one: a file's cut that holds 6 degrees is not moved for a cell of 6 degrees. A
cell without a tilt takes its file's.
"""

import math
from collections.abc import Sequence
from os import PathLike
from typing import Final

import numpy as np

from phusong.errors import InputError
from phusong.geodata.station_rows import StationRows
from phusong.radio.antennas import AntennaLibrary
from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.panel_pattern import PANEL_SYNTAX, is_panel_name, panel_pattern
from phusong.radio.antennas.pattern import Pattern, held_tilt_deg, pattern_of

__all__ = ["Antennas", "find_antennas"]

Antennas = str | PathLike[str] | AntennaLibrary | None
"""A folder of antenna files, a library made already, or nothing but the built-in panels."""

_SAME_GAIN_DB: Final = 0.5
_SAME_FREQUENCY: Final = 1.25
_FALL_BACK: Final = "its beamwidths are used"


def find_antennas(rows: StationRows, antennas: Antennas) -> dict[str, Pattern]:
    """Find the antennas that accepted rows name; gain and tilt of their cells become theirs.

    Parameters
    ----------
    rows
        With the values of `station_values.read_values`.
    antennas
        Where their files are.

    Returns
    -------
    dict
        Pattern of each name that was found. A cell whose antenna could not be, or does not
        suit it, has a finding and no name any more.

    Raises
    ------
    InputError
        Where there is no such folder.
    """
    library = _library(antennas)
    names = [name for name in dict.fromkeys(rows["antenna"][rows.good]) if name]
    found = {name: _find(rows, name, library) for name in names}
    patterns = {name: pattern for name, pattern in found.items() if pattern is not None}
    for name, pattern in patterns.items():
        _leave_out_aimless(rows, name, pattern)
        _take_gain(rows, name, pattern)
        _take_tilt(rows, name, pattern)
    return patterns


def _library(antennas: Antennas) -> AntennaLibrary | None:
    if antennas is None or isinstance(antennas, AntennaLibrary):
        return antennas
    return AntennaLibrary.open(antennas)


def _find(rows: StationRows, name: str, library: AntennaLibrary | None) -> Pattern | None:
    """The pattern of a name; a finding where there is none, or where it is doubtful."""
    try:
        if library is not None and (name in library or not is_panel_name(name)):
            antenna = library.find(name)
            rows.findings.extend(antenna.findings)
            _doubt_antenna(rows, name, antenna)
            return pattern_of(antenna, name)
        if is_panel_name(name):
            return panel_pattern(name)
    except InputError as error:
        _leave_out(rows, _cells_of(rows, name), "; ".join(error.problems), _mend_of(name, library))
        return None
    mend = f"give antennas=FOLDER, or write {PANEL_SYNTAX}"
    _leave_out(rows, _cells_of(rows, name), "no folder of antenna files was given", mend)
    return None


def _mend_of(name: str, library: AntennaLibrary | None) -> str:
    """A name that is in the folder is right: then it is its file that cannot be read."""
    return "mend that file" if library is not None and name in library else "correct the name"


def _cells_of(rows: StationRows, name: str) -> list[int]:
    return np.flatnonzero((rows["antenna"] == name) & rows.good).tolist()


def _leave_out(rows: StationRows, indices: Sequence[int], reason: str, mend: str) -> None:
    """Take the antenna's name from cells, which fall back to their beamwidths."""
    rows.note_each("warning", indices, "antenna", f"{reason}: {_FALL_BACK}", mend)
    rows["antenna"][list(indices)] = ""


def _doubt_antenna(rows: StationRows, name: str, antenna: Antenna) -> None:
    """Say where an antenna's file contradicts itself, or is for another frequency."""
    held, stated = held_tilt_deg(antenna), antenna.electrical_tilt_deg
    if held != stated:
        rows.note(
            "warning",
            "antenna",
            f"its file states {stated:g} degrees of electrical tilt, its beam peaks at {held:g}: "
            "that is taken as the tilt it holds",
            mend="state the tilt of the vertical cut in the file",
            value=name,
        )
    if antenna.frequency_mhz is None:
        return
    indices = _cells_of(rows, name)
    ratios = rows["frequency_mhz"][indices] / antenna.frequency_mhz
    far = np.abs(np.log(ratios)) > math.log(_SAME_FREQUENCY)
    reason = f"its file is for {antenna.frequency_mhz:g} MHz, the cell's frequency is another"
    off = [index for index, is_far in zip(indices, far, strict=True) if is_far]
    rows.note_each("warning", off, "antenna", reason, "give the file of the cell's frequency")


def _leave_out_aimless(rows: StationRows, name: str, pattern: Pattern) -> None:
    """A cell without an azimuth cannot have an antenna that looks somewhere."""
    aimless = np.isnan(rows["azimuth_deg"]) & (rows["antenna"] == name) & rows.good
    if pattern.is_directional and aimless.any():
        reason = "looks in one direction, but the cell has no azimuth"
        _leave_out(rows, np.flatnonzero(aimless).tolist(), reason, "give the azimuth")


def _take_gain(rows: StationRows, name: str, pattern: Pattern) -> None:
    """Put an antenna's own gain in the place of the table's; said where they differ."""
    if pattern.gain_dbi is None:
        return
    gain, indices = rows["antenna_gain_dbi"], _cells_of(rows, name)
    for given in np.unique(gain[indices]):
        if abs(given - pattern.gain_dbi) > _SAME_GAIN_DB:
            reason = (
                f"{given:g} dBi in the table, {pattern.gain_dbi:.4g} dBi of antenna {name!r}: "
                "the antenna's own is used"
            )
            of_gain = [index for index in indices if gain[index] == given]
            rows.note_each("repaired", of_gain, "antenna_gain_dbi", reason)
    gain[indices] = pattern.gain_dbi


def _take_tilt(rows: StationRows, name: str, pattern: Pattern) -> None:
    """Give a cell without an electrical tilt the one that its antenna's file holds."""
    if pattern.electrical_tilt_deg is None:
        return
    missing = rows.missing.get("electrical_tilt_deg", np.ones(rows.row.size, dtype=bool))
    untold = [index for index in _cells_of(rows, name) if missing[index]]
    rows["electrical_tilt_deg"][untold] = pattern.electrical_tilt_deg
    reason = f"no value: {pattern.electrical_tilt_deg:g} deg of antenna {name!r} used"
    rows.note_each("info", untold, "electrical_tilt_deg", reason)
