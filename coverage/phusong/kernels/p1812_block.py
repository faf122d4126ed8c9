"""P.1812-8 at 50 % of the time over land, for a block of receivers at once.

The same section 4 as `phusong.kernels.p1812`, written as straight lines over the fields that
`phusong.kernels.radial` leaves, so that a compiler vectorises it. Heights and distances are
float64, since their differences count; from `prepare_block` on all is float32, twice as many at a
time: levels and ratios, within 1e-3 dB.

At 50 % the beta0 branch drops out of the diffraction loss, and ducting out of the blend where its
loss exceeds the rest: where a lower bound of the ducting loss does not show that, a receiver is
marked, its roughness is found, and ducting blended in.
"""

import math

import numpy as np

from phusong._jit import fused_njit, inlined_njit
from phusong.kernels import receiver_fields as field
from phusong.kernels.diffraction import NU_NO_LOSS
from phusong.kernels.fast_math import sine_of_third
from phusong.kernels.fast_math_single import DB_PER_LOG2, arctan, exp2, f4, log2
from phusong.kernels.radial import OWN
from phusong.kernels.receiver_fields import BLOCK, BLOCKED, LANES

__all__ = [
    "add_ducting",
    "delta_bullington_db",
    "ducting_block",
    "ducting_without_time_db",
    "falling",
    "fill_block",
    "first_term_db",
    "log_beta0",
    "log_beta_over_beta0",
    "prepare_block",
    "singles",
    "tau_of",
    "time_dependence_db",
    "with_troposcatter_db",
]

D, HRS, STIM, SRIM, NU = field.D, field.HRS, field.STIM, field.SRIM, field.NU
HSTD, HSRD, INNER, OWN_FIRST = field.HSTD, field.HSRD, field.INNER, field.OWN_FIRST
# Fields that `prepare_block` adds.
NU_SMOOTH = field.MODEL  # Bullington parameter over a smooth earth, times sqrt(wavelength)
CLEARANCE = field.MODEL + 1 * LANES  # least over a smooth earth, m: eq. (24)
NEEDED = field.MODEL + 2 * LANES  # required for no loss, over sqrt(wavelength): eq. (26)
ADFT = field.MODEL + 3 * LANES  # earth's radius of the first term; below 0 beyond the horizon
HTE_DIFFRACTION = field.MODEL + 4 * LANES  # antennas above that model's smooth surface
HRE_DIFFRACTION = field.MODEL + 5 * LANES
SLANT = field.MODEL + 6 * LANES  # distance between the antennas, km, squared
# All from D to SLANT are copied to float32, in this order; so they lie in a block's `singles`.
COPIED = field.MODEL + 7 * LANES - D
S_D, S_NU, S_THETA_T, S_THETA_R = 0 * LANES, 1 * LANES, 2 * LANES, 3 * LANES  # mrad, once slopes
S_DLT, S_DLR, S_HM = 4 * LANES, 5 * LANES, 6 * LANES
S_HTE_DUCT, S_HRE_DUCT = 7 * LANES, 8 * LANES
S_NU_SMOOTH, S_CLEARANCE, S_NEEDED, S_ADFT = 9 * LANES, 10 * LANES, 11 * LANES, 12 * LANES
S_HTE, S_HRE = 13 * LANES, 14 * LANES
S_SLANT = 15 * LANES  # 20 log of it
S_TROPO = 16 * LANES  # 20 log d + 0.573 theta
S_DUCT = 17 * LANES  # what eqs. (46), (47) have besides what depends on the frequency
S_ANGLE = 18 * LANES  # what they multiply the cubic root of the frequency with
S_SHIELD_T = 19 * LANES  # what eq. (48) multiplies its root with
S_SHIELD_R = 20 * LANES
S_THETA = 21 * LANES  # angle of the path, mrad: eq. (83)
SINGLES = 22 * LANES

