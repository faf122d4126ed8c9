"""How wide the columns of a table on paper must be."""

from collections.abc import Callable
from typing import Final

from phusong.report.document import Table

__all__ = ["least_width", "table_widths"]

_HEADING_LINES: Final = (1, 2, 3)
_WIDEST_WORD: Final = 0.25  # of the page; a longer one is broken
_STEPS: Final = 30  # halvings, of a page's width: far below a point


def table_widths(
    table: Table, width_of: Callable[[str], float], room: float, padding: float
) -> list[float]:
    """Return the width of each column, together no more than there is room for.

    A column is as wide as its longest text, or, where there is too little room, as its longest word
    or number: the widest columns give way first.

    Parameters
    ----------
    table
        Whose columns they are.
    width_of
        Width of a text, in any unit.
    room, padding
        Width of the page, and what is left free in each cell, in the same unit.
    """
    columns = _columns(table)
    texts = [max(map(width_of, column), default=0.0) for column in columns]
    least = _least_widths(table, width_of, room, padding)
    if sum(least) >= room:
        return [width * room / sum(least) for width in least]
    for lines in _HEADING_LINES:
        heads = [width_of(head) / lines for head in table.head]
        whole = [padding + max(pair) for pair in zip(texts, heads, strict=True)]
        natural = [max(pair) for pair in zip(least, whole, strict=True)]
        if sum(natural) <= room:
            return natural
    return _narrowed(least, natural, room)


def least_width(
    table: Table, width_of: Callable[[str], float], room: float, padding: float
) -> float:
    """Return the width that a table needs if no word is to be broken, as `table_widths` does."""
    return sum(_least_widths(table, width_of, room, padding))


def _least_widths(
    table: Table, width_of: Callable[[str], float], room: float, padding: float
) -> list[float]:
    return [
        padding + min(_WIDEST_WORD * room, max(map(width_of, words), default=0.0))
        for words in map(_unbroken, table.head, _columns(table), table.are_numbers)
    ]


def _columns(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row[place] for row in table.rows) for place in range(len(table.head))]


def _unbroken(head: str, column: tuple[str, ...], are_numbers: bool) -> list[str]:
    """What of a column must stand on one line."""
    texts = column if are_numbers else [word for text in column for word in text.split()]
    return [*head.split(), *texts]


def _narrowed(least: list[float], natural: list[float], room: float) -> list[float]:
    """Natural widths, none wider than the one width at which they fit the room."""
    low, high = 0.0, room
    for _ in range(_STEPS):
        middle = (low + high) / 2
        fits = sum(map(_between, least, natural, [middle] * len(least))) <= room
        low, high = (middle, high) if fits else (low, middle)
    return [_between(*pair, low) for pair in zip(least, natural, strict=True)]


def _between(least: float, natural: float, most: float) -> float:
    return max(least, min(natural, most))
