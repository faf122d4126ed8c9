"""Service quality in the gaps: profiles of any metric, places, anchors, causes, kept layers."""

import json
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from flat_world import LONGITUDE
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_case import EAST, cell, coverage_of

import phusong as ps
from phusong.errors import InputError
from phusong.gaps import STATES
from phusong.gaps.causes import CAUSES
from phusong.gaps.state import is_served
from phusong.gaps.yardstick import Yardstick
from phusong.prediction.quality import Quality
from phusong.radio.places import entry_loss_db
from phusong.report.words import word

WEAK, WEAKER = {"antenna_gain_dbi": -14.0}, {"antenna_gain_dbi": -30.0}
USUAL = ps.ServiceProfile.named("vn_default")


def profile(name="mine", technology="4G", *, levels=None, **changes):
    """A profile of one technology, basic service by the quality that is given."""
    text = json.loads(USUAL.to_json())
    text |= {"name": name, "thresholds_dbm": {technology: levels or {"weak": -121}}}
    quality = changes.pop("quality", None)
    text["quality"] = {technology: quality} if quality else {}
    return ps.ServiceProfile.from_json(json.dumps(text | changes))


def asking(**least):
    """A profile by whose basic tier 4G must have such values, at a half load."""
    return profile(quality={name: {"basic": value} for name, value in least.items()}, load=0.5)


@pytest.fixture(scope="module")
def two():
    return coverage_of(cell("4G", **WEAKER), cell("4G", longitude=EAST, **WEAKER))


def gaps_of(coverage, service, **settings):
    quality = coverage.quality(service=service, progress=False, **settings)
    return ps.find_gaps(coverage, service, quality=quality, causes=False)


def served(gaps, technology="4G", operator="Alpha"):
    return is_served(gaps.state.sel(technology=technology, operator=operator).to_numpy())


@pytest.mark.parametrize(
    ("metric", "least"),
    [
        ("sinr_db", 2.0),
        ("rsrq_db", -11.7),
        ("throughput_down_mbps", 20.0),
        ("throughput_up_mbps", 0.5),
    ],
)
def test_served_is_where_the_layer_reaches_the_threshold_at_even_odds(two, metric, least):
    service = profile(quality={metric: {"basic": least}}, probability=0.5)
    quality = two.quality(service=service, progress=False)
    found = ps.find_gaps(two, service, quality=quality, causes=False)
    layer = quality[metric].to_numpy()[0, 0]
    unsure = abs(layer - least) < 1e-3
    expected = layer >= least
    assert 0.02 < expected.mean() < 0.98
    assert np.array_equal(served(found)[~unsure], expected[~unsure])


def test_ecio_is_judged_as_it_is_measured():
    coverage = coverage_of(cell("3G"), cell("3G", longitude=EAST))
    service = profile(technology="3G", quality={"ecio_db": {"basic": -9.0}}, probability=0.5)
    service = ps.ServiceProfile.from_json(
        service.to_json().replace('"weak": -121.0', '"weak": -105.0')
    )
    found = gaps_of(coverage, service)
    layer = coverage.quality(progress=False)["ecio_db"].to_numpy()[0, 0]
    assert 0.1 < (layer >= -9.0).mean() < 0.9
    assert np.array_equal(served(found, "3G"), layer >= -9.0)


@pytest.mark.parametrize(
    ("metric", "least"), [("sinr_db", 14.0), ("rsrq_db", -9.0), ("throughput_down_mbps", 50.0)]
)
def test_the_margin_is_that_of_a_server_so_much_weaker(metric, least):
    """With the profile's probability: as if the server alone lost the margin, at even odds."""
    sure, even = (
        profile(quality={metric: {"basic": least}}, probability=p, load=0.5) for p in (0.9, 0.5)
    )
    found, expected, of_first = [], [], []
    for service, gain_dbi, into in (
        (sure, 6.0, found),
        (even, 6.0 - sure.margin_db(8.0), expected),
    ):
        first = cell("4G", antenna_gain_dbi=gain_dbi)
        coverage = coverage_of(first, cell("4G", longitude=EAST, **WEAK))
        into.append(served(gaps_of(coverage, service)))
        of_first.append(coverage["server"].to_numpy()[0, 0] == 0)
    both = of_first[0] & of_first[1]  # there the second one's power is the same
    assert both.sum() > 3000
    assert 0.05 < expected[0][both].mean() < 0.95
    assert (found[0] != expected[0])[both].mean() < 0.01  # levels are whole hundredths of a dB


