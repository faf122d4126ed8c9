"""Recommendation ITU-R P.2108-1: clutter loss at a terminal among buildings or trees.

Annex 1, section 3, three methods, each for one end of a path and on top of the loss of a model
that knows no clutter there:

- `height_gain_loss_db`, section 3.1: median loss of an antenna below the tops, 0.03 to 3 GHz.
- `terrestrial_loss_db`, section 3.2: loss not exceeded at a share of locations in towns, for
  antennas well below the tops, 0.5 to 67 GHz, paths of 0.25 km or more (1 km, if it is put on
  both ends).
- `slant_loss_db`, section 3.3: the same towards an aircraft or a satellite, 10 to 100 GHz.

Outside these ranges `OutOfRangeError` is raised. A share of locations holds the spread already:
no shadowing of the clutter is added.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from phusong.kernels import p2108 as kernel
from phusong.propagation.arrays import (
    FloatArray,
    Range,
    as_given,
    broadcast,
    codes_of,
    refuse_outside,
)

__all__ = ["Clutter", "height_gain_loss_db", "slant_loss_db", "terrestrial_loss_db"]

Clutter = Literal["water", "open", "suburban", "urban", "dense_urban"]

CLUTTERS = {"water": 0, "open": 1, "suburban": 2, "urban": 3, "dense_urban": 4}
# Table 3, in the order above.
CLUTTER_HEIGHTS_M = np.array([10.0, 10.0, 10.0, 15.0, 20.0])
OPEN_GROUND = CLUTTERS["open"]
STREET_WIDTH_M = 27.0

ABOVE_ZERO = Range(0.0, np.inf, ends=False)
SHARE = Range(0.0, 100.0, ends=False)
HEIGHT_GAIN_RANGES = {
    "frequency_ghz": Range(0.03, 3.0),
    "height_m": ABOVE_ZERO,
    "clutter_height_m": ABOVE_ZERO,
    "street_width_m": ABOVE_ZERO,
}
TERRESTRIAL_RANGES = {
    "frequency_ghz": Range(0.5, 67.0),
    "distance_km": Range(0.25, np.inf),
    "location_percent": SHARE,
}
SLANT_RANGES = {
    "frequency_ghz": Range(10.0, 100.0),
    "elevation_deg": Range(0.0, 90.0),
    "location_percent": SHARE,
}


def height_gain_loss_db(
    height_m: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    clutter: Clutter | ArrayLike,
    clutter_height_m: ArrayLike | None = None,
    street_width_m: ArrayLike = STREET_WIDTH_M,
) -> float | FloatArray:
    """Height-gain terminal correction, section 3.1: median loss of an antenna in clutter.

    Parameters
    ----------
    height_m
        Height of the antenna above ground, above 0; any shape, as every other value: they
        broadcast.
    frequency_ghz
        0.03 to 3.
    clutter
        "water" (and sea), "open" (and rural), "suburban", "urban" (and trees, forest) or
        "dense_urban", or an array of these.
    clutter_height_m
        Height R of the tops, above 0; None takes Table 3: 10 m, urban 15 m, dense urban 20 m.
    street_width_m
        Width ws of the street, above 0; it matters in built-up clutter and in trees.

    Returns
    -------
    float or ndarray
        Ah in dB, 0 at and above the tops; of the broadcast shape, a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite, a clutter unknown, or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(height_gain_loss_db(1.5, frequency_ghz=0.9, clutter="suburban"), 1)
    18.8
    """
    codes, problems = codes_of("clutter", clutter, CLUTTERS)
    tops = CLUTTER_HEIGHTS_M[codes] if clutter_height_m is None else clutter_height_m
    values = broadcast(
        "p2108",
        {
            "height_m": height_m,
            "clutter_height_m": tops,
            "frequency_ghz": frequency_ghz,
            "street_width_m": street_width_m,
            "clutter": codes,
        },
        problems,
    )
    refuse_outside("P.2108-1 section 3.1", values, HEIGHT_GAIN_RANGES)
    open_ground = values.pop("clutter") <= OPEN_GROUND
    loss = np.empty(open_ground.shape)
    numbers = (array.flatten() for array in values.values())
    kernel.fill_height_gains(*numbers, open_ground.flatten(), loss.ravel())
    return as_given(loss)


def terrestrial_loss_db(
    distance_km: ArrayLike, *, frequency_ghz: ArrayLike, location_percent: ArrayLike = 50.0
) -> float | FloatArray:
    """Statistical clutter loss of a terminal on a terrestrial path, section 3.2.

    Parameters
    ----------
    distance_km
        Whole length of the path, 0.25 or more; any shape that broadcasts with the others. The
        loss nowhere exceeds that at 2 km.
    frequency_ghz
        0.5 to 67.
    location_percent
        Share of locations at which the loss is not exceeded, above 0 and below 100.

    Returns
    -------
    float or ndarray
        Lctt in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(terrestrial_loss_db(0.65, frequency_ghz=3.0), 1)
    28.3
    """
    values = broadcast(
        "p2108",
        {
            "distance_km": distance_km,
            "frequency_ghz": frequency_ghz,
            "location_percent": location_percent,
        },
    )
    refuse_outside("P.2108-1 section 3.2", values, TERRESTRIAL_RANGES)
    deviate = -ndtri(values["location_percent"] / 100.0)
    loss = np.empty(deviate.shape)
    kernel.fill_terrestrial(
        values["distance_km"].flatten(),
        values["frequency_ghz"].flatten(),
        deviate.flatten(),
        loss.ravel(),
    )
    return as_given(loss)


def slant_loss_db(
    elevation_deg: ArrayLike, *, frequency_ghz: ArrayLike, location_percent: ArrayLike = 50.0
) -> float | FloatArray:
    """Statistical clutter loss of a terminal towards aircraft or space, section 3.3.

    Parameters
    ----------
    elevation_deg
        Elevation of the path above the horizon, 0 to 90; any shape that broadcasts with the
        others.
    frequency_ghz
        10 to 100.
    location_percent
        Share of locations at which the loss is not exceeded, above 0 and below 100.

    Returns
    -------
    float or ndarray
        Lces in dB, of the broadcast shape; a float for scalars. At few locations it is a gain
        of up to some 2 dB, as the Recommendation has it.

    Raises
    ------
    InputError
        When a value is not finite or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(slant_loss_db(15.5, frequency_ghz=11.1, location_percent=80.5), 1)
    14.7
    """
    values = broadcast(
        "p2108",
        {
            "elevation_deg": elevation_deg,
            "frequency_ghz": frequency_ghz,
            "location_percent": location_percent,
        },
    )
    refuse_outside("P.2108-1 section 3.3", values, SLANT_RANGES)
    share = values["location_percent"] / 100.0
    loss = np.empty(share.shape)
    kernel.fill_slant(
        values["elevation_deg"].flatten(),
        values["frequency_ghz"].flatten(),
        share.flatten(),
        -ndtri(share).flatten(),
        loss.ravel(),
    )
    return as_given(loss)
