"""TR 38.901 against ns-3 and Sionna, and its properties."""

import math
import warnings

import naive_tr38901 as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import tr38901 as kernel
from phusong.propagation import tr38901, tr38901_indoor

TOLERANCE_DB = 0.01
TOLERANCE_PROBABILITY = 2.5e-3
ROWS = csv_rows(REFERENCE / "tr38901_ns3_random.csv")
# The scenarios by the names of ns-3's classes, in lower case.
SCENARIO = {"rma": "RMa", "uma": "UMa", "umi": "UMi", "umistreetcanyon": "UMi"}
BASE_M = {"RMa": 35.0, "UMa": 25.0, "UMi": 10.0}
SCENARIOS = st.sampled_from(sorted(BASE_M))


@pytest.fixture
def _outside_ranges():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhusongWarning)
        yield


def link(scenario, **changes):
    given = {"frequency_ghz": 3.5, "tx_height_m": BASE_M[scenario], "rx_height_m": 1.5}
    return {"scenario": scenario, **given, **changes}


def loss_of(row, line_of_sight):
    return tr38901.loss_db(
        float(row["d2d_m"]) / 1e3,
        scenario=SCENARIO[row["scenario"].lower()],
        line_of_sight=line_of_sight,
        frequency_ghz=float(row["f_hz"]) / 1e9,
        tx_height_m=float(row["h_bs_m"]),
        rx_height_m=float(row["h_ut_m"]),
    )


@pytest.mark.usefixtures("_outside_ranges")
@pytest.mark.parametrize("scenario", sorted(BASE_M))
@pytest.mark.parametrize("los", ["0", "1"])
def test_random_links_agree_with_two_programs(scenario, los):
    rows = [row for row in ROWS if (row["scenario"], row["los"]) == (scenario, los)]
    assert len(rows) >= 30
    for row in rows:
        loss = loss_of(row, los == "1")
        assert loss == pytest.approx(float(row["pathloss_db"]), abs=TOLERANCE_DB), row
        assert loss == pytest.approx(float(row["sionna_pathloss_db"]), abs=TOLERANCE_DB), row


def test_ns3s_own_cases_agree(shared):
    rows = csv_rows(shared / "reference" / "tr38901" / "ns3_three_gpp_pathloss.csv")
    rows = [row for row in rows if row["scenario"].lower() in SCENARIO]
    assert len(rows) == 24
    for row in rows:
        loss = loss_of(row, row["condition"] == "true")
        assert loss == pytest.approx(float(row["pathloss_db"]), abs=TOLERANCE_DB), row


def test_probabilities_of_sight_agree(shared):
    rows = csv_rows(shared / "reference" / "tr38901" / "ns3_los_probability.csv")
    rows = [row for row in rows if row["model"].lower() in SCENARIO]
    assert len(rows) == 11
    for row in rows:
        probability = tr38901.los_probability(
            float(row["d2d_m"]) / 1e3,
            scenario=SCENARIO[row["model"].lower()],
            rx_height_m=float(row["h_ut_m"]),
        )
        assert probability == pytest.approx(float(row["p_los"]), abs=TOLERANCE_PROBABILITY), row


@pytest.mark.usefixtures("_outside_ranges")
@given(
    scenario=SCENARIOS,
    km=st.floats(0.01, 20),
    ghz=st.floats(0.5, 30),
    hb=st.floats(6, 150),
    hm=st.floats(1.5, 22.5),
    w=st.floats(5, 50),
    h=st.floats(5, 50),
    he=st.floats(0, 1),
)
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(scenario, km, ghz, hb, hm, w, h, he):
    given = link(scenario, frequency_ghz=ghz, tx_height_m=hb, rx_height_m=hm)
    given |= {"street_width_m": w, "building_height_m": h, "environment_height_m": he}
    d = 1000.0 * km
    clear, obstructed = tr38901.loss_db([km, km], line_of_sight=np.array([True, False]), **given)
    assert clear == pytest.approx(naive.los_db(scenario, d, ghz, hb, hm, h, he), abs=1e-9)
    twin = naive.nlos_db(scenario, d, ghz, hb, hm, w, h, he)
    assert obstructed == pytest.approx(twin, abs=1e-9)
    assert obstructed >= clear


