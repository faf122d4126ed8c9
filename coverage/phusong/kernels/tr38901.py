"""Path loss, line-of-sight probability and building penetration of 3GPP TR 38.901, V18.0.0.

Tables 7.4.1-1, 7.4.2-1, 7.4.3-1 and 7.4.3-2. Frequencies ``fc`` in GHz, distances and heights in
m, losses in dB; ``d2d`` runs along the ground and ``d3d`` between the antennas.
"""

import math

import numpy as np
import numpy.typing as npt

from phusong._jit import njit

__all__ = [
    "HIGH_LOSS",
    "LOW_LOSS",
    "RMA",
    "UMA",
    "UMI",
    "break_point_m",
    "fill_losses",
    "fill_penetration",
    "fill_probabilities",
    "fill_sigmas",
    "line_of_sight_db",
    "los_probability",
    "loss_db",
    "obstructed_db",
    "penetration_db",
    "shadowing_sigma_db",
]

RMA, UMA, UMI = 0, 1, 2
LOW_LOSS, HIGH_LOSS = 0, 1
# Table 7.4.1-1, note 1 and note 5: the break point takes the speed of light so rounded.
SPEED_OF_LIGHT_M_S = 3.0e8

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@njit
def break_point_m(fc: float, hbs: float, hut: float, he: float, scenario: int) -> float:
    """Break-point distance dBP (note 5) of RMa, d'BP (note 1) of UMa and UMi."""
    waves_per_m = fc * 1e9 / SPEED_OF_LIGHT_M_S
    if scenario == RMA:
        return 2.0 * math.pi * hbs * hut * waves_per_m
    return 4.0 * (hbs - he) * (hut - he) * waves_per_m


@njit
def _rural_db(d3d: float, fc: float, h: float) -> float:
    """PL1 of RMa; ``h`` is the buildings' mean height."""
    tall: float = h**1.72
    spread = (20.0 + min(0.03 * tall, 10.0)) * math.log10(d3d)
    at_1_m = 20.0 * math.log10(40.0 * math.pi * fc / 3.0) - min(0.044 * tall, 14.77)
    return at_1_m + spread + 0.002 * math.log10(h) * d3d


@njit
def _urban_db(d3d: float, fc: float, dbp: float, beyond: bool, dh: float, scenario: int) -> float:
    """PL1 or, ``beyond`` the break point, PL2 of UMa and UMi; ``dh`` is hBS - hUT."""
    at_1_m, slope, drop = (28.0, 22.0, 9.0) if scenario == UMA else (32.4, 21.0, 9.5)
    frequency = 20.0 * math.log10(fc)
    if not beyond:
        return at_1_m + slope * math.log10(d3d) + frequency
    return at_1_m + 40.0 * math.log10(d3d) + frequency - drop * math.log10(dbp * dbp + dh * dh)


@njit
def line_of_sight_db(
    d2d: float, fc: float, hbs: float, hut: float, h: float, he: float, scenario: int
) -> float:
    """PL of a link in line of sight: Table 7.4.1-1."""
    d3d = math.hypot(d2d, hbs - hut)
    dbp: float = break_point_m(fc, hbs, hut, he, scenario)
    if scenario != RMA:
        urban: float = _urban_db(d3d, fc, dbp, d2d > dbp, hbs - hut, scenario)
        return urban
    if d2d <= dbp:
        near: float = _rural_db(d3d, fc, h)
        return near
    at_break: float = _rural_db(dbp, fc, h)
    return at_break + 40.0 * math.log10(d3d / dbp)


@njit
def obstructed_db(
    d2d: float, fc: float, hbs: float, hut: float, w: float, h: float, scenario: int
) -> float:
    """PL' of a link without line of sight, before its floor: Table 7.4.1-1."""
    ld = math.log10(math.hypot(d2d, hbs - hut))
    lf = math.log10(fc)
    if scenario == UMA:
        return 13.54 + 39.08 * ld + 20.0 * lf - 0.6 * (hut - 1.5)
    if scenario == UMI:
        return 22.4 + 35.3 * ld + 21.3 * lf - 0.3 * (hut - 1.5)
    lhb = math.log10(hbs)
    streets = 161.04 - 7.1 * math.log10(w) + 7.5 * math.log10(h)
    roofs = (24.37 - 3.7 * (h / hbs) ** 2) * lhb
    mobile = 3.2 * math.log10(11.75 * hut) ** 2 - 4.97
    return streets - roofs + (43.42 - 3.1 * lhb) * (ld - 3.0) + 20.0 * lf - mobile


