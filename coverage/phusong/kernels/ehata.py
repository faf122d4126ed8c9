"""The extended Hata model (eHata) of NTIA, version 3.2: loss in and around cities.

E. Drocella et al., "3.5 GHz Exclusion Zone Analyses and Methodology", NTIA Technical Report
TR-15-517 (2015), appendix A. Figures and sections cited are those of Y. Okumura et al., Rev.
Electr. Commun. Lab. 16 (1968) 825-873. Works on the geometry that `phusong.kernels.ehata_path`
finds, so that one analysis serves every frequency. Frequencies in MHz, heights in m.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong._jit import njit
from phusong.kernels.ehata_path import EhataPath
from phusong.kernels.p1812 import inverse_normal

__all__ = ["RURAL", "SUBURBAN", "URBAN", "EhataTerms", "loss_terms"]

URBAN, SUBURBAN, RURAL = 0, 1, 2

Floats = npt.NDArray[np.float64]


class EhataTerms(NamedTuple):
    """Every term of the loss; the corrections ``K_...`` are subtracted. In dB but ``d_bp__km``."""

    d_bp__km: float
    att_1km: float
    att_100km: float
    plb_med__db: float
    plb_reliability__db: float
    K_isolated_ridge__db: float
    K_median_rolling_hills__db: float
    K_fine_rolling_hills__db: float
    K_slope__db: float
    K_mixed_path__db: float
    plb__db: float


# Median attenuation, TR-15-517 eqs. to: parabolas in log f through points of Okumura's
# figures at 1500, 2000 and 3000 MHz, for base and mobile antennas 200 m and 3 m high.
WAVENUMBER_PER_MHZ = 2e6 * math.pi * math.sqrt(8.854e-12 * 4e-7 * math.pi)
SLANT_1_KM_M = math.hypot(1000.0, 200.0 - 3.0)
BASE_200_M_DB = 13.82 * math.log10(200.0)
MOBILE_3_M_DB = 3.2 * math.log10(11.75 * 3.0) ** 2 - 4.97


def _parabola(at_1500: float, at_2000: float, at_3000: float) -> tuple[float, float, float]:
    """Alpha, beta and gamma of the parabola in log10(f) through three attenuations."""
    x = np.log10([1500.0, 2000.0, 3000.0])
    gamma, beta, alpha = np.linalg.solve(np.vander(x), [at_1500, at_2000, at_3000])
    return float(alpha), float(beta), float(gamma)


def _urban_at_1_km(attenuation_db: float, frequency_mhz: float) -> float:
    """Basic transmission loss without the height terms from Okumura's attenuation at 1 km."""
    free_space = 20.0 * math.log10(2.0 * WAVENUMBER_PER_MHZ * frequency_mhz * SLANT_1_KM_M)
    return attenuation_db + free_space + BASE_200_M_DB + MOBILE_3_M_DB


ALPHA_1, BETA_1, GAMMA_1 = _parabola(
    _urban_at_1_km(22.0, 1500.0), _urban_at_1_km(23.5, 2000.0), _urban_at_1_km(25.85, 3000.0)
)
ALPHA_SUB, BETA_SUB, GAMMA_SUB = _parabola(11.5, 12.4, 14.0)
ALPHA_100, BETA_100, GAMMA_100 = 120.78129, -52.714929, 10.919011

# Half the distance exponent beyond the break point: 2.5, 3 and 3.22 at bases of 24.5, 70 and 200 m
# (Okumura figure 12).
TAU = (
    (0.72 * math.log10(70.0 / 24.5) - 0.5 * math.log10(200.0 / 24.5))
    / math.log10(70.0 / 24.5)
    / math.log10(200.0 / 70.0)
    / math.log10(200.0 / 24.5)
)
SIGMA = 0.72 / math.log10(200.0 / 24.5) - TAU * math.log10(200.0 * 24.5)
RHO = 2.5 - math.log10(24.5) * (SIGMA + TAU * math.log10(24.5))

