"""A report as blocks, whatever it is written to: the page and the PDF are made of the same ones.

Texts are as they are read, in their language and with its numbers; nothing in them is markup.
"""

from dataclasses import dataclass

__all__ = ["Block", "Document", "Figure", "Figures", "Heading", "Picture", "Table", "Text"]


@dataclass(frozen=True)
class Heading:
    """A title: level 1 of a part, which begins on a new sheet of paper if told to, 2 within one."""

    text: str
    level: int = 1
    new_sheet: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; a quiet one explains what stands above it."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Figure:
    """A key figure: of what, the figure itself, how sure it is, and what else belongs to it."""

    label: str
    value: str
    note: str = ""
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Figures:
    """Key figures side by side."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Table:
    """Rows of texts below headings; columns of numbers stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    are_numbers: tuple[bool, ...]


@dataclass(frozen=True)
class Picture:
    """A PNG image: what is seen on it, in a few words, and its width in percent of the page's."""

    png: bytes
    description: str
    width_pct: float = 100.0


Block = Heading | Text | Figures | Table | Picture


@dataclass(frozen=True)
class Document:
    """A title, what it is of, and the blocks in their order; ``page`` is the word for a page."""

    title: str
    subtitle: str
    language: str
    page: str
    blocks: tuple[Block, ...]
