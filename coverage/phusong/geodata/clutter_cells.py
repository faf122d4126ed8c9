"""Classes and heights of clutter from the cells of a raster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox
from rasterio.warp import Resampling, reproject

from phusong.errors import InputError
from phusong.geodata.clutter_classes import HIGHEST_CLUTTER_M, UNKNOWN, note_unlisted
from phusong.geodata.grid import require_memory, resolution_of
from phusong.geodata.sources import cell_size_m, open_raster, window_over

__all__ = ["cell_codes", "cell_heights"]

Codes = npt.NDArray[np.uint8]
Heights = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
_Note = Callable[..., None]

_PAD_CELLS: Final = 2
_BYTES_PER_CELL: Final = 10


class _Cells(NamedTuple):
    """A part of a raster's first band, and where it lies."""

    values: Any
    transform: Any
    crs: Any
    cell_m: float


def cell_codes(
    path: str | Path, box: GeoBox, classes: pd.DataFrame, note: _Note
) -> tuple[Codes, Mask]:
    """Return the class of each pixel from a raster of codes.

    A pixel takes the class that most of its cells have, where two cells or more go into its
    side, else that of the cell at its centre. Cells without a class of the table have no say.

    Parameters
    ----------
    path
        A raster, whose first band is read.
    box
        The grid to fill.
    classes
        From `read_clutter_classes`.
    note
        Adds a finding.

    Returns
    -------
    codes : ndarray
        uint8 (y, x), `UNKNOWN` where no cell is of a class of the table.
    reached : ndarray
        bool (y, x), whether the pixel's centre lies on the raster.

    Raises
    ------
    InputError
        If the file cannot be read or holds no code of the table in the area.
    MemoryLimitError
        If the part that is needed does not fit into memory.
    """
    cells = _read_cells(path, box, note)
    known = _known_codes(cells.values, classes, path, note)
    # GDAL's mode counts a cell that a pixel merely touches in full: of few cells it is wrong.
    many = resolution_of(box) >= 2 * cells.cell_m
    codes = _warp(known, cells, box, UNKNOWN, Resampling.mode if many else Resampling.nearest)
    how = "the class of most" if many else "the class of the nearest"
    note(severity="info", reason=f"cells of {cells.cell_m:.0f} m; a pixel takes {how}")
    return codes, _reached(known.shape, cells, box)


def cell_heights(path: str | Path, box: GeoBox, note: _Note) -> tuple[Heights, Mask]:
    """Return the height of each pixel from a raster of heights above ground.

    A pixel takes the mean of its cells, weighted by area. Cells without a height, or with one
    above `HIGHEST_CLUTTER_M` (maps of canopy keep codes there), have no say; one below the
    ground counts as 0 m.

    Parameters
    ----------
    path
        A raster of metres above ground, whose first band is read.
    box
        The grid to fill.
    note
        Adds a finding.

    Returns
    -------
    heights : ndarray
        float32 (y, x), metres; NaN where no cell has a height.
    reached : ndarray
        bool (y, x), whether the pixel's centre lies on the raster.

    Raises
    ------
    InputError
        If the file cannot be read or holds no height in the area.
    MemoryLimitError
        If the part that is needed does not fit into memory.
    """
    cells = _read_cells(path, box, note)
    known = _known_heights(cells.values, path, note)
    heights = _warp(known, cells, box, np.nan, Resampling.average)
    note(severity="info", reason=f"cells of {cells.cell_m:.0f} m; a pixel takes their mean")
    return heights, _reached(known.shape, cells, box)


