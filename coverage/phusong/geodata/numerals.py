"""Numbers as people type them: decimal commas, thousands, units, full-width digits."""

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

__all__ = [
    "LONGEST_NUMBER",
    "UNITS",
    "NumberRule",
    "Reading",
    "cleaned_number",
    "fold",
    "is_missing",
    "read_number",
    "unit_named",
]

LONGEST_NUMBER: Final = 60
"""A longer text is no number."""

_MISSING: Final = frozenset(
    {"", "-", "--", ".", "...", "?", "n/a", "na", "nan", "nil", "null", "none", "tbd", "k/c"}
    | {"#n/a", "#na", "#value!", "#ref!", "#div/0!", "#name?", "#num!"}
    | {"không có", "không", "chưa có", "khong co", "khong", "chua co"}
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_LOOKALIKES: Final = {
    **dict.fromkeys(map(ord, "\u2212\u2013\u2014\u2010\u2011"), "-"),
    **dict.fromkeys(map(ord, "\u00ba\u02da\u2070"), "°"),
    **dict.fromkeys(map(ord, "\u2032\u2019\u2018\u00b4\u0060\u02b9\u02bc"), "'"),
    **dict.fromkeys(map(ord, "\u2033\u201d\u201c\u02ba\u3003"), '"'),
}
_PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(?P<exponent>[eE][+-]?\d+)?")
_COMMA_DECIMAL: Final = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
_COMMA_EITHER: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_COMMA_GROUPS: Final = re.compile(r"[+-]?\d{1,3}((,\d{3})+\.\d+|(,\d{3}){2,})")
_POINT_GROUPS: Final = re.compile(r"[+-]?\d{1,3}((\.\d{3})+,\d+|(\.\d{3}){2,})")
_SPACE_GROUPS: Final = re.compile(r"[+-]?\d{1,3}([ ']\d{3})+([.,]\d+)?")
_WITH_UNIT: Final = re.compile(r"(?P<number>[+-]?[\d.,][\d., ']*?)\s*(?P<unit>[^\W\d_]+|°)\.?")

_Converter = Callable[[float], float]


def _times(factor: float) -> _Converter:
    return lambda value: value * factor


def _plus(term: float) -> _Converter:
    return lambda value: value + term


def _watts(watts: float) -> _Converter:
    return lambda value: 10.0 * math.log10(value * watts) + 30.0 if value > 0 else math.nan


UNITS: Final[dict[str, dict[str, _Converter]]] = {
    "dBm": {
        "dBm": _plus(0),
        "dBW": _plus(30),
        "W": _watts(1),
        "mW": _watts(0.001),
        "kW": _watts(1e3),
    },
    "MHz": {"MHz": _times(1), "GHz": _times(1e3), "kHz": _times(1e-3), "Hz": _times(1e-6)},
    "m": {"m": _times(1), "ft": _times(0.3048), "cm": _times(0.01), "km": _times(1e3)},
    "dBi": {"dBi": _plus(0), "dBd": _plus(2.15)},
    "dB": {"dB": _plus(0)},
    "deg": {"deg": _times(1), "rad": _times(180.0 / math.pi)},
    "h": {"h": _times(1), "min": _times(1.0 / 60.0), "day": _times(24)},
}
"""For each unit that a column is kept in: the units it may be given in, and the conversion."""

_OTHER_NAMES: Final = {
    "watt": "W", "watts": "W", "met": "m", "meter": "m", "meters": "m", "metre": "m",
    "metres": "m", "magl": "m", "agl": "m", "feet": "ft", "foot": "ft", "degree": "deg",
    "degrees": "deg", "do": "deg", "°": "deg", "radian": "rad", "radians": "rad",
    "hour": "h", "hours": "h", "hrs": "h", "gio": "h", "tieng": "h", "minute": "min",
    "minutes": "min", "mins": "min", "phut": "min", "days": "day", "ngay": "day",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell of a table says.

    Attributes
    ----------
    value
        The number; NaN where there is none.
    said
        What it says besides: a text, or the axis that a compass letter names.
    note
        What was repaired to read it.
    reason, mend
        Why it cannot be used, and what the sender can do about it.
    missing
        Whether the cell is empty or says so ("N/A", "-").
    """

    value: float = math.nan
    said: str = ""
    note: str = ""
    reason: str = ""
    mend: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class NumberRule:
    """What a column of numbers may hold.

    Attributes
    ----------
    unit
        The unit it is kept in, a key of `UNITS`; empty for a bare number.
    given
        The unit it is given in, as its header says.
    low, high
        Range of sane values, in `unit`.
    mend
        What to tell the sender of a value that cannot be used.
    """

    unit: str = ""
    given: str = ""
    low: float = -math.inf
    high: float = math.inf
    mend: str = ""

    def converted(self, value: float) -> float:
        """Bring a value from the unit given to the unit kept."""
        return UNITS[self.unit][self.given](value) if self.given else value

    def holds(self, value: float) -> bool:
        """Whether a value, in the unit kept, lies in the range."""
        return self.low <= value <= self.high


def fold(text: str) -> str:
    """Bring text to a form in which case, accents and punctuation do not count.

    Examples
    --------
    >>> fold("Độ cao anten_(m)")
    'docaoantenm'
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d")
    return "".join(filter(str.isalnum, plain))


def cleaned_number(text: str) -> str:
    """Replace what only looks like digits, signs, primes and spaces by the plain characters."""
    if text.isascii():
        return text.strip()
    text = text.translate(_INVISIBLE).translate(_LOOKALIKES)
    return " ".join(unicodedata.normalize("NFKC", text).split())


def is_missing(text: str) -> bool:
    """Whether text stands for no value: empty, ``-``, ``N/A``, ``NaN``, ``#REF!`` and such."""
    return unicodedata.normalize("NFC", text.strip().casefold()) in _MISSING


def unit_named(text: str, unit: str) -> str:
    """Return the unit, of those that `UNITS` has for `unit`, that a text names; else empty."""
    word = "°" if text.strip() == "°" else fold(text)
    word = _OTHER_NAMES.get(word, word)
    return next((name for name in UNITS.get(unit, {}) if name.casefold() == word.casefold()), "")


def read_number(text: str, rule: NumberRule) -> Reading:
    """Read one number.

    Parameters
    ----------
    text
        As it stands in the file. A comma before three digits ("2,140") is a thousands or a
        decimal comma, whichever lies in the rule's range; refused where both do.
    rule
        Units, range and what to tell the sender.

    Examples
    --------
    >>> read_number("1.842,5 MHz", NumberRule("MHz", "MHz", 400, 6000)).value
    1842.5
    >>> read_number("40 W", NumberRule("dBm", "dBm", 10, 65)).mend
    'give dBm: 40 W is 46.0 dBm'
    """
    clean = cleaned_number(text)
    if is_missing(clean):
        return Reading(missing=True)
    if len(clean) > LONGEST_NUMBER:
        return Reading(reason="is not a number", mend=rule.mend)
    notes = [] if clean == text else ["stray spaces or characters replaced"]
    bare = clean.removeprefix("'")
    if bare != clean:
        notes.append("apostrophe dropped")
    match = None if _PLAIN.fullmatch(bare) else _WITH_UNIT.fullmatch(bare)
    unit = unit_named(match["unit"], rule.unit) if match else ""
    if match and unit:
        bare = match["number"].strip()
        notes.append(f"unit {unit} dropped")
        if unit != rule.given:
            return _in_another_unit(bare, unit, rule)
    return _chosen(bare, rule, notes)


def _in_another_unit(number: str, unit: str, rule: NumberRule) -> Reading:
    """Refuse a number in a unit that is not its column's, and say what it would be."""
    values, _ = _candidates(number)
    if not values:
        return Reading(reason="is not a number", mend=rule.mend)
    kept = UNITS[rule.unit][unit](values[0])
    is_kept = f": {number} {unit} is {kept:.1f} {rule.unit}" if math.isfinite(kept) else ""
    return Reading(reason=f"is in {unit}, not in {rule.given}", mend=f"give {rule.unit}{is_kept}")


def _chosen(number: str, rule: NumberRule, notes: list[str]) -> Reading:
    values, note = _candidates(number)
    if not values:
        return Reading(reason="is not a number", mend=rule.mend)
    values = [rule.converted(value) for value in values]
    fitting = [value for value in values if rule.holds(value)]
    if len(fitting) > 1:
        reason = "has a comma that may mark decimals or thousands"
        return Reading(reason=reason, mend="write a decimal point and no thousands marks")
    if not fitting:
        return _out_of_range(values[0], rule)
    if note.startswith("comma before") and fitting[0] == values[1]:
        note = "thousands comma dropped"
    return Reading(fitting[0], note="; ".join([*notes, *filter(None, [note])]))


def _out_of_range(value: float, rule: NumberRule) -> Reading:
    if math.isnan(value):
        return Reading(reason=f"is no value in {rule.given}", mend=rule.mend)
    if math.isinf(value):
        return Reading(reason="is not a finite number", mend=rule.mend)
    unit = f" {rule.unit}" if rule.unit else ""
    return Reading(reason=f"is outside {rule.low:g} to {rule.high:g}{unit}", mend=rule.mend)


def _candidates(number: str) -> tuple[list[float], str]:
    """Return the numbers that a text may mean (two for "2,140"), and what was repaired."""
    plain = _PLAIN.fullmatch(number)
    if plain:
        note = "scientific notation read" if plain["exponent"] else ""
        return [float(number)], note
    if _COMMA_EITHER.fullmatch(number):
        values = [float(number.replace(",", ".")), float(number.replace(",", ""))]
        return values, "comma before three digits read as a decimal point"
    if _COMMA_DECIMAL.fullmatch(number):
        return [float(number.replace(",", "."))], "decimal comma read as a decimal point"
    return _grouped(number)


def _grouped(number: str) -> tuple[list[float], str]:
    note = "thousands marks dropped"
    if _COMMA_GROUPS.fullmatch(number):
        return [float(number.replace(",", ""))], note
    if _POINT_GROUPS.fullmatch(number):
        return [float(number.replace(".", "").replace(",", "."))], note
    if _SPACE_GROUPS.fullmatch(number):
        return [float(re.sub("[ ']", "", number).replace(",", "."))], note
    if number.casefold().lstrip("+-") in {"inf", "infinity", "∞"}:
        return [math.inf], ""
    return [], ""
