"""The sweep against the plain kernels: along radials, over windows, by every model."""

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from flat_world import cell_table, flat_scene
from hypothesis import given
from hypothesis import strategies as st
from radial_case import AE_KM, INLAND, hills, plain_loss, sweep_losses

from phusong.kernels import hull, wedges
from phusong.kernels.area import bilinear
from phusong.kernels.fast_math import arctan, exp2, log2, sine_of_third
from phusong.kernels.sweep import radial_profile
from phusong.prediction import PredictSettings
from phusong.prediction.filling import Ground, Place, Task, fill_loss
from phusong.prediction.masts import locate_masts
from phusong.prediction.models import MODELS
from phusong.prediction.windows import WindowMaker


@pytest.mark.parametrize("time_percent", [50.0, 10.0, 1.0])
@pytest.mark.parametrize("clutter_m", [0.0, 10.0])
def test_a_radial_has_the_plain_kernel_s_losses(time_percent, clutter_m):
    rng = np.random.default_rng(int(time_percent) + int(clutter_m))
    compared = 0
    for seed in range(24):
        points = int(rng.choice([40, 130, 700]))
        height = hills(points, seed, float(rng.choice([2.0, 40.0, 900.0])))
        surface = height + clutter_m * (rng.random(points) if seed % 2 else 1.0)
        settings = np.array(
            [time_percent, AE_KM, 370.0, float(rng.choice([21.3, -75.0])), seed % 2]
        )
        ghz = float(rng.choice([0.45, 0.9, 1.8, 3.7, 6.0]))
        at, loss = sweep_losses(height, surface, INLAND, ghz, settings)
        for j in rng.choice(at.size, 25):
            expected = plain_loss(height, surface, INLAND, at[j], ghz, settings)
            assert loss[j] == pytest.approx(expected, abs=1e-3), (seed, at[j])
            compared += 1
    assert compared == 600


def test_a_level_sea_is_a_radial_too():
    """Where every point is a vertex of the hull, and a bisection takes the place of a walk."""
    height = np.zeros(900)
    settings = np.array([50.0, AE_KM, 320.0, 21.3, 1.0])
    at, loss = sweep_losses(height, height, INLAND, 0.9, settings)
    for j in (0, 70, 300, at.size - 1):
        expected = plain_loss(height, height, INLAND, at[j], 0.9, settings)
        assert loss[j] == pytest.approx(expected, abs=1e-3)


@given(st.floats(1e-3, 1e6))
def test_log2_is_within_its_error(x):
    assert log2(x) == pytest.approx(math.log2(x), abs=1.1e-9)


@given(st.floats(-300.0, 300.0))
def test_exp2_is_within_its_error(x):
    assert exp2(x) == pytest.approx(2.0**x, rel=3e-10)


@given(st.floats(-1e6, 1e6))
def test_arctan_is_within_its_error(x):
    assert arctan(x) == pytest.approx(math.atan(x), abs=1e-9)


@given(st.floats(-1.0, 1.0))
def test_the_sine_of_a_third_is_within_its_error(x):
    assert sine_of_third(x) == pytest.approx(math.sin(math.asin(x) / 3.0), abs=2e-10)


@given(st.integers(0, 10_000), st.integers(2, 60), st.floats(-50.0, 150.0))
def test_the_hull_sees_what_a_scan_sees(seed, points, at_y):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.uniform(0.1, 2.0, points)), rng.normal(0.0, 20.0, points)
    hull_x, hull_y, top = np.empty(points), np.empty(points), 0
    for i in range(points):
        top = hull.append(hull_x, hull_y, top, x[i], y[i])
    at_x = x[-1] + rng.uniform(0.1, 5.0)
    i = hull.seen_highest(hull_x, hull_y, top, at_x, at_y)
    steepest = np.max((y - at_y) / (at_x - x))
    assert (hull_y[i] - at_y) / (at_x - hull_x[i]) == pytest.approx(steepest, abs=1e-9)
    slope = rng.normal(0.0, 10.0)
    i = hull.farthest_above(hull_x, hull_y, top, slope)
    assert hull_y[i] - slope * hull_x[i] == pytest.approx(np.max(y - slope * x), abs=1e-9)


