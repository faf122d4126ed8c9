"""Slow, plain twins of P.2108-1's three clutter losses, on NumPy and the standard library."""

from statistics import NormalDist

import numpy as np


def not_exceeded(mean, sigma, percent):
    return NormalDist(mean, sigma).inv_cdf(percent / 100)


def height_gain_db(h, tops, f, ws, clutter):
    if h >= tops:
        return 0.0
    if clutter in ("water", "open"):
        return -(21.8 + 6.2 * np.log10(f)) * np.log10(h / tops)
    below = tops - h
    v = 0.342 * np.sqrt(f) * np.sqrt(below * np.degrees(np.arctan2(below, ws)))
    return 6.9 + 20 * np.log10(np.hypot(v - 0.1, 1) + v - 0.1) - 6.03


def terrestrial_db(d, f, percent):
    """Two populations of loss, weighted by their powers to a fifth."""

    def at(km):
        far = -2 * np.log10(10 ** (-5 * np.log10(f) - 12.5) + 10**-16.5)
        near = 32.98 + 23.9 * np.log10(km) + 3 * np.log10(f)
        means, sigmas = np.array([far, near]), np.array([4, 6])
        weights = 10 ** (-means / 5)
        sigma = np.sqrt(np.average(sigmas**2, weights=weights))
        return not_exceeded(-5 * np.log10(weights.sum()), sigma, percent)

    return min(at(d), at(2.0))


def slant_db(theta, f, percent):
    angle = 0.05 * (1 - theta / 90) + np.pi * theta / 180
    base = 93 * f**0.175 * -np.log(1 - percent / 100) * np.cos(angle) / np.sin(angle)
    return base ** (0.5 * (90 - theta) / 90) - 1 + not_exceeded(0, 0.6, percent)
