"""Filling one mast's window by one model: swept, by pixel, or without terrain."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong._jit import in_shares
from phusong.geodata.scene import Scene
from phusong.kernels.open_area import open_kernel
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.sweep import nearest_km
from phusong.kernels.zones import INLAND
from phusong.prediction.masts import Mast
from phusong.prediction.models import AreaModel
from phusong.prediction.settings import PredictSettings

__all__ = ["Ground", "Place", "Task", "fill_loss", "overlap"]


class Ground(NamedTuple):
    """A scene as the kernels take it: heights in m, and radio-climatic zones.

    Clutter and zones are one pixel where they are the same everywhere.
    """

    terrain: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    zones: NDArray[np.uint8]
    pixel_km: float

    @classmethod
    def of(cls, scene: Scene, settings: PredictSettings) -> "Ground":
        """From a scene; a clutter map of its own takes the place of the settings' height.

        Without zones, or where all of them are inland, all is inland.
        """
        clutter = np.full((1, 1), settings.clutter_m, dtype=np.float32)
        if scene.clutter_m is not None:
            clutter = np.ascontiguousarray(scene.clutter_m.to_numpy(), dtype=np.float32)
        zones = np.full((1, 1), INLAND, dtype=np.uint8)
        if scene.zones is not None and (scene.zones != INLAND).any():
            zones = np.ascontiguousarray(scene.zones.to_numpy(), dtype=np.uint8)
        terrain = np.ascontiguousarray(scene.terrain.to_numpy(), dtype=np.float32)
        return cls(terrain, clutter, zones, abs(scene.grid.resolution.x) / 1000.0)


class Place(NamedTuple):
    """A mast's window on the terrain's rows and columns."""

    rows: slice
    cols: slice


def overlap(centre: float, reach: float, within: slice) -> slice:
    """Whole numbers from ``centre`` minus to plus ``reach`` that lie within; may be empty."""
    start = max(within.start, int(np.ceil(centre - reach)))
    return slice(start, min(within.stop, int(np.floor(centre + reach)) + 1))


class Task(NamedTuple):
    """What a kernel needs to know of a mast's window; ``rows`` are the model's own settings."""

    model: AreaModel
    settings: PredictSettings
    ground: Ground
    mast: Mast
    place: Place
    ghz: NDArray[np.float64]
    range_km: NDArray[np.float64]
    rows: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        model: AreaModel,
        settings: PredictSettings,
        ground: Ground,
        mast: Mast,
        place: Place,
        bands: NDArray[np.float64],
    ) -> "Task":
        """Of bands (bands, 2), MHz and range in km."""
        ghz, range_km = bands[:, 0] / 1000.0, np.ascontiguousarray(bands[:, 1])
        rows = model.rows(settings, ghz, float(mast.cells[0]["latitude"]))
        return cls(model, settings, ground, mast, place, ghz, range_km, rows)

    @property
    def step_km(self) -> float:
        """Spacing of a profile's points."""
        return self.settings.profile_step_m / 1000.0

    @property
    def ae_km(self) -> float:
        """Median effective earth radius."""
        return float(effective_earth_radius_km(self.settings.delta_n))

    @property
    def is_inland(self) -> bool:
        """Whether none of the mast's paths can meet a sea or coast that is known of."""
        zones = self.ground.zones
        if zones.size == 1:
            return bool(zones[0, 0] == INLAND)
        reach = self.range_km.max() / self.ground.pixel_km + 1.0
        rows = overlap(self.mast.row, reach, slice(0, zones.shape[0]))
        cols = overlap(self.mast.col, reach, slice(0, zones.shape[1]))
        return bool((zones[rows, cols] == INLAND).all())

    @property
    def first(self) -> tuple[int, int]:
        """First row and column of the window on the terrain."""
        return self.place.rows.start, self.place.cols.start


def fill_loss(
    task: Task,
    loss_db: NDArray[np.float32],
    departure_deg: NDArray[np.float32],
) -> None:
    """Fill loss (bands, rows, columns) and departure (rows, columns), both NaN until then."""
    if task.model.line is not None:
        _fill_without_terrain(task, loss_db, departure_deg)
    elif task.model.is_swept(task.settings):
        _sweep(task, loss_db, departure_deg)
        _fill_near(task, loss_db, departure_deg)
    else:
        _fill_by_pixel(task, loss_db, departure_deg)


def _fill_without_terrain(
    task: Task, loss_db: NDArray[np.float32], departure_deg: NDArray[np.float32]
) -> None:
    open_kernel(task.model.line)(
        task.ground.terrain,
        task.mast.row,
        task.mast.col,
        task.mast.height_m,
        task.settings.receiver_height_m,
        task.ground.pixel_km,
        *task.first,
        task.ae_km,
        task.ghz,
        task.range_km,
        task.rows,
        loss_db,
        departure_deg,
    )


def _fill_by_pixel(
    task: Task, loss_db: NDArray[np.float32], departure_deg: NDArray[np.float32]
) -> None:
    task.model.fill_window(
        task.ground.terrain,
        task.ground.clutter_m,
        task.ground.zones,
        task.mast.row,
        task.mast.col,
        task.mast.height_m,
        task.settings.receiver_height_m,
        task.ground.pixel_km,
        task.step_km,
        *task.first,
        task.ghz,
        task.range_km,
        task.rows,
        loss_db,
        departure_deg,
    )


def _sweep(
    task: Task,
    loss_db: NDArray[np.float32],
    departure_deg: NDArray[np.float32],
) -> None:
    """Walk the radials, each thread its share of them: the same bits however many there are."""
    mast = (
        task.mast.row,
        task.mast.col,
        task.mast.height_m,
        float(task.settings.receiver_height_m),
    )

    in_shares(
        task.model.sweep_share(task.settings, inland=task.is_inland),
        task.ground.terrain,
        task.ground.clutter_m,
        task.ground.zones,
        mast,
        task.ground.pixel_km,
        task.step_km,
        (*task.first, *departure_deg.shape),
        task.ae_km,
        task.ghz,
        task.range_km,
        task.rows,
        loss_db,
        departure_deg,
    )


def _fill_near(
    task: Task, loss_db: NDArray[np.float32], departure_deg: NDArray[np.float32]
) -> None:
    """Fill the pixels too near for a sweep by their own profiles."""
    near_km = float(nearest_km(task.step_km))
    around = near_km / task.ground.pixel_km
    rows = overlap(task.mast.row, around, task.place.rows)
    cols = overlap(task.mast.col, around, task.place.cols)
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    part: Any = np.s_[
        rows.start - task.first[0] : rows.stop - task.first[0],
        cols.start - task.first[1] : cols.stop - task.first[1],
    ]
    near = task._replace(place=Place(rows, cols), range_km=np.minimum(task.range_km, near_km))
    loss, departure = np.empty_like(loss_db[:, *part]), np.empty_like(departure_deg[part])
    _fill_by_pixel(near, loss, departure)
    np.copyto(loss_db[:, *part], loss, where=np.isnan(loss_db[:, *part]))
    np.copyto(departure_deg[part], departure, where=np.isnan(departure_deg[part]))
