"""The door of the predict floor: `predict`."""

import json
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import xarray as xr
from odc.geo.xr import xr_coords
from tqdm.auto import tqdm

from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings, Severity
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.choosing import titles
from phusong.prediction.coverage import Coverage, network_digest
from phusong.prediction.layers import Layers
from phusong.prediction.masts import Mast, cell_models, check_cells, locate_masts
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.windows import WindowMaker
from phusong.radio.service import ServiceProfile
from phusong.radio.technology import technology

__all__ = ["memory_bytes", "predict"]

SERVER_ATTRIBUTES = {
    "long_name": "row of the best server in the table of cells, from 0; -1 for none",
    "grid_mapping": "spatial_ref",
}
LEVEL_ATTRIBUTES = {"units": "dBm", "grid_mapping": "spatial_ref"}
BYTES_PER_SERVER = 8  # level float32 and server int32
BYTES_PER_PIXEL = 12  # probability float32, and work on it


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
        When the layers would not fit into the memory that is free.
    OSError
        When the store cannot be written into.
    """
    profile = service if isinstance(service, ServiceProfile) else ServiceProfile.named(service)
    chosen = PredictSettings.of(**{"receiver_height_m": profile.receiver_height_m} | settings)
    cells = network.cells
    if cells.empty:
        raise InputError("network", ["it has no cells: see network.findings"])
    check_cells(cells, chosen)
    _check_memory(network, scene, chosen)
    kept = PathLossStore(store) if store is not None else None
    maker = WindowMaker(scene, chosen, kept)
    masts = list(locate_masts(cells, scene, network.antennas))
    within, left_out = _sorted_out(masts, maker)
    rows, cols = scene.grid.shape
    services = list(product(network.operators, network.technologies))
    layers = Layers(services, (int(rows), int(cols)), chosen)
    bar = tqdm(
        maker.windows(within),
        "masts (the first compiles)",
        len(within),
        disable=not progress,
        unit="mast",
    )
    for mast, window in bar:
        layers.add(mast, window)
    findings = _report_left_out(left_out, kept)
    data = _dataset(scene, network, layers, profile, chosen)
    models = cell_models(masts, scene, chosen)
    data["model"], data["model_why"] = (
        ("cell", models[name].to_list()) for name in ("model", "why")
    )
    data["swept_km"] = "cell", models["swept_km"].to_numpy()
    data.attrs |= _attributes(network, chosen, profile, findings)
    data.attrs["model"] = "; ".join(titles(models["model"]))
    return Coverage(data, scene, network, chosen, profile, findings)


def memory_bytes(network: Network, scene: Scene, settings: PredictSettings) -> int:
    """Memory that `predict` needs for its layers, in bytes."""
    layers = len(network.operators) * len(network.technologies)
    rows, cols = scene.grid.shape
    each = BYTES_PER_SERVER * settings.servers + BYTES_PER_PIXEL
    return layers * each * int(rows) * int(cols)


def _check_memory(network: Network, scene: Scene, settings: PredictSettings) -> None:
    needed, free = memory_bytes(network, scene, settings), psutil.virtual_memory().available
    if needed > free:
        raise MemoryLimitError(
            f"the layers need {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: take a "
            "coarser resolution_m or fewer operators and technologies (Network.select)"
        )


def _sorted_out(masts: list[Mast], maker: WindowMaker) -> tuple[list[Mast], dict[str, list[Mast]]]:
    """Masts that reach the grid, and those that are too far or stand off the terrain."""
    within: list[Mast] = []
    left_out: dict[str, list[Mast]] = {"far": [], "off": []}
    rows, cols = maker.ground.terrain.shape
    for mast in masts:
        on_terrain = -0.5 <= mast.row < rows - 0.5 and -0.5 <= mast.col < cols - 0.5
        if maker.place(mast) is None:
            left_out["far"].append(mast)
        elif on_terrain:
            within.append(mast)
        else:
            left_out["off"].append(mast)
    return within, left_out


def _report_left_out(left_out: dict[str, list[Mast]], store: PathLossStore | None) -> pd.DataFrame:
    """One finding a reason: masts that reach no pixel, that stand off the terrain, lost windows."""
    findings = Findings()
    reasons: tuple[tuple[str, Severity, str, str], ...] = (
        ("far", "info", "no pixel of the scene is within their range", ""),
        (
            "off",
            "warning",
            "they stand outside the terrain, though within range of the scene",
            "take a terrain and a margin_km that reach them, or correct their positions",
        ),
    )
    for kind, severity, why, mend in reasons:
        masts = left_out[kind]
        if masts:
            cells = sum(len(mast.cells) for mast in masts)
            findings.add(
                source="stations",
                column="longitude, latitude",
                value=_some_sites(masts),
                severity=severity,
                reason=f"{len(masts)} mast(s) with {cells} cell(s) are left out of the "
                f"prediction: {why}",
                mend=mend,
            )
    for sentence in store.damaged if store else ():
        findings.add(
            source="path-loss store", severity="info", reason=f"a window was damaged: {sentence}"
        )
    return findings.frame()


def _some_sites(masts: list[Mast]) -> str:
    names = [f"{m.cells[0]['operator']} {m.cells[0]['site_id']}" for m in masts[:3]]
    return ", ".join(names) + (", ..." if len(masts) > 3 else "")


def _dataset(
    scene: Scene,
    network: Network,
    layers: Layers,
    profile: ServiceProfile,
    settings: PredictSettings,
) -> xr.Dataset:
    dims = ("operator", "technology", "y", "x")
    names = list(network.technologies)
    of = len(network.operators), len(names)
    level = layers.level_dbm.reshape(*of, *layers.level_dbm.shape[1:])
    server = layers.server.reshape(level.shape)
    probability = np.empty_like(level[:, :, 0])
    for t, name in enumerate(names):
        probability[:, t] = profile.probability_of(
            level[:, t, 0], profile.thresholds(name)["basic"], settings.shadowing_sigma_db
        )
    coords = dict(xr_coords(scene.grid)) | {
        "operator": list(network.operators),
        "technology": names,
        "quantity": ("technology", [technology(name).quantity for name in names]),
    }
    data = xr.Dataset(
        {
            "level_dbm": (dims, level[:, :, 0], LEVEL_ATTRIBUTES),
            "server": (dims, server[:, :, 0], SERVER_ATTRIBUTES),
            "probability": (dims, probability, {"units": "1", "grid_mapping": "spatial_ref"}),
            "cells": (dims[:2], layers.cells.reshape(of)),
        },
        coords=coords,
    )
    if settings.servers > 1:
        ranked = ("operator", "technology", "rank", "y", "x")
        data["ranked_level_dbm"] = ranked, level, LEVEL_ATTRIBUTES
        data["ranked_server"] = ranked, server, SERVER_ATTRIBUTES
    return data


def _attributes(
    network: Network, settings: PredictSettings, profile: ServiceProfile, findings: pd.DataFrame
) -> dict[str, str]:
    return {
        "title": "Predicted mobile coverage",
        "phusong_version": version("phusong"),
        "settings": json.dumps(settings.model_dump()),
        "profile": profile.to_json(),
        "network_sha256": network_digest(network),
        "findings": findings.to_json(orient="table"),
    }
