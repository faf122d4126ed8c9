"""What costs a link its level: distance, terrain, clutter, or an antenna that looks elsewhere."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phusong.kernels.path import analyse_path
from phusong.links.models import model_loss
from phusong.links.profile import TerrainPath
from phusong.links.result import Link

__all__ = ["LossParts", "loss_parts"]


class LossParts(NamedTuple):
    """Parts of what a link loses on its way, dB, by the link's own model.

    ``open_db`` is its loss over a straight slope between the grounds at both ends, without clutter;
    ``terrain_db`` what the terrain adds to that, ``clutter_db`` what the clutter adds to both, and
    ``antenna_db`` how far below its peak the antenna radiates towards the receiver.
    """

    open_db: float
    terrain_db: float
    clutter_db: float
    antenna_db: float


def loss_parts(link: Link) -> LossParts:
    """Part a link's loss by computing it over a straight slope, and over bare terrain.

    Parameters
    ----------
    link
        With a power, so that it has budgets.

    Returns
    -------
    LossParts
        The first three sum to ``link.loss_db``.
    """
    path = link.path
    slope = np.interp(path.distance_km, path.distance_km[[0, -1]], path.height_m[[0, -1]])
    open_db, bare_db = (_loss_over(ground, link) for ground in (slope, path.height_m))
    return LossParts(
        open_db,
        bare_db - open_db,
        link.loss_db - bare_db,
        link.value("antenna_attenuation"),
    )


def _loss_over(ground_m: NDArray[np.float64], link: Link) -> float:
    """Loss of the link's model over other ground, without clutter."""
    path, settings = link.path, link.settings
    heights = settings.tx_height_m, settings.rx_height_m
    d = path.distance_km
    geometry = analyse_path(d, ground_m, ground_m, *heights, path.ae, True, False)
    bare: TerrainPath = replace(path, height_m=ground_m, surface_m=ground_m, geometry=geometry)
    return model_loss(link.model, bare, settings).loss_db
