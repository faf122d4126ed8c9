"""Answers and their errors: by hand, against slow sums, and as properties."""

import dataclasses
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from test_gaps import PIXEL, PROFILE, coverage_of, row_of

from phusong.errors import InputError
from phusong.gaps import ANSWERS, ANY, STATES, Uncertainty, find_gaps
from phusong.gaps.uncertainty import model_errors_db, terrain_error_db
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.propagation.p526 import knife_edge_loss_db

LEAST_4G = -115 + PROFILE.margin_db(8.0)
KNOWN = Uncertainty(model_error_db=6.0, terrain_noise_m=0.0)


def one_row(excess_db, *, people=None, labels=None, operators="A"):
    """4G levels so far above what a served pixel needs, one row of pixels."""
    level = LEAST_4G + np.atleast_2d(np.asarray(excess_db, float))
    labels = np.ones(level.shape[-1]) if labels is None else np.asarray(labels)
    people = np.ones(level.shape[-1]) if people is None else np.asarray(people)
    level = level.reshape(len(operators), 1, 1, -1)
    names = {"operators": operators, "technologies": ["4G"]}
    return coverage_of(level, labels[None].astype(int), people[None], **names)


def test_the_chance_is_that_of_a_normal_error():
    excess = [-20.0, -6.0, 0.0, 6.0, 20.0, np.nan]
    chance = find_gaps(one_row(excess), uncertainty=KNOWN).chance.sel(operator="A")
    np.testing.assert_allclose(chance.to_numpy().ravel(), norm.cdf(np.array(excess) / 6), atol=1e-6)


@pytest.mark.parametrize(
    ("excess_db", "answer"),
    [
        (-7.70, "not_served"),
        (-7.68, "cannot_say"),
        (0.0, "cannot_say"),
        (7.68, "cannot_say"),
        (7.70, "served"),
        (np.nan, "not_computed"),
    ],
)
def test_answers_turn_at_the_ends_of_the_interval(excess_db, answer):
    # 1.2816 standard deviations of 6 dB are 7.69 dB
    gaps = find_gaps(one_row([excess_db]), uncertainty=KNOWN)
    assert set(gaps.answer.to_numpy().ravel().tolist()) == {ANSWERS[answer]}


def test_without_an_error_nothing_is_left_unsaid():
    exact = Uncertainty(model_error_db=0.0, terrain_noise_m=0.0)
    gaps = find_gaps(one_row([-0.01, 0.01]), uncertainty=exact, min_area_km2=0)
    assert gaps.answer.sel(operator="A").to_numpy().ravel().tolist() == [0, 2]
    assert set(gaps.dead_spots["certainty"]) == {"certain"}
    row = row_of(gaps.province, operator="A")
    assert [row[f"served_area_pct_{bound}"] for bound in ("low", "likely", "high")] == [50.0] * 3


def test_any_operator_has_the_best_chance():
    gaps = find_gaps(one_row([[-9, 9, np.nan], [3, -3, np.nan]], operators="AB"), uncertainty=KNOWN)
    chance = gaps.chance[:, 0, 0].to_numpy()
    np.testing.assert_array_equal(chance[2], np.fmax(chance[0], chance[1]))


def test_dead_spots_say_how_certain_they_are():
    # 'g' between the spots; of three pixels two are surely unserved, then one, then none
    sure, unsure, good = -15.0, -2.0, 20.0
    row = [sure, sure, unsure, good, sure, unsure, unsure, good, unsure, unsure, unsure]
    gaps = find_gaps(one_row(row), uncertainty=KNOWN, min_area_km2=0)
    spots = gaps.dead_spots[gaps.dead_spots["operator"] == "A"].sort_values("longitude")
    assert spots["certainty"].tolist() == ["certain", "likely", "cannot_say"]


