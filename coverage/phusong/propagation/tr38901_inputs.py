"""What the doors of TR 38.901 check: settings, and the ranges of Tables 7.4.1-1 and 7.4.2-1."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.kernels import tr38901 as kernel
from phusong.propagation.arrays import (
    FloatArray,
    Range,
    broadcast,
    refuse_outside,
    warn_outside,
)

__all__ = [
    "BUILDING_HEIGHT_M",
    "ENVIRONMENT_HEIGHT_M",
    "SCENARIOS",
    "STREET_WIDTH_M",
    "Scenario",
    "checked_link",
    "checked_sighting",
]

Scenario = Literal["RMa", "UMa", "UMi"]

SCENARIOS = {"RMa": kernel.RMA, "UMa": kernel.UMA, "UMi": kernel.UMI}
# Means of RMa, Table 7.4.1-1; and hE, note 1: certain in UMi, and in UMa below 13 m.
STREET_WIDTH_M, BUILDING_HEIGHT_M, ENVIRONMENT_HEIGHT_M = 20.0, 5.0, 1.0

NEAREST_KM, FARTHEST_KM, FARTHEST_RURAL_LOS_KM = 0.01, 5.0, 10.0
LOWEST_GHZ = 0.5
HIGHEST_GHZ = {"RMa": 30.0, "UMa": 100.0, "UMi": 100.0}
ABOVE_ZERO = Range(0.0, np.inf, ends=False)
URBAN_MOBILE = Range(1.5, 22.5)
TABLE_RANGES = {
    "RMa": {
        "tx_height_m": Range(10.0, 150.0),
        "rx_height_m": Range(1.0, 10.0),
        "street_width_m": Range(5.0, 50.0),
        "building_height_m": Range(5.0, 50.0),
    },
    "UMa": {"tx_height_m": Range(25.0, 25.0), "rx_height_m": URBAN_MOBILE},
    "UMi": {"tx_height_m": Range(10.0, 10.0), "rx_height_m": URBAN_MOBILE},
}
# Table 7.4.2-1: C'(hUT) is given so far up.
SIGHTING_HEIGHTS = Range(0.0, 23.0)


def checked_link(
    scenario: str, line_of_sight: ArrayLike, values: dict[str, ArrayLike]
) -> tuple[dict[str, FloatArray], NDArray[np.bool_]]:
    """The values, and whether each link is in line of sight, as arrays of one shape."""
    clear = np.asarray(line_of_sight)
    problems = _scenario_problems(scenario) + _sight_problems(clear)
    decided = {"line_of_sight": clear} if clear.dtype == np.bool_ else {}
    arrays = broadcast("tr38901", values | decided, problems)
    sees = arrays.pop("line_of_sight") > 0.0
    _refuse(scenario, arrays)
    _warn(scenario, arrays, sees)
    return arrays, sees


def checked_sighting(
    scenario: str, distance_km: ArrayLike, rx_height_m: ArrayLike
) -> dict[str, FloatArray]:
    """Distances and mobiles' heights of which the probability of line of sight is asked."""
    values = broadcast(
        "tr38901",
        {"distance_km": distance_km, "rx_height_m": rx_height_m},
        _scenario_problems(scenario),
    )
    ranges = dict.fromkeys(values, ABOVE_ZERO)
    if scenario == "UMa":
        ranges["rx_height_m"] = SIGHTING_HEIGHTS
    refuse_outside(f"TR 38.901's {scenario}", values, ranges)
    return values


def _scenario_problems(scenario: str) -> list[str]:
    if scenario in SCENARIOS:
        return []
    return [f"scenario is {scenario!r}: give {', '.join(map(repr, SCENARIOS))}"]


def _sight_problems(line_of_sight: NDArray[np.generic]) -> list[str]:
    if line_of_sight.dtype == np.bool_:
        return []
    given = line_of_sight.ravel()[:1].tolist()
    return [
        f"line_of_sight has {given[0] if given else 'no value'}: give True or False, as terrain "
        "and buildings decide; where they are not known, los_probability() has its probability"
    ]


def _refuse(scenario: str, arrays: dict[str, FloatArray]) -> None:
    model = f"TR 38.901's {scenario}"
    ranges = {name: ABOVE_ZERO for name in arrays if name.endswith(("_km", "_m"))}
    ranges["frequency_ghz"] = Range(LOWEST_GHZ, HIGHEST_GHZ[scenario])
    with_environment = "environment_height_m" in arrays
    if with_environment:
        ranges["environment_height_m"] = Range(0.0, np.inf)
    refuse_outside(model, arrays, ranges)
    if with_environment and scenario != "RMa":
        _refuse_below(model, arrays)


def _refuse_below(model: str, arrays: dict[str, FloatArray]) -> None:
    """Refuse antennas that are not above the environment: there is no break point."""
    above = {
        f"{name} less environment_height_m": arrays[name] - arrays["environment_height_m"]
        for name in ("tx_height_m", "rx_height_m")
    }
    refuse_outside(model, above, dict.fromkeys(above, ABOVE_ZERO))


def _warn(scenario: str, arrays: dict[str, FloatArray], sees: NDArray[np.bool_]) -> None:
    d = arrays["distance_km"]
    farthest = FARTHEST_RURAL_LOS_KM if scenario == "RMa" else FARTHEST_KM
    ranges = {name: r for name, r in TABLE_RANGES[scenario].items() if name in arrays}
    warn_outside(
        f"TR 38.901's {scenario}",
        arrays | {"distance_km in sight": d[sees], "distance_km out of sight": d[~sees]},
        ranges
        | {
            "distance_km in sight": Range(NEAREST_KM, farthest),
            "distance_km out of sight": Range(NEAREST_KM, FARTHEST_KM),
        },
        stacklevel=4,
    )