def _read_cells(path: str | Path, box: GeoBox, note: _Note) -> _Cells:
    """Return the cells that the grid needs, masked where the file has no value."""
    with open_raster(path) as dataset:
        if dataset.count > 1:
            reason = f"{dataset.count} bands: the first is taken for clutter"
            note(severity="info", reason=reason, mend="give the clutter alone")
        window = window_over(dataset, box, _PAD_CELLS)
        bytes_each = _BYTES_PER_CELL + 2 * np.dtype(dataset.dtypes[0]).itemsize
        require_memory(
            window.width * window.height * bytes_each,
            f"{dataset.name}: {window.width} x {window.height} cells of clutter",
            "give a coarser raster or a smaller area",
        )
        values = dataset.read(1, window=window, masked=True)
        if (dataset.scales[0], dataset.offsets[0]) != (1.0, 0.0):
            values = values * dataset.scales[0] + dataset.offsets[0]
        transform, cell_m = dataset.window_transform(window), cell_size_m(dataset, box)
        cells = _Cells(values, transform, dataset.crs, cell_m)
    _note_missing(_missing(values), note)
    return cells


def _known_codes(values: Any, classes: pd.DataFrame, path: str | Path, note: _Note) -> Codes:
    """Return the cells' codes as they are in the table, `UNKNOWN` where they are not."""
    codes = _listed(values, classes)
    unlisted = values.data[(codes == UNKNOWN) & ~_missing(values)]
    found, counts = np.unique(unlisted, return_counts=True)
    if (codes == UNKNOWN).all():
        seen = ", ".join(map(str, found[:3])) or "none at all"
        problem = f"holds no code of the table of classes in the area (it holds {seen})"
        mend = "give land cover and its clutter_classes, or clutter_kind='height_m' for heights"
        raise InputError(str(path), [f"{problem}; {mend}"])
    note_unlisted(dict(zip(map(str, found), counts.tolist(), strict=True)), "cell(s)", note)
    return codes


def _listed(values: Any, classes: pd.DataFrame) -> Codes:
    table = np.full(256, UNKNOWN, dtype=np.uint8)
    table[classes["code"]] = classes["code"]
    with np.errstate(invalid="ignore"):
        whole = values.data.astype(np.uint8)
    codes: Codes = table[whole]
    codes[(whole != values.data) | _missing(values)] = UNKNOWN
    return codes


def _known_heights(values: Any, path: str | Path, note: _Note) -> Heights:
    """Return the cells' heights, at least 0 m; NaN where there is none that can be."""
    heights = np.array(values.data, dtype=np.float32)
    heights[_missing(values)] = np.nan
    high, below = heights > HIGHEST_CLUTTER_M, heights < 0
    if (high | np.isnan(heights)).all():
        problem = f"holds no height up to {HIGHEST_CLUTTER_M:g} m in the area"
        mend = "give metres above ground (is this the terrain?)"
        raise InputError(str(path), [f"{problem}; {mend}"])
    mend = "write the values that are no heights into the file's header as no data"
    if high.any():
        reason = f"{high.sum()} cell(s) above {HIGHEST_CLUTTER_M:g} m: not known"
        highest = f"highest {heights[high].max():g} m"
        note(value=highest, severity="rejected", reason=reason, mend=mend)
    if below.any():
        reason = f"{below.sum()} cell(s) below the ground taken as 0 m"
        lowest = f"lowest {heights[below].min():g} m"
        note(value=lowest, severity="repaired", reason=reason, mend=mend)
    heights[high], heights[below] = np.nan, 0
    return heights


def _missing(values: Any) -> Mask:
    missing = np.ma.getmaskarray(values)
    if np.issubdtype(values.dtype, np.floating):
        missing = missing | ~np.isfinite(values.data)
    return np.asarray(missing)


def _warp(values: Any, cells: _Cells, box: GeoBox, unknown: float, resampling: Resampling) -> Any:
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


def _reached(shape: tuple[int, ...], cells: _Cells, box: GeoBox) -> Mask:
    """Return the pixels whose centre lies on the raster, whatever it holds there."""
    on_raster = np.ones(shape, dtype=np.uint8)
    return np.asarray(_warp(on_raster, cells, box, 0, Resampling.nearest) > 0)


def _note_missing(missing: Mask, note: _Note) -> None:
    if missing.any():
        reason = f"{missing.sum()} cell(s) of {missing.size} without a value: not known"
        note(severity="info", reason=reason)
