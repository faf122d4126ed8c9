"""The door of the predict floor: `predict`."""

import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from phusong.geodata.memory import require_memory
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.assembling import assembled, fill_probability
from phusong.prediction.coverage import Coverage
from phusong.prediction.layers import Layers
from phusong.prediction.preparing import chosen_settings, prepared
from phusong.prediction.store import PathLossStore
from phusong.prediction.workload import peak_bytes
from phusong.radio.service import ServiceProfile

__all__ = ["predict"]

MEND = (
    "take a coarser resolution_m, a smaller area, a shorter range_km, fewer servers or fewer "
    "operators and technologies (Network.select)"
)


def predict(
    network: Network,
    scene: Scene,
    *,
    service: str | ServiceProfile = "vn_default",
    store: Path | str | None = None,
    progress: bool = True,
    **settings: Any,
) -> Coverage:
    """Predict the level of every operator and technology on the scene's grid.

    For each mast the loss to every pixel within range is computed over the exact terrain profile,
    by ITU-R P.1812-8 unless another model is asked for; then each of its sectors adds its antenna
    pattern, that which the station table names or that of its beamwidths, and of all cells of an
    operator and technology the strongest serves.

    Parameters
    ----------
    network
        From `phusong.read_stations`.
    scene
        From `phusong.Scene.open`.
    service
        Service profile, or its name: its basic threshold is the one the probability is for.
    store
        Folder to keep each mast's path loss in. What it holds already is not computed again: a run
        that was interrupted goes on, and a changed tilt, azimuth or power costs no path loss.
    progress
        Show a progress bar.
    **settings
        Fields of `PredictSettings`: ``model``, ``sampling``, ``clutter_m``, ``receiver_height_m``,
        ``time_percent``, ``shadowing_sigma_db``, ``range_km`` and so on.

    Returns
    -------
    Coverage

    Raises
    ------
    InputError
        On unknown or unusable settings, and on cells that the model cannot compute.
    MemoryLimitError
        When the run would need more memory than is free, before any of it is taken.
    OSError
        When the store cannot be written into.
    """
    profile, chosen = chosen_settings(service, settings)
    began_s = time.time()
    kept = PathLossStore(store) if store is not None else None
    ready = prepared(network, scene, profile, chosen, kept)
    maker, masts = ready.maker, ready.groups.within
    purpose = f"{len(network.cells):,} cells on {scene.resolution_m:g} m pixels"
    require_memory(peak_bytes(network, maker, masts, stored=kept is not None), purpose, MEND)
    rows, cols = scene.grid.shape
    services = list(product(network.operators, network.technologies))
    layers = Layers.empty(services, (int(rows), int(cols)), maker.settings)
    bar = tqdm(
        maker.windows(masts),
        "masts (the first compiles)",
        len(masts),
        disable=not progress,
        unit="mast",
    )
    for mast, window in bar:
        layers.add(mast, window)
    if kept is not None:
        kept.finished(began_s)
    probability = np.empty_like(layers.level_dbm[:, 0])
    for number in range(len(services)):
        fill_probability(layers, probability, number, np.s_[:, :], profile)
    return assembled(ready, layers, probability)