@pytest.mark.parametrize("mast", [(30.0, 30.0), (30.5, 30.25), (12.3, 55.8), (-5.0, 20.0)])
@pytest.mark.parametrize("step_pixels", [1.0, 0.3])
def test_each_pixel_is_in_one_wedge_and_they_come_outwards(mast, step_pixels):
    shape, far, near = (61, 64), 40.0, 3.0
    per_octant = wedges.wedges_per_octant(far, step_pixels)
    times = np.zeros(shape, int)
    rows, cols, distances = np.empty(400, int), np.empty(400, int), np.empty(400)
    for wedge in range(8 * per_octant):
        ends = (near, far, (0, 0), shape, rows, cols, distances)
        count = wedges.wedge_pixels(wedge, per_octant, *mast, *ends)
        np.add.at(times, (rows[:count], cols[:count]), 1)
        assert (np.diff(distances[:count]) >= 0.0).all()
        down, right = wedges.radial_direction(wedge, per_octant)
        off = (cols[:count] - mast[1]) * down - (rows[:count] - mast[0]) * right
        assert np.abs(off).max(initial=0.0) <= min(max(step_pixels, 0.5), 1.0) * 1.02
    i, j = np.indices(shape)
    away = np.hypot(i - mast[0], j - mast[1])
    assert (times == ((away >= near) & (away <= far))).all()


@pytest.fixture(scope="module")
def scene():
    """Hills and a ridge around the mast."""
    flat = flat_scene()
    rows, cols = np.indices(flat.terrain.shape)
    ridge = 180.0 * np.exp(-(((cols - 70) / 4.0) ** 2))
    relief = 25.0 * np.sin(rows / 6.0) * np.cos(cols / 5.0) + ridge
    return replace(flat, terrain=flat.terrain.copy(data=relief.astype(np.float32)))


def one_mast(scene, **cell):
    return next(locate_masts(cell_table({"technology": "4G"} | cell), scene))


def window_of(scene, settings, **cell):
    """Loss (rows, columns) in dB, NaN where there is none, and departure in degrees."""
    window = WindowMaker(scene, settings).compute(one_mast(scene, **cell))
    loss = np.where(window.loss[0] == 65535, np.nan, 0.01 * window.loss[0])
    return window, loss, 0.01 * window.departure


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.along])
def test_a_swept_pixel_has_the_loss_of_its_radial_s_profile(scene, name):
    """By the function that computes pixel by pixel, on the profile that an explanation shows."""
    settings, model = PredictSettings(model=name), MODELS[name]
    mast, ground = one_mast(scene), Ground.of(scene, settings)
    window, loss, departure = window_of(scene, settings)
    first_row, first_col = (part.start for part in scene.window)
    rng = np.random.default_rng(5)
    d, h, g = np.empty((3, 400))
    zone = np.empty(400, np.uint8)
    out, scratch = np.empty(1), np.empty(400)
    ghz = np.array([1.8425])
    rows = model.rows(settings, ghz, 21.3)
    compared = 0
    for row, col in rng.integers(0, 61, (60, 2)):
        pixel = row + window.rows.start + first_row, col + window.cols.start + first_col
        place = (mast.row, mast.col, *pixel)
        lengths = (ground.pixel_km, 0.03, 10.0)
        rasters = ground.terrain, ground.clutter_m, ground.zones
        n = radial_profile(*rasters, *place, *lengths, d, h, g, zone)
        if n == 0:
            continue
        ends = (mast.height_m, settings.receiver_height_m)
        up = model.loss(d[:n], h[:n], g[:n], zone[:n], *ends, ghz, rows, scratch, out)
        assert loss[row, col] == pytest.approx(out[0], abs=0.0061)
        assert departure[row, col] == pytest.approx(up, abs=0.0051)
        compared += 1
    assert compared > 40


