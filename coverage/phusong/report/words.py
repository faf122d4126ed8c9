"""The words and numbers that people read, in Vietnamese and English.

Every text of a map or a table is a row of ``tables/words.csv`` (key, vi, en); no other module
of the library holds words for people.
"""

import csv
import math
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final

from phusong.errors import InputError

__all__ = [
    "check_language",
    "codes",
    "first_word",
    "languages",
    "map_title",
    "number",
    "percent",
    "with_marks_of",
    "word",
]

_MISSING: Final = "–"
_SWAP_MARKS: Final = str.maketrans(",.", ".,")


def languages() -> tuple[str, ...]:
    """Return the languages there are, as the codes that `word` takes."""
    return tuple(_words())


def check_language(language: str) -> None:
    """Raise InputError, naming the languages there are, unless `language` is one of them."""
    if language not in _words():
        known = ", ".join(repr(name) for name in languages())
        raise InputError("language", [f"{language!r} is not a language here; take one of {known}"])


def word(key: str, language: str) -> str:
    """Return the text of a key in a language.

    Parameters
    ----------
    key
        First column of ``tables/words.csv``.
    language
        One of `languages`.

    Raises
    ------
    InputError
        For a language that is not there.
    KeyError
        For a key that is not there.
    """
    check_language(language)
    return _words()[language][key]


def map_title(name: str, language: str) -> str:
    """Return the title of a map, with the name of its area where that is told."""
    title = word("map_title", language)
    return f"{title} · {name}" if name else title


def first_word(keys: Iterable[str], language: str) -> str | None:
    """Return the text of the first of the keys that is there, None where none is."""
    check_language(language)
    words = _words()[language]
    return next((words[key] for key in keys if key in words), None)


def codes(column: str) -> tuple[str, ...]:
    """Return the codes of a column for which there are words: ends of ``{column}_...``."""
    start = f"{column}_"
    return tuple(key.removeprefix(start) for key in _words()["en"] if key.startswith(start))


def number(value: float, language: str, decimals: int = 0) -> str:
    """Write a number the way a language does: 1.234,5 in Vietnamese, 1,234.5 in English.

    Parameters
    ----------
    value
        What to write; a missing value (NaN) is written as a dash.
    language
        One of `languages`.
    decimals
        Digits after the mark.

    Raises
    ------
    InputError
        For a language that is not there.

    Examples
    --------
    >>> number(1234.5, "vi", 1), number(1234.5, "en", 1)
    ('1.234,5', '1,234.5')
    """
    check_language(language)
    if not math.isfinite(value):
        return _MISSING
    return with_marks_of(f"{value:,.{decimals}f}", language)


def with_marks_of(number: str, language: str) -> str:
    """Write a number such as 1,234.5 with the marks of a language: 1.234,5 in Vietnamese."""
    return number.translate(_SWAP_MARKS) if word("decimal_mark", language) == "," else number


def percent(value: float, language: str) -> str:
    """Write a percentage (0..100) with one decimal, as `number` does, and its sign."""
    text = number(value, language, 1)
    return text if text == _MISSING else f"{text} %"


@cache
def _words() -> dict[str, dict[str, str]]:
    table = resources.files("phusong.report") / "tables" / "words.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    return {
        language: {row["key"]: row[language] for row in rows}
        for language in rows[0]
        if language != "key"
    }
