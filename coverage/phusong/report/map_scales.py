"""What the codes of a map's rasters mean: a text and a colour for each, and a legend."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from scipy.special import ndtr

from phusong.gaps.answers import ANSWER_COLOURS, ANSWERS
from phusong.gaps.state import STATE_COLOURS, STATES
from phusong.report.words import number, word

__all__ = [
    "BARS",
    "PROBABILITY",
    "SERVER_COLOURS",
    "Bar",
    "Scale",
    "answer_scale",
    "bar_codes",
    "bar_scale",
    "named_codes",
    "probability_scale",
    "server_scale",
    "state_scale",
]

_STATES: Final = ("not_computed", "none", "weak", "basic", "good")
_ANSWERS: Final = ("not_computed", "not_served", "cannot_say", "served")
_NOT_COMPUTED: Final = STATE_COLOURS["not_computed"]

SERVER_COLOURS: Final = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
)
"""Okabe and Ito's, told apart with every kind of colour blindness."""


@dataclass(frozen=True)
class Scale:
    """Texts and colours of the codes 1, 2, ... of a raster; code 0 lies outside and is clear.

    Attributes
    ----------
    heading
        Of its column where a pixel's values are told, with the unit.
    texts, colours
        Of each code from 1; texts are empty where each raster has its own.
    cycle
        Whether colours but the first come again and again: there are more codes.
    """

    heading: str
    texts: Sequence[str]
    colours: Sequence[str]
    cycle: bool = False


@dataclass(frozen=True)
class Bar:
    """Values by steps: code 1 is not computed, code 2 the first value, and so on.

    Attributes
    ----------
    first, last, step
        Values of codes; beyond both ends the code is that of the end.
    edges
        Where the colour changes.
    colours
        Name of a matplotlib colour map that the colour-blind can order.
    logarithmic
        Whether first, last and step are in decades (log10) of the value.
    every
        Each so manieth edge has its number in the legend.
    """

    first: float
    last: float
    step: float
    edges: tuple[float, ...]
    colours: str = "viridis"
    logarithmic: bool = False
    every: int = 1
    palette: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        shares = np.linspace(0.0, 1.0, len(self.edges) + 1)
        palette = tuple(to_hex(colormaps[self.colours](share)) for share in shares)
        object.__setattr__(self, "palette", palette)

    @property
    def values(self) -> NDArray[np.floating[Any]]:
        """The value of each code from 2."""
        count = round((self.last - self.first) / self.step) + 1
        steps = self.first + self.step * np.arange(count)
        return 10.0**steps if self.logarithmic else steps


BARS: Final = {
    "level": Bar(-150, -40, 1, tuple(range(-125, -60, 5)), every=3),
    "sinr": Bar(-20, 40, 1, (-6, -3, 0, 3, 6, 9, 13, 20), "cividis"),
    "throughput": Bar(-1, 3.4, 0.05, (1, 2, 5, 10, 20, 50, 100, 300), logarithmic=True),
}
"""Quantities in dBm per resource element, dB and Mbit/s."""

PROBABILITY: Final = Bar(0, 100, 1, (10, 30, 50, 70, 80, 90, 95), "cividis")
"""Probability that the level reaches the basic threshold, %."""


def named_codes(codes: NDArray[np.uint8], scale: str) -> NDArray[np.uint8]:
    """Codes of states or of answers as they are in the page."""
    known, names = (STATES, _STATES) if scale == "state" else (ANSWERS, _ANSWERS)
    place = np.zeros(256, dtype=np.uint8)
    place[[known[name] for name in names]] = np.arange(1, len(names) + 1)
    return place[codes]


def bar_codes(values: NDArray[Any], inside: NDArray[np.bool_], bar: Bar) -> NDArray[np.uint8]:
    """Codes of values (y, x); 1 where they are NaN, 0 outside."""
    if bar.logarithmic:
        values = np.log10(np.maximum(values, 10.0**bar.first))
    steps = np.rint((np.clip(values, bar.first, bar.last) - bar.first) / bar.step)
    codes = np.where(np.isnan(steps), 1, np.nan_to_num(steps) + 2)
    return np.where(inside, codes, 0).astype(np.uint8)


def state_scale(language: str) -> Scale:
    """Scale of the states."""
    texts = [word(f"state_{name}", language) for name in _STATES]
    heading = word("state", language)
    return Scale(heading, texts, [STATE_COLOURS[name] for name in _STATES])


def answer_scale(language: str) -> Scale:
    """Scale of the answers."""
    texts = [word(f"answer_{name}", language) for name in _ANSWERS]
    heading = word("answer", language)
    return Scale(heading, texts, [ANSWER_COLOURS[name] for name in _ANSWERS])


def bar_scale(key: str, language: str) -> Scale:
    """Scale of a quantity of `BARS`."""
    bar = BARS[key]
    texts = [_value_text(value, bar, language) for value in bar.values]
    places = np.digitize(bar.values, bar.edges)
    return Scale(
        word(f"heading_{key}", language),
        ["–", *texts],
        [_NOT_COMPUTED, *(bar.palette[place] for place in places)],
    )


def probability_scale(threshold_dbm: float, sigma_db: float, language: str) -> Scale:
    """Scale of the probability that a level reaches a threshold, over the codes of levels.

    The pixel's own level lies within half a step of its code's: the probability within 3 %.
    """
    levels = BARS["level"].values
    shares = ndtr((levels - threshold_dbm) / sigma_db) if sigma_db else levels >= threshold_dbm
    chances = 100.0 * np.asarray(shares, dtype=float)
    places = np.digitize(chances, PROBABILITY.edges)
    return Scale(
        word("heading_probability", language),
        ["–", *(f"{number(chance, language)} %" for chance in chances)],
        [_NOT_COMPUTED, *(PROBABILITY.palette[place] for place in places)],
    )


def server_scale(language: str) -> Scale:
    """Scale of best servers; the texts are each raster's own."""
    heading = word("heading_server", language)
    return Scale(heading, [], [_NOT_COMPUTED, *SERVER_COLOURS], cycle=True)


def _value_text(value: float, bar: Bar, language: str) -> str:
    decimals = int(bar.logarithmic and value < 10)
    return number(value, language, decimals).replace("-", "−")
