"""How new sites could be connected: the door of the backhaul.

`find_backhaul` prices every candidate by itself; `phusong.planning.backhaul_plan.connect_plan`
connects a chosen set of them with what they share counted once.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from phusong.errors import InputError
from phusong.planning.backhaul_failures import Failures
from phusong.planning.backhaul_fibre import Ends, Fibre, FibreReach, ends_of, fibre_over
from phusong.planning.backhaul_hops import find_hops, hop_pairs
from phusong.planning.backhaul_nodes import node_table
from phusong.planning.backhaul_routes import Web, cheapest_routes
from phusong.planning.backhaul_settings import BackhaulSettings
from phusong.planning.backhaul_ways import COLUMNS, Way, Ways

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["Backhaul", "fibre_reach", "find_backhaul"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Backhaul:
    """What backhaul there is for each candidate, and all that it was chosen from.

    Attributes
    ----------
    candidates
        The frame that was given, with

        - connected: whether it can be connected at all;
        - backhaul: "existing", "microwave" or "fibre", by its own first link; empty without;
        - backhaul_via: tuple of the names on the way, the next one first, the connected one last;
        - hop_km: of the first link, km; NaN on an existing site and without any;
        - band_ghz: of the first link where it is microwave, else NaN;
        - availability: part of the time (0 to 1) in which no hop of the way fades; fibre and what
          exists are taken for 1; NaN where it is not connected;
        - backhaul_km: of all links on the way;
        - backhaul_cost: of all of them and of the relays between, NaN where it is not connected;
        - backhaul_reason: why so.
    nodes
        All places, as `phusong.planning.backhaul_nodes.node_table` has them: the existing sites,
        then the candidates, then the relays.
    hops
        Every microwave hop that was tried, as `phusong.planning.backhaul_hops.find_hops` has it.
    settings
        As they were given.
    standing_on : int (candidates,)
        The existing site, a row of `nodes`, that each candidate stands on; -1 for none.
    scene, fibre, ends
        The ground, the ways that fibre can take, and where it is.
    """

    candidates: pd.DataFrame
    nodes: pd.DataFrame
    hops: pd.DataFrame
    settings: BackhaulSettings
    standing_on: Places
    scene: "Scene"
    fibre: Fibre
    ends: Ends

    @property
    def share_connected(self) -> float:
        """Share of the candidates that can be connected, 0 to 1."""
        return float(self.candidates["connected"].mean())

    @cached_property
    def first_candidate(self) -> int:
        """Row of the first candidate in `nodes`."""
        return int(self.nodes["role"].eq("site").sum())

    @cached_property
    def depth(self) -> Places:
        """Hops of each place from what exists: 0 for sites and what stands on them, else -1."""
        depth = np.where(self.nodes["role"].eq("site"), 0, -1)
        depth[self.first_candidate :][: len(self.standing_on)][self.standing_on >= 0] = 0
        return depth.astype(np.intp)

    @cached_property
    def web(self) -> Web:
        """The usable hops."""
        return Web.of(self.hops, self.depth == 0)

    @property
    def places_of_candidates(self) -> range:
        """Rows of the candidates in `nodes`."""
        return range(self.first_candidate, self.first_candidate + len(self.candidates))

    def roots(self) -> dict[int, Way]:
        """The ways of what is connected at first: none of them has a link."""
        names = self.nodes["name"].to_numpy(object)
        sites = {place: Way((), 0.0, 1.0) for place in range(self.first_candidate)}
        return sites | {
            place: Way((str(names[site]),), 0.0, 1.0)
            for place, site in zip(self.places_of_candidates, self.standing_on, strict=True)
            if site >= 0
        }

    def __repr__(self) -> str:
        kinds = self.candidates["backhaul"].replace("", "not connected").value_counts()
        told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.items())
        return f"Backhaul of {len(self.candidates):,} candidates: {told}"


def find_backhaul(
    scene: "Scene",
    candidates: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    fibre_points: gpd.GeoDataFrame | None = None,
    roads: str | Path | gpd.GeoDataFrame | None = None,
    relays: pd.DataFrame | None = None,
    settings: BackhaulSettings | None = None,
) -> Backhaul:
    """Find the cheapest backhaul of each candidate.

    A candidate that stands on an existing site shares its backhaul. Any other is connected by
    microwave hops, at most ``settings.most_hops``, over other candidates or relays to an existing
    site, or by fibre from wherever fibre is to itself or to the last place on the way. A place that
    passes on costs ``settings.relay_cost``, for it is not known here whether it is chosen.

    Parameters
    ----------
    scene
        Terrain and clutter, and people for the price of fibre.
    candidates
        x, y (m in the grid's reference system), antenna_height_m (above ground), at will name and
        ground_m (above sea level), as `phusong.planning.candidates.find_candidates` gives them.
    sites
        Existing sites in the same columns (`phusong.planning.backhaul_nodes.existing_sites`).
    fibre_points
        name and Points that fibre can be laid from (`read_fibre_points`).
    roads
        File or frame of lines, along which fibre is laid. Without, it takes the straight line times
        ``settings.detour_factor``.
    relays
        More places that may pass on, in the columns of candidates.
    settings
        All else; its defaults are proposals.

    Returns
    -------
    Backhaul

    Raises
    ------
    InputError
        For columns that lack, values that are no numbers or unusable, and places beyond the
        terrain, all at once; where there is nothing to connect to; for roads without a line.
    """
    settings = BackhaulSettings.of() if settings is None else settings
    groups = {"site": sites, "candidate": candidates}
    nodes = node_table(scene, groups if relays is None else groups | {"relay": relays})
    _check(candidates, sites, fibre_points)
    fibre = fibre_over(scene, roads, settings)
    pairs = hop_pairs(nodes, settings)
    found = Backhaul(
        candidates=candidates,
        nodes=nodes,
        hops=find_hops(scene, nodes, *pairs, settings),
        settings=settings,
        standing_on=_standing_on(candidates, sites, settings.same_place_m),
        scene=scene,
        fibre=fibre,
        ends=ends_of(nodes, _in_grid(fibre_points, scene), settings.sites_have_fibre),
    )
    return _priced(found)


def fibre_reach(backhaul: Backhaul, ends: Ends) -> tuple[FibreReach, Floats]:
    """Fibre to every place from some ends, and its cost, infinite where it is too long."""
    reach = backhaul.fibre.reach(backhaul.nodes[["x", "y"]].to_numpy(np.float64), ends)
    longest_km = backhaul.settings.longest_fibre_km
    return reach, np.where(reach.km <= longest_km, reach.cost, np.inf)


def _priced(found: Backhaul) -> Backhaul:
    """The same with each candidate's columns."""
    settings = found.settings
    reach, fibre_cost = fibre_reach(found, found.ends)
    passing = np.where(found.depth == 0, 0.0, settings.relay_cost)
    routes = cheapest_routes(found.web, found.depth, passing, fibre_cost, settings.most_hops)
    ways = Ways(found.nodes, found.hops, reach, fibre_cost, passing, found.roots())
    failures = Failures(found, reach)
    rows = []
    for place in found.places_of_candidates:
        route = routes.to(place)
        rows.append(failures.row(place) if route is None else ways.row(route))
    columns = pd.DataFrame(rows, columns=list(COLUMNS), index=found.candidates.index)
    return replace(found, candidates=found.candidates.assign(**columns))


def _standing_on(candidates: pd.DataFrame, sites: pd.DataFrame, within_m: float) -> Places:
    """The nearest existing site within a distance of each candidate; -1 for none."""
    if len(sites) == 0:
        return np.full(len(candidates), -1, dtype=np.intp)
    away_m, nearest = cKDTree(sites[["x", "y"]]).query(candidates[["x", "y"]])
    return np.where(away_m <= within_m, nearest, -1).astype(np.intp)


def _check(
    candidates: pd.DataFrame, sites: pd.DataFrame, fibre_points: gpd.GeoDataFrame | None
) -> None:
    problems = []
    if len(candidates) == 0:
        problems.append("there is no candidate; give one at least")
    if len(sites) == 0 and (fibre_points is None or len(fibre_points) == 0):
        problems.append("there is nothing to connect to; give existing sites or fibre points")
    if fibre_points is not None:
        problems += _fibre_problems(fibre_points)
    if problems:
        raise InputError("backhaul", problems)


def _fibre_problems(fibre_points: Any) -> list[str]:
    if not isinstance(fibre_points, gpd.GeoDataFrame) or fibre_points.crs is None:
        return ["fibre_points are no points with a reference system; take read_fibre_points"]
    if "name" not in fibre_points:
        return ["fibre_points have no column name; give it, or take read_fibre_points"]
    is_point = fibre_points.geom_type.eq("Point") & ~fibre_points.geometry.is_empty
    return [
        f"fibre_points row {row}, geometry is no point; give a point"
        for row in np.flatnonzero(~is_point)
    ]


def _in_grid(points: gpd.GeoDataFrame | None, scene: "Scene") -> gpd.GeoDataFrame | None:
    return None if points is None else points.to_crs(str(scene.grid.crs))
