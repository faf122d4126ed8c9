"""How far a predicted level may lie from the true one: the error of its median, pixel by pixel.

Shadowing is no part of it. Shadowing is what differs between places inside a pixel, and a service
profile's probability is over those; what is told here is by how much the pixel's median itself may
be wrong. It has two parts, whose squares add up: the model's error, and what the height error of
the terrain does to a handset that is hardly higher.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from phusong.errors import InputError
from phusong.radio.lookup import read_rows

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.prediction.coverage import Coverage

__all__ = ["Uncertainty", "is_from_zero", "model_errors_db", "terrain_error_db"]

Floats = NDArray[np.float64]

DEFAULT_NOISE_M: Final = 2.0
"""Of terrain whose noise nobody stated: that of SRTM over rice plains, and `Scene.open`'s."""

_WINDOW_PIXELS: Final = 5  # of the filter that removes noise, see `geodata.terrain.remove_noise`
_LIGHT_M_MHZ: Final = 299.792458


@dataclass(frozen=True)
class Uncertainty:
    """What is assumed of the errors of a prediction, for `phusong.find_gaps`.

    Attributes
    ----------
    confidence
        Chance from which a pixel's answer is "served" or "not served"; between, it "cannot say".
        Also that with which a commune's low and high figures hold, each. Above 0.5, below 1.
    model_error_db
        Standard deviation of the error of a predicted median, for all models, or by model's name;
        None takes ``tables/model_errors.csv``, which is for models that no measurement has tuned.
    terrain_noise_m
        Standard deviation of the vertical noise of the terrain file, metres; None takes what the
        scene says it removed, and 2 m where it removed none.
    correlation_km
        Distance over which the local part of the error falls to 1/e: a proposal of this project.
    common_share
        Part of the error's variance that all pixels of an operator and technology share, such as
        that of powers, clutter and the model's bias, from 0 to 1: a proposal of this project.

    Raises
    ------
    InputError
        With every value that cannot be used.
    """

    confidence: float = 0.90
    model_error_db: float | Mapping[str, float] | None = None
    terrain_noise_m: float | None = None
    correlation_km: float = 1.0
    common_share: float = 0.5

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise InputError("uncertainty", problems)

    def model_error_of(self, model: str) -> float:
        """Standard deviation (dB) of a model's error; an InputError where none is known."""
        given = self.model_error_db
        if given is not None and not isinstance(given, Mapping):
            return float(given)
        errors = _table() | dict(given or {})
        if model not in errors:
            problem = f"model_error_db has none for model {model!r}: give {{{model!r}: ...}}"
            raise InputError("uncertainty", [problem])
        return errors[model]

    def terrain_noise_of(self, scene: "Scene") -> tuple[float, float]:
        """Noise of the terrain file, and what is left of it in the scene, both metres.

        The filter leaves a plain the mean of its 25 cells, and so a fifth of independent noise.
        """
        removed_m = scene.terrain_noise_m
        noise_m = self.terrain_noise_m
        if noise_m is None:
            noise_m = removed_m or DEFAULT_NOISE_M
        return noise_m, noise_m / _WINDOW_PIXELS if removed_m else noise_m


def model_errors_db(coverage: "Coverage", uncertainty: Uncertainty) -> Floats:
    """Standard deviation (dB) of the model's error of each cell, (cell,)."""
    models = coverage.data["model"].to_numpy().astype(str)
    errors = {model: uncertainty.model_error_of(model) for model in set(models.tolist())}
    return np.array([errors[model] for model in models.tolist()], dtype=np.float64)


