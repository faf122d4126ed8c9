"""What a whole prediction of the sample province costs beside its sweeps: masts and combining."""

from itertools import product
from typing import Any

from our_engine import on_threads
from peer_job import timed_call

import phusong as ps
from phusong.prediction import PredictSettings
from phusong.prediction.layers import Layers
from phusong.prediction.masts import MAST_COLUMNS, Mast, band_of, bands_of, locate_masts
from phusong.prediction.window_file import NOT_COMPUTED, Window
from phusong.prediction.windows import WindowMaker

__all__ = [
    "combine",
    "combining",
    "combining_windows",
    "first_masts",
    "masts",
    "pixels_of",
    "province",
]

PIXEL_M = 60.0
COMBINED = 60
MASTS = (1, 10, 100)


def province() -> tuple[ps.Scene, ps.Network]:
    return ps.sample(resolution_m=PIXEL_M)


def first_masts(network: ps.Network, number: int) -> ps.Network:
    """The cells of the first so many masts."""
    cells = network.cells
    known = cells.drop_duplicates(MAST_COLUMNS)[MAST_COLUMNS].head(number)
    some = cells.merge(known, on=MAST_COLUMNS)
    return ps.Network(some, network.findings, network.antennas)


def masts(scene: ps.Scene, network: ps.Network, rounds: int) -> list[dict[str, Any]]:
    """Time by the clock of one prediction, for each mast of it."""
    found = []
    ps.predict(first_masts(network, 1), scene, progress=False)  # compiles
    for number in MASTS:
        some = first_masts(network, number)
        wall_s, _ = timed_call(lambda some=some: ps.predict(some, scene, progress=False), rounds)
        found.append({"masts": number, "cells": len(some.cells), "wall_s": wall_s})
    return found


def combining_windows(scene: ps.Scene, network: ps.Network) -> list[tuple[Mast, Window]]:
    """Of the first masts of a network, ready to be combined."""
    some = locate_masts(first_masts(network, COMBINED).cells, scene, network.antennas)
    return list(WindowMaker(scene, PredictSettings()).windows(some))


def combine(scene: ps.Scene, network: ps.Network, ready: list[tuple[Mast, Window]]) -> Layers:
    """Let every cell of the masts serve, in empty layers."""
    services = product(network.operators, network.technologies)
    layers = Layers.empty(services, scene.grid.shape, PredictSettings())
    for mast, window in ready:
        layers.add(mast, window)
    return layers


def combining(scene: ps.Scene, network: ps.Network, rounds: int) -> dict[str, Any]:
    """Pixels times cells a second through the layers, on one thread."""
    ready = combining_windows(scene, network)
    with on_threads(1):
        combine(scene, network, ready)  # compiles
        _, cpu_s = timed_call(lambda: combine(scene, network, ready), rounds)
    pixels = sum(pixels_of(mast, window, PredictSettings()) for mast, window in ready)
    return {
        "masts": len(ready),
        "cells": sum(len(mast.cells) for mast, _ in ready),
        "pixels_times_cells": pixels,
        "cpu_s": cpu_s,
        "per_s_core": pixels / cpu_s,
    }


def pixels_of(mast: Mast, window: Window, settings: PredictSettings) -> int:
    """Pixels within range of each cell of a mast, added up."""
    bands = bands_of(mast, settings)
    losses = (window.loss[bands.index(band_of(cell, settings))] for cell in mast.cells)
    return sum(int((loss != NOT_COMPUTED).sum()) for loss in losses)
