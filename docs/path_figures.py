"""Figures of the models that read a terrain profile."""

from pathlib import Path

import numpy as np
from drawing import AGAINST_DISTANCE, finish, panels
from matplotlib.figure import Figure

from phusong.kernels import diffraction
from phusong.propagation import ehata, free_space, hata, itm, p1812, spm

__all__ = ["area_mode", "by_time", "knife_edge", "okumura", "over_a_ridge", "tuned"]

EXACT = Path(__file__).parents[1] / "tests/reference/knife_edge_J_exact.csv"
EFFECTIVE_RADIUS_KM = 8500.0
LEVEL_M = 20.0


def knife_edge() -> Figure:
    """J(nu) against the Fresnel integrals, and P.526's spherical earth beyond the horizon."""
    figure, (edge, earth) = panels(2)
    nu, exact = np.loadtxt(EXACT, delimiter=",", skiprows=1).T
    edge.plot(nu, exact, "o", ms=3, color="0.6", label="Fresnel integrals, exact")
    edge.plot(nu, [diffraction.knife_edge_db(v) for v in nu], label="J(ν), eq. (31)")
    edge.invert_yaxis()
    finish(edge, "P.526-15, a knife edge", x="ν", y="J(ν), dB")
    km = np.linspace(5, 150, 150)
    for ghz in (0.1, 0.45, 0.9, 1.8, 3.5):
        loss = [
            diffraction.spherical_earth_db(d, 50.0, 50.0, EFFECTIVE_RADIUS_KM, ghz, 0.0, True)
            for d in km
        ]
        earth.plot(km, loss, label=f"{ghz:g} GHz")
    title = "P.526-15, smooth earth, both ends 50 m up"
    finish(earth, title, x="distance, km", y="diffraction loss, dB")
    return figure


def _ridge(crest_m: float) -> tuple[np.ndarray, np.ndarray]:
    """20 km of level land with one sharp crest at 8 km."""
    d = np.linspace(0, 20, 201)
    h = np.full(d.size, LEVEL_M)
    h[80] += crest_m
    return d, h


def over_a_ridge() -> Figure:
    """What every diffraction method loses as a ridge rises, and behind it as one goes on."""
    figure, (rising, behind) = panels(2)
    link = {"frequency_ghz": 0.9, "tx_height_m": 30.0, "rx_height_m": 10.0}
    crests = np.linspace(0, 400, 81)
    paths = [_ridge(crest) for crest in crests]
    deygout = {"diffraction": "deygout", "effective_radius_km": EFFECTIVE_RADIUS_KM}
    losses = {
        "one knife edge": [_edge_loss_db(*path, link) for path in paths],
        "delta-Bullington (P.1812-8)": [p1812.loss_terms(*path, **link)["Ld50"] for path in paths],
        "Bullington": [spm.loss_terms(*path, **link)["Ldiff"] for path in paths],
        "Deygout (P.526-11)": [spm.loss_terms(*path, **link, **deygout)["Ldiff"] for path in paths],
        "ITM 1.4": [itm.loss_terms(*path, **link)["A_ref"] for path in paths],
    }
    for name, loss in losses.items():
        rising.plot(crests, loss, label=name, ls="--" if name.startswith("one") else "-")
    finish(rising, "900 MHz, ridge at 8 of 20 km", x="crest above the land, m", y="loss, dB")
    d, h = _ridge(200.0)
    ends = range(20, d.size, 2)
    for name, model in (("P.1812-8", p1812), ("ITM 1.4", itm), ("SPM, untuned", spm)):
        loss = [model.loss_db(d[: i + 1], h[: i + 1], **link) for i in ends]
        behind.plot(d[list(ends)], loss, label=name)
    at = d[list(ends)]
    behind.plot(at, free_space.loss_db(at, frequency_ghz=0.9), "k--", lw=0.8, label="free space")
    finish(behind, "900 MHz, in front of and behind 200 m", **AGAINST_DISTANCE)
    return figure


def _edge_loss_db(d: np.ndarray, h: np.ndarray, link: dict[str, float]) -> float:
    """J(nu) of the crest alone, over the bulge of the effective earth."""
    before, after = d[80], d[-1] - d[80]
    ray = h[0] + link["tx_height_m"]
    ray += (h[-1] + link["rx_height_m"] - ray) * before / d[-1]
    above = h[80] + 500 * before * after / EFFECTIVE_RADIUS_KM - ray
    wavelength = diffraction.wavelength_m(link["frequency_ghz"])
    nu = above * np.sqrt(0.002 * d[-1] / (wavelength * before * after))
    return float(diffraction.knife_edge_db(nu))


def by_time() -> Figure:
    """P.1812-8 for shares of the time, over land and over sea."""
    figure, both = panels(2)
    km = np.arange(5, 301, 5)
    for axes, zone, name in zip(both, (4, 1), ("level land", "sea"), strict=True):
        for percent in (50, 10, 1):
            loss = [_by_time_db(end, percent, zone) for end in km]
            axes.plot(km, loss, label=f"{percent} % of the time")
        axes.plot(km, free_space.loss_db(km, frequency_ghz=0.6), "k--", lw=0.8, label="free space")
        finish(axes, f"P.1812-8: {name}, 600 MHz, 150 m to 10 m", **AGAINST_DISTANCE)
    return figure


