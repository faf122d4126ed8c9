"""The header of a station table: found among titles, and understood."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Final

from phusong.errors import InputError
from phusong.geodata.numerals import UNITS, fold, unit_named
from phusong.geodata.stations_columns import Column, columns
from phusong.geodata.text_table import HEADER_WITHIN

__all__ = ["Header", "HeaderField", "find_header", "header_field", "matched_columns"]

_LONGEST_HEADER: Final = 100
_BRACKETS: Final = re.compile(r"(?P<name>[^(\[{]+?)\s*[(\[{](?P<aside>[^()\[\]{}]*)[)\]}]?\s*")
_LAST_WORD: Final = re.compile(r"(?P<name>.+?)[\s_,;:/-]+(?P<aside>[^\s_,;:/-]+)\s*")
_LANGUAGES: Final = re.compile(r"\s*[/|\n]\s*|\s+-\s+")
_OTHER_DATUMS: Final = frozenset({"vn2000", "hn72"})
_DEGREE_ASIDES: Final = frozenset(
    {"", "wgs84", "dd", "dms", "decimaldegrees", "decimaldegree", "dodms", "thapphan", "dothapphan"}
    | {"e", "n", "x", "y", "east", "north", "d", "b", "dowgs84", "wgs84do", "epsg4326"}
)


@dataclass(frozen=True, slots=True)
class HeaderField:
    """What a field of a header row means.

    Attributes
    ----------
    column
        The column it names; None where it names none.
    unit
        Unit that it says its values are in; empty where it says none.
    aside
        What stands in brackets or after the name, where it is not understood.
    rank
        0 for the canonical name, 1 for an alias, 2 for a fallback alias, 3 for a field with an
        aside that is not understood.
    """

    column: Column | None = None
    unit: str = ""
    aside: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header of a table is, and what stands around it.

    Attributes
    ----------
    names
        The header's fields, without empty ones at the end.
    row
        Its row in the file, 1 for the first.
    body
        Index of the first record under it.
    asides
        Rows that are neither header nor data: their number, what they say, what they are.
    """

    names: list[str]
    row: int
    body: int
    asides: list[tuple[int, str, str]]


@cache
def _headers() -> Mapping[str, tuple[str, int]]:
    """Every folded header that is understood: its column, and its rank."""
    ranked = [
        (fold(header), column.name, rank)
        for column in columns().values()
        for rank, headers in enumerate(
            ((column.name,), (_without_unit(column), *column.aliases), column.fallback_aliases)
        )
        for header in headers
    ]
    return {header: (name, rank) for header, name, rank in reversed(ranked)}


def _without_unit(column: Column) -> str:
    return re.sub("_(mhz|m|deg|dbm|dbi|db)$", "", column.name)


def header_field(text: str) -> HeaderField:
    """Say what a field of a header row means.

    Examples
    --------
    >>> field = header_field("Công suất / Power (W)")
    >>> field.column.name, field.unit
    ('power_dbm', 'W')
    """
    if len(text) > _LONGEST_HEADER:
        return HeaderField()
    whole = _single_field(text)
    if whole.column:
        return whole
    parts = [_single_field(part) for part in _LANGUAGES.split(text)]
    named = {part.column.name for part in parts if part.column}
    return parts[-1] if len(named) == 1 and parts[-1].column else HeaderField()


def _single_field(text: str) -> HeaderField:
    """Understand a field in one language."""
    whole = _named(text, "")
    if whole.column:
        return whole
    bracketed, worded = _BRACKETS.fullmatch(text.strip()), _LAST_WORD.fullmatch(text.strip())
    if bracketed:
        return _named(bracketed["name"], bracketed["aside"])
    field = _named(worded["name"], worded["aside"]) if worded else HeaderField()
    is_sure = field.column is not None and field.column.is_number and not field.aside
    return field if is_sure or fold(field.aside) in _OTHER_DATUMS else HeaderField()


def _named(name: str, aside: str) -> HeaderField:
    """Look a name up, and its unit in what stands aside."""
    found = _headers().get(fold(name))
    if found is None:
        return HeaderField()
    column, rank = columns()[found[0]], found[1]
    if aside and column.is_number and not _is_understood(aside, column):
        return HeaderField(column, "", aside, 3)
    unit = column.unit if rank == 0 else unit_named(aside, column.unit)
    return HeaderField(column, unit, "", rank)


def _is_understood(aside: str, column: Column) -> bool:
    """Whether what stands aside is a unit, a way to write degrees, or the name once more."""
    is_place = column.kind in {"longitude", "latitude"}
    again = _headers().get(fold(aside))
    return bool(
        unit_named(aside, column.unit)
        or (is_place and fold(aside) in _DEGREE_ASIDES)
        or (again and again[0] == column.name)
    )


