"""Sectors of new sites: one window of path loss a candidate, and every orientation tried on it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm.auto import tqdm

from phusong.geodata.memory import require_memory
from phusong.kernels.orientations import served_points
from phusong.planning.cover_sets import CoverSets
from phusong.planning.orientations import Aim, Orientations, Sight
from phusong.prediction.layers import sector_of
from phusong.prediction.masts import Mast, check_cells, locate_masts
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker
from phusong.prediction.workload import window_bytes

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.planning.footprints import NewCells
    from phusong.prediction.settings import PredictSettings
    from phusong.prediction.window_file import Window
    from phusong.radio.antennas.pattern import Pattern

__all__ = ["DemandPixels", "SectorSearch", "refine_sectors"]

Ints = npt.NDArray[np.int32]
Places = TypeVar("Places", bound=pd.DataFrame)

_BYTES_PER_MEMBER = 4
# Of each pixel in a window while it is looked at, a point and a mask for every tilt.
_BYTES_PER_POINT, _BYTES_PER_MASK = 12, 8


@dataclass(frozen=True, eq=False)
class DemandPixels:
    """Pixels where someone is to be served.

    Attributes
    ----------
    pixels : int32 (points,)
        Flat pixel of each demand point, rising.
    people : float64 (points,)
        Weight of each.
    number : int32 (y, x)
        Demand point of each pixel; -1 where there is none.
    """

    pixels: Ints
    people: npt.NDArray[np.float64]
    number: Ints

    @classmethod
    def of(cls, unserved: npt.NDArray[np.float64]) -> "DemandPixels":
        """From people (y, x): the pixels with any."""
        people = unserved.ravel()
        pixels = np.flatnonzero(people > 0).astype(np.int32)
        number = np.full(people.size, -1, dtype=np.int32)
        number[pixels] = np.arange(len(pixels), dtype=np.int32)
        return cls(pixels, people[pixels], number.reshape(unserved.shape))


class SectorSearch:
    """What new cells serve at any candidate, with the sectors turned as suits its demand.

    Parameters
    ----------
    scene, settings, antennas
        As of the prediction that is extended.
    new
        The cells of a new site.
    demand, least_level_dbm
        Points to serve, and the median level from which one counts as served.
    orientations
        What is tried at each candidate.
    store
        Folder of path loss, as of `phusong.predict`: what it holds is not computed again, so that
        a search which was interrupted goes on.
    """

    def __init__(
        self,
        scene: "Scene",
        settings: "PredictSettings",
        new: "NewCells",
        demand: DemandPixels,
        least_level_dbm: float,
        *,
        orientations: Orientations,
        antennas: "Mapping[str, Pattern] | None" = None,
        store: str | Path | None = None,
    ) -> None:
        self.scene, self.settings, self.new = scene, settings, new
        self.demand, self.least_level_dbm = demand, least_level_dbm
        self.orientations, self.antennas = orientations, antennas
        kept = PathLossStore(store) if store is not None else None
        self.maker = WindowMaker(scene, settings, kept)

    def run(self, candidates: Places, *, progress: bool = True) -> tuple[Places, CoverSets]:
        """Aim each candidate's sectors, and say whom they serve.

        Returns
        -------
        candidates
            With ``azimuths_deg`` (a tuple) and ``electrical_tilt_deg``: the team and tilt that
            alone serve most, of equals the usual.
        sets
            The demand points that each serves so.

        Raises
        ------
        InputError
            When the model cannot compute a candidate's cells.
        MemoryLimitError
            When the sets might not fit into the memory that is free, before any is computed.
        OSError
            When the store cannot be written into.
        """
        masts, numbers = self._masts(candidates)
        most = self._most_points(masts)[numbers]
        self._check_memory(masts, most)
        aims: list[Aim] = []
        start = np.zeros(len(candidates) + 1, dtype=np.int64)
        # What is never written to takes no memory: the room for the most is not all used.
        member = np.empty(int(most.sum()), dtype=np.int32)
        for i, (aim, points) in enumerate(self._in_order(masts, numbers, progress)):
            aims.append(aim)
            start[i + 1] = start[i] + len(points)
            member[start[i] : start[i + 1]] = points
        sets = CoverSets(start, member[: start[-1]], self.demand.people)
        return self._with_aims(candidates, aims), sets

    def sights(self, candidates: pd.DataFrame) -> list[Sight]:
        """All that each candidate could serve; of many candidates that is much memory."""
        masts, numbers = self._masts(candidates)
        seen = [sight for _, sight in self.maker.each(masts, self._sight)]
        return [seen[number] for number in numbers]

    def _in_order(
        self, masts: list[Mast], numbers: npt.NDArray[np.intp], progress: bool
    ) -> Iterator[tuple[Aim, Ints]]:
        """Aim and points of each candidate; candidates at one place and height share a mast."""
        bar = tqdm(
            self.maker.each(masts, self._aimed),
            "candidates (the first compiles)",
            len(masts),
            disable=not progress,
            unit="candidate",
        )
        if len(masts) == len(numbers):
            yield from (aimed for _, aimed in bar)
        else:
            made = [aimed for _, aimed in bar]
            yield from (made[number] for number in numbers)

    def _aimed(self, mast: Mast, window: "Window") -> tuple[Aim, Ints]:
        sight = self._sight(mast, window)
        aim = self.orientations.best_team(sight, self.demand.people[sight.points])
        return aim, sight.served_by(aim)

    def _sight(self, mast: Mast, window: "Window") -> Sight:
        cell = mast.cells[0]
        turned = [
            sector_of(mast, cell | {"azimuth_deg": azimuth}).azimuth_deg
            for azimuth in self.orientations.azimuths_deg
        ]
        sector = sector_of(mast, cell)
        return Sight(
            *served_points(
                window.loss[0],
                window.departure,
                self.demand.number[window.part],
                mast.grid_row - window.rows.start,
                mast.grid_col - window.cols.start,
                sector.eirp_dbm,
                np.array(turned),
                sector.mechanical_tilt_deg,
                np.array(self.orientations.electrical_tilts_deg),
                sector.horizontal_beamwidth_deg,
                sector.vertical_beamwidth_deg,
                sector.table_db,
                self.least_level_dbm,
            )
        )

    def _masts(self, candidates: pd.DataFrame) -> tuple[list[Mast], npt.NDArray[np.intp]]:
        """Masts of one cell each, and the number of the mast of every candidate."""
        if candidates.empty:
            return [], np.empty(0, dtype=np.intp)
        names = [f"NEW-{number:02d}" for number in range(1, len(candidates) + 1)]
        plain = candidates.drop(columns=["azimuths_deg", "electrical_tilt_deg"], errors="ignore")
        places = plain.reset_index(drop=True).assign(site_id=names)
        cells = replace(self.new, azimuths_deg=(0.0,)).at(places)
        check_cells(cells, self.settings)
        masts = list(locate_masts(cells, self.scene, self.antennas))
        numbers = np.empty(len(candidates), dtype=np.intp)
        for number, mast in enumerate(masts):
            numbers[[cell["number"] for cell in mast.cells]] = number
        return [replace(mast, cells=mast.cells[:1]) for mast in masts], numbers

    def _most_points(self, masts: list[Mast]) -> npt.NDArray[np.int64]:
        """Demand points in each mast's window: no orientation serves more."""
        sums = np.zeros(np.add(self.demand.number.shape, 1), dtype=np.int64)
        sums[1:, 1:] = (self.demand.number >= 0).cumsum(axis=0).cumsum(axis=1)
        parts = [self.maker.part(mast) for mast in masts]
        most = np.empty(len(masts), dtype=np.int64)
        for i, (rows, cols) in enumerate(parts):
            corners = sums[np.ix_([rows.start, rows.stop], [cols.start, cols.stop])]
            most[i] = corners[1, 1] - corners[0, 1] - corners[1, 0] + corners[0, 0]
        range_px = self.settings.range_of(self.new.technology) / self.maker.ground.pixel_km
        return np.minimum(most, math.ceil(math.pi * (range_px + 1.0) ** 2))

    def _check_memory(self, masts: list[Mast], most: npt.NDArray[np.int64]) -> None:
        tilts = len(self.orientations.electrical_tilts_deg)
        looked_at = int(most.max(initial=0)) * (_BYTES_PER_POINT + _BYTES_PER_MASK * tilts)
        windows = window_bytes(self.maker, masts, stored=self.maker.store is not None)
        require_memory(
            int(most.sum()) * _BYTES_PER_MEMBER + windows + looked_at,
            f"the footprints of {len(most):,} candidates",
            "take fewer candidates, a shorter range_km or a coarser resolution_m",
        )

    def _with_aims(self, candidates: Places, aims: list[Aim]) -> Places:
        azimuths = pd.Series(
            [self.orientations.azimuths_of(aim) for aim in aims], candidates.index, dtype=object
        )
        tilts = [self.orientations.tilt_of(aim) for aim in aims]
        return candidates.assign(azimuths_deg=azimuths, electrical_tilt_deg=tilts)


