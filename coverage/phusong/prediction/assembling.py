"""The layers of a prediction as the dataset that `Coverage` holds."""

import json
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords

from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.belonging import network_digest
from phusong.prediction.choosing import titles
from phusong.prediction.coverage import Coverage
from phusong.prediction.layers import Layers
from phusong.prediction.masts import cell_models
from phusong.prediction.preparing import Prepared
from phusong.prediction.settings import LINK_BUDGET, PredictSettings
from phusong.prediction.window_key import code_revision
from phusong.radio.service import ServiceProfile
from phusong.radio.technology import technology

__all__ = ["assembled", "fill_probability"]

DIMS = ("operator", "technology", "y", "x")
MAPPED = {"grid_mapping": "spatial_ref"}
SERVER_ATTRIBUTES = {
    "long_name": "row of the best server in the table of cells, from 0; -1 for none",
} | MAPPED
LEVEL_ATTRIBUTES = {"units": "dBm"} | MAPPED


def fill_probability(
    layers: Layers,
    probability: NDArray[np.float32],
    number: int,
    part: tuple[slice, slice],
    profile: ServiceProfile,
) -> None:
    """Fill the probability of service on a part of one layer from its level."""
    _, name = layers.services[number]
    probability[number, *part] = profile.probability_of(
        layers.level_dbm[number, 0, *part],
        profile.thresholds(name)["basic"],
        layers.settings.shadowing_sigma_db,
    )


def assembled(ready: Prepared, layers: Layers, probability: NDArray[np.float32]) -> Coverage:
    """The coverage of layers, each with its probability (layers, rows, columns)."""
    scene, network, profile = ready.maker.scene, ready.network, ready.profile
    settings, findings = layers.settings, ready.findings()
    data = _dataset(scene, network, layers, probability)
    models = cell_models(ready.masts, scene, settings)
    for name, column in (("model", "model"), ("why", "model_why"), ("swept_km", "swept_km")):
        data[column] = "cell", models[name].to_list()
    if ready.by_budget:
        data.attrs["ranges"] = LINK_BUDGET
    data.attrs |= _attributes(network, ready.maker.ground_digest, settings, profile, findings)
    data.attrs["model"] = "; ".join(titles(models["model"]))
    return Coverage(data, scene, network, settings, profile, findings)


def _dataset(
    scene: Scene, network: Network, layers: Layers, probability: NDArray[np.float32]
) -> xr.Dataset:
    names = list(network.technologies)
    of = len(network.operators), len(names)
    level = layers.level_dbm.reshape(*of, *layers.level_dbm.shape[1:])
    server = layers.server.reshape(level.shape)
    coords: dict[Any, Any] = {
        **xr_coords(scene.grid),
        "operator": list(network.operators),
        "technology": names,
        "quantity": ("technology", [technology(name).quantity for name in names]),
    }
    chance = probability.reshape(*of, *probability.shape[1:])
    data = xr.Dataset(
        {
            "level_dbm": (DIMS, level[:, :, 0], LEVEL_ATTRIBUTES),
            "server": (DIMS, server[:, :, 0], SERVER_ATTRIBUTES),
            "probability": (DIMS, chance, {"units": "1"} | MAPPED),
            "cells": (DIMS[:2], layers.cells.reshape(of)),
        },
        coords=coords,
    )
    if layers.settings.servers > 1:
        ranked = ("operator", "technology", "rank", "y", "x")
        data["ranked_level_dbm"] = ranked, level, LEVEL_ATTRIBUTES
        data["ranked_server"] = ranked, server, SERVER_ATTRIBUTES
    return data


def _attributes(
    network: Network,
    ground_digest: bytes,
    settings: PredictSettings,
    profile: ServiceProfile,
    findings: pd.DataFrame,
) -> dict[str, str]:
    return {
        "title": "Predicted mobile coverage",
        "phusong_version": version("phusong"),
        "code_revision": code_revision(),
        "settings": json.dumps(settings.model_dump()),
        "profile": profile.to_json(),
        "network_sha256": network_digest(network),
        "ground_sha256": ground_digest.hex(),
        "findings": findings.to_json(orient="table"),
    }
