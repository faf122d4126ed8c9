"""The window kernel against the point-to-point door, pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import bilinear as naive_bilinear

from phusong.kernels.area import bilinear, window_kernel
from phusong.kernels.area_models import p1812_loss
from phusong.kernels.combine import keep_strongest
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.propagation import p1812
from phusong.radio.antennas.pattern import NO_TABLE

PIXEL_KM = 0.09
MAST = (20.3, 18.6, 35.0)
AE_KM = effective_earth_radius_km(60.0)
INLAND = np.full((1, 1), 4, np.uint8)


def rough_terrain(shape=(45, 40)):
    rows, cols = np.indices(shape)
    hills = 120 * np.sin(rows / 6.0) * np.cos(cols / 5.0) + 40 * np.sin(rows * cols / 50.0)
    return np.maximum(hills, 0.0).astype(np.float32)


def window(terrain, range_km=(2.0, 1.0), time_percent=50.0, clutter_m=10.0, zones=INLAND):
    loss = np.empty((2, *terrain.shape), np.float32)
    departure = np.empty(terrain.shape, np.float32)
    settings = np.tile([time_percent, AE_KM, 370.0, 21.3, 1.0], (2, 1))
    window_kernel(p1812_loss, 1)(
        terrain,
        np.full((1, 1), clutter_m, np.float32),
        zones,
        *MAST,
        1.5,
        PIXEL_KM,
        0.03,
        0,
        0,
        np.array([0.9, 2.6]),
        np.array(range_km),
        settings,
        loss,
        departure,
    )
    return loss, departure


def door_loss(terrain, row, col, ghz, time_percent=50.0, clutter_m=10.0):
    km = max(PIXEL_KM * np.hypot(row - MAST[0], col - MAST[1]), 0.01)
    n = max(4, int(np.ceil(km / 0.03))) + 1
    part = np.linspace(0, 1, n)
    height = [
        naive_bilinear(terrain, MAST[0] + (row - MAST[0]) * p, MAST[1] + (col - MAST[1]) * p)
        for p in part
    ]
    return p1812.loss_db(
        km * part,
        height,
        frequency_ghz=ghz,
        tx_height_m=MAST[2],
        rx_height_m=1.5,
        clutter_m=np.full(n, clutter_m * min(1.0, km / 0.25)),
        time_percent=time_percent,
        delta_n=60.0,
        n0=370.0,
    )


@pytest.mark.filterwarnings("ignore::phusong.errors.PhusongWarning")
@pytest.mark.parametrize(("time_percent", "clutter_m"), [(50.0, 10.0), (10.0, 0.0)])
def test_each_pixel_has_the_loss_of_its_own_profile(time_percent, clutter_m):
    terrain = rough_terrain()
    loss, _ = window(terrain, time_percent=time_percent, clutter_m=clutter_m)
    for row, col in [(3, 10), (20, 18), (20, 19), (30, 30), (8, 33), (40, 18)]:
        expected = door_loss(terrain, row, col, 0.9, time_percent, clutter_m)
        assert loss[0, row, col] == pytest.approx(expected, abs=2e-5), (row, col)


def test_beyond_its_range_a_band_is_not_computed():
    loss, departure = window(rough_terrain())
    rows, cols = np.indices(loss.shape[1:])
    km = PIXEL_KM * np.hypot(rows - MAST[0], cols - MAST[1])
    for band, reach in ((0, 2.0), (1, 1.0)):
        assert (np.isfinite(loss[band]) == (km <= reach)).all()
    assert (np.isfinite(departure) == (km <= 2.0)).all()


def test_there_is_no_circle_behind_a_ridge():
    terrain = np.zeros((60, 60), np.float32)
    terrain[:, 30:32] = 300.0
    loss, departure = window(terrain)
    ahead, behind = loss[0, 20, 18 - 15], loss[0, 20, 18 + 17]
    assert behind > ahead + 20
    assert departure[20, 35] > 10 > departure[20, 3]


@given(row=st.floats(-2, 50), col=st.floats(-2, 50))
def test_bilinear_agrees_with_its_plain_twin(row, col):
    terrain = rough_terrain()
    assert bilinear(terrain, row, col) == pytest.approx(naive_bilinear(terrain, row, col), abs=1e-3)


def serve(level, server, cell, eirp_dbm, azimuth_deg):
    loss, departure = np.full((5, 5), 10_000, np.uint16), np.zeros((5, 5), np.int16)
    sector = (0.0, 0.0, 65.0, 65.0, NO_TABLE, (0, 5, 0, 5))
    lists = level.reshape(-1, 5, 5), server.reshape(-1, 5, 5)
    ends = loss, departure, 2.0, 2.0
    keep_strongest(*lists, 0, 0, *ends, cell, eirp_dbm, azimuth_deg, *sector)


def empty():
    return np.full((5, 5), np.nan, np.float32), np.full((5, 5), -1, np.int32)


def test_the_sector_that_faces_a_pixel_serves_it():
    level, server = empty()
    serve(level, server, 7, 20.0, 0.0)
    serve(level, server, 8, 20.0, 90.0)
    assert server[0, 2] == 7, "north of the mast"
    assert server[2, 4] == 8, "east of the mast"
    assert level[0, 2] == pytest.approx(-80.0)


def test_of_equal_cells_the_lower_number_serves_in_any_order():
    for order in ((3, 9), (9, 3)):
        level, server = empty()
        for cell in order:
            serve(level, server, cell, 20.0, 0.0)
        assert (server == 3).all()


def test_the_strongest_few_stand_in_order_whatever_the_order_of_calls():
    powers = {4: 18.0, 2: 20.0, 9: 19.0, 7: 20.0, 1: 3.0}
    found = []
    for order in ((4, 2, 9, 7, 1), (1, 7, 9, 2, 4), (9, 1, 4, 7, 2)):
        level, server = np.full((3, 5, 5), np.nan, np.float32), np.full((3, 5, 5), -1, np.int32)
        for cell in order:
            serve(level, server, cell, powers[cell], 0.0)
        found.append((level, server))
    assert found[0][1][:, 0, 2].tolist() == [2, 7, 9]
    assert found[0][0][:, 0, 2] == pytest.approx([-80.0, -80.0, -81.0])
    for level, server in found[1:]:
        assert (level == found[0][0]).all()
        assert (server == found[0][1]).all()


def test_another_cell_never_lowers_the_level():
    level, server = empty()
    serve(level, server, 1, 20.0, 0.0)
    before = level.copy()
    serve(level, server, 2, 10.0, 180.0)
    assert (level >= before).all()


def sectors(seed, shape):
    """Arguments of `keep_strongest` behind the lists, for random sectors on one window."""
    rng = np.random.default_rng(seed)
    loss = rng.integers(9_000, 11_500, shape).astype(np.uint16)
    loss[rng.random(shape) < 0.05] = 65535
    departure = rng.integers(-2_500, 2_500, shape).astype(np.int16)
    for cell in range(12):
        yield (
            loss,
            departure,
            rng.uniform(-10, shape[0] + 10),
            rng.uniform(-10, shape[1] + 10),
            cell,
            rng.uniform(10, 30),
            rng.uniform(0, 360),
            rng.choice([0.0, 2.0, 12.0, -5.0]),
            rng.uniform(0, 10),
            rng.choice([12.0, 33.0, 65.0, 90.0, 360.0]),
            rng.choice([7.0, 20.0]),
            NO_TABLE,
        )


@pytest.mark.parametrize("seed", range(8))
def test_no_chunk_is_passed_over_that_could_have_entered(seed):
    """A cell alone on empty lists is passed over nowhere."""
    shape, ranks = (40, 75), 2
    whole = (0, shape[0], 0, shape[1])
    level, server = np.full((ranks, *shape), np.nan, np.float32), np.full((ranks, *shape), -1, "i4")
    alone = []
    for sector in sectors(seed, shape):
        keep_strongest(level, server, 0, 0, *sector, whole)
        own = np.full((1, *shape), np.nan, np.float32), np.full((1, *shape), -1, np.int32)
        keep_strongest(*own, 0, 0, *sector, whole)
        alone.append(own[0][0])
    strongest = np.argsort(-np.nan_to_num(np.array(alone), nan=-np.inf), axis=0, kind="stable")
    expected = np.take_along_axis(np.array(alone), strongest[:ranks], axis=0)
    assert np.array_equal(level, expected, equal_nan=True)
    assert np.array_equal(server, np.where(np.isnan(expected), -1, strongest[:ranks]))


@pytest.mark.parametrize("part", [(0, 40, 0, 75), (3, 20, 17, 48), (39, 40, 5, 6), (4, 4, 9, 30)])
def test_a_part_of_a_window_has_the_whole_s_bits(part):
    shape = (40, 75)
    row0, row1, col0, col1 = part
    level, server = np.full((2, *shape), np.nan, np.float32), np.full((2, *shape), -1, np.int32)
    size = (2, row1 - row0, col1 - col0)
    some, of_some = np.full(size, np.nan, np.float32), np.full(size, -1, np.int32)
    for sector in sectors(1, shape):
        keep_strongest(level, server, 0, 0, *sector, (0, shape[0], 0, shape[1]))
        keep_strongest(some, of_some, -row0, -col0, *sector, part)
        keep_strongest(some, of_some, -row0, -col0, *sector, part)
    assert np.array_equal(some, level[:, row0:row1, col0:col1], equal_nan=True)
    assert np.array_equal(of_some, server[:, row0:row1, col0:col1])
