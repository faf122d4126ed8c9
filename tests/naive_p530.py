"""Slow, plain twin of P.530-17: rain (section 2.4.1) and multipath (section 2.3)."""

import numpy as np
from naive_p838 import k_alpha


def rain_db(d, f, rain_rate, p, elevation, tilt):
    k, alpha = k_alpha(f, elevation, tilt)
    shrink = 0.477 * d**0.633 * rain_rate ** (0.073 * alpha) * f**0.123
    shrink -= 10.579 * (1 - np.exp(-0.024 * d))
    r = 1 / max(shrink, 0.4)
    c0 = 0.12 + (0.4 * np.log10(f / 10) ** 0.8 if f >= 10 else 0)
    x = np.log10(p)
    tropical, temperate = 0.855 + 0.139 * x, 0.546 + 0.043 * x
    law = 0.07**c0 * 0.12 ** (1 - c0) * p ** -(c0 * tropical + (1 - c0) * temperate)
    return k * rain_rate**alpha * r * d * law


def p0_percent(d, f, he, hr, dn1, sa):
    climate = 10 ** (-4.4 - 0.0027 * dn1) / (10 + sa) ** 0.46
    return (
        climate * d**3.4 / (1 + abs(he - hr) / d) ** 1.03 * f**0.8 / 10 ** (0.00076 * min(he, hr))
    )


def fade_percent(p0, a):
    at = 25 + 1.2 * np.log10(p0)
    if a >= at:
        return p0 / 10 ** (a / 10)
    pt = p0 / 10 ** (at / 10)
    qap = -20 / at * np.log10(-np.log1p(-pt / 100))
    qt = (qap - 2) / ((1 + 0.3 * 10 ** (-at / 20)) * 10 ** (-0.016 * at))
    qt -= 4.3 * (10 ** (-at / 20) + at / 800)
    qa = qt + 4.3 * (10 ** (-a / 20) + a / 800)
    qa = 2 + (1 + 0.3 * 10 ** (-a / 20)) * 10 ** (-0.016 * a) * qa
    return 100 * (1 - np.exp(-(10 ** (-qa * a / 20))))
