"""Many microwave hops at once: what clears the ray on a curved earth, and how long fades last.

The clearance of a point is carried as a *root*: what the ray has above the surface, in metres, over
the square root of 1000 d1 d2 / d (km). Times one over the square root of the wavelength it is the
clearance in radii of the first Fresnel zone, so that one walk over the ground serves every band.

Rows and columns are those of the terrain array, fractional where they name a point; distances in
km, heights in m above sea level, frequencies in GHz, losses in dB, parts of the time in %.
"""

import math

import numpy as np

from phusong._jit import njit, shared_njit
from phusong.kernels.area import bilinear, nearest
from phusong.kernels.p530 import multipath_occurrence, multipath_percent, rain_terms

__all__ = ["fill_clearances", "fill_fades", "rain_percent"]

EARTH_RADIUS_KM = 6371.0
# P.530-17 vouches for these parts of the time, and for an occurrence factor below this.
LEAST_PERCENT, MOST_PERCENT = 0.001, 1.0
MOST_OCCURRENCE_PERCENT = 2000.0
NEVER = 100.0


@njit
def _walk(terrain, clutter_m, row, col, altitude_m, a, b, pixel_km, step_km, k, root, at_km, clear):
    """Find the least root between two places for each k, from place ``a`` to place ``b``."""
    length = pixel_km * math.hypot(row[b] - row[a], col[b] - col[a])
    steps = max(2, math.ceil(length / step_km))
    root[:], at_km[:], clear[:] = np.inf, 0.0, np.inf
    if length == 0.0:
        return
    for i in range(1, steps):
        part = i / steps
        r, c = row[a] + (row[b] - row[a]) * part, col[a] + (col[b] - col[a]) * part
        ray = altitude_m[a] + (altitude_m[b] - altitude_m[a]) * part
        above = ray - bilinear(terrain, r, c) - nearest(clutter_m, r, c)
        d1 = length * part
        between = 1000.0 * d1 * (length - d1)
        for j in range(k.size):
            clearance = above - between / (2.0 * k[j] * EARTH_RADIUS_KM)
            here = clearance / math.sqrt(between / length)
            if here < root[j]:
                root[j], at_km[j], clear[j] = here, d1, clearance


@shared_njit
def fill_clearances(
    share,
    shares,
    terrain,
    clutter_m,
    row,
    col,
    altitude_m,
    first,
    second,
    pixel_km,
    step_km,
    k,
    root,
    at_km,
    clear,
):
    """Fill (hops, k): least root, its distance from ``first``, and the clearance there.

    ``first`` and ``second`` (hops,) are places of ``row``, ``col`` and ``altitude_m``, ``k`` are
    factors of the earth's radius. ``clutter_m`` is as large as the terrain, or one pixel that holds
    everywhere; there is none at the ends. A hop is walked one way whichever end is named first, so
    that both give the same bits.
    """
    for i in range(share, first.size, shares):
        a, b = first[i], second[i]
        turned = (row[a], col[a], altitude_m[a]) > (row[b], col[b], altitude_m[b])
        if turned:
            a, b = b, a
        place = row, col, altitude_m, a, b, pixel_km, step_km, k
        _walk(terrain, clutter_m, *place, root[i], at_km[i], clear[i])
        if turned:
            length = pixel_km * math.hypot(row[b] - row[a], col[b] - col[a])
            at_km[i] = length - at_km[i]


@njit
def rain_percent(d, f, rain_rate_mm_h, elevation_deg, tilt_deg, margin_db):
    """Percentage of the average year in which rain takes more than a margin: P.530-17 eq. (34).

    The equation is a parabola in the logarithm of the percentage, solved for it. Never below
    0.001, but 0 where it never rains; above 1, where it is not valid, 100.
    """
    if margin_db <= 0.0:
        return NEVER
    t = rain_terms(d, f, rain_rate_mm_h, 1.0, elevation_deg, tilt_deg)
    if t.Ap <= 0.0:
        return 0.0
    depth = math.log10(t.Ap / margin_db)
    under_root = t.C2 * t.C2 + 4.0 * t.C3 * depth
    if under_root <= 0.0:
        return LEAST_PERCENT
    percent = 10.0 ** ((math.sqrt(under_root) - t.C2) / (2.0 * t.C3))
    return NEVER if percent > MOST_PERCENT else max(percent, LEAST_PERCENT)


@njit
def _multipath(d, f, tx_m, rx_m, gradient, roughness_m, margin_db):
    """Percentage of the worst month in which multipath takes more than a margin."""
    if margin_db <= 0.0:
        return NEVER
    p0 = multipath_occurrence(d, f, tx_m, rx_m, gradient, roughness_m)
    return multipath_percent(min(p0, MOST_OCCURRENCE_PERCENT), margin_db)


@shared_njit
def fill_fades(
    share,
    shares,
    wanted,
    length_km,
    tx_m,
    rx_m,
    frequency_ghz,
    system_gain_db,
    gas_db_km,
    climate,
    margin_db,
    rain,
    multipath,
):
    """Fill (hops, bands) where ``wanted``: fade margin, and the time that each fade exceeds it.

    ``climate`` is R0.01 (mm/h), dN1 (N-units/km), the terrain's roughness (m) and the
    polarization's tilt (degrees). ``system_gain_db`` is EIRP and the far dish's gain less the
    receiver's threshold.
    """
    rain_rate, gradient, roughness, tilt = climate
    for i in range(share, length_km.size, shares):
        rise_km = (rx_m[i] - tx_m[i]) / 1000.0
        d = math.hypot(length_km[i], rise_km)
        elevation = math.degrees(math.atan2(rise_km, length_km[i]))
        for j in range(frequency_ghz.size):
            if wanted[i, j]:
                f = frequency_ghz[j]
                free_space = 92.45 + 20.0 * math.log10(f * d)
                margin = system_gain_db[j] - free_space - gas_db_km[j] * d
                margin_db[i, j] = margin
                rain[i, j] = rain_percent(d, f, rain_rate, elevation, tilt, margin)
                ends = tx_m[i], rx_m[i]
                multipath[i, j] = _multipath(d, f, *ends, gradient, roughness, margin)
