"""How far a cell's link budget could carry its level, against the range it is computed to.

The least loss that ground can leave is taken: free space, and what a smooth earth adds, seen from
the antenna's height above the lowest ground of the scene. Hills and houses add to it. A receiver
on high ground can hear farther.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from phusong.geodata.findings import Findings
from phusong.geodata.scene import Scene
from phusong.prediction.masts import Mast, eirp_dbm
from phusong.prediction.settings import LINK_BUDGET, PredictSettings
from phusong.propagation import free_space, p526
from phusong.radio.service import ServiceProfile

__all__ = ["FARTHEST_KM", "Reach", "budget_ranges", "reaches", "report_cut"]

FARTHEST_KM: Final = 100.0
NEAREST_KM: Final = 1.0
HALVINGS: Final = 8
HEIGHT_STEP_M: Final = 10.0  # heights are rounded up, which never shortens a reach


class Reach(NamedTuple):
    """Distance in km up to which the budget of a technology's cells could carry their level."""

    technology: str
    distance_km: NDArray[np.float64]


def reaches(
    masts: list[Mast], scene: Scene, profile: ServiceProfile, settings: PredictSettings
) -> list[Reach]:
    """The reach of every cell, by technology; at most `FARTHEST_KM`.

    A level may fall to the basic threshold of the profile.
    """
    lowest_m = float(scene.terrain.min())
    cells: dict[str, list[tuple[float, float, float]]] = {}
    for mast in masts:
        height_m = _ground_m(scene, mast) - lowest_m + mast.height_m
        for cell in mast.cells:
            name = cell["technology"]
            budget_db = eirp_dbm(cell) - profile.thresholds(name)["basic"]
            cells.setdefault(name, []).append((budget_db, cell["frequency_mhz"] / 1000.0, height_m))
    rx_height_m = settings.receiver_height_m
    return [Reach(name, _reach_km(np.array(each), rx_height_m)) for name, each in cells.items()]


def budget_ranges(found: list[Reach]) -> Mapping[str, float]:
    """``range_km`` of each technology: the farthest of its cells' reaches, in whole km."""
    return {each.technology: float(np.ceil(each.distance_km.max())) for each in found}


def report_cut(found: list[Reach], settings: PredictSettings) -> pd.DataFrame:
    """A finding for each technology of which the range leaves out what a budget could reach."""
    findings = Findings()
    for name, distance_km in found:
        range_km = settings.range_of(name)
        farther = distance_km[distance_km > range_km]
        if farther.size:
            findings.add(
                source="prediction settings",
                column=f"range_km.{name}",
                value=f"{range_km:g}",
                severity="info",
                reason=f"{farther.size:,} of {distance_km.size:,} cells could reach the basic "
                "threshold beyond it over a smooth earth, half of them up to "
                f"{np.median(farther):.0f} km, the farthest up to {farther.max():.0f} km: pixels "
                "beyond the range are not computed, which does not say that there is no signal",
                mend=f'give a longer range_km, or range_km = "{LINK_BUDGET}", if they matter',
            )
    return findings.frame()


def _reach_km(cells: NDArray[np.float64], rx_height_m: float) -> NDArray[np.float64]:
    """Largest distance at which the least loss is within each cell's budget.

    ``cells`` (cells, 3) are dB, GHz and height in m.
    """
    budget_db, frequency_ghz, height_m = cells.T
    height_m = np.maximum(np.ceil(height_m / HEIGHT_STEP_M), 1.0) * HEIGHT_STEP_M
    rows = np.stack([np.ceil(budget_db), frequency_ghz, height_m], axis=1)
    different, which = np.unique(rows, axis=0, return_inverse=True)
    budget, ghz, height = different.T
    near, far = np.full(len(budget), NEAREST_KM), np.full(len(budget), FARTHEST_KM)
    near[_least_loss_db(far, ghz, height, rx_height_m) <= budget] = FARTHEST_KM
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        within = _least_loss_db(middle, ghz, height, rx_height_m) <= budget
        near, far = np.where(within, middle, near), np.where(within, far, middle)
    return np.asarray(far[which.ravel()])


def _least_loss_db(
    distance_km: ArrayLike, frequency_ghz: ArrayLike, height_m: ArrayLike, rx_height_m: float
) -> NDArray[np.float64]:
    earth: Any = p526.spherical_earth_loss_db(
        distance_km, frequency_ghz=frequency_ghz, tx_height_m=height_m, rx_height_m=rx_height_m
    )
    return np.asarray(free_space.loss_db(distance_km, frequency_ghz=frequency_ghz) + earth)


def _ground_m(scene: Scene, mast: Mast) -> float:
    """Height of the ground at a mast; of the terrain's nearest pixel where it stands off it."""
    terrain = scene.terrain.to_numpy()
    row, col = (
        int(np.clip(round(at), 0, size - 1))
        for at, size in zip((mast.row, mast.col), terrain.shape, strict=True)
    )
    return float(terrain[row, col])
