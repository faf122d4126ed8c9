"""Clutter loss at a terminal: Recommendation ITU-R P.2108-1, Annex 1, section 3.

Letters and equation numbers are the Recommendation's; frequencies ``f`` in GHz, heights and
widths in m, distances ``d`` in km, angles in degrees, losses in dB. ``deviate`` is Q^-1(p), the
inverse complementary normal of the share of locations: a run with one share finds it once.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.diffraction import knife_edge_db

__all__ = [
    "fill_height_gains",
    "fill_slant",
    "fill_terrestrial",
    "height_gain_db",
    "slant_db",
    "terrestrial_db",
]

# At no distance does the terrestrial loss exceed its value here: section 3.2.
HIGHEST_KM = 2.0
SIGMA_L, SIGMA_S = 4.0, 6.0

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@njit
def height_gain_db(h: float, R: float, f: float, ws: float, open_ground: bool) -> float:
    """Height-gain terminal correction Ah of an antenna ``h`` m high: section 3.1, eqs. (2a)-(2g).

    ``R`` is the clutter's height; ``open_ground`` takes (2b), of water, sea, open and rural land.
    """
    if h >= R:
        return 0.0
    if open_ground:
        return -(21.8 + 6.2 * math.log10(f)) * math.log10(h / R)
    hdif = R - h
    theta = math.degrees(math.atan(hdif / ws))
    nu = 0.342 * math.sqrt(f) * math.sqrt(hdif * theta)
    edge: float = knife_edge_db(nu)
    return edge - 6.03


@njit
def _terrestrial_at(d: float, f: float, deviate: float) -> float:
    """Eqs. (3) to (6) at a distance ``d``."""
    ll = -2.0 * math.log10(10.0 ** (-5.0 * math.log10(f) - 12.5) + 10.0**-16.5)
    ls = 32.98 + 23.9 * math.log10(d) + 3.0 * math.log10(f)
    wl, ws = 10.0 ** (-0.2 * ll), 10.0 ** (-0.2 * ls)
    sigma = math.sqrt((SIGMA_L**2 * wl + SIGMA_S**2 * ws) / (wl + ws))
    return -5.0 * math.log10(wl + ws) - sigma * deviate


@njit
def terrestrial_db(d: float, f: float, deviate: float) -> float:
    """Loss Lctt not exceeded at a share of locations on terrestrial paths: section 3.2."""
    here: float = _terrestrial_at(d, f, deviate)
    highest: float = _terrestrial_at(HIGHEST_KM, f, deviate)
    return min(here, highest)


@njit
def slant_db(theta: float, f: float, share: float, deviate: float) -> float:
    """Loss Lces not exceeded at a ``share`` of locations on rising paths: section 3.3, eq. (7)."""
    k1 = 93.0 * f**0.175
    angle = 0.05 * (1.0 - theta / 90.0) + math.radians(theta)
    base = -k1 * math.log(1.0 - share) / math.tan(angle)
    loss: float = base ** (0.5 * (90.0 - theta) / 90.0) - 1.0
    return loss - 0.6 * deviate


@njit
def fill_height_gains(
    h: Floats, R: Floats, f: Floats, ws: Floats, open_ground: Bools, loss: Floats
) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = height_gain_db(h[i], R[i], f[i], ws[i], open_ground[i])


@njit
def fill_terrestrial(d: Floats, f: Floats, deviate: Floats, loss: Floats) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = terrestrial_db(d[i], f[i], deviate[i])


@njit
def fill_slant(theta: Floats, f: Floats, share: Floats, deviate: Floats, loss: Floats) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = slant_db(theta[i], f[i], share[i], deviate[i])
