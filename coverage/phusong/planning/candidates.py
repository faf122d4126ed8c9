"""Positions where a new site could stand: existing masts first, then the user's, then new ones.

Leasing comes before building: a new position is offered only where no mast stands within
`CandidateSettings.lease_within_m` of it, nor so near that its own class's spacing is broken.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from phusong.errors import InputError
from phusong.kernels.view import weights_in_sight
from phusong.planning.candidate_settings import OWN, CandidateSettings
from phusong.planning.own_list import read_own_list
from phusong.planning.positions import SEARCHES, at
from phusong.planning.spacing import near_masts, read_spacing
from phusong.planning.structures import (
    CLASS_OF_STRUCTURE,
    STRUCTURE_OF_CLASS,
    read_structure_rules,
    with_structures,
)
from phusong.planning.surroundings import with_surroundings

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["find_candidates", "find_masts"]

MERGE_WITHIN_M = 30.0  # masts this near stand on one piece of land
TARGET_M = 1.5  # where people hold their handsets
COLUMNS = [
    "x",
    "y",
    "longitude",
    "latitude",
    "kind",
    "owner",
    "site_ids",
    "structure",
    "structure_class",
    "antenna_height_m",
    "height_allowed_m",
    "mast_height_m",
    "ground_m",
    "zone",
    "commune",
    "road_distance_m",
    "grid_power",
    "people_in_sight",
    "cost",
    "reason",
]

Floats = npt.NDArray[np.float64]


def find_candidates(
    scene: "Scene",
    cells: pd.DataFrame,
    unserved: Floats,
    operator: str,
    technology: str,
    settings: CandidateSettings | None = None,
) -> gpd.GeoDataFrame:
    """Positions inside the communes where the operator could add the technology.

    Parameters
    ----------
    scene
        Terrain, grid, communes, and what lies in them.
    cells
        Existing cells of all operators, with the columns of a station table.
    unserved : float64 (y, x) on ``scene.grid``
        People in each pixel whom the operator does not serve with the technology; 0 outside the
        communes.
    operator, technology
        Who adds what.
    settings
        Kinds, number, spacing, the user's own list.

    Returns
    -------
    GeoDataFrame
        In the grid's CRS, best kind first, RangeIndex: x, y (m); longitude, latitude (degrees);
        kind; owner (to lease from; the operator itself on its own mast; empty for a new
        position); site_ids; structure; structure_class (A1, A2a, A2b); antenna_height_m (highest
        on an existing mast); height_allowed_m (of antennas above ground); mast_height_m (of the
        mast without the roof that it stands on); ground_m (above sea level); zone (urban, rural);
        commune (code); road_distance_m (NaN where roads are not known); grid_power (of the village
        there; NA where not known); people_in_sight (unserved, within `view_km`); cost (of the
        user's list, else NaN); reason; geometry.

    Raises
    ------
    InputError
        For settings, tables of rules, or rows of the user's list that cannot be used.
    """
    settings = settings or CandidateSettings()
    problems = settings.problems(scene)
    if problems:
        raise InputError("candidates", problems)
    rules, spacing = read_structure_rules(settings.structures), read_spacing(settings.spacing)
    standing = find_masts(cells, operator, technology, scene.grid.crs)
    masts = _offered(scene, standing, rules) if "mast" in settings.kinds else pd.DataFrame()
    own = _own_places(scene, settings, rules)
    taken = own[["x", "y"]].to_numpy() if len(own) else np.empty((0, 2))
    found = [masts, own]
    for kind in [kind for kind in SEARCHES if kind in settings.kinds]:
        points = _on_ground(scene, SEARCHES[kind](scene, unserved, settings).assign(kind=kind))
        points = _with_heights(with_structures(scene, points, rules), settings)
        points = points[~near_masts(points, standing, spacing)]
        points = _thinned(points, standing, taken, settings)
        taken = np.vstack([taken, points[["x", "y"]]])
        found.append(points)
    seen = _in_sight(scene, _joined(found), unserved, settings)
    return _as_geo(scene, with_surroundings(scene, _best(seen, settings)))


def find_masts(cells: pd.DataFrame, operator: str, technology: str, crs: Any) -> pd.DataFrame:
    """One row per mast of any operator, the operator's own first.

    Returns
    -------
    DataFrame
        x, y (m, in ``crs``); longitude, latitude; structure; antenna_height_m (the highest); own
        (whether the operator is on it); has_technology (whether with the technology); site_ids;
        owner; reason.
    """
    points = gpd.GeoSeries.from_xy(cells["longitude"], cells["latitude"], crs="EPSG:4326")
    metres = points.to_crs(crs)
    x, y = metres.x.to_numpy(), metres.y.to_numpy()
    own = cells["operator"].eq(operator)
    has = own & cells["technology"].eq(technology)
    cells = cells.assign(
        x=x, y=y, mast=_clusters(x, y, MERGE_WITHIN_M), own=own, has_technology=has
    )
    grouped = cells.sort_values("antenna_height_m", ascending=False, kind="stable").groupby("mast")
    place = ["x", "y", "longitude", "latitude", "structure", "antenna_height_m"]
    masts = grouped[place].first()
    masts[["own", "has_technology"]] = grouped[["own", "has_technology"]].any()
    owners = grouped["operator"].agg(_names)
    masts["site_ids"] = grouped["site_id"].agg(_names)
    masts["owner"] = owners.mask(masts["own"], operator)
    masts["reason"] = ("lease a place on the mast of " + owners).mask(
        masts["own"], f"add {technology} to the operator's own mast"
    )
    return masts.sort_values("own", ascending=False, kind="stable")


def _names(names: "pd.Series[Any]") -> str:
    return ", ".join(sorted({str(name) for name in names}))


def _clusters(x: Floats, y: Floats, within_m: float) -> npt.NDArray[np.int32]:
    """Give points that are linked by steps of at most ``within_m`` the same number."""
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(within_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(x), len(x)))
    numbers: npt.NDArray[np.int32] = connected_components(links, directed=False)[1]
    return numbers


def _offered(scene: "Scene", masts: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Masts inside the communes on which the operator has not the technology yet."""
    masts = _on_ground(scene, masts[~masts["has_technology"]].assign(kind="mast"))
    masts = with_structures(scene, masts, rules)
    known = masts["structure"].map(CLASS_OF_STRUCTURE)
    masts["structure_class"] = known.fillna(masts["structure_class"])
    masts["height_allowed_m"] = masts["antenna_height_m"]
    return _with_mast_heights(masts)


def _own_places(scene: "Scene", settings: CandidateSettings, rules: pd.DataFrame) -> pd.DataFrame:
    if settings.own is None:
        return pd.DataFrame()
    places = _on_ground(scene, read_own_list(settings.own, scene).assign(kind=OWN))
    return _with_heights(with_structures(scene, places, rules), settings)


def _on_ground(scene: "Scene", points: pd.DataFrame) -> pd.DataFrame:
    """Add pixel and ground height; keep the points that lie in a commune."""
    column, row = ~scene.grid.affine * (points["x"].to_numpy(), points["y"].to_numpy())
    height, width = scene.grid.shape
    points = points.assign(row=np.floor(row).astype(int), column=np.floor(column).astype(int))
    points = points[points["row"].between(0, height - 1) & points["column"].between(0, width - 1)]
    points = points[at(scene.commune_labels.to_numpy(), points) > 0]
    ground_m = at(scene.terrain.to_numpy()[scene.window], points)
    return points.assign(ground_m=ground_m.astype(np.float64))


def _with_heights(points: pd.DataFrame, settings: CandidateSettings) -> pd.DataFrame:
    """Antennas as high as is wanted and allowed; a height that the user's list gives stands."""
    given = points.get("antenna_height_m", pd.Series(np.nan, index=points.index))
    wanted = np.minimum(settings.antenna_height_m, points["height_allowed_m"])
    return _with_mast_heights(
        points.assign(
            antenna_height_m=given.where(given.notna(), wanted),
            height_allowed_m=np.fmax(points["height_allowed_m"], given),
            structure=points["structure_class"].map(STRUCTURE_OF_CLASS),
        )
    )


def _with_mast_heights(points: pd.DataFrame) -> pd.DataFrame:
    foot_m = points["foot_m"].where(points["structure_class"] == "A2a", 0.0)
    return points.assign(mast_height_m=np.maximum(points["antenna_height_m"] - foot_m, 0.0))


def _thinned(
    points: pd.DataFrame, masts: pd.DataFrame, taken: Floats, settings: CandidateSettings
) -> pd.DataFrame:
    """Take points in order, none near a mast, a taken position or one before.

    Those of other kinds may stand nearer than those of the same: they were found by other signs.
    """
    xy = points[["x", "y"]].to_numpy(dtype=float)
    tree = cKDTree(xy)
    free = np.ones(len(xy), dtype=bool)
    apart_m = min(settings.lease_within_m, settings.spacing_m)
    for places, within_m in (
        (masts[["x", "y"]].to_numpy(), settings.lease_within_m),
        (taken, apart_m),
    ):
        for near in tree.query_ball_point(places, within_m):
            free[near] = False
    kept = []
    for i in range(len(xy)):
        if free[i]:
            kept.append(i)
            free[tree.query_ball_point(xy[i], settings.spacing_m)] = False
    return points.iloc[kept]


def _joined(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in found if len(frame)]
    if not filled:
        return pd.DataFrame(columns=[*COLUMNS, "row", "column"])
    return pd.concat(filled, ignore_index=True)


def _in_sight(
    scene: "Scene", points: pd.DataFrame, unserved: Floats, settings: CandidateSettings
) -> pd.DataFrame:
    """Add the unserved people in sight; the reason of a new position tells them."""
    seen, around = np.zeros(len(points)), np.zeros(len(points))
    weights_in_sight(
        scene.terrain.to_numpy(),
        *(part.start for part in scene.window),
        np.ascontiguousarray(unserved, dtype=np.float64),
        points["row"].to_numpy(dtype=np.int64),
        points["column"].to_numpy(dtype=np.int64),
        points["antenna_height_m"].to_numpy(dtype=np.float64),
        TARGET_M,
        float(scene.resolution_m),
        max(1, round(1000.0 * settings.view_km / scene.resolution_m)),
        seen,
        around,
    )
    share = 100.0 * seen / np.maximum(around, np.finfo(float).tiny)
    within = f"within {settings.view_km:g} km"
    told = [
        f"{why}; {n:,.0f} unserved people in sight, {p:.0f} % of those {within}"
        for why, n, p in zip(points["reason"], seen, share, strict=True)
    ]
    is_new = points["kind"].isin(list(SEARCHES))
    reason = points["reason"].mask(is_new, pd.Series(told, points.index, dtype=object))
    return points.assign(people_in_sight=seen, reason=reason)


def _best(points: pd.DataFrame, settings: CandidateSettings) -> pd.DataFrame:
    """Keep the new positions with most people in sight, the kinds giving theirs in turn."""
    is_new = points["kind"].isin(list(SEARCHES))
    kept = [points[~is_new]]
    new = points[is_new].sort_values("people_in_sight", ascending=False, kind="stable")
    order = new["kind"].map({kind: number for number, kind in enumerate(SEARCHES)})
    new = new.iloc[np.argsort(order.to_numpy(), kind="stable")]
    turn = new.groupby("kind").cumcount().rank(method="first")
    kept.append(new[turn <= settings.max_new])
    return pd.concat(kept, ignore_index=True)


def _as_geo(scene: "Scene", points: pd.DataFrame) -> gpd.GeoDataFrame:
    points = points.reindex(columns=COLUMNS)
    for column in ("owner", "site_ids"):
        points[column] = points[column].astype(object).fillna("")
    geometry = gpd.GeoSeries.from_xy(points["x"], points["y"], crs=scene.grid.crs)
    degrees = geometry.to_crs("EPSG:4326")
    points["longitude"] = points["longitude"].astype(float).fillna(degrees.x)
    points["latitude"] = points["latitude"].astype(float).fillna(degrees.y)
    points["cost"] = points["cost"].astype(float)
    return gpd.GeoDataFrame(points, geometry=geometry)
