"""Service quality in worlds that can be computed by hand, and what must always hold."""

import json
from itertools import pairwise

import numba
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from naive import carrier_powers
from quality_case import EAST, cell, coverage_of, network, only, path_loss_db, quality_of

import phusong as ps
from phusong.errors import InputError, MemoryLimitError
from phusong.kernels.codes import NOT_COMPUTED
from phusong.kernels.interference import add_cell
from phusong.prediction import windows
from phusong.radio.antennas.pattern import NO_TABLE

TWO_4G = cell("4G"), cell("4G", longitude=EAST)
STEP_DB = 0.02  # a window's hundredths, and the pixel's place


def db(ratio):
    return 10 * np.log10(ratio)


def mw(dbm):
    return 10 ** (dbm / 10)


def powers(coverage, frequency_mhz, eirp_dbm):
    """Power of the two masts' signals at every pixel, the stronger first, in mW."""
    both = [
        mw(eirp_dbm - path_loss_db(coverage, longitude, frequency_mhz))
        for longitude in coverage.network.cells["longitude"]
    ]
    return np.maximum(*both), np.minimum(*both)


def agree(found_db, expected_db, own):
    """Whether both are the same but next to a mast, where a hundredth of a degree counts."""
    away = own < np.quantile(own, 0.98)
    return abs(found_db - expected_db)[away].max() < STEP_DB


def test_4g_of_two_cells_is_what_the_hand_computes():
    coverage = coverage_of(*TWO_4G)
    quality = coverage.quality(load=0.4, progress=False)
    own, other = powers(coverage, 1842.5, 46.0 - db(1200) + 17.5 - 1.5)
    noise = mw(-174.0 + db(15e3) + 7.0)
    sinr = own / (0.4 * other + noise)
    assert agree(only(quality, "sinr_db"), db(sinr), own)
    # In a symbol with reference signals two elements of twelve are always sent.
    rssi = 2 * (own + other) + 10 * 0.4 * (own + other) + 12 * noise
    assert agree(only(quality, "rsrq_db"), db(own / rssi), own)
    assert np.isnan(only(quality, "ecio_db")).all()


def test_3g_of_two_cells_is_what_the_hand_computes():
    coverage = coverage_of(cell("3G"), cell("3G", longitude=EAST))
    quality = coverage.quality(load=0.5, progress=False)
    own, other = powers(coverage, 2140.0, 43.0 - 10.0 + 17.5 - 1.5)  # the pilot is a tenth
    noise = mw(-174.0 + db(3.84e6) + 7.0)
    all_received = 5 * own + 5 * other + noise
    assert agree(only(quality, "ecio_db"), db(own / all_received), own)
    assert agree(only(quality, "sinr_db"), db(10 * own / (5 * other + noise)), own)
    assert np.isnan(only(quality, "rsrq_db")).all()


def test_an_unloaded_3g_cell_still_sends_its_pilot():
    ecio = only(quality_of(cell("3G"), load=0.0), "ecio_db")
    assert -0.05 < ecio.max() <= 0.0


def test_rsrq_of_a_cell_alone_is_that_of_the_textbook():
    """From -3 dB without any load to -10.8 dB with all elements sent, one antenna port."""
    for load, rsrq_db in ((0.0, db(1 / 2)), (1.0, db(1 / 12))):
        near = np.nanmax(only(quality_of(cell("4G"), load=load), "rsrq_db"))
        assert near == pytest.approx(rsrq_db, abs=0.01)


def test_5g_rsrq_counts_four_ss_blocks_of_5_ms():
    coverage = coverage_of(cell("5G"), cell("5G", longitude=EAST))
    quality = coverage.quality(load=0.25, progress=False)
    own, other = powers(coverage, 2550.0, 53.0 - db(12 * 273) + 17.5 - 1.5)
    noise = mw(-174.0 + db(30e3) + 7.0)
    always = 4 * 830 / (140 * 240)
    rssi = 12 * ((always + (1 - always) * 0.25) * (own + other) + noise)
    assert agree(only(quality, "rsrq_db"), db(own / rssi), own)


