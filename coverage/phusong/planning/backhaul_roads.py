"""Fibre along roads: the cheapest way over the largest connected piece of them."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from phusong.planning.backhaul_laying import Ends, Rates, StraightReach

__all__ = ["RoadFibre", "RoadReach"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_PIECE_M: Final = 50.0  # roads are joined to places and to each other at points no farther apart
_SAME_M: Final = 1.0  # points of roads this near are one
_JOIN_M: Final = 30.0  # a road that ends this near another is joined to it, as drawings leave gaps


@dataclass(frozen=True, eq=False)
class RoadFibre:
    """Fibre along the largest connected piece of the roads, and straight between it and places.

    ``points`` (n, 2) are those of the roads, ``start``, ``end`` and ``cost`` their straight pieces,
    each once.
    """

    points: Floats
    start: Places
    end: Places
    cost: Floats
    rates: Rates
    detour_factor: float

    @classmethod
    def of(cls, lines: gpd.GeoSeries, rates: Rates, detour_factor: float) -> "RoadFibre":
        """From lines in the grid's reference system."""
        parts = shapely.segmentize(shapely.get_parts(lines.to_numpy()), _PIECE_M)
        xy, line = shapely.get_coordinates(parts, return_index=True)
        key = np.round(xy / _SAME_M)
        first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)[1:]
        number = number.ravel()
        goes_on = line[1:] == line[:-1]
        drawn = np.column_stack([number[:-1][goes_on], number[1:][goes_on]])
        is_end = np.append(~goes_on, True) | np.append(True, ~goes_on)
        joined = _joins(xy[first], line[first], np.unique(number[is_end]))
        pieces = np.sort(np.vstack([drawn, joined]), axis=1)
        pieces = np.unique(pieces[pieces[:, 0] != pieces[:, 1]], axis=0)
        points, pieces = _largest(xy[first], pieces)
        start, end = pieces.T
        middle = (points[start] + points[end]) / 2.0
        cost = np.hypot(*(points[start] - points[end]).T) * rates.at(middle)
        return cls(points, start, end, cost, rates, detour_factor)

    def reach(self, xy: Floats, ends: Ends) -> "RoadReach | StraightReach":
        """Cheapest fibre from any of the ends to places (n, 2)."""
        if len(ends.xy) == 0:
            return StraightReach.none(xy)
        access_km, access_cost, at = self._to_road(xy)
        end_km, end_cost, end_at = self._to_road(ends.xy)
        cheapest = np.lexsort((end_cost, end_at))
        at_once = cheapest[np.unique(end_at[cheapest], return_index=True)[1]]
        end_of = np.full(len(self.points), -1, dtype=np.intp)
        end_of[end_at[at_once]] = at_once
        cost, before = self._from(end_at[at_once], end_cost[at_once])
        root, km = self._back(before)
        from_end = end_of[root[at]]
        reached = np.isfinite(cost[at])
        total_km = np.where(reached, access_km + km[at] + end_km[from_end], np.inf)
        return RoadReach(
            access_cost + cost[at], total_km, ends.names[from_end], xy, at, before, self.points,
            ends.xy[from_end],
        )  # fmt: skip

    def _to_road(self, xy: Floats) -> tuple[Floats, Floats, Places]:
        """Kilometres and cost from places to the nearest points of the roads, and these."""
        away_m, at = cKDTree(self.points).query(xy)
        km = away_m * self.detour_factor / 1000.0
        return km, 1000.0 * km * self.rates.at(xy), at

    def _from(self, starts: Places, costs: Floats) -> tuple[Floats, Places]:
        """Least cost to each point of the roads, and the point before it (itself at a start)."""
        n = len(self.points)
        least = np.finfo(float).tiny  # an edge of no cost would be none
        source = np.full(len(starts), n)
        graph = coo_array(
            (
                np.maximum(np.concatenate([self.cost, self.cost, costs]), least),
                (
                    np.concatenate([self.start, self.end, source]),
                    np.concatenate([self.end, self.start, starts]),
                ),
            ),
            shape=(n + 1, n + 1),
        ).tocsr()
        cost, before = dijkstra(graph, indices=n, return_predecessors=True)
        before = before[:n].astype(np.intp)
        each = np.arange(n)
        return cost[:n], np.where((before == n) | (before < 0), each, before)

    def _back(self, before: Places) -> tuple[Places, Floats]:
        """For each point the start that it is fed from, and the km of road to there."""
        km = np.hypot(*(self.points - self.points[before]).T) / 1000.0
        root = before
        while not np.array_equal(further := root[root], root):
            km, root = km + km[root], further
        return root, km


@dataclass(frozen=True, eq=False)
class RoadReach:
    """Fibre along roads: ``at`` is each place's point of the roads, ``before`` the way."""

    cost: Floats
    km: Floats
    end: npt.NDArray[np.object_]
    xy: Floats
    at: Places
    before: Places
    points: Floats
    end_xy: Floats

    def line(self, place: int) -> shapely.LineString:
        """The way of the fibre from a place to its end."""
        way = [int(self.at[place])]
        while self.before[way[-1]] != way[-1]:
            way.append(int(self.before[way[-1]]))
        return shapely.LineString([self.xy[place], *self.points[way], self.end_xy[place]])


def _joins(points: Floats, line: Places, ends: Places) -> Places:
    """Pairs that join ends of roads to the nearest point of each other road near them."""
    found = cKDTree(points).query_ball_point(points[ends], _JOIN_M)
    start = np.repeat(ends, [len(each) for each in found])
    near = np.concatenate([np.asarray(each, dtype=np.intp) for each in found])
    other = line[start] != line[near]
    start, near = start[other], near[other]
    away = np.hypot(*(points[start] - points[near]).T)
    order = np.lexsort((near, away, line[near], start))
    keys = np.column_stack([start, line[near]])[order]
    nearest = order[np.unique(keys, axis=0, return_index=True)[1]]
    return np.column_stack([start[nearest], near[nearest]])


def _largest(points: Floats, pieces: Places) -> tuple[Floats, Places]:
    """Points and pieces of the connected part with most points, renumbered."""
    count = len(points)
    linked = coo_array((np.ones(len(pieces)), tuple(pieces.T)), shape=(count, count))
    part = connected_components(linked, directed=False)[1]
    kept = part == np.bincount(part).argmax()
    number = np.cumsum(kept) - 1
    return points[kept], number[pieces[kept[pieces[:, 0]]]]
