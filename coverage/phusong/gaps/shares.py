"""Low, likely and high share of a commune that is served, from the chances of its pixels.

The likely share is the mean of its pixels' chances, weighted by people or area. How far the true
one may lie from it depends on how the pixels' errors hang together: were each its own, a commune of
ten thousand pixels would be known to a percent. Errors of two pixels at a distance ``d`` correlate
by::

    rho(d) = common + (1 - common) * exp(-d / D)

Whether a pixel is served is a function of its error, and two functions of normal variables never
correlate more than the variables do (Gebelein 1941), so that ::

    variance of the share <= sum over pixels i, j of  w_i w_j rho(d_ij) s_i s_j,
    with s = sqrt(chance * (1 - chance))

which is what is taken, as if it were equal; low and high lie a normal quantile of its root to
either side, and between 0 and 100 %.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import fft
from scipy.special import ndtri

from phusong.gaps.uncertainty import Uncertainty

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["BOUNDS", "share_bounds"]

BOUNDS: Final = ("low", "likely", "high")
_BLOCKS_PER_DISTANCE: Final = 4  # pixels so near are one: their errors differ by little

_MOST_AT_ONCE: Final = 4_000_000  # numbers of a few layers' transforms: some 100 MB

Table = NDArray[np.float64]


def share_bounds(
    chance: xr.DataArray, scene: "Scene", uncertainty: Uncertainty, *, of: str
) -> tuple[Table, Table]:
    """Low, likely and high percent served, by commune and of all communes together.

    Parameters
    ----------
    chance
        From `map_chances`; a pixel without a chance, as no level was computed, is not served.
    scene
        Communes' labels, and the people.
    uncertainty
        Confidence, correlation distance and common share.
    of
        "people" or "area".

    Returns
    -------
    communes : ndarray
        (commune in order of label, technology, operator, bound of `BOUNDS`), NaN without people
        or area.
    province : ndarray
        (technology, operator, bound).
    """
    blocks = _Blocks.of(scene, uncertainty)
    weight = _weights(scene, of)[blocks.pixels]
    layers = chance.transpose("technology", "operator", "y", "x").to_numpy()
    shape, count = layers.shape[:2], len(scene.communes)
    served, spread = (np.empty((layers[..., 0, 0].size, len(blocks.label))) for _ in range(2))
    for n, index in enumerate(np.ndindex(shape)):
        p = np.nan_to_num(layers[index].ravel()[blocks.pixels].astype(np.float64))
        served[n] = blocks.sums(weight * p)
        spread[n] = blocks.sums(weight * np.sqrt(p * (1.0 - p)))
    totals = blocks.sums(weight)
    z = float(ndtri(uncertainty.confidence))
    names = [np.flatnonzero(blocks.label == label) for label in range(1, count + 1)]
    bounds = [
        _bounds(totals[of_it], served[:, of_it], blocks.deviation(spread, of_it), z)
        for of_it in names
    ]
    every = np.arange(len(blocks.label))
    whole = _bounds(totals, served, blocks.deviation(spread, every), z)
    communes = np.array(bounds).reshape(count, *shape, len(BOUNDS))
    return communes, whole.reshape(*shape, len(BOUNDS))


@dataclass(frozen=True)
class _Blocks:
    """Pixels of communes, in square blocks, those of two communes in two."""

    pixels: NDArray[np.intp]  # flat indices of the pixels inside communes
    block_of: NDArray[np.intp]  # block of each of them
    label: NDArray[np.intp]  # commune of each block
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    side: float  # in correlation distances
    common: float

    @classmethod
    def of(cls, scene: "Scene", uncertainty: Uncertainty) -> "_Blocks":
        labels = scene.commune_labels.to_numpy()
        pixels = np.flatnonzero(labels)
        pixel_km = abs(scene.grid.resolution.x) / 1000.0
        across = max(1, int(uncertainty.correlation_km / _BLOCKS_PER_DISTANCE / pixel_km))
        row, column = (place // across for place in np.divmod(pixels, labels.shape[1]))
        rows, columns = (int(place.max(initial=0)) + 1 for place in (row, column))
        key = (labels.ravel()[pixels].astype(np.intp) * rows + row) * columns + column
        blocks, block_of = np.unique(key, return_inverse=True)
        rest, block_column = np.divmod(blocks, columns)
        label, block_row = np.divmod(rest, rows)
        side = across * pixel_km / uncertainty.correlation_km
        common = uncertainty.common_share
        return cls(pixels, block_of, label, block_row, block_column, side, common)

    def sums(self, values: Table) -> Table:
        amounts = np.bincount(self.block_of, values, minlength=len(self.label))
        return amounts.astype(np.float64)

    def deviation(self, spread: Table, blocks: NDArray[np.intp]) -> Table:
        """Standard deviation of the amount served in some blocks, (layer,)."""
        if not blocks.size:
            return np.zeros(len(spread))
        row = self.row[blocks] - self.row[blocks].min()
        column = self.column[blocks] - self.column[blocks].min()
        shape = int(row.max()) + 1, int(column.max()) + 1
        local = _Kernel(shape, self.side)
        layers = np.arange(len(spread))
        near = [
            local.forms(_on_grid(spread[np.ix_(some, blocks)], row, column, shape))
            for some in np.array_split(layers, local.turns(len(layers)))
        ]
        all_alike = spread[:, blocks].sum(axis=1) ** 2
        variance = self.common * all_alike + (1.0 - self.common) * np.concatenate(near)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


class _Kernel:
    """The correlation between the blocks of a grid, as a filter."""

    def __init__(self, shape: tuple[int, int], side: float) -> None:
        self._shape = shape
        self._size: tuple[int, ...] = tuple(fft.next_fast_len(2 * n - 1, real=True) for n in shape)
        steps = [np.minimum(np.arange(n), n - np.arange(n)) for n in self._size]
        distance = np.hypot(steps[0][:, None], steps[1][None, :]) * side
        self._filter = fft.rfft2(np.exp(-distance))

    def turns(self, layers: int) -> int:
        """In how many turns layers are taken, so that each fits into little memory."""
        return math.ceil(layers * math.prod(self._size) / _MOST_AT_ONCE)

    def forms(self, q: Table) -> Table:
        """Sum over blocks i, j of q_i q_j rho_ij, of each layer (layer, row, column)."""
        spread = fft.irfft2(fft.rfft2(q, self._size) * self._filter, self._size)
        rows, columns = self._shape
        return np.asarray((q * spread[:, :rows, :columns]).sum(axis=(1, 2)))


def _on_grid(
    values: Table, row: NDArray[np.intp], column: NDArray[np.intp], shape: tuple[int, int]
) -> Table:
    """Lay values (layer, block) out over the grid of the blocks, summed where two are in one."""
    place, size = row * shape[1] + column, math.prod(shape)
    flat = np.array([np.bincount(place, of_layer, size) for of_layer in values])
    return flat.reshape(-1, *shape)


def _weights(scene: "Scene", of: str) -> NDArray[Any]:
    if of == "people":
        return scene.people.to_numpy().ravel()
    return np.ones(scene.people.size)


def _bounds(totals: Table, served: Table, deviation: Table, z: float) -> Table:
    total = float(totals.sum())
    if total <= 0.0:
        return np.full((len(served), len(BOUNDS)), np.nan)
    likely = served.sum(axis=-1) / total
    away = z * deviation / total
    bounds = np.stack([likely - away, likely, likely + away], axis=-1)
    return np.asarray(100.0 * np.clip(bounds, 0.0, 1.0))
