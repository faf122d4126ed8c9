"""Standard Propagation Model: the formula that operators tune to their measurements.

Forsk, "Model calibration guide" (Atoll), chapter "Standard Propagation Model": with d and the
heights in metres and logarithms to base 10,

    L = K1 + K2 log d + K3 log Hteff + K4 Ldiff + K5 log d log Hteff + K6 Hmeff + K7 log Hmeff
        + Kclutter f(clutter)

Hteff is the transmitter's effective height by one of four methods, Hmeff the receiver's height
above ground, Ldiff the terrain's diffraction loss (Bullington, P.526-15 section 4.5.1, or Deygout,
P.526-11 section 4.4.2), f(clutter) the mean clutter loss before the receiver. Meant for 0.15 to
3.5 GHz and 1 to 20 km: outside that frequency range `OutOfRangeError` is raised; outside that
distance the same formula is used and one `PhusongWarning` a call says so.

`default_coefficients` are where tuning starts, not where it ends.
"""

import math
import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import spm as kernel
from phusong.kernels.spm import SpmCoefficients
from phusong.propagation.profile import checked_profile

__all__ = ["SpmCoefficients", "default_coefficients", "loss_db", "loss_terms"]

EffectiveHeight = Literal["above_ground", "spot", "average", "slope"]
Diffraction = Literal["none", "bullington", "deygout"]
ClutterWeights = Literal["uniform", "triangular"]
FloatArray = NDArray[np.float64]

EFFECTIVE_HEIGHTS = {
    "above_ground": kernel.ABOVE_GROUND,
    "spot": kernel.SPOT,
    "average": kernel.AVERAGE,
    "slope": kernel.SLOPE,
}
DIFFRACTIONS = {
    "none": kernel.NO_DIFFRACTION,
    "bullington": kernel.BULLINGTON,
    "deygout": kernel.DEYGOUT,
}
CLUTTER_WEIGHTS = {"uniform": False, "triangular": True}

MIN_POINTS = 3
MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ = 0.15, 3.5
NEAREST_KM, FARTHEST_KM = 1.0, 20.0
MIN_HEIGHT_M, MAX_HEIGHT_M = 0.1, 3000.0
# P.526-15 section 1: where nothing else is known.
EFFECTIVE_RADIUS_KM = 8500.0
HATA_UP_TO_GHZ = 1.5


def default_coefficients(frequency_ghz: float) -> SpmCoefficients:
    """Untuned factors with which the formula is Hata's for a medium city, mobile at 1.5 m.

    Writing the Hata formula with d in metres gives K2 = 44.9, K3 = 5.83, K5 = -6.55, K6 = K7 = 0
    and K1 = A1 + A2 log f - 3 K2 with f in MHz: A1 = 69.55, A2 = 26.16 (Okumura-Hata) up to
    1,500 MHz, A1 = 46.3, A2 = 33.9 (COST-231-Hata) above, so K1 is 12.1 at 900 MHz and 22.0 at
    1,800 MHz (Forsk, "Model calibration guide", section "The correspondence between the SPM and
    Hata"). K4 and Kclutter are 1: diffraction and clutter losses count in full. All of them are
    to be tuned to measurements.

    Parameters
    ----------
    frequency_ghz
        0.15 to 3.5.

    Returns
    -------
    SpmCoefficients

    Raises
    ------
    OutOfRangeError
        When the frequency is outside its range.

    Examples
    --------
    >>> round(default_coefficients(1.8).K1, 1)
    22.0
    """
    _check_ranges([("frequency_ghz", frequency_ghz, MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ)])
    a1, a2 = (69.55, 26.16) if frequency_ghz <= HATA_UP_TO_GHZ else (46.3, 33.9)
    k1 = a1 + a2 * math.log10(1000.0 * frequency_ghz) - 3.0 * 44.9
    return SpmCoefficients(K1=k1, K2=44.9, K3=5.83, K4=1.0, K5=-6.55, K6=0.0, K7=0.0, Kclutter=1.0)


