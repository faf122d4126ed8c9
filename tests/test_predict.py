"""The predict floor on a small flat world and on the sample."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from flat_world import cell_table, flat_scene
from pyproj import Transformer

import phusong as ps
from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings
from phusong.prediction import PredictSettings, masts
from phusong.prediction.models import MODELS
from phusong.propagation import free_space, hata, itm, p1812, tr38901
from phusong.radio.antenna import sector_gain_dbi

OMNI = {"azimuth_deg": np.nan, "horizontal_beamwidth_deg": 360.0}


def network_of(*rows):
    return ps.Network(cells=cell_table(*rows), findings=Findings().frame())


@pytest.fixture(scope="module")
def scene():
    return flat_scene()


@pytest.fixture(scope="module")
def coverage(scene):
    return ps.predict(network_of({}, {"azimuth_deg": 180.0}), scene, progress=False)


def test_the_level_is_the_hand_made_link_budget(scene, coverage):
    """Along the boresight of the north sector, 2 km from the mast."""
    rows, cols = scene.grid.shape
    row, col = rows // 2 - 20, cols // 2
    level = coverage["level_dbm"].sel(operator="Alpha", technology="4G").to_numpy()
    mast_row, mast_col = mast_place(scene, coverage)
    km = 0.1 * np.hypot(row - mast_row, col - mast_col)
    n = int(np.ceil(km / 0.03)) + 1
    loss = p1812.loss_db(
        np.linspace(0, km, n),
        np.full(n, 12.0),
        frequency_ghz=1.8425,
        tx_height_m=35.0,
        rx_height_m=1.5,
        clutter_m=np.full(n, 10.0),
        latitude_deg=21.3,
    )
    bearing = np.degrees(np.arctan2(col - mast_col, mast_row - row))
    elevation = np.degrees(np.arctan2(-33.5, km * 1000))
    gain = sector_gain_dbi(
        bearing,
        elevation,
        gain_dbi=17.5,
        vertical_beamwidth_deg=7.0,
        electrical_tilt_deg=4.0,
    )
    expected = 46.0 - 30.792 - 1.5 + float(gain) - loss
    assert level[row, col] == pytest.approx(expected, abs=0.15)


def mast_place(scene, coverage):
    mast = next(masts.locate_masts(coverage.network.cells, scene))
    rows, cols = scene.window
    return mast.row - rows.start, mast.col - cols.start


def test_each_side_is_served_by_the_sector_that_faces_it(scene, coverage):
    server = coverage["server"].sel(operator="Alpha", technology="4G").to_numpy()
    rows, cols = scene.grid.shape
    assert server[5, cols // 2] == 0
    assert server[rows - 6, cols // 2] == 1


def test_on_flat_ground_the_mirror_image_is_the_same(scene):
    """No direction is preferred: a mast's omni pattern gives a level that depends on distance."""
    level = ps.predict(network_of(OMNI), scene, progress=False)["level_dbm"][0, 0].to_numpy()
    assert np.nanmax(abs(level - level[:, ::-1])) < 0.5
    assert np.nanmax(abs(level - level[::-1, :])) < 0.5


def test_another_cell_never_lowers_any_level(scene, coverage):
    more = ps.predict(
        network_of({}, {"azimuth_deg": 180.0}, {"azimuth_deg": 90.0, "power_dbm": 43.0}),
        scene,
        progress=False,
    )
    assert bool((more["level_dbm"] >= coverage["level_dbm"]).all())


def test_beyond_its_range_nothing_is_computed(scene):
    near = ps.predict(network_of({}), scene, progress=False, range_km={"4G": 1.0})
    level = near["level_dbm"][0, 0]
    assert int(level.count()) == pytest.approx(np.pi * 100, rel=0.05)
    assert bool((near["server"].where(level.isnull(), -1) == -1).all())


def test_probability_is_half_at_the_threshold_and_rises_with_the_level(coverage):
    level = coverage["level_dbm"][0, 0].to_numpy()
    probability = coverage["probability"][0, 0].to_numpy()
    order = np.argsort(level[np.isfinite(level)])
    assert (np.diff(probability[np.isfinite(level)][order]) >= 0).all()
    near = np.isfinite(level) & (abs(level + 115.0) < 0.2)
    assert near.any()
    assert probability[near] == pytest.approx(0.5, abs=0.02)


def test_an_operator_without_a_technology_has_no_level_there(scene):
    both = ps.predict(
        network_of({}, {"operator": "Beta", "technology": "3G", "bandwidth_mhz": 5.0}),
        scene,
        progress=False,
    )
    assert both.operators == ("Alpha", "Beta")
    assert int(both["level_dbm"].sel(operator="Beta", technology="4G").count()) == 0
    assert int(both["cells"].sel(operator="Beta", technology="4G")) == 0


