"""Specific attenuation by rain: Recommendation ITU-R P.838-3, eqs. (1) to (5)."""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["coefficients", "fill_coefficients", "rain_db_km"]

# Tables 1 to 4: a, b and c of each Gaussian over log10 f; then m and c of the straight line.
K_H = (
    (-5.33980, -0.10008, 1.13098),
    (-0.35351, 1.26970, 0.45400),
    (-0.23789, 0.86036, 0.15354),
    (-0.94158, 0.64552, 0.16817),
)
K_H_LINE = (-0.18961, 0.71147)
K_V = (
    (-3.80595, 0.56934, 0.81061),
    (-3.44965, -0.22911, 0.51059),
    (-0.39902, 0.73042, 0.11899),
    (0.50167, 1.07319, 0.27195),
)
K_V_LINE = (-0.16398, 0.63297)
ALPHA_H = (
    (-0.14318, 1.82442, -0.55187),
    (0.29591, 0.77564, 0.19822),
    (0.32177, 0.63773, 0.13164),
    (-5.37610, -0.96230, 1.47828),
    (16.1721, -3.29980, 3.43990),
)
ALPHA_H_LINE = (0.67849, -1.95537)
ALPHA_V = (
    (-0.07771, 2.33840, -0.76284),
    (0.56727, 0.95545, 0.54039),
    (-0.20238, 1.14520, 0.26809),
    (-48.2991, 0.791669, 0.116226),
    (48.5833, 0.791459, 0.116479),
)
ALPHA_V_LINE = (-0.053739, 0.83433)

Floats = npt.NDArray[np.float64]


@njit
def _curve(log_f, gaussians, line):
    """A sum of Gaussians and a straight line over log10 f: eqs. (2), (3)."""
    total = line[0] * log_f + line[1]
    for a, b, c in gaussians:
        total += a * math.exp(-(((log_f - b) / c) ** 2))
    return total


@njit
def coefficients(frequency_ghz, elevation_deg, tilt_deg):
    """Coefficients k and alpha of a path's elevation and a polarization's tilt: eqs. (4), (5)."""
    log_f = math.log10(frequency_ghz)
    k_h = 10.0 ** _curve(log_f, K_H, K_H_LINE)
    k_v = 10.0 ** _curve(log_f, K_V, K_V_LINE)
    ka_h = k_h * _curve(log_f, ALPHA_H, ALPHA_H_LINE)
    ka_v = k_v * _curve(log_f, ALPHA_V, ALPHA_V_LINE)
    mix = math.cos(math.radians(elevation_deg)) ** 2 * math.cos(2.0 * math.radians(tilt_deg))
    k = (k_h + k_v + (k_h - k_v) * mix) / 2.0
    return k, (ka_h + ka_v + (ka_h - ka_v) * mix) / (2.0 * k)


@njit
def rain_db_km(rain_rate_mm_h, k, alpha):
    """Specific attenuation gamma_R: eq. (1)."""
    return k * rain_rate_mm_h**alpha


@njit
def fill_coefficients(
    frequency_ghz: Floats, elevation_deg: Floats, tilt_deg: Floats, k: Floats, alpha: Floats
) -> None:
    """Fill ``k`` and ``alpha`` from arrays of one shape (n,)."""
    for i in range(k.size):
        k[i], alpha[i] = coefficients(frequency_ghz[i], elevation_deg[i], tilt_deg[i])
