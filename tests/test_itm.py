"""ITM 1.4 against NTIA's library, a plain twin, and its own properties."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_code import allocates
from naive_itm import Path, delta_h
from vectors import REFERENCE, csv_rows, json_lines

from phusong._jit import njit
from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import itm as kernel
from phusong.kernels import itm_roughness
from phusong.kernels.itm_terrain import analyse_profile, area_path
from phusong.kernels.itm_variability import inverse_normal
from phusong.propagation import itm
from phusong.propagation.itm_inputs import (
    CLIMATES,
    MODES_OF_VARIABILITY,
    POLARIZATIONS,
    SITINGS,
)

TOLERANCE_DB = 1e-6
P2P = json_lines(REFERENCE / "itm_p2p.jsonl")
AREA = json_lines(REFERENCE / "itm_area.jsonl")


def options_of(row):
    """Keywords of the doors from a row in the source's names and numbers."""
    given = {
        "frequency_ghz": row["f__mhz"] / 1000,
        "tx_height_m": row["h_tx__meter"],
        "rx_height_m": row["h_rx__meter"],
        "climate": CLIMATES[int(row["climate"]) - 1],
        "n0": row["N_0"],
        "polarization": POLARIZATIONS[int(row["pol"])],
        "permittivity": row["epsilon"],
        "conductivity_s_m": row["sigma"],
        "mode_of_variability": MODES_OF_VARIABILITY[int(row["mdvar"]) % 10],
        "location_variability": int(row["mdvar"]) // 10 not in (1, 3),
        "situation_variability": int(row["mdvar"]) < 20,
    }
    kinds = ("time", "location", "situation", "confidence", "reliability")
    return given | {f"{kind}_percent": row[kind] for kind in kinds if kind in row}


def area_options_of(row):
    return options_of(row) | {
        "delta_h_m": row["delta_h__meter"],
        "tx_siting": SITINGS[int(row["tx_siting_criteria"])],
        "rx_siting": SITINGS[int(row["rx_siting_criteria"])],
    }


def profile_of(pfl):
    """Distances and heights from the source's [intervals, step_m, elevations...]."""
    heights = np.array(pfl[2 : int(pfl[0]) + 3])
    return np.arange(heights.size) * pfl[1] / 1000, heights


def p2p_terms(row):
    return itm.loss_terms(*profile_of(row["pfl"]), **options_of(row))


def area_terms(row):
    return itm.area_loss_terms(row["d__km"], **area_options_of(row))


def worst_loss_difference(rows, terms_of):
    return max(abs(terms_of(row)["A"] - row["A__db"]) for row in rows)


def test_point_to_point_agrees_with_the_library():
    assert len(P2P) == 300
    assert worst_loss_difference(P2P, p2p_terms) < TOLERANCE_DB


def test_area_mode_agrees_with_the_library():
    assert len(AREA) == 150
    assert worst_loss_difference(AREA, area_terms) < TOLERANCE_DB


@pytest.mark.parametrize(("rows", "terms_of"), [(P2P, p2p_terms), (AREA, area_terms)])
def test_every_intermediate_value_agrees(rows, terms_of):
    for row in rows:
        terms, truth = terms_of(row), row["intermediate"]
        for name in ("theta_hzn", "d_hzn__meter", "h_e__meter"):
            own = [terms[f"{name.removesuffix('__meter')}_{end}"] for end in ("tx", "rx")]
            assert own == pytest.approx(truth[name], rel=1e-10, abs=1e-9), row["id"]
        assert terms["d"] == pytest.approx(1000 * truth["d__km"])
        assert terms["N_s"] == pytest.approx(truth["N_s"])
        assert terms["delta_h"] == pytest.approx(truth["delta_h__meter"], abs=1e-6)
        assert terms["A_ref"] == pytest.approx(truth["A_ref__db"], abs=TOLERANCE_DB)
        assert terms["A_fs"] == pytest.approx(truth["A_fs__db"], abs=TOLERANCE_DB)
        assert terms["mode"] == truth["mode"]
        assert terms["warnings"] == row["warnings"]


