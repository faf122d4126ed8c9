"""Recommendation ITU-R P.525-4: free-space basic transmission loss.

Annex 1, point-to-point links: Lbf = 20 log10(4 pi d / lambda), exact, with the SI speed of light
of 299,792,458 m/s. Valid at any frequency, in the far field; nearer than lambda / (4 pi), where the
formula would give a gain, `OutOfRangeError` is raised.

P.1812-8 eq. (8) rounds the same constant: 92.4 + 20 log10(f d) is 0.0478 dB below the exact
92.4478 + 20 log10(f d). Its ``Lbfs`` stays as that Recommendation has it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels import free_space as kernel

__all__ = ["loss_db"]

FloatArray = NDArray[np.float64]


def loss_db(distance_km: ArrayLike, *, frequency_ghz: ArrayLike) -> float | FloatArray:
    """Free-space basic transmission loss between isotropic antennas.

    Parameters
    ----------
    distance_km
        Length of the ray from antenna to antenna, above 0; any shape.
    frequency_ghz
        Above 0; any shape that broadcasts with ``distance_km``.

    Returns
    -------
    float or ndarray
        Lbf in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or not above 0, or the shapes do not broadcast.
    OutOfRangeError
        When a distance is under lambda / (4 pi).

    Examples
    --------
    >>> round(loss_db(1.0, frequency_ghz=1.0), 4)
    92.4478
    """
    d, f = _checked(np.asarray(distance_km, np.float64), np.asarray(frequency_ghz, np.float64))
    loss = np.empty(d.shape)
    kernel.fill_losses(d.flatten(), f.flatten(), loss.ravel())
    near = np.flatnonzero(loss.ravel() < 0.0)
    if near.size:
        raise OutOfRangeError(
            f"distance_km {d.ravel()[near[0]]:g} at {f.ravel()[near[0]]:g} GHz is under "
            "lambda / (4 pi): P.525-4 holds in the far field"
        )
    return float(loss) if loss.ndim == 0 else loss


def _checked(d: FloatArray, f: FloatArray) -> tuple[FloatArray, FloatArray]:
    problems = [
        f"{name} has {bad[0]:g}: give finite values above 0"
        for name, values in (("distance_km", d), ("frequency_ghz", f))
        if (bad := values[~((values > 0.0) & np.isfinite(values))]).size
    ]
    try:
        shape = np.broadcast_shapes(d.shape, f.shape)
    except ValueError:
        problems.append(
            f"distance_km has shape {d.shape} and frequency_ghz {f.shape}: they do not broadcast"
        )
    if problems:
        raise InputError("free_space", problems)
    return np.broadcast_to(d, shape), np.broadcast_to(f, shape)
