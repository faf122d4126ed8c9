"""The door of the predict floor: `predict`."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from phusong.errors import InputError
from phusong.geodata.grid import require_memory
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.assembling import assembled, fill_probability
from phusong.prediction.coverage import Coverage
from phusong.prediction.layers import Layers
from phusong.prediction.left_out import report_left_out, sorted_out
from phusong.prediction.masts import check_cells, locate_masts
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker
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
    profile = service if isinstance(service, ServiceProfile) else ServiceProfile.named(service)
    chosen = PredictSettings.of(**{"receiver_height_m": profile.receiver_height_m} | settings)
    cells = network.cells
    if cells.empty:
        raise InputError("network", ["it has no cells: see network.findings"])
    check_cells(cells, chosen)
    kept = PathLossStore(store) if store is not None else None
    maker = WindowMaker(scene, chosen, kept)
    masts = list(locate_masts(cells, scene, network.antennas))
    groups = sorted_out(masts, maker)
    needed = peak_bytes(network, maker, groups.within, stored=kept is not None)
    require_memory(needed, f"{len(cells):,} cells on {scene.resolution_m:g} m pixels", MEND)
    rows, cols = scene.grid.shape
    services = list(product(network.operators, network.technologies))
    layers = Layers.empty(services, (int(rows), int(cols)), chosen)
    bar = tqdm(
        maker.windows(groups.within),
        "masts (the first compiles)",
        len(groups.within),
        disable=not progress,
        unit="mast",
    )
    for mast, window in bar:
        layers.add(mast, window)
    probability = np.empty_like(layers.level_dbm[:, 0])
    for number in range(len(services)):
        fill_probability(layers, probability, number, np.s_[:, :], profile)
    findings = report_left_out(groups, kept)
    return assembled(scene, network, masts, layers, probability, profile, findings)
