"""Checks of a terrain profile that every model on a profile shares."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError

__all__ = ["checked_profile", "shape_problems", "spacing_problems", "value_problems"]

FloatArray = NDArray[np.float64]

# A step may differ from the mean step by this part of it: distances rounded when they were written.
STEP_TOLERANCE = 1e-3


def checked_profile(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    min_points: int,
    equal_steps: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Distances and terrain heights as arrays of float64, found fit for use.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), transmitter first: distance from the transmitter, starting at 0 and
        rising, and terrain height above sea level.
    min_points
        Fewest points that the model works with.
    equal_steps
        Whether the model needs points at equal distances.

    Returns
    -------
    tuple of ndarray
        ``distance_km`` and ``height_m``, each of shape (n,).

    Raises
    ------
    InputError
        When the profile is unusable; all its problems at once.
    """
    d = np.asarray(distance_km, dtype=np.float64)
    h = np.asarray(height_m, dtype=np.float64)
    arrays = {"distance_km": d, "height_m": h}
    problems = shape_problems(arrays, min_points) or value_problems(arrays)
    if equal_steps and not problems:
        problems = spacing_problems(d)
    if problems:
        raise InputError("profile", problems)
    return d, h


def shape_problems(arrays: Mapping[str, FloatArray], min_points: int) -> list[str]:
    """What is wrong with the shapes of a profile's arrays, ``distance_km`` among them."""
    d = arrays["distance_km"]
    if d.ndim != 1:
        return [f"distance_km has shape {d.shape}: give one dimension"]
    problems = [
        f"{name} has shape {a.shape}, distance_km has {d.shape}: give one value a point"
        for name, a in arrays.items()
        if a.shape != d.shape
    ]
    if d.size < min_points:
        problems.append(f"the profile has {d.size} points: give at least {min_points}")
    return problems


def value_problems(arrays: Mapping[str, FloatArray]) -> list[str]:
    """What is wrong with the values: not finite, not starting at 0, not rising."""
    problems = []
    for name, a in arrays.items():
        bad = np.flatnonzero(~np.isfinite(a))
        if bad.size:
            problems.append(f"{name}[{bad[0]}] is {a[bad[0]]}: {bad.size} value(s) not finite")
    d = arrays["distance_km"]
    if d[0] != 0.0:
        problems.append(f"distance_km[0] is {d[0]}: the profile must start at 0")
    falls = np.flatnonzero(np.diff(d) <= 0)
    if falls.size:
        i = int(falls[0]) + 1
        problems.append(f"distance_km[{i}] is {d[i]} after {d[i - 1]}: distances must rise")
    return problems


def spacing_problems(distance_km: FloatArray) -> list[str]:
    """Whether the steps of a profile differ; ``distance_km`` must have passed the other checks."""
    step = distance_km[-1] / (distance_km.size - 1)
    off = np.flatnonzero(np.abs(np.diff(distance_km) - step) > STEP_TOLERANCE * step)
    if not off.size:
        return []
    i = int(off[0]) + 1
    return [
        f"distance_km[{i}] is {distance_km[i]:g}, {distance_km[i] - distance_km[i - 1]:g} km after "
        f"the point before it, where the mean step is {step:g} km: the model needs equal steps, "
        "resample the heights (numpy.interp over numpy.linspace)"
    ]