def test_the_state_is_the_worst_of_what_is_asked(two):
    each = {"sinr_db": -6.0, "throughput_up_mbps": 0.03}
    alone = [served(gaps_of(two, asking(**{name: value}))) for name, value in each.items()]
    assert (alone[0] & ~alone[1]).any()
    assert (alone[1] & ~alone[0]).any()
    assert np.array_equal(served(gaps_of(two, asking(**each))), alone[0] & alone[1])


def test_a_tier_that_asks_for_nothing_is_never_reached(two):
    found = gaps_of(two, asking(sinr_db=-3.0))
    assert set(np.unique(found.state)) <= {STATES["none"], STATES["weak"], STATES["basic"]}


def test_chance_and_state_tell_the_same(two):
    found = gaps_of(two, asking(sinr_db=0.0, throughput_up_mbps=0.5))
    chance = found.chance.sel(operator="Alpha", technology="4G").to_numpy()
    assert np.array_equal(chance >= 0.5, served(found))


@settings(max_examples=15)
@given(st.lists(st.floats(-8.0, 20.0), min_size=2, max_size=4))
def test_a_stricter_profile_never_serves_more(least):
    coverage, quality = _kept()
    all_served = [
        served(ps.find_gaps(coverage, asking(sinr_db=value), quality=quality, causes=False))
        for value in sorted(least)
    ]
    for loose, strict in pairwise(all_served):
        assert not (strict & ~loose).any()


@settings(max_examples=15)
@given(st.floats(0.5, 0.98), st.floats(0.5, 0.98))
def test_a_greater_probability_never_serves_more(one, other):
    coverage, quality = _kept()
    asked = {"throughput_down_mbps": {"basic": 5.0, "good": 20.0}, "rsrq_db": {"basic": -16.0}}
    states = [
        ps.find_gaps(
            coverage, profile(quality=asked, probability=p), quality=quality, causes=False
        ).state.to_numpy()
        for p in sorted((one, other))
    ]
    assert (states[1] <= states[0]).all()


def _kept(made=[]):  # noqa: B006 - one for all examples
    if not made:
        coverage = coverage_of(cell("4G", **WEAKER), cell("4G", longitude=EAST, **WEAKER))
        made.append((coverage, coverage.quality(load=0.5, progress=False)))
    return made[0]


def test_a_greater_load_never_serves_more(two):
    service = profile(quality={"sinr_db": {"basic": 0.0}})
    low, high = (served(gaps_of(two, service, load=load)) for load in (0.1, 0.9))
    assert not (high & ~low).any()
    assert (low & ~high).any()


@settings(max_examples=15)
@given(st.floats(-0.03, 0.03), st.floats(-20.0, 17.0), st.sampled_from(["3G", "4G"]))
def test_another_station_never_lowers_a_level_or_a_served_count(east, gain_dbi, technology):
    one = cell(technology, **WEAK)
    more = cell(technology, longitude=LONGITUDE + east, antenna_gain_dbi=gain_dbi)
    before, after = coverage_of(one), coverage_of(one, more)
    assert (after["level_dbm"] >= before["level_dbm"]).all()
    few, many = (ps.find_gaps(c, causes=False) for c in (before, after))
    assert (many.state.to_numpy() >= few.state.to_numpy()).all()
    columns = ["served_area_pct", "served_people_pct"]  # low and high hang on the server's error
    assert (many.province[columns] >= few.province[columns] - 1e-9).all(axis=None)


# --- places -------------------------------------------------------------------------------------


def test_inside_a_vehicle_or_a_house_less_is_served(two):
    outside = ps.find_gaps(two, USUAL, causes=False)
    for place in ("vehicle", "indoor", "indoor_efficient"):
        inside = ps.find_gaps(two, ps.ServiceProfile.from_json(_at_place(place)), causes=False)
        loss_db = entry_loss_db(place, 1842.5)
        level = two["level_dbm"].to_numpy()[0, 0].astype(float) - loss_db
        expected = level >= -115.0 + USUAL.margin_db(8.0)
        assert np.array_equal(served(inside), expected)
        assert served(inside).sum() < served(outside).sum()
        assert inside.state.attrs["place"] == place
        assert place in repr(inside)


