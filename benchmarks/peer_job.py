"""The job that peers and phusong are timed with, and how a program is timed.

One transmitter 30 m above ground in the middle of a degree tile of made-up terrain, 20 to 932 m,
at 1 arc-second; receivers at 1.5 m on every terrain pixel of a circle; 900 MHz, vertical, 50 % of
time and situations.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["AbsentError", "Job", "Timing", "fractal_terrain", "timed_call", "timed_program"]

TRANSMITTER_M, RECEIVER_M, FREQUENCY_MHZ = 30.0, 1.5, 900.0
SOUTH_DEG, EAST_DEG, TILE = 10, -120, 3600
MIDDLE_LATITUDE, MIDDLE_LONGITUDE = SOUTH_DEG + 0.5, EAST_DEG - 0.5
SECOND_DEG = 1.0 / 3600.0
SECOND_KM = 6371.0 * np.pi / 180.0 / 3600.0
"""One arc-second of latitude."""


class AbsentError(Exception):
    """A peer is not installed here."""


@cache
def fractal_terrain(seed: int = 1) -> NDArray[np.int16]:
    """Heights in m of a degree tile (3600, 3600), north up, of one power-law spectrum."""
    noise = np.random.default_rng(seed).normal(size=(TILE, TILE))
    ky, kx = np.meshgrid(np.fft.fftfreq(TILE), np.fft.rfftfreq(TILE), indexing="ij")
    k = np.hypot(ky, kx)
    k[0, 0] = np.inf
    height = np.fft.irfft2(np.fft.rfft2(noise) / k**1.8, s=noise.shape)
    height -= height.min()
    return np.rint(20.0 + 912.0 * height / height.max()).astype(np.int16)


@dataclass(frozen=True)
class Job:
    """Radius of the circle around the transmitter, and the terrain under it.

    What is timed runs ``rounds`` times, and the fastest counts.
    """

    radius_km: float = 20.0
    rounds: int = 3
    seed: int = 1

    @property
    def terrain_m(self) -> NDArray[np.int16]:
        return fractal_terrain(self.seed)

    @property
    def tile_points(self) -> int:
        """Terrain pixels of the circle in degrees, whose pixels are narrower than high."""
        narrow = np.cos(np.radians(MIDDLE_LATITUDE))
        return round(np.pi * (self.radius_km / SECOND_KM) ** 2 / narrow)

    @property
    def square_points(self) -> int:
        """Terrain pixels of the circle where they are taken for squares of a second's height."""
        return round(np.pi * (self.radius_km / SECOND_KM) ** 2)

    def receivers(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distances in km and azimuths in radians, evenly spread over the circle."""
        rng = np.random.default_rng(self.seed)
        return self.radius_km * np.sqrt(rng.uniform(size=count)), rng.uniform(0, 2 * np.pi, count)


@dataclass(frozen=True)
class Timing:
    """What one way of doing the job, or a sample of its points, took.

    ``scope`` is "whole program" with terrain read and result written, or "compute only".
    """

    tool: str
    model: str
    scope: str
    wall_s: float
    cpu_s: float
    points: int
    peak_mb: float | None = None

    @property
    def points_per_s_core(self) -> float:
        return self.points / self.cpu_s

    def less(self, other: "Timing") -> "Timing":
        """Only computing, where the other one did all but compute."""
        wall_s, cpu_s = self.wall_s - other.wall_s, self.cpu_s - other.cpu_s
        return Timing(self.tool, self.model, "compute only", wall_s, cpu_s, self.points)


def timed_program(
    command: Sequence[str], folder: Path, rounds: int = 1
) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak memory in MB of a program run in a folder."""
    return min((_run(command, folder) for _ in range(rounds)), key=_cpu_s)


def _run(command: Sequence[str], folder: Path) -> tuple[float, float, float]:
    start = time.perf_counter()
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        said = (folder / "output.txt").read_text(errors="replace")[-500:]
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {said}")
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0


def timed_call(work: Callable[[], object], rounds: int = 1) -> tuple[float, float]:
    """Wall and CPU seconds of a call, all threads of this process counted."""
    return min((_call(work) for _ in range(rounds)), key=_cpu_s)


def _call(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _cpu_s(figures: tuple[float, ...]) -> float:
    return figures[1]
