"""What the modules share that look figures up in tables, mostly ``radio/tables``."""

import csv
from importlib.resources import files

import numpy as np

__all__ = ["numbers", "read_rows", "span", "whole_number_problems"]


def read_rows(name: str, package: str = "phusong.radio") -> list[dict[str, str]]:
    """Rows of ``tables/<name>`` of a package as texts by column."""
    text = files(package).joinpath("tables", name).read_text("utf8")
    return list(csv.DictReader(text.splitlines()))


def numbers(text: str) -> tuple[float, ...]:
    """Numbers of a cell that holds several, parted by semicolons."""
    return tuple(float(number) for number in text.split(";"))


def span(row: dict[str, str], name: str) -> tuple[float, float]:
    """Lower and upper edge from the columns ``<name>_low_mhz`` and ``<name>_high_mhz``."""
    return float(row[f"{name}_low_mhz"]), float(row[f"{name}_high_mhz"])


def whole_number_problems(name: str, value: object, low: int, high: int) -> list[str]:
    """What is wrong with an index or a count, as sentences; empty where nothing is."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and low <= value <= high:
        return []
    return [f"{name} is {value!r}: give a whole number from {low} to {high}"]
