"""Troposcatter of the Irregular Terrain Model (ITM 1.4).

``f`` is in MHz, heights and distances in m, angles in radians, losses in dB. Citations as in
`phusong.kernels.itm_terrain`.
"""

import math

import numpy as np

from phusong._jit import njit
from phusong.kernels.itm_terrain import WAVE_NUMBER_MHZ, ItmPath

__all__ = ["UNDEFINED_DB", "frequency_gain_db", "troposcatter_db"]

# Stands for "no such wave": [Algorithm, page 11].
UNDEFINED_DB = 1001.0
# Scale heights in m: [Algorithm, eq. 4.67].
Z_0, Z_1 = 1755.6, 8000.0
# Scattering curves H_01: [Algorithm, eq. 6.13].
H01_A = np.array([25.0, 80.0, 177.0, 395.0, 705.0])
H01_B = np.array([24.0, 45.0, 68.0, 80.0, 105.0])


@njit
def _h01_db(r: float, eta: float) -> float:
    """Scattering function H_01, between its whole-numbered curves: [Algorithm, eq. 6.13]."""
    eta = min(max(eta, 1.0), 5.0)
    j = int(eta) - 1
    part = eta - int(eta)
    k = min(j + 1, 4)
    low = 10.0 * math.log10(1.0 + H01_A[j] / r**4 + H01_B[j] / r**2)
    high = 10.0 * math.log10(1.0 + H01_A[k] / r**4 + H01_B[k] / r**2)
    return (1.0 - part) * low + part * high


@njit
def _scattering_efficiency(path: ItmPath, d: float, theta: float, unequal: float) -> float:
    """Efficiency eta_s at the height where the horizon rays cross: [Algorithm, eqs. 4.66, 4.67]."""
    h_0 = (d - unequal) * (d + unequal) * theta * 0.25 / d
    n_s = path.N_s
    air = 0.031 - n_s * 2.32e-3 + n_s**2 * 5.67e-6
    return h_0 / Z_0 * (1.0 + air * math.exp(-(min(1.7, h_0 / Z_1) ** 6)))


@njit
def frequency_gain_db(path: ItmPath, d: float, f: float) -> float:
    """Frequency gain H_0, or `UNDEFINED_DB`: [TN101, eqs. 9.3a to 9.5]."""
    unequal = abs(path.tx.d_hzn - path.rx.d_hzn)
    ratio = path.rx.h_e / path.tx.h_e
    if path.tx.d_hzn < path.rx.d_hzn:
        ratio = 1.0 / ratio
    theta = path.tx.theta_hzn + path.rx.theta_hzn + d / path.a_e
    r1 = 2.0 * f / WAVE_NUMBER_MHZ * theta * path.tx.h_e
    r2 = 2.0 * f / WAVE_NUMBER_MHZ * theta * path.rx.h_e
    if r1 < 0.2 and r2 < 0.2:
        return UNDEFINED_DB
    s = (d - unequal) / (d + unequal)
    q = min(max(0.1, ratio / s), 10.0)
    s = max(0.1, s)
    eta = _scattering_efficiency(path, d, theta, unequal)
    h00 = 0.5 * (_h01_db(r1, eta) + _h01_db(r2, eta))
    more = 6.0 * (0.6 - math.log10(max(eta, 1.0))) * math.log10(s) * math.log10(q)
    h0: float = max(h00 + min(h00, more), 0.0)
    if eta >= 1.0:
        return h0
    root2 = math.sqrt(2.0)
    product = ((1.0 + root2 / r1) * (1.0 + root2 / r2)) ** 2
    none = 10.0 * math.log10(product * (r1 + r2) / (r1 + r2 + 2.0 * root2))
    both: float = eta * h0 + (1.0 - eta) * none
    return both


@njit
def _scatter_function_db(td: float) -> float:
    """Attenuation function F(theta d), its argument in m: [Algorithm, eq. 6.9]."""
    if td <= 10e3:
        return 133.4 + 0.332e-3 * td - 10.0 * math.log10(td)
    if td <= 70e3:
        return 104.6 + 0.212e-3 * td - 2.5 * math.log10(td)
    return 71.8 + 0.157e-3 * td + 5.0 * math.log10(td)


@njit
def troposcatter_db(path: ItmPath, d: float, f: float, h0: float) -> float:
    """Troposcatter loss at a distance, given the frequency gain H_0: [Algorithm, eq. 4.63]."""
    theta = d / path.a_e - path.theta_los
    refraction = 0.1 * (path.N_s - 301.0) * math.exp(-theta * d / 40e3)
    scatter: float = _scatter_function_db(theta * d)
    return scatter + 10.0 * math.log10(f * theta**4) - refraction + h0
