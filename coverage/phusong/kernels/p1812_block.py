"""P.1812-8 at 50 % of the time over land, for a block of receivers at once.

The same section 4 as `phusong.kernels.p1812`, written as straight lines over the fields that
`phusong.kernels.radial` leaves, so that a compiler vectorises it. At 50 % the beta0 branch drops
out of the diffraction loss, and ducting out of the blend where its loss exceeds the rest: where a
lower bound of the ducting loss does not show that, a receiver is marked, its roughness is found,
and ducting blended in.
"""

import math
from typing import NamedTuple

import numpy as np

from phusong._jit import fused_njit, inlined_njit, njit
from phusong.kernels import radial as field
from phusong.kernels.diffraction import (
    CONDUCTIVITY_LAND,
    NU_NO_LOSS,
    PERMITTIVITY_LAND,
    wavelength_m,
)
from phusong.kernels.fast_math import DB_PER_LOG2, arctan, exp2, log2, sine_of_third
from phusong.kernels.p1812 import beta0_percent, time_dependence_db
from phusong.kernels.radial import BLOCKED, LANES, OWN

__all__ = [
    "BAND_CONSTANTS",
    "Band",
    "add_ducting",
    "band_from",
    "fill_block",
    "prepare_band",
    "prepare_block",
    "refer_to_horizons",
]

D, HRS, STIM, SRIM, NU = field.D, field.HRS, field.STIM, field.SRIM, field.NU
HSTD, HSRD, INNER, OWN_FIRST = field.HSTD, field.HSRD, field.INNER, field.OWN_FIRST
SLOPE_T, SLOPE_R, DLT, DLR = field.SLOPE_T, field.SLOPE_R, field.DLT, field.DLR
HORIZONS, HTE, HRE, HM = field.HORIZONS, field.HTE, field.HRE, field.HM
# Fields that `prepare_block` adds.
NU_SMOOTH = field.MODEL  # parameter over a smooth earth, times sqrt(wavelength)
CLEARANCE = field.MODEL + 1 * LANES  # least over a smooth earth, m: eq. (24)
NEEDED = field.MODEL + 2 * LANES  # required for no loss, over sqrt(wavelength): eq. (26)
ADFT = field.MODEL + 3 * LANES  # earth's radius of the first term; below 0 beyond the horizon
SLANT = field.MODEL + 4 * LANES  # 20 log of the distance between the antennas
TROPO = field.MODEL + 5 * LANES  # 20 log d + 0.573 theta
THETA_T = field.MODEL + 6 * LANES  # mrad
THETA_R = field.MODEL + 7 * LANES
ANGLE = field.MODEL + 8 * LANES  # theta' of eq. (51)
EXCESS_T = field.MODEL + 9 * LANES  # theta'' of eq. (48a), at least 0
EXCESS_R = field.MODEL + 10 * LANES
LOG_HORIZONS = field.MODEL + 11 * LANES  # 20 log of the horizons' sum

EXP_PER_DB = -1.0 / (6.0 * math.log(2.0))  # exp(-x / 6) is two to the power of x times this
LOG2_10 = math.log2(10.0)
LOG2_50 = math.log2(50.0)
LOG2_E = math.log2(math.e)
LN_2 = math.log(2.0)


class Band(NamedTuple):
    """What depends on the frequency, the mast's latitude and the settings, but not on the path."""

    free_space_db: float  # 92.4 + 20 log f: eq. (8)
    per_root_wavelength: float
    root_wavelength: float
    third_root_f: float
    root_f: float
    k: float  # normalised admittance times the cubic root of the earth's radius: eqs. (30), (31)
    troposcatter_db: float  # what eq. (44) has besides distance and angle
    ducting_db: float  # what eq. (47) has besides geometry
    time_db: float  # the least that eq. (53) can be
    occurrence: float  # log2 of beta0 is this and mu1's log2 times the power: eqs. (4), (5)
    occurrence_power: float


BAND_CONSTANTS = len(Band._fields) + 1


