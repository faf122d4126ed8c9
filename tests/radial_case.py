"""One radial, by the functions that a sweep calls and by the plain kernel."""

import numpy as np

from phusong.kernels import p1812, path, sweep_models
from phusong.kernels import radial as rd
from phusong.kernels import receiver_fields as rf
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.sweep_ground import GEOMETRIES
from phusong.kernels.zones import stretches_of

AE_KM = effective_earth_radius_km(60.0)
STEP_KM = 0.03
TX_M, RX_M = 35.0, 1.5
INLAND = np.full(1, 4, np.uint8)
"""Zones of a radial that is inland everywhere: then the sweep does less at 50 % of the time."""


def hills(points, seed, relief_m=300.0):
    """A rough profile with plains, ridges and small bumps."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=2 * points))
    k = np.maximum(np.arange(spectrum.size), 1)
    height = np.fft.irfft(spectrum / k**1.2)[:points]
    height = relief_m * (height - height.min()) / np.ptp(height)
    return np.maximum(height, rng.uniform(0.0, 0.4) * relief_m)


def coasts(points, rng):
    """Zones of a radial in stretches of any length: sea, coastal land and inland."""
    zone = []
    while len(zone) < points:
        zone += [rng.choice([1, 3, 4], p=[0.5, 0.25, 0.25])] * rng.choice([1, 2, 5, 20, 100, 400])
    return np.array(zone[:points], np.uint8)


def receivers_on(height, surface, zone, step_km, first=6):
    """Every point of a radial from ``first`` on as a receiver; its own points are the radial's."""
    at = np.arange(first, height.size)
    own = at - rd.OWN + np.arange(rd.OWN + 1)[:, None]
    return at, rd.Receivers(
        at * step_km,
        height[at],
        (at - rd.OWN - 1).astype(np.int64),
        (at - rd.OWN) * step_km,
        height[own[: rd.OWN]],
        surface[own[: rd.OWN]],
        zone[own],
    )


def sweep_losses(height, surface, zone, ghz, settings, step_km=STEP_KM, tx_m=TX_M, rx_m=RX_M):
    """Loss at every receiver of a radial."""
    along, ready, prepare, constants = _way(settings, inland=zone.size == 1)
    zone = np.broadcast_to(zone, height.shape).copy()
    at, receivers = receivers_on(height, surface, zone, step_km)
    count, points = at.size, height.size
    size = count // rf.LANES + 1
    blocks = np.full((GEOMETRIES + 1) * size * rf.BLOCK, np.nan)
    work = np.full((GEOMETRIES * rd.WORK_ROWS, points), np.nan)
    lanes = np.full((6, max(points + rd.OWN + rf.LANES, rf.BLOCK)), np.nan)
    loss = np.full(size * rf.LANES, np.nan)
    band = np.empty(constants)
    prepare(ghz, settings, points * step_km, band)
    radial = rd.Radial(step_km, height, surface, zone)
    longest_m = 0.2998 / ghz
    ends = count, tx_m, rx_m
    rd.describe_receivers(radial, receivers, *ends, settings[1], longest_m, work, blocks)
    ready(radial, receivers, *ends, longest_m, settings, work, blocks)
    along(radial, receivers, *ends, band, settings, work, blocks, lanes, loss)
    return at, loss[:count]


def _way(settings, inland):
    """Functions of a sweep, as `phusong.prediction.models` chooses them."""
    m = sweep_models
    if inland and settings[0] == 50.0:
        return m.p1812_median_along, m.p1812_median_ready, m.prepare_band, m.BAND_CONSTANTS
    return m.p1812_any_along, m.p1812_any_ready, m.prepare_any_band, m.ANY_BAND_CONSTANTS


def plain_loss(height, surface, zone, last, ghz, settings, step_km=STEP_KM, tx_m=TX_M, rx_m=RX_M):
    """The plain kernel's loss on the profile that a radial has for its point ``last``."""
    time_percent, ae, n0, latitude = settings[:4]
    zone = np.broadcast_to(zone, height.shape).copy()
    _, receivers = receivers_on(height, surface, zone, step_km, first=last)
    d, h, g = np.empty((3, last + 1))
    z = np.empty(last + 1, np.uint8)
    radial = rd.Radial(step_km, height, surface, zone)
    assert rd.profile_of(radial, receivers, 0, d, h, g, z) == last + 1
    of = path.analyse_path(d, h, g, tx_m, rx_m, ae, True, time_percent < 50.0)
    dtm, dlm, omega, dct, dcr = stretches_of(d, z)
    b0 = p1812.beta0_percent(latitude, dtm, dlm)
    stretches = b0, omega, dlm, dct, dcr
    terms = p1812.loss_terms(of, ghz, time_percent, ae, *stretches, n0, settings[4] > 0.0, 0.0)
    return terms.Lb
