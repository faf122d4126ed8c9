"""phusong beside other programs at one job, in the same run on the same machine.

``python benchmarks/peers.py --into FILE.md`` writes the table as Markdown and, beside it, as JSON.
Wanted, each left out with a word where it is not installed: ``splat-hd`` (package splat) and
``gdal_viewshed`` (package gdal-bin), itmlogic and crc-covlib for Python.

CPU time is what counts on a machine shared with others, here that of the fastest of three rounds.
Whole programs read terrain and write their result. SPLAT!'s "compute only" is that less a run over
the same terrain with a range of 100 m; in that its walks over the whole tile are left out, so it
flatters SPLAT!; a circle so small that it adds less than a fifth to the program's time has no such
figure. What is asked for single receivers (itmlogic, crc-covlib) or for every 32nd row
(phusong pixel by pixel) says how many points it took. itmlogic is given ready profiles; the others
take theirs from terrain in memory.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numba
import numpy as np
import rasterio
from numpy.typing import NDArray
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
    timed_call,
    timed_program,
)
from rasterio.transform import from_origin

from phusong.kernels.area import bilinear
from phusong.prediction.filling import Ground, Place, Task, fill_loss
from phusong.prediction.masts import Mast
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings

__all__ = ["PEERS", "as_json", "as_markdown", "measure", "our_points_per_second"]

WHOLE, COMPUTE = "whole program", "compute only"
SPLAT = "SPLAT! HD"
SECOND_DEG = 1.0 / 3600.0
NEARLY_NOTHING_KM = 0.1
LEAST_SHARE = 0.2
EVERY_ROW = 32
INLAND = np.full((1, 1), 4, np.uint8)
ITMLOGIC_POINTS, COVLIB_POINTS = 300, 3000


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


def itmlogic(job: Job, _folder: Path) -> list[Timing]:
    """ITM in plain Python, profile by profile."""
    _module("itmlogic")
    losses = [itmlogic_loss(profile) for profile in _profiles(job, ITMLOGIC_POINTS)]
    wall_s, cpu_s = timed_call(lambda: [loss() for loss in losses], job.rounds)
    return [Timing("itmlogic", "ITM, profiles given", COMPUTE, wall_s, cpu_s, len(losses))]


def _profiles(job: Job, count: int) -> list[tuple[float, list[float]]]:
    """Length in km and heights in m every arc-second, from the transmitter to each receiver."""
    middle, terrain = TILE // 2, job.terrain_m
    found = []
    for distance_km, azimuth in zip(*job.receivers(count), strict=True):
        steps = max(4, round(distance_km / SECOND_KM))
        away = distance_km / SECOND_KM * np.linspace(0.0, 1.0, steps + 1)
        rows, cols = middle - away * np.cos(azimuth), middle + away * np.sin(azimuth)
        heights = [bilinear(terrain, *place) for place in zip(rows, cols, strict=True)]
        found.append((float(distance_km), heights))
    return found


def itmlogic_loss(profile: tuple[float, list[float]]) -> Callable[[], float]:
    """Loss in dB over one profile, when called."""
    preparing = _module("itmlogic.preparatory_subroutines.qlrpfl").qlrpfl
    constants = _module("itmlogic.preparatory_subroutines.qlrps").qlrps
    variability = _module("itmlogic.statistics.avar").avar
    distance_km, heights = profile
    steps = len(heights) - 1

    def loss_db() -> float:
        wave, curvature, refractivity, ground = constants(FREQUENCY_MHZ, 0.0, 301.0, 1, 15.0, 0.005)
        path = {
            "fmhz": FREQUENCY_MHZ,
            "d": distance_km,
            "hg": [TRANSMITTER_M, RECEIVER_M],
            "pfl": [steps, 1000.0 * distance_km / steps, *heights],
            "wn": wave,
            "gme": curvature,
            "ens": refractivity,
            "zgnd": ground,
            "klim": 5,
            "klimx": 0,
            "mdvarx": 11,
            "lvar": 5,
            "kwx": 0,
        }
        path = preparing(path)
        over_free_space, path = variability(0.0, 0.0, 0.0, path)
        return float(8.68589 * np.log(2.0 * wave * path["dist"]) + over_free_space)

    return loss_db


def covlib(job: Job, _folder: Path) -> list[Timing]:
    """crc-covlib with its terrain in memory, receiver by receiver: ITM and P.1812."""
    library = _module("crc_covlib.simulation")
    distance_km, azimuth = job.receivers(COVLIB_POINTS)
    seconds = distance_km / SECOND_KM
    latitude = MIDDLE_LATITUDE + SECOND_DEG * seconds * np.cos(azimuth)
    narrow = np.cos(np.radians(MIDDLE_LATITUDE))
    longitude = MIDDLE_LONGITUDE + SECOND_DEG * seconds * np.sin(azimuth) / narrow
    places = list(zip(latitude.tolist(), longitude.tolist(), strict=True))
    timings = []
    for model, title in (("LONGLEY_RICE", "ITM"), ("ITU_R_P_1812", "P.1812-7")):
        simulation = covlib_simulation(library, job, model)
        point = simulation.GenerateReceptionPointResult
        figures = timed_call(lambda point=point: [point(*place) for place in places], job.rounds)
        timings.append(Timing("crc-covlib", title, COMPUTE, *figures, len(places)))
    return timings


def covlib_simulation(library: Any, job: Job, model: str) -> Any:
    """crc-covlib's transmitter, receiver and model over the terrain, whose rows go north."""
    source = library.TerrainElevDataSource.TERR_ELEV_CUSTOM
    half = 0.5 * SECOND_DEG
    simulation = library.Simulation()
    simulation.SetTransmitterLocation(MIDDLE_LATITUDE, MIDDLE_LONGITUDE)
    simulation.SetTransmitterHeight(TRANSMITTER_M)
    simulation.SetTransmitterFrequency(FREQUENCY_MHZ)
    simulation.SetReceiverHeightAboveGround(RECEIVER_M)
    simulation.SetPropagationModel(library.PropagationModel[model])
    simulation.SetResultType(library.ResultType.PATH_LOSS_DB)
    simulation.SetPrimaryTerrainElevDataSource(source)
    simulation.AddCustomTerrainElevData(
        SOUTH_DEG + half,
        EAST_DEG - 1 + half,
        SOUTH_DEG + 1 - half,
        EAST_DEG - half,
        TILE,
        TILE,
        job.terrain_m[::-1].astype(np.float32),
    )
    simulation.SetTerrainElevDataSamplingResolution(1000.0 * SECOND_KM)
    return simulation


