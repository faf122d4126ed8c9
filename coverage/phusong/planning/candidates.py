"""Positions where a new site could stand: existing masts first, then high ground and people.

Leasing comes before building: a new position is offered only where no mast stands within
`LEASE_WITHIN_M` of it, which is also the least spacing that provinces ask of ground masts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter, maximum_filter, uniform_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["KINDS", "Request", "find_candidates"]

KINDS = ("mast", "high_ground", "population")
"""In the order of preference where two candidates serve the same number of people."""

MERGE_WITHIN_M = 30.0  # masts this near stand on one piece of land
LEASE_WITHIN_M = 300.0
SPACING_M = 1000.0  # between new positions, and the reach of "highest" and "most people"
RELIEF_M = 20.0  # above the mean ground around: well over the vertical noise of SRTM
SMOOTHING_M = 500.0
AROUND_M = 2000.0  # half the side of the square whose unserved people rank new positions

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Request:
    """What is wanted of the candidates: for whom, of which kinds, how many new ones."""

    operator: str
    technology: str
    kinds: Sequence[str] = KINDS
    max_new: int = 300
    antenna_height_m: float = 35.0


def find_candidates(
    scene: "Scene", cells: pd.DataFrame, unserved: Floats, request: Request
) -> gpd.GeoDataFrame:
    """Positions inside the communes where the operator could add the technology.

    Parameters
    ----------
    scene
        Terrain, grid and communes.
    cells
        Existing cells of all operators, with the columns of a station table.
    unserved : float64 (y, x) on ``scene.grid``
        People in each pixel whom the operator does not serve with the technology; 0 outside the
        communes.
    request
        Operator, technology, kinds (of `KINDS`) and number of candidates.

    Returns
    -------
    GeoDataFrame
        In the grid's CRS, best kind first, RangeIndex: x, y (m); longitude, latitude (degrees);
        kind; owner (to lease from; the operator itself on its own mast; empty for a new
        position); site_ids; structure; antenna_height_m (highest on an existing mast);
        ground_m (above sea level); reason; geometry.
    """
    masts = _masts(scene, cells, request)
    offered = masts[~masts["has_technology"] & ("mast" in request.kinds)]
    new = _new_positions(scene, unserved, masts, request)
    return _as_geo(scene, pd.concat([offered, *new], ignore_index=True))


def _masts(scene: "Scene", cells: pd.DataFrame, request: Request) -> pd.DataFrame:
    """One row per mast inside the communes, the operator's own first."""
    points = gpd.GeoSeries.from_xy(cells["longitude"], cells["latitude"], crs="EPSG:4326")
    metres = points.to_crs(scene.grid.crs)
    x, y = metres.x.to_numpy(), metres.y.to_numpy()
    own = cells["operator"].eq(request.operator)
    has = own & cells["technology"].eq(request.technology)
    cells = cells.assign(
        x=x, y=y, mast=_clusters(x, y, MERGE_WITHIN_M), own=own, has_technology=has
    )
    grouped = cells.sort_values("antenna_height_m", ascending=False, kind="stable").groupby("mast")
    place = ["x", "y", "longitude", "latitude", "structure", "antenna_height_m"]
    masts = grouped[place].first()
    masts[["own", "has_technology"]] = grouped[["own", "has_technology"]].any()
    masts["owners"] = grouped["operator"].agg(_joined)
    masts["site_ids"] = grouped["site_id"].agg(_joined)
    masts["kind"] = "mast"
    masts["owner"] = masts["owners"].mask(masts["own"], request.operator)
    masts["reason"] = ("lease a place on the mast of " + masts["owners"]).mask(
        masts["own"], f"add {request.technology} to the operator's own mast"
    )
    masts = masts.sort_values("own", ascending=False, kind="stable")
    return _inside_communes(scene, masts)


def _joined(names: "pd.Series[Any]") -> str:
    return ", ".join(sorted({str(name) for name in names}))


def _clusters(x: Floats, y: Floats, within_m: float) -> npt.NDArray[np.int32]:
    """Give points that are linked by steps of at most ``within_m`` the same number."""
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(within_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(x), len(x)))
    numbers: npt.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return numbers


def _new_positions(
    scene: "Scene", unserved: Floats, masts: pd.DataFrame, request: Request
) -> list[pd.DataFrame]:
    """High ground and population centres, those with most unserved people around them."""
    searches = {
        "high_ground": partial(_high_ground, scene),
        "population": partial(_population_centres, scene, unserved),
    }
    people_around = _box_sum(unserved, _pixels(scene, 2 * AROUND_M))
    taken = masts[["x", "y"]].to_numpy()
    found = []
    for kind in [kind for kind in searches if kind in request.kinds]:
        new = _thinned(_inside_communes(scene, searches[kind]()), taken)
        taken = np.vstack([taken, new[["x", "y"]]])
        new = new.assign(kind=kind, antenna_height_m=request.antenna_height_m)
        found.append(_ranked(new, _at(people_around, new)))
    return _shared_out(found, request.max_new)


