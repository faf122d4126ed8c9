"""Okumura-Hata and COST-231-Hata median loss.

M. Hata, "Empirical Formula for Propagation Loss in Land Mobile Radio Services", IEEE Trans. Veh.
Technol. VT-29 (1980) 317-325; COST Action 231, Final report (1999), section 4.4.1, eqs. (4.4.1)
to (4.4.3). Frequencies ``f`` in MHz, distances ``d`` in km, antenna heights ``hb`` and ``hm`` in m.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = [
    "OPEN",
    "SUBURBAN",
    "URBAN",
    "area_correction_db",
    "fill_losses",
    "loss_db",
    "mobile_correction_db",
    "urban_db",
]

URBAN, SUBURBAN, OPEN = 0, 1, 2
# Hata gives the large city's a(hm) up to 200 MHz and from 400 MHz: it changes half-way.
LARGE_CITY_SWITCH_MHZ = 300.0
METROPOLITAN_DB = 3.0

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@njit
def mobile_correction_db(f: float, hm: float, large_city: bool) -> float:
    """Correction a(hm) for the mobile's height, in dB."""
    if not large_city:
        lf = math.log10(f)
        return (1.1 * lf - 0.7) * hm - (1.56 * lf - 0.8)
    if f <= LARGE_CITY_SWITCH_MHZ:
        return 8.29 * math.log10(1.54 * hm) ** 2 - 1.1
    return 3.2 * math.log10(11.75 * hm) ** 2 - 4.97


@njit
def _frequency_term_db(f: float, large_city: bool, cost231: bool) -> float:
    """What depends on frequency alone; for COST 231 with its Cm."""
    if not cost231:
        return 69.55 + 26.16 * math.log10(f)
    metropolitan = METROPOLITAN_DB if large_city else 0.0
    return 46.3 + 33.9 * math.log10(f) + metropolitan


@njit
def urban_db(d: float, f: float, hb: float, hm: float, large_city: bool, cost231: bool) -> float:
    """Median loss in a built-up area: COST 231 eq. (4.4.1), or (4.4.3) with ``cost231``."""
    lhb = math.log10(hb)
    at_1_km: float = _frequency_term_db(f, large_city, cost231)
    a_hm: float = mobile_correction_db(f, hm, large_city)
    return at_1_km - 13.82 * lhb - a_hm + (44.9 - 6.55 * lhb) * math.log10(d)


@njit
def area_correction_db(f: float, environment: int) -> float:
    """What a suburban or open area has less than a built-up one, in dB."""
    if environment == SUBURBAN:
        return 2.0 * math.log10(f / 28.0) ** 2 + 5.4
    if environment == OPEN:
        lf = math.log10(f)
        return 4.78 * lf * lf - 18.33 * lf + 40.94
    return 0.0


@njit
def loss_db(
    distance_km: float,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    environment: int,
    large_city: bool,
    cost231: bool,
) -> float:
    """Median basic transmission loss; ``environment`` is `URBAN`, `SUBURBAN` or `OPEN`."""
    f = 1000.0 * frequency_ghz
    urban: float = urban_db(distance_km, f, tx_height_m, rx_height_m, large_city, cost231)
    lower: float = area_correction_db(f, environment)
    return urban - lower


@njit
def fill_losses(
    distance_km: Floats,
    frequency_ghz: Floats,
    tx_height_m: Floats,
    rx_height_m: Floats,
    environment: int,
    large_city: bool,
    cost231: Bools,
    loss: Floats,
) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = loss_db(
            distance_km[i],
            frequency_ghz[i],
            tx_height_m[i],
            rx_height_m[i],
            environment,
            large_city,
            cost231[i],
        )
