"""The Standard Propagation Model and Deygout's method against figures worked by hand."""

import math

import naive_spm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_code import allocates
from naive_hata import a_hm_db, hata_db

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import spm as kernel
from phusong.kernels.deygout import deygout_db
from phusong.propagation import spm

LINK = {"frequency_ghz": 0.9, "tx_height_m": 30.0, "rx_height_m": 1.5}
FLAT = 1e12  # an effective earth radius in km at which the earth is flat


def factors(**changed):
    return spm.SpmCoefficients(*([0.0] * 8))._replace(**changed)


# d in km, Hteff and Hmeff in m, Ldiff and f(clutter) in dB; logs of 1,000, 10,000, 10 and 100 are
# whole, so every row is a sum of whole terms.
TABLE = [
    # K1   K2    K3    K4   K5    K6    K7   Kcl   d    Hteff  Hmeff Ldiff clutter  L
    ((10, 40.0, 5.0, 0.0, -6.0, 0.0, 0.0, 0.0), 10, 100.0, 10.0, 0.0, 0.0, 132.0),
    ((10, 40.0, 5.0, 0.0, -6.0, -0.5, 0.0, 0.0), 10, 100.0, 10.0, 0.0, 0.0, 127.0),
    ((10, 40.0, 5.0, 0.0, -6.0, -0.5, -3.0, 0.0), 10, 100.0, 10.0, 0.0, 0.0, 124.0),
    ((10, 40.0, 5.0, 0.0, -6.0, -0.5, -3.0, 2.0), 10, 100.0, 10.0, 0.0, 7.0, 138.0),
    ((10, 40.0, 5.0, 0.5, -6.0, -0.5, -3.0, 2.0), 10, 100.0, 10.0, 24.0, 7.0, 150.0),
    ((10, 40.0, 5.0, 0.5, -6.0, -0.5, -3.0, 2.0), 1, 10.0, 100.0, 24.0, -3.0, 67.0),
    ((12, 44.9, 5.83, 1.0, -6.55, 0.0, 0.0, 1.0), 1, 100.0, 1.0, 0.0, 0.0, 119.06),
]


@pytest.mark.parametrize(("k", "km", "hteff", "hmeff", "ldiff", "clutter", "loss_db"), TABLE)
def test_the_formula_worked_by_hand(k, km, hteff, hmeff, ldiff, clutter, loss_db):
    terms = kernel.loss_terms(
        spm.SpmCoefficients(*map(float, k)), float(km), hteff, hmeff, ldiff, clutter
    )
    loss, *addends = terms[:9]
    assert loss == pytest.approx(loss_db, abs=1e-9)
    assert sum(addends) == pytest.approx(loss)


# Ground 90 m at the transmitter; 60, 50, 40, 60 m over the last 3 km, that is on the mean
# (60/2 + 50 + 40 + 60/2) / 3 = 50 m, by least squares rising (-1.5, -0.5, 0.5, 1.5) x (60, 50, 40,
# 60) / 5 = -1 m a km: the line through the receiver's 60 m stands at 65 m under the transmitter.
DISTANCE_KM = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
HEIGHT_M = np.array([90.0, 80.0, 60.0, 50.0, 40.0, 60.0])


@pytest.mark.parametrize(
    ("method", "hteff"),
    [("above_ground", 30.0), ("spot", 60.0), ("average", 70.0), ("slope", 55.0)],
)
def test_effective_heights_worked_by_hand(method, hteff):
    terms = spm.loss_terms(
        DISTANCE_KM, HEIGHT_M, **LINK, effective_height=method, stretch_km=3.0, diffraction="none"
    )
    assert terms["Hteff"] == pytest.approx(hteff)
    assert terms["K3_log_Hteff"] == pytest.approx(5.83 * math.log10(hteff))
    assert terms["Hmeff"] == 1.5


def test_a_receiver_above_does_not_lower_the_spot_height():
    terms = spm.loss_terms(DISTANCE_KM, HEIGHT_M[::-1], **LINK, effective_height="spot")
    assert terms["Hteff"] == 30.0


@pytest.mark.parametrize(("tx_ground_m", "hteff"), [(-1000.0, 20.0), (1000.0, 200.0)])
@pytest.mark.parametrize("method", ["average", "slope"])
def test_fitted_heights_stay_within_20_to_200_m(method, tx_ground_m, hteff):
    h = HEIGHT_M.copy()
    h[0] = tx_ground_m
    terms = spm.loss_terms(DISTANCE_KM, h, **LINK, effective_height=method)
    assert terms["Hteff"] == hteff


