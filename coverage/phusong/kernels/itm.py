"""Irregular Terrain Model, ITM 1.4 (Longley-Rice): loss of a path and what to think of it.

Joins the terrain, attenuation and variability parts: a profile is analysed once
(`phusong.kernels.itm_terrain`) and its loss asked for at any number of frequencies and
percentages. Warnings are bits and errors are codes, as the C++ library of NTIA numbers them.
"""

import cmath
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.itm_attenuation import reference_attenuation
from phusong.kernels.itm_terrain import End, ItmPath, area_path, smooth_horizon
from phusong.kernels.itm_variability import Variability, inverse_normal, variability

__all__ = [
    "ERROR_EFFECTIVE_EARTH",
    "ERROR_GROUND_IMPEDANCE",
    "ERROR_REFRACTIVITY_LARGE",
    "ERROR_REFRACTIVITY_SMALL",
    "NO_DIFFRACTION",
    "NO_ERROR",
    "Link",
    "LossTerms",
    "fill_area_losses",
    "loss_terms",
]

Floats = npt.NDArray[np.float64]

NO_ERROR = 0
ERROR_GROUND_IMPEDANCE = 1013
ERROR_EFFECTIVE_EARTH = 1016
ERROR_REFRACTIVITY_SMALL = 1021
ERROR_REFRACTIVITY_LARGE = 1022

# Warnings of a path; those of an end are the transmitter's, the receiver's is the next bit.
FREQUENCY = 0x4
FAR, TOO_FAR, NEAR, TOO_NEAR = 0x8, 0x10, 0x20, 0x40
EXTREME_VARIABILITY, REFRACTIVITY = 0x2000, 0x4000
END_HEIGHT, END_ANGLE, END_HORIZON_NEAR, END_HORIZON_FAR = 0x1, 0x80, 0x200, 0x800
# Not one of the source's, which takes 0 dB in silence where its diffraction has no value.
NO_DIFFRACTION = 0x8000

# Horizon angle, in radians, to which an angle may stand for its sine.
SMALL_ANGLE = 0.2


class Link(NamedTuple):
    """What is asked of a path: ``climate`` is 1 to 7, ``mode`` of variability 0 to 3.

    Codes and variability are those of `phusong.kernels.itm_variability`.
    """

    frequency_ghz: float
    vertical: bool
    permittivity: float
    conductivity_s_m: float
    climate: int
    mode: int
    with_location: bool
    with_situation: bool
    time_percent: float
    location_percent: float
    situation_percent: float


class LossTerms(NamedTuple):
    """Loss A and its terms in dB, the kind of path, warning bits and the error code."""

    A_fs: float
    A_ref: float
    V_med: float
    Y_R: float
    Y_S: float
    A: float
    mode: int
    warnings: int
    error: int


@njit
def _ground_impedance(
    f: float, vertical: bool, permittivity: float, conductivity: float
) -> complex:
    """Surface transfer impedance of the ground, complex and relative to free space."""
    relative = complex(permittivity, 18000.0 * conductivity / f)
    impedance = cmath.sqrt(relative - 1.0)
    if vertical:
        return impedance / relative
    return impedance


@njit
def _bit(condition: bool, bit: int) -> int:
    return bit if condition else 0


@njit
def _end_warnings(end: End, a_e: float) -> int:
    """Warnings about one end, as the transmitter's bits."""
    smooth = smooth_horizon(end.h_e, a_e)
    bits: int = (
        _bit(end.h < 1.0 or end.h > 1000.0, END_HEIGHT)
        | _bit(abs(end.theta_hzn) > SMALL_ANGLE, END_ANGLE)
        | _bit(end.d_hzn < 0.1 * smooth, END_HORIZON_NEAR)
        | _bit(end.d_hzn > 3.0 * smooth, END_HORIZON_FAR)
    )
    return bits


