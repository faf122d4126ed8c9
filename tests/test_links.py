"""One link and why: its profile, its models, its budgets, and the pixel that it explains."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import rasterio
import xarray as xr
from flat_world import LATITUDE, LONGITUDE, cell_table, flat_scene
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.transform import from_origin

import phusong as ps
from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.links import Link, LinkSettings, explain_cell, explain_pixel, link
from phusong.links.command import link_command
from phusong.links.ground import place_at, place_of
from phusong.links.models import MODELS, chosen_models
from phusong.links.reading import terrain_around
from phusong.prediction import PredictSettings
from phusong.prediction import models as area
from phusong.radio.antenna import sector_gain_dbi

TX = (LONGITUDE, LATITUDE)
RX = (LONGITUDE + 0.02, LATITUDE + 0.015)
ENDS = {"tx": TX, "rx": RX, "tx_height_m": 35.0, "frequency_mhz": 1842.5}
CELL = {
    "power_dbm": 46.0,
    "antenna_gain_dbi": 17.5,
    "feeder_loss_db": 1.5,
    "azimuth_deg": 40.0,
    "electrical_tilt_deg": 4.0,
    "horizontal_beamwidth_deg": 65.0,
    "vertical_beamwidth_deg": 7.0,
}


@pytest.fixture(scope="module")
def scene():
    return flat_scene()


@pytest.fixture(scope="module")
def ridge_scene(scene):
    """The flat scene with a ridge 40 m high across the middle of the path."""
    mast, far = place_at(scene.terrain, *TX), place_at(scene.terrain, *RX)
    col = round((mast.col + far.col) / 2)
    terrain = scene.terrain.copy()
    terrain[:, col - 1 : col + 2] += 40.0
    return replace(scene, terrain=terrain)


@pytest.fixture(scope="module")
def every(ridge_scene):
    """All models over the ridge."""
    return link(ridge_scene, **ENDS, **CELL, model="all")


@pytest.fixture(scope="module")
def sample():
    scene, network = ps.sample(resolution_m=500)
    return ps.predict(network.select(operators=["Operator A", "Operator B"]), scene, progress=False)


def explained(coverage, longitude, latitude, **of):
    settings = coverage.settings.model_dump(exclude={"range_km", "sampling", "servers"})
    return explain_pixel(
        coverage.scene,
        coverage.network.cells,
        coverage.data,
        longitude,
        latitude,
        service=coverage.profile,
        **of,
        **settings,
    )


def degrees_of(scene, row, col):
    rows, cols = scene.window
    place = place_of(scene.terrain, rows.start + row, cols.start + col)
    return place.longitude, place.latitude


# A pixel of a finished prediction.


def test_pixels_among_hills_are_explained(sample):
    """Every technology and operator of the sample, 20 pixels each, to a thousandth of a dB."""
    rng = np.random.default_rng(7)
    for operator in sample.operators:
        for technology in sample.technologies:
            of = {"operator": operator, "technology": technology}
            level = sample["level_dbm"].sel(of).to_numpy()
            rows, cols = np.nonzero(np.isfinite(level))
            for i in rng.choice(rows.size, 20, replace=False):
                place = degrees_of(sample.scene, rows[i], cols[i])
                why = explained(sample, *place, **of)
                assert why.level_dbm == pytest.approx(float(level[rows[i], cols[i]]), abs=0.03)
                assert abs(why.value("difference", "prediction")) < 0.03
                assert why.label.startswith(operator)


def test_pixels_of_tilted_turned_and_round_antennas_are_explained(scene):
    cells = cell_table(
        {"mechanical_tilt_deg": 6.0},
        {"azimuth_deg": 200.0, "electrical_tilt_deg": 8.0, "power_dbm": 43.0},
        {"operator": "Beta", "azimuth_deg": np.nan, "horizontal_beamwidth_deg": 360.0}
        | {"mechanical_tilt_deg": 3.0, "technology": "3G", "bandwidth_mhz": 5.0},
    )
    network = ps.Network(cells=cells, findings=Findings().frame())
    coverage = ps.predict(network, scene, progress=False, time_percent=10.0, clutter_m=4.0)
    for row, col in [(0, 0), (10, 31), (55, 20), (30, 30), (29, 45), (60, 60)]:
        place = degrees_of(scene, row, col)
        for of in ({"operator": "Alpha", "technology": "4G"}, {"operator": "Beta"}):
            why = explained(coverage, *place, **of)
            assert abs(why.value("difference", "prediction")) < 0.03


def test_pixels_behind_mapped_clutter_are_explained(ridge_scene):
    box = ridge_scene.terrain.odc.geobox
    rows, cols = np.indices(box.shape)
    heights = ((rows // 3 + cols // 4) % 5 * 5.0).astype(np.float32)
    wooded = replace(ridge_scene, clutter_m=wrap_xr(heights, box))
    network = ps.Network(cells=cell_table({}), findings=Findings().frame())
    coverage = ps.predict(network, wooded, progress=False)
    for row, col in [(0, 0), (12, 33), (5, 50), (29, 44), (60, 10)]:
        why = explained(coverage, *degrees_of(wooded, row, col))
        assert abs(why.value("difference", "prediction")) < 0.03
        assert 0.0 < why.path.clutter_m.max() <= 20.0
    assert link(wooded, **ENDS).loss_db != link(ridge_scene, **ENDS).loss_db
    assert "over terrain and clutter" in link(wooded, **ENDS).models["notes"][0]


def test_the_strongest_of_all_is_explained_where_none_is_named(sample):
    level = sample["level_dbm"].to_numpy()
    row, col = np.argwhere(np.isfinite(level).all(axis=(0, 1)))[0]
    why = explained(sample, *degrees_of(sample.scene, row, col))
    assert why.level_dbm == pytest.approx(level[:, :, row, col].max(), abs=0.03)


def test_losses_that_a_map_does_not_have_lower_the_level_one_for_one(sample):
    level = sample["level_dbm"][0, 0].to_numpy()
    row, col = np.argwhere(np.isfinite(level))[5]
    place = degrees_of(sample.scene, row, col)
    of = {"operator": sample.operators[0], "technology": sample.technologies[0]}
    inside = explained(sample, *place, **of, entry_loss_db=14.0, body_loss_db=3.0)
    assert inside.value("difference", "prediction") == pytest.approx(-17.0, abs=0.03)


def test_a_pixel_without_a_level_and_unknown_names_are_refused(sample):
    with pytest.raises(InputError, match="'Nobody' is not in the prediction: give one of Operator"):
        explained(sample, 152.5, 21.3, operator="Nobody")
    with pytest.raises(InputError, match="is not on the scene's grid: longitude comes first"):
        explained(sample, 21.3, 105.5)
    level = sample["level_dbm"].to_numpy()
    empty = np.argwhere(np.isnan(level).all(axis=(0, 1)))
    if len(empty):
        with pytest.raises(InputError, match="none is in range"):
            explained(sample, *degrees_of(sample.scene, *empty[0]))


def test_a_pixel_off_the_grid_is_refused(scene):
    cell = cell_table({}).iloc[0]
    with pytest.raises(InputError, match="row 61, column 0 is not on a 61 x 61 grid"):
        explain_cell(scene, cell, 61, 0)


def test_what_a_map_and_a_link_share_has_one_default():
    link_has, map_has = LinkSettings.model_fields, PredictSettings.model_fields
    shared = set(link_has) & set(map_has)
    assert shared >= {"clutter_m", "profile_step_m", "time_percent", "delta_n", "environment"}
    assert {n: link_has[n].default for n in shared} == {n: map_has[n].default for n in shared}


def test_a_link_has_the_models_of_the_map_and_their_losses(every):
    assert set(MODELS) == set(area.MODELS)
    path, settings = every.path, PredictSettings.of()
    ghz, loss = np.array([1.8425]), np.empty(1)
    for of in every.losses:
        model = area.MODELS[of.name]
        departure = model.loss(
            path.distance_km,
            path.height_m,
            path.surface_m,
            path.zone,
            35.0,
            1.5,
            ghz,
            model.rows(settings, ghz, path.latitude_deg),
            np.empty(max(model.scratch_points, path.distance_km.size)),
            loss,
        )
        assert of.loss_db == pytest.approx(loss[0], abs=1e-6), of.name
        assert path.departure_deg == pytest.approx(departure, abs=1e-9)


# The ground.


def test_the_geometry_is_that_of_the_hand_calculation(scene):
    path = link(scene, **ENDS).path
    d, f = path.length_km, 1.8425
    middle = path.distance_km.size // 2
    half = path.distance_km[middle]
    assert path.bulge_m[middle] == pytest.approx(1000.0 * half * (d - half) / (2.0 * path.ae))
    assert path.fresnel_radius_m(f)[middle] == pytest.approx(
        17.3145 * math.sqrt(half * (d - half) / (f * d)), rel=1e-4
    )
    assert (path.geometry.hts, path.geometry.hrs) == (47.0, 13.5)
    assert path.ray_m[[0, -1]].tolist() == [47.0, 13.5]
    assert np.diff(path.distance_km).max() <= 0.030
    assert path.clutter_m[[0, -1]].tolist() == [0.0, 0.0]
    assert path.clutter_m[1:-1] == pytest.approx(10.0)
    slant = math.hypot(d, 0.0335)
    assert path.slant_km == pytest.approx(slant)


def test_the_distance_is_that_of_the_ellipsoid_but_for_the_grid(scene):
    from pyproj import Geod

    azimuth, _, metres = Geod(ellps="WGS84").inv(*TX, *RX)
    of = link(scene, **ENDS)
    assert of.path.length_km == pytest.approx(metres / 1000.0, rel=5e-4)
    assert of.value("bearing", "path") == pytest.approx(azimuth, abs=0.05)


def test_a_ridge_takes_the_sight_and_lowers_the_margin(scene, every):
    flat = link(scene, **ENDS, **CELL)
    assert flat.line_of_sight
    assert not every.line_of_sight
    assert every.margin_db < flat.margin_db - 10.0
    assert every.uplink_margin_db < flat.uplink_margin_db - 10.0


def test_the_worst_obstruction_is_the_ridge(every):
    worst = every.path.worst(every.path.height_m, 1.8425)
    ridge = np.flatnonzero(every.path.height_m > 51.0)
    assert every.path.distance_km[ridge[0]] <= worst.distance_km
    assert worst.distance_km <= every.path.distance_km[ridge[-1]]
    d, d1 = every.path.length_km, worst.distance_km
    ray = 47.0 + (13.5 - 47.0) * d1 / d
    rise = worst.height_m + 1000.0 * d1 * (d - d1) / (2.0 * every.path.ae) - ray
    assert -worst.clearance_m == pytest.approx(rise)
    nu = rise * math.sqrt(2.0 * 1000.0 * d / (0.2998 / 1.8425 * 1e6 * d1 * (d - d1)))
    assert worst.nu == pytest.approx(nu)
    assert every.value("terrain_nu", "path") == worst.nu


@pytest.mark.parametrize("model", ["p1812", "itm", "free_space"])
def test_the_loss_is_the_same_the_other_way(ridge_scene, model):
    there = link(ridge_scene, TX, RX, tx_height_m=35, rx_height_m=6, frequency_mhz=900, model=model)
    back = link(ridge_scene, RX, TX, tx_height_m=6, rx_height_m=35, frequency_mhz=900, model=model)
    assert there.loss_db == pytest.approx(back.loss_db, abs=1e-6)


def test_terrain_alone_will_do_and_even_clutter_is_a_raster(scene):
    whole = link(scene, **ENDS)
    raster = wrap_xr(np.full(scene.terrain.shape, 10.0, np.float32), scene.terrain.odc.geobox)
    assert link(scene.terrain, **ENDS).loss_db == whole.loss_db
    assert link(scene, **ENDS, clutter_m=raster).loss_db == whole.loss_db
    assert link(scene, **ENDS, clutter_m=0.0).loss_db < whole.loss_db


def test_unusable_ground_is_refused(scene):
    with pytest.raises(InputError, match="is a ndarray: give a Scene, or a DataArray"):
        link(np.zeros((9, 9)), **ENDS)
    degrees = GeoBox((9, 9), from_origin(105, 22, 0.1, 0.1), "EPSG:4326")
    with pytest.raises(InputError, match="WGS 84 is not in metres"):
        link(wrap_xr(np.zeros((9, 9)), degrees), **ENDS)
    with pytest.raises(InputError, match="has gaps"):
        link(scene.terrain.where(scene.terrain > 99.0), **ENDS)
    with pytest.raises(InputError, match=r"has shape \(3, 3\): give it on the terrain's"):
        link(scene, **ENDS, clutter_m=xr.DataArray(np.zeros((3, 3))))


def test_both_places_off_the_terrain_are_named(scene):
    with pytest.raises(InputError) as caught:
        link(scene, (21.3, 105.5), (107.0, 21.3), tx_height_m=35, frequency_mhz=900)
    assert [p.split(",")[0] for p in caught.value.problems] == ["tx", "rx"]
    with pytest.raises(InputError, match=r"tx is \(105.5,\): give \(longitude, latitude\)"):
        link(scene, (105.5,), RX, tx_height_m=35, frequency_mhz=900)


# The models.


def test_every_model_has_a_loss_and_every_term_a_meaning(every):
    assert every.models["model"].tolist() == list(MODELS)
    assert every.models["loss_db"].notna().all()
    assert (every.terms["meaning"].str.len() > 0).all()
    assert (every.terms["unit"].str.len() > 0).all()
    values = every.terms.set_index(["model", "term"])["value"]
    losses = every.models.set_index("model")["loss_db"]
    for name, term in (("p1812", "Lb"), ("itm", "A"), ("ehata", "plb__db"), ("spm", "L")):
        assert values[name, term] == losses[name]


def test_a_models_level_differs_by_its_loss(every):
    table = every.models
    total = table["loss_db"] + table["level_dbm"]
    assert total.to_numpy() == pytest.approx(every.value("reference_eirp"))
    assert table["over_free_space_db"].iloc[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_model_that_does_not_hold_is_listed_with_the_reason(scene):
    of = link(scene, **ENDS | {"frequency_mhz": 26_000.0}, model="all", power_dbm=40.0)
    rows = of.models.set_index("model")
    assert "P.1812-8 holds from 0.03 to 6" in rows.loc["p1812", "reason"]
    assert "20" in rows.loc["itm", "reason"]
    assert rows.loc[["p1812", "itm", "ehata", "hata", "spm"], "loss_db"].isna().all()
    assert rows.loc[["tr38901_uma", "free_space"], "reason"].eq("").all()
    assert math.isnan(of.level_dbm)
    assert (of.state, of.limiting_side) == ("", "")
    assert json.loads(of.to_json())["level_dbm"] is None
    assert "not known" in repr(of)


def test_what_a_model_warns_of_is_noted_and_not_shouted(scene):
    of = link(scene, **ENDS | {"rx": (LONGITUDE + 0.001, LATITUDE)}, model=["spm", "hata"])
    notes = of.models.set_index("model")["notes"]
    assert "km is outside the Standard Propagation Model's 1 to 20 km" in notes["spm"]
    assert "where 1 to 20 was measured" in notes["hata"]


def test_options_reach_a_models_own_door(scene, every):
    large = link(
        scene,
        **ENDS,
        model=["hata", "itm"],
        environment="urban",
        options={"hata": {"city": "large"}, "itm": {"climate": "desert"}},
    )
    small = link(scene, **ENDS, model=["hata", "itm"], environment="urban")
    changed = (large.models["loss_db"] - small.models["loss_db"]).abs()
    assert changed[0] == pytest.approx(3.0, abs=0.1)
    assert changed[1] > 0.0


def test_the_model_by_itself_is_p1812_up_to_6_ghz():
    assert chosen_models("auto", 1842.5, {}) == ["p1812"]
    assert chosen_models("auto", 26_000.0, {}) == ["tr38901_uma"]
    assert chosen_models(["auto", "p1812"], 900.0, {}) == ["p1812"]


def test_unknown_models_and_options_are_named_together(scene):
    with pytest.raises(InputError) as caught:
        link(scene, **ENDS, model=["p1812", "okumura"], options={"itm": {"climat": 1, "n0": 300}})
    assert len(caught.value.problems) == 2
    assert "'okumura' is no model: give some of 'p1812'" in caught.value.problems[0]
    assert "options['itm'] has 'climat': give climate" in caught.value.problems[1]
    with pytest.raises(InputError, match="no model is named"):
        link(scene, **ENDS, model=[])


def test_every_unusable_setting_is_named(scene):
    with pytest.raises(InputError) as caught:
        link(scene, **ENDS | {"tx_height_m": -3.0}, colour="red", time_percent=99)
    assert [p.split(" ")[0] for p in caught.value.problems] == [
        "tx_height_m",
        "time_percent",
        "colour",
    ]
    with pytest.raises(InputError, match="azimuth_deg is not given: a sector antenna needs it"):
        link(scene, **ENDS, horizontal_beamwidth_deg=65.0)
    with pytest.raises(InputError, match="technology is '6G': give one of 3G, 4G, 5G"):
        link(scene, **ENDS, technology="6G")
    with pytest.raises(InputError, match="17 MHz is no 4G bandwidth"):
        link(scene, **ENDS, power_dbm=46.0, bandwidth_mhz=17.0)


# The budgets.


def sums_up(table):
    """Whether every "=" row is the sum of its section's rows so far, to the last bit."""
    for _, rows in table.groupby("section", sort=False):
        total = 0.0
        for _, row in rows.iterrows():
            total += {"+": 1.0, "-": -1.0}.get(row["effect"], 0.0) * row["value"]
            if row["effect"] == "=" and row["value"] != total:
                return False
    return True


