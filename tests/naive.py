"""Slow, plain twins of the kernels, written from the Recommendations with NumPy alone."""

import numpy as np


def knife_edge_db(nu):
    return 6.9 + 20 * np.log10(np.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1) if nu > -0.78 else 0.0


def bullington_db(d, g, hts, hrs, ap, f):
    """P.1812-8 section 4.3.1 on arrays, one expression an equation."""
    lam, total, di, gi = 0.2998 / f, d[-1], d[1:-1], g[1:-1]
    bulged = gi + 500 / ap * di * (total - di)
    stim = np.max((bulged - hts) / di)
    if stim < (hrs - hts) / total:
        ray = (hts * (total - di) + hrs * di) / total
        nu = np.max((bulged - ray) * np.sqrt(0.002 * total / (lam * di * (total - di))))
    else:
        srim = np.max((bulged - hrs) / (total - di))
        dbp = (hrs - hts + srim * total) / (stim + srim)
        ray = (hts * (total - dbp) + hrs * dbp) / total
        nu = (hts + stim * dbp - ray) * np.sqrt(0.002 * total / (lam * dbp * (total - dbp)))
    luc = knife_edge_db(nu)
    return luc + (1 - np.exp(-luc / 6)) * (10 + 0.02 * total)


def bilinear(raster, row, col):
    """Bilinear value by the four weights, clamped to the rim."""
    rows, cols = raster.shape
    row, col = np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1)
    r0, c0 = min(int(row), rows - 2), min(int(col), cols - 2)
    fr, fc = row - r0, col - c0
    weights = np.outer([1 - fr, fr], [1 - fc, fc])
    return float(np.sum(weights * raster[r0 : r0 + 2, c0 : c0 + 2]))


def sector_attenuation_db(azimuth, elevation, mechanical, electrical, horizontal, vertical):
    """TR 38.901 Table 7.3-1 on a unit vector turned by a rotation matrix."""
    a, e, m = np.radians([azimuth, elevation, mechanical])
    v = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    down = np.array([[np.cos(m), 0, -np.sin(m)], [0, 1, 0], [np.sin(m), 0, np.cos(m)]])
    x, y, z = down @ v
    theta, phi = np.degrees(np.arccos(np.clip(z, -1, 1))), np.degrees(np.arctan2(y, x))
    av = min(12 * ((theta - 90 - electrical) / vertical) ** 2, 30)
    ah = min(12 * (phi / horizontal) ** 2, 30)
    return min(av + ah, 30)


def carrier_powers(levels_dbm, weights):
    """Strongest of cells (cells, ...) at each place, and the other powers with and without weights.

    NaN is no cell; of equals the first is the server, -1 where there is none.
    """
    mw = np.nan_to_num(10 ** (levels_dbm / 10))
    server = np.where(np.isnan(levels_dbm), -np.inf, levels_dbm).argmax(axis=0)
    others = np.arange(len(mw)).reshape(-1, *[1] * server.ndim) != server
    weighted = mw * np.reshape(weights, (-1, *[1] * server.ndim))
    known = ~np.isnan(levels_dbm).all(axis=0)
    return np.where(known, server, -1), (weighted * others).sum(axis=0), (mw * others).sum(axis=0)
