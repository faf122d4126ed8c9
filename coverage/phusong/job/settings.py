"""The settings file of a job: TOML in, checked values out, every problem named."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phusong.errors import InputError
from phusong.prediction import PredictSettings

__all__ = [
    "InputFiles",
    "JobSettings",
    "OutputSettings",
    "PlacementSettings",
    "PredictionSettings",
    "SceneSettings",
    "ServiceSettings",
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


class OutputSettings(_Section):
    """Section ``[output]``: words of the map and the workbook, rasters, and the path loss.

    With ``path_loss`` every mast's loss is kept in the results' folder: a run that was interrupted
    goes on, and one with other tilts, azimuths or powers computes no path loss again.
    """

    language: str = "en"
    rasters: bool = True
    path_loss: bool = True


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
    output: OutputSettings = OutputSettings()

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
        missing = settings.missing_files(path.parent)
        if missing:
            raise InputError(str(path), missing)
        return settings

    def missing_files(self, folder: Path) -> list[str]:
        """Problems of the input files, resolved against ``folder``."""
        return [
            f"inputs.{key} = {str(value)!r}: there is no such file or folder (looked in {folder})"
            for key, value in self.inputs
            if value is not None and not (folder / value).exists()
        ]


def _said(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {place!r}: correct or remove it"
    if error["type"] == "missing":
        return f"{place} is missing: give it"
    return f"{place} = {error['input']!r}: {error['msg']}"
