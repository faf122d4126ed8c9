"""Slow, plain twin of P.2109-2's building entry loss, on the standard library."""

from math import log10
from statistics import NormalDist

# Table 1.
TABLE = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally_efficient": (28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}


def entry_db(f, building, theta, percent):
    k, lf = dict(zip("rstuvwxyz", TABLE[building], strict=True)), log10(f)
    horizontal = k["r"] + k["s"] * lf + k["t"] * lf**2
    a = NormalDist(horizontal + 0.212 * abs(theta), k["u"] + k["v"] * lf).inv_cdf(percent / 100)
    b = NormalDist(k["w"] + k["x"] * lf, k["y"] + k["z"] * lf).inv_cdf(percent / 100)
    return 10 * log10(sum(10 ** (part / 10) for part in (a, b, -3.0)))
