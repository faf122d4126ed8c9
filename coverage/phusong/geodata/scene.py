"""The scene: terrain, people and communes of an area, aligned on one grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from phusong.errors import InputError
from phusong.geodata.communes import label_communes, polygonal, read_communes
from phusong.geodata.findings import SEVERITIES, Findings
from phusong.geodata.grid import (
    analysis_grid,
    metric_crs,
    pixel_area_km2,
    require_memory,
    resolution_of,
    with_margin,
)
from phusong.geodata.population import (
    commune_sums,
    known_people,
    read_people,
    scale_to_known,
    within_communes,
)
from phusong.geodata.sources import Source, missing_files, raster_source, vector_source
from phusong.geodata.terrain import read_terrain
from phusong.geodata.villages import read_villages

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Scene"]

_COMMUNE_COLUMNS = ("label", "code", "name", "area_km2", "people", "people_factor", "geometry")

_SAME_M = 1e-3
"""Grids whose corners and pixels differ by less are one grid."""

_BYTES_PER_PIXEL = 64
"""Peak of the work on one pixel of the terrain grid, which the analysis grid is a part of."""


@dataclass(frozen=True, eq=False)
class Scene:
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
        Points in the grid's reference system: code, name, people, grid_power; None if not given.
    findings
        What was repaired, left out or is doubtful in the files.
    sources
        Path and SHA-256 of each file read, by the name of its argument.
    """

    terrain: xr.DataArray
    grid: GeoBox
    people: xr.DataArray
    communes: gpd.GeoDataFrame
    commune_labels: xr.DataArray
    villages: gpd.GeoDataFrame | None
    findings: pd.DataFrame
    sources: dict[str, Source]

    def __post_init__(self) -> None:
        arrays = {"people": self.people, "commune_labels": self.commune_labels}
        problems = [
            f"{name} does not lie on the grid; put it there"
            for name, array in arrays.items()
            if not _same_grid(array.odc.geobox, self.grid)
        ]
        box = self.terrain.odc.geobox
        if box is None or not _same_grid(box[box.overlap_roi(self.grid)], self.grid):
            problems.append("terrain does not contain the grid; give it the same pixels and more")
        if not np.isfinite(self.terrain.to_numpy()).all():
            problems.append("terrain has gaps; fill them")
        if problems:
            raise InputError("scene", problems)

    @property
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
        villages
            File of points with code, name, people and grid_power.
        commune_people
            Known people of each commune, to which its pixels are scaled: code to number, or a
            numeric column of the communes' file. `communes.people_factor` is known over raster
            people: 1 where nothing is known, NaN where the raster has nobody and the known people
            are spread evenly.
        communes_layer, code_column, name_column
            Layer and columns of the communes' file, where they cannot be told by themselves.

        Raises
        ------
        InputError
            If an argument or a file cannot be used; it names every problem found at that point.
        MemoryLimitError
            If the area at this resolution does not fit into memory.
        """
        files = {"terrain": terrain, "population": population, "communes": communes}
        _check_arguments({**files, "villages": villages}, resolution_m, margin_km, terrain_noise_m)
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
        people = read_people(population, grid, labels, findings)
        people = within_communes(people, labels, grid, findings, Path(population).name)
        people, areas["people_factor"] = scale_to_known(people, labels, areas, findings)
        areas["people"] = commune_sums(people, labels, len(areas))[0]
        return cls(
            terrain=heights,
            grid=grid,
            people=wrap_xr(people, grid).rename("people"),
            communes=areas[list(_COMMUNE_COLUMNS)],
            commune_labels=wrap_xr(labels, grid).rename("commune_label"),
            villages=read_villages(villages, grid, labels, findings) if villages else None,
            findings=findings.frame(),
            sources=_sources(terrain, population, communes, villages),
        )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the terrain, shaded from the north-west, with the borders of the communes.

        Parameters
        ----------
        ax
            matplotlib axes to draw on; new ones if not given.
        """
        import matplotlib.pyplot as plt
        from matplotlib.colors import LightSource

        if ax is None:
            _, ax = plt.subplots()
        west, south, east, north = self.terrain.odc.geobox.boundingbox.bbox
        heights = self.terrain.to_numpy()
        # The lower third of the colours is the sea's; land starts above it.
        sea = 1.5 * heights.min() - 0.5 * heights.max() - 1
        shaded = LightSource(azdeg=315, altdeg=45).shade(
            heights,
            cmap=plt.get_cmap("gist_earth"),
            blend_mode="soft",
            vmin=sea,
            dx=self.resolution_m,
            dy=self.resolution_m,
        )
        ax.imshow(shaded, extent=(west, east, south, north))
        self.communes.boundary.plot(ax=ax, color="black", linewidth=0.5)
        ax.set(xlabel=f"x, m ({self.grid.crs})", ylabel="y, m", aspect="equal")
        return ax

    def __repr__(self) -> str:
        lines = (f"  {name + ':':<11} {text}" for name, text in self._summary().items())
        return "\n".join(("<Scene>", *lines))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
            for name, text in self._summary().items()
        )
        return f"<table><caption>Scene</caption>{rows}</table>"

    def _summary(self) -> dict[str, str]:
        rows, columns = self.grid.shape
        low, high = float(self.terrain.min()), float(self.terrain.max())
        margin_km = self.window[0].start * self.resolution_m / 1000
        counts = self.findings["severity"].value_counts()
        names = {name: Path(source.path).name for name, source in self.sources.items()}
        return {
            "grid": f"{columns} x {rows} pixels of {self.resolution_m:g} m, {self.grid.crs}",
            "terrain": f"{low:.0f} to {high:.0f} m, {margin_km:.1f} km beyond the grid",
            "communes": f"{len(self.communes)} on {self.communes['area_km2'].sum():,.1f} km2",
            "people": f"{float(self.people.sum()):,.0f}",
            "villages": "not given" if self.villages is None else str(len(self.villages)),
            "findings": ", ".join(f"{counts[s]} {s}" for s in SEVERITIES if s in counts) or "none",
            "sources": ", ".join(f"{name} {file}" for name, file in names.items()),
        }


def _check_arguments(
    files: Mapping[str, str | Path | None],
    resolution_m: float,
    margin_km: float,
    terrain_noise_m: float | None,
) -> None:
    problems = missing_files(files)
    if files["terrain"] == files["population"]:
        problems.append("terrain and population are the same file; give one of each")
    if not 0 < resolution_m < np.inf:
        problems.append(f"resolution_m is {resolution_m}; give metres above 0, such as 90")
    if not 0 <= margin_km < np.inf:
        problems.append(f"margin_km is {margin_km}; give km from 0, such as 5")
    if terrain_noise_m is not None and not 0 <= terrain_noise_m < np.inf:
        problems.append(f"terrain_noise_m is {terrain_noise_m}; give metres from 0, or None")
    if problems:
        raise InputError("Scene.open", problems)


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


def _same_grid(one: GeoBox | None, other: GeoBox) -> bool:
    return (
        one is not None
        and one.shape == other.shape
        and one.crs == other.crs
        and np.allclose(one.affine[:6], other.affine[:6], rtol=0, atol=_SAME_M)
    )


def _sources(
    terrain: str | Path,
    population: str | Path,
    communes: str | Path,
    villages: str | Path | None,
) -> dict[str, Source]:
    sources = {
        "terrain": raster_source(terrain),
        "population": raster_source(population),
        "communes": vector_source(communes),
    }
    return {**sources, "villages": vector_source(villages)} if villages else sources
