"""How far a sweep's losses are from those of each pixel's exact profile, on real terrain.

`engine.py` keeps it with its record. It needs the folder ``shared`` beside the project.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from odc.geo.geobox import GeoBox

import phusong as ps
from phusong.prediction import PredictSettings
from phusong.prediction.filling import Ground, Place, Task, fill_loss
from phusong.prediction.masts import Mast
from phusong.prediction.models import MODELS

GEODATA = Path(__file__).resolve().parents[2] / "shared" / "geodata"
# Parts of the terrain's rows and columns.
MASTS = {"plain": (0.62, 0.45), "foot of the ridge": (0.40, 0.62), "ridge": (0.27, 0.68)}
HEIGHT_M, FREQUENCY_MHZ = 35.0, 1800.0
JOBS = ((90.0, 20.0), (30.0, 10.0))


def open_scene(resolution_m: float) -> ps.Scene:
    return ps.Scene.open(
        terrain=GEODATA / "terrain" / "vinhphuc_srtm3.tif",
        population=GEODATA / "population" / "worldpop2020_1km_UNadj_vinhphuc.tif",
        communes=GEODATA / "communes" / "vinhphuc_2025.geojson",
        resolution_m=resolution_m,
    )


def losses(scene: ps.Scene, settings: PredictSettings, part: tuple[float, float], range_km: float):
    """Loss of every pixel of the terrain within range, (rows, columns), NaN elsewhere."""
    ground = Ground.of(scene, settings)
    box: GeoBox = scene.terrain.odc.geobox
    rows, cols = box.shape
    # A fraction of a pixel off, as masts are.
    row, col = rows * part[0] + 0.3, cols * part[1] + 0.4
    mast = Mast(row, col, row, col, HEIGHT_M, 0.0, ({"latitude": 21.3},))
    place, bands = Place(slice(0, rows), slice(0, cols)), np.array([[FREQUENCY_MHZ, range_km]])
    task = Task.of(MODELS[settings.model], settings, ground, mast, place, bands)
    loss = np.full((1, rows, cols), np.nan, np.float32)
    departure = np.full((rows, cols), np.nan, np.float32)
    fill_loss(task, loss, departure)
    return loss[0]


def measure() -> list[dict[str, Any]]:
    """A row a job, clutter and mast; none without the real terrain."""
    if not GEODATA.is_dir():
        return []
    rows = []
    for resolution_m, range_km in JOBS:
        scene = open_scene(resolution_m)
        for clutter_m, (name, part) in product((10.0, 0.0), MASTS.items()):
            radial, pixel = (
                losses(scene, PredictSettings(sampling=way, clutter_m=clutter_m), part, range_km)
                for way in ("radial", "pixel")
            )
            off = np.abs(radial - pixel)[np.isfinite(pixel)].astype(float)
            job = {"pixel_m": resolution_m, "range_km": range_km, "mast": name}
            figures = np.sqrt(np.mean(off**2)), np.percentile(off, 95), off.max()
            named = zip(("rmse_db", "p95_db", "largest_db"), figures, strict=True)
            rows.append(job | {"clutter_m": clutter_m} | dict(named))
    return rows
