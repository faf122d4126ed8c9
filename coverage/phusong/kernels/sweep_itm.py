"""ITM 1.4 swept: the ground is sampled once a radial, and analysed once a receiver for all bands.

The model takes order statistics of equally spaced heights, which cannot be carried along. So each
receiver's profile is laid out and analysed by the plain kernel; what a sweep saves is the sampling.
The radial's points are taken as if they stood at the profile's own step: the path's length over the
number of its intervals, which over the whole path is less than one step of the radial shorter.
"""

import numpy as np

from phusong._jit import njit
from phusong.kernels.area_models import itm_link, itm_loss_db
from phusong.kernels.itm_roughness import SCRATCH_POINTS
from phusong.kernels.itm_terrain import End, analyse_equal, known_path, step_of
from phusong.kernels.radial import OWN
from phusong.kernels.receiver_fields import BLOCK, LANES, MODEL

__all__ = ["itm_along", "itm_ready"]


@njit
def _lay_out(receivers, j, profile_m):
    """Put a receiver's own points behind those of the radial; the number of the last."""
    inner = receivers.inner[j]
    for m in range(OWN):
        profile_m[inner + 1 + m] = receivers.own_surface_m[m, j]
    profile_m[inner + 1 + OWN] = receivers.height_m[j]
    return inner + 1 + OWN


@njit
def _take_back(radial, receivers, j, profile_m):
    """Put the radial's points in place of a receiver's own."""
    inner = receivers.inner[j]
    for i in range(inner + 1, min(inner + 2 + OWN, radial.surface_m.size)):
        profile_m[i] = radial.surface_m[i]


@njit
def _place(j):
    """Where the blocks have the first value that is kept of a receiver; the next are `LANES` on."""
    return (j // LANES) * BLOCK + j % LANES + MODEL


@njit
def itm_ready(radial, receivers, count, tx_m, rx_m, longest_m, settings, work, blocks):
    """Analyse the surface before every receiver, and keep what is found in the model's fields."""
    profile, scratch = work[0], np.empty(SCRATCH_POINTS)
    profile[:] = radial.surface_m
    profile[0] = radial.height_m[0]
    for j in range(count):
        last = _lay_out(receivers, j, profile)
        step_m = step_of(receivers.distance_km[j], last)
        path = analyse_equal(profile[: last + 1], step_m, scratch, tx_m, rx_m, settings[1])
        _take_back(radial, receivers, j, profile)
        tx, rx, at = path.tx, path.rx, _place(j)
        ends = tx.theta_hzn, tx.d_hzn, tx.h_e, rx.theta_hzn, rx.d_hzn, rx.h_e
        values = (path.d, path.N_s, path.a_e, path.delta_h, *ends)
        for k in range(len(values)):
            blocks[at + k * LANES] = values[k]


@njit
def itm_along(radial, receivers, count, tx_m, rx_m, band, settings, work, blocks, lanes, loss_db):
    """Loss over the surface; settings as of `area_models.itm_loss`."""
    link = itm_link(band[0], settings)
    for j in range(count):
        v = blocks[_place(j) :]
        tx = End(tx_m, v[4 * LANES], v[5 * LANES], v[6 * LANES])
        rx = End(rx_m, v[7 * LANES], v[8 * LANES], v[9 * LANES])
        path = known_path(v[0], tx, rx, v[LANES], v[2 * LANES], v[3 * LANES])
        loss_db[j] = itm_loss_db(path, link)