def test_the_vectors_hold_every_kind_of_path_climate_and_mode():
    for rows in (P2P, AREA):
        assert {row["intermediate"]["mode"] for row in rows} == set(itm.Mode)
        assert {row["climate"] for row in rows} == set(range(1, 8))
        assert len({row["mdvar"] for row in rows}) == 16


def numbers(text):
    return [float(v) for v in text.replace("\n", ",").split(",") if v.strip()]


def test_published_cases_agree_as_printed(shared):
    folder = shared / "reference" / "itm" / "ntia_originals"
    profiles = [numbers(line) for line in (folder / "pfls.csv").read_text().splitlines()]
    rows = [{k: float(v) for k, v in row.items()} for row in csv_rows(folder / "p2p.csv")]
    assert len(rows) == len(profiles) == 5
    for row, pfl in zip(rows, profiles, strict=True):
        assert p2p_terms(row | {"pfl": pfl})["A"] == pytest.approx(row["A__db"], abs=0.0051)
    for row in csv_rows(folder / "area.csv"):
        case = {k: float(v) for k, v in row.items()}
        assert area_terms(case)["A"] == pytest.approx(case["A__db"], abs=0.051)


class Command:
    """A command-line example: its inputs, as a row with lists where it has several, and output."""

    def __init__(self, shared, name):
        folder = shared / "reference" / "itm" / "ntia_originals" / "cmd_examples"
        lines = (folder / f"i_{name}.txt").read_text().splitlines()
        given = [line.split(",") for line in lines if line.strip()]
        self.given = {k.replace("_site_", "_siting_"): numbers(",".join(v)) for k, *v in given}
        self.row = {key: values[0] for key, values in self.given.items()}
        self.row["pfl"] = numbers((folder / "pfl.txt").read_text())
        self.output = [line.split() for line in (folder / f"o_{name}.txt").open()]

    def loss(self):
        return next(float(x[3]) for x in self.output if x[:3] == ["Basic", "Transmission", "Loss"])

    def table(self):
        start = next(i for i, x in enumerate(self.output) if x[-1:] == ["(dB)"] and "Results" in x)
        rows = [x for x in self.output[start:] if len(x) > 3 and x[0].isdigit()]
        return [[float(v) for v in row] for row in rows]


@pytest.mark.parametrize(
    ("name", "terms_of"),
    [("p2ptls", p2p_terms), ("p2pcr", p2p_terms), ("areatls", area_terms), ("areacr", area_terms)],
)
def test_command_line_examples_agree_as_printed(shared, name, terms_of):
    command = Command(shared, name)
    assert terms_of(command.row)["A"] == pytest.approx(command.loss(), abs=0.051)


def test_command_line_tables_agree_as_printed(shared):
    command = Command(shared, "p2pcr_tbl")
    assert len(command.table()) == 3
    for reliability, *losses in command.table():
        for confidence, loss in zip(command.given["confidence"], losses, strict=True):
            case = command.row | {"reliability": reliability, "confidence": confidence}
            assert p2p_terms(case)["A"] == pytest.approx(loss, abs=0.051)
    command = Command(shared, "areacr_tbl")
    assert len(command.table()) == 19
    for distance_km, _, *losses in command.table():
        for confidence, loss in zip(command.given["confidence"], losses, strict=True):
            case = command.row | {"d__km": distance_km, "confidence": confidence}
            assert area_terms(case)["A"] == pytest.approx(loss, abs=0.051)


def test_the_crystal_palace_path_agrees(shared):
    path = shared / "reference" / "itm" / "qkpfl_test1.json"
    case = json.loads(path.read_text(encoding="utf8"))
    h = np.array(case["elev_m"])
    d = np.linspace(0, case["d_km"], h.size)
    tenth = int(0.1 * (h.size - 1))
    options = {
        "frequency_ghz": case["f_mhz"] / 1000,
        "tx_height_m": case["h_tx_m"],
        "rx_height_m": case["h_rx_m"],
        "climate": CLIMATES[case["climate"] - 1],
        "n0": case["Ns"] * math.exp(h[tenth : h.size - tenth].mean() / 9460),
        "polarization": "horizontal",
        "mode_of_variability": "mobile",
        "location_variability": False,
    }
    expected = case["expected_loss_dB_rows_reliability_cols_confidence"]
    for reliability, losses in zip(case["reliability"], expected, strict=True):
        for confidence, loss in zip(case["confidence"], losses, strict=True):
            percent = {
                "reliability_percent": 100 * reliability,
                "confidence_percent": 100 * confidence,
            }
            assert itm.loss_db(d, h, **options, **percent) == pytest.approx(
                loss, abs=case["tolerance_dB"]
            )


