"""Why a dead spot is one: the dominant cause, told from what fails most at its anchor."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from phusong.gaps.yardstick import ANCHOR, ANY, Yardstick
from phusong.links import Link, loss_parts
from phusong.radio.lookup import read_rows

__all__ = ["CAUSES", "cause_of", "find_causes"]

CAUSES: Final = (
    "no_station",
    "too_far",
    "terrain",
    "clutter",
    "antenna",
    "walls",
    "uplink",
    "interference",
    "bandwidth",
    "anchor",
)
"""No mast of the technology within its useful radius; too far even over open ground; behind
terrain; behind or under trees and houses; off the antenna's beam; served outside only; the handset
is not heard; other cells drown the server; the carrier is too narrow for the rate at any level; no
4G for non-standalone 5G.
"""

UPLINK, DOWNLINK = "throughput_up_mbps", "throughput_down_mbps"
_LEVEL: Final = "level"  # no cause yet: the link tells it

Floats = NDArray[np.floating[Any]]


class Failure(NamedTuple):
    """What fails most at a place: whose service, one of `CAUSES` or ``_LEVEL``, and by how much."""

    operator: str
    kind: str
    missing_db: float


def find_causes(
    by: Yardstick, technology: str, operator: str, places: Iterable[tuple[float, float]]
) -> list[str]:
    """Dominant cause at each place, one of `CAUSES`.

    Parameters
    ----------
    by
        What was judged, and by what.
    technology, operator
        Whose service; for `ANY` that of the operator who lacks least at each place.
    places
        Longitude and latitude in degrees, where a level was computed.
    """
    points = list(places)
    if not points:
        return []
    causes = []
    near = _mast_is_near(by, technology, operator, points)
    failures = _failures(by, technology, operator, _pixels(by, points))
    for (longitude, latitude), has_mast, of in zip(points, near, failures, strict=True):
        if not has_mast:
            causes.append("no_station")
        elif of.kind == _LEVEL:
            at = {"technology": technology, "operator": of.operator}
            link = by.coverage.explain(longitude, latitude, **at)
            causes.append(cause_of(link, link.level_dbm + of.missing_db))
        else:
            causes.append(of.kind)
    return causes


def cause_of(link: Link, need_dbm: float) -> str:
    """Dominant cause why a link's median level is below what is needed.

    Where the level over open ground with the antenna's peak would still be too low it is too far;
    else what costs most of terrain, clutter and antenna.
    """
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


def _mast_is_near(
    by: Yardstick, technology: str, operator: str, places: list[tuple[float, float]]
) -> NDArray[np.bool_]:
    """Whether a mast with the technology stands within its useful radius of each place.

    Not the best server's: behind a ridge a far mast may be stronger than a near one.
    """
    cells, crs = by.coverage.network.cells, str(by.coverage.scene.grid.crs)
    mine = cells["technology"].eq(technology) & (operator == ANY or cells["operator"].eq(operator))
    masts = cells.loc[mine, ["longitude", "latitude"]].drop_duplicates().to_numpy()
    if not len(masts):
        return np.zeros(len(places), dtype=bool)
    there, asked = (
        shapely.get_coordinates(gpd.GeoSeries.from_xy(*np.asarray(of).T, crs=4326).to_crs(crs))
        for of in (masts, places)
    )
    distance_m, _ = KDTree(there).query(asked)
    return np.asarray(distance_m <= 1000.0 * useful_radius_km(technology))


def _pixels(by: Yardstick, places: list[tuple[float, float]]) -> tuple[NDArray[np.intp], ...]:
    """Row and column of each place."""
    grid = by.coverage.scene.grid
    points = gpd.GeoSeries.from_xy(*zip(*places, strict=True), crs=4326).to_crs(str(grid.crs))
    column, row = ~grid.affine * (points.x.to_numpy(), points.y.to_numpy())
    return np.floor(row).astype(np.intp), np.floor(column).astype(np.intp)


def _failures(
    by: Yardstick, technology: str, operator: str, pixels: tuple[NDArray[np.intp], ...]
) -> Iterator[Failure]:
    """What fails most at each pixel."""
    names = by.operators if operator == ANY else [operator]
    services = [_Service.of(by, name, technology, pixels) for name in names]
    least = np.array([np.min(list(of.excess_db.values()), axis=0) for of in services])
    # An operator without a computed level comes after one whose level nothing would mend.
    lacks_least = np.nan_to_num(least, nan=-np.inf, neginf=np.finfo(np.float64).min).argmax(axis=0)
    for place, best in enumerate(lacks_least.tolist()):
        yield services[best].failure(place)


@dataclass(frozen=True)
class _Service:
    """An operator's technology at some places: what each metric has beyond basic service, in dB."""

    operator: str
    excess_db: dict[str, Floats]
    alone_db: dict[str, Floats]  # of the downlink's quality, were no other cell sending
    walls_db: Floats

    @classmethod
    def of(
        cls, by: Yardstick, operator: str, technology: str, pixels: tuple[NDArray[np.intp], ...]
    ) -> "_Service":
        found = by.metrics_db(operator, technology, "basic")
        disturbed = [name for name in found if name not in (ANCHOR, "level_dbm", UPLINK)]
        return cls(
            operator,
            {name: plane[pixels] for name, plane in found.items()},
            {name: by.alone_db(name, operator, technology)[pixels] for name in disturbed},
            by.entry_loss_db(operator, technology)[pixels],
        )

    def failure(self, place: int) -> Failure:
        """The worst of the metrics at a place, and what it comes from."""
        lacking = {name: -float(values[place]) for name, values in self.excess_db.items()}
        worst = max(lacking, key=lambda name: lacking[name])
        return Failure(self.operator, self._kind(worst, lacking[worst], place), lacking[worst])

    def _kind(self, metric: str, missing_db: float, place: int) -> str:
        if metric == ANCHOR:
            return "anchor"
        if metric == UPLINK:
            return "uplink" if math.isfinite(missing_db) else "bandwidth"
        if metric in self.alone_db:
            alone_db = self.alone_db[metric][place]
            if metric == DOWNLINK and alone_db == -math.inf:
                return "bandwidth"
            if alone_db >= 0.0 or missing_db == math.inf:
                return "interference"
        walls_db = self.walls_db[place]
        return "walls" if walls_db > 0.0 and missing_db <= walls_db else _LEVEL
