"""The models that a sweep can compute, each as loss of the receivers along one radial.

All have one signature, which `phusong.kernels.sweep.sweep_kernel` takes: (radial, receivers, count,
tx_m, rx_m, band, settings, work, blocks, lanes, loss_db). ``band`` is what the model's ``prepare``
filled for one frequency, ``settings`` that band's row of the model's settings, the same as in
`phusong.kernels.area_models`. ``lanes`` (6, points) is theirs to overwrite.
"""

import math

from phusong._jit import njit
from phusong.kernels import receiver_fields as field
from phusong.kernels import spm, tr38901
from phusong.kernels.diffraction import bullington_db, wavelength_m
from phusong.kernels.p1812_any_block import ANY_BAND_CONSTANTS, prepare_any_band
from phusong.kernels.p1812_any_sweep import p1812_any_along, p1812_any_ready
from phusong.kernels.p1812_bands import BAND_CONSTANTS, prepare_band
from phusong.kernels.p1812_sweep import p1812_median_along, p1812_median_ready
from phusong.kernels.receiver_fields import BLOCK, BLOCKED, LANES
from phusong.kernels.sweep_itm import itm_along, itm_ready

__all__ = [
    "ANY_BAND_CONSTANTS",
    "BAND_CONSTANTS",
    "itm_along",
    "itm_ready",
    "nothing_ready",
    "p1812_any_along",
    "p1812_any_ready",
    "p1812_median_along",
    "p1812_median_ready",
    "prepare_any_band",
    "prepare_band",
    "prepare_frequency",
    "spm_along",
    "tr38901_along",
]


@njit
def nothing_ready(radial, receivers, count, tx_m, rx_m, longest_m, settings, work, blocks):
    """Of a model that keeps nothing for all bands."""


@njit
def prepare_frequency(frequency_ghz, settings, farthest_km, out):
    """The band's only value is its frequency."""
    out[0] = frequency_ghz


@njit
def _bullington_nu_root(radial, blocks, o, tx_m):
    """Parameter of the profile's Bullington edge, times the square root of the wavelength."""
    nu_root = blocks[o + field.NU]
    if nu_root != BLOCKED:
        return nu_root
    d, stim, srim = blocks[o + field.D], blocks[o + field.STIM], blocks[o + field.SRIM]
    rise = blocks[o + field.HRS] - radial.height_m[0] - tx_m
    edge = (rise + srim * d) / (stim + srim)
    return (stim - rise / d) * math.sqrt(0.002 * d * edge / (d - edge))


@njit
def spm_along(radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db):
    """Standard Propagation Model with its effective height over the receiver's ground."""
    k = settings
    factors = spm.SpmCoefficients(k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8])
    root = math.sqrt(wavelength_m(band[0]))
    for j in range(count):
        o = (j // LANES) * BLOCK + j % LANES
        d = blocks[o + field.D]
        hteff = tx_m + max(radial.height_m[0] - receivers.height_m[j], 0.0)
        loss = bullington_db(_bullington_nu_root(radial, blocks, o, tx_m) / root, d)
        loss_db[j] = spm.loss_terms(factors, d, hteff, rx_m, loss, 0.0).L


@njit
def tr38901_along(
    radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db
):
    """3GPP TR 38.901 with line of sight decided by terrain and clutter."""
    hts = radial.height_m[0] + tx_m
    for j in range(count):
        o = (j // LANES) * BLOCK + j % LANES
        d = blocks[o + field.D]
        clear = blocks[o + field.STIM] <= (blocks[o + field.HRS] - hts) / d
        loss_db[j] = tr38901.loss_db(
            max(d, 0.01), band[0], tx_m, rx_m, 20.0, 5.0, 1.0, clear, int(settings[1])
        )
