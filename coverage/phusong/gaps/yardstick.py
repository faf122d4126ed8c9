"""What a coverage is measured by, and what each pixel has beyond it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.gaps.quality_excess import QualityExcess
from phusong.prediction.quality_file import quality_problems
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage
    from phusong.prediction.quality import Quality

__all__ = ["ANCHOR", "ANY", "Yardstick", "level_problems"]

ANY = "any"
"""The operator that is the best of all operators at each pixel."""

ANCHOR: Final = "anchor"
"""Beside the metrics: what the 4G of a non-standalone 5G has beyond service of its own."""

_ANCHORED, _ANCHORING = "5G", "4G"
_SAME_LOAD = 1e-9

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Yardstick:
    """A profile on a coverage, with the quality that it may ask for.

    Attributes
    ----------
    coverage
        Levels and servers per operator and technology.
    profile
        Thresholds and probability.
    quality
        Layers for thresholds of quality; None where the profile has none.
    nsa
        Operators whose 5G is non-standalone: it serves only where their 4G does.
    """

    coverage: "Coverage"
    profile: ServiceProfile
    quality: "Quality | None" = None
    nsa: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        coverage: "Coverage",
        profile: ServiceProfile,
        quality: "Quality | None" = None,
        nsa: Iterable[str] | None = None,
    ) -> "Yardstick":
        """Check that all of it fits together.

        ``nsa`` is that of the quality where not given.

        Raises
        ------
        InputError
            A technology without thresholds, an operator called "any", a quality that is lacking,
            of another coverage, load or place, or operators without 4G in ``nsa``: all at once.
        """
        if isinstance(nsa, str):
            nsa = (nsa,)
        if nsa is None:
            nsa = () if quality is None else quality.settings.nsa
        stick = cls(coverage, profile, quality if profile.asks_for_quality else None, tuple(nsa))
        problems = [*level_problems(stick), *_quality_problems(stick)]
        if problems:
            raise InputError("coverage", problems)
        return stick

    @property
    def operators(self) -> list[str]:
        """Operators of the coverage, in its order."""
        return [str(name) for name in self.coverage.data["operator"].to_numpy()]

    @property
    def technologies(self) -> list[str]:
        """Technologies of the coverage, in its order."""
        return [str(name) for name in self.coverage.data["technology"].to_numpy()]

    @property
    def margin_db(self) -> float:
        """Shadowing margin (dB) of the profile's probability."""
        return self.profile.margin_db(self.coverage.shadowing_sigma_db)

    @property
    def load(self) -> float | str | None:
        """Load for which states are told: a number, words where cells differ, None where none."""
        if self.profile.load is not None or self.quality is None:
            return self.profile.load
        return str(self.quality.data.attrs["load"])

    def after(
        self, coverage: "Coverage", store: Path | str | None, *, progress: bool
    ) -> "Yardstick":
        """The same yardstick for another coverage; where loads differ, of these cells only."""
        quality = self.quality
        if quality is not None:
            settings = quality.settings.model_dump(exclude={"nsa"})
            quality = coverage.quality(
                load=_load_of(quality),
                service=self.profile,
                store=store,
                progress=progress,
                **settings,
            )
        return Yardstick(coverage, self.profile, quality, self.nsa)

    def excess_db(self, operator: str, technology: str, tier: str = "basic") -> Floats:
        """What each pixel has beyond a tier with the profile's probability, dB of its level.

        Returns
        -------
        ndarray
            (y, x): the least of `metrics_db`; for `ANY` the best of all operators. From 0 the tier
            is reached; NaN where no level was computed. A tier that asks for nothing is never
            reached: -inf.
        """
        if operator == ANY:
            each = [self.excess_db(name, technology, tier) for name in self.operators]
            return np.asarray(np.fmax.reduce(each))
        metrics = list(self.metrics_db(operator, technology, tier).values())
        if not metrics:
            return np.full(self.coverage.scene.grid.shape, -np.inf)
        return np.asarray(np.minimum.reduce(metrics))

    def metrics_db(self, operator: str, technology: str, tier: str) -> dict[str, Floats]:
        """The same of each metric, and of the `ANCHOR`; empty for a tier that asks for nothing."""
        asked = self.profile.requirements(technology, tier)
        excesses = {
            metric: self._metric_db(metric, least, operator, technology)
            for metric, least in asked.items()
        }
        if asked and technology == _ANCHORED and operator in self.nsa:
            excesses[ANCHOR] = self._anchor_db(operator, "weak" if tier == "weak" else "basic")
        return excesses

    def alone_db(self, metric: str, operator: str, technology: str) -> Floats:
        """Excess of a metric of quality over basic service, were no other cell sending."""
        least = self.profile.requirements(technology, "basic")[metric]
        level_dbm = self._level_dbm(operator, technology)
        excess_db = self._of_quality.alone_db(metric, least, operator, technology, level_dbm)
        return excess_db - self.margin_db

    def entry_loss_db(self, operator: str, technology: str) -> Floats:
        """What walls or a vehicle take off the best server's level, (y, x)."""
        if self.profile.place == "outdoor":
            return np.zeros(self.coverage.scene.grid.shape)
        server = self.coverage.data["server"].sel(operator=operator, technology=technology)
        frequencies = self.coverage.network.cells["frequency_mhz"].to_numpy()
        lost = {mhz: self.profile.entry_loss_db(mhz) for mhz in np.unique(frequencies).tolist()}
        of_cell = np.array([lost[mhz] for mhz in frequencies.tolist()])
        return np.asarray(of_cell[server.to_numpy()])

    def _metric_db(self, metric: str, least: float, operator: str, technology: str) -> Floats:
        if metric == "level_dbm":
            return self._level_dbm(operator, technology) - (least + self.margin_db)
        found = self._of_quality.metric_db(metric, least, operator, technology)
        return found - self.margin_db

    def _level_dbm(self, operator: str, technology: str) -> Floats:
        """Level of the handset where the profile has it."""
        level = self.coverage.data["level_dbm"].sel(operator=operator, technology=technology)
        outside: Floats = level.to_numpy().astype(np.float64)
        return outside - self.entry_loss_db(operator, technology)

    def _anchor_db(self, operator: str, tier: str) -> Floats:
        """Excess of the operator's 4G; -inf where it has none."""
        if _ANCHORING not in self.technologies:
            return np.full(self.coverage.scene.grid.shape, -np.inf)
        excess_db = self.excess_db(operator, _ANCHORING, tier)
        return np.where(np.isnan(excess_db), -np.inf, excess_db)

    @cached_property
    def _of_quality(self) -> QualityExcess:
        if self.quality is None:
            raise InputError("quality", _lacking(self.profile))
        return QualityExcess.of(self.quality, self.coverage)


