"""Antenna files of SPLAT!: a horizontal ``.az`` and a vertical ``.el`` of one name.

Both hold rows of an angle and a field strength relative to the peak, 0 to 1; SPLAT! multiplies
them, and interpolates between the rows. The ``.az`` file begins with the bearing by which it is
turned clockwise, the ``.el`` file with a mechanical tilt and the bearing towards which it goes. Its
angles grow downwards, from -10 to 90 degrees. A semicolon begins a comment. The gain is not in the
files.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from phusong.errors import InputError
from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.cuts import Cut, CutRow, note_thinned, vertical_cut, whole_degrees
from phusong.radio.antennas.notes import FileNotes, number, text_lines

__all__ = ["SUFFIXES", "read_splat"]

SUFFIXES: Final = (".az", ".el")

_LEAST_FIELD: Final = 1e-5  # 100 dB: a field of 0 must stay a number
_WIDEST_GAP_DEG: Final = 45.0
_DEPRESSIONS: Final = np.arange(-90.0, 91.0)


def read_splat(path: Path, *, gain_dbi: float | None) -> Antenna:
    """Read the pair of files to which one of them belongs; parameters and errors as `read_antenna`.

    The horizontal cut is turned as the ``.az`` file says; a tilt is put into the vertical cut, as
    it is in the direction to which the file turns the antenna. A file that is not there counts as
    1 in every direction. All of these are findings.
    """
    files = {suffix: _sibling(path, suffix) for suffix in SUFFIXES}
    notes = FileNotes(path.stem + ".az/.el")
    horizontal, turned_deg = _horizontal(files[".az"], notes)
    ahead, behind = _vertical(files[".el"], turned_deg, notes)
    notes.stop_on_problems()
    return Antenna(
        name=path.stem,
        gain_dbi=gain_dbi,
        horizontal=horizontal,
        vertical=vertical_cut(ahead + horizontal[0], behind + horizontal[180]),
        source=", ".join(file.name for file in files.values() if file),
        findings=notes.frame(),
    )


def _sibling(path: Path, suffix: str) -> Path | None:
    if path.suffix.lower() == suffix:
        return path
    candidates = [path.with_suffix(each) for each in (suffix, suffix.upper())]
    return next((each for each in candidates if each.is_file()), None)


def _horizontal(file: Path | None, notes: FileNotes) -> tuple[Cut, float]:
    """Attenuations (360,), and the bearing by which the file is turned."""
    if file is None:
        notes.add("there is no .az file: no horizontal attenuation", severity="warning")
        return np.zeros(360), 0.0
    head, rows = _rows(file, 1, (-180.0, 360.0), notes)
    turned_deg = head[0]
    if turned_deg:
        reason = f"turned clockwise by {turned_deg:g} degrees, as the first line says"
        notes.add(
            reason, line=1, column=file.name, mend="let the azimuth of the cell not turn it again"
        )
    lacking = [row._replace(angle_deg=row.angle_deg + turned_deg) for row in rows]
    cut = whole_degrees(lacking, file.name, notes, max_gap_deg=_WIDEST_GAP_DEG)
    return (np.zeros(360) if cut is None else _attenuation(cut)), turned_deg


def _vertical(file: Path | None, turned_deg: float, notes: FileNotes) -> tuple[Cut, Cut]:
    """Attenuations (181,) at depressions -90 to 90 degrees, ahead and behind."""
    if file is None:
        notes.add("there is no .el file: no vertical attenuation", severity="warning")
        return np.zeros(181), np.zeros(181)
    (tilt_deg, towards_deg), rows = _rows(file, 2, (-90.0, 90.0), notes)
    if len(rows) < 2:
        notes.problems.append(
            f"{file.name}: {len(rows)} rows of a depression and a field; give all"
        )
        return np.zeros(181), np.zeros(181)
    rows.sort(key=lambda row: row.angle_deg)
    off = abs((towards_deg - turned_deg + 180.0) % 360.0 - 180.0)
    ahead_deg = tilt_deg * (1.0 - off / 90.0)
    if tilt_deg:
        reason = f"a mechanical tilt of {tilt_deg:g} degrees put into the vertical cut"
        notes.add(
            reason, line=1, column=file.name, mend="leave it out of the mechanical tilt of the cell"
        )
    if rows[0].angle_deg > -90.0 or rows[-1].angle_deg < 90.0:
        ends = f"{rows[0].angle_deg:g} to {rows[-1].angle_deg:g}"
        notes.add(f"rows from {ends} degrees: held beyond, and behind as ahead", column=file.name)
    angles, lacking = np.array([(row.angle_deg, row.value) for row in rows]).T
    note_thinned(angles, lacking, np.interp(_DEPRESSIONS, angles, lacking), file.name, notes)
    ahead, behind = (
        np.interp(_DEPRESSIONS - tilt, angles, lacking) for tilt in (ahead_deg, -ahead_deg)
    )
    return _attenuation(ahead), _attenuation(behind)


def _attenuation(lacking: Cut) -> Cut:
    """Attenuation of a field that lacks so much to 1."""
    return np.maximum(-20.0 * np.log10(np.maximum(1.0 - lacking, _LEAST_FIELD)), 0.0)


def _rows(
    file: Path, heads: int, angles: tuple[float, float], notes: FileNotes
) -> tuple[Sequence[float], list[CutRow]]:
    """Numbers of the first line, and the rows: what the field lacks to 1 at each angle."""
    head, rows = None, []
    for line, raw in enumerate(text_lines(file), start=1):
        fields = raw.split(";")[0].split()
        values = [value for value in map(number, fields) if value is not None]
        if not fields:
            continue
        if head is None:
            head = _head(values, fields, heads, file, notes)
        elif len(fields) != 2 or len(values) != 2:
            notes.problems.append(f"{file.name} line {line}: {raw.strip()[:40]!r} is no row")
        elif not (angles[0] <= values[0] <= angles[1] and 0.0 <= values[1] <= 1.0):
            notes.problems.append(
                f"{file.name} line {line}: {raw.strip()[:40]!r} must be an angle from "
                f"{angles[0]:g} to {angles[1]:g} degrees and a field from 0 to 1"
            )
        else:
            rows.append(CutRow(line, values[0], 1.0 - values[1]))
    if head is None:
        raise InputError(file.name, ["the file is empty"])
    return head, rows


def _head(
    values: Sequence[float], fields: Sequence[str], count: int, file: Path, notes: FileNotes
) -> list[float]:
    if len(values) == len(fields) == count:
        return list(values)
    wanted = "one bearing" if count == 1 else "a tilt and a bearing"
    notes.problems.append(f"{file.name} line 1: {' '.join(fields)[:40]!r} is not {wanted}")
    return [0.0] * count
