"""Which communes of before a merger lie in which of today, and in what parts, from a table."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.census import read_people_numbers
from phusong.geodata.code_table import Names, at_row, read_code_table
from phusong.geodata.findings import Findings
from phusong.geodata.numerals import NumberRule, read_number

__all__ = ["read_crosswalk"]

_NAMES: Final[Names] = {
    "old_code": ("old_code", "ma_cu", "ma_xa_cu", "code_old"),
    "new_code": ("new_code", "ma_moi", "ma_xa_moi", "code_new"),
    "old_name": ("old_name", "ten_cu", "ten_xa_cu", "name_old"),
    "share": ("share", "ty_le", "ti_le", "phan"),
    "people": ("people", "population", "dan_so", "so_dan"),
    "province": ("old_prov_code", "old_prov", "ma_tinh_cu", "tinh_cu"),
}
_Note = Callable[..., None]

_SHARE: Final = NumberRule(low=0.0, high=1.0, mend="give the part of its people, from 0 to 1")
_SUM_WITHIN: Final = 0.005
"""Shares that are rounded to two or three digits sum to 1 but for this; they are made to."""
_PARTS_WITHIN: Final = 0.02
"""A piece's part of the people and its share may differ by rounding, and by the year counted."""


def read_crosswalk(
    path: str | Path,
    codes: Sequence[str],
    census: "pd.Series[float] | None",
    findings: Findings,
) -> pd.DataFrame:
    """Read how old communes lie in new ones, a row for each piece that they share.

    Parameters
    ----------
    path
        Delimited text with the columns old_code and new_code, and at will old_name, share (the
        part of the old commune's people that the new one took, 0 to 1; not needed where all went
        to one), people (of the piece) and old_prov_code.
    codes
        Codes of the scene's communes. Where the table has a column of old provinces, the rows of
        provinces that have none of them are left out.
    census
        People of the old communes by code, where known; they count before the column people.
    findings
        Takes note of rows left out, of shares made to sum to 1, and of old communes whose pieces
        have one and the same number of people, which may be the whole commune's.

    Returns
    -------
    DataFrame
        old_code, old_name, new_code, share (of the old commune; each one's sum to 1), people (of
        the piece; NaN where not known and not needed).

    Raises
    ------
    InputError
        Rows that cannot be used, codes of no commune, communes in no row, pairs twice, shares that
        are missing or do not sum to 1, people that are needed and not known: all of them at once.
    """
    note = partial(findings.add, source=Path(path).name)
    table = read_code_table(path, _NAMES, ("old_code", "new_code"))
    whole = set(table["old_code"])
    table = _of_our_provinces(table, codes, note)
    problems = [*_code_problems(table, codes)]
    shares, share_problems = _shares(table)
    people, people_problems = _people(table, shares, census)
    problems += share_problems + people_problems
    if problems:
        raise InputError(str(path), problems)
    _note_strangers(census, whole, note)
    _note_alike(table, note)
    sums = shares.groupby(table["old_code"]).transform("sum")
    if not np.allclose(sums, 1.0, rtol=0.0, atol=1e-12):
        reason = "shares that sum to 1 but for rounding were made to sum to it"
        note(severity="repaired", column="share", reason=reason)
    names = table["old_name"] if "old_name" in table else table["old_code"]
    pieces = pd.DataFrame(
        {
            "old_code": table["old_code"],
            "old_name": names.where(names != "", table["old_code"]),
            "new_code": table["new_code"],
            "share": shares / sums,
            "people": people / (sums if census is not None else 1.0),
        }
    )
    return pieces.reset_index(drop=True)


def _of_our_provinces(table: pd.DataFrame, codes: Sequence[str], note: _Note) -> pd.DataFrame:
    if "province" not in table:
        return table
    ours = set(table.loc[table["new_code"].isin(codes), "province"])
    other = ~table["province"].isin(ours)
    if other.all() or not other.any():
        return table
    reason = f"{other.sum()} row(s) of provinces without a commune of the area are left out"
    note(severity="info", column=table.attrs["columns"]["province"], reason=reason)
    return table[~other]


def _code_problems(table: pd.DataFrame, codes: Sequence[str]) -> Iterator[str]:
    for column in ("old_code", "new_code"):
        for row in table.index[table[column] == ""]:
            yield at_row(table, row, column, "is empty; give the commune's code")
    known = set(codes)
    for row in table.index[~table["new_code"].isin(known | {""})]:
        mend = "mend the code, or leave the row out"
        yield at_row(table, row, "new_code", f"is the code of no commune of the area; {mend}")
    for code in codes:
        if code not in set(table["new_code"]):
            yield f"no row names the commune {code!r}; say which old communes it was made of"
    twice = table.duplicated(["old_code", "new_code"]) & (table["old_code"] != "")
    for row in table.index[twice]:
        old, new = table.loc[row, "old_code"], table.loc[row, "new_code"]
        first = table.index[(table["old_code"] == old) & (table["new_code"] == new)][0]
        where = f"goes to {new!r} in row {first} already"
        yield at_row(table, row, "old_code", f"{where}; keep one")


