"""Searches for new positions, each kind by its own sign on the ground, the best first."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter, maximum_filter, uniform_filter

from phusong.geodata.points import pixels_of

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.planning.candidate_settings import CandidateSettings

__all__ = ["SEARCHES", "at", "pixel_count"]

Floats = npt.NDArray[np.float64]
Search = Callable[["Scene", Floats, "CandidateSettings"], pd.DataFrame]
"""From scene, unserved people (y, x) and settings to x, y, row, column and reason."""

AROUND_M = 2000.0  # side of the square over whose mean ground high ground stands
RELIEF_M = 20.0  # above the mean ground around: well over the vertical noise of SRTM
SMOOTHING_M = 500.0


def _high_ground(scene: "Scene", _: Floats, settings: "CandidateSettings") -> pd.DataFrame:
    """Highest points around that stand `RELIEF_M` above the mean ground, by how far they do."""
    ground = scene.terrain.to_numpy().astype(np.float64)
    relief = (ground - uniform_filter(ground, pixel_count(scene, AROUND_M)))[scene.window]
    inside = scene.commune_labels.to_numpy() > 0
    height = np.where(inside & (relief >= RELIEF_M), ground[scene.window], -np.inf)
    tops = _at_pixels(scene, _is_summit(height, pixel_count(scene, 2 * settings.spacing_m)), relief)
    reason = [f"high ground, {m:.0f} m above the mean ground around" for m in at(relief, tops)]
    return tops.assign(reason=reason)


def _population(scene: "Scene", unserved: Floats, settings: "CandidateSettings") -> pd.DataFrame:
    """Where unserved people are densest around."""
    inside = scene.commune_labels.to_numpy() > 0
    smooth = gaussian_filter(unserved, SMOOTHING_M / scene.resolution_m, mode="constant")
    field = np.where(inside & (smooth > 0), smooth, -np.inf)
    centres = _is_summit(field, pixel_count(scene, 2 * settings.spacing_m))
    return _at_pixels(scene, centres, smooth).assign(reason="centre of unserved people")


def _villages(scene: "Scene", unserved: Floats, _: "CandidateSettings") -> pd.DataFrame:
    villages = scene.villages
    assert villages is not None  # noqa: S101 - the settings are checked
    word = "settlement" if scene.are_settlements else "village"
    reason = [f"centre of the {word} {name}" for name in villages["name"]]
    return _of_points(scene, villages, unserved, reason)


def _facilities(scene: "Scene", unserved: Floats, _: "CandidateSettings") -> pd.DataFrame:
    facilities = scene.facilities
    assert facilities is not None  # noqa: S101 - the settings are checked
    named = zip(facilities["kind"], facilities["name"].fillna(""), strict=True)
    reason = [f"facility ({kind}) {name}".rstrip() for kind, name in named]
    return _of_points(scene, facilities, unserved, reason)


def _roads(scene: "Scene", unserved: Floats, settings: "CandidateSettings") -> pd.DataFrame:
    """Pixels with road, those among most people first."""
    assert scene.road_km is not None  # noqa: S101 - the settings are checked
    around = _people_around(scene, unserved, settings)
    return _at_pixels(scene, scene.road_km.to_numpy() > 0, around).assign(reason="along a road")


def _grid(scene: "Scene", unserved: Floats, settings: "CandidateSettings") -> pd.DataFrame:
    """Every so many pixels, those among most people first."""
    step = max(1, round(settings.grid_step_m / scene.resolution_m))
    chosen = np.zeros(unserved.shape, dtype=bool)
    chosen[step // 2 :: step, step // 2 :: step] = True
    reason = f"regular grid of {step * scene.resolution_m:g} m"
    around = _people_around(scene, unserved, settings)
    return _at_pixels(scene, chosen, around).assign(reason=reason)


SEARCHES: Final[dict[str, Search]] = {
    "high_ground": _high_ground,
    "population": _population,
    "village_centre": _villages,
    "facility": _facilities,
    "road": _roads,
    "grid": _grid,
}


def pixel_count(scene: "Scene", length_m: float) -> int:
    """Odd number of pixels across a length, so that windows are centred."""
    return 2 * round(length_m / scene.resolution_m / 2) + 1


def at(field: npt.NDArray[np.generic], points: pd.DataFrame) -> Floats:
    """Values of a grid at the pixels of points."""
    values: Floats = field[points["row"].to_numpy(), points["column"].to_numpy()]
    return values


def _is_summit(field: Floats, size: int) -> npt.NDArray[np.bool_]:
    highest = maximum_filter(field, size, mode="nearest")
    summit: npt.NDArray[np.bool_] = (field == highest) & np.isfinite(field)
    return summit


def _at_pixels(scene: "Scene", chosen: npt.NDArray[np.bool_], worth: Floats) -> pd.DataFrame:
    """Centres of pixels inside the communes, those of most worth first."""
    row, column = np.nonzero(chosen & (scene.commune_labels.to_numpy() > 0))
    order = np.argsort(-worth[row, column], kind="stable")
    row, column = row[order], column[order]
    x, y = scene.people["x"].to_numpy()[column], scene.people["y"].to_numpy()[row]
    return pd.DataFrame({"x": x, "y": y, "row": row, "column": column})


def _of_points(
    scene: "Scene", places: pd.DataFrame, unserved: Floats, reason: list[str]
) -> pd.DataFrame:
    """Points on the grid, in the order of the unserved people of their pixels' surroundings."""
    x, y = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    pixel = pixels_of(places.geometry, scene.grid)
    points = pd.DataFrame({"x": x, "y": y, "reason": reason})[pixel >= 0]
    row, column = np.divmod(pixel[pixel >= 0], unserved.shape[1])
    points = points.assign(row=row, column=column)
    smooth = gaussian_filter(unserved, SMOOTHING_M / scene.resolution_m, mode="constant")
    return points.iloc[np.argsort(-at(smooth, points), kind="stable")]


def _people_around(scene: "Scene", unserved: Floats, settings: "CandidateSettings") -> Floats:
    size = pixel_count(scene, 2000.0 * settings.view_km)
    around: Floats = uniform_filter(unserved, size, mode="constant")
    return around
