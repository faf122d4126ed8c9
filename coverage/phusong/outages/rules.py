"""What a hazard does to a site, and how long a site lasts without the grid: rules that are data."""

import csv
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from phusong.errors import InputError
from phusong.geodata.code_table import read_code_table
from phusong.geodata.numerals import fold

__all__ = ["EFFECTS", "Autonomy", "HazardRule", "HazardRules"]

EFFECTS: Final = ("equipment", "line", "power")
"""What fails: the site's equipment, its line to the core, or the grid that feeds it."""

_ANY: Final = "any"
_NEVER: Final = "never"
_NEEDED: Final = ("hazard", "effect", "structure", "least_depth_m")
_TOLD: Final = ("note_en", "note_vi", "source")


@dataclass(frozen=True)
class HazardRule:
    """What a hazard does to the sites of a structure that lie in it.

    Attributes
    ----------
    hazard, effect
        Kind of hazard, and one of `EFFECTS`.
    structure
        Of a station table's column ``structure``, or "any" for those without a row of their own.
    least_depth_m
        From which depth (m) on; inf where it never does.
    note_en, note_vi, source
        The rule in words, and who says so.
    """

    hazard: str
    effect: str
    structure: str
    least_depth_m: float
    note_en: str = ""
    note_vi: str = ""
    source: str = ""


@dataclass(frozen=True)
class HazardRules:
    """Every rule, from ``tables/hazard_rules.csv`` or a table of your own.

    Attributes
    ----------
    rules
        One a hazard, effect and structure.
    """

    rules: tuple[HazardRule, ...]

    @classmethod
    def of(cls, rules: "HazardRules | str | os.PathLike[str] | None") -> "HazardRules":
        """The rules that come with phusong for None, those of a CSV file, or the rules given.

        Raises
        ------
        InputError
            If the file lacks columns, an effect or a depth is none, or two rows say the same.
        """
        if isinstance(rules, HazardRules):
            return rules
        if rules is None:
            return _built_in()
        path = Path(rules)
        table = read_code_table(path, {name: (name,) for name in (*_NEEDED, *_TOLD)}, _NEEDED)
        records = [{str(k): str(v) for k, v in row.items()} for row in table.to_dict("records")]
        return cls._from(str(path), zip(map(int, table.index), records, strict=True))

    @classmethod
    def _from(cls, source: str, rows: Iterable[tuple[int, Mapping[str, str]]]) -> "HazardRules":
        problems, rules, seen = [], [], set()
        for number, row in rows:
            hazard, structure = _known_as(row["hazard"]), fold(row["structure"]) or _ANY
            effect, depth = row["effect"].strip(), _depth(row["least_depth_m"])
            if effect not in EFFECTS:
                told = f"give {', '.join(EFFECTS)}"
                problems.append(f"row {number}, effect {row['effect']!r} is none: {told}")
            if math.isnan(depth):
                told = f"give metres from 0, or {_NEVER}"
                problems.append(f"row {number}, least_depth_m {row['least_depth_m']!r}: {told}")
            if (key := (hazard, effect, structure)) in seen:
                problems.append(f"row {number} says the same again of {', '.join(key)}: keep one")
            seen.add(key)
            texts = {name: row.get(name, "") for name in _TOLD}
            rules.append(HazardRule(hazard, effect, structure, depth, **texts))
        if problems:
            raise InputError(source, problems)
        return cls(tuple(rules))

    @property
    def hazards(self) -> tuple[str, ...]:
        """The kinds of hazards that rules are there for."""
        return tuple(dict.fromkeys(rule.hazard for rule in self.rules))

    def hazard(self, word: str) -> str | None:
        """The kind of hazard that a word in English or Vietnamese means; None where none."""
        known = _known_as(word)
        return known if known in self.hazards else None

    def least_depth_m(self, hazard: str, effect: str, structure: str) -> float:
        """Depth (m) from which a hazard has an effect on a structure; inf where it has none."""
        depths = {
            rule.structure: rule.least_depth_m
            for rule in self.rules
            if (rule.hazard, rule.effect) == (hazard, effect)
        }
        return depths.get(fold(structure), depths.get(_ANY, math.inf))

    def text(self, language: str) -> list[str]:
        """Each rule in words, "vi" or "en"."""
        return [rule.note_vi if language == "vi" else rule.note_en for rule in self.rules]


@dataclass(frozen=True)
class Autonomy:
    """How many hours sites last without the grid where the station table does not say.

    Attributes
    ----------
    hours
        By structure; "any" for those without one of their own.
    """

    hours: Mapping[str, float]

    @classmethod
    def of(cls, given: "Autonomy | float | Mapping[str, float] | None") -> "Autonomy":
        """Defaults of ``tables/autonomy.csv``, one number for all sites, or hours by structure.

        Raises
        ------
        InputError
            For what is no number of hours from 0.
        """
        if isinstance(given, Autonomy):
            return given
        hours: dict[str, float] = dict(_default_hours())
        if isinstance(given, Mapping):
            hours |= {fold(name): value for name, value in given.items()}
        elif given is not None:
            hours = {_ANY: given}
        problems = [
            f"{name}: {value!r}: give hours from 0"
            for name, value in hours.items()
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0
        ]
        if problems:
            raise InputError("autonomy_h", problems)
        return cls({name: float(value) for name, value in hours.items()})

    def of_structure(self, structure: str) -> float:
        """Hours of a structure."""
        return self.hours.get(fold(structure), self.hours[_ANY])


def _depth(text: str) -> float:
    if text.strip() == _NEVER:
        return math.inf
    try:
        depth = float(text or 0.0)
    except ValueError:
        return math.nan
    return depth if math.isfinite(depth) and depth >= 0 else math.nan


def _known_as(word: str) -> str:
    """The kind that a word is another name of; a word that is not known stands for itself."""
    return _words().get(fold(word), word.strip())


@cache
def _words() -> Mapping[str, str]:
    return {
        fold(name): row["hazard"]
        for row in _rows("hazards.csv")
        for name in (row["hazard"], row["en"], row["vi"], *row["aliases"].split("|"))
    }


@cache
def _built_in() -> HazardRules:
    return HazardRules._from("hazard_rules.csv", enumerate(_rows("hazard_rules.csv"), start=2))


@cache
def _default_hours() -> Mapping[str, float]:
    return {row["structure"]: float(row["autonomy_h"]) for row in _rows("autonomy.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    table = resources.files("phusong.outages") / "tables" / name
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
