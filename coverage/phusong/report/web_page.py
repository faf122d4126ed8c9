"""A report as one HTML page that asks nothing of any network, and prints well.

Every text goes through Jinja's escaping, and the page's own policy forbids scripts and requests.
"""

import base64
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from phusong.report.document import Document

__all__ = ["web_page"]

_ALIGN: Final = {True: Markup(' class="number"'), False: ""}


def web_page(document: Document) -> str:
    """Return the page of a document, with its pictures inside."""
    blocks = [(type(block).__name__, block) for block in document.blocks]
    return _template().render(document=document, blocks=blocks, align=_ALIGN)


@cache
def _template() -> Template:
    page = resources.files("phusong.report") / "templates" / "report.html"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data_uri"] = _data_uri
    return environment.from_string(page.read_text(encoding="utf-8"))


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