@njit
def prepare_band(f, settings, farthest_km, out):
    """Fill ``out`` with a `Band` and the frequency; ``farthest_km`` bounds the paths it serves for.

    ``settings`` are those of `phusong.kernels.area_models.p1812_loss`.
    """
    n0, phi, vertical = settings[2], abs(settings[3]), settings[4] > 0.0
    loss_term = (18.0 * CONDUCTIVITY_LAND / f) ** 2
    k = 0.036 * f ** (-1.0 / 3.0) * ((PERMITTIVITY_LAND - 1.0) ** 2 + loss_term) ** -0.25
    if vertical:
        k *= math.sqrt(PERMITTIVITY_LAND**2 + loss_term)
    lf = 25.0 * math.log10(f) - 2.5 * math.log10(0.5 * f) ** 2
    alf = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    out[0] = 92.4 + 20.0 * math.log10(f)
    out[1] = 1.0 / math.sqrt(wavelength_m(f))
    out[2] = math.sqrt(wavelength_m(f))
    out[3] = f ** (1.0 / 3.0)
    out[4] = math.sqrt(f)
    out[5] = k
    out[6] = 190.1 + lf - 0.15 * n0
    out[7] = 102.45 + 20.0 * math.log10(f) + alf
    out[8] = _least_time_dependence_db(phi, farthest_km)
    out[9] = LOG2_10 * (1.67 - 0.015 * phi) if phi <= 70.0 else math.log2(4.17)
    out[10] = 0.065 + 0.0176 * phi if phi <= 70.0 else 1.3
    out[11] = f


@inlined_njit
def band_from(c):
    """The `Band` that `prepare_band` filled ``c`` with."""
    return Band(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10])


@njit
def _least_time_dependence_db(latitude_deg, farthest_km):
    """Lower bound of eq. (53) at 50 % over land, for every path up to ``farthest_km``.

    beta never exceeds beta0; both are scanned finely, and 0.5 dB taken off for what lies between.
    """
    least = np.inf
    for i in range(1, 33):
        d = farthest_km * i / 32.0
        b0 = beta0_percent(latitude_deg, d, d)
        for j in range(33):
            least = min(least, time_dependence_db(d, 50.0, b0 * 10.0 ** (-0.25 * j)))
    return least - 0.5


@inlined_njit
def _knife_edge_bullington_db(nu, d):
    """Bullington loss from its edge's parameter: eqs. (12), (21)."""
    shifted = nu - 0.1
    luc = 6.9 + 2.0 * DB_PER_LOG2 * log2(math.sqrt(shifted * shifted + 1.0) + shifted)
    luc = luc if nu > NU_NO_LOSS else 0.0
    return luc + (1.0 - exp2(EXP_PER_DB * luc)) * (10.0 + 0.02 * d)


@inlined_njit
def _edge_nu_root(stim, srim, rise, d):
    """Parameter of the point where the horizons' rays meet: eqs. (18) to (20)."""
    dbp = (rise + srim * d) / (stim + srim)
    return (stim - rise / d) * math.sqrt(0.002 * d * dbp / (d - dbp))


@inlined_njit
def _height_gain_db(b, floor_db):
    """Height-gain term G(Y): eq. (34)."""
    high = b > 2.0
    above = max(b - 1.1, 0.1)
    level = log2(above if high else b + 0.1 * b * b * b)
    gain = 17.6 * math.sqrt(above) - 0.5 * DB_PER_LOG2 * level - 8.0
    return max(gain if high else 2.0 * DB_PER_LOG2 * level, floor_db)


