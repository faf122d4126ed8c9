"""Figures of the models that need no terrain profile."""

import numpy as np
from drawing import AGAINST_DISTANCE, finish, panels
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phusong.propagation import (
    free_space,
    hata,
    p530,
    p676,
    p676_slant,
    p838,
    p2108,
    p2109,
    tr38901,
    tr38901_indoor,
)

__all__ = [
    "clutter",
    "entry",
    "free_space_loss",
    "gases",
    "hata_family",
    "links",
    "rain",
    "urban_cells",
]

# The air that P.676's own figures are drawn in.
STANDARD_AIR = {"dry_pressure_hpa": 1013.25, "temperature_k": 288.15, "water_vapour_g_m3": 7.5}


def free_space_loss() -> Figure:
    """P.525-4 against distance."""
    figure, (axes,) = panels(1)
    km = np.geomspace(0.1, 100, 50)
    for ghz in (0.7, 1.8, 3.5, 26.0):
        axes.plot(km, free_space.loss_db(km, frequency_ghz=ghz), label=f"{ghz:g} GHz")
    finish(axes, "P.525-4: 20 dB a decade", **AGAINST_DISTANCE, log_x=True)
    return figure


def hata_family() -> Figure:
    """Okumura-Hata and COST-231-Hata against distance."""
    figure, both = panels(2)
    km = np.geomspace(1, 20, 50)
    titles = {0.9: "Okumura-Hata, 900 MHz", 1.8: "COST-231-Hata, 1,800 MHz"}
    for axes, (ghz, title) in zip(both, titles.items(), strict=True):
        link = {"frequency_ghz": ghz, "tx_height_m": 30, "rx_height_m": 1.5}
        city = hata.loss_db(km, **link, city="large")
        axes.plot(km, city, color="k", ls=":", label="urban, large city")
        for environment in ("urban", "suburban", "open"):
            axes.plot(km, hata.loss_db(km, **link, environment=environment), label=environment)
        axes.plot(km, free_space.loss_db(km, frequency_ghz=ghz), "k--", lw=0.8, label="free space")
        finish(axes, title, **AGAINST_DISTANCE, log_x=True)
    return figure


def urban_cells() -> Figure:
    """TR 38.901 with its break points, and its probability of line of sight."""
    figure, (losses, sight) = panels(2)
    km = np.geomspace(0.01, 5, 200)
    for i, (scenario, base_m) in enumerate({"RMa": 35.0, "UMa": 25.0, "UMi": 10.0}.items()):
        _scenario(losses, km, scenario, base_m, f"C{i}")
        share = tr38901.los_probability(km, scenario=scenario, rx_height_m=1.5)
        sight.plot(km, 100 * share, f"C{i}", label=scenario)
    finish(losses, "3.5 GHz, mobile at 1.5 m; dot: break point", **AGAINST_DISTANCE, log_x=True)
    finish(sight, "Line of sight", x="distance, km", y="probability, %", log_x=True)
    return figure


def _scenario(axes: Axes, km: np.ndarray, scenario: str, base_m: float, color: str) -> None:
    """Loss in line of sight (solid) and without (dashed)."""
    link = {
        "scenario": scenario,
        "frequency_ghz": 3.5,
        "tx_height_m": base_m,
        "rx_height_m": 1.5,
    }
    for sees, dashes, name in ((True, "-", "LOS"), (False, "--", "NLOS")):
        loss = tr38901.loss_db(km, **link, line_of_sight=sees)
        axes.plot(km, loss, color=color, ls=dashes, label=f"{scenario} {name}")
    at_km = tr38901.loss_terms(1.0, **link, line_of_sight=True)["dBP"] / 1000
    if at_km <= km[-1]:
        axes.plot(at_km, tr38901.loss_db(at_km, **link, line_of_sight=True), "o", color=color)


def clutter() -> Figure:
    """P.2108-1, its three methods."""
    figure, (gain, town, sky) = panels(3, width=3.7)
    height_m = np.linspace(1, 22, 200)
    for name in ("open", "suburban", "urban", "dense_urban"):
        loss = p2108.height_gain_loss_db(height_m, frequency_ghz=0.9, clutter=name)
        gain.plot(height_m, loss, label=name.replace("_", " "))
    finish(gain, "3.1, 900 MHz", x="antenna above ground, m", y="clutter loss, dB")
    km = np.geomspace(0.25, 50, 200)
    for ghz in (0.7, 2.0, 6.0, 26.0, 67.0):
        town.plot(km, p2108.terrestrial_loss_db(km, frequency_ghz=ghz), label=f"{ghz:g} GHz")
    finish(town, "3.2, median", x="distance, km", y="clutter loss, dB", log_x=True)
    percent = np.linspace(0.1, 99.9, 300)
    loss = p2108.terrestrial_loss_db(2.0, frequency_ghz=26.0, location_percent=percent)
    sky.plot(percent, loss, "k--", label="3.2, 2 km or more")
    for angle in (0, 5, 20, 45, 90):
        loss = p2108.slant_loss_db(angle, frequency_ghz=26.0, location_percent=percent)
        sky.plot(percent, loss, label=f"3.3, elevation {angle}°")
    finish(sky, "3.2 and 3.3, 26 GHz", x="share of locations, %", y="loss not exceeded, dB")
    return figure


