"""Slow plain twins of the antenna kernels, written from the sources on unit vectors."""

import cmath
import math

import numpy as np


def seen_from(azimuth, elevation, tilt):
    """Bearing and depression (degrees) of a direction, from an antenna turned down by a tilt."""
    a, e, m = np.radians([azimuth, elevation, tilt])
    vector = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    down = np.array([[np.cos(m), 0, -np.sin(m)], [0, 1, 0], [np.sin(m), 0, np.cos(m)]])
    x, y, z = down @ vector
    return math.degrees(math.atan2(y, x)), -math.degrees(math.asin(np.clip(z, -1, 1)))


def of_cut(cut, angle):
    return float(np.interp(angle % 360, np.arange(361), [*cut, cut[0]]))


def cut_attenuation_db(horizontal, vertical, direction, tilts, method):
    """Attenuation by one of the published ways; cuts whose best value is 0."""
    bearing, depression = seen_from(*direction, tilts[0])
    depression -= tilts[1]
    h, v = of_cut(horizontal, bearing), of_cut(vertical, depression)
    if method == "sum":
        return min(h + v, max(*horizontal, *vertical))
    if method == "horizontal_projection":
        part = abs(bearing) / 180
        h0, h180 = horizontal[0], horizontal[180]
        back = of_cut(vertical, 180 - depression)
        return max(h - ((1 - part) * (h0 - v) + part * (h180 - back)), 0)
    hor, vert = 10 ** (-h / 10), 10 ** (-v / 10)
    w1, w2 = vert * (1 - hor), hor * (1 - vert)
    cross = (h * w1 + v * w2) / (w1**2 + w2**2) ** 0.5 if w1 or w2 else 0.0
    if method == "cross_weighted":
        return cross
    w3 = (hor * vert) ** (1 / 3.5)
    return (h + v) * w3 + cross * (1 - w3)


def array_gain_db(direction, beam, tilt, rows, columns, spacings):
    """Power of every element's phase added one by one, without the element's own pattern."""
    bearing, depression = map(math.radians, seen_from(*direction, tilt))
    to = np.array([math.cos(depression) * math.sin(bearing), -math.sin(depression)])
    azimuth, elevation = map(math.radians, beam)
    steered = np.array([math.cos(elevation) * math.sin(azimuth), math.sin(elevation)])
    total = 0j
    for row in range(rows):
        for column in range(columns):
            place = np.array([column * spacings[1], row * spacings[0]])
            weight = cmath.exp(-2j * math.pi * float(place @ steered)) / math.sqrt(rows * columns)
            total += weight * cmath.exp(2j * math.pi * float(place @ to))
    return 10 * math.log10(max(abs(total) ** 2, 1e-10))