def test_the_table_adds_up_to_the_level_exactly(every):
    assert sums_up(every.table)
    assert (every.table["effect"] == "=").sum() == 6
    wrong = every.table.assign(value=every.table["value"] + 0.01 * (every.table["effect"] == "="))
    assert not sums_up(wrong)


def test_the_level_is_the_hand_made_budget(scene):
    of = link(scene, **ENDS, **CELL, entry_loss_db=10.0, body_loss_db=3.0, handset_gain_dbi=-1.0)
    elevation = math.degrees(math.atan2(-33.5, 1000.0 * of.path.length_km))
    gain = sector_gain_dbi(
        of.value("bearing", "path") - 40.0,
        elevation,
        gain_dbi=17.5,
        vertical_beamwidth_deg=7.0,
        electrical_tilt_deg=4.0,
    )
    by_hand = 46.0 - 10.0 * math.log10(1200) - 1.5 + float(gain) - of.loss_db - 10.0 - 3.0 - 1.0
    assert of.level_dbm == pytest.approx(by_hand, abs=0.02)
    assert of.margin_db == pytest.approx(of.level_dbm - 1.2815515655 * 8.0 + 115.0)


def test_the_uplink_is_the_hand_made_budget(scene):
    of = link(scene, **ENDS, power_dbm=46.0, antenna_gain_dbi=17.0, feeder_loss_db=2.0)
    needed = 10.0 * math.log10(1.380649e-23 * 290.0 * 360e3 * 1000.0) + 5.0 - 3.0
    received = 23.0 - of.loss_db + 17.0 - 2.0
    assert of.value("sensitivity", "uplink_sensitivity") == pytest.approx(needed)
    assert of.value("level", "uplink") == pytest.approx(received)
    assert of.uplink_margin_db == pytest.approx(received - 1.2815515655 * 8.0 - needed)
    given = link(
        scene,
        **ENDS,
        power_dbm=46.0,
        antenna_gain_dbi=17.0,
        feeder_loss_db=2.0,
        uplink_bandwidth_mhz=3.6,
        uplink_sinr_db=2.0,
        base_noise_figure_db=7.0,
        uplink_interference_db=1.0,
    )
    assert of.uplink_margin_db - given.uplink_margin_db == pytest.approx(10.0 + 5.0 + 2.0 + 1.0)


