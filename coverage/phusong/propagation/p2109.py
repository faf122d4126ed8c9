"""Recommendation ITU-R P.2109-2: building entry loss.

Annex 1, section 3, eqs. (1) to (10): the loss not exceeded with a probability, over all places in
buildings of a class, "traditional" or "thermally_efficient" (metallised glass, foil-backed
panels). It is what a receiver indoors has more than one outside at the same height. It is no
median with a spread: the spread is in the probability, so no shadowing of the building is added.

Valid from 0.08 to 100 GHz, for any probability between 0 and 100 % and any elevation of the path
at the facade; outside, `OutOfRangeError` is raised.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from phusong.errors import InputError
from phusong.kernels import p2109 as kernel
from phusong.propagation.arrays import (
    FloatArray,
    Range,
    as_given,
    broadcast,
    codes_of,
    refuse_outside,
)

__all__ = ["Building", "loss_db", "loss_terms"]

Building = Literal["traditional", "thermally_efficient"]

BUILDINGS = {
    "traditional": kernel.TRADITIONAL,
    "thermally_efficient": kernel.THERMALLY_EFFICIENT,
}
RANGES = {
    "frequency_ghz": Range(0.08, 100.0),
    "elevation_deg": Range(-90.0, 90.0),
    "probability_percent": Range(0.0, 100.0, ends=False),
}


def loss_db(
    *,
    frequency_ghz: ArrayLike,
    building: Building | ArrayLike = "traditional",
    elevation_deg: ArrayLike = 0.0,
    probability_percent: ArrayLike = 50.0,
) -> float | FloatArray:
    """Building entry loss not exceeded with a probability.

    Parameters
    ----------
    frequency_ghz
        0.08 to 100; any shape, as every other value here: they broadcast.
    building
        "traditional" or "thermally_efficient", or an array of these.
    elevation_deg
        Elevation of the path at the facade, -90 to 90; its sign does not matter.
    probability_percent
        Probability that the loss is not exceeded, above 0 and below 100; 50 is the median.

    Returns
    -------
    float or ndarray
        LBEL in dB, of the broadcast shape; a float for scalars. Under some 0.3 % it is a gain of
        up to 3 dB, as the Recommendation has it.

    Raises
    ------
    InputError
        When a value is not finite, a building unknown, or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(loss_db(frequency_ghz=0.9), 1)
    14.2
    >>> round(loss_db(frequency_ghz=0.9, building="thermally_efficient"), 1)
    31.2
    """
    values = _checked(
        frequency_ghz=frequency_ghz,
        building=building,
        elevation_deg=elevation_deg,
        probability_percent=probability_percent,
    )
    loss = np.empty(values["frequency_ghz"].shape)
    kernel.fill_losses(
        values["frequency_ghz"].flatten(),
        values["building"].flatten().astype(np.int64),
        values["elevation_deg"].flatten(),
        ndtri(values["probability_percent"] / 100.0).flatten(),
        loss.ravel(),
    )
    return as_given(loss)


def loss_terms(
    *,
    frequency_ghz: float,
    building: Building = "traditional",
    elevation_deg: float = 0.0,
    probability_percent: float = 50.0,
) -> dict[str, float]:
    """Every intermediate value of `loss_db` for one link, in dB, under the Recommendation's names.

    Parameters are those of `loss_db`. ``Lh`` is the median at horizontal incidence, ``Le`` what
    the elevation adds, ``A`` and ``B`` are the two lognormal parts, with their mu and sigma, and
    ``Lbel`` is the loss.
    """
    values = _checked(
        frequency_ghz=frequency_ghz,
        building=building,
        elevation_deg=elevation_deg,
        probability_percent=probability_percent,
    )
    if values["frequency_ghz"].ndim:
        raise InputError("p2109", ["loss_terms takes one link: give scalars"])
    terms = kernel.entry_terms(
        float(values["frequency_ghz"]),
        int(values["building"]),
        float(values["elevation_deg"]),
        float(ndtri(values["probability_percent"] / 100.0)),
    )
    return {name: float(value) for name, value in terms._asdict().items()}


def _checked(*, building: Building | ArrayLike, **values: ArrayLike) -> dict[str, FloatArray]:
    codes, problems = codes_of("building", building, BUILDINGS)
    arrays = broadcast("p2109", {"building": codes, **values}, problems)
    refuse_outside("P.2109-2", arrays, RANGES)
    return arrays
