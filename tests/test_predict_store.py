"""A prediction with a store: nothing computed twice, nothing lost by an interruption."""

import numba
import numpy as np
import pytest
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.prediction import windows
from phusong.prediction.masts import locate_masts
from phusong.prediction.settings import PredictSettings

NOTHING = Findings().frame()


def network(**change):
    """Three masts in a row, one of which may be changed."""
    places = [{"longitude": LONGITUDE + 0.012 * i, "site_id": f"S{i}"} for i in range(3)]
    places[1] |= change
    return ps.Network(cell_table(*places), NOTHING)


@pytest.fixture
def computed(monkeypatch):
    """Counts the windows that are computed."""
    calls = []
    compute = windows.WindowMaker.compute

    def counting(self, mast):
        calls.append(mast.cells[0]["site_id"])
        return compute(self, mast)

    monkeypatch.setattr(windows.WindowMaker, "compute", counting)
    return calls


def same(one, other):
    return all(
        np.array_equal(one[name].to_numpy(), other[name].to_numpy(), equal_nan=True)
        for name in ("level_dbm", "server", "probability")
    )


def predict(of, store, **settings):
    return ps.predict(of, flat_scene(), store=store, progress=False, **settings)


def test_a_second_run_computes_nothing_and_changes_nothing(tmp_path, computed):
    without = predict(network(), None)
    first = predict(network(), tmp_path / "store")
    assert len(computed) == 6
    second = predict(network(), tmp_path / "store")
    assert len(computed) == 6
    assert same(without, first)
    assert same(first, second)


@pytest.mark.parametrize(
    "change",
    [
        {"electrical_tilt_deg": 9.0},
        {"azimuth_deg": 200.0},
        {"power_dbm": 40.0},
        {"mechanical_tilt_deg": 3.0},
    ],
)
def test_a_changed_sector_computes_no_path_loss(tmp_path, computed, change):
    predict(network(), tmp_path / "store")
    computed.clear()
    changed = predict(network(**change), tmp_path / "store")
    assert computed == []
    assert same(changed, predict(network(**change), None))


@pytest.mark.parametrize(
    "change",
    [{"antenna_height_m": 50.0}, {"latitude": LATITUDE + 0.001}, {"frequency_mhz": 2140.0}],
)
def test_a_changed_mast_computes_its_own_window(tmp_path, computed, change):
    predict(network(), tmp_path / "store")
    computed.clear()
    predict(network(**change), tmp_path / "store")
    assert computed == ["S1"]


@pytest.mark.parametrize(
    "settings",
    [{"clutter_m": 5.0}, {"sampling": "pixel"}, {"model": "hata"}, {"range_km": {"4G": 2.0}}],
)
def test_other_settings_of_the_loss_compute_all(tmp_path, computed, settings):
    predict(network(), tmp_path / "store")
    computed.clear()
    predict(network(), tmp_path / "store", **settings)
    assert len(computed) == 3


def test_other_settings_of_the_service_compute_nothing(tmp_path, computed):
    predict(network(), tmp_path / "store")
    computed.clear()
    predict(network(), tmp_path / "store", shadowing_sigma_db=6.0, servers=3)
    assert computed == []


def test_a_run_that_was_interrupted_goes_on_to_the_same_result(tmp_path, computed, monkeypatch):
    undisturbed = predict(network(), None)
    computed.clear()
    compute = windows.WindowMaker.compute

    def interrupted(self, mast):
        if mast.cells[0]["site_id"] == "S1":
            raise KeyboardInterrupt
        return compute(self, mast)

    with monkeypatch.context() as patch:
        patch.setattr(windows.WindowMaker, "compute", interrupted)
        with pytest.raises(KeyboardInterrupt):
            predict(network(), tmp_path / "store")
    done = len(computed)
    continued = predict(network(), tmp_path / "store")
    assert len(computed) == 3
    assert 0 < done < 3
    assert same(continued, undisturbed)


@pytest.mark.parametrize("threads", [1, 2])
def test_when_no_more_windows_are_asked_for_none_is_begun(threads, computed):
    usual = numba.get_num_threads()
    numba.set_num_threads(min(threads, usual))
    places = [{"longitude": LONGITUDE + 0.001 * i, "site_id": f"S{i}"} for i in range(40)]
    scene = flat_scene()
    maker = windows.WindowMaker(scene, PredictSettings())
    masts = list(locate_masts(cell_table(*places), scene))
    made_at_once = windows.made_at_once()
    for mast, _ in maker.windows(masts):
        if mast is masts[2]:
            break
    numba.set_num_threads(usual)
    assert len(computed) <= 3 + sum(made_at_once)


def test_a_damaged_window_is_computed_again_and_told_of(tmp_path, computed):
    undisturbed = predict(network(), tmp_path / "store")
    file = sorted((tmp_path / "store").glob("*.loss"))[0]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    computed.clear()
    again = predict(network(), tmp_path / "store")
    assert len(computed) == 1
    assert same(again, undisturbed)
    assert again.findings["reason"].str.contains("was damaged").any()


def test_a_store_that_cannot_be_is_an_error_that_says_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="give a folder that can be written into"):
        predict(network(), tmp_path / "file" / "store")


def test_the_strongest_few_are_ranked(tmp_path):
    coverage = predict(network(), None, servers=2)
    level = coverage["ranked_level_dbm"]
    assert level.dims == ("operator", "technology", "rank", "y", "x")
    best, second = level.isel(rank=0).to_numpy(), level.isel(rank=1).to_numpy()
    assert (best >= second).all()
    assert np.array_equal(best, coverage["level_dbm"].to_numpy())
    servers = coverage["ranked_server"]
    assert (servers.isel(rank=0) != servers.isel(rank=1)).all()
    one = ps.predict(network(), flat_scene(), progress=False)
    assert same(coverage, one)
