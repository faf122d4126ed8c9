"""The placement that a settings file asks for: its files read, its keywords told."""

from pathlib import Path
from typing import Any

from phusong.geodata.scene import Scene
from phusong.job.settings import InputFiles, PlacementSettings
from phusong.planning import Budgets, CandidateSettings, CostTable, Demand, SitingRules
from phusong.planning.backhaul_fibre import read_fibre_points
from phusong.planning.points import VILLAGES

__all__ = ["placement_keywords"]


def placement_keywords(
    wanted: PlacementSettings, inputs: InputFiles, folder: Path, scene: Scene
) -> dict[str, Any]:
    """Keywords for `phusong.propose_sites`; files are relative to ``folder``.

    Raises
    ------
    InputError
        For files that cannot be used.
    """
    told: dict[str, Any] = {
        "technology": wanted.technology,
        "operator": wanted.operator,
        "count": wanted.count,
        "budget": wanted.budget,
        "demand": Demand(wanted.demand, wanted.equity, wanted.by_chance),
        "rules": SitingRules(
            required=tuple(wanted.rules.required),
            forbidden=tuple(wanted.rules.forbidden),
            most_per_commune=wanted.rules.most_per_commune,
            servers=wanted.rules.servers,
            keep_spacing=wanted.rules.keep_spacing,
        ),
        "candidates": _candidates(wanted, folder),
        "azimuths_deg": wanted.azimuths_deg,
        "range_km": wanted.range_km,
        "radio": wanted.radio,
        "time_limit_s": wanted.time_limit_s,
    }
    if wanted.targets is not None:
        is_word = wanted.targets == VILLAGES
        told["targets"] = VILLAGES if is_word else folder / wanted.targets
    if wanted.costs is not None:
        is_name = wanted.costs in CostTable.names()
        told["costs"] = CostTable.read(wanted.costs if is_name else folder / wanted.costs)
    if wanted.budgets is not None:
        told["budgets"] = Budgets.read(folder / wanted.budgets)
    if wanted.duties is not None:
        told["duties"] = folder / wanted.duties
    return told | _backhaul(wanted, inputs, folder, scene)


def _candidates(wanted: PlacementSettings, folder: Path) -> CandidateSettings:
    values = wanted.candidates.model_dump(exclude={"own"})
    own = wanted.candidates.own
    return CandidateSettings(**values, own=None if own is None else folder / own)


def _backhaul(
    wanted: PlacementSettings, inputs: InputFiles, folder: Path, scene: Scene
) -> dict[str, Any]:
    settings = wanted.backhaul
    if settings is None:
        return {}
    if settings.bands is not None:
        settings = settings.model_copy(update={"bands": folder / settings.bands})
    told: dict[str, Any] = {"backhaul": settings}
    if settings.fibre_points is not None:
        told["fibre_points"] = read_fibre_points(folder / settings.fibre_points, scene)
    if inputs.roads is not None:
        told["roads"] = folder / inputs.roads
    return told
