"""Duties by year: a table that people write, and the rules that it makes of a siting problem."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, at_row
from phusong.geodata.numerals import NumberRule, read_number
from phusong.planning.given_table import Given, read_given_table
from phusong.planning.problem import Limit, Target

__all__ = ["METRICS", "SCOPES", "DueRule", "Standing", "duty_rules", "read_duties"]

METRICS: Final = {"sites": "site", "served_people": "person", "served_people_pct": "%"}
"""What a duty counts, and its unit."""

SCOPES: Final = ("together", "each")
"""Whether its communes are to reach the value together, or each of them."""

ALL: Final = "all"
_NAMES: Final[Names] = {
    "duty": ("duty", "name", "nghia_vu", "nhiem_vu"),
    "metric": ("metric", "chi_tieu"),
    "value": ("value", "required", "gia_tri", "muc"),
    "due": ("due", "year", "han", "nam"),
    "communes": ("communes", "commune", "ma_xa", "xa"),
    "scope": ("scope", "pham_vi"),
    "technology": ("technology", "cong_nghe"),
}
_NEEDED: Final = ("duty", "metric", "value", "due", "communes")
_YEAR: Final = re.compile(r"\d{4}")
_COUNT: Final = NumberRule(low=0.0, high=1e12, mend="give a number of 0 or more")
_PERCENT: Final = NumberRule(low=0.0, high=100.0, mend="give 0 to 100 percent")
_PARTED_BY: Final = re.compile(r"[;,|\s]+")


@dataclass(frozen=True, eq=False)
class Standing:
    """How communes stand before a plan, and which of them candidates and demand points lie in.

    Attributes
    ----------
    communes
        code, name, people, served_people (whom the operator serves now), sites (that count now).
    candidate_communes : (candidates,)
        Code of each candidate's commune.
    point_communes : (points,)
        Code of each demand point's commune. The people of the points are none of those in
        ``served_people``.

    Raises
    ------
    InputError
        For a column that is missing, or codes of no commune.
    """

    communes: pd.DataFrame
    candidate_communes: npt.NDArray[np.object_]
    point_communes: npt.NDArray[np.object_]

    def __post_init__(self) -> None:
        needed = ("code", "name", "people", "served_people", "sites")
        problems = [f"column {name} is missing" for name in needed if name not in self.communes]
        if not problems:
            known = set(self.communes["code"])
            problems = [
                f"{name} has {code!r}, which is no code of the communes"
                for name in ("candidate_communes", "point_communes")
                for code in sorted({*map(str, getattr(self, name))} - known)
            ]
        if problems:
            raise InputError("communes", problems)


@dataclass(frozen=True)
class DueRule:
    """A rule of a siting problem that is to hold from the end of a year on."""

    year: int
    rule: Limit | Target


def read_duties(
    given: Given, communes: Iterable[str], *, technology: str | None = None
) -> pd.DataFrame:
    """Read a table of duties.

    Parameters
    ----------
    given
        CSV file, workbook or frame: duty (its name), metric (of `METRICS`), value, due (a year, or
        a day as 2027-12-31), communes (codes parted by semicolons, or "all"), and at will scope
        (of `SCOPES`, "together" by default) and technology.
    communes
        Codes of the communes that are there.
    technology
        Leave out the rows of other technologies; one without any is for all.

    Returns
    -------
    DataFrame
        duty, metric, value, due (timestamp), due_year (the last year that ends by then), communes
        (tuple of codes), scope, technology.

    Raises
    ------
    InputError
        Missing columns, and every value that cannot be used, with its row.
    """
    source, texts = read_given_table(given, _NAMES, _NEEDED, "duties")
    known = tuple(communes)
    for column, default in (("scope", SCOPES[0]), ("technology", "")):
        column_texts = texts[column] if column in texts else pd.Series("", index=texts.index)
        texts[column] = column_texts.replace("", default)
    for column in ("metric", "scope"):
        texts[column] = texts[column].str.casefold()
    problems = [*_problems(texts, set(known))]
    if problems:
        raise InputError(source, problems)
    due = texts["due"].map(_day)
    ends = due.map(lambda day: day.year if (day.month, day.day) == (12, 31) else day.year - 1)
    codes = [known if text.casefold() == ALL else _codes(text) for text in texts["communes"]]
    table = texts.assign(
        value=[read_number(text, _COUNT).value for text in texts["value"]],
        due=due,
        due_year=ends,
        communes=pd.Series(codes, index=texts.index, dtype=object),
    )
    if technology is not None:
        table = table[table["technology"].isin(["", technology])]
    columns = ["duty", "metric", "value", "due", "due_year", "communes", "scope", "technology"]
    return table[columns].reset_index(drop=True)


def duty_rules(duties: pd.DataFrame, standing: Standing) -> tuple[DueRule, ...]:
    """Make rules of duties: what is lacking to each beyond what stands now.

    A duty that is met already makes no rule.

    Parameters
    ----------
    duties
        From `read_duties`.
    standing
        Communes, and what lies in them.
    """
    return tuple(rule for duty in duties.to_dict("records") for rule in _rules(duty, standing))


def groups_of(duty: Any, standing: Standing) -> Iterator[tuple[str, Sequence[str]]]:
    """What a duty is judged by: its name and all its communes, or each of them."""
    if duty["scope"] == SCOPES[0]:
        yield str(duty["duty"]), duty["communes"]
        return
    names = standing.communes.set_index("code")["name"]
    for code in duty["communes"]:
        yield f"{duty['duty']}, {names[code]} ({code})", (code,)


def required_of(duty: Any, codes: Sequence[str], standing: Standing) -> tuple[float, float]:
    """Of a duty in some communes: what is required, and what stands now, both as numbers."""
    here = standing.communes[standing.communes["code"].isin(codes)]
    if duty["metric"] == "sites":
        return float(duty["value"]), float(here["sites"].sum())
    stands = float(here["served_people"].sum())
    if duty["metric"] == "served_people":
        return float(duty["value"]), stands
    return float(duty["value"]) / 100.0 * float(here["people"].sum()), stands


def _rules(duty: Any, standing: Standing) -> Iterator[DueRule]:
    for name, codes in groups_of(duty, standing):
        required, stands = required_of(duty, codes, standing)
        lacking = required - stands
        if lacking <= 0.0:
            continue
        if duty["metric"] == "sites":
            group = np.flatnonzero(np.isin(standing.candidate_communes, codes))
            limit = Limit(name, group.astype(np.int32), least=math.ceil(lacking))
            yield DueRule(int(duty["due_year"]), limit)
        else:
            points = np.flatnonzero(np.isin(standing.point_communes, codes))
            yield DueRule(int(duty["due_year"]), Target(name, points.astype(np.int32), lacking))


def _problems(texts: pd.DataFrame, known: set[str]) -> Iterator[str]:
    for row in texts.index:
        if not texts.loc[row, "duty"]:
            yield at_row(texts, row, "duty", "is empty; give the duty a name")
        for column, words in (("metric", METRICS), ("scope", SCOPES)):
            if texts.loc[row, column] not in words:
                yield at_row(texts, row, column, f"is unknown; write {' or '.join(words)}")
        percent = str(texts.loc[row, "metric"]).endswith("_pct")
        reading = read_number(str(texts.loc[row, "value"]), _PERCENT if percent else _COUNT)
        if reading.missing or reading.reason:
            said = "is empty; give a number" if reading.missing else reading.reason
            yield at_row(texts, row, "value", said)
        if pd.isna(_day(texts.loc[row, "due"])):
            yield at_row(texts, row, "due", "is no date; write a year, or a day as 2027-12-31")
        yield from _commune_problems(texts, row, known)


def _commune_problems(texts: pd.DataFrame, row: Any, known: set[str]) -> Iterator[str]:
    text = str(texts.loc[row, "communes"])
    codes = () if text.casefold() == ALL else _codes(text)
    if not text:
        yield at_row(texts, row, "communes", 'is empty; give codes, or "all"')
    strange = [code for code in codes if code not in known]
    if strange:
        said = f"has {', '.join(strange)}, of no commune of the area; mend the codes"
        yield at_row(texts, row, "communes", said)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, _PARTED_BY.split(text))))


def _day(text: Any) -> Any:
    """The day that is written, the last one of a year alone; NaT where it is none."""
    written = f"{text}-12-31" if _YEAR.fullmatch(str(text)) else str(text)
    return pd.to_datetime(written, errors="coerce", format="ISO8601").tz_localize(None)
