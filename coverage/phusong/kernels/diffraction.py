"""Diffraction over terrain: Recommendation ITU-R P.526, as ITU-R P.1812-8 section 4.3 uses it.

Distances in km, heights in m, frequencies in GHz, losses in dB. Letters are the Recommendation's.
A diffraction parameter nu is carried as ``nu_root``, nu times the square root of the wavelength in
metres: that product depends on geometry alone, so one profile serves every frequency.
"""

import math

import numpy as np

from phusong._jit import njit

__all__ = [
    "bullington_db",
    "bullington_nu_root",
    "clear_nu_root",
    "delta_bullington_db",
    "equivalent_edge_nu_root",
    "knife_edge_db",
    "smooth_nu_root",
    "smooth_nu_root_analytic",
    "spherical_earth_db",
    "wavelength_m",
]

NU_NO_LOSS = -0.78
# Electrical constants of land and sea: P.1812-8 section 4.3.2.
PERMITTIVITY_LAND, CONDUCTIVITY_LAND = 22.0, 0.003
PERMITTIVITY_SEA, CONDUCTIVITY_SEA = 80.0, 5.0


@njit
def wavelength_m(frequency_ghz):
    """Wavelength with the Recommendation's rounded speed of light."""
    return 0.2998 / frequency_ghz


@njit
def knife_edge_db(nu):
    """Single knife-edge loss J(nu): P.1812-8 eq. (12)."""
    if nu <= NU_NO_LOSS:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@njit
def bullington_db(nu, distance_km):
    """Bullington loss from the parameter of its single edge: eq. (21)."""
    luc = knife_edge_db(nu)
    return luc + (1.0 - math.exp(-luc / 6.0)) * (10.0 + 0.02 * distance_km)


@njit
def _edge_nu_root(excess_m, d, d1):
    """Parameter of an edge ``excess_m`` above the direct ray at ``d1``, times sqrt(wavelength)."""
    return excess_m * math.sqrt(0.002 * d / (d1 * (d - d1)))


@njit
def equivalent_edge_nu_root(hts, hrs, stim, srim, d):
    """The Bullington point where the two horizon rays meet: eqs. (18) to (20)."""
    dbp = (hrs - hts + srim * d) / (stim + srim)
    return _edge_nu_root(hts + stim * dbp - (hts * (d - dbp) + hrs * dbp) / d, d, dbp)


@njit
def clear_nu_root(distance_km, surface_m, hts, hrs, ap):
    """Largest parameter of the points under a clear ray: eq. (15), times sqrt(wavelength)."""
    n = distance_km.size
    d = distance_km[n - 1]
    bulge = 500.0 / ap
    slope = (hrs - hts) / d
    nu_root = -np.inf
    for i in range(1, n - 1):
        di = distance_km[i]
        excess = surface_m[i] + bulge * di * (d - di) - hts - slope * di
        nu_root = max(nu_root, _edge_nu_root(excess, d, di))
    return nu_root


@njit
def bullington_nu_root(distance_km, surface_m, hts, hrs, ap):
    """Largest diffraction parameter of a profile: eqs. (13) to (20), times sqrt(wavelength).

    ``surface_m`` is terrain plus clutter; its end points are not read. ``ap`` is the effective
    earth radius in km.
    """
    n = distance_km.size
    d = distance_km[n - 1]
    bulge = 500.0 / ap
    stim = srim = -np.inf
    for i in range(1, n - 1):
        di = distance_km[i]
        bulged = surface_m[i] + bulge * di * (d - di)
        stim = max(stim, (bulged - hts) / di)
        srim = max(srim, (bulged - hrs) / (d - di))
    if stim < (hrs - hts) / d:
        return clear_nu_root(distance_km, surface_m, hts, hrs, ap)
    return equivalent_edge_nu_root(hts, hrs, stim, srim, d)


@njit
def _smooth_slope(x, d, h, bulge):
    """Slope towards a smooth earth's point at ``x`` from an antenna ``h`` above it."""
    return bulge * (d - x) - h / x


@njit
def _index_below(distance_km, x):
    """Last point not farther than ``x``, among those between the ends."""
    i = np.searchsorted(distance_km, x, side="right") - 1
    return min(max(i, 1), distance_km.size - 2)


@njit
def _steepest_smooth(distance_km, hte, hre, bulge):
    """Steepest slopes from both ends over a smooth earth, at the profile's points.

    Each slope rises then falls along the path, so that the best point is one of the two beside
    the tangent's.
    """
    last = distance_km.size - 2
    d = distance_km[last + 1]
    i = _index_below(distance_km, math.sqrt(hte / bulge))
    k = min(i + 1, last)
    stim = max(
        _smooth_slope(distance_km[i], d, hte, bulge), _smooth_slope(distance_km[k], d, hte, bulge)
    )
    i = _index_below(distance_km, d - math.sqrt(hre / bulge))
    k = min(i + 1, last)
    srim = max(
        _smooth_slope(d - distance_km[i], d, hre, bulge),
        _smooth_slope(d - distance_km[k], d, hre, bulge),
    )
    return stim, srim


@njit
def _smooth_edge(distance_km, i, hte, hre, bulge):
    d, di = distance_km[distance_km.size - 1], distance_km[i]
    excess = bulge * di * (d - di) - (hte * (d - di) + hre * di) / d
    return _edge_nu_root(excess, d, di)


