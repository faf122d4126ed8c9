"""Sentences that are told, such as those of findings, in other languages.

A sentence is written in English where it arises, with values in it. ``tables/phrases.csv`` has each
with a hole for every value, and its translation with the same holes in the same order: ``{}`` for a
value that stays as it is, ``{number}`` for a number, which is written as the language does, and
``{said}`` for words that are a sentence of the table themselves. What is not there stays as it is:
better English than nothing.
"""

import csv
import re
from functools import cache
from importlib import resources
from itertools import chain
from typing import Final

from phusong.geodata.clutter_classes import read_clutter_classes
from phusong.geodata.findings import Findings
from phusong.report.words import with_marks_of

__all__ = ["phrase", "phrases"]

_SAID_IN: Final = "en"
_HOLE: Final = re.compile(r"\{(?:number|said)?\}")
_NUMBER: Final = r"([+-]?(?:\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?|inf|nan)%?)"
"""A number or percentage as Python writes it."""


def phrase(text: str, language: str) -> str:
    """Return a sentence in a language of ``tables/phrases.csv``.

    Examples
    --------
    >>> phrase("is outside 0.5 to 360", "vi")
    'nằm ngoài khoảng 0,5 đến 360'
    """
    return text if language == _SAID_IN else _translated(str(text), language)


@cache
def phrases() -> tuple[dict[str, str], ...]:
    """The rows of ``tables/phrases.csv``, and the names of ground cover: a sentence by language."""
    table = resources.files("phusong.report") / "tables" / "phrases.csv"
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    known = {row[_SAID_IN] for row in rows}
    names = read_clutter_classes("worldcover", Findings())[["name_en", "name_vi"]]
    cover = names.astype(str).itertuples(index=False, name=None)
    return (*rows, *({"en": en, "vi": vi} for en, vi in cover if en not in known))


@cache
def _translated(text: str, language: str) -> str:
    for pattern, translation in _patterns(language):
        if found := pattern.fullmatch(text):
            between, holes = _HOLE.split(translation), _HOLE.findall(translation)
            filled = [_filling(*each, language) for each in zip(holes, found.groups(), strict=True)]
            return "".join(chain.from_iterable(zip(between, [*filled, ""], strict=True)))
    return text


def _filling(hole: str, value: str, language: str) -> str:
    """What stands in a hole of a translation."""
    if hole == "{said}":
        return _translated(value, language)
    return value if hole == "{}" else with_marks_of(value, language).replace("%", " %")


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the sentences, those that say most first: they leave least to the values."""
    said = sorted(phrases(), key=lambda row: len(_HOLE.sub("", row[_SAID_IN])), reverse=True)
    return [(re.compile(_pattern(row[_SAID_IN]), re.DOTALL), row[language]) for row in said]


def _pattern(sentence: str) -> str:
    between, holes = map(re.escape, _HOLE.split(sentence)), _HOLE.findall(sentence)
    groups = [_NUMBER if hole == "{number}" else "(.*?)" for hole in holes]
    return "".join(chain.from_iterable(zip(between, [*groups, ""], strict=True)))
