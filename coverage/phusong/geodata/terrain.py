"""Terrain from an elevation raster: heights checked, voids filled, noise removed, on one grid.

The order matters and is fixed: voids are filled and noise is removed on the raster's own cells,
then the heights are put on the grid once.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from rasterio.fill import fillnodata
from rasterio.warp import Resampling, reproject
from rasterio.windows import Window
from scipy.ndimage import distance_transform_edt, uniform_filter

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.grid import resolution_of
from phusong.geodata.memory import require_memory
from phusong.geodata.sources import (
    cell_size_m,
    footprint,
    open_raster,
    window_over,
)

__all__ = ["fill_voids", "read_terrain", "remove_noise"]

Heights = npt.NDArray[np.float32]

_Note = Callable[..., None]

LOWEST_M: Final = -50.0
"""Lower cells are taken for voids: no land is, and SRTM's pits over water are."""

HIGHEST_M: Final = 9000.0
"""Higher cells are taken for voids: Everest is 8,849 m."""

_COARSEST_CELL_M: Final = 500.0
_WIDE_VOID_M: Final = 1000.0
_FILL_REACH_CELLS: Final = 100
_NOISE_WINDOW_CELLS: Final = 5
_PAD_CELLS: Final = 16
_BYTES_PER_CELL: Final = 64


def read_terrain(
    path: str | Path,
    box: GeoBox,
    *,
    area: gpd.GeoSeries,
    noise_m: float | None,
    findings: Findings,
) -> xr.DataArray:
    """Read heights above sea level onto a grid.

    Cells without a height, below `LOWEST_M` or above `HIGHEST_M` are voids and are interpolated.
    Heights are averaged where two cells or more go into a pixel's side, else taken bilinearly.
    Where the file ends short of the grid's rim the nearest height is carried on.

    Parameters
    ----------
    path
        A raster of elevations in metres, any reference system; the first band is read, its
        scale and offset applied.
    box
        The grid to fill: the analysis grid with its margin.
    area
        What the file has to cover: the communes.
    noise_m
        Standard deviation of the vertical noise to remove, metres (see `remove_noise`);
        None or 0 leaves the surface as it is.
    findings
        Takes note of all that was repaired or is doubtful.

    Returns
    -------
    xr.DataArray
        float32 (y, x), metres above sea level, without a gap.

    Raises
    ------
    InputError
        If the file cannot be read, has no reference system, does not cover the area, holds no
        height in it, or has cells so coarse that no ridge shows.
    MemoryLimitError
        If the part that is needed does not fit into memory.
    """
    note = partial(findings.add, source=Path(path).name)
    with open_raster(path) as dataset:
        _check_covers(dataset, area)
        cell_m = cell_size_m(dataset, box)
        _check_cells(dataset, cell_m, resolution_of(box), note)
        window = window_over(dataset, box, _PAD_CELLS)
        heights = _read_heights(dataset, window, note)
        crs, transform = dataset.crs, dataset.window_transform(window)
    heights = _without_voids(heights, cell_m, note)
    if noise_m:
        heights = _denoised(heights, noise_m, note)
    on_grid = _warp(heights, transform, crs, box, cell_m)
    on_grid = _carried_on(on_grid, resolution_of(box), note)
    attributes = {"units": "m", "long_name": "height above sea level"}
    return wrap_xr(on_grid, box).rename("terrain").assign_attrs(attributes)


def fill_voids(heights: Heights) -> Heights:
    """Interpolate cells that are NaN from the heights around them.

    Inverse-distance weighting from the nearest heights in four quadrants (GDAL's FillNodata); a
    cell farther than 100 cells from all of them takes the nearest.

    Parameters
    ----------
    heights
        (row, column), metres, at least one of them finite.

    Returns
    -------
    ndarray
        The same heights, none of them NaN.
    """
    void = np.isnan(heights)
    if not void.any():
        return heights
    mask = (~void).astype(np.uint8)
    filled = fillnodata(heights.copy(), mask=mask, max_search_distance=_FILL_REACH_CELLS)
    return _nearest_for_nan(np.asarray(filled, dtype=np.float32))


def remove_noise(heights: Heights, noise_m: float) -> Heights:
    """Remove the vertical noise of an elevation raster and leave its relief.

    A radar surface is rough where the ground is flat: canopy, roofs and the instrument's noise
    give SRTM a standard deviation of 1.5 m over 5 x 5 cells of rice plain, and a receiver 1.5 m
    above one cell then stands behind the next. The local Wiener filter replaces a height by the
    mean of its 5 x 5 cells as far as the variance there is the noise's, and keeps it as far as
    the variance is larger, so plains become flat and ridges stay. Heights are mirrored at the
    rim, so that it gets no artefact.

    Parameters
    ----------
    heights
        (row, column), metres, without NaN.
    noise_m
        Standard deviation of the noise, metres.

    Returns
    -------
    ndarray
        float32 (row, column), metres.

    References
    ----------
    Lim, J. S., Two-Dimensional Signal and Image Processing, Prentice Hall 1990, p. 548.
    """
    exact = heights.astype(np.float64)
    mean = uniform_filter(exact, _NOISE_WINDOW_CELLS, mode="reflect")
    variance = uniform_filter(exact * exact, _NOISE_WINDOW_CELLS, mode="reflect") - mean * mean
    kept = 1 - noise_m**2 / np.maximum(variance, noise_m**2)
    return np.asarray(mean + kept * (exact - mean), dtype=np.float32)


