"""An earlier run that the settings name: opened, and held against what is yet to be predicted."""

from collections.abc import Callable, Iterator
from pathlib import Path

from phusong.errors import InputError
from phusong.gaps.yardstick import Yardstick, level_problems
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.job.settings import EarlierRun, ServiceSettings
from phusong.prediction import Coverage
from phusong.prediction.carrier_work import records_of
from phusong.prediction.quality_radio import radios_of
from phusong.prediction.quality_settings import QualitySettings
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
        if isinstance(service.load, str):
            problems += _unloaded(earlier.network, network, service.load)
        try:
            cells = records_of(earlier.network.cells)
            radios_of(cells, QualitySettings.of(earlier.network))
        except InputError as error:
            problems += error.problems
    return problems


def _unloaded(before: Network, network: Network, load: str) -> Iterator[str]:
    """Say which cells of before have no load, where each has its own in the network's column."""
    if load not in network.cells or network.cells[load].unique().size == 1:
        return
    known = set(_names(network))
    lacking = [name for name in _names(before) if name not in known]
    if lacking:
        operator, cell = lacking[0]
        yield (
            f"{len(lacking)} of its cells, such as {cell!r} of {operator}, are not in the stations "
            f"of this run and have no load by their column {load!r}: give service.load a number"
        )


def _names(network: Network) -> Iterator[tuple[str, str]]:
    return zip(network.cells["operator"], network.cells["cell_id"], strict=True)
