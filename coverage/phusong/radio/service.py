"""Service profiles: which level, with which probability, counts as service.

Coverage is a threshold met with a probability, never a bare level: where shadowing has a standard
deviation ``sigma``, a median must lie ``z * sigma`` above a threshold for the level to reach it
with the profile's probability, ``z`` being that probability's normal quantile.
"""

import datetime
import itertools
import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from phusong.errors import InputError, OutOfRangeError
from phusong.radio.profile_table import read_profile_table

__all__ = ["TIERS", "ServiceProfile"]

TIERS = ("weak", "basic", "good")
"""What a level can reach, from the lowest threshold to the highest; below ``weak`` is none."""


@dataclass(frozen=True)
class ServiceProfile:
    """Thresholds per technology, and how probable it must be that they are met.

    Parameters
    ----------
    name, title, source
        Short name, what it is in words, and who says so.
    date
        Day of the source.
    probability
        Chance that the level reaches a threshold, above 0 and below 1.
    receiver_height_m
        Height of the handset above ground (m).
    thresholds_dbm
        For each technology the least level (dBm) of each of `TIERS`, rising: 3G RSCP, 4G RSRP,
        5G SS-RSRP.
    load
        Share of the cells' resources in use for which the profile is meant, from 0 to 1; None
        where its source names none. Levels do not depend on it.

    Raises
    ------
    InputError
        With every value that cannot be used.
    """

    name: str
    title: str
    source: str
    date: datetime.date
    probability: float
    receiver_height_m: float
    thresholds_dbm: Mapping[str, Mapping[str, float]]
    load: float | None = None

    def __post_init__(self) -> None:
        problems = _value_problems(vars(self))
        if problems:
            raise InputError(f"service profile {self.name!r}", problems)
        levels = {
            technology: {tier: float(tiers[tier]) for tier in TIERS}
            for technology, tiers in self.thresholds_dbm.items()
        }
        object.__setattr__(self, "thresholds_dbm", levels)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the profiles that come with phusong."""
        return tuple(sorted(path.name[: -len(".toml")] for path in _built_in_files()))

    @classmethod
    def named(cls, name: str) -> Self:
        """Return a profile that comes with phusong; an unknown name is an InputError."""
        for path in _built_in_files():
            if path.name == f"{name}.toml":
                return cls._read(path.read_bytes(), path.name)
        known = ", ".join(cls.names())
        raise InputError("service profile", [f"{name!r} is not known; there are: {known}"])

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a profile from a TOML file made like ``vn_default.toml``, or from a CSV file.

        How a CSV file is written, `phusong.radio.profile_table` says.

        Raises
        ------
        InputError
            No such file, no TOML or CSV, an unknown key, a missing or unusable value: all that is
            found.
        """
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from error
        if not str(path).lower().endswith(".csv"):
            return cls._read(content, str(path))
        try:
            table = read_profile_table(content)
        except ValueError as error:
            raise InputError(str(path), [f"is not a table of a profile: {error}"]) from error
        return cls._of(table, str(path))

    @classmethod
    def _read(cls, content: bytes, source: str) -> Self:
        try:
            table = tomllib.loads(content.decode("utf-8"))
        except ValueError as error:  # no UTF-8, or no TOML
            raise InputError(source, [f"is not a TOML file: {error}"]) from error
        return cls._of(table, source)

    @classmethod
    def _of(cls, table: Mapping[str, Any], source: str) -> Self:
        problems = _key_problems(table) + _value_problems(table)
        if problems:
            raise InputError(source, problems)
        return cls(**table)

    def to_json(self) -> str:
        """Write the whole profile as JSON text, for the attributes of a result."""
        return json.dumps(asdict(self) | {"date": self.date.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; an InputError where it did not."""
        source = "service profile in JSON"
        try:
            table = dict(json.loads(text))
            table["date"] = datetime.date.fromisoformat(table["date"])
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(source, [f"was not written by to_json: {error!r}"]) from error
        return cls._of(table, source)

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies that have thresholds, in the profile's order."""
        return tuple(self.thresholds_dbm)

    def thresholds(self, technology: str) -> dict[str, float]:
        """Thresholds (dBm) of one technology by tier, rising."""
        if technology not in self.thresholds_dbm:
            known = ", ".join(self.technologies)
            problem = f"no thresholds for technology {technology!r}; there are: {known}"
            raise InputError(f"service profile {self.name!r}", [problem])
        return dict(self.thresholds_dbm[technology])

    def margin_db(self, sigma_db: float) -> float:
        """Shadowing margin (dB) of the profile's probability at a standard deviation (dB)."""
        return float(ndtri(self.probability)) * _checked_sigma(sigma_db)

    def probability_of(
        self, level_dbm: ArrayLike, threshold_dbm: float, sigma_db: float
    ) -> NDArray[np.floating[Any]]:
        """Probability that log-normal shadowing leaves the level at or above a threshold.

        Parameters
        ----------
        level_dbm
            Median levels (dBm), any shape; NaN stays NaN.
        threshold_dbm
            Threshold (dBm).
        sigma_db
            Standard deviation of shadowing (dB), zero or more.

        Returns
        -------
        ndarray
            From 0 to 1, in the shape and float type of `level_dbm`.
        """
        excess_db = np.asarray(level_dbm) - float(threshold_dbm)
        if _checked_sigma(sigma_db) == 0.0:
            return np.where(np.isnan(excess_db), np.nan, excess_db >= 0.0).astype(excess_db.dtype)
        return np.asarray(ndtr(excess_db / float(sigma_db)))


def _checked_sigma(sigma_db: float) -> float:
    if not (math.isfinite(sigma_db) and sigma_db >= 0.0):
        raise OutOfRangeError(f"sigma_db is {sigma_db}: it must be zero or more")
    return float(sigma_db)


def _built_in_files() -> list[Traversable]:
    tables = resources.files("phusong.radio") / "tables"
    return [path for path in tables.iterdir() if path.name.endswith(".toml")]


def _key_problems(table: Mapping[str, Any]) -> list[str]:
    known = [field.name for field in fields(ServiceProfile)]
    unknown = [f"unknown key {key!r}; known: {', '.join(known)}" for key in table.keys() - known]
    needed = [key for key in known if key != "load"]
    return sorted(unknown) + [f"{key} is missing" for key in needed if key not in table]


def _value_problems(table: Mapping[str, Any]) -> list[str]:
    """Problems of the values that are there; missing keys are another's business."""
    checks = {
        **dict.fromkeys(("name", "title", "source"), _text_problems),
        "date": _date_problems,
        "probability": _probability_problems,
        "receiver_height_m": _height_problems,
        "thresholds_dbm": _thresholds_problems,
        "load": _load_problems,
    }
    return [p for key, check in checks.items() if key in table for p in check(key, table[key])]


def _text_problems(key: str, value: object) -> list[str]:
    good = isinstance(value, str) and value.strip() != ""
    return [] if good else [f"{key} is {value!r}: write a text"]


def _date_problems(key: str, value: object) -> list[str]:
    good = type(value) is datetime.date  # a time of day would not survive `from_json`
    return [] if good else [f"{key} is {value!r}: write a date such as 2026-01-31, without quotes"]


def _probability_problems(key: str, value: object) -> list[str]:
    good = _is_number(value) and 0.0 < value < 1.0
    return [] if good else [f"{key} is {value!r}: write a number above 0 and below 1"]


def _height_problems(key: str, value: object) -> list[str]:
    good = _is_number(value) and value > 0.0
    return [] if good else [f"{key} is {value!r}: write metres above ground, above 0"]


def _load_problems(key: str, value: object) -> list[str]:
    good = value is None or (_is_number(value) and 0.0 <= value <= 1.0)
    return [] if good else [f"{key} is {value!r}: write a share from 0 to 1, or leave it out"]


def _thresholds_problems(key: str, value: object) -> list[str]:
    if not isinstance(value, Mapping) or not value:
        return [f"{key} is {value!r}: write a table of levels for each technology"]
    return [p for name, levels in value.items() for p in _levels_problems(f"{key}.{name}", levels)]


def _levels_problems(key: str, levels: object) -> list[str]:
    if not isinstance(levels, Mapping):
        return [f"{key} is {levels!r}: write a level in dBm for each of {', '.join(TIERS)}"]
    unknown = sorted(str(tier) for tier in levels.keys() - set(TIERS))
    problems = [f"unknown key {key}.{tier}; known: {', '.join(TIERS)}" for tier in unknown]
    problems += [f"{key}.{tier} is missing" for tier in TIERS if tier not in levels]
    present = {tier: levels[tier] for tier in TIERS if tier in levels}
    wrong = [tier for tier, level in present.items() if not _is_number(level)]
    problems += [f"{key}.{tier} is {present[tier]!r}: write a number in dBm" for tier in wrong]
    return problems if wrong else problems + _order_problems(key, present)


def _order_problems(key: str, levels: Mapping[str, float]) -> list[str]:
    values = list(levels.values())
    if all(low < high for low, high in itertools.pairwise(values)):
        return []
    return [f"{key} must rise from {' to '.join(levels)}; it is {values}"]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