@njit
def _path_warnings(path: ItmPath, f: float) -> int:
    """Warnings about a path and the frequency in MHz."""
    steep = abs(path.tx.h_e - path.rx.h_e) / SMALL_ANGLE
    bits: int = (
        _end_warnings(path.tx, path.a_e)
        | _end_warnings(path.rx, path.a_e) << 1
        | _bit(f < 40.0 or f > 10000.0, FREQUENCY)
        | _bit(path.d > 1000e3, FAR)
        | _bit(path.d > 2000e3, TOO_FAR)
        | _bit(path.d < steep, NEAR)
        | _bit(path.d < 1e3, TOO_NEAR)
        | _bit(path.N_s < 250.0, REFRACTIVITY)
    )
    return bits


@njit
def _error(path: ItmPath, z_g: complex) -> int:
    """Code of what makes the path's loss undefined, or `NO_ERROR`."""
    if path.N_s < 150.0:
        return ERROR_REFRACTIVITY_SMALL
    if path.N_s > 400.0:
        return ERROR_REFRACTIVITY_LARGE
    if path.a_e < 4000000.0 or path.a_e > 13333333.0:
        return ERROR_EFFECTIVE_EARTH
    if z_g.real <= abs(z_g.imag):
        return ERROR_GROUND_IMPEDANCE
    return NO_ERROR


@njit
def _free_space_db(path: ItmPath, f: float) -> float:
    return 32.45 + 20.0 * math.log10(f) + 20.0 * math.log10(path.d / 1000.0)


@njit
def _bounded(departed: float) -> float:
    """The loss below free space, kept from falling far under it."""
    if departed < 0.0:
        return departed * (29.0 - departed) / (29.0 - 10.0 * departed)
    return departed


@njit
def _departures(path: ItmPath, link: Link) -> Variability:
    """How far the loss departs from its reference for the link's percentages."""
    departures: Variability = variability(
        path,
        1000.0 * link.frequency_ghz,
        link.climate,
        link.mode,
        link.with_location,
        link.with_situation,
        inverse_normal(link.time_percent / 100.0),
        inverse_normal(link.location_percent / 100.0),
        inverse_normal(link.situation_percent / 100.0),
    )
    return departures


@njit
def loss_terms(path: ItmPath, link: Link) -> LossTerms:
    """Loss, and its terms, over a path from `analyse_profile` or `area_path`.

    With an error the loss is NaN.
    """
    f = 1000.0 * link.frequency_ghz
    z_g = _ground_impedance(f, link.vertical, link.permittivity, link.conductivity_s_m)
    warnings = _path_warnings(path, f)
    error = _error(path, z_g)
    if error != NO_ERROR:
        nan = math.nan
        return LossTerms(nan, nan, nan, nan, nan, nan, 0, warnings, error)
    a_ref, kind = reference_attenuation(path, f, z_g)
    if math.isnan(a_ref):
        a_ref = 0.0
        warnings |= NO_DIFFRACTION
    a_ref = max(a_ref, 0.0)
    v = _departures(path, link)
    a_fs = _free_space_db(path, f)
    loss = a_fs + _bounded(a_ref - v.V_med - v.Y_R - v.Y_S)
    warnings |= _bit(v.extreme, EXTREME_VARIABILITY)
    return LossTerms(a_fs, a_ref, v.V_med, v.Y_R, v.Y_S, loss, kind, warnings, NO_ERROR)


@njit
def fill_area_losses(
    distance_km: Floats,
    delta_h_m: Floats,
    h_tx: float,
    h_rx: float,
    siting_tx: int,
    siting_rx: int,
    n0: float,
    link: Link,
    loss_db: Floats,
) -> int:
    """Fill ``loss_db`` in area mode, from arrays of one shape (n,); the last error's code."""
    error = NO_ERROR
    for i in range(loss_db.size):
        path = area_path(distance_km[i], delta_h_m[i], h_tx, h_rx, siting_tx, siting_rx, n0)
        terms = loss_terms(path, link)
        loss_db[i] = terms.A
        if terms.error != NO_ERROR:
            error = terms.error
    return error