GROUNDS = [(4.0, 0.001), (15.0, 0.005), (81.0, 5.0)]


@st.composite
def links(draw):
    """A random walk of terrain and a link over it."""
    seed, points = draw(st.integers(0, 2**32 - 1)), draw(st.integers(12, 300))
    h = np.cumsum(np.random.default_rng(seed).normal(0, draw(st.floats(0.1, 20)), points))
    permittivity, conductivity = draw(st.sampled_from(GROUNDS))
    return {
        "h": np.clip(h - min(h.min(), 0), 0, 3000),
        "step": round(draw(st.floats(10, 800)), 3),
        "h_tx": draw(st.floats(1, 300)),
        "h_rx": draw(st.floats(1, 300)),
        "ghz": round(draw(st.floats(0.04, 20)), 4),
        "vertical": draw(st.booleans()),
        "permittivity": permittivity,
        "conductivity": conductivity,
    }


def asked(link):
    return {
        "frequency_ghz": link["ghz"],
        "tx_height_m": link["h_tx"],
        "rx_height_m": link["h_rx"],
        "polarization": "vertical" if link["vertical"] else "horizontal",
        "permittivity": link["permittivity"],
        "conductivity_s_m": link["conductivity"],
        "n0": 330.0,
    }


@given(link=links())
@settings(max_examples=120)
def test_reference_attenuation_agrees_with_its_plain_twin(link):
    f = 1000 * link["ghz"]
    relative = link["permittivity"] + 18000j * link["conductivity"] / f
    z_g = np.sqrt(relative - 1) / (relative if link["vertical"] else 1)
    path = Path(link["h"], link["step"], link["h_tx"], link["h_rx"], 330.0, f, z_g)
    d = np.arange(link["h"].size) * link["step"] / 1000
    terms = itm.loss_terms(d, link["h"], **asked(link))
    assert terms["delta_h"] == pytest.approx(path.delta_h, abs=1e-8)
    assert [terms["h_e_tx"], terms["h_e_rx"]] == pytest.approx(path.h_e, rel=1e-9)
    assert [terms["d_hzn_tx"], terms["d_hzn_rx"]] == pytest.approx(path.d_l, rel=1e-9)
    with np.errstate(invalid="ignore"):
        expected = path.reference_attenuation()
    assert math.isnan(expected) == (itm.Warnings.NO_DIFFRACTION in terms["warnings"])
    assert terms["A_ref"] == pytest.approx(np.nan_to_num(expected), abs=1e-8)


@given(seed=st.integers(0, 999), points=st.integers(5, 900), step=st.floats(5, 300))
@settings(max_examples=60)
def test_roughness_agrees_with_sorted_heights(seed, points, step):
    h = np.random.default_rng(seed).normal(0, 30, points).round(0)
    end = (points - 1) * step
    scratch = np.full(itm_roughness.SCRATCH_POINTS + 1, -7.0)
    own = itm_roughness.terrain_irregularity(h, step, 0.3 * step, 0.97 * end, scratch)
    assert own == pytest.approx(delta_h(h, step, 0.3 * step, 0.97 * end), abs=1e-8)
    assert scratch[-1] == -7.0


def hills(points=201, length_km=20.0, seed=3):
    steps = np.random.default_rng(seed).normal(0, 7, points)
    return np.linspace(0, length_km, points), np.cumsum(steps) + 300


LINK = {"frequency_ghz": 1.8, "tx_height_m": 30.0, "rx_height_m": 10.0}


@pytest.mark.parametrize("seed", range(8))
def test_the_link_is_the_same_both_ways(seed):
    d, h = hills(seed=seed, length_km=23.7)
    back = LINK | {"tx_height_m": 10.0, "rx_height_m": 30.0}
    assert itm.loss_db(d, h[::-1], **back) == pytest.approx(itm.loss_db(d, h, **LINK), abs=1e-6)


