"""Each mast alone out: who loses their last service, and who depends on one mast."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.gaps.state import ANY
from phusong.outages.backhaul import Feeds
from phusong.outages.failing import failures_of_mast
from phusong.outages.lasting import People
from phusong.outages.reach import Reach, joined
from phusong.outages.sites import Sites

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["masts_serving", "single_failures"]

_COLUMNS = ["lost_people", "lost_villages", "lost_area_km2"]


def single_failures(reach: Reach, sites: Sites, feeds: Feeds, people: People) -> gpd.GeoDataFrame:
    """Tell who loses their last service when one mast is out, and all that hangs on it.

    Only the pixels that its sites serve are looked at: where as many sites serve as are out,
    service is gone. Nothing is predicted again.

    Returns
    -------
    GeoDataFrame
        EPSG:4326 points, a row per mast and operator on it or hanging on it, and one for any
        operator ("any", handsets roam): operator, rank (of that operator, most people first),
        sites (that stand on it), dependents (other sites that fail with it), lost_people,
        lost_villages, lost_area_km2; sorted by operator, "any" first, and rank.
    """
    pixels = reach.of_sites(len(sites))
    operator_of = np.array(sites.operators, dtype=object)
    count = _counts(pixels, sites, reach)
    rows: list[dict[str, Any]] = []
    villages = np.bincount(people.village_at[people.village_at >= 0], minlength=people.label.size)
    for mast in range(int(sites.mast.max()) + 1):
        out = failures_of_mast(mast, sites, feeds)
        for operator in (ANY, *sorted(set(operator_of[out]))):
            those = [n for n in out if operator in (ANY, operator_of[n])]
            lost = _lost([pixels[n] for n in those], count[operator])
            row = _mast_row(mast, sites, out) | {"operator": operator}
            sums = people.people[lost].sum(), villages[lost].sum(), lost.size
            rows.append(row | dict(zip(_COLUMNS, sums, strict=True)))
    return _ranked(pd.DataFrame(rows), people.pixel_area_km2)


def masts_serving(reach: Reach, sites: Sites, scene: "Scene") -> dict[str, NDArray[np.uint16]]:
    """How many masts serve each pixel by any technology, uint16 (y, x), by operator and "any"."""
    pixels = reach.of_sites(len(sites))
    operator_of = sites.operators
    layers = {}
    for operator in (*reach.served.operators, ANY):
        count = np.zeros(reach.served.inside.size, dtype=np.uint16)
        for mast in range(int(sites.mast.max()) + 1):
            there = np.flatnonzero(sites.mast == mast)
            count[joined([pixels[n] for n in there if operator in (ANY, operator_of[n])])] += 1
        layer = np.zeros(scene.grid.shape, dtype=np.uint16)
        layer.ravel()[reach.served.inside] = count
        layers[operator] = layer
    return layers


def _counts(
    pixels: list[NDArray[np.int32]], sites: Sites, reach: Reach
) -> dict[str, NDArray[np.int32]]:
    """How many sites serve each pixel, by operator and "any"."""
    size = reach.served.inside.size
    count = {name: np.zeros(size, np.int32) for name in (*reach.served.operators, ANY)}
    for operator, served in zip(sites.operators, pixels, strict=True):
        count[operator][served] += 1
        count[ANY][served] += 1
    return count


def _lost(pixels: list[NDArray[np.int32]], count: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pixels at which all that serve are among those that are out."""
    if len(pixels) == 1:
        return np.asarray(pixels[0][count[pixels[0]] == 1], dtype=np.int32)
    at, out = np.unique(np.concatenate(pixels), return_counts=True)
    return np.asarray(at[count[at] == out], dtype=np.int32)


def _mast_row(mast: int, sites: Sites, out: NDArray[np.intp]) -> dict[str, Any]:
    own = np.flatnonzero(sites.mast == mast)
    place = sites.table.iloc[own[0]]
    return {
        "sites": ", ".join(sites.names[n] for n in own),
        "dependents": len(set(out) - set(own)),
        "longitude": place["longitude"],
        "latitude": place["latitude"],
    }


def _ranked(table: pd.DataFrame, pixel_area_km2: float) -> gpd.GeoDataFrame:
    table["lost_area_km2"] = table["lost_area_km2"] * pixel_area_km2
    table["is_one"] = table["operator"] != ANY
    order = ["is_one", "operator", "lost_people", "lost_area_km2", "sites"]
    table = table.sort_values(order, ascending=[True, True, False, False, True], kind="stable")
    table["rank"] = table.groupby("operator").cumcount() + 1
    points = gpd.points_from_xy(table["longitude"], table["latitude"])
    columns = ["operator", "rank", "sites", "dependents", *_COLUMNS]
    table = table[columns].reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
