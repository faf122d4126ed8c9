"""Three answers a pixel: served, not served, cannot say.

A pixel is served where the profile's probability is met: where its true median is at least the
basic threshold and the shadowing margin. The predicted median has an error, so that this is so with
a chance only::

    chance = Phi((level - margin - threshold) / error)

Where the profile asks for quality too, the numerator is the least excess of all that it asks for,
in dB of the server's level (`phusong.gaps.quality_excess`).

The answer is "served" where the chance is the confidence asked for or more, "not served" where it
is what is left of 1 or less, and "cannot say" between: the same as asking whether the threshold is
met at the low end, or missed at the high end, of a one-sided interval of the level.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import xr_coords
from scipy.special import ndtr

from phusong.gaps.uncertainty import Uncertainty, model_errors_db, terrain_error_db
from phusong.gaps.yardstick import ANY, Yardstick

__all__ = ["ANSWERS", "ANSWER_COLOURS", "ANSWER_NAMES", "map_answers", "map_chances"]

ANSWERS: Final = {
    "not_served": 0,
    "cannot_say": 1,
    "served": 2,
    "not_computed": 254,
    "outside": 255,
}
"""Codes of the answers; those of what was not computed and lies outside are the states' own."""

ANSWER_NAMES: Final = {code: name for name, code in ANSWERS.items()}

ANSWER_COLOURS: Final = {
    "not_served": "#7f3b08",
    "cannot_say": "#f7f7c4",
    "served": "#2166ac",
    "not_computed": "#d9d9d9",
    "outside": "#ffffff",
}

_LEAST_ERROR_DB: Final = 1e-6  # an error of 0 dB is a step at the threshold, not a division by it


def map_chances(by: Yardstick, uncertainty: Uncertainty) -> xr.DataArray:
    """Chance that each pixel is served, given how far its level may be wrong.

    Parameters
    ----------
    by
        The coverage, with its servers and models, and what it is measured by.
    uncertainty
        What is assumed of the errors.

    Returns
    -------
    DataArray
        float32 (operator, technology, y, x) from 0 to 1, NaN where no level was computed; the last
        operator is `ANY`, with the best chance of all: their errors are taken for one and the
        same, as they share model, terrain and clutter.
    """
    shape = len(by.operators) + 1, len(by.technologies), *by.coverage.scene.grid.shape
    chance = np.empty(shape, dtype=np.float32)
    for (o, t), error_db in zip(
        np.ndindex(shape[0] - 1, shape[1]), _errors_db(by, uncertainty), strict=True
    ):
        excess_db = by.excess_db(by.operators[o], by.technologies[t])
        chance[o, t] = ndtr(excess_db / error_db)
    chance[-1] = np.fmax.reduce(chance[:-1], axis=0)
    return xr.DataArray(
        chance,
        dims=("operator", "technology", "y", "x"),
        coords={
            "operator": [*by.operators, ANY],
            "technology": by.technologies,
            **xr_coords(by.coverage.scene.grid),
        },
        name="chance",
        attrs={"long_name": "chance that the pixel is served", "units": "1"},
    )


def map_answers(chance: xr.DataArray, inside: NDArray[np.bool_], confidence: float) -> xr.DataArray:
    """Answer at every pixel.

    Parameters
    ----------
    chance
        From `map_chances`.
    inside : bool (y, x)
        Pixels of a commune.
    confidence
        See `Uncertainty`.

    Returns
    -------
    DataArray
        uint8, as `chance`, with the codes of `ANSWERS`.
    """
    values = chance.to_numpy()
    answers = np.full(values.shape, ANSWERS["cannot_say"], dtype=np.uint8)
    # compared as the float32 that they are, lest 0.9 fall short of 0.9
    answers[values >= np.float32(confidence)] = ANSWERS["served"]
    answers[values <= np.float32(1.0 - confidence)] = ANSWERS["not_served"]
    answers[np.isnan(values)] = ANSWERS["not_computed"]
    answers[..., ~inside] = ANSWERS["outside"]
    attributes = {
        "long_name": "answer to whether the pixel is served",
        "flag_values": np.array(list(ANSWERS.values()), dtype=np.uint8),
        "flag_meanings": " ".join(ANSWERS),
        "confidence": confidence,
    }
    return chance.copy(data=answers).rename("answer").assign_attrs(attributes)


def _errors_db(by: Yardstick, uncertainty: Uncertainty) -> Iterator[NDArray[Any]]:
    """Error of the median (dB), (y, x), of each operator and within it each technology."""
    coverage = by.coverage
    of_cell = model_errors_db(coverage, uncertainty)
    servers = coverage.data["server"].transpose("operator", "technology", "y", "x").to_numpy()
    terrain = terrain_error_db(coverage, uncertainty)
    for index, of_terrain in zip(np.ndindex(servers.shape[:2]), terrain, strict=True):
        yield np.maximum(np.hypot(of_cell[servers[index]], of_terrain), _LEAST_ERROR_DB)
