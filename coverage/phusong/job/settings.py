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
from phusong.prediction import PredictSettings

__all__ = [
    "CheckSettings",
    "ClaimSettings",
    "EarlierRun",
    "InputFiles",
    "JobSettings",
    "LicenceSettings",
    "OutputSettings",
    "PlacementSettings",
    "PredictionSettings",
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


class PlacementSettings(_Section):
    """Section ``[placement]``: which sites to propose; without it none are."""

    technology: str = "5G"
    operator: str
    count: Annotated[int, Field(ge=1, le=10_000)] = 10
    radio: dict[str, float | str] = Field(default_factory=dict)


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

    @model_validator(mode="after")
    def _has_its_day(self) -> Self:
        if self.targets is not None and self.targets_on is None:
            raise ValueError("targets needs targets_on, a day such as 2026-12-31")
        return self


class OutputSettings(_Section):
    """Section ``[output]``: words of the map and the workbook, which files, and the path loss.

    With ``path_loss`` every mast's loss is kept in the results' folder: a run that was interrupted
    goes on, and one with other tilts, azimuths or powers computes no path loss again.
    """

    language: str = "en"
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
        if checks.earlier is not None:
            files |= {f"checks.earlier.{key}": value for key, value in checks.earlier}
        yield from ((key, value) for key, value in files.items() if value is not None)


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {place!r}: correct or remove it"
    if error["type"] == "missing":
        return f"{place} is missing: give it"
    return f"{place} = {error['input']!r}: {error['msg']}"
