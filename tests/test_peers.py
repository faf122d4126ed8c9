"""The table of peers: the same job for each, and figures that follow from what was measured."""

import shutil
import subprocess

import numpy as np
import peer_libraries
import peers
import pytest
from peer_job import (
    MIDDLE_LATITUDE,
    MIDDLE_LONGITUDE,
    SECOND_KM,
    TILE,
    AbsentError,
    Job,
    Timing,
    fractal_terrain,
    timed_call,
    timed_program,
)
from speed_tables import peer_table

from phusong.kernels.area import bilinear
from phusong.propagation import itm, p1812

GROUND = {"frequency_ghz": 0.9, "tx_height_m": 30.0, "rx_height_m": 1.5}
NARROW = np.cos(np.radians(MIDDLE_LATITUDE))

TIMINGS = [
    Timing(peers.SPLAT, "ITM", "whole program", 12.0, 10.0, 1_000_000, 55.0),
    Timing(peers.SPLAT, "ITM", "compute only", 6.0, 5.0, 1_000_000),
    Timing("phusong", "P.1812", "compute only", 1.0, 2.0, 4_000_000),
    Timing("viewshed", "sight", "whole program", 1.0, 1.0, 1_000_000),
]


def our_losses(model, places):
    """Loss by one of our doors along the straight line to each (latitude, longitude)."""
    terrain, found = fractal_terrain(), []
    for latitude, longitude in places:
        north = 3600 * (latitude - MIDDLE_LATITUDE)
        east = 3600 * (longitude - MIDDLE_LONGITUDE)
        distance_km = SECOND_KM * np.hypot(north, NARROW * east)
        part = np.linspace(0, 1, max(4, round(distance_km / SECOND_KM)) + 1)
        middle = (TILE - 1) / 2
        rows, cols = middle - north * part, middle + east * part
        height = np.array([bilinear(terrain, r, c) for r, c in zip(rows, cols, strict=True)])
        found.append(model.loss_db(distance_km * part, height, **GROUND))
    return np.array(found)


def some_places(count=60):
    km, azimuth = Job(10.0).receivers(count)
    degrees = km / SECOND_KM / 3600
    latitude = MIDDLE_LATITUDE + degrees * np.cos(azimuth)
    return list(zip(latitude, MIDDLE_LONGITUDE + degrees * np.sin(azimuth) / NARROW, strict=True))


# What it is measured with


def test_the_terrain_is_the_same_each_time():
    terrain = fractal_terrain()
    assert (terrain.shape, terrain.min(), terrain.max()) == ((3600, 3600), 20, 932)
    assert np.array_equal(terrain, fractal_terrain.__wrapped__())
    # Hills, not noise: neighbours differ by metres.
    assert np.abs(np.diff(terrain.astype(int), axis=1)).mean() < 10


def test_points_are_the_circles_pixels():
    """SPLAT! 1.4.2 lists 1,339,876 of 20 km with -ano."""
    assert Job(20.0).tile_points == pytest.approx(1_339_876, rel=5e-4)
    assert Job(20.0).square_points == pytest.approx(NARROW * Job(20.0).tile_points, abs=1)


def test_receivers_lie_evenly_in_the_circle():
    km, azimuth = Job(20.0).receivers(20_000)
    assert km.max() <= 20.0
    assert np.mean(km < 10.0) == pytest.approx(0.25, abs=0.01)
    assert np.mean(azimuth < np.pi / 2) == pytest.approx(0.25, abs=0.01)


def test_the_fastest_round_counts():
    turns = iter([30_000_000, 1])
    _, cpu_s = timed_call(lambda: sum(range(next(turns))), rounds=2)
    assert cpu_s < 0.01


def test_a_program_that_fails_is_said(tmp_path):
    with pytest.raises(RuntimeError, match="ended with 3: no luck"):
        timed_program(["sh", "-c", "echo no luck; exit 3"], tmp_path)


# The table


def test_ratios_compare_like_with_like():
    rows = peers.record_of(Job(), TIMINGS, {})["timings"]
    assert [row["to_splat"] for row in rows] == [1.0, 1.0, 10.0, 10.0]
    assert [row["points_per_s_core"] for row in rows] == [1e5, 2e5, 2e6, 1e6]


