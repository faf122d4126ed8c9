"""phusong's own engine at the job of `peer_job`: one circle around one mast, timed.

A way of doing it is a model, a sampling, a raster, bands, a time percentage and threads. What it
took counts sampling the terrain, computing and placing every pixel; 10 m of clutter stand on every
path. A point on two bands counts twice.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray
from peer_job import (
    FREQUENCY_MHZ,
    MIDDLE_LATITUDE,
    SECOND_KM,
    TILE,
    TRANSMITTER_M,
    Job,
    Timing,
    timed_call,
)

from phusong.kernels.zones import COAST, INLAND, SEA
from phusong.prediction.filling import Ground, Place, Task, fill_loss
from phusong.prediction.masts import Mast
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings

__all__ = ["BANDS_MHZ", "SWEPT", "Way", "by_pixel", "filler", "ground_of", "on_threads", "timed"]

BANDS_MHZ = (FREQUENCY_MHZ, 1800.0, 2600.0)
SWEPT = "phusong, swept"
SEA_SHARE, COAST_M = 0.3, 100.0


@dataclass(frozen=True)
class Way:
    """How the job is done.

    ``pixel_seconds`` and ``step_seconds`` are arc-seconds of latitude: a pixel of the terrain, and
    the step between a profile's points. ``coast`` puts the lowest part of the terrain under a level
    sea, with coastal land around it. Of the circle's rows every ``every_row``-th is done.
    """

    model: str = "p1812"
    sampling: str = "radial"
    pixel_seconds: int = 1
    step_seconds: int = 1
    bands: int = 1
    time_percent: float = 50.0
    coast: bool = False
    threads: int = 1
    every_row: int = 1

    @property
    def settings(self) -> PredictSettings:
        step_m = 1000.0 * SECOND_KM * self.step_seconds
        return PredictSettings(
            model=self.model,
            sampling=self.sampling,
            time_percent=self.time_percent,
            profile_step_m=step_m,
        )

    @property
    def tool(self) -> str:
        model = MODELS[self.model]
        if model.line is not None:
            return "phusong"
        return SWEPT if model.is_swept(self.settings) else "phusong, pixel by pixel"


def by_pixel(way: Way, every_row: int) -> Way:
    """The same by the exact profile of each pixel, on some of the rows."""
    return replace(way, sampling="pixel", every_row=every_row)


@contextmanager
def on_threads(number: int) -> Iterator[None]:
    """So many threads for phusong's kernels."""
    usual = numba.get_num_threads()
    numba.set_num_threads(number)
    try:
        yield
    finally:
        numba.set_num_threads(usual)


def timed(job: Job, way: Way) -> tuple[Timing, NDArray[np.float32]]:
    """What the way took, and its losses (bands, rows, columns), NaN beyond the circle."""
    fill, loss = filler(job, way)
    with on_threads(way.threads):
        fill(1)  # compiles
        wall_s, cpu_s = timed_call(fill, job.rounds)
    points = int(np.isfinite(loss).sum())
    title = MODELS[way.model].title
    timing = Timing(way.tool, title, "compute only", wall_s, cpu_s, points)
    return timing, np.concatenate(loss, axis=1)


def filler(job: Job, way: Way) -> tuple[Callable[..., None], NDArray[np.float32]]:
    """What does the job, or so many first parts of it, and the losses that it fills.

    The losses are (parts, bands, rows, columns): the whole circle, or a row a part.
    """
    tasks = list(_tasks(job, way))
    cols = tasks[0].place.cols
    rows = tasks[0].place.rows.stop - tasks[0].place.rows.start
    loss = np.empty((len(tasks), way.bands, rows, cols.stop - cols.start), np.float32)
    departure = np.empty(loss.shape[2:], np.float32)

    def fill(parts: int | None = None) -> None:
        for task, part in list(zip(tasks, loss, strict=True))[:parts]:
            part.fill(np.nan)
            departure.fill(np.nan)
            fill_loss(task, part, departure)

    return fill, loss


def _tasks(job: Job, way: Way) -> Iterator[Task]:
    """One for the whole circle, or one for each of its rows that are done."""
    pixel_km = SECOND_KM * way.pixel_seconds
    terrain, zones = ground_of(job, way)
    clutter = np.full((1, 1), way.settings.clutter_m, np.float32)
    middle, reach = TILE // way.pixel_seconds // 2, int(job.radius_km / pixel_km)
    cell = {"latitude": MIDDLE_LATITUDE}
    mast = Mast(float(middle), float(middle), reach, reach, TRANSMITTER_M, 0.0, (cell,))
    bands = np.array([[mhz, job.radius_km] for mhz in BANDS_MHZ[: way.bands]])
    ground = Ground(terrain, clutter, zones, pixel_km)
    circle = slice(middle - reach, middle + reach + 1)
    some = range(circle.start + way.every_row // 2, circle.stop, way.every_row)
    for rows in [circle] if way.every_row == 1 else [slice(row, row + 1) for row in some]:
        place = Place(rows, circle)
        yield Task.of(MODELS[way.model], way.settings, ground, mast, place, bands)


def ground_of(job: Job, way: Way) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Terrain, and its zones: one pixel where all is inland."""
    terrain = job.terrain_m[:: way.pixel_seconds, :: way.pixel_seconds].astype(np.float32)
    if not way.coast:
        return terrain, np.full((1, 1), INLAND, np.uint8)
    sea_m = np.quantile(terrain, SEA_SHARE).astype(np.float32)
    terrain = np.maximum(terrain, sea_m)
    low = np.where(terrain <= sea_m + COAST_M, COAST, INLAND)
    return terrain, np.where(terrain == sea_m, SEA, low).astype(np.uint8)
