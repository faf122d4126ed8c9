"""Recommendation ITU-R P.1812-8: point-to-area prediction over a terrain profile.

Annex 1 whole: line of sight with focusing, delta-Bullington diffraction, troposcatter, ducting and
layer reflection, location variability; Attachment 4 as an option. Valid from 30 MHz to 6 GHz, for
1 to 50 % of the time, 1 to 99 % of locations, 0.25 to 3,000 km and antennas 1 to 3,000 m above
ground. Outside the frequency, percentage and height ranges `OutOfRangeError` is raised; outside
the distance range the same formulas are used and a `PhusongWarning` says so.
"""

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import p1812 as kernel
from phusong.kernels.path import analyse_path, longest_run_km, sea_fraction
from phusong.propagation.profile import shape_problems, value_problems

__all__ = [
    "DELTA_N",
    "LATITUDE_DEG",
    "MAX_FREQUENCY_GHZ",
    "MIN_DISTANCE_KM",
    "MIN_FREQUENCY_GHZ",
    "N0",
    "loss_db",
    "loss_terms",
]

MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ = 0.03, 6.0
MIN_DISTANCE_KM, MAX_DISTANCE_KM = 0.25, 3000.0
MIN_HEIGHT_M, MAX_HEIGHT_M = 1.0, 3000.0
MIN_POINTS = 5

LATITUDE_DEG = 21.3
DELTA_N = 60.0
N0 = 370.0

Polarization = Literal["vertical", "horizontal"]
SmoothProfile = Literal["samples", "attachment4"]
FloatArray = NDArray[np.float64]


class _Profile(NamedTuple):
    distance_km: FloatArray
    height_m: FloatArray
    surface_m: FloatArray
    zone: NDArray[np.int64]


def loss_db(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    location_sigma_db: float = 0.0,
    clutter_m: ArrayLike | None = None,
    zone: ArrayLike | None = None,
    polarization: Polarization = "vertical",
    latitude_deg: float = LATITUDE_DEG,
    delta_n: float = DELTA_N,
    n0: float = N0,
    tx_coast_km: float = 500.0,
    rx_coast_km: float = 500.0,
    smooth_profile: SmoothProfile = "samples",
) -> float:
    """Basic transmission loss along a terrain profile.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), n >= 5, transmitter first: distance from the transmitter (starting
        at 0, rising) and terrain height above sea level.
    frequency_ghz
        0.03 to 6.
    tx_height_m, rx_height_m
        Antenna heights above ground, 1 to 3,000 m.
    time_percent
        Percentage of the average year for which the loss is not exceeded, 1 to 50.
    location_percent, location_sigma_db
        Percentage of locations, 1 to 99, and the standard deviation of location variability.
    clutter_m
        Representative clutter height at each point, shape (n,); none by default. The first and
        the last value are not used: the antennas stand clear of their own clutter (section 3.2).
    zone
        Radio-climatic zone of each point, shape (n,): 1 sea, 3 coastal land, 4 inland (default).
    polarization
        "vertical" or "horizontal".
    latitude_deg
        Of the path's centre; by default 21.3, northern Vietnam.
    delta_n, n0
        Refractivity lapse rate (N-units/km) and sea-level surface refractivity (N-units) at the
        path's centre. The defaults, 60 and 370, are round figures for the humid tropics of
        northern Vietnam, not read from the ITU maps: give your own where they matter.
    tx_coast_km, rx_coast_km
        Distance over land from each antenna to the coast along the path.
    smooth_profile
        How the smooth-earth edge of the delta-Bullington method is found: "samples" at the
        profile's points (section 4.3.5), "attachment4" analytically.

    Returns
    -------
    float
        Lb of eq. (69), in dB.

    Raises
    ------
    InputError
        When the profile is unusable; all its problems at once.
    OutOfRangeError
        When a value is outside the Recommendation's range.

    Examples
    --------
    >>> import numpy as np
    >>> d = np.linspace(0, 10, 101)
    >>> flat = loss_db(d, np.zeros(101), frequency_ghz=1.8, tx_height_m=30, rx_height_m=1.5)
    >>> hill = np.where(abs(d - 5) < 1, 200.0, 0.0)
    >>> behind = loss_db(d, hill, frequency_ghz=1.8, tx_height_m=30, rx_height_m=1.5)
    >>> behind - flat > 20
    True
    """
    terms = loss_terms(
        distance_km,
        height_m,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        time_percent=time_percent,
        location_percent=location_percent,
        location_sigma_db=location_sigma_db,
        clutter_m=clutter_m,
        zone=zone,
        polarization=polarization,
        latitude_deg=latitude_deg,
        delta_n=delta_n,
        n0=n0,
        tx_coast_km=tx_coast_km,
        rx_coast_km=rx_coast_km,
        smooth_profile=smooth_profile,
    )
    return terms["Lb"]


