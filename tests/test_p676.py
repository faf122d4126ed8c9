"""P.676 against the reference vectors, its plain twin, and its properties."""

import csv
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from machine_code import allocates
from naive_p676 import (
    gamma_oxygen,
    gamma_water_vapour,
    lines,
    zenith_db_below_10_km,
    zenith_water_vapour_db,
)
from vectors import REFERENCE, csv_rows

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import p676 as kernel
from phusong.kernels import p676_slant as slant_kernel
from phusong.propagation import p676, p676_slant

# P.676-13, Annex 2, Part 1: a0, b0, c0 and d0 of eq. (31) at 38.5 GHz, where its vectors are.
OXYGEN_HEIGHT_38_5_GHZ = (-2.540595, 0.02858191, -6.404764e-4, -1.265134e-3)

FREQUENCIES = st.floats(1, 1000)
AIR = {
    "dry_pressure_hpa": st.floats(100, 1100),
    "temperature_k": st.floats(200, 330),
    "water_vapour_g_m3": st.floats(0, 50),
}


def table(shared, name):
    """Rows of a table of the validation workbook, under its names and units."""
    with (shared / "reference/p676" / name).open(encoding="utf8") as file:
        names, _, *rows = csv.reader(file)
    return dict(zip(names, np.array(rows, dtype=float).T, strict=True))


def air_of(rows):
    return {
        "dry_pressure_hpa": rows["P"],
        "temperature_k": rows["T"],
        "water_vapour_g_m3": rows["rho"],
    }


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("ITURP676-12_gamma.csv", 1e-8), ("ITURP676-13_gamma.csv", 1e-12)],
)
def test_workbook_rows_of_specific_attenuation_agree(shared, name, tolerance):
    rows = table(shared, name)
    f, air = rows["f"], air_of(rows)
    assert len(f) >= 175
    assert p676.oxygen_db_km(f, **air) == pytest.approx(rows["gamma0"], abs=tolerance)
    assert p676.water_vapour_db_km(f, **air) == pytest.approx(rows["gammaw"], abs=tolerance)
    assert p676.loss_db(1.0, frequency_ghz=f, **air) == pytest.approx(rows["gamma"], abs=tolerance)


def test_random_rows_agree():
    names = ("f_ghz", "P_hPa(dry)_for_ITURpy", "T_K", "rho_g_m3")
    names += ("gamma_o_ITURpy_v13", "gamma_w_ITURpy_v13", "gamma_crc_total")
    rows = csv_rows(REFERENCE / "p676_random_gamma.csv")
    f, p, t, rho, *gammas = np.array([[float(row[name]) for name in names] for row in rows]).T
    air = air_of({"P": p, "T": t, "rho": rho})
    assert len(f) == 120
    assert p676.oxygen_db_km(f, **air) == pytest.approx(gammas[0], abs=1e-9)
    assert p676.water_vapour_db_km(f, **air) == pytest.approx(gammas[1], abs=1e-9)
    assert p676.loss_db(1.0, frequency_ghz=f, **air) == pytest.approx(gammas[2], abs=1e-9)


def test_workbook_rows_of_the_zenith_agree(shared):
    rows = table(shared, "ITURP676-12_zenith_attenuation.csv")
    loss = p676_slant.zenith_water_vapour_db(
        rows["f"], columnar_vapour_kg_m2=rows["V_t"], station_height_km=rows["h"]
    )
    assert loss == pytest.approx(rows["Aw"], abs=1e-8)


def test_workbook_rows_of_edition_12_from_ground_to_space_agree(shared):
    rows = table(shared, "ITURP676-12_A_gas.csv")
    zenith = p676_slant.zenith_water_vapour_db(
        rows["f"], columnar_vapour_kg_m2=rows["V_t"], station_height_km=rows["h"]
    )
    loss = p676_slant.slant_loss_db(
        rows["f"], elevation_deg=rows["el"], zenith_water_vapour_db=zenith, **air_of(rows)
    )
    assert loss == pytest.approx(rows["A_gas"], abs=1e-8)


