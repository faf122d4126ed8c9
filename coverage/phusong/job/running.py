"""The main job: read, predict, find gaps, propose sites, write everything down."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pyproj import Transformer

from phusong.errors import InputError
from phusong.gaps import ANY, Gaps, find_gaps
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network, read_stations
from phusong.job.record import write_record
from phusong.job.settings import JobSettings
from phusong.planning import Plan, propose_sites
from phusong.prediction import Coverage, predict
from phusong.radio.service import ServiceProfile
from phusong.report import map as draw_map
from phusong.report.excel import write_excel
from phusong.report.files import replacing, write_cogs, write_gpkg

__all__ = ["Job", "run"]

Say = Callable[[str], None]


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
    files
        What was written, by its kind.
    """

    settings: JobSettings
    scene: Scene
    network: Network
    coverage: Coverage
    gaps: Gaps
    plan: Plan | None
    findings: pd.DataFrame
    files: dict[str, Path]


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
    folder = settings_file.parent
    say("reading terrain, communes and population")
    scene = _open_scene(settings, folder)
    say("reading stations")
    network = _read_network(settings, folder, scene)
    profile = _profile(settings, folder)
    _check_early(settings_file, settings, network, profile)
    say(f"predicting {len(network.cells):,} cells")
    coverage = predict(
        network, scene, service=profile, progress=progress, **settings.prediction.keywords()
    )
    say("finding gaps")
    gaps = find_gaps(coverage, service=profile, min_area_km2=settings.service.min_area_km2)
    plan = _place(settings, coverage, gaps, progress=progress, say=say)
    findings = pd.concat([scene.findings, network.findings, coverage.findings], ignore_index=True)
    say("writing results")
    files = _write(settings, Path(output), coverage, gaps, plan, findings, language)
    job = Job(settings, scene, network, coverage, gaps, plan, findings, files)
    files["record"] = write_record(Path(output) / "run.json", job, settings_file)
    return job


def _open_scene(settings: JobSettings, folder: Path) -> Scene:
    inputs = settings.inputs
    return Scene.open(
        terrain=folder / inputs.terrain,
        population=folder / inputs.population,
        communes=folder / inputs.communes,
        villages=None if inputs.villages is None else folder / inputs.villages,
        clutter=None if inputs.clutter is None else folder / inputs.clutter,
        **settings.scene.model_dump(),
    )


def _read_network(settings: JobSettings, folder: Path, scene: Scene) -> Network:
    network = read_stations(folder / settings.inputs.stations, area=_terrain_bounds_deg(scene))
    chosen = settings.prediction
    return network.select(operators=chosen.operators, technologies=chosen.technologies)


def _terrain_bounds_deg(scene: Scene) -> tuple[float, float, float, float]:
    """Where a station can be computed: the terrain's extent, west, south, east, north."""
    box = scene.terrain.odc.geobox.boundingbox
    to_degrees = Transformer.from_crs(str(scene.grid.crs), "EPSG:4326", always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(box.left, box.bottom, box.right, box.top)
    return (west, south, east, north)


def _profile(settings: JobSettings, folder: Path) -> ServiceProfile:
    name = settings.service.profile
    if name.endswith(".toml"):
        return ServiceProfile.open(folder / name)
    return ServiceProfile.named(name)


def _check_early(
    settings_file: Path, settings: JobSettings, network: Network, profile: ServiceProfile
) -> None:
    """Refuse before the long work what a later step would refuse after it."""
    wanted, problems = settings.placement, []
    if ANY in network.operators:
        problems.append(f"operator {ANY!r} in the stations: the word is kept for the best of all")
    for name in set(network.technologies) - set(profile.technologies):
        problems.append(f"service.profile {profile.name!r} has no thresholds for {name}")
    if wanted and wanted.operator not in network.operators:
        known = ", ".join(network.operators)
        problems.append(f"placement.operator = {wanted.operator!r} is not in the stations: {known}")
    if wanted and wanted.technology not in network.technologies:
        known = ", ".join(network.technologies)
        problems.append(
            f"placement.technology = {wanted.technology!r} is not in the stations: {known}"
        )
    if problems:
        raise InputError(str(settings_file), problems)


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
        progress=progress,
    )


def _write(
    settings: JobSettings,
    output: Path,
    coverage: Coverage,
    gaps: Gaps,
    plan: Plan | None,
    findings: pd.DataFrame,
    language: str | None,
) -> dict[str, Path]:
    output.mkdir(parents=True, exist_ok=True)
    words = language or settings.output.language
    files = {"map": output / "map.html"}
    with replacing(files["map"]) as partial:
        draw_map(coverage, gaps, plan, language=words).save(str(partial))
    files["workbook"] = write_excel(output / "coverage.xlsx", gaps, plan, findings, language=words)
    files["layers"] = write_gpkg(output / "coverage.gpkg", gaps, plan)
    files["findings"] = output / "findings.csv"
    findings.to_csv(files["findings"], index=False, encoding="utf-8-sig")
    files["levels"] = coverage.save(output / "coverage.nc")
    if settings.output.rasters:
        write_cogs(output / "rasters", coverage, gaps)
        files["rasters"] = output / "rasters"
    return files
