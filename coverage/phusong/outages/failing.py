"""Which sites a scenario takes out, when, and why."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from phusong.outages.backhaul import Feeds
from phusong.outages.rules import HazardRules
from phusong.outages.sites import Sites

__all__ = ["Failures", "failures_in", "failures_of_mast"]

_PARENT: Final = "parent"
"""Failed by: no site through which it is fed is left."""


@dataclass(frozen=True, eq=False)
class Failures:
    """When each site is out, and why.

    Attributes
    ----------
    fails_at_h
        float64 (site,): hours after the event; inf for those that stay.
    failed_by
        (site,): "equipment", "line", "power" or "parent"; empty for those that stay.
    hazard
        (site,): kind of hazard that hit the site itself; empty where none did, or another site's
        failure came first.
    via
        int (site,): the parent that lasted longest, where it failed with its parents; else -1.
    """

    fails_at_h: NDArray[np.float64]
    failed_by: NDArray[np.object_]
    hazard: NDArray[np.object_]
    via: NDArray[np.intp]

    def table(self, sites: Sites, until_h: float) -> gpd.GeoDataFrame:
        """The sites that are out by so many hours, first those that fail first.

        Returns
        -------
        GeoDataFrame
            EPSG:4326 points: operator, site_id, structure, autonomy_h, failed_by, hazard,
            fails_at_h, via.
        """
        out = np.flatnonzero(self.fails_at_h <= until_h)
        out = out[np.argsort(self.fails_at_h[out], kind="stable")]
        names = np.array([*sites.names, ""], dtype=object)
        place = sites.table[["longitude", "latitude"]].iloc[out]
        table = sites.table[["operator", "site_id", "structure", "autonomy_h"]].iloc[out]
        table = table.reset_index(drop=True).assign(
            failed_by=self.failed_by[out],
            hazard=self.hazard[out],
            fails_at_h=self.fails_at_h[out],
            via=names[self.via[out]],
        )
        points = gpd.points_from_xy(place["longitude"], place["latitude"])
        return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")


def failures_in(
    areas: gpd.GeoDataFrame, sites: Sites, rules: HazardRules, feeds: Feeds
) -> Failures:
    """Sites that fail in one scenario.

    Equipment and lines fail at once; a site without the grid fails after its hours of autonomy. A
    site in several areas of one hazard is in the deepest. Nothing is repaired.

    Parameters
    ----------
    areas
        hazard, depth_m and geometry, in the reference system of the sites' points.
    """
    own_h = np.full(len(sites), np.inf)
    failed_by = np.full(len(sites), "", dtype=object)
    hazard_of = failed_by.copy()
    autonomy_h = sites.table["autonomy_h"].to_numpy()
    structures = sites.table["structure"].tolist()
    for hazard, those in areas.groupby("hazard", sort=True):
        depth_m = _depth_at(those, sites)
        for effect, after_h in (("equipment", 0.0), ("line", 0.0), ("power", autonomy_h)):
            least = [rules.least_depth_m(str(hazard), effect, s) for s in structures]
            at_h = np.where((depth_m >= least) & np.isfinite(least), after_h, np.inf)
            sooner = at_h < own_h
            own_h[sooner], failed_by[sooner], hazard_of[sooner] = at_h[sooner], effect, hazard
    return _with_parents(own_h, failed_by, hazard_of, feeds)


def failures_of_mast(mast: int, sites: Sites, feeds: Feeds) -> NDArray[np.intp]:
    """Sites that are out when one mast is: its own, and those that it alone feeds."""
    own_h = np.where(sites.mast == mast, 0.0, np.inf)
    return np.flatnonzero(feeds.fails_at_h(own_h) <= 0.0)


def _depth_at(areas: gpd.GeoDataFrame, sites: Sites) -> NDArray[np.float64]:
    """Greatest depth at each site, -inf outside; where it is not stated it is deep enough."""
    tree = shapely.STRtree(sites.points.to_numpy())
    area, site = tree.query(areas.geometry.to_numpy(), predicate="intersects")
    depth_m = np.full(len(sites), -np.inf)
    np.maximum.at(depth_m, site, areas["depth_m"].fillna(np.inf).to_numpy()[area])
    return depth_m


def _with_parents(
    own_h: NDArray[np.float64],
    failed_by: NDArray[np.object_],
    hazard: NDArray[np.object_],
    feeds: Feeds,
) -> Failures:
    fails_h = feeds.fails_at_h(own_h)
    cut_off = fails_h < own_h
    return Failures(
        fails_h,
        np.where(cut_off, _PARENT, failed_by),
        np.where(cut_off, "", hazard),
        np.where(cut_off, feeds.last_parent(fails_h), -1),
    )
