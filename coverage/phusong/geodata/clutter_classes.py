"""Classes of clutter: what stands on the ground, how high, and how much it scatters levels.

The classes are a table that its user may edit. ``tables/clutter_classes.csv`` has those of ESA
WorldCover, and a few finer ones of built-up land that WorldCover does not tell apart.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import NumberRule, Reading, fold, read_number
from phusong.geodata.text_table import read_text_table

__all__ = [
    "HIGHEST_CLUTTER_M",
    "UNKNOWN",
    "WORLDCOVER",
    "codes_by_word",
    "column_by_code",
    "note_unlisted",
    "read_clutter_classes",
]

WORLDCOVER: Final = "worldcover"
"""Name of the table that comes with the package."""

UNKNOWN: Final = 255
"""Code of a pixel whose clutter is not known; no class may have it."""

HIGHEST_CLUTTER_M: Final = 100.0
"""More is taken for a code or a mistake: no tree of Vietnam is higher, and few houses are."""

_RULES: Final = {
    "code": NumberRule(low=0, high=UNKNOWN - 1, mend="give a whole number from 0 to 254"),
    "height_m": NumberRule("m", "m", 0, HIGHEST_CLUTTER_M, "give metres above ground, 0 to 100"),
    "shadowing_sigma_db": NumberRule("dB", "dB", 0, 30, "give dB, such as 8"),
}
_REQUIRED: Final = ("code", "name_en", "height_m", "shadowing_sigma_db")
_COLUMNS: Final = (
    "code",
    "name_en",
    "name_vi",
    "height_m",
    "shadowing_sigma_db",
    "osm_tags",
    "source",
)
_FOLDED: Final = {fold(column): column for column in _COLUMNS}

_MOST_NOTED: Final = 10

_Note = Callable[..., None]
_Record = dict[str, str]


def read_clutter_classes(table: str | Path, findings: Findings) -> pd.DataFrame:
    """Read a table of clutter classes.

    Parameters
    ----------
    table
        "worldcover" for the package's own, or a CSV file with the columns code (0 to 254),
        name_en, height_m (representative height above ground, metres) and shadowing_sigma_db
        (standard deviation of the levels, dB), and at will name_vi, osm_tags (``key=value``
        pairs or plain words, ``|`` between them) and source.
    findings
        Takes note of numbers that were mended to be read.

    Returns
    -------
    DataFrame
        One row per class, in the table's order: code (int), name_en, name_vi, height_m,
        shadowing_sigma_db (float), osm_tags, source (text, empty where not given).

    Raises
    ------
    InputError
        If the file is no such table; every row, column and value that cannot be used is named.
    """
    if table == WORLDCOVER:
        with as_file(files("phusong.geodata").joinpath("tables/clutter_classes.csv")) as path:
            return read_clutter_classes(path, findings)
    note = partial(findings.add, source=Path(table).name)
    records = _records(Path(table), note)
    classes = pd.DataFrame.from_dict(records, orient="index", columns=list(_COLUMNS))
    problems: list[str] = []
    for column, rule in _RULES.items():
        texts = classes[column]
        readings = [read_number(text, rule) for text in texts]
        problems += _number_problems(texts, readings)
        _note_mended(texts, readings, note)
        classes[column] = [reading.value for reading in readings]
    problems += _name_problems(classes)
    if problems:
        raise InputError(str(table), problems)
    return classes.astype({"code": int}).reset_index(drop=True)


def column_by_code(
    classes: pd.DataFrame, column: str, *, elsewhere: float
) -> npt.NDArray[np.float32]:
    """Return a column of numbers as an array to look a pixel's code up in.

    Parameters
    ----------
    classes
        From `read_clutter_classes`.
    column
        "height_m" or "shadowing_sigma_db".
    elsewhere
        Value of `UNKNOWN` and of every other code that no class has.

    Returns
    -------
    ndarray
        float32 (256,): ``column_by_code(...)[codes]`` has the shape of `codes`.

    Examples
    --------
    >>> classes = read_clutter_classes("worldcover", Findings())
    >>> height_m = column_by_code(classes, "height_m", elsewhere=0.0)
    >>> height_m[np.array([10, 80, 255])].tolist()
    [15.0, 0.0, 0.0]
    """
    values = np.full(256, elsewhere, dtype=np.float32)
    values[classes["code"].to_numpy()] = classes[column].to_numpy()
    return values


def codes_by_word(classes: pd.DataFrame) -> dict[str, int]:
    """Return the code for each word that names a class, in lower case.

    Words are the code itself, the English name, and each of the OpenStreetMap tags, whole
    ("landuse=forest") and by their value alone ("forest").
    """
    rows = zip(classes["code"].to_list(), classes.itertuples(), strict=True)
    return {word: code for code, row in rows for word in _words(row)}


def note_unlisted(counts: Mapping[str, int], what: str, note: _Note) -> None:
    """Note the values that no class has: the commonest one by one, the rest together.

    Parameters
    ----------
    counts
        How many there are of each value.
    what
        What is counted: "cell(s)", "area(s)".
    note
        Adds a finding.
    """
    commonest = sorted(counts, key=lambda value: (-counts[value], value))
    for value in commonest[:_MOST_NOTED]:
        reason = f"{counts[value]} {what} of a class that the table does not have: not known"
        mend = "add it to the table and give that as clutter_classes"
        note(value=value, severity="rejected", reason=reason, mend=mend)
    rest = commonest[_MOST_NOTED:]
    if rest:
        number = sum(counts[value] for value in rest)
        reason = f"{number} {what} of {len(rest)} more classes that the table does not have"
        note(value=rest[0], severity="rejected", reason=reason, mend="is it the right table?")


def _records(path: Path, note: _Note) -> dict[int, _Record]:
    """Return the rows of the file that are not empty, by their number; 1 is the first."""
    table = read_text_table(path, is_header_field=lambda field: fold(field) in _FOLDED)
    if table.remark:
        note(severity="info", reason=table.remark, mend="save the table as UTF-8")
    header = [_FOLDED.get(fold(field), "") for field in table.records[0]]
    records = {
        row: dict(zip(header, map(str.strip, fields), strict=False))
        for row, fields in enumerate(table.records[1:], start=2)
        if any(map(str.strip, fields))
    }
    problems = [
        f"row 1 has no column {column}; give {', '.join(_REQUIRED)}"
        for column in _REQUIRED
        if column not in header
    ]
    if not records:
        problems.append("has no row below its header; give a class in each")
    if problems:
        raise InputError(str(path), problems)
    return {row: dict.fromkeys(_COLUMNS, "") | record for row, record in records.items()}


def _number_problems(texts: "pd.Series[str]", readings: Sequence[Reading]) -> Iterator[str]:
    column = str(texts.name)
    for (row, text), reading in zip(texts.items(), readings, strict=True):
        mend = reading.mend or _RULES[column].mend
        if reading.missing:
            yield f"row {row}, {column} is empty; {mend}"
        elif reading.reason:
            yield f"row {row}, {column} {text!r} {reading.reason}; {mend}"
        elif column == "code" and not reading.value.is_integer():
            yield f"row {row}, code {text!r} is not whole; {mend}"


def _note_mended(texts: "pd.Series[str]", readings: Sequence[Reading], note: _Note) -> None:
    for (row, text), reading in zip(texts.items(), readings, strict=True):
        if reading.note:
            where = {"row": row, "column": texts.name, "value": text}
            note(**where, severity="repaired", reason=reading.note, mend="write a plain number")


def _name_problems(classes: pd.DataFrame) -> Iterator[str]:
    """Say which rows lack a name, and which words more than one row has."""
    for row in classes.index[classes["name_en"] == ""]:
        yield f"row {row} has no name_en; name the class"
    rows_of: dict[str, list[str]] = {}
    for row in classes.itertuples():
        for word in _words(row):
            rows_of.setdefault(word, []).append(str(row.Index))
    for word, rows in rows_of.items():
        if len(rows) > 1:
            yield f"{word!r} stands in rows {', '.join(rows)}; a code, name or tag means one class"


def _words(row: Any) -> list[str]:
    """Return what may name the class of a row, each word once."""
    tags = [tag.strip().casefold() for tag in row.osm_tags.split("|")]
    values = [tag.rpartition("=")[2] for tag in tags]
    code = "" if math.isnan(row.code) else f"{row.code:g}"
    return list(filter(None, dict.fromkeys([code, row.name_en.casefold(), *tags, *values])))
