"""P.1812-8 at any percentage of time, over land and sea, for a block of receivers at once.

The same section 4 as `phusong.kernels.p1812`, with nothing left out: a second geometry for beta0 of
the time, ground that is partly sea, and ducting for every receiver. What does not depend on the
frequency is found once. Where all is inland and the time is 50 %, `phusong.kernels.p1812_block`,
whose `singles` these are, does less.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, inlined_njit, njit
from phusong.kernels.diffraction import CONDUCTIVITY_SEA, PERMITTIVITY_SEA
from phusong.kernels.fast_math_single import exp2, f4, log2
from phusong.kernels.p1812 import inverse_normal, over_sea_coupling_db
from phusong.kernels.p1812_bands import BAND_CONSTANTS, admittance, prepare_band
from phusong.kernels.p1812_block import (
    LN_2,
    LOG2_50,
    LOG2_E,
    LOG10_2,
    ONE,
    S_D,
    S_DLR,
    S_DLT,
    S_SLANT,
    S_THETA,
    S_TROPO,
    ZERO,
    delta_bullington_db,
    ducting_without_time_db,
    falling,
    first_term_db,
    log_beta0,
    log_beta_over_beta0,
    tau_of,
    time_dependence_db,
    with_troposcatter_db,
)
from phusong.kernels.receiver_fields import LANES
from phusong.kernels.zones import DCR, DCT, DLM, DTM, FIELDS, OMEGA

__all__ = [
    "ANY_BAND_CONSTANTS",
    "KEPT_BLOCK",
    "Time",
    "fill_any_block",
    "prepare_any_band",
    "prepare_any_block",
    "time_from",
]

# What is kept of a block for all bands: the fields of `phusong.kernels.zones`, then in float32
K_DTM, K_DLM, K_OMEGA = 0 * LANES, 1 * LANES, 2 * LANES
K_PART = 3 * LANES  # weight of the loss at beta0 of the time, Fi: eq. (41)
K_OFTEN = 4 * LANES  # 1 where time is at least beta0, else 0
K_FOCUS_P = 5 * LANES  # multipath and focusing at p and at beta0: eqs. (10), (11)
K_FOCUS_B = 6 * LANES
K_DUCT = 7 * LANES  # what ducting has of time and coasts: eqs. (49), (53)
K_FJ = 8 * LANES
K_FK = 9 * LANES
K_LD_50 = 10 * LANES  # diffraction of one band at 50 % and at p of the time; first eq. (28) alone
K_LD_P = 11 * LANES
KEPT_BLOCK = FIELDS * LANES + 12 * LANES // 2

ANY_BAND_CONSTANTS = BAND_CONSTANTS + 1
LOG2_100 = f4(math.log2(100.0))
SHORTEST_KM = f4(1e-6)  # of an inland stretch, for the logarithm's sake


class Time(NamedTuple):
    """What depends on the percentage of time p alone; float32."""

    log_percent: np.float32
    quantile: np.float32  # I(p / 100)
    focus: np.float32  # log10(p / 50)
    troposcatter_db: np.float32  # what p takes from eq. (44)


@njit
def time_from(percent):
    """The `Time` of a percentage."""
    rare_db = 10.125 * math.log10(50.0 / percent) ** 0.7 if percent < 50.0 else 0.0
    return Time(
        f4(math.log2(percent)),
        f4(inverse_normal(percent / 100.0)),
        f4(math.log10(percent / 50.0)),
        f4(rare_db),
    )


@njit
def prepare_any_band(f, settings, farthest_km, out):
    """Fill ``out`` as `prepare_band` does, and last with the sea's ``Band.k``."""
    prepare_band(f, settings, farthest_km, out)
    vertical = settings[4] > 0.0
    out[BAND_CONSTANTS] = admittance(f, PERMITTIVITY_SEA, CONDUCTIVITY_SEA, vertical)


@inlined_njit
def _small_quantile(log_percent):
    """I(x) of Attachment 3 for x up to a half, x in percent by its binary logarithm."""
    t = math.sqrt(f4(2.0) * LN_2 * (LOG2_100 - log_percent))
    top = (f4(0.010328) * t + f4(0.802853)) * t + f4(2.515516698)
    bottom = ((f4(0.001308) * t + f4(0.189269)) * t + f4(1.432788)) * t + ONE
    return t - top / bottom


@inlined_njit
def _singles_of(kept, at):
    """What is kept in float32 of the block at ``at``."""
    return kept[at + FIELDS * LANES : at + KEPT_BLOCK].view(np.float32)