def _at_place(place):
    return json.dumps(json.loads(USUAL.to_json()) | {"place": place})


def test_a_quality_is_made_for_the_place_of_the_profile(two):
    service = profile(quality={"sinr_db": {"basic": 0.0}}, place="indoor", entry_percent=70)
    quality = two.quality(service=service, progress=False)
    assert (quality.settings.place, quality.settings.entry_percent) == ("indoor", 70)
    ps.find_gaps(two, service, quality=quality, causes=False)


# --- what fits together -------------------------------------------------------------------------


def test_a_quality_that_is_lacking_or_another_is_told(two):
    service = asking(sinr_db=0.0)
    with pytest.raises(InputError, match="asks for more than levels"):
        ps.find_gaps(two, service)
    other = coverage_of(cell("4G"))
    with pytest.raises(InputError, match="another station table"):
        ps.find_gaps(two, service, quality=other.quality(progress=False))
    wrong = two.quality(load=0.2, place="vehicle", progress=False)
    with pytest.raises(InputError) as caught:
        ps.find_gaps(two, service, quality=wrong)
    told = str(caught.value)
    assert "its place is 'vehicle'" in told
    assert "its load is 0.2" in told


def test_a_profile_of_levels_needs_no_quality_and_takes_none(two):
    bare = ps.find_gaps(two, causes=False)
    beside = ps.find_gaps(two, causes=False, quality=two.quality(place="indoor", progress=False))
    xr.testing.assert_identical(bare.state, beside.state)


def test_results_carry_name_probability_load_and_place(two):
    service = profile(quality={"sinr_db": {"basic": 0.0}})
    loads = {("Alpha", "C0"): 0.2, ("Alpha", "C1"): 0.6}
    found = gaps_of(two, service, load=loads)
    attrs = found.state.attrs
    assert (attrs["service_profile"], attrs["probability"]) == ("mine", 0.9)
    assert attrs["load"] == "per cell (given), 0.2 to 0.6, mean 0.4"
    assert "mine (probability 90%, load per cell (given), 0.2 to 0.6" in repr(found)


def test_a_kept_quality_is_the_one_that_was_made(two, tmp_path):
    service = asking(sinr_db=0.0, throughput_up_mbps=0.5)
    made = two.quality(service=service, progress=False)
    kept = Quality.open(made.save(tmp_path / "new" / "quality.nc"), two)
    xr.testing.assert_equal(kept.data, made.data)
    assert (kept.profile, kept.settings) == (made.profile, made.settings)
    assert kept.loads.equals(made.loads)
    states = [ps.find_gaps(two, service, quality=q, causes=False).state for q in (made, kept)]
    xr.testing.assert_identical(*states)
    with pytest.raises(InputError, match="another station table"):
        Quality.open(tmp_path / "new" / "quality.nc", coverage_of(cell("4G")))
    with pytest.raises(InputError, match="no such file"):
        Quality.open(tmp_path / "none.nc", two)
    with pytest.raises(InputError, match=r"lacks cell_load, ecio_db.*Quality\.save"):
        Quality.open(two.save(tmp_path / "coverage.nc"), two)


# --- non-standalone 5G --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def anchored():
    """4G of a small reach, 5G of a large one, and another operator's 5G alone."""
    return coverage_of(
        cell("4G", **WEAK), cell("5G"), cell("5G", longitude=EAST, operator="Beta", **WEAK)
    )


def test_5g_serves_only_where_its_anchor_does(anchored):
    alone = ps.find_gaps(anchored, causes=False)
    found = ps.find_gaps(anchored, nsa=["Alpha"], causes=False)
    anchor = served(found, "4G")
    assert 0.1 < anchor.mean() < 0.9
    assert np.array_equal(served(found, "5G"), served(alone, "5G") & anchor)
    either = served(found, "5G") | served(found, "5G", "Beta")
    assert np.array_equal(served(found, "5G", "any"), either)
    chance = found.chance.sel(technology="5G", operator="Alpha").to_numpy()
    assert (chance[~anchor] < 0.5).all()
    assert np.array_equal(served(found, "5G", "Beta"), served(alone, "5G", "Beta"))
    assert found.state.attrs["nsa"] == "Alpha"


