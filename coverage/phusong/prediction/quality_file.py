"""Service quality in a NetCDF file, for another profile on another day."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.folders import with_folder
from phusong.prediction.layers_file import load_layers

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["quality_problems", "read_layers", "write_layers"]

LOAD = "cell_load"
SAME = {
    "network_sha256": "another station table or other antennas",
    "settings": "a prediction by other settings",
    "ground_sha256": "a prediction over other terrain, clutter or zones",
}


def write_layers(path: Path | str, layers: xr.Dataset, loads: pd.DataFrame) -> Path:
    """Write layers and loads; the folder is made where it is missing."""
    path = with_folder(path)
    packed = {name: {"zlib": True, "complevel": 4} for name in layers}
    whole = layers.assign({LOAD: ("cell", loads["load"].to_numpy(dtype=np.float64))})
    whole.to_netcdf(path, engine="h5netcdf", encoding=packed)
    return path


def read_layers(
    path: Path | str, coverage: "Coverage", known: set[str]
) -> tuple[xr.Dataset, NDArray[np.float64]]:
    """Layers and loads that `write_layers` wrote, of this coverage.

    Raises
    ------
    InputError
        When the file is missing, no NetCDF-4 file, lacks one of the ``known`` layers, or is of
        another coverage.
    """
    path = Path(path)
    data = load_layers(path)
    lacking = sorted((known | {LOAD}) - set(map(str, data)))
    problems = [f"lacks {', '.join(lacking)}: write it with Quality.save"] if lacking else []
    problems = problems or quality_problems(data, coverage)
    if problems:
        raise InputError(str(path), problems)
    return data.drop_vars(LOAD), data[LOAD].to_numpy()


def quality_problems(layers: xr.Dataset, coverage: "Coverage") -> list[str]:
    """Why layers of quality are not those of a coverage."""
    problems = [
        f"it was made from {words}: make it anew with coverage.quality"
        for name, words in SAME.items()
        if layers.attrs.get(name) != coverage.data.attrs.get(name)
    ]
    axes = {"operator": coverage.operators, "technology": coverage.technologies}
    for axis, names in axes.items():
        if layers[axis].to_numpy().tolist() != list(names):
            problems.append(f"its {axis} axis is not the coverage's: {json.dumps(list(names))}")
    if tuple(layers.sizes[axis] for axis in ("y", "x")) != tuple(coverage.scene.grid.shape):
        problems.append("its grid is not the scene's: open the scene with the same resolution")
    return problems
