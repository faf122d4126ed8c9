"""The main job: read, predict, find gaps, propose sites, write everything down."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import Transformer

from phusong.errors import InputError
from phusong.gaps import ANY, Checks, Gaps, VillageRule, find_gaps
from phusong.geodata.folders import make_folder
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network, read_stations
from phusong.job.checks import run_checks
from phusong.job.early_checks import check_problems
from phusong.job.record import write_record
from phusong.job.service import profile_of, quality_for, service_problems
from phusong.job.settings import JobSettings
from phusong.job.writing import write_results
from phusong.planning import Plan, check_new_cells, propose_sites
from phusong.planning.proposing import levels_only_problems
from phusong.prediction import Coverage, Estimate, predict
from phusong.radio.service import ServiceProfile
from phusong.report.files import require_parquet
from phusong.report.words import check_language

__all__ = ["Job", "estimate", "run"]

Say = Callable[[str], None]
PATH_LOSS_FOLDER = "path_loss"
AROUND_DEG = 2.0


@dataclass(frozen=True)
class Job:
    """What a job found and wrote.

    Attributes
    ----------
    settings
        As read from the settings file.
    scene, network, coverage, gaps, plan
        The results of each step; ``plan`` is None where no placement was asked for.
    findings
        Every repaired, rejected or doubtful input, with the columns of `Network.findings`.
    checks
        What else was asked of the gaps, by the settings' section ``[checks]``.
    files
        What was written, by its kind.
    language
        Of the map, the workbook and the table.
    """

    settings: JobSettings
    scene: Scene
    network: Network
    coverage: Coverage
    gaps: Gaps
    plan: Plan | None
    findings: pd.DataFrame
    checks: Checks
    files: dict[str, Path]
    language: str


def run(
    settings_file: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    language: str | None = None,
    progress: bool = True,
    say: Say = lambda _: None,
) -> Job:
    """Do the whole job that a settings file describes.

    Parameters
    ----------
    settings_file
        TOML file; see `JobSettings`.
    output
        Folder for the results, made where absent; files of the same names are replaced.
    language
        "en" or "vi", in place of the settings file's.
    progress
        Show progress bars.
    say
        Called with a short line before each step.

    Returns
    -------
    Job

    Raises
    ------
    InputError
        When the settings or an input cannot be used.
    MemoryLimitError
        When the job would need more memory than is free.
    """
    settings_file = Path(settings_file)
    settings = JobSettings.open(settings_file)
    words = language or settings.output.language
    check_language(words)
    make_folder(output)
    scene, network, arguments = _read(settings_file, settings, output, say)
    plan_said = scene.estimate(network, **arguments).line()
    say(f"predicting {len(network.cells):,} cells: {plan_said}")
    coverage = predict(network, scene, progress=progress, **arguments)
    profile = coverage.profile
    say("finding gaps")
    gaps = find_gaps(
        coverage,
        service=profile,
        quality=quality_for(settings.service, coverage, arguments["store"], progress=progress),
        nsa=settings.service.nsa,
        min_area_km2=settings.service.min_area_km2,
        village_rule=_village_rule(settings, settings_file.parent),
    )
    plan = _place(settings, coverage, gaps, progress=progress, say=say)
    checks = run_checks(
        settings.checks,
        settings_file.parent,
        gaps,
        read_network=lambda path: _read_network(settings, settings_file.parent, scene, path),
        store=arguments["store"],
        progress=progress,
    )
    findings = pd.concat([scene.findings, network.findings, coverage.findings], ignore_index=True)
    say("writing results")
    job = Job(settings, scene, network, coverage, gaps, plan, findings, checks, {}, words)
    job.files.update(write_results(job, Path(output), settings_file))
    job.files["record"] = write_record(Path(output) / "run.json", job, settings_file)
    return job


def estimate(settings_file: str | os.PathLike[str], output: str | os.PathLike[str]) -> Estimate:
    """What the prediction of a job will take, told before it runs; nothing is written.

    Parameters
    ----------
    settings_file, output
        As of `run`: path loss that is kept there already need not be computed.

    Raises
    ------
    InputError
        As `run`.
    """
    settings_file = Path(settings_file)
    settings = JobSettings.open(settings_file)
    scene, network, arguments = _read(settings_file, settings, output, lambda _: None)
    return scene.estimate(network, **arguments)


def _read(
    settings_file: Path, settings: JobSettings, output: str | os.PathLike[str], say: Say
) -> tuple[Scene, Network, dict[str, Any]]:
    """The scene, the network and the arguments of its prediction."""
    folder = settings_file.parent
    say("reading terrain, communes and population")
    scene = _open_scene(settings, folder)
    say("reading stations")
    network = _read_network(settings, folder, scene, settings.inputs.stations)
    profile = profile_of(settings.service, folder)
    _village_rule(settings, folder)
    _check_early(settings_file, settings, scene, network, profile)
    store = Path(output) / PATH_LOSS_FOLDER if settings.output.path_loss else None
    return scene, network, {"service": profile, "store": store} | settings.prediction.keywords()


def _open_scene(settings: JobSettings, folder: Path) -> Scene:
    inputs = settings.inputs
    files = {name: path for name, path in inputs if name not in ("stations", "antennas")}
    given: dict[str, Any] = {
        name: None if path is None else folder / path for name, path in files.items()
    }
    return Scene.open(**given, **settings.scene.model_dump())


def _read_network(settings: JobSettings, folder: Path, scene: Scene, stations: Path) -> Network:
    inputs = settings.inputs
    network = read_stations(
        folder / stations,
        area=_plausible_area(scene),
        antennas=None if inputs.antennas is None else folder / inputs.antennas,
    )
    chosen = settings.prediction
    return network.select(operators=chosen.operators, technologies=chosen.technologies)


def _plausible_area(scene: Scene) -> tuple[float, float, float, float]:
    """Where a station may stand: the terrain and `AROUND_DEG` more; west, south, east, north.

    Wide enough for a table of the whole region, narrow enough to notice a slipped decimal.
    """
    box = scene.terrain.odc.geobox.boundingbox
    to_degrees = Transformer.from_crs(str(scene.grid.crs), "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(box.left, box.bottom, box.right, box.top)
    return (west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG)


def _village_rule(settings: JobSettings, folder: Path) -> VillageRule:
    name = settings.service.village_rule
    return VillageRule.of(folder / name if name.endswith(".toml") else name)


def _check_early(
    settings_file: Path,
    settings: JobSettings,
    scene: Scene,
    network: Network,
    profile: ServiceProfile,
) -> None:
    """Refuse before the long work what a later step would refuse after it."""
    if settings.output.geoparquet:
        require_parquet()
    wanted = settings.placement
    folder = settings_file.parent
    problems = check_problems(
        settings,
        folder,
        scene,
        network,
        profile,
        read_network=lambda path: _read_network(settings, folder, scene, path),
    )
    if ANY in network.operators:
        problems.append(f"operator {ANY!r} in the stations: the word is kept for the best of all")
    if wanted and wanted.operator not in network.operators:
        known = ", ".join(network.operators)
        problems.append(f"placement.operator = {wanted.operator!r} is not in the stations: {known}")
    if wanted and wanted.technology not in network.technologies:
        known = ", ".join(network.technologies)
        problems.append(
            f"placement.technology = {wanted.technology!r} is not in the stations: {known}"
        )
    if wanted:
        problems += levels_only_problems(profile)
    problems += service_problems(settings.service, network, profile)
    if problems:
        raise InputError(str(settings_file), problems)
    if wanted:
        check_new_cells(network, wanted.operator, wanted.technology, wanted.radio)


def _place(
    settings: JobSettings, coverage: Coverage, gaps: Gaps, *, progress: bool, say: Say
) -> Plan | None:
    wanted = settings.placement
    if wanted is None:
        return None
    say(f"choosing {wanted.count} {wanted.technology} sites for {wanted.operator}")
    return propose_sites(
        coverage,
        gaps,
        technology=wanted.technology,
        operator=wanted.operator,
        count=wanted.count,
        radio=wanted.radio,
        progress=progress,
    )
