"""What else a settings file asks of the gaps: targets, claims, switch-offs, an earlier run."""

from collections.abc import Callable
from pathlib import Path

from phusong.gaps import (
    Checks,
    ClaimCheck,
    Gaps,
    check_claim,
    check_targets,
    compare_runs,
    switch_off,
)
from phusong.geodata.stations import Network
from phusong.job.earlier_run import open_earlier
from phusong.job.settings import CheckSettings, ClaimSettings

__all__ = ["run_checks"]


def run_checks(
    wanted: CheckSettings,
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
        earlier = open_earlier(wanted.earlier, folder, gaps.coverage.scene, read_network)
        before = gaps.again(earlier, store=store, progress=progress)
        checks["changes"] = compare_runs(before, gaps)
    return checks


def _checked(gaps: Gaps, claim: ClaimSettings, folder: Path) -> ClaimCheck:
    area = claim.area if claim.file is None else folder / claim.file
    return check_claim(gaps, area, technology=claim.technology, operator=claim.operator)
