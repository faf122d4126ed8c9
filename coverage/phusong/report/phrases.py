"""Sentences of findings in other languages.

A finding says in English what was repaired or doubted, with values in it. ``tables/phrases.csv``
has each sentence with ``{}`` for every value, and its translation with ``{0}``, ``{1}`` and so on
for the same values, or ``{}`` where their order stays. A value may be a sentence itself. What is
not there stays as it is: better English than nothing.
"""

import csv
import re
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["phrase", "phrases"]

_SAID_IN: Final = "en"


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
            return translation.format(*(_translated(value, language) for value in found.groups()))
    return text


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the sentences, those that say most first: they leave least to the values."""
    said = sorted(phrases(), key=lambda row: len(row[_SAID_IN].replace("{}", "")), reverse=True)
    return [
        (re.compile(re.escape(row[_SAID_IN]).replace(r"\{\}", "(.*?)"), re.DOTALL), row[language])
        for row in said
    ]
