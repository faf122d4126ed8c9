"""What a choice of sites is made from: candidates with sectors, prices and ways to connect."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.backhaul import Backhaul, find_backhaul
from phusong.planning.backhaul_nodes import existing_sites
from phusong.planning.candidate_settings import CandidateSettings
from phusong.planning.candidates import find_candidates
from phusong.planning.cover_sets import CoverSets
from phusong.planning.footprints import Footprint, NewCells, find_cover_sets
from phusong.planning.orientations import Orientations
from phusong.planning.plan_tables import prices_of
from phusong.planning.points import DemandPoints
from phusong.planning.pricing import Prices
from phusong.planning.problem import SitingProblem
from phusong.planning.rules import SitingRules, candidates_named, limits_of
from phusong.planning.sectors import DemandPixels, SectorSearch
from phusong.planning.spacing import read_spacing, spacing_conflicts

if TYPE_CHECKING:
    from phusong.planning.backhaul_settings import BackhaulSettings
    from phusong.planning.costs import CostTable
    from phusong.prediction.coverage import Coverage
    from phusong.prediction.settings import PredictSettings

__all__ = ["Ground", "Weighed", "find_places", "sector_search", "siting_problem", "weigh"]

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Ground:
    """For whom new sites are looked for, and what they are made of.

    Attributes
    ----------
    coverage
        That is extended.
    settings
        Of its prediction, with the range of new sites.
    new
        The cells of a new site.
    least_level_dbm
        Median level from which a site counts as serving.
    azimuths_deg
        Fixed azimuths of the sectors; None where they are searched.
    tilt_is_given
        Whether the electrical tilt is not searched.
    store
        Folder of path loss, as of `phusong.predict`.
    """

    coverage: "Coverage"
    settings: "PredictSettings"
    new: NewCells
    least_level_dbm: float
    azimuths_deg: Sequence[float] | None
    tilt_is_given: bool
    store: Path | str | None

    @property
    def orientations(self) -> Orientations:
        """What is tried at each candidate: only what is given of azimuths and tilt, where it is."""
        tilt_deg = float(self.new.radio["electrical_tilt_deg"])
        if self.azimuths_deg is not None:
            return Orientations.fixed(self.azimuths_deg, tilt_deg)
        if self.tilt_is_given:
            return Orientations.searched(tilt_deg, tilts_deg=())
        return Orientations.searched(tilt_deg)


@dataclass(frozen=True, eq=False)
class Weighed:
    """Candidates, and all that is known of them.

    Attributes
    ----------
    places
        In the grid's CRS; with sectors, and where asked for with prices and backhaul.
    sets
        Demand points that each would serve, those of rules among them.
    points
        The demand points.
    prices, backhaul
        None where not asked for.
    search
        What aimed the sectors; None for footprints of the user's own.
    """

    places: gpd.GeoDataFrame
    sets: CoverSets
    points: DemandPoints
    prices: Prices | None
    backhaul: Backhaul | None
    search: SectorSearch | None


def find_places(
    ground: Ground, points: DemandPoints, wanted: CandidateSettings
) -> gpd.GeoDataFrame:
    """Candidates; none where nothing is left to serve.

    Raises
    ------
    InputError
        Where there is something to serve and no candidate.
    """
    scene, network, new = ground.coverage.scene, ground.coverage.network, ground.new
    weight = points.weight
    places = find_candidates(
        scene, network.cells, weight, new.operator, new.technology, wanted
    ).reset_index(drop=True)
    if not weight.any():
        return places.iloc[:0]
    if places.empty:
        problem = (
            f"no candidate of the kinds {', '.join(wanted.kinds)}: ask for more kinds, a larger "
            "max_new, or give a list of your own"
        )
        raise InputError("propose_sites", [problem])
    return places


def weigh(
    ground: Ground,
    points: DemandPoints,
    places: gpd.GeoDataFrame,
    *,
    footprint: Footprint | None,
    costs: "CostTable | None",
    backhaul: "BackhaulSettings | None",
    fibre_points: gpd.GeoDataFrame | None = None,
    roads: "str | Path | gpd.GeoDataFrame | None" = None,
    progress: bool,
) -> Weighed:
    """Connect, aim and price every candidate; one that cannot be connected stays unused."""
    connected = None
    if backhaul is not None and len(places):
        connected, places = _connected(ground, places, backhaul, fibre_points, roads)
    search = None
    if footprint is None:
        search = sector_search(ground, points)
        places, sets = search.run(places, progress=progress)
    else:
        sets, _ = find_cover_sets(
            places,
            footprint,
            points.weight,
            least_level_dbm=ground.least_level_dbm,
            most_pixels=_most_pixels(ground),
            progress=progress,
        )
    prices = None if costs is None else prices_of(ground, places, costs)
    if prices is not None:
        places = places.join(prices.table)
    return Weighed(places, points.with_copies(sets), points, prices, connected, search)


def sector_search(ground: Ground, points: DemandPoints) -> SectorSearch:
    """What aims the sectors of candidates at the demand."""
    coverage = ground.coverage
    return SectorSearch(
        coverage.scene,
        ground.settings,
        ground.new,
        DemandPixels.of(points.weight),
        ground.least_level_dbm,
        orientations=ground.orientations,
        antennas=coverage.network.antennas,
        store=ground.store,
    )


def siting_problem(
    weighed: Weighed,
    rules: SitingRules,
    wanted: CandidateSettings,
    *,
    names: Mapping[str, str],
    count: int | None,
    budget: float | None,
    least_cost: bool,
) -> SitingProblem:
    """The problem that these candidates, points and rules make.

    Parameters
    ----------
    weighed
        Candidates and points.
    rules, wanted
        What must be kept to, and the settings whose spacing holds.
    names
        Of the communes, by code.
    count, budget
        Sites and money at most.
    least_cost
        Whether the cheapest choice is asked for that reaches the targets.

    Raises
    ------
    InputError
        For required or forbidden sites that are no candidates.
    """
    places = weighed.places
    required, unknown = candidates_named(rules.required, places)
    forbidden, _ = candidates_named(rules.forbidden, places)
    unconnected = np.empty(0, np.int32)
    if "connected" in places:
        unconnected = np.flatnonzero(~places["connected"].to_numpy(bool)).astype(np.int32)
    problems = [
        f"rules: required {places['site_ids'].iloc[row] or row!r} cannot be connected: "
        f"{places['backhaul_reason'].iloc[row]}"
        for row in np.intersect1d(required, unconnected)
    ]
    if unknown or problems:
        problems += [
            f"rules: required {name!r} is no candidate: no mast without the technology, nor a "
            "place of your own list, is called so"
            for name in unknown
        ]
        raise InputError("propose_sites", problems)
    conflicts = np.empty((0, 2), np.int32)
    if rules.keep_spacing and len(places):
        conflicts = spacing_conflicts(places, read_spacing(wanted.spacing))
    cost = None
    if weighed.prices is not None:
        cost = np.nan_to_num(weighed.prices.table["present_value"].to_numpy(np.float64))
    return SitingProblem(
        weighed.sets,
        cost=cost,
        count=count,
        budget=budget,
        required=required,
        forbidden=np.union1d(forbidden, unconnected).astype(np.int32),
        conflicts=conflicts,
        limits=limits_of(rules, places["commune"].tolist(), names),
        targets=weighed.points.targets,
        times_needed=weighed.points.times_needed,
        objective="least_cost" if least_cost else "most_served",
    )


def _connected(
    ground: Ground,
    places: gpd.GeoDataFrame,
    settings: "BackhaulSettings",
    fibre_points: gpd.GeoDataFrame | None,
    roads: "str | Path | gpd.GeoDataFrame | None",
) -> tuple[Backhaul, gpd.GeoDataFrame]:
    scene, network = ground.coverage.scene, ground.coverage.network
    found = find_backhaul(
        scene,
        places,
        existing_sites(scene, network),
        fibre_points=fibre_points,
        roads=roads,
        settings=settings,
    )
    told = gpd.GeoDataFrame(found.candidates, geometry=places.geometry, crs=places.crs)
    if not told["connected"].any():
        problems = told["backhaul_reason"].head(5).tolist()
        raise InputError("propose_sites", ["no candidate can be connected:", *problems])
    return found, told


def _most_pixels(ground: Ground) -> float:
    range_km = ground.settings.range_of(ground.new.technology)
    return math.pi * range_km**2 / ground.coverage.scene.pixel_area_km2
