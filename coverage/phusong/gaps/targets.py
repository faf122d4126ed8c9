"""Targets of communes, and whether they are met: certainly, certainly not, or who can say."""

import datetime
import os
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.gaps.state import ANY
from phusong.geodata.code_table import Names, padding_hint, read_code_table
from phusong.geodata.numerals import NumberRule, fold, read_number

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps

__all__ = ["METRICS", "TargetCheck", "check_targets", "read_targets"]

METRICS: Final = ("served_people_pct", "served_area_pct")

_NAMES: Final[Names] = {
    "commune": ("commune", "commune_code", "ma_xa"),
    "technology": ("technology", "cong_nghe"),
    "metric": ("metric", "chi_tieu"),
    "value": ("value", "gia_tri"),
    "due": ("due", "due_date", "han"),
}
_FIRST_ROW: Final = 2  # of a frame, as in a file whose header is its first row
_PERCENT: Final = NumberRule(low=0.0, high=100.0)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, eq=False, repr=False)
class TargetCheck:
    """Targets and what is reached, from `check_targets`.

    Attributes
    ----------
    targets
        A row per target: commune, name, technology, operator, metric, value, due, reached, low,
        high (percent), verdict ("met", "missed" or "cannot_say"; "no_people" where there is
        nothing to serve), overdue (due before the day asked for, and not met).
    communes
        One line per commune with targets: commune, name, targets, met, missed, cannot_say,
        overdue (numbers of targets), largest_gap_pct (most that is lacking to a value, 0 where
        none is), next_due (the first day of one that is not met, NaT where all are).
    """

    targets: pd.DataFrame
    communes: pd.DataFrame

    def __repr__(self) -> str:
        return f"Targets by commune\n{self.communes.to_string(index=False)}"


def check_targets(
    gaps: "Gaps",
    targets: pd.DataFrame | str | os.PathLike[str],
    *,
    on: datetime.date,
    operator: str = ANY,
) -> TargetCheck:
    """Hold targets against what is reached.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`.
    targets
        Table, or CSV file, with the columns commune (its code), technology, metric (of `METRICS`),
        value (percent) and due (date, as 2026-12-31); case, spaces and accents in their names do
        not count, and a decimal comma is read as a point.
    on
        The day for which to tell what is overdue; of a datetime or Timestamp, its day.
    operator
        Whose service counts; by default any operator's.

    Returns
    -------
    TargetCheck
        A target is met where even the low figure of the commune reaches its value, missed where
        even the high one does not, and cannot be said between.

    Raises
    ------
    InputError
        Missing columns, every row that names what is not there, with its number in the file, and
        rows that are for one commune, technology, metric and day; an ``on`` that is no day.
    """
    day = _day(on)
    if day is None:
        raise InputError("on", [f"is {on!r}: give a datetime.date, such as date(2026, 12, 31)"])
    technologies = gaps.state["technology"].to_numpy().tolist()
    table = read_targets(targets, gaps.communes["code"], technologies)
    reached = gaps.communes[gaps.communes["operator"] == operator]
    if reached.empty:
        gaps.require(str(gaps.state["technology"].to_numpy()[0]), operator)
    reached = reached.set_index(["code", "technology"])
    rows = pd.DataFrame([_judged(row, reached, day) for row in table.to_dict("records")])
    return TargetCheck(rows, _by_commune(rows))


def read_targets(
    targets: pd.DataFrame | str | os.PathLike[str],
    communes: Iterable[str],
    technologies: Iterable[str],
) -> pd.DataFrame:
    """Read the table of `check_targets`, whose rows name those communes and technologies.

    Returns
    -------
    DataFrame
        commune, technology, metric, value (float, percent) and due (Timestamp); its index is the
        row in the file, or 2 for the first row of a frame.

    Raises
    ------
    InputError
        As `check_targets`.
    """
    source, table = _read(targets)
    problems = _problems(table, set(communes), set(technologies))
    if problems:
        raise InputError(source, problems)
    return table.assign(
        value=[read_number(str(value), _PERCENT).value for value in table["value"]],
        due=pd.to_datetime(table["due"].map(_due)),
    )