def test_downlink_throughput_is_the_transport_blocks_of_the_scheme():
    """3.1 dB is 1.02 on each of two layers: 0.608 bit by the bound, so MCS 6 and 10,296 bits."""
    coverage = coverage_of(*TWO_4G)
    quality = coverage.quality(load=0.5, progress=False)
    sinr, down = only(quality, "sinr_db"), only(quality, "throughput_down_mbps")
    near = abs(sinr - 3.1) < 0.04
    assert near.any()
    assert down[near] == pytest.approx(2 * 10.296)


def test_uplink_throughput_is_limited_by_the_handset():
    """23 dBm less the loss, against the noise of as many blocks as carry most."""
    coverage = coverage_of(cell("4G"))
    walls_db = 60.0
    weak = ps.Network(
        coverage.network.cells.assign(antenna_gain_dbi=17.5 - walls_db),
        coverage.network.findings,
    )
    made = ps.predict(weak, coverage.scene, model="free_space", progress=False)
    up = only(made.quality(progress=False), "throughput_up_mbps")
    loss_db = path_loss_db(coverage, coverage.network.cells["longitude"][0], 1842.5)
    received = 23.0 - loss_db - 1.5 + 17.5 - walls_db
    snr = mw(received - (-174.0 + db(180e3) + 5.0))
    # The lowest scheme is meant for 0.1523 bit an element: 78 of 1024 at QPSK.
    least = 2 ** (2 * 78 / 1024 / 0.4) - 1
    served = snr >= least
    unsure = abs(db(snr / least)) < STEP_DB
    assert 0.05 < served.mean() < 0.95
    assert np.array_equal((up > 0)[~unsure], served[~unsure])
    # With twice the SNR that one block needs two blocks carry 32 bits, one 24 (MCS 1).
    two = (snr > 2.1 * least) & (snr < 2.2 * least)
    assert two.any()
    assert up[two] == pytest.approx(0.032)


def test_a_stronger_handset_reaches_farther_up_and_hears_no_better():
    n41 = cell("5G", antenna_gain_dbi=-40.0)
    coverage = coverage_of(n41)
    class_2, class_3 = (
        coverage.quality(power_class={"5G": name}, progress=False) for name in ("2", "3")
    )
    up_2, up_3 = (only(q, "throughput_up_mbps") for q in (class_2, class_3))
    assert (up_2 >= up_3).all()
    assert (up_2 > 0).sum() > (up_3 > 0).sum()
    assert np.array_equal(only(class_2, "sinr_db"), only(class_3, "sinr_db"))


def test_only_the_same_carrier_disturbs():
    one = quality_of(cell("4G"))
    others = (
        cell("4G", longitude=EAST, frequency_mhz=1862.5, antenna_gain_dbi=0.0),
        cell("4G", longitude=EAST, operator="Beta"),
    )
    three = quality_of(cell("4G"), *others)
    among = three["sinr_db"].sel(operator="Alpha")[0].to_numpy()
    # West of both masts the first one's carrier is the stronger.
    assert np.array_equal(only(one, "sinr_db")[:, :30], among[:, :30])


def test_the_server_of_the_strongest_carrier_is_that_of_the_coverage():
    scene, stations = ps.sample(resolution_m=500)
    coverage = ps.predict(stations, scene, progress=False)
    quality = coverage.quality(load=0.0, progress=False)
    computed = coverage["level_dbm"].notnull().to_numpy()
    assert np.array_equal(computed, quality["sinr_db"].notnull())
    assert np.array_equal(computed, quality["servers_above"] >= 0)
    margin_db = coverage.profile.margin_db(coverage.shadowing_sigma_db)
    for name in coverage.technologies:
        least_dbm = coverage.profile.thresholds(name)["basic"] + margin_db
        served = coverage["level_dbm"].sel(technology=name) >= least_dbm
        assert np.array_equal(served, quality["servers_above"].sel(technology=name) > 0)