def test_workbook_rows_of_edition_13_from_ground_to_space_agree(shared):
    rows = table(shared, "ITURP676-13_A_gas.csv")
    assert set(rows["f"]) == {38.5}
    total_hpa = rows["P"] + rows["rho"] * rows["T"] / 216.7
    a0, b0, c0, d0 = OXYGEN_HEIGHT_38_5_GHZ
    height = a0 + b0 * rows["T"] + c0 * total_hpa + d0 * rows["rho"]
    path = {"elevation_deg": rows["el"], **air_of(rows)}
    loss = p676_slant.slant_loss_db(rows["f"], oxygen_height_km=height, **path)
    assert loss == pytest.approx(rows["A_gas"], abs=1e-9)
    by_closed_form = p676_slant.slant_loss_db(rows["f"], **path)
    assert by_closed_form == pytest.approx(rows["A_gas"], abs=0.007)


@given(f=FREQUENCIES, air=st.fixed_dictionaries(AIR))
@settings(max_examples=200)
def test_it_agrees_with_its_plain_twin(f, air):
    p, t, rho = (air[name] for name in AIR)
    assert p676.oxygen_db_km(f, **air) == pytest.approx(gamma_oxygen(f, p, t, rho), rel=1e-9)
    vapour = gamma_water_vapour(f, p, t, rho)
    assert p676.water_vapour_db_km(f, **air) == pytest.approx(vapour, rel=1e-9)


@given(f=st.floats(1, 350), columnar=st.floats(0.1, 100), height=st.floats(-0.5, 9))
@settings(max_examples=100)
def test_the_zenith_agrees_with_its_plain_twin(f, columnar, height):
    loss = p676_slant.zenith_water_vapour_db(
        f, columnar_vapour_kg_m2=columnar, station_height_km=height
    )
    assert loss == pytest.approx(zenith_water_vapour_db(f, columnar, height), rel=1e-9)


def test_the_tables_hold_every_line_once():
    for gas, count in (("oxygen", 44), ("water_vapour", 35)):
        ours = p676.line_table(gas)
        assert ours.shape == (count, 7)
        assert np.array_equal(ours, lines(gas).T)
        assert np.all(np.diff(ours[:, 0]) > 0)
        assert ours is p676.line_table(gas)


def test_the_peaks_are_where_the_gases_have_them():
    f = np.arange(10.0, 200.0, 0.05)
    oxygen = p676.oxygen_db_km(f)
    assert f[np.argmax(oxygen)] == pytest.approx(60.5, abs=1.0)
    assert f[f > 100.0][np.argmax(oxygen[f > 100.0])] == pytest.approx(118.75, abs=0.05)
    vapour = p676.water_vapour_db_km(f)
    assert f[f < 40.0][np.argmax(vapour[f < 40.0])] == pytest.approx(22.24, abs=0.6)
    assert f[np.argmax(vapour)] == pytest.approx(183.3, abs=0.1)


@given(f=FREQUENCIES, rho=st.floats(0.1, 30), more=st.floats(1.05, 3))
@settings(max_examples=50)
def test_damper_air_has_more_vapour_loss_and_dry_air_none(f, rho, more):
    loss = p676.water_vapour_db_km(f, water_vapour_g_m3=[0.0, rho, rho * more])
    assert loss[0] == 0.0
    assert loss[2] > loss[1] > 0.0


@given(km=st.floats(0, 100), f=FREQUENCIES)
@settings(max_examples=50)
def test_the_loss_is_the_sum_over_the_way(km, f):
    loss = p676.loss_db(km, frequency_ghz=f)
    terms = p676.loss_terms(km, frequency_ghz=f)
    assert loss == pytest.approx(km * (p676.oxygen_db_km(f) + p676.water_vapour_db_km(f)))
    assert terms["A"] == loss
    assert terms["gamma"] == terms["gamma_o"] + terms["gamma_w"]
    assert terms["e"] == pytest.approx(300.4 * 19.7 / 216.7)


