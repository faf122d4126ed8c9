"""Attenuation by atmospheric gases, line by line: Recommendation ITU-R P.676-13, Annex 1.

Letters and equation numbers are the Recommendation's: frequency ``f`` in GHz, pressure of dry air
``p`` and of water vapour ``e`` in hPa, temperature ``t`` in K, water vapour density ``rho`` in
g/m3. ``oxygen`` and ``vapour`` are Tables 1 and 2, shapes (44, 7) and (35, 7): the line's
frequency f0, then a1 to a6 or b1 to b6. P.676-12 has the same equations and tables.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = ["fill_specific", "oxygen_db_km", "vapour_pressure_hpa", "water_vapour_db_km"]

ZEEMAN_GHZ2 = 2.25e-6

Floats = npt.NDArray[np.float64]


@njit
def vapour_pressure_hpa(t, rho):
    """Partial pressure of the water vapour: eq. (4)."""
    return rho * t / 216.7


@njit
def _line_shape(f, f0, width, interference):
    """Shape factor F of a line: eq. (5)."""
    below, above, square = f0 - f, f0 + f, width * width
    lower = (width - interference * below) / (below * below + square)
    upper = (width - interference * above) / (above * above + square)
    return f / f0 * (lower + upper)


@njit
def _oxygen_line(line, i, f, p, e, theta):
    """Strength times shape of an oxygen line: eqs. (3), (6a), (6b), (7)."""
    strength = line[i, 1] * 1e-7 * p * theta**3 * math.exp(line[i, 2] * (1.0 - theta))
    width = line[i, 3] * 1e-4 * (p * theta ** (0.8 - line[i, 4]) + 1.1 * e * theta)
    width = math.sqrt(width * width + ZEEMAN_GHZ2)
    interference = (line[i, 5] + line[i, 6] * theta) * 1e-4 * (p + e) * theta**0.8
    return strength * _line_shape(f, line[i, 0], width, interference)


@njit
def _water_vapour_line(line, i, f, p, e, theta):
    """Strength times shape of a water vapour line: eqs. (3), (6a), (6b)."""
    f0 = line[i, 0]
    strength = line[i, 1] * 1e-1 * e * theta**3.5 * math.exp(line[i, 2] * (1.0 - theta))
    width = line[i, 3] * 1e-4 * (p * theta ** line[i, 4] + line[i, 5] * e * theta ** line[i, 6])
    doppler = 2.1316e-12 * f0 * f0 / theta
    width = 0.535 * width + math.sqrt(0.217 * width * width + doppler)
    return strength * _line_shape(f, f0, width, 0.0)


@njit
def _dry_continuum(f, p, e, theta):
    """Debye spectrum of oxygen below 10 GHz and nitrogen above 100 GHz: eqs. (8), (9)."""
    d = 5.6e-4 * (p + e) * theta**0.8
    debye = 6.14e-5 / (d * (1.0 + (f / d) ** 2))
    nitrogen = 1.4e-12 * p * theta**1.5 / (1.0 + 1.9e-5 * f**1.5)
    return f * p * theta * theta * (debye + nitrogen)


@njit
def oxygen_db_km(f, p, t, rho, oxygen):
    """Specific attenuation by dry air, gamma_o: eqs. (1), (2a)."""
    theta, e = 300.0 / t, vapour_pressure_hpa(t, rho)
    refractivity = _dry_continuum(f, p, e, theta)
    for i in range(oxygen.shape[0]):
        refractivity += _oxygen_line(oxygen, i, f, p, e, theta)
    return 0.1820 * f * refractivity


@njit
def water_vapour_db_km(f, p, t, rho, vapour):
    """Specific attenuation by water vapour, gamma_w: eqs. (1), (2b)."""
    theta, e = 300.0 / t, vapour_pressure_hpa(t, rho)
    refractivity = 0.0
    for i in range(vapour.shape[0]):
        refractivity += _water_vapour_line(vapour, i, f, p, e, theta)
    return 0.1820 * f * refractivity


@njit
def fill_specific(
    f: Floats,
    p: Floats,
    t: Floats,
    rho: Floats,
    oxygen: Floats,
    vapour: Floats,
    gamma_o: Floats,
    gamma_w: Floats,
) -> None:
    """Fill ``gamma_o`` and ``gamma_w``, in dB/km, from arrays of one shape (n,)."""
    for i in range(f.size):
        gamma_o[i] = oxygen_db_km(f[i], p[i], t[i], rho[i], oxygen)
        gamma_w[i] = water_vapour_db_km(f[i], p[i], t[i], rho[i], vapour)
