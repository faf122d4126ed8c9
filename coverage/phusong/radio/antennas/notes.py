"""What a reader of antenna files says: the text of a file, its problems and its findings."""

import codecs
import re
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from phusong.errors import InputError

__all__ = ["FINDING_COLUMNS", "FileNotes", "number", "text_lines"]

FINDING_COLUMNS: Final = ("source", "row", "column", "value", "severity", "reason", "mend")
"""The columns of a findings table, here as everywhere; ``row`` is the line of the file."""

_LARGEST_FILE_BYTES: Final = 8_000_000
_MOST_PROBLEMS: Final = 20
_LONGEST_VALUE: Final = 80
_NUMBER: Final = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")


class FileNotes:
    """Collects the problems and the findings of one file while it is read."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[str] = []
        self._rows: list[tuple[str, int | None, str, str, str, str, str]] = []

    def add(
        self,
        reason: str,
        *,
        line: int | None = None,
        column: str = "",
        value: str = "",
        severity: Literal["rejected", "repaired", "warning", "info"] = "info",
        mend: str = "",
    ) -> None:
        """Note a finding."""
        shown = value[:_LONGEST_VALUE]
        self._rows.append((self.source, line, column, shown, severity, reason, mend))

    def stop_on_problems(self) -> None:
        """Raise an InputError with the problems found so far, if there are any."""
        if not self.problems:
            return
        shown = self.problems[:_MOST_PROBLEMS]
        left = len(self.problems) - len(shown)
        raise InputError(self.source, [*shown, f"and {left} more like these"] if left else shown)

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table of `FINDING_COLUMNS`."""
        return pd.DataFrame(self._rows, columns=list(FINDING_COLUMNS)).astype({"row": "Int64"})


def text_lines(path: Path) -> list[str]:
    """Lines of a text file in UTF-8, UTF-16 with a mark, Windows-1252 or Latin-1.

    Raises
    ------
    InputError
        Where there is no such file, or it is too large or no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from error
    if len(data) > _LARGEST_FILE_BYTES:
        raise InputError(path.name, [f"is over {_LARGEST_FILE_BYTES:,} bytes: no antenna file"])
    text = _decoded(data)
    if "\0" in text:
        raise InputError(path.name, ["holds binary data: give an antenna file in text form"])
    return re.split(r"\r\n|\r|\n", text)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def number(text: str) -> float | None:
    """Number that a text is, with decimal point or comma; None where it is none.

    Examples
    --------
    >>> number("-3,5"), number("3 dB")
    (-3.5, None)
    """
    clean = text.strip()
    return float(clean.replace(",", ".")) if _NUMBER.fullmatch(clean) else None
