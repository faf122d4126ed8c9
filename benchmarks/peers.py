"""phusong beside other programs at one job, in the same run on the same machine.

``python benchmarks/peers.py --into docs/speed_peers.json`` prints the table and keeps the record
that `speed_tables.py` makes the pages' tables of. Wanted, each left out with a word where it is not
installed: ``splat-hd`` (package splat), ``gdal_viewshed`` (package gdal-bin), itmlogic and
crc-covlib for Python.

CPU time is what counts on a machine shared with others, here that of the fastest of three rounds.
Whole programs read terrain and write their result. SPLAT!'s "compute only" is that less a run over
the same terrain with a range of 100 m; in that its walks over the whole tile are left out, so it
flatters SPLAT!; a circle so small that it adds less than a fifth to the program's time has no such
figure. What is asked for single receivers (itmlogic, crc-covlib) or for every 32nd row
(phusong pixel by pixel) says how many points it took. itmlogic is given ready profiles; the others
take theirs from terrain in memory.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import rasterio
from our_engine import Way, by_pixel, timed
from peer_job import (
    EAST_DEG,
    FREQUENCY_MHZ,
    MIDDLE_LATITUDE,
    MIDDLE_LONGITUDE,
    RECEIVER_M,
    SECOND_KM,
    SOUTH_DEG,
    TILE,
    TRANSMITTER_M,
    AbsentError,
    Job,
    Timing,
    timed_program,
)
from peer_libraries import covlib, itmlogic
from rasterio.transform import from_origin
from records import machine, write_record
from speed_tables import peer_table

__all__ = ["PEERS", "measure", "record_of", "splat", "splat_options", "viewshed"]

WHOLE = "whole program"
SPLAT = "SPLAT! HD"
NEARLY_NOTHING_KM = 0.1
LEAST_SHARE = 0.2
EVERY_ROW = 32


def splat(job: Job, folder: Path) -> list[Timing]:
    """SPLAT! for 1 arc-second, ITM: the whole program, and what its range adds to it."""
    program = _program("splat-hd")
    write_splat_inputs(job, folder)

    def run(radius_km: float) -> Timing:
        figures = timed_program([program, *splat_options(radius_km)], folder, job.rounds)
        return Timing(SPLAT, "ITM", WHOLE, *figures[:2], job.tile_points, figures[2])

    whole = run(job.radius_km)
    computing = whole.less(run(NEARLY_NOTHING_KM))
    # A small circle is less than what two runs of one program differ by.
    told_apart = computing.cpu_s > LEAST_SHARE * whole.cpu_s
    return [whole, computing] if told_apart else [whole]


def splat_options(radius_km: float) -> list[str]:
    """ITM's map out to a radius, with no reports."""
    options = f"-t tx.qth -L {RECEIVER_M} -R {radius_km} -metric -olditm -N -ngs -d . -o map"
    return options.split()


def write_splat_inputs(job: Job, folder: Path) -> None:
    """Terrain from its south-east corner west, then north; the site; ITM's parameters."""
    west, north = 1 - EAST_DEG, SOUTH_DEG + 1
    tile = folder / f"{SOUTH_DEG}:{north}:{-EAST_DEG}:{west}-hd.sdf"
    heights = "\n".join(map(str, job.terrain_m[::-1, ::-1].ravel().tolist()))
    tile.write_text(f"{west}\n{SOUTH_DEG}\n{-EAST_DEG}\n{north}\n{heights}\n")
    site = f"tx\n{MIDDLE_LATITUDE}\n{-MIDDLE_LONGITUDE}\n{TRANSMITTER_M:g} meters\n"
    (folder / "tx.qth").write_text(site)
    ground, air = "15.0\n0.005\n301.0", "5\n1\n0.5\n0.5\n1000.0"
    (folder / "tx.lrp").write_text(f"{ground}\n{FREQUENCY_MHZ}\n{air}\n")


def viewshed(job: Job, folder: Path) -> list[Timing]:
    """Line of sight only: the floor under any terrain engine."""
    program = _program("gdal_viewshed")
    pixel_m, middle = 1000.0 * SECOND_KM, TILE // 2
    with rasterio.open(
        folder / "terrain.tif",
        "w",
        driver="GTiff",
        width=TILE,
        height=TILE,
        count=1,
        dtype="int16",
        crs="EPSG:32610",
        transform=from_origin(0.0, TILE * pixel_m, pixel_m, pixel_m),
    ) as file:
        file.write(job.terrain_m, 1)
    x, y = (middle + 0.5) * pixel_m, (TILE - middle - 0.5) * pixel_m
    options = f"-q -ox {x} -oy {y} -oz {TRANSMITTER_M} -tz {RECEIVER_M} -md {1000 * job.radius_km}"
    command = [program, *options.split(), "terrain.tif", "seen.tif"]
    wall_s, cpu_s, peak_mb = timed_program(command, folder, job.rounds)
    points = job.square_points
    return [Timing("gdal_viewshed", "line of sight", WHOLE, wall_s, cpu_s, points, peak_mb)]


def ours(job: Job, _folder: Path) -> list[Timing]:
    """phusong's models, swept and pixel by pixel."""
    ways = [Way(model) for model in ("p1812", "itm", "free_space", "hata")]
    ways += [by_pixel(Way(model), EVERY_ROW) for model in ("itm", "p1812")]
    return [timed(job, way)[0] for way in ways]


Peer = Callable[[Job, Path], list[Timing]]

PEERS: Mapping[str, Peer] = {
    "splat": splat,
    "gdal_viewshed": viewshed,
    "itmlogic": itmlogic,
    "crc-covlib": covlib,
    "phusong": ours,
}


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise AbsentError(f"there is no program {name} here")
    return path


def measure(job: Job, peers: Mapping[str, Peer] = PEERS) -> tuple[list[Timing], dict[str, str]]:
    """Timings of every peer that is here, and why the others are not."""
    timings, absent = [], {}
    for name, peer in peers.items():
        print(f"{name} ...", file=sys.stderr)
        try:
            with tempfile.TemporaryDirectory() as folder:
                timings += peer(job, Path(folder))
        except AbsentError as error:
            absent[name] = str(error)
    return timings, absent


def record_of(job: Job, timings: list[Timing], absent: dict[str, str]) -> dict[str, Any]:
    """The machine, every timing with its rate and its ratio to SPLAT!'s, and who was absent."""
    rows = [
        asdict(timing)
        | {"points_per_s_core": timing.points_per_s_core, "to_splat": _to_splat(timing, timings)}
        for timing in timings
    ]
    head = {"radius_km": job.radius_km, "rounds": job.rounds, "machine": machine()}
    return head | {"timings": rows, "absent": absent}


def _to_splat(timing: Timing, timings: list[Timing]) -> float | None:
    """Ratio of rates, whole program to whole program and computing to computing."""
    for other in timings:
        if (other.tool, other.scope) == (SPLAT, timing.scope):
            return timing.points_per_s_core / other.points_per_s_core
    return None


def main() -> None:
    """Measure, print the table, and keep the record where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, help="JSON file for the record")
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    job = Job(arguments.radius_km, arguments.rounds)
    if not 1.0 <= job.radius_km <= 50.0:
        parser.error("--radius-km: give 1 to 50, so that the circle lies in its tile")
    record = record_of(job, *measure(job))
    print(peer_table(record))
    write_record(record, arguments.into)


if __name__ == "__main__":
    main()