def _check_covers(dataset: Any, area: gpd.GeoSeries) -> None:
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    held, needed = footprint(dataset), tuple(area.to_crs(crs).total_bounds)
    gaps = (held[0] - needed[0], held[1] - needed[1], needed[2] - held[2], needed[3] - held[3])
    half_cell = max(abs(dataset.transform.a), abs(dataset.transform.e)) / 2
    unit = crs.axis_info[0].unit_name
    lacking = [
        f"{gap:.3g} {unit} in the {side}"
        for side, gap in zip(("west", "south", "east", "north"), gaps, strict=True)
        if not gap <= half_cell
    ]
    if lacking:
        problem = (
            f"does not cover the communes: it lacks {', '.join(lacking)}; they reach over "
            f"{_listed(needed)} (west, south, east, north), it over {_listed(held)}; "
            "give terrain of the whole area"
        )
        raise InputError(dataset.name, [problem])


def _check_cells(dataset: Any, cell_m: float, resolution_m: float, note: _Note) -> None:
    if cell_m > _COARSEST_CELL_M:
        problem = (
            f"has cells of {cell_m:.0f} m, in which no ridge shows; give terrain of 90 m or finer "
            "(is this the population?)"
        )
        raise InputError(dataset.name, [problem])
    if cell_m > 1.5 * resolution_m:
        reason = f"cells of {cell_m:.0f} m on a grid of {resolution_m:g} m: no finer relief shows"
        note(severity="info", reason=reason, mend="a coarser resolution_m costs less time")
    if dataset.count > 1:
        reason = f"{dataset.count} bands: the first is taken for heights"
        note(severity="info", reason=reason, mend="give heights alone")


def _read_heights(dataset: Any, window: Window, note: _Note) -> Heights:
    """Return the window's heights with NaN for voids."""
    require_memory(
        window.width * window.height * _BYTES_PER_CELL,
        f"{dataset.name}: {window.width} x {window.height} cells of terrain",
        "give coarser terrain, a smaller area or a smaller margin",
    )
    band = dataset.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)
    heights = np.asarray(band * dataset.scales[0] + dataset.offsets[0], dtype=np.float32)
    voids = {
        "without a height": ~np.isfinite(heights),
        f"below {LOWEST_M:g} m": np.isfinite(heights) & (heights < LOWEST_M),
        f"above {HIGHEST_M:g} m": np.isfinite(heights) & (heights > HIGHEST_M),
    }
    for what, void in voids.items():
        _note_voids(void, what, heights, note)
        heights[void] = np.nan
    if np.isnan(heights).all():
        problem = f"holds no height of {LOWEST_M:g} to {HIGHEST_M:g} m in the area"
        raise InputError(dataset.name, [f"{problem}; give elevations in metres"])
    if (heights < 0).any():
        reason = f"{(heights < 0).sum()} cell(s) below sea level; they stay as they are"
        note(severity="warning", reason=reason, value=f"min {np.nanmin(heights):g} m")
    return heights


def _note_voids(void: npt.NDArray[np.bool_], what: str, heights: Heights, note: _Note) -> None:
    if void.any():
        reason = f"{void.sum()} cell(s) {what} ({void.mean():.2%} of area and margin) interpolated"
        first = heights[void][0]
        note(severity="repaired", reason=reason, value="" if np.isnan(first) else f"{first:g} m")


def _without_voids(heights: Heights, cell_m: float, note: _Note) -> Heights:
    void = np.isnan(heights)
    if void.any():
        widest_m = float(distance_transform_edt(void).max()) * cell_m
        if widest_m > _WIDE_VOID_M:
            reason = f"a void reaches {widest_m / 1000:.1f} km from the nearest height"
            mend = "give terrain without wide voids; where they are sea, write 0"
            note(severity="warning", reason=reason, mend=mend)
    return fill_voids(heights)


def _denoised(heights: Heights, noise_m: float, note: _Note) -> Heights:
    smooth = remove_noise(heights, noise_m)
    change = np.abs(smooth - heights)
    reason = (
        f"noise of {noise_m:g} m removed; median absolute change {np.median(change):.2f} m, "
        f"largest {change.max():.1f} m"
    )
    note(severity="info", reason=reason, mend="terrain_noise_m=0 keeps the surface as it is")
    return smooth


def _warp(heights: Heights, transform: Any, crs: Any, box: GeoBox, cell_m: float) -> Heights:
    """Return the heights on the grid, averaged where much finer; NaN beyond the file."""
    on_grid = np.full(box.shape, np.nan, dtype=np.float32)
    much_finer = resolution_of(box) >= 2 * cell_m
    reproject(
        heights,
        on_grid,
        src_transform=transform,
        src_crs=crs,
        src_nodata=np.nan,
        dst_transform=box.transform,
        dst_crs=str(box.crs),
        dst_nodata=np.nan,
        resampling=Resampling.average if much_finer else Resampling.bilinear,
    )
    return on_grid


def _carried_on(heights: Heights, resolution_m: float, note: _Note) -> Heights:
    """Fill the rim that the file does not reach with the nearest height."""
    beyond = np.isnan(heights)
    if beyond.any():
        area_km2 = beyond.sum() * resolution_m**2 / 1e6
        widest_km = float(distance_transform_edt(beyond).max()) * resolution_m / 1000
        reason = (
            f"the file ends inside the margin: {area_km2:.1f} km2, at most {widest_km:.2f} km "
            "wide, carry on the nearest height"
        )
        mend = "give terrain that reaches margin_km beyond the communes"
        note(severity="warning", reason=reason, mend=mend)
    return _nearest_for_nan(heights)


def _nearest_for_nan(heights: Heights) -> Heights:
    missing = np.isnan(heights)
    if not missing.any():
        return heights
    rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return np.asarray(heights[rows, columns], dtype=np.float32)


def _listed(bounds: tuple[float, ...]) -> str:
    return " ".join(f"{bound:.7g}" for bound in bounds)