def _high_ground(scene: "Scene") -> pd.DataFrame:
    """Highest points within `SPACING_M` that stand `RELIEF_M` above the mean ground around."""
    ground = scene.terrain.to_numpy().astype(np.float64)
    relief = (ground - uniform_filter(ground, _pixels(scene, 2 * SPACING_M)))[scene.window]
    inside = scene.commune_labels.to_numpy() > 0
    height = np.where(inside & (relief >= RELIEF_M), ground[scene.window], -np.inf)
    tops = _summits(scene, height)
    reason = [f"high ground, {m:.0f} m above the mean ground around" for m in _at(relief, tops)]
    return tops.assign(reason=reason)


def _population_centres(scene: "Scene", unserved: Floats) -> pd.DataFrame:
    """Where unserved people are densest within `SPACING_M`."""
    inside = scene.commune_labels.to_numpy() > 0
    smooth = gaussian_filter(unserved, SMOOTHING_M / scene.resolution_m, mode="constant")
    tops = _summits(scene, np.where(inside & (smooth > 0), smooth, -np.inf))
    return tops.assign(reason="centre of unserved people")


def _summits(scene: "Scene", field: Floats) -> pd.DataFrame:
    """Centres of the pixels that are the highest within `SPACING_M`, the highest first."""
    highest = maximum_filter(field, _pixels(scene, 2 * SPACING_M), mode="nearest")
    row, column = np.nonzero((field == highest) & np.isfinite(field))
    order = np.argsort(-field[row, column], kind="stable")
    row, column = row[order], column[order]
    x, y = scene.people["x"].to_numpy()[column], scene.people["y"].to_numpy()[row]
    return pd.DataFrame({"x": x, "y": y, "row": row, "column": column})


def _inside_communes(scene: "Scene", points: pd.DataFrame) -> pd.DataFrame:
    """Add pixel and ground height; keep the points that lie in a commune."""
    column, row = ~scene.grid.affine * (points["x"].to_numpy(), points["y"].to_numpy())
    height, width = scene.grid.shape
    points = points.assign(row=np.floor(row).astype(int), column=np.floor(column).astype(int))
    points = points[points["row"].between(0, height - 1) & points["column"].between(0, width - 1)]
    points = points[_at(scene.commune_labels.to_numpy(), points) > 0]
    ground_m = _at(scene.terrain.to_numpy()[scene.window], points)
    return points.assign(ground_m=ground_m.astype(np.float64))


def _thinned(points: pd.DataFrame, taken: Floats) -> pd.DataFrame:
    """Take points in order, none near a taken position nor within `SPACING_M` of one before."""
    xy = points[["x", "y"]].to_numpy()
    tree = cKDTree(xy)
    free = np.ones(len(xy), dtype=bool)
    for near in tree.query_ball_point(taken, LEASE_WITHIN_M):
        free[near] = False
    kept = []
    for i in range(len(xy)):
        if free[i]:
            kept.append(i)
            free[tree.query_ball_point(xy[i], SPACING_M)] = False
    return points.iloc[kept]


def _ranked(points: pd.DataFrame, people_around: Floats) -> pd.DataFrame:
    square = f"unserved people in the {2 * AROUND_M / 1000:g} km square around"
    reasons = zip(points["reason"], people_around, strict=True)
    order = np.argsort(-people_around, kind="stable")
    return points.assign(reason=[f"{why}; {n:,.0f} {square}" for why, n in reasons]).iloc[order]


def _shared_out(found: Sequence[pd.DataFrame], max_new: int) -> list[pd.DataFrame]:
    """Keep ``max_new`` positions in all, the kinds giving their best in turn."""
    if not found:
        return []
    new = pd.concat(found, ignore_index=True)
    turn = new.groupby("kind").cumcount().rank(method="first")
    return [new[turn <= max_new]]


def _as_geo(scene: "Scene", points: pd.DataFrame) -> gpd.GeoDataFrame:
    points = points.fillna({"owner": "", "site_ids": "", "structure": "mast"})
    geometry = gpd.GeoSeries.from_xy(points["x"], points["y"], crs=scene.grid.crs)
    degrees = geometry.to_crs("EPSG:4326")
    points["longitude"] = points["longitude"].fillna(degrees.x)
    points["latitude"] = points["latitude"].fillna(degrees.y)
    columns = ["x", "y", "longitude", "latitude", "kind", "owner", "site_ids", "structure"]
    columns += ["antenna_height_m", "ground_m", "reason"]
    return gpd.GeoDataFrame(points[columns], geometry=geometry)


def _pixels(scene: "Scene", length_m: float) -> int:
    """Odd number of pixels across a length, so that windows are centred."""
    return 2 * round(length_m / scene.resolution_m / 2) + 1


def _box_sum(field: Floats, size: int) -> Floats:
    sums: Floats = uniform_filter(field, size, mode="constant") * size**2
    return sums.clip(min=0.0)  # running sums leave less than nothing where there is nothing


def _at(field: npt.NDArray[Any], points: pd.DataFrame) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = field[points["row"].to_numpy(), points["column"].to_numpy()]
    return values
