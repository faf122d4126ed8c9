"""The values of a result's tables as they are read, in the numbers and dates of a language."""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from phusong.report.columns import decimals
from phusong.report.document import Table
from phusong.report.words import number, with_marks_of, word

__all__ = ["date_text", "range_text", "table_block", "value_text"]

_MISSING: Final = "–"


def table_block(
    frame: pd.DataFrame,
    headings: Mapping[str, str],
    language: str,
    *,
    numbers: Iterable[str] = (),
) -> Table:
    """Return a table of words and numbers as a block.

    Parameters
    ----------
    frame
        Rows, with words in place of codes.
    headings
        Heading of each column that is shown, in their order.
    language
        One of `phusong.report.words.languages`.
    numbers
        Columns of text, such as ranges, that stand as numbers do.
    """
    written = set(numbers)
    columns = [_texts(frame[name], language) for name in headings]
    are_numbers = tuple(name in written or is_numeric_dtype(frame[name]) for name in headings)
    return Table(tuple(headings.values()), tuple(zip(*columns, strict=True)), are_numbers)


def value_text(value: Any, language: str) -> str:
    """Write one value of any kind: text as it is, numbers and dates as the language does."""
    if isinstance(value, list | tuple | Mapping):
        parts: Sequence[Any] = [*value.items()] if isinstance(value, Mapping) else value
        return ", ".join(value_text(part, language) for part in parts)
    if isinstance(value, bool | np.bool_):
        return word("yes" if value else "no", language)
    if pd.isna(value):
        return _MISSING
    if isinstance(value, datetime.date):
        return date_text(value, language)
    if isinstance(value, int | float | np.integer | np.floating):
        return with_marks_of(f"{value:.10g}", language)
    return str(value)


def date_text(day: datetime.date, language: str) -> str:
    """Write a day: 31/12/2026 in Vietnamese, 2026-12-31 in English."""
    return day.strftime(word("date_format", language))


def range_text(low: float, high: float, language: str) -> str:
    """Write a range of percentages, "80.1–93.2"; a dash where one of them is missing."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return _MISSING
    return f"{number(low, language, 1)}–{number(high, language, 1)}"


def _texts(values: "pd.Series[Any]", language: str) -> list[str]:
    if not is_numeric_dtype(values):
        return [value_text(value, language) for value in values]
    digits = decimals(str(values.name), values)
    return [number(value, language, digits) for value in values.astype(float)]