def refine_sectors(
    search: SectorSearch, sites: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, CoverSets]:
    """Turn the sectors of chosen sites again, each for the people whom no other one serves.

    Site after site, in order, takes the azimuths and tilt that serve most of what the others leave;
    this goes round until no site gains. So all sites together never serve fewer than before, and
    the same sites come out the same whatever the number of threads.

    Parameters
    ----------
    search
        The one that aimed the sites.
    sites
        Rows of its candidates: those chosen.

    Returns
    -------
    sites, sets
        The sites with their new ``azimuths_deg`` and ``electrical_tilt_deg``, and the demand
        points that each serves now.
    """
    orientations, people = search.orientations, search.demand.people
    sights = search.sights(sites)
    aims = [
        orientations.aim_at(azimuths, tilt)
        for azimuths, tilt in zip(sites["azimuths_deg"], sites["electrical_tilt_deg"], strict=True)
    ]
    serving = np.zeros(len(people), dtype=np.int32)  # how many sites serve each point
    for sight, aim in zip(sights, aims, strict=True):
        serving[sight.served_by(aim)] += 1
    turned = True
    while turned:
        turned = False
        for i, sight in enumerate(sights):
            serving[sight.served_by(aims[i])] -= 1
            left = np.where(serving[sight.points] == 0, people[sight.points], 0.0)
            better = orientations.improved(sight, left, aims[i])
            turned |= better != aims[i]
            aims[i] = better
            serving[sight.served_by(better)] += 1
    sets = [sight.served_by(aim) for sight, aim in zip(sights, aims, strict=True)]
    return search._with_aims(sites, aims), CoverSets.of(sets, people)