def test_answers_of_communes_by_hand():
    coverage = one_row([20, 0, -20, np.nan, 20], people=[4, 3, 2, 1, 0.0], labels=[1, 1, 1, 1, 2])
    gaps = find_gaps(coverage, uncertainty=KNOWN)
    row = row_of(gaps.communes, code="09001", operator="A")
    assert row["people_pct_surely_served"] == pytest.approx(40)
    assert row["people_pct_cannot_say"] == pytest.approx(30)
    assert row["people_pct_surely_unserved"] == pytest.approx(20)
    assert row["people_pct_not_computed"] == pytest.approx(10)
    assert row["served_people_pct_likely"] == pytest.approx(40 + 30 / 2, abs=0.05)
    empty = row_of(gaps.communes, code="09002", operator="A")
    assert math.isnan(empty["served_people_pct_low"])
    assert empty["area_pct_surely_served"] == 100.0


def slow_bounds(chance, weight, place_km, assumed):
    """Low, likely, high by the double sum over all pixels."""
    s = weight * np.sqrt(chance * (1 - chance))
    distance = np.hypot(*(place_km[:, :, None] - place_km[:, None, :]))
    common = assumed.common_share
    rho = common + (1 - common) * np.exp(-distance / assumed.correlation_km)
    away = norm.ppf(assumed.confidence) * np.sqrt(s @ rho @ s) / weight.sum()
    likely = (weight * chance).sum() / weight.sum()
    return 100 * np.clip([likely - away, likely, likely + away], 0, 1)


@pytest.mark.parametrize("common_share", [0.0, 0.5, 1.0])
def test_low_and_high_are_those_of_the_double_sum(common_share):
    rng = np.random.default_rng(3)
    shape = (12, 17)
    labels = rng.integers(0, 3, shape)
    people = np.where(labels > 0, rng.exponential(2, shape), 0)
    level = (LEAST_4G + rng.normal(0, 6, shape))[None, None]
    level[..., 2, 3] = np.nan
    coverage = coverage_of(level, labels, people, operators="A", technologies=["4G"])
    # 300 m in blocks of a quarter are pixels of 100 m: no two are taken as one
    assumed = dataclasses.replace(KNOWN, correlation_km=0.3, common_share=common_share)
    gaps = find_gaps(coverage, uncertainty=assumed)
    p = np.nan_to_num(gaps.chance.sel(operator="A").to_numpy().astype(float).ravel())
    place_km = np.indices(shape).reshape(2, -1) * PIXEL / 1000
    for of, weight in (("people", people), ("area", np.ones(shape))):
        names = [f"served_{of}_pct_{bound}" for bound in ("low", "likely", "high")]
        for label in (1, 2):
            inside = (labels == label).ravel()
            expected = slow_bounds(p[inside], weight.ravel()[inside], place_km[:, inside], assumed)
            row = row_of(gaps.communes, code=f"0900{label}", operator="A")
            np.testing.assert_allclose(row[names].astype(float), expected, rtol=1e-9)
        inside = (labels > 0).ravel()
        expected = slow_bounds(p[inside], weight.ravel()[inside], place_km[:, inside], assumed)
        row = row_of(gaps.province, operator="A")
        np.testing.assert_allclose(row[names].astype(float), expected, rtol=1e-9)


def test_the_variance_is_an_upper_bound_of_a_simulated_one():
    rng = np.random.default_rng(11)
    excess, error_db, common = rng.normal(0, 5, 40), 6.0, 0.4
    assumed = Uncertainty(model_error_db=6.0, terrain_noise_m=0.0, common_share=common)
    row = row_of(find_gaps(one_row(excess), uncertainty=assumed).province, operator="A")
    x = np.arange(40) * PIXEL / 1000
    rho = common + (1 - common) * np.exp(-np.abs(x[:, None] - x[None, :]))
    errors = error_db * np.linalg.cholesky(rho) @ rng.standard_normal((40, 20_000))
    share = 100 * (excess[:, None] + errors >= 0).mean(axis=0)
    assert row["served_area_pct_likely"] == pytest.approx(share.mean(), abs=0.5)
    away = row["served_area_pct_likely"] - row["served_area_pct_low"]
    simulated = norm.ppf(0.9) * share.std()
    assert simulated < away < 1.4 * simulated
    assert (share < row["served_area_pct_low"]).mean() < 0.1


few = settings(max_examples=15, deadline=None)