@pytest.mark.parametrize(
    ("technology", "frequency_mhz", "power_dbm"),
    [("3G", 2140, 24), ("4G", 1842.5, 23), ("5G", 763, 23), ("5G", 2550, 26)],
)
def test_the_handset_is_of_its_power_class(scene, technology, frequency_mhz, power_dbm):
    at = ENDS | {"frequency_mhz": frequency_mhz}
    of = link(scene, **at, technology=technology, power_dbm=46.0)
    assert of.value("handset_power", "uplink") == power_dbm
    given = link(scene, **at, technology=technology, power_dbm=46.0, handset_power_dbm=20.0)
    assert of.uplink_margin_db - given.uplink_margin_db == pytest.approx(power_dbm - 20)


def test_a_frequency_of_no_band_still_has_an_uplink(scene):
    of = link(scene, **ENDS | {"frequency_mhz": 5000.0}, power_dbm=46.0)
    assert of.value("handset_power", "uplink") == 23.0
    rows = of.table.query("section == 'uplink' and term == 'handset_power'")
    assert "no band known here" in rows["meaning"].item()


def test_the_side_with_less_margin_limits(scene):
    strong = link(scene, **ENDS, power_dbm=60.0)
    weak = link(scene, **ENDS, power_dbm=20.0)
    assert (strong.limiting_side, weak.limiting_side) == ("uplink", "downlink")
    assert strong.value("margin", "limit") == strong.uplink_margin_db
    assert weak.value("margin", "limit") == weak.margin_db