@given(loads=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=4))
def test_raising_load_never_raises_sinr(loads):
    coverage = _three_cells()
    results = [coverage.quality(load=load, progress=False) for load in sorted(loads)]
    for lower, higher in pairwise(results):
        for name in ("sinr_db", "rsrq_db", "throughput_down_mbps"):
            assert (only(higher, name) <= only(lower, name)).all(), name


def _three_cells(made=[]):  # noqa: B006 - one for all examples
    if not made:
        made.append(coverage_of(*TWO_4G, cell("4G", latitude=21.31, power_dbm=40.0)))
    return made[0]


def test_another_station_never_lowers_the_servers_above():
    weak = {"antenna_gain_dbi": -14.0}
    one = quality_of(cell("4G", **weak))
    two = quality_of(cell("4G", **weak), cell("4G", longitude=EAST, **weak))
    fewer, more = only(one, "servers_above"), only(two, "servers_above")
    assert (more >= fewer).all()
    assert (more > fewer).any()


@pytest.mark.parametrize("change", ["threshold", "probability"])
def test_a_stricter_profile_never_serves_more(change):
    coverage = coverage_of(*(each | {"antenna_gain_dbi": -14.0} for each in TWO_4G))
    usual = coverage.profile
    values = json.loads(usual.to_json())
    if change == "threshold":
        for levels in values["thresholds_dbm"].values():
            levels["basic"] += 4.0
    else:
        values["probability"] = 0.95
    strict = ps.ServiceProfile.from_json(json.dumps(values | {"name": "strict"}))
    before, after = (
        coverage.quality(service=profile, progress=False) for profile in (usual, strict)
    )
    assert (only(after, "servers_above") <= only(before, "servers_above")).all()
    assert (only(after, "servers_above") < only(before, "servers_above")).any()
    assert after["sinr_db"].attrs["profile_name"] == "strict"
    assert np.array_equal(only(after, "sinr_db"), only(before, "sinr_db"))


def test_thread_counts_give_the_same_bits():
    coverage, usual = _three_cells(), numba.get_num_threads()
    made = []
    try:
        for threads in (1, usual):
            numba.set_num_threads(threads)
            made.append(coverage.quality(progress=False).data)
    finally:
        numba.set_num_threads(usual)
    xr.testing.assert_identical(*made)


@given(seed=st.integers(0, 10_000))
def test_the_kernel_adds_what_its_plain_twin_adds(seed):
    rng = np.random.default_rng(seed)
    levels = rng.choice([-90.0, -100.25, -101.0, -117.5, np.nan], (4, 3, 20)).astype(np.float32)
    weights = rng.uniform(0.0, 1.0, 4)
    size = levels.shape[1:]
    level, server = np.full(size, np.nan, np.float32), np.full(size, -1, np.int32)
    loaded, others = np.zeros(size, np.float32), np.zeros(size, np.float32)
    above, flat = np.zeros(size, np.int16), np.zeros(size, np.int16)
    sector = (20.0, 0.0, 0.0, 0.0, 360.0, 65.0, NO_TABLE)
    for i in rng.permutation(4):
        loss = np.where(np.isnan(levels[i]), NOT_COMPUTED, np.rint((20.0 - levels[i]) * 100))
        planes = level, server, loaded, others, above
        add_cell(
            *planes, 0, 0, loss.astype(np.uint16), flat, 1.0, 9.0, int(i), *sector, weights, -101.0
        )
    expected = carrier_powers(levels.astype(np.float64), weights)
    assert np.array_equal(server, expected[0])
    assert loaded == pytest.approx(expected[1], rel=1e-5)
    assert others == pytest.approx(expected[2], rel=1e-5)
    assert np.array_equal(above, (levels >= -101.0).sum(axis=0))