def _read(targets: pd.DataFrame | str | os.PathLike[str]) -> tuple[str, pd.DataFrame]:
    """The source's name, and its columns by our names, indexed by row."""
    if not isinstance(targets, pd.DataFrame):
        return str(targets), read_code_table(Path(targets), _NAMES, tuple(_NAMES))
    known = {fold(each): name for name, called in _NAMES.items() for each in called}
    table = targets.rename(columns=lambda header: known.get(fold(str(header)), header))
    problems = [f"has no column of {name}; give it" for name in _NAMES if name not in table]
    if not problems and table.empty:
        problems = ["has no row"]
    if problems:
        raise InputError("targets", problems)
    table = table.loc[:, ~table.columns.duplicated()].astype({"commune": str}, errors="ignore")
    return "targets", table.set_axis(pd.RangeIndex(_FIRST_ROW, _FIRST_ROW + len(table)))


def _problems(table: pd.DataFrame, communes: set[str], technologies: set[str]) -> list[str]:
    known = {
        "commune": communes,
        "technology": technologies,
        "metric": set(METRICS),
    }
    problems: list[str] = []
    for row, target in table.to_dict("index").items():
        problems += [
            f"row {row}: {name} is {target[name]!r}, which is not there"
            f"{_hint(name, target[name], values)}"
            for name, values in known.items()
            if target[name] not in values
        ]
        reading = read_number(str(target["value"]), _PERCENT)
        if reading.missing or reading.reason:
            problems.append(f"row {row}: value is {target['value']!r}: write 0 to 100 percent")
        if _due(target["due"]) is None:
            problems.append(f"row {row}: due is {target['due']!r}: write a date as 2026-12-31")
    return [*problems, *_repeated(table)]


def _hint(name: str, written: object, known: set[str]) -> str:
    if name == "commune":
        return padding_hint(written, sorted(known))
    return f": write {' or '.join(sorted(known))}"


def _repeated(table: pd.DataFrame) -> Iterator[str]:
    """Name the rows that set a target which an earlier row has set."""
    first: dict[tuple[object, ...], tuple[Hashable, object]] = {}
    for row, target in table.to_dict("index").items():
        due = _due(target["due"])
        if due is None:
            continue
        same = (target["commune"], target["technology"], target["metric"], due)
        before, value = first.setdefault(same, (row, target["value"]))
        if before != row:
            yield (
                f"row {row}: value {target['value']!r} is for the commune, technology, metric and "
                f"day of row {before}, which has {value!r}: keep one"
            )


def _judged(
    target: Mapping[Hashable, Any], reached: pd.DataFrame, on: datetime.date
) -> dict[str, object]:
    commune = reached.loc[(target["commune"], target["technology"])]
    metric, value, due = str(target["metric"]), float(target["value"]), target["due"]
    low, high = float(commune[f"{metric}_low"]), float(commune[f"{metric}_high"])
    verdict = _verdict(value, low, high)
    return {
        "commune": target["commune"],
        "name": commune["name"],
        "technology": target["technology"],
        "operator": commune["operator"],
        "metric": metric,
        "value": value,
        "due": due,
        "reached": float(commune[metric]),
        "low": low,
        "high": high,
        "verdict": verdict,
        "overdue": verdict in ("missed", "cannot_say") and due.date() < on,
    }


def _due(written: object) -> datetime.date | None:
    """The day that a field names, whatever its time zone; None where it names none."""
    if not isinstance(written, str):
        return _day(written)
    try:
        return datetime.date.fromisoformat(written) if _DAY.fullmatch(written) else None
    except ValueError:
        return None


def _day(given: object) -> datetime.date | None:
    """The day of a date, datetime or Timestamp; None of anything else."""
    if given is pd.NaT or not isinstance(given, datetime.date):
        return None
    return given.date() if isinstance(given, datetime.datetime) else given


def _verdict(value: float, low: float, high: float) -> str:
    if np.isnan(low):
        return "no_people"
    if low >= value:
        return "met"
    return "missed" if high < value else "cannot_say"


def _by_commune(rows: pd.DataFrame) -> pd.DataFrame:
    open_rows = rows["verdict"].isin(["missed", "cannot_say"])
    marked = rows.assign(
        **{name: rows["verdict"] == name for name in ("met", "missed", "cannot_say")},
        gap=(rows["value"] - rows["reached"]).clip(lower=0.0).fillna(0.0),
        open_due=rows["due"].where(open_rows),
    )
    lines = marked.groupby(["commune", "name"], sort=False).agg(
        targets=("value", "size"),
        met=("met", "sum"),
        missed=("missed", "sum"),
        cannot_say=("cannot_say", "sum"),
        overdue=("overdue", "sum"),
        largest_gap_pct=("gap", "max"),
        next_due=("open_due", "min"),
    )
    return lines.reset_index()
