"""The door of the planning floor: `propose_sites`."""

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.gaps.state import ANY, STATES, is_served
from phusong.planning.candidate_settings import KINDS, USUAL_KINDS, CandidateSettings
from phusong.planning.candidates import find_candidates
from phusong.planning.footprints import Footprint, NewCells, find_cover_sets
from phusong.planning.orientations import Orientations
from phusong.planning.plan import Plan, make_plan
from phusong.planning.problem import SitingProblem
from phusong.planning.sectors import Demand, SectorSearch
from phusong.planning.solving import solve

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.geodata.stations import Network
    from phusong.prediction.coverage import Coverage
    from phusong.prediction.settings import PredictSettings
    from phusong.radio.service import ServiceProfile

__all__ = ["check_new_cells", "levels_only_problems", "propose_sites"]

USUAL_AZIMUTHS_DEG = (0.0, 120.0, 240.0)
_UNSERVED = [STATES["none"], STATES["weak"], STATES["not_computed"]]


def propose_sites(
    coverage: "Coverage",
    gaps: "Gaps",
    *,
    technology: str = "5G",
    operator: str,
    count: int,
    candidate_kinds: Sequence[str] = USUAL_KINDS,
    max_new_candidates: int = 300,
    antenna_height_m: float = 35.0,
    candidates: CandidateSettings | None = None,
    azimuths_deg: Sequence[float] | None = None,
    radio: Mapping[str, float | str] | None = None,
    range_km: float | None = None,
    footprint: Footprint | None = None,
    store: Path | str | None = None,
    progress: bool = True,
) -> Plan:
    """Propose where an operator's next sites of a technology should stand.

    Candidates are the masts of every operator (to lease rather than build), then high ground and
    centres of unserved people. Each is given new cells like the operator's usual ones, and its
    level is predicted as the coverage was. A pixel without basic service now, or without a
    computed level, counts as newly served where a site reaches the basic threshold with the
    profile's probability. Sites are chosen greedily; the plan bounds what any choice could reach.
    A non-standalone 5G (`Gaps.nsa`) can newly serve only where the operator's 4G does.

    Parameters
    ----------
    coverage, gaps
        From `phusong.predict` and `phusong.find_gaps`.
    technology, operator
        What is planned, and for whom; both must be in the gaps.
    count
        Sites wanted, at least 1; fewer are proposed where no further one serves anyone new.
    candidate_kinds
        Of "mast", "high_ground", "population", "village_centre", "facility", "road" and "grid".
    max_new_candidates
        Positions without a mast to weigh at most.
    antenna_height_m
        Antenna height above ground (m) at positions without a mast.
    candidates
        In place of the three before it: kinds, spacing, the user's own list and more.
    azimuths_deg
        One cell for each azimuth, degrees from true north, 0 to below 360. Without, three sectors
        are turned, and tilted, at each candidate as serves most unserved people there; those of a
        ``footprint`` of your own look to 0, 120 and 240.
    radio
        Parameters of the new cells by column of a station table, such as ``power_dbm``, in place
        of the operator's usual ones. Their ``antenna`` is that of most of its cells; "" takes the
        beamwidths.
    range_km
        How far from a new site its level is computed (km); as far as in the coverage by default.
        The time it takes falls with the cube of the range, and people beyond it are not counted.
    footprint
        How a site's levels are computed; the prediction engine by default.
    store
        Folder to keep the candidates' path loss in, as of `phusong.predict`: a run that was
        interrupted goes on.
    progress
        Show a progress bar.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        For unknown names and unusable values, all of them at once; for gaps by a profile that
        asks for more than levels, which new sites are not judged by; where the operator has no
        cell of the technology and ``radio`` does not say what one is; without any candidate.
    MemoryLimitError
        When the footprints might not fit into the memory that is free.
    """
    _check_names(coverage, gaps, technology, operator)
    scene, network = coverage.scene, coverage.network
    wanted = candidates or CandidateSettings(candidate_kinds, max_new_candidates, antenna_height_m)
    _check_values(count, azimuths_deg, wanted.problems(scene))
    settings = _with_range(coverage.settings, technology, range_km)
    usual = USUAL_AZIMUTHS_DEG if azimuths_deg is None else azimuths_deg
    new = NewCells.like_existing(network.cells, operator, technology, usual, radio or {})
    unserved = np.where(_can_gain(gaps, operator, technology), scene.people.to_numpy(), 0.0)
    places = find_candidates(scene, network.cells, unserved, operator, technology, wanted)
    if not unserved.any():
        places = places.iloc[:0]
    elif places.empty:
        raise InputError("propose_sites", [_no_candidates(wanted.kinds)])
    least_dbm = _least_level_dbm(gaps, technology, float(new.radio["frequency_mhz"]))
    if footprint is None:
        demand = Demand.of(unserved)
        search = SectorSearch(
            scene,
            settings,
            new,
            demand,
            least_dbm,
            orientations=_orientations(new, azimuths_deg, radio or {}),
            antennas=network.antennas,
            store=store,
        )
        places, sets = search.run(places, progress=progress)
        pixels = demand.pixels
    else:
        sets, pixels = find_cover_sets(
            places,
            footprint,
            unserved,
            least_level_dbm=least_dbm,
            most_pixels=math.pi * settings.range_of(technology) ** 2 / scene.pixel_area_km2,
            progress=progress,
        )
    choice = solve(SitingProblem(sets, count=count), progress=progress)
    return make_plan(scene, network, places, sets, pixels, choice, new, count)


