"""Where public data comes from: a table, in which each row is one offer."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from phusong.errors import InputError
from phusong.fetching.area import Area

__all__ = ["Offer", "offer_named", "offers"]


@dataclass(frozen=True)
class Offer:
    """Public data that can be fetched.

    Attributes
    ----------
    name, kind
        Its name here, and the input of a job that it is ("terrain", "population", ...).
    tile_deg
        Size of its tiles in degrees; None where it is one file a country.
    address
        With {ns}, {lat}, {ew}, {lon} of a tile's south-west corner, or {COUNTRY}, {country}.
    where_missing
        Value where there is no tile, as on the open sea; None where every file must be there.
    title, licence, page
        What it is, its terms, and where they stand.
    """

    name: str
    kind: str
    tile_deg: int | None
    address: str
    where_missing: float | None
    title: str
    licence: str
    page: str

    def addresses(self, area: Area, country: str) -> Iterator[str]:
        """Addresses of the files that an area lies on."""
        if self.tile_deg is None:
            yield self.address.format(COUNTRY=country.upper(), country=country.lower())
            return
        for lat, lon in area.tiles(self.tile_deg):
            yield self.address.format(
                ns="N" if lat >= 0 else "S",
                lat=abs(lat),
                ew="E" if lon >= 0 else "W",
                lon=abs(lon),
            )


@cache
def offers() -> tuple[Offer, ...]:
    """All offers of ``offers.csv``."""
    text = files("phusong.fetching").joinpath("offers.csv").read_text("utf8")
    return tuple(
        Offer(
            row["name"],
            row["kind"],
            int(row["tile_deg"]) if row["tile_deg"] else None,
            row["address"],
            float(row["where_missing"]) if row["where_missing"] else None,
            row["title"],
            row["licence"],
            row["page"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def offer_named(name: str) -> Offer:
    """One offer; an InputError that lists all where there is none of that name."""
    for offer in offers():
        if offer.name == name:
            return offer
    known = ", ".join(offer.name for offer in offers())
    raise InputError("fetch", [f"no offer is called {name!r}; there are: {known}"])
