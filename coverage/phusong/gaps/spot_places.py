"""What lies in each dead spot: villages, households, facilities, roads."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.gaps.villages import village_pixels
from phusong.geodata.points import pixels_of

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["kinds_of", "places_in"]

_LISTED: Final = ("schools", "clinics")
"""The kinds of facilities that a table of dead spots has whether any are known or not."""


def kinds_of(scene: "Scene") -> list[str]:
    """The kinds of facilities in a scene, in alphabetic order."""
    return [] if scene.facilities is None else sorted(set(scene.facilities["kind"]))


def places_in(spot_of: NDArray[np.int32], scene: "Scene") -> dict[str, Any]:
    """Count what lies in each dead spot.

    Parameters
    ----------
    spot_of
        (y, x): number of the spot, from 1; 0 where there is none.
    scene
        Villages, facilities and roads.

    Returns
    -------
    dict
        By the name of the column, an array with a value for each spot, or NA where nothing is known
        of it at all.
    """
    count = int(spot_of.max()) + 1
    return (
        _villages(spot_of, scene, count)
        | _facilities(spot_of, scene, count)
        | _road(spot_of, scene, count)
    )


def _villages(spot_of: NDArray[np.int32], scene: "Scene", count: int) -> dict[str, Any]:
    villages = scene.villages
    if villages is None:
        names = ("villages", "villages_on_grid", "villages_off_grid", "households")
        return dict.fromkeys(names, pd.NA)
    spot = _spot_at(spot_of, village_pixels(villages, scene))
    power = villages["grid_power"]
    counted = {
        "villages": np.ones(len(spot), dtype=bool),
        "villages_on_grid": power.eq(True).fillna(False).to_numpy(dtype=bool),
        "villages_off_grid": power.eq(False).fillna(False).to_numpy(dtype=bool),
    }
    numbers: dict[str, Any] = {
        name: np.bincount(spot[of], minlength=count)[1:] for name, of in counted.items()
    }
    if power.isna().all():  # of settlements nobody knows it
        numbers |= dict.fromkeys(("villages_on_grid", "villages_off_grid"), pd.NA)
    return numbers | {"households": _households(villages, spot, count)}


def _households(villages: pd.DataFrame, spot: NDArray[Any], count: int) -> Any:
    """Sum of what is known; NA where it is of none of a spot's villages, 0 where it has none."""
    if "households" not in villages or villages["households"].isna().all():
        return pd.NA
    known = villages["households"].notna().to_numpy()
    amounts = villages["households"].to_numpy(dtype=np.float64)[known]
    there, told = (np.bincount(of, minlength=count)[1:] for of in (spot, spot[known]))
    sums = np.bincount(spot[known], amounts, count)[1:]
    return np.where((there > 0) & (told == 0), np.nan, sums)


def _facilities(spot_of: NDArray[np.int32], scene: "Scene", count: int) -> dict[str, Any]:
    if scene.facilities is None:
        return dict.fromkeys(_LISTED, pd.NA)
    spot = _spot_at(spot_of, pixels_of(scene.facilities.geometry, scene.grid))
    kinds = scene.facilities["kind"].to_numpy()
    numbers = {
        kind: np.bincount(spot[kinds == kind], minlength=count)[1:] for kind in kinds_of(scene)
    }
    return dict.fromkeys(_LISTED, 0) | numbers


def _road(spot_of: NDArray[np.int32], scene: "Scene", count: int) -> dict[str, Any]:
    if scene.road_km is None:
        return {"road_km": pd.NA}
    length_km = scene.road_km.to_numpy().ravel()
    return {"road_km": np.bincount(spot_of.ravel(), length_km, count)[1:]}


def _spot_at(spot_of: NDArray[np.int32], pixel: NDArray[np.intp]) -> NDArray[np.int32]:
    return np.where(pixel >= 0, spot_of.ravel()[pixel], 0)
