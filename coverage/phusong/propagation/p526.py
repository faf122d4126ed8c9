"""Recommendation ITU-R P.526-15: propagation by diffraction.

Section 4.1, eq. (31), the single knife edge; section 3.1 the spherical earth; section 4.5.1
Bullington's construction; section 4.5.2 the delta-Bullington method. Deygout's method over three
edges is that of the editions up to P.526-11, which tuned models still name. All give the loss
beyond free space in dB, exact to the Recommendation's own approximations.

Used from 10 MHz on, where section 3.1 begins; outside it `OutOfRangeError` is raised. The ground's
electrical constants are those of P.1812-8 section 4.3.2, which takes the same formulas: land
22 and 0.003 S/m, sea 80 and 5 S/m.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.kernels import diffraction as kernel
from phusong.kernels.deygout import deygout_db
from phusong.kernels.path import analyse_path
from phusong.propagation.arrays import Range, as_given, broadcast, refuse_outside
from phusong.propagation.profile import checked_profile

__all__ = ["knife_edge_loss_db", "profile_loss_db", "spherical_earth_loss_db"]

FloatArray = NDArray[np.float64]
Method = Literal["delta_bullington", "bullington", "deygout"]

METHODS = ("delta_bullington", "bullington", "deygout")
POLARIZATIONS = ("horizontal", "vertical")
MEDIAN_EARTH_RADIUS_KM = 8500.0
MIN_POINTS = 3
RANGES = {
    "frequency_ghz": Range(0.01, 1000.0),
    "distance_km": Range(0.0, np.inf, ends=False),
    "tx_height_m": Range(0.0, np.inf, ends=False),
    "rx_height_m": Range(0.0, np.inf, ends=False),
    "earth_radius_km": Range(0.0, np.inf, ends=False),
    "sea_fraction": Range(0.0, 1.0),
}


def knife_edge_loss_db(nu: ArrayLike) -> float | FloatArray:
    """Loss J(nu) of a single knife edge: eq. (31), 0 up to nu = -0.78.

    Parameters
    ----------
    nu
        Diffraction parameter, of any shape.

    Returns
    -------
    float or ndarray
        dB, of that shape.

    Raises
    ------
    InputError
        When a value is not finite.

    Examples
    --------
    >>> round(knife_edge_loss_db(0.0), 2)
    6.03
    """
    values = broadcast("p526", {"nu": nu})["nu"]
    loss = np.array([kernel.knife_edge_db(float(v)) for v in values.ravel()])
    return as_given(loss.reshape(values.shape))


def spherical_earth_loss_db(
    distance_km: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    tx_height_m: ArrayLike,
    rx_height_m: ArrayLike,
    earth_radius_km: ArrayLike = MEDIAN_EARTH_RADIUS_KM,
    sea_fraction: ArrayLike = 0.0,
    polarization: str = "vertical",
) -> float | FloatArray:
    """Loss over a smooth spherical earth: section 3.1.

    Parameters
    ----------
    distance_km, frequency_ghz, tx_height_m, rx_height_m
        Path, and the antennas above the smooth earth; any shapes that broadcast.
    earth_radius_km
        Effective, 8,500 km for the median of a standard atmosphere.
    sea_fraction
        Part of the path over sea, 0 to 1.
    polarization
        "vertical" or "horizontal".

    Returns
    -------
    float or ndarray
        dB, of the broadcast shape.

    Raises
    ------
    InputError
        When a value is not finite, the shapes do not broadcast, or a name is unknown.
    OutOfRangeError
        When a value is outside its range.

    Examples
    --------
    >>> ends = {"frequency_ghz": 0.9, "tx_height_m": 30, "rx_height_m": 1.5}
    >>> round(spherical_earth_loss_db(40.0, **ends), 2)
    41.56
    """
    values = {
        "distance_km": distance_km,
        "tx_height_m": tx_height_m,
        "rx_height_m": rx_height_m,
        "earth_radius_km": earth_radius_km,
        "frequency_ghz": frequency_ghz,
        "sea_fraction": sea_fraction,
    }
    arrays = broadcast("p526", values, _unknown("polarization", polarization, POLARIZATIONS))
    refuse_outside("P.526-15", arrays, RANGES)
    vertical = polarization == "vertical"
    rows = zip(*(array.ravel() for array in arrays.values()), strict=True)
    loss = np.array([kernel.spherical_earth_db(*row, vertical) for row in rows])
    return as_given(loss.reshape(arrays["distance_km"].shape))


def profile_loss_db(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    method: Method = "delta_bullington",
    earth_radius_km: float = MEDIAN_EARTH_RADIUS_KM,
    sea_fraction: float = 0.0,
    polarization: str = "vertical",
) -> float:
    """Diffraction loss over a terrain profile.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), n at least 3, transmitter first: distances from 0, rising, and heights
        above sea level; put clutter on the heights between the ends where it counts.
    frequency_ghz
        0.01 or more.
    tx_height_m, rx_height_m
        Antennas above ground.
    method
        "delta_bullington" (section 4.5.2), "bullington" (4.5.1) or "deygout" (three edges).
    earth_radius_km, sea_fraction, polarization
        As for `spherical_earth_loss_db`; the last two count for "delta_bullington" alone.

    Returns
    -------
    float
        dB beyond free space.

    Raises
    ------
    InputError
        When the profile is unusable, a value not finite, or a name unknown.
    OutOfRangeError
        When a value is outside its range.

    Examples
    --------
    >>> d, h = np.linspace(0, 10, 11), np.zeros(11)
    >>> h[5] = 100.0
    >>> ends = {"frequency_ghz": 0.9, "tx_height_m": 30, "rx_height_m": 30}
    >>> [round(profile_loss_db(d, h, **ends, method=m), 2) for m in METHODS]
    [33.74, 33.74, 33.94]
    """
    d, h = checked_profile(distance_km, height_m, min_points=MIN_POINTS)
    numbers = {
        "frequency_ghz": frequency_ghz,
        "tx_height_m": tx_height_m,
        "rx_height_m": rx_height_m,
        "earth_radius_km": earth_radius_km,
        "sea_fraction": sea_fraction,
    }
    unknown = _unknown("method", method, METHODS)
    unknown += _unknown("polarization", polarization, POLARIZATIONS)
    of_path = {name: RANGES[name] for name in numbers}
    refuse_outside("P.526-15", broadcast("p526", numbers, unknown), of_path)
    hts, hrs = h[0] + tx_height_m, h[-1] + rx_height_m
    if method == "deygout":
        return float(deygout_db(d, h, hts, hrs, earth_radius_km, frequency_ghz))
    if method == "bullington":
        nu_root = kernel.bullington_nu_root(d, h, hts, hrs, earth_radius_km)
        root = np.sqrt(kernel.wavelength_m(frequency_ghz))
        return float(kernel.bullington_db(nu_root / root, d[-1]))
    path = analyse_path(
        d, h, h, float(tx_height_m), float(rx_height_m), float(earth_radius_km), True, False
    )
    return float(
        kernel.delta_bullington_db(
            path.nu_root_50,
            path.nu_root_smooth_50,
            path.d,
            hts - path.hstd,
            hrs - path.hsrd,
            earth_radius_km,
            frequency_ghz,
            sea_fraction,
            polarization == "vertical",
        )[0]
    )


def _unknown(name: str, word: str, known: tuple[str, ...]) -> list[str]:
    if word in known:
        return []
    return [f"{name} is {word!r}: give {', '.join(map(repr, known))}"]
