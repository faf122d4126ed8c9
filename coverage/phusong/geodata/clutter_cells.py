"""Classes and heights of clutter from the cells of a raster."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox
from rasterio.warp import Resampling

from phusong.errors import InputError
from phusong.geodata.cells import Mask, missing, reached, read_cells, warp
from phusong.geodata.clutter_classes import HIGHEST_CLUTTER_M, UNKNOWN, note_unlisted
from phusong.geodata.grid import resolution_of

__all__ = ["cell_codes", "cell_heights"]

Codes = npt.NDArray[np.uint8]
Heights = npt.NDArray[np.float32]
_Note = Callable[..., None]


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
    cells = read_cells(path, box, "clutter", note)
    known = _known_codes(cells.values, classes, path, note)
    # GDAL's mode counts a cell that a pixel merely touches in full: of few cells it is wrong.
    many = resolution_of(box) >= 2 * cells.cell_m
    codes = warp(known, cells, box, UNKNOWN, Resampling.mode if many else Resampling.nearest)
    how = "the class of most" if many else "the class of the nearest"
    note(severity="info", reason=f"cells of {cells.cell_m:.0f} m; a pixel takes {how}")
    return codes, reached(known.shape, cells, box)


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
    cells = read_cells(path, box, "clutter", note)
    known = _known_heights(cells.values, path, note)
    heights = warp(known, cells, box, np.nan, Resampling.average)
    note(severity="info", reason=f"cells of {cells.cell_m:.0f} m; a pixel takes their mean")
    return heights, reached(known.shape, cells, box)


def _known_codes(values: Any, classes: pd.DataFrame, path: str | Path, note: _Note) -> Codes:
    """Return the cells' codes as they are in the table, `UNKNOWN` where they are not."""
    codes = _listed(values, classes)
    unlisted = values.data[(codes == UNKNOWN) & ~missing(values)]
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
    codes[(whole != values.data) | missing(values)] = UNKNOWN
    return codes


def _known_heights(values: Any, path: str | Path, note: _Note) -> Heights:
    """Return the cells' heights, at least 0 m; NaN where there is none that can be."""
    heights = np.array(values.data, dtype=np.float32)
    heights[missing(values)] = np.nan
    high, below = heights > HIGHEST_CLUTTER_M, heights < 0
    if (high | np.isnan(heights)).all():
        problem = f"holds no height up to {HIGHEST_CLUTTER_M:g} m in the area"
        mend = "give metres above ground (is this the terrain?)"
        raise InputError(str(path), [f"{problem}; {mend}"])
    mend = "write the values that are no heights into the file's header as no data"
    if high.any():
        reason = f"{high.sum()} cell(s) above {HIGHEST_CLUTTER_M:g} m: not known"
        highest = f"max {heights[high].max():g} m"
        note(value=highest, severity="rejected", reason=reason, mend=mend)
    if below.any():
        reason = f"{below.sum()} cell(s) below the ground taken as 0 m"
        lowest = f"min {heights[below].min():g} m"
        note(value=lowest, severity="repaired", reason=reason, mend=mend)
    heights[high], heights[below] = np.nan, 0
    return heights
