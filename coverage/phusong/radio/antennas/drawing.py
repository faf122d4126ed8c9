"""Polar drawings of an antenna's cuts."""

from typing import TYPE_CHECKING, Final

import matplotlib.pyplot as plt
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from phusong.radio.antennas.antenna import Antenna
    from phusong.radio.antennas.cuts import Cut

__all__ = ["draw_cuts"]

_DEEPEST_DRAWN_DB: Final = 40.0


def draw_cuts(antenna: "Antenna") -> "Figure":
    """Draw the horizontal cut from above (boresight up) and the vertical one from the side.

    Attenuations are drawn down to 40 dB below the gain; the vertical cut looks to the right, the
    ground below.
    """
    figure, (across, upright) = plt.subplots(
        1, 2, figsize=(9.0, 4.8), subplot_kw={"projection": "polar"}, layout="constrained"
    )
    across.set_theta_zero_location("N")
    upright.set_theta_zero_location("E")
    _draw(across, antenna.horizontal, "H")
    _draw(upright, antenna.vertical, "V")
    gain = "" if antenna.gain_dbi is None else f", {antenna.gain_dbi:.2f} dBi"
    # A name from a file may hold dollar signs; they are not formulas.
    figure.suptitle(f"{antenna.name}{gain}", parse_math=False)
    return figure


def _draw(axes: "Axes", cut: "Cut", title: str) -> None:
    closed = np.append(cut, cut[0])
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    axes.plot(np.radians(np.arange(361)), np.maximum(-closed, -_DEEPEST_DRAWN_DB))
    axes.set_ylim(-_DEEPEST_DRAWN_DB, 0.0)
    axes.set_yticks(np.arange(-30.0, 1.0, 10.0))
    axes.set_rlabel_position(200.0)  # type: ignore[attr-defined]
    axes.set_title(f"{title} (dB)")
