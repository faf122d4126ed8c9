"""P.1812-8 against the reference vectors, and its properties."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import bullington_db
from vectors import REFERENCE, csv_rows, itu_log, itu_profile, json_lines

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import diffraction
from phusong.kernels.path import analyse_path
from phusong.propagation import p1812

TOLERANCE_DB = 1e-6
RANDOM = json_lines(REFERENCE / "p1812_v8_random.jsonl")
DELTA = json_lines(REFERENCE / "delta_bullington.jsonl")


@pytest.fixture(autouse=True)
def _short_paths_are_wanted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhusongWarning)
        yield


def terms_of(row):
    distance_km = np.arange(row["n"]) * row["step_m"] / 1000
    return p1812.loss_terms(
        distance_km,
        row["h_m"],
        frequency_ghz=row["f_ghz"],
        tx_height_m=row["htg_m"],
        rx_height_m=row["hrg_m"],
        time_percent=row["p_pct"],
        location_percent=row["pL"],
        location_sigma_db=row["sigmaL"],
        clutter_m=row["R_m"],
        zone=row["zone"],
        polarization={1: "horizontal", 2: "vertical"}[row["pol_1H_2V"]],
        latitude_deg=row["intermediate"]["phi (deg) | Eq (4)"],
        delta_n=row["DN"],
        n0=row["N0"],
        tx_coast_km=row["dct"],
        rx_coast_km=row["dcr"],
        smooth_profile="attachment4" if row["flag4"] else "samples",
    )


def test_random_profiles_agree_with_the_reference():
    worst = max(abs(terms_of(row)["Lb"] - row["expected_Lb_dB"]) for row in RANDOM)
    assert len(RANDOM) == 150
    assert worst < TOLERANCE_DB


NAMES_IN_LOG = {
    "dlt": "dlt (km) | Eq (78)",
    "dlr": "dlr (km) | Eq (81a)",
    "theta_t": "th_t (mrad) | Eqs (76-78)",
    "theta_r": "th_r (mrad) | Eqs (79-81)",
    "theta": "th (mrad) | Eq (82)",
    "omega": "w | Table 5",
    "dtm": "dtm (km) | Sec 3.6",
    "dlm": "dlm (km) | Sec 3.6",
    "b0": "b0 (%) | Eq (5)",
    "ae": "ae (km) | Eq (7a)",
    "hst_n": "hst (m) | Eq (85)",
    "hsr_n": "hsr (m) | Eq (86)",
    "hstd": "hstd (m) | Eq (89)",
    "hsrd": "hsrd (m) | Eq (89)",
    "hte": "hte (m) | Eq (92a)",
    "hre": "hre (m) | Eq (92b)",
    "hm": "hm (m) | Eq (93)",
    "Fj": "Fj | Eq (57)",
    "Fk": "Fk | Eq (58)",
    "Lbfs": "Lbfs | Eq (8)",
    "Lb0p": "Lb0p | Eq (10)",
    "Lb0b": "Lb0b | Eq (11)",
    "Ld50": "Ld50 (dB) | Eq (39)",
    "Ldp": "Ldp (dB) | Eq (41)",
    "Lbd50": "Lbd50 (dB) | Eq (42)",
    # Lbd is not compared: the reference program overwrites it with Lbda before it logs it.
    "Lminb0p": "Lminb0p (dB) | Eq (59)",
    "Lba": "Lba (dB) | Eq (46)",
    "Lminbap": "Lminbap (dB) | Eq (60)",
    "Lbda": "Lbda (dB) | Eq (61)",
    "Lbam": "Lbam (dB) | Eq (62)",
    "Lbs": "Lbs (dB) | Eq (44)",
    "Lbc": "Lbc (dB) | Eq (63)",
}


@pytest.mark.parametrize("name", NAMES_IN_LOG)
def test_every_intermediate_value_agrees(name):
    for row in RANDOM:
        assert terms_of(row)[name] == pytest.approx(
            row["intermediate"][NAMES_IN_LOG[name]], rel=1e-8, abs=1e-6
        ), row["id"]


def test_itu_validation_cases_agree(shared):
    folder = shared / "reference" / "p1812"
    logs = sorted((folder / "itu_validation_results").glob("*_log.csv"))
    assert len(logs) == 45
    for path in logs:
        log = itu_log(path)
        name = path.name.removesuffix("_log.csv").rpartition("_")[0]
        profile = itu_profile(folder / "itu_validation_profiles" / f"{name}.csv")
        loss = p1812.loss_db(
            profile["distance_km"],
            profile["height_m"],
            frequency_ghz=log["f (GHz)"],
            tx_height_m=log["htg (m)"],
            rx_height_m=log["hrg (m)"],
            time_percent=log["p (%)"],
            location_percent=log["pL (%)"],
            location_sigma_db=log["sigmaL (dB)"],
            clutter_m=profile["clutter_m"],
            zone=profile["zone"],
            polarization="horizontal" if log["pol"] == 1 else "vertical",
            latitude_deg=log["phi (deg)"],
            delta_n=log["DN"],
            n0=log["N0"],
            tx_coast_km=log["dct (km)"],
            rx_coast_km=log["dcr (km)"],
        )
        assert loss == pytest.approx(log["Lb (dB)"], abs=TOLERANCE_DB), path.name


def test_delta_bullington_agrees():
    for row in DELTA:
        d = np.arange(row["n"]) * row["step_m"] / 1000
        h = np.array(row["h_m"])
        path = analyse_path(d, h, h, row["htg_m"], row["hrg_m"], row["ae_km"], True, False)
        assert path.hstd == pytest.approx(row["hstd_m"], abs=1e-6)
        assert path.theta_t == pytest.approx(row["theta_t_mrad"], abs=1e-9)
        for i, vertical in enumerate((False, True)):
            ld, lbulla, lbulls, ldsph = diffraction.delta_bullington_db(
                path.nu_root_50,
                path.nu_root_smooth_50,
                path.d,
                path.hts - path.hstd,
                path.hrs - path.hsrd,
                row["ae_km"],
                row["f_ghz"],
                row["omega_sea_fraction"],
                vertical,
            )
            assert lbulla == pytest.approx(row["Lbull_actual_dB"], abs=TOLERANCE_DB)
            assert lbulls == pytest.approx(row["Lbull_smooth_dB"], abs=TOLERANCE_DB)
            assert ldsph == pytest.approx(row["Lsph_HV_dB"][i], abs=TOLERANCE_DB)
            assert ld == pytest.approx(row["Ld_delta_bullington_HV_dB"][i], abs=TOLERANCE_DB)


def test_spherical_earth_agrees():
    rows = csv_rows(REFERENCE / "spherical_earth.csv")
    assert len(rows) == 200
    for row in rows:
        d, hte, hre, ae, f, omega = (
            float(row[k]) for k in ("d_km", "hte_m", "hre_m", "ae_km", "f_ghz", "omega")
        )
        for name, vertical in (("Ldsph_H_dB", False), ("Ldsph_V_dB", True)):
            loss = diffraction.spherical_earth_db(d, hte, hre, ae, f, omega, vertical)
            assert loss == pytest.approx(float(row[name]), abs=TOLERANCE_DB)


def test_knife_edge_agrees():
    for row in csv_rows(REFERENCE / "knife_edge_J.csv"):
        nu, expected = (float(v) for v in row.values())
        assert diffraction.knife_edge_db(nu) == pytest.approx(expected, abs=TOLERANCE_DB)


def test_knife_edge_is_near_the_fresnel_integral():
    for row in csv_rows(REFERENCE / "knife_edge_J_exact.csv"):
        nu, exact = (float(v) for v in row.values())
        if nu > -0.7:
            assert diffraction.knife_edge_db(nu) == pytest.approx(exact, abs=0.125)


@given(
    heights=st.lists(st.floats(0, 400), min_size=5, max_size=60),
    tx=st.floats(5, 100),
    rx=st.floats(1, 20),
    km=st.floats(0.5, 60),
    ghz=st.floats(0.1, 6),
)
@settings(max_examples=80)
def test_bullington_agrees_with_its_plain_twin(heights, tx, rx, km, ghz):
    h = np.array(heights)
    d = np.linspace(0, km, h.size)
    hts, hrs = h[0] + tx, h[-1] + rx
    root = diffraction.bullington_nu_root(d, h, hts, hrs, 8500.0)
    loss = diffraction.bullington_db(root / math.sqrt(diffraction.wavelength_m(ghz)), d[-1])
    assert loss == pytest.approx(bullington_db(d, h, hts, hrs, 8500.0, ghz), abs=1e-9)


def ridge(height_m, points=201, length_km=20.0):
    d = np.linspace(0, length_km, points)
    return d, height_m * np.exp(-(((d - 8) / 0.7) ** 2))


LINK = {"frequency_ghz": 1.8, "tx_height_m": 30.0, "rx_height_m": 10.0}


@given(height=st.floats(20, 800), more=st.floats(1, 400))
@settings(max_examples=40)
def test_a_higher_ridge_never_helps(height, more):
    assert p1812.loss_db(*ridge(height + more), **LINK) >= p1812.loss_db(*ridge(height), **LINK)


@given(km=st.floats(0.3, 5), factor=st.floats(1.01, 3))
@settings(max_examples=40)
def test_loss_rises_with_distance_in_the_clear(km, factor):
    def loss(length):
        return p1812.loss_db(np.linspace(0, length, 50), np.zeros(50), **LINK)

    assert loss(km * factor) > loss(km)


@pytest.mark.parametrize("seed", range(5))
def test_the_link_is_the_same_both_ways_over_land(seed):
    h = np.cumsum(np.random.default_rng(seed).normal(0, 8, 300)) + 300
    d = np.linspace(0, 25, 300)
    ends = {"frequency_ghz": 0.9, "tx_height_m": 20.0, "rx_height_m": 20.0}
    there = p1812.loss_db(d, h, **ends)
    assert p1812.loss_db(d, h[::-1], **ends) == pytest.approx(there, abs=1e-6)


def test_without_obstacles_it_is_free_space():
    d = np.linspace(0, 2, 50)
    loss = p1812.loss_db(d, np.zeros(50), frequency_ghz=3.5, tx_height_m=200, rx_height_m=200)
    assert loss == pytest.approx(92.4 + 20 * math.log10(3.5) + 20 * math.log10(2), abs=1e-3)


def test_less_time_never_means_more_loss():
    losses = [p1812.loss_db(*ridge(100), **LINK, time_percent=p) for p in (1, 10, 30, 50)]
    assert losses == sorted(losses)


def test_location_margin_is_the_normal_quantile():
    median = p1812.loss_db(*ridge(300), **LINK)
    most = p1812.loss_db(*ridge(300), **LINK, location_percent=90, location_sigma_db=8)
    assert most - median == pytest.approx(1.2816 * 8, abs=0.01)


def test_clutter_on_the_ends_is_not_used():
    d, h = ridge(50)
    clutter = np.zeros_like(d)
    clutter[[0, -1]] = 30.0
    assert p1812.loss_db(d, h, **LINK, clutter_m=clutter) == p1812.loss_db(d, h, **LINK)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frequency_ghz": 6.5}, "frequency_ghz is 6.5"),
        ({"frequency_ghz": 0.02}, "0.03 to 6"),
        ({"time_percent": 60.0}, "time_percent is 60"),
        ({"location_percent": 0.5}, "location_percent"),
        ({"tx_height_m": 0.5}, "tx_height_m is 0.5"),
        ({"rx_height_m": math.nan}, "rx_height_m is nan"),
    ],
)
def test_outside_its_range_it_refuses(change, said):
    with pytest.raises(OutOfRangeError, match=said):
        p1812.loss_db(*ridge(100), **(LINK | change))


@pytest.mark.parametrize(
    ("distance", "height", "said"),
    [
        ([0, 1, 2], [0, 0, 0], "has 3 points: give at least 5"),
        ([0, 1, 2, 3, 4], [0, 0, math.nan, 0, 0], r"height_m\[2\] is nan"),
        ([0, 1, 3, 2, 4], [0] * 5, r"distance_km\[3\] is 2.0 after 3.0"),
        ([1, 2, 3, 4, 5], [0] * 5, "must start at 0"),
        ([0, 1, 2, 3, 4], [0] * 4, "one value a point"),
    ],
)
def test_an_unusable_profile_is_named(distance, height, said):
    with pytest.raises(InputError, match=said):
        p1812.loss_db(distance, height, **LINK)


def test_all_problems_are_said_at_once():
    with pytest.raises(InputError) as caught:
        p1812.loss_db([1, 2, 2, 4, 5], [0, math.inf, 0, 0, 0], **LINK, clutter_m=[0, -1, 0, 0, 0])
    assert len(caught.value.problems) == 4


def test_a_wrong_setting_is_named():
    with pytest.raises(InputError, match="polarization is 'left'"):
        p1812.loss_db(*ridge(100), **LINK, polarization="left")


def test_a_path_too_short_is_computed_with_a_warning():
    d = np.linspace(0, 0.1, 10)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert p1812.loss_db(d, np.zeros(10), **LINK) == pytest.approx(77.6, abs=1)
    assert "outside P.1812-8's 0.25 to 3000 km" in str(said[0].message)
