"""Directions as they come from a caller, checked and made flat for the kernels."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError

__all__ = ["checked_directions", "checked_tilt", "shaped"]

Floats = NDArray[np.float64]


def checked_directions(
    azimuth_deg: ArrayLike, elevation_deg: ArrayLike
) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Bearings and elevations, broadcast and flat, and the shape they had.

    Raises
    ------
    InputError
        For directions that are not finite, or elevations outside -90 to 90 degrees.
    """
    azimuth, elevation = np.broadcast_arrays(
        np.asarray(azimuth_deg, float), np.asarray(elevation_deg, float)
    )
    problems = []
    if not np.isfinite(azimuth).all():
        problems.append("a bearing is not finite: give degrees")
    if not (np.abs(elevation) <= 90.0).all():
        problems.append("an elevation is not within -90 to 90 degrees")
    if problems:
        raise InputError("directions", problems)
    return azimuth.ravel(), elevation.ravel(), azimuth.shape


def checked_tilt(name: str, tilt_deg: float) -> float:
    """Tilt as a float; an InputError outside -90 to 90 degrees."""
    if not (math.isfinite(tilt_deg) and abs(tilt_deg) <= 90.0):
        raise InputError(name, [f"{tilt_deg} is not within -90 to 90 degrees"])
    return float(tilt_deg)


def shaped(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Flat values in a shape; a scalar for the shape of one."""
    array: Floats = values.reshape(shape)[()]
    return array
