"""The rows of a station table while they are read: texts in, values out, nothing lost."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.geodata.findings import Findings, Severity
from phusong.geodata.numerals import Reading, fold, is_missing
from phusong.geodata.station_header import Header, find_header, header_field, matched_columns
from phusong.geodata.stations_columns import Column, columns
from phusong.geodata.text_table import TextTable

__all__ = ["StationRows", "rows_of"]

_MANY: Final = 20
_FEWEST_FILLED: Final = 5
_SHOWN: Final = "; "


class StationRows:
    """Rows of a station table, the values read from them so far, and what was found.

    ``rows[name]`` are the values of a column that has been read: a float64 or object array.

    Attributes
    ----------
    row
        Row in the file of each row, 1 for the first row of the file.
    texts
        For each column that the file has: the text of each row.
    units
        For each column that the file has: the unit that the header says.
    said, missing
        For each column read that the file has: what its readings say besides a number, and
        whether they say nothing.
    good
        Whether each row is still accepted.
    """

    def __init__(
        self,
        source: str,
        row: NDArray[np.int64],
        texts: Mapping[str, Sequence[str]],
        units: Mapping[str, str],
        findings: Findings,
    ) -> None:
        self.source = source
        self.row = row
        self.texts = {name: np.array(column, dtype=object) for name, column in texts.items()}
        self.units = units
        self.findings = findings
        self._columns: dict[str, NDArray[Any]] = {}
        self.said: dict[str, NDArray[np.object_]] = {}
        self.missing: dict[str, NDArray[np.bool_]] = {}
        self.good = np.ones(row.size, dtype=bool)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __setitem__(self, name: str, column: NDArray[Any]) -> None:
        self._columns[name] = column

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def good_frame(self, *names: str) -> pd.DataFrame:
        """Return columns of the rows still accepted, indexed by their place among all rows."""
        return pd.DataFrame({name: self[name] for name in names})[self.good]

    def leave_out(self, where: NDArray[np.bool_]) -> None:
        """Drop rows; their finding is made by who drops them."""
        self.row, self.good = self.row[~where], self.good[~where]
        self.texts = {name: column[~where] for name, column in self.texts.items()}
        self.said = {name: column[~where] for name, column in self.said.items()}
        self.missing = {name: column[~where] for name, column in self.missing.items()}
        self._columns = {name: column[~where] for name, column in self._columns.items()}

    def text(self, name: str, index: int) -> str:
        """Return what the file says; column names joined by a comma give the texts joined."""
        parts = [self.texts[each][index] for each in name.split(", ") if each in self.texts]
        return ", ".join(parts)

    def read(self, name: str, reader: Callable[[str], Reading]) -> None:
        """Read a column; what was repaired becomes a finding, what cannot be read rejects."""
        texts = self.texts[name]
        known = {text: reader(text) for text in dict.fromkeys(texts)}
        readings = [known[text] for text in texts]
        self[name] = np.array([reading.value for reading in readings], dtype=np.float64)
        self.said[name] = np.array([reading.said for reading in readings], dtype=object)
        self.missing[name] = np.array([reading.missing for reading in readings], dtype=bool)
        repaired: dict[str, list[int]] = {}
        for index, reading in enumerate(readings):
            if reading.reason:
                self.reject(index, name, reading.reason, reading.mend)
            elif reading.note:
                repaired.setdefault(reading.note, []).append(index)
        for note, indices in repaired.items():
            self.note_each("repaired", indices, name, note)

    def reject(self, index: int, column: str, reason: str, mend: str) -> None:
        """Reject one row."""
        self.good[index] = False
        self._add("rejected", index, column, reason, mend)

    def reject_where(self, where: NDArray[np.bool_], column: str, reason: str, mend: str) -> None:
        """Reject every row of a mask for one reason."""
        for index in np.flatnonzero(where):
            self.reject(int(index), column, reason, mend)

    def note_each(
        self, severity: Severity, indices: Sequence[int], column: str, reason: str, mend: str = ""
    ) -> None:
        """Note rows that stay: each, or together where they are many and most of the table."""
        if len(indices) <= _MANY or 2 * len(indices) <= self.row.size:
            for index in indices:
                self._add(severity, index, column, reason, mend)
            return
        first = indices[0]
        summary = f"{reason}: in {len(indices):,} rows, the first is row {self.row[first]}"
        self.note(severity, column, summary, mend=mend, value=self.text(column, first))

    def note(
        self, severity: Severity, column: str, reason: str, *, mend: str = "", value: object = ""
    ) -> None:
        """Note what concerns the table, not one row."""
        self.findings.add(
            source=self.source,
            column=column,
            value=value,
            severity=severity,
            reason=reason,
            mend=mend,
        )

    def _add(self, severity: Severity, index: int, column: str, reason: str, mend: str) -> None:
        self.findings.add(
            source=self.source,
            row=int(self.row[index]),
            column=column,
            value=self.text(column, index),
            severity=severity,
            reason=reason,
            mend=mend,
        )


def rows_of(table: TextTable, findings: Findings) -> StationRows:
    """Take the station rows out of a text table.

    Rows that are no station (titles, totals, repeated headers, a wrong number of fields) become
    findings, and so do columns that are not used.

    Raises
    ------
    InputError
        When the header lacks required columns, or nothing stands under it.
    """
    header = find_header(table.source, table.records)
    fields = matched_columns(table.source, header.names)
    add = partial(findings.add, source=table.source)
    _note_header(header, fields, add)
    shape = _Shape(header, fields)
    body: list[tuple[int, list[str]]] = []
    for row, record in enumerate(table.records[header.body :], header.body + 1):
        severity, reason, mend = shape.fault(record)
        if severity:
            add(row=row, value=_SHOWN.join(record), severity=severity, reason=reason, mend=mend)
        elif any(map(str.strip, record)):
            body.append((row, record))
    _note_empty(table, header, add)
    texts = {name: [record[index] for _, record in body] for name, index in fields.items()}
    units = {name: _unit(name, header.names[index]) for name, index in fields.items()}
    row_numbers = np.array([row for row, _ in body], dtype=np.int64)
    return StationRows(table.source, row_numbers, texts, units, findings)


def _unit(name: str, text: str) -> str:
    return header_field(text).unit or columns()[name].unit


def _note_header(header: Header, fields: Mapping[str, int], add: Callable[..., None]) -> None:
    """Note what was understood of a header, and what was not."""
    for row, text, reason in header.asides:
        add(row=row, value=text, severity="info", reason=f"not a station: {reason}")
    unused = [name for index, name in enumerate(header.names) if index not in fields.values()]
    if unused:
        shown = ", ".join(name or "–" for name in unused)
        reason = f"columns that are not used: {shown}"
        add(row=header.row, value=shown, severity="info", reason=reason)
    unsaid = [
        f"{header.names[index]} ({columns()[name].unit})"
        for name, index in fields.items()
        if columns()[name].is_number and not header_field(header.names[index]).unit
    ]
    if unsaid:
        reason = f"headers that name no unit are read as: {', '.join(unsaid)}"
        add(row=header.row, severity="info", reason=reason)
    for name, index in fields.items():
        _note_field(header.names[index], columns()[name], partial(add, row=header.row, column=name))


def _note_field(text: str, column: Column, add: Callable[..., None]) -> None:
    field = header_field(text)
    if field.rank > 1:
        severity = "warning" if column.is_number else "info"
        reason = f"read as {column.name} ({column.description})"
        add(value=text, severity=severity, reason=reason, mend=f"name the column {column.name}")
    if field.unit not in {"", column.unit}:
        reason = f"values in {field.unit} converted to {column.unit}"
        add(value=text, severity="repaired", reason=reason)


def _note_empty(table: TextTable, header: Header, add: Callable[..., None]) -> None:
    empty = [record for record in table.records[header.body :] if not any(map(str.strip, record))]
    if empty:
        add(severity="info", reason=f"{len(empty):,} empty rows skipped")


class _Shape:
    """What a row must look like to be a station."""

    def __init__(self, header: Header, fields: Mapping[str, int]) -> None:
        self._width = len(header.names)
        self._names = [fold(name) for name in header.names]
        self._required = [index for name, index in fields.items() if _is_required(name)]

    def fault(self, record: Sequence[str]) -> tuple[Severity | None, str, str]:
        """Return severity, reason and mend where a row is no station; None where it is."""
        if not any(map(str.strip, record)):
            return None, "", ""
        if self._is_header(record):
            return "info", "not a station: the header once more", ""
        if any("\n" in field for field in record) and len(record) != self._width:
            reason = "runs over several lines of the file"
            return "rejected", reason, "is a quotation mark opened and never closed?"
        filled = [i for i in self._required if i < len(record) and not is_missing(record[i])]
        if len(filled) < _FEWEST_FILLED:
            reason = f"not a station: {len(filled)} of {len(self._required)} required values"
            return "rejected", f"{reason} (a title, a total, a note?)", "remove the row"
        return self._fault_in_width(record)

    def _is_header(self, record: Sequence[str]) -> bool:
        pairs = zip_longest(record, self._names, fillvalue="")
        return all(fold(field) == name for field, name in pairs)

    def _fault_in_width(self, record: Sequence[str]) -> tuple[Severity | None, str, str]:
        surplus = any(map(str.strip, record[self._width :]))
        if len(record) >= self._width and not surplus:
            return None, "", ""
        reason = f"has {len(record)} fields, the header has {self._width}"
        return "rejected", reason, "quote a field that holds the delimiter; leave none out"


def _is_required(name: str) -> bool:
    return columns()[name].required == "yes"