def _orientations(
    new: NewCells, azimuths_deg: Sequence[float] | None, radio: Mapping[str, float | str]
) -> Orientations:
    """What is tried at each candidate: only what is given of azimuths and tilt, where it is."""
    tilt_deg = float(new.radio["electrical_tilt_deg"])
    if azimuths_deg is not None:
        return Orientations.fixed(azimuths_deg, tilt_deg)
    if "electrical_tilt_deg" in radio:
        return Orientations.searched(tilt_deg, tilts_deg=())
    return Orientations.searched(tilt_deg)


def check_new_cells(
    network: "Network", operator: str, technology: str, radio: Mapping[str, float | str]
) -> None:
    """Refuse what `propose_sites` would refuse of its new cells, before anything is predicted.

    Raises
    ------
    InputError
        Where the operator has no cell of the technology and ``radio`` does not say what one is,
        or ``radio`` has unknown or unusable values.
    """
    NewCells.like_existing(network.cells, operator, technology, (0.0,), radio)


def levels_only_problems(profile: "ServiceProfile") -> list[str]:
    """Why new sites cannot be judged by a profile, as they are by their levels alone."""
    if not profile.asks_for_quality:
        return []
    return [
        f"service profile {profile.name!r} asks for more than levels, by which alone new sites are "
        "judged: find the gaps by a profile of levels, such as vn_default"
    ]


def _with_range(
    settings: "PredictSettings", technology: str, range_km: float | None
) -> "PredictSettings":
    if range_km is None:
        return settings
    ranges = settings.given_ranges_km | {technology: range_km}
    return settings.of(**(settings.model_dump() | {"range_km": ranges}))


def _can_gain(gaps: "Gaps", operator: str, technology: str) -> NDArray[np.bool_]:
    """Pixels without service where a new cell could bring it."""
    state = gaps.state.sel(operator=operator)
    unserved = np.isin(state.sel(technology=technology).to_numpy(), _UNSERVED)
    if technology == "5G" and operator in gaps.nsa:
        unserved &= is_served(state.sel(technology="4G").to_numpy())
    return unserved


def _least_level_dbm(gaps: "Gaps", technology: str, frequency_mhz: float) -> float:
    """Median level outdoors at which basic service has the profile's probability."""
    profile = gaps.profile
    margin_db = profile.margin_db(gaps.coverage.shadowing_sigma_db)
    return (
        profile.thresholds(technology)["basic"] + margin_db + profile.entry_loss_db(frequency_mhz)
    )


def _no_candidates(kinds: Sequence[str]) -> str:
    return (
        f"no candidate of the kinds {', '.join(kinds)}: ask for more kinds of {', '.join(KINDS)}, "
        "or a larger max_new_candidates"
    )


def _check_names(coverage: "Coverage", gaps: "Gaps", technology: str, operator: str) -> None:
    asked = {"operator": operator, "technology": technology}
    known = {axis: [n for n in gaps.state[axis].to_numpy() if n != ANY] for axis in asked}
    problems = [
        f"{axis} {name!r} is unknown; there are: {', '.join(known[axis])}"
        for axis, name in asked.items()
        if name not in known[axis]
    ]
    if gaps.coverage is not coverage:
        problems.append("the gaps are of another coverage: give those found in this one")
    problems += levels_only_problems(gaps.profile)
    if problems:
        raise InputError("propose_sites", problems)


def _check_values(
    count: int, azimuths_deg: Sequence[float] | None, problems: Sequence[str]
) -> None:
    """Refuse what cannot be used, beside the ``problems`` of the candidates' settings."""
    problems = list(problems)
    if not _is_whole(count, least=1):
        problems.append(f"count is {count!r}: ask for at least one site, a whole number")
    if azimuths_deg is not None:
        good = [a for a in azimuths_deg if _is_within(a, 0.0, 360.0)]
        if not good or len(set(good)) < len(azimuths_deg):
            problems.append(
                f"azimuths_deg is {azimuths_deg!r}: give different degrees from 0 to below 360"
            )
    if problems:
        raise InputError("propose_sites", problems)


def _is_whole(value: object, *, least: int) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def _is_within(value: object, least: float, below: float) -> bool:
    return isinstance(value, Real) and least <= float(value) < below