@pytest.mark.parametrize(
    ("stretch_km", "weights", "mean"),
    [
        (0.0, "uniform", 8.0),
        (1.0, "uniform", 6.0),
        (2.0, "uniform", 14 / 3),
        (2.0, "triangular", (8 + 0.5 * 4) / 1.5),
        (4.0, "triangular", (8 + 0.75 * 4 + 0.5 * 2 + 0.25 * 20) / 2.5),
    ],
)
def test_clutter_means_worked_by_hand(stretch_km, weights, mean):
    terms = spm.loss_terms(
        DISTANCE_KM,
        HEIGHT_M,
        **LINK,
        clutter_loss_db=[20.0, 20.0, 20.0, 2.0, 4.0, 8.0],
        clutter_stretch_km=stretch_km,
        clutter_weights=weights,
    )
    assert terms["f_clutter"] == pytest.approx(mean)
    assert terms["Kclutter_f_clutter"] == pytest.approx(mean)


def grazing(diffraction):
    """One edge that just touches the ray, over a flat earth: nu = 0, J = 6.0329 dB."""
    terms = spm.loss_terms(
        [0.0, 2.0, 6.0],
        [0.0, 25.0, 0.0],
        frequency_ghz=1.8,
        tx_height_m=25.0,
        rx_height_m=25.0,
        coefficients=factors(K4=0.5),
        diffraction=diffraction,
        effective_radius_km=FLAT,
    )
    assert terms["L"] == pytest.approx(0.5 * terms["Ldiff"])
    return terms["Ldiff"]


def test_diffraction_worked_by_hand():
    j = 6.9 + 20 * math.log10(math.sqrt(1.01) - 0.1)
    part = 1 - math.exp(-j / 6)
    assert j == pytest.approx(6.0329, abs=1e-3)
    assert grazing("none") == 0.0
    assert grazing("bullington") == pytest.approx(j + part * (10 + 0.02 * 6), abs=1e-6)
    assert grazing("deygout") == pytest.approx(j + part * (10 + 0.04 * 6), abs=1e-6)


def test_deygout_takes_one_edge_on_each_side():
    # Edges of 60, 100 and 60 m at 2, 5 and 8 of 10 km between antennas 10 m high; flat earth.
    d = np.array([0.0, 2.0, 5.0, 8.0, 10.0])
    h = np.array([0.0, 60.0, 100.0, 60.0, 0.0])
    wavelength = 0.2998 / 0.9

    def j(excess_m, d1, d2):
        nu = excess_m * math.sqrt(0.002 * (d1 + d2) / (wavelength * d1 * d2))
        return 6.9 + 20 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1)

    main = j(90.0, 5, 5)
    side = j(60.0 - (10 + 0.4 * 90), 2, 3)
    expected = main + (1 - math.exp(-main / 6)) * (2 * side + 10.4)
    assert deygout_db(d, h, 10.0, 10.0, FLAT, 0.9) == pytest.approx(expected, abs=1e-6)


PROFILE = st.lists(st.floats(0, 400), min_size=3, max_size=60)


@given(
    heights=PROFILE,
    km=st.floats(1, 20),
    ghz=st.floats(0.15, 3.5),
    tx=st.floats(5, 100),
    rx=st.floats(1, 20),
    method=st.sampled_from(["above_ground", "spot", "average", "slope"]),
    stretch_km=st.floats(0.5, 30),
    diffraction=st.sampled_from(["bullington", "deygout"]),
)
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(heights, km, ghz, tx, rx, method, stretch_km, diffraction):
    d, h = np.linspace(0, km, len(heights)), np.array(heights)
    k = spm.SpmCoefficients(14.0, 43.0, 5.5, 0.6, -6.0, -0.2, -1.5, 1.0)
    loss = spm.loss_db(
        d,
        h,
        frequency_ghz=ghz,
        tx_height_m=tx,
        rx_height_m=rx,
        coefficients=k,
        effective_height=method,
        stretch_km=stretch_km,
        diffraction=diffraction,
    )
    twin = naive_spm.loss_db(d, h, ghz, tx, rx, k, method, stretch_km, diffraction, 8500.0)
    assert loss == pytest.approx(twin, abs=1e-6)


@given(km=st.floats(1, 20), mhz=st.floats(150, 2000), tx=st.floats(30, 200))
@settings(max_examples=50)
def test_the_untuned_formula_is_hatas(km, mhz, tx):
    loss = spm.loss_db(
        [0, km / 2, km],
        [0] * 3,
        **(LINK | {"frequency_ghz": mhz / 1e3, "tx_height_m": tx}),
        diffraction="none",
    )
    a_hm = a_hm_db(mhz, 1.5, "small")
    hatas = float(hata_db(km, np.array(mhz), tx, 1.5, "urban", "small"))
    assert loss == pytest.approx(hatas + a_hm, abs=1e-9)


