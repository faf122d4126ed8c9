"""How wide the columns of a table on paper must be."""

from collections.abc import Callable
from typing import Final

from phusong.report.document import Table

__all__ = ["table_widths"]

_HEADING_LINES: Final = 3
_WIDEST_WORD: Final = 0.25  # of the page; a longer one is broken


def table_widths(
    table: Table, width_of: Callable[[str], float], room: float, padding: float
) -> list[float]:
    """Return the width of each column, together no more than there is room for.

    A column of numbers is as wide as its longest one, one of text as wide as it needs, or, where
    there is too little room, as its longest word and its share of what is left.

    Parameters
    ----------
    table
        Whose columns they are.
    width_of
        Width of a text, in any unit.
    room, padding
        Width of the page, and what is left free in each cell, in the same unit.
    """
    most_word = _WIDEST_WORD * room
    least, natural = [], []
    for place, head in enumerate(table.head):
        texts = [row[place] for row in table.rows]
        words = texts if table.are_numbers[place] else [w for text in texts for w in text.split()]
        word = max(map(width_of, [*head.split(), *words]), default=0.0)
        whole = max(map(width_of, texts), default=0.0)
        least.append(min(word, most_word) + padding)
        natural.append(max(least[-1], max(whole, width_of(head) / _HEADING_LINES) + padding))
    if sum(natural) <= room:
        return natural
    if sum(least) >= room:
        return [width * room / sum(least) for width in least]
    spare = (room - sum(least)) / (sum(natural) - sum(least))
    return [low + spare * (high - low) for low, high in zip(least, natural, strict=True)]