def test_the_state_is_the_highest_tier_met(scene):
    for power_dbm in range(-40, 61, 5):
        of = link(scene, **ENDS, power_dbm=float(power_dbm), clutter_m=0.0, model="free_space")
        reached = of.level_dbm - 1.2815515655 * 8.0
        levels = {"weak": -121.0, "basic": -115.0, "good": -105.0}
        met = [tier for tier, threshold in levels.items() if reached >= threshold]
        assert of.state == (met[-1] if met else "none")


def test_without_a_power_there_are_losses_and_no_budgets(scene):
    of = link(scene, **ENDS)
    assert set(of.table["section"]) == {"path"}
    assert math.isnan(of.level_dbm)
    assert of.loss_db > 100.0


def test_a_gain_without_beamwidths_is_the_same_everywhere(scene):
    of = link(scene, **ENDS, power_dbm=46.0, antenna_gain_dbi=12.0, mechanical_tilt_deg=8.0)
    assert of.value("antenna_attenuation") == 0.0


# What is seen of it.


def test_the_same_link_gives_the_same_bytes(ridge_scene, every, tmp_path):
    again = link(ridge_scene, **ENDS, **CELL, model="all")
    assert again.to_json() == every.to_json()
    for name in ("a.png", "a.svg"):
        first, second = tmp_path / name, tmp_path / f"again-{name}"
        every.plot(first)
        again.plot(second)
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size > 10_000