@pytest.mark.parametrize(("ghz", "k1"), [(0.9, 12.1), (0.935, 12.6), (1.8, 22.0), (1.805, 22.0)])
def test_untuned_factors_are_the_published_ones(ghz, k1):
    first, *others = spm.default_coefficients(ghz)
    assert first == pytest.approx(k1, abs=0.05)
    assert others == [44.9, 5.83, 1.0, -6.55, 0.0, 0.0, 1.0]


@given(heights=PROFILE, seed=st.integers(0, 100))
@settings(max_examples=50)
def test_diffraction_is_the_same_both_ways(heights, seed):
    d, h = np.linspace(0, 10, len(heights)), np.array(heights) + seed * np.arange(len(heights))
    there = deygout_db(d, h, h[0] + 20.0, h[-1] + 5.0, 8500.0, 0.9)
    back = deygout_db(d, h[::-1].copy(), h[-1] + 5.0, h[0] + 20.0, 8500.0, 0.9)
    assert back == pytest.approx(there, abs=1e-6)


@pytest.mark.parametrize("diffraction", ["bullington", "deygout"])
def test_a_clear_path_has_no_diffraction_and_a_higher_hill_more(diffraction):
    d = np.linspace(0, 10, 101)

    def lost(height):
        hill = height * np.exp(-(((d - 6) / 0.5) ** 2))
        link = LINK | {"tx_height_m": 200.0, "rx_height_m": 100.0}
        return spm.loss_terms(d, hill, **link, diffraction=diffraction)["Ldiff"]

    losses = [lost(height) for height in (0, 150, 300, 600)]
    assert losses[0] == 0.0
    assert losses == sorted(losses)
    assert losses[-1] > 20


def test_clutter_on_the_path_diffracts_but_not_on_the_ends():
    d = np.linspace(0, 5, 51)
    clutter = np.zeros(51)
    clutter[[0, -1]] = 30.0
    bare = spm.loss_db(d, np.zeros(51), **LINK)
    assert spm.loss_db(d, np.zeros(51), **LINK, clutter_m=clutter) == bare
    assert spm.loss_db(d, np.zeros(51), **LINK, clutter_m=15.0) > bare + 3


def test_outside_its_distances_one_warning_says_so():
    with pytest.warns(PhusongWarning, match=r"0.5 km is outside .* 1 to 20 km") as said:
        spm.loss_db([0, 0.2, 0.5], [0] * 3, **LINK)
    assert len(said) == 1
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frequency_ghz": 3.6}, "frequency_ghz is 3.6: .* from 0.15 to 3.5"),
        ({"tx_height_m": 0.0}, "tx_height_m is 0: .* from 0.1 to 3000"),
        ({"rx_height_m": math.nan}, "rx_height_m is nan"),
    ],
)
def test_outside_its_range_it_refuses(change, said):
    with pytest.raises(OutOfRangeError, match=said):
        spm.loss_db(DISTANCE_KM, HEIGHT_M, **(LINK | change))


@pytest.mark.parametrize(
    ("distance", "height", "said"),
    [
        ([0, 1], [0, 0], "has 2 points: give at least 3"),
        ([0, 1, 2], [0, math.inf, 0], r"height_m\[1\] is inf"),
        ([0, 2, 1], [0] * 3, r"distance_km\[2\] is 1.0 after 2.0"),
    ],
)
def test_an_unusable_profile_is_named(distance, height, said):
    with pytest.raises(InputError, match=said):
        spm.loss_db(distance, height, **LINK)


def test_wrong_settings_are_said_at_once():
    with pytest.raises(InputError) as caught:
        spm.loss_db(
            DISTANCE_KM,
            HEIGHT_M,
            **LINK,
            coefficients=factors(K4=math.nan),
            effective_height="eye",
            stretch_km=0.0,
            diffraction="epstein",
            clutter_m=[-1.0, 0, 0, 0, 0, 0],
            clutter_loss_db=[1.0, 2.0],
            clutter_stretch_km=-1.0,
            clutter_weights="square",
            effective_radius_km=0.0,
        )
    assert caught.value.problems == (
        "effective_height is 'eye': give 'above_ground', 'spot', 'average', 'slope'",
        "diffraction is 'epstein': give 'none', 'bullington', 'deygout'",
        "clutter_weights is 'square': give 'uniform', 'triangular'",
        "stretch_km is 0.0: give above 0",
        "clutter_stretch_km is -1.0: give 0 or more",
        "effective_radius_km is 0.0: give above 0, as 8500",
        "K4 is nan: give a finite factor",
        "clutter_m has -1: give finite values of 0 or more",
        "clutter_loss_db has shape (2,): give one value, or one of (6,)",
    )


def test_the_kernels_do_not_allocate():
    spm.loss_db(DISTANCE_KM, HEIGHT_M, **LINK)
    for function in (
        deygout_db,
        kernel.diffraction_db,
        kernel.effective_height_m,
        kernel.clutter_db,
        kernel.loss_terms,
    ):
        assert not allocates(function)
