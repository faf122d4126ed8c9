"""The models that an area can be computed with, each as loss along one profile.

All have one signature, which `phusong.kernels.area.window_kernel` takes: (distance_km, height_m,
surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db). They fill ``loss_db``
(bands,) and return the elevation in degrees at which the signal leaves the mast. ``zone`` has one
value where it holds everywhere. ``settings`` has a row a band; what stands in its columns is said
with each model. A loss that a model cannot give is NaN.
"""

import math

import numpy as np

from phusong._jit import njit
from phusong.kernels import ehata, ehata_path, hata, itm, itm_terrain, p1812, spm, tr38901
from phusong.kernels.free_space import free_space_db
from phusong.kernels.path import analyse_path
from phusong.kernels.zones import stretches_of

__all__ = [
    "departure_deg",
    "ehata_loss",
    "free_space_loss",
    "hata_loss",
    "itm_link",
    "itm_loss",
    "itm_loss_db",
    "p1812_loss",
    "spm_loss",
    "tr38901_loss",
]


@njit
def _direct_slope(d, hts, hrs, ae):
    return (hrs - hts) / (1000.0 * d) - d / (2.0 * ae)


@njit
def departure_deg(distance_km, height_m, tx_m, rx_m, ae):
    """Elevation towards the receiver, or towards the horizon that hides it."""
    last = distance_km.size - 1
    hts = height_m[0] + tx_m
    steepest = _direct_slope(distance_km[last], hts, height_m[last] + rx_m, ae)
    for i in range(1, last):
        steepest = max(steepest, _direct_slope(distance_km[i], hts, height_m[i], ae))
    return math.degrees(math.atan(steepest))


@njit
def _in_sight(distance_km, surface_m, tx_m, rx_m, ae):
    """Whether the ray clears the surface with the earth's bulge."""
    last = distance_km.size - 1
    d = distance_km[last]
    hts, hrs = surface_m[0] + tx_m, surface_m[last] + rx_m
    for i in range(1, last):
        di = distance_km[i]
        ray = hts + (hrs - hts) * di / d
        if surface_m[i] + 500.0 / ae * di * (d - di) > ray:
            return False
    return True


@njit
def p1812_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """ITU-R P.1812-8; settings: time %, ae km, n0, latitude, 1 if vertical."""
    time_percent, ae, n0 = settings[0, 0], settings[0, 1], settings[0, 2]
    latitude_deg, vertical = settings[0, 3], settings[0, 4] > 0.0
    path = analyse_path(distance_km, height_m, surface_m, tx_m, rx_m, ae, True, time_percent < 50.0)
    stretches = stretches_of(distance_km, zone)
    b0 = p1812.beta0_percent(latitude_deg, stretches.dtm, stretches.dlm)
    for b in range(frequency_ghz.size):
        terms = p1812.loss_terms(
            path,
            frequency_ghz[b],
            time_percent,
            ae,
            b0,
            stretches.omega,
            stretches.dlm,
            stretches.dct,
            stretches.dcr,
            n0,
            vertical,
            0.0,
        )
        loss_db[b] = terms.Lb
    if path.line_of_sight:
        return math.degrees(math.atan(_direct_slope(path.d, path.hts, path.hrs, ae)))
    return math.degrees(path.theta_t / 1000.0)


@njit
def itm_link(frequency_ghz, settings):
    """What a band's settings, those of `itm_loss`, ask of a path."""
    vertical, climate = settings[3] > 0.0, int(settings[2])
    ground = settings[5], settings[6]
    return itm.Link(
        frequency_ghz, vertical, *ground, climate, 3, True, True, settings[4], 50.0, 50.0
    )


@njit
def itm_loss_db(path, link):
    """Loss over an analysed path."""
    terms = itm.loss_terms(path, link)
    undefined = terms.error != itm.NO_ERROR or (terms.warnings & itm.NO_DIFFRACTION) != 0
    return np.nan if undefined else terms.A