@few
@given(st.integers(0, 2**32 - 1), st.floats(0, 15), st.floats(0.55, 0.99))
def test_answers_are_consistent(seed, error_db, confidence):
    rng = np.random.default_rng(seed)
    excess = rng.normal(0, 12, (2, 30))
    excess[rng.random(excess.shape) < 0.1] = np.nan
    labels, people = rng.integers(0, 4, 30), rng.exponential(2, 30)
    coverage = one_row(
        excess, operators="AB", labels=labels, people=np.where(labels > 0, people, 0)
    )
    assumed = Uncertainty(
        confidence=confidence, model_error_db=error_db, terrain_noise_m=rng.uniform(0, 5)
    )
    gaps = find_gaps(coverage, uncertainty=assumed)
    state, answer = gaps.state.to_numpy(), gaps.answer.to_numpy()
    assert np.isin(state[answer == ANSWERS["served"]], [STATES["basic"], STATES["good"]]).all()
    assert np.isin(state[answer == ANSWERS["not_served"]], [STATES["none"], STATES["weak"]]).all()
    for code in ("not_computed", "outside"):
        np.testing.assert_array_equal(state == STATES[code], answer == ANSWERS[code])
    for table in (gaps.communes, gaps.province):
        for of in ("people", "area"):
            ends = ("surely_unserved", "cannot_say", "surely_served", "not_computed")
            whole = table[[f"{of}_pct_{end}" for end in ends]].sum(axis=1, skipna=False)
            np.testing.assert_allclose(whole.dropna(), 100.0)
            low, likely, high = (table[f"served_{of}_pct_{b}"] for b in ("low", "likely", "high"))
            known = table[of if of == "people" else "area_km2"] > 0
            assert ((low <= likely) & (likely <= high))[known].all()


def test_a_larger_error_never_says_more():
    coverage = one_row(np.linspace(-30, 30, 61))
    said = [
        (find_gaps(coverage, uncertainty=dataclasses.replace(KNOWN, model_error_db=e)).answer != 1)
        for e in (0.0, 3.0, 6.0, 12.0)
    ]
    for more, less in itertools.pairwise(said):
        assert (less <= more).all()


# --- errors ------------------------------------------------------------------------------------


def test_every_model_has_an_error_of_its_own():
    for name in MODELS:
        assert Uncertainty().model_error_of(name) > 0
    assert Uncertainty(model_error_db={"hata": 4.0}).model_error_of("hata") == 4.0
    assert Uncertainty(model_error_db=5).model_error_of("anything") == 5.0
    with pytest.raises(InputError, match="give"):
        Uncertainty().model_error_of("anything")


def test_a_cell_has_the_error_of_its_model():
    coverage = one_row([[0.0], [0.0]], operators="AB")
    coverage.data["model"] = "cell", ["p1812", "hata"]
    assert model_errors_db(coverage, Uncertainty()).tolist() == [9.0, 13.0]


def terrain_errors(coverage, **values):
    return np.array(list(terrain_error_db(coverage, Uncertainty(**values))))[:, 0]


def test_terrain_noise_on_flat_ground_by_hand():
    coverage = one_row(np.zeros(60))
    coverage.scene.terrain_noise_m = 0.0
    error = terrain_errors(coverage, terrain_noise_m=2.0)[0]
    # the last pixel: 5.5 km from a mast of 35 m, a neighbour at 100 m
    rise = (35 - 1.5) / math.hypot(5950 - 450, 50 - 150)
    root = math.sqrt(2 / (299.792458 / 1842.5) / 100)
    clear = 1.5 + rise * 100
    expected = knife_edge_loss_db((math.sqrt(2) * 2 - clear) * root) - knife_edge_loss_db(
        -clear * root
    )
    assert error[-1] == pytest.approx(expected, rel=1e-3)
    assert (np.diff(error[6:]) >= 0).all()  # the farther, the flatter the ray
    coverage.scene.terrain_noise_m = 2.0
    assert (terrain_errors(coverage)[0] <= error).all()  # removed noise leaves a fifth
    assert (terrain_errors(coverage, terrain_noise_m=0.0) == 0).all()


