"""Time of the engine's parts: one profile by the plain kernel, one circle swept or by pixel.

``pytest benchmarks/bench_engine.py --benchmark-only``; ``-m ""`` adds the circles of 20 and 40 km.
`engine.py` makes the tables of how it grows.
"""

import numpy as np
import pytest
from our_engine import Way, by_pixel, filler, on_threads
from peer_job import TILE, Job, fractal_terrain

from phusong.kernels.p1812 import beta0_percent, effective_earth_radius_km, loss_terms
from phusong.kernels.path import analyse_path

AE_KM = effective_earth_radius_km(60.0)
SLOW = pytest.mark.slow
WAYS = {
    "p1812": Way(),
    "p1812, two bands": Way(bands=2),
    "p1812, pixel of 3 seconds": Way(pixel_seconds=3, step_seconds=3),
    "free space": Way("free_space"),
    "hata": Way("hata"),
    "p1812, every 64th row by pixel": by_pixel(Way(), 64),
}


@pytest.mark.parametrize("points", [100, 300, 1000])
def test_one_profile(benchmark, points):
    """Analysis and loss of one profile, 50 % of time, as the area kernel does it."""
    d = np.linspace(0, points * 0.03, points)
    h = fractal_terrain()[TILE // 2, :points].astype(float)

    def one():
        path = analyse_path(d, h, h + 10.0, 30.0, 1.5, AE_KM, True, False)
        b0 = beta0_percent(21.3, d[-1], d[-1])
        return loss_terms(path, 1.8, 50.0, AE_KM, b0, 0.0, d[-1], 500.0, 500.0, 370.0, True, 0.0).Lb

    one()
    assert np.isfinite(benchmark(one))


@pytest.mark.parametrize(
    "radius_km", [5.0, 10.0, pytest.param(20.0, marks=SLOW), pytest.param(40.0, marks=SLOW)]
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_one_circle(benchmark, way, radius_km):
    """Loss of every point of a circle, on one thread; its rate in ``extra_info``."""
    fill, loss = filler(Job(radius_km), way)
    with on_threads(way.threads):
        fill()
        benchmark(fill)
    points = int(np.isfinite(loss).sum())
    benchmark.extra_info["points"] = points
    if benchmark.stats:
        benchmark.extra_info["points/s"] = round(points / benchmark.stats["min"])
    assert points > 0
