"""Antenna files of Radio Mobile (``.ant``).

One value a line, in dB relative to the gain, zero or less: 360 horizontal ones clockwise from
boresight (version 1), and behind them the vertical ones from straight up over the horizon ahead to
straight down (181 or 180 more, version 2) and on over the horizon behind (360 in all, version 3).
The horizontal cut lies in the horizon, so that its first value is the vertical cut's at 0 degrees.
The gain is not in the file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.cuts import Cut, CutRow, attenuations, vertical_cut
from phusong.radio.antennas.notes import FileNotes, number

__all__ = ["looks_like_radio_mobile", "read_radio_mobile"]

_LENGTHS: Final = (360, 540, 541, 720)


def looks_like_radio_mobile(lines: Sequence[str]) -> bool:
    """Whether most lines hold one number."""
    filled = [line for line in lines if line.strip()]
    return sum(number(line) is not None for line in filled) > max(len(filled) // 2, 10)


def read_radio_mobile(path: Path, lines: Sequence[str], *, gain_dbi: float | None) -> Antenna:
    """Read the lines of a Radio Mobile file; parameters and errors as `read_antenna`."""
    notes = FileNotes(path.name)
    rows = attenuations(_rows(lines, notes), "values", notes, sign=-1)
    if not notes.problems and len(rows) not in _LENGTHS:
        notes.problems.append(
            f"{len(rows)} values: give 360 horizontal ones, then none, 180, 181 or 360 vertical"
        )
    notes.stop_on_problems()
    values = np.array([row.value for row in rows])
    horizontal = values[:360]
    return Antenna(
        name=path.stem,
        gain_dbi=gain_dbi,
        horizontal=horizontal,
        vertical=_vertical(values[360:], horizontal, notes),
        source=path.name,
        findings=notes.frame(),
    )


def _rows(lines: Sequence[str], notes: FileNotes) -> list[CutRow]:
    rows = []
    for line, text in enumerate(lines, start=1):
        value = number(text)
        if value is not None:
            rows.append(CutRow(line, 0.0, value))
        elif text.strip():
            problem = f"line {line}: {text.strip()[:40]!r} is not a number of dB"
            notes.problems.append(f"{problem}; leave one value on each line")
    return rows


def _vertical(values: Cut, horizontal: Cut, notes: FileNotes) -> Cut:
    """Vertical cut (360,) of what follows the horizontal one."""
    if values.size == 360:
        return np.roll(values, -90)
    said = "no vertical cut: 0 dB ahead" if not values.size else "a vertical cut ahead only"
    notes.add(f"{said}; behind as ahead, with the horizontal cut's difference", column="vertical")
    ahead = np.full(181, horizontal[0])
    ahead[: values.size] = values
    if values.size == 180:
        ahead[180] = values[179]
    return vertical_cut(ahead, ahead + horizontal[180] - horizontal[0])