def test_terrain_noise_is_nothing_beside_relief():
    coverage = one_row(np.zeros(60))
    coverage.scene.terrain_noise_m = 0.0
    flat = terrain_errors(coverage)[0]
    coverage.scene.terrain[0, 40:] = np.linspace(0, 900, 20)
    assert terrain_errors(coverage)[0, 45:].max() < 0.02 * flat[45:].max()


def test_clutter_leaves_less_for_noise_to_hide():
    coverage = one_row(np.zeros(60))
    coverage.scene.terrain_noise_m = 0.0
    bare = terrain_errors(coverage)[0, -1]
    coverage.settings = PredictSettings.of(clutter_m=10.0)
    same_everywhere = terrain_errors(coverage)[0, -1]
    assert 0 < same_everywhere < bare
    coverage.scene.clutter_m = coverage.scene.terrain + 10
    assert terrain_errors(coverage)[0, -1] == pytest.approx(same_everywhere)


def test_a_dead_spot_that_noise_can_make_is_not_said_to_be_one():
    coverage = one_row(np.full(60, -14.0))
    coverage.network.cells["frequency_mhz"] = 3750.0
    assumed = Uncertainty(terrain_noise_m=4.0)
    coverage.scene.terrain_noise_m = 4.0
    assert set(find_gaps(coverage, uncertainty=assumed).dead_spots["certainty"]) == {"certain"}
    coverage.scene.terrain_noise_m = 0.0  # the surface as it came
    gaps = find_gaps(coverage, uncertainty=assumed)
    assert set(gaps.dead_spots["certainty"]) == {"likely"}  # near the mast the ray is steep
    assert (gaps.answer[..., 30:] == ANSWERS["cannot_say"]).all()


def test_villages_have_the_answer_and_the_chance_of_their_pixel():
    import geopandas as gpd
    from test_gaps import CRS, NORTH, WEST

    coverage = one_row([20, 0])
    coverage.scene.villages = gpd.GeoDataFrame(
        {"code": ["a", "b", "c"], "name": "x", "people": 1.0, "grid_power": True},
        geometry=gpd.points_from_xy([WEST + 50, WEST + 150, WEST - 50], [NORTH - 50] * 3),
        crs=CRS,
    )
    villages = find_gaps(coverage, uncertainty=KNOWN).villages
    of_a = villages[villages["operator"] == "A"]
    assert of_a["answer"].tolist() == ["served", "cannot_say", "outside"]
    assert of_a["chance_served"].round(3).tolist()[:2] == [1.0, 0.5]
    assert math.isnan(of_a["chance_served"].iloc[2])


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"confidence": 0.5}, "confidence"),
        ({"confidence": 1.0}, "confidence"),
        ({"model_error_db": -1.0}, "model_error_db"),
        ({"model_error_db": {"hata": math.nan}}, "hata"),
        ({"terrain_noise_m": -1.0}, "terrain_noise_m"),
        ({"correlation_km": 0.0}, "correlation_km"),
        ({"common_share": 1.5}, "common_share"),
        ({"confidence": "0.9"}, "confidence"),
        ({"model_error_db": "3"}, "model_error_db"),
        ({"model_error_db": {"hata": "3"}}, "hata"),
        ({"model_error_db": [3.0]}, "model_error_db"),
        ({"terrain_noise_m": "1"}, "terrain_noise_m"),
        ({"correlation_km": "1"}, "correlation_km"),
        ({"common_share": "0.5"}, "common_share"),
    ],
)
def test_unusable_assumptions_are_refused(values, named):
    with pytest.raises(InputError, match=named):
        Uncertainty(**values)


@pytest.mark.parametrize("wrong", [np.nan, -1.0, np.inf])
def test_people_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(InputError, match=r"2 pixel\(s\).*row 0, column 1"):
        find_gaps(one_row([0, 0, 0], people=[1, wrong, wrong]))


def test_the_gaps_of_any_are_in_the_summary():
    gaps = find_gaps(one_row([20, 0, -20]))
    assert isinstance(gaps.province, pd.DataFrame)
    assert set(gaps.answer["operator"].to_numpy()) == {"A", ANY}
