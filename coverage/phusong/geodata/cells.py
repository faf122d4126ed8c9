"""The cells of a raster that a grid needs, and their way onto it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from odc.geo.geobox import GeoBox
from rasterio.warp import Resampling, reproject

from phusong.geodata.memory import require_memory
from phusong.geodata.sources import cell_size_m, open_raster, window_over

__all__ = ["Cells", "Mask", "missing", "reached", "read_cells", "warp"]

Mask = npt.NDArray[np.bool_]
_Note = Callable[..., None]

_PAD_CELLS: Final = 2
_BYTES_PER_CELL: Final = 10


class Cells(NamedTuple):
    """A part of a raster's first band, and where it lies."""

    values: Any
    transform: Any
    crs: Any
    cell_m: float


def read_cells(path: str | Path, box: GeoBox, what: str, note: _Note) -> Cells:
    """Return the cells that the grid needs, masked where the file has no value.

    ``what`` they are of is said in findings and errors.
    """
    with open_raster(path) as dataset:
        if dataset.count > 1:
            reason = f"{dataset.count} bands: the first is taken for {what}"
            note(severity="info", reason=reason, mend=f"give the {what} alone")
        window = window_over(dataset, box, _PAD_CELLS)
        bytes_each = _BYTES_PER_CELL + 2 * np.dtype(dataset.dtypes[0]).itemsize
        require_memory(
            window.width * window.height * bytes_each,
            f"{dataset.name}: {window.width} x {window.height} cells of {what}",
            "give a coarser raster or a smaller area",
        )
        values = dataset.read(1, window=window, masked=True)
        if (dataset.scales[0], dataset.offsets[0]) != (1.0, 0.0):
            values = values * dataset.scales[0] + dataset.offsets[0]
        transform, cell_m = dataset.window_transform(window), cell_size_m(dataset, box)
        cells = Cells(values, transform, dataset.crs, cell_m)
    _note_missing(missing(values), note)
    return cells


def missing(values: Any) -> Mask:
    """Return which cells have no value."""
    none = np.ma.getmaskarray(values)
    if np.issubdtype(values.dtype, np.floating):
        none = none | ~np.isfinite(values.data)
    return np.asarray(none)


def warp(values: Any, cells: Cells, box: GeoBox, unknown: float, resampling: Resampling) -> Any:
    """Return values of the cells on the grid, ``unknown`` where there are none."""
    on_grid = np.full(box.shape, unknown, dtype=values.dtype)
    reproject(
        values,
        on_grid,
        src_transform=cells.transform,
        src_crs=cells.crs,
        src_nodata=unknown,
        dst_transform=box.transform,
        dst_crs=str(box.crs),
        dst_nodata=unknown,
        resampling=resampling,
    )
    return on_grid


def reached(shape: tuple[int, ...], cells: Cells, box: GeoBox) -> Mask:
    """Return the pixels whose centre lies on the raster, whatever it holds there."""
    on_raster = np.ones(shape, dtype=np.uint8)
    return np.asarray(warp(on_raster, cells, box, 0, Resampling.nearest) > 0)


def _note_missing(none: Mask, note: _Note) -> None:
    if none.any():
        reason = f"{none.sum()} cell(s) of {none.size} without a value: not known"
        note(severity="info", reason=reason)