def loss_db(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    coefficients: SpmCoefficients | None = None,
    effective_height: EffectiveHeight = "above_ground",
    stretch_km: float = 3.0,
    diffraction: Diffraction = "bullington",
    clutter_m: ArrayLike = 0.0,
    clutter_loss_db: ArrayLike = 0.0,
    clutter_stretch_km: float = 0.0,
    clutter_weights: ClutterWeights = "uniform",
    effective_radius_km: float = EFFECTIVE_RADIUS_KM,
) -> float:
    """Path loss along a terrain profile.

    Parameters
    ----------
    distance_km, height_m
        Profile, shape (n,), n >= 3, transmitter first: distance from the transmitter (starting
        at 0, rising) and terrain height above sea level.
    frequency_ghz
        0.15 to 3.5.
    tx_height_m, rx_height_m
        Antenna heights above ground, 0.1 to 3,000 m.
    coefficients
        K1 to K7 and Kclutter; `default_coefficients` of the frequency by default.
    effective_height
        Hteff: "above_ground", the antenna's height; "spot", over the receiver's ground where that
        is lower than the transmitter's; "average", over the mean ground of the last
        ``stretch_km``; "slope", over the line through the receiver's ground with the
        least-squares slope of the last ``stretch_km``. The last two are brought to 20 to 200 m.
    stretch_km
        Length of that stretch before the receiver; at least one interval is used.
    diffraction
        "bullington", "deygout" or "none".
    clutter_m
        Height of clutter on the terrain for diffraction, a scalar or shape (n,). The first and
        the last value are not used.
    clutter_loss_db
        Loss of the clutter class at each point, a scalar or shape (n,).
    clutter_stretch_km
        f(clutter) is the mean over the points up to so far before the receiver; 0 takes the
        receiver's own.
    clutter_weights
        "uniform", or "triangular": falling linearly with the distance from the receiver.
    effective_radius_km
        Effective earth radius for diffraction.

    Returns
    -------
    float
        L in dB.

    Raises
    ------
    InputError
        When the profile or a setting is unusable.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> import numpy as np
    >>> d = np.linspace(0, 5, 51)
    >>> link = {"frequency_ghz": 1.8, "tx_height_m": 30, "rx_height_m": 1.5}
    >>> round(loss_db(d, np.zeros(51), **link, diffraction="none"), 1)
    160.9
    """
    terms = loss_terms(
        distance_km,
        height_m,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        coefficients=coefficients,
        effective_height=effective_height,
        stretch_km=stretch_km,
        diffraction=diffraction,
        clutter_m=clutter_m,
        clutter_loss_db=clutter_loss_db,
        clutter_stretch_km=clutter_stretch_km,
        clutter_weights=clutter_weights,
        effective_radius_km=effective_radius_km,
    )
    return terms["L"]


