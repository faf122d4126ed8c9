"""The picture of a link: its profile on a curved earth, the ray and what stands in its way."""

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from phusong.errors import InputError
from phusong.geodata.folders import with_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.links.result import Link

__all__ = ["draw"]

FORMATS = (".png", ".svg", ".pdf")
TITLE_CHARACTERS = 110
# No date and no random identifiers: the same link gives the same bytes.
FIXED: dict[Any, Any] = {"svg.hashsalt": "phusong"}
METADATA: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def draw(link: "Link", path: str | Path | None, ax: "Axes | None") -> "Axes":
    """Draw a link on axes, and write the figure where a path is given."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    if path is None:
        return _draw_on(_new_axes() if ax is None else ax, link)
    path = Path(path)
    suffix = path.suffix.lower()
    problems = []
    if suffix not in FORMATS:
        problems.append(f"{path.name!r} ends in none of {', '.join(FORMATS)}")
    if ax is not None:
        problems.append("path and ax are both given: give path, or save the axes' own figure")
    if problems:
        raise InputError("plot", problems)
    with mpl.rc_context(FIXED):
        figure = Figure(figsize=(10, 5), layout="constrained")
        drawn = _draw_on(figure.add_subplot(), link)
        figure.savefig(with_folder(path), dpi=150, metadata=METADATA[suffix])
    return drawn


def _new_axes() -> "Axes":
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(10, 5), layout="constrained")
    return ax


def _draw_on(ax: "Axes", link: "Link") -> "Axes":
    path, profile = link.path, link.profile
    d = path.distance_km
    ground, top = path.height_m + path.bulge_m, path.surface_m + path.bulge_m
    floor = float(ground.min()) - 0.05 * float(np.ptp(np.append(ground, path.ray_m))) - 5.0
    ax.fill_between(d, floor, ground, color="#b9a98b", lw=0, label="terrain")
    if path.clutter_m.any():
        ax.fill_between(d, ground, top, color="#8fae7d", lw=0, label="clutter")
    ray, radius = path.ray_m, profile["fresnel_radius_m"].to_numpy()
    ax.fill_between(
        d, ray - radius, ray + radius, color="#4477aa", alpha=0.2, lw=0, label="first Fresnel zone"
    )
    ax.plot(d, ray, color="#1f4e79", lw=1.2, label="ray")
    level = float(path.height_m.min()) + path.bulge_m
    ax.plot(d, level, color="#6b5b3e", lw=0.8, ls=":", label="curve of the earth")
    _draw_ends(ax, link)
    _draw_points(ax, link, ground, top)
    ax.set(xlim=(-0.01 * d[-1], 1.01 * d[-1]), xlabel="distance from the transmitter, km")
    ax.set_ylim(bottom=floor)
    ax.set_ylabel(f"m above sea level, earth of radius {path.ae:,.0f} km")
    # A label comes from a station table: it must not be read as mathematics.
    ax.set_title(fill(link.headline(), TITLE_CHARACTERS), fontsize=10, parse_math=False)
    ax.legend(fontsize=8, loc="best")
    return ax


def _draw_ends(ax: "Axes", link: "Link") -> None:
    path, g = link.path, link.path.geometry
    for at, ground, antenna in ((0.0, path.height_m[0], g.hts), (g.d, path.height_m[-1], g.hrs)):
        ax.plot([at, at], [ground, antenna], color="black", lw=2.5, solid_capstyle="butt")


def _draw_points(
    ax: "Axes",
    link: "Link",
    ground: "np.typing.NDArray[np.float64]",
    top: "np.typing.NDArray[np.float64]",
) -> None:
    """Mark the horizons, where terrain hides the ends, and the worst obstruction."""
    path, g = link.path, link.path.geometry
    d = path.distance_km
    if not link.line_of_sight:
        at = np.array([g.dlt, g.d - g.dlr])
        ax.plot(at, np.interp(at, d, ground), "^", color="#aa3377", ms=7, label="horizon")
    worst = path.worst(path.surface_m, link.settings.frequency_ghz)
    height = np.interp(worst.distance_km, d, top)
    label = f"worst obstruction, nu {worst.nu:.2f}"
    ax.plot([worst.distance_km], [height], "o", color="#ee6677", ms=6, label=label)
