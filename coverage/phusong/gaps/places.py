"""Sums over the pixels and villages of each commune, for tables of what holds where."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.gaps.villages import village_pixels

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["commune_amounts", "villages_where"]


def commune_amounts(scene: "Scene", masks: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    """Area, people and villages of each commune where each mask is true.

    Parameters
    ----------
    scene
        Communes, their labels, people and villages.
    masks
        bool (y, x) by name; what lies outside every commune is not counted.

    Returns
    -------
    DataFrame
        A row per commune in order of label: code, name, then for each mask ``{name}_area_km2``,
        ``{name}_people`` and, where the scene has villages, ``{name}_villages``.
    """
    communes = scene.communes.sort_values("label")
    labels = scene.commune_labels.to_numpy().ravel()
    people = scene.people.to_numpy().ravel()
    columns: dict[str, Any] = {
        "code": communes["code"].to_numpy(),
        "name": communes["name"].to_numpy(),
    }
    count = len(communes) + 1
    at = np.empty(0, int) if scene.villages is None else village_pixels(scene.villages, scene)
    for name, mask in masks.items():
        where = labels * mask.ravel()
        pixels = np.bincount(where, minlength=count)[1:]
        columns[f"{name}_area_km2"] = pixels * scene.pixel_area_km2
        columns[f"{name}_people"] = np.bincount(where, people, count)[1:]
        if scene.villages is not None:
            columns[f"{name}_villages"] = np.bincount(where[at[at >= 0]], minlength=count)[1:]
    return pd.DataFrame(columns)


def villages_where(scene: "Scene", mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the mask is true at each village; not off the grid nor outside the communes."""
    pixel = village_pixels(scene.villages, scene)
    inside = (mask & (scene.commune_labels.to_numpy() > 0)).ravel()
    return (pixel >= 0) & inside[pixel]