@inlined_njit
def _first_term_db(band, d, hte, hre, adft):
    """First term of the residue series over land: eqs. (29) to (36)."""
    log_third = log2(adft) * (1.0 / 3.0)
    per_third_root = exp2(-log_third)
    k = band.k * per_third_root
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * band.third_root_f * per_third_root * per_third_root * d
    b_per_m = 0.9575 * beta * beta * band.third_root_f * band.third_root_f * per_third_root
    level = log2(x)
    far = 11.0 + DB_PER_LOG2 * level - 17.6 * x
    near = -2.0 * DB_PER_LOG2 * level - 5.6488 * exp2(1.425 * level)
    floor = 2.0 + 2.0 * DB_PER_LOG2 * log2(k)
    gains = _height_gain_db(b_per_m * hte, floor) + _height_gain_db(b_per_m * hre, floor)
    return -(far if x >= 1.6 else near) - gains


@inlined_njit
def _smooth_slope(x, d, h, bulge):
    return bulge * (d - x) - h / x


@inlined_njit
def _smooth_nu_root(x, d, hte, hre, bulge):
    back = d - x
    excess = bulge * x * back - (hte * back + hre * x) / d
    return excess * math.sqrt(0.002 * d / (x * back))


@inlined_njit
def _points_beside(x, inner, own_first, step):
    """Distances of the profile's points before and after ``x``, as far as there are such."""
    below = np.floor(x / step)
    regular = min(max(below, 1.0), inner) * step
    next_regular = regular + step if below < inner else own_first
    own = own_first + min(np.floor((x - own_first) / step), OWN - 1.0) * step
    next_own = min(own + step, own_first + (OWN - 1.0) * step)
    near = x < own_first
    return regular if near else own, next_regular if near else next_own


@inlined_njit
def refer_to_horizons(s, j, ae):
    """Angles of eqs. (48a), (51) from the horizons of a receiver; their least on a clear path."""
    d, dlt, dlr = s[D + j], s[DLT + j], s[DLR + j]
    theta_t, theta_r = s[THETA_T + j], s[THETA_R + j]
    hidden = dlt < d
    low_t = min(theta_t, 0.1 * dlt if hidden else 0.0)
    low_r = min(theta_r, 0.1 * dlr if hidden else 0.0)
    s[ANGLE + j] = 1000.0 * d / ae + low_t + low_r
    s[EXCESS_T + j] = max(theta_t - 0.1 * dlt, 0.0)
    s[EXCESS_R + j] = max(theta_r - 0.1 * dlr, 0.0)


@fused_njit
def prepare_block(blocks, at, hts, ae, step_km):
    """Replace and add what every band needs of the geometry: `NU`, and from `NU_SMOOTH` on."""
    s = blocks[at : at + field.BLOCK]
    bulge = 500.0 / ae
    per_root = math.sqrt(1.0 / bulge)
    for j in range(LANES):
        d, hrs = s[D + j], s[HRS + j]
        rise = hrs - hts
        hte, hre = hts - s[HSTD + j], hrs - s[HSRD + j]
        nu_root = s[NU + j]
        edge = _edge_nu_root(s[STIM + j], s[SRIM + j], rise, d)
        s[NU + j] = edge if nu_root == BLOCKED else nu_root

        # Spherical earth, eqs. (22) to (26): the point of least clearance.
        per_total = 1.0 / (hte + hre)
        m = 0.5 * bulge * d * d * per_total
        c = (hte - hre) * per_total
        per_m = 1.0 / (m + 1.0)
        root = math.sqrt(3.0 * m * per_m)
        d1 = 0.5 * d + d * sine_of_third(1.5 * c * root * per_m) / root
        d2 = d - d1
        per_d = 1.0 / d
        s[CLEARANCE + j] = ((hte - bulge * d1 * d1) * d2 + (hre - bulge * d2 * d2) * d1) * per_d
        s[NEEDED + j] = 17.456 * math.sqrt(max(d1 * d2 * per_d, 1e-12))
        root_t, root_r = math.sqrt(hte), math.sqrt(hre)
        reach = d / (root_t + root_r)
        in_sight = reach * reach < 0.002 * ae
        s[ADFT + j] = 500.0 * reach * reach if in_sight else -ae

        # The same profile over a smooth earth: its slopes and parameter rise, then fall along the
        # path, so the best point is one of the two beside the tangent's, or the least clearance's.
        inner, own_first = s[INNER + j], s[OWN_FIRST + j]
        x, after = _points_beside(root_t * per_root, inner, own_first, step_km)
        stim = max(_smooth_slope(x, d, hte, bulge), _smooth_slope(after, d, hte, bulge))
        x, after = _points_beside(d - root_r * per_root, inner, own_first, step_km)
        srim = max(_smooth_slope(d - x, d, hre, bulge), _smooth_slope(d - after, d, hre, bulge))
        x, after = _points_beside(d1, inner, own_first, step_km)
        clear = max(
            _smooth_nu_root(x, d, hte, hre, bulge), _smooth_nu_root(after, d, hte, hre, bulge)
        )
        edge = _edge_nu_root(stim, srim, hre - hte, d)
        s[NU_SMOOTH + j] = clear if stim < (hre - hte) * per_d else edge

    for j in range(LANES):
        d = s[D + j]
        rise = s[HRS + j] - hts
        s[SLANT + j] = DB_PER_LOG2 * log2(d * d + 1e-6 * rise * rise)
        log_d = log2(d)
        theta_t = 1000.0 * arctan(0.001 * s[SLOPE_T + j])
        theta_r = 1000.0 * arctan(0.001 * s[SLOPE_R + j])
        curve = 1000.0 * d / ae
        s[THETA_T + j] = theta_t
        s[THETA_R + j] = theta_r
        s[TROPO + j] = 2.0 * DB_PER_LOG2 * log_d + 0.573 * (curve + theta_t + theta_r)
        s[LOG_HORIZONS + j] = 2.0 * DB_PER_LOG2 * log2(s[HORIZONS + j])
        refer_to_horizons(s, j, ae)