def test_the_same_input_gives_the_same_bits(scene, coverage):
    again = ps.predict(coverage.network, scene, progress=False)
    xr.testing.assert_identical(again.data, coverage.data)


def test_masts_left_out_are_said_in_one_finding_a_reason(scene):
    far = {"longitude": 110.0, "site_id": "FAR"}
    off = {"longitude": 105.56, "site_id": "OFF"}  # 3 km beyond the grid, 1 km beyond the terrain
    made = ps.predict(network_of({}, far, far, off), scene, progress=False)
    assert list(made.findings["severity"]) == ["info", "warning", "info"]
    assert "FAR" in made.findings["value"].iloc[0]
    assert "1 mast(s) with 2 cell(s)" in made.findings["reason"].iloc[0]
    assert "OFF" in made.findings["value"].iloc[1]
    assert int(made["cells"].sum()) == 1


def test_technologies_that_share_a_frequency_keep_their_own_range(scene):
    cells = network_of({}, {"technology": "3G", "bandwidth_mhz": 5.0})
    made = ps.predict(cells, scene, progress=False, range_km={"3G": 1.0, "4G": 2.0})
    alone = ps.predict(cells.select(technologies="3G"), scene, progress=False, range_km={"3G": 1.0})
    both = made["level_dbm"].sel(technology="3G")
    xr.testing.assert_equal(both, alone["level_dbm"].sel(technology="3G"))


def test_a_low_mast_serves_the_pixel_it_stands_on(scene):
    low = {"antenna_height_m": 18.0}
    made = ps.predict(network_of(OMNI | low), scene, progress=False)
    level = made["level_dbm"][0, 0].to_numpy()
    middle = level.shape[0] // 2
    assert level[middle, middle] > -95.0


def test_saved_and_opened_it_is_the_same(tmp_path, scene, coverage):
    path = coverage.save(tmp_path / "coverage.nc")
    again = ps.Coverage.open(path, scene, coverage.network)
    xr.testing.assert_identical(again.data, coverage.data)
    assert again["level_dbm"].attrs["grid_mapping"] == "spatial_ref"
    twice = ps.Coverage.open(again.save(tmp_path / "again.nc"), scene, coverage.network)
    xr.testing.assert_identical(twice.data, coverage.data)
    assert again.settings == coverage.settings
    assert again.profile == coverage.profile
    assert list(again.findings.columns) == list(coverage.findings.columns)
    assert again["level_dbm"].odc.geobox == scene.grid
    with xr.open_dataset(path) as plain:
        assert json.loads(plain.attrs["settings"])["clutter_m"] == 10.0


def test_it_is_saved_into_a_new_folder(tmp_path, coverage):
    assert coverage.save(tmp_path / "a" / "b" / "coverage.nc").is_file()
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be made a folder"):
        coverage.save(tmp_path / "file" / "coverage.nc")


def test_a_result_of_other_stations_is_refused(tmp_path, scene, coverage):
    path = coverage.save(tmp_path / "coverage.nc")
    with pytest.raises(InputError, match="another station table"):
        ps.Coverage.open(path, scene, network_of({}))


def test_scene_and_network_in_the_wrong_order_are_told(tmp_path, scene, coverage):
    path = coverage.save(tmp_path / "coverage.nc")
    with pytest.raises(InputError) as caught:
        ps.Coverage.open(path, coverage.network, scene)
    assert caught.value.problems == (
        "scene is a Network: give a Scene, from phusong.Scene.open",
        "network is a Scene: give a Network, from phusong.read_stations",
    )


def test_a_damaged_or_missing_result_is_refused(tmp_path, scene, coverage):
    path = tmp_path / "coverage.nc"
    with pytest.raises(InputError, match="no such file"):
        ps.Coverage.open(path, scene, coverage.network)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a NetCDF-4 file"):
        ps.Coverage.open(path, scene, coverage.network)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"clutter": 5}, "clutter"),
        ({"clutter_m": -1.0, "time_percent": 0.5}, r"2 problem\(s\)"),
        ({"range_km": {"6G": 3.0}}, "range_km.6G"),
        ({"model": "magic"}, "model"),
    ],
)
def test_a_wrong_setting_is_named(scene, settings, said):
    with pytest.raises(InputError, match=said):
        ps.predict(network_of({}), scene, progress=False, **settings)


def test_cells_outside_the_model_are_all_named(scene):
    wrong = network_of({"frequency_mhz": 26000.0, "cell_id": "MM"}, {"antenna_height_m": 0.5})
    with pytest.raises(InputError, match="'MM': 26000 MHz") as caught:
        ps.predict(wrong, scene, progress=False)
    assert len(caught.value.problems) == 2


