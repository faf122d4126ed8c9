"""State of service per pixel: the highest tier that the place reaches probably enough."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords

from phusong.gaps.yardstick import ANY, Yardstick
from phusong.radio.service import TIERS

__all__ = ["ANY", "STATES", "STATE_COLOURS", "STATE_NAMES", "is_served", "map_states"]

STATES = {"none": 0, "weak": 1, "basic": 2, "good": 3, "not_computed": 254, "outside": 255}
"""Codes of the states. Served is basic or good; unserved is none or weak."""

STATE_NAMES = {code: name for name, code in STATES.items()}

STATE_COLOURS = {
    "none": "#7f3b08",
    "weak": "#fdb863",
    "basic": "#b2d2e8",
    "good": "#2166ac",
    "not_computed": "#d9d9d9",
    "outside": "#ffffff",
}
"""Brown to blue: told apart with every kind of colour blindness."""


def is_served(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where codes of `STATES` say basic service or better."""
    return np.asarray((codes == STATES["basic"]) | (codes == STATES["good"]))


def map_states(by: Yardstick) -> xr.DataArray:
    """State of service at every pixel, for each operator and for any operator.

    A tier is reached where everything is that the profile asks for it, each with the profile's
    probability: of the level, where ``level - margin >= threshold``. Without a computed level a
    pixel is ``not_computed``, never ``none``; for any operator, only where no operator's level was
    computed. Outside the communes: ``outside``.

    Parameters
    ----------
    by
        The coverage, and what it is measured by.

    Returns
    -------
    DataArray
        uint8 (operator, technology, y, x) with the codes of `STATES`; the last operator is `ANY`.
        Profile, probability, load and place are in its attributes.
    """
    scene = by.coverage.scene
    shape = len(by.operators) + 1, len(by.technologies), *scene.grid.shape
    states = np.empty(shape, dtype=np.uint8)
    for t, technology in enumerate(by.technologies):
        for o, operator in enumerate(by.operators):
            states[o, t] = _classify(by, operator, technology)
        states[-1, t] = _best(states[:-1, t])
    states[..., scene.commune_labels.to_numpy() == 0] = STATES["outside"]
    return xr.DataArray(
        states,
        dims=("operator", "technology", "y", "x"),
        coords={
            "operator": [*by.operators, ANY],
            "technology": by.technologies,
            **xr_coords(scene.grid),
        },
        name="state",
        attrs=_attributes(by),
    )


def _classify(by: Yardstick, operator: str, technology: str) -> NDArray[np.uint8]:
    at = {"operator": operator, "technology": technology}
    known = by.coverage.data["level_dbm"].sel(at).notnull().to_numpy()
    states = np.where(known, STATES["none"], STATES["not_computed"]).astype(np.uint8)
    for tier in TIERS:
        states[by.excess_db(operator, technology, tier) >= 0.0] = STATES[tier]
    return states


def _best(states: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The highest state of all operators that were computed."""
    unknown = states == STATES["not_computed"]
    best = np.where(unknown, STATES["none"], states).max(axis=0)
    return np.where(unknown.all(axis=0), STATES["not_computed"], best).astype(np.uint8)


def _attributes(by: Yardstick) -> dict[str, Any]:
    return {
        "long_name": "state of service",
        "flag_values": np.array(list(STATES.values()), dtype=np.uint8),
        "flag_meanings": " ".join(STATES),
        "service_profile": by.profile.name,
        "probability": by.profile.probability,
        "shadowing_sigma_db": float(by.coverage.shadowing_sigma_db),
        "place": by.profile.place,
        **({} if by.load is None else {"load": by.load}),
        **({"nsa": ", ".join(by.nsa)} if by.nsa else {}),
    }