def test_without_splat_there_is_no_ratio():
    rows = peers.record_of(Job(), TIMINGS[2:], {"splat": "none"})
    assert [row["to_splat"] for row in rows["timings"]] == [None, None]
    assert rows["absent"] == {"splat": "none"}


def test_the_table_says_every_figure_and_who_is_absent():
    page = peer_table(peers.record_of(Job(7.5), TIMINGS, {"crc-covlib": "it is not here"}))
    assert "--radius-km 7.5`" in page
    assert "| phusong | P.1812 | compute only | 1.00 | 2.00 | 4,000,000 | 2,000,000 | 10 |" in page
    assert "crc-covlib: it is not here." in page


def test_less_keeps_the_points():
    rest = TIMINGS[0].less(Timing(peers.SPLAT, "ITM", "whole program", 4.0, 3.0, 0))
    assert (rest.scope, rest.wall_s, rest.cpu_s) == ("compute only", 8.0, 7.0)
    assert rest.points == 1_000_000


def test_what_is_absent_does_not_stop_the_others(monkeypatch):
    def absent(job, folder):
        raise AbsentError("not here")

    known = {"a": absent, "b": lambda job, folder: TIMINGS}
    assert peers.measure(Job(), known) == (TIMINGS, {"a": "not here"})


def test_a_missing_program_or_package_is_absent(monkeypatch, tmp_path):
    monkeypatch.setattr(peer_libraries, "import_module", lambda name: __import__("no_such_module"))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("splat", "gdal_viewshed", "itmlogic", "crc-covlib"):
        with pytest.raises(AbsentError, match="here"):
            peers.PEERS[name](Job(1.0), tmp_path)


# The same job


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("splat-hd") is None, reason="there is no splat-hd here")
def test_splat_computes_what_our_itm_does(tmp_path):
    peers.write_splat_inputs(Job(), tmp_path)
    command = ["splat-hd", *peers.splat_options(3.0), "-erp", "0", "-ano", "loss.txt"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    lines = (tmp_path / "loss.txt").read_text().splitlines()[2:]
    values = np.array([line.replace("*", "").split(",") for line in lines], dtype=float)
    assert len(values) == pytest.approx(Job(3.0).tile_points, rel=0.01)
    some = values[np.random.default_rng(1).choice(len(values), 200, replace=False)]
    north, east = some[:, 0] - MIDDLE_LATITUDE, -some[:, 1] - MIDDLE_LONGITUDE

    def median_difference_db(north, east):
        places = np.column_stack([MIDDLE_LATITUDE + north, MIDDLE_LONGITUDE + east])
        return np.median(np.abs(our_losses(itm, places) - some[:, 4]))

    # SPLAT! takes the nearest pixel and ends one step early, which counts for much at 3 km.
    assert median_difference_db(north, east) < 2.0
    assert min(median_difference_db(-north, east), median_difference_db(north, -east)) > 4.0


@pytest.mark.parametrize("model", ["LONGLEY_RICE", "ITU_R_P_1812"])
def test_covlib_computes_what_our_models_do(model):
    library = pytest.importorskip("crc_covlib.simulation")
    simulation = peer_libraries.covlib_simulation(library, Job(), model)
    theirs = [simulation.GenerateReceptionPointResult(*place) for place in some_places()]
    ours = our_losses({"LONGLEY_RICE": itm, "ITU_R_P_1812": p1812}[model], some_places())
    assert np.median(np.abs(ours - theirs)) < 1.0


def test_itmlogic_computes_what_our_itm_does():
    pytest.importorskip("itmlogic")
    profiles = peer_libraries.profiles(Job(10.0), 60)
    theirs = [peer_libraries.itmlogic_loss(profile)() for profile in profiles]
    ours = [
        itm.loss_db(np.linspace(0, km, len(height)), np.array(height), **GROUND)
        for km, height in profiles
    ]
    assert np.median(np.abs(np.subtract(ours, theirs))) < 1.0
