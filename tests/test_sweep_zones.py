"""P.1812 along radials over sea, coast and land, at 1 to 50 % of the time."""

from dataclasses import replace

import numba
import numpy as np
import pytest
import rasterio
from flat_world import cell_table, flat_scene
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.xr import wrap_xr
from radial_case import (
    AE_KM,
    INLAND,
    coasts,
    hills,
    plain_loss,
    receivers_on,
    sweep_losses,
)
from scipy.ndimage import map_coordinates
from vectors import REFERENCE, itu_log, itu_profile, json_lines

from phusong.kernels import radial as rd
from phusong.kernels import receiver_fields as rf
from phusong.kernels import zones as z
from phusong.kernels.area_models import p1812_loss
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.sweep import radial_profile
from phusong.links import explain_cell
from phusong.prediction import PredictSettings
from phusong.prediction.filling import Ground, Place, Task, fill_loss
from phusong.prediction.masts import locate_masts
from phusong.prediction.models import MODELS
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker

MOST_DB = 1e-3


def settings_of(time_percent, latitude_deg=16.0, vertical=1.0):
    return np.array([time_percent, AE_KM, 370.0, latitude_deg, vertical])


@pytest.mark.parametrize("time_percent", [50.0, 10.0, 1.0])
@pytest.mark.parametrize("clutter_m", [0.0, 10.0])
def test_a_radial_over_coasts_has_the_plain_kernel_s_losses(time_percent, clutter_m):
    rng = np.random.default_rng(int(time_percent) + int(clutter_m))
    compared = 0
    for seed in range(24):
        points = int(rng.choice([12, 40, 130, 700]))
        zone = coasts(points, rng)
        height = hills(points, seed, float(rng.choice([2.0, 40.0, 900.0])))
        height = np.where(zone == z.SEA, 0.0, height) if seed % 3 else height
        cover = np.where(zone == z.SEA, 0.0, clutter_m)
        surface = height + cover * (rng.random(points) if seed % 2 else 1.0)
        of = settings_of(time_percent, float(rng.choice([16.0, 0.0, -75.0])), seed % 2)
        ghz = float(rng.choice([0.05, 0.45, 0.9, 1.8, 3.7, 6.0]))
        ends = (rng.choice([0.03, 0.1]), rng.choice([2.0, 35.0, 150.0]), rng.choice([1.5, 20.0]))
        at, loss = sweep_losses(height, surface, zone, ghz, of, *ends)
        for j in rng.choice(at.size, 25):
            expected = plain_loss(height, surface, zone, at[j], ghz, of, *ends)
            assert loss[j] == pytest.approx(expected, abs=MOST_DB), (seed, at[j])
            compared += 1
    assert compared == 600


def equal_reference_rows():
    """Reference paths with sampled smooth earth, long enough for a receiver's own points."""
    rows = json_lines(REFERENCE / "p1812_v8_random.jsonl")
    return [row for row in rows if row["flag4"] == 0 and row["n"] >= rd.OWN + 3]


def test_reference_paths_end_with_their_published_loss():
    """The last receiver of a radial that is the reference's own profile."""
    rows = equal_reference_rows()
    assert len(rows) > 130
    assert sum(z.SEA in row["zone"] for row in rows) > 7
    for row in rows:
        height, zone = np.array(row["h_m"]), np.array(row["zone"], np.uint8)
        surface = height + np.array(row["R_m"])
        ae = effective_earth_radius_km(row["DN"])
        latitude = row["intermediate"]["phi (deg) | Eq (4)"]
        of = np.array([row["p_pct"], ae, row["N0"], latitude, float(row["pol_1H_2V"] == 2)])
        ends = row["step_m"] / 1000.0, row["htg_m"], row["hrg_m"]
        zone = INLAND if (zone == z.INLAND).all() else zone
        _, loss = sweep_losses(height, surface, zone, row["f_ghz"], of, *ends)
        # The published loss adds the location variability at pL %.
        values = row["intermediate"]
        expected = max(values["Lb0p | Eq (10)"], values["Lbc (dB) | Eq (63)"])
        assert loss[-1] == pytest.approx(expected, abs=MOST_DB), row["id"]