def find_header(source: str, records: Sequence[Sequence[str]]) -> Header:
    """Find the header among the first rows of a table.

    It is the row, or the two rows merged, in which the most columns are recognised. A row of
    units under it is joined to it, a row that numbers the columns is set aside.

    Raises
    ------
    InputError
        When there is no row under the header.
    """
    starts = range(min(len(records), HEADER_WITHIN))
    spans = [(start, span) for span in (1, 2) for start in starts if start + span <= len(records)]
    start, span = max(spans, key=lambda each: _recognised(_joined(records, *each)))
    names = _joined(records, start, span)
    titles = [(row, record) for row, record in enumerate(records[:start], 1) if any(record)]
    asides = [(row, _said(record), "above the header") for row, record in titles]
    body = start + span
    if body < len(records) and _is_units(records[body], names):
        names = [_with_unit(*pair) for pair in zip_longest(names, records[body], fillvalue="")]
        body += 1
    if body < len(records) and _is_numbering(records[body]):
        asides.append((body + 1, _said(records[body]), "numbers the columns"))
        body += 1
    if not any(any(map(str.strip, record)) for record in records[body:]):
        raise InputError(source, ["there is no row under the header"])
    return Header(_trimmed(names), start + span, body, asides)


def _said(record: Sequence[str]) -> str:
    return "; ".join(filter(None, record))


def _joined(records: Sequence[Sequence[str]], start: int, span: int) -> list[str]:
    """Join a header of two rows, as spreadsheets with merged cells write it, into one."""
    if span == 1:
        return list(records[start])
    pairs = zip_longest(records[start], records[start + 1], fillvalue="")
    return [lower if header_field(lower).column else f"{upper} {lower}" for upper, lower in pairs]


def _recognised(names: Sequence[str]) -> int:
    return len({field.column.name for field in map(header_field, names) if field.column})


def _is_units(record: Sequence[str], names: Sequence[str]) -> bool:
    filled = [(name, field) for name, field in zip(names, record, strict=False) if field.strip()]
    return len(filled) > 1 and all(_is_unit(header_field(name), field) for name, field in filled)


def _is_unit(field: HeaderField, text: str) -> bool:
    return field.column is not None and bool(unit_named(text.strip("()[] "), field.column.unit))


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit.strip('()[] ')})" if unit.strip() else name


def _is_numbering(record: Sequence[str]) -> bool:
    """Whether a row numbers the columns, as (1) (2) (3)."""
    numbers = [field.strip("()[] ") for field in record if field.strip()]
    return len(numbers) > 2 and numbers == [str(1 + index) for index in range(len(numbers))]


def _trimmed(names: Sequence[str]) -> list[str]:
    last = max((index for index, name in enumerate(names) if name.strip()), default=-1)
    return [" ".join(name.split()) for name in names[: last + 1]]


def matched_columns(source: str, header: Sequence[str]) -> dict[str, int]:
    """Find each column's field in a header row.

    Returns
    -------
    dict
        Index of the field for each column present. The canonical name goes before aliases, and
        these before fallback aliases.

    Raises
    ------
    InputError
        Naming every required column that is absent, every one that two headers claim, and every
        unit that is not understood.
    """
    claims: dict[str, list[int]] = {}
    for index, text in enumerate(header):
        column = header_field(text).column
        if column is not None:
            claims.setdefault(column.name, []).append(index)
    best = {name: _best(header, indices) for name, indices in claims.items()}
    problems = [
        *(_absent(column) for column in columns().values() if _is_lacking(column, claims)),
        *(_claimed_twice(name, header, found) for name, found in best.items() if len(found) > 1),
        *(_unit_problem(header[found[0]]) for found in best.values()),
    ]
    if any(problems):
        raise InputError(source, [problem for problem in problems if problem])
    return {name: found[0] for name, found in best.items()}


def _best(header: Sequence[str], indices: Sequence[int]) -> list[int]:
    ranks = {index: header_field(header[index]).rank for index in indices}
    return [index for index in indices if ranks[index] == min(ranks.values())]


def _is_lacking(column: Column, present: Mapping[str, object]) -> bool:
    return column.required == "yes" and column.name not in present


def _absent(column: Column) -> str:
    accepted = ", ".join((column.name, *column.aliases, *column.fallback_aliases))
    return f"no column for {column.name} ({column.description}); accepted headers: {accepted}"


def _claimed_twice(name: str, header: Sequence[str], indices: Sequence[int]) -> str:
    named = ", ".join(repr(header[index]) for index in indices)
    return f"columns {named} all mean {name}: keep one, or name it {name}"


def _unit_problem(text: str) -> str:
    field = header_field(text)
    if field.column is None or not field.aside:
        return ""
    known = ", ".join(UNITS[field.column.unit])
    return (
        f"column {text!r}: {field.aside!r} is not understood; {field.column.mend} "
        f"(units understood: {known})"
    )
