"""The scene: terrain, people and communes of an area, aligned on one grid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from phusong._explore import Explorable
from phusong.errors import InputError
from phusong.geodata.clutter import ClutterKind, read_clutter
from phusong.geodata.clutter_classes import WORLDCOVER
from phusong.geodata.communes import label_communes, polygonal, read_communes
from phusong.geodata.findings import Findings
from phusong.geodata.grid import (
    analysis_grid,
    metric_crs,
    pixel_area_km2,
    resolution_of,
    with_margin,
)
from phusong.geodata.inhabitants import OldFiles, settle
from phusong.geodata.memory import require_memory
from phusong.geodata.old_communes import OldCommunes
from phusong.geodata.population import known_people
from phusong.geodata.scene_arguments import Places, check_arguments, read_sources
from phusong.geodata.scene_checks import scene_problems
from phusong.geodata.scene_places import PlaceFiles, read_places
from phusong.geodata.scene_view import as_html, as_text, draw
from phusong.geodata.sources import Source
from phusong.geodata.terrain import read_terrain
from phusong.geodata.zones import read_zones

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.stations import Network
    from phusong.prediction.estimating import Estimate

__all__ = ["Scene"]

_COMMUNE_COLUMNS = ("label", "code", "name", "area_km2", "people", "people_factor", "geometry")

_BYTES_PER_PIXEL = 64
"""Peak of the work on one pixel of the terrain grid, which the analysis grid is a part of."""


@dataclass(frozen=True, eq=False)
class Scene(Explorable):
    """An area to plan for: what stands on its ground, and who lives there.

    Attributes
    ----------
    terrain
        float32 (y, x), metres above sea level, on the analysis grid and a margin around it.
    grid
        The analysis grid: north up, square pixels, in metres.
    people
        float64 (y, x) on `grid`: people in each pixel, 0 outside every commune.
    communes
        In the grid's reference system; label (1 and up, the row plus one), code, name, area_km2
        (on the ground), people, people_factor (see `open`), geometry.
    commune_labels
        int32 (y, x) on `grid`: label of the commune of each pixel, 0 outside.
    villages
        Points in the grid's reference system: code, name, people, households, grid_power, kind.
        Where no file of villages was given, settlements from clusters of the people, with the
        kind "settlement" (see `phusong.geodata.settlements`); None if there are none at all.
    findings
        What was repaired, left out or is doubtful in the files.
    sources
        Path and SHA-256 of each file read, by the name of its argument.
    clutter_m
        float32 (y, x), metres above ground of trees and houses, on the terrain's grid; None if
        no clutter was given.
    clutter_class
        uint8 (y, x), the code of each pixel's class on the terrain's grid, 255 where not known;
        None if no clutter of classes was given.
    clutter_classes
        What the codes mean: a table as `phusong.geodata.clutter_classes` reads it, or None.
    zones
        uint8 (y, x), radio-climatic zone on the terrain's grid: 1 sea, 3 coastal land, 4 inland;
        None if no zones were given, which is inland everywhere.
    building_heights
        Whether `clutter_m` are the heights of buildings: ``model="auto"`` asks it.
    terrain_noise_m
        Standard deviation of the vertical noise that was removed from the terrain, metres; 0 where
        the surface was kept as it is.
    village_areas
        Pixels of the villages that are areas: village (its row) and pixel (flat index on `grid`).
    facilities
        Schools, clinics and others inside the communes: kind, name, geometry (Point); None if not
        given.
    road_km
        float64 (y, x) on `grid`: km of road in each pixel, 0 outside every commune; None if not
        given.
    old
        Communes before a merger, see `phusong.geodata.old_communes`; None if not given.
    """

    terrain: xr.DataArray
    grid: GeoBox
    people: xr.DataArray
    communes: gpd.GeoDataFrame
    commune_labels: xr.DataArray
    villages: gpd.GeoDataFrame | None
    findings: pd.DataFrame
    sources: dict[str, Source]
    clutter_m: xr.DataArray | None = None
    clutter_class: xr.DataArray | None = None
    clutter_classes: pd.DataFrame | None = None
    zones: xr.DataArray | None = None
    building_heights: bool = False
    terrain_noise_m: float = 0.0
    village_areas: pd.DataFrame | None = None
    facilities: gpd.GeoDataFrame | None = None
    road_km: xr.DataArray | None = None
    old: OldCommunes | None = None

    def __post_init__(self) -> None:
        problems = scene_problems(self)
        if problems:
            raise InputError("scene", problems)

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the analysis grid within the terrain."""
        rows, columns = self.terrain.odc.geobox.overlap_roi(self.grid)
        return rows, columns

    @property
    def resolution_m(self) -> float:
        """Side of a pixel, metres."""
        return resolution_of(self.grid)

    @property
    def pixel_area_km2(self) -> float:
        """Area of a pixel on the ground, km2."""
        return pixel_area_km2(self.grid)

    @property
    def are_settlements(self) -> bool:
        """Whether `villages` are settlements from clusters of the people."""
        return self.villages is not None and "settlement" in set(self.villages.get("kind", ()))

    @classmethod
    def open(
        cls,
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
        places = Places(commune_people, old_people, facility_kinds)
        check_arguments(files, resolution_m, margin_km, terrain_noise_m, clutter_kind, places)
        findings = Findings()
        areas = read_communes(
            communes,
            layer=communes_layer,
            code_column=code_column,
            name_column=name_column,
            people_column=commune_people if isinstance(commune_people, str) else None,
            findings=findings,
        )
        if commune_people is not None and not isinstance(commune_people, str):
            areas["known_people"] = known_people(areas, commune_people, findings)
        areas = _in_metres(areas, crs)
        grid = analysis_grid(areas.total_bounds, areas.crs, resolution_m)
        box = with_margin(grid, margin_km)
        _require_memory(box)
        labels = label_communes(areas, grid, findings, Path(communes).name)
        heights = read_terrain(
            terrain, box, area=areas.geometry, noise_m=terrain_noise_m, findings=findings
        )
        cover = None
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
            clutter_m=None if cover is None else cover.height_m,
            clutter_class=None if cover is None else cover.code,
            clutter_classes=None if cover is None else cover.classes,
            zones=climate,
            building_heights=cover is not None and clutter_kind == "building_height_m",
            terrain_noise_m=terrain_noise_m or 0.0,
            old=settled.old,
            **lying,
        )

    def by_old_communes(self) -> "Scene":
        """The same ground with the old communes' areas in place of today's.

        Whatever is told by commune of such a scene is told by old commune, and sums to the same.

        Raises
        ------
        InputError
            If the areas of old communes were not given.
        """
        if self.old is None or self.old.labels is None:
            problem = "the areas of the old communes are not known; give old_communes"
            raise InputError("scene", [problem])
        return replace(self, communes=self.old.communes, commune_labels=self.old.labels, old=None)

    def estimate(self, network: "Network", **arguments: Any) -> "Estimate":
        """What `phusong.predict` on this scene will take: time, memory and disk, before it runs.

        Parameters
        ----------
        network
            The cells to predict.
        **arguments
            As of `phusong.predict`: ``service``, ``store`` and its settings. A store's windows
            that are there already need not be computed.

        Returns
        -------
        Estimate
            It reckons with measured rates, and with the speed of this machine on a short piece of
            work; docs/speed.md shows how far off it was.

        Raises
        ------
        InputError
            As `phusong.predict`.
        """
        from phusong.prediction.estimating import estimate

        return estimate(network, self, **arguments)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the terrain, shaded from the north-west, with the borders of the communes.

        Parameters
        ----------
        ax
            matplotlib axes to draw on; new ones if not given.
        """
        return draw(self, ax)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


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
