"""The settings file of a job: TOML in, checked values out, every problem named."""

import datetime
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.gaps.claimed import EVERYWHERE
from phusong.planning import BackhaulSettings, CostTable
from phusong.planning.candidate_settings import USUAL_KINDS
from phusong.planning.points import VILLAGES
from phusong.prediction import PredictSettings

__all__ = [
    "BackhaulSection",
    "CandidatesSettings",
    "CheckSettings",
    "ClaimSettings",
    "EarlierRun",
    "InputFiles",
    "JobSettings",
    "LicenceSettings",
    "OutputSettings",
    "PlacementSettings",
    "PredictionSettings",
    "ResilienceSettings",
    "RulesSettings",
    "SceneSettings",
    "ServiceSettings",
    "SourceSettings",
    "SwitchOffSettings",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputFiles(_Section):
    """Section ``[inputs]``: files, relative to the settings file's folder.

    ``antennas`` is a folder: where the names in the stations' antenna column are found.
    """

    terrain: Path
    stations: Path
    communes: Path
    population: Path
    villages: Path | None = None
    clutter: Path | None = None
    zones: Path | None = None
    facilities: Path | None = None
    roads: Path | None = None
    census: Path | None = None
    crosswalk: Path | None = None
    old_communes: Path | None = None
    antennas: Path | None = None


class SceneSettings(_Section):
    """Section ``[scene]``: the keywords of `phusong.Scene.open`."""

    resolution_m: Annotated[float, Field(ge=5.0, le=5000.0)] = 90.0
    crs: str | int = "utm"
    margin_km: Annotated[float, Field(ge=0.0, le=100.0)] = 5.0
    terrain_noise_m: Annotated[float, Field(ge=0.0, le=50.0)] = 2.0
    commune_people: str | None = None
    communes_layer: str | None = None
    code_column: str | None = None
    name_column: str | None = None
    clutter_kind: Literal["classes", "height_m", "building_height_m"] = "classes"
    clutter_column: str | None = None
    clutter_layer: str | None = None
    zones_layer: str | None = None
    villages_layer: str | None = None
    facilities_layer: str | None = None
    facility_kinds: dict[str, str] | None = None
    roads_layer: str | None = None
    old_layer: str | None = None
    old_code_column: str | None = None
    old_name_column: str | None = None
    old_people: str | None = None


class ServiceSettings(_Section):
    """Section ``[service]``: names of a built-in service profile and village rule, or files.

    ``nsa`` names operators whose 5G needs their 4G. Where the profile asks for more than levels,
    ``load`` (a number, or a column of the stations; else the profile's) and
    ``aggregation_efficiency`` are as for `phusong.Coverage.quality`.
    """

    profile: str = "vn_default"
    village_rule: str = "centre"
    nsa: list[str] = Field(default_factory=list)
    load: Annotated[float, Field(ge=0.0, le=1.0)] | str | None = None
    aggregation_efficiency: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    min_area_km2: Annotated[float, Field(ge=0.0)] = 0.05


class PredictionSettings(PredictSettings):
    """Section ``[prediction]``: `PredictSettings`, and which part of the network to compute."""

    operators: list[str] | None = None
    technologies: list[str] | None = None
    receiver_height_m: Annotated[float, Field(ge=1.0, le=3000.0)] | None = None  # type: ignore[assignment]

    def keywords(self) -> dict[str, Any]:
        """Keywords for `phusong.predict`."""
        chosen = self.model_dump(exclude={"operators", "technologies"})
        return {name: value for name, value in chosen.items() if value is not None}


class RulesSettings(_Section):
    """Section ``[placement.rules]``: as `phusong.planning.SitingRules`."""

    required: list[str] = Field(default_factory=list)
    forbidden: list[str] = Field(default_factory=list)
    most_per_commune: Annotated[int, Field(ge=0)] | None = None
    servers: dict[str, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    keep_spacing: bool = True


class CandidatesSettings(_Section):
    """Section ``[placement.candidates]``: as `phusong.planning.CandidateSettings`.

    ``own`` is a file of your own list.
    """

    kinds: list[str] = Field(default_factory=lambda: list(USUAL_KINDS))
    max_new: Annotated[int, Field(ge=0, le=100_000)] = 300
    antenna_height_m: Annotated[float, Field(ge=1.0, le=300.0)] = 35.0
    own: Path | None = None
    spacing_m: Annotated[float, Field(ge=10.0, le=1e5)] = 1000.0
    grid_step_m: Annotated[float, Field(ge=10.0, le=1e5)] = 1000.0
    lease_within_m: Annotated[float, Field(ge=0.0, le=1e5)] = 300.0


class BackhaulSection(BackhaulSettings):
    """Section ``[placement.backhaul]``: as `phusong.planning.BackhaulSettings`.

    ``fibre_points`` is a file of points from which fibre can be laid; along the roads of
    ``[inputs]``, where these are given.
    """

    fibre_points: Path | None = None


class PlacementSettings(_Section):
    """Section ``[placement]``: which sites to propose; without it none are.

    ``count`` and ``budget`` limit them; ``targets`` ("villages", or a file) asks for the cheapest
    that reach them. ``costs`` is "lmic_2020" or a file, ``budgets`` and ``duties`` are files by
    year. Keywords of `phusong.propose_sites` else.
    """

    technology: str = "5G"
    operator: str
    count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    budget: Annotated[float, Field(ge=0.0)] | None = None
    targets: str | None = None
    demand: Literal["people", "villages", "facilities", "road_km"] = "people"
    equity: dict[str, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)
    by_chance: bool = False
    rules: RulesSettings = RulesSettings()
    candidates: CandidatesSettings = CandidatesSettings()
    costs: str | None = None
    backhaul: BackhaulSection | None = None
    budgets: Path | None = None
    duties: Path | None = None
    azimuths_deg: list[float] | None = None
    range_km: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    radio: dict[str, float | str] = Field(default_factory=dict)
    time_limit_s: Annotated[float, Field(gt=0.0, le=86_400.0)] = 60.0

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.count is None and self.budget is None and self.targets is None:
            raise ValueError("give count, budget or targets")
        return self

    def files(self) -> Iterator[tuple[str, Path]]:
        """Files that it names, by key."""
        named: dict[str, str | Path | None] = {
            "budgets": self.budgets,
            "duties": self.duties,
            "candidates.own": self.candidates.own,
        }
        if self.costs is not None and self.costs not in CostTable.names():
            named["costs"] = self.costs
        if self.targets is not None and self.targets != VILLAGES:
            named["targets"] = self.targets
        if self.backhaul is not None:
            named |= {"backhaul.bands": self.backhaul.bands}
            named |= {"backhaul.fibre_points": self.backhaul.fibre_points}
        yield from ((key, Path(value)) for key, value in named.items() if value is not None)


class ClaimSettings(_Section):
    """One of ``[checks.claims]``: where an operator says that there is service.

    ``area`` is "everywhere", a list of codes of communes, or a file: of polygons, or a raster that
    is above 0 where service is claimed.
    """

    technology: str
    operator: str = ANY
    area: str | list[str] = EVERYWHERE

    @property
    def file(self) -> Path | None:
        """The file of polygons or the raster, where the area is one."""
        if isinstance(self.area, list) or self.area == EVERYWHERE:
            return None
        return Path(self.area)


class SwitchOffSettings(_Section):
    """One of ``[checks.switch_offs]``: what goes silent, as in `phusong.switch_off`."""

    technology: str | None = None
    operator: str | None = None
    sites: list[str] | None = None


class ResilienceSettings(_Section):
    """Section ``[checks.resilience]``: as `phusong.assess_resilience`; all but times are files."""

    hazards: Path | None = None
    times_h: list[Annotated[float, Field(ge=0.0, le=8760.0)]] = Field(
        default_factory=lambda: [0.0, 6.0, 24.0]
    )
    autonomy_h: Annotated[float, Field(ge=0.0, le=8760.0)] | None = None
    backhaul: Path | None = None
    rules: Path | None = None


class EarlierRun(_Section):
    """``earlier`` of ``[checks]``: the levels of a run on the same ground, and its stations."""

    levels: Path
    stations: Path


class CheckSettings(_Section):
    """Section ``[checks]``: what else to ask of the gaps; each becomes sheets of the workbook.

    ``targets`` is a file for `phusong.check_targets`, and ``targets_on`` the day for which to tell
    what is overdue.
    """

    targets: Path | None = None
    targets_on: datetime.date | None = None
    claims: dict[str, ClaimSettings] = Field(default_factory=dict)
    switch_offs: dict[str, SwitchOffSettings] = Field(default_factory=dict)
    earlier: EarlierRun | None = None
    resilience: ResilienceSettings | None = None

    @model_validator(mode="after")
    def _has_its_day(self) -> Self:
        if self.targets is not None and self.targets_on is None:
            raise ValueError("targets needs targets_on, a day such as 2026-12-31")
        return self


class OutputSettings(_Section):
    """Section ``[output]``: words of the map and the workbook, which files, and the path loss.

    With ``path_loss`` every mast's loss is kept in the results' folder: a run that was interrupted
    goes on, and one with other tilts, azimuths or powers computes no path loss again. With
    ``offline_map`` the map holds all its scripts, and asks nothing of any network.
    """

    language: str = "en"
    offline_map: bool = False
    rasters: bool = True
    path_loss: bool = True
    google_earth: bool = True
    geoparquet: bool = False
    open_data: bool = False


class SourceSettings(_Section):
    """One of ``[sources]``: what an input is, for the readers of the open data."""

    title: str = ""
    url: str = ""
    licence: str = ""


class LicenceSettings(_Section):
    """Section ``[licence]``: the terms of the open data; without it they are "not given"."""

    name: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9._]+$")]
    url: str = ""


class JobSettings(_Section):
    """Everything a job depends on.

    Examples
    --------
    The file `phusong demo` writes beside its inputs is a whole one; `JobSettings.open` reads it.
    """

    name: str
    inputs: InputFiles
    scene: SceneSettings = SceneSettings()
    service: ServiceSettings = ServiceSettings()
    prediction: PredictionSettings = PredictionSettings()
    placement: PlacementSettings | None = None
    checks: CheckSettings = CheckSettings()
    output: OutputSettings = OutputSettings()
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    licence: LicenceSettings | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a settings file.

        Raises
        ------
        InputError
            When the file is missing or no TOML, a key is unknown, missing or unusable, or an
            input file does not exist: all that is found.
        """
        path = Path(path)
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from error
        except ValueError as error:
            raise InputError(str(path), [f"is not a TOML file: {error}"]) from error
        try:
            settings = cls.model_validate(table)
        except ValidationError as error:
            raise InputError(str(path), [_said(e) for e in error.errors()]) from error
        problems = [*settings.missing_files(path.parent), *settings.unknown_sources()]
        if problems:
            raise InputError(str(path), problems)
        return settings

    def missing_files(self, folder: Path) -> list[str]:
        """Problems of the files that are named, resolved against ``folder``."""
        return [
            f"{key} = {str(value)!r}: there is no such file or folder (looked in {folder})"
            for key, value in self._files()
            if not (folder / value).exists()
        ]

    def unknown_sources(self) -> list[str]:
        """Problems of ``[sources]``: what is told of an input that is not given."""
        given = [key for key, value in self.inputs if value is not None]
        return [
            f"sources.{name}: no such input is given; there are: {', '.join(given)}"
            for name in self.sources
            if name not in given
        ]

    def _files(self) -> Iterator[tuple[str, Path]]:
        checks = self.checks
        files: dict[str, Path | None] = {f"inputs.{key}": value for key, value in self.inputs}
        files["checks.targets"] = checks.targets
        files |= {f"checks.claims.{key}.area": claim.file for key, claim in checks.claims.items()}
        if checks.resilience is not None:
            named = checks.resilience.model_dump(include={"hazards", "backhaul", "rules"})
            files |= {f"checks.resilience.{key}": value for key, value in named.items()}
        if checks.earlier is not None:
            files |= {f"checks.earlier.{key}": value for key, value in checks.earlier}
        yield from ((key, value) for key, value in files.items() if value is not None)
        if self.placement is not None:
            yield from ((f"placement.{key}", value) for key, value in self.placement.files())


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {place!r}: correct or remove it"
    if error["type"] == "missing":
        return f"{place} is missing: give it"
    return f"{place} = {error['input']!r}: {error['msg']}"
