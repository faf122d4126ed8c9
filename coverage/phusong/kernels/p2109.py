"""Building entry loss: Recommendation ITU-R P.2109-2, Annex 1, section 3.

Letters and equation numbers are the Recommendation's; frequencies ``f`` in GHz, elevation
``theta`` in degrees, losses in dB. ``deviate`` is F^-1(P), the inverse cumulative normal of the
probability P that the loss is not exceeded: a run with one P finds it once.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["THERMALLY_EFFICIENT", "TRADITIONAL", "EntryTerms", "entry_terms", "fill_losses"]

TRADITIONAL, THERMALLY_EFFICIENT = 0, 1
# Table 1: r, s, t, u, v, w, x, y, z.
COEFFICIENTS = (
    (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    (28.19, -3.0, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
)
C = -3.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class EntryTerms(NamedTuple):
    """Every term of the loss, in dB."""

    Lh: float
    Le: float
    mu1: float
    mu2: float
    sigma1: float
    sigma2: float
    A: float
    B: float
    Lbel: float


@njit
def entry_terms(f: float, building: int, theta: float, deviate: float) -> EntryTerms:
    """Loss not exceeded with the probability behind ``deviate``: eqs. (1) to (10)."""
    r, s, t, u, v, w, x, y, z = COEFFICIENTS[building]
    lf = math.log10(f)
    lh = r + s * lf + t * lf * lf
    le = 0.212 * abs(theta)
    mu1, mu2 = lh + le, w + x * lf
    sigma1, sigma2 = u + v * lf, y + z * lf
    a, b = deviate * sigma1 + mu1, deviate * sigma2 + mu2
    power = 10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0 ** (0.1 * C)
    return EntryTerms(lh, le, mu1, mu2, sigma1, sigma2, a, b, 10.0 * math.log10(power))


@njit
def fill_losses(f: Floats, building: Ints, theta: Floats, deviate: Floats, loss: Floats) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = entry_terms(f[i], building[i], theta[i], deviate[i]).Lbel
