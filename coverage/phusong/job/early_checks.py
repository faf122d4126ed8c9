"""What the checks of a settings file would be refused for, told before the prediction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.gaps.claimed import claimed_pixels
from phusong.gaps.switching_off import silent_cells
from phusong.gaps.targets import read_targets
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.job.earlier_run import earlier_problems, open_earlier
from phusong.job.settings import ClaimSettings, JobSettings
from phusong.radio.service import ServiceProfile

__all__ = ["check_problems"]


def check_problems(
    settings: JobSettings,
    folder: Path,
    scene: Scene,
    network: Network,
    profile: ServiceProfile,
    *,
    read_network: Callable[[Path], Network],
) -> list[str]:
    """Say all that `run_checks` would refuse after the prediction, before it.

    Parameters
    ----------
    settings, folder
        Of the job, and the folder to which its files are relative.
    scene, network, profile
        What is to be predicted, and judged by.
    read_network
        Reads the stations of an earlier run.
    """
    wanted = settings.checks
    problems: list[str] = []
    if wanted.targets is not None:
        with _told(problems, f"checks.targets = {str(wanted.targets)!r}"):
            codes = scene.communes["code"]
            read_targets(folder / wanted.targets, codes, network.technologies)
    for key, claim in wanted.claims.items():
        problems += _claim_problems(f"checks.claims.{key}", claim, folder, scene, network)
    for key, case in wanted.switch_offs.items():
        with _told(problems, f"checks.switch_offs.{key}"):
            silent_cells(network.cells, **case.model_dump())
    if wanted.earlier is not None:
        with _told(problems, "checks.earlier"):
            earlier = open_earlier(wanted.earlier, folder, scene, read_network)
            found = earlier_problems(earlier, network, settings.service, profile)
            problems += [f"checks.earlier: {problem}" for problem in found]
    return problems


@contextmanager
def _told(problems: list[str], place: str) -> Iterator[None]:
    """Add the problems of an InputError, each with its place in the settings."""
    try:
        yield
    except InputError as error:
        problems += [f"{place}: {problem}" for problem in error.problems]


def _claim_problems(
    place: str, claim: ClaimSettings, folder: Path, scene: Scene, network: Network
) -> list[str]:
    known = {
        "technology": (claim.technology, network.technologies),
        "operator": (claim.operator, (*network.operators, ANY)),
    }
    problems = [
        f"{place}.{name} = {asked!r} is not in the stations: {', '.join(there)}"
        for name, (asked, there) in known.items()
        if asked not in there
    ]
    with _told(problems, f"{place}.area" + (f" = {claim.area!r}" if claim.file else "")):
        claimed_pixels(scene, claim.area if claim.file is None else folder / claim.file)
    return problems