def test_json_holds_everything(every):
    told = json.loads(every.to_json())
    assert told["level_dbm"] == every.level_dbm
    assert told["tx"]["longitude"] == LONGITUDE
    assert len(told["profile"]["distance_km"]) == len(every.profile)
    assert {row["model"] for row in told["models"]} == set(MODELS)
    assert told["settings"]["azimuth_deg"] == 40.0
    assert told["limiting_side"] == every.limiting_side


def test_names_from_files_are_text_in_html_and_in_the_picture(scene, tmp_path):
    cell = cell_table({"cell_id": "<script>alert(1)</script> $\\frac{$"}).iloc[0]
    of = explain_cell(scene, cell, 10, 30)
    assert "<script>" not in of._repr_html_()
    assert "&lt;script&gt;" in of._repr_html_()
    of.plot(tmp_path / "a.svg")
    assert b"<script>" not in (tmp_path / "a.svg").read_bytes()


def test_the_picture_shows_what_is_there(every, scene):
    _, ax = plt.subplots()
    every.plot(ax=ax)
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"terrain", "clutter", "ray", "first Fresnel zone", "horizon"} <= set(shown)
    clear = link(scene, **ENDS, clutter_m=0.0).plot()
    shown = [text.get_text() for text in clear.get_legend().get_texts()]
    assert not {"clutter", "horizon"} & set(shown)
    plt.close("all")
    with pytest.raises(InputError, match=r"'link.gif' ends in none of .png, .svg, .pdf"):
        every.plot("link.gif")
    with pytest.raises(InputError, match="path and ax are both given"):
        every.plot("link.png", ax=ax)


