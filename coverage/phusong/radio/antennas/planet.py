"""Antenna files of MSI Planet (``.msi``, ``.pln``).

Lines ``KEY value``, then ``HORIZONTAL 360`` and ``VERTICAL 360``, each over rows of an angle and
an attenuation below GAIN. GAIN is in dBd where no unit is given. The vertical cut begins at the
horizon ahead and goes down: 90 is straight down. What makers do besides is read too: keys in any
case, tabs, decimal commas, 361 rows, angles from -180 to 180.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.cuts import Cut, CutRow, attenuations, whole_degrees
from phusong.radio.antennas.notes import FileNotes, number
from phusong.radio.antennas.signed import DIPOLE_GAIN_DBI, peak_depression_deg, warn_if_upside_down

__all__ = ["looks_like_planet", "read_planet"]

_CUTS: Final = ("HORIZONTAL", "VERTICAL")
_KNOWN: Final = ("NAME", "FREQUENCY", "GAIN", "TILT", "ELECTRICAL_TILT", "POLARIZATION")
_OTHER_KEYS: Final = {"POLARISATION": "POLARIZATION", "FREQ": "FREQUENCY"}
_GAIN: Final = re.compile(r"\(?([+-]?[0-9]+(?:[.,][0-9]+)?)\s*\(?\s*(dBi|dBd|dB)?\s*\)?", re.I)
_ANY_NUMBER: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_FREQUENCIES_MHZ: Final = (30.0, 300_000.0)


@dataclass
class _Sheet:
    """What stands in a file, before it is understood."""

    header: dict[str, tuple[int, str]] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    rows: dict[str, list[CutRow]] = field(default_factory=dict)
    counts: dict[str, tuple[int, float | None]] = field(default_factory=dict)


def looks_like_planet(lines: Sequence[str]) -> bool:
    """Whether a line begins with a key that every Planet file has."""
    keys = {line.split(maxsplit=1)[0].upper() for line in lines if line.strip()}
    return not keys.isdisjoint({"NAME", "FREQUENCY", "GAIN", *_CUTS})


def read_planet(
    path: Path, lines: Sequence[str], *, gain_dbi: float | None, max_gap_deg: float
) -> Antenna:
    """Read the lines of a Planet file; parameters and errors as `read_antenna`."""
    notes = FileNotes(path.name)
    sheet = _sheet(lines, notes)
    cuts = {name: _cut(sheet, name, notes, max_gap_deg) for name in _CUTS}
    gain = _gain_dbi(sheet, notes) if gain_dbi is None else gain_dbi
    frequency_mhz = _frequency_mhz(sheet, notes)
    notes.stop_on_problems()
    horizontal, vertical = (cut for cut in cuts.values() if cut is not None)
    tilt_deg = _electrical_tilt_deg(sheet, vertical, notes)
    return Antenna(
        name=sheet.header.get("NAME", (0, ""))[1] or path.stem,
        gain_dbi=gain,
        horizontal=horizontal,
        vertical=vertical,
        frequency_mhz=frequency_mhz,
        electrical_tilt_deg=tilt_deg,
        polarization=sheet.header.get("POLARIZATION", (0, ""))[1],
        source=path.name,
        comments=tuple(sheet.comments),
        findings=notes.frame(),
    )


def _sheet(lines: Sequence[str], notes: FileNotes) -> _Sheet:
    sheet, cut = _Sheet(), ""
    for line, raw in enumerate(lines, start=1):
        text = raw.strip()
        if not text:
            continue
        if text[0].isalpha():
            key, value = _key_and_value(text)
            cut = key if key in _CUTS else ""
            _take(sheet, line, key, value, notes)
        elif cut:
            _take_row(sheet.rows[cut], line, text, cut, notes)
        else:
            notes.problems.append(f"line {line}: {text[:40]!r} is neither a key nor a row of a cut")
    return sheet


def _key_and_value(text: str) -> tuple[str, str]:
    key, value = [*re.split(r"[\s:=]+", text, maxsplit=1), ""][:2]
    if key.upper() == "ELECTRICAL" and value.upper().startswith("TILT"):
        return "ELECTRICAL_TILT", value[4:].strip(" :=\t")
    return _OTHER_KEYS.get(key.upper(), key.upper()), value.strip()


def _take(sheet: _Sheet, line: int, key: str, value: str, notes: FileNotes) -> None:
    if key in _CUTS:
        if key in sheet.rows:
            first = sheet.counts[key][0]
            notes.problems.append(
                f"line {line}: {key} a second time, after line {first}; make it one file each"
            )
        sheet.rows[key] = []
        sheet.counts[key] = line, number(value)
    elif key in _KNOWN and key not in sheet.header:
        sheet.header[key] = line, value
    else:
        sheet.comments.append(value if key in ("COMMENT", "COMMENTS") else f"{key} {value}".strip())


def _take_row(rows: list[CutRow], line: int, text: str, cut: str, notes: FileNotes) -> None:
    angle, value = _pair(text)
    if angle is None or value is None:
        problem = f"line {line}: {text[:40]!r} in {cut} is not an angle and an attenuation"
        notes.problems.append(f"{problem}; write them as 12.0 3.5")
    elif not -180.0 <= angle <= 360.0:
        notes.problems.append(f"line {line}: the angle {angle:g} is outside -180 to 360 degrees")
    else:
        rows.append(CutRow(line, angle, value))


def _pair(text: str) -> tuple[float | None, float | None]:
    """Two numbers of a row, parted by blanks, tabs, semicolons, or by commas."""
    fields = [part.strip(",") for part in re.split(r"[\s;]+", text) if part.strip(",")]
    if len(fields) == 1 and text.count(",") in (1, 3):
        parts = text.split(",")
        half = len(parts) // 2
        fields = [",".join(parts[:half]), ",".join(parts[half:])]
    if len(fields) != 2:
        return None, None
    return number(fields[0]), number(fields[1])


def _cut(sheet: _Sheet, name: str, notes: FileNotes, max_gap_deg: float) -> Cut | None:
    if name not in sheet.rows:
        notes.problems.append(f"there is no {name} line, and no rows under it; add that cut")
        return None
    rows = attenuations(sheet.rows[name], name, notes, sign=1)
    line, count = sheet.counts[name]
    if count is not None and count != len(rows):
        reason = f"{len(rows)} rows follow where {count:g} are announced"
        notes.add(reason, line=line, column=name, value=f"{count:g}")
    return whole_degrees(rows, name, notes, max_gap_deg=max_gap_deg)


def _gain_dbi(sheet: _Sheet, notes: FileNotes) -> float | None:
    line, text = sheet.header.get("GAIN", (None, ""))
    match = _GAIN.fullmatch(text)
    if line is None:
        notes.problems.append("there is no GAIN line; add one such as GAIN 16.5 dBi")
    elif not match:
        notes.problems.append(
            f"line {line}: GAIN {text[:40]!r} is no number in dBi or dBd; write GAIN 16.5 dBi"
        )
    if not match:
        return None
    gain, unit = float(match[1].replace(",", ".")), (match[2] or "").upper()
    if unit == "DBI":
        return gain
    if unit != "DBD":
        reason = "a gain without dBi or dBd: taken as dBd, as Planet does"
        notes.add(reason, line=line, column="GAIN", value=text, mend="write the unit")
    return gain + DIPOLE_GAIN_DBI


def _frequency_mhz(sheet: _Sheet, notes: FileNotes) -> float | None:
    """Frequency, or the middle of a band."""
    line, text = sheet.header.get("FREQUENCY", (None, ""))
    if line is None:
        return None
    factor = 1000.0 if "GHZ" in text.upper() else 1.0
    values = [factor * float(each.replace(",", ".")) for each in _ANY_NUMBER.findall(text)]
    low, high = _FREQUENCIES_MHZ
    if not 1 <= len(values) <= 2 or not all(low <= value <= high for value in values):
        notes.add(
            "is no frequency: left out",
            line=line,
            column="FREQUENCY",
            value=text,
            severity="warning",
            mend="write MHz, such as FREQUENCY 1800",
        )
        return None
    middle = sum(values) / len(values)
    if len(values) == 2:
        reason = f"a band: its middle, {middle:g} MHz, taken"
        notes.add(reason, line=line, column="FREQUENCY", value=text)
    return middle


def _electrical_tilt_deg(sheet: _Sheet, vertical: Cut, notes: FileNotes) -> float:
    _, tilt = sheet.header.get("TILT", (0, ""))
    line, said = sheet.header.get("ELECTRICAL_TILT", sheet.header.get("TILT", (0, "")))
    value = number(re.sub(r"(?i)electrical|deg(rees)?|°", "", said))
    if value is not None:
        warn_if_upside_down(vertical, value, notes)
        return value
    if not re.search(r"(?i)electrical|[0-9]", f"{tilt} {said if said != tilt else ''}"):
        return 0.0
    peak = peak_depression_deg(vertical)
    reason = f"no electrical tilt in degrees: {peak:g}, where the vertical cut peaks, taken"
    notes.add(reason, line=line, column="TILT", value=said or tilt, severity="warning")
    return peak
