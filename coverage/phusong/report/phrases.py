"""Sentences of findings in other languages.

A finding says in English what was repaired or doubted, with values in it. ``tables/phrases.csv``
has each sentence with ``{}`` for a value, which stays as it is, and ``{said}`` for words that are a
sentence of the table themselves; its translation has them in the same order. What is not there
stays as it is: better English than nothing.
"""

import csv
import re
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["phrase", "phrases"]

_SAID_IN: Final = "en"
_SAID: Final = "{said}"
_HOLE: Final = re.compile(r"\{\}|\{said\}")


def phrase(text: str, language: str) -> str:
    """Return a sentence of a finding in a language of ``tables/phrases.csv``.

    Examples
    --------
    >>> phrase("is outside 0 to 360", "vi")
    'nằm ngoài khoảng 0 đến 360'
    """
    return text if language == _SAID_IN else _translated(str(text), language)


@cache
def phrases() -> tuple[dict[str, str], ...]:
    """The rows of ``tables/phrases.csv``: a sentence by language."""
    table = resources.files("phusong.report") / "tables" / "phrases.csv"
    return tuple(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


@cache
def _translated(text: str, language: str) -> str:
    for pattern, translation in _patterns(language):
        if found := pattern.fullmatch(text):
            holes, values = _HOLE.findall(translation), found.groups()
            told = (
                _translated(value, language) if hole == _SAID else value
                for hole, value in zip(holes, values, strict=True)
            )
            return translation.replace(_SAID, "{}").format(*told)
    return text


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the sentences, those that say most first: they leave least to the values."""
    said = sorted(phrases(), key=lambda row: len(_HOLE.sub("", row[_SAID_IN])), reverse=True)
    return [(re.compile(_pattern(row[_SAID_IN]), re.DOTALL), row[language]) for row in said]


def _pattern(sentence: str) -> str:
    return "(.*?)".join(map(re.escape, _HOLE.split(sentence)))