def entry() -> Figure:
    """P.2109-2 against frequency and probability; TR 38.901's buildings beside it."""
    figure, (median, spread) = panels(2)
    ghz = np.geomspace(0.08, 100, 200)
    names = {"traditional": "C0", "thermally_efficient": "C1"}
    for building, color in names.items():
        label = building.replace("_", " ")
        median.plot(ghz, p2109.loss_db(frequency_ghz=ghz, building=building), color, label=label)
    above = ghz[ghz >= 0.5]
    for building, dashes in (("low", ":"), ("high", "--")):
        loss = tr38901_indoor.loss_db(frequency_ghz=above, building=building)
        median.plot(above, loss, color="0.4", ls=dashes, label=f"TR 38.901, {building} loss")
    finish(median, "P.2109-2, median", x="frequency, GHz", y="entry loss, dB", log_x=True)
    percent = np.linspace(0.1, 99.9, 300)
    for building, color in names.items():
        for f, dashes in ((0.1, ":"), (3.5, "-"), (28.0, "--")):
            loss = p2109.loss_db(frequency_ghz=f, building=building, probability_percent=percent)
            label = f"{f:g} GHz, {building.replace('_', ' ')}"
            spread.plot(loss, percent, color=color, ls=dashes, label=label)
    finish(spread, "P.2109-2, spread", x="entry loss, dB", y="probability not exceeded, %")
    return figure


def gases() -> Figure:
    """P.676: specific attenuation, and attenuation at the zenith, 1 to 350 GHz."""
    figure, (specific, zenith) = panels(2)
    ghz = np.concatenate([np.arange(1, 50, 0.5), np.arange(50, 70, 0.1), np.arange(70, 350, 0.5)])
    oxygen = p676.oxygen_db_km(ghz, **STANDARD_AIR)
    vapour = p676.water_vapour_db_km(ghz, **STANDARD_AIR)
    specific.plot(ghz, oxygen, label="dry air")
    specific.plot(ghz, vapour, label="water vapour")
    specific.plot(ghz, oxygen + vapour, "k", lw=1, label="both")
    humid = p676.loss_db(1.0, frequency_ghz=ghz)
    specific.plot(ghz, humid, color="0.5", lw=1, ls="--", label="both, humid tropics")
    log = {"log_x": True, "log_y": True}
    finish(specific, "P.676-13, at the ground", x="frequency, GHz", y="dB/km", **log)
    for water, label in ((0.0, "dry air"), (7.5, "water vapour 7.5 g/m³")):
        air = STANDARD_AIR | {"water_vapour_g_m3": water}
        zenith.plot(ghz, p676_slant.slant_loss_db(ghz, elevation_deg=90, **air), label=label)
    finish(zenith, "P.676, ground to space, zenith", x="frequency, GHz", y="dB", **log)
    return figure


def rain() -> Figure:
    """P.838-3 against frequency and against the rain rate."""
    figure, (by_frequency, by_rain) = panels(2)
    ghz, mm_h = np.geomspace(1, 1000, 200), np.geomspace(0.25, 150, 60)
    for i, rate in enumerate((0.25, 1.25, 5, 25, 50, 100, 150)):
        for tilt, dashes in ((0.0, "-"), (90.0, ":")):
            angle = {"polarization_tilt_deg": tilt}
            gamma = p838.specific_attenuation_db_km(rate, frequency_ghz=ghz, **angle)
            label = f"{rate:g} mm/h" if tilt == 0 else None
            by_frequency.plot(ghz, gamma, color=f"C{i}", ls=dashes, label=label)
    for f in (10.0, 18.0, 26.0, 38.0, 80.0):
        gamma = p838.specific_attenuation_db_km(mm_h, frequency_ghz=f)
        by_rain.plot(mm_h, gamma, label=f"{f:g} GHz")
    log = {"y": "specific attenuation, dB/km", "log_x": True, "log_y": True}
    by_frequency.set_ylim(1e-3, 100)
    finish(by_frequency, "P.838-3; dotted: vertical polarization", x="frequency, GHz", **log)
    finish(by_rain, "P.838-3 against the rain rate", x="rain rate, mm/h", **log)
    return figure


def links() -> Figure:
    """P.530-17: rain exceeded for a share of the year, multipath fades of the worst month."""
    figure, (wet, calm) = panels(2)
    percent = np.geomspace(0.001, 1, 100)
    for km in (1, 2, 5, 10):
        weather = {"frequency_ghz": 26.0, "rain_rate_mm_h": 90.0, "exceeded_percent": percent}
        wet.plot(percent, p530.rain_loss_db(km, **weather), label=f"{km} km")
    title = "P.530-17, rain: 26 GHz, 90 mm/h at 0.01 %"
    finish(wet, title, x="share of the year, %", y="attenuation exceeded, dB", log_x=True)
    fade_db = np.linspace(0, 50, 100)
    site = {"tx_altitude_m": 60.0, "rx_altitude_m": 30.0, "refractivity_gradient": -400.0}
    for km in (10, 20, 40):
        path = site | {"roughness_m": 5.0, "frequency_ghz": 7.5}
        calm.plot(fade_db, p530.multipath_percent(km, **path, fade_db=fade_db), label=f"{km} km")
    finish(calm, "P.530-17, multipath: 7.5 GHz", x="fade, dB", y="share of the worst month, %")
    calm.set_yscale("log")
    return figure
