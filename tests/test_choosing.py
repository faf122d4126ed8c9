"""Which model "auto" gives a cell, why, and that the result says so."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.prediction import PredictSettings
from phusong.prediction.choosing import BuiltUp, built_up, choose
from phusong.prediction.masts import locate_masts
from phusong.propagation import tr38901

AUTO = PredictSettings.of(model="auto")
DENSE = BuiltUp(0.4, 18.0)
FIVE = {"technology": "5G", "bandwidth_mhz": 100.0, "operator": "Beta"}
NEAR = {"5G": 3.0, "4G": 10.0}


def network_of(*changes):
    return ps.Network(cells=cell_table(*changes), findings=Findings().frame())


@pytest.fixture(scope="module")
def town():
    """The flat scene with houses of 18 m on every second pixel around the mast in its middle."""
    scene = flat_scene()
    heights = xr.zeros_like(scene.terrain)
    heights[30:70:2, 30:70] = 18.0
    return replace(scene, clutter_m=heights, building_heights=True)


@pytest.fixture(scope="module")
def predicted(town):
    changes = ({}, FIVE | {"frequency_mhz": 2550.0})
    changes += ({"antenna_height_m": 10.0} | FIVE | {"frequency_mhz": 3750.0},)
    return ps.predict(network_of(*changes), town, progress=False, model="auto", range_km=NEAR)


@pytest.mark.parametrize(
    ("mhz", "range_km", "height_m", "buildings", "model", "why"),
    [
        (1842.5, 10.0, 35.0, None, "p1812", "no heights of buildings are known here"),
        (2550.0, 3.0, 35.0, DENSE, "tr38901_uma", "dense buildings, antenna above roofs of 18 m"),
        (2550.0, 3.0, 10.0, DENSE, "tr38901_umi", "dense buildings, antenna below roofs of 18 m"),
        (2550.0, 10.0, 35.0, DENSE, "p1812", "a range of 10 km, over TR 38.901's 5"),
        (450.0, 3.0, 35.0, DENSE, "p1812", "under TR 38.901's 500 MHz"),
        (2550.0, 3.0, 35.0, BuiltUp(0.1, 9.0), "p1812", "buildings on 10% of the ground around"),
        (26_000.0, 10.0, 35.0, None, "tr38901_uma", "above P.1812's 6 GHz"),
        (26_000.0, 1.0, 8.0, DENSE, "tr38901_umi", "above P.1812's 6 GHz, antenna below roofs"),
    ],
)
def test_the_choice_and_its_reason(mhz, range_km, height_m, buildings, model, why):
    choice = choose(AUTO, mhz, range_km, height_m, buildings)
    assert choice.model == model
    assert choice.why.startswith(why)
    asked = PredictSettings.of(model="itm")
    assert choose(asked, mhz, range_km, height_m, buildings) == ("itm", "asked for")


def test_buildings_around_are_counted_pixel_by_pixel(town):
    (mast,) = locate_masts(cell_table({}), town)
    got = built_up(town, mast.row, mast.col)
    heights = town.clutter_m.to_numpy()
    near = [
        heights[i, j]
        for i in range(heights.shape[0])
        for j in range(heights.shape[1])
        if ((i - mast.row) ** 2 + (j - mast.col) ** 2) ** 0.5 <= 5.0
    ]
    tall = [height for height in near if height >= 3.0]
    assert got.share == pytest.approx(len(tall) / len(near))
    assert got.height_m == 18.0
    assert built_up(town, 5.0, 5.0) == (0.0, 0.0)
    assert built_up(town, -50.0, 5.0) is None
    assert built_up(replace(town, building_heights=False), mast.row, mast.col) is None


def test_the_result_says_which_model_made_each_cell(predicted):
    models = predicted.models
    assert list(models) == ["operator", "cell_id", "model", "source", "why"]
    assert models["model"].tolist() == ["p1812", "tr38901_uma", "tr38901_umi"]
    assert models["source"].iloc[0] == "ITU-R P.1812-8"
    assert "10 km" in models["why"].iloc[0]
    assert predicted.data.attrs["model"].count(";") == 2


def test_which_model_survives_saving(predicted, town, tmp_path):
    path = predicted.save(tmp_path / "coverage.nc")
    again = ps.Coverage.open(path, town, predicted.network)
    assert again.models.equals(predicted.models)
    with xr.open_dataset(path) as plain:
        assert plain["model"].dims == ("cell",)
        lacking = plain.drop_vars("model_why").load()
    lacking.to_netcdf(tmp_path / "lacking.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="lacks model_why"):
        ps.Coverage.open(tmp_path / "lacking.nc", town, predicted.network)


def test_an_explained_pixel_is_of_the_cell_s_own_model(predicted):
    for operator in ("Alpha", "Beta"):
        why = predicted.explain(LONGITUDE + 0.006, LATITUDE + 0.004, operator=operator)
        assert abs(why.value("difference", "prediction")) < 0.03
    assert why.model.startswith("tr38901_um")


def test_millimetre_waves_have_the_door_s_loss(town):
    """A cell at 26 GHz, without its pattern: the door's loss in sight, 1 km over open ground."""
    omni = {"horizontal_beamwidth_deg": 360.0, "vertical_beamwidth_deg": 180.0}
    cell = FIVE | omni | {"frequency_mhz": 26_000.0, "electrical_tilt_deg": 0.0}
    cell |= {"antenna_height_m": 25.0}
    bare = replace(town, clutter_m=xr.zeros_like(town.clutter_m))
    made = ps.predict(network_of(cell), bare, progress=False, model="auto", range_km={"5G": 3.0})
    assert made.models["model"].tolist() == ["tr38901_uma"]
    level = float(made["level_dbm"][0, 0, 20, 30])
    loss = tr38901.loss_db(
        1.0,
        scenario="UMa",
        line_of_sight=True,
        frequency_ghz=26.0,
        tx_height_m=25.0,
        rx_height_m=1.5,
    )
    eirp_dbm = 46.0 + 17.5 - 1.5 - 10 * np.log10(12 * 66)
    assert level == pytest.approx(eirp_dbm - float(loss), abs=0.1)
