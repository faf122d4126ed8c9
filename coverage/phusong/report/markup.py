"""HTML made of text that comes from files, and may therefore hold anything.

Three readers would take such text for their own: the browser takes it for HTML, folium puts names
and popups into JavaScript template literals, and branca renders what it has rendered a second time
as a Jinja template, in which an expression runs as Python. So the page is given nothing but
JSON strings of HTML in which `escaped` has left none of the three a mark to go by.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

__all__ = ["escaped", "facts", "number_table"]

_MARKS: Final = {ord(mark): f"&#{ord(mark)};" for mark in "{}`$\\"}


def escaped(text: object) -> str:
    """Return HTML that shows a text as it is, whatever it holds.

    Examples
    --------
    >>> escaped("<b>{{ 7*7 }}")
    '&lt;b&gt;&#123;&#123; 7*7 &#125;&#125;'
    """
    return escape(str(text)).translate(_MARKS)


def facts(title: object, rows: Iterable[tuple[str, object]]) -> str:
    """Return the HTML of a title above rows of label and value."""
    cells = "".join(
        f"<tr><th>{escaped(label)}</th><td>{escaped(value)}</td></tr>" for label, value in rows
    )
    return f"<h4>{escaped(title)}</h4><table>{cells}</table>"


def number_table(head: Iterable[object], rows: Iterable[Sequence[object]]) -> str:
    """Return the HTML of a table whose first column is text and whose others are numbers."""
    first, *others = map(escaped, head)
    heading = f"<th>{first}</th>" + "".join(f'<th class="number">{text}</th>' for text in others)
    body = ""
    for label, *values in rows:
        cells = "".join(f'<td class="number">{escaped(value)}</td>' for value in values)
        body += f"<tr><td>{escaped(label)}</td>{cells}</tr>"
    return f"<table><tr>{heading}</tr>{body}</table>"
