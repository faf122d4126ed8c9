"""Service profiles as a table of two columns, for those who keep theirs in a spreadsheet.

::

    key,value
    name,mine
    title,Mine
    source,A letter
    date,2026-01-31
    probability,0.95
    receiver_height_m,1.5
    4G.weak,-120
    4G.basic,-110.5
    4G.good,-100
    4G.throughput_down_mbps.basic,5
"""

import csv
import datetime
from collections.abc import Callable
from typing import Any, Final

__all__ = ["read_profile_table"]

_HEADER: Final = ("key", "value")


def read_profile_table(content: bytes) -> dict[str, Any]:
    """Return what a TOML file of the same profile would hold.

    Columns are parted by commas, or by semicolons, when numbers may have decimal commas. A value
    that is no number or date where one belongs stays a text, for the profile to refuse.

    Raises
    ------
    ValueError
        The text is not UTF-8, has another header, a row of other than two columns, or a key twice.
    """
    lines = content.decode("utf-8-sig").splitlines()
    semicolons = bool(lines) and ";" in lines[0]
    rows = [row for row in csv.reader(lines, delimiter=";" if semicolons else ",") if any(row)]
    if not rows or tuple(cell.strip().lower() for cell in rows[0]) != _HEADER:
        raise ValueError(f"its first row is not {','.join(_HEADER)}")
    table: dict[str, Any] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(_HEADER):
            raise ValueError(f"row {number} has {len(row)} columns: write a key and a value")
        key, text = (cell.strip() for cell in row)
        *folders, name = key.split(".")
        into = table
        for folder in _folders(folders):
            into = into.setdefault(folder, {})
        if name in into:
            raise ValueError(f"row {number} gives {key} again")
        reader = _number if folders else _READERS.get(key, str)
        into[name] = reader(text.replace(",", ".") if semicolons and reader is _number else text)
    return table


def _folders(names: list[str]) -> list[str]:
    """Tables in which a technology's level stands, or its threshold of another metric."""
    if not names:
        return []
    return ["thresholds_dbm" if len(names) == 1 else "quality", *names]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _date(text: str) -> datetime.date | str:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return text


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "date": _date,
    "probability": _number,
    "receiver_height_m": _number,
    "load": _number,
    "entry_percent": _number,
}
