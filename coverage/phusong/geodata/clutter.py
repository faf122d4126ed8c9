"""Clutter: trees and houses on the ground, from a raster or a file of areas, on the terrain's grid.

Radar and stereo surfaces (SRTM, Copernicus) stand partly on canopy and roofs already. Clutter on
such a terrain counts part of them twice: levels behind it come out too low, not too high.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr

from phusong.geodata.clutter_areas import area_codes, holds_areas
from phusong.geodata.clutter_cells import cell_codes, cell_heights
from phusong.geodata.clutter_classes import (
    UNKNOWN,
    WORLDCOVER,
    column_by_code,
    read_clutter_classes,
)
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2

__all__ = ["CLUTTER_KINDS", "Clutter", "ClutterKind", "read_clutter"]

ClutterKind = Literal["classes", "height_m", "building_height_m"]

CLUTTER_KINDS: Final[tuple[ClutterKind, ...]] = get_args(ClutterKind)
"""What the cells of a raster say: a class's code, or metres above ground, or those of buildings."""

Codes = npt.NDArray[np.uint8]
Heights = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]
_Note = Callable[..., None]

_COMMONEST: Final = 4


class Clutter(NamedTuple):
    """Clutter on a grid.

    Attributes
    ----------
    height_m
        float32 (y, x), metres above ground; 0 where open or not known.
    code
        uint8 (y, x), code of the class, `UNKNOWN` where not known; None for a raster of heights.
    classes
        What the codes mean (see `read_clutter_classes`); None for a raster of heights.
    """

    height_m: xr.DataArray
    code: xr.DataArray | None
    classes: pd.DataFrame | None


def read_clutter(
    path: str | Path,
    box: GeoBox,
    *,
    classes: str | Path = WORLDCOVER,
    kind: ClutterKind = "classes",
    column: str | None = None,
    layer: str | None = None,
    findings: Findings,
) -> Clutter:
    """Read the heights of trees and houses onto a grid.

    From a raster of classes a pixel takes the class that most of its cells have, where two cells
    or more go into its side, else that of the cell at its centre. From a raster of heights it
    takes their mean, weighted by area. From a file of areas it takes the class of the smallest
    one that its centre lies in. Cells and areas without a known class or height have no say;
    a pixel with nothing else, or beyond the file's edge, is taken for open ground, 0 m.

    Parameters
    ----------
    path
        A raster, whose first band is read, or a vector file of areas.
    box
        The grid to fill: the terrain's.
    classes
        Table of classes: "worldcover", or a CSV file (see `read_clutter_classes`).
    kind
        What the cells of a raster say: "classes", or metres above ground, "height_m"; or
        "building_height_m", where they are heights of buildings.
    column, layer
        Of a file of areas: the column that names the class (by code, English name or
        OpenStreetMap tag), found by its common names if not given; and the layer.
    findings
        Takes note of all that was repaired, left out or is doubtful.

    Raises
    ------
    InputError
        If the file or the table cannot be used, or nothing in the area is of a known class or
        of a height that can be.
    MemoryLimitError
        If the part of a raster that is needed does not fit into memory.
    """
    note = partial(findings.add, source=Path(path).name)
    _note_surface(note)
    if kind != "classes":
        heights, reached = cell_heights(path, box, note)
        _note_unknown(np.isnan(heights), reached, box, note)
        heights = np.nan_to_num(heights)
        _note_heights(heights, note)
        return Clutter(_height_array(heights, box), None, None)
    table = read_clutter_classes(classes, findings)
    if column or layer or holds_areas(path):
        codes = area_codes(path, box, classes=table, column=column, layer=layer, note=note)
        reached = np.ones(box.shape, dtype=np.bool_)
    else:
        codes, reached = cell_codes(path, box, table, note)
    _note_unknown(codes == UNKNOWN, reached, box, note)
    heights = column_by_code(table, "height_m", elsewhere=0.0)[codes]
    _note_heights(heights, note)
    _note_classes(codes, table, note)
    attributes = {"long_name": "class of clutter", "unknown": UNKNOWN}
    code = wrap_xr(codes, box).rename("clutter_class").assign_attrs(attributes)
    return Clutter(_height_array(heights, box), code, table)


def _height_array(heights: Heights, box: GeoBox) -> xr.DataArray:
    attributes = {"units": "m", "long_name": "height of trees and houses above ground"}
    return wrap_xr(heights, box).rename("clutter_m").assign_attrs(attributes)


def _note_surface(note: _Note) -> None:
    reason = (
        "where the terrain is a surface model (SRTM, Copernicus), part of the canopy and of the "
        "houses is in it already and is counted twice"
    )
    mend = "give terrain of the bare earth, or lower heights in the table of classes"
    note(severity="info", reason=reason, mend=mend)


def _note_unknown(unknown: _Mask, reached: _Mask, box: GeoBox, note: _Note) -> None:
    if not unknown.any():
        return
    pixel_km2 = pixel_area_km2(box)
    beyond_km2 = (unknown & ~reached).sum() * pixel_km2
    edge = f", of which {beyond_km2:.2f} km2 lie beyond the file" if beyond_km2 else ""
    reason = (
        f"no clutter is known on {unknown.sum() * pixel_km2:.2f} km2 of the terrain "
        f"({unknown.mean():.1%}){edge}: taken for open ground, 0 m"
    )
    mend = "give clutter for all of the terrain: levels there may come out too high"
    note(severity="warning", reason=reason, mend=mend)


def _note_heights(heights: Heights, note: _Note) -> None:
    if not heights.any():
        mend = "is it the right file, and the right table?"
        note(severity="warning", reason="nothing stands above 0 m anywhere", mend=mend)
        return
    reason = (
        f"clutter on {(heights > 0).mean():.1%} of the terrain, {heights.mean():.1f} m on average"
    )
    note(severity="info", reason=reason)


def _note_classes(codes: Codes, classes: pd.DataFrame, note: _Note) -> None:
    names = dict(zip(classes["code"], classes["name_en"], strict=True)) | {UNKNOWN: "not known"}
    counts = np.bincount(codes.ravel(), minlength=256)
    commonest = np.argsort(-counts, kind="stable")[:_COMMONEST]
    shares = [
        f"{names[code]} ({counts[code] / codes.size:.1%})" for code in commonest if counts[code]
    ]
    note(severity="info", reason=f"commonest classes: {'; '.join(shares)}")