def loss_terms(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    time_percent: float = 50.0,
    location_percent: float = 50.0,
    location_sigma_db: float = 0.0,
    clutter_m: ArrayLike | None = None,
    zone: ArrayLike | None = None,
    polarization: Polarization = "vertical",
    latitude_deg: float = LATITUDE_DEG,
    delta_n: float = DELTA_N,
    n0: float = N0,
    tx_coast_km: float = 500.0,
    rx_coast_km: float = 500.0,
    smooth_profile: SmoothProfile = "samples",
) -> dict[str, float]:
    """Every intermediate value of `loss_db`, under the Recommendation's names.

    Parameters are those of `loss_db`. Distances are in km, heights in m, angles (``theta...``) in
    mrad, ``b0`` in percent, ``omega`` and ``F...`` are fractions, ``L...`` in dB. ``hst_n`` and
    ``hsr_n`` are the fitted smooth-surface heights of eqs. (85) to (88); values ending in ``50``
    belong to the median effective earth radius ``ae``, in ``_beta`` to that of beta0 of the time;
    at 50 % of the time, which does not use the latter, they repeat the median's.
    """
    profile = _checked_profile(distance_km, height_m, clutter_m, zone)
    _check_ranges(frequency_ghz, time_percent, location_percent, tx_height_m, rx_height_m)
    _check_settings(location_sigma_db, polarization, latitude_deg, delta_n, n0, smooth_profile)
    _check_coast(tx_coast_km, rx_coast_km)
    d, zones = profile.distance_km, profile.zone
    _warn_distance(float(d[-1]))

    ae = kernel.effective_earth_radius_km(delta_n)
    dtm, dlm = longest_run_km(d, zones, 3), longest_run_km(d, zones, 4)
    omega = sea_fraction(d, zones)
    b0 = kernel.beta0_percent(latitude_deg, dtm, dlm)
    over_sea = zones == 1
    location = -kernel.inverse_normal(location_percent / 100.0) * location_sigma_db
    path = analyse_path(
        d,
        profile.height_m,
        profile.surface_m,
        float(tx_height_m),
        float(rx_height_m),
        ae,
        smooth_profile == "samples",
        time_percent < 50.0,
    )
    losses = kernel.loss_terms(
        path,
        float(frequency_ghz),
        float(time_percent),
        ae,
        b0,
        omega,
        dlm,
        0.0 if over_sea[0] else float(tx_coast_km),
        0.0 if over_sea[-1] else float(rx_coast_km),
        float(n0),
        polarization == "vertical",
        0.0 if over_sea[-1] else location,
    )
    climate = {"dtm": dtm, "dlm": dlm, "omega": omega, "b0": b0, "ae": ae}
    return {k: float(v) for k, v in (path._asdict() | climate | losses._asdict()).items()}