@given(height=st.floats(100, 900), more=st.floats(20, 400))
@settings(max_examples=30)
def test_a_higher_edge_never_helps(height, more):
    d = np.linspace(0, 20, 201)
    edge = np.where(np.arange(201) == 90, 1.0, 0.0)
    low, high = (itm.loss_terms(d, h * edge, **LINK)["A_ref"] for h in (height, height + more))
    assert high >= low


def test_area_loss_rises_with_distance():
    d = np.geomspace(1, 900, 200)
    loss = itm.area_loss_db(d, delta_h_m=90.0, **LINK)
    assert loss.shape == (200,)
    assert (np.diff(loss) > 0).all()
    assert loss[17] == itm.area_loss_db(d[17], delta_h_m=90.0, **LINK)


def test_area_distances_and_roughness_broadcast():
    loss = itm.area_loss_db([[5.0], [50.0]], delta_h_m=[0.0, 90.0, 200.0], **LINK)
    assert loss.shape == (2, 3)
    assert loss[1, 2] == itm.area_loss_terms(50.0, delta_h_m=200.0, **LINK)["A"]


def test_well_sited_antennas_reach_farther():
    losses = [
        itm.area_loss_db(40, delta_h_m=90, **LINK, tx_siting=siting, rx_siting=siting)
        for siting in ("random", "careful", "very_careful")
    ]
    assert losses == sorted(losses, reverse=True)


def test_high_over_flat_ground_it_is_free_space():
    d = np.linspace(0, 3, 101)
    high = {"frequency_ghz": 1.8, "tx_height_m": 800.0, "rx_height_m": 800.0}
    terms = itm.loss_terms(d, np.zeros(101), **high)
    assert terms["A_fs"] == pytest.approx(32.45 + 20 * math.log10(1800 * 3))
    assert terms["A"] == pytest.approx(terms["A_fs"], abs=0.01)


@pytest.mark.parametrize("kind", ["time", "location", "situation"])
@pytest.mark.parametrize("climate", CLIMATES)
def test_more_of_the_cases_means_more_loss(kind, climate):
    d, h = hills(length_km=60)
    losses = [
        itm.loss_db(d, h, **LINK, climate=climate, **{f"{kind}_percent": percent})
        for percent in (1, 10, 50, 90, 99)
    ]
    assert losses == sorted(losses)
    assert losses[-1] - losses[0] > 3


def test_a_variability_left_out_changes_nothing():
    d, h = hills()
    median = itm.loss_db(d, h, **LINK)
    without = itm.loss_terms(d, h, **LINK, location_percent=99, location_variability=False)
    assert without["A"] == pytest.approx(median, abs=1e-4)
    assert itm.loss_db(d, h, **LINK, location_percent=99) > median + 5


def test_situation_variability_is_eight_db_near_the_transmitter():
    d, h = np.linspace(0, 2, 51), np.zeros(51)
    z = inverse_normal(0.1)
    terms = itm.loss_terms(d, h, **LINK, situation_percent=10)
    assert z == pytest.approx(1.2816, abs=5e-4)
    assert terms["Y_S"] == pytest.approx(8.0 * z, rel=0.02)


def test_confidence_and_reliability_stand_for_situation_and_time():
    d, h = hills()
    one = itm.loss_db(d, h, **LINK, confidence_percent=80, reliability_percent=95)
    assert one == itm.loss_db(d, h, **LINK, situation_percent=80, time_percent=95)
    assert itm.loss_db(d, h, **LINK, confidence_percent=50) == itm.loss_db(d, h, **LINK)


def test_a_single_message_knows_situations_only():
    d, h = hills()
    mode = {"mode_of_variability": "single_message"}
    assert itm.loss_db(d, h, **LINK, **mode, time_percent=99) == itm.loss_db(d, h, **LINK, **mode)
    assert itm.loss_terms(d, h, **LINK, **mode, situation_percent=99)["Y_R"] == 0