def test_a_store_is_read_and_changes_no_bit(tmp_path, monkeypatch):
    stations = network(*TWO_4G)
    coverage = ps.predict(
        stations, coverage_of(*TWO_4G).scene, store=tmp_path, model="free_space", progress=False
    )
    without = coverage.quality(progress=False)

    def never(self, mast):
        raise AssertionError("the window is in the store")

    monkeypatch.setattr(windows.WindowMaker, "compute", never)
    xr.testing.assert_identical(coverage.quality(store=tmp_path, progress=False).data, without.data)


def test_every_layer_says_what_it_is(tmp_path):
    quality = quality_of(*TWO_4G, load=0.3, place="vehicle")
    assert len(quality.data) == 8
    for name, layer in quality.data.items():
        assert layer.dims == ("operator", "technology", "y", "x"), name
        assert set(layer.attrs) == {
            "units",
            "long_name",
            "grid_mapping",
            "profile_name",
            "probability",
            "load",
            "place",
        }
        assert layer.odc.crs.epsg == 32648
    assert quality["sinr_db"].attrs["load"] == "0.3"
    assert quality["sinr_db"].attrs["probability"] == "0.9"
    assert "TR 38.901" in quality.data.attrs["place_source"]
    assert "load 0.3, vehicle, profile vn_default" in repr(quality)
    assert list(quality.loads.columns) == ["operator", "cell_id", "load"]
    quality.data.to_netcdf(tmp_path / "quality.nc", engine="h5netcdf")
    again = xr.load_dataset(tmp_path / "quality.nc", engine="h5netcdf")
    assert again.attrs["profile"] == quality.data.attrs["profile"]


def test_walls_are_taken_off_the_level_both_ways():
    coverage = coverage_of(cell("4G", antenna_gain_dbi=-10.0))
    outside, inside = (
        coverage.quality(place=place, progress=False) for place in ("outdoor", "vehicle")
    )
    # One cell alone stands against noise, which no wall keeps out.
    change = only(outside, "sinr_db") - only(inside, "sinr_db")
    assert change == pytest.approx(9.0, abs=1e-4)
    assert (only(inside, "throughput_up_mbps") <= only(outside, "throughput_up_mbps")).all()
    weaker = coverage_of(cell("4G", antenna_gain_dbi=-19.0)).quality(progress=False)
    for name in weaker.data:
        assert only(inside, name) == pytest.approx(only(weaker, name), nan_ok=True, abs=1e-4)


def test_loads_are_given_by_column_or_by_cell():
    coverage = coverage_of(*TWO_4G)
    coverage.network.cells["busy"] = [0.2, 0.7]
    by_column = coverage.quality(load="busy", progress=False)
    by_cell = coverage.quality(load={("Alpha", "C0"): 0.2, ("Alpha", "C1"): 0.7}, progress=False)
    assert np.array_equal(only(by_column, "sinr_db"), only(by_cell, "sinr_db"))
    west = only(by_column, "sinr_db")[:, 0]
    assert np.array_equal(west, only(coverage.quality(load=0.7, progress=False), "sinr_db")[:, 0])
    assert "column busy" in by_column.data.attrs["load"]
    assert by_cell.loads["load"].tolist() == [0.2, 0.7]


def test_the_load_is_the_profiles_where_it_has_one():
    coverage = coverage_of(*TWO_4G)
    values = json.loads(coverage.profile.to_json())
    busy = ps.ServiceProfile.from_json(json.dumps(values | {"load": 0.8}))
    usual, of_profile = (
        coverage.quality(service=profile, progress=False) for profile in (None, busy)
    )
    assert (usual.data.attrs["load"], of_profile.data.attrs["load"]) == ("0.5", "0.8")
    given = coverage.quality(load=0.8, progress=False)
    assert np.array_equal(only(of_profile, "sinr_db"), only(given, "sinr_db"))


