"""What `Scene.open` is given: checked together before anything is read, and checksummed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np

from phusong.errors import InputError
from phusong.geodata.clutter import CLUTTER_KINDS
from phusong.geodata.clutter_areas import holds_areas
from phusong.geodata.facilities import check_kinds
from phusong.geodata.sources import Source, missing_files, raster_source, vector_source

__all__ = ["Places", "check_arguments", "read_sources"]


@dataclass(frozen=True)
class Places:
    """Arguments about people and facilities that are no files."""

    commune_people: Any = None
    old_people: str | None = None
    facility_kinds: Mapping[str, str] | None = None


_RASTERS: Final = ("terrain", "population", "clutter", "zones")
_RASTERS_OR_AREAS: Final = ("clutter", "zones")


def check_arguments(
    files: Mapping[str, str | Path | None],
    resolution_m: float,
    margin_km: float,
    terrain_noise_m: float | None,
    clutter_kind: str,
    places: "Places",
) -> None:
    """Refuse arguments of `Scene.open` that cannot be right.

    Parameters
    ----------
    files
        Path of each file by the name of its argument; None where it is not given.
    resolution_m, margin_km, terrain_noise_m, clutter_kind
        As given.
    places
        What is said of people and facilities.

    Raises
    ------
    InputError
        Naming every argument that cannot be right.
    """
    problems = missing_files(files)
    for one, other in combinations(_RASTERS, 2):
        if files[one] is not None and files[one] == files[other]:
            problems.append(f"{one} and {other} are the same file; give one of each")
    if not 0 < resolution_m < np.inf:
        problems.append(f"resolution_m is {resolution_m}; give metres above 0, such as 90")
    if not 0 <= margin_km < np.inf:
        problems.append(f"margin_km is {margin_km}; give km from 0, such as 5")
    if terrain_noise_m is not None and not 0 <= terrain_noise_m < np.inf:
        problems.append(f"terrain_noise_m is {terrain_noise_m}; give metres from 0, or None")
    if clutter_kind not in CLUTTER_KINDS:
        problems.append(f"clutter_kind is {clutter_kind!r}; give {' or '.join(CLUTTER_KINDS)}")
    if files["clutter_classes"] is not None and files["clutter"] is None:
        problems.append("clutter_classes is given without clutter; give both or neither")
    problems += [*_people_problems(files, places), *check_kinds(places.facility_kinds)]
    if problems:
        raise InputError("Scene.open", problems)


def _people_problems(files: Mapping[str, str | Path | None], places: "Places") -> Iterator[str]:
    """Say which arguments tell the people, or the old communes, in two ways."""
    known = {
        "commune_people": places.commune_people,
        "census": files["census"],
        "old_people": places.old_people,
    }
    twice = [name for name, value in known.items() if value is not None]
    if len(twice) > 1:
        yield f"{' and '.join(twice)} both tell the people of the communes; give one of them"
    if files["old_communes"] is not None and files["crosswalk"] is not None:
        yield "old_communes and crosswalk both tell the old communes; give their areas if you have"
    if places.old_people is not None and files["old_communes"] is None:
        yield "old_people names a column of old_communes, which is not given; give both or neither"


def read_sources(files: Mapping[str, str | Path | None]) -> dict[str, Source]:
    """Return path and checksum of each file that is given, by the name of its argument."""
    return {name: _source(name, path) for name, path in files.items() if path is not None}


def _source(name: str, path: str | Path) -> Source:
    is_raster = name in _RASTERS and not (name in _RASTERS_OR_AREAS and holds_areas(path))
    return raster_source(path) if is_raster else vector_source(path)
