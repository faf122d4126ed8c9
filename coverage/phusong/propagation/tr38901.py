"""3GPP TR 38.901, V18.0.0: path loss and line of sight of rural and urban cells, 0.5 to 100 GHz.

Tables 7.4.1-1 and 7.4.2-1, scenarios RMa, UMa and UMi (street canyon); V17 has the same. The loss
is the median of its kind of link, `shadowing_sigma_db` the standard deviation of what scatters
about it. Nothing is drawn at random: whether a link is in line of sight is an argument, decided by
terrain and buildings where they are known; where not, `los_probability` is what the report gives.

Frequencies outside 0.5 to 100 GHz (RMa 30 GHz) raise `OutOfRangeError`. Outside the other ranges
the same formulas are used and one `PhusongWarning` a call says so: distance 10 m to 5 km (RMa in
line of sight 10 km), RMa base 10 to 150 m, mobile 1 to 10 m, streets and buildings 5 to 50 m;
UMa base 25 m, UMi base 10 m, mobile 1.5 to 22.5 m.

Penetration into buildings, section 7.4.3, is in `phusong.propagation.tr38901_indoor`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels import tr38901 as kernel
from phusong.propagation.arrays import FloatArray, as_given
from phusong.propagation.tr38901_inputs import (
    BUILDING_HEIGHT_M,
    ENVIRONMENT_HEIGHT_M,
    SCENARIOS,
    STREET_WIDTH_M,
    Scenario,
    checked_link,
    checked_sighting,
)

__all__ = [
    "Scenario",
    "los_probability",
    "loss_db",
    "loss_terms",
    "shadowing_sigma_db",
]


def loss_db(
    distance_km: ArrayLike,
    *,
    scenario: Scenario,
    line_of_sight: bool | NDArray[np.bool_],
    frequency_ghz: ArrayLike,
    tx_height_m: ArrayLike,
    rx_height_m: ArrayLike,
    street_width_m: ArrayLike = STREET_WIDTH_M,
    building_height_m: ArrayLike = BUILDING_HEIGHT_M,
    environment_height_m: ArrayLike = ENVIRONMENT_HEIGHT_M,
) -> float | FloatArray:
    """Median path loss of links in line of sight or out of it.

    Parameters
    ----------
    distance_km
        Distance along the ground (d2D), above 0; any shape, as every other value: they broadcast.
    scenario
        "RMa" (rural), "UMa" (urban, base above the roofs) or "UMi" (urban, base in the street).
    line_of_sight
        Whether the mobile sees the base: True, False, or an array of these.
    frequency_ghz
        0.5 to 100, RMa to 30.
    tx_height_m, rx_height_m
        Heights of the base's (hBS) and the mobile's (hUT) antenna above ground.
    street_width_m, building_height_m
        Mean street width W and mean building height h; read in RMa alone.
    environment_height_m
        Effective environment height hE, under both antennas; read in UMa and UMi. From hUT = 13 m
        upwards in UMa the report draws it: 1 m with probability 1 / (1 + C), else 12, 15, ...,
        hUT - 1.5 m alike.

    Returns
    -------
    float or ndarray
        PL in dB, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite, a setting is unknown or undecided, or the shapes do not
        broadcast; all problems at once.
    OutOfRangeError
        When a frequency is outside the range, a length not above 0, or an antenna in UMa or UMi
        not above the environment.

    Examples
    --------
    >>> link = {"frequency_ghz": 3.5, "tx_height_m": 25, "rx_height_m": 1.5, "scenario": "UMa"}
    >>> round(loss_db(0.5, line_of_sight=True, **link), 1)
    98.3
    >>> round(loss_db(0.5, line_of_sight=False, **link), 1)
    129.9
    """
    values, clear = checked_link(
        scenario,
        line_of_sight,
        {
            "distance_km": distance_km,
            "frequency_ghz": frequency_ghz,
            "tx_height_m": tx_height_m,
            "rx_height_m": rx_height_m,
            "street_width_m": street_width_m,
            "building_height_m": building_height_m,
            "environment_height_m": environment_height_m,
        },
    )
    loss = np.empty(clear.shape)
    numbers = (array.flatten() for array in values.values())
    kernel.fill_losses(*numbers, clear.flatten(), SCENARIOS[scenario], loss.ravel())
    return as_given(loss)


def shadowing_sigma_db(
    distance_km: ArrayLike,
    *,
    scenario: Scenario,
    line_of_sight: bool | NDArray[np.bool_],
    frequency_ghz: ArrayLike,
    tx_height_m: ArrayLike,
    rx_height_m: ArrayLike,
) -> float | FloatArray:
    """Standard deviation of the shadow fading about `loss_db`, in dB, of the broadcast shape.

    Parameters and errors are those of `loss_db`. It is 4 dB in line of sight (RMa beyond its
    break point 6), and out of it 8 (RMa), 6 (UMa) or 7.82 (UMi).

    Examples
    --------
    >>> link = {"frequency_ghz": 3.5, "tx_height_m": 25, "rx_height_m": 1.5, "scenario": "UMa"}
    >>> shadowing_sigma_db(0.5, line_of_sight=False, **link)
    6.0
    """
    values, clear = checked_link(
        scenario,
        line_of_sight,
        {
            "distance_km": distance_km,
            "frequency_ghz": frequency_ghz,
            "tx_height_m": tx_height_m,
            "rx_height_m": rx_height_m,
        },
    )
    sigma = np.empty(clear.shape)
    numbers = (array.flatten() for array in values.values())
    kernel.fill_sigmas(*numbers, clear.flatten(), SCENARIOS[scenario], sigma.ravel())
    return as_given(sigma)


def los_probability(
    distance_km: ArrayLike, *, scenario: Scenario, rx_height_m: ArrayLike
) -> float | FloatArray:
    """Probability that a mobile outdoors sees the base, where nothing is known of what stands.

    Parameters
    ----------
    distance_km
        Distance along the ground (d2D-out), above 0; any shape that broadcasts with the other.
    scenario
        "RMa", "UMa" or "UMi".
    rx_height_m
        Height of the mobile above ground, above 0; in UMa, where alone it matters, up to 23.

    Returns
    -------
    float or ndarray
        0 to 1, of the broadcast shape; a float for scalars.

    Raises
    ------
    InputError
        When a value is not finite, the scenario unknown, or the shapes do not broadcast.
    OutOfRangeError
        When a value is outside the range above.

    Examples
    --------
    >>> round(los_probability(0.1, scenario="UMi", rx_height_m=1.5), 3)
    0.231
    """
    values = checked_sighting(scenario, distance_km, rx_height_m)
    probability = np.empty(values["distance_km"].shape)
    numbers = (array.flatten() for array in values.values())
    kernel.fill_probabilities(*numbers, SCENARIOS[scenario], probability.ravel())
    return as_given(probability)


def loss_terms(
    distance_km: float,
    *,
    scenario: Scenario,
    line_of_sight: bool,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    street_width_m: float = STREET_WIDTH_M,
    building_height_m: float = BUILDING_HEIGHT_M,
    environment_height_m: float = ENVIRONMENT_HEIGHT_M,
) -> dict[str, float]:
    """The parts of `loss_db` for one link, under the report's names.

    Parameters and errors are those of `loss_db`. ``d3D`` and the break point ``dBP`` are in m;
    ``PL_LOS`` is the loss in line of sight, ``PL_prime`` (PL') what stands against it without,
    ``PL`` the loss and ``sigma_SF`` the standard deviation about it, in dB.
    """
    link = (distance_km, frequency_ghz, tx_height_m, rx_height_m)
    loss = loss_db(
        distance_km,
        scenario=scenario,
        line_of_sight=line_of_sight,
        frequency_ghz=frequency_ghz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        street_width_m=street_width_m,
        building_height_m=building_height_m,
        environment_height_m=environment_height_m,
    )
    if not isinstance(loss, float):
        raise InputError("tr38901", ["loss_terms takes one link: give scalars"])
    d, code = 1000.0 * distance_km, SCENARIOS[scenario]
    f, hbs, hut = link[1:]
    w, h, he = street_width_m, building_height_m, environment_height_m
    return {
        "d3D": float(np.hypot(d, hbs - hut)),
        "dBP": float(kernel.break_point_m(f, hbs, hut, he, code)),
        "PL_LOS": float(kernel.line_of_sight_db(d, f, hbs, hut, h, he, code)),
        "PL_prime": float(kernel.obstructed_db(d, f, hbs, hut, w, h, code)),
        "PL": loss,
        "sigma_SF": float(kernel.shadowing_sigma_db(*link, bool(line_of_sight), code)),
    }
