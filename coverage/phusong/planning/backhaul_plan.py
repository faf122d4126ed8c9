"""The backhaul of a chosen set of sites: what they share is built and paid once.

Cheapest insertion (Takahashi and Matsuyama, Mathematica Japonica 24, 1980): of the sites that are
not yet connected the one whose way to anything connected costs least comes next, and every place
and fibre on that way is connected from then on. A way over another chosen site pays no relay, for
that is built anyway. No choice is taken back, so that the sum is not proven to be the least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.errors import InputError
from phusong.planning.backhaul import Backhaul, fibre_reach
from phusong.planning.backhaul_failures import Failures
from phusong.planning.backhaul_routes import Route, cheapest_routes
from phusong.planning.backhaul_ways import COLUMNS, Ways, fibre_words, hop_words

if TYPE_CHECKING:
    from phusong.planning.backhaul_fibre import Ends

__all__ = ["PlanBackhaul", "connect_plan"]

LINK_COLUMNS: Final = (
    "from",
    "to",
    "kind",
    "km",
    "band_ghz",
    "clearance_m",
    "availability_percent",
    "cost",
    "currency",
    "reason",
)


@dataclass(frozen=True, eq=False)
class PlanBackhaul:
    """How chosen sites are connected.

    Attributes
    ----------
    sites
        One row per chosen site, in the order given: candidate (its position), name, the columns
        that `Backhaul.candidates` has, and order (from 1, in which they were connected; 0 where one
        is not). backhaul_cost is what its own joining added, so that the sum is that of the links
        and relays.
    links
        Lines of the grid's reference system, one a link, in the order in which they were added:
        from, to (names; the latter nearer to what exists), kind ("microwave" or "fibre"), km,
        band_ghz, clearance_m (least, of the ray above the ground), availability_percent, cost,
        currency, reason. NaN where a kind has no such thing.
    relays
        Names of the places that are built only to pass on.
    relay_cost
        Of all these together.
    """

    sites: pd.DataFrame
    links: gpd.GeoDataFrame
    relays: tuple[str, ...]
    relay_cost: float

    @property
    def cost(self) -> float:
        """Of all links and relays."""
        return float(self.links["cost"].sum()) + self.relay_cost

    def __repr__(self) -> str:
        lacking = int((~self.sites["connected"]).sum())
        return (
            f"Backhaul of {len(self.sites)} sites: {len(self.links)} links, {len(self.relays)} "
            f"relays, cost {self.cost:,.0f}; not connected {lacking}"
        )


def connect_plan(
    backhaul: Backhaul, chosen: Sequence[int], names: Sequence[str] | None = None
) -> PlanBackhaul:
    """Connect chosen candidates together.

    Parameters
    ----------
    backhaul
        From `find_backhaul`.
    chosen
        Positions in ``backhaul.candidates``, each once.
    names
        What the chosen sites are called in the result, in place of the candidates' names.

    Returns
    -------
    PlanBackhaul

    Raises
    ------
    InputError
        For positions that are none or come twice, and names that are not one for each.
    """
    _check(chosen, names, len(backhaul.candidates))
    return _Tree(backhaul, chosen, names).grown()


def _check(chosen: Sequence[Any], names: Sequence[str] | None, count: int) -> None:
    problems = [
        f"chosen {each!r} is no position: give whole numbers from 0 to {count - 1}"
        for each in chosen
        if isinstance(each, bool) or not isinstance(each, Integral) or int(each) not in range(count)
    ]
    if len(set(chosen)) < len(chosen):
        problems.append("chosen has a candidate twice; give each once")
    if names is not None and len(names) != len(chosen):
        problems.append(f"names are {len(names)}: give one for each of {len(chosen)} chosen")
    if problems:
        raise InputError("connect_plan", problems)


class _Tree:
    """What is connected so far."""

    def __init__(
        self, backhaul: Backhaul, chosen: Sequence[int], names: Sequence[str] | None
    ) -> None:
        self.backhaul = backhaul
        self.chosen = [backhaul.first_candidate + int(each) for each in chosen]
        self.nodes = _renamed(backhaul.nodes, self.chosen, names)
        self.depth = backhaul.depth.copy()
        self.passing = np.full(len(self.nodes), backhaul.settings.relay_cost)
        self.passing[self.chosen] = 0.0
        self.passing[self.depth == 0] = 0.0
        self.roots = backhaul.roots()
        self.ends: Ends = backhaul.ends
        self.reach, self.fibre_cost = fibre_reach(backhaul, self.ends)
        self.rows: dict[int, dict[str, Any]] = {}
        self.links: list[dict[str, Any]] = []
        self.lines: list[shapely.LineString] = []
        self.relays: list[int] = []

    def grown(self) -> PlanBackhaul:
        """Connect one after the other until no way is left for any."""
        left = list(self.chosen)
        failures = Failures(self.backhaul, self.reach)
        while left:
            most_hops = self.backhaul.settings.most_hops
            routes = cheapest_routes(
                self.backhaul.web, self.depth, self.passing, self.fibre_cost, most_hops
            )
            best = min(left, key=lambda place: routes.cost[-1, place])
            route = routes.to(best)
            if route is None:
                break
            route = _nearest_wanted(route, left)
            left.remove(route.places[0])
            self._join(route)
        for place in left:
            self.rows[place] = failures.row(place) | {"order": 0}
        return self._result()

    def _join(self, route: Route) -> None:
        """Add a site's way."""
        ways = self._ways()
        self.rows[route.places[0]] = ways.row(route) | {"order": 1 + len(self.rows)}
        self._add_links(route)
        built = route.places if route.by_fibre else route.places[:-1]
        grown = {at: ways.way(_from(route, i)) for i, at in enumerate(built)}
        depth = 0 if route.by_fibre else int(self.depth[route.places[-1]])
        for i, at in enumerate(reversed(built), start=1):
            self.depth[at] = depth + i
            if self.passing[at] > 0.0:
                self.relays.append(at)
                self.passing[at] = 0.0
        self.roots |= grown
        if route.by_fibre:
            last = route.places[-1]
            self.ends = self.ends.and_along(self.reach.line(last), str(self.reach.end[last]))
            self.reach, self.fibre_cost = fibre_reach(self.backhaul, self.ends)

    def _ways(self) -> Ways:
        return Ways(
            nodes=self.nodes,
            hops=self.backhaul.hops,
            reach=self.reach,
            fibre_cost=self.fibre_cost,
            passing=self.passing,
            roots=self.roots,
        )

    def _add_links(self, route: Route) -> None:
        """Rows of a way's links, the one nearest to what exists first."""
        name, currency = self.nodes["name"], self.backhaul.settings.currency
        if route.by_fibre:
            last = route.places[-1]
            km, end = float(self.reach.km[last]), str(self.reach.end[last])
            self.lines.append(self.reach.line(last))
            fibre = {"from": name[last], "to": end, "kind": "fibre", "km": km}
            priced = {"cost": float(self.fibre_cost[last]), "currency": currency}
            self.links.append(fibre | priced | {"reason": fibre_words(end, km)})
        for i in reversed(range(len(route.hops))):
            hop = self.backhaul.hops.iloc[route.hops[i]]
            ends = list(route.places[i : i + 2])
            self.lines.append(shapely.LineString(self.nodes.loc[ends, ["x", "y"]].to_numpy()))
            told = ("km", "band_ghz", "clearance_m", "availability_percent", "cost")
            link = {"from": name[ends[0]], "to": name[ends[1]], "kind": "microwave"}
            link |= {each: hop[each] for each in told} | {"currency": currency}
            self.links.append(link | {"reason": hop_words(hop, str(name[ends[1]]))})

    def _result(self) -> PlanBackhaul:
        rows = [self.rows[place] for place in self.chosen]
        sites = pd.DataFrame(rows, columns=[*COLUMNS, "order"])
        sites.insert(
            0, "candidate", [place - self.backhaul.first_candidate for place in self.chosen]
        )
        sites.insert(1, "name", self.nodes["name"].loc[self.chosen].to_numpy())
        links = pd.DataFrame(self.links, columns=list(LINK_COLUMNS))
        numbers = ["km", "band_ghz", "clearance_m", "availability_percent", "cost"]
        crs = str(self.backhaul.scene.grid.crs)
        return PlanBackhaul(
            sites=sites,
            links=gpd.GeoDataFrame(
                links.astype(dict.fromkeys(numbers, np.float64)), geometry=self.lines, crs=crs
            ),
            relays=tuple(str(self.nodes["name"][at]) for at in self.relays),
            relay_cost=self.backhaul.settings.relay_cost * len(self.relays),
        )


def _nearest_wanted(route: Route, wanted: list[int]) -> Route:
    """The way of the last wanted place on a way: it costs no more, and comes first."""
    return _from(route, max(i for i, place in enumerate(route.places) if place in wanted))


def _from(route: Route, place: int) -> Route:
    """The rest of a way from one of its places on."""
    return Route(route.places[place:], route.hops[place:], route.by_fibre)


def _renamed(nodes: pd.DataFrame, chosen: list[int], names: Sequence[str] | None) -> pd.DataFrame:
    if names is None:
        return nodes
    called = nodes["name"].to_numpy(object).copy()
    called[chosen] = list(names)
    return nodes.assign(name=called)