@njit
def loss_db(
    distance_km: float,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    street_width_m: float,
    building_height_m: float,
    environment_height_m: float,
    line_of_sight: bool,
    scenario: int,
) -> float:
    """Path loss PL; without line of sight never under that with it."""
    d, f, hbs, hut = 1000.0 * distance_km, frequency_ghz, tx_height_m, rx_height_m
    h, he = building_height_m, environment_height_m
    clear: float = line_of_sight_db(d, f, hbs, hut, h, he, scenario)
    if line_of_sight:
        return clear
    obstructed: float = obstructed_db(d, f, hbs, hut, street_width_m, h, scenario)
    return max(clear, obstructed)


@njit
def shadowing_sigma_db(
    distance_km: float,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    line_of_sight: bool,
    scenario: int,
) -> float:
    """Standard deviation of the shadow fading about `loss_db`: Table 7.4.1-1."""
    if not line_of_sight:
        return 8.0 if scenario == RMA else 6.0 if scenario == UMA else 7.82
    if scenario != RMA:
        return 4.0
    dbp: float = break_point_m(frequency_ghz, tx_height_m, rx_height_m, 0.0, RMA)
    return 6.0 if 1000.0 * distance_km > dbp else 4.0


@njit
def los_probability(d2d: float, hut: float, scenario: int) -> float:
    """Probability of line of sight outdoors: Table 7.4.2-1; ``hut`` up to 23 m."""
    if scenario == RMA:
        return math.exp(-max(d2d - 10.0, 0.0) / 1000.0)
    if d2d <= 18.0:
        return 1.0
    reach = 63.0 if scenario == UMA else 36.0
    street = 18.0 / d2d + math.exp(-d2d / reach) * (1.0 - 18.0 / d2d)
    if scenario == UMI or hut <= 13.0:
        return street
    raised: float = (
        ((hut - 13.0) / 10.0) ** 1.5 * 1.25 * (d2d / 100.0) ** 3 * math.exp(-d2d / 150.0)
    )
    return street * (1.0 + raised)


@njit
def penetration_db(frequency_ghz: float, indoor_distance_m: float, building: int) -> float:
    """PLtw + PLin of a building: Tables 7.4.3-1 and 7.4.3-2."""
    concrete = 10.0 ** (-0.1 * (5.0 + 4.0 * frequency_ghz))
    if building == LOW_LOSS:
        through = 0.3 * 10.0 ** (-0.1 * (2.0 + 0.2 * frequency_ghz)) + 0.7 * concrete
    else:
        through = 0.7 * 10.0 ** (-0.1 * (23.0 + 0.3 * frequency_ghz)) + 0.3 * concrete
    return 5.0 - 10.0 * math.log10(through) + 0.5 * indoor_distance_m


@njit
def fill_losses(
    distance_km: Floats,
    frequency_ghz: Floats,
    tx_height_m: Floats,
    rx_height_m: Floats,
    street_width_m: Floats,
    building_height_m: Floats,
    environment_height_m: Floats,
    line_of_sight: Bools,
    scenario: int,
    loss: Floats,
) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = loss_db(
            distance_km[i],
            frequency_ghz[i],
            tx_height_m[i],
            rx_height_m[i],
            street_width_m[i],
            building_height_m[i],
            environment_height_m[i],
            line_of_sight[i],
            scenario,
        )


@njit
def fill_sigmas(
    distance_km: Floats,
    frequency_ghz: Floats,
    tx_height_m: Floats,
    rx_height_m: Floats,
    line_of_sight: Bools,
    scenario: int,
    sigma: Floats,
) -> None:
    """Fill ``sigma`` from arrays of one shape (n,)."""
    for i in range(sigma.size):
        sigma[i] = shadowing_sigma_db(
            distance_km[i],
            frequency_ghz[i],
            tx_height_m[i],
            rx_height_m[i],
            line_of_sight[i],
            scenario,
        )


@njit
def fill_probabilities(
    distance_km: Floats, rx_height_m: Floats, scenario: int, probability: Floats
) -> None:
    """Fill ``probability`` from arrays of one shape (n,)."""
    for i in range(probability.size):
        probability[i] = los_probability(1000.0 * distance_km[i], rx_height_m[i], scenario)


@njit
def fill_penetration(
    frequency_ghz: Floats, indoor_distance_m: Floats, building: Ints, loss: Floats
) -> None:
    """Fill ``loss`` from arrays of one shape (n,)."""
    for i in range(loss.size):
        loss[i] = penetration_db(frequency_ghz[i], indoor_distance_m[i], building[i])
