"""The main job: read, predict, find gaps, propose sites, write everything down.

A job goes in steps, each of which writes its results into the output folder. A step that is left
out is not done again: what it wrote is read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from phusong.errors import InputError
from phusong.gaps import Checks, Gaps, find_gaps
from phusong.geodata.folders import make_folder
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.job.checks import run_checks
from phusong.job.inputs import JobInputs, Say
from phusong.job.placing import placement_keywords
from phusong.job.record import write_record
from phusong.job.service import quality_for
from phusong.job.settings import JobSettings
from phusong.job.writing import write_coverage, write_gaps, write_map, write_plan, write_report
from phusong.planning import Plan, propose_sites
from phusong.prediction import Coverage, Estimate, predict
from phusong.prediction.quality import Quality
from phusong.report.words import check_language

__all__ = ["STEPS", "Job", "estimate", "run"]

STEPS: Final = ("predict", "gaps", "plan", "map", "report")
"""In their order."""


@dataclass(frozen=True, eq=False)
class Job:
    """What a job found and wrote, from `run`.

    Attributes
    ----------
    inputs
        Settings, scene and network, as read.
    output
        Folder of the results.
    language
        Of the map, the workbook and the tables.
    done
        Steps that were done, the others' results being read from the folder.
    files
        What was written, by its kind.
    progress, say
        Whether progress bars are shown, and what is called with a line before each step.
    """

    inputs: JobInputs
    output: Path
    language: str
    done: tuple[str, ...]
    files: dict[str, Path]
    progress: bool
    say: Say

    @property
    def settings(self) -> JobSettings:
        """As read from the settings file."""
        return self.inputs.settings

    @property
    def scene(self) -> Scene:
        """Terrain, communes and people."""
        return self.inputs.scene

    @property
    def network(self) -> Network:
        """The stations."""
        return self.inputs.network

    @cached_property
    def coverage(self) -> Coverage:
        """Levels and servers, predicted or read."""
        if "predict" not in self.done:
            return Coverage.open(self._written("predict", "coverage.nc"), self.scene, self.network)
        arguments = self.inputs.prediction(self.output)
        line = self.scene.estimate(self.network, **arguments).line()
        self.say(f"predicting {len(self.network.cells):,} cells: {line}")
        return predict(self.network, self.scene, progress=self.progress, **arguments)

    @cached_property
    def gaps(self) -> Gaps:
        """Where service is missing; found anew from the coverage, which takes seconds."""
        coverage, service = self.coverage, self.settings.service
        self.say("finding gaps")
        return find_gaps(
            coverage,
            service=coverage.profile,
            quality=self._quality(),
            nsa=service.nsa,
            min_area_km2=service.min_area_km2,
            village_rule=self.inputs.village_rule,
        )

    @cached_property
    def plan(self) -> Plan | None:
        """Proposed sites; None where no placement was asked for."""
        wanted = self.settings.placement
        if wanted is None:
            self.say("no [placement] in the settings: no sites are proposed")
            return None
        if "plan" not in self.done:
            return Plan.open(self._written("plan", "plan.gpkg"), self.network)
        gaps = self.gaps
        self.say(f"choosing {wanted.technology} sites for {wanted.operator}")
        keywords = placement_keywords(wanted, self.settings.inputs, self.inputs.folder, self.scene)
        store = self.inputs.store(self.output)
        return propose_sites(self.coverage, gaps, store=store, progress=self.progress, **keywords)

    @cached_property
    def checks(self) -> Checks:
        """What else was asked of the gaps, by the settings' section ``[checks]``."""
        return run_checks(
            self.settings.checks,
            self.inputs.folder,
            self.gaps,
            read_network=self.inputs.other_network,
            store=self.inputs.store(self.output),
            progress=self.progress,
        )

    @property
    def findings(self) -> pd.DataFrame:
        """Every repaired, rejected or doubtful input, with the columns of `Network.findings`."""
        found = [self.scene.findings, self.network.findings, self.coverage.findings]
        return pd.concat(found, ignore_index=True)

    def _quality(self) -> Quality | None:
        kept = self.output / "quality.nc"
        if "gaps" not in self.done and self.coverage.profile.asks_for_quality and kept.exists():
            return Quality.open(kept, self.coverage)
        store = self.inputs.store(self.output)
        return quality_for(self.settings.service, self.coverage, store, progress=self.progress)

    def _written(self, step: str, name: str) -> Path:
        path = self.output / name
        if not path.exists():
            raise InputError(str(path), [f"is not there: do the step {step!r} before"])
        return path


_WRITERS: Final = {
    "predict": write_coverage,
    "gaps": write_gaps,
    "plan": write_plan,
    "map": write_map,
    "report": write_report,
}


def run(
    settings_file: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    steps: Iterable[str] = STEPS,
    language: str | None = None,
    progress: bool = True,
    say: Say = lambda _: None,
) -> Job:
    """Do the job that a settings file describes, or some steps of it.

    Parameters
    ----------
    settings_file
        TOML file; see `JobSettings`.
    output
        Folder for the results, made where absent; files of the same names are replaced.
    steps
        Of `STEPS`; what the others before them wrote into the folder is read.
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
        When the settings or an input cannot be used, or a step that was left out has written
        nothing.
    MemoryLimitError
        When the job would need more memory than is free.
    """
    chosen = _in_order(steps)
    settings_file = Path(settings_file)
    settings = JobSettings.open(settings_file)
    words = language or settings.output.language
    check_language(words)
    make_folder(output)
    inputs = JobInputs.read(settings_file, settings, say)
    job = Job(inputs, Path(output), words, chosen, {}, progress, say)
    for step in chosen:
        job.files.update(_WRITERS[step](job))
    if chosen == STEPS:
        job.files["record"] = write_record(job.output / "run.json", job, settings_file)
    return job


def _in_order(steps: Iterable[str]) -> tuple[str, ...]:
    asked = set(steps)
    unknown = sorted(asked - set(STEPS))
    if unknown or not asked:
        named = ", ".join(map(repr, unknown)) or "none"
        raise InputError("steps", [f"{named}: give some of {', '.join(STEPS)}"])
    return tuple(step for step in STEPS if step in asked)


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
    inputs = _read_quietly(settings_file)
    return inputs.scene.estimate(inputs.network, **inputs.prediction(Path(output)))


def _read_quietly(settings_file: str | os.PathLike[str]) -> JobInputs:
    path = Path(settings_file)
    return JobInputs.read(path, JobSettings.open(path), lambda _: None)
