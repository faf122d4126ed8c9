"""The scene: terrain, people and communes of an area, aligned on one grid."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox

from phusong._explore import Explorable
from phusong.errors import InputError
from phusong.geodata.grid import pixel_area_km2, resolution_of
from phusong.geodata.old_communes import OldCommunes
from phusong.geodata.scene_checks import scene_problems
from phusong.geodata.scene_reading import open_scene
from phusong.geodata.scene_view import as_html, as_text, draw
from phusong.geodata.sources import Source

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.stations import Network
    from phusong.prediction.estimating import Estimate

__all__ = ["Scene"]


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

    # Reading has a module of its own; its signature and its text are that function's.
    open = classmethod(open_scene)

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