def ours(job: Job, _folder: Path) -> list[Timing]:
    """phusong's models."""
    swept = [our_points_per_second(name, job) for name in ("p1812", "free_space", "hata", "itm")]
    return [*swept, _pixel_by_pixel("p1812", job)]


def our_points_per_second(
    model_name: str, job: Job, zones: NDArray[np.uint8] = INLAND, time_percent: float = 50.0
) -> Timing:
    """phusong's own, on one thread: swept where the model can be, else pixel by pixel."""
    model = MODELS[model_name]
    settings = PredictSettings(model=model_name, time_percent=time_percent)
    if model.along is None and model.line is None:
        return _pixel_by_pixel(model_name, job)
    terrain, middle = job.terrain_m.astype(np.float32), TILE // 2
    reach = int(job.radius_km / SECOND_KM)
    clutter = np.full((1, 1), settings.clutter_m, np.float32)
    place = Place(*[slice(middle - reach, middle + reach + 1)] * 2)
    cell = {"latitude": MIDDLE_LATITUDE}
    mast = Mast(float(middle), float(middle), reach, reach, TRANSMITTER_M, 0.0, (cell,))
    settings = settings.model_copy(update={"profile_step_m": 1000.0 * SECOND_KM})
    bands = np.array([[FREQUENCY_MHZ, job.radius_km]])
    ground = Ground(terrain, clutter, zones, SECOND_KM)
    task = Task.of(model, settings, ground, mast, place, bands)
    loss = np.empty((1, 2 * reach + 1, 2 * reach + 1), np.float32)
    departure = np.empty(loss.shape[1:], np.float32)
    usual = numba.get_num_threads()
    numba.set_num_threads(1)

    def fill() -> None:
        loss.fill(np.nan)
        departure.fill(np.nan)
        fill_loss(task, loss, departure)

    fill()  # compiles
    wall_s, cpu_s = timed_call(fill, job.rounds)
    numba.set_num_threads(usual)
    points = int(np.isfinite(loss).sum())
    way = "phusong" if model.line else "phusong, swept"
    return Timing(way, model.title, COMPUTE, wall_s, cpu_s, points)


