"""Whether the parts of a scene fit together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from odc.geo.geobox import GeoBox

from phusong.geodata.zones import ZONES

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["scene_problems"]

_SAME_M: Final = 1e-3
"""Grids whose corners and pixels differ by less are one grid."""


def scene_problems(scene: "Scene") -> list[str]:
    """Say which parts of a scene lie on other grids, or hold what cannot be."""
    box = scene.terrain.odc.geobox
    problems = [*_strays(scene, scene.grid, "people", "commune_labels", "road_km")]
    if box is None or not _same_grid(box[box.overlap_roi(scene.grid)], scene.grid):
        problems.append("terrain does not contain the grid; give it the same pixels and more")
    else:
        problems += _strays(scene, box, "clutter_m", "clutter_class", "zones")
    if not np.isfinite(scene.terrain.to_numpy()).all():
        problems.append("terrain has gaps; fill them")
    clutter_m = np.zeros(1) if scene.clutter_m is None else scene.clutter_m.to_numpy()
    if not (np.isfinite(clutter_m) & (clutter_m >= 0)).all():
        problems.append("clutter_m has gaps or heights below the ground; write 0 there")
    if scene.zones is not None and not np.isin(scene.zones.to_numpy(), ZONES).all():
        problems.append("zones has others than 1 (sea), 3 (coastal land) and 4 (inland)")
    return problems


def _strays(scene: "Scene", grid: GeoBox, *names: str) -> Iterator[str]:
    """Say which of the scene's arrays do not lie on a grid."""
    for name in names:
        array = getattr(scene, name)
        if array is not None and not _same_grid(array.odc.geobox, grid):
            yield f"{name} does not lie on the grid; put it there"


def _same_grid(one: GeoBox | None, other: GeoBox) -> bool:
    return (
        one is not None
        and one.shape == other.shape
        and one.crs == other.crs
        and np.allclose(one.affine[:6], other.affine[:6], rtol=0, atol=_SAME_M)
    )
