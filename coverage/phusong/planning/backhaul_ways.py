"""What the way of a connected place is, as columns of a table and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.planning.backhaul_routes import Route

if TYPE_CHECKING:
    from phusong.planning.backhaul_fibre import FibreReach

__all__ = ["COLUMNS", "Way", "Ways", "fibre_words", "hop_words"]

Floats = npt.NDArray[np.float64]

COLUMNS: Final = (
    "connected",
    "backhaul",
    "backhaul_via",
    "hop_km",
    "band_ghz",
    "availability",
    "backhaul_km",
    "backhaul_cost",
    "backhaul_reason",
)


class Way(NamedTuple):
    """Names of the places that a place is connected over, all links' km, and availability."""

    via: tuple[str, ...]
    km: float
    availability: float


@dataclass(frozen=True, eq=False)
class Ways:
    """All that a route's columns are made of.

    ``passing`` (places,) is what it costs that a place passes on; ``roots`` are the ways of the
    places that routes may end at.
    """

    nodes: pd.DataFrame
    hops: pd.DataFrame
    reach: "FibreReach"
    fibre_cost: Floats
    passing: Floats
    roots: Mapping[int, Way]

    def way(self, route: Route) -> Way:
        """The way of a route's first place."""
        last = route.places[-1]
        if route.by_fibre:
            rest = Way((str(self.reach.end[last]),), float(self.reach.km[last]), 1.0)
        else:
            rest = self.roots[last]
        names = self.names(route.places[1:])
        km = sum(float(self.hop_km[hop]) for hop in route.hops)
        lasting = prod(float(self.lasting[hop]) for hop in route.hops)
        return Way((*names, *rest.via), km + rest.km, lasting * rest.availability)

    def cost(self, route: Route) -> float:
        """Of a route's links, and of the places between that pass on."""
        hops = sum(float(self.hop_cost[hop]) for hop in route.hops)
        passing = sum(float(self.passing[place]) for place in route.places[1:])
        return (
            hops + passing + (float(self.fibre_cost[route.places[-1]]) if route.by_fibre else 0.0)
        )

    def row(self, route: Route) -> dict[str, Any]:
        """Values of `COLUMNS`."""
        way = self.way(route)
        common = {
            "connected": True,
            "backhaul_via": way.via,
            "availability": way.availability,
            "backhaul_km": way.km,
            "backhaul_cost": self.cost(route),
        }
        if route.hops:
            hop = self.hops.iloc[route.hops[0]]
            own = {"backhaul": "microwave", "hop_km": hop["km"], "band_ghz": hop["band_ghz"]}
            told = hop_words(hop, way.via[0])
        elif route.by_fibre:
            km = float(self.reach.km[route.places[-1]])
            own = {"backhaul": "fibre", "hop_km": km, "band_ghz": np.nan}
            told = fibre_words(way.via[0], km)
        else:
            own = {"backhaul": "existing", "hop_km": np.nan, "band_ghz": np.nan}
            told = f"on the mast of {way.via[0]}, whose backhaul it shares"
        onward = [f"then over {', '.join(way.via[1:])}"] if way.via[1:] else []
        return common | own | {"backhaul_reason": "; ".join([told, *onward])}

    def names(self, places: Sequence[int]) -> list[str]:
        """Names of places."""
        return [str(self.name[place]) for place in places]

    @cached_property
    def name(self) -> npt.NDArray[np.object_]:
        """Of each place."""
        return self.nodes["name"].to_numpy(object)

    @cached_property
    def hop_km(self) -> Floats:
        """Of each hop."""
        return self.hops["km"].to_numpy()

    @cached_property
    def hop_cost(self) -> Floats:
        """Of each hop."""
        return self.hops["cost"].to_numpy()

    @cached_property
    def lasting(self) -> Floats:
        """Part of the time that each hop is available, 0 to 1."""
        return self.hops["availability_percent"].to_numpy() / 100.0


def hop_words(hop: "pd.Series[Any]", to: str) -> str:
    """What a usable microwave hop is."""
    km, band, above = f"{hop['km']:.1f}", f"{hop['band_ghz']:g}", f"{hop['clearance_m']:.0f}"
    return f"microwave to {to}, {km} km at {band} GHz, {above} m above the ground where it is least"


def fibre_words(to: str, km: float) -> str:
    """What a fibre is."""
    return f"fibre to {to}, {km:.1f} km"
