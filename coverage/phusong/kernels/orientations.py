"""Which demand points a site serves, for every azimuth and tilt that its sectors could have.

Path loss does not depend on where an antenna looks. So one window of losses tells of all azimuths
and tilts: an attenuation is worked out for each, by the very steps of `phusong.kernels.combine`,
and only at pixels with demand that some orientation could serve and some could not. What comes out
is one bit for each azimuth: sectors that stand together serve a point where any of their bits is
set.
"""

import math

import numpy as np

from phusong._jit import nogil_njit
from phusong.kernels.codes import DEPARTURE_STEP_DEG, LOSS_STEP_DB, NOT_COMPUTED
from phusong.kernels.combine import (
    CHUNK,
    fill_by_beamwidths,
    fill_directions,
    least_attenuation_db,
)
from phusong.kernels.fast_math_single import f4
from phusong.kernels.pattern import FRONT_BACK_DB, direction_from
from phusong.kernels.pattern_table import own_attenuation_db

__all__ = ["MOST_AZIMUTHS", "azimuth_weights", "served_points", "team_weights"]

MOST_AZIMUTHS = 64  # bits of a mask
NEVER, UNSURE, SURELY = 0, 1, 2


@nogil_njit
def _fill_fates(loss_code, number, eirp_dbm, most_db, least_dbm, fate):
    """Whether a chunk's pixels are served by no, some or every orientation; how many may be."""
    some = 0
    for j in range(loss_code.size):
        fate[j] = NEVER
        if number[j] >= 0 and loss_code[j] != NOT_COMPUTED:
            best = eirp_dbm - LOSS_STEP_DB * loss_code[j]
            if f4(best) >= least_dbm:
                fate[j] = SURELY if f4(best - most_db) >= least_dbm else UNSURE
                some += 1
    return some


@nogil_njit
def _count(loss_code, number, eirp_dbm, least_dbm):
    """How many pixels of a window may be served."""
    fate = np.empty(loss_code.shape[1], np.uint8)
    total = 0
    for i in range(loss_code.shape[0]):
        total += _fill_fates(loss_code[i], number[i], eirp_dbm, 0.0, least_dbm, fate)
    return total


@nogil_njit
def _is_open(loss_code, fate, eirp_dbm, least_dbm):
    """Whether any pixel of a chunk whose fate depends on the orientation may be served."""
    some = False
    for j in range(loss_code.size):
        level = f4(eirp_dbm - LOSS_STEP_DB * loss_code[j])
        some |= (fate[j] == UNSURE) & (level >= least_dbm)
    return some


@nogil_njit
def _mark(loss_code, attenuation_db, eirp_dbm, least_dbm, azimuth, bits):
    """Set the bit of an azimuth at the pixels of a chunk that are served at this attenuation."""
    bit = np.uint64(1) << np.uint64(azimuth)
    for j in range(loss_code.size):
        level = f4(eirp_dbm - LOSS_STEP_DB * loss_code[j] - attenuation_db[j])
        bits[j] |= bit if level >= least_dbm else np.uint64(0)


@nogil_njit
def _mark_by_table(chunk, loss_code, departure, fate, radio, azimuths_deg, tilts_deg, table, bits):
    """Set the bits of a chunk's pixels by an antenna's table."""
    first, down, mast_col = chunk
    eirp_dbm, mechanical_deg, _, _, least_dbm = radio
    own_deg, attenuation = np.empty((2, CHUNK)), np.empty(CHUNK, f4)
    for a in range(azimuths_deg.size):
        for j in range(departure.size):
            if fate[j] == UNSURE:
                off = math.degrees(math.atan2(first + j - mast_col, -down)) - azimuths_deg[a]
                own_deg[0, j], own_deg[1, j] = direction_from(
                    (off + 540.0) % 360.0 - 180.0, DEPARTURE_STEP_DEG * departure[j], mechanical_deg
                )
        for t in range(tilts_deg.size):
            for j in range(departure.size):
                if fate[j] == UNSURE:
                    down_deg = own_deg[1, j] - tilts_deg[t]
                    attenuation[j] = own_attenuation_db(own_deg[0, j], down_deg, table)
            _mark(loss_code, attenuation, eirp_dbm, least_dbm, a, bits[t])


