"""Which model computes a cell, and why: the one asked for, or by ``model="auto"`` its own.

"auto" looks at frequency, range and at what stands around the mast, never at the technology: cells
that share a carrier on a mast share its loss. It takes P.1812 up to 6 GHz, and TR 38.901 with line
of sight decided by terrain and buildings

- above 6 GHz, where P.1812 ends;
- among dense buildings whose heights are known (``clutter_kind="building_height_m"``), where the
  cell's range is within that model's 5 km: UMi from an antenna below the roofs, else UMa.
"""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from phusong.geodata.scene import Scene
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.propagation import p1812

__all__ = ["BuiltUp", "Choice", "built_up", "choose", "titles"]

BUILT_UP_RADIUS_M: Final = 500.0
LEAST_BUILDING_M: Final = 3.0
# A share of ground under roofs from which a place counts as dense: a proposal of this project.
DENSE_SHARE: Final = 0.25
FARTHEST_URBAN_KM: Final = 5.0  # of TR 38.901 Table 7.4.1-1, UMa and UMi
LOWEST_URBAN_MHZ: Final = 500.0


class Choice(NamedTuple):
    """A model's name, and why it was taken."""

    model: str
    why: str


class BuiltUp(NamedTuple):
    """Buildings within `BUILT_UP_RADIUS_M`: the share of ground under them, their mean height."""

    share: float
    height_m: float


def built_up(scene: Scene, row: float, col: float) -> BuiltUp | None:
    """Buildings around a place, in the terrain's fractional rows and columns.

    None where the scene has no heights of buildings, or none of its pixels is near.
    """
    if scene.clutter_m is None or not scene.building_heights:
        return None
    reach = BUILT_UP_RADIUS_M / scene.resolution_m
    rows, cols = scene.clutter_m.shape
    first, left = max(0, int(np.ceil(row - reach))), max(0, int(np.ceil(col - reach)))
    last, right = min(rows - 1, int(row + reach)), min(cols - 1, int(col + reach))
    y, x = np.ogrid[first : max(first, last + 1), left : max(left, right + 1)]
    near = np.hypot(y - row, x - col) <= reach
    if not near.any():
        return None
    heights = scene.clutter_m.to_numpy()[first : last + 1, left : right + 1][near]
    built = heights >= LEAST_BUILDING_M
    return BuiltUp(float(built.mean()), float(heights[built].mean()) if built.any() else 0.0)


def choose(
    settings: PredictSettings,
    frequency_mhz: float,
    range_km: float,
    antenna_height_m: float,
    buildings: BuiltUp | None,
) -> Choice:
    """Model of a cell.

    Parameters
    ----------
    settings
        Its ``model`` is taken where it is not "auto".
    frequency_mhz, range_km, antenna_height_m
        Of the cell.
    buildings
        What `built_up` says of its place.
    """
    if settings.model != "auto":
        return Choice(settings.model, "asked for")
    if frequency_mhz / 1000.0 <= p1812.MAX_FREQUENCY_GHZ:
        against = _against_urban(frequency_mhz, range_km, buildings)
        if against or buildings is None:
            return Choice("p1812", against)
        return _urban(antenna_height_m, buildings, "dense buildings")
    above = f"above P.1812's {p1812.MAX_FREQUENCY_GHZ:g} GHz"
    if buildings is None:
        return Choice("tr38901_uma", above)
    return _urban(antenna_height_m, buildings, above)


def _against_urban(frequency_mhz: float, range_km: float, buildings: BuiltUp | None) -> str:
    """Why TR 38.901 is not taken below 6 GHz; empty where it is."""
    if buildings is None:
        return "no heights of buildings are known here"
    if buildings.share < DENSE_SHARE:
        return f"buildings on {buildings.share:.0%} of the ground around, under {DENSE_SHARE:.0%}"
    if range_km > FARTHEST_URBAN_KM:
        return f"a range of {range_km:g} km, over TR 38.901's {FARTHEST_URBAN_KM:g}"
    if frequency_mhz < LOWEST_URBAN_MHZ:
        return f"under TR 38.901's {LOWEST_URBAN_MHZ:g} MHz"
    return ""


def _urban(antenna_height_m: float, buildings: BuiltUp, why: str) -> Choice:
    below = antenna_height_m < buildings.height_m
    where = f"antenna {'below' if below else 'above'} roofs of {buildings.height_m:.0f} m"
    return Choice("tr38901_umi" if below else "tr38901_uma", f"{why}, {where}")


def titles(models: pd.Series) -> list[str]:
    """Sources of the models that a column names, each once."""
    return sorted({MODELS[name].title for name in models})
