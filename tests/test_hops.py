"""Kernels of microwave hops and cheapest routes, against slow twins and by hand."""

import math

import naive_hops
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.kernels.hops import fill_clearances, rain_percent
from phusong.planning.backhaul_routes import Web, cheapest_routes
from phusong.propagation import p530

MEDIAN_K = 4.0 / 3.0


def cleared(
    terrain, clutter, places, first, second, pixel_km=0.1, k=(MEDIAN_K,), step_km=0.1, **options
):
    """Root, distance and clearance of hops, (hops, k) each."""
    row, col, altitude_m = np.array(places, dtype=float).T.copy()
    found = np.empty((3, len(first), len(k)))
    rasters = [np.ascontiguousarray(raster, np.float32) for raster in (terrain, clutter)]
    ends = [np.asarray(numbers, np.int32) for numbers in (first, second)]
    fill_clearances(
        *rasters, row, col, altitude_m, *ends, pixel_km, step_km, np.array(k), *found, **options
    )
    return found


@pytest.fixture(scope="module")
def rough():
    """Ground, trees and 40 places on it."""
    random = np.random.default_rng(6)
    terrain = random.uniform(0, 60, (60, 80)).astype(np.float32)
    clutter = random.choice([0.0, 12.0], (60, 80)).astype(np.float32)
    places = np.column_stack([random.uniform(0, 59, 40), random.uniform(0, 79, 40)])
    return terrain, clutter, np.column_stack([places, random.uniform(40, 150, 40)])


def test_clearance_is_that_of_the_plain_twin(rough):
    terrain, clutter, places = rough
    first, second = np.arange(0, 39), np.arange(1, 40)
    root, at_km, clear = cleared(terrain, clutter, places, first, second, k=(MEDIAN_K, 0.6))
    for i, (a, b) in enumerate(zip(first, second, strict=True)):
        for j, k in enumerate((MEDIAN_K, 0.6)):
            told = naive_hops.clearances(terrain, clutter, places[a], places[b], 0.1, 0.1, k)
            got = root[i, j], at_km[i, j], clear[i, j]
            # of the ground a single's rounding
            assert got == pytest.approx(told, abs=1e-4)


def test_there_and_back_are_the_same_bits(rough):
    terrain, clutter, places = rough
    first, second = np.arange(0, 39), np.arange(1, 40)
    there = cleared(terrain, clutter, places, first, second)
    back = cleared(terrain, clutter, places, second, first)
    assert np.array_equal(there[0], back[0])
    assert np.array_equal(there[2], back[2])
    km = 0.1 * np.hypot(*np.diff(places[:, :2], axis=0).T)
    assert there[1][:, 0] == pytest.approx(km - back[1][:, 0])


def test_threads_do_not_matter(rough):
    terrain, clutter, places = rough
    first, second = np.arange(0, 39), np.arange(1, 40)
    alone = cleared(terrain, clutter, places, first, second, alone=True)
    assert np.array_equal(alone, cleared(terrain, clutter, places, first, second))


def test_bulge_of_a_flat_earth_by_hand():
    """50 km: 25 x 25 / (2 x 4/3 x 6371) km is 36.8 m in the middle."""
    places = [(1, 0, 100.0), (1, 500, 100.0)]
    root, at_km, clear = cleared(np.zeros((3, 501)), np.zeros((1, 1)), places, [0], [1])
    assert at_km[0, 0] == pytest.approx(25.0)
    assert 100.0 - clear[0, 0] == pytest.approx(36.787, abs=1e-3)
    # The radius at 7.5 GHz there is sqrt(0.2998 / 7.5 x 25,000 x 25,000 / 50,000) m, 22.35 m.
    radius = math.sqrt(0.2998 / 7.5 * 12_500)
    assert root[0, 0] / math.sqrt(0.2998 / 7.5) == pytest.approx((100 - 36.787) / radius, rel=1e-4)