def test_itu_validation_paths_of_equal_steps_end_with_the_plain_kernel_s_loss(shared):
    folder = shared / "reference" / "p1812"
    compared = 0
    for path in sorted((folder / "itu_validation_results").glob("*_log.csv")):
        log = itu_log(path)
        name = path.name.removesuffix("_log.csv").rpartition("_")[0]
        profile = itu_profile(folder / "itu_validation_profiles" / f"{name}.csv")
        d = profile["distance_km"]
        if np.ptp(np.diff(d)) > 1e-9 or d.size < rd.OWN + 3:
            continue
        height, zone = profile["height_m"], profile["zone"].astype(np.uint8)
        surface = height + profile["clutter_m"]
        ae = effective_earth_radius_km(log["DN"])
        of = np.array([log["p (%)"], ae, log["N0"], log["phi (deg)"], float(log["pol"] == 2)])
        ends = d[-1] / (d.size - 1), log["htg (m)"], log["hrg (m)"]
        _, loss = sweep_losses(height, surface, zone, log["f (GHz)"], of, *ends)
        expected = plain_loss(height, surface, zone, d.size - 1, log["f (GHz)"], of, *ends)
        assert loss[-1] == pytest.approx(expected, abs=MOST_DB), path.name
        compared += 1
    assert compared > 20


