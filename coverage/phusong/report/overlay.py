"""Rasters as images that a web map draws where they lie.

A web map stretches an image linearly between two corners in Web Mercator (EPSG:3857). A raster
placed there in its own coordinates lies hundreds of metres off, so it is warped first.
"""

import base64
import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import odc.geo.xr  # noqa: F401  (gives xarray its .odc accessor)
from matplotlib import colormaps
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords, xr_reproject
from PIL import Image
from pyproj import Transformer
from xarray import DataArray

from phusong.gaps.answers import ANSWER_COLOURS, ANSWERS
from phusong.gaps.state import STATE_COLOURS, STATES

__all__ = [
    "ANSWER_PALETTE",
    "LEVEL_COLOURS",
    "LEVEL_EDGES_DBM",
    "LEVEL_PALETTE",
    "STATE_PALETTE",
    "WebWarp",
    "answer_classes",
    "level_classes",
    "palette_png",
    "state_classes",
    "web_warp",
]

_SHOWN_STATES: Final = ("none", "weak", "basic", "good", "not_computed")

STATE_PALETTE: Final = tuple(STATE_COLOURS[name] for name in _SHOWN_STATES)
"""Colours of the classes that `state_classes` gives."""

_SHOWN_ANSWERS: Final = ("not_served", "cannot_say", "served", "not_computed")

ANSWER_PALETTE: Final = tuple(ANSWER_COLOURS[name] for name in _SHOWN_ANSWERS)
"""Colours of the classes that `answer_classes` gives."""

LEVEL_EDGES_DBM: Final = tuple(range(-125, -60, 5))
"""Bounds of the level classes; the first class lies below, the last one above."""

LEVEL_COLOURS: Final = tuple(
    to_hex(colormaps["viridis"](share)) for share in np.linspace(0, 1, len(LEVEL_EDGES_DBM) + 1)
)
"""One colour per level class, weakest first."""

LEVEL_PALETTE: Final = (*LEVEL_COLOURS, STATE_COLOURS["not_computed"])
"""Colours of the classes that `level_classes` gives; up to 15 pack two pixels into a byte."""

_COARSEST_PIXEL_M: Final = 25.0  # then an edge lies within 13 m of its place, 1.4 px at zoom 14
_LONGEST_SIDE_PX: Final = 3000  # browsers hold a shown image unpacked, 4 bytes a pixel


@dataclass(frozen=True)
class WebWarp:
    """Where each pixel of a Web Mercator image comes from.

    Attributes
    ----------
    source
        (rows, columns) of the image: flat index into the grid's pixels, -1 outside the grid.
    bounds
        ((south, west), (north, east)) of the image's outer edges, degrees of WGS 84.
    """

    source: NDArray[np.int32]
    bounds: tuple[tuple[float, float], tuple[float, float]]

    def image(self, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return classes (y, x) of the grid as they lie in the image, 0 outside the grid."""
        taken = classes.ravel()[np.maximum(self.source, 0)]
        return np.where(self.source < 0, np.uint8(0), taken)


def web_warp(grid: GeoBox) -> WebWarp:
    """Work out how a grid's pixels lie in Web Mercator, by nearest neighbour.

    Parameters
    ----------
    grid
        Any grid in metres. Coarse pixels are cut finer so that their edges lie right; very
        large grids are thinned to what a browser can hold.
    """
    target = _image_grid(grid)
    pixels = np.arange(math.prod(grid.shape), dtype=np.int32).reshape(grid.shape)
    raster = DataArray(pixels, dims=("y", "x"), coords=xr_coords(grid))
    warped = xr_reproject(raster, target, resampling="nearest", dst_nodata=-1)
    return WebWarp(source=warped.to_numpy(), bounds=_bounds_degrees(target))


def state_classes(state: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn codes of `phusong.gaps.STATES` into classes of `STATE_PALETTE`, 0 for outside."""
    return _classes(state, [STATES[name] for name in _SHOWN_STATES])


def answer_classes(answer: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn codes of `phusong.gaps.ANSWERS` into classes of `ANSWER_PALETTE`, 0 for outside."""
    return _classes(answer, [ANSWERS[name] for name in _SHOWN_ANSWERS])


def _classes(codes: NDArray[np.uint8], shown: Sequence[int]) -> NDArray[np.uint8]:
    """The place of each code among those shown, from 1; 0 for any other."""
    place = np.zeros(256, dtype=np.uint8)
    place[list(shown)] = np.arange(1, len(shown) + 1)
    return place[codes]


def level_classes(level_dbm: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Turn levels into classes of `LEVEL_PALETTE`, the last of them "not computed".

    Parameters
    ----------
    level_dbm
        Median level per resource element (dBm); NaN where not computed.
    inside
        Pixels that are shown; 0 elsewhere.
    """
    classes = np.digitize(level_dbm, LEVEL_EDGES_DBM) + 1
    classes = np.where(np.isnan(level_dbm), len(LEVEL_COLOURS) + 1, classes)
    return np.where(inside, classes, 0).astype(np.uint8)


def palette_png(classes: NDArray[np.uint8], colours: Sequence[str]) -> str:
    """Return an indexed PNG as a data URI.

    Parameters
    ----------
    classes
        (rows, columns): 0 is transparent, n has the n-th colour.
    colours
        ``#rrggbb`` each, 255 at most.
    """
    image = Image.fromarray(classes)
    image.putpalette(b"\0\0\0" + b"".join(bytes.fromhex(colour[1:]) for colour in colours))
    file = io.BytesIO()
    opaque = b"\xff" * len(colours)
    image.save(file, "PNG", transparency=b"\0" + opaque, compress_type=zlib.Z_RLE)  # runs: as small
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _image_grid(grid: GeoBox) -> GeoBox:
    same = grid.to_crs("EPSG:3857")
    finer = max(1, math.ceil(abs(grid.resolution.x) / _COARSEST_PIXEL_M))
    coarser = max(same.shape) * finer / _LONGEST_SIDE_PX
    return same.zoom_out(max(1.0, coarser) / finer)


def _bounds_degrees(target: GeoBox) -> tuple[tuple[float, float], tuple[float, float]]:
    box = target.boundingbox
    to_degrees = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    west, south = to_degrees.transform(box.left, box.bottom)
    east, north = to_degrees.transform(box.right, box.top)
    return (south, west), (north, east)
