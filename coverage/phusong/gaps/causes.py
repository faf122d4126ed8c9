"""Why a dead spot is one: the dominant cause, told from the best link to its anchor."""

import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Final

from phusong.gaps.state import ANY
from phusong.links import Link, loss_parts
from phusong.radio.lookup import read_rows
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["CAUSES", "cause_of", "find_causes"]

CAUSES: Final = ("no_station", "too_far", "terrain", "clutter", "antenna")
"""No mast within the useful radius; too far even over open ground; behind terrain; behind or under
trees and houses; off the antenna's beam."""


def find_causes(
    coverage: "Coverage",
    profile: ServiceProfile,
    technology: str,
    operator: str,
    places: Iterable[tuple[float, float]],
) -> list[str]:
    """Dominant cause at each place, one of `CAUSES`.

    Parameters
    ----------
    coverage, profile
        What was judged, and by what.
    technology, operator
        Whose level; for `ANY` the best of all operators'.
    places
        Longitude and latitude in degrees, where a level was computed.
    """
    whose = None if operator == ANY else operator
    threshold_dbm = profile.thresholds(technology)["basic"]
    need_dbm = threshold_dbm + profile.margin_db(coverage.shadowing_sigma_db)
    return [
        cause_of(
            coverage.explain(longitude, latitude, technology=technology, operator=whose), need_dbm
        )
        for longitude, latitude in places
    ]


def cause_of(link: Link, need_dbm: float) -> str:
    """Dominant cause why a link's median level is below what is needed.

    Where the best station is beyond the technology's useful radius there is none; where the level
    over open ground with the antenna's peak would still be too low it is too far; else what costs
    most of terrain, clutter and antenna.
    """
    if link.path.length_km > useful_radius_km(link.settings.technology):
        return "no_station"
    parts = loss_parts(link)
    lost = {"terrain": parts.terrain_db, "clutter": parts.clutter_db, "antenna": parts.antenna_db}
    if link.level_dbm + sum(max(0.0, part_db) for part_db in lost.values()) < need_dbm:
        return "too_far"
    return max(lost, key=lambda name: lost[name])


def useful_radius_km(technology: str) -> float:
    """How far a station serves in the country at most, km; endless where no table says."""
    return _radii().get(technology, math.inf)


@cache
def _radii() -> dict[str, float]:
    rows = read_rows("useful_radius.csv", "phusong.gaps")
    return {row["technology"]: float(row["radius_km"]) for row in rows}
