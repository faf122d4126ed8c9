"""Extended Hata against the reference vectors, and its properties."""

import json
import math
import warnings

import naive_ehata
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import REFERENCE, json_lines

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import ehata as kernel
from phusong.kernels.ehata_path import analyse_path
from phusong.propagation import ehata, hata

TOLERANCE_DB = 1e-3
RANDOM = json_lines(REFERENCE / "ehata_v3_2_random.jsonl")
LINK = {"frequency_ghz": 1.8, "tx_height_m": 40.0, "rx_height_m": 1.5}
PAIRS = {
    "d_hzn__meter": ("d_hzn_mobile__meter", "d_hzn_base__meter"),
    "h_avg__meter": ("h_avg_mobile__meter", "h_avg_base__meter"),
}


@pytest.fixture
def _outside_ranges():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhusongWarning)
        yield


def terms_of(row, pfl):
    """Our terms of a row; its profile runs mobile to base, ours the other way."""
    return ehata.loss_terms(
        np.arange(len(pfl) - 2) * pfl[1] / 1000,
        pfl[:1:-1],
        frequency_ghz=row["f_mhz"] / 1000,
        tx_height_m=row["hb_m"],
        rx_height_m=row["hm_m"],
        environment=ehata.environment_of_nlcd(row["env"]),
        reliability_percent=100 * row["reliability"],
    )


def assert_same_values(terms, intermediate):
    for name, value in intermediate.items():
        if name in PAIRS:
            assert [terms[part] for part in PAIRS[name]] == pytest.approx(value, abs=1e-6), name
        else:
            assert terms[name] == pytest.approx(float(value), rel=1e-9, abs=1e-6), name


@pytest.mark.usefixtures("_outside_ranges")
def test_random_profiles_agree_with_the_reference():
    assert len(RANDOM) == 100
    for row in RANDOM:
        terms = terms_of(row, row["pfl_mobile_to_base"])
        assert terms["plb__db"] == pytest.approx(row["expected_plb_dB"], abs=TOLERANCE_DB)
        assert_same_values(terms, row["intermediate"])


@pytest.mark.usefixtures("_outside_ranges")
def test_real_profiles_agree_with_the_reference(shared):
    folder = shared / "reference" / "ehata"
    rows = json.loads((folder / "its_testbed.json").read_text(encoding="utf8"))
    assert len(rows) == 27
    for row in rows:
        text = (folder / "pfls" / row["pfl"]).read_text(encoding="utf8")
        pfl = [float(x) for x in text.replace("\n", ",").split(",") if x.strip()]
        terms = terms_of(row, pfl)
        assert terms["plb__db"] == pytest.approx(row["ntia_ehata_v3_2_dB"], abs=TOLERANCE_DB)
        assert_same_values(terms, row["intermediate"])


@given(
    seed=st.integers(0, 10**6),
    points=st.integers(8, 700),
    step_m=st.sampled_from([25.0, 50.0, 100.0]),
    rough_m=st.sampled_from([0.5, 5.0, 25.0]),
    environment=st.sampled_from(["urban", "suburban", "rural"]),
    sea=st.booleans(),
)
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(seed, points, step_m, rough_m, environment, sea):
    draw = np.random.default_rng(seed)
    z = np.cumsum(draw.normal(0, rough_m, points))
    z = np.maximum(z, 0.0) if sea else z - z.min() + 10
    mhz, hb, hm = draw.uniform(1500, 3000), draw.uniform(10, 250), draw.uniform(0.5, 12)
    path = analyse_path(z[::-1].copy(), step_m, hb, hm, np.empty(points))
    loss = kernel.loss_terms(path, mhz / 1e3, ehata.ENVIRONMENTS[environment], 0.5).plb__db
    twin = naive_ehata.loss_db(z, step_m, hm, hb, mhz, environment)
    # The source's normal quantile of one half is not quite 0.
    assert loss == pytest.approx(twin, abs=1e-5)


def ridge(height_m, points=201, length_km=10.0):
    d = np.linspace(0, length_km, points)
    return d, 20 + height_m * np.exp(-(((d - 7) / 0.3) ** 2))


def flat(length_km, points=201):
    return np.linspace(0, length_km, points), np.full(points, 20.0)


@given(km=st.floats(1, 10), ghz=st.floats(1.5, 2))
@settings(max_examples=30)
def test_on_level_ground_it_continues_hatas_city(km, ghz):
    link = LINK | {"frequency_ghz": ghz}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhusongWarning)
        large = hata.loss_db(km, **link, city="large", formula="okumura-hata")
    assert ehata.loss_terms(*flat(km), **link)["plb_med__db"] == pytest.approx(large, abs=1.5)


def test_what_an_isolated_ridge_costs_is_okumuras_curve():
    for height in (100, 200, 400):
        terms = ehata.loss_terms(*ridge(height), **LINK)
        assert terms["single_horizon"]
        assert terms["d_hzn_base__meter"] == pytest.approx(7000, abs=51)
        # Figure 31, its curve for 15 km and less, 3 km from the mobile: 17.5 dB for 200 m.
        cost = 17.5 * math.sqrt(terms["hedge_tilda"] / 200)
        assert -terms["K_isolated_ridge__db"] == pytest.approx(cost, abs=0.1)
        assert terms["K_median_rolling_hills__db"] == terms["K_slope__db"] == 0.0


