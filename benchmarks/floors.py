"""Whether the engine is as fast beside its peers as it was: ``python benchmarks/floors.py``.

A short run: every rate that `floors.json` names, of the circle of 20 km unless it says another
radius, in points a second and core. It ends with 1 where a ratio of two lies under its floor by
more than the factor, which leaves room for what other work on the machine does to either. A ratio
whose peer is not installed is left out, and said to be.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from our_engine import Way, by_pixel, timed
from peer_job import Job
from peers import EVERY_ROW, measure, splat, viewshed
from records import read_record

__all__ = ["OURS", "THEIRS", "judge", "measured"]

FLOORS = Path(__file__).with_name("floors.json")
RADIUS_KM = 20.0
OURS = {
    "P.1812": (RADIUS_KM, Way()),
    "P.1812, two bands": (RADIUS_KM, Way(bands=2)),
    "P.1812, 10 km": (10.0, Way()),
    "P.1812, 40 km": (40.0, Way()),
    "P.1812 by pixel": (RADIUS_KM, by_pixel(Way(), EVERY_ROW)),
    "free space": (RADIUS_KM, Way("free_space")),
    "Hata": (RADIUS_KM, Way("hata")),
}
THEIRS = {"SPLAT!": (splat, "compute only"), "gdal_viewshed": (viewshed, "whole program")}
PEER_ROUNDS = 1
"""SPLAT!'s two runs take some 17 s."""


def measured(rounds: int) -> dict[str, float]:
    """Points a second and core by name, of whoever is here."""
    rates = {}
    for name, (peer, scope) in THEIRS.items():
        timings, _ = measure(Job(RADIUS_KM, PEER_ROUNDS), {name: peer})
        for timing in timings:
            if timing.scope == scope:
                rates[name] = timing.points_per_s_core
    for name, (radius_km, way) in OURS.items():
        rates[name] = timed(Job(radius_km, rounds), way)[0].points_per_s_core
    return rates


def judge(floors: dict[str, Any], rates: dict[str, float]) -> tuple[list[str], bool]:
    """A line for each ratio, and whether all are high enough."""
    lines, passed, factor = [], True, floors["factor"]
    for ratio in floors["ratios"]:
        absent = [name for name in (ratio["of"], ratio["to"]) if name not in rates]
        if absent:
            lines.append(f"left out  {ratio['name']}: no {absent[0]} here")
            continue
        found, floor = rates[ratio["of"]] / rates[ratio["to"]], ratio["floor"]
        fine = found >= floor / factor
        passed &= fine
        word = "passed" if fine else "too slow"
        lines.append(f"{word:8}  {ratio['name']}: {found:.3g}, floor {floor:g} / {factor:g}")
    return lines, passed


def main() -> None:
    """Measure, say every ratio, and end with 1 where one is too low."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    lines, passed = judge(read_record(FLOORS), measured(parser.parse_args().rounds))
    print("\n".join(lines))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