def test_loads_that_cannot_be_used_are_named_with_their_cells():
    coverage = coverage_of(*TWO_4G)
    with pytest.raises(InputError, match=r"'C0' of Alpha has 1.5.*\n.*'C1'"):
        coverage.quality(load=1.5, progress=False)
    with pytest.raises(InputError, match="'C1' of Alpha has nan"):
        coverage.quality(load={("Alpha", "C0"): 0.2}, progress=False)
    with pytest.raises(InputError, match="no column 'busy'"):
        coverage.quality(load="busy", progress=False)


def test_settings_that_cannot_be_used_are_all_named():
    coverage = coverage_of(cell("4G"))
    with pytest.raises(InputError) as caught:
        coverage.quality(place="boat", layers={"6G": 2}, nsa=["Beta"], progress=False)
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match="walls"):
        coverage.quality(walls=3, progress=False)


def test_carriers_without_figures_are_all_named():
    coverage = coverage_of(cell("4G", frequency_mhz=450.0), cell("4G", frequency_mhz=1500.0))
    with pytest.raises(InputError) as caught:
        coverage.quality(progress=False)
    assert [p.split(",")[0] for p in caught.value.problems] == ["4G at 450 MHz", "4G at 1500 MHz"]


def test_aggregation_adds_the_stated_part_of_the_other_carrier():
    coverage = coverage_of(cell("4G"), cell("4G", frequency_mhz=2630.0, power_dbm=43.0))
    alone, half, whole = (
        only(coverage.quality(aggregation_efficiency=e, progress=False), "throughput_down_mbps")
        for e in (0.0, 0.5, 1.0)
    )
    other = quality_of(cell("4G", frequency_mhz=2630.0, power_dbm=43.0))
    assert whole == pytest.approx(alone + only(other, "throughput_down_mbps"))
    assert half == pytest.approx((alone + whole) / 2)


def test_5g_counts_only_where_its_anchor_is_served():
    anchor = cell("4G", antenna_gain_dbi=-14.0)
    coverage = coverage_of(anchor, cell("5G"))
    standalone, nsa = (coverage.quality(nsa=who, progress=False) for who in ((), ("Alpha",)))
    served = nsa["servers_above"].sel(technology="4G")[0].to_numpy() > 0
    assert 0.1 < served.mean() < 0.9
    for name in ("throughput_down_mbps", "throughput_up_mbps", "servers_above"):
        before, after = (q[name].sel(technology="5G")[0].to_numpy() for q in (standalone, nsa))
        assert np.array_equal(after, np.where(served, before, 0)), name
    assert nsa["sinr_db"].equals(standalone["sinr_db"])


def test_a_tdd_carrier_is_shared_between_both_ways():
    coverage = coverage_of(cell("5G"))
    usual, half = (
        coverage.quality(tdd_downlink_share=share, progress=False) for share in (0.8, 0.4)
    )
    down, less = (only(q, "throughput_down_mbps") for q in (usual, half))
    assert down == pytest.approx(2 * less)


def test_nothing_is_computed_beyond_range():
    near = coverage_of(cell("4G"), range_km={"4G": 1.0}).quality(progress=False)
    beyond = np.isnan(only(near, "sinr_db"))
    assert 0.5 < beyond.mean() < 1.0
    assert (only(near, "servers_above")[beyond] == -1).all()
    for name in ("rsrq_db", "throughput_down_mbps", "throughput_up_mbps"):
        assert np.array_equal(np.isnan(only(near, name)), beyond)


def test_too_little_memory_is_said_before_any_is_taken(monkeypatch):
    coverage = coverage_of(cell("4G"))

    class Full:
        available = 1000

    monkeypatch.setattr("psutil.virtual_memory", lambda: Full)
    with pytest.raises(MemoryLimitError, match="quality on 1 carriers and 61 x 61 pixels"):
        coverage.quality(progress=False)
