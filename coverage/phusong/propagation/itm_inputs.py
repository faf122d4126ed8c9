"""Checks of what the Irregular Terrain Model is given, each with the return code of its source."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, get_args

from phusong.errors import InputError, OutOfRangeError
from phusong.kernels.itm import Link
from phusong.propagation.itm_codes import ReturnCode

__all__ = [
    "CLIMATE",
    "CONDUCTIVITY_S_M",
    "N0",
    "PERMITTIVITY",
    "SITINGS",
    "Climate",
    "ModeOfVariability",
    "Polarization",
    "Siting",
    "checked_link",
    "choice_problems",
]

# Each in the order of the source's numbers: climates from 1, the others from 0.
Climate = Literal[
    "equatorial",
    "continental_subtropical",
    "maritime_subtropical",
    "desert",
    "continental_temperate",
    "maritime_temperate_over_land",
    "maritime_temperate_over_sea",
]
ModeOfVariability = Literal["single_message", "accidental", "mobile", "broadcast"]
Polarization = Literal["horizontal", "vertical"]
Siting = Literal["random", "careful", "very_careful"]

CLIMATES: tuple[str, ...] = get_args(Climate)
MODES_OF_VARIABILITY: tuple[str, ...] = get_args(ModeOfVariability)
POLARIZATIONS: tuple[str, ...] = get_args(Polarization)
SITINGS: tuple[str, ...] = get_args(Siting)

# The climate of a warm sea's coast with its refractivity, and average ground: NTIA Report 82-100.
CLIMATE: Climate = "maritime_subtropical"
N0 = 370.0
PERMITTIVITY = 15.0
CONDUCTIVITY_S_M = 0.005

Range = tuple[ReturnCode, str, float, float, float]
Choice = tuple[ReturnCode, str, str, Sequence[str]]


class _Percentages(NamedTuple):
    """Percentages of time, location and situation, and the names they were given by."""

    time: float
    location: float
    situation: float
    by_confidence: bool


def _range_problems(ranges: Iterable[Range]) -> list[str]:
    """One sentence for each (code, name, value, lowest, highest) whose value is outside."""
    return [
        f"{name} is {value:g}: ITM 1.4 holds from {low:g} to {high:g} (return code {code:d})"
        for code, name, value, low, high in ranges
        if not low <= value <= high
    ]


def choice_problems(choices: Iterable[Choice]) -> list[str]:
    """One sentence for each (code, name, value, names) whose value is none of the names."""
    return [
        f"{name} is {value!r}: give {', '.join(map(repr, names))} (return code {code:d})"
        for code, name, value, names in choices
        if value not in names
    ]


def _percentages(
    time: float,
    location: float,
    situation: float,
    confidence: float | None,
    reliability: float | None,
) -> _Percentages:
    """Percentages as time, location and situation, whichever way they were given."""
    if confidence is None and reliability is None:
        return _Percentages(time, location, situation, by_confidence=False)
    given = {"time_percent": time, "location_percent": location, "situation_percent": situation}
    problems = [
        f"{name} is {value:g} beside confidence_percent or reliability_percent: give one kind"
        for name, value in given.items()
        if value != 50.0
    ]
    if problems:
        raise InputError("itm", problems)
    return _Percentages(
        50.0 if reliability is None else reliability,
        50.0,
        50.0 if confidence is None else confidence,
        by_confidence=True,
    )


def _percentage_problems(percentages: _Percentages) -> list[str]:
    code = ReturnCode
    named = {
        "time_percent": (code.INVALID_TIME, percentages.time),
        "location_percent": (code.INVALID_LOCATION, percentages.location),
        "situation_percent": (code.INVALID_SITUATION, percentages.situation),
    }
    if percentages.by_confidence:
        named = {
            "reliability_percent": (code.INVALID_RELIABILITY, percentages.time),
            "confidence_percent": (code.INVALID_CONFIDENCE, percentages.situation),
        }
    return [
        f"{name} is {value:g}: give more than 0 and less than 100 (return code {number:d})"
        for name, (number, value) in named.items()
        if not 0.0 < value < 100.0
    ]


def _ground_problems(permittivity: float, conductivity_s_m: float) -> list[str]:
    problems = []
    if not 1.0 <= permittivity < math.inf:
        code = ReturnCode.EPSILON
        problems.append(
            f"permittivity is {permittivity:g}: give 1 or more, ground is near 15 "
            f"(return code {code:d})"
        )
    if not 0.0 < conductivity_s_m < math.inf:
        code = ReturnCode.SIGMA
        problems.append(
            f"conductivity_s_m is {conductivity_s_m:g}: give more than 0, ground is near 0.005 "
            f"(return code {code:d})"
        )
    return problems


def checked_link(
    *,
    frequency_ghz: float,
    tx_height_m: float,
    rx_height_m: float,
    climate: str,
    n0: float,
    polarization: str,
    permittivity: float,
    conductivity_s_m: float,
    mode_of_variability: str,
    location_variability: bool,
    situation_variability: bool,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
    confidence_percent: float | None,
    reliability_percent: float | None,
    more_problems: Sequence[str] = (),
) -> Link:
    """What both modes of the model are asked, as the kernel takes it.

    Raises `OutOfRangeError` with every value outside the model's range, ``more_problems`` among
    them, and `InputError` where percentages are given in both ways.
    """
    percent = _percentages(
        time_percent, location_percent, situation_percent, confidence_percent, reliability_percent
    )
    code = ReturnCode
    problems = [
        *_range_problems(
            (
                (code.TX_TERMINAL_HEIGHT, "tx_height_m", tx_height_m, 0.5, 3000.0),
                (code.RX_TERMINAL_HEIGHT, "rx_height_m", rx_height_m, 0.5, 3000.0),
                (code.REFRACTIVITY, "n0", n0, 250.0, 400.0),
                (code.FREQUENCY, "frequency_ghz", frequency_ghz, 0.02, 20.0),
            )
        ),
        *choice_problems(
            (
                (code.INVALID_RADIO_CLIMATE, "climate", climate, CLIMATES),
                (code.POLARIZATION, "polarization", polarization, POLARIZATIONS),
                (code.MDVAR, "mode_of_variability", mode_of_variability, MODES_OF_VARIABILITY),
            )
        ),
        *_ground_problems(permittivity, conductivity_s_m),
        *_percentage_problems(percent),
        *more_problems,
    ]
    if problems:
        raise OutOfRangeError("; ".join(problems))
    return Link(
        float(frequency_ghz),
        polarization == "vertical",
        float(permittivity),
        float(conductivity_s_m),
        CLIMATES.index(climate) + 1,
        MODES_OF_VARIABILITY.index(mode_of_variability),
        bool(location_variability),
        bool(situation_variability),
        float(percent.time),
        float(percent.location),
        float(percent.situation),
    )
