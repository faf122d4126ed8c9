"""Basic transmission loss by Recommendation ITU-R P.1812-8, Annex 1, section 4.

Works on the geometry that `phusong.kernels.path` finds, so that a profile is analysed once and
its loss asked for at any number of frequencies. Letters and equation numbers are the
Recommendation's; distances in km, heights in m, frequencies in GHz, angles in mrad, losses in dB.
"""

import math
from typing import NamedTuple

from phusong._jit import njit
from phusong.kernels.diffraction import delta_bullington_db
from phusong.kernels.path import AE_BETA_KM

__all__ = [
    "LossTerms",
    "beta0_percent",
    "effective_earth_radius_km",
    "inverse_normal",
    "loss_terms",
    "over_sea_coupling_db",
    "time_dependence_db",
]


class LossTerms(NamedTuple):
    """Every term of the loss, in dB unless its name in the Recommendation says otherwise."""

    Fi: float
    Fj: float
    Fk: float
    Lbfs: float
    Lb0p: float
    Lb0b: float
    Lbulla50: float
    Lbulls50: float
    Ldsph50: float
    Ld50: float
    Lbulla_beta: float
    Lbulls_beta: float
    Ldsph_beta: float
    Ldb: float
    Ldp: float
    Lbd50: float
    Lbd: float
    Lminb0p: float
    Lba: float
    Lminbap: float
    Lbda: float
    Lbam: float
    Lbs: float
    Lbc: float
    Lb: float


@njit
def effective_earth_radius_km(delta_n):
    """Median effective earth radius from the lapse rate in N-units/km: eqs. (6), (7a)."""
    return 6371.0 * 157.0 / (157.0 - delta_n)


@njit
def beta0_percent(latitude_deg, dtm, dlm):
    """Percentage of time with anomalous lapse rates in the lowest 100 m: eqs. (2) to (5)."""
    tau = 1.0 - math.exp(-4.12e-4 * dlm**2.41)
    mu1 = (10.0 ** (-dtm / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)
    phi = abs(latitude_deg)
    if phi <= 70.0:
        mu4 = mu1 ** (-0.935 + 0.0176 * phi)
        return 10.0 ** (-0.015 * phi + 1.67) * mu1 * mu4
    return 4.17 * mu1 * mu1**0.3


@njit
def _quantile(x):
    t = math.sqrt(-2.0 * math.log(x))
    top = (0.010328 * t + 0.802853) * t + 2.515516698
    bottom = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    return t - top / bottom


@njit
def inverse_normal(x):
    """Inverse complementary cumulative normal, within 0.00054: Attachment 3, eqs. (96), (97)."""
    x = min(max(x, 1e-6), 1.0 - 1e-6)
    if x <= 0.5:
        return _quantile(x)
    return -_quantile(1.0 - x)


@njit
def _free_space_db(path, f):
    """Free-space loss over the slant distance: eqs. (8), (8a)."""
    d2 = path.d**2 + ((path.hts - path.hrs) / 1000.0) ** 2
    return 92.4 + 20.0 * math.log10(f) + 10.0 * math.log10(d2)


@njit
def _troposcatter_db(path, f, p, n0):
    """Troposcatter loss: section 4.4, eqs. (44), (45)."""
    lf = 25.0 * math.log10(f) - 2.5 * math.log10(0.5 * f) ** 2
    rare = 10.125 * math.log10(50.0 / p) ** 0.7 if p < 50.0 else 0.0
    return 190.1 + lf + 20.0 * math.log10(path.d) + 0.573 * path.theta - 0.15 * n0 - rare


@njit
def _site_shielding_db(theta, horizon_km, f):
    """Site-shielding diffraction loss at one end: eqs. (48), (48a)."""
    excess = theta - 0.1 * horizon_km
    if excess <= 0.0:
        return 0.0
    return 20.0 * math.log10(1.0 + 0.361 * excess * math.sqrt(f * horizon_km)) + (
        0.264 * excess * f ** (1.0 / 3.0)
    )


@njit
def over_sea_coupling_db(coast_km, horizon_km, omega, height_m):
    """Over-sea surface duct coupling correction at one end: eq. (49)."""
    if omega < 0.75 or coast_km > horizon_km or coast_km > 5.0:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - height_m)))


@njit
def _duct_occurrence(path, ae, b0, dlm):
    """Percentage of time beta of ducting, corrected for geometry and roughness: eqs. (54), (56)."""
    mu3 = 1.0
    if path.hm > 10.0:
        di = min(path.d - path.dlt - path.dlr, 40.0)
        mu3 = math.exp(-4.6e-5 * (path.hm - 10.0) * (43.0 + 6.0 * di))
    tau = 1.0 - math.exp(-4.12e-4 * dlm**2.41)
    alpha = max(-3.4, -0.6 - 3.5e-9 * path.d**3.1 * tau)
    spread = (math.sqrt(path.hte) + math.sqrt(path.hre)) ** 2
    mu2 = min(1.0, (500.0 / ae * path.d**2 / spread) ** alpha)
    return b0 * mu2 * mu3


