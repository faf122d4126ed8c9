"""How much there is to do for a prediction, counted before it is done."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from phusong.geodata.stations import Network
from phusong.kernels.wedges import OCTANTS, wedges_per_octant
from phusong.prediction.filling import Place
from phusong.prediction.masts import Mast, bands_of, choices_of
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.prediction.window_file import Part
from phusong.prediction.windows import WindowMaker, made_at_once

__all__ = [
    "Work",
    "layer_bytes",
    "peak_bytes",
    "served_pixels",
    "stored_values",
    "window_bytes",
    "window_values",
    "window_work",
    "within_range",
]

BYTES_PER_SERVER = 8  # level float32 and server int32
BYTES_PER_PROBABILITY = 4
BYTES_OF_WORK = 12  # on one layer's probability
CODES = 2  # bytes of a loss or a departure in a window
COMPUTED = 8  # float32 loss, of the window and of one model's part of it
WRITTEN = 2  # times its codes, of a window that is being written or read


class Work(NamedTuple):
    """What one model does in one mast's window.

    Attributes
    ----------
    way
        How it fills the window: "radial", "pixel" or "open".
    points
        Of terrain profiles: of the radials, or of all pixels' own.
    receivers
        Pixels within the longest of its ranges.
    losses
        The same for each band and its range, added up.
    """

    model: str
    way: str
    points: float
    receivers: int
    losses: int


def within_range(mast: Mast, place: Place, reach: float) -> int:
    """Pixels of a window within so many pixels of its mast."""
    rows = np.arange(place.rows.start, place.rows.stop) - mast.row
    half = np.sqrt(np.maximum(reach**2 - rows**2, 0.0))
    left = np.maximum(np.ceil(mast.col - half), place.cols.start)
    right = np.minimum(np.floor(mast.col + half), place.cols.stop - 1)
    counts = np.maximum(right - left + 1, 0)[abs(rows) <= reach]
    return int(counts.sum())


def window_work(maker: WindowMaker, mast: Mast) -> list[Work]:
    """What each model does to fill the window of a mast that reaches the grid."""
    place = maker.place(mast)
    if place is None:
        raise ValueError("no pixel of the grid is within the mast's range")
    ranges: dict[str, list[float]] = {}
    for (_, range_km), choice in choices_of(maker.scene, mast, maker.settings).items():
        ranges.setdefault(choice.model, []).append(range_km)
    return [_work(maker, mast, place, name, each) for name, each in ranges.items()]


def _work(maker: WindowMaker, mast: Mast, place: Place, name: str, ranges_km: list[float]) -> Work:
    pixel_km, settings = maker.ground.pixel_km, maker.settings
    counts = {km: within_range(mast, place, km / pixel_km) for km in set(ranges_km)}
    far = max(ranges_km) / pixel_km
    receivers = counts[max(ranges_km)]
    step = settings.profile_step_m / 1000.0 / pixel_km
    model = MODELS[name]
    if model.line is not None:
        way, points = "open", 0.0
    elif model.is_swept(settings):
        share = receivers / (np.pi * far**2)
        way, points = "radial", share * OCTANTS * wedges_per_octant(far, step) * far / step
    else:
        way, points = "pixel", receivers * 2 / 3 * far / step
    return Work(name, way, float(points), receivers, sum(counts[km] for km in ranges_km))


def served_pixels(maker: WindowMaker, masts: Iterable[Mast]) -> int:
    """Pixels of the window of each cell, added up."""
    return sum(len(mast.cells) * _pixels(maker.part(mast)) for mast in masts)


def window_values(maker: WindowMaker, mast: Mast) -> int:
    """Losses and departures of the whole rectangle of a mast's window."""
    return _pixels(maker.part(mast)) * (len(bands_of(mast, maker.settings)) + 1)


def stored_values(works: Iterable[Work]) -> int:
    """Losses and departures within range, of all windows."""
    return sum(work.losses + work.receivers for work in works)


def layer_bytes(network: Network, shape: tuple[int, int], settings: PredictSettings) -> int:
    """Memory of a prediction's layers, and of the work on them."""
    layers = len(network.operators) * len(network.technologies)
    each = layers * (BYTES_PER_SERVER * settings.servers + BYTES_PER_PROBABILITY) + BYTES_OF_WORK
    return each * int(shape[0]) * int(shape[1])


def peak_bytes(network: Network, maker: WindowMaker, masts: Iterable[Mast], *, stored: bool) -> int:
    """Memory that a prediction takes at most, beyond what the process holds before it."""
    rows, cols = maker.scene.grid.shape
    layers = layer_bytes(network, (rows, cols), maker.settings)
    return layers + window_bytes(maker, masts, stored=stored)


def window_bytes(maker: WindowMaker, masts: Iterable[Mast], *, stored: bool) -> int:
    """Memory that the windows held at once take at most."""
    sizes = (_window_bytes(maker, mast, stored=stored) for mast in masts)
    return max(sizes, default=0)


def _window_bytes(maker: WindowMaker, mast: Mast, *, stored: bool) -> int:
    made, ahead = made_at_once()
    making = COMPUTED + CODES * (WRITTEN if stored else 0)
    return window_values(maker, mast) * (making * made + CODES * (made + ahead + 1))


def _pixels(part: Part) -> int:
    rows, cols = part
    return int((rows.stop - rows.start) * (cols.stop - cols.start))
