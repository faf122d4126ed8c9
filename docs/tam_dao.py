"""All terrain models on one path over the Tam Dao ridge, from real terrain that is not shipped."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from drawing import finish
from matplotlib.figure import Figure
from scipy.ndimage import map_coordinates

from phusong.propagation import ehata, free_space, hata, itm, p1812, spm, tr38901

__all__ = ["over_tam_dao"]

# From Vinh Yen in the plain across the ridge.
START, END, LENGTH_KM = (105.60, 21.31), (105.68, 21.60), 33.2
STEP_KM = 0.1
COARSE = 6
LINK = {"frequency_ghz": 1.8, "tx_height_m": 35.0, "rx_height_m": 1.5}

Profile = tuple[np.ndarray, np.ndarray]


def over_tam_dao(terrain: Path) -> Figure:
    """Loss by each model at every place along the path, within the distances it is made for."""
    figure = Figure(figsize=(8.6, 6.5), layout="constrained")
    losses, ground = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    d, h = _profile(terrain)
    for name, (model, first_km, last_km) in MODELS.items():
        ends = np.flatnonzero((d >= first_km) & (d <= last_km))
        loss = [model((d[: i + 1], h[: i + 1])) for i in ends]
        dashes = "--" if name == "free space" else "-"
        losses.plot(d[ends], loss, ls=dashes, lw=1.1, label=name)
    finish(losses, "1.8 GHz, 35 m to 1.5 m, bare terrain", x="", y="basic transmission loss, dB")
    ground.fill_between(d[::COARSE], h[::COARSE], color="0.8")
    finish(ground, "", x="distance from Vinh Yen, km", y="ground, m")
    return figure


def _profile(terrain: Path) -> Profile:
    """Distances and heights, voids bridged."""
    with rasterio.open(terrain) as raster:
        heights = raster.read(1, masked=True).astype(float).filled(np.nan)
        to_pixel = ~raster.transform
    d = np.arange(int(LENGTH_KM / STEP_KM) + 1) * STEP_KM
    lon, lat = (a + (b - a) * d / LENGTH_KM for a, b in zip(START, END, strict=True))
    col, row = to_pixel @ np.array([lon, lat])
    h = map_coordinates(heights, [row - 0.5, col - 0.5], order=1)
    known = np.isfinite(h)
    return d, np.interp(d, d[known], h[known])


def _path_model(loss_db: Callable[..., float]) -> Callable[[Profile], float]:
    return lambda path: loss_db(*path, **LINK)


def _deygout(path: Profile) -> float:
    return spm.loss_db(*path, **LINK, diffraction="deygout", effective_height="spot")


def _rural(path: Profile) -> float:
    sees = bool(p1812.loss_terms(*path, **LINK)["line_of_sight"])
    return float(tr38901.loss_db(path[0][-1], **LINK, scenario="RMa", line_of_sight=sees))


# With the distances, in km, that each is made for.
MODELS: dict[str, tuple[Callable[[Profile], float], float, float]] = {
    "P.1812-8": (_path_model(p1812.loss_db), 0.5, LENGTH_KM),
    "ITM 1.4": (_path_model(itm.loss_db), 1.0, LENGTH_KM),
    "eHata 3.2, rural": (
        lambda path: ehata.loss_db(*path, **LINK, environment="rural"),
        1.0,
        LENGTH_KM,
    ),
    "SPM, untuned, Deygout": (_deygout, 1.0, 20.0),
    "COST-231-Hata, open": (
        lambda path: float(hata.loss_db(path[0][-1], **LINK, environment="open")),
        1.0,
        20.0,
    ),
    "TR 38.901 RMa, LOS by terrain": (_rural, 0.5, 5.0),
    "free space": (
        lambda path: float(free_space.loss_db(path[0][-1], frequency_ghz=LINK["frequency_ghz"])),
        0.5,
        LENGTH_KM,
    ),
}
