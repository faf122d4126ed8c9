"""A still map of one technology: who is served, by any operator, and where to go first."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from PIL import Image

from phusong.gaps import ANY, STATES
from phusong.gaps.state import STATE_COLOURS
from phusong.report.first_places import first_spots
from phusong.report.legend import MARKS
from phusong.report.words import number, word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["state_png"]

_WIDTH_IN: Final = 7.0
_TALLEST: Final = 1.25  # of the width
_LEGEND_IN: Final = 0.55
_DOTS_PER_INCH: Final = 200
_COLOURS: Final = 128  # of the PNG's palette: edges of letters stay smooth
_MOST_NAMES: Final = 60
_LONGEST_NAME: Final = 24  # characters
_PLAIN: Final[Any] = {"font.family": "DejaVu Sans", "axes.unicode_minus": False}
_HALO: Final = (withStroke(linewidth=1.6, foreground="white", alpha=0.85),)


def state_png(
    gaps: "Gaps", technology: str, plan: "Plan | None", language: str, *, spots: int
) -> bytes:
    """Draw states of any operator, communes, the first dead spots by number, proposed sites.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    technology
        One that the result has.
    plan
        Its sites are drawn where it is of this technology.
    language
        One of `phusong.report.words.languages`.
    spots
        How many dead spots are numbered, by their rank; 0 for none.

    Returns
    -------
    bytes
        A PNG with a palette and without a time: the same input gives the same bytes.
    """
    box = gaps.coverage.scene.grid.boundingbox
    tall_in = _WIDTH_IN * min(_TALLEST, (box.top - box.bottom) / (box.right - box.left))
    whole_in = tall_in + _LEGEND_IN
    marks = ["dead_spot"] if spots else []
    with matplotlib.rc_context(_PLAIN):
        figure = Figure(figsize=(_WIDTH_IN, whole_in), dpi=_DOTS_PER_INCH)
        axes = figure.add_axes((0.0, _LEGEND_IN / whole_in, 1.0, tall_in / whole_in))
        axes.set_axis_off()
        _draw_states(axes, gaps, technology)
        _draw_communes(axes, gaps)
        _draw_spots(axes, gaps, technology, spots)
        if plan is not None and plan.technology == technology:
            _draw_sites(axes, gaps, plan)
            marks.append("proposed_site")
        _draw_scale(axes, gaps, language)
        _draw_legend(figure, gaps, technology, marks, language)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="png")
    image = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _draw_states(axes: "Axes", gaps: "Gaps", technology: str) -> None:
    codes = _states(gaps, technology)
    colours = np.full((256, 3), 1.0)
    for name, code in STATES.items():
        colours[code] = to_rgb(STATE_COLOURS[name])
    box = gaps.coverage.scene.grid.boundingbox
    extent = (box.left, box.right, box.bottom, box.top)
    axes.imshow(colours[codes], extent=extent, interpolation="nearest")
    axes.set_anchor("N")


def _states(gaps: "Gaps", technology: str) -> Any:
    return gaps.state.sel(technology=technology, operator=ANY).transpose("y", "x").to_numpy()


def _draw_communes(axes: "Axes", gaps: "Gaps") -> None:
    communes = gaps.coverage.scene.communes
    lines = communes.boundary
    lines.plot(ax=axes, color="#333333", linewidth=0.5, aspect=None)
    if len(communes) > _MOST_NAMES:
        return
    places = communes.geometry.representative_point()
    for name, place in zip(communes["name"].astype(str), places, strict=True):
        shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        axes.text(
            place.x,
            place.y,
            shown,
            ha="center",
            va="center",
            fontsize=5,
            color="#222222",
            path_effects=_HALO,
            parse_math=False,
        )


def _draw_spots(axes: "Axes", gaps: "Gaps", technology: str, count: int) -> None:
    spots = first_spots(gaps, technology).head(count)
    places = _on_grid(gpd.points_from_xy(spots["longitude"], spots["latitude"]), gaps)
    for rank, place in reversed([*zip(spots["rank"], places, strict=True)]):  # the first on top
        _draw_number(axes, place, rank, "circle", MARKS["dead_spot"])


def _draw_sites(axes: "Axes", gaps: "Gaps", plan: "Plan") -> None:
    places = _on_grid(plan.sites.to_crs("EPSG:4326").geometry, gaps)
    for rank, place in reversed([*zip(plan.sites["rank"], places, strict=True)]):
        _draw_number(axes, place, rank, "square", MARKS["proposed_site"])


def _draw_number(axes: "Axes", place: Any, rank: int, shape: str, colour: str) -> None:
    axes.text(
        place.x,
        place.y,
        str(rank),
        ha="center",
        va="center",
        fontsize=5.5,
        fontweight="bold",
        color="white",
        bbox={"boxstyle": f"{shape},pad=0.25", "fc": colour, "ec": "white", "lw": 0.6},
    )


def _on_grid(points: Any, gaps: "Gaps") -> gpd.GeoSeries:
    """Points in WGS 84 as they lie in the grid's own coordinates."""
    return gpd.GeoSeries(points, crs="EPSG:4326").to_crs(str(gaps.coverage.scene.grid.crs))


def _draw_scale(axes: "Axes", gaps: "Gaps", language: str) -> None:
    """A bar of a round number of km, about a fifth of the map wide."""
    box = gaps.coverage.scene.grid.boundingbox
    wide_m = box.right - box.left
    most = wide_m / 5
    step = 10.0 ** np.floor(np.log10(most))
    long_m = max(factor * step for factor in (1, 2, 5) if factor * step <= most)
    left, low = box.left + 0.02 * wide_m, box.bottom + 0.02 * wide_m
    axes.plot([left, left + long_m], [low, low], color="black", linewidth=2.0)
    text = f"{number(long_m / 1000, language, 0 if long_m >= 1000 else 1)} km"
    axes.text(left + long_m / 2, low + 0.01 * wide_m, text, ha="center", fontsize=6)


def _draw_legend(
    figure: Figure, gaps: "Gaps", technology: str, marks: Sequence[str], language: str
) -> None:
    seen = np.unique(_states(gaps, technology))
    handles = [
        Patch(
            facecolor=STATE_COLOURS[name],
            edgecolor="#555555",
            linewidth=0.4,
            label=word(f"state_{name}", language),
        )
        for name, code in STATES.items()
        if code in seen and name != "outside"
    ]
    handles += [
        Patch(facecolor=MARKS[mark], label=word(f"picture_{mark}", language)) for mark in marks
    ]
    figure.legend(handles=handles, loc="lower center", ncols=3, fontsize=6.5, frameon=False)