def test_the_line_about_a_link_says_what_matters(every):
    assert isinstance(every, Link)
    assert "km at 1842.5 MHz, out of sight over terrain; p1812: " in repr(every)
    assert f"level {every.level_dbm:.1f} dBm ({every.state})" in repr(every)


# The command.


@pytest.fixture(scope="module")
def dem(tmp_path_factory):
    """A raster in degrees, 3 arc-seconds: a plain at 20 m with a ridge of 120 m."""
    path = tmp_path_factory.mktemp("dem") / "dem.tif"
    heights = np.full((200, 200), 20, np.int16)
    heights[:, 98:102] = 120
    options = {"count": 1, "dtype": "int16", "crs": "EPSG:4326"}
    transform = from_origin(105.4, 21.4, 1 / 1200, 1 / 1200)
    with rasterio.open(
        path, "w", driver="GTiff", height=200, width=200, transform=transform, **options
    ) as file:
        file.write(heights, 1)
    return path


COMMAND = {"tx_height_m": 35.0, "frequency_mhz": 1842.5}


def test_the_command_tells_draws_and_gives_json(dem, tmp_path):
    text = link_command(dem, "105.45,21.3", "105.52,21.32", **COMMAND, plot=tmp_path / "a.png")
    assert text.splitlines()[0].startswith("7.5")
    assert "terrain_clearance" in text
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads(
        link_command(
            dem,
            "105.45,21.3",
            "105.52,21.32",
            **COMMAND,
            model="p1812,free_space",
            as_json=True,
            power_dbm=46.0,
        )
    )
    assert not told["line_of_sight"]
    assert [row["model"] for row in told["models"]] == ["p1812", "free_space"]
    assert any("noise of 2 m removed" in row["reason"] for row in told["findings"])


