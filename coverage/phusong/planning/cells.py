"""Demand points put together in cells, for a first and quick search of prices."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from phusong.kernels.cover_merge import cover_marks, shares_of_cells
from phusong.planning.model import Model, merged_points, point_marks

__all__ = ["Cells"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """A model with cells of points in the place of points.

    Attributes
    ----------
    model
        The same sets and rules; a set may cover a part of a cell.
    covered : float32 (members of the model,)
        Share of each cell, by weight, that its set covers.
    cell : int32 (points,)
        Cell of each point.
    part : float64 (points,)
        Share of its cell that each point weighs.
    """

    model: Model
    covered: npt.NDArray[np.float32]
    cell: Ints
    part: Floats

    @classmethod
    def of(cls, model: Model, telling: Bools) -> "Cells":
        """Put points together that the same of some sets cover, and that count for the same."""
        demand = model.demand
        needed = demand.needed.astype(np.int64)
        marks = point_marks(demand, needed, model.rules.target_least)
        cover_marks(demand.start, demand.member, telling, *marks)
        cell, heads, deep_from = merged_points(*marks, np.ones(len(needed), bool), needed)
        start, member, covered = shares_of_cells(
            demand.start, demand.member, demand.weight, cell, len(heads)
        )
        weight = np.bincount(cell, demand.weight, len(heads)).astype(float)
        targets = model.targets_of(heads)
        of_cells = demand._replace(
            start=start,
            member=member,
            weight=weight,
            needed=demand.needed[heads],
            first_deep=deep_from,
            target_start=targets[0],
            target=targets[1],
        )
        smaller = replace(model, demand=of_cells, must=model.must[heads])
        return cls(smaller, covered, cell, demand.weight / weight[cell])

    def sums(self, price: Floats) -> Floats:
        """Prices of cells from those of their points."""
        return np.bincount(self.cell, price, len(self.model.demand.weight)).astype(float)

    def spread(self, price: Floats) -> Floats:
        """Prices of points from those of their cells."""
        return np.asarray(price[self.cell] * self.part)