@given(scenario=SCENARIOS, m=st.floats(1, 5000), hm=st.floats(1, 23))
@settings(max_examples=100)
def test_the_probability_agrees_with_its_plain_twin(scenario, m, hm):
    probability = tr38901.los_probability(m / 1e3, scenario=scenario, rx_height_m=hm)
    assert probability == pytest.approx(naive.probability(scenario, 1e3 * (m / 1e3), hm), abs=1e-12)
    assert 0.0 < probability <= 1.0


@pytest.mark.usefixtures("_outside_ranges")
@given(
    scenario=SCENARIOS,
    km=st.floats(0.01, 5),
    factor=st.floats(1.001, 2),
    ghz=st.floats(0.5, 15),
    sees=st.booleans(),
)
@settings(max_examples=100)
def test_further_and_higher_in_frequency_is_worse(scenario, km, factor, ghz, sees):
    given = link(scenario, frequency_ghz=ghz, line_of_sight=sees)
    loss = tr38901.loss_db(km, **given)
    assert tr38901.loss_db(km * factor, **given) > loss
    # Line of sight pays less for frequency beyond the break point, which moves away with it.
    if not sees:
        assert tr38901.loss_db(km, **(given | {"frequency_ghz": ghz * factor})) > loss


@pytest.mark.parametrize("scenario", sorted(BASE_M))
def test_the_break_point_bends_the_loss_and_does_not_break_it(scenario):
    given = link(scenario, frequency_ghz=0.7 if scenario == "RMa" else 3.5, line_of_sight=True)
    terms = tr38901.loss_terms(1.0, **given)
    at = terms["dBP"] / 1e3
    before, here, after = tr38901.loss_db(at * np.array([0.99, 1.0, 1.01]), **given)
    assert here - before == pytest.approx(abs(after - here) / 1.85, rel=0.15)
    nearly = tr38901.loss_db(at * (1 + 1e-9), **given)
    assert nearly == pytest.approx(here, abs=0.02 if scenario == "RMa" else 1e-6)


def test_a_break_point_worked_by_hand():
    # 3.5 GHz is 35/3 waves a metre; UMa counts both antennas from hE, RMa from the ground.
    urban = tr38901.loss_terms(1.0, **link("UMa"), line_of_sight=True)
    assert urban["dBP"] == pytest.approx(4 * 24 * 0.5 * 35 / 3)
    rural = tr38901.loss_terms(1.0, **link("RMa"), line_of_sight=True)
    assert rural["dBP"] == pytest.approx(2 * math.pi * 35 * 1.5 * 35 / 3)
    raised = link("UMa", rx_height_m=16.5, environment_height_m=12.0)
    assert tr38901.loss_terms(1.0, **raised, line_of_sight=True)["dBP"] == pytest.approx(2730)


def test_terms_make_the_loss():
    for scenario in BASE_M:
        sees = tr38901.loss_terms(2.0, **link(scenario), line_of_sight=True)
        hidden = tr38901.loss_terms(2.0, **link(scenario), line_of_sight=False)
        assert sees["PL"] == sees["PL_LOS"] == hidden["PL_LOS"]
        assert hidden["PL"] == max(hidden["PL_LOS"], hidden["PL_prime"])
        assert sees["d3D"] == pytest.approx(math.hypot(2000, BASE_M[scenario] - 1.5))


