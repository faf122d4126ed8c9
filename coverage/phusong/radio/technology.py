"""The mobile generations: what is measured of each, and how far from a mast it is computed."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from phusong.errors import InputError

__all__ = ["Technology", "technologies", "technology"]


@dataclass(frozen=True)
class Technology:
    """One generation of mobile network.

    Attributes
    ----------
    name
        "3G", "4G" or "5G".
    quantity
        The level it is judged by: RSCP, RSRP or SS-RSRP, in dBm.
    reference_share_percent
        Share of the cell's total power in the measured signal, where it is a share (3G CPICH);
        otherwise None and the power is spread over resource elements.
    range_km
        Distance from a mast up to which the level is computed.
    source
        Where the figures come from.
    """

    name: str
    quantity: str
    reference_share_percent: float | None
    range_km: float
    source: str


@cache
def technologies() -> dict[str, Technology]:
    """Every technology by its name, from ``radio/tables/technologies.csv``."""
    text = files("phusong.radio").joinpath("tables/technologies.csv").read_text("utf8")
    return {row["technology"]: _technology(row) for row in csv.DictReader(text.splitlines())}


def technology(name: str) -> Technology:
    """The technology of that name; InputError naming those there are, otherwise."""
    known = technologies()
    if name not in known:
        raise InputError("technology", [f"{name!r} is unknown: give one of {', '.join(known)}"])
    return known[name]


def _technology(row: dict[str, str]) -> Technology:
    share = row["reference_share_percent"]
    return Technology(
        name=row["technology"],
        quantity=row["quantity"],
        reference_share_percent=float(share) if share else None,
        range_km=float(row["range_km"]),
        source=row["source"],
    )
