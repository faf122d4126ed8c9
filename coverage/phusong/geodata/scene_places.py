"""What lies in a scene's communes: villages or settlements, facilities, roads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from phusong.geodata.facilities import read_facilities
from phusong.geodata.findings import Findings
from phusong.geodata.roads import read_roads
from phusong.geodata.settlements import find_settlements
from phusong.geodata.villages import read_villages

__all__ = ["PlaceFiles", "read_places"]


class PlaceFiles(NamedTuple):
    """Files of places, each of which may be missing, and their layers."""

    villages: str | Path | None
    villages_layer: str | None
    facilities: str | Path | None
    facilities_layer: str | None
    roads: str | Path | None
    roads_layer: str | None


def read_places(
    files: PlaceFiles,
    people: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    communes: gpd.GeoDataFrame,
    grid: GeoBox,
    findings: Findings,
    *,
    population: str | Path,
    kinds: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Read the places of a scene onto its grid, as the scene's attributes by name.

    Parameters
    ----------
    files
        Where they are; settlements stand in for villages that are not given.
    people, labels, communes, grid
        People and commune labels (y, x), the communes (label, code, name), and their grid.
    findings
        Takes note of what was left out or assumed.
    population
        The raster that settlements come from.
    kinds
        As of `read_facilities`.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    if files.villages is not None:
        villages, areas = read_villages(
            files.villages, grid, labels, findings, layer=files.villages_layer
        )
    else:
        source = Path(population).name
        villages, areas = find_settlements(people, labels, communes, grid, findings, source)
    found: dict[str, Any] = {"villages": villages, "village_areas": areas}
    if files.facilities is not None:
        found["facilities"] = read_facilities(
            files.facilities, grid, labels, findings, kinds=kinds, layer=files.facilities_layer
        )
    if files.roads is not None:
        road_km = read_roads(files.roads, grid, labels, findings, layer=files.roads_layer)
        found["road_km"] = wrap_xr(road_km, grid).rename("road_km")
    return found