@pytest.mark.parametrize(
    ("scenario", "km", "sees", "sigma_db"),
    [
        ("RMa", 0.5, True, 4.0),
        ("RMa", 9.0, True, 6.0),
        ("RMa", 1.0, False, 8.0),
        ("UMa", 0.1, True, 4.0),
        ("UMa", 3.0, True, 4.0),
        ("UMa", 1.0, False, 6.0),
        ("UMi", 3.0, True, 4.0),
        ("UMi", 1.0, False, 7.82),
    ],
)
def test_the_shadow_fading_is_the_tables(scenario, km, sees, sigma_db):
    given = link(scenario, line_of_sight=sees)
    assert tr38901.shadowing_sigma_db(km, **given) == sigma_db
    assert tr38901.loss_terms(km, **given)["sigma_SF"] == sigma_db


def test_terrain_decides_link_by_link():
    km, sees = np.array([[0.2, 0.5], [1.0, 4.0]]), np.array([[True, False], [False, True]])
    loss = tr38901.loss_db(km, **link("UMa"), line_of_sight=sees)
    sigma = tr38901.shadowing_sigma_db(km, **link("UMa"), line_of_sight=sees)
    assert loss.shape == sigma.shape == (2, 2)
    for i, j in np.ndindex(2, 2):
        one = tr38901.loss_db(km[i, j], **link("UMa"), line_of_sight=bool(sees[i, j]))
        assert isinstance(one, float)
        assert loss[i, j] == one
        assert sigma[i, j] == (4.0 if sees[i, j] else 6.0)


def test_sight_falls_with_distance_and_rises_with_the_mobile():
    km = np.geomspace(0.005, 5, 200)
    for scenario in BASE_M:
        falling = tr38901.los_probability(km, scenario=scenario, rx_height_m=1.5)
        assert np.all(np.diff(falling) <= 0)
        assert falling[0] == 1.0
    heights = tr38901.los_probability(0.3, scenario="UMa", rx_height_m=[1.5, 13, 18, 23])
    assert heights[0] == heights[1] < heights[2] < heights[3]


@given(ghz=st.floats(0.5, 100), depth=st.floats(0, 25), building=st.sampled_from(["low", "high"]))
@settings(max_examples=100)
def test_penetration_agrees_with_its_plain_twin(ghz, depth, building):
    loss = tr38901_indoor.loss_db(frequency_ghz=ghz, building=building, indoor_distance_m=depth)
    assert loss == pytest.approx(naive.penetration_db(ghz, depth, building), abs=1e-9)


def test_penetration_worked_by_hand():
    # 3.5 GHz: glass 2.7, coated glass 24.05, concrete 19 dB.
    assert tr38901_indoor.loss_db(frequency_ghz=3.5) == pytest.approx(12.698, abs=1e-3)
    high = tr38901_indoor.loss_db(frequency_ghz=3.5, building="high", indoor_distance_m=10)
    assert high == pytest.approx(10 - 10 * math.log10(0.7 * 0.0039355 + 0.3 * 0.0125893), abs=1e-3)


def test_buildings_may_differ_from_place_to_place():
    kinds, ghz = np.array(["low", "high", "low"]), np.array([[0.7], [3.5]])
    loss = tr38901_indoor.loss_db(frequency_ghz=ghz, building=kinds, indoor_distance_m=5.0)
    assert loss.shape == (2, 3)
    assert loss[1, 1] == tr38901_indoor.loss_db(
        frequency_ghz=3.5, building="high", indoor_distance_m=5.0
    )
    assert tr38901_indoor.shadowing_sigma_db(kinds).tolist() == [4.4, 6.5, 4.4]
    assert tr38901_indoor.shadowing_sigma_db("high") == 6.5


def test_outside_the_table_one_warning_names_all():
    with pytest.warns(PhusongWarning) as said:
        tr38901.loss_db(
            np.geomspace(0.005, 8, 500), **link("UMa", tx_height_m=42.0), line_of_sight=False
        )
    assert len(said) == 1
    text = str(said[0].message)
    assert "TR 38.901's UMa" in text
    assert "tx_height_m has 42 where 25 is given" in text
    assert "distance_km out of sight has 0.005 to 8 where 0.01 to 5" in text
    assert said[0].filename == __file__