def test_a_change_of_unit_does_not_move_the_loss():
    _, h = hills()
    step_km = 0.0999
    once = np.arange(h.size) * step_km
    summed = np.cumsum(np.full(h.size, step_km)) - step_km
    summed[0] = 0.0
    assert (once != summed).any()
    assert itm.loss_terms(once, h, **LINK) == itm.loss_terms(summed, h, **LINK)


def test_no_kernel_allocates():
    d, h = hills()
    scratch = np.zeros(itm_roughness.SCRATCH_POINTS)
    link = kernel.Link(1.8, True, 15.0, 0.005, 3, 3, True, True, 50.0, 50.0, 50.0)
    kernel.loss_terms(analyse_profile(d, h, scratch, 30.0, 1.5, 370.0), link)
    allocating = njit(lambda x: x + x)
    allocating(d)
    assert allocates(allocating)
    for function in (analyse_profile, kernel.loss_terms):
        assert not allocates(function)


def test_warnings_are_values_with_a_meaning():
    d = np.linspace(0, 0.9, 31)
    terms = itm.loss_terms(d, np.zeros(31), **(LINK | {"frequency_ghz": 12.0}))
    assert terms["warnings"] == itm.Warnings.FREQUENCY | itm.Warnings.PATH_DISTANCE_TOO_SMALL_2
    assert terms["warnings"].meanings == (
        "the frequency is outside 40 MHz to 10 GHz",
        "the path is under 1 km long",
    )
    assert all(warning.meanings for warning in itm.Warnings)
    assert terms["mode"] is itm.Mode.LINE_OF_SIGHT


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"tx_height_m": 0.7}, itm.Warnings.TX_TERMINAL_HEIGHT),
        ({"rx_height_m": 1500.0}, itm.Warnings.RX_TERMINAL_HEIGHT),
        ({"time_percent": 99.95}, itm.Warnings.EXTREME_VARIABILITIES),
        ({"frequency_ghz": 0.03}, itm.Warnings.FREQUENCY),
    ],
)
def test_each_input_near_its_limit_warns(change, warning):
    d, h = hills()
    assert warning in itm.loss_terms(d, h, **(LINK | change))["warnings"]


@pytest.mark.parametrize(
    ("distance_km", "warning"),
    [
        (0.5, itm.Warnings.PATH_DISTANCE_TOO_SMALL_1),
        (1500, itm.Warnings.PATH_DISTANCE_TOO_BIG_1),
        (2500, itm.Warnings.PATH_DISTANCE_TOO_BIG_2),
    ],
)
def test_each_length_near_its_limit_warns(distance_km, warning):
    ends = {"frequency_ghz": 1.8, "tx_height_m": 200.0, "rx_height_m": 2.0}
    assert warning in itm.area_loss_terms(distance_km, delta_h_m=90, **ends)["warnings"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tx_height_m": 0.4}, "tx_height_m is 0.4: .* 0.5 to 3000 .*code 1000"),
        ({"rx_height_m": math.nan}, "rx_height_m is nan.*code 1001"),
        ({"climate": "tropical"}, "climate is 'tropical': give 'equatorial', .*code 1002"),
        ({"time_percent": 0}, "time_percent is 0: .*code 1003"),
        ({"location_percent": 100}, "location_percent is 100: .*code 1004"),
        ({"situation_percent": -1}, "situation_percent is -1: .*code 1005"),
        ({"confidence_percent": 100}, "confidence_percent is 100: .*code 1006"),
        ({"reliability_percent": 0}, "reliability_percent is 0: .*code 1007"),
        ({"n0": 401}, "n0 is 401: .* 250 to 400 .*code 1008"),
        ({"frequency_ghz": 21}, "frequency_ghz is 21: .* 0.02 to 20 .*code 1009"),
        ({"polarization": "left"}, "polarization is 'left': .*code 1010"),
        ({"permittivity": 0.5}, "permittivity is 0.5: .*code 1011"),
        ({"conductivity_s_m": 0}, "conductivity_s_m is 0: .*code 1012"),
        ({"permittivity": 1, "polarization": "horizontal"}, "impedance .*code 1013"),
        ({"mode_of_variability": "fixed"}, "mode_of_variability is 'fixed': .*code 1014"),
        ({"distance_km": 0}, "distance_km has 0: .*code 1017"),
        ({"delta_h_m": -3}, "delta_h_m has -3: .*code 1018"),
        ({"tx_siting": "good"}, "tx_siting is 'good': .*code 1019"),
        ({"rx_siting": "good"}, "rx_siting is 'good': .*code 1020"),
    ],
)
def test_outside_its_range_it_refuses_with_the_return_code(change, said):
    given = {"distance_km": 10.0, "delta_h_m": 90.0} | LINK | change
    with pytest.raises(OutOfRangeError, match=said):
        itm.area_loss_db(given.pop("distance_km"), **given)


