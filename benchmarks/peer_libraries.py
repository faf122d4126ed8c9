"""Libraries for Python at the job of `peer_job`, receiver by receiver: itmlogic and crc-covlib."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from peer_job import (
    EAST_DEG,
    FREQUENCY_MHZ,
    MIDDLE_LATITUDE,
    MIDDLE_LONGITUDE,
    RECEIVER_M,
    SECOND_DEG,
    SECOND_KM,
    SOUTH_DEG,
    TILE,
    TRANSMITTER_M,
    AbsentError,
    Job,
    Timing,
    timed_call,
)

from phusong.kernels.area import bilinear

__all__ = ["covlib", "covlib_simulation", "itmlogic", "itmlogic_loss", "profiles"]

ITMLOGIC_POINTS, COVLIB_POINTS = 300, 3000


def itmlogic(job: Job, _folder: Path) -> list[Timing]:
    """ITM in plain Python, profile by profile."""
    module_of("itmlogic")
    losses = [itmlogic_loss(profile) for profile in profiles(job, ITMLOGIC_POINTS)]
    wall_s, cpu_s = timed_call(lambda: [loss() for loss in losses], job.rounds)
    return [Timing("itmlogic", "ITM, profiles given", "compute only", wall_s, cpu_s, len(losses))]


def profiles(job: Job, count: int) -> list[tuple[float, list[float]]]:
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
    preparing = module_of("itmlogic.preparatory_subroutines.qlrpfl").qlrpfl
    constants = module_of("itmlogic.preparatory_subroutines.qlrps").qlrps
    variability = module_of("itmlogic.statistics.avar").avar
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
    library = module_of("crc_covlib.simulation")
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
        timings.append(Timing("crc-covlib", title, "compute only", *figures, len(places)))
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


def module_of(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise AbsentError(f"{name} cannot be imported here") from error
