"""What may stand in a service profile, and what is told of what may not."""

import datetime
import itertools
import math
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from phusong.radio.places import places
from phusong.radio.technology import technologies, technology

__all__ = ["METRICS", "TIERS", "key_problems", "value_problems"]

TIERS: Final = ("weak", "basic", "good")
"""What a place can reach, from the lowest thresholds to the highest; below ``weak`` is none."""

METRICS: Final = {
    "sinr_db": "dB",
    "rsrq_db": "dB",
    "ecio_db": "dB",
    "throughput_down_mbps": "Mbit/s",
    "throughput_up_mbps": "Mbit/s",
}
"""Layers of `phusong.prediction.quality.Quality` that may have thresholds, with their units."""

_OPTIONAL: Final = ("load", "quality", "place", "entry_percent")


def key_problems(table: Mapping[str, Any], known: list[str]) -> list[str]:
    """Problems of the names that are there, and of those that are not."""
    unknown = [f"unknown key {key!r}; known: {', '.join(known)}" for key in table.keys() - known]
    needed = [key for key in known if key not in _OPTIONAL]
    return sorted(unknown) + [f"{key} is missing" for key in needed if key not in table]


def value_problems(table: Mapping[str, Any]) -> list[str]:
    """Problems of the values that are there; missing keys are another's business."""
    checks = {
        **dict.fromkeys(("name", "title", "source"), _text_problems),
        "date": _date_problems,
        "probability": _probability_problems,
        "receiver_height_m": _height_problems,
        "load": _load_problems,
        "place": _place_problems,
        "entry_percent": _percent_problems,
    }
    problems = [p for key, check in checks.items() if key in table for p in check(key, table[key])]
    quality = table.get("quality", {})
    if "thresholds_dbm" in table:
        problems += _levels_problems("thresholds_dbm", table["thresholds_dbm"], quality)
    return problems + _quality_problems("quality", quality, table.get("thresholds_dbm"))


def _text_problems(key: str, value: object) -> list[str]:
    good = isinstance(value, str) and value.strip() != ""
    return [] if good else [f"{key} is {value!r}: write a text"]


def _date_problems(key: str, value: object) -> list[str]:
    good = type(value) is datetime.date  # a time of day would not survive `from_json`
    return [] if good else [f"{key} is {value!r}: write a date such as 2026-01-31, without quotes"]


def _probability_problems(key: str, value: object) -> list[str]:
    good = _is_number(value) and 0.0 < value < 1.0
    return [] if good else [f"{key} is {value!r}: write a number above 0 and below 1"]


def _height_problems(key: str, value: object) -> list[str]:
    good = _is_number(value) and value > 0.0
    return [] if good else [f"{key} is {value!r}: write metres above ground, above 0"]


def _load_problems(key: str, value: object) -> list[str]:
    good = value is None or (_is_number(value) and 0.0 <= value <= 1.0)
    return [] if good else [f"{key} is {value!r}: write a share from 0 to 1, or leave it out"]


def _place_problems(key: str, value: object) -> list[str]:
    return [] if value in places() else [f"{key} is {value!r}: write one of {', '.join(places())}"]


def _percent_problems(key: str, value: object) -> list[str]:
    good = _is_number(value) and 0.0 < value < 100.0
    return [] if good else [f"{key} is {value!r}: write a number above 0 and below 100"]


def _levels_problems(key: str, value: object, quality: object) -> list[str]:
    if not isinstance(value, Mapping) or not value:
        return [f"{key} is {value!r}: write a table of levels for each technology"]
    problems = []
    for name, levels in value.items():
        others = quality.get(name, {}) if isinstance(quality, Mapping) else {}
        # Without a level of its own a tier must at least ask for something else.
        free = {"basic", "good"} if isinstance(others, Mapping) and others else set()
        problems += _tiers_problems(f"{key}.{name}", levels, set(TIERS) - free, "dBm")
    return problems


def _quality_problems(key: str, value: object, levels: object) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{key} is {value!r}: write a table of thresholds for each technology"]
    problems = []
    for name, metrics in value.items():
        of = f"{key}.{name}"
        if not isinstance(metrics, Mapping) or not metrics:
            problems.append(f"{of} is {metrics!r}: write thresholds of {', '.join(METRICS)}")
            continue
        if isinstance(levels, Mapping) and name not in levels:
            problems.append(f"{of} has no thresholds_dbm.{name} beside it: write its weak level")
        for metric, tiers in metrics.items():
            problems += _metric_problems(of, name, metric, tiers)
        if not _asks_for_basic(metrics, levels, name):
            problems.append(f"{of}: no threshold of {name} is for basic service: write one")
    return problems


def _metric_problems(key: str, name: str, metric: str, tiers: object) -> list[str]:
    fitting = _metrics_of(name)
    if metric not in fitting:
        return [f"unknown key {key}.{metric}; known: {', '.join(fitting)}"]
    if tiers == {}:
        return [f"{key}.{metric} has no threshold: write some of {', '.join(TIERS)}"]
    return _tiers_problems(f"{key}.{metric}", tiers, set(), METRICS[metric])


def _metrics_of(name: str) -> list[str]:
    """Metrics that a technology has: Ec/Io where its level is a pilot's, else RSRQ."""
    of_pilot = name in technologies() and technology(name).reference_share_percent is not None
    return [metric for metric in METRICS if metric != ("rsrq_db" if of_pilot else "ecio_db")]


def _asks_for_basic(metrics: Mapping[str, Any], levels: object, name: str) -> bool:
    of_level = levels.get(name) if isinstance(levels, Mapping) else None
    tables = [tiers for tiers in (*metrics.values(), of_level) if isinstance(tiers, Mapping)]
    return any("basic" in tiers for tiers in tables)


def _tiers_problems(key: str, tiers: object, needed: set[str], unit: str) -> list[str]:
    if not isinstance(tiers, Mapping):
        return [f"{key} is {tiers!r}: write a number in {unit} for each of {', '.join(TIERS)}"]
    unknown = sorted(str(tier) for tier in tiers.keys() - set(TIERS))
    problems = [f"unknown key {key}.{tier}; known: {', '.join(TIERS)}" for tier in unknown]
    problems += [f"{key}.{t} is missing" for t in TIERS if t in needed and t not in tiers]
    present = {tier: tiers[tier] for tier in TIERS if tier in tiers}
    wrong = [tier for tier, value in present.items() if not _is_number(value)]
    problems += [f"{key}.{tier} is {present[tier]!r}: write a number in {unit}" for tier in wrong]
    return problems if wrong else problems + _order_problems(key, present)


def _order_problems(key: str, tiers: Mapping[str, float]) -> list[str]:
    values = list(tiers.values())
    if all(low < high for low, high in itertools.pairwise(values)):
        return []
    return [f"{key} must rise from {' to '.join(tiers)}; it is {values}"]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
