"""How far the models without a profile are from every row of a file of vectors."""

import numpy as np
import test_hata
import test_p676
import test_p2108
import test_p2109
import test_tr38901
from vectors import REFERENCE, csv_rows

from phusong.propagation import p530, p676, p676_slant, p838, tr38901


def numbers(path, names):
    """Columns of a file of comma-separated values, which may have a line of units."""
    rows = [[row[name] for name in names] for row in csv_rows(path)]
    return np.array([row for row in rows if row[0][:1] not in " ("], dtype=float).T


def hata_rows(path):
    return [test_hata.loss_of(row) - test_hata.expected_db(row) for row in csv_rows(path)]


def tr38901_random(path):
    return [
        [loss - float(row[name]) for name in ("pathloss_db", "sionna_pathloss_db")]
        for row in csv_rows(path)
        for loss in [test_tr38901.loss_of(row, row["los"] == "1")]
    ]


def tr38901_published(path):
    return [
        test_tr38901.loss_of(row, row["condition"] == "true") - float(row["pathloss_db"])
        for row in csv_rows(path)
        if row["scenario"].lower() in test_tr38901.SCENARIO
    ]


def tr38901_sight(path):
    return [
        tr38901.los_probability(
            float(row["d2d_m"]) / 1e3,
            scenario=test_tr38901.SCENARIO[row["model"].lower()],
            rx_height_m=float(row["h_ut_m"]),
        )
        - float(row["p_los"])
        for row in csv_rows(path)
        if row["model"].lower() in test_tr38901.SCENARIO
    ]


def p2108_random(path):
    loss_of = {
        "3.1": lambda row: test_p2108.height_gain_of(row, test_p2108.CLUTTER[test_p2108.word(row)]),
        "3.2": test_p2108.terrestrial_of,
        "3.3": test_p2108.slant_of,
    }
    return [
        [loss_of[row["section"]](row) - float(row[program]) for program in test_p2108.LOSSES]
        for row in csv_rows(path)
    ]


def p2108_terrestrial(path):
    rows = csv_rows(path)
    return [test_p2108.terrestrial_of(row) - test_p2108.number(row, "Lc") for row in rows]


def p2108_slant(path):
    return [test_p2108.slant_of(row) - test_p2108.number(row, "Lc") for row in csv_rows(path)]


def p2108_ntia(path):
    loss_of = {
        "Height": lambda row: test_p2108.height_gain_of(
            row, test_p2108.NTIA_CLUTTER[int(test_p2108.word(row))]
        ),
        "Terres": test_p2108.terrestrial_of,
        "Aerona": lambda row: test_p2108.slant_of(row, "theta"),
    }[path.name.removeprefix("ntia_")[:6]]
    rows = [row for row in csv_rows(path) if row["rtn"] == "0"]
    return [loss_of(row) - float(list(row.values())[-1]) for row in rows]


def p2109_random(path):
    return [
        test_p2109.loss_of(row, row["building"].lower()) - float(row["loss_dB_crc"])
        for row in csv_rows(path)
    ]


def p2109_workbook(path):
    rows = [(row, list(row.values())) for row in csv_rows(path)]
    return [
        test_p2109.loss_of(row, test_p2109.BUILDINGS[int(values[2]) - 1]) - float(values[4])
        for row, values in rows
    ]


def p676_gamma(path):
    names = ("f", "P", "T", "rho", "gamma")
    if path.parent == REFERENCE:
        names = ("f_ghz", "P_hPa(dry)_for_ITURpy", "T_K", "rho_g_m3", "gamma_crc_total")
    f, p, t, rho, expected = numbers(path, names)
    return p676.loss_db(1.0, frequency_ghz=f, **air_of(p, t, rho)) - expected


def air_of(p, t, rho):
    return test_p676.air_of({"P": p, "T": t, "rho": rho})


def p676_zenith(path):
    f, vapour, height, expected = numbers(path, ("f", "V_t", "h", "Aw"))
    column = {"columnar_vapour_kg_m2": vapour, "station_height_km": height}
    return p676_slant.zenith_water_vapour_db(f, **column) - expected


def p676_12_to_space(path):
    names = ("f", "el", "P", "T", "rho", "V_t", "h", "A_gas")
    f, elevation, p, t, rho, vapour, height, expected = numbers(path, names)
    zenith = p676_slant.zenith_water_vapour_db(
        f, columnar_vapour_kg_m2=vapour, station_height_km=height
    )
    given = air_of(p, t, rho) | {"zenith_water_vapour_db": zenith}
    return p676_slant.slant_loss_db(f, elevation_deg=elevation, **given) - expected


def p676_13_to_space(path):
    f, elevation, p, t, rho, expected = numbers(path, ("f", "el", "P", "T", "rho", "A_gas"))
    return p676_slant.slant_loss_db(f, elevation_deg=elevation, **air_of(p, t, rho)) - expected


def p838_gamma(path):
    names = ("f", "R", "el", "tau", "gamma_r")
    if path.parent == REFERENCE:
        names = ("f_ghz", "R_mm_h", "elev_deg", "tau_deg", "gammaR_crc")
    f, rate, elevation, tilt, expected = numbers(path, names)
    angles = {"elevation_deg": elevation, "polarization_tilt_deg": tilt}
    return p838.specific_attenuation_db_km(rate, frequency_ghz=f, **angles) - expected


def p530_rain(path):
    names = ("d_km", "f_ghz", "R001_mm_h", "p_pct", "elev_deg", "tau_deg", "A_ITURpy_dB")
    d, f, rate, percent, elevation, tilt, expected = numbers(path, names)
    link = {"frequency_ghz": f, "rain_rate_mm_h": rate, "exceeded_percent": percent}
    angles = {"elevation_deg": elevation, "polarization_tilt_deg": tilt}
    return p530.rain_loss_db(d, **link, **angles) - expected
