"""A changed network by `Coverage.update`: the same as a whole prediction, with less work."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene

import phusong as ps
from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings
from phusong.prediction import updating, windows

FAST = {"model": "free_space", "range_km": {"3G": 1.6, "4G": 2.4}}  # a loss of few kernels


@pytest.fixture(scope="module")
def scene():
    flat = flat_scene()
    rng = np.random.default_rng(3)
    hills = flat.terrain + rng.uniform(0, 80, flat.terrain.shape).astype(np.float32)
    return replace(flat, terrain=hills.astype(np.float32))


def table(seed=0, masts=12):
    """Masts about the scene, some beyond it, with sectors of two operators on each."""
    rng = np.random.default_rng(seed)
    rows = []
    for site in range(masts):
        place = {
            "site_id": f"S{site}",
            "longitude": LONGITUDE + rng.uniform(-0.035, 0.035),
            "latitude": LATITUDE + rng.uniform(-0.033, 0.033),
            "antenna_height_m": float(rng.choice([25.0, 40.0])),
        }
        for sector in range(3):
            operator, technology = ("Alpha", "4G") if rng.random() < 0.6 else ("Beta", "3G")
            rows.append(
                place
                | {
                    "cell_id": f"S{site}-{sector}",
                    "operator": operator,
                    "technology": technology,
                    "bandwidth_mhz": {"4G": 20.0, "3G": 5.0}[technology],
                    "frequency_mhz": float(rng.choice([935.0, 1842.5])),
                    "azimuth_deg": 120.0 * sector,
                    "mechanical_tilt_deg": float(rng.integers(0, 4)),
                }
            )
    return cell_table(*rows)


def network(cells):
    return ps.Network(cells.reset_index(drop=True), Findings().frame())


def assert_same(one, other):
    xr.testing.assert_identical(one.data, other.data)
    pd.testing.assert_frame_equal(one.findings, other.findings)
    pd.testing.assert_frame_equal(one.network.cells, other.network.cells)


@pytest.fixture
def whole(monkeypatch):
    """Counts the updates that predicted the whole."""
    calls = []
    predict = updating.predict

    def counting(*args, **settings):
        calls.append(args)
        return predict(*args, **settings)

    monkeypatch.setattr(updating, "predict", counting)
    return calls


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


def busiest(coverage):
    """The row that serves most pixels."""
    server = coverage["server"].to_numpy()
    return int(np.bincount(server[server >= 0]).argmax())


def set_(**values):
    def change(cells, row):
        return cells.assign(
            **{name: cells[name].where(cells.index != row, v) for name, v in values.items()}
        )

    return change


def moved(cells, row):
    same = cells["site_id"] == cells["site_id"][row]
    return cells.assign(longitude=cells["longitude"] + 0.004 * same)


def without(cells, row):
    return cells.drop(index=row)


def without_mast(cells, row):
    return cells[cells["site_id"] != cells["site_id"][row]]


def with_twin(cells, row):
    """The same sector once more, before all others: every level of it is a tie."""
    twin = cells.loc[[row]].assign(cell_id="TWIN")
    return pd.concat([twin, cells])


def with_new_mast(cells, row):
    new = cells.loc[[row]].assign(
        cell_id="NEW", site_id="NEW", longitude=LONGITUDE + 0.01, antenna_height_m=31.0
    )
    return pd.concat([cells, new])


CHANGES = {
    "weaker": set_(power_dbm=30.0),
    "stronger": set_(power_dbm=49.0),
    "tilt": set_(electrical_tilt_deg=9.0),
    "mechanical tilt": set_(mechanical_tilt_deg=6.0),
    "azimuth": set_(azimuth_deg=77.0),
    "beam": set_(horizontal_beamwidth_deg=33.0),
    "omni": set_(horizontal_beamwidth_deg=360.0, azimuth_deg=np.nan),
    "band": set_(frequency_mhz=2140.0),
    "range": set_(operator="Alpha", technology="4G", bandwidth_mhz=10.0),
    "height": set_(antenna_height_m=55.0),
    "name": set_(structure="roof"),
    "far away": set_(longitude=110.0),
    "off the terrain": set_(longitude=LONGITUDE - 0.055),
    "moved": moved,
    "without": without,
    "without mast": without_mast,
    "twin": with_twin,
    "new mast": with_new_mast,
}


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_the_bits_of_a_whole_prediction(tmp_path, scene, whole, name, servers):
    cells = table(servers)
    settings = FAST | {"servers": servers}
    before = ps.predict(network(cells), scene, store=tmp_path, progress=False, **settings)
    untouched = before.data.copy(deep=True)
    for row in (1, 17, busiest(before)):
        changed = network(CHANGES[name](cells, row))
        update = before.update(changed, store=tmp_path, progress=False)
        expected = ps.predict(changed, scene, store=tmp_path, progress=False, **settings)
        assert_same(update, expected)
    assert whole == []
    xr.testing.assert_identical(before.data, untouched)


@pytest.mark.parametrize("seed", range(6))
def test_changes_on_changes_give_the_bits_of_a_whole_prediction(tmp_path, scene, whole, seed):
    rng = np.random.default_rng(seed)
    cells = table(seed)
    settings = FAST | {"servers": int(rng.integers(1, 4))}
    coverage = ps.predict(network(cells), scene, store=tmp_path, progress=False, **settings)
    for _ in range(3):
        for name in rng.choice([name for name in CHANGES if "twin" not in name], 3):
            cells = CHANGES[name](cells, int(rng.choice(cells.index))).drop_duplicates("cell_id")
            cells = cells.reset_index(drop=True)
        coverage = coverage.update(network(cells), store=tmp_path, progress=False)
    expected = ps.predict(network(cells), scene, progress=False, **settings)
    assert_same(coverage, expected)


def test_a_twin_of_every_level_serves_by_its_row(tmp_path, scene):
    """Where a tie is won by the lower row, a removed twin leaves the other behind."""
    row = busiest(ps.predict(network(table()), scene, progress=False, **FAST))
    cells = with_twin(table(), row)
    both = ps.predict(network(cells), scene, progress=False, **FAST)
    assert (both["server"] == 0).any()
    one = both.update(network(cells.iloc[1:]), progress=False)
    assert_same(one, ps.predict(network(table()), scene, progress=False, **FAST))


def test_only_windows_around_are_read_and_none_is_computed(tmp_path, scene, computed, monkeypatch):
    cells = table(masts=12)
    before = ps.predict(network(cells), scene, store=tmp_path, progress=False, **FAST)
    computed.clear()
    row, read = busiest(before), []
    reading = windows.WindowMaker.windows

    def counting(self, masts):
        read.extend(masts)
        return reading(self, masts)

    monkeypatch.setattr(windows.WindowMaker, "windows", counting)
    changed = network(set_(power_dbm=49.0)(cells, row))
    before.update(changed, store=tmp_path, progress=False)
    assert len(read) == 1, "a stronger cell needs its own window only"
    read.clear()
    before.update(network(set_(power_dbm=40.0)(cells, row)), store=tmp_path, progress=False)
    assert 1 < len(read) <= 12
    assert computed == []


def test_a_changed_mast_computes_one_window(tmp_path, scene, computed):
    cells = table()
    before = ps.predict(network(cells), scene, store=tmp_path, progress=False, **FAST)
    computed.clear()
    before.update(network(moved(cells, 10)), store=tmp_path, progress=False)
    assert computed == [cells["site_id"][10]]


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells.iloc[::-1],
        lambda cells: cells[cells["operator"] == "Alpha"],
        lambda cells: cells.assign(power_dbm=cells["power_dbm"] - 3.0),
    ],
    ids=["another order", "another operator", "all of them"],
)
def test_what_cannot_be_updated_is_predicted_whole(scene, whole, change):
    cells = table()
    before = ps.predict(network(cells), scene, progress=False, **FAST)
    changed = network(change(cells))
    update = before.update(changed, progress=False)
    assert len(whole) == 1
    assert_same(update, ps.predict(changed, scene, progress=False, **FAST))


def test_a_table_that_was_altered_in_place_is_predicted_whole(scene, whole):
    of = network(table())
    before = ps.predict(of, scene, progress=False, **FAST)
    of.cells.loc[3, "power_dbm"] = 30.0
    update = before.update(of, progress=False)
    assert len(whole) == 1
    assert_same(update, ps.predict(of, scene, progress=False, **FAST))


def test_what_was_saved_can_be_updated(tmp_path, scene, whole):
    cells = table()
    before = ps.predict(network(cells), scene, progress=False, servers=2, **FAST)
    path = before.save(tmp_path / "coverage.nc")
    opened = ps.Coverage.open(path, scene, network(cells))
    changed = network(CHANGES["azimuth"](cells, 7))
    update = opened.update(changed, progress=False)
    assert whole == []
    assert_same(update, ps.predict(changed, scene, progress=False, servers=2, **FAST))


def predicted(of, scene):
    return ps.predict(of, scene, progress=False, **FAST)


def test_other_ground_under_saved_layers_is_refused(tmp_path, scene):
    of = network(table())
    saved = predicted(of, scene).save(tmp_path / "coverage.nc")
    other = replace(scene, terrain=scene.terrain + np.float32(1.0))
    with pytest.raises(InputError, match="made over other terrain"):
        ps.Coverage.open(saved, other, of)


def test_layers_over_other_ground_are_predicted_whole(scene, whole):
    of = network(table())
    moved = replace(scene, terrain=scene.terrain + np.float32(9.0))
    changed = network(CHANGES["azimuth"](table(), 7))
    update = replace(predicted(of, scene), scene=moved).update(changed, progress=False)
    assert len(whole) == 1
    assert_same(update, predicted(changed, moved))


def test_an_update_that_would_not_fit_is_refused(scene, monkeypatch):
    old = predicted(network(table()), scene)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))
    with pytest.raises(MemoryLimitError):
        old.update(network(CHANGES["azimuth"](table(), 7)), progress=False)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("power_dbm", np.nan),
        ("power_dbm", np.inf),
        ("longitude", np.nan),
        ("electrical_tilt_deg", np.nan),
        ("vertical_beamwidth_deg", 0.0),
        ("antenna_height_m", np.inf),
        ("latitude", 91.0),
        ("longitude", 181.0),
        ("azimuth_deg", np.inf),
        ("mechanical_tilt_deg", 1000.0),
        ("operator", None),
        ("technology", " "),
        ("cell_id", 5),
    ],
)
def test_a_value_that_no_cell_can_have_is_refused_by_name(scene, column, value):
    old = predicted(network(table()), scene)
    cells = table()
    cells[column] = cells[column].astype(object if isinstance(cells[column][1], str) else float)
    cells.loc[1, column] = value
    broken = network(cells)
    with pytest.raises(InputError, match=column):
        predicted(broken, scene)
    with pytest.raises(InputError, match=column):
        old.update(broken, progress=False)


def test_rows_of_any_index_are_numbered_anew(scene):
    backwards = network(table().iloc[::-1])
    assert backwards.cells.index.tolist() == list(range(len(backwards.cells)))
    level = [predicted(of, scene).data["level_dbm"] for of in (backwards, network(table()))]
    xr.testing.assert_identical(*level)