def test_rural_sight_reaches_further_than_the_hidden():
    tr38901.loss_db(9.0, **link("RMa"), line_of_sight=True)
    with pytest.warns(PhusongWarning, match="out of sight has 9 where 0.01 to 5"):
        tr38901.loss_db(9.0, **link("RMa"), line_of_sight=np.array([True, False]))


@pytest.mark.parametrize(
    ("scenario", "change", "said"),
    [
        ("RMa", {"frequency_ghz": 31.0}, "frequency_ghz has 31: TR 38.901's RMa takes 0.5 to 30"),
        ("UMa", {"frequency_ghz": 0.45}, "frequency_ghz has 0.45: TR 38.901's UMa takes 0.5 to"),
        ("UMi", {"frequency_ghz": 101.0}, "0.5 to 100"),
        ("RMa", {"street_width_m": 0.0}, "street_width_m has 0: TR 38.901's RMa takes above 0"),
        ("UMi", {"rx_height_m": 1.0}, "rx_height_m less environment_height_m has 0"),
        ("UMa", {"environment_height_m": -1.0}, "environment_height_m has -1"),
    ],
)
def test_what_it_cannot_compute_it_refuses(scenario, change, said):
    with pytest.raises(OutOfRangeError, match=said):
        tr38901.loss_db(1.0, **link(scenario, **change), line_of_sight=True)


def test_sight_of_a_mobile_too_high_is_refused():
    with pytest.raises(OutOfRangeError, match=r"rx_height_m has 24: TR 38.901's UMa takes 0 to 23"):
        tr38901.los_probability(0.5, scenario="UMa", rx_height_m=24.0)
    assert tr38901.los_probability(0.5, scenario="RMa", rx_height_m=24.0) < 1.0


def test_an_undecided_sight_is_not_guessed():
    with pytest.raises(InputError, match=r"line_of_sight has None.*los_probability"):
        tr38901.loss_db(1.0, **link("UMa"), line_of_sight=None)
    with pytest.raises(InputError, match=r"line_of_sight has 0.7: give True or False"):
        tr38901.loss_db(1.0, **link("UMa"), line_of_sight=0.7)


def test_every_problem_is_said_at_once():
    given = link("UMa", frequency_ghz=math.nan, tx_height_m=[25.0, 25.0, 25.0])
    given["scenario"] = "Urban"
    with pytest.raises(InputError) as caught:
        tr38901.loss_db([1.0, 2.0], **given, line_of_sight=None)
    problems = caught.value.problems
    assert problems[0] == "scenario is 'Urban': give 'RMa', 'UMa', 'UMi'"
    assert "line_of_sight has None" in problems[1]
    assert problems[2] == "frequency_ghz has nan: give finite values"
    assert "do not broadcast: distance_km (2,)" in problems[3]


def test_terms_are_of_one_link():
    with pytest.raises(InputError, match="give scalars"):
        tr38901.loss_terms([1.0, 2.0], **link("UMa"), line_of_sight=True)


def test_an_unknown_building_is_named():
    with pytest.raises(InputError, match="building has 'brick': give 'low', 'high'"):
        tr38901_indoor.loss_db(frequency_ghz=3.5, building=["low", "brick"])
    with pytest.raises(InputError, match="building has 'brick'"):
        tr38901_indoor.shadowing_sigma_db("brick")


def test_a_depth_under_0_is_refused():
    with pytest.raises(OutOfRangeError, match=r"indoor_distance_m has -1: .* takes 0 or more"):
        tr38901_indoor.loss_db(frequency_ghz=3.5, indoor_distance_m=-1.0)


def test_the_kernel_does_not_allocate():
    kernel.loss_db(1.0, 1.0, 30.0, 1.5, 20.0, 5.0, 1.0, False, kernel.RMA)
    kernel.los_probability(100.0, 1.5, kernel.UMA)
    kernel.penetration_db(1.0, 1.0, kernel.LOW_LOSS)
    for function in (kernel.loss_db, kernel.los_probability, kernel.penetration_db):
        assert "MemInfo_alloc" not in "".join(function.inspect_llvm().values())
