"""Path loss around masts: computed, or read from the store where it has been computed before."""

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.geodata.scene import Scene
from phusong.kernels.codes import encode_departure, encode_loss
from phusong.kernels.open_area import open_kernel
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.sweep import nearest_km
from phusong.prediction.choosing import Choice
from phusong.prediction.masts import Band, Mast, bands_of, choices_of
from phusong.prediction.models import MODELS, AreaModel
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.window_file import Window
from phusong.prediction.window_key import window_key

__all__ = ["Ground", "WindowMaker", "swept_km"]

AHEAD = 8  # windows read before they are asked for, and those waiting to be written
# Settings that the loss itself does not depend on, or that stand in a key in another way.
NOT_OF_LOSS = {"shadowing_sigma_db", "range_km", "model", "servers"}


class Ground(NamedTuple):
    """A scene as the kernels take it: heights in m, clutter of one pixel where it is the same."""

    terrain: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    pixel_km: float

    @classmethod
    def of(cls, scene: Scene, settings: PredictSettings) -> "Ground":
        """From a scene; a clutter map of its own takes the place of the settings' height."""
        clutter = np.full((1, 1), settings.clutter_m, dtype=np.float32)
        if scene.clutter_m is not None:
            clutter = np.ascontiguousarray(scene.clutter_m.to_numpy(), dtype=np.float32)
        terrain = np.ascontiguousarray(scene.terrain.to_numpy(), dtype=np.float32)
        return cls(terrain, clutter, abs(scene.grid.resolution.x) / 1000.0)


class _Place(NamedTuple):
    """A mast's window on the terrain's rows and columns."""

    rows: slice
    cols: slice


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
        self.computed = 0
        self._of_ground = _digest(self.ground) if store else b""

    def place(self, mast: Mast) -> _Place | None:
        """Where a mast's window lies on the terrain; None where it reaches nothing of the grid."""
        reach = max(range_km for _, range_km in bands_of(mast.cells, self.settings))
        within = self.scene.window
        rows = _overlap(mast.row, reach / self.ground.pixel_km, within[0])
        cols = _overlap(mast.col, reach / self.ground.pixel_km, within[1])
        if rows.stop <= rows.start or cols.stop <= cols.start or not self._in_range(mast, reach):
            return None
        return _Place(rows, cols)

    def windows(self, masts: Iterable[Mast]) -> Iterator[tuple[Mast, Window]]:
        """Each mast that reaches the grid with its window, in order; new ones are kept.

        Raises
        ------
        OSError
            When a window cannot be written into the store.
        """
        if self.store is None:
            yield from ((mast, self.compute(mast)) for mast in masts)
            return
        with ThreadPoolExecutor(2, "phusong-store") as threads:
            writing: deque[Future[None]] = deque()
            for mast, key, found in _read_ahead(threads, self.store, masts, self.key):
                window = found.result()
                if window is None:
                    window = self.compute(mast)
                    writing.append(threads.submit(self.store.write, key, window))
                    if len(writing) > AHEAD:
                        writing.popleft().result()
                yield mast, window
            for written in writing:
                written.result()

    def compute(self, mast: Mast) -> Window:
        """Path loss around a mast that reaches the grid."""
        place = self.place(mast)
        if place is None:
            raise ValueError("no pixel of the grid is within the mast's range")
        self.computed += 1
        choices = choices_of(self.scene, mast, self.settings)
        rows, cols = place
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        loss = np.empty((len(choices), *shape), dtype=np.float32)
        departure = np.full(shape, np.nan, dtype=np.float32)
        for model, of_model in _by_model(choices):
            part = np.full((int(of_model.sum()), *shape), np.nan, dtype=np.float32)
            _fill(model, self, mast, place, np.array(list(choices))[of_model], part, departure)
            loss[of_model] = part
        return self._encoded(place, loss, departure)

    def key(self, mast: Mast) -> str:
        """Name in the store of a mast's window."""
        choices = choices_of(self.scene, mast, self.settings)
        place = self.place(mast)
        assert place is not None  # noqa: S101 - asked only of masts that have a window
        return window_key(
            ground=self._of_ground,
            pixel_km=self.ground.pixel_km,
            window=[place.rows.start, place.rows.stop, place.cols.start, place.cols.stop],
            grid=[part.start for part in self.scene.window],
            mast=[mast.row, mast.col, mast.height_m, float(mast.cells["latitude"].iloc[0])],
            bands=[(*band, choice.model) for band, choice in choices.items()],
            settings=self.settings.model_dump(exclude=NOT_OF_LOSS),
        )

    def _in_range(self, mast: Mast, reach_km: float) -> bool:
        """Whether a range reaches the rectangle of the scene's grid."""
        rows, cols = self.scene.window
        north_south = max(rows.start - mast.row, mast.row - (rows.stop - 1), 0.0)
        east_west = max(cols.start - mast.col, mast.col - (cols.stop - 1), 0.0)
        return bool(self.ground.pixel_km * np.hypot(north_south, east_west) <= reach_km)

    def _encoded(
        self, place: _Place, loss_db: NDArray[np.float32], departure_deg: NDArray[np.float32]
    ) -> Window:
        loss = np.empty(loss_db.shape, np.uint16)
        departure = np.empty(departure_deg.shape, np.int16)
        encode_loss(loss_db, loss)
        encode_departure(departure_deg, departure)
        grid_rows, grid_cols = self.scene.window
        return Window(
            slice(place.rows.start - grid_rows.start, place.rows.stop - grid_rows.start),
            slice(place.cols.start - grid_cols.start, place.cols.stop - grid_cols.start),
            loss,
            departure,
        )