def _checked_profile(
    distance_km: ArrayLike, height_m: ArrayLike, clutter_m: ArrayLike | None, zone: ArrayLike | None
) -> _Profile:
    d = np.asarray(distance_km, dtype=np.float64)
    h = np.asarray(height_m, dtype=np.float64)
    r = np.zeros_like(h) if clutter_m is None else np.asarray(clutter_m, dtype=np.float64)
    z = np.full(h.shape, 4.0) if zone is None else np.asarray(zone, dtype=np.float64)
    arrays = {"distance_km": d, "height_m": h, "clutter_m": r}
    problems = shape_problems(arrays | {"zone": z}, MIN_POINTS)
    if not problems:
        problems = value_problems(arrays) + _clutter_problems(r, z)
    if problems:
        raise InputError("profile", problems)
    return _Profile(d, h, h + r, z.astype(np.int64))


def _clutter_problems(r: FloatArray, z: FloatArray) -> list[str]:
    problems = []
    if np.any(r < 0):
        i = int(np.flatnonzero(r < 0)[0])
        problems.append(f"clutter_m[{i}] is {r[i]}: heights above ground cannot be negative")
    if not np.isin(z, (1, 3, 4)).all():
        i = int(np.flatnonzero(~np.isin(z, (1, 3, 4)))[0])
        problems.append(f"zone[{i}] is {z[i]:g}: give 1 (sea), 3 (coastal land) or 4 (inland)")
    return problems


def _check_ranges(
    frequency_ghz: float,
    time_percent: float,
    location_percent: float,
    tx_height_m: float,
    rx_height_m: float,
) -> None:
    ranges = (
        ("frequency_ghz", frequency_ghz, MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ),
        ("time_percent", time_percent, 1.0, 50.0),
        ("location_percent", location_percent, 1.0, 99.0),
        ("tx_height_m", tx_height_m, MIN_HEIGHT_M, MAX_HEIGHT_M),
        ("rx_height_m", rx_height_m, MIN_HEIGHT_M, MAX_HEIGHT_M),
    )
    outside = [
        f"{name} is {value:g}: P.1812-8 holds from {low:g} to {high:g}"
        for name, value, low, high in ranges
        if not low <= value <= high
    ]
    if outside:
        raise OutOfRangeError("; ".join(outside))


def _check_settings(
    location_sigma_db: float,
    polarization: str,
    latitude_deg: float,
    delta_n: float,
    n0: float,
    smooth_profile: str,
) -> None:
    problems = []
    if not 0.0 <= location_sigma_db < np.inf:
        problems.append(f"location_sigma_db is {location_sigma_db}: give 0 or more")
    if polarization not in ("vertical", "horizontal"):
        problems.append(f"polarization is {polarization!r}: give 'vertical' or 'horizontal'")
    if not -90.0 <= latitude_deg <= 90.0:
        problems.append(f"latitude_deg is {latitude_deg}: give -90 to 90")
    if not -1000.0 < delta_n < 157.0:
        problems.append(f"delta_n is {delta_n}: give less than 157 N-units/km")
    if not 0.0 < n0 < 1000.0:
        problems.append(f"n0 is {n0}: give sea-level refractivity in N-units, near 350")
    if smooth_profile not in ("samples", "attachment4"):
        problems.append(f"smooth_profile is {smooth_profile!r}: give 'samples' or 'attachment4'")
    if problems:
        raise InputError("p1812", problems)


def _check_coast(tx_coast_km: float, rx_coast_km: float) -> None:
    problems = [
        f"{name} is {value}: give 0 or more"
        for name, value in (("tx_coast_km", tx_coast_km), ("rx_coast_km", rx_coast_km))
        if not value >= 0.0
    ]
    if problems:
        raise InputError("p1812", problems)


def _warn_distance(distance_km: float) -> None:
    if not MIN_DISTANCE_KM <= distance_km <= MAX_DISTANCE_KM:
        warnings.warn(
            f"a path of {distance_km:g} km is outside P.1812-8's {MIN_DISTANCE_KM:g} to "
            f"{MAX_DISTANCE_KM:g} km; its formulas are used all the same",
            PhusongWarning,
            stacklevel=4,
        )