@nogil_njit
def _mark_by_beamwidths(chunk, loss_code, departure, fate, radio, azimuths_deg, tilts_deg, bits):
    """Set the bits of a chunk's pixels by an antenna's beamwidths."""
    first, down, mast_col = chunk
    eirp_dbm, mechanical_deg, horizontal_deg, vertical_deg, least_dbm = radio
    tilt, n = math.radians(mechanical_deg), departure.size
    bearing, depression = np.empty(n, f4), np.empty(n, f4)
    attenuation = np.empty(n, f4)
    for a in range(azimuths_deg.size):
        azimuth = math.radians(azimuths_deg[a])
        least_db = least_attenuation_db(
            first, down, mast_col, azimuth, tilt, departure, horizontal_deg
        )
        if not _is_open(loss_code, fate, eirp_dbm - least_db, least_dbm):
            continue
        fill_directions(first, down, mast_col, azimuth, tilt, departure, bearing, depression)
        for t in range(tilts_deg.size):
            fill_by_beamwidths(
                bearing, depression, tilts_deg[t], horizontal_deg, vertical_deg, attenuation
            )
            _mark(loss_code, attenuation, eirp_dbm, least_dbm, a, bits[t])


@nogil_njit
def _all_bits(number):
    every = np.uint64(0)
    for a in range(number):
        every |= np.uint64(1) << np.uint64(a)
    return every


@nogil_njit
def served_points(
    loss_code,
    departure_code,
    number,
    mast_row,
    mast_col,
    eirp_dbm,
    azimuths_deg,
    mechanical_tilt_deg,
    electrical_tilts_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    table_db,
    least_dbm,
):
    """Demand points that some orientation may serve, and the azimuths that do at each tilt.

    Losses, departures and the mast's place are as for `keep_strongest`, on one window; ``number``
    (rows, columns) is the demand point of each pixel, -1 for none. A point is served by a level,
    in float32, of at least ``least_dbm``. ``azimuths_deg`` are up to `MOST_AZIMUTHS`, from the
    grid's north.

    Returns
    -------
    points : int32 (n,)
        In the order of the pixels.
    served : uint64 (tilts, n)
        Bit ``a`` is set where the azimuth of that number serves the point.
    """
    rows, cols = loss_code.shape
    tilts = electrical_tilts_deg.size
    # Chunks begin where they do when levels are predicted: a pixel's bits depend on it.
    most_db = FRONT_BACK_DB if table_db.size == 0 else float(table_db.max())
    radio = (
        eirp_dbm,
        mechanical_tilt_deg,
        horizontal_beamwidth_deg,
        vertical_beamwidth_deg,
        least_dbm,
    )
    total = _count(loss_code, number, eirp_dbm, least_dbm)
    points = np.empty(total, np.int32)
    served = np.zeros((tilts, total), np.uint64)
    every = _all_bits(azimuths_deg.size)
    fate, bits = np.empty(CHUNK, np.uint8), np.empty((tilts, CHUNK), np.uint64)
    done = 0
    for i in range(rows):
        for start in range(0, cols, CHUNK):
            end = min(start + CHUNK, cols)
            loss, departure = loss_code[i, start:end], departure_code[i, start:end]
            here = number[i, start:end]
            if _fill_fates(loss, here, eirp_dbm, most_db, least_dbm, fate) == 0:
                continue
            bits[:] = np.uint64(0)
            chunk = (start, i - mast_row, mast_col)
            angles = (azimuths_deg, electrical_tilts_deg)
            if not _is_open(loss, fate, eirp_dbm, least_dbm):
                pass
            elif table_db.size > 0:
                _mark_by_table(chunk, loss, departure, fate, radio, *angles, table_db, bits)
            else:
                _mark_by_beamwidths(chunk, loss, departure, fate, radio, *angles, bits)
            for j in range(end - start):
                if fate[j] != NEVER:
                    points[done] = here[j]
                    for t in range(tilts):
                        served[t, done] = every if fate[j] == SURELY else bits[t, j]
                    done += 1
    return points, served


@nogil_njit
def team_weights(served, weight, teams):
    """Weight that each team of azimuths, given as bits, serves at each tilt: (tilts, teams)."""
    sums = np.zeros((served.shape[0], teams.size))
    for t in range(served.shape[0]):
        for k in range(weight.size):
            for team in range(teams.size):
                sums[t, team] += weight[k] if served[t, k] & teams[team] else 0.0
    return sums


@nogil_njit
def azimuth_weights(served, weight, others, azimuths):
    """Weight that each azimuth would add, at one tilt, to what the bits ``others`` serve."""
    sums = np.zeros(azimuths)
    for k in range(weight.size):
        mask = served[k]
        if weight[k] > 0.0 and not mask & others:
            for a in range(azimuths):
                sums[a] += weight[k] if mask >> np.uint64(a) & np.uint64(1) else 0.0
    return sums
