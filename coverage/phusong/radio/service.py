"""Service profiles: which level and quality, with which probability, count as service.

Coverage is a threshold met with a probability, never a bare level: where shadowing has a standard
deviation ``sigma``, a median must lie ``z * sigma`` above a threshold for the level to reach it
with the profile's probability, ``z`` being that probability's normal quantile.
"""

import datetime
import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from phusong.errors import InputError, OutOfRangeError
from phusong.radio.places import entry_loss_db
from phusong.radio.profile_checks import METRICS, TIERS, key_problems, value_problems
from phusong.radio.profile_table import read_profile_table

__all__ = ["METRICS", "TIERS", "ServiceProfile"]


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
        Chance that a threshold is reached, above 0 and below 1.
    receiver_height_m
        Height of the handset above ground (m).
    thresholds_dbm
        For each technology the least level (dBm) of each of `TIERS`, rising: 3G RSCP, 4G RSRP,
        5G SS-RSRP. Only where ``quality`` asks for something of that technology may basic and
        good be left out.
    load
        Share of the cells' resources in use for which the profile is meant, from 0 to 1; None
        where its source names none. Levels do not depend on it.
    quality
        For each technology the least values of some of `METRICS`, each for some of `TIERS`, rising.
        A tier is reached where everything is that is asked for it.
    place
        Where the handset is that all thresholds are for, one of `phusong.radio.places.places`.
    entry_percent
        Share of the buildings or vehicles (percent) whose entry loss is no more than is reckoned.

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
    quality: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    place: str = "outdoor"
    entry_percent: float = 50.0

    def __post_init__(self) -> None:
        problems = value_problems(vars(self))
        if problems:
            raise InputError(f"service profile {self.name!r}", problems)
        levels = {name: _in_order(tiers) for name, tiers in self.thresholds_dbm.items()}
        quality = {
            name: {metric: _in_order(metrics[metric]) for metric in METRICS if metric in metrics}
            for name, metrics in self.quality.items()
        }
        object.__setattr__(self, "thresholds_dbm", levels)
        object.__setattr__(self, "quality", quality)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the profiles that come with phusong."""
        return tuple(sorted(path.name[: -len(".toml")] for path in _built_in_files()))

    @classmethod
    def of(cls, service: "str | os.PathLike[str] | ServiceProfile") -> "ServiceProfile":
        """Take a profile, the name of a built-in one, or the path of a .toml or .csv file."""
        if isinstance(service, ServiceProfile):
            return service
        if isinstance(service, str) and not service.endswith((".toml", ".csv")):
            return cls.named(service)
        return cls.open(service)

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
        return cls._from_table(table, str(path))

    @classmethod
    def _read(cls, content: bytes, source: str) -> Self:
        try:
            table = tomllib.loads(content.decode("utf-8"))
        except ValueError as error:  # no UTF-8, or no TOML
            raise InputError(source, [f"is not a TOML file: {error}"]) from error
        return cls._from_table(table, source)

    @classmethod
    def _from_table(cls, table: Mapping[str, Any], source: str) -> Self:
        known = [each.name for each in fields(cls)]
        problems = key_problems(table, known) + value_problems(table)
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
        return cls._from_table(table, source)

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies that have thresholds, in the profile's order."""
        return tuple(self.thresholds_dbm)

    @property
    def asks_for_quality(self) -> bool:
        """Whether levels alone do not tell the state of service."""
        return bool(self.quality)

    def thresholds(self, technology: str) -> dict[str, float]:
        """Levels (dBm) of one technology by tier; a tier without one has that of the tier below."""
        given = self._levels(technology)
        basic = given.get("basic", given["weak"])
        return {"weak": given["weak"], "basic": basic, "good": given.get("good", basic)}

    def requirements(self, technology: str, tier: str) -> dict[str, float]:
        """Everything that a tier asks for: least values of ``level_dbm`` and of `METRICS`.

        Good service is basic service and more. Where nothing is asked of a tier it is empty: then
        no place is said to reach it.
        """
        asked = {"level_dbm": self._levels(technology), **self.quality.get(technology, {})}
        own = {metric: tiers[tier] for metric, tiers in asked.items() if tier in tiers}
        if tier == "good" and own:
            return self.requirements(technology, "basic") | own
        return own

    def entry_loss_db(self, frequency_mhz: float) -> float:
        """Loss (dB) between the outside and a handset at the profile's place."""
        return entry_loss_db(self.place, frequency_mhz, percent=self.entry_percent)

    def _levels(self, technology: str) -> Mapping[str, float]:
        if technology not in self.thresholds_dbm:
            known = ", ".join(self.technologies)
            problem = f"no thresholds for technology {technology!r}; there are: {known}"
            raise InputError(f"service profile {self.name!r}", [problem])
        return self.thresholds_dbm[technology]

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


def _in_order(tiers: Mapping[str, float]) -> dict[str, float]:
    return {tier: float(tiers[tier]) for tier in TIERS if tier in tiers}


def _built_in_files() -> list[Traversable]:
    tables = resources.files("phusong.radio") / "tables"
    return [path for path in tables.iterdir() if path.name.endswith(".toml")]
