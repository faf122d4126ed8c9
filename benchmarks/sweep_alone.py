"""The sweep's arithmetic alone: ready radials whose every point is a receiver.

No terrain is sampled and no pixel placed: what is timed is the walk along each radial and the
model. A point's own points are then the radial's last before it, so that its loss is the plain
kernel's on the radial's profile. Places are the middle of the made-up terrain and, on real terrain
where it is there, those of `sampling.py`.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import sampling
from numpy.typing import NDArray
from our_engine import on_threads
from peer_job import SECOND_KM, TILE, fractal_terrain, timed_call
from scipy.ndimage import map_coordinates

from phusong._jit import nogil_njit
from phusong.kernels import radial as rd
from phusong.kernels import receiver_fields as rf
from phusong.kernels.sweep_ground import GEOMETRIES
from phusong.kernels.zones import INLAND
from phusong.prediction import PredictSettings
from phusong.prediction.models import MODELS

__all__ = ["Radials", "alone", "measure", "radials_around"]

STEP_KM, LENGTH_KM, DIRECTIONS = 0.03, 20.0, 360
FIRST = 6
TX_M, RX_M, GHZ, LATITUDE = 30.0, 1.5, 0.9, 21.3
CLUTTER_M = 10.0
REAL_PIXEL_M = 30.0


class Radials(NamedTuple):
    """Ground of radials at steps of `STEP_KM`, and what receivers on them read.

    Heights (radials, points), those of receivers (radials, receivers), their own points
    (radials, `OWN`, receivers); the others (receivers,) are the same for all. All is inland.
    """

    height_m: NDArray[np.float64]
    surface_m: NDArray[np.float64]
    distance_km: NDArray[np.float64]
    inner: NDArray[np.int64]
    own_first_km: NDArray[np.float64]
    receiver_m: NDArray[np.float64]
    own_height_m: NDArray[np.float64]
    own_surface_m: NDArray[np.float64]

    @classmethod
    def of(cls, height_m: NDArray[np.float64]) -> "Radials":
        """Of heights (radials, points); all but the first `FIRST` points are receivers."""
        surface = height_m + CLUTTER_M
        at = np.arange(FIRST, height_m.shape[1])
        own = at - rd.OWN + np.arange(rd.OWN)[:, None]
        return cls(
            height_m,
            surface,
            at * STEP_KM,
            at - rd.OWN - 1,
            (at - rd.OWN) * STEP_KM,
            np.ascontiguousarray(height_m[:, at]),
            np.ascontiguousarray(height_m[:, own]),
            np.ascontiguousarray(surface[:, own]),
        )


def radials_around(
    terrain_m: NDArray[np.float32], row: float, col: float, pixel_km: float
) -> Radials:
    """Radials of `LENGTH_KM` from a place, as many of the directions as end on the terrain."""
    angle = np.linspace(0.0, 2.0 * np.pi, DIRECTIONS, endpoint=False) + 0.001
    away = np.arange(round(LENGTH_KM / STEP_KM) + 1) * STEP_KM / pixel_km
    rows, cols = row - np.outer(np.cos(angle), away), col + np.outer(np.sin(angle), away)
    last_row, last_col = terrain_m.shape[0] - 1, terrain_m.shape[1] - 1
    ends = rows[:, -1], cols[:, -1]
    on = (ends[0] >= 0) & (ends[0] <= last_row) & (ends[1] >= 0) & (ends[1] <= last_col)
    return Radials.of(map_coordinates(terrain_m, (rows[on], cols[on]), np.float64, order=1))


@cache
def alone_kernel(along: Any, ready: Any) -> Any:
    """The loop over radials for one model, as `phusong.kernels.sweep.sweep_kernel` has it."""

    @nogil_njit
    def sweep_alone(of, step_km, band, settings, longest_m, tx_m, rx_m, loss_db):
        points, count = of.height_m.shape[1], of.distance_km.size
        work = np.empty((GEOMETRIES * rd.WORK_ROWS, points))
        blocks = np.empty((GEOMETRIES + 1) * (count // rf.LANES + 1) * rf.BLOCK)
        zone = np.full(points, np.uint8(INLAND))
        own_zone = np.full((rd.OWN + 1, count), np.uint8(INLAND))
        lanes = np.empty((6, max(points + rd.OWN + rf.LANES, rf.BLOCK)))
        for i in range(of.height_m.shape[0]):
            radial = rd.Radial(step_km, of.height_m[i], of.surface_m[i], zone)
            receivers = rd.Receivers(
                of.distance_km,
                of.receiver_m[i],
                of.inner,
                of.own_first_km,
                of.own_height_m[i],
                of.own_surface_m[i],
                own_zone,
            )
            rd.describe_receivers(
                radial, receivers, count, tx_m, rx_m, settings[1], longest_m, work, blocks
            )
            ready(radial, receivers, count, tx_m, rx_m, longest_m, settings, work, blocks)
            along(
                radial,
                receivers,
                count,
                tx_m,
                rx_m,
                band,
                settings,
                work,
                blocks,
                lanes,
                loss_db[i],
            )

    return sweep_alone


def alone(of: Radials) -> NDArray[np.float64]:
    """P.1812's loss at 50 % of the time of every receiver, (radials, receivers)."""
    model = MODELS["p1812"]
    along, ready, prepare, constants = model.median
    settings = model.rows(PredictSettings(), np.array([GHZ]), LATITUDE)[0]
    band = np.empty(constants)
    prepare(GHZ, settings, LENGTH_KM, band)
    blocks = of.distance_km.size // rf.LANES + 1
    loss = np.empty((of.height_m.shape[0], blocks * rf.LANES))
    kernel = alone_kernel(along, ready)
    kernel(of, STEP_KM, band, settings, 0.2998 / GHZ, TX_M, RX_M, loss)
    return loss[:, : of.distance_km.size]


def measure(rounds: int) -> list[dict[str, Any]]:
    """Rate at each place, on one thread."""
    found = []
    with on_threads(1):
        for name, of in _places():
            alone(of)  # compiles
            _, cpu_s = timed_call(lambda of=of: alone(of), rounds)
            rate = of.receiver_m.size / cpu_s
            found.append({"place": name, "points": of.receiver_m.size, "points_per_s_core": rate})
    return found


def _places() -> Iterator[tuple[str, Radials]]:
    middle = TILE / 2.0
    yield "made-up terrain", radials_around(fractal_terrain(), middle, middle, SECOND_KM)
    if sampling.GEODATA.is_dir():
        terrain = sampling.open_scene(REAL_PIXEL_M).terrain.to_numpy()
        for name, (down, right) in sampling.MASTS.items():
            row, col = down * terrain.shape[0] + 0.3, right * terrain.shape[1] + 0.4
            yield name, radials_around(terrain, row, col, REAL_PIXEL_M / 1000.0)
