"""Rules by which a village has a state: data, with their text in both languages."""

import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Self

from phusong.errors import InputError

__all__ = ["CENTRE", "VillageRule"]

CENTRE: Final = "centre"
"""Name of the rule that looks at the pixel of a village's point alone."""

_KEYS: Final = ("name", "share", "radius_m", "text_en", "text_vi")


@dataclass(frozen=True)
class VillageRule:
    """How a village's state is told from those of its pixels.

    A village has the best state that at least `share` of its pixels reach: the ``k``-th best of its
    ``n`` pixels, ``k`` being `share` times ``n`` rounded up, where a pixel that was not computed is
    the worst. Its chance and answer are the ``k``-th best too, as the errors of its pixels are
    taken for one and the same.

    Attributes
    ----------
    name
        Of the rule.
    text_en, text_vi
        The rule in words; ``{share}`` and ``{radius_m}`` are filled in.
    share
        Part of the pixels, above 0 and up to 1; None looks at the pixel of the point alone.
    radius_m
        How far the pixels of a village that is no area lie from its point, metres.
    """

    name: str
    text_en: str
    text_vi: str
    share: float | None = None
    radius_m: float = 0.0

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise InputError(f"village rule {self.name!r}", problems)

    @classmethod
    def named(cls, name: str) -> Self:
        """One of the rules that come with phusong: "centre", "half_of_pixels", "most_of_pixels".

        Raises
        ------
        InputError
            For a name that is not there.
        """
        rules = _built_in()
        if name not in rules:
            problem = f"{name!r} is none; there are {', '.join(rules)}, or give a .toml file"
            raise InputError("village_rule", [problem])
        return cls(name=name, **rules[name])

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a rule from a TOML file with name, text_en, text_vi and at will share, radius_m.

        Raises
        ------
        InputError
            If the file cannot be read, a key is unknown or missing, or a value cannot be right.
        """
        try:
            given = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise InputError(str(path), [f"cannot be read as TOML: {error}"]) from error
        problems = [f"unknown key {key!r}; correct or remove it" for key in given.keys() - _KEYS]
        needed = ("name", "text_en", "text_vi")
        problems += [f"{key} is missing; give it" for key in needed if key not in given]
        if problems:
            raise InputError(str(path), sorted(problems))
        return cls(**given)

    @classmethod
    def of(cls, rule: "str | os.PathLike[str] | VillageRule") -> "VillageRule":
        """A rule, that of a name, or that of a file that ends in ``.toml``."""
        if isinstance(rule, VillageRule):
            return rule
        if isinstance(rule, str) and not rule.endswith(".toml"):
            return cls.named(rule)
        return cls.open(rule)

    def text(self, language: str) -> str:
        """The rule in words, "vi" or "en"."""
        words = self.text_vi if language == "vi" else self.text_en
        share = "" if self.share is None else f"{100 * self.share:g} %"
        return words.replace("{share}", share).replace("{radius_m}", f"{self.radius_m:g}")


def _problems(rule: VillageRule) -> Iterator[str]:
    for key in ("name", "text_en", "text_vi"):
        value = getattr(rule, key)
        if not isinstance(value, str) or not value.strip():
            yield f"{key} is {value!r}; give a text"
    share, radius_m = rule.share, rule.radius_m
    if share is not None and not (_is_number(share) and 0.0 < share <= 1.0):
        yield f"share is {share!r}; give a part above 0 and up to 1, such as 0.5"
    if not (_is_number(radius_m) and 0.0 <= radius_m < math.inf):
        yield f"radius_m is {radius_m!r}; give metres from 0"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@cache
def _built_in() -> Mapping[str, Mapping[str, Any]]:
    table = resources.files("phusong.gaps") / "tables" / "village_rules.toml"
    return tomllib.loads(table.read_text(encoding="utf-8"))
