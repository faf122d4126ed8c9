"""How far the models of terrain profiles are from every row of a file of vectors."""

import json

import numpy as np
import test_ehata
import test_itm
import test_p1812
from vectors import csv_rows, itu_log, itu_profile, json_lines

from phusong.kernels import diffraction
from phusong.kernels.path import analyse_path
from phusong.propagation import p1812


def p1812_random(path):
    return [test_p1812.terms_of(row)["Lb"] - row["expected_Lb_dB"] for row in json_lines(path)]


def p1812_itu(folder):
    return [p1812_itu_case(path) for path in sorted(folder.glob("*_log.csv"))]


def p1812_itu_case(path):
    log = itu_log(path)
    name = path.name.removesuffix("_log.csv").rpartition("_")[0]
    profile = itu_profile(path.parents[1] / "itu_validation_profiles" / f"{name}.csv")
    loss = p1812.loss_db(
        **profile,
        frequency_ghz=log["f (GHz)"],
        tx_height_m=log["htg (m)"],
        rx_height_m=log["hrg (m)"],
        time_percent=log["p (%)"],
        location_percent=log["pL (%)"],
        location_sigma_db=log["sigmaL (dB)"],
        polarization="horizontal" if log["pol"] == 1 else "vertical",
        latitude_deg=log["phi (deg)"],
        delta_n=log["DN"],
        n0=log["N0"],
        tx_coast_km=log["dct (km)"],
        rx_coast_km=log["dcr (km)"],
    )
    return loss - log["Lb (dB)"]


def delta_bullington(path):
    return [delta_bullington_case(row) for row in json_lines(path)]


def delta_bullington_case(row):
    d, h, ae = np.arange(row["n"]) * row["step_m"] / 1000, np.array(row["h_m"]), row["ae_km"]
    path = analyse_path(d, h, h, row["htg_m"], row["hrg_m"], ae, True, False)
    edges = (path.nu_root_50, path.nu_root_smooth_50, path.d)
    heights = (path.hts - path.hstd, path.hrs - path.hsrd)
    radio = (ae, row["f_ghz"], row["omega_sea_fraction"])
    ours = [
        diffraction.delta_bullington_db(*edges, *heights, *radio, vertical)[0]
        for vertical in (False, True)
    ]
    return np.subtract(ours, row["Ld_delta_bullington_HV_dB"])


def spherical_earth(path):
    """Distance, two heights, effective radius, GHz and share of sea; then the two polarizations."""
    return [
        [
            diffraction.spherical_earth_db(*row[:6], vertical) - row[6 + vertical]
            for vertical in (False, True)
        ]
        for row in np.loadtxt(path, delimiter=",", skiprows=1)
    ]


def knife_edge(path, lowest_nu=-np.inf):
    rows = np.loadtxt(path, delimiter=",", skiprows=1)
    return [diffraction.knife_edge_db(nu) - expected for nu, expected in rows if nu > lowest_nu]


def knife_edge_exact(path):
    """The approximation is made for nu above -0.78, where it becomes 0."""
    return knife_edge(path, lowest_nu=-0.7)


def itm_p2p(path):
    return [test_itm.p2p_terms(row)["A"] - row["A__db"] for row in json_lines(path)]


def itm_area(path):
    return [test_itm.area_terms(row)["A"] - row["A__db"] for row in json_lines(path)]


def itm_p2p_published(path):
    profiles = path.with_name("pfls.csv").read_text(encoding="utf8").splitlines()
    rows = [{name: float(value) for name, value in row.items()} for row in csv_rows(path)]
    return [
        test_itm.p2p_terms(row | {"pfl": test_itm.numbers(pfl)})["A"] - row["A__db"]
        for row, pfl in zip(rows, profiles, strict=True)
    ]


def itm_area_published(path):
    rows = [{name: float(value) for name, value in row.items()} for row in csv_rows(path)]
    return [test_itm.area_terms(row)["A"] - row["A__db"] for row in rows]


def ehata_random(path):
    return [
        test_ehata.terms_of(row, row["pfl_mobile_to_base"])["plb__db"] - row["expected_plb_dB"]
        for row in json_lines(path)
    ]


def ehata_real(path):
    rows = json.loads(path.read_text(encoding="utf8"))
    profiles = ((path.parent / "pfls" / row["pfl"]).read_text(encoding="utf8") for row in rows)
    return [
        test_ehata.terms_of(row, test_itm.numbers(pfl))["plb__db"] - row["ntia_ehata_v3_2_dB"]
        for row, pfl in zip(rows, profiles, strict=True)
    ]