@fused_njit
def prepare_any_block(time, climate, q, kept, at, lanes, hts, hrs):
    """Fill what is kept for all bands, from the singles ``q`` of a roughened block.

    ``hts`` and ``hrs`` (lanes,) are the antennas' heights above sea level.
    """
    k = _singles_of(kept, at)
    for j in range(lanes):
        k[K_DTM + j] = kept[at + DTM + j]
        k[K_DLM + j] = kept[at + DLM + j]
        k[K_OMEGA + j] = kept[at + OMEGA + j]
    for j in range(lanes):
        d = q[S_D + j]
        tau = tau_of(max(k[K_DLM + j], SHORTEST_KM))
        log_b0 = log_beta0(climate, k[K_DTM + j], tau)
        often = time.log_percent >= log_b0
        k[K_OFTEN + j] = ONE if often else ZERO
        k[K_PART + j] = time.quantile / _small_quantile(log_b0) if often else ONE
        focus = f4(2.6) * (ONE - exp2(f4(-0.1) * LOG2_E * (q[S_DLT + j] + q[S_DLR + j])))
        k[K_FOCUS_P + j] = focus * time.focus
        k[K_FOCUS_B + j] = focus * (log_b0 - LOG2_50) * LOG10_2
        log_beta = log_b0 + log_beta_over_beta0(climate, q, j, tau)
        k[K_DUCT + j] = time_dependence_db(d, time.log_percent, log_beta)
        k[K_FJ + j] = falling(f4(8.0) * (q[S_THETA + j] - f4(0.3)))
        k[K_FK + j] = falling(f4(0.075) * (d - f4(20.0)))
    if not _has_sea(k, lanes):
        return
    for j in range(lanes):
        omega, dct, dcr = kept[at + OMEGA + j], kept[at + DCT + j], kept[at + DCR + j]
        coupling_db = over_sea_coupling_db(dct, q[S_DLT + j], omega, hts)
        coupling_db += over_sea_coupling_db(dcr, q[S_DLR + j], omega, hrs[j])
        k[K_DUCT + j] += f4(coupling_db)


@inlined_njit
def _has_sea(k, lanes):
    """Whether a path of the block crosses sea."""
    most = ZERO
    for j in range(lanes):
        most = max(most, k[K_OMEGA + j])
    return most > ZERO


@inlined_njit
def _add_first_terms(band, sea_k, q, k, out, lanes):
    """Fill the first terms of one geometry over mixed ground: eq. (28)."""
    for j in range(lanes):
        k[out + j] = first_term_db(band, band.k, q, j)
    if not _has_sea(k, lanes):
        return
    for j in range(lanes):
        k[out + j] += k[K_OMEGA + j] * (first_term_db(band, sea_k, q, j) - k[out + j])


@fused_njit
def fill_any_block(band, sea_k, time, two_earths, median, beta, kept, at, lanes, loss_db):
    """Loss of the receivers of a block: eqs. (8) to (12), (40) to (44), (57) to (64).

    ``median`` and ``beta`` are the singles of the two earths; at 50 % of the time there is one.
    """
    k = _singles_of(kept, at)
    _add_first_terms(band, sea_k, median, k, K_LD_50, lanes)
    for j in range(lanes):
        ld50 = delta_bullington_db(band, median, j, k[K_LD_50 + j])
        k[K_LD_50 + j] = k[K_LD_P + j] = ld50
    if two_earths:
        _add_first_terms(band, sea_k, beta, k, K_LD_P, lanes)
        for j in range(lanes):
            ld50, ldb = k[K_LD_50 + j], delta_bullington_db(band, beta, j, k[K_LD_P + j])
            k[K_LD_P + j] = ld50 + k[K_PART + j] * (ldb - ld50)
    for j in range(lanes):
        free_space = band.free_space_db + median[S_SLANT + j]
        lb0p, part = free_space + k[K_FOCUS_P + j], k[K_PART + j]
        ld50, ldp = k[K_LD_50 + j], k[K_LD_P + j]
        lbd = lb0p + ldp
        over_land = (ONE - k[K_OMEGA + j]) * ldp
        often = free_space + ld50 + (k[K_FOCUS_B + j] + over_land - ld50) * part
        lminb0p = often if k[K_OFTEN + j] > ZERO else lb0p + over_land
        lba = ducting_without_time_db(band, median, j) + k[K_DUCT + j]
        high = max(lba, lb0p)
        low = min(lba, lb0p) - high
        lminbap = high + f4(2.5) * LN_2 * log2(ONE + exp2(LOG2_E * f4(0.4) * low))
        lbda = lminbap + (lbd - lminbap) * k[K_FK + j]
        lbda = lbda if lminbap <= lbd else lbd
        lbam = lbda + (lminb0p - lbda) * k[K_FJ + j]
        lbs = band.troposcatter_db - time.troposcatter_db + median[S_TROPO + j]
        loss_db[j] = max(with_troposcatter_db(lbs, lbam), lb0p)
