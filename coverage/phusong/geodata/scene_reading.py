"""The files of a scene, read onto one grid: what `Scene.open` does."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from phusong.geodata.clutter import Clutter, ClutterKind, read_clutter
from phusong.geodata.clutter_classes import WORLDCOVER
from phusong.geodata.communes import label_communes, polygonal, read_communes
from phusong.geodata.findings import Findings
from phusong.geodata.grid import analysis_grid, metric_crs, resolution_of, with_margin
from phusong.geodata.inhabitants import OldFiles, settle
from phusong.geodata.memory import require_memory
from phusong.geodata.population import known_people
from phusong.geodata.scene_arguments import Places, check_arguments, read_sources
from phusong.geodata.scene_places import PlaceFiles, read_places
from phusong.geodata.terrain import read_terrain
from phusong.geodata.zones import read_zones

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["open_scene"]

_COMMUNE_COLUMNS: Final = (
    "label",
    "code",
    "name",
    "area_km2",
    "people",
    "people_factor",
    "geometry",
)

_BYTES_PER_PIXEL: Final = 64
"""Peak of the work on one pixel of the terrain grid, which the analysis grid is a part of."""


def open_scene(
    cls: type["Scene"],
    terrain: str | Path,
    population: str | Path,
    communes: str | Path,
    *,
    resolution_m: float = 90.0,
    crs: Any = "utm",
    margin_km: float = 5.0,
    terrain_noise_m: float | None = 2.0,
    villages: str | Path | None = None,
    commune_people: Mapping[str, float] | pd.Series | str | None = None,
    communes_layer: str | None = None,
    code_column: str | None = None,
    name_column: str | None = None,
    clutter: str | Path | None = None,
    clutter_classes: str | Path = WORLDCOVER,
    clutter_kind: ClutterKind = "classes",
    clutter_column: str | None = None,
    clutter_layer: str | None = None,
    zones: str | Path | None = None,
    zones_layer: str | None = None,
    villages_layer: str | None = None,
    facilities: str | Path | None = None,
    facilities_layer: str | None = None,
    facility_kinds: Mapping[str, str] | None = None,
    roads: str | Path | None = None,
    roads_layer: str | None = None,
    census: str | Path | None = None,
    crosswalk: str | Path | None = None,
    old_communes: str | Path | None = None,
    old_layer: str | None = None,
    old_code_column: str | None = None,
    old_name_column: str | None = None,
    old_people: str | None = None,
) -> "Scene":
    """Read an area's files onto one grid in metres, around its communes.

    Parameters
    ----------
    terrain
        Raster of elevations, metres (see `phusong.geodata.terrain`).
    population
        Raster of people per cell (see `phusong.geodata.population`).
    communes
        File of areas with code and name (see `phusong.geodata.communes`).
    resolution_m
        Side of a pixel, metres.
    crs
        "utm" for the UTM zone (WGS 84) of the area's middle, or a reference system in metres,
        such as "EPSG:3405".
    margin_km
        How far the terrain is kept beyond the communes' bounds, km.
    terrain_noise_m
        Standard deviation of the terrain's vertical noise, which is removed from it, metres;
        None or 0 keeps the surface as it is.
    villages, villages_layer
        File of points or areas with code, name, people, households and grid_power, and its
        layer where it has several. Without, settlements are found from the population.
    commune_people
        Known people of each commune, to which its pixels are scaled: code to number, or a
        numeric column of the communes' file. `communes.people_factor` is known over raster
        people: 1 where nothing is known, NaN where the raster has nobody and the known people
        are spread evenly.
    communes_layer, code_column, name_column
        Layer and columns of the communes' file, where they cannot be told by themselves.
    clutter
        Raster of land cover or of heights above ground, or a file of areas such as
        OpenStreetMap's land use (see `phusong.geodata.clutter`). Where the terrain is a
        surface model (SRTM, Copernicus) it holds part of the canopy and the houses already.
    clutter_classes
        Height of each class: "worldcover" for ESA WorldCover's, or a CSV file.
    clutter_kind
        Whether the raster's cells are "classes", or metres above ground: "height_m" of
        whatever stands there, "building_height_m" of buildings, 0 where none is.
    clutter_column, clutter_layer
        Column that names the class, and layer, of a file of areas, where they cannot be
        told by themselves.
    zones
        Raster of radio-climatic zones, 1 sea, 3 coastal land and 4 inland, or a file of areas
        of the sea, from which coastal land is found (see `phusong.geodata.zones`).
    zones_layer
        Layer of a file of areas, where it cannot be told by itself.
    facilities, facilities_layer, facility_kinds
        File of schools, clinics and other places with a column of kinds, its layer, and what
        each word of that column counts as (see `phusong.geodata.facilities`).
    roads, roads_layer
        File of lines, and its layer.
    census
        Table of code and people, to which the communes' pixels are scaled: those of the old
        communes where these are given, else today's (see `phusong.geodata.census`).
    crosswalk
        Table of the old communes, before a merger, that each of today's was made of (see
        `phusong.geodata.crosswalk`). Their figures are today's, split by people.
    old_communes, old_layer, old_code_column, old_name_column, old_people
        In place of a crosswalk the areas of the old communes, which need no split: their file,
        layer and columns, as of `communes`, and a column of their people to scale to.

    Raises
    ------
    InputError
        If an argument or a file cannot be used; it names every problem found at that point.
    MemoryLimitError
        If the area at this resolution does not fit into memory.
    """
    files = {
        "terrain": terrain,
        "population": population,
        "communes": communes,
        "villages": villages,
        "clutter": clutter,
        "zones": zones,
        "facilities": facilities,
        "roads": roads,
        "census": census,
        "crosswalk": crosswalk,
        "old_communes": old_communes,
        "clutter_classes": None if clutter_classes == WORLDCOVER else clutter_classes,
    }
    told = Places(commune_people, old_people, facility_kinds)
    check_arguments(files, resolution_m, margin_km, terrain_noise_m, clutter_kind, told)
    findings = Findings()
    columns = {"layer": communes_layer, "code_column": code_column, "name_column": name_column}
    areas = _in_metres(_communes(communes, columns, commune_people, findings), crs)
    grid = analysis_grid(areas.total_bounds, areas.crs, resolution_m)
    box = with_margin(grid, margin_km)
    _require_memory(box)
    labels = label_communes(areas, grid, findings, Path(communes).name)
    heights = read_terrain(
        terrain, box, area=areas.geometry, noise_m=terrain_noise_m, findings=findings
    )
    covering: dict[str, Any] = {}
    if clutter is not None:
        cover = read_clutter(
            clutter,
            box,
            classes=clutter_classes,
            kind=clutter_kind,
            column=clutter_column,
            layer=clutter_layer,
            findings=findings,
        )
        covering = _covering(cover, clutter_kind)
    climate = None
    if zones is not None:
        climate = read_zones(zones, heights, layer=zones_layer, findings=findings)
    before = OldFiles(
        areas=old_communes,
        layer=old_layer,
        code_column=old_code_column,
        name_column=old_name_column,
        people=old_people,
        crosswalk=crosswalk,
    )
    settled = settle(population, areas, labels, grid, findings, census=census, old=before)
    lying = read_places(
        PlaceFiles(villages, villages_layer, facilities, facilities_layer, roads, roads_layer),
        settled.people,
        labels,
        areas,
        grid,
        findings,
        population=population,
        kinds=facility_kinds,
    )
    return cls(
        terrain=heights,
        grid=grid,
        people=wrap_xr(settled.people, grid).rename("people"),
        communes=settled.communes[list(_COMMUNE_COLUMNS)],
        commune_labels=wrap_xr(labels, grid).rename("commune_label"),
        findings=findings.frame(),
        sources=read_sources(files),
        zones=climate,
        terrain_noise_m=terrain_noise_m or 0.0,
        old=settled.old,
        **covering,
        **lying,
    )


def _communes(
    path: str | Path,
    columns: Mapping[str, str | None],
    people: Mapping[str, float] | pd.Series | str | None,
    findings: Findings,
) -> gpd.GeoDataFrame:
    """Read the communes, with the people that are known of them by a column or a mapping."""
    of_column = people if isinstance(people, str) else None
    areas = read_communes(path, **columns, people_column=of_column, findings=findings)
    if people is not None and not isinstance(people, str):
        areas["known_people"] = known_people(areas, people, findings)
    return areas


def _covering(cover: Clutter, kind: ClutterKind) -> dict[str, Any]:
    """What the scene has of the clutter."""
    return {
        "clutter_m": cover.height_m,
        "clutter_class": cover.code,
        "clutter_classes": cover.classes,
        "building_heights": kind == "building_height_m",
    }


def _in_metres(areas: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Return the communes, labelled, in a reference system in metres."""
    west, south, east, north = areas.to_crs("EPSG:4326").total_bounds
    projected = areas.to_crs(metric_crs(crs, (west + east) / 2, (south + north) / 2))
    # A border that two communes share may cross itself by a rounding error once projected.
    projected.geometry = polygonal(projected.geometry)
    projected.insert(0, "label", np.arange(1, len(areas) + 1))
    return projected


def _require_memory(box: GeoBox) -> None:
    rows, columns = box.shape
    purpose = f"{columns} x {rows} pixels of {resolution_of(box):g} m"
    mend = "give a coarser resolution_m, a smaller margin_km or a smaller area"
    require_memory(rows * columns * _BYTES_PER_PIXEL, purpose, mend)
