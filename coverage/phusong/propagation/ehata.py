"""Extended Hata model (eHata) of NTIA, version 3.2: loss of macro cells over a terrain profile.

E. Drocella et al., NTIA Technical Report TR-15-517 (2015), appendix A: Okumura's curves up to
3 GHz and 100 km, with the corrections of Okumura et al. (1968) found from the profile: effective
heights, rolling hills, one isolated ridge, general slope at the mobile, mixed land-sea path.

Valid from 1.5 to 3 GHz and 1 to 100 km; outside, the same formulas are used and one
`PhusongWarning` a call says so; outside 1 to 4 GHz `OutOfRangeError` is raised. Effective heights
are brought to 30 to 200 m (base) and 1 to 10 m (mobile), as the source has it.

The profile runs transmitter (base) first, as every profile of this library; NTIA's ``pfl`` runs
from the mobile to the base, so give its heights reversed. Points at exactly 0 m are sea.
"""

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import ehata as kernel
from phusong.kernels.ehata_path import analyse_path
from phusong.propagation.profile import checked_profile

__all__ = ["Environment", "environment_of_nlcd", "loss_db", "loss_terms"]

Environment = Literal["urban", "suburban", "rural"]
FloatArray = NDArray[np.float64]

ENVIRONMENTS = {"urban": kernel.URBAN, "suburban": kernel.SUBURBAN, "rural": kernel.RURAL}
# Codes of the US National Land Cover Database: 24 and 23 are developed at high and medium
# intensity, 22 at low intensity.
NLCD: dict[int, Environment] = {24: "urban", 23: "urban", 22: "suburban"}

MIN_POINTS = 5
MAX_STEP_M = 1000.0
MAX_HEIGHT_M = 3000.0
MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ = 1.0, 4.0
LOWEST_GHZ, HIGHEST_GHZ = 1.5, 3.0
NEAREST_KM, FARTHEST_KM = 1.0, 100.0


def environment_of_nlcd(code: int) -> Environment:
    """EHata's environment for a US land-cover code: 23 and 24 urban, 22 suburban, others rural."""
    return NLCD.get(code, "rural")


def loss_db(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    environment: Environment = "urban",
    reliability_percent: float = 50.0,
) -> float:
    """Basic transmission loss along a terrain profile.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), n >= 5, transmitter first: distance from the transmitter (starting
        at 0, rising in equal steps of at most 1 km) and terrain height above sea level. Points at
        exactly 0 m count as sea.
    frequency_ghz
        1 to 4; the model is made for 1.5 to 3.
    tx_height_m, rx_height_m
        Heights of the base's and the mobile's antenna above ground, 0 to 3,000 m.
    environment
        "urban", "suburban" or "rural".
    reliability_percent
        Percentage of locations in which the loss is not exceeded, above 0 and below 100.

    Returns
    -------
    float
        ``plb`` in dB.

    Raises
    ------
    InputError
        When the profile or a setting is unusable.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> import numpy as np
    >>> d = np.linspace(0, 10, 201)
    >>> link = {"frequency_ghz": 1.8, "tx_height_m": 40, "rx_height_m": 1.5}
    >>> city = loss_db(d, np.full(201, 15.0), **link)
    >>> fields = loss_db(d, np.full(201, 15.0), **link, environment="rural")
    >>> 25 < city - fields < 35
    True
    """
    terms = loss_terms(
        distance_km,
        height_m,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        environment=environment,
        reliability_percent=reliability_percent,
    )
    return terms["plb__db"]


def loss_terms(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    environment: Environment = "urban",
    reliability_percent: float = 50.0,
) -> dict[str, float]:
    """Every intermediate value of `loss_db`, under the names of NTIA's program.

    Parameters are those of `loss_db`. What follows ``__`` is the unit; of the source's pairs,
    index 0 is ``..._mobile`` and index 1 ``..._base``. The corrections ``K_...`` are subtracted
    from ``plb_reliability__db``, the median ``plb_med__db`` with the location margin.
    ``slope_max`` and ``slope_min`` are -1e31 and 1e31 on paths under 5 km, where there is none.
    """
    d, h = checked_profile(distance_km, height_m, min_points=MIN_POINTS, equal_steps=True)
    # The source truncates quotients by its step, so what rounding left in the distances goes.
    step_m = round(1000.0 * float(d[-1]) / (d.size - 1), 6)
    _check_settings(step_m, environment, reliability_percent)
    _check_ranges(frequency_ghz, tx_height_m, rx_height_m)
    _warn_ranges(frequency_ghz, float(d[-1]))
    path = analyse_path(
        np.ascontiguousarray(h), step_m, float(tx_height_m), float(rx_height_m), np.empty(h.size)
    )
    losses = kernel.loss_terms(
        path, float(frequency_ghz), ENVIRONMENTS[environment], reliability_percent / 100.0
    )
    return {k: float(v) for k, v in (path._asdict() | losses._asdict()).items()}


def _check_settings(step_m: float, environment: str, reliability_percent: float) -> None:
    problems = []
    if step_m > MAX_STEP_M:
        problems.append(
            f"the profile's points are {step_m:g} m apart: give at most {MAX_STEP_M:g} m"
        )
    if environment not in ENVIRONMENTS:
        known = ", ".join(map(repr, ENVIRONMENTS))
        problems.append(f"environment is {environment!r}: give {known}")
    if not 0.0 < reliability_percent < 100.0:
        problems.append(f"reliability_percent is {reliability_percent}: give above 0, below 100")
    if problems:
        raise InputError("ehata", problems)


def _check_ranges(frequency_ghz: float, tx_height_m: float, rx_height_m: float) -> None:
    ranges = (
        ("frequency_ghz", frequency_ghz, MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ),
        ("tx_height_m", tx_height_m, 0.0, MAX_HEIGHT_M),
        ("rx_height_m", rx_height_m, 0.0, MAX_HEIGHT_M),
    )
    outside = [
        f"{name} is {value:g}: eHata is used from {low:g} to {high:g}"
        for name, value, low, high in ranges
        if not low <= value <= high
    ]
    if outside:
        raise OutOfRangeError("; ".join(outside))


def _warn_ranges(frequency_ghz: float, distance_km: float) -> None:
    ranges = (
        (f"{frequency_ghz:g} GHz", frequency_ghz, LOWEST_GHZ, HIGHEST_GHZ),
        (f"a path of {distance_km:g} km", distance_km, NEAREST_KM, FARTHEST_KM),
    )
    outside = [
        f"{what} is outside {low:g} to {high:g}"
        for what, value, low, high in ranges
        if not low <= value <= high
    ]
    if outside:
        warnings.warn(
            f"eHata's formulas are used although {' and '.join(outside)}",
            PhusongWarning,
            stacklevel=4,
        )