def _shares(table: pd.DataFrame) -> tuple["pd.Series[float]", list[str]]:
    """The part of the old commune that each row is, and what is wrong with it."""
    pieces = table.groupby("old_code")["new_code"].transform("size")
    given, problems = _given_shares(table)
    if "people" in table and given.isna().all():
        people = read_people_numbers(table)[0]
        whole = people.groupby(table["old_code"]).transform("sum")
        given = (people / whole).where(whole > 0, 1.0 / pieces)
    missing = given.isna() & (pieces > 1) & (table["old_code"] != "")
    shares = given.where(given.notna() | missing, 1.0)
    if not problems:
        problems = [*_missing_shares(table, missing, pieces), *_wrong_sums(table, shares)]
    return shares, problems


def _given_shares(table: pd.DataFrame) -> tuple["pd.Series[float]", list[str]]:
    """The column of shares, NaN where there is none, and what in it is no share."""
    if "share" not in table:
        return pd.Series(np.nan, index=table.index), []
    readings = {row: read_number(text, _SHARE) for row, text in table["share"].items()}
    problems = [
        at_row(table, row, "share", f"{reading.reason}; {reading.mend}")
        for row, reading in readings.items()
        if reading.reason
    ]
    values = {row: reading.value for row, reading in readings.items()}
    return pd.Series(values, index=table.index, dtype=float), problems


def _missing_shares(table: pd.DataFrame, missing: pd.Series, pieces: pd.Series) -> Iterator[str]:
    mend = "give the part of its people that went there"
    for row in table.index[missing]:
        where = f"goes to {pieces[row]} communes, to {table['new_code'][row]!r} without a share"
        yield at_row(table, row, "old_code", f"{where}; {mend}")


def _wrong_sums(table: pd.DataFrame, shares: "pd.Series[float]") -> Iterator[str]:
    """Name the old communes all of whose shares are known and do not sum to 1."""
    for code, of_it in shares.groupby(table["old_code"]):
        if code and of_it.notna().all() and abs(of_it.sum() - 1.0) > _SUM_WITHIN:
            rows = ", ".join(map(str, of_it.index))
            yield (
                f"row {rows}: the shares of old commune {code!r} sum to {of_it.sum():g}; "
                "make them sum to 1"
            )


def _people(
    table: pd.DataFrame, shares: "pd.Series[float]", census: "pd.Series[float] | None"
) -> tuple["pd.Series[float]", list[str]]:
    """People of each piece, and where they are needed and not known."""
    problems: list[str] = []
    if census is not None:
        people = table["old_code"].map(census) * shares
    elif "people" in table:
        people, problems = read_people_numbers(table)
        problems = problems or _contradictions(table, shares, people)
    else:
        people = pd.Series(np.nan, index=table.index)
    shared = table.groupby("new_code")["old_code"].transform("size") > 1
    unknown = people.isna() & shares.notna() & (shared | (census is not None))
    if problems:
        return people, problems
    if unknown.any() and census is None and "people" not in table:
        problem = (
            "does not say how many people the old communes had, by which the new ones are split; "
            "give a column people, or a census by old code"
        )
        return people, [problem]
    from_where = "the census" if census is not None else "the table"
    return people, [
        at_row(table, row, "old_code", f"has no number of people in {from_where}; give it")
        for row in table.index[
            unknown & ~table["old_code"].duplicated() & (table["old_code"] != "")
        ]
    ]


def _contradictions(
    table: pd.DataFrame, shares: "pd.Series[float]", people: "pd.Series[float]"
) -> list[str]:
    """Rows whose people are another part of the old commune's than their share."""
    if "share" not in table:
        return []
    whole = people.groupby(table["old_code"]).transform("sum")
    part = people / whole.where(whole > 0.0)
    return [
        at_row(
            table,
            row,
            "people",
            f"is {part[row]:.3g} of the old commune's, while its share is {shares[row]:.3g}: it is "
            "to be that of the piece; mend it, or leave one of the two columns out",
        )
        for row in table.index[(part - shares).abs() > _PARTS_WITHIN]
    ]


def _note_strangers(census: "pd.Series[float] | None", whole: set[str], note: _Note) -> None:
    """Note codes of the census that the crosswalk does not have at all."""
    for code in () if census is None else census.index[~census.index.isin(list(whole))]:
        reason = f"the census's {code!r} is no old commune of the crosswalk"
        note(severity="warning", value=code, reason=reason, mend="mend the code")


def _note_alike(table: pd.DataFrame, note: _Note) -> None:
    """Note old communes that were split evenly, as each row has the same people and no share."""
    if "people" not in table or _given_shares(table)[0].notna().any():
        return
    people = read_people_numbers(table)[0]
    for code, of_it in people.groupby(table["old_code"], sort=False):
        if len(of_it) > 1 and of_it.unique().size == 1 and of_it.iloc[0] > 0:
            rows = ", ".join(map(str, of_it.index))
            reason = f"row {rows}: old commune {code!r} has the same people in each: split evenly"
            mend = "give those of each piece; if they are of the whole commune, give a share too"
            note(
                severity="warning",
                row=of_it.index[0],
                column=table.attrs["columns"]["people"],
                value=f"{of_it.iloc[0]:g}",
                reason=reason,
                mend=mend,
            )
