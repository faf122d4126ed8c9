"""What else a settings file asks of the gaps: targets, claims, switch-offs, an earlier run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from phusong.gaps import (
    ANY,
    ClaimCheck,
    Gaps,
    check_claim,
    check_targets,
    compare_runs,
    switch_off,
)
from phusong.gaps.targets import read_targets
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction import Coverage
from phusong.report.results import Checks

if TYPE_CHECKING:
    from phusong.job.settings import CheckSettings, ClaimSettings

__all__ = ["check_problems", "run_checks"]


def check_problems(
    wanted: "CheckSettings", folder: Path, scene: Scene, network: Network
) -> Iterator[str]:
    """Say what `run_checks` would refuse after the prediction, before it.

    Raises
    ------
    InputError
        Where the table of targets cannot be used.
    """
    if wanted.targets is not None:
        read_targets(folder / wanted.targets, set(scene.communes["code"]), network.technologies)
    for key, claim in wanted.claims.items():
        yield from _claim_problems(f"checks.claims.{key}", claim, scene, network)
    for key, case in wanted.switch_offs.items():
        known = {
            "technology": (case.technology, network.technologies),
            "operator": (case.operator, network.operators),
        }
        for name, (asked, there) in known.items():
            if asked is not None and asked not in there:
                place = f"checks.switch_offs.{key}.{name}"
                yield f"{place} = {asked!r} is not in the stations: {', '.join(there)}"


def run_checks(
    wanted: "CheckSettings",
    folder: Path,
    gaps: Gaps,
    *,
    read_network: Callable[[Path], Network],
    store: Path | None,
    progress: bool,
) -> Checks:
    """Do the checks that a settings file asks for.

    Parameters
    ----------
    wanted, folder
        Section ``[checks]``, and the folder to which its files are relative.
    gaps
        What is held against them.
    read_network
        Reads the stations of an earlier run.
    store
        Folder of path loss, for sites that are switched off and for the quality of an earlier run.
    progress
        Show progress bars.
    """
    checks = Checks(
        claims={name: _checked(gaps, claim, folder) for name, claim in wanted.claims.items()},
        switch_offs={
            name: switch_off(gaps, **case.model_dump(), store=store, progress=progress)
            for name, case in wanted.switch_offs.items()
        },
    )
    if wanted.targets is not None and wanted.targets_on is not None:
        table = folder / wanted.targets
        checks["targets"] = check_targets(gaps, table, on=wanted.targets_on)
    if wanted.earlier is not None:
        network = read_network(wanted.earlier.stations)
        levels = folder / wanted.earlier.levels
        earlier = Coverage.open(levels, gaps.coverage.scene, network)
        before = gaps.again(earlier, store=store, progress=progress)
        checks["changes"] = compare_runs(before, gaps)
    return checks


def _checked(gaps: Gaps, claim: "ClaimSettings", folder: Path) -> ClaimCheck:
    area = claim.area if claim.file is None else folder / claim.file
    return check_claim(gaps, area, technology=claim.technology, operator=claim.operator)


def _claim_problems(
    place: str, claim: "ClaimSettings", scene: Scene, network: Network
) -> Iterator[str]:
    known = {
        "technology": (claim.technology, network.technologies),
        "operator": (claim.operator, (*network.operators, ANY)),
    }
    for name, (asked, there) in known.items():
        if asked not in there:
            yield f"{place}.{name} = {asked!r} is not in the stations: {', '.join(there)}"
    if isinstance(claim.area, list):
        codes = set(scene.communes["code"])
        for code in claim.area:
            if code not in codes:
                yield f"{place}.area: no commune has the code {code!r}"