@inlined_njit
def _delta_bullington_db(band, s, j, d, hts):
    """Diffraction loss at 50 % of the time: section 4.3."""
    hte, hre = hts - s[HSTD + j], s[HRS + j] - s[HSRD + j]
    lbulla = _knife_edge_bullington_db(s[NU + j] * band.per_root_wavelength, d)
    lbulls = _knife_edge_bullington_db(s[NU_SMOOTH + j] * band.per_root_wavelength, d)
    in_sight = s[ADFT + j] > 0.0
    clearance, required = s[CLEARANCE + j], s[NEEDED + j] * band.root_wavelength
    ldft = _first_term_db(band, d, hte, hre, abs(s[ADFT + j]))
    within = (1.0 - clearance / required) * max(ldft, 0.0)
    within = 0.0 if clearance > required else within
    ldsph = within if in_sight else ldft
    return lbulla + max(ldsph - lbulls, 0.0)


@inlined_njit
def _ducting_without_time_db(band, s, j, ae):
    """Ducting loss without its part of eq. (53): eqs. (46) to (48), (51); least on a clear path."""
    shielding = _shielding_db(s[EXCESS_T + j], s[DLT + j], band.root_f)
    shielding += _shielding_db(s[EXCESS_R + j], s[DLR + j], band.root_f)
    hidden = s[DLT + j] < s[D + j]
    linear = 0.264 * (s[EXCESS_T + j] + s[EXCESS_R + j]) + 5e-5 * ae * s[ANGLE + j]
    return (
        band.ducting_db
        + s[LOG_HORIZONS + j]
        + band.third_root_f * linear
        + (shielding if hidden else 0.0)
    )


@inlined_njit
def _shielding_db(excess, horizon_km, root_f):
    """What eq. (48) has besides its linear part."""
    return 2.0 * DB_PER_LOG2 * log2(1.0 + 0.361 * excess * root_f * math.sqrt(horizon_km))


