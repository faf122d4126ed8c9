"""Longitudes and latitudes as people type them: degrees, minutes, seconds, letters, commas."""

import re
from dataclasses import replace
from typing import Final

from phusong.geodata.numerals import (
    LONGEST_NUMBER,
    NumberRule,
    Reading,
    cleaned_number,
    is_missing,
    read_number,
)

__all__ = ["read_coordinate"]

_MEND: Final = "give decimal degrees in WGS 84, as 105.473079"
_METRES: Final = (
    "give longitude and latitude in WGS 84: convert from VN-2000 with the province's meridian"
)
_METRES_FROM: Final = 10_000.0
_DECIMAL_RULE: Final = NumberRule(low=-360.0, high=360.0, mend=_MEND)

_LETTERS: Final = {
    "E": ("longitude", 1), "Đ": ("longitude", 1), "D": ("longitude", 1), "EAST": ("longitude", 1),
    "ĐÔNG": ("longitude", 1), "W": ("longitude", -1), "T": ("longitude", -1),
    "TÂY": ("longitude", -1), "WEST": ("longitude", -1), "N": ("latitude", 1),
    "B": ("latitude", 1), "BẮC": ("latitude", 1), "NORTH": ("latitude", 1), "S": ("latitude", -1),
    "NAM": ("latitude", -1), "SOUTH": ("latitude", -1),
}  # fmt: skip
"""Compass letters, English and Vietnamese; N is north, for Nam (south) is written in full."""

_WORDS: Final = "|".join(sorted(_LETTERS, key=len, reverse=True))
# In small letters d and s are marks of degrees and seconds, as in 105d28m23s.
_COMPASS: Final = rf"(?:{_WORDS}|[newbtđ]|(?i:đông|bắc|tây|nam|east|west|north|south))"
_BEFORE: Final = re.compile(rf"(?P<letter>{_COMPASS})[.:]?\s*(?P<angle>[-+\d].*)")
_AFTER: Final = re.compile(rf"(?P<angle>.*\d.*?)\s*(?<![^\W\d_])(?P<letter>{_COMPASS})\"?\.?")
_NUMBER: Final = r"\d{1,2}(?:[.,]\d+)?"
_MARKED: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<degrees>\d{1,3})\s*(?:°|độ|deg|d)\s*"
    rf"(?P<minutes>{_NUMBER})\s*(?:'|phút|min|m|p|\s|$)\s*"
    rf"(?:(?P<seconds>{_NUMBER})\s*(?:\"|''|giây|sec|s|g|$))?"
)
_SEPARATED: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<degrees>\d{1,3})(?P<mark>\s*[-:.]\s*|\s+)"
    rf"(?P<minutes>\d{{1,2}})(?P=mark)(?P<seconds>{_NUMBER})\"?"
)
_DEGREE_MARK: Final = re.compile(r"\s*(?:°|độ|deg)$")


def read_coordinate(text: str) -> Reading:
    r"""Read one longitude or latitude.

    Parameters
    ----------
    text
        Decimal degrees with point or comma; degrees, minutes and seconds with any of the usual
        marks; with a compass letter before or after, English or Vietnamese (Đ east, B north).

    Returns
    -------
    Reading
        Degrees, positive to the east and north, and in `said` the axis that a compass letter
        names: "longitude", "latitude", or nothing. Whether it lies in an area is not asked here.

    Examples
    --------
    >>> round(read_coordinate('105°30\'55.41"E').value, 6)
    105.515392
    >>> read_coordinate("21,363524 B").said
    'latitude'
    """
    clean = cleaned_number(text)
    if is_missing(clean):
        return Reading(missing=True)
    if len(clean) > LONGEST_NUMBER:
        return Reading(reason="is not a number", mend=_MEND)
    note = "" if clean == text else "stray spaces or characters replaced"
    bare = clean.removeprefix("'")
    if bare != clean:
        note = "apostrophe dropped"
    angle, letter = _parted(bare)
    axis, sign = _LETTERS.get(letter.upper(), ("", 1))
    reading = _read_angle(angle.strip(), note)
    if letter and reading.value < 0:
        return Reading(reason="has both a sign and a compass letter", mend=_MEND)
    note = reading.note or (f"compass letter {letter} read" if letter else "")
    return replace(reading, value=sign * reading.value, said=axis, note=note)


def _parted(text: str) -> tuple[str, str]:
    """Part an angle from its compass letter."""
    match = _BEFORE.fullmatch(text) or _AFTER.fullmatch(text)
    return (match["angle"], match["letter"]) if match else (text, "")


def _read_angle(text: str, note: str) -> Reading:
    match = _MARKED.fullmatch(text) or _SEPARATED.fullmatch(text)
    if match:
        return _from_minutes(match)
    number = _DEGREE_MARK.sub("", text)
    if number != text:
        note = "degree mark dropped"
    reading = read_number(number, _DECIMAL_RULE)
    if reading.reason:
        return _refused(number, reading)
    return replace(reading, note=reading.note or note)


def _from_minutes(match: re.Match[str]) -> Reading:
    minutes, seconds = (
        float((match[part] or "0").replace(",", ".")) for part in ("minutes", "seconds")
    )
    if minutes >= 60 or seconds >= 60:
        return Reading(reason="has minutes or seconds of 60 or more", mend=_MEND)
    degrees = int(match["degrees"]) + minutes / 60 + seconds / 3600
    value = -degrees if match["sign"] == "-" else degrees
    return Reading(value, note="degrees, minutes and seconds read")


def _refused(number: str, reading: Reading) -> Reading:
    """Say of a number too large for degrees that it is metres, where it may be."""
    metres = read_number(number, NumberRule(low=_METRES_FROM, high=1e7))
    if metres.value >= _METRES_FROM:
        return Reading(reason="is metres of a projection (VN-2000?), not degrees", mend=_METRES)
    reason = reading.reason.replace("outside -360 to 360", "no angle in degrees")
    return Reading(reason=reason, mend=_MEND)