# Isolated ridge (figure 31): dB at 0, 1, ... 8 km from ridge to mobile; rows are the distance from
# base to ridge, up to 15, 30 and 60 km.
RIDGE_BASE_KM = np.array([15.0, 30.0, 60.0])
RIDGE_DB = np.array(
    [
        [4.0, -13.0, -17.5, -17.5, -15.0, -12.5, -10.0, -8.0, -6.0],
        [12.0, -8.5, -13.0, -12.0, -10.0, -8.0, -6.5, -5.0, -4.0],
        [20.0, -4.0, -6.5, -6.0, -4.5, -3.5, -2.5, -2.0, -1.0],
    ]
)

# Mixed land-sea path (figure 35): dB over the fraction of sea; row 0 with the sea at the base's
# end, row 1 at the mobile's, for paths up to 30 km and from 60 km.
SEA_30 = np.array([0.0, 0.15, 0.35, 0.45, 0.6, 0.65, 0.725, 0.775, 0.85, 1.0])
SEA_30_DB = np.array(
    [
        [0.0, 1.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
        [0.0, 4.0, 5.5, 7.0, 8.5, 9.0, 9.5, 9.8, 10.25, 11.0],
    ]
)
SEA_60 = np.array([0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.725, 0.85, 0.9, 1.0])
SEA_60_DB = np.array(
    [
        [0.0, 2.0, 4.0, 5.5, 7.0, 9.0, 11.0, 13.0, 14.0, 15.0],
        [0.0, 4.25, 6.25, 9.2, 10.5, 11.75, 13.0, 14.0, 14.25, 15.0],
    ]
)


@njit
def _isolated_ridge_db(base_km: float, mobile_km: float, edge_m: float) -> float:
    """Correction for one ridge on the path: section 4.2, figures 31 and 32."""
    j = min(max(math.ceil(mobile_km) - 1, 0), 7)
    i = 1 if base_km >= RIDGE_BASE_KM[1] else 0
    part = mobile_km - j
    near = RIDGE_DB[i, j] + part * (RIDGE_DB[i, j + 1] - RIDGE_DB[i, j])
    far = RIDGE_DB[i + 1, j] + part * (RIDGE_DB[i + 1, j + 1] - RIDGE_DB[i + 1, j])
    part = (base_km - RIDGE_BASE_KM[i]) / (RIDGE_BASE_KM[i + 1] - RIDGE_BASE_KM[i])
    k = near + min(max(part, 0.0), 1.0) * (far - near)
    if mobile_km > 2.0:
        k = min(k, 0.0)
    return math.sqrt(edge_m / 200.0) * float(k)


@njit
def _median_rolling_hills_db(deltah: float) -> float:
    """Correction for the terrain's irregularity."""
    x = math.log10(max(deltah, 15.0))
    return -1.5072013 + x * (8.458676 - 6.102538 * x)


@njit
def _fine_rolling_hills_db(path: EhataPath) -> float:
    """Correction for a mobile on top or at the foot of the undulations."""
    if path.deltah__meter < 10.0:
        return 0.0
    x = math.log10(path.deltah__meter)
    k = -11.728795 + x * (15.544272 - 1.8154766 * x)
    hm = path.h_m_gnd__meter
    p10, p50, p90 = path.pfl10__meter, path.pfl50__meter, path.pfl90__meter
    if hm >= p10:
        return k
    if hm <= p90:
        return -k
    if hm >= p50:
        return k * (hm - p50) / (p10 - p50)
    return -k * (p50 - hm) / (p50 - p90)


@njit
def _ramp(x: float, x0: float, x1: float, y0: float, y1: float) -> float:
    return y0 + (y1 - y0) * min(max((x - x0) / (x1 - x0), 0.0), 1.0)


@njit
def _slope_db(theta_m: float, d: float) -> float:
    """Correction for the general slope at the mobile: section 4.3, figure 34."""
    if theta_m <= 0.0:
        db_per_mrad = _ramp(d, 10.0, 30.0, 0.25, 0.8)
    elif d <= 30.0:
        db_per_mrad = _ramp(d, 10.0, 30.0, 0.125, 0.35)
    else:
        db_per_mrad = _ramp(d, 30.0, 60.0, 0.35, 0.6)
    return theta_m * float(db_per_mrad)


@njit
def _interpolate(x: float, xs: Floats, ys: Floats) -> float:
    i = 0
    while i < xs.size - 2 and x > xs[i + 1]:
        i += 1
    return float(ys[i] + (x - xs[i]) * (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]))


