"""An earlier run that the settings name: opened, and held against what is yet to be predicted."""

from collections.abc import Callable
from pathlib import Path

from phusong.errors import InputError
from phusong.gaps.yardstick import Yardstick, common_load, level_problems
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.job.settings import EarlierRun, ServiceSettings
from phusong.prediction import Coverage
from phusong.prediction.carrier_work import records_of
from phusong.prediction.quality_radio import radios_of
from phusong.prediction.quality_settings import QualitySettings, loads_of
from phusong.radio.service import ServiceProfile

__all__ = ["earlier_problems", "open_earlier"]


def open_earlier(
    earlier: EarlierRun, folder: Path, scene: Scene, read_network: Callable[[Path], Network]
) -> Coverage:
    """Read the levels of an earlier run and its stations.

    Raises
    ------
    InputError
        Either cannot be read, or they do not belong together or to the scene.
    """
    network = read_network(earlier.stations)
    return Coverage.open(folder / earlier.levels, scene, network)


def earlier_problems(
    earlier: Coverage, network: Network, service: ServiceSettings, profile: ServiceProfile
) -> list[str]:
    """Say why an earlier run cannot be judged as that of a network will be, or compared with it."""
    nsa = tuple(name for name in service.nsa if name in earlier.operators)
    problems = level_problems(Yardstick(earlier, profile, nsa=nsa))
    if not set(earlier.technologies) & set(network.technologies):
        there = ", ".join(earlier.technologies)
        problems.append(f"it has {there} alone, none of which is in the stations of this run")
    if profile.asks_for_quality:
        try:
            _check_quality(earlier.network, network, service.load)
        except InputError as error:
            problems += error.problems
    return problems


def _check_quality(before: Network, network: Network, load: float | str | None) -> None:
    """Refuse stations of before whose quality cannot be told at the loads of the network."""
    radios_of(records_of(before.cells), QualitySettings.of(before))
    if isinstance(load, str):
        loads = network.cells[["operator", "cell_id"]].assign(load=loads_of(network, load))
        loads_of(before, common_load(loads))
