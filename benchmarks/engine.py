"""How phusong's engine grows: with radius, raster, bands, time percentage, threads and masts.

``python benchmarks/engine.py --into docs/speed_engine.json`` prints the tables and keeps the record
that `speed_tables.py` makes the pages' tables of. What the rows are measured with: `our_engine.py`
(the job of `peer_job.py`), `sweep_alone.py`, `province.py` and `sampling.py`, which needs the
folder ``shared`` beside the project.

Rates are of the CPU time of the fastest round on one thread. Beside a sweep stand some rows of the
same circle pixel by pixel, in the same run: its rate, and how far the two are apart.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import province
import sampling
import sweep_alone
from numpy.typing import NDArray
from our_engine import Way, by_pixel, timed
from peer_job import SECOND_KM, Job
from records import machine, write_record
from speed_tables import engine_tables

__all__ = ["GROWTH", "compared", "growth", "record_of", "threads"]

RADII_KM = (5.0, 10.0, 20.0, 40.0)
RASTERS = ((1, 1), (3, 3), (3, 1))
"""Arc-seconds of a pixel and of a profile's step; a 90 m map with steps of 30 m is the last."""
PIXEL_POINTS = 12_000
"""About as many receivers are computed pixel by pixel."""

GROWTH = [
    *(
        (radius_km, Way(pixel_seconds=pixel, step_seconds=step))
        for pixel, step in RASTERS
        for radius_km in RADII_KM
    ),
    *((20.0, Way(bands=bands)) for bands in (2, 3)),
    *((20.0, Way(time_percent=percent)) for percent in (10.0, 1.0)),
    *((20.0, Way(time_percent=percent, coast=True)) for percent in (50.0, 10.0, 1.0)),
    *((20.0, Way(model=name)) for name in ("free_space", "hata")),
]
"""Radius in km and way of each row of the growth table."""


def growth(rounds: int) -> Iterator[dict[str, Any]]:
    """A row for each of `GROWTH`."""
    for radius_km, way in GROWTH:
        print(f"{radius_km:g} km, {way} ...", file=sys.stderr)
        yield compared(Job(radius_km, rounds), way)


def compared(job: Job, way: Way) -> dict[str, Any]:
    """A way's figures, and beside a sweep those of its pixels' own profiles."""
    timing, loss = timed(job, way)
    row = {"radius_km": job.radius_km, **asdict(way), "model": timing.model}
    row |= {name: getattr(timing, name) for name in ("points", "wall_s", "cpu_s")}
    row["points_per_s_core"] = timing.points_per_s_core
    if timing.tool == "phusong":
        return row
    every = max(1, round(_points(job, way) / PIXEL_POINTS))
    slow, exact = timed(job, by_pixel(way, every))
    row["to_pixel"] = timing.points_per_s_core / slow.points_per_s_core
    return row | apart_db(loss[:, every // 2 :: every], exact)


def _points(job: Job, way: Way) -> float:
    return np.pi * (job.radius_km / SECOND_KM / way.pixel_seconds) ** 2


def apart_db(radial: NDArray[np.float32], pixel: NDArray[np.float32]) -> dict[str, float]:
    """How far losses of the same pixels are apart."""
    off = np.abs(radial - pixel)[np.isfinite(pixel)].astype(float)
    return {"rmse_db": np.sqrt(np.mean(off**2)), "p95_db": np.percentile(off, 95)}


def threads(rounds: int) -> list[dict[str, Any]]:
    """Time by the clock of P.1812 at 20 km on one thread, two, four and so on."""
    found, number = [], 1
    while number <= (os.cpu_count() or 1):
        timing, _ = timed(Job(20.0, rounds), Way(threads=number))
        found.append({"threads": number, "wall_s": timing.wall_s})
        number *= 2
    return found


def record_of(rounds: int) -> dict[str, Any]:
    """Everything measured."""
    record: dict[str, Any] = {"machine": machine(), "rounds": rounds}
    record["growth"] = list(growth(rounds))
    for name, work in {"threads": threads, "alone": sweep_alone.measure}.items():
        print(f"{name} ...", file=sys.stderr)
        record[name] = work(rounds)
    print("the sample province ...", file=sys.stderr)
    scene, network = province.province()
    record["combining"] = province.combining(scene, network, rounds)
    record["masts"] = province.masts(scene, network, rounds)
    print("radial against pixel on real terrain ...", file=sys.stderr)
    record["sampling"] = sampling.measure()
    return record


def main() -> None:
    """Measure, print the tables, and keep the record where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, help="JSON file for the record")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    record = record_of(arguments.rounds)
    print("\n".join(engine_tables(record).values()))
    write_record(record, arguments.into)


if __name__ == "__main__":
    main()
