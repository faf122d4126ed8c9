"""What a prediction will take, told before it runs, and refused where it does not fit."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene

import phusong as ps
from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings
from phusong.prediction import rates
from phusong.prediction.masts import locate_masts
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.prediction.windows import WindowMaker
from phusong.prediction.workload import stored_values, window_work
from phusong.propagation import free_space, p526
from phusong.sample_province import write_sample

FAST = {"model": "free_space"}
NOTHING = Findings().frame()


def network(masts=3, **change):
    rows = [
        {"longitude": LONGITUDE + 0.012 * i, "latitude": LATITUDE + 0.002 * i, "site_id": f"S{i}"}
        for i in range(masts)
    ]
    return ps.Network(cell_table(*({**row, **change} for row in rows)), NOTHING)


@pytest.fixture(scope="module")
def scene():
    return flat_scene()


@pytest.mark.parametrize("sampling", ["radial", "pixel"])
@pytest.mark.parametrize("km", [0.3, 1.73, 10.0])
def test_receivers_are_counted_as_a_window_has_them(scene, km, sampling):
    """At its edge a pixel may fall on either side by rounding."""
    settings = PredictSettings.of(range_km={"4G": km}, sampling=sampling, **FAST)
    maker = WindowMaker(scene, settings)
    for mast in locate_masts(network().cells, scene):
        if maker.place(mast) is None:
            continue
        (work,) = window_work(maker, mast)
        window = maker.compute(mast)
        assert work.losses == work.receivers
        assert abs(work.losses - int((window.loss != 65535).sum())) <= 2


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_rates_and_more_work_takes_longer(scene, name):
    mhz = 1842.5
    for sampling in ("radial", "pixel"):
        for percent in (1.0, 50.0):
            chosen = {"model": name, "sampling": sampling, "time_percent": percent}
            times = []
            for km in (0.5, 1.0, 2.0):
                settings = PredictSettings.of(range_km={"4G": km}, **chosen)
                maker = WindowMaker(scene, settings)
                mast = next(locate_masts(network(frequency_mhz=mhz).cells, scene))
                times.append(rates.work_s(window_work(maker, mast), settings))
            assert times[0] > 0
            assert all(a < b for a, b in pairwise(times))


def test_a_short_range_of_one_band_counts_by_itself(scene):
    cells = cell_table({}, {"technology": "3G", "bandwidth_mhz": 5.0, "frequency_mhz": 2140.0})
    settings = PredictSettings.of(range_km={"3G": 1.0, "4G": 2.0})
    mast = next(locate_masts(cells, scene))
    (work,) = window_work(WindowMaker(scene, settings), mast)
    assert work.way == "radial"
    assert work.losses / work.receivers == pytest.approx(1.25, rel=0.02)
    assert stored_values([work]) == work.losses + work.receivers


def test_the_size_of_the_files_is_about_what_is_told(tmp_path, scene):
    told = scene.estimate(network(), store=tmp_path / "store", **FAST)
    assert not (tmp_path / "store").exists()
    made = ps.predict(network(), scene, store=tmp_path / "store", progress=False, **FAST)
    assert made.save(tmp_path / "c.nc").stat().st_size > 0
    assert told.store_bytes > 0
    assert told.disk_bytes == told.store_bytes + told.output_bytes
    assert scene.estimate(network(), **FAST).store_bytes == 0


def test_what_is_in_the_store_need_not_be_computed(tmp_path, scene):
    new = scene.estimate(network(), store=tmp_path, **FAST)
    assert (new.masts, new.windows_to_compute) == (3, 3)
    ps.predict(network(masts=2), scene, store=tmp_path, progress=False, **FAST)
    half = scene.estimate(network(), store=tmp_path, **FAST)
    assert half.windows_to_compute == 1
    assert 0 < half.losses < new.losses
    ps.predict(network(), scene, store=tmp_path, progress=False, **FAST)
    done = scene.estimate(network(), store=tmp_path, **FAST)
    assert (done.windows_to_compute, done.losses, done.path_loss_s) == (0, 0, 0.0)
    assert done.time_s == done.store_s + done.combining_s > 0


def test_memory_is_that_of_layers_and_windows(scene):
    plain = scene.estimate(network(), **FAST).memory_bytes
    assert scene.estimate(network(), servers=4, **FAST).memory_bytes - plain == 3 * 8 * 61 * 61
    both = ps.Network(cell_table({}, {"operator": "Beta"}), NOTHING)
    assert scene.estimate(both, **FAST).memory_bytes - plain == (8 + 4) * 61 * 61


def test_it_shows_itself(scene, monkeypatch):
    told = scene.estimate(network(), **FAST)
    assert told.fits
    for word in ("path losses", "compiles", "memory", "disk"):
        assert word in repr(told)
        assert word in told._repr_html_()
    assert "about" in told.line()
    full = replace(told, memory_bytes=told.free_memory_bytes + 1)
    assert not full.fits
    assert "it will be refused" in repr(full)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"clutter": 5}, "clutter"), ({"service": "none"}, "none"), ({"model": "magic"}, "model")],
)
def test_a_wrong_argument_is_named(scene, arguments, said):
    with pytest.raises(InputError, match=said):
        scene.estimate(network(), **arguments)


def test_a_run_that_does_not_fit_is_refused_before_it_takes_memory(scene, monkeypatch):
    many = ps.Network(
        cell_table(*({"operator": f"Operator {i}", "cell_id": "C"} for i in range(400))), NOTHING
    )
    told = scene.estimate(many, servers=8, **FAST)

    class Full:
        available = told.memory_bytes - 1

    ps.predict(network(), scene, progress=False, **FAST)  # what it imports is not its memory
    monkeypatch.setattr("psutil.virtual_memory", lambda: Full)
    tracemalloc.start()
    try:
        with pytest.raises(MemoryLimitError, match=r"MB of memory and .*; take a coarser"):
            ps.predict(many, scene, progress=False, servers=8, **FAST)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < told.memory_bytes / 20
    Full.available += 1
    ps.predict(network(), scene, progress=False, **FAST)


def test_a_scene_of_metre_pixels_is_refused_before_its_rasters_are_read(tmp_path):
    """A province of 35 km at 0.05 m."""
    files = write_sample(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(MemoryLimitError, match="coarser resolution_m"):
            ps.Scene.open(
                files["terrain"], files["population"], files["communes"], resolution_m=0.05
            )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6


def test_the_machine_s_speed_is_that_of_all_threads():
    assert rates.machine_speed(1) > 0.05
    assert rates.machine_speed(2) < 4 * rates.machine_speed(1)


def test_combining_takes_longer_for_more_cells_and_not_for_none():
    assert rates.combining_s(0, 0, 1000) == 0.0
    times = [rates.combining_s(n, 500 * n, 1000) for n in (1, 10, 100)]
    assert np.diff(times).min() > 0


# Ranges and link budgets


def test_findings_say_where_a_range_cuts(scene):
    cut = ps.predict(network(), scene, progress=False, **FAST).findings
    row = cut[cut["column"] == "range_km.4G"].iloc[0]
    assert row["severity"] == "info"
    assert "3 of 3 cells" in row["reason"]
    assert "not computed" in row["reason"]
    far = ps.predict(network(), scene, progress=False, range_km={"4G": 100.0}, **FAST).findings
    assert far.empty


def test_a_link_budget_s_range_is_where_the_least_loss_uses_it_up(scene):
    weak = network(power_dbm=20.0)
    made = ps.predict(weak, scene, progress=False, range_km="link budget", **FAST)
    km = made.settings.range_of("4G")
    assert 5.0 < km < 60.0
    assert made.findings.empty

    def margin_db(km, height_m):
        loss = free_space.loss_db(km, frequency_ghz=1.8425) + p526.spherical_earth_loss_db(
            km, frequency_ghz=1.8425, tx_height_m=height_m, rx_height_m=1.5
        )
        return 20.0 - 30.792 - 1.5 + 17.5 + 115.0 - loss

    # Heights are rounded up to 10 m, distances to a km.
    assert margin_db(km, 35.0) < 0 < margin_db(km - 2.0, 40.0)
    again = ps.predict(weak, scene, progress=False, range_km={"4G": km}, **FAST)
    np.testing.assert_array_equal(again["level_dbm"], made["level_dbm"])
    stronger = ps.predict(network(), scene, progress=False, range_km="link budget", **FAST)
    assert stronger.settings.range_of("4G") > km


def test_an_update_asks_the_link_budget_for_the_ranges_of_the_new_network(scene):
    options = {"progress": False, "range_km": "link budget", **FAST}
    old = ps.predict(network(power_dbm=20.0), scene, **options)
    for power_dbm in (20.0, 19.9, 30.0):
        changed = network(power_dbm=power_dbm)
        update, whole = old.update(changed, progress=False), ps.predict(changed, scene, **options)
        assert update.settings == whole.settings
        xr.testing.assert_identical(update.data, whole.data)


def test_an_estimate_neither_makes_nor_touches_the_store(scene, tmp_path):
    scene.estimate(network(), store=tmp_path / "none", **FAST)
    assert not (tmp_path / "none").exists()
    store = tmp_path / "store"
    ps.predict(network(), scene, store=store, progress=False, **FAST)
    store.chmod(0o555)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in store.iterdir())
    assert scene.estimate(network(), store=store, **FAST).windows_to_compute == 0
    assert before == sorted((path.name, path.stat().st_mtime_ns) for path in store.iterdir())
    store.chmod(0o755)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        scene.estimate(network(), store=tmp_path / "file", **FAST)


def test_another_word_for_a_range_is_refused(scene):
    with pytest.raises(InputError, match="range_km"):
        scene.estimate(network(), range_km="far", **FAST)