def test_the_nsa_of_a_quality_reaches_the_gaps(anchored):
    service = ps.ServiceProfile.named("vn_quality")
    quality = anchored.quality(service=service, nsa=["Alpha"], progress=False)
    found = ps.find_gaps(anchored, service, quality=quality, causes=False)
    assert found.nsa == ("Alpha",)
    assert not (served(found, "5G") & ~served(found, "4G")).any()
    free = ps.find_gaps(anchored, service, quality=quality, nsa=(), causes=False)
    assert (served(free, "5G") & ~served(free, "4G")).any()


def test_without_its_anchor_5g_is_switched_off_too(anchored):
    found = ps.find_gaps(anchored, nsa=["Alpha"], causes=False)
    without_4g = ps.switch_off(found, technology="4G", progress=False)
    beta = served(found, "5G", "Beta")
    assert np.array_equal(without_4g.lost.to_numpy(), served(found, "4G") & ~beta)


def test_an_operator_that_cannot_anchor_is_named(anchored):
    with pytest.raises(InputError, match="'Gamma' is not in the coverage: Alpha, Beta"):
        ps.find_gaps(anchored, nsa=["Gamma"])
    only_5g = coverage_of(cell("5G"))
    with pytest.raises(InputError, match="no 4G that could anchor"):
        ps.find_gaps(only_5g, nsa=["Alpha"])


def test_switching_sites_off_is_judged_by_the_quality_of_what_is_left():
    west, east = (
        cell("4G", site_id=name, longitude=longitude, antenna_gain_dbi=-38.0)
        for name, longitude in (("W", LONGITUDE), ("E", EAST))
    )
    coverage = coverage_of(west, east)
    found = gaps_of(coverage, asking(sinr_db=-8.0))
    off = ps.switch_off(found, sites=["E"], progress=False)
    left = gaps_of(coverage_of(west), asking(sinr_db=-8.0))
    assert np.array_equal(off.lost.to_numpy(), served(found) & ~served(left))
    assert off.lost.to_numpy().any()


@pytest.mark.parametrize("loads", [(0.5, 0.5), (0.2, 0.7)])
def test_another_coverage_is_measured_in_the_same_way(loads):
    west, east = cell("4G", **WEAKER), cell("4G", longitude=EAST, **WEAKER)
    coverage = coverage_of(west, east)
    by_cell = dict(zip([("Alpha", "C0"), ("Alpha", "C1")], loads, strict=True))
    service = profile(quality={"sinr_db": {"basic": -6.0}})
    found = gaps_of(coverage, service, load=by_cell)
    again = found.again(coverage_of(west), progress=False)
    expected = gaps_of(coverage_of(west), service, load=loads[0])
    assert np.array_equal(again.state, expected.state)
    assert (served(again) != served(found)).any()
    changes = ps.compare_runs(again, found)
    assert changes["won_people"].sum() > 0


def test_runs_at_two_loads_are_not_compared(two):
    service = profile(quality={"sinr_db": {"basic": -6.0}})
    quiet, busy = (gaps_of(two, service, load=load) for load in (0.1, 0.9))
    with pytest.raises(InputError, match="different loads"):
        ps.compare_runs(quiet, busy)


def test_a_profile_of_another_receiver_is_not_told_from_these_levels(two):
    tall = profile(levels=USUAL.thresholds("4G"), receiver_height_m=10.0)
    with pytest.raises(InputError, match=r"receiver at 1\.5 m.* at 10 m"):
        ps.find_gaps(two, tall, causes=False)


def test_runs_of_which_one_is_non_standalone_are_not_compared(anchored):
    alone, nsa = (ps.find_gaps(anchored, nsa=who, causes=False) for who in ((), ["Alpha"]))
    with pytest.raises(InputError, match="non-standalone in one of them only"):
        ps.compare_runs(alone, nsa)
    assert ps.compare_runs(nsa.again(anchored), nsa)["won_people"].sum() == 0


# --- causes -------------------------------------------------------------------------------------


