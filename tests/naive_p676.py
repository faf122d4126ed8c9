"""Slow, plain twin of P.676: all lines of a gas at once, and the air from ground to space."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

TABLES = Path(__file__).parents[1] / "coverage/phusong/propagation/tables"


@cache
def lines(gas):
    """Columns of a line table: frequency, then its six figures."""
    with (TABLES / f"p676_{gas}_lines.csv").open(encoding="utf8") as file:
        rows = list(csv.reader(file))[1:]
    return np.array([[float(x) for x in row[:7]] for row in rows]).T


def shape(f, f0, df, delta):
    near = (df - delta * (f0 - f)) / ((f0 - f) ** 2 + df**2)
    mirrored = (df - delta * (f0 + f)) / ((f0 + f) ** 2 + df**2)
    return f / f0 * (near + mirrored)


def gamma_oxygen(f, p, t, rho):
    th, e = 300 / t, rho * t / 216.7
    f0, a1, a2, a3, a4, a5, a6 = lines("oxygen")
    s = a1 * 1e-7 * p * th**3 * np.exp(a2 * (1 - th))
    df = np.sqrt((a3 * 1e-4 * (p * th ** (0.8 - a4) + 1.1 * e * th)) ** 2 + 2.25e-6)
    delta = (a5 + a6 * th) * 1e-4 * (p + e) * th**0.8
    d = 5.6e-4 * (p + e) * th**0.8
    nitrogen = 1.4e-12 * p * th**1.5 / (1 + 1.9e-5 * f**1.5)
    continuum = f * p * th**2 * (6.14e-5 / d / (1 + (f / d) ** 2) + nitrogen)
    return 0.182 * f * (np.sum(s * shape(f, f0, df, delta)) + continuum)


def gamma_water_vapour(f, p, t, rho):
    th, e = 300 / t, rho * t / 216.7
    f0, b1, b2, b3, b4, b5, b6 = lines("water_vapour")
    s = b1 * 0.1 * e * th**3.5 * np.exp(b2 * (1 - th))
    df = b3 * 1e-4 * (p * th**b4 + b5 * e * th**b6)
    df = 0.535 * df + np.sqrt(0.217 * df**2 + 2.1316e-12 * f0**2 / th)
    return 0.182 * f * np.sum(s * shape(f, f0, df, 0))


def zenith_water_vapour_db(f, v, h):
    rho, t = v / 2.38, 276.15 + 14 * np.log(0.22 * v / 2.38)
    loss = 0.0176 * v * gamma_water_vapour(f, 845, t, rho) / gamma_water_vapour(20.6, 845, t, rho)
    centres, widths = np.array([22.43, 183.5, 325]), np.array([3.097, 4.096, 3.651])
    a = np.dot([0.2048, 0.2326, 0.2073], np.exp(-(((f - centres) / widths) ** 2))) - 0.1113
    b = 87410 * np.exp(-0.587 * f) + 312.2 / f**2.38 + 0.723
    return loss * (1 + a * np.clip(h, 0, 4) ** b) if f >= 20 else loss


def low_latitude_air(h):
    """P.835-6, section 2, below 10 km: dry pressure, temperature and vapour density."""
    t = 300.4222 - 6.3533 * h + 0.005886 * h**2
    total = 1012.0306 - 109.0338 * h + 3.6316 * h**2
    rho = 19.6542 * np.exp(-0.2313 * h - 0.1122 * h**2 + 0.01351 * h**3 - 0.0005923 * h**4)
    return total - rho * t / 216.7, t, rho


def zenith_db_below_10_km(f, steps=200):
    """Attenuation by oxygen and by water vapour of the lowest 10 km, summed over layers."""
    h = (np.arange(steps) + 0.5) * 10 / steps
    air = [low_latitude_air(x) for x in h]
    oxygen = np.mean([gamma_oxygen(f, *a) for a in air]) * 10
    return oxygen, np.mean([gamma_water_vapour(f, *a) for a in air]) * 10