def loss_terms(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    coefficients: SpmCoefficients | None = None,
    effective_height: EffectiveHeight = "above_ground",
    stretch_km: float = 3.0,
    diffraction: Diffraction = "bullington",
    clutter_m: ArrayLike = 0.0,
    clutter_loss_db: ArrayLike = 0.0,
    clutter_stretch_km: float = 0.0,
    clutter_weights: ClutterWeights = "uniform",
    effective_radius_km: float = EFFECTIVE_RADIUS_KM,
) -> dict[str, float]:
    """Every addend of `loss_db` in dB, and Hteff, Hmeff, Ldiff and f(clutter).

    Parameters are those of `loss_db`. An addend bears its factor's name: ``K2_log_d`` is K2 times
    log d.
    """
    d, h = checked_profile(distance_km, height_m, min_points=MIN_POINTS)
    clutter = np.asarray(clutter_m, dtype=np.float64)
    clutter_loss = np.asarray(clutter_loss_db, dtype=np.float64)
    problems = [
        *_setting_problems(effective_height, diffraction, clutter_weights),
        *_amount_problems(stretch_km, clutter_stretch_km, effective_radius_km),
        *_coefficient_problems(coefficients),
        *_clutter_problems("clutter_m", clutter, d, 0.0),
        *_clutter_problems("clutter_loss_db", clutter_loss, d, -np.inf),
    ]
    if problems:
        raise InputError("spm", problems)
    _check_ranges(
        [
            ("frequency_ghz", frequency_ghz, MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ),
            ("tx_height_m", tx_height_m, MIN_HEIGHT_M, MAX_HEIGHT_M),
            ("rx_height_m", rx_height_m, MIN_HEIGHT_M, MAX_HEIGHT_M),
        ]
    )
    _warn_distance(float(d[-1]))
    hteff = kernel.effective_height_m(
        d, h, float(tx_height_m), EFFECTIVE_HEIGHTS[effective_height], float(stretch_km)
    )
    ldiff = kernel.diffraction_db(
        d,
        h + clutter,
        h[0] + tx_height_m,
        h[-1] + rx_height_m,
        float(effective_radius_km),
        float(frequency_ghz),
        DIFFRACTIONS[diffraction],
    )
    f_clutter = kernel.clutter_db(
        d,
        np.full(d.shape, clutter_loss),
        float(clutter_stretch_km),
        CLUTTER_WEIGHTS[clutter_weights],
    )
    k = default_coefficients(frequency_ghz) if coefficients is None else coefficients
    k = SpmCoefficients(*map(float, k))
    terms = kernel.loss_terms(k, d[-1], hteff, float(rx_height_m), ldiff, f_clutter)
    return {name: float(value) for name, value in terms._asdict().items()}


def _setting_problems(effective_height: str, diffraction: str, clutter_weights: str) -> list[str]:
    settings = (
        ("effective_height", effective_height, EFFECTIVE_HEIGHTS),
        ("diffraction", diffraction, DIFFRACTIONS),
        ("clutter_weights", clutter_weights, CLUTTER_WEIGHTS),
    )
    return [
        f"{name} is {value!r}: give {', '.join(map(repr, known))}"
        for name, value, known in settings
        if value not in known
    ]


def _amount_problems(
    stretch_km: float, clutter_stretch_km: float, effective_radius_km: float
) -> list[str]:
    problems = []
    if not stretch_km > 0.0:
        problems.append(f"stretch_km is {stretch_km}: give above 0")
    if not clutter_stretch_km >= 0.0:
        problems.append(f"clutter_stretch_km is {clutter_stretch_km}: give 0 or more")
    if not effective_radius_km > 0.0:
        problems.append(f"effective_radius_km is {effective_radius_km}: give above 0, as 8500")
    return problems


def _coefficient_problems(coefficients: SpmCoefficients | None) -> list[str]:
    return [
        f"{name} is {value}: give a finite factor"
        for name, value in (coefficients._asdict() if coefficients else {}).items()
        if not math.isfinite(value)
    ]


def _clutter_problems(name: str, values: FloatArray, d: FloatArray, lowest: float) -> list[str]:
    if values.shape not in ((), d.shape):
        return [f"{name} has shape {values.shape}: give one value, or one of {d.shape}"]
    bad = values[~(np.isfinite(values) & (values >= lowest))]
    if not bad.size:
        return []
    return [f"{name} has {bad[0]:g}: give finite values{' of 0 or more' if lowest == 0 else ''}"]


def _check_ranges(ranges: list[tuple[str, float, float, float]]) -> None:
    outside = [
        f"{name} is {value:g}: the Standard Propagation Model holds from {low:.2g} to {high:g}"
        for name, value, low, high in ranges
        if not low <= value <= high
    ]
    if outside:
        raise OutOfRangeError("; ".join(outside))


def _warn_distance(distance_km: float) -> None:
    if not NEAREST_KM <= distance_km <= FARTHEST_KM:
        warnings.warn(
            f"a path of {distance_km:g} km is outside the Standard Propagation Model's "
            f"{NEAREST_KM:g} to {FARTHEST_KM:g} km; its formula is used all the same",
            PhusongWarning,
            stacklevel=4,
        )