def test_the_command_takes_an_antenna_by_its_panel_or_its_file(dem, tmp_path):
    ends = (dem, "105.45,21.3", "105.52,21.32")
    asked = COMMAND | {"power_dbm": 46.0, "azimuth_deg": 73.0, "as_json": True}
    file = tmp_path / "own.msi"
    rows = "\n".join(f"{i}.0 {min(i, 360 - i) / 6:.1f}" for i in range(360))
    head = "NAME own\nFREQUENCY 1850\nGAIN 15.0 dBi\n"
    file.write_text(f"{head}HORIZONTAL 360\n{rows}\nVERTICAL 360\n{rows}\n")
    for name, gain in ((str(file), 15.0), ("panel 6x2 ssb 4", 18.5)):
        told = json.loads(link_command(*ends, **asked, antenna=name))
        found = [row["value"] for row in told["table"] if row["term"] == "antenna_gain"]
        assert found[0] == pytest.approx(gain, abs=0.05)
    with pytest.raises(InputError, match="is no panel"):
        link_command(*ends, **asked, antenna="none.msi")


def test_a_link_that_no_model_holds_for_is_an_error(dem):
    with pytest.raises(InputError, match=r"P\.1812-8 holds from 0\.03 to 6"):
        link_command(dem, "105.45,21.3", "105.52,21.32", tx_height_m=35.0, frequency_mhz=1.8)


def test_decimal_commas_and_degrees_with_minutes_are_read(dem):
    one = link_command(dem, "105.45,21.3", "105.52,21.32", **COMMAND)
    assert link_command(dem, "105,45;21,3", "105,52;21,32", **COMMAND) == one
    assert link_command(dem, "105°27'00\"E,21°18'00\"N", "105.52,21.32", **COMMAND) == one


def test_the_ground_read_is_the_rasters(dem):
    ground = terrain_around(dem, (105.45, 21.3), (105.52, 21.32), terrain_noise_m=None)
    assert float(ground.min()) == 20.0
    assert float(ground.max()) == pytest.approx(120.0, abs=0.5)
    assert ground.odc.geobox.resolution.x == 30.0


def test_the_commands_points_and_files_are_checked(dem, tmp_path):
    with pytest.raises(InputError) as caught:
        link_command(dem, "105.45", "here,there", **COMMAND)
    assert [p.split(" ")[0] for p in caught.value.problems] == ["--from", "--to"]
    with pytest.raises(InputError, match=r"does not reach longitude 21.3, latitude 105.45 \(long"):
        link_command(dem, "21.3,105.45", "105.52,21.32", **COMMAND)
    with pytest.raises(InputError, match="there is no file"):
        link_command(tmp_path / "none.tif", "105.45,21.3", "105.52,21.32", **COMMAND)
