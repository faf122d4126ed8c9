"""State of service per pixel: the highest tier that the level reaches probably enough."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords

from phusong.errors import InputError
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["ANY", "STATES", "STATE_COLOURS", "STATE_NAMES", "is_served", "map_states"]

ANY = "any"
"""The operator that is the best of all operators at each pixel."""

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


def map_states(coverage: "Coverage", profile: ServiceProfile) -> xr.DataArray:
    """State of service at every pixel, for each operator and for any operator.

    A tier is reached where ``level - margin >= threshold``, the margin being the profile's for the
    coverage's shadowing. Without a computed level a pixel is ``not_computed``, never ``none``; for
    any operator, only where no operator's level was computed. Outside the communes: ``outside``.

    Parameters
    ----------
    coverage
        Best-server levels per operator and technology.
    profile
        Thresholds and probability.

    Returns
    -------
    DataArray
        uint8 (operator, technology, y, x) with the codes of `STATES`; the last operator is `ANY`.

    Raises
    ------
    InputError
        A technology without thresholds in the profile, or an operator called "any".
    """
    level_dbm = coverage.data["level_dbm"].transpose("operator", "technology", "y", "x")
    operators = [str(name) for name in level_dbm["operator"].to_numpy()]
    technologies = [str(name) for name in level_dbm["technology"].to_numpy()]
    _check_names(operators, technologies, profile)
    margin_db = profile.margin_db(coverage.shadowing_sigma_db)
    outside = coverage.scene.commune_labels.to_numpy() == 0
    states = np.empty((len(operators) + 1, *level_dbm.shape[1:]), dtype=np.uint8)
    for t, technology in enumerate(technologies):
        least_dbm = np.array(list(profile.thresholds(technology).values())) + margin_db
        levels = level_dbm[:, t].to_numpy()
        for o, level in enumerate([*levels, np.fmax.reduce(levels, axis=0)]):
            states[o, t] = _classify(level, least_dbm)
    states[..., outside] = STATES["outside"]
    return xr.DataArray(
        states,
        dims=("operator", "technology", "y", "x"),
        coords={
            "operator": [*operators, ANY],
            "technology": technologies,
            **xr_coords(coverage.scene.grid),
        },
        name="state",
        attrs=_attributes(coverage.shadowing_sigma_db, profile),
    )


def _classify(
    level_dbm: NDArray[np.floating[Any]], least_dbm: NDArray[np.floating[Any]]
) -> NDArray[np.uint8]:
    states: NDArray[np.uint8] = np.digitize(level_dbm, least_dbm).astype(np.uint8)
    states[np.isnan(level_dbm)] = STATES["not_computed"]
    return states


def _attributes(sigma_db: float, profile: ServiceProfile) -> dict[str, Any]:
    return {
        "long_name": "state of service",
        "flag_values": np.array(list(STATES.values()), dtype=np.uint8),
        "flag_meanings": " ".join(STATES),
        "service_profile": profile.name,
        "probability": profile.probability,
        "shadowing_sigma_db": float(sigma_db),
        **({} if profile.load is None else {"load": profile.load}),
    }


def _check_names(operators: list[str], technologies: list[str], profile: ServiceProfile) -> None:
    known = ", ".join(profile.technologies)
    problems = [
        f"service profile {profile.name!r} has no thresholds for {technology!r}; it has: {known}"
        for technology in technologies
        if technology not in profile.technologies
    ]
    if ANY in operators:
        problems.append(f"operator {ANY!r}: the name is kept for the best of all; rename it")
    if problems:
        raise InputError("coverage", problems)
