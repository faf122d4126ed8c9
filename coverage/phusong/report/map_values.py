"""Rasters as the page of a map holds them: codes on the library's own grid, packed.

The page warps them to Web Mercator itself, by a polynomial that gives the row and column of the
grid at any of its points. So a raster is held once, pixel by pixel: it is drawn from these codes,
and a click reads its pixel's value from them.
"""

import base64
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from pyproj import Transformer

__all__ = ["BAND_ROWS", "PackedCodes", "WebFit", "pack", "packed_size", "thinned", "web_fit"]

BAND_ROWS: Final = 64  # a click unpacks one band of every raster
_COARSEST_PIXEL_M: Final = 25.0  # then an edge lies within 13 m of its place, 1.4 px at zoom 14
_LONGEST_SIDE_PX: Final = 3000  # a browser holds a shown picture unpacked, 4 bytes a pixel
_WORST_FIT_PX: Final = 0.02
_HIGHEST_DEGREE: Final = 9
_SAMPLED: Final = 3  # one band in so many is packed to try

_Floats = NDArray[np.floating[Any]]
_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PackedCodes:
    """A raster's codes in bands of `BAND_ROWS` rows, each deflated and in base 64.

    Attributes
    ----------
    bands
        From the north; of each row from the west.
    wide
        Whether codes have two bytes: then a band holds all low bytes before all high ones.
    differences
        Whether a code is held as its difference (modulo 256) from the one west of it.
    """

    bands: list[str]
    wide: bool
    differences: bool

    @property
    def size(self) -> int:
        """Bytes in the page."""
        return sum(map(len, self.bands))


@dataclass(frozen=True)
class WebFit:
    """Where the pixels of a grid lie in Web Mercator.

    With u from -1 in the west to 1 in the east and v from -1 in the north to 1 in the south of
    the bounds, column and row are sums of ``u**i * v**j`` over ``powers``, in pixels from the
    grid's north-western corner.

    Attributes
    ----------
    bounds_m
        west, south, east, north in metres of EPSG:3857.
    powers, column, row
        Powers (i, j) of the terms and their coefficients.
    shape
        Height and width of the picture (px).
    """

    bounds_m: _Box
    powers: list[tuple[int, int]]
    column: _Floats
    row: _Floats
    shape: tuple[int, int]

    @property
    def bounds_degrees(self) -> _Box:
        """West, south, east, north in degrees of WGS 84."""
        to_degrees = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
        west, south, east, north = self.bounds_m
        return (*to_degrees.transform(west, south), *to_degrees.transform(east, north))


def pack(codes: NDArray[np.unsignedinteger[Any]]) -> PackedCodes:
    """Pack codes (rows, columns) of one or two bytes, those of one byte the smaller way."""
    differences = codes.dtype.itemsize == 1 and _smaller_as_differences(codes)
    bands = [_deflated(_bytes(band, differences)) for band in _bands(codes)]
    return PackedCodes(bands, wide=codes.dtype.itemsize > 1, differences=differences)


def packed_size(codes: NDArray[np.unsignedinteger[Any]]) -> float:
    """Bytes that `pack` would take, about, from some of the bands."""
    differences = codes.dtype.itemsize == 1 and _smaller_as_differences(codes)
    every = len(range(0, len(codes), BAND_ROWS))
    some = [len(_deflated(_bytes(band, differences))) for band in _sample(codes)]
    return every * sum(some) / len(some)


def thinned(codes: NDArray[Any], factor: int) -> NDArray[Any]:
    """The middle pixel of each block of ``factor`` by ``factor``; blocks at the edge are cut off.

    Its pixels are those of ``grid.zoom_out(factor)``, less what was cut.
    """
    rows, columns = (size // factor * factor for size in codes.shape)
    middle = factor // 2
    return codes[middle:rows:factor, middle:columns:factor]


def web_fit(grid: GeoBox) -> WebFit:
    """Fit the way from Web Mercator to a grid to `_WORST_FIT_PX`."""
    west, south, east, north = grid.to_crs("EPSG:3857").boundingbox.bbox
    bounds_m = (west, south, east, north)
    to_grid = Transformer.from_crs("EPSG:3857", str(grid.crs), always_xy=True)
    for degree in range(2, _HIGHEST_DEGREE + 1):
        powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
        u, v = (side.ravel() for side in np.meshgrid(*2 * (_nodes(3 * degree),)))
        column, row = _places(grid, to_grid, bounds_m, u, v)
        terms = _terms(u, v, powers)
        fit = np.linalg.lstsq(terms, np.column_stack([column, row]), rcond=None)[0]
        if np.abs(terms @ fit - np.column_stack([column, row])).max() < _WORST_FIT_PX:
            break
    shape = _picture_shape(grid)
    return WebFit(bounds_m, powers, column=fit[:, 0], row=fit[:, 1], shape=shape)


def _nodes(count: int) -> _Floats:
    """Chebyshev's points with both ends: a fit through them is good between them."""
    return np.cos(np.linspace(0.0, np.pi, count))


def _terms(u: _Floats, v: _Floats, powers: list[tuple[int, int]]) -> _Floats:
    return np.column_stack([u**i * v**j for i, j in powers])


def _places(
    grid: GeoBox, to_grid: Transformer, bounds_m: _Box, u: _Floats, v: _Floats
) -> tuple[_Floats, _Floats]:
    west, south, east, north = bounds_m
    x, y = to_grid.transform(
        west + (u + 1) / 2 * (east - west), north - (v + 1) / 2 * (north - south)
    )
    column, row = ~grid.affine * (np.asarray(x), np.asarray(y))
    return column, row


def _picture_shape(grid: GeoBox) -> tuple[int, int]:
    """Pixels of the picture as fine as the grid's, or finer where those are coarse."""
    same = np.array(grid.to_crs("EPSG:3857").shape)
    finer = max(1, math.ceil(abs(grid.resolution.x) / _COARSEST_PIXEL_M))
    coarser = max(1.0, max(same) * finer / _LONGEST_SIDE_PX)
    height, width = np.ceil(same * finer / coarser).astype(int).tolist()
    return height, width


def _bands(codes: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for start in range(0, len(codes), BAND_ROWS):
        yield codes[start : start + BAND_ROWS]


def _sample(codes: NDArray[Any]) -> list[NDArray[Any]]:
    """Every so manieth band, from within."""
    bands = list(_bands(codes))
    return bands[min(1, len(bands) - 1) :: _SAMPLED]


def _smaller_as_differences(codes: NDArray[Any]) -> bool:
    plain, steps = (
        sum(len(_deflated(_bytes(band, differences))) for band in _sample(codes))
        for differences in (False, True)
    )
    return steps < plain


def _bytes(codes: NDArray[Any], differences: bool) -> bytes:
    if codes.dtype.itemsize > 1:
        return (codes & 255).astype(np.uint8).tobytes() + (codes >> 8).astype(np.uint8).tobytes()
    # a row's first code stands as it is
    return (np.diff(codes, axis=1, prepend=np.uint8(0)) if differences else codes).tobytes()


def _deflated(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")
