"""Antenna files of NSMA Recommendation WG16.99.050 (1999), also TIA/EIA-804-B (``.adf``).

Lines ``FIELD:,value``. Each cut begins with PATCUT (H or AZ, V or EL), POLARI (antenna/field), the
number of points and their range, and holds rows ``angle,value[,phase]``, between which the format
interpolates. GUNITS names the unit of the gain and that of the rows: DBI or DBD, then also DBR (dB
relative to the peak) or LIN (field). Vertical angles grow upwards, horizontal ones clockwise.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.cuts import Cut, CutRow, attenuations, whole_degrees
from phusong.radio.antennas.notes import FileNotes, number
from phusong.radio.antennas.signed import DIPOLE_GAIN_DBI, warn_if_upside_down

__all__ = ["looks_like_nsma", "read_nsma"]

_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z0-9]{3,5})\s*:\s*,?(.*)")
_KINDS: Final = {"H": "horizontal", "AZ": "horizontal", "V": "vertical", "EL": "vertical"}
_COMMENTS: Final = ("ANTMAN", "DESCR1", "DESCR2", "DESCR3", "DESCR4", "DESCR5", "COMNT1", "COMNT2")
_ROW_UNITS: Final = ("DBR", "DBI", "DBD", "LIN")
_WIDEST_GAP_DEG: Final = 120.0
_LEAST_FIELD: Final = 1e-5
_HAIR_DEG: Final = 1e-3


@dataclass
class _PatternCut:
    line: int
    kind: str
    frequency_mhz: float | None
    polarization: str = ""
    announced: float | None = None
    rows: list[CutRow] = field(default_factory=list)

    @property
    def is_co_polar(self) -> bool:
        sent, _, received = self.polarization.partition("/")
        return not received or sent == received


def looks_like_nsma(lines: Sequence[str]) -> bool:
    """Whether the fields that begin the file or a cut are there."""
    return any(line.strip().upper().startswith(("REVNUM:", "PATCUT:")) for line in lines)


def read_nsma(path: Path, lines: Sequence[str], *, gain_dbi: float | None) -> Antenna:
    """Read the lines of an NSMA file; parameters and errors as `read_antenna`."""
    notes = FileNotes(path.name)
    header, cuts = _fields_and_cuts(lines, notes)
    chosen = _chosen(cuts, notes)
    stated_dbi, rows_are = _units(header, notes)
    gain = gain_dbi if gain_dbi is not None else stated_dbi
    rows = {kind: cut.rows for kind, cut in chosen.items()}
    notes.stop_on_problems()
    peak_dbi = _referred_to_peak(rows, rows_are)
    if peak_dbi is not None and gain_dbi is None:
        notes.add(f"gain {peak_dbi:.4g} dBi: the highest of the rows", column="GUNITS")
        gain = peak_dbi
    horizontal, vertical = _whole_cuts(rows, notes)
    notes.stop_on_problems()
    tilt_deg = _first_number(header, "ELTILT") or 0.0
    warn_if_upside_down(vertical, tilt_deg, notes)
    return Antenna(
        name=header.get("MODNUM", "") or path.stem,
        gain_dbi=gain,
        horizontal=horizontal,
        vertical=vertical,
        frequency_mhz=chosen["horizontal"].frequency_mhz or _middle_mhz(header),
        electrical_tilt_deg=tilt_deg,
        polarization=chosen["horizontal"].polarization,
        source=path.name,
        comments=tuple(header[key] for key in _COMMENTS if header.get(key)),
        findings=notes.frame(),
    )


def _fields_and_cuts(
    lines: Sequence[str], notes: FileNotes
) -> tuple[dict[str, str], list[_PatternCut]]:
    header: dict[str, str] = {}
    cuts: list[_PatternCut] = []
    frequency_mhz = None
    for line, raw in enumerate(lines, start=1):
        match = _FIELD.match(raw.strip())
        if not match:
            _take_row(cuts, line, raw.strip(), notes)
            continue
        key, value = match[1].upper(), match[2].split("!")[0].strip(" ,\t")
        if key == "PATFRE":
            frequency_mhz = number(value.split(",")[0]) or None
        elif key == "PATCUT":
            cuts.append(_PatternCut(line, value.upper(), frequency_mhz))
        elif key == "POLARI" and cuts:
            cuts[-1].polarization = value.upper()
        elif key == "NUPOIN" and cuts:
            cuts[-1].announced = number(value)
        elif key == "ENDFIL":
            break
        else:
            header.setdefault(key, value)
    return header, cuts


def _take_row(cuts: Sequence[_PatternCut], line: int, text: str, notes: FileNotes) -> None:
    if not text:
        return
    values = [number(part) for part in re.split(r"[,;\s]+", text.strip(",; \t"))]
    angle, value = [*values, None, None][:2]
    if not cuts or angle is None or value is None or not -180.0 <= angle <= 360.0:
        notes.problems.append(
            f"line {line}: {text[:40]!r} is neither FIELD:,value nor the angle and value of a cut"
        )
    else:
        cuts[-1].rows.append(CutRow(line, angle, value))


def _chosen(cuts: Sequence[_PatternCut], notes: FileNotes) -> dict[str, _PatternCut]:
    """The first co-polar horizontal cut, and the vertical one that goes with it."""
    chosen: dict[str, _PatternCut] = {}
    for kind in ("horizontal", "vertical"):
        found = [cut for cut in cuts if _KINDS.get(cut.kind) == kind and cut.is_co_polar]
        partner = chosen.get("horizontal")
        if partner:
            found.sort(
                key=lambda cut: (
                    cut.polarization != partner.polarization,
                    cut.frequency_mhz != partner.frequency_mhz,
                )
            )
        if found:
            chosen[kind] = found[0]
        else:
            keys = " or ".join(key for key, each in _KINDS.items() if each == kind)
            there = ", ".join(f"{cut.kind} {cut.polarization}" for cut in cuts[:8]) or "none"
            notes.problems.append(
                f"there is no co-polar {kind} cut (PATCUT {keys}); there are: {there}"
            )
    for cut in cuts:
        if cut not in chosen.values():
            notes.add("not used", line=cut.line, column="PATCUT", value=cut.kind)
        elif cut.announced not in (None, len(cut.rows)):
            reason = f"{len(cut.rows)} rows follow where {cut.announced:g} are announced"
            notes.add(reason, line=cut.line, column="NUPOIN", severity="warning")
    return chosen


def _units(header: dict[str, str], notes: FileNotes) -> tuple[float | None, str]:
    """Stated gain in dBi, and the unit of the rows."""
    of_gain, _, of_rows = header.get("GUNITS", "DBI/DBR").upper().replace(",", "/").partition("/")
    of_gain, of_rows = of_gain.strip(), of_rows.strip(" /") or of_gain.strip()
    if of_gain not in ("DBI", "DBD") or of_rows not in _ROW_UNITS:
        notes.problems.append(
            f"GUNITS {header['GUNITS']!r} is unknown; write DBI or DBD for the gain, "
            f"then {', '.join(_ROW_UNITS)} for the rows"
        )
    gain = _first_number(header, "MDGAIN", "LWGAIN", "HGGAIN")
    if gain is None:
        return None, of_rows
    return gain + (DIPOLE_GAIN_DBI if of_gain == "DBD" else 0.0), of_rows


def _referred_to_peak(rows: dict[str, list[CutRow]], unit: str) -> float | None:
    """Turn rows into dB relative to the peak, in place; the peak in dBi where the rows say it."""
    if unit == "DBR":
        return None
    if unit == "LIN":
        for kind, each in rows.items():
            rows[kind] = [
                row._replace(value=20.0 * math.log10(max(row.value, _LEAST_FIELD))) for row in each
            ]
        return None
    peak = max((row.value for each in rows.values() for row in each), default=0.0)
    for kind, each in rows.items():
        rows[kind] = [row._replace(value=row.value - peak) for row in each]
    return peak + (DIPOLE_GAIN_DBI if unit == "DBD" else 0.0)


def _whole_cuts(rows: dict[str, list[CutRow]], notes: FileNotes) -> tuple[Cut, Cut]:
    """Both cuts (360,); zeros where a problem was noted."""
    across = attenuations(rows["horizontal"], "horizontal", notes, sign=-1)
    upright = attenuations(rows["vertical"], "vertical", notes, sign=-1)
    upright = [row._replace(angle_deg=-row.angle_deg) for row in _steps_parted(upright)]
    horizontal = whole_degrees(
        _steps_parted(across), "horizontal", notes, max_gap_deg=_WIDEST_GAP_DEG
    )
    if horizontal is None:
        return np.zeros(360), np.zeros(360)
    if all(abs(row.angle_deg) <= 90.0 for row in upright):
        upright = upright + _behind(upright, horizontal)
        notes.add(
            "rows ahead only: behind as ahead, with the horizontal difference", column="vertical"
        )
    vertical = whole_degrees(upright, "vertical", notes, max_gap_deg=_WIDEST_GAP_DEG)
    return horizontal, np.zeros(360) if vertical is None else vertical


def _steps_parted(rows: Sequence[CutRow]) -> list[CutRow]:
    """Rows in which an envelope's step, two rows at one angle, keeps its lower side a hair off."""
    parted = list(rows)
    for i, (row, after) in enumerate(pairwise(rows)):
        if row.angle_deg == after.angle_deg and row.value > after.value:
            parted[i] = row._replace(angle_deg=row.angle_deg - _HAIR_DEG)
        elif row.angle_deg == after.angle_deg and row.value < after.value:
            parted[i + 1] = after._replace(angle_deg=after.angle_deg + _HAIR_DEG)
    return parted


def _behind(ahead: Sequence[CutRow], horizontal: Cut) -> list[CutRow]:
    """Rows over the horizon behind, as those ahead but for the horizontal cut's difference."""
    more = horizontal[180] - horizontal[0]
    return [
        CutRow(row.line, 180.0 - row.angle_deg, max(row.value + more, 0.0))
        for row in ahead
        if abs(row.angle_deg) < 90.0
    ]


def _first_number(header: dict[str, str], *keys: str) -> float | None:
    """Number of the first of some fields that has one; a tolerance may stand behind it."""
    values = (number(header.get(key, "").split(",")[0]) for key in keys)
    return next((value for value in values if value is not None), None)


def _middle_mhz(header: dict[str, str]) -> float | None:
    low, high = _first_number(header, "LOWFRQ"), _first_number(header, "HGHFRQ")
    return (low + high) / 2.0 or None if low is not None and high is not None else None
