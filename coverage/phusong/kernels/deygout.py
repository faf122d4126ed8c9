"""Deygout's diffraction loss over at most three knife edges.

Recommendation ITU-R P.526-11 (2009), section 4.4.2, "Cascaded knife edge method": Deygout's
construction with the Recommendation's empirical correction. P.526-15 no longer carries it; for a
general path its section 4.5.1 has Bullington's construction (`phusong.kernels.diffraction`).
Distances in km, heights in m, frequencies in GHz, losses in dB.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.diffraction import knife_edge_db, wavelength_m

__all__ = ["deygout_db", "principal_edge"]

NU_NO_LOSS = -0.78

Floats = npt.NDArray[np.float64]


@njit
def principal_edge(
    distance_km: Floats, surface_m: Floats, a: int, ha: float, b: int, hb: float, ae: float
) -> tuple[int, float]:
    """Point between ``a`` and ``b`` with the largest parameter nu, and nu times sqrt(wavelength).

    ``ha`` and ``hb`` are the heights of the ray's two ends. Without a point between them, ``a``
    and minus infinity.
    """
    at, largest = a, -math.inf
    d = distance_km[b] - distance_km[a]
    for i in range(a + 1, b):
        da = distance_km[i] - distance_km[a]
        db = distance_km[b] - distance_km[i]
        h = surface_m[i] + 500.0 * da * db / ae - (ha * db + hb * da) / d
        nu_root = h * math.sqrt(0.002 * d / (da * db))
        if nu_root > largest:
            at, largest = i, nu_root
    return at, largest


@njit
def deygout_db(
    distance_km: Floats, surface_m: Floats, hts: float, hrs: float, ae: float, frequency_ghz: float
) -> float:
    """Diffraction loss of a principal edge and one secondary edge on each side of it.

    ``surface_m`` is terrain plus clutter; its end points are not read. ``hts`` and ``hrs`` are the
    antennas' heights above sea level, ``ae`` the effective earth radius in km.
    """
    last = distance_km.size - 1
    root = math.sqrt(wavelength_m(frequency_ghz))
    p, nu_p = principal_edge(distance_km, surface_m, 0, hts, last, hrs, ae)
    if nu_p / root <= NU_NO_LOSS:
        return 0.0
    hp = surface_m[p]
    _, nu_t = principal_edge(distance_km, surface_m, 0, hts, p, hp, ae)
    _, nu_r = principal_edge(distance_km, surface_m, p, hp, last, hrs, ae)
    jp: float = knife_edge_db(nu_p / root)
    jt: float = knife_edge_db(nu_t / root)
    jr: float = knife_edge_db(nu_r / root)
    c = 10.0 + 0.04 * distance_km[last]
    return jp + (1.0 - math.exp(-jp / 6.0)) * float(jt + jr + c)
