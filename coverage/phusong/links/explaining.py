"""Why a pixel of a finished prediction has its level."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from phusong.errors import InputError
from phusong.geodata.scene import Scene
from phusong.links.budget import Entry
from phusong.links.ground import (
    clutter_of,
    path_between,
    place_at,
    place_of,
    terrain_of,
    zones_of,
)
from phusong.links.linking import link_over, service_of
from phusong.links.models import chosen_models
from phusong.links.result import Link
from phusong.links.settings import LinkSettings
from phusong.radio.antennas.pattern import Pattern
from phusong.radio.service import ServiceProfile

__all__ = ["explain_cell", "explain_pixel"]

CELL_FIELDS = (
    "frequency_mhz",
    "technology",
    "bandwidth_mhz",
    "power_dbm",
    "antenna_gain_dbi",
    "feeder_loss_db",
    "azimuth_deg",
    "mechanical_tilt_deg",
    "electrical_tilt_deg",
    "horizontal_beamwidth_deg",
    "vertical_beamwidth_deg",
)


def explain_cell(
    scene: Scene,
    cell: "pd.Series[Any]",
    row: int,
    col: int,
    *,
    antennas: Mapping[str, Pattern] | None = None,
    model: str | list[str] = "p1812",
    service: str | ServiceProfile = "vn_default",
    receiver_height_m: float | None = None,
    clutter_m: float | xr.DataArray = 10.0,
    swept_km: float = 0.0,
    **settings: Any,
) -> Link:
    """The link from a cell to a pixel, as `phusong.predict` computes it.

    Parameters
    ----------
    scene
        What was predicted on.
    cell
        A row of ``network.cells``.
    row, col
        Of the pixel on ``scene.grid``.
    antennas
        ``network.antennas``: patterns that the cell may name.
    model
        As for `phusong.links.link`.
    service
        Service profile, or its name.
    receiver_height_m
        Handset above ground; the service profile's by default.
    clutter_m
        As for `phusong.links.link`.
    swept_km
        Range of the sweep that computed the cell, 0 where each pixel had its own profile: the
        link's profile is then that of the pixel's radial.
    **settings
        What the prediction was made with: ``environment``, ``profile_step_m``, ``time_percent``,
        ``polarization``, ``delta_n``, ``n0``, ``shadowing_sigma_db``; and, from
        `phusong.links.LinkSettings`, losses that a map does not have, as ``entry_loss_db``.

    Returns
    -------
    Link
        Its level is the pixel's, where the cell serves it and no further loss is given.

    Raises
    ------
    InputError
        When the pixel is not on the grid, the cell not on the terrain, or a setting unusable.
    """
    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError("pixel", [f"row {row}, column {col} is not on a {rows} x {cols} grid"])
    profile = service_of(service)
    height_m = profile.receiver_height_m if receiver_height_m is None else receiver_height_m
    clutter = clutter_of(scene, clutter_m)
    chosen = LinkSettings.of(
        tx_height_m=float(cell["antenna_height_m"]),
        rx_height_m=height_m,
        clutter_m=None if isinstance(clutter, xr.DataArray) else clutter,
        antenna=(antennas or {}).get(cell.get("antenna", "")),
        **_cell_fields(cell),
        **settings,
    )
    names = chosen_models(model, chosen.frequency_mhz, chosen.options)
    terrain = terrain_of(scene)
    first_row, first_col = (part.start for part in scene.window)
    tx = place_at(terrain, float(cell["longitude"]), float(cell["latitude"]))
    rx = place_of(terrain, first_row + row, first_col + col)
    path = path_between(terrain, clutter, zones_of(scene), tx, rx, chosen, tx.latitude, swept_km)
    return link_over(path, chosen, names, profile, f"{cell['operator']} {cell['cell_id']}")


def explain_pixel(
    scene: Scene,
    cells: pd.DataFrame,
    layers: xr.Dataset,
    longitude: float,
    latitude: float,
    *,
    technology: str | None = None,
    operator: str | None = None,
    **settings: Any,
) -> Link:
    """The link from the best server of a pixel of a finished prediction.

    Parameters
    ----------
    scene, cells, layers
        What was predicted on, ``network.cells``, and the prediction's ``level_dbm`` and
        ``server`` (operator, technology, y, x); ``model`` (cell), which "auto" took.
    longitude, latitude
        Any place in the pixel, degrees (WGS 84).
    technology, operator
        Of which level; None takes the strongest of all there are.
    **settings
        As for `explain_cell`.

    Returns
    -------
    Link
        With the rows ``level`` and ``difference`` of section "prediction": the pixel's stored
        level, and what the link's is above it.

    Raises
    ------
    InputError
        When the place is not on the grid, technology or operator are not in the prediction, or
        no cell of theirs was computed there.
    """
    row, col = _pixel_at(scene, longitude, latitude)
    # the pixel first: picking layers by a list of names copies them whole
    pixel = layers[["level_dbm", "server"]].isel(y=row, x=col)
    at = _selected(pixel, {"technology": technology, "operator": operator})
    levels, servers = at["level_dbm"].to_numpy().ravel(), at["server"].to_numpy().ravel()
    if np.isnan(levels).all():
        asked = " ".join(name for name in (operator, technology) if name) or "any operator"
        problem = f"no cell of {asked} was computed at {longitude:g}, {latitude:g}"
        raise InputError("pixel", [f"{problem}: none is in range"])
    best = int(np.nanargmax(levels))
    if settings.get("model") == "auto" and "model" in layers:
        settings["model"] = str(layers["model"].to_numpy()[int(servers[best])])
    cell = int(servers[best])
    if "swept_km" in layers:
        settings["swept_km"] = float(layers["swept_km"].to_numpy()[cell])
    of = explain_cell(scene, cells.iloc[cell], row, col, **settings)
    return _beside(of, float(levels[best]))


def _beside(of: Link, stored_dbm: float) -> Link:
    entries = (
        Entry("prediction", "level", stored_dbm, "dBm", "", "stored of this pixel"),
        Entry("prediction", "difference", of.level_dbm - stored_dbm, "dB", "", "of this link's"),
    )
    return Link(of.settings, of.path, of.losses, of.entries + entries, of.service, of.label)


def _cell_fields(cell: "pd.Series[Any]") -> dict[str, Any]:
    """The cell's columns that a link takes; an omnidirectional antenna has no azimuth."""
    values = {name: cell[name] for name in CELL_FIELDS}
    return {name: None if pd.isna(value) else value for name, value in values.items()}


def _selected(layers: xr.Dataset, names: dict[str, str | None]) -> xr.Dataset:
    """The layers of the dimensions' names; None keeps all of a dimension."""
    chosen = {dim: name for dim, name in names.items() if name is not None}
    problems = [
        f"{dim} {name!r} is not in the prediction: give one of {', '.join(map(str, known))}"
        for dim, name in chosen.items()
        if name not in (known := layers[dim].to_numpy().tolist())
    ]
    if problems:
        raise InputError("pixel", problems)
    return layers.sel({dim: [name] for dim, name in chosen.items()})


def _pixel_at(scene: Scene, longitude: float, latitude: float) -> tuple[int, int]:
    place = place_at(terrain_of(scene), longitude, latitude)
    rows, cols = scene.grid.shape
    first_row, first_col = (part.start for part in scene.window)
    row, col = place.row - first_row, place.col - first_col
    if not (-0.5 <= row < rows - 0.5 and -0.5 <= col < cols - 0.5):
        problem = f"longitude {longitude:g}, latitude {latitude:g} is not on the scene's grid"
        raise InputError("pixel", [f"{problem}: longitude comes first"])
    return int(row + 0.5), int(col + 0.5)
