"""Doors to the files of a scene: opened with named errors, read by window, checksummed."""

import hashlib
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from odc.geo.geobox import GeoBox
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioIOError, WarpOperationError
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window
from shapely.errors import GEOSException

from phusong.errors import InputError

__all__ = [
    "Source",
    "bounds_in",
    "cell_size_m",
    "footprint",
    "missing_files",
    "open_raster",
    "raster_source",
    "read_features",
    "vector_source",
    "window_over",
]

Bounds = tuple[float, float, float, float]
"""West, south, east, north in the units of the reference system spoken of."""

_WITH_COMPANIONS: Final = {".shp", ".tab", ".mif"}
"""Vector formats that keep one layer in several files of one stem."""

_CHUNK_BYTES: Final = 1 << 20


class Source(NamedTuple):
    """A file that was read, and the SHA-256 of what it held.

    Of a format in several files (a shapefile, a VRT with its tiles) the checksum is that of the
    list of their names and checksums, in the order of the names.
    """

    path: str
    sha256: str


def raster_source(path: str | Path) -> Source:
    """Return path and checksum of a raster, with the files that it refers to."""
    with open_raster(path) as dataset:
        files = [Path(name) for name in dataset.files]
    return Source(str(path), _checksum(files or [Path(path)]))


def vector_source(path: str | Path) -> Source:
    """Return path and checksum of a vector file, with the companions of its format."""
    path = Path(path)
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file()]
    elif path.suffix.lower() in _WITH_COMPANIONS:
        files = [file for file in path.parent.iterdir() if file.stem == path.stem]
    else:
        files = [path]
    return Source(str(path), _checksum(files))


def missing_files(paths: Mapping[str, str | Path | None]) -> list[str]:
    """Return a sentence for each argument whose file does not exist; None is not asked for."""
    given = {name: Path(path) for name, path in paths.items() if path is not None}
    return [
        f"{name}: there is no file {str(path)!r}; check the path"
        for name, path in given.items()
        if not path.exists()
    ]


@contextmanager
def open_raster(path: str | Path) -> Iterator[Any]:
    """Open a raster for reading its first band; damage found while reading is reported too.

    Yields
    ------
    rasterio.DatasetReader
        With at least one band of real numbers and a coordinate reference system.

    Raises
    ------
    InputError
        If it is no raster, is damaged, or lacks band or reference system.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            dataset = rasterio.open(path)
        with dataset:
            _check_usable(dataset, path)
            yield dataset
    except RasterioIOError as error:
        detail = error.__cause__ or error
        problem = f"cannot be read as a raster, or is damaged ({detail}); give a whole GeoTIFF"
        raise InputError(str(path), [problem]) from error


def read_features(path: str | Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read one layer of features.

    A geometry that cannot be built at all comes back as None.

    Parameters
    ----------
    path
        Anything that pyogrio reads.
    layer
        Needed only where the file holds several layers with geometry.

    Raises
    ------
    InputError
        If it is no vector file, is damaged, is empty, lacks geometry or a reference system, or
        holds several layers and none is named.
    """
    try:
        chosen = layer or _only_layer(path)
        frame = pyogrio.read_dataframe(path, layer=chosen, on_invalid="ignore")
    except (DataSourceError, DataLayerError, GEOSException) as error:
        problem = f"cannot be read as a vector file ({error}); give GeoPackage or GeoJSON"
        raise InputError(str(path), [problem]) from error
    except UnicodeDecodeError as error:
        problem = f"holds text that is not in the encoding it states ({error}); save it as UTF-8"
        raise InputError(str(path), [problem]) from error
    _check_features(frame, path)
    return frame


def footprint(dataset: Any) -> Bounds:
    """Return the bounds of a raster in its own reference system, whichever way it is turned."""
    return _around(
        [_apply(dataset.transform, *corner) for corner in _corners(0, 0, *dataset.shape[::-1])]
    )


def bounds_in(crs: Any, box: GeoBox) -> Bounds:
    """Return the bounds that a grid has in another reference system (not finite: it has none)."""
    try:
        west, south, east, north = transform_bounds(
            str(box.crs), crs, *box.boundingbox.bbox, densify_pts=101
        )
    except (CRSError, WarpOperationError):
        return (math.nan, math.nan, math.nan, math.nan)
    return west, south, east, north