@pytest.mark.parametrize("name", ["free_space", "hata"])
def test_a_model_without_terrain_gives_what_its_door_gives(scene, name):
    settings, model = PredictSettings(model=name), MODELS[name]
    mast = one_mast(scene)
    _, loss, departure = window_of(scene, settings)
    by_profile = Task.of(
        replace(model, line=None),
        settings,
        Ground.of(scene, settings),
        mast,
        Place(*scene.window),
        np.array([[1842.5, 10.0]]),
    )
    expected = np.full((1, *loss.shape), np.nan, np.float32)
    fill_loss(by_profile, expected, np.full(loss.shape, np.nan, np.float32))
    assert loss == pytest.approx(expected[0], abs=0.0061)
    row, col = 10, 40
    d = 0.1 * np.hypot(row - mast.grid_row, col - mast.grid_col)
    rise = float(scene.terrain[row + 20, col + 20]) + 1.5
    foot = bilinear(scene.terrain.to_numpy(), mast.row, mast.col) + mast.height_m
    straight = np.degrees(np.arctan((rise - foot) / (1000 * d) - d / (2 * AE_KM)))
    assert departure[row, col] == pytest.approx(straight, abs=0.006)


def test_radial_and_pixel_sampling_agree(scene):
    """Their profiles differ by what lies up to a pixel beside the line."""
    _, radial, _ = window_of(scene, PredictSettings())
    _, pixel, _ = window_of(scene, PredictSettings(sampling="pixel"))
    assert (np.isnan(radial) == np.isnan(pixel)).all()
    difference = np.abs(radial - pixel)
    assert np.sqrt(np.mean(difference**2)) < 0.5
    assert np.percentile(difference, 95) < 1.0
    near = 100.0 * np.hypot(*(np.indices(radial.shape) - 30)) < 150.0
    assert (difference[near] == 0.0).all(), "beside the mast both have the pixel's own profile"


@pytest.mark.parametrize("sampling", ["radial", "pixel"])
def test_bands_of_two_models_and_ranges_share_a_mast(scene, sampling):
    """The model of the shorter range, in either place, takes nothing from the other."""
    far = {"technology": "4G"}
    near = {"technology": "5G", "frequency_mhz": 28000.0, "bandwidth_mhz": 100.0}
    ranges = {"range_km": {"4G": 4.0, "5G": 1.0}, "sampling": sampling, "model": "auto"}
    settings = PredictSettings(**ranges)
    maker = WindowMaker(scene, settings)
    alone = maker.compute(next(locate_masts(cell_table(far), scene)))
    for cells in ((far, near), (near, far)):
        both = maker.compute(next(locate_masts(cell_table(*cells), scene)))
        assert (both.loss[cells.index(far)] == alone.loss[0]).all()
        assert (both.departure == alone.departure).all()
        assert (both.loss[cells.index(near)] != 65535).any()


def test_threads_change_no_bit(scene):
    usual = numba.get_num_threads()
    try:
        found = []
        for threads in (1, usual):
            numba.set_num_threads(threads)
            found.append(window_of(scene, PredictSettings())[0])
    finally:
        numba.set_num_threads(usual)
    assert (found[0].loss == found[1].loss).all()
    assert (found[0].departure == found[1].departure).all()


def test_there_is_no_circle_behind_the_ridge(scene):
    _, loss, _ = window_of(scene, PredictSettings(clutter_m=0.0))
    assert loss[30, 58] > loss[30, 2] + 15.0


def test_a_higher_antenna_loses_no_line_of_sight(scene):
    """By the model that line of sight decides."""
    settings = PredictSettings(model="tr38901_uma", clutter_m=0.0)
    low, high = (window_of(scene, settings, antenna_height_m=h)[1] for h in (25.0, 60.0))
    _, free, _ = window_of(scene, PredictSettings(model="free_space"))
    assert np.mean(high - free < 12.0) >= np.mean(low - free < 12.0)


def test_pixels_beyond_a_band_s_range_are_not_computed(scene):
    settings = PredictSettings(range_km={"4G": 2.0})
    window, loss, _ = window_of(scene, settings)
    mast = one_mast(scene)
    rows, cols = np.indices(loss.shape)
    away = 0.1 * np.hypot(
        rows + window.rows.start - mast.grid_row, cols + window.cols.start - mast.grid_col
    )
    assert (np.isfinite(loss) == (away <= 2.0)).all()
