"""Delimited text as people save it: whatever encoding, delimiter and ragged rows."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from phusong.errors import InputError

__all__ = ["DELIMITERS", "HEADER_WITHIN", "TextTable", "read_text_table"]

DELIMITERS: Final = (",", ";", "\t", "|")

HEADER_WITHIN: Final = 30
"""A header is looked for in this many first rows: titles may stand above it."""

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_MOST_CONTROL: Final = 0.02
_MOST_DAMAGED: Final = 0.1


@dataclass(frozen=True)
class TextTable:
    """The records of a delimited text file, all as text.

    Attributes
    ----------
    source
        The file's name.
    records
        Fields of each record, the first record first. An empty line is an empty record, so
        that ``index + 1`` is the row which a spreadsheet shows.
    delimiter
        One of `DELIMITERS`.
    remark
        What was assumed about the encoding; empty where nothing was.
    """

    source: str
    records: list[list[str]]
    delimiter: str
    remark: str


def read_text_table(path: str | Path, *, is_header_field: Callable[[str], bool]) -> TextTable:
    """Read a delimited text file.

    Parameters
    ----------
    path
        The file: UTF-8 or UTF-16 with or without byte order mark, or Windows-1258.
    is_header_field
        Says whether a field is the name of a column. The delimiter is the one that makes the
        most such fields in a row of the first `HEADER_WITHIN`.

    Raises
    ------
    InputError
        For a file that is missing, empty, a workbook, not text, or whose quotes do not close.
    """
    path = Path(path)
    text, remark = _decoded(_content(path), path.name)
    if not text.strip():
        raise InputError(path.name, ["the file is empty"])
    delimiter = max(DELIMITERS, key=lambda each: _header_fields(text, each, is_header_field))
    return TextTable(path.name, _all_records(text, delimiter, path.name), delimiter, remark)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(path.name, [f"there is no file {path}"])
    data = path.read_bytes()
    if data.startswith(_WORKBOOKS):
        raise InputError(path.name, ['this is an Excel workbook: save the sheet as "CSV UTF-8"'])
    return data


def _decoded(data: bytes, source: str) -> tuple[str, str]:
    """Return the text, and what had to be assumed."""
    encoding = _encoding(data)
    try:
        text, remark = data.decode(encoding), ""
    except UnicodeDecodeError:
        text, remark = _decoded_otherwise(data, encoding, source)
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise InputError(source, ["the file holds control characters: it is not a text table"])
    return text, remark


def _encoding(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    if head[1::2].count(0) > len(head) / 4:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > len(head) / 4 else "utf-8"


def _decoded_otherwise(data: bytes, encoding: str, source: str) -> tuple[str, str]:
    """Decode what is not clean UTF-8: damaged UTF-8, or Windows-1258."""
    text = data.decode(encoding, errors="replace")
    damaged = text.count("\ufffd")
    if damaged < _MOST_DAMAGED * sum(not character.isascii() for character in text):
        return text, f"{damaged} characters are damaged and became \ufffd"
    try:
        return data.decode("cp1258"), "not UTF-8: read as Windows-1258 (Vietnamese)"
    except UnicodeDecodeError as error:
        problem = f"not a text table in UTF-8, UTF-16 or Windows-1258 (byte {error.start + 1})"
        raise InputError(source, [problem]) from error


def _header_fields(text: str, delimiter: str, is_header_field: Callable[[str], bool]) -> int:
    """Return the most header fields that one of the first rows holds with this delimiter."""
    try:
        head = list(islice(_records(text, delimiter), HEADER_WITHIN))
    except csv.Error:
        return 0
    return max(_count(record, is_header_field) for record in head)


def _count(record: Sequence[str], is_header_field: Callable[[str], bool]) -> int:
    return sum(is_header_field(field) for field in record)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _all_records(text: str, delimiter: str, source: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(_records(text, delimiter))
    except csv.Error as error:
        mend = "is a quotation mark opened and never closed?"
        raise InputError(source, [f"row {len(records) + 1}: {error}; {mend}"]) from error
    return records
