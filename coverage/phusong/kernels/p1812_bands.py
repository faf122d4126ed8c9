"""What P.1812-8 asks of a frequency and a mast's latitude, found once for all of its receivers."""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import inlined_njit, njit
from phusong.kernels import p1812
from phusong.kernels.diffraction import CONDUCTIVITY_LAND, PERMITTIVITY_LAND, wavelength_m
from phusong.kernels.fast_math_single import f4

__all__ = [
    "BAND_CONSTANTS",
    "Band",
    "Climate",
    "admittance",
    "band_from",
    "climate_of",
    "prepare_band",
]


class Band(NamedTuple):
    """What depends on the frequency and the settings, but not on the path; float32."""

    free_space_db: np.float32  # 92.4 + 20 log f: eq. (8)
    per_root_wavelength: np.float32
    root_wavelength: np.float32
    third_root_f: np.float32
    root_f: np.float32
    k: np.float32  # normalised admittance, times the earth radius's cubic root: eqs. (30), (31)
    troposcatter_db: np.float32  # what eq. (44) has besides distance and angle
    ducting_db: np.float32  # what eq. (47) has besides geometry
    time_db: np.float32  # the least that eq. (53) can be


class Climate(NamedTuple):
    """What of the ducting model depends on the mast's latitude; float32.

    Log2 of beta0 is the occurrence and log2 of mu1 times the power: eqs. (4), (5).
    """

    occurrence: np.float32
    power: np.float32
    per_ae: np.float32  # 500 over the effective earth radius in km
    nearest_km: np.float32  # no point of a profile is nearer to the receiver


BAND_CONSTANTS = len(Band._fields) + 1


@njit
def admittance(f, permittivity, conductivity, vertical):
    """``Band.k`` of one kind of ground."""
    loss_term = (18.0 * conductivity / f) ** 2
    k = 0.036 * f ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_term) ** -0.25
    return k * math.sqrt(permittivity**2 + loss_term) if vertical else k


@njit
def prepare_band(f, settings, farthest_km, out):
    """Fill ``out`` with a `Band` and the frequency in GHz, for paths up to ``farthest_km``.

    ``settings`` are those of `phusong.kernels.area_models.p1812_loss`.
    """
    n0, vertical = settings[2], settings[4] > 0.0
    lf = 25.0 * math.log10(f) - 2.5 * math.log10(0.5 * f) ** 2
    alf = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    out[0] = 92.4 + 20.0 * math.log10(f)
    out[1] = 1.0 / math.sqrt(wavelength_m(f))
    out[2] = math.sqrt(wavelength_m(f))
    out[3] = f ** (1.0 / 3.0)
    out[4] = math.sqrt(f)
    out[5] = admittance(f, PERMITTIVITY_LAND, CONDUCTIVITY_LAND, vertical)
    out[6] = 190.1 + lf - 0.15 * n0
    out[7] = 102.45 + 20.0 * math.log10(f) + alf
    out[8] = _least_time_dependence_db(settings[3], farthest_km)
    out[9] = f


@inlined_njit
def band_from(c):
    """The `Band` that `prepare_band` filled ``c`` with."""
    return Band(
        f4(c[0]),
        f4(c[1]),
        f4(c[2]),
        f4(c[3]),
        f4(c[4]),
        f4(c[5]),
        f4(c[6]),
        f4(c[7]),
        f4(c[8]),
    )


@njit
def _least_time_dependence_db(latitude_deg, farthest_km):
    """Lower bound of eq. (53) at 50 % over land, for every path up to ``farthest_km``.

    beta never exceeds beta0; both are scanned finely, and 0.5 dB taken off for what lies between.
    """
    least = np.inf
    for i in range(1, 33):
        d = farthest_km * i / 32.0
        b0 = p1812.beta0_percent(latitude_deg, d, d)
        for j in range(33):
            least = min(least, p1812.time_dependence_db(d, 50.0, b0 * 10.0 ** (-0.25 * j)))
    return least - 0.5


@inlined_njit
def climate_of(settings, step_km):
    """The `Climate` of a mast, from the settings of `phusong.kernels.area_models.p1812_loss`."""
    phi = abs(settings[3])
    near = phi <= 70.0
    occurrence = math.log2(10.0) * (1.67 - 0.015 * phi) if near else math.log2(4.17)
    power = 0.065 + 0.0176 * phi if near else 1.3
    return Climate(f4(occurrence), f4(power), f4(500.0 / settings[1]), f4(0.8 * step_km))
