"""The cheapest way from every place to a connected one, over at most so many hops.

A layer holds, for each place, the least cost with at most so many hops; each layer follows from the
one before in a single pass over all hops. Of two ways that cost the same the shorter is taken, then
the one over the hop that is listed first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from phusong.planning.backhaul_hops import USABLE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Route", "Routes", "Web", "cheapest_routes"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_PER_KM: Final = 1e-6  # of the currency: only ways of equal cost are told apart by it
_KEPT, _FIBRE = -1, -2  # in place of a hop: as in the layer before, and by fibre


class Web(NamedTuple):
    """Usable microwave hops in each way that they may be taken, by the place that they feed.

    ``hop`` is the row in the table of hops, ``source`` the place towards what exists, ``fed`` the
    other; ``price`` has the length in it that decides between equals.
    """

    hop: Places
    source: Places
    fed: Places
    price: Floats

    @classmethod
    def of(cls, hops: "pd.DataFrame", is_site: npt.NDArray[np.bool_]) -> "Web":
        """Hops of `find_hops`; none feeds a site that exists."""
        usable = np.flatnonzero(hops["state"].eq(USABLE))
        ends = hops[["first", "second"]].to_numpy(np.intp)[usable]
        price = (hops["cost"] + _PER_KM * hops["km"]).to_numpy()[usable]
        hop, source = np.tile(usable, 2), np.concatenate([ends[:, 1], ends[:, 0]])
        fed, price = np.concatenate([ends[:, 0], ends[:, 1]]), np.tile(price, 2)
        order = np.lexsort((hop, fed))
        order = order[~is_site[fed[order]]]
        return cls(hop[order], source[order], fed[order], price[order])


class Route(NamedTuple):
    """One way: the places from a new one on, and the hop between each two.

    ``hops`` has one fewer than ``places``, or as many where fibre goes on from the last place.
    """

    places: tuple[int, ...]
    hops: tuple[int, ...]
    by_fibre: bool


@dataclass(frozen=True, eq=False)
class Routes:
    """Least cost of connecting each place, and the ways.

    Attributes
    ----------
    cost : float64 (layers, places)
        With at most so many hops, 0 and up; infinite where there is none.
    step : int (layers, places)
        The place in the web that the last hop is, `_KEPT` or `_FIBRE`.
    depth : int (places,)
        As `cheapest_routes` was given it.
    web
        The hops.
    """

    cost: Floats
    step: Places
    depth: Places
    web: Web

    def to(self, place: int) -> Route | None:
        """The cheapest way from a place; None where there is none."""
        layer = len(self.cost) - 1
        if not np.isfinite(self.cost[layer, place]):
            return None
        places, hops = [place], list[int]()
        while not 0 <= self.depth[places[-1]] <= layer:
            step = int(self.step[layer, places[-1]])
            layer -= 1
            if step == _FIBRE:
                return Route(tuple(places), tuple(hops), True)
            if step != _KEPT:
                hops.append(int(self.web.hop[step]))
                places.append(int(self.web.source[step]))
        return Route(tuple(places), tuple(hops), False)


def cheapest_routes(
    web: Web, depth: Places, passing: Floats, fibre_cost: Floats, most_hops: int
) -> Routes:
    """Find the cheapest way from every place.

    Parameters
    ----------
    web
        The hops.
    depth : int (places,)
        Hops from a connected place to what exists, 0 of a site; -1 where it is not connected yet.
    passing : float64 (places,)
        What it costs that a place passes on.
    fibre_cost : float64 (places,)
        Of fibre to each place, which counts as a hop; infinite where there is none.
    most_hops
        Layers beyond the first.
    """
    cost = np.full((most_hops + 1, len(depth)), np.inf)
    step = np.full(cost.shape, _KEPT, dtype=np.intp)
    cost[0, depth == 0] = 0.0
    fed, starts, counts = np.unique(web.fed, return_index=True, return_counts=True)
    for layer in range(1, most_hops + 1):
        cost[layer] = cost[layer - 1]
        if layer == 1:
            _take(cost[layer], step[layer], np.arange(len(depth)), fibre_cost, _FIBRE)
        if len(fed):
            offers = (cost[layer - 1] + passing)[web.source] + web.price
            least = np.minimum.reduceat(offers, starts)
            at_least = np.flatnonzero(offers == np.repeat(least, counts))
            first = at_least[np.searchsorted(at_least, starts)]
            _take(cost[layer], step[layer], fed, least, first)
        cost[layer, depth == layer] = 0.0
    return Routes(cost, step, depth, web)


def _take(cost: Floats, step: Places, places: Places, offers: Floats, steps: Places | int) -> None:
    """Take the offers that are less, with their steps."""
    less = offers < cost[places]
    cost[places[less]] = offers[less]
    step[places[less]] = steps if isinstance(steps, int) else steps[less]
