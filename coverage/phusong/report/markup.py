"""HTML made of text that comes from files, and may therefore hold anything.

Three readers would take such text for their own: the browser takes it for HTML, folium puts names
and popups into JavaScript template literals, and branca renders what it has rendered a second time
as a Jinja template, in which an expression runs as Python. So the page is given
HTML in which `escaped` has left none of the three a mark to go by, and data by `script_json`.
"""

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any, Final

__all__ = ["escaped", "facts", "script_json"]

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NO_MARK: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&'`{}$\u2028\u2029"}
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
    """Return the HTML of a title above rows of label and value; without a value there is no row."""
    cells = "".join(
        f"<tr><th>{escaped(label)}</th><td>{escaped(value)}</td></tr>"
        for label, value in rows
        if value is not None
    )
    return f"<h4>{escaped(title)}</h4><table>{cells}</table>"


def script_json(value: Any) -> str:
    r"""Return JSON to stand in a script: its texts hold no mark of HTML or of a template.

    Examples
    --------
    >>> print(script_json({"name": "</script>{{ 7*7 }}"}))
    {"name":"\u003c/script\u003e\u007b\u007b 7*7 \u007d\u007d"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _STRING.sub(lambda found: found[0].translate(_NO_MARK), text)