def swept_km(scene: Scene, masts: Iterable[Mast], settings: PredictSettings) -> NDArray[np.float64]:
    """Range in km of the sweep that computes each cell, in the table's order; 0 by pixel.

    It is the longest of the cell's mast and model: it says how many radials were walked.
    """
    found: dict[int, float] = {}
    for mast in masts:
        choices = choices_of(scene, mast, settings)
        for number, mhz, name in mast.cells[["frequency_mhz", "technology"]].itertuples(name=None):
            model = choices[mhz, settings.range_of(name)].model
            longest = max(km for (_, km), choice in choices.items() if choice.model == model)
            found[number] = longest if MODELS[model].is_swept(settings) else 0.0
    return np.array([found[i] for i in sorted(found)])


def _read_ahead(
    threads: ThreadPoolExecutor, store: PathLossStore, masts: Iterable[Mast], key_of: Any
) -> Iterator[tuple[Mast, str, "Future[Window | None]"]]:
    """Each mast with its key and its window being read, some masts ahead of the one given."""
    waiting: deque[tuple[Mast, str, Future[Window | None]]] = deque()
    for mast in masts:
        key = key_of(mast)
        waiting.append((mast, key, threads.submit(store.read, key)))
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


def _digest(ground: Ground) -> bytes:
    """Hash of the ground; terrain beyond a window's reach counts too."""
    digest = hashlib.sha256()
    for raster in (ground.terrain, ground.clutter_m):
        digest.update(repr(raster.shape).encode())
        digest.update(np.ascontiguousarray(raster).data.cast("B"))
    return digest.digest()


def _by_model(choices: Mapping[Band, Choice]) -> list[tuple[AreaModel, NDArray[np.bool_]]]:
    """Which of a mast's bands each model computes, one pass a model."""
    names = np.array([choice.model for choice in choices.values()])
    return [(MODELS[name], names == name) for name in dict.fromkeys(names.tolist())]


def _overlap(centre: float, reach: float, within: slice) -> slice:
    start = max(within.start, int(np.ceil(centre - reach)))
    return slice(start, min(within.stop, int(np.floor(centre + reach)) + 1))


def _fill(
    model: AreaModel,
    maker: WindowMaker,
    mast: Mast,
    place: _Place,
    bands: NDArray[np.float64],
    loss_db: NDArray[np.float32],
    departure_deg: NDArray[np.float32],
) -> None:
    """Fill loss (bands, rows, columns) and departure (rows, columns) by one model.

    ``bands`` (bands, 2) has MHz and range in km; ``loss_db`` comes as NaN.
    """
    settings, ground = maker.settings, maker.ground
    ghz, range_km = bands[:, 0] / 1000.0, np.ascontiguousarray(bands[:, 1])
    rows = model.rows(settings, ghz, float(mast.cells["latitude"].iloc[0]))
    first = (place.rows.start, place.cols.start)
    ae = float(effective_earth_radius_km(settings.delta_n))
    if model.line is not None:
        open_kernel(model.line)(
            ground.terrain,
            mast.row,
            mast.col,
            mast.height_m,
            settings.receiver_height_m,
            ground.pixel_km,
            *first,
            ae,
            ghz,
            range_km,
            rows,
            loss_db,
            departure_deg,
        )
        return
    step_km = settings.profile_step_m / 1000.0
    common = (
        ground.terrain,
        ground.clutter_m,
        mast.row,
        mast.col,
        mast.height_m,
        settings.receiver_height_m,
        ground.pixel_km,
        step_km,
    )
    if not model.is_swept(settings):
        model.fill_window(*common, *first, ghz, range_km, rows, loss_db, departure_deg)
        return
    model.sweep_window(*common, *first, ae, ghz, range_km, rows, loss_db, departure_deg)
    near_km = float(nearest_km(step_km))
    around = near_km / ground.pixel_km
    near = _Place(_overlap(mast.row, around, place.rows), _overlap(mast.col, around, place.cols))
    if near.rows.stop <= near.rows.start or near.cols.stop <= near.cols.start:
        return
    part = (
        slice(near.rows.start - first[0], near.rows.stop - first[0]),
        slice(near.cols.start - first[1], near.cols.stop - first[1]),
    )
    near_loss = np.empty_like(loss_db[:, *part])
    near_departure = np.empty_like(departure_deg[part])
    model.fill_window(
        *common,
        near.rows.start,
        near.cols.start,
        ghz,
        np.minimum(range_km, near_km),
        rows,
        near_loss,
        near_departure,
    )
    _fill_gaps(loss_db[:, *part], near_loss)
    _fill_gaps(departure_deg[part], near_departure)


def _fill_gaps(values: NDArray[np.float32], others: NDArray[np.float32]) -> None:
    """Put others where there is no value yet, in place."""
    np.copyto(values, others, where=np.isnan(values))