def terrain_error_db(coverage: "Coverage", uncertainty: Uncertainty) -> Iterator[Floats]:
    """What the terrain's noise may do to the level, a standard deviation (dB) a pixel.

    Where the ground is flat but for the noise, a neighbouring pixel may stand ``sqrt(2)`` standard
    deviations of what noise is left above the handset's own. The difference of the knife-edge
    losses (P.526-16, equation 31) of the neighbour so raised and as it is, its clutter on it, is
    taken for the effect; the ray to the server rises over the neighbour, so that it vanishes near a
    mast. On rough ground it counts by the share of the heights' variance in 5 x 5 pixels that noise
    can be.

    Yields
    ------
    ndarray
        float64 (y, x) of each operator and, within it, each technology; 0 where there is no level.
    """
    scene = coverage.scene
    noise_m, left_m = uncertainty.terrain_noise_of(scene)
    share = _flat_share(scene, noise_m)
    top_m, x, y, per_metre = _antennas(coverage)
    ground_m = scene.terrain.to_numpy()[scene.window].astype(np.float64)
    handset_m = coverage.settings.receiver_height_m
    clutter_m: float | Floats = coverage.settings.clutter_m
    if scene.clutter_m is not None:
        clutter_m = scene.clutter_m.to_numpy()[scene.window].astype(np.float64)
    step_m = scene.resolution_m
    columns = scene.people["x"].to_numpy()[None, :]
    rows = scene.people["y"].to_numpy()[:, None]
    servers = coverage.data["server"].transpose("operator", "technology", "y", "x").to_numpy()
    for index in np.ndindex(servers.shape[:2]):
        server = servers[index]
        distance_m = np.maximum(np.hypot(columns - x[server], rows - y[server]), step_m)
        rise = (top_m[server] - ground_m - handset_m) / distance_m
        edge_m = clutter_m - handset_m - rise * step_m
        root = per_metre[server] / math.sqrt(step_m)
        raised_db = _knife_edge_db((edge_m + math.sqrt(2.0) * left_m) * root)
        effect = (raised_db - _knife_edge_db(edge_m * root)) * share
        yield np.where(server >= 0, effect, 0.0)


def _knife_edge_db(nu: Floats) -> Floats:
    """P.526-16, equation 31, of a whole raster; 0 up to nu of -0.78."""
    above = np.maximum(nu, -0.78) - 0.1
    return np.asarray(np.maximum(6.9 + 20.0 * np.log10(np.hypot(above, 1.0) + above), 0.0))


def _flat_share(scene: "Scene", noise_m: float) -> Floats:
    """Part of the heights' variance around each pixel that noise can be, from 0 to 1."""
    if noise_m == 0.0:
        return np.zeros(scene.grid.shape)
    exact = scene.terrain.to_numpy().astype(np.float64)
    mean = uniform_filter(exact, _WINDOW_PIXELS, mode="reflect")
    variance = uniform_filter(exact * exact, _WINDOW_PIXELS, mode="reflect") - mean * mean
    return np.asarray((noise_m**2 / np.maximum(variance, noise_m**2))[scene.window])


def _antennas(coverage: "Coverage") -> tuple[Floats, Floats, Floats, Floats]:
    """Of each cell: antenna above sea level, x and y (m), and nu per metre times root metre."""
    cells, terrain = coverage.network.cells, coverage.scene.terrain
    places = gpd.GeoSeries.from_xy(cells["longitude"], cells["latitude"], crs=4326)
    places = places.to_crs(str(coverage.scene.grid.crs))
    x, y = places.x.to_numpy(), places.y.to_numpy()
    column, row = ~terrain.odc.geobox.affine * (x, y)
    rows, columns = terrain.shape
    at = (
        np.clip(np.floor(row).astype(int), 0, rows - 1),
        np.clip(np.floor(column).astype(int), 0, columns - 1),
    )
    top_m = terrain.to_numpy()[at] + cells["antenna_height_m"].to_numpy()
    wavelength_m = _LIGHT_M_MHZ / cells["frequency_mhz"].to_numpy()
    return top_m.astype(np.float64), x, y, np.sqrt(2.0 / wavelength_m)


@cache
def _table() -> dict[str, float]:
    rows = read_rows("model_errors.csv", "phusong.gaps")
    return {row["model"]: float(row["error_db"]) for row in rows}


def _problems(of: Uncertainty) -> Iterator[str]:
    if not (is_from_zero(of.confidence) and 0.5 < of.confidence < 1.0):
        yield f"confidence is {of.confidence!r}: give a number above 0.5 and below 1, such as 0.9"
    given = of.model_error_db
    errors: Mapping[str, Any] = given if isinstance(given, Mapping) else {"model_error_db": given}
    for name, error_db in errors.items():
        if error_db is not None and not is_from_zero(error_db):
            yield f"{name} is {error_db!r}: give dB from 0"
    if of.terrain_noise_m is not None and not is_from_zero(of.terrain_noise_m):
        yield f"terrain_noise_m is {of.terrain_noise_m!r}: give metres from 0, or None"
    if not (is_from_zero(of.correlation_km) and of.correlation_km > 0.0):
        yield f"correlation_km is {of.correlation_km!r}: give km above 0"
    if not (is_from_zero(of.common_share) and of.common_share <= 1.0):
        yield f"common_share is {of.common_share!r}: give a number from 0 to 1"


def is_from_zero(value: object) -> bool:
    """Whether a value is a finite number from 0."""
    return isinstance(value, Real) and 0.0 <= float(value) < math.inf