EXP_PER_DB = f4(-1.0 / (6.0 * math.log(2.0)))  # exp(-x / 6) is two to the power of x times this
LOG2_10 = f4(math.log2(10.0))
LOG10_2 = f4(math.log10(2.0))
LOG2_50 = f4(math.log2(50.0))
LOG2_E = f4(math.log2(math.e))
LN_2 = f4(math.log(2.0))
NO_LOSS = f4(NU_NO_LOSS)
CLEAR = f4(-10.0)  # any parameter of no loss
ZERO, HALF, ONE, TWO = f4(0.0), f4(0.5), f4(1.0), f4(2.0)


@inlined_njit
def singles(blocks, at):
    """The float32 fields of the block at ``at``."""
    first = at + D + COPIED
    return blocks[first : first + SINGLES // 2].view(np.float32)


@inlined_njit
def _knife_edge_bullington_db(nu, d):
    """Bullington loss from its edge's parameter: eqs. (12), (21)."""
    shifted = max(nu, CLEAR) - f4(0.1)
    luc = f4(6.9) + TWO * DB_PER_LOG2 * log2(math.sqrt(shifted * shifted + ONE) + shifted)
    luc = luc if nu > NO_LOSS else ZERO
    return luc + (ONE - exp2(EXP_PER_DB * luc)) * (f4(10.0) + f4(0.02) * d)


@inlined_njit
def _edge_nu_root(stim, srim, rise, d, per_d):
    """Parameter of the point where the horizons' rays meet: eqs. (18) to (20), one in the other."""
    return math.sqrt(max(0.002 * (rise + srim * d) * (stim * d - rise) * per_d, 0.0))


@inlined_njit
def _height_gain_db(b, floor_db):
    """Height-gain term G(Y): eq. (34)."""
    high = b > TWO
    above = max(b - f4(1.1), f4(0.1))
    level = log2(above if high else b + f4(0.1) * b * b * b)
    gain = f4(17.6) * math.sqrt(above) - HALF * DB_PER_LOG2 * level - f4(8.0)
    return max(gain if high else TWO * DB_PER_LOG2 * level, floor_db)


@inlined_njit
def first_term_db(band, ground_k, q, j):
    """First term of the residue series over ground of that ``Band.k``: eqs. (29) to (36)."""
    d, hte, hre, adft = q[S_D + j], q[S_HTE + j], q[S_HRE + j], abs(q[S_ADFT + j])
    log_third = log2(adft) * f4(1.0 / 3.0)
    per_third_root = exp2(-log_third)
    k = ground_k * per_third_root
    k2 = k * k
    beta = (ONE + f4(1.6) * k2 + f4(0.67) * k2 * k2) / (ONE + f4(4.5) * k2 + f4(1.53) * k2 * k2)
    x = f4(21.88) * beta * band.third_root_f * per_third_root * per_third_root * d
    b_per_m = f4(0.9575) * beta * beta * band.third_root_f * band.third_root_f * per_third_root
    level = log2(x)
    far = f4(11.0) + DB_PER_LOG2 * level - f4(17.6) * x
    near = -TWO * DB_PER_LOG2 * level - f4(5.6488) * exp2(f4(1.425) * level)
    floor = TWO + TWO * DB_PER_LOG2 * log2(k)
    gains = _height_gain_db(b_per_m * hte, floor) + _height_gain_db(b_per_m * hre, floor)
    return -(far if x >= f4(1.6) else near) - gains


@inlined_njit
def _steepest_smooth(near, far, d, h, bulge):
    """Steeper of the slopes to two points of a smooth earth from an antenna ``h`` above it."""
    per_both = h / (near * far)
    return max(bulge * (d - near) - far * per_both, bulge * (d - far) - near * per_both)


@inlined_njit
def _clear_nu_root(x, after, d, per_d, hte, hre, bulge):
    """Larger of the parameters of two points of a smooth earth under a clear ray."""
    back, after_back = d - x, d - after
    gap = (hte * back + hre * x) * per_d - bulge * x * back
    after_gap = (hte * after_back + hre * after) * per_d - bulge * after * after_back
    product, after_product = x * back, after * after_back
    closer = gap * gap * after_product < after_gap * after_gap * product
    gap, product = (gap if closer else after_gap), (product if closer else after_product)
    return -math.sqrt(0.002 * d * gap * gap / product)


@inlined_njit
def _points_beside(x, inner, own_first, step, per_step):
    """Distances of the profile's points before and after ``x``, as far as there are such."""
    below = np.floor(x * per_step)
    regular = min(max(below, 1.0), inner) * step
    next_regular = regular + step if below < inner else own_first
    own = own_first + min(np.floor((x - own_first) * per_step), OWN - 1.0) * step
    next_own = min(own + step, own_first + (OWN - 1.0) * step)
    near = x < own_first
    return regular if near else own, next_regular if near else next_own


@inlined_njit
def _refer_to_horizons(climate, q, j):
    """What eqs. (46) to (51) have of the horizons of receiver ``j``; the least on a clear path."""
    d, dlt, dlr = q[S_D + j], q[S_DLT + j], q[S_DLR + j]
    theta_t, theta_r = q[S_THETA_T + j], q[S_THETA_R + j]
    hidden = dlt < d
    low_t = min(theta_t, f4(0.1) * dlt if hidden else ZERO)
    low_r = min(theta_r, f4(0.1) * dlr if hidden else ZERO)
    excess_t = max(theta_t - f4(0.1) * dlt, ZERO)
    excess_r = max(theta_r - f4(0.1) * dlr, ZERO)
    # 5e-5 a_e theta', whose curved part is d.
    angle = f4(0.05) * d + f4(0.025) / climate.per_ae * (low_t + low_r)
    q[S_ANGLE + j] = f4(0.264) * (excess_t + excess_r) + angle
    # Somewhere on a clear path; as a function of where, it is least at one of the ends.
    near = climate.nearest_km
    at_foot = max(theta_r - f4(0.1) * near, ZERO) * math.sqrt(near)
    shield_r = excess_r * math.sqrt(dlr)
    q[S_SHIELD_T + j] = f4(0.361) * excess_t * math.sqrt(dlt) if hidden else ZERO
    q[S_SHIELD_R + j] = f4(0.361) * (shield_r if hidden else min(shield_r, at_foot))
    q[S_DUCT + j] = TWO * DB_PER_LOG2 * log2(dlt + dlr if hidden else d)


@inlined_njit
def tau_of(dlm):
    """How far land lets ducts form, from its longest inland stretch above 0 km: eq. (3)."""
    return ONE - exp2(-LOG2_E * f4(4.12e-4) * exp2(f4(2.41) * log2(dlm)))


@inlined_njit
def log_beta0(climate, dtm, tau):
    """Log2 of beta0, from the longest stretch over land: eqs. (2), (4), (5)."""
    far = exp2(-LOG2_10 * dtm / (f4(16.0) - f4(6.6) * tau))
    far += exp2(-LOG2_10 * f4(5.0) * (f4(0.496) + f4(0.354) * tau))
    return climate.occurrence + climate.power * min(f4(0.2) * log2(far), ZERO)


@inlined_njit
def log_beta_over_beta0(climate, q, j, tau):
    """Log2 of mu2 and mu3, where the roughness is exact: eqs. (54) to (56)."""
    d = q[S_D + j]
    open_km = min(d - q[S_DLT + j] - q[S_DLR + j], f4(40.0))
    log_mu3 = -LOG2_E * f4(4.6e-5) * max(q[S_HM + j] - f4(10.0), ZERO)
    log_mu3 *= f4(43.0) + f4(6.0) * open_km
    spread = math.sqrt(q[S_HTE_DUCT + j]) + math.sqrt(q[S_HRE_DUCT + j])
    alpha = max(f4(-3.4), f4(-0.6) - f4(3.5e-9) * exp2(f4(3.1) * log2(d)) * tau)
    return min(ZERO, alpha * log2(climate.per_ae * d * d / (spread * spread))) + log_mu3


@inlined_njit
def time_dependence_db(d, log_percent, log_beta):
    """What a percentage of time adds to the ducting loss: eqs. (53), (53a)."""
    lb = log_beta * LOG10_2
    bend = f4(9.51e-6) - f4(4.8e-6) * lb + f4(0.198e-6) * lb * lb
    bend *= LOG2_E * exp2(f4(1.13) * log2(d))
    gamma = f4(1.076) * exp2(f4(-1.012) * log2(f4(2.0058) - lb) - bend)
    log_ratio = log_percent - log_beta
    linear = (f4(1.2) + f4(3.7e-3) * d) * log_ratio * LOG10_2
    return linear + f4(12.0) * exp2(gamma * log_ratio) - f4(12.0)


@fused_njit
def prepare_block(climate, blocks, at, lanes, hts, ae, step_km):
    """Add what every band needs of the geometry: the block's `singles`."""
    s, q = blocks[at : at + BLOCK], singles(blocks, at)
    bulge, per_step = 500.0 / ae, 1.0 / step_km
    per_root, per_bulge = math.sqrt(1.0 / bulge), 1.0 / (1.5 * bulge)
    for j in range(lanes):
        d, hrs = s[D + j], s[HRS + j]
        per_d = 1.0 / d
        rise = hrs - hts
        hte, hre = hts - s[HSTD + j], hrs - s[HSRD + j]
        nu_root = s[NU + j]
        edge = _edge_nu_root(s[STIM + j], s[SRIM + j], rise, d, per_d)
        s[NU + j] = edge if nu_root == BLOCKED else nu_root

        # Spherical earth, eqs. (22) to (26): the point of least clearance.
        total = hte + hre
        per_total = 1.0 / total
        m = 0.5 * bulge * d * d * per_total
        per_m = 1.0 / (m + 1.0)
        root = math.sqrt(3.0 * m * per_m)
        sine = sine_of_third(1.5 * (hte - hre) * per_total * root * per_m)
        # 1 / root is root (m + 1) / (3 m).
        d1 = 0.5 * d + sine * root * (m + 1.0) * total * per_d * per_bulge
        d2 = d - d1
        s[CLEARANCE + j] = ((hte - bulge * d1 * d1) * d2 + (hre - bulge * d2 * d2) * d1) * per_d
        s[NEEDED + j] = 17.456 * math.sqrt(max(d1 * d2 * per_d, 1e-12))
        root_t, root_r = math.sqrt(hte), math.sqrt(hre)
        reach = d / (root_t + root_r)
        in_sight = reach * reach < 0.002 * ae
        s[ADFT + j] = 500.0 * reach * reach if in_sight else -ae

        # The same profile over a smooth earth: its slopes and parameter rise, then fall along the
        # path, so the best point is one of the two beside the tangent's, or the least clearance's.
        inner, own_first = s[INNER + j], s[OWN_FIRST + j]
        x, after = _points_beside(root_t * per_root, inner, own_first, step_km, per_step)
        stim = _steepest_smooth(x, after, d, hte, bulge)
        x, after = _points_beside(d - root_r * per_root, inner, own_first, step_km, per_step)
        srim = _steepest_smooth(d - x, d - after, d, hre, bulge)
        x, after = _points_beside(d1, inner, own_first, step_km, per_step)
        clear = _clear_nu_root(x, after, d, per_d, hte, hre, bulge)
        edge = _edge_nu_root(stim, srim, hre - hte, d, per_d)
        s[NU_SMOOTH + j] = clear if stim < (hre - hte) * per_d else edge

        s[HTE_DIFFRACTION + j], s[HRE_DIFFRACTION + j] = hte, hre
        s[SLANT + j] = d * d + 1e-6 * rise * rise

    for i in range(COPIED):
        q[i] = s[D + i]
    for j in range(lanes):
        d = q[S_D + j]
        q[S_SLANT + j] = DB_PER_LOG2 * log2(q[S_SLANT + j])
        theta_t = f4(1000.0) * arctan(f4(0.001) * q[S_THETA_T + j])
        theta_r = f4(1000.0) * arctan(f4(0.001) * q[S_THETA_R + j])
        theta = TWO * climate.per_ae * d + theta_t + theta_r
        q[S_THETA_T + j], q[S_THETA_R + j] = theta_t, theta_r
        q[S_THETA + j] = theta
        q[S_TROPO + j] = TWO * DB_PER_LOG2 * log2(d) + f4(0.573) * theta
    for j in range(lanes):
        _refer_to_horizons(climate, q, j)


@inlined_njit
def delta_bullington_db(band, q, j, ldft):
    """Diffraction loss of a geometry, from its first term: section 4.3."""
    d = q[S_D + j]
    lbulla = _knife_edge_bullington_db(q[S_NU + j] * band.per_root_wavelength, d)
    lbulls = _knife_edge_bullington_db(q[S_NU_SMOOTH + j] * band.per_root_wavelength, d)
    in_sight = q[S_ADFT + j] > ZERO
    clearance, required = q[S_CLEARANCE + j], q[S_NEEDED + j] * band.root_wavelength
    within = (ONE - clearance / required) * max(ldft, ZERO)
    within = ZERO if clearance > required else within
    ldsph = within if in_sight else ldft
    return lbulla + max(ldsph - lbulls, ZERO)


@inlined_njit
def ducting_without_time_db(band, q, j):
    """Ducting loss but for its part of eq. (53): eqs. (46) to (48), (51)."""
    shielding = log2(ONE + q[S_SHIELD_T + j] * band.root_f)
    shielding += log2(ONE + q[S_SHIELD_R + j] * band.root_f)
    return (
        band.ducting_db
        + q[S_DUCT + j]
        + band.third_root_f * q[S_ANGLE + j]
        + TWO * DB_PER_LOG2 * shielding
    )


@inlined_njit
def falling(x):
    """1 - (1 + tanh(x)) / 2."""
    return ONE / (ONE + exp2(TWO * LOG2_E * x))


@inlined_njit
def with_troposcatter_db(lbs, lbam):
    """Blend of troposcatter with the rest: eq. (60)."""
    gap = abs(lbs - lbam)
    return min(lbs, lbam) - HALF * DB_PER_LOG2 * log2(ONE + exp2(f4(-0.2) * LOG2_10 * gap))


@fused_njit
def fill_block(band, q, lanes, loss_db, without_ducting_db, marked):
    """Loss of the receivers in the first ``lanes`` of a block's singles, into a float32 each.

    ``without_ducting_db`` is Lbd, and ``marked`` is 1 where the ducting loss may be less than it.
    """
    for j in range(lanes):
        free_space = band.free_space_db + q[S_SLANT + j]
        lbd = free_space + delta_bullington_db(band, q, j, first_term_db(band, band.k, q, j))
        lbs = band.troposcatter_db + q[S_TROPO + j]
        loss_db[j] = max(with_troposcatter_db(lbs, lbd), free_space)
        without_ducting_db[j] = lbd
        marked[j] = ZERO if ducting_without_time_db(band, q, j) + band.time_db > lbd else ONE


@fused_njit
def ducting_block(climate, band, q, lanes, lba_db):
    """Ducting loss of the receivers of a block's singles; a lower bound where they are not rough.

    Section 4.5, eqs. (46) to (56).
    """
    for j in range(lanes):
        _refer_to_horizons(climate, q, j)
    for j in range(lanes):
        d = q[S_D + j]
        tau = tau_of(d)
        log_beta = log_beta0(climate, d, tau) + log_beta_over_beta0(climate, q, j, tau)
        time_db = time_dependence_db(d, LOG2_50, log_beta)
        lba_db[j] = ducting_without_time_db(band, q, j) + time_db


@fused_njit
def add_ducting(band, q, lanes, lba_db, without_ducting_db, loss_db):
    """Blend ducting into the losses of a block's receivers: eqs. (57) to (60)."""
    for j in range(lanes):
        d, lba, lbd = q[S_D + j], lba_db[j], without_ducting_db[j]
        free_space = band.free_space_db + q[S_SLANT + j]
        low = min(lba, free_space) - max(lba, free_space)
        lminbap = max(lba, free_space) + f4(2.5) * LN_2 * log2(ONE + exp2(LOG2_E * f4(0.4) * low))
        fj = falling(f4(8.0) * (q[S_THETA + j] - f4(0.3)))
        fk = falling(f4(0.075) * (d - f4(20.0)))
        lbda = lminbap + (lbd - lminbap) * fk
        lbs = band.troposcatter_db + q[S_TROPO + j]
        with_ducting = max(with_troposcatter_db(lbs, lbda + (lbd - lbda) * fj), free_space)
        loss_db[j] = with_ducting if lminbap <= lbd else loss_db[j]
