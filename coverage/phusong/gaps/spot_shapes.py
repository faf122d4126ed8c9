"""Where a dead spot lies: its anchor, its id, which is told from the anchor, and its outline."""

from collections.abc import Iterable
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import rasterio.features
import shapely
from numpy.typing import NDArray
from scipy import ndimage

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["anchors_of", "ids_of", "outlines_of"]

_ID_CELL = 500.0  # in the CRS's unit: coarse enough that a small change rarely renames a spot


def anchors_of(spot_of: NDArray[np.int32], scene: "Scene") -> NDArray[np.float64]:
    """(spot, 2) x and y of each spot's pixel farthest from its edge, the north-west of equals."""
    # spots never touch, so the distance to the nearest pixel of no spot is that to the own edge
    depth = ndimage.distance_transform_edt(np.pad(spot_of > 0, 1))[1:-1, 1:-1].ravel()
    pixel = np.flatnonzero(spot_of)
    deepest = pd.Series(depth[pixel], index=pixel).groupby(spot_of.ravel()[pixel]).idxmax()
    row, column = np.divmod(deepest.to_numpy(), spot_of.shape[1])
    return np.column_stack([scene.people["x"][column], scene.people["y"][row]])


def ids_of(prefix: str, anchors: NDArray[np.float64], pixels: pd.Series) -> list[str]:
    """Names by the coarse cell of the anchor; the largest of a cell has no letter."""
    cells = np.floor(anchors / _ID_CELL).astype(int)
    names = pd.Series([f"{prefix}-{east}E-{north}N" for east, north in cells])
    by_size = np.lexsort((anchors[:, 0], -anchors[:, 1], -pixels.to_numpy()))
    rank = names.iloc[by_size].groupby(names).cumcount().sort_index()
    return [name + _suffix(n) for name, n in zip(names, rank, strict=True)]


def _suffix(rank: int) -> str:
    """Nothing for 0, then -b to -z, -bb to -zz and so on."""
    if rank == 0:
        return ""
    turns, letter = divmod(rank - 1, 25)
    return "-" + "bcdefghijklmnopqrstuvwxyz"[letter] * (turns + 1)


def outlines_of(spot_of: NDArray[np.int32], scene: "Scene") -> NDArray[Any]:
    """Draw a valid MultiPolygon per spot: what meets in a corner only is a part of its own."""
    parts = rasterio.features.shapes(
        spot_of, mask=spot_of > 0, connectivity=4, transform=scene.grid.affine
    )
    outlines, numbers = zip(*sorted(parts, key=itemgetter(1)), strict=True)
    rings = [ring for outline in outlines for ring in outline["coordinates"]]
    # one call for all: shapely.geometry.shape on each takes three times as long
    lines = shapely.linearrings(
        list(chain.from_iterable(rings)), indices=_repeated(len(ring) for ring in rings)
    )
    rings_of = _repeated(len(outline["coordinates"]) for outline in outlines)
    polygons = shapely.polygons(lines, indices=rings_of)
    return np.asarray(shapely.multipolygons(polygons, indices=np.array(numbers, dtype=int) - 1))


def _repeated(counts: Iterable[int]) -> NDArray[np.intp]:
    """0 as often as the first count says, then 1 as often as the second, and so on."""
    times = np.fromiter(counts, dtype=np.intp)
    return np.repeat(np.arange(len(times)), times)
