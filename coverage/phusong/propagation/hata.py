"""Okumura-Hata and COST-231-Hata: median loss of a macro cell, without a terrain profile.

M. Hata (1980), IEEE Trans. Veh. Technol. VT-29, 317-325, for 150 to 1,500 MHz; COST Action 231,
Final report (1999), section 4.4.1, for 1,500 to 2,000 MHz. Both hold from 1 to 20 km, with the
base's antenna 30 to 200 m and the mobile's 1 to 10 m above ground. Outside these ranges the same
formulas are used and one `PhusongWarning` a call says so; outside 0.1 to 3 GHz `OutOfRangeError`
is raised.

Hata's "urban area" comes with the a(hm) of a small or medium city or of a large one. Hata gives
the large city's a(hm) up to 200 MHz and from 400 MHz; here it changes at 300 MHz. COST 231 adds
Cm = 3 dB in metropolitan centres, here with Hata's a(hm) of the large city, and 0 in medium cities
and suburban centres: for those take ``environment="urban", city="small"``. COST 231 has no
suburban or open area of its own; Hata's corrections are used above 1,500 MHz too.
"""

import warnings
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError, OutOfRangeError, PhusongWarning
from phusong.kernels import hata as kernel

__all__ = ["City", "Environment", "Formula", "loss_db", "loss_terms"]

Environment = Literal["urban", "suburban", "open"]
City = Literal["small", "large"]
Formula = Literal["auto", "okumura-hata", "cost231-hata"]
FloatArray = NDArray[np.float64]

ENVIRONMENTS = {"urban": kernel.URBAN, "suburban": kernel.SUBURBAN, "open": kernel.OPEN}
CITIES = {"small": False, "large": True}
FORMULAS = ("auto", "okumura-hata", "cost231-hata")

MIN_FREQUENCY_GHZ, MAX_FREQUENCY_GHZ = 0.1, 3.0
LOWEST_GHZ, COST231_FROM_GHZ, HIGHEST_GHZ = 0.15, 1.5, 2.0
RANGES = {"distance_km": (1.0, 20.0), "tx_height_m": (30.0, 200.0), "rx_height_m": (1.0, 10.0)}


class _Inputs(NamedTuple):
    distance_km: FloatArray
    frequency_ghz: FloatArray
    tx_height_m: FloatArray
    rx_height_m: FloatArray


def loss_db(
    distance_km: ArrayLike,
    *,
    frequency_ghz: ArrayLike,
    tx_height_m: ArrayLike,
    rx_height_m: ArrayLike,
    environment: Environment = "urban",
    city: City = "small",
    formula: Formula = "auto",
) -> float | FloatArray:
    """Median basic transmission loss.

    Parameters
    ----------
    distance_km
        Distance between base and mobile; any shape. The formulas were fitted to the distance over
        the ground.
    frequency_ghz, tx_height_m, rx_height_m
        Frequency, and the antenna heights of base (tx) and mobile (rx) above ground; any shapes
        that broadcast with ``distance_km``.
    environment
        "urban", "suburban" or "open".
    city
        "small" (and medium) or "large": whose a(hm), and with COST 231 whose Cm.
    formula
        "okumura-hata", "cost231-hata", or "auto": COST 231 above 1,500 MHz.

    Returns
    -------
    float or ndarray
        Loss in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite or not above 0, the shapes do not broadcast, or a setting is
        unknown; all problems at once.
    OutOfRangeError
        When a frequency is outside 0.1 to 3 GHz.

    Examples
    --------
    >>> round(loss_db(2.0, frequency_ghz=0.869, tx_height_m=30, rx_height_m=1, city="large"), 2)
    137.93
    """
    inputs = _checked_inputs(distance_km, frequency_ghz, tx_height_m, rx_height_m)
    _check_settings(environment, city, formula)
    _check_ranges(inputs, formula)
    loss = np.empty(inputs.distance_km.shape)
    kernel.fill_losses(
        *(values.flatten() for values in inputs),
        ENVIRONMENTS[environment],
        CITIES[city],
        _by_cost231(inputs.frequency_ghz, formula).flatten(),
        loss.ravel(),
    )
    return float(loss) if loss.ndim == 0 else loss


def loss_terms(
    distance_km: float,
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    environment: Environment = "urban",
    city: City = "small",
    formula: Formula = "auto",
) -> dict[str, float]:
    """The parts of `loss_db` for one link, in dB.

    Parameters are those of `loss_db`. ``a_hm`` is the mobile's height correction, ``Lu`` the
    built-up area's loss, ``area`` what the environment takes off it, ``L`` the loss.
    """
    loss = loss_db(
        distance_km,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        environment=environment,
        city=city,
        formula=formula,
    )
    if not isinstance(loss, float):
        raise InputError("hata", ["loss_terms takes one link: give scalars"])
    f = 1000.0 * frequency_ghz
    area = kernel.area_correction_db(f, ENVIRONMENTS[environment])
    a_hm = kernel.mobile_correction_db(f, rx_height_m, CITIES[city])
    return {"a_hm": float(a_hm), "Lu": loss + area, "area": float(area), "L": loss}


def _by_cost231(frequency_ghz: FloatArray, formula: str) -> NDArray[np.bool_]:
    if formula == "auto":
        return np.asarray(frequency_ghz > COST231_FROM_GHZ)
    return np.full(frequency_ghz.shape, formula == "cost231-hata")


def _checked_inputs(*values: ArrayLike) -> _Inputs:
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    problems = [
        f"{name} has {bad[0]:g}: give finite values above 0"
        for name, array in zip(_Inputs._fields, arrays, strict=True)
        if (bad := array[~((array > 0.0) & np.isfinite(array))]).size
    ]
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(
            f"{name} {array.shape}" for name, array in zip(_Inputs._fields, arrays, strict=True)
        )
        problems.append(f"the shapes do not broadcast: {shapes}")
    if problems:
        raise InputError("hata", problems)
    return _Inputs(*(np.broadcast_to(array, shape) for array in arrays))


def _check_settings(environment: str, city: str, formula: str) -> None:
    settings = (
        ("environment", environment, tuple(ENVIRONMENTS)),
        ("city", city, tuple(CITIES)),
        ("formula", formula, FORMULAS),
    )
    problems = [
        f"{name} is {value!r}: give {', '.join(map(repr, known))}"
        for name, value, known in settings
        if value not in known
    ]
    if problems:
        raise InputError("hata", problems)


def _check_ranges(inputs: _Inputs, formula: str) -> None:
    f = inputs.frequency_ghz
    if np.any((f < MIN_FREQUENCY_GHZ) | (f > MAX_FREQUENCY_GHZ)):
        raise OutOfRangeError(
            f"frequency_ghz has {_span(f)}: the Hata formulas are used from "
            f"{MIN_FREQUENCY_GHZ:g} to {MAX_FREQUENCY_GHZ:g} GHz"
        )
    low = COST231_FROM_GHZ if formula == "cost231-hata" else LOWEST_GHZ
    high = COST231_FROM_GHZ if formula == "okumura-hata" else HIGHEST_GHZ
    ranges = RANGES | {"frequency_ghz": (low, high)}
    outside = [
        f"{name} has {_span(values)} where {lowest:g} to {highest:g} was measured"
        for name, (lowest, highest) in ranges.items()
        if np.any((values := getattr(inputs, name)) < lowest) or np.any(values > highest)
    ]
    if outside:
        text = "outside the Hata formulas' range, used all the same: " + "; ".join(outside)
        warnings.warn(text, PhusongWarning, stacklevel=3)


def _span(values: FloatArray) -> str:
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