def test_arguments_of_another_kind_are_named(scene):
    with pytest.raises(InputError) as caught:
        ps.predict("stations.csv", None, progress=False)
    assert caught.value.problems == (
        "network is a str: give a Network, from phusong.read_stations",
        "scene is a NoneType: give a Scene, from phusong.Scene.open",
    )
    with pytest.raises(InputError, match="network is a DataFrame"):
        scene.estimate(network_of({}).cells)


def test_a_run_that_would_not_fit_is_refused_with_the_figure(monkeypatch, scene):
    class Full:
        available = 1000

    monkeypatch.setattr("psutil.virtual_memory", lambda: Full)
    with pytest.raises(MemoryLimitError, match="B of memory and 1 kB are free"):
        ps.predict(network_of({}), scene, progress=False)


def test_settings_have_the_documented_defaults():
    settings = PredictSettings.of()
    assert (settings.clutter_m, settings.shadowing_sigma_db) == (10.0, 8.0)
    assert settings.range_of("4G") == 10.0


def test_it_shows_itself(coverage):
    assert "Alpha" in repr(coverage)
    assert coverage.plot("Alpha", "4G").axes.get_aspect() == 1.0


def test_an_operator_s_name_is_text_in_a_notebook(scene):
    hostile = network_of({"operator": "<img src=x onerror=alert(1)>"})
    shown = ps.predict(hostile, scene, progress=False)._repr_html_()
    assert "&lt;img src=x" in shown
    assert "<img" not in shown


MODEL_NAMES = [name for name in MODELS if name != "p1812"]


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_any_model_can_make_the_map(scene, name):
    made = ps.predict(network_of({}), scene, progress=False, model=name)
    level = made["level_dbm"][0, 0]
    assert int(level.count()) == scene.grid.shape[0] * scene.grid.shape[1]
    assert made.data.attrs["model"] == MODELS[name].title
    near, far = float(level[26, 30]), float(level[1, 30])
    assert near > far


def test_the_model_of_an_area_is_the_door_s(scene):
    """Loss of a pixel 2 km north, by each model's own door."""
    made = {
        name: ps.predict(network_of(OMNI), scene, progress=False, model=name)["level_dbm"]
        for name in ("free_space", "hata", "itm", "tr38901_rma")
    }
    row, col, km = 10, 30, 2.0
    eirp_dbm = 46.0 - 30.792 - 1.5 + 17.5
    pattern_db = 12 * ((np.degrees(np.arctan(33.5 / 2000)) - 4.0) / 7.0) ** 2
    antennas = {"tx_height_m": 35.0, "rx_height_m": 1.5}
    distance_km = np.linspace(0, km, 68)
    surface_m = np.full(68, 22.0)
    surface_m[[0, -1]] = 12.0
    expected = {
        "free_space": free_space.loss_db(np.hypot(km, 0.0335), frequency_ghz=1.8425),
        "hata": hata.loss_db(km, frequency_ghz=1.8425, environment="suburban", **antennas),
        "itm": itm.loss_db(distance_km, surface_m, frequency_ghz=1.8425, **antennas),
        "tr38901_rma": tr38901.loss_db(
            km, scenario="RMa", line_of_sight=False, frequency_ghz=1.8425, **antennas
        ),
    }
    for name, level in made.items():
        loss = eirp_dbm - pattern_db - float(level[0, 0, row, col])
        assert loss == pytest.approx(expected[name], abs=0.1), name


def test_auto_takes_another_model_above_six_gigahertz(scene):
    cells = network_of({}, {"technology": "5G", "frequency_mhz": 26000.0, "bandwidth_mhz": 100.0})
    made = ps.predict(cells, scene, progress=False, model="auto")
    assert made.data.attrs["model"].startswith("3GPP TR 38.901 UMa")
    assert "ITU-R P.1812-8" in made.data.attrs["model"]


def test_a_clutter_map_takes_the_place_of_the_uniform_height(scene):
    """Bare ground all around hears more than a forest does; a map of 10 m is the default."""

    def level(height_m):
        heights = xr.full_like(scene.terrain, height_m)
        mapped = replace(scene, clutter_m=heights)
        return ps.predict(network_of({}), mapped, progress=False)["level_dbm"]

    uniform = ps.predict(network_of({}), scene, progress=False)["level_dbm"]
    xr.testing.assert_identical(level(10.0), uniform)
    assert float((level(0.0) - level(20.0)).mean()) > 10.0


def test_an_explained_pixel_has_the_map_s_level(scene, coverage):
    longitude, latitude = 105.51, 21.31
    link = coverage.explain(longitude, latitude)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True).transform(
        longitude, latitude
    )
    level = coverage["level_dbm"][0, 0].sel(x=x, y=y, method="nearest")
    assert link.level_dbm == pytest.approx(float(level), abs=0.03)


def test_a_place_outside_the_scene_cannot_be_explained(coverage):
    with pytest.raises(InputError):
        coverage.explain(100.0, 10.0)