@inlined_njit
def _time_dependence_db(band, s, j, ae):
    """Eqs. (53) to (56), where the roughness is exact."""
    d = s[D + j]
    log_d = log2(d)
    tau = 1.0 - exp2(-LOG2_E * 4.12e-4 * exp2(2.41 * log_d))
    far = exp2(-LOG2_10 * d / (16.0 - 6.6 * tau)) + exp2(-LOG2_10 * 5.0 * (0.496 + 0.354 * tau))
    log_mu1 = min(0.2 * log2(far), 0.0)
    alpha = max(-3.4, -0.6 - 3.5e-9 * exp2(3.1 * log_d) * tau)
    spread = math.sqrt(s[HTE + j]) + math.sqrt(s[HRE + j])
    log_mu2 = min(0.0, alpha * log2(500.0 / ae * d * d / (spread * spread)))
    open_km = min(d - s[HORIZONS + j], 40.0)
    log_mu3 = -LOG2_E * 4.6e-5 * max(s[HM + j] - 10.0, 0.0) * (43.0 + 6.0 * open_km)
    log_beta = band.occurrence + band.occurrence_power * log_mu1 + log_mu2 + log_mu3
    lb = log_beta / LOG2_10
    shape = LOG2_E * (9.51 - 4.8 * lb + 0.198 * lb * lb) * 1e-6 * exp2(1.13 * log_d)
    gamma = 1.076 * exp2(-1.012 * log2(2.0058 - lb) - shape)
    log_ratio = LOG2_50 - log_beta
    return (1.2 + 3.7e-3 * d) * log_ratio / LOG2_10 + 12.0 * exp2(gamma * log_ratio) - 12.0


@inlined_njit
def _falling(x):
    """1 - (1 + tanh(x)) / 2."""
    return 1.0 / (1.0 + exp2(2.0 * LOG2_E * x))


@inlined_njit
def _with_troposcatter_db(lbs, lbam):
    """Blend of troposcatter with the rest: eq. (60)."""
    gap = abs(lbs - lbam)
    return min(lbs, lbam) - 0.5 * DB_PER_LOG2 * log2(1.0 + exp2(-0.2 * LOG2_10 * gap))


@fused_njit
def fill_block(band, blocks, at, hts, ae, loss_db, without_ducting_db, marked):
    """Loss of the `LANES` receivers of the prepared block at ``at``, into `LANES` values each.

    ``without_ducting_db`` is Lbd, and ``marked`` is 1 where the ducting loss may be less than it.
    """
    s = blocks[at : at + field.BLOCK]
    for j in range(LANES):
        free_space = band.free_space_db + s[SLANT + j]
        lbd = free_space + _delta_bullington_db(band, s, j, s[D + j], hts)
        lbs = band.troposcatter_db + s[TROPO + j]
        loss_db[j] = max(_with_troposcatter_db(lbs, lbd), free_space)
        without_ducting_db[j] = lbd
        least = _ducting_without_time_db(band, s, j, ae) + band.time_db
        marked[j] = 0.0 if least > lbd else 1.0


@fused_njit
def add_ducting(band, s, ae, loss_db, without_ducting_db):
    """Blend the ducting loss in, eqs. (57) to (59), for a block ``s`` of roughened receivers."""
    for j in range(LANES):
        d, lbd = s[D + j], without_ducting_db[j]
        theta = 1000.0 * d / ae + s[THETA_T + j] + s[THETA_R + j]
        free_space = band.free_space_db + s[SLANT + j]
        lba = _ducting_without_time_db(band, s, j, ae) + _time_dependence_db(band, s, j, ae)
        low = min(lba, free_space) - max(lba, free_space)
        lminbap = max(lba, free_space) + 2.5 * LN_2 * log2(1.0 + exp2(LOG2_E * low / 2.5))
        fj = _falling(2.4 * (theta - 0.3) / 0.3)
        fk = _falling(1.5 * (d - 20.0) / 20.0)
        lbda = lminbap + (lbd - lminbap) * fk
        lbs = band.troposcatter_db + s[TROPO + j]
        with_ducting = max(_with_troposcatter_db(lbs, lbda + (lbd - lbda) * fj), free_space)
        loss_db[j] = with_ducting if lminbap <= lbd else loss_db[j]