@njit
def smooth_nu_root(distance_km, hte, hre, ap):
    """The same as `bullington_nu_root` over a smooth earth, at the profile's own points.

    Under a clear ray the parameter rises then falls along the path (it is concave in the angle
    whose squared sine is the part of the path passed), so its largest is found by bisection.
    """
    d = distance_km[distance_km.size - 1]
    bulge = 500.0 / ap
    stim, srim = _steepest_smooth(distance_km, hte, hre, bulge)
    if stim >= (hre - hte) / d:
        return equivalent_edge_nu_root(hte, hre, stim, srim, d)
    low, high = 1, distance_km.size - 2
    while low < high:
        middle = (low + high) // 2
        here = _smooth_edge(distance_km, middle, hte, hre, bulge)
        if here < _smooth_edge(distance_km, middle + 1, hte, hre, bulge):
            low = middle + 1
        else:
            high = middle
    return _smooth_edge(distance_km, low, hte, hre, bulge)


@njit
def _horizon_km(hte, hre, ap):
    """Marginal line-of-sight distance over a smooth earth: eq. (22)."""
    return math.sqrt(2.0 * ap) * (math.sqrt(0.001 * hte) + math.sqrt(0.001 * hre))


@njit
def _least_clearance(d, hte, hre, ap):
    """Distance in km to the point of least clearance, and the clearance in m: eqs. (23), (24)."""
    c = (hte - hre) / (hte + hre)
    m = 250.0 * d * d / (ap * (hte + hre))
    cosine = 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)
    angle = math.acos(min(1.0, max(-1.0, cosine)))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)
    d1 = 0.5 * d * (1.0 + b)
    d2 = d - d1
    h = ((hte - 500.0 * d1 * d1 / ap) * d2 + (hre - 500.0 * d2 * d2 / ap) * d1) / d
    return d1, h


@njit
def smooth_nu_root_analytic(d, hte, hre, ap):
    """Smooth-earth parameter without a profile: P.1812-8 Attachment 4, eqs. (105) to (110)."""
    if d < _horizon_km(hte, hre, ap):
        d1, clearance = _least_clearance(d, hte, hre, ap)
        return _edge_nu_root(-clearance, d, d1)
    bulge = 500.0 / ap
    stm = bulge * d - 2.0 * math.sqrt(bulge * hte)
    srm = bulge * d - 2.0 * math.sqrt(bulge * hre)
    return equivalent_edge_nu_root(hte, hre, stm, srm, d)


@njit
def _height_gain(b, k_floor_db):
    """Height-gain term G(Y) with its floor: eq. (34)."""
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, k_floor_db)


@njit
def _first_term_db(permittivity, conductivity, d, hte, hre, adft, f, vertical):
    """First term of the residue series for one kind of ground: eqs. (29) to (36)."""
    loss_term = (18.0 * conductivity / f) ** 2
    k = 0.036 * (adft * f) ** (-1.0 / 3.0) * ((permittivity - 1.0) ** 2 + loss_term) ** -0.25
    if vertical:
        k *= math.sqrt(permittivity**2 + loss_term)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * (f / adft**2) ** (1.0 / 3.0) * d
    y_per_m = 0.9575 * beta * (f * f / adft) ** (1.0 / 3.0)
    if x >= 1.6:
        fx = 11.0 + 10.0 * math.log10(x) - 17.6 * x
    else:
        fx = -20.0 * math.log10(x) - 5.6488 * x**1.425
    floor = 2.0 + 20.0 * math.log10(k)
    gain_t = _height_gain(beta * y_per_m * hte, floor)
    gain_r = _height_gain(beta * y_per_m * hre, floor)
    return -fx - gain_t - gain_r


@njit
def _ground_mix_db(d, hte, hre, adft, f, omega, vertical):
    """First-term loss over a path of which the fraction ``omega`` is sea: eq. (28)."""
    loss = 0.0
    if omega < 1.0:
        land = _first_term_db(PERMITTIVITY_LAND, CONDUCTIVITY_LAND, d, hte, hre, adft, f, vertical)
        loss += (1.0 - omega) * land
    if omega > 0.0:
        sea = _first_term_db(PERMITTIVITY_SEA, CONDUCTIVITY_SEA, d, hte, hre, adft, f, vertical)
        loss += omega * sea
    return loss


@njit
def spherical_earth_db(d, hte, hre, ap, f, omega, vertical):
    """Spherical-earth diffraction loss: P.1812-8 section 4.3.2, eqs. (22) to (27)."""
    if d >= _horizon_km(hte, hre, ap):
        return _ground_mix_db(d, hte, hre, ap, f, omega, vertical)
    d1, clearance = _least_clearance(d, hte, hre, ap)
    required = 17.456 * math.sqrt(d1 * (d - d1) * wavelength_m(f) / d)
    if clearance > required:
        return 0.0
    aem = 500.0 * (d / (math.sqrt(hte) + math.sqrt(hre))) ** 2
    ldft = max(0.0, _ground_mix_db(d, hte, hre, aem, f, omega, vertical))
    return (1.0 - clearance / required) * ldft


@njit
def delta_bullington_db(actual_nu_root, smooth_nu_root, d, hte, hre, ap, f, omega, vertical):
    """Delta-Bullington loss and its three parts: section 4.3.4, eq. (39).

    Returns Ld, Lbulla (actual profile), Lbulls (smooth profile) and Ldsph, in dB.
    """
    root = math.sqrt(wavelength_m(f))
    lbulla = bullington_db(actual_nu_root / root, d)
    lbulls = bullington_db(smooth_nu_root / root, d)
    ldsph = spherical_earth_db(d, hte, hre, ap, f, omega, vertical)
    return lbulla + max(ldsph - lbulls, 0.0), lbulla, lbulls, ldsph
