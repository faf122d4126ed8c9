"""From the texts of a station table to values: one reader per kind of column, and defaults."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from phusong.geodata.coordinates import read_coordinate
from phusong.geodata.numerals import NumberRule, Reading, fold, is_missing, read_number
from phusong.geodata.station_rows import StationRows
from phusong.geodata.stations_columns import Column, columns, words

__all__ = ["leave_out_silent", "read_values"]

ON_AIR: Final = "on-air"
OMNI: Final = "omni"
OMNI_BEAMWIDTH_DEG: Final = 360.0

_LONGEST_TEXT: Final = 100
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# A comma before two or three digits is a list here: 0,120 and 90,270 are two sectors.
_SECTORS: Final = re.compile(r"\d{1,3}(?:\s*[/;&+|-]\s*\d{1,3}|\s+\d{1,3}|,\s*[1-9]\d{1,2})+")


def leave_out_silent(rows: StationRows) -> None:
    """Leave out the cells that are not on the air, each noted with its status."""
    _read_status(rows)
    silent = rows["status"] != ON_AIR
    for status, indices in _indices_by(rows["status"], silent).items():
        rows.note_each("info", indices, "status", f"left out: its status is {status!r}, not on-air")
    rows.leave_out(silent)


def read_values(rows: StationRows) -> None:
    """Read every column; defaults where the file has none.

    The identifiers may stay empty here: `station_checks` makes them from the rest.
    """
    if "status" not in rows:
        _read_status(rows)
    for column in columns().values():
        is_there = column.name in rows.texts or not column.is_extra
        if column.name != "status" and is_there:
            _READERS[column.kind](rows, column)
    _settle_omni(rows)
    for column in columns().values():
        if column.is_number and column.default:
            _fill_numbers(rows, column)


def _indices_by(texts: NDArray[np.object_], where: NDArray[np.bool_]) -> dict[str, list[int]]:
    """Return the indices where a mask holds, by the text there."""
    indices: dict[str, list[int]] = {}
    for index in np.flatnonzero(where).tolist():
        indices.setdefault(texts[index], []).append(index)
    return indices


def _read_status(rows: StationRows) -> None:
    _read_text(rows, columns()["status"])


def _read_text(rows: StationRows, column: Column) -> None:
    """Read a column of text; an absent value is the default, or rejects where required."""
    if column.name not in rows.texts:
        rows[column.name] = np.full(rows.row.size, column.default, dtype=object)
        _note_default(rows, column, column.default)
        return
    rows.read(column.name, partial(_text_reading, column=column))
    missing = rows.missing[column.name]
    rows[column.name] = np.where(missing, column.default, rows.said[column.name])
    if column.required == "yes":
        rows.reject_where(missing, column.name, "no value", column.mend)
    elif column.default:
        indices = np.flatnonzero(missing).tolist()
        rows.note_each("info", indices, column.name, f"no value: {column.default} used")


def _text_reading(text: str, column: Column) -> Reading:
    clean = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    clean = _UNPRINTABLE.sub(" ", clean).strip()
    if is_missing(clean):
        return Reading(missing=True)
    if len(clean) > _LONGEST_TEXT:
        return Reading(reason=f"is longer than {_LONGEST_TEXT} characters", mend=column.mend)
    note = "" if clean == text else "stray spaces or characters replaced"
    is_word = column.kind == "word"
    return _word_reading(clean, note, column) if is_word else Reading(said=clean, note=note)


def _word_reading(clean: str, note: str, column: Column) -> Reading:
    word = words(column.name).get(fold(clean))
    if word is None and column.required == "yes":
        known = ", ".join(dict.fromkeys(words(column.name).values()))
        return Reading(reason=f"is none of {known}", mend=column.mend)
    if word is None:
        return Reading(said=clean, note=note)
    return Reading(said=word, note=note if clean == word else f"read as {word}")


def _read_operator(rows: StationRows, column: Column) -> None:
    """Read names; those that differ in case or accents only become the most frequent one."""
    _read_text(rows, column)
    names = rows[column.name]
    usual: dict[str, str] = {}
    for name, _ in Counter(names[names != ""]).most_common():
        usual.setdefault(fold(name) or name, name)
    brought = np.array([usual.get(fold(name) or name, name) for name in names], dtype=object)
    for name, indices in _indices_by(brought, brought != names).items():
        rows.note_each("repaired", indices, column.name, f"spelled {name} as in other rows")
    rows[column.name] = brought


def _read_numbers(
    rows: StationRows, column: Column, reader: Callable[[str, NumberRule], Reading] = read_number
) -> None:
    if column.name not in rows.texts:
        rows[column.name] = np.full(rows.row.size, math.nan)
        _note_default(rows, column, column.default.replace("|", ", "))
        return
    rule = column.rule(rows.units[column.name])
    rows.read(column.name, lambda text: reader(text, rule))
    if column.required == "yes" and column.kind != "azimuth":
        rows.reject_where(rows.missing[column.name], column.name, "no value", column.mend)


def _read_places(rows: StationRows, column: Column) -> None:
    rows.read(column.name, read_coordinate)
    rows.reject_where(rows.missing[column.name], column.name, "no value", column.mend)


def _read_azimuths(rows: StationRows, column: Column) -> None:
    """Read azimuths; those that are missing are judged later, with the beamwidth."""
    _read_numbers(rows, column, _azimuth_reading)


def _azimuth_reading(text: str, rule: NumberRule) -> Reading:
    word = words("azimuth_deg").get(fold(text))
    if word:
        return Reading(said=word)
    if _SECTORS.fullmatch(text.strip()):
        return Reading(reason="has several azimuths", mend="give one row for each sector")
    return read_number(text, rule)


def _settle_omni(rows: StationRows) -> None:
    """Give an omnidirectional antenna no azimuth and a beamwidth of 360 degrees."""
    beamwidth = rows["horizontal_beamwidth_deg"]
    said, missing = rows.said["azimuth_deg"] == OMNI, rows.missing["azimuth_deg"]
    omni = said | (missing & (beamwidth >= OMNI_BEAMWIDTH_DEG))
    mend = columns()["azimuth_deg"].mend
    rows.reject_where(missing & ~omni, "azimuth_deg", "no value", mend)
    changes = (
        ("azimuth_deg", missing & omni, math.nan, "beamwidth says omnidirectional"),
        (
            "horizontal_beamwidth_deg",
            said,
            OMNI_BEAMWIDTH_DEG,
            "360 for an omnidirectional antenna",
        ),
        ("mechanical_tilt_deg", omni, 0.0, "0: a tilt to no side on an omnidirectional antenna"),
    )
    for name, where, value, reason in changes:
        changed = where & (rows[name] != value)
        rows[name][changed] = value
        rows.note_each("repaired", np.flatnonzero(changed).tolist(), name, reason)


def _fill_numbers(rows: StationRows, column: Column) -> None:
    """Put defaults, by technology and frequency, where a good row has no number."""
    values = rows[column.name]
    indices = np.flatnonzero(np.isnan(values) & rows.good)
    technology, frequency_mhz = rows["technology"], rows["frequency_mhz"]
    for index in indices:
        values[index] = column.default_number(technology[index], frequency_mhz[index])
    if column.name in rows.texts:
        _note_filled(rows, column, indices)


def _note_filled(rows: StationRows, column: Column, indices: NDArray[np.intp]) -> None:
    values = rows[column.name]
    for value in np.unique(values[indices]):
        filled = indices[values[indices] == value].tolist()
        rows.note_each("info", filled, column.name, f"no value: {value:g} {column.unit} used")


def _note_default(rows: StationRows, column: Column, default: str) -> None:
    if default:
        used = f"no such column: {default} {column.unit}".strip()
        rows.note("info", column.name, f"{used} used", mend=column.mend)


_READERS: Final[dict[str, Callable[[StationRows, Column], None]]] = {
    "identifier": _read_text,
    "name": _read_operator,
    "word": _read_text,
    "text": _read_text,
    "number": _read_numbers,
    "azimuth": _read_azimuths,
    "longitude": _read_places,
    "latitude": _read_places,
}