def _pixel_by_pixel(model_name: str, job: Job) -> Timing:
    """The exact profile of each pixel, on every 32nd row of the circle."""
    model, settings = MODELS[model_name], PredictSettings(model=model_name)
    ghz, range_km = np.array([FREQUENCY_MHZ / 1000.0]), np.array([job.radius_km])
    terrain, middle = job.terrain_m.astype(np.float32), TILE // 2
    clutter = np.full((1, 1), settings.clutter_m, np.float32)
    model_rows = model.rows(settings, ghz, MIDDLE_LATITUDE)
    reach = int(job.radius_km / SECOND_KM)
    rows = range(middle - reach + EVERY_ROW // 2, middle + reach + 1, EVERY_ROW)
    loss = np.empty((len(rows), 1, 1, 2 * reach + 1), np.float32)
    departure = np.empty(loss.shape[2:], np.float32)

    def fill(i: int) -> None:
        mast = (float(middle), float(middle), TRANSMITTER_M, RECEIVER_M, SECOND_KM, SECOND_KM)
        corner = (rows[i], middle - reach)
        model.fill_window(
            terrain, clutter, INLAND, *mast, *corner, ghz, range_km, model_rows, loss[i], departure
        )

    fill(0)  # compiles
    wall_s, cpu_s = timed_call(lambda: [fill(i) for i in range(len(rows))], job.rounds)
    points = int(np.isfinite(loss).sum())
    return Timing("phusong, pixel by pixel", model.title, COMPUTE, wall_s, cpu_s, points)


PEERS: dict[str, Callable[[Job, Path], list[Timing]]] = {
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


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise AbsentError(f"{name} cannot be imported here") from error


def measure(job: Job) -> tuple[list[Timing], dict[str, str]]:
    """Timings of every peer that is here, and why the others are not."""
    timings, absent = [], {}
    for name, peer in PEERS.items():
        print(f"{name} ...", file=sys.stderr)
        try:
            with tempfile.TemporaryDirectory() as folder:
                timings += peer(job, Path(folder))
        except AbsentError as error:
            absent[name] = str(error)
    return timings, absent


def as_json(job: Job, timings: list[Timing], absent: dict[str, str]) -> str:
    """The machine, every timing with its rate and its ratio to SPLAT!'s, and who was absent."""
    rows = [
        asdict(timing)
        | {"points_per_s_core": timing.points_per_s_core, "to_splat": _to_splat(timing, timings)}
        for timing in timings
    ]
    record = {"radius_km": job.radius_km, "machine": _machine(), "timings": rows, "absent": absent}
    return json.dumps(record, indent=2) + "\n"


def as_markdown(job: Job, timings: list[Timing], absent: dict[str, str]) -> str:
    """The same as a table, with the command that makes it."""
    head = (
        f"Written by `python benchmarks/peers.py --radius-km {job.radius_km:g}` on {_machine()}: "
        "one transmitter at 30 m, receivers at 1.5 m, 900 MHz, fractal terrain of 20-932 m at "
        f"1 arc-second, circle of {job.radius_km:g} km.\n\n"
        "| tool | model | what | wall s | CPU s | points | points/s/core | to SPLAT!'s |\n"
        "|---|---|---|---:|---:|---:|---:|---:|\n"
    )
    missing = [f"\n{name}: {reason}.\n" for name, reason in absent.items()]
    return head + "".join(_row(timing, timings) for timing in timings) + "".join(missing)


def _row(timing: Timing, timings: list[Timing]) -> str:
    ratio = _to_splat(timing, timings)
    cells = [
        timing.tool,
        timing.model,
        timing.scope,
        f"{timing.wall_s:.2f}",
        f"{timing.cpu_s:.2f}",
        f"{timing.points:,}",
        f"{timing.points_per_s_core:,.0f}",
        "" if ratio is None else f"{ratio:.3g}",
    ]
    return f"| {' | '.join(cells)} |\n"


def _to_splat(timing: Timing, timings: list[Timing]) -> float | None:
    """Ratio of rates, whole program to whole program and computing to computing."""
    for other in timings:
        if (other.tool, other.scope) == (SPLAT, timing.scope):
            return timing.points_per_s_core / other.points_per_s_core
    return None


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def main() -> None:
    """Measure, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, help="Markdown file; the JSON goes beside it")
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    job = Job(arguments.radius_km, arguments.rounds)
    if not 1.0 <= job.radius_km <= 50.0:
        parser.error("--radius-km: give 1 to 50, so that the circle lies in its tile")
    timings, absent = measure(job)
    print(as_markdown(job, timings, absent), end="")
    if arguments.into:
        arguments.into.write_text(as_markdown(job, timings, absent), encoding="utf8")
        arguments.into.with_suffix(".json").write_text(as_json(job, timings, absent), "utf8")


if __name__ == "__main__":
    main()
