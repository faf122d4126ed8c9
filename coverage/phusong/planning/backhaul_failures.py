"""Why a place cannot be connected: what of all that was tried fails least."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pyproj import Transformer

from phusong.planning.backhaul_hops import BLOCKED, FADES, TOO_LONG

if TYPE_CHECKING:
    from phusong.planning.backhaul import Backhaul
    from phusong.planning.backhaul_fibre import FibreReach

__all__ = ["Failures"]

_NEARNESS: Final = {FADES: 0, BLOCKED: 1, TOO_LONG: 2}
"""Which failed hop tells most: one that only fades, else the least blocked, else the shortest."""


@dataclass(frozen=True, eq=False)
class Failures:
    """Rows and reasons of places without backhaul."""

    backhaul: "Backhaul"
    reach: "FibreReach"

    def row(self, place: int) -> dict[str, Any]:
        """Values of the columns of a place that cannot be connected."""
        return {
            "connected": False,
            "backhaul": "",
            "backhaul_via": (),
            "hop_km": np.nan,
            "band_ghz": np.nan,
            "availability": np.nan,
            "backhaul_km": np.nan,
            "backhaul_cost": np.nan,
            "backhaul_reason": self.words(place),
        }

    def words(self, place: int) -> str:
        """Why a place cannot be connected."""
        told = [self._of_hop(place)] if place in self._misses.index else []
        km = self.reach.km[place]
        if np.isfinite(km):
            longest_km = f"{self.backhaul.settings.longest_fibre_km:g}"
            told.append(f"fibre of {km:.1f} km is longer than {longest_km} km")
        else:
            told.append("there is no fibre to start from")
        return "; ".join(told)

    @cached_property
    def _misses(self) -> pd.DataFrame:
        """Of each place's failed hops to connected ones that which fails least; index: place."""
        hops, depth = self.backhaul.hops, self.backhaul.depth
        to_connected = depth[hops["second"].to_numpy()] == 0
        hops = hops[hops["state"].isin(list(_NEARNESS)) & to_connected]
        nearness = hops["state"].map(_NEARNESS).to_numpy(np.int64)
        short = np.select(
            [nearness == 0, nearness == 1],
            [-hops["availability_percent"].to_numpy(), hops["intrusion_m"].to_numpy()],
            hops["km"].to_numpy(),
        )
        order = np.lexsort((short, nearness, hops["first"].to_numpy()))
        least: pd.DataFrame = hops.iloc[order].drop_duplicates("first").set_index("first")
        return least

    @cached_property
    def _to_degrees(self) -> Transformer:
        crs = str(self.backhaul.scene.grid.crs)
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def _of_hop(self, place: int) -> str:
        miss: pd.Series[Any] = self._misses.loc[place]  # type: ignore[assignment]
        nodes, settings = self.backhaul.nodes, self.backhaul.settings
        other = nodes.iloc[int(miss["second"])]
        to, km, band = other["name"], f"{miss['km']:.1f}", f"{miss['band_ghz']:g}"
        if miss["state"] == TOO_LONG:
            longest = f"{settings.band_table.longest_km.max():g}"
            return f"the nearest site, {to}, is {km} km away, no band reaches beyond {longest} km"
        if miss["state"] == FADES:
            # rounded down, or what just fails would look as if it passed
            lasting = f"{np.floor(1000.0 * miss['availability_percent']) / 1000.0:.3f}"
            asked = f"{settings.availability_percent:g}"
            return (
                f"fading on the way to {to}, {km} km, leaves {lasting} % of the time at {band} "
                f"GHz, {asked} % is asked"
            )
        here = nodes.iloc[place]
        part = miss["obstacle_km"] / miss["km"]
        x, y = (here[axis] + part * (other[axis] - here[axis]) for axis in ("x", "y"))
        longitude, latitude = self._to_degrees.transform(x, y)
        away, rises = f"{miss['obstacle_km']:.1f}", f"{miss['intrusion_m']:.1f}"
        return (
            f"no line of sight to {to}, {km} km, for {away} km away, at {longitude:.5f} E "
            f"{latitude:.5f} N, the ground stands {rises} m into what must be clear at {band} GHz"
        )
