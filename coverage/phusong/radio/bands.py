"""Frequency bands, and who holds them in Vietnam.

Bands are 3GPP's: TS 25.101 (3G), TS 36.101 (4G), TS 38.101-1 and, above 24 GHz, TS 38.101-2 (5G).
The table holds the bands in use in Vietnam and others that handsets share with them, not every band
of the world.
"""

from dataclasses import dataclass
from functools import cache

from phusong.errors import InputError
from phusong.radio.lookup import numbers, read_rows, span
from phusong.radio.technology import technology

__all__ = [
    "Band",
    "Holding",
    "band",
    "band_of",
    "bands",
    "bands_of",
    "holdings",
]


@dataclass(frozen=True)
class Band:
    """A frequency band of one technology.

    Attributes
    ----------
    name, technology
        As in a station table: "B3" of "4G", "n78" of "5G". One name may stand for several
        technologies, each with its own band.
    duplex
        "FDD" or "TDD"; in a TDD band uplink and downlink are the same.
    uplink_mhz, downlink_mhz
        Lower and upper edge.
    raster_khz
        Distance between the frequencies at which a channel may be centred.
    bandwidths_mhz
        Bandwidths of a channel.
    first_downlink_earfcn, first_uplink_earfcn
        Channel number of the lower edge, 4G only; else None.
    source
        Where the figures come from.
    """

    name: str
    technology: str
    duplex: str
    uplink_mhz: tuple[float, float]
    downlink_mhz: tuple[float, float]
    raster_khz: float
    bandwidths_mhz: tuple[float, ...]
    first_downlink_earfcn: int | None
    first_uplink_earfcn: int | None
    source: str

    @property
    def downlink_width_mhz(self) -> float:
        """Width of the downlink."""
        return self.downlink_mhz[1] - self.downlink_mhz[0]


@dataclass(frozen=True)
class Holding:
    """What an operator holds in Vietnam.

    Attributes
    ----------
    operator
        As in a station table; VinaPhone is VNPT's network.
    bands, technologies
        Bands that the block lies in, and the technologies used or planned there.
    uplink_mhz, downlink_mhz
        Lower and upper edge of the block; None where the source does not state it.
    source
        Who says so.
    sureness
        "stated": the source states it. "general knowledge": check before quoting.
    """

    operator: str
    bands: tuple[str, ...]
    technologies: tuple[str, ...]
    uplink_mhz: tuple[float, float] | None
    downlink_mhz: tuple[float, float] | None
    source: str
    sureness: str


@cache
def bands() -> tuple[Band, ...]:
    """Every band of ``radio/tables/bands.csv``."""
    return tuple(_band(row) for row in read_rows("bands.csv"))


def band(name: str, technology_name: str) -> Band:
    """The band of that name; InputError naming those the technology has, otherwise."""
    known = _bands_of_technology(technology_name)
    for candidate in known:
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in known)
    raise InputError("band", [f"{name!r} is no {technology_name} band here: give one of {names}"])


def bands_of(
    frequency_mhz: float, technology_name: str, *, bandwidth_mhz: float = 0.0
) -> tuple[Band, ...]:
    """Bands of a technology whose downlink holds a whole carrier, the narrowest first.

    Parameters
    ----------
    frequency_mhz
        Centre of the carrier's downlink.
    technology_name
        "3G", "4G" or "5G".
    bandwidth_mhz
        Bandwidth of the carrier, zero or more; 0 asks for the centre alone.

    Raises
    ------
    InputError
        When no band holds it; names the bands there are.

    Examples
    --------
    >>> [band.name for band in bands_of(3750, "5G", bandwidth_mhz=100)]
    ['n78', 'n77']
    """
    if not bandwidth_mhz >= 0.0:
        raise InputError("bandwidth_mhz", [f"is {bandwidth_mhz}: give MHz, zero or more"])
    known = _bands_of_technology(technology_name)
    low, high = frequency_mhz - bandwidth_mhz / 2.0, frequency_mhz + bandwidth_mhz / 2.0
    holding = [b for b in known if b.downlink_mhz[0] <= low and high <= b.downlink_mhz[1]]
    if not holding:
        raise InputError("frequency_mhz", [_outside(known, frequency_mhz, bandwidth_mhz)])
    return tuple(sorted(holding, key=lambda b: b.downlink_width_mhz))


def band_of(frequency_mhz: float, technology_name: str, *, bandwidth_mhz: float = 0.0) -> Band:
    """The narrowest band that holds a carrier: the first of `bands_of`.

    Examples
    --------
    >>> band_of(1842.5, "4G").name, band_of(3750, "5G").name, band_of(3850, "5G").name
    ('B3', 'n78', 'n77')
    """
    return bands_of(frequency_mhz, technology_name, bandwidth_mhz=bandwidth_mhz)[0]


def holdings(operator: str | None = None) -> tuple[Holding, ...]:
    """What Vietnamese operators hold, from ``radio/tables/holdings.csv``.

    Raises
    ------
    InputError
        When the operator is none of the table; names those it has.
    """
    every = _all_holdings()
    if operator is None:
        return every
    found = tuple(holding for holding in every if holding.operator == operator)
    if not found:
        names = ", ".join(dict.fromkeys(holding.operator for holding in every))
        raise InputError("operator", [f"{operator!r} holds nothing here: give one of {names}"])
    return found


@cache
def _all_holdings() -> tuple[Holding, ...]:
    return tuple(_holding(row) for row in read_rows("holdings.csv"))


def _band(row: dict[str, str]) -> Band:
    downlink_earfcn, uplink_earfcn = row["first_downlink_earfcn"], row["first_uplink_earfcn"]
    return Band(
        name=row["band"],
        technology=row["technology"],
        duplex=row["duplex"],
        uplink_mhz=span(row, "uplink"),
        downlink_mhz=span(row, "downlink"),
        raster_khz=float(row["raster_khz"]),
        bandwidths_mhz=numbers(row["bandwidths_mhz"]),
        first_downlink_earfcn=int(downlink_earfcn) if downlink_earfcn else None,
        first_uplink_earfcn=int(uplink_earfcn) if uplink_earfcn else None,
        source=row["source"],
    )


def _holding(row: dict[str, str]) -> Holding:
    stated = row["downlink_low_mhz"] != ""
    return Holding(
        operator=row["operator"],
        bands=tuple(row["bands"].split(";")),
        technologies=tuple(row["technologies"].split(";")),
        uplink_mhz=span(row, "uplink") if stated else None,
        downlink_mhz=span(row, "downlink") if stated else None,
        source=row["source"],
        sureness=row["sureness"],
    )


def _bands_of_technology(technology_name: str) -> list[Band]:
    technology(technology_name)
    return [candidate for candidate in bands() if candidate.technology == technology_name]


def _outside(known: list[Band], frequency_mhz: float, bandwidth_mhz: float) -> str:
    carrier = f"{frequency_mhz:g} MHz" + (f", {bandwidth_mhz:g} MHz wide," if bandwidth_mhz else "")
    edges = ", ".join(f"{b.name} {b.downlink_mhz[0]:g}-{b.downlink_mhz[1]:g}" for b in known)
    return f"{carrier} is in the downlink of no {known[0].technology} band here: {edges}"
