"""Whether stored layers belong to a network and a scene."""

import hashlib
import json

import numpy as np
import xarray as xr

from phusong.geodata.scene import Scene
from phusong.geodata.stations import Network
from phusong.prediction.filling import Ground
from phusong.prediction.settings import PredictSettings
from phusong.prediction.windows import ground_digest

__all__ = ["mismatches", "network_digest"]


def network_digest(network: Network) -> str:
    """Hash of the cells and their antennas' patterns: which network a stored result belongs to."""
    columns = {str(name): values.tolist() for name, values in network.cells.items()}
    digest = hashlib.sha256(json.dumps(columns, default=str).encode("utf8"))
    for name in sorted(network.antennas):
        digest.update(f"{name}\n{network.antennas[name].sha256}\n".encode())
    return digest.hexdigest()


def _ground_sha256(data: xr.Dataset, scene: Scene) -> str:
    """Digest of what a scene's kernels would see by the settings of stored layers."""
    settings = PredictSettings.of(**json.loads(data.attrs["settings"]))
    return ground_digest(Ground.of(scene, settings)).hex()


def mismatches(data: xr.Dataset, scene: Scene, network: Network) -> list[str]:
    """Say why layers were not made from this scene and this network."""
    wanted = {"settings", "profile", "network_sha256", "ground_sha256", "findings"}
    lacking = sorted(wanted - set(data.attrs)) + sorted({"model", "model_why"} - set(data))
    if lacking:
        return [f"lacks {', '.join(lacking)}: write it with Coverage.save"]
    problems = []
    if data.sizes["y"] != scene.grid.shape[0] or data.sizes["x"] != scene.grid.shape[1]:
        problems.append("its grid is not the scene's: open the scene with the same resolution")
    elif not np.allclose(data["x"], scene.people["x"]) or not np.allclose(
        data["y"], scene.people["y"]
    ):
        problems.append("its pixels do not lie on the scene's")
    elif data.attrs["ground_sha256"] != _ground_sha256(data, scene):
        problems.append("it was made over other terrain, clutter or zones: open those files")
    if data.attrs["network_sha256"] != network_digest(network):
        problems.append("it was made from another station table or other antennas")
    return problems