@given(st.integers(0, 10_000), st.integers(7, 300), st.sampled_from([0.03, 0.09, 0.25]))
def test_stretches_are_carried_to_the_last_bit(seed, points, step_km):
    """So that a limit that a path meets exactly is met by sweep and profile alike."""
    zone = coasts(points, np.random.default_rng(seed))
    flat = np.zeros(points)
    at, receivers = receivers_on(flat, flat, zone, step_km)
    radial = rd.Radial(step_km, flat, flat, zone)
    size = z.FIELDS * rf.LANES
    blocks = np.full((at.size // rf.LANES + 1) * size, np.nan)
    z.describe_zones(radial, receivers, at.size, size, blocks)
    d, h, g = np.empty((3, points))
    of = np.empty(points, np.uint8)
    for j in (0, at.size // 2, at.size - 1):
        n = rd.profile_of(radial, receivers, j, d, h, g, of)
        o = j // rf.LANES * size + j % rf.LANES
        found = [blocks[o + field] for field in (z.DTM, z.DLM, z.OMEGA, z.DCT, z.DCR)]
        assert found == list(z.stretches_of(d[:n], of[:n]))


def test_a_zone_changes_midway_between_two_points():
    d = np.arange(6.0)
    zone = np.array([4, 3, 1, 1, 3, 4], np.uint8)
    assert z.stretches_of(d, zone) == pytest.approx((1.5, 0.5, 2.0 / 5.0, 1.5, 1.5))
    assert z.stretches_of(d, np.full(6, 1, np.uint8)) == pytest.approx((0.0, 0.0, 1.0, 0.0, 0.0))


@pytest.mark.parametrize("zone", [1, 3, 4])
def test_one_zone_everywhere_is_that_zone_at_every_point(zone):
    d = np.arange(0.0, 3.0, 0.03)
    everywhere = z.stretches_of(d, np.full(1, zone, np.uint8))
    assert everywhere == pytest.approx(z.stretches_of(d, np.full(d.size, zone, np.uint8)))


def test_more_sea_does_not_raise_the_loss_at_1_percent_of_the_time():
    """From the mast outwards, and from the coast's other side."""
    flat = np.zeros(1400)
    of = settings_of(1.0)
    for towards in (1, -1):
        last = np.inf
        for share in (0.0, 0.3, 0.6, 0.9, 1.0):
            zone = np.full(flat.size, 3, np.uint8)
            zone[: int(share * flat.size)] = 1
            _, loss = sweep_losses(flat, flat, zone[::towards].copy(), 0.9, of)
            assert loss[-1] <= last + 1e-3
            last = loss[-1]


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_the_loss_falls_with_the_percentage_of_time(seed):
    rng = np.random.default_rng(seed)
    zone = coasts(300, rng)
    height = np.where(zone == z.SEA, 0.0, hills(300, seed, 200.0))
    losses = [
        sweep_losses(height, height + 5.0, zone, 1.8, settings_of(percent))[1]
        for percent in (1.0, 5.0, 20.0, 50.0)
    ]
    assert (np.diff(losses, axis=0) > -1e-3).all()


# Windows of a scene with a coast.


@pytest.fixture(scope="module")
def scene():
    """Sea in the west, a low coast, hills inland in the east."""
    flat = flat_scene()
    rows, cols = np.indices(flat.terrain.shape)
    shore = 45 + 6 * np.sin(rows / 5.0)
    height = np.where(cols < shore, 0.0, 3.0 * (cols - shore) + 20.0 * np.sin(rows * cols / 40.0))
    zone = np.where(cols < shore, 1, np.where(height <= 100.0, 3, 4)).astype(np.uint8)
    box = flat.terrain.odc.geobox
    height = np.maximum(height, 0.0).astype(np.float32)
    return replace(flat, terrain=flat.terrain.copy(data=height), zones=wrap_xr(zone, box))


FAR_KM = 22.0


def loss_over(scene, range_km=FAR_KM, **chosen):
    """Loss on all of the terrain, its pixels taken for half a kilometre: far off zones count."""
    of = PredictSettings(profile_step_m=100.0, **chosen)
    ground = Ground.of(scene, of)._replace(pixel_km=0.5)
    rows, cols = ground.terrain.shape
    place, bands = Place(slice(0, rows), slice(0, cols)), np.array([[900.0, range_km]])
    task = Task.of(MODELS["p1812"], of, ground, one_mast(scene), place, bands)
    loss = np.full((1, rows, cols), np.nan, np.float32)
    fill_loss(task, loss, np.full((rows, cols), np.nan, np.float32))
    return loss[0], task


def one_mast(scene):
    return next(locate_masts(cell_table({"technology": "4G"}), scene))


@pytest.mark.parametrize("time_percent", [50.0, 1.0])
def test_a_swept_pixel_has_the_loss_of_its_radial_s_profile(scene, time_percent):
    loss, task = loss_over(scene, time_percent=time_percent)
    mast, ground = task.mast, task.ground
    d, h, g = np.empty((3, 400))
    zone, out, scratch = np.empty(400, np.uint8), np.empty(1), np.empty(1)
    compared = 0
    for row, col in np.random.default_rng(5).integers(0, 101, (80, 2)):
        place = mast.row, mast.col, row, col
        rasters = ground.terrain, ground.clutter_m, ground.zones
        lengths = ground.pixel_km, task.step_km, FAR_KM
        n = radial_profile(*rasters, *place, *lengths, d, h, g, zone)
        if n == 0:
            continue
        assert zone[n - 1] == scene.zones[row, col]
        profile = d[:n], h[:n], g[:n], zone[:n]
        p1812_loss(*profile, mast.height_m, 1.5, task.ghz, task.rows, scratch, out)
        assert loss[row, col] == pytest.approx(out[0], abs=MOST_DB)
        compared += 1
    assert compared > 40


def test_over_the_sea_more_arrives_for_1_percent_of_the_time(scene):
    """By either sampling, which agree."""
    found = {}
    for sampling in ("radial", "pixel"):
        of = {"sampling": sampling, "time_percent": 1.0, "clutter_m": 0.0}
        found[sampling], _ = loss_over(scene, **of)
        ashore, _ = loss_over(replace(scene, zones=None), **of)
        gain_db = (ashore - found[sampling])[:, :25]
        assert np.nanmin(gain_db) > -1e-3
        assert np.nanmedian(gain_db) > 1.0
    off = found["radial"] - found["pixel"]
    assert np.sqrt(np.nanmean(off[:, :40] ** 2)) < 1.0


@pytest.mark.parametrize("sampling", ["radial", "pixel"])
def test_an_explained_pixel_has_the_map_s_loss(scene, sampling):
    chosen = {"time_percent": 2.0, "clutter_m": 4.0}
    maker = WindowMaker(scene, PredictSettings(sampling=sampling, **chosen))
    loss = 0.01 * maker.compute(one_mast(scene)).loss[0]
    cell = cell_table({"technology": "4G"}).iloc[0]
    swept_km = 10.0 if sampling == "radial" else 0.0
    for row, col in ((5, 8), (30, 2), (50, 40), (31, 30)):
        link = explain_cell(scene, cell, row, col, swept_km=swept_km, **chosen)
        assert link.losses[0].loss_db == pytest.approx(loss[row, col], abs=0.0061)
        sea = link.path.zone == z.SEA
        assert link.losses[0].terms["omega"] == pytest.approx(sea.mean(), abs=0.05)


def test_zones_that_are_all_inland_change_no_bit(scene):
    none = replace(scene, zones=None)
    inland = replace(scene, zones=scene.zones.copy(data=np.full(scene.zones.shape, 4, np.uint8)))
    for of in ({}, {"time_percent": 5.0}, {"sampling": "pixel"}):
        assert np.array_equal(loss_over(none, **of)[0], loss_over(inland, **of)[0], equal_nan=True)
    assert not np.array_equal(loss_over(none)[0], loss_over(scene)[0], equal_nan=True)


def test_a_sea_beyond_a_mast_s_range_changes_no_bit(scene):
    zone = np.full(scene.zones.shape, 4, np.uint8)
    zone[:, 0] = z.SEA
    far, none = replace(scene, zones=scene.zones.copy(data=zone)), replace(scene, zones=None)
    reach = 0.5 * (one_mast(scene).col - 2.0)
    assert np.array_equal(*(loss_over(s, reach)[0] for s in (far, none)), equal_nan=True)
    longer = [loss_over(s, reach + 2.0)[0][:, 0] for s in (far, none)]
    assert not np.array_equal(*longer, equal_nan=True)


def test_the_name_of_a_stored_window_depends_on_the_zones(scene, tmp_path):
    store = PathLossStore(tmp_path)
    keys = {
        WindowMaker(s, PredictSettings(), store).key(one_mast(scene))
        for s in (scene, replace(scene, zones=None))
    }
    assert len(keys) == 2


def test_threads_change_no_bit(scene):
    usual = numba.get_num_threads()
    try:
        found = []
        for threads in (1, usual):
            numba.set_num_threads(threads)
            found.append(loss_over(scene, time_percent=1.0)[0])
    finally:
        numba.set_num_threads(usual)
    assert np.array_equal(*found, equal_nan=True)


# Real terrain.


def real_terrain(shared):
    """Each raster of heights with the length of its cell in km."""
    for file in sorted((shared / "geodata" / "terrain").glob("*.tif")):
        with rasterio.open(file) as raster:
            height = raster.read(1).astype(float)
            yield np.where(height < -50.0, 0.0, height), 111.2 * abs(raster.res[1])


@pytest.mark.slow
def test_10_000_radials_of_real_terrain_have_the_plain_kernel_s_losses(shared):
    """Three receivers a radial; what lies below some level is taken for sea, what is just above
    it for coast."""
    rng = np.random.default_rng(1812)
    terrains = list(real_terrain(shared))
    worst = 0.0
    for i in range(10_000):
        height, cell_km = terrains[i % len(terrains)]
        points, step_km = int(rng.choice([60, 200, 700])), float(rng.choice([0.03, 0.09]))
        heading, t = rng.uniform(0.0, 2.0 * np.pi), np.arange(points) * step_km / cell_km
        row, col = rng.uniform(0.0, 1.0, 2) * height.shape
        along = row + t * np.cos(heading), col + t * np.sin(heading)
        h = map_coordinates(height, along, order=1, mode="reflect")
        sea_m, clutter_m = rng.choice([-1.0, np.median(h), h.max()]), rng.choice([0.0, 12.0])
        zone = np.where(h <= sea_m, 1, np.where(h <= sea_m + 100.0, 3, 4)).astype(np.uint8)
        h = np.maximum(h, sea_m)
        zone = INLAND if i % 4 == 0 else zone
        surface = h + clutter_m * (rng.random(points) < 0.7)
        ends = step_km, float(rng.choice([15.0, 35.0, 80.0])), 1.5
        ghz = float(rng.choice([0.45, 0.9, 1.8, 2.6, 3.7]))
        of = settings_of(float(rng.choice([1.0, 10.0, 50.0])), 16.0, i % 2)
        at, loss = sweep_losses(h, surface, zone, ghz, of, *ends)
        for j in rng.choice(at.size, 3):
            expected = plain_loss(h, surface, zone, at[j], ghz, of, *ends)
            worst = max(worst, abs(loss[j] - expected))
            assert worst < MOST_DB, (i, at[j])