def window_over(dataset: Any, box: GeoBox, pad_cells: int) -> Window:
    """Return the part of a raster that a grid needs, `pad_cells` wider on every side.

    Raises
    ------
    InputError
        If raster and grid have no place in common.
    """
    bounds = bounds_in(dataset.crs, box)
    if np.isfinite(bounds).all():
        corners = [_apply(~dataset.transform, *corner) for corner in _corners(*bounds)]
        left, top, right, bottom = _around(corners)
        column_off, row_off = max(0, math.floor(left)), max(0, math.floor(top))
        columns = min(dataset.width, math.ceil(right)) - column_off
        rows = min(dataset.height, math.ceil(bottom)) - row_off
        if columns > 0 and rows > 0:
            return _padded(dataset, Window(column_off, row_off, columns, rows), pad_cells)
    problem = "lies nowhere in the area of the communes; check that both are of one province"
    raise InputError(dataset.name, [problem])


def cell_size_m(dataset: Any, box: GeoBox) -> float:
    """Return the side of a square as large as a raster's cell at the middle of a grid, metres."""
    west, south, east, north = bounds_in(dataset.crs, box)
    column, row = _apply(~dataset.transform, (west + east) / 2, (south + north) / 2)
    corners = [(column, row), (column + 1, row), (column, row + 1)]
    xs, ys = zip(*(_apply(dataset.transform, *corner) for corner in corners), strict=True)
    xs, ys = transform(dataset.crs, str(box.crs), xs, ys)
    cross = (xs[1] - xs[0]) * (ys[2] - ys[0]) - (xs[2] - xs[0]) * (ys[1] - ys[0])
    return math.sqrt(abs(cross))


def _only_layer(path: str | Path) -> str:
    layers = pyogrio.list_layers(path)
    names = [str(name) for name, geometry in layers if geometry is not None]
    if len(names) > 1:
        problem = f"holds several layers ({', '.join(names)}); name the one that is meant"
        raise InputError(str(path), [problem])
    if not names:
        raise InputError(str(path), ["holds no layer with geometry; give areas or points"])
    return names[0]


def _check_usable(dataset: Any, path: str | Path) -> None:
    problems = []
    if not dataset.count:
        names = ", ".join(dataset.subdatasets) or "none"
        problems.append(f"holds no band of its own; name one of its subdatasets ({names})")
    elif np.issubdtype(np.dtype(dataset.dtypes[0]), np.complexfloating):
        problems.append("holds complex numbers; give a raster of one real value per cell")
    if dataset.count and dataset.crs is None:
        problems.append(
            "has no coordinate reference system; write the right one into it, "
            "for example gdal_edit.py -a_srs EPSG:4326 FILE"
        )
    if problems:
        raise InputError(str(path), problems)


def _check_features(frame: Any, path: str | Path) -> None:
    problems = []
    if not isinstance(frame, gpd.GeoDataFrame):
        problems.append("holds a table without geometry; give a file of areas or points")
    elif frame.empty:
        problems.append("holds no feature; it may have been cut short or filtered to nothing")
    elif frame.crs is None:
        problems.append(
            "has no coordinate reference system; a shapefile needs its .prj beside it, "
            "or save it as GeoPackage or GeoJSON with the right one"
        )
    if problems:
        raise InputError(str(path), problems)


def _apply(affine: Any, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = affine[:6]
    return a * x + b * y + c, d * x + e * y + f


def _corners(left: float, bottom: float, right: float, top: float) -> list[tuple[float, float]]:
    return [(left, bottom), (right, bottom), (left, top), (right, top)]


def _around(points: Iterable[tuple[float, float]]) -> Bounds:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _padded(dataset: Any, window: Window, cells: int) -> Window:
    column_off, row_off = max(0, window.col_off - cells), max(0, window.row_off - cells)
    columns = min(dataset.width, window.col_off + window.width + cells) - column_off
    rows = min(dataset.height, window.row_off + window.height + cells) - row_off
    return Window(column_off, row_off, columns, rows)


def _checksum(files: Iterable[Path]) -> str:
    digests = [(file.name, _file_sha256(file)) for file in sorted(files) if file.is_file()]
    if len(digests) == 1:
        return digests[0][1]
    listing = "".join(f"{name}\0{sha256}\n" for name, sha256 in sorted(digests))
    return hashlib.sha256(listing.encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
