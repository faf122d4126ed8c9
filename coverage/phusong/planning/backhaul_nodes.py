"""The places that backhaul runs between: existing sites, candidates and relays, checked."""

from collections.abc import Iterator
from numbers import Real
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import map_coordinates
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from phusong.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network

__all__ = ["existing_sites", "node_table"]

Floats = npt.NDArray[np.float64]

_NEEDED: Final = ("x", "y", "antenna_height_m")
_HIGHEST_M: Final = 300.0
_MOST_TOLD: Final = 10
_MERGE_WITHIN_M: Final = 30.0  # masts this near stand on one piece of land


def existing_sites(
    scene: "Scene", network: "Network", operators: "Sequence[str] | None" = None
) -> gpd.GeoDataFrame:
    """Masts of a network that a new site's backhaul may end at, one row each.

    Cells within 30 m of each other stand on one mast, and a dish may hang where its highest cell
    does. Masts beyond the scene's terrain are left out.

    Parameters
    ----------
    scene
        Its terrain says which masts count, its grid in which metres they are told.
    network
        Cells of all operators.
    operators
        Whose masts; None is everybody's.

    Returns
    -------
    GeoDataFrame
        name (site ids, joined), x, y (m in the grid's reference system), antenna_height_m.

    Raises
    ------
    InputError
        For an operator without a cell, or where no mast is left.
    """
    cells = network.cells
    if operators is not None:
        known = sorted(set(cells["operator"]))
        unknown = [each for each in operators if each not in known]
        if unknown:
            there = ", ".join(known)
            raise InputError("operators", [f"{each!r} has no cell; of {there}" for each in unknown])
        cells = cells[cells["operator"].isin(list(operators))]
    points = gpd.GeoSeries.from_xy(cells["longitude"], cells["latitude"], crs="EPSG:4326")
    metres = points.to_crs(scene.grid.crs)
    x, y = metres.x.to_numpy(), metres.y.to_numpy()
    on = _on_terrain(scene, x, y)
    if not on.any():
        raise InputError("network", ["no mast stands on the scene's terrain; widen its margin_km"])
    cells, x, y = cells[on], x[on], y[on]
    table = cells[["site_id", "antenna_height_m"]].assign(x=x, y=y, mast=_masts(x, y))
    table = table.sort_values("antenna_height_m", ascending=False, kind="stable")
    grouped = table.groupby("mast")
    masts = grouped[["x", "y", "antenna_height_m"]].first()
    masts.insert(0, "name", grouped["site_id"].agg(lambda ids: ", ".join(sorted(set(ids)))))
    masts = masts.reset_index(drop=True)
    return gpd.GeoDataFrame(
        masts, geometry=gpd.points_from_xy(masts["x"], masts["y"]), crs=scene.grid.crs
    )


def _masts(x: Floats, y: Floats) -> npt.NDArray[np.int32]:
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(_MERGE_WITHIN_M, output_type="ndarray")
    linked = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(x), len(x)))
    numbers: npt.NDArray[np.int32] = connected_components(linked, directed=False)[1]
    return numbers


def node_table(scene: "Scene", groups: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One table of all places: the groups "site", "candidate" and "relay", in this order.

    Parameters
    ----------
    scene
        Its terrain must reach all of them.
    groups
        Frames with x, y (m in the grid's reference system) and antenna_height_m (of a dish, above
        ground); at will name, and ground_m (above sea level), which is the terrain's otherwise.

    Returns
    -------
    DataFrame
        name, role, x, y, row, col (of the terrain, fractional), altitude_m (of the dish).

    Raises
    ------
    InputError
        Naming every column that lacks, and every value that is none, is unusable, or lies beyond
        the terrain.
    """
    problems = [told for role, frame in groups.items() for told in _problems(scene, role, frame)]
    if problems:
        raise InputError("backhaul", problems)
    tables = [_nodes(scene, role, frame) for role, frame in groups.items()]
    return pd.concat(tables, ignore_index=True)


def _nodes(scene: "Scene", role: str, frame: pd.DataFrame) -> pd.DataFrame:
    x, y, height_m = (frame[name].to_numpy(np.float64) for name in _NEEDED)
    row, col = _places(scene, x, y)
    terrain = scene.terrain.to_numpy()
    ground_m = map_coordinates(terrain, [row, col], np.float64, order=1, mode="nearest")
    if "ground_m" in frame:
        ground_m = frame["ground_m"].to_numpy(np.float64)
    names = frame["name"] if "name" in frame else [f"{role} {n}" for n in range(len(frame))]
    return pd.DataFrame(
        {
            "name": np.asarray(names, dtype=object),
            "role": role,
            "x": x,
            "y": y,
            "row": row,
            "col": col,
            "altitude_m": ground_m + height_m,
        }
    )


def _problems(scene: "Scene", role: str, frame: Any) -> Iterator[str]:
    if not isinstance(frame, pd.DataFrame):
        yield f"the {role}s are a {type(frame).__name__}: give a table, as find_candidates does"
        return
    lacking = [name for name in _NEEDED if name not in frame]
    yield from (f"the {role}s have no column {name}; give it" for name in lacking)
    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name else None
    if crs is not None and crs != str(scene.grid.crs):
        yield f"the {role}s are in {crs.name}: give x and y in {scene.grid.crs}, the scene's"
    numbers = [*(name for name in (*_NEEDED, "ground_m") if name in frame)]
    unusable = {name: _not_finite(frame[name]) for name in numbers}
    for name, wrong in unusable.items():
        yield from _told(role, frame, name, wrong, "is no number; give one in metres")
    if "antenna_height_m" in frame and not unusable["antenna_height_m"].any():
        height_m = frame["antenna_height_m"].to_numpy(np.float64)
        wrong = ~((height_m >= 1.0) & (height_m <= _HIGHEST_M))
        told = f"give 1 to {_HIGHEST_M:g} m above ground"
        yield from _told(role, frame, "antenna_height_m", wrong, told)
    if not lacking and not (unusable["x"].any() or unusable["y"].any()):
        beyond = ~_on_terrain(scene, frame["x"].to_numpy(), frame["y"].to_numpy())
        told = "lies beyond the terrain; leave it out, or open the scene with a wider margin_km"
        yield from _told(role, frame, "x", beyond, told)


def _told(
    role: str, frame: pd.DataFrame, name: str, wrong: npt.NDArray[np.bool_], told: str
) -> Iterator[str]:
    """Name the rows that are wrong, not all of very many."""
    rows = np.flatnonzero(wrong)
    for row in rows[:_MOST_TOLD]:
        yield f"{role} in row {row}, {name} {_value(frame[name].iloc[row])} {told}"
    if len(rows) > _MOST_TOLD:
        yield f"{len(rows) - _MOST_TOLD} more {role}s have such a {name}"


def _value(value: Any) -> str:
    """A number plainly, anything else as Python writes it."""
    return f"{value:g}" if isinstance(value, Real) else repr(value)


def _not_finite(values: "pd.Series[Any]") -> npt.NDArray[np.bool_]:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64)
    return np.asarray(~np.isfinite(numbers))


def _on_terrain(scene: "Scene", x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    rows, cols = scene.terrain.shape
    row, col = _places(scene, x, y)
    inside = (row >= -0.5) & (row < rows - 0.5) & (col >= -0.5) & (col < cols - 0.5)
    return np.asarray(inside)


def _places(scene: "Scene", x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Rows and columns of the terrain, pixel centres at whole numbers."""
    col, row = ~scene.terrain.odc.geobox.affine * (np.asarray(x), np.asarray(y))
    return row - 0.5, col - 0.5
