"""A link and all that is known of it."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from phusong.kernels.free_space import free_space_db
from phusong.links.budget import SERVICE_TIER, Entry, limit, value_of
from phusong.links.models import ModelLoss, term_meaning
from phusong.links.profile import TerrainPath
from phusong.links.settings import LinkSettings
from phusong.radio.service import TIERS, ServiceProfile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Link"]


@dataclass(frozen=True, eq=False, repr=False)
class Link:
    """Why the level of one link is what it is.

    Attributes
    ----------
    settings
        Everything that was asked, with its defaults.
    path
        The ground between the ends.
    losses
        What each model says, the first one's loss being the budget's.
    entries
        The rows of `table`.
    service
        Service profile whose thresholds and probability count.
    label
        What the link is of, such as a cell's name.
    """

    settings: LinkSettings
    path: TerrainPath
    losses: tuple[ModelLoss, ...]
    entries: tuple[Entry, ...]
    service: ServiceProfile
    label: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """One row a term: section, term, value, unit, effect, meaning.

        In a section, rows with effect "+" less rows with "-" make the next row with "=".
        """
        return pd.DataFrame(self.entries, columns=list(Entry._fields))

    @property
    def models(self) -> pd.DataFrame:
        """One row a model: loss, what it is over free space, and the level that it would give.

        Where a model does not hold, its numbers are NaN and ``reason`` says why.
        """
        return pd.DataFrame([self._model_row(loss) for loss in self.losses])

    @property
    def terms(self) -> pd.DataFrame:
        """Every intermediate value of every model, under its source's name: one row each."""
        rows = [
            (loss.name, term, value, *term_meaning(loss.name, term))
            for loss in self.losses
            for term, value in loss.terms.items()
        ]
        return pd.DataFrame(rows, columns=["model", "term", "value", "unit", "meaning"])

    @property
    def profile(self) -> pd.DataFrame:
        """Terrain, clutter, curvature, ray and first Fresnel zone along the path, a row a point."""
        return self.path.table(self.settings.frequency_ghz)

    @property
    def model(self) -> str:
        """The model whose loss is in the budgets: the first one asked for."""
        return self.losses[0].name

    @property
    def loss_db(self) -> float:
        """Path loss by `model`; NaN where it does not hold."""
        return self.losses[0].loss_db

    @property
    def level_dbm(self) -> float:
        """Median level of the measured signal; NaN without a power or a loss."""
        return self.value("level")

    @property
    def margin_db(self) -> float:
        """Level with the profile's probability above the basic threshold, downlink."""
        return self.value(f"margin_{SERVICE_TIER}")

    @property
    def uplink_margin_db(self) -> float:
        """Level at the base station with that probability, above what it needs."""
        return self.value("margin", "uplink")

    @property
    def limiting_side(self) -> str:
        """Which has less margin, "downlink" or "uplink"; "" where there are no budgets."""
        return limit(self.entries)[0]

    @property
    def state(self) -> str:
        """Highest tier whose threshold is met: "none", "weak", "basic", "good"; "" if unknown."""
        reached = self.value("level_at_probability")
        if math.isnan(reached):
            return ""
        met = [tier for tier in TIERS if self.value(f"margin_{tier}") >= 0.0]
        return met[-1] if met else "none"

    @property
    def line_of_sight(self) -> bool:
        """Whether bare terrain leaves the ray clear."""
        return self.path.in_sight(self.path.height_m)

    def value(self, term: str, section: str = "downlink") -> float:
        """Value of one row of `table`; NaN where there is no such row."""
        return value_of(self.entries, section, term)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON knows it: numbers, texts, lists; None for what is not known."""
        ends = {"tx": self.path.tx, "rx": self.path.rx}
        return {
            "label": self.label,
            **{name: place._asdict() for name, place in ends.items()},
            "settings": self.settings.model_dump(mode="json"),
            "service": json.loads(self.service.to_json()),
            "model": self.model,
            "loss_db": _known(self.loss_db),
            "level_dbm": _known(self.level_dbm),
            "margin_db": _known(self.margin_db),
            "uplink_margin_db": _known(self.uplink_margin_db),
            "limiting_side": self.limiting_side or None,
            "state": self.state or None,
            "line_of_sight": self.line_of_sight,
            "table": _records(self.table),
            "models": _records(self.models),
            "terms": _records(self.terms),
            "profile": {name: column.tolist() for name, column in self.profile.items()},
        }

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as JSON text; the same bytes for the same link."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)

    def plot(self, path: str | Path | None = None, *, ax: "Axes | None" = None) -> "Axes":
        """Draw the profile with curvature, clutter, ray, Fresnel zone and horizons.

        Parameters
        ----------
        path
            Write the figure there, as PNG, SVG or PDF by its extension.
        ax
            matplotlib axes to draw on; new ones if not given.

        Raises
        ------
        InputError
            When the extension is another, or path and axes are both given.
        """
        from phusong.links.drawing import draw

        return draw(self, path, ax)

    def __repr__(self) -> str:
        return f"<Link {self.headline()}>"

    def headline(self) -> str:
        """The link in one line."""
        s, sight = self.settings, "in" if self.line_of_sight else "out of"
        parts = [
            f"{self.label + ': ' if self.label else ''}{self.path.length_km:.2f} km at "
            f"{s.frequency_mhz:g} MHz, {sight} sight over terrain",
            f"{self.model}: {_number(self.loss_db, 'dB')}",
        ]
        if s.power_dbm is not None:
            parts += [
                f"level {_number(self.level_dbm, 'dBm')} ({self.state or 'unknown'})",
                f"margin {_number(self.margin_db, 'dB')} down, "
                f"{_number(self.uplink_margin_db, 'dB')} up",
            ]
        return "; ".join(parts)

    def _repr_html_(self) -> str:
        tables = (self.table, self.models)
        html = "".join(
            t.to_html(index=False, float_format="{:.2f}".format, na_rep="–") for t in tables
        )
        return f"<p><b>{escape(self.headline())}</b></p>{html}"

    def _model_row(self, loss: ModelLoss) -> dict[str, Any]:
        free_db = free_space_db(self.path.slant_km, self.settings.frequency_ghz)
        change_db = loss.loss_db - self.loss_db
        return {
            "model": loss.name,
            "source": loss.source,
            "loss_db": loss.loss_db,
            "over_free_space_db": loss.loss_db - free_db,
            "level_dbm": self.level_dbm - change_db,
            "margin_db": self.margin_db - change_db,
            "reason": loss.reason,
            "notes": loss.notes,
        }


def _number(value: float, unit: str) -> str:
    return "not known" if math.isnan(value) else f"{value:.1f} {unit}"


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows: Iterable[dict[Any, Any]] = frame.to_dict("records")
    return [{str(name): _known(value) for name, value in row.items()} for row in rows]