def causes_of(coverage, service, **settings):
    quality = coverage.quality(service=service, progress=False, **settings)
    spots = ps.find_gaps(coverage, service, quality=quality).dead_spots
    return set(spots.loc[spots["operator"] != "any", "cause"])


def test_between_equal_cells_interference_is_the_cause():
    coverage = coverage_of(cell("4G"), cell("4G", longitude=EAST))
    assert causes_of(coverage, asking(sinr_db=0.0)) == {"interference"}
    assert causes_of(coverage, asking(throughput_down_mbps=20.0)) == {"interference"}
    rsrq = asking(rsrq_db=-12.0)
    assert causes_of(coverage, rsrq) == {"interference"}


def test_a_handset_that_is_not_heard_is_the_cause():
    coverage = coverage_of(cell("4G", antenna_gain_dbi=-30.0))
    assert causes_of(coverage, asking(throughput_up_mbps=5.0)) == {"uplink"}


def test_noise_alone_is_no_interference():
    coverage = coverage_of(cell("4G", antenna_gain_dbi=-30.0))
    causes = causes_of(coverage, asking(sinr_db=10.0))
    assert causes
    assert causes <= {"too_far", "terrain", "clutter", "antenna"}


def test_a_carrier_too_narrow_is_the_cause_and_nothing_is_said_to_be_missing():
    coverage = coverage_of(cell("4G", bandwidth_mhz=5.0))
    service = asking(throughput_down_mbps=100.0)
    found = ps.find_gaps(
        coverage, service, quality=coverage.quality(service=service, progress=False)
    )
    assert set(found.dead_spots["cause"]) == {"bandwidth"}
    assert found.dead_spots["missing_db"].isna().all()
    assert (found.chance == 0).all()


def test_what_serves_outside_only_is_kept_out_by_walls():
    coverage = coverage_of(cell("4G", antenna_gain_dbi=-5.0))
    assert served(ps.find_gaps(coverage, causes=False)).all()
    inside = ps.ServiceProfile.from_json(_at_place("indoor_efficient"))
    spots = ps.find_gaps(coverage, inside).dead_spots
    assert set(spots["cause"]) == {"walls"}


def test_every_cause_has_words():
    for language in ("vi", "en"):
        assert len({word(f"cause_{cause}", language) for cause in CAUSES}) == len(CAUSES)


def test_5g_without_its_anchor_says_so(anchored):
    spots = ps.find_gaps(anchored, nsa=["Alpha"]).dead_spots
    of_5g = spots[(spots["technology"] == "5G") & (spots["operator"] == "Alpha")]
    assert set(of_5g["cause"]) == {"anchor"}
    assert of_5g["missing_db"].gt(0).all()
    assert set(spots["cause"]) <= set(CAUSES)


def test_what_is_missing_is_told_of_the_worst_metric(two):
    service = asking(sinr_db=0.0, throughput_up_mbps=0.5)
    quality = two.quality(service=service, progress=False)
    by = Yardstick.of(two, service, quality)
    spots = ps.find_gaps(two, service, quality=quality, min_area_km2=0).dead_spots
    metrics = by.metrics_db("Alpha", "4G", "basic")
    assert set(metrics) == {"sinr_db", "throughput_up_mbps"}
    worst = np.minimum(*metrics.values())
    assert np.array_equal(worst, by.excess_db("Alpha", "4G"))
    assert spots["missing_db"].max() <= -worst.min()


# --- aggregated carriers ------------------------------------------------------------------------


def test_aggregated_carriers_serve_what_they_bring_together():
    low = {"antenna_gain_dbi": -40.0}
    coverage = coverage_of(cell("4G", **low), cell("4G", frequency_mhz=2630.0, **low))
    service = profile(quality={"throughput_down_mbps": {"basic": 8.0}}, probability=0.5)
    one, both = (
        gaps_of(coverage, service, aggregation_efficiency=efficiency) for efficiency in (0.0, 1.0)
    )
    together = coverage.quality(aggregation_efficiency=1.0, progress=False)
    down = together["throughput_down_mbps"].to_numpy()[0, 0]
    assert np.array_equal(served(both), down >= 8.0)
    assert not (served(one) & ~served(both)).any()
    assert (served(both) & ~served(one)).any()
