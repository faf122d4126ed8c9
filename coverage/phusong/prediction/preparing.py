"""What stands before a prediction, its estimate and its update: checked, placed and sorted."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from phusong.errors import InputError, check_kinds
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.left_out import Sorted, report_left_out, sorted_out
from phusong.prediction.masts import Mast, check_cells, locate_masts
from phusong.prediction.reach import budget_ranges, reaches, report_cut
from phusong.prediction.settings import LINK_BUDGET, PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker
from phusong.radio.service import ServiceProfile

__all__ = ["Prepared", "chosen_settings", "prepared"]


@dataclass(frozen=True)
class Prepared:
    """A network on a scene, ready to be predicted.

    Attributes
    ----------
    by_budget
        Whether the ranges are those of the link budget, of this network.
    masts, groups
        Every mast, and sorted by whether it reaches the grid.
    maker
        Of the masts' windows; it has the scene, the settings with every range in km, and the store.
    """

    network: Network
    profile: ServiceProfile
    by_budget: bool
    masts: list[Mast]
    groups: Sorted
    maker: WindowMaker

    def findings(self) -> pd.DataFrame:
        """What is left out, was damaged in the store, and where ranges cut, by now."""
        maker = self.maker
        tables = (
            report_left_out(self.groups, maker.store),
            report_cut(
                reaches(self.groups.within, maker.scene, self.profile, maker.settings),
                maker.settings,
            ),
        )
        some = [table for table in tables if len(table)]
        return pd.concat(some, ignore_index=True) if some else tables[0]


def chosen_settings(
    service: str | ServiceProfile, settings: dict[str, Any]
) -> tuple[ServiceProfile, PredictSettings]:
    """The profile, and the settings with its receiver height where they give none."""
    profile = ServiceProfile.of(service)
    height = {"receiver_height_m": profile.receiver_height_m}
    return profile, PredictSettings.of(**height | settings)


def prepared(
    network: Network,
    scene: Scene,
    profile: ServiceProfile,
    settings: PredictSettings,
    store: PathLossStore | None,
) -> Prepared:
    """Everything that a prediction needs before its first window.

    Raises
    ------
    InputError
        When the network or scene is of another kind, when there is no cell, or one that its model
        cannot compute.
    """
    check_kinds(
        ("network", network, Network, "read_stations"), ("scene", scene, Scene, "Scene.open")
    )
    if network.cells.empty:
        raise InputError("network", ["it has no cells: see network.findings"])
    check_cells(network.cells, settings)
    masts = list(locate_masts(network.cells, scene, network.antennas))
    by_budget = settings.range_km == LINK_BUDGET
    if by_budget:
        ranges = budget_ranges(reaches(masts, scene, profile, settings))
        settings = settings.model_copy(update={"range_km": ranges})
    maker = WindowMaker(scene, settings, store)
    return Prepared(network, profile, by_budget, masts, sorted_out(masts, maker), maker)
