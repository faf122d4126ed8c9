"""Slow, plain twins of the backhaul: clearance of a hop, time lost to rain, cheapest routes."""

import numpy as np
from naive import bilinear
from naive_p530 import rain_db


def clearances(terrain, clutter, a, b, pixel_km, step_km, k):
    """Least root of a hop, its km from a and the clearance there; a, b: (row, col, altitude)."""
    a, b = np.array(a), np.array(b)
    length = pixel_km * np.hypot(*(b - a)[:2])
    part = np.linspace(0, 1, max(2, int(np.ceil(length / step_km))) + 1)[1:-1]
    places = a + np.outer(part, b - a)
    ground = [bilinear(terrain, r, c) for r, c, _ in places]
    trees = [clutter[int(r + 0.5), int(c + 0.5)] for r, c, _ in places]
    d1, d2 = 1000 * length * part, 1000 * length * (1 - part)
    clear = places[:, 2] - ground - trees - d1 * d2 / (2 * k * 6_371_000)
    root = clear / np.sqrt(d1 * d2 / (d1 + d2))
    worst = int(np.argmin(root))
    return root[worst], length * part[worst], clear[worst]


def rain_percent(d, f, rain_rate, margin):
    """Part of the time in which rain takes more than a margin, by halving its logarithm."""
    if rain_db(d, f, rain_rate, 0.001, 0.0, 90.0) <= margin:
        return 0.001
    if rain_db(d, f, rain_rate, 1.0, 0.0, 90.0) > margin:
        return 100.0
    low, high = -3.0, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        if rain_db(d, f, rain_rate, 10**middle, 0.0, 90.0) > margin:
            low = middle
        else:
            high = middle
    return 10**high


def cheapest(links, depth, passing, fibre, place, hops_left, seen=()):
    """Least cost from a place over every way there is; links: {(fed, source): price}."""
    if 0 <= depth[place] <= hops_left:
        return 0.0
    if hops_left == 0:
        return np.inf
    ways = [fibre[place] if hops_left >= 1 else np.inf]
    for (fed, source), price in links.items():
        if fed == place and source not in seen:
            rest = cheapest(links, depth, passing, fibre, source, hops_left - 1, (*seen, place))
            ways.append(price + passing[source] + rest)
    return min(ways)
