"""Where the handset is used: what walls and car bodies take off its signal.

Figures and sources are in ``radio/tables/places.csv``. Buildings have the entry loss of
Recommendation ITU-R P.2109-2 at horizontal incidence.
"""

from functools import cache

from scipy.special import ndtri

from phusong.errors import InputError
from phusong.propagation import p2109
from phusong.radio.lookup import read_rows

__all__ = ["entry_loss_db", "place_source", "places"]

MHZ_PER_GHZ = 1000.0


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["place"]: row for row in read_rows("places.csv")}


def places() -> tuple[str, ...]:
    """Names of the places."""
    return tuple(_rows())


def place_source(place: str) -> str:
    """Where the loss of a place comes from."""
    return _row(place)["source"]


def entry_loss_db(place: str, frequency_mhz: float, *, percent: float = 50.0) -> float:
    """Loss between the outside and a handset at a place.

    Parameters
    ----------
    place
        One of `places`.
    frequency_mhz
        For buildings 80 MHz to 100 GHz.
    percent
        Probability that the loss is not exceeded, above 0 and below 100; 50 is the median.

    Raises
    ------
    InputError
        For an unknown place, or a percentage that is none.
    OutOfRangeError
        For a frequency that P.2109 does not hold for.

    Examples
    --------
    >>> entry_loss_db("vehicle", 1842.5), round(entry_loss_db("indoor", 1842.5), 1)
    (9.0, 14.9)
    """
    row = _row(place)
    if not 0.0 < percent < 100.0:
        raise InputError("percent", [f"is {percent}: give a number above 0 and below 100"])
    if row["building"]:
        loss_db = p2109.loss_db(
            frequency_ghz=frequency_mhz / MHZ_PER_GHZ,
            building=row["building"],
            probability_percent=percent,
        )
    else:
        loss_db = float(row["mean_db"]) + float(ndtri(percent / 100.0)) * float(row["sigma_db"])
    return float(loss_db)


def _row(place: str) -> dict[str, str]:
    rows = _rows()
    if place not in rows:
        raise InputError("place", [f"{place!r} is unknown: give one of {', '.join(rows)}"])
    return rows[place]
