"""What stands against the server's signal: SINR, RSRQ and Ec/Io, with a load per cell.

A *level* is that of the measured signal: of one resource element (4G, 5G), of the pilot (3G). A
cell's *load* is the share of its resource elements, or of its power (3G), that it sends on
average. Sums of powers over cells are of their levels; noise is that of the measured signal's
bandwidth (`phusong.radio.handsets.noise_bandwidth_khz`). Powers are in mW.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.radio.link_budget import SUBCARRIERS_PER_BLOCK
from phusong.radio.lookup import read_rows
from phusong.radio.technology import technology

__all__ = [
    "always_sent_share",
    "ecio_db",
    "excess_db",
    "is_per_element",
    "milliwatts",
    "rsrq_db",
    "sinr_db",
    "weight",
]

Floats = NDArray[np.floating[Any]]

LEAST_BESIDE = 1e-6


def is_per_element(technology_name: str) -> bool:
    """Whether a technology's level is that of one resource element; else it is a pilot's share."""
    return technology(technology_name).reference_share_percent is None


def pilot_share(technology_name: str) -> float:
    """Share of the pilot in a cell's greatest power; 1 where levels are per resource element."""
    percent = technology(technology_name).reference_share_percent
    return 1.0 if percent is None else percent / 100.0


@cache
def always_sent_share(technology_name: str) -> float:
    """Share of the elements in which RSSI is measured that a cell sends without any load.

    From ``radio/tables/always_sent.csv``.

    Raises
    ------
    InputError
        For a technology without RSRQ.
    """
    shares = {row["technology"]: float(row["share"]) for row in read_rows("always_sent.csv")}
    if technology_name not in shares:
        raise InputError("technology", [f"{technology_name!r} has no RSRQ: {', '.join(shares)} do"])
    return shares[technology_name]


def milliwatts(dbm: Any) -> Any:
    """Power in mW of a level in dBm."""
    return 10.0 ** (np.asarray(dbm, dtype=np.float64) / 10.0)


def weight(technology_name: str, load: Any) -> NDArray[np.float64]:
    """Power that a loaded cell sends on average, over that of its measured signal.

    The load itself for 4G and 5G. A 3G cell sends its pilot whatever its load is.
    """
    share = pilot_share(technology_name)
    least = 0.0 if is_per_element(technology_name) else share
    return np.asarray(np.maximum(load, least) / share)


def sinr_db(
    technology_name: str, level_dbm: Floats, loaded_mw: Floats, noise_mw: float | Floats
) -> NDArray[np.float64]:
    """Signal to interference and noise of what a handset is sent, were it sent all.

    ``S / (sum of w_k p_k + N)`` over the other cells ``k`` of the carrier, ``w_k`` their `weight`.
    For 4G and 5G ``S`` is the level, and this is RS-SINR and SS-SINR of TS 36.214 and 38.215 as
    far as reference signals meet data; for 3G it is the cell's greatest power.

    Parameters
    ----------
    technology_name
        "3G", "4G" or "5G".
    level_dbm, loaded_mw
        Of the server, and the weighted sum over the others; any shape.
    noise_mw
        Noise in the measured signal's bandwidth.
    """
    signal = milliwatts(level_dbm) / pilot_share(technology_name)
    return np.asarray(10.0 * np.log10(signal / (loaded_mw + noise_mw)))


def rsrq_db(
    technology_name: str,
    level_dbm: Floats,
    loaded_mw: Floats,
    others_mw: Floats,
    *,
    load: Any,
    noise_mw: float | Floats,
) -> NDArray[np.float64]:
    """RSRQ or SS-RSRQ: ``N RSRP / RSSI``, RSSI over ``N`` resource blocks (TS 36.214, 38.215).

    Of a symbol's elements a cell sends the part ``a`` always (`always_sent_share`) and the others
    by its load, so RSSI is ``12 N`` times the sum of ``(a + (1 - a) load) p`` over all cells, the
    server's among them, plus noise.

    Parameters
    ----------
    technology_name
        "4G" or "5G".
    level_dbm, load
        Of the server.
    loaded_mw, others_mw
        Sums over the other cells of load times level, and of the level.
    noise_mw
        In one resource element.
    """
    always, own_mw = always_sent_share(technology_name), milliwatts(level_dbm)
    sent = always * (own_mw + others_mw) + (1.0 - always) * (load * own_mw + loaded_mw)
    received = SUBCARRIERS_PER_BLOCK * (sent + noise_mw)
    return np.asarray(10.0 * np.log10(own_mw / received))


def ecio_db(
    technology_name: str,
    level_dbm: Floats,
    loaded_mw: Floats,
    *,
    load: Any,
    noise_mw: float | Floats,
) -> NDArray[np.float64]:
    """Ec/Io of the pilot: RSCP over all power received on the carrier (TS 25.215, CPICH Ec/No).

    The server's own power counts by its `weight`, the others' are in ``loaded_mw``.
    """
    own_mw = milliwatts(level_dbm)
    received = weight(technology_name, load) * own_mw + loaded_mw + noise_mw
    return np.asarray(10.0 * np.log10(own_mw / received))


def own_share(technology_name: str, load: Any) -> NDArray[np.float64]:
    """What of a cell's own power is in 1/RSRQ or 1/(Ec/Io), whatever else is received."""
    if not is_per_element(technology_name):
        return weight(technology_name, load)
    always = always_sent_share(technology_name)
    return np.asarray(SUBCARRIERS_PER_BLOCK * (always + (1.0 - always) * load))


def excess_db(
    technology_name: str, found_db: Floats, least_db: float, *, load: Any
) -> NDArray[np.float64]:
    """How far the server's level may fall until RSRQ or Ec/Io is at a threshold.

    Both are ``p / (c p + B)``, where ``c`` is the server's `own_share` and ``B`` what others and
    noise bring, which does not fall with the server.

    Parameters
    ----------
    technology_name
        "4G" and "5G" for RSRQ, "3G" for Ec/Io.
    found_db
        RSRQ or Ec/Io at each pixel; NaN stays NaN.
    least_db
        The threshold.
    load
        Of the server at each pixel.

    Returns
    -------
    ndarray
        dB; -inf where no level would suffice, as the cell itself sends too much.
    """
    share = own_share(technology_name, load)
    beside, allowed = (1.0 / milliwatts(db) - share for db in (found_db, least_db))
    # What is beside a server alone is lost in rounding.
    ratio = np.maximum(allowed, 0.0) / np.maximum(beside, LEAST_BESIDE)
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(ratio))
