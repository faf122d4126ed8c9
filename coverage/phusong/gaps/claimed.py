"""Where a claim says that there is service: everywhere, in communes, in areas, on a raster."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio.features
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_reproject
from rasterio.warp import Resampling, reproject

from phusong.errors import InputError
from phusong.geodata.clutter_areas import holds_areas
from phusong.geodata.code_table import padding_hint
from phusong.geodata.memory import require_memory
from phusong.geodata.sources import open_raster, read_features, window_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from odc.geo.geobox import GeoBox

    from phusong.geodata.scene import Scene

__all__ = ["EVERYWHERE", "Claim", "claimed_pixels"]

EVERYWHERE: Final = "everywhere"
"""The claim of 100 % of the province."""

Claim: TypeAlias = "str | os.PathLike[str] | gpd.GeoDataFrame | xr.DataArray | Sequence[str]"

_CODES: Final = "flag_meanings"
"""What a raster of codes says of itself, as those of states and answers do."""

_FORMS: Final = 'give "everywhere", a list of codes of communes, polygons, a raster or a file'
_CLAIMED: Final = "above 0 where service is claimed"
_PAD_CELLS: Final = 2
_BYTES_PER_CELL: Final = 16

Mask = NDArray[np.bool_]


def claimed_pixels(scene: "Scene", claim: Claim) -> Mask:
    """Pixels of the communes for which service is claimed: those whose centre is.

    Parameters
    ----------
    scene
        Its communes and grid.
    claim
        As of `phusong.check_claim`.

    Returns
    -------
    ndarray
        bool (y, x), true somewhere.

    Raises
    ------
    InputError
        Codes that no commune has, a file or raster that cannot be used, polygons or a raster
        without a reference system or apart from the communes.
    MemoryLimitError
        A raster file whose part over the communes does not fit into memory.
    """
    claimed = _claimed(scene, claim) & (scene.commune_labels.to_numpy() > 0)
    if not claimed.any():
        problem = "it reaches no pixel of the communes: is its place or reference system right?"
        raise InputError("claim", [problem])
    return claimed


def _claimed(scene: "Scene", claim: Claim) -> Mask:
    if isinstance(claim, xr.DataArray):
        return _of_raster(scene.grid, claim)
    if isinstance(claim, gpd.GeoDataFrame):
        return _of_areas(scene.grid, claim)
    if isinstance(claim, str) and claim == EVERYWHERE:
        return np.ones(scene.grid.shape, dtype=bool)
    if isinstance(claim, str | os.PathLike):
        return _of_file(scene.grid, Path(claim))
    if not isinstance(claim, Iterable):
        raise InputError("claim", [f"is {claim!r}: {_FORMS}"])
    return _of_communes(scene, list(claim))


def _of_communes(scene: "Scene", codes: list[str]) -> Mask:
    known = scene.communes.set_index("code")["label"]
    problems = [
        f"no commune has the code {code!r}{padding_hint(code, known.index)}"
        for code in codes
        if code not in known.index
    ]
    if problems or not codes:
        raise InputError("claim", problems or ["names no commune: give codes of communes"])
    return np.isin(scene.commune_labels.to_numpy(), known.loc[codes].to_numpy())


def _of_file(grid: "GeoBox", path: Path) -> Mask:
    if not path.exists():
        problem = f"there is no such file: check the path{_code_hint(path)}"
        raise InputError(str(path), [problem])
    if not holds_areas(path):
        return _of_cells(grid, path)
    layers = [name for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    if len(layers) > 1:
        mend = "save the one that is claimed to a file of its own"
        raise InputError(str(path), [f"holds several layers ({', '.join(layers)}): {mend}"])
    return _of_areas(grid, read_features(path))


def _code_hint(path: Path) -> str:
    """What to write where the name of a file that is not there may be a commune's code."""
    code = path.name
    return f'; for the commune of that code write ["{code}"]' if code.isdecimal() else ""


def _of_areas(grid: "GeoBox", areas: gpd.GeoDataFrame) -> Mask:
    if areas.crs is None:
        raise InputError("claim", ["its polygons have no reference system: set_crs them"])
    shapes = areas.geometry.to_crs(str(grid.crs))
    shapes = shapes[shapes.notna() & ~shapes.is_empty]
    flat = shapes[~shapes.geom_type.isin(["Polygon", "MultiPolygon"])]
    if len(flat):
        kinds = ", ".join(sorted(set(flat.geom_type)))
        raise InputError("claim", [f"{len(flat)} of its features are no areas but {kinds}"])
    if not len(shapes):
        return np.zeros(grid.shape, dtype=bool)
    drawn = rasterio.features.rasterize(
        shapes, out_shape=grid.shape, transform=grid.affine, dtype=np.uint8
    )
    return np.asarray(drawn > 0)


def _of_raster(grid: "GeoBox", raster: xr.DataArray) -> Mask:
    _refuse_codes("claim", raster.attrs)
    box = raster.odc.geobox
    if box is None or box.crs is None or raster.ndim != 2:
        raise InputError("claim", ["its raster is not (y, x) with a reference system"])
    nodata = raster.odc.nodata
    values = raster if nodata is None else raster.where(raster != nodata)
    _refuse_levels("claim", values.to_numpy())
    claimed = values > 0
    on_grid = xr_reproject(claimed.astype(np.uint8), grid, resampling="nearest", dst_nodata=0)
    return np.asarray(on_grid.to_numpy() > 0)


def _of_cells(grid: "GeoBox", path: Path) -> Mask:
    """Where the one band of a raster file is above 0; only its part over the grid is read."""
    with open_raster(path) as dataset:
        _refuse_codes(str(path), dataset.tags())
        if dataset.count > 1:
            problem = f"holds {dataset.count} bands: give one alone that is {_CLAIMED}"
            raise InputError(str(path), [problem])
        window = window_over(dataset, grid, _PAD_CELLS)
        require_memory(
            window.width * window.height * _BYTES_PER_CELL,
            f"{path.name}: {window.width} x {window.height} cells of a claim",
            "give a coarser raster, or polygons",
        )
        cells = dataset.read(1, window=window, masked=True)
        crs, transform = dataset.crs, dataset.window_transform(window)
    _refuse_levels(str(path), cells.compressed())
    on_grid = np.zeros(grid.shape, dtype=np.uint8)
    reproject(
        (cells > 0).filled(False).astype(np.uint8),
        on_grid,
        src_transform=transform,
        src_crs=crs,
        dst_transform=grid.transform,
        dst_crs=str(grid.crs),
        resampling=Resampling.nearest,
    )
    return on_grid > 0


def _refuse_codes(source: str, said: Any) -> None:
    if _CODES in said:
        raise InputError(source, [f"its raster holds codes: give one that is {_CLAIMED}"])


def _refuse_levels(source: str, values: NDArray[Any]) -> None:
    """Refuse values that are all below 0, as levels in dBm are."""
    known = values[~np.isnan(values)]
    if known.size and known.max() < 0:
        said = f"its values, {known.min():g} to {known.max():g}, are levels (dBm?), no claim"
        raise InputError(source, [f"{said}: give a raster that is {_CLAIMED}, and 0 elsewhere"])
