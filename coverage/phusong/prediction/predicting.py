"""The door of the predict floor: `predict`."""

import json
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import psutil
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords
from tqdm.auto import tqdm

from phusong.errors import InputError, MemoryLimitError
from phusong.geodata.findings import Findings, Severity
from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.choosing import titles
from phusong.prediction.coverage import Coverage, network_digest
from phusong.prediction.engine import (
    Mast,
    cell_models,
    check_cells,
    in_range,
    locate_masts,
    mast_window,
    strongest,
)
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile
from phusong.radio.technology import technology

__all__ = ["memory_bytes", "predict"]

SERVER_ATTRIBUTES = {
    "long_name": "row of the best server in the table of cells, from 0; -1 for none",
    "grid_mapping": "spatial_ref",
}
BYTES_PER_PIXEL = 20  # level and probability float32, server int32, and work on them


def predict(
    network: Network,
    scene: Scene,
    *,
    service: str | ServiceProfile = "vn_default",
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
    progress
        Show a progress bar.
    **settings
        Fields of `PredictSettings`: ``model``, ``clutter_m``, ``receiver_height_m``,
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
    """
    profile = service if isinstance(service, ServiceProfile) else ServiceProfile.named(service)
    chosen = PredictSettings.of(**{"receiver_height_m": profile.receiver_height_m} | settings)
    cells = network.cells
    if cells.empty:
        raise InputError("network", ["it has no cells: see network.findings"])
    check_cells(cells, chosen)
    _check_memory(network, scene)
    operators, names = network.operators, network.technologies
    shape = (len(operators), len(names), *scene.grid.shape)
    level = np.full(shape, np.nan, dtype=np.float32)
    server = np.full(shape, -1, dtype=np.int32)
    counts = np.zeros(shape[:2], dtype=np.int32)
    left_out: dict[str, list[Mast]] = {"far": [], "off": []}
    terrain = np.ascontiguousarray(scene.terrain.to_numpy(), dtype=np.float32)
    masts = list(locate_masts(cells, scene, network.antennas))
    for mast in tqdm(
        masts,
        "masts (the first compiles)",
        disable=not progress,
        unit="mast",
    ):
        _add_mast(mast, scene, chosen, terrain, operators, names, level, server, counts, left_out)
    findings = _report_left_out(left_out)
    data = _dataset(scene, network, level, server, counts, profile, chosen)
    models = cell_models(masts, scene, chosen)
    data["model"], data["model_why"] = (("cell", models[name].to_list()) for name in models)
    data.attrs |= _attributes(network, chosen, profile, findings)
    data.attrs["model"] = "; ".join(titles(models["model"]))
    return Coverage(data, scene, network, chosen, profile, findings)


def memory_bytes(network: Network, scene: Scene) -> int:
    """Memory that `predict` needs for its layers, in bytes."""
    layers = len(network.operators) * len(network.technologies)
    rows, cols = scene.grid.shape
    return layers * BYTES_PER_PIXEL * int(rows) * int(cols)


def _check_memory(network: Network, scene: Scene) -> None:
    needed, free = memory_bytes(network, scene), psutil.virtual_memory().available
    if needed > free:
        raise MemoryLimitError(
            f"the layers need {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: take a "
            "coarser resolution_m or fewer operators and technologies (Network.select)"
        )


def _add_mast(
    mast: Mast,
    scene: Scene,
    settings: PredictSettings,
    terrain: NDArray[np.float32],
    operators: tuple[str, ...],
    names: tuple[str, ...],
    level: NDArray[np.float32],
    server: NDArray[np.int32],
    counts: NDArray[np.int32],
    left_out: dict[str, list[Mast]],
) -> None:
    if not in_range(scene, mast, settings):
        left_out["far"].append(mast)
        return
    rows, cols = terrain.shape
    if not (-0.5 <= mast.row < rows - 0.5 and -0.5 <= mast.col < cols - 0.5):
        left_out["off"].append(mast)
        return
    window = mast_window(scene, mast, settings, terrain)
    if window is None:
        left_out["far"].append(mast)
        return
    for _, cell in mast.cells.iterrows():
        o, t = operators.index(cell["operator"]), names.index(cell["technology"])
        range_km = settings.range_of(cell["technology"])
        strongest(scene, mast, window, cell, range_km, level[o, t], server[o, t])
        counts[o, t] += 1


def _report_left_out(left_out: dict[str, list[Mast]]) -> pd.DataFrame:
    """One finding a reason: masts that reach no pixel, and masts that stand off the terrain."""
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
    return findings.frame()


def _some_sites(masts: list[Mast]) -> str:
    names = [f"{m.cells['operator'].iloc[0]} {m.cells['site_id'].iloc[0]}" for m in masts[:3]]
    return ", ".join(names) + (", ..." if len(masts) > 3 else "")


def _dataset(
    scene: Scene,
    network: Network,
    level: NDArray[np.float32],
    server: NDArray[np.int32],
    counts: NDArray[np.int32],
    profile: ServiceProfile,
    settings: PredictSettings,
) -> xr.Dataset:
    dims = ("operator", "technology", "y", "x")
    names = list(network.technologies)
    probability = np.empty_like(level)
    for t, name in enumerate(names):
        probability[:, t] = profile.probability_of(
            level[:, t], profile.thresholds(name)["basic"], settings.shadowing_sigma_db
        )
    coords = dict(xr_coords(scene.grid)) | {
        "operator": list(network.operators),
        "technology": names,
        "quantity": ("technology", [technology(name).quantity for name in names]),
    }
    return xr.Dataset(
        {
            "level_dbm": (dims, level, {"units": "dBm", "grid_mapping": "spatial_ref"}),
            "server": (dims, server, SERVER_ATTRIBUTES),
            "probability": (dims, probability, {"units": "1", "grid_mapping": "spatial_ref"}),
            "cells": (dims[:2], counts),
        },
        coords=coords,
    )


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
