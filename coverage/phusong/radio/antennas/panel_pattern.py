"""Built-in panels by name, as a station table's antenna: "panel 6x2 ssb 4".

A 5G cell is measured on its synchronisation signal blocks (SSB), sent over a few beams of which a
handset takes the best. The pattern is the envelope of those beams, its gain that of the best. The
panel is the elements that one SSB beam is formed of, in rows and columns: SSB beams are wider than
traffic beams, so they are fewer than the antenna has.
"""

import re
from typing import Final

import numpy as np

from phusong.errors import InputError
from phusong.radio.antennas.panel import AntennaPanel, beam_set_gain_dbi, ssb_beams
from phusong.radio.antennas.pattern import Pattern, grid_directions

__all__ = ["PANEL_SYNTAX", "is_panel_name", "panel_pattern"]

PANEL_SYNTAX: Final = "panel ROWSxCOLUMNS ssb BEAMS [width DEGREES], such as 'panel 6x2 ssb 4'"
"""How a built-in panel is named; the width of the sector that the beams fill is 120 degrees."""

_NAME: Final = re.compile(
    r"panel\s+(?P<rows>\d+)\s*x\s*(?P<columns>\d+)\s+ssb\s+(?P<beams>\d+)"
    r"(?:\s+width\s+(?P<width>\d+(?:\.\d+)?))?",
    re.IGNORECASE,
)
_MOST_ELEMENTS: Final = 16
_SECTOR_WIDTH_DEG: Final = 120.0
_DEEPEST_DB: Final = 30.0


def is_panel_name(name: str) -> bool:
    """Whether a name begins as that of a built-in panel does."""
    return name.strip().casefold().split(" ")[0] == "panel"


def panel_pattern(name: str) -> Pattern:
    """Envelope of the SSB beams of the panel that a name describes.

    Parameters
    ----------
    name
        By `PANEL_SYNTAX`: 1 to 16 rows and columns of elements of 3GPP TR 38.901, Table 7.3-1,
        half a wavelength apart; 1 to 64 beams, spread evenly over the sector at the horizon.

    Returns
    -------
    Pattern
        Its gain is that of the best beam; no direction is more than 30 dB below it, as in the
        table. It has no electrical tilt of its own: a cell's moves all beams alike.

    Raises
    ------
    InputError
        For a name that is not written so, or numbers out of range.

    Examples
    --------
    >>> round(panel_pattern("panel 8x1 ssb 1").gain_dbi, 2)
    17.03
    """
    match = _NAME.fullmatch(name.strip())
    if not match:
        raise InputError("antenna", [f"{name!r} is no panel: write {PANEL_SYNTAX}"])
    rows, columns = int(match["rows"]), int(match["columns"])
    if not (rows <= _MOST_ELEMENTS and columns <= _MOST_ELEMENTS):
        most = f"write up to {_MOST_ELEMENTS} rows and columns"
        raise InputError("antenna", [f"{name!r} has {rows} x {columns} elements: {most}"])
    panel = AntennaPanel(rows=rows, columns=columns)
    width_deg = float(match["width"] or _SECTOR_WIDTH_DEG)
    beams = ssb_beams(int(match["beams"]), sector_width_deg=width_deg)
    gain_dbi = beam_set_gain_dbi(panel, *grid_directions(), beams=beams)
    # A beam may point between two points of the grid.
    at_beams = beam_set_gain_dbi(panel, beams[:, 0], beams[:, 1], beams=beams)
    peak_dbi = float(max(gain_dbi.max(), at_beams.max()))
    return Pattern(
        name=name,
        gain_dbi=peak_dbi,
        electrical_tilt_deg=None,
        attenuation_db=np.minimum(peak_dbi - gain_dbi, _DEEPEST_DB).astype(np.float32),
        source="SSB beams of 3GPP TR 38.901 elements",
    )
