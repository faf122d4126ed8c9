"""The door of the links floor: `link`, one pair of points and every reason for its level."""

import math
from collections.abc import Sequence
from typing import Any

import xarray as xr

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.links.budget import (
    Entry,
    antenna_attenuation_db,
    downlink,
    limit,
    path_entries,
    uplink,
)
from phusong.links.ground import clutter_of, path_between, place_at, terrain_of, zones_of
from phusong.links.models import WITHOUT_TERRAIN, chosen_models, model_loss
from phusong.links.profile import TerrainPath
from phusong.links.result import Link
from phusong.links.settings import LinkSettings
from phusong.radio.service import ServiceProfile

__all__ = ["link", "link_over", "service_of"]


def link(
    scene: Scene | xr.DataArray,
    tx: tuple[float, float],
    rx: tuple[float, float],
    *,
    tx_height_m: float,
    frequency_mhz: float,
    rx_height_m: float = 1.5,
    model: str | Sequence[str] = "p1812",
    power_dbm: float | None = None,
    clutter_m: float | xr.DataArray = 10.0,
    service: str | ServiceProfile = "vn_default",
    **settings: Any,
) -> Link:
    """Compute one link: its ground, each model's loss with its terms, and its budgets both ways.

    Parameters
    ----------
    scene
        A `phusong.Scene`, or its terrain alone: heights above sea level in m, (y, x), on a grid
        in metres, as `phusong.links.reading.terrain_around` reads from a raster.
    tx, rx
        Longitude and latitude in degrees (WGS 84) of base station and handset.
    tx_height_m, rx_height_m
        Antennas above ground.
    frequency_mhz
        Carrier frequency.
    model
        A model's name, several, or "all": "p1812", "itm", "ehata", "hata", "spm", "tr38901_rma",
        "tr38901_uma", "tr38901_umi", "free_space"; or "auto", P.1812 and above its 6 GHz TR 38.901
        UMa. The first one's loss is the budget's. One that does not hold for this link is
        listed in ``link.models`` with the reason.
    power_dbm
        Total power of the cell; without it there are losses and no budgets.
    clutter_m
        Height of trees and houses on every point between the ends, or a raster of heights on the
        terrain's grid. A scene with a clutter map of its own is taken by that map, not a number.
    service
        Service profile, or its name: its thresholds and its probability count.
    **settings
        The other fields of `phusong.links.LinkSettings`: ``technology``, ``bandwidth_mhz``,
        ``antenna_gain_dbi``, ``azimuth_deg``, beamwidths and tilts, ``feeder_loss_db``,
        ``entry_loss_db``, ``body_loss_db``, ``environment`` and so on.

    Returns
    -------
    Link
        ``link.table``, ``link.models``, ``link.terms``, ``link.profile``, ``link.plot()``.

    Raises
    ------
    InputError
        When a place is not on the terrain, or a setting or a model's name is unusable.

    Examples
    --------
    >>> import phusong as ps
    >>> from phusong.links import link
    >>> scene, _ = ps.sample(resolution_m=500)
    >>> ends = {"tx": (152.5, 21.3), "rx": (152.55, 21.32)}
    >>> of = link(scene, **ends, tx_height_m=35, frequency_mhz=1842.5, power_dbm=46)
    >>> round(of.path.length_km, 1)
    5.6
    >>> of.limiting_side
    'downlink'
    """
    clutter = clutter_of(scene, clutter_m)
    chosen = LinkSettings.of(
        tx_height_m=tx_height_m,
        frequency_mhz=frequency_mhz,
        rx_height_m=rx_height_m,
        power_dbm=power_dbm,
        clutter_m=None if isinstance(clutter, xr.DataArray) else clutter,
        **settings,
    )
    names = chosen_models(model, frequency_mhz, chosen.options)
    profile = service_of(service)
    _check_places({"tx": tx, "rx": rx})
    terrain = terrain_of(scene)
    ends = place_at(terrain, *tx), place_at(terrain, *rx)
    latitude_deg = (ends[0].latitude + ends[1].latitude) / 2.0
    path = path_between(terrain, clutter, zones_of(scene), *ends, chosen, latitude_deg)
    return link_over(path, chosen, names, profile)


def service_of(service: str | ServiceProfile) -> ServiceProfile:
    """The service profile, or the one of that name."""
    return service if isinstance(service, ServiceProfile) else ServiceProfile.named(service)


def link_over(
    path: TerrainPath,
    settings: LinkSettings,
    models: Sequence[str],
    service: ServiceProfile,
    label: str = "",
) -> Link:
    """The link over ground that is sampled already; ``models`` as `chosen_models` gives them."""
    losses = tuple(model_loss(name, path, settings) for name in models)
    entries = path_entries(path, settings)
    if settings.power_dbm is not None:
        # A model that knows no terrain sends the signal straight, as the area engine does.
        straight = models[0] in WITHOUT_TERRAIN
        elevation_deg = path.straight_deg if straight else path.departure_deg
        attenuation_db = antenna_attenuation_db(path, settings, elevation_deg)
        entries += _budgets(settings, attenuation_db, losses[0].loss_db, service)
    return Link(settings, path, losses, tuple(entries), service, label)


def _budgets(
    settings: LinkSettings, attenuation_db: float, loss_db: float, service: ServiceProfile
) -> list[Entry]:
    both = [
        *downlink(settings, attenuation_db, loss_db, service),
        *uplink(settings, attenuation_db, loss_db, service),
    ]
    side, margin_db = limit(tuple(both))
    meaning = f"the {side} has less margin" if side else "not known: no loss"
    return [*both, Entry("limit", "margin", margin_db, "dB", "", meaning)]


def _check_places(places: dict[str, tuple[float, float]]) -> None:
    problems = [
        f"{name} is {place!r}: give (longitude, latitude) in degrees"
        for name, place in places.items()
        if len(place) != 2 or not all(math.isfinite(degrees) for degrees in place)
    ]
    if problems:
        raise InputError("link", problems)
