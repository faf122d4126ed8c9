"""Rows of a cost table: its items, and what makes a row one that can be used."""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from itertools import combinations
from typing import Any, Final, NamedTuple

import pandas as pd

from phusong.errors import InputError
from phusong.geodata.code_table import Names, at_row
from phusong.geodata.numerals import NumberRule, read_number
from phusong.planning.given_table import Given, read_given_table

__all__ = ["ANY", "CURRENCY", "ITEMS", "TENURES", "Item", "built_in_tables", "read_cost_rows"]

ANY: Final = "any"
TENURES: Final = ("build", "lease", "own")
"""A new mast, a place on another's mast, the operator's own mast."""
CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Item(NamedTuple):
    """Money or percent, what it is counted by, and whether a table may leave it out."""

    unit: str
    per: str
    optional: bool = False


ITEMS: Final[Mapping[str, Item]] = {
    "tower": Item("money", "site"),
    "civil": Item("money", "site"),
    "transport": Item("money", "site"),
    "installation": Item("money", "site"),
    "radio": Item("money", "sector"),
    "antenna": Item("money", "sector"),
    "power": Item("money", "site"),
    "power_without_grid": Item("money", "site"),
    "other_once": Item("money", "site", optional=True),
    "microwave_link": Item("money", "hop", optional=True),
    "fibre": Item("money", "metre", optional=True),
    "rental": Item("money", "site_year"),
    "other_yearly": Item("money", "site_year", optional=True),
    "opex": Item("percent", "capital_year"),
    "discount": Item("percent", "year"),
}
"""Items of a cost table in the order of a breakdown; the optional ones cost nothing if left out."""

_NAMES: Final[Names] = {
    "item": ("item", "hang_muc", "khoan_muc"),
    "value": ("value", "amount", "gia_tri", "don_gia"),
    "unit": ("unit", "don_vi"),
    "per": ("per", "per_what", "tinh_theo"),
    "tenure": ("tenure", "kind", "hinh_thuc", "loai"),
    "zone": ("zone", "khu_vuc", "vung"),
    "technology": ("technology", "cong_nghe"),
    "currency": ("currency", "tien_te", "loai_tien"),
    "date": ("date", "ngay", "nam"),
    "source": ("source", "nguon"),
    "sureness": ("sureness", "do_tin_cay"),
}
_NEEDED: Final = ("item", "value", "unit", "per", "currency", "source", "date")
_CASES: Final = ("tenure", "zone", "technology")
_POINT_EITHER: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_MONEY: Final = NumberRule(low=0.0, high=1e15, mend="give an amount of 0 or more")
_PERCENT: Final = NumberRule(low=0.0, high=100.0, mend="give 0 to 100 percent")


def built_in_tables() -> tuple[str, ...]:
    """Names of the tables that come with phusong."""
    tables = resources.files("phusong.planning") / "cost_tables"
    ends = ".csv"
    return tuple(
        sorted(path.name.removesuffix(ends) for path in tables.iterdir() if ends in path.name)
    )


def read_cost_rows(given: Given) -> tuple[str, pd.DataFrame]:
    """Read and check the rows of a table, of a path, a frame or a built-in name.

    Returns
    -------
    tuple
        The source, and the rows as `CostTable.rows` has them, in their own currencies.

    Raises
    ------
    InputError
        As `CostTable.read`, but for the currencies.
    """
    source, texts = _texts(given)
    problems = [*_row_problems(texts)]
    if not problems:
        problems = [*_twice(texts), *_missing_items(texts)]
    if problems:
        raise InputError(source, problems)
    return source, _values(texts)


def _texts(given: Given) -> tuple[str, pd.DataFrame]:
    if isinstance(given, str) and given in built_in_tables():
        table = resources.files("phusong.planning") / "cost_tables" / f"{given}.csv"
        with resources.as_file(table) as path:
            texts = read_given_table(path, _NAMES, _NEEDED, "costs")[1]
        source = given
    else:
        source, texts = read_given_table(given, _NAMES, _NEEDED, "costs")
    for column in ("item", "unit", "per", "tenure", "zone"):
        texts[column] = _column(texts, column).str.casefold()
    for column in ("technology", "currency"):
        texts[column] = _column(texts, column).str.upper()
    texts["sureness"] = _column(texts, "sureness")
    texts[list(_CASES)] = texts[list(_CASES)].replace({"": ANY, "ANY": ANY})
    return source, texts


def _column(texts: pd.DataFrame, name: str) -> "pd.Series[str]":
    return texts[name] if name in texts else pd.Series("", index=texts.index, dtype=object)


def _row_problems(texts: pd.DataFrame) -> Iterator[str]:
    for row, item in zip(texts.index, texts["item"], strict=True):
        if item not in ITEMS:
            yield at_row(texts, row, "item", f"is unknown; there are: {', '.join(ITEMS)}")
            continue
        for column in ("unit", "per"):
            meant = getattr(ITEMS[item], column)
            if texts.loc[row, column] != meant:
                yield at_row(texts, row, column, f"is not what {item} is counted in; write {meant}")
        yield from _value_problems(texts, row, ITEMS[item])


def _value_problems(texts: pd.DataFrame, row: Any, item: Item) -> Iterator[str]:
    is_money = item.unit == "money"
    reading = read_number(texts.loc[row, "value"], _MONEY if is_money else _PERCENT)
    if reading.missing:
        yield at_row(texts, row, "value", "is empty; write 0 where it costs nothing")
    elif reading.reason:
        yield at_row(texts, row, "value", f"{reading.reason}; {reading.mend}")
    elif _POINT_EITHER.fullmatch(texts.loc[row, "value"]):
        yield at_row(texts, row, "value", "has a point that may mark thousands; leave marks out")
    if texts.loc[row, "tenure"] not in (ANY, *TENURES):
        yield at_row(texts, row, "tenure", f"is unknown; write any, {', '.join(TENURES)}")
    if is_money and not CURRENCY.fullmatch(texts.loc[row, "currency"]):
        yield at_row(texts, row, "currency", "is no currency; write three letters such as VND")
    if pd.isna(pd.to_datetime(texts.loc[row, "date"], errors="coerce", format="ISO8601")):
        yield at_row(texts, row, "date", "is no date; write a year, or a day as 2026-12-31")
    if not texts.loc[row, "source"]:
        yield at_row(texts, row, "source", "is empty; say where the amount comes from")


def _twice(texts: pd.DataFrame) -> Iterator[str]:
    """Rows that speak of one case: an amount must not depend on which of them is read."""
    for _, rows in texts.groupby("item", sort=False):
        cases = rows[list(_CASES)].to_dict("index")
        for (first, one), (second, other) in combinations(cases.items(), 2):
            if all(ANY in (one[c], other[c]) or one[c] == other[c] for c in _CASES):
                said = f"is for a case that row {first} has already; keep one"
                yield at_row(texts, second, "item", said)


def _missing_items(texts: pd.DataFrame) -> Iterator[str]:
    there = set(texts["item"])
    for name, item in ITEMS.items():
        if name not in there and not item.optional:
            yield f"has no row for {name}; add one, with 0 where it costs nothing"


def _values(texts: pd.DataFrame) -> pd.DataFrame:
    values = [
        read_number(text, _MONEY if ITEMS[item].unit == "money" else _PERCENT).value
        for item, text in zip(texts["item"], texts["value"], strict=True)
    ]
    rows = texts.assign(value=values)
    rows["currency"] = rows["currency"].where(rows["unit"] == "money", "")
    return rows[["item", "value", "unit", "per", *_CASES, "currency", "date", "source", "sureness"]]
