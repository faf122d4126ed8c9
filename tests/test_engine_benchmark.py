"""What the engine's benchmarks time is the job they say."""

import engine
import numpy as np
import our_engine
import province
import pytest
import speed_tables
import sweep_alone
from flat_world import cell_table, flat_scene
from our_engine import Way, by_pixel, timed
from peer_job import SECOND_KM, Job

from phusong.prediction import PredictSettings
from phusong.prediction.masts import locate_masts
from phusong.prediction.windows import WindowMaker
from phusong.propagation import p1812

JOB = Job(2.0, rounds=1)
CIRCLE = np.pi * (2.0 / SECOND_KM) ** 2


@pytest.mark.parametrize(
    ("way", "points"),
    [
        (Way("free_space"), CIRCLE),
        (Way("free_space", bands=3), 3 * CIRCLE),
        (Way("free_space", pixel_seconds=3, step_seconds=3), CIRCLE / 9),
        (by_pixel(Way(), 16), CIRCLE / 16),
    ],
)
def test_points_are_those_of_the_circle_and_bands(way, points):
    timing, loss = timed(JOB, way)
    assert timing.points == pytest.approx(points, rel=0.05)
    assert np.isfinite(loss).sum() == timing.points
    assert timing.cpu_s > 0


def test_rows_by_pixel_are_rows_of_the_whole():
    """Free space takes no profile: both ways give the same."""
    _, whole = timed(JOB, Way("free_space", bands=2))
    _, some = timed(JOB, by_pixel(Way("free_space", bands=2), 16))
    assert some.shape[1] == whole[:, 8::16].shape[1]
    assert np.array_equal(whole[:, 8::16], some, equal_nan=True)


def test_a_sweep_stands_beside_its_pixels_own_profiles(monkeypatch):
    monkeypatch.setattr(engine, "PIXEL_POINTS", 700)
    row = engine.compared(JOB, Way())
    assert (row["radius_km"], row["model"]) == (2.0, "ITU-R P.1812-8")
    assert 0.0 < row["rmse_db"] < 2.0
    assert row["to_pixel"] > 0.0
    assert "to_pixel" not in engine.compared(JOB, Way("hata"))


def test_the_growth_table_has_a_line_a_row():
    row = {
        "model": "m",
        "pixel_seconds": 3,
        "step_seconds": 1,
        "radius_km": 5.0,
        "bands": 2,
        "coast": False,
    }
    row |= {"time_percent": 10.0, "points": 1234, "points_per_s_core": 2e6}
    exact = {"to_pixel": 33.333, "rmse_db": 0.256, "p95_db": 0.5}
    record = {"machine": "an abacus", "rounds": 3, "growth": [row, row | exact]}
    lines = speed_tables.growth_table(record).splitlines()
    assert (
        lines[0]
        == "Written by `python benchmarks/engine.py` on an abacus; the fastest of 3 rounds."
    )
    both = '| m | 3", 1" | inland | 5 | 2 | 10 | 1,234 | 2,000,000 | 500'
    assert lines[-2:] == [f"{both} |  |  |  |", f"{both} | 33.3 | 0.26 | 0.50 |"]


@pytest.mark.slow
def test_the_sweep_alone_has_the_losses_of_its_radials():
    hills = 120.0 + 100.0 * np.sin(np.arange(90) / 7.0) * np.cos(np.arange(90) / 3.0)
    loss = sweep_alone.alone(sweep_alone.Radials.of(np.stack([hills, hills[::-1]])))
    assert loss.shape == (2, 84)
    for last in (30, 89):
        expected = p1812.loss_db(
            np.arange(last + 1) * sweep_alone.STEP_KM,
            hills[: last + 1],
            frequency_ghz=sweep_alone.GHZ,
            tx_height_m=sweep_alone.TX_M,
            rx_height_m=sweep_alone.RX_M,
            clutter_m=np.full(last + 1, sweep_alone.CLUTTER_M),
            latitude_deg=sweep_alone.LATITUDE,
        )
        assert loss[0, last - sweep_alone.FIRST] == pytest.approx(expected, abs=1e-3)


def test_radials_off_the_terrain_are_left_out():
    terrain = np.zeros((700, 1400), np.float32)
    of = sweep_alone.radials_around(terrain, 350.0, 700.0, 0.03)
    assert of.height_m.shape[1] == 668
    assert 0 < of.height_m.shape[0] < sweep_alone.DIRECTIONS / 2


def test_the_first_masts_bring_all_of_their_cells():
    _, network = province.province()
    some = province.first_masts(network, 3).cells
    assert len(some.drop_duplicates(province.MAST_COLUMNS)) == 3
    at = network.cells[province.MAST_COLUMNS].apply(tuple, axis=1)
    here = some[province.MAST_COLUMNS].apply(tuple, axis=1)
    assert len(some) == at.isin(set(here)).sum()


def test_a_cell_s_pixels_are_those_within_its_range():
    cells = cell_table({"technology": "4G"}, {"technology": "5G", "frequency_mhz": 3550.0}, {})
    scene = flat_scene()
    mast = next(locate_masts(cells, scene))
    settings = PredictSettings(model="free_space", range_km={"4G": 2.0, "5G": 1.0})
    window = WindowMaker(scene, settings).compute(mast)
    circles = np.pi * np.array([20.0, 10.0, 20.0]) ** 2
    assert province.pixels_of(mast, window, settings) == pytest.approx(circles.sum(), rel=0.02)


def test_a_coast_is_a_level_sea_with_low_land_around_it():
    (inland, nowhere), (terrain, zones) = (
        our_engine.ground_of(JOB, Way(coast=coast)) for coast in (False, True)
    )
    assert nowhere.tolist() == [[4]]
    assert np.mean(zones == 1) == pytest.approx(our_engine.SEA_SHARE, abs=0.02)
    assert np.ptp(terrain[zones == 1]) == 0.0
    assert 0.0 < terrain[zones == 3].max() - terrain.min() <= our_engine.COAST_M
    assert np.array_equal(terrain[zones == 4], inland[zones == 4])
