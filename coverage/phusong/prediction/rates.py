"""How fast this machine does the work of a prediction.

The times of ``tables/rates.csv`` are measured ones (``python benchmarks/rates.py``), told for a
machine that does `STANDARD` rounds of a standard work a second on one thread. How many this machine
does, on as many threads as a prediction runs on, is measured when it is asked for: it takes a tenth
of a second.
"""

import csv
import math
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from operator import mul
from typing import NamedTuple

import numpy as np

from phusong.prediction.settings import PredictSettings
from phusong.prediction.workload import Work

__all__ = [
    "COLUMNS",
    "combining_amounts",
    "combining_s",
    "keeping_s",
    "kept_bytes",
    "machine_speed",
    "saved_bytes",
    "work_s",
]

COLUMNS = ("model", "way", "time_percent", "window_ns", "point_ns", "receiver_ns", "loss_ns")
STANDARD = 4000.0
VALUES = 4096  # of a round, and a round's arrays stay in the nearest cache
SPELL_S = 0.03
SPELLS = 3


# For each cell around the work on its pixels, a pixel that a cell is passed over at, and one whose
# antenna attenuation is worked out (`python benchmarks/rates_combining.py`).
CELL_S = 2.8e-4
PASSED_S = 0.0
SERVED_S = 9.8e-8
# For each window and each of its values, read from a store (its key counted) or written into it.
READ_WINDOW_S, READ_S = 6.6e-4, 1.3e-8
WRITTEN_WINDOW_S, WRITTEN_S = 7.5e-4, 2.1e-8
# A value of a window as it is stored, at 30 m on the real Vinh Phuc; coarser pixels are less alike.
STORED_BYTES = 0.45
STORED_AT_M = 30.0
STORED_POWER = 1 / 3
# A pixel of a layer as `Coverage.save` packs it, and a cell, which has its model's name and reason.
SAVED_BYTES = 4.3
SAVED_RANK_BYTES = 3.6
SAVED_CELL_BYTES = 130.0


class _Rates(NamedTuple):
    window_s: float
    point_s: float
    receiver_s: float
    loss_s: float


def work_s(works: Iterable[Work], settings: PredictSettings) -> float:
    """Time in seconds of so much work on one thread of the standard machine."""
    total = 0.0
    for work in works:
        rates = _rates_of(work.model, work.way, settings.time_percent)
        amounts = (1.0, work.points, work.receivers, work.losses)
        total += sum(amount * each for amount, each in zip(amounts, rates, strict=True))
    return total


def combining_s(cells: int, cell_pixels: int, layer_pixels: int) -> float:
    """Time in seconds on one thread of the standard machine for `combining_amounts`."""
    amounts = combining_amounts(cells, cell_pixels, layer_pixels)
    return sum(map(mul, (CELL_S, PASSED_S, SERVED_S), amounts), 0.0)


def combining_amounts(
    cells: int, cell_pixels: int, layer_pixels: int
) -> tuple[float, float, float]:
    """How much there is to do for the strongest servers.

    Parameters
    ----------
    cells
        How many there are.
    cell_pixels
        Pixels of each cell's window, added up.
    layer_pixels
        Pixels of all layers.

    Returns
    -------
    tuple
        Cells, pixels that they are looked at on, and antenna attenuations to work out.

    Notes
    -----
    Of many cells in no order of strength the n-th to come is the strongest so far with a chance of
    1 / n: the antennas to work out grow with the logarithm of how many reach a pixel.
    """
    reached = min(layer_pixels, cell_pixels)
    deep = cell_pixels / reached if reached else 1.0
    return float(cells), float(cell_pixels), reached * (1.0 + math.log(deep))


def keeping_s(read: list[int], written: list[int]) -> float:
    """The same for windows of so many values that are read from a store, and written into it."""
    reading = READ_WINDOW_S * len(read) + READ_S * sum(read)
    return reading + WRITTEN_WINDOW_S * len(written) + WRITTEN_S * sum(written)


def kept_bytes(values: int, resolution_m: float) -> int:
    """Size in a store of so many losses and departures."""
    return int(values * STORED_BYTES * (resolution_m / STORED_AT_M) ** STORED_POWER)


def saved_bytes(layer_pixels: int, cells: int, settings: PredictSettings) -> int:
    """Size of the file that `phusong.Coverage.save` writes."""
    ranks = 0 if settings.servers == 1 else settings.servers
    each = SAVED_BYTES + SAVED_RANK_BYTES * ranks
    return int(layer_pixels * each + cells * SAVED_CELL_BYTES)


def machine_speed(threads: int) -> float:
    """What so many threads together do here, in threads of the standard machine.

    The processor's time is measured, not the clock's: it is the speed of a machine that nobody
    else uses.
    """
    with ThreadPoolExecutor(threads) as pool:
        return max(sum(pool.map(_spell, range(threads))) for _ in range(SPELLS))


def _spell(_: int) -> float:
    """Rounds of the standard work that this thread does in a second of its own, to `STANDARD`."""
    x = np.linspace(1.0, 2.0, VALUES)
    rounds, began = 0, time.thread_time()
    while (passed := time.thread_time() - began) < SPELL_S:
        np.sqrt(np.log(np.exp(x) + x * x) + np.arctan(x))
        rounds += 1
    return rounds / passed / STANDARD


@cache
def _table() -> dict[tuple[str, str, bool], _Rates]:
    text = files("phusong.prediction").joinpath("tables/rates.csv").read_text("utf8")
    return {
        (row["model"], row["way"], float(row["time_percent"]) >= 50.0): _Rates(
            *(1e-9 * float(row[name]) for name in COLUMNS[3:])
        )
        for row in csv.DictReader(text.splitlines())
    }


def _rates_of(model: str, way: str, time_percent: float) -> _Rates:
    """Of a model and way; most have no faster way at 50 % of the time."""
    table = _table()
    return table.get((model, way, time_percent >= 50.0)) or table[model, way, True]