def _load_of(quality: "Quality") -> float | dict[tuple[str, str], float]:
    """One load where all cells have it, else that of each."""
    operators, cells, loads = (quality.loads[name] for name in ("operator", "cell_id", "load"))
    if loads.nunique() == 1:
        return float(loads.iloc[0])
    return dict(zip(zip(operators, cells, strict=True), loads.tolist(), strict=True))


def level_problems(stick: Yardstick) -> list[str]:
    """Why a coverage cannot be measured by a profile, whatever the quality."""
    return [*_name_problems(stick), *_height_problems(stick)]


def _lacking(profile: ServiceProfile) -> list[str]:
    return [
        f"service profile {profile.name!r} asks for more than levels: give quality="
        "coverage.quality(service=..., store=...) of it, or Quality.open of a kept one"
    ]


def _name_problems(stick: Yardstick) -> Iterable[str]:
    profile = stick.profile
    known = ", ".join(profile.technologies)
    for name in stick.technologies:
        if name not in profile.technologies:
            of = f"service profile {profile.name!r}"
            yield f"{of} has no thresholds for {name!r}; it has: {known}"
    if ANY in stick.operators:
        yield f"operator {ANY!r}: the name is kept for the best of all; rename it"
    for name in stick.nsa:
        if name not in stick.operators:
            yield f"nsa: operator {name!r} is not in the coverage: {', '.join(stick.operators)}"
    if stick.nsa and _ANCHORING not in stick.technologies:
        yield "nsa: the coverage has no 4G that could anchor 5G: predict 4G too"


def _height_problems(stick: Yardstick) -> Iterable[str]:
    """A prediction may have a height of its own, which its own profile then does not gainsay."""
    wanted, found = stick.profile.receiver_height_m, stick.coverage.settings.receiver_height_m
    if wanted not in (found, stick.coverage.profile.receiver_height_m):
        yield (
            f"its levels are for a receiver at {found:g} m, service profile {stick.profile.name!r} "
            f"has one at {wanted:g} m: predict with service= this profile"
        )


def _quality_problems(stick: Yardstick) -> Iterable[str]:
    profile, quality = stick.profile, stick.quality
    if quality is None:
        if set(profile.quality) & set(stick.technologies):
            yield from _lacking(profile)
        return
    yield from (f"quality: {problem}" for problem in quality_problems(quality.data, stick.coverage))
    for name in ("place", "entry_percent"):
        found, wanted = getattr(quality.settings, name), getattr(profile, name)
        if found != wanted:
            yield f"quality: its {name} is {found!r}, that of the profile {wanted!r}: {_MEND}"
    loads = quality.loads["load"].to_numpy(dtype=np.float64)
    if profile.load is not None and np.abs(loads - profile.load).max(initial=0.0) > _SAME_LOAD:
        told = quality.data.attrs["load"]
        yield f"quality: its load is {told}, that of the profile {profile.load:g}: {_MEND}"


_MEND: Final = "make it with coverage.quality(service=...) of this profile"
