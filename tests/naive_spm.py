"""Slow, plain twins of the Standard Propagation Model and of Deygout's three edges, on NumPy."""

import numpy as np
from naive import bullington_db, knife_edge_db


def _nu(d, g, a, ha, b, hb, ap, f):
    """Parameter nu of every point strictly between points ``a`` and ``b``."""
    da, db, length = d[a + 1 : b] - d[a], d[b] - d[a + 1 : b], d[b] - d[a]
    h = g[a + 1 : b] + 500 / ap * da * db - (ha * db + hb * da) / length
    return h * np.sqrt(0.002 * length / (0.2998 / f * da * db))


def _worst(d, g, a, ha, b, hb, ap, f):
    return max([-np.inf, *_nu(d, g, a, ha, b, hb, ap, f)])


def deygout_db(d, g, hts, hrs, ap, f):
    """P.526-11 section 4.4.2."""
    last = d.size - 1
    nu = _nu(d, g, 0, hts, last, hrs, ap, f)
    p = int(np.argmax(nu)) + 1
    main = knife_edge_db(nu[p - 1])
    if nu[p - 1] <= -0.78:
        return 0.0
    sides = knife_edge_db(_worst(d, g, 0, hts, p, g[p], ap, f))
    sides += knife_edge_db(_worst(d, g, p, g[p], last, hrs, ap, f))
    return main + (1 - np.exp(-main / 6)) * (sides + 10 + 0.04 * d[-1])


def effective_height_m(d, h, tx, method, stretch_km):
    if method == "above_ground":
        return tx
    if method == "spot":
        return tx + max(h[0] - h[-1], 0)
    near = d[-1] - d <= stretch_km + 1e-9
    near[-2:] = True
    if method == "average":
        ground = np.trapezoid(h[near], d[near]) / np.ptp(d[near])
    else:
        ground = h[-1] - d[-1] * np.polyfit(d[near], h[near], 1)[0]
    return float(np.clip(tx + h[0] - ground, 20, 200))


def loss_db(d, h, f, tx, rx, k, method, stretch_km, diffraction, ap):
    height = effective_height_m(d, h, tx, method, stretch_km)
    bend = {"bullington": bullington_db, "deygout": deygout_db}[diffraction]
    terms = [
        1,
        np.log10(1000 * d[-1]),
        np.log10(height),
        bend(d, h, h[0] + tx, h[-1] + rx, ap, f),
        np.log10(1000 * d[-1]) * np.log10(height),
        rx,
        np.log10(rx),
    ]
    return float(np.dot(k[:7], terms))
