"""Cuts of an antenna at whole degrees, made of the rows that stand in a file."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.radio.antennas.notes import FileNotes

__all__ = [
    "DEEPEST_DB",
    "Cut",
    "CutRow",
    "attenuations",
    "half_power_width_deg",
    "listed_degrees",
    "note_thinned",
    "vertical_cut",
    "whole_degrees",
]

Cut = NDArray[np.float64]

DEEPEST_DB: Final = 300.0
"""An attenuation above this is a misprint."""

_SAME_DB: Final = 0.05
_SAME_ANGLE_DEG: Final = 0.01
_SHOWN: Final = 4


class CutRow(NamedTuple):
    """One row of a file: where it stands, an angle, and what is said of it."""

    line: int
    angle_deg: float
    value: float


def attenuations(rows: Sequence[CutRow], cut: str, notes: FileNotes, *, sign: int) -> list[CutRow]:
    """Rows in dB below the gain, never negative.

    Parameters
    ----------
    rows
        Rows in dB as the file has them.
    cut
        What the file calls the cut.
    notes
        Takes rows of both signs, or over `DEEPEST_DB`, as problems; a cut whose sign is all the
        other way round is turned, as a finding.
    sign
        1 where the format writes attenuations, -1 where it writes gains relative to the peak.
    """
    turned = [row._replace(value=sign * row.value + 0.0) for row in rows]
    wrong = [row for row in turned if row.value < 0.0]
    if wrong and all(row.value <= 0.0 for row in turned):
        reason = "the dB have the opposite sign of this format's: read the other way round"
        notes.add(reason, column=cut, severity="repaired", mend="write the format's sign")
        turned = [row._replace(value=-row.value) for row in turned]
    elif wrong:
        what = "negative attenuations" if sign > 0 else "gains above the peak"
        notes.problems.append(
            f"{cut}: {what} in {_lines(wrong)}; every value counts from the peak: correct them"
        )
    deep = [row for row in turned if row.value > DEEPEST_DB]
    if deep:
        notes.problems.append(f"{cut}: more than {DEEPEST_DB:g} dB in {_lines(deep)}")
    return turned


def whole_degrees(
    rows: Sequence[CutRow], cut: str, notes: FileNotes, *, max_gap_deg: float
) -> Cut | None:
    """Values at 0, 1, ..., 359 degrees, interpolated linearly where the rows do not stand there.

    Parameters
    ----------
    rows
        Rows at any angles; -90 is 270, 360 is 0. The lower of two values at one angle is taken.
    cut
        What the file calls the cut.
    notes
        Takes degrees that lie in a gap wider than `max_gap_deg` as a problem that names them, and
        whatever was interpolated or stood there twice as findings.
    max_gap_deg
        Widest angle between two rows that is interpolated.

    Returns
    -------
    ndarray or None
        (360,), or None where degrees are missing.
    """
    by_angle = _merged(rows, cut, notes)
    angles = np.array(sorted(by_angle))
    missing = _missing_degrees(angles, max_gap_deg)
    if missing:
        notes.problems.append(
            f"{cut}: no rows for {listed_degrees(missing)} ({len(missing)} of 360 degrees); "
            "ask for a file with every degree, or allow a wider max_gap_deg"
        )
        return None
    between = 360 - sum(degree in by_angle for degree in range(360))
    if between:
        notes.add(f"{between} of 360 degrees interpolated between the rows", column=cut)
    values = np.array([by_angle[angle] for angle in angles])
    whole = np.interp(np.arange(360.0), angles, values, period=360.0)
    note_thinned(angles, values, whole, cut, notes)
    return np.asarray(whole)


def note_thinned(angles: Cut, values: Cut, whole: Cut, cut: str, notes: FileNotes) -> None:
    """Note rows that whole degrees leave out, and a peak that goes with them.

    Parameters
    ----------
    angles, values
        The rows (n,).
    whole
        What was made of them at whole degrees.
    cut
        What the file calls the cut.
    notes
        Takes the finding.
    """
    between = np.abs(angles - np.round(angles)) > _SAME_ANGLE_DEG
    if not between.any():
        return
    reason = f"{between.sum()} rows between whole degrees left out"
    if values.min() < whole.min() - _SAME_DB:
        where = f"the peak at {angles[values.argmin()]:g} degrees"
        notes.add(f"{reason}, with {where}", column=cut, severity="warning")
    else:
        notes.add(reason, column=cut)


def vertical_cut(ahead: ArrayLike, behind: ArrayLike) -> Cut:
    """Join the halves of a vertical cut.

    Parameters
    ----------
    ahead, behind
        Attenuations (181,) at depressions -90 to 90 degrees, ahead and behind. Straight up and
        straight down are taken from ahead.
    """
    front, back = np.asarray(ahead, float), np.asarray(behind, float)
    below, over_behind, above = front[90:], back[::-1][1:-1], front[:90]
    return np.asarray(np.maximum(np.concatenate([below, over_behind, above]), 0.0))


def half_power_width_deg(cut: Cut) -> float:
    """Width of a cut's main lobe 3 dB under its peak, in degrees; 360 where it never falls so."""
    level = float(cut.min()) + 3.0
    if not (cut > level).any():
        return 360.0
    peak = int(cut.argmin())
    return _reach(np.roll(cut, -peak), level) + _reach(np.roll(cut[::-1], peak + 1), level)


def listed_degrees(degrees: Iterable[int]) -> str:
    """Degrees as runs: "3, 7 to 9"."""
    runs: list[list[int]] = []
    for degree in degrees:
        if runs and degree == runs[-1][1] + 1:
            runs[-1][1] = degree
        else:
            runs.append([degree, degree])
    texts = [f"{a}" if a == b else f"{a} to {b}" for a, b in runs]
    left = f" and {len(texts) - 12} more runs" if len(texts) > 12 else ""
    return ", ".join(texts[:12]) + left


def _reach(cut: Cut, level: float) -> float:
    """Angle from the start of a cut to where it first exceeds a level."""
    after = int(np.argmax(cut > level))
    before = after - 1
    return before + float((level - cut[before]) / (cut[after] - cut[before]))


def _merged(rows: Sequence[CutRow], cut: str, notes: FileNotes) -> dict[float, float]:
    by_angle: dict[float, float] = {}
    for row in rows:
        angle = round(row.angle_deg % 360.0, 6) % 360.0
        known = by_angle.setdefault(angle, row.value)
        if abs(known - row.value) > _SAME_DB:
            reason = f"a second, different value at {angle:g} degrees: the higher gain is taken"
            notes.add(reason, line=row.line, column=cut, severity="warning")
        by_angle[angle] = min(known, row.value)
    return by_angle


def _missing_degrees(angles: NDArray[np.float64], max_gap_deg: float) -> list[int]:
    """Whole degrees strictly inside a gap between neighbouring rows that is too wide."""
    if angles.size < 2:
        return [degree for degree in range(360) if degree not in angles]
    degrees = np.arange(360.0)
    above = np.searchsorted(angles, degrees)
    nearest_above = np.append(angles, angles[0] + 360.0)[above]
    nearest_below = np.insert(angles, 0, angles[-1] - 360.0)[above]
    here = nearest_above == degrees
    wide = nearest_above - nearest_below > max_gap_deg + 1e-6
    return [int(degree) for degree in degrees[wide & ~here]]


def _lines(rows: Sequence[CutRow]) -> str:
    shown = ", ".join(f"{row.line} ({row.value:g} dB)" for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"line{'s' if len(rows) > 1 else ''} {shown}{more}"