def test_a_hop_of_no_length_is_clear():
    root, at_km, clear = cleared(
        np.zeros((3, 3)), np.zeros((1, 1)), [(1, 1, 5.0), (1, 1, 9.0)], [0], [1]
    )
    assert (root[0, 0], at_km[0, 0], clear[0, 0]) == (np.inf, 0.0, np.inf)


@given(
    d=st.floats(0.2, 60.0),
    f=st.sampled_from([7.5, 13.0, 18.0, 23.0, 38.0, 80.0]),
    rain_rate=st.floats(5.0, 150.0),
    margin=st.floats(1.0, 60.0),
)
@settings(max_examples=300)
def test_time_of_rain_is_that_of_the_plain_twin(d, f, rain_rate, margin):
    told = naive_hops.rain_percent(d, f, rain_rate, margin)
    assert rain_percent(d, f, rain_rate, 0.0, 90.0, margin) == pytest.approx(told, rel=1e-6)


@given(st.floats(0.5, 50.0), st.sampled_from([7.5, 15.0, 38.0]), st.floats(0.0015, 0.9))
def test_the_loss_at_that_time_is_the_margin(d, f, percent):
    loss = p530.rain_loss_db(d, frequency_ghz=f, rain_rate_mm_h=95.0, exceeded_percent=percent)
    assert rain_percent(d, f, 95.0, 0.0, 90.0, loss) == pytest.approx(percent, rel=1e-6)


def test_times_beyond_the_recommendation():
    assert rain_percent(5.0, 15.0, 95.0, 0.0, 90.0, 0.0) == 100.0
    assert rain_percent(5.0, 15.0, 95.0, 0.0, 90.0, 1000.0) == 0.001
    assert rain_percent(5.0, 15.0, 0.0, 0.0, 90.0, 1.0) == 0.0
    assert rain_percent(50.0, 80.0, 95.0, 0.0, 90.0, 3.0) == 100.0


@st.composite
def webs(draw):
    """Few places, some connected, and hops between them at whole prices."""
    places = draw(st.integers(2, 6))
    pairs = [(a, b) for a in range(places) for b in range(a)]
    prices = draw(st.lists(st.integers(1, 9), min_size=len(pairs), max_size=len(pairs)))
    used = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    depth = draw(st.lists(st.sampled_from([-1, -1, 0, 1, 2]), min_size=places, max_size=places))
    passing = [draw(st.integers(0, 4)) if d < 0 else 0 for d in depth]
    fibre = draw(st.lists(st.sampled_from([math.inf, 5, 12]), min_size=places, max_size=places))
    links = [(*pair, price) for pair, price, use in zip(pairs, prices, used, strict=True) if use]
    return links, depth, passing, fibre, draw(st.integers(1, 4))


@given(webs())
@settings(max_examples=300)
def test_routes_are_the_cheapest_of_all(case):
    links, depth, passing, fibre, most_hops = case
    columns = {"first": np.int64, "second": np.int64, "cost": float}
    hops = pd.DataFrame(links, columns=list(columns)).astype(columns)
    hops = hops.assign(km=1.0, state="usable")
    depth, passing, fibre = (
        np.array(v, t) for v, t in ((depth, int), (passing, float), (fibre, float))
    )
    web = Web.of(hops, depth == 0)
    found = cheapest_routes(web, depth, passing, fibre, most_hops)
    both = {(a, b): price for a, b, price in links} | {(b, a): price for a, b, price in links}
    both = {(fed, source): price for (fed, source), price in both.items() if depth[fed] != 0}
    for place in range(len(depth)):
        told = naive_hops.cheapest(both, depth, passing, fibre, place, most_hops)
        route = found.to(place)
        assert (route is None) == math.isinf(told)
        assert found.cost[-1, place] == pytest.approx(told, abs=1e-4)
        if route is not None:
            priced = sum(hops["cost"].iloc[list(route.hops)]) + sum(passing[list(route.places[1:])])
            priced += fibre[route.places[-1]] if route.by_fibre else 0.0
            assert priced == pytest.approx(told)
            assert len(route.hops) + route.by_fibre <= most_hops
