"""3GPP TR 38.901, V18.0.0, section 7.4.3: loss into buildings, 0.5 to 100 GHz.

Tables 7.4.3-1 and 7.4.3-2: loss through the outer wall, PLtw, of buildings whose panes are plain
glass ("low") or coated ("high"), and 0.5 dB for every metre inside, PLin. It comes on top of the
loss outdoors over the distance to the mobile, and scatters about its mean with the standard
deviation of `shadowing_sigma_db`. The report draws the depth inside as the lesser of two even
draws from 0 to 25 m (UMa, UMi) or 10 m (RMa): a third of that on average. RMa takes "low" alone.

Outside the frequencies, or at a depth under 0, `OutOfRangeError` is raised.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from phusong.errors import InputError
from phusong.kernels import tr38901 as kernel
from phusong.propagation.arrays import (
    FloatArray,
    Range,
    as_given,
    broadcast,
    codes_of,
    refuse_outside,
)

__all__ = ["Building", "loss_db", "shadowing_sigma_db"]

Building = Literal["low", "high"]

BUILDINGS = {"low": kernel.LOW_LOSS, "high": kernel.HIGH_LOSS}
# sigma_P of Table 7.4.3-2, by the codes above.
SIGMAS_DB = np.array([4.4, 6.5])
RANGES = {"frequency_ghz": Range(0.5, 100.0), "indoor_distance_m": Range(0.0, np.inf)}


def loss_db(
    *,
    frequency_ghz: ArrayLike,
    building: Building | ArrayLike = "low",
    indoor_distance_m: ArrayLike = 0.0,
) -> float | FloatArray:
    """Mean loss from outside a building to a place inside.

    Parameters
    ----------
    frequency_ghz
        0.5 to 100; any shape, as every other value here: they broadcast.
    building
        "low" or "high" (loss), or an array of these.
    indoor_distance_m
        Depth inside, d2D-in, 0 or more.

    Returns
    -------
    float or ndarray
        PLtw + PLin in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite, a building unknown, or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(loss_db(frequency_ghz=3.5), 1)
    12.7
    >>> round(loss_db(frequency_ghz=3.5, building="high", indoor_distance_m=10), 1)
    31.8
    """
    codes, problems = codes_of("building", building, BUILDINGS)
    values = broadcast(
        "tr38901_indoor",
        {
            "frequency_ghz": frequency_ghz,
            "indoor_distance_m": indoor_distance_m,
            "building": codes,
        },
        problems,
    )
    refuse_outside("TR 38.901", values, RANGES)
    loss = np.empty(values["building"].shape)
    kernel.fill_penetration(
        values["frequency_ghz"].flatten(),
        values["indoor_distance_m"].flatten(),
        values["building"].flatten().astype(np.int64),
        loss.ravel(),
    )
    return as_given(loss)


def shadowing_sigma_db(building: Building | ArrayLike = "low") -> float | FloatArray:
    """Standard deviation of the loss about `loss_db`: 4.4 dB for "low", 6.5 for "high".

    It is what scatters between buildings; the shadow fading outdoors comes beside it.
    """
    codes, problems = codes_of("building", building, BUILDINGS)
    if problems:
        raise InputError("tr38901_indoor", problems)
    return as_given(SIGMAS_DB[codes])