def test_sea_on_the_path_helps_and_most_at_the_mobile():
    d, h = flat(20.0)
    base_sea, mobile_sea = h.copy(), h.copy()
    base_sea[:60] = 0.0
    mobile_sea[-60:] = 0.0
    gains = [ehata.loss_terms(d, z, **LINK)["K_mixed_path__db"] for z in (h, base_sea, mobile_sea)]
    share = 60 / 201
    assert gains[0] == 0.0
    assert gains[1] == pytest.approx(1 + 2 * (share - 0.15) / 0.2)
    assert gains[2] == pytest.approx(4 + 1.5 * (share - 0.15) / 0.2)


def test_ground_that_falls_towards_the_base_helps_the_mobile():
    d, h = flat(20.0)
    facing = ehata.loss_terms(d, h + 4.0 * d, **LINK)
    away = ehata.loss_terms(d, h + 4.0 * (20.0 - d), **LINK)
    assert facing["theta_m__mrad"] == pytest.approx(4.0)
    assert away["theta_m__mrad"] == pytest.approx(-4.0)
    assert facing["K_slope__db"] > 0 > away["K_slope__db"]


def test_more_reliability_costs_more():
    losses = [ehata.loss_db(*ridge(60), **LINK, reliability_percent=p) for p in (1, 10, 50, 90, 99)]
    assert losses == sorted(losses)
    # Okumura's location variability in a city is 7.5 dB at 2 GHz.
    median, most = (
        ehata.loss_db(*flat(5.0), **(LINK | {"frequency_ghz": 2.0}), reliability_percent=p)
        for p in (50, 90)
    )
    assert most - median == pytest.approx(1.2816 * 7.5, abs=0.05)


@pytest.mark.parametrize("environment", ["suburban", "rural"])
def test_the_city_is_worst(environment):
    assert ehata.loss_db(*ridge(60), **LINK) > ehata.loss_db(
        *ridge(60), **LINK, environment=environment
    )


def test_rounded_distances_do_not_move_the_result():
    # 50 m steps as tenths of km and from linspace differ in the last bit, the samples do not.
    h = np.cumsum(np.random.default_rng(1).normal(0, 5, 301)) + 200
    exact = ehata.loss_db(np.arange(301) * 50.0 / 1000, h, **LINK)
    assert ehata.loss_db(np.linspace(0, 15.0, 301), h, **LINK) == exact
    assert ehata.loss_db(np.cumsum(np.full(301, 0.05)) - 0.05, h, **LINK) == exact


def test_outside_its_range_one_warning_names_all():
    with pytest.warns(PhusongWarning) as said:
        ehata.loss_db(*flat(0.5), **(LINK | {"frequency_ghz": 3.5}))
    assert len(said) == 1
    assert "3.5 GHz is outside 1.5 to 3 and a path of 0.5 km is outside 1 to 100" in str(
        said[0].message
    )
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frequency_ghz": 0.9}, "frequency_ghz is 0.9: eHata is used from 1 to 4"),
        ({"frequency_ghz": math.nan}, "frequency_ghz is nan"),
        ({"tx_height_m": -1.0}, "tx_height_m is -1"),
        ({"rx_height_m": 5000.0}, "rx_height_m is 5000: eHata is used from 0 to 3000"),
    ],
)
def test_far_outside_its_range_it_refuses(change, said):
    with pytest.raises(OutOfRangeError, match=said):
        ehata.loss_db(*ridge(100), **(LINK | change))


@pytest.mark.parametrize(
    ("distance", "height", "said"),
    [
        ([0, 1, 2], [1, 1, 1], "has 3 points: give at least 5"),
        ([0, 1, 2, 3, 4], [1, 1, math.nan, 1, 1], r"height_m\[2\] is nan"),
        ([0, 1, 3, 2, 4], [1] * 5, r"distance_km\[3\] is 2.0 after 3.0"),
        ([0, 1, 2, 3, 4.5], [1] * 5, "the model needs equal steps"),
        ([0, 2, 4, 6, 8], [1] * 5, "points are 2000 m apart: give at most 1000 m"),
    ],
)
def test_an_unusable_profile_is_named(distance, height, said):
    with pytest.raises(InputError, match=said):
        ehata.loss_db(distance, height, **LINK)


def test_wrong_settings_are_said_at_once():
    with pytest.raises(InputError) as caught:
        ehata.loss_db(*ridge(100), **LINK, environment="open", reliability_percent=100.0)
    assert caught.value.problems == (
        "environment is 'open': give 'urban', 'suburban', 'rural'",
        "reliability_percent is 100.0: give above 0, below 100",
    )


def test_the_kernels_do_not_allocate():
    h = np.full(100, 5.0)
    kernel.loss_terms(analyse_path(h, 50.0, 40.0, 1.5, h.copy()), 1.8, kernel.URBAN, 0.5)
    for function in (analyse_path, kernel.loss_terms):
        assert "MemInfo_alloc" not in "".join(function.inspect_llvm().values())
