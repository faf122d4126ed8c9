"""Path loss around masts: computed, or read from the store where it has been computed before."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from phusong._jit import stay_here, thread_count
from phusong.geodata.scene import Scene
from phusong.kernels.codes import encode_departure, encode_loss
from phusong.prediction.choosing import Choice
from phusong.prediction.filling import Ground, Place, Task, fill_loss, overlap
from phusong.prediction.masts import Band, Mast, bands_of, choices_of
from phusong.prediction.models import MODELS, AreaModel
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.window_file import Part, Window
from phusong.prediction.window_key import window_key

__all__ = ["WindowMaker", "ground_digest", "made_at_once"]

Made = TypeVar("Made")

AHEAD = 4  # windows made before they are asked for, for each thread
# Settings that the loss itself does not depend on, or that stand in a key in another way.
NOT_OF_LOSS = {"shadowing_sigma_db", "range_km", "model", "servers"}


class WindowMaker:
    """Makes the windows of masts of one prediction.

    Parameters
    ----------
    scene, settings
        Of the prediction.
    store
        Where windows are kept, or None.
    """

    def __init__(
        self, scene: Scene, settings: PredictSettings, store: PathLossStore | None = None
    ) -> None:
        self.scene = scene
        self.settings = settings
        self.store = store
        self.ground = Ground.of(scene, settings)
        self._window = scene.window

    @cached_property
    def ground_digest(self) -> bytes:
        """Hash of the ground, taken once."""
        return ground_digest(self.ground)

    def place(self, mast: Mast) -> Place | None:
        """Where a mast's window lies on the terrain; None where it reaches nothing of the grid."""
        reach = max(range_km for _, range_km in bands_of(mast, self.settings))
        within = self._window
        rows = overlap(mast.row, reach / self.ground.pixel_km, within[0])
        cols = overlap(mast.col, reach / self.ground.pixel_km, within[1])
        if rows.stop <= rows.start or cols.stop <= cols.start or not self._in_range(mast, reach):
            return None
        return Place(rows, cols)

    def part(self, mast: Mast) -> Part:
        """Where the window of a mast that reaches the grid lies on it."""
        place = self.place(mast)
        if place is None:
            raise ValueError("no pixel of the grid is within the mast's range")
        return self._on_grid(place)

    def windows(self, masts: Iterable[Mast]) -> Iterator[tuple[Mast, Window]]:
        """Each mast that reaches the grid with its window, in order; new ones are kept.

        Raises
        ------
        OSError
            When a window cannot be written into the store.
        """
        return self.each(masts, lambda _, window: window)

    def each(
        self, masts: Iterable[Mast], made_of: Callable[[Mast, Window], Made]
    ) -> Iterator[tuple[Mast, Made]]:
        """Each mast with what is made of its window, on the thread that makes the window.

        In order, and as `windows` otherwise: of many masts the windows themselves are never all
        held at once.
        """
        masts = list(masts)
        makers, ahead = made_at_once()
        if ahead == 0:
            yield from ((mast, made_of(mast, self._made(mast))) for mast in masts)
            return
        waiting: deque[tuple[Mast, Future[Made]]] = deque()
        # One thread a window loses no time with handing out; of few masts each needs all threads.
        alone = stay_here if len(masts) >= makers else None
        with ThreadPoolExecutor(makers, "phusong-windows", alone) as pool:
            try:
                for mast in masts:
                    waiting.append((mast, pool.submit(lambda m: made_of(m, self._made(m)), mast)))
                    if len(waiting) > ahead:
                        yield _first(waiting)
                while waiting:
                    yield _first(waiting)
            finally:
                for _, made in waiting:
                    made.cancel()

    def _made(self, mast: Mast) -> Window:
        """A mast's window: read, or else computed and kept."""
        if self.store is None:
            return self.compute(mast)
        key = self.key(mast)
        window = self.store.read(key)
        if window is None:
            window = self.compute(mast)
            self.store.write(key, window)
        return window

    def compute(self, mast: Mast) -> Window:
        """Path loss around a mast that reaches the grid."""
        place = self.place(mast)
        if place is None:
            raise ValueError("no pixel of the grid is within the mast's range")
        choices = choices_of(self.scene, mast, self.settings)
        rows, cols = place
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        loss = np.empty((len(choices), *shape), dtype=np.float32)
        departure = np.full(shape, np.nan, dtype=np.float32)
        for model, of_model in _by_model(choices):
            part = np.full((int(of_model.sum()), *shape), np.nan, dtype=np.float32)
            bands = np.array(list(choices))[of_model]
            task = Task.of(model, self.settings, self.ground, mast, place, bands)
            own = np.full(shape, np.nan, dtype=np.float32)
            fill_loss(task, part, own)
            loss[of_model] = part
            # A model of a shorter range must not leave the others without an elevation.
            np.copyto(departure, own, where=np.isnan(departure))
        return self._encoded(place, loss, departure)

    def key(self, mast: Mast) -> str:
        """Name in the store of a mast's window."""
        choices = choices_of(self.scene, mast, self.settings)
        place = self.place(mast)
        assert place is not None  # noqa: S101 - asked only of masts that have a window
        return window_key(
            ground=self.ground_digest,
            pixel_km=self.ground.pixel_km,
            window=[place.rows.start, place.rows.stop, place.cols.start, place.cols.stop],
            grid=[part.start for part in self._window],
            mast=[mast.row, mast.col, mast.height_m, float(mast.cells[0]["latitude"])],
            bands=[(*band, choice.model) for band, choice in choices.items()],
            settings=self.settings.model_dump(exclude=NOT_OF_LOSS),
        )

    def _in_range(self, mast: Mast, reach_km: float) -> bool:
        """Whether a range reaches the rectangle of the scene's grid."""
        rows, cols = self._window
        north_south = max(rows.start - mast.row, mast.row - (rows.stop - 1), 0.0)
        east_west = max(cols.start - mast.col, mast.col - (cols.stop - 1), 0.0)
        return bool(self.ground.pixel_km * np.hypot(north_south, east_west) <= reach_km)

    def _encoded(
        self, place: Place, loss_db: NDArray[np.float32], departure_deg: NDArray[np.float32]
    ) -> Window:
        loss = np.empty(loss_db.shape, np.uint16)
        departure = np.empty(departure_deg.shape, np.int16)
        encode_loss(loss_db, loss)
        encode_departure(departure_deg, departure)
        return Window(*self._on_grid(place), loss, departure)

    def _on_grid(self, place: Place) -> Part:
        top, left = (part.start for part in self._window)
        rows, cols = place
        return (
            slice(rows.start - top, rows.stop - top),
            slice(cols.start - left, cols.stop - left),
        )


def made_at_once() -> tuple[int, int]:
    """How many windows are made at once, and how many ahead of the one that is asked for.

    One more than there are threads: some wait for the disk or the interpreter.
    """
    threads = thread_count()
    return (threads + 1, AHEAD * threads) if threads > 1 else (1, 0)


def _first(waiting: deque[tuple[Mast, Future[Made]]]) -> tuple[Mast, Made]:
    mast, made = waiting.popleft()
    return mast, made.result()


def ground_digest(ground: Ground) -> bytes:
    """Hash of the ground; terrain beyond a window's reach counts too."""
    digest = hashlib.sha256()
    for raster in (ground.terrain, ground.clutter_m, ground.zones):
        digest.update(repr(raster.shape).encode())
        digest.update(np.ascontiguousarray(raster).data.cast("B"))
    return digest.digest()


def _by_model(choices: Mapping[Band, Choice]) -> list[tuple[AreaModel, NDArray[np.bool_]]]:
    """Which of a mast's bands each model computes, one pass a model."""
    names = np.array([choice.model for choice in choices.values()])
    return [(MODELS[name], names == name) for name in dict.fromkeys(names.tolist())]
