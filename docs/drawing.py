"""How the figures of the models page look, and how they are written."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["AGAINST_DISTANCE", "draw", "finish", "panels"]

AGAINST_DISTANCE = {"x": "distance, km", "y": "basic transmission loss, dB"}

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.size": 9,
    "grid.alpha": 0.3,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    # Without a salt the names inside an SVG change from run to run.
    "svg.hashsalt": "phusong",
}


def panels(count: int, *, height: float = 3.5, width: float = 4.3) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, each of a size in inches."""
    figure = Figure(figsize=(width * count, height), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False)[0])


def finish(
    axes: Axes, title: str, *, x: str, y: str, log_x: bool = False, log_y: bool = False
) -> None:
    """Name a panel and its axes, and add its legend."""
    axes.set(title=title, xlabel=x, ylabel=y)
    if log_x:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend()


def draw(figure_of: Callable[[], Figure], path: Path) -> None:
    """Draw one figure into an SVG file, the same bytes for the same numbers."""
    with mpl.rc_context(STYLE):
        figure_of().savefig(path, metadata={"Date": None, "Creator": None})