@njit
def time_dependence_db(d, p, beta):
    """Time-percentage dependent part of the ducting loss: eqs. (53), (53a)."""
    lb = math.log10(beta)
    gamma = (
        1.076
        / (2.0058 - lb) ** 1.012
        * math.exp(-(9.51 - 4.8 * lb + 0.198 * lb * lb) * 1e-6 * d**1.13)
    )
    ratio = p / beta
    return -12.0 + (1.2 + 3.7e-3 * d) * math.log10(ratio) + 12.0 * ratio**gamma


@njit
def _ducting_db(path, f, p, ae, b0, omega, dlm, dct, dcr):
    """Ducting and layer-reflection loss: section 4.5, eqs. (46) to (56)."""
    alf = 45.375 - 137.0 * f + 92.5 * f * f if f < 0.5 else 0.0
    af = (
        102.45
        + 20.0 * math.log10(f)
        + 20.0 * math.log10(path.dlt + path.dlr)
        + alf
        + _site_shielding_db(path.theta_t, path.dlt, f)
        + _site_shielding_db(path.theta_r, path.dlr, f)
        + over_sea_coupling_db(dct, path.dlt, omega, path.hts)
        + over_sea_coupling_db(dcr, path.dlr, omega, path.hrs)
    )
    theta = (
        1000.0 * path.d / ae + min(path.theta_t, 0.1 * path.dlt) + min(path.theta_r, 0.1 * path.dlr)
    )
    beta = _duct_occurrence(path, ae, b0, dlm)
    return af + 5e-5 * ae * f ** (1.0 / 3.0) * theta + time_dependence_db(path.d, p, beta)


@njit
def loss_terms(path, f, p, ae, b0, omega, dlm, dct, dcr, n0, vertical, location_db):
    """All terms of the basic transmission loss not exceeded for ``p`` % of the time.

    ``path`` is a `PathGeometry` (analysed with its beta part where p < 50), ``ae`` the median
    effective earth radius, ``b0`` from `beta0_percent`, ``omega`` the fraction over sea,
    ``dlm`` the longest inland stretch, ``dct`` and ``dcr`` the distances to the coast,
    ``n0`` sea-level refractivity, ``location_db`` the location margin Lloc.
    """
    hte = path.hts - path.hstd
    hre = path.hrs - path.hsrd
    lbfs = _free_space_db(path, f)
    focus = 2.6 * (1.0 - math.exp(-0.1 * (path.dlt + path.dlr)))
    lb0p = lbfs + focus * math.log10(p / 50.0)
    lb0b = lbfs + focus * math.log10(b0 / 50.0)

    ld50, lbulla, lbulls, ldsph = delta_bullington_db(
        path.nu_root_50, path.nu_root_smooth_50, path.d, hte, hre, ae, f, omega, vertical
    )
    ldb, lbulla_b, lbulls_b, ldsph_b = ld50, lbulla, lbulls, ldsph
    ldp = ld50
    fi = 1.0
    if p > b0:
        fi = inverse_normal(p / 100.0) / inverse_normal(b0 / 100.0)
    if p < 50.0:
        ldb, lbulla_b, lbulls_b, ldsph_b = delta_bullington_db(
            path.nu_root_beta,
            path.nu_root_smooth_beta,
            path.d,
            hte,
            hre,
            AE_BETA_KM,
            f,
            omega,
            vertical,
        )
        ldp = ld50 + fi * (ldb - ld50)

    lbd50 = lbfs + ld50
    lbd = lb0p + ldp
    fj = 1.0 - 0.5 * (1.0 + math.tanh(2.4 * (path.theta - 0.3) / 0.3))
    fk = 1.0 - 0.5 * (1.0 + math.tanh(1.5 * (path.d - 20.0) / 20.0))
    lminb0p = lb0p + (1.0 - omega) * ldp
    if p >= b0:
        lminb0p = lbd50 + (lb0b + (1.0 - omega) * ldp - lbd50) * fi
    lba = _ducting_db(path, f, p, ae, b0, omega, dlm, dct, dcr)
    high, low = max(lba, lb0p), min(lba, lb0p)
    lminbap = high + 2.5 * math.log1p(math.exp((low - high) / 2.5))
    lbda = lbd
    if lminbap <= lbd:
        lbda = lminbap + (lbd - lminbap) * fk
    lbam = lbda + (lminb0p - lbda) * fj
    lbs = _troposcatter_db(path, f, p, n0)
    low = min(lbs, lbam)
    lbc = low - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * abs(lbs - lbam)))
    return LossTerms(
        fi,
        fj,
        fk,
        lbfs,
        lb0p,
        lb0b,
        lbulla,
        lbulls,
        ldsph,
        ld50,
        lbulla_b,
        lbulls_b,
        ldsph_b,
        ldb,
        ldp,
        lbd50,
        lbd,
        lminb0p,
        lba,
        lminbap,
        lbda,
        lbam,
        lbs,
        lbc,
        max(lb0p, lbc + location_db),
    )