@njit
def itm_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """ITM 1.4 over the surface.

    Settings: ae km, n0, climate, 1 if vertical, time %, permittivity, conductivity S/m.
    """
    path = itm_terrain.analyse_profile(distance_km, surface_m, scratch, tx_m, rx_m, settings[0, 1])
    for b in range(frequency_ghz.size):
        loss_db[b] = itm_loss_db(path, itm_link(frequency_ghz[b], settings[b]))
    return departure_deg(distance_km, height_m, tx_m, rx_m, settings[0, 0])


@njit
def ehata_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """Extended Hata 3.2; settings: ae km, environment."""
    # Rounded as its door does: the source truncates quotients by the step.
    step_m = round(1000.0 * distance_km[distance_km.size - 1] / (distance_km.size - 1), 6)
    path = ehata_path.analyse_path(height_m, step_m, tx_m, rx_m, scratch)
    for b in range(frequency_ghz.size):
        terms = ehata.loss_terms(path, frequency_ghz[b], int(settings[0, 1]), 0.5)
        loss_db[b] = terms.plb__db
    return departure_deg(distance_km, height_m, tx_m, rx_m, settings[0, 0])


@njit
def hata_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """Okumura-Hata and COST-231-Hata; settings: ae km, environment, 1 if large city, 1 if COST."""
    d = distance_km[distance_km.size - 1]
    for b in range(frequency_ghz.size):
        loss_db[b] = hata.loss_db(
            d,
            frequency_ghz[b],
            tx_m,
            rx_m,
            int(settings[b, 1]),
            settings[b, 2] > 0.0,
            settings[b, 3] > 0.0,
        )
    return departure_deg(distance_km, height_m, tx_m, rx_m, settings[0, 0])


@njit
def free_space_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """Free space over the slant distance; settings: ae km."""
    last = distance_km.size - 1
    rise_km = (height_m[last] + rx_m - height_m[0] - tx_m) / 1000.0
    slant_km = math.hypot(distance_km[last], rise_km)
    for b in range(frequency_ghz.size):
        loss_db[b] = free_space_db(slant_km, frequency_ghz[b])
    return departure_deg(distance_km, height_m, tx_m, rx_m, settings[0, 0])


@njit
def spm_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """Standard Propagation Model; settings: ae km, K1 to K7, Kclutter, height method, stretch."""
    last = distance_km.size - 1
    ae = settings[0, 0]
    hteff = spm.effective_height_m(
        distance_km, height_m, tx_m, int(settings[0, 9]), settings[0, 10]
    )
    hts, hrs = height_m[0] + tx_m, height_m[last] + rx_m
    for b in range(frequency_ghz.size):
        k = settings[b]
        diffraction_db = spm.diffraction_db(
            distance_km, surface_m, hts, hrs, ae, frequency_ghz[b], spm.BULLINGTON
        )
        factors = spm.SpmCoefficients(k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8])
        loss_db[b] = spm.loss_terms(factors, distance_km[last], hteff, rx_m, diffraction_db, 0.0).L
    return departure_deg(distance_km, height_m, tx_m, rx_m, ae)


@njit
def tr38901_loss(
    distance_km, height_m, surface_m, zone, tx_m, rx_m, frequency_ghz, settings, scratch, loss_db
):
    """3GPP TR 38.901 with line of sight decided by terrain and clutter; settings: ae, scenario."""
    ae = settings[0, 0]
    clear = _in_sight(distance_km, surface_m, tx_m, rx_m, ae)
    # The formulas begin at 10 m.
    d = max(distance_km[distance_km.size - 1], 0.01)
    for b in range(frequency_ghz.size):
        loss_db[b] = tr38901.loss_db(
            d, frequency_ghz[b], tx_m, rx_m, 20.0, 5.0, 1.0, clear, int(settings[0, 1])
        )
    return departure_deg(distance_km, height_m, tx_m, rx_m, ae)