@pytest.mark.parametrize("ghz", [10.0, 28.0, 40.0, 80.0, 100.0])
def test_equivalent_heights_stand_for_the_layers_above(ghz):
    # Nearly all vapour and three quarters of the oxygen loss are in the lowest 10 km.
    oxygen, vapour = zenith_db_below_10_km(ghz)
    whole = p676_slant.slant_loss_db(ghz, elevation_deg=90.0)
    dry = p676_slant.slant_loss_db(ghz, elevation_deg=90.0, zenith_water_vapour_db=0.0)
    assert whole - dry == pytest.approx(vapour, rel=0.12)
    assert oxygen < dry < 1.5 * oxygen


@given(f=st.floats(1, 350), degrees=st.floats(5, 90))
@settings(max_examples=50)
def test_a_lower_path_is_longer_by_the_sine(f, degrees):
    up, low = p676_slant.slant_loss_db(f, elevation_deg=[90.0, degrees])
    assert low == pytest.approx(up / math.sin(math.radians(degrees)))


def test_a_station_above_4_km_counts_as_at_4_and_below_the_sea_as_at_it():
    heights = [-0.4, 0.0, 2.0, 4.0, 6.0]
    loss = p676_slant.zenith_water_vapour_db(
        30.0, columnar_vapour_kg_m2=10.0, station_height_km=heights
    )
    assert loss[0] == loss[1]
    assert loss[3] == loss[4]
    assert len(set(loss[1:4])) == 3


def test_arrays_broadcast_and_scalars_stay_scalars():
    km, f = np.array([1.0, 2.0, 5.0]), np.array([[26.0], [60.0]])
    loss = p676.loss_db(km, frequency_ghz=f)
    assert loss.shape == (2, 3)
    one = p676.loss_db(2.0, frequency_ghz=60.0)
    assert isinstance(one, float)
    assert loss[1, 1] == one


def test_what_is_out_of_range_is_said_at_once():
    with pytest.raises(OutOfRangeError) as caught:
        p676.loss_db(-1.0, frequency_ghz=0.7, temperature_k=25.0)
    frequency, temperature, distance = str(caught.value).split("; ")
    assert re.match(r"frequency_ghz has 0.7: P.676-13 .* 1 to 1000", frequency)
    assert re.match(r"temperature_k has 25: P.676-13 .* 150 to 350", temperature)
    assert re.match(r"distance_km has -1: P.676-13 .* 0 ", distance)


def test_too_low_a_path_is_refused():
    with pytest.raises(OutOfRangeError, match=r"elevation_deg has 3: .* 5 to 90"):
        p676_slant.slant_loss_db(28.0, elevation_deg=3.0)
    with pytest.raises(OutOfRangeError, match=r"frequency_ghz has 400: .* 1 to 350"):
        p676_slant.zenith_water_vapour_db(400.0, columnar_vapour_kg_m2=30.0)


def test_what_is_no_number_is_refused():
    with pytest.raises(InputError, match="frequency_ghz has nan: give finite values"):
        p676.oxygen_db_km(math.nan)
    with pytest.raises(InputError, match="do not broadcast"):
        p676.loss_db([1.0, 2.0], frequency_ghz=[1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="give scalars"):
        p676.loss_terms([1.0, 2.0], frequency_ghz=26.0)


def test_the_kernels_do_not_allocate():
    oxygen, vapour = p676.line_table("oxygen"), p676.line_table("water_vapour")
    kernel.oxygen_db_km(26.0, 1000.0, 300.0, 20.0, oxygen)
    slant_kernel.zenith_water_vapour_db(26.0, 30.0, 0.0, vapour)
    slant_kernel.oxygen_height_km(26.0, 1000.0, 300.0, 20.0)
    for function in (
        kernel.oxygen_db_km,
        slant_kernel.zenith_water_vapour_db,
        slant_kernel.oxygen_height_km,
    ):
        assert not allocates(function)
