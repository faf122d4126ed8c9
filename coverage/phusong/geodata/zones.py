"""Radio-climatic zones on the terrain's grid, from a raster or from areas of the sea.

P.1812-8, section 3.3, Table 3: sea (zone B) is the sea and other water that a circle of 100 km fits
into; coastal land (A1) is the land next to it, up to 100 m above its level and up to 50 km from it;
all other land is inland (A2).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.features import rasterize
from rasterio.warp import Resampling

from phusong.errors import InputError
from phusong.geodata.cells import missing, read_cells, warp
from phusong.geodata.clutter_areas import holds_areas, polygons, with_geometry
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2, with_margin
from phusong.geodata.sources import bounds_in, read_features
from phusong.kernels.zones import COAST, INLAND, SEA

__all__ = ["ZONES", "read_zones"]

ZONES: Final = (SEA, COAST, INLAND)
"""1 sea, 3 coastal land, 4 inland."""

COAST_KM: Final = 50.0
COAST_M: Final = 100.0

Zones = npt.NDArray[np.uint8]
_Note = Callable[..., None]

_UNKNOWN: Final = 0
_COASTLINE_M: Final = 100.0
"""How far a coastline may be simplified before the width of the coast is measured from it."""


def read_zones(
    path: str | Path, terrain: xr.DataArray, *, layer: str | None = None, findings: Findings
) -> xr.DataArray:
    """Read radio-climatic zones onto the terrain's grid.

    From a raster a pixel takes the zone of the cell at its centre, and is inland where there is
    none. Areas are those of the sea: pixels whose centre lies in one are sea, other ones within
    50 km of one and up to 100 m above sea level are coastal land, all others inland.

    Parameters
    ----------
    path
        A raster of 1 (sea), 3 (coastal land) and 4 (inland), whose first band is read; or a vector
        file of areas of the sea, as far as 50 km beyond the terrain.
    terrain
        Heights above sea level, metres, on the grid to fill.
    layer
        Of a file of areas, where it has several.
    findings
        Takes note of all that was repaired, left out or is doubtful.

    Returns
    -------
    DataArray
        uint8 (y, x).

    Raises
    ------
    InputError
        If the file cannot be used: it lies elsewhere, has other zones or no areas.
    MemoryLimitError
        If the part of a raster that is needed does not fit into memory.
    """
    note = partial(findings.add, source=Path(path).name)
    box = terrain.odc.geobox
    if layer or holds_areas(path):
        zones = _around_sea(path, layer, terrain, note)
    else:
        zones = _from_cells(path, box, note)
    shares = [f"{name} {(zones == zone).mean():.1%}" for name, zone in _NAMES.items()]
    note(severity="info", reason=f"zones of the terrain: {', '.join(shares)}")
    attributes = {"long_name": "radio-climatic zone: 1 sea, 3 coastal land, 4 inland"}
    return wrap_xr(zones, box).rename("zones").assign_attrs(attributes)


_NAMES: Final = {"sea": SEA, "coastal land": COAST, "inland": INLAND}


def _from_cells(path: str | Path, box: GeoBox, note: _Note) -> Zones:
    cells = read_cells(path, box, "zones", note)
    zones = warp(_checked(cells.values, path), cells, box, _UNKNOWN, Resampling.nearest)
    unknown = zones == _UNKNOWN
    if unknown.any():
        km2 = unknown.sum() * pixel_area_km2(box)
        reason = f"no zone is known on {km2:.2f} km2 of the terrain ({unknown.mean():.1%}): inland"
        note(severity="warning", reason=reason, mend="give zones for all of the terrain")
    return np.where(unknown, np.uint8(INLAND), zones)


def _checked(values: Any, path: str | Path) -> Zones:
    """Return the cells' zones, `_UNKNOWN` where there is none; InputError for any other value."""
    none = missing(values)
    found, counts = np.unique(values.data[~none], return_counts=True)
    strange = ~np.isin(found, ZONES)
    problems = [
        f"{count} cell(s) of {value:g} in the area: give 1 (sea), 3 (coastal land) or 4 (inland), "
        "and write what stands for none into the file's header as no data"
        for value, count in zip(found[strange], counts[strange], strict=True)
    ]
    if none.all():
        problems.append("holds no zone in the area: give 1 (sea), 3 (coastal land) or 4 (inland)")
    if problems:
        raise InputError(str(path), problems[:_MOST_NAMED])
    return np.where(none, _UNKNOWN, np.ma.filled(values, _UNKNOWN)).astype(np.uint8)


_MOST_NAMED: Final = 5


def _around_sea(path: str | Path, layer: str | None, terrain: xr.DataArray, note: _Note) -> Zones:
    box = terrain.odc.geobox
    sea = _sea_near(path, layer, with_margin(box, COAST_KM), note)
    heights = terrain.to_numpy()
    near = _drawn(sea.simplify(_COASTLINE_M).buffer(1000.0 * COAST_KM), box)
    coast = np.where(near & (heights <= COAST_M), np.uint8(COAST), np.uint8(INLAND))
    return np.where(_drawn(sea, box), np.uint8(SEA), coast)


def _sea_near(path: str | Path, layer: str | None, around: GeoBox, note: _Note) -> gpd.GeoSeries:
    """Return the areas of the sea as far as the coast is looked for, in the grid's metres."""
    frame = with_geometry(read_features(path, layer)[["geometry"]], note)
    bounds = bounds_in(frame.crs, around)
    if not np.isfinite(bounds).all():
        frame, bounds = frame.iloc[:0], (0.0, 0.0, 0.0, 0.0)
    areas = polygons(frame.iloc[np.sort(frame.sindex.query(shapely.box(*bounds)))], note)
    sea = areas.geometry.clip_by_rect(*bounds)
    sea = sea[~sea.is_empty]
    if sea.empty:
        problem = f"has no area of the sea within {COAST_KM:g} km of the terrain"
        mend = "give polygons of the sea, not coastlines; leave zones out where all is inland"
        raise InputError(str(path), [f"{problem}: {mend}"])
    return sea.to_crs(str(around.crs))


def _drawn(shapes: gpd.GeoSeries, box: GeoBox) -> npt.NDArray[np.bool_]:
    """Return which pixels' centres lie in a shape."""
    drawn = rasterize(shapes, out_shape=box.shape, transform=box.transform, dtype=np.uint8)
    return np.asarray(drawn > 0)
