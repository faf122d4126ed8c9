"""What the doors of models on scalars or arrays share: broadcasting, ranges, words for both."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError, PhusongWarning

__all__ = [
    "FloatArray",
    "Range",
    "as_given",
    "broadcast",
    "codes_of",
    "refuse_outside",
    "warn_outside",
]

FloatArray = NDArray[np.float64]


class Range(NamedTuple):
    """Values that a model takes; ``ends`` says whether ``low`` and ``high`` are among them."""

    low: float
    high: float
    ends: bool = True

    def __str__(self) -> str:
        if not self.ends:
            return f"above {self.low:g}" + (f", below {self.high:g}" if self.high < np.inf else "")
        if self.high == np.inf:
            return f"{self.low:g} or more"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"

    def holds(self, values: FloatArray) -> bool:
        """Whether every one of ``values`` is in the range."""
        if self.ends:
            return bool(np.all((values >= self.low) & (values <= self.high)))
        return bool(np.all((values > self.low) & (values < self.high)))


def broadcast(
    source: str, values: Mapping[str, ArrayLike], problems: Sequence[str] = ()
) -> dict[str, FloatArray]:
    """Finite arrays of one shape, by their names.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast; with ``problems``, found
        before, all at once.
    """
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    found = [*problems]
    for name, array in arrays.items():
        bad = array[~np.isfinite(array)]
        if bad.size:
            found.append(f"{name} has {bad[0]:g}: give finite values")
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        found.append(f"the shapes do not broadcast: {shapes}")
    if found:
        raise InputError(source, found)
    return {name: np.broadcast_to(array, shape) for name, array in arrays.items()}


def codes_of(
    name: str, words: str | ArrayLike, codes: Mapping[str, int]
) -> tuple[NDArray[np.int64], list[str]]:
    """Codes of a word or of an array of words, and what is wrong with those that have none."""
    array = np.asarray(words, dtype=np.str_)
    known, places = np.unique(array, return_inverse=True)
    problems = [
        f"{name} has {str(word)!r}: give {', '.join(map(repr, codes))}"
        for word in known
        if word not in codes
    ]
    numbers = np.array([codes.get(str(word), 0) for word in known], dtype=np.int64)
    return numbers[places].reshape(array.shape), problems


def refuse_outside(
    model: str, arrays: Mapping[str, FloatArray], ranges: Mapping[str, Range]
) -> None:
    """Raise `OutOfRangeError` naming every array that leaves its range."""
    outside = [
        f"{name} has {_span(arrays[name])}: {model} takes {range_}"
        for name, range_ in _left(arrays, ranges)
    ]
    if outside:
        raise OutOfRangeError("; ".join(outside))


def warn_outside(
    model: str, arrays: Mapping[str, FloatArray], ranges: Mapping[str, Range], stacklevel: int
) -> None:
    """Warn once, naming every array that leaves its range; level 1 is the caller of this."""
    outside = [
        f"{name} has {_span(arrays[name])} where {range_} is given"
        for name, range_ in _left(arrays, ranges)
    ]
    if outside:
        text = f"outside the range of {model}, used all the same: {'; '.join(outside)}"
        warnings.warn(text, PhusongWarning, stacklevel=stacklevel + 1)


def as_given(values: FloatArray) -> float | FloatArray:
    """A float for a scalar, the array otherwise."""
    return float(values) if values.ndim == 0 else values


def _left(
    arrays: Mapping[str, FloatArray], ranges: Mapping[str, Range]
) -> Iterable[tuple[str, Range]]:
    return ((name, range_) for name, range_ in ranges.items() if not range_.holds(arrays[name]))


def _span(values: FloatArray) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