@njit
def _mixed_path_db(d: float, beta: float, end: int) -> float:
    """Correction for sea on the path: section 4.4, figure 35."""
    if beta == 0.0:
        return 0.0
    first, last = (0, 1) if end < 0 else (end, end)
    at_30 = _interpolate(beta, SEA_30, SEA_30_DB[first])
    at_30 = 0.5 * (at_30 + _interpolate(beta, SEA_30, SEA_30_DB[last]))
    at_60 = _interpolate(beta, SEA_60, SEA_60_DB[first])
    at_60 = 0.5 * (at_60 + _interpolate(beta, SEA_60, SEA_60_DB[last]))
    return float(_ramp(d, 30.0, 60.0, at_30, at_60))


@njit
def _median_db(
    f: float, hb: float, hm: float, d: float, environment: int
) -> tuple[float, float, float, float]:
    """Median loss over quasi-smooth terrain, and what decides it: d_bp, att_1km, att_100km."""
    lf, lhb = math.log10(f), math.log10(hb)
    at_1 = ALPHA_1 + lf * (BETA_1 + GAMMA_1 * lf)
    att_1 = at_1 - BASE_200_M_DB - MOBILE_3_M_DB
    att_1 -= 20.0 * math.log10(2.0 * WAVENUMBER_PER_MHZ * f * SLANT_1_KM_M)
    att_100 = ALPHA_100 + lf * (BETA_100 + GAMMA_100 * lf)
    n_h = 2.0 * (RHO + lhb * (SIGMA + TAU * lhb) - 1.0)
    n_l = 0.1 * (44.9 - 6.55 * lhb) - 2.0
    d_bp = 10.0 ** ((2.0 * n_h + 0.1 * (att_1 - att_100)) / (n_h - n_l))
    loss = 4.97 - 3.2 * math.log10(11.75 * hm) ** 2 - 13.82 * lhb
    if d <= d_bp:
        loss += at_1 + (44.9 - 6.55 * lhb) * math.log10(d)
    else:
        slant_m = math.hypot(1000.0 * d, hb - hm)
        loss += att_100 + BASE_200_M_DB + MOBILE_3_M_DB + 10.0 * n_h * (math.log10(d) - 2.0)
        loss += 20.0 * math.log10(2.0 * WAVENUMBER_PER_MHZ * f * slant_m)
    if environment == SUBURBAN:
        loss -= ALPHA_SUB + lf * (BETA_SUB + GAMMA_SUB * lf)
    elif environment == RURAL:
        loss -= 40.94 + lf * (4.78 * lf - 18.33)
    return loss, d_bp, att_1, att_100


@njit
def _location_sigma_db(f: float, environment: int) -> float:
    """Standard deviation of location variability: Okumura's 7.1, 7.5 and 8.1 dB in cities."""
    lf = math.log10(f)
    urban = 4.0976291 + lf * (0.68350345 * lf - 1.2255656)
    return urban if environment == URBAN else urban + 2.0


@njit
def loss_terms(
    path: EhataPath, frequency_ghz: float, environment: int, reliability: float
) -> EhataTerms:
    """All terms of the basic transmission loss that ``reliability`` of the places stay under.

    ``environment`` is `URBAN`, `SUBURBAN` or `RURAL`.
    """
    f = 1000.0 * frequency_ghz
    d = path.d__km
    median, d_bp, att_1, att_100 = _median_db(
        f, path.h_b_eff__meter, path.h_m_eff__meter, d, environment
    )
    reliable = median - inverse_normal(reliability) * _location_sigma_db(f, environment)
    ridge = rolling = fine = slope = 0.0
    if path.single_horizon:
        ridge = _isolated_ridge_db(
            0.001 * path.d_hzn_base__meter, 0.001 * path.d_hzn_mobile__meter, path.hedge_tilda
        )
    else:
        rolling = _median_rolling_hills_db(path.deltah__meter)
        fine = _fine_rolling_hills_db(path)
        slope = _slope_db(path.theta_m__mrad, d)
    mixed = _mixed_path_db(d, path.beta, path.iend_ov_sea)
    return EhataTerms(
        d_bp,
        att_1,
        att_100,
        median,
        reliable,
        ridge,
        rolling,
        fine,
        slope,
        mixed,
        reliable - ridge - rolling - fine - slope - mixed,
    )