def _by_time_db(end_km: float, time_percent: float, zone: int) -> float:
    d = np.linspace(0, end_km, int(2 * end_km) + 1)
    return p1812.loss_db(
        d,
        np.zeros(d.size),
        frequency_ghz=0.6,
        tx_height_m=150.0,
        rx_height_m=10.0,
        time_percent=time_percent,
        zone=np.full(d.size, zone),
    )


def area_mode() -> Figure:
    """ITM in area mode, by the terrain's irregularity and by share of the time."""
    figure, (rough, time) = panels(2)
    km = np.geomspace(1, 500, 120)
    link = {"frequency_ghz": 0.4, "tx_height_m": 100.0, "rx_height_m": 3.0}
    for delta_h, name in ((0, "level"), (30, "plains"), (90, "hills"), (200, "mountains")):
        loss = itm.area_loss_db(km, delta_h_m=delta_h, **link)
        rough.plot(km, loss, label=f"{name}, Δh = {delta_h} m")
    for percent in (90, 50, 10, 1):
        loss = itm.area_loss_db(km, delta_h_m=90.0, **link, time_percent=percent)
        time.plot(km, loss, label=f"{percent} % of the time")
    for axes, title in ((rough, "ITM 1.4, area mode, 400 MHz"), (time, "the same, hills")):
        axes.plot(km, free_space.loss_db(km, frequency_ghz=0.4), "k--", lw=0.8, label="free space")
        finish(axes, title, **AGAINST_DISTANCE, log_x=True)
    return figure


def okumura() -> Figure:
    """Extended Hata on level land beside COST-231-Hata, and over an isolated ridge."""
    figure, (level, ridge) = panels(2)
    km = np.linspace(1, 100, 100)
    link = {"frequency_ghz": 1.8, "tx_height_m": 40.0, "rx_height_m": 1.5}
    names = {"urban": "urban", "suburban": "suburban", "rural": "open"}
    for i, (name, of_hata) in enumerate(names.items()):
        loss = [_level_db(end, link, name) for end in km]
        level.plot(km, loss, f"C{i}", label=f"eHata, {name}")
        near = km[km <= 20]
        loss = hata.loss_db(near, **link, environment=of_hata)
        level.plot(near, loss, color=f"C{i}", ls=":", lw=2, label=f"COST-231-Hata, {of_hata}")
    finish(level, "NTIA eHata 3.2, level land, 1.8 GHz", **AGAINST_DISTANCE, log_x=True)
    d = np.linspace(0, 30, 601)
    for crest in (0, 100, 200):
        h = LEVEL_M + crest * np.exp(-(((d - 10) / 0.7) ** 2))
        ends = range(40, d.size, 8)
        loss = [ehata.loss_db(d[: i + 1], h[: i + 1], **link) for i in ends]
        ridge.plot(d[list(ends)], loss, label=f"ridge of {crest} m at 10 km")
    finish(ridge, "NTIA eHata 3.2, urban, a ridge", **AGAINST_DISTANCE)
    return figure


def _level_db(end_km: float, link: dict[str, float], environment: str) -> float:
    d = np.linspace(0, end_km, int(20 * end_km) + 1)
    return ehata.loss_db(d, np.full(d.size, LEVEL_M), **link, environment=environment)


def tuned() -> Figure:
    """The Standard Propagation Model: Hata where untuned, and what K4 makes of a ridge."""
    figure, (level, ridge) = panels(2)
    link = {"frequency_ghz": 1.8, "tx_height_m": 30.0, "rx_height_m": 1.5}
    km = np.linspace(1, 20, 39)
    flat = [spm.loss_db([0, end / 2, end], [0] * 3, **link, diffraction="none") for end in km]
    level.plot(km, flat, label="SPM, untuned, without diffraction")
    level.plot(km, hata.loss_db(km, **link), "k:", lw=2, label="COST-231-Hata, urban")
    finish(level, "SPM, 1.8 GHz, level land", **AGAINST_DISTANCE, log_x=True)
    for k4 in (0.0, 0.5, 1.0):
        ridge.plot(*_behind(k4, link), label=f"K4 = {k4:g}")
    finish(ridge, "SPM, ridge of 200 m at 8 km", **AGAINST_DISTANCE)
    return figure


def _behind(k4: float, link: dict[str, float]) -> tuple[np.ndarray, list[float]]:
    d, h = _ridge(200.0)
    ends = np.arange(20, d.size, 2)
    k = spm.default_coefficients(link["frequency_ghz"])._replace(K4=k4)
    return d[ends], [spm.loss_db(d[: i + 1], h[: i + 1], **link, coefficients=k) for i in ends]