@pytest.mark.parametrize(
    ("height_m", "said"), [(7000.0, "too high .*code 1021"), (-900.0, "below the sea.*code 1022")]
)
def test_terrain_of_no_possible_refractivity_is_refused(height_m, said):
    d, h = np.linspace(0, 10, 51), np.full(51, height_m)
    with pytest.raises(OutOfRangeError, match=said):
        itm.loss_db(d, h, **LINK, n0=300.0 if height_m > 0 else 400.0)


def test_an_earth_of_no_possible_radius_is_an_error():
    link = kernel.Link(1.8, True, 15.0, 0.005, 3, 3, True, True, 50.0, 50.0, 50.0)
    path = area_path(10.0, 90.0, 30.0, 1.5, 0, 0, 301.0)._replace(a_e=2e7)
    terms = kernel.loss_terms(path, link)
    assert terms.error == itm.ReturnCode.EFFECTIVE_EARTH
    assert math.isnan(terms.A)


def test_where_diffraction_has_no_value_it_says_so():
    d, wall = np.linspace(0, 0.5, 51), np.zeros(51)
    wall[1] = 100.0
    ends = {"frequency_ghz": 0.02, "tx_height_m": 100.0, "rx_height_m": 10.0}
    terms = itm.loss_terms(d, wall, **ends)
    assert itm.Warnings.NO_DIFFRACTION in terms["warnings"]
    assert "do not use it" in terms["warnings"].meanings[-1]
    assert terms["A_ref"] == 0
    higher = itm.loss_terms(d, wall, **(ends | {"frequency_ghz": 0.7}))
    assert itm.Warnings.NO_DIFFRACTION not in higher["warnings"]
    assert higher["A_ref"] > 15


def test_all_values_outside_are_said_at_once():
    with pytest.raises(OutOfRangeError) as caught:
        itm.loss_db(*hills(), frequency_ghz=0.001, tx_height_m=0, rx_height_m=0, n0=1)
    assert [f"code {n}" in str(caught.value) for n in (1000, 1001, 1008, 1009)] == [True] * 4


@pytest.mark.parametrize(
    ("distance", "height", "said"),
    [
        ([0, 1], [0, 0], "has 2 points: give at least 3"),
        ([0, 1, 2, 3], [0, 0, math.nan, 0], r"height_m\[2\] is nan"),
        ([0, 1, 3, 2], [0] * 4, r"distance_km\[3\] is 2.0 after 3.0"),
        ([1, 2, 3, 4], [0] * 4, "must start at 0"),
        ([0, 1, 2, 3], [0] * 3, "one value a point"),
        ([0, 1, 2.5, 3], [0] * 4, r"distance_km\[2\] is 2.5, .* equal steps, resample"),
    ],
)
def test_an_unusable_profile_is_named(distance, height, said):
    with pytest.raises(InputError, match=said):
        itm.loss_db(distance, height, **LINK)


def test_percentages_are_given_in_one_way():
    with pytest.raises(InputError, match="time_percent is 90 beside confidence_percent"):
        itm.loss_db(*hills(), **LINK, time_percent=90, reliability_percent=90)


def test_area_arrays_must_broadcast():
    with pytest.raises(InputError, match=r"shape \(2,\) and delta_h_m \(3,\)"):
        itm.area_loss_db([1, 2], delta_h_m=[1, 2, 3], **LINK)
    with pytest.raises(InputError, match="takes one path: give scalars"):
        itm.area_loss_terms([1, 2], delta_h_m=90, **LINK)
