"""Settlements from clusters of the population, for where no villages are given."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2, resolution_of

__all__ = ["find_settlements"]

SMOOTHING_M: Final = 300.0
"""Standard deviation by which the people are smoothed before their densest places are sought."""
REACH_M: Final = 1000.0
"""No two settlements of a commune lie nearer, and no pixel lies farther from its own."""
LEAST_PER_KM2: Final = 25.0
"""Pixels with fewer people belong to no settlement: fields, forest, lone houses."""
LEAST_PEOPLE: Final = 30.0
"""A settlement with fewer is none."""

_CODE_M: Final = 500.0

Ints = npt.NDArray[np.intp]


def find_settlements(
    people: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    communes: gpd.GeoDataFrame,
    grid: GeoBox,
    findings: Findings,
    source: str,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Settlements where people are densest, each with the populated pixels around it.

    A settlement lies in one commune. Its centre is the place with the most people around that lies
    out of reach of the centres chosen before it; its area the populated pixels that are nearest to
    it among the commune's centres.

    Parameters
    ----------
    people, labels
        (y, x) on `grid`: people of each pixel, label of its commune (0: none).
    communes
        label, code and name.
    grid
        In metres, north up.
    findings, source
        Take note of how many were found, and how many people live outside them.

    Returns
    -------
    settlements : GeoDataFrame
        As `read_villages`, with the kind "settlement", most people first within a commune; nothing
        is known of their households and grid power.
    areas : DataFrame
        settlement (number of the row), as ``village``, and flat index of each ``pixel``.
    """
    clusters = _clusters(people, labels, grid)
    sums = clusters.groupby("centre")["people"].sum()
    kept = sums[sums >= LEAST_PEOPLE].rename_axis("pixel").reset_index()
    kept["label"] = labels.ravel()[kept["pixel"]]
    kept = kept.sort_values(["label", "people", "pixel"], ascending=[True, False, True])
    number = pd.Series(np.arange(len(kept)), index=kept["pixel"])
    members = clusters[clusters["centre"].isin(kept["pixel"])]
    areas = pd.DataFrame({"village": members["centre"].map(number), "pixel": members["pixel"]})
    _note(kept["people"].sum(), people.sum(), len(kept), partial(findings.add, source=source))
    areas = areas.sort_values(["village", "pixel"]).reset_index(drop=True).astype(np.intp)
    return _described(kept, communes, grid), areas


def _clusters(
    people: npt.NDArray[np.float64], labels: npt.NDArray[np.int32], grid: GeoBox
) -> pd.DataFrame:
    """Cluster by cluster, its centre and each of its pixels."""
    smooth = gaussian_filter(people, SMOOTHING_M / resolution_of(grid), mode="constant").ravel()
    least = LEAST_PER_KM2 * pixel_area_km2(grid)
    pixel = np.flatnonzero((labels > 0) & (people >= least))
    places = np.column_stack(np.divmod(pixel, grid.shape[1])).astype(float)
    centre = np.empty(len(pixel), dtype=np.intp)
    for members in pd.Series(labels.ravel()[pixel]).groupby(labels.ravel()[pixel]).indices.values():
        reach = REACH_M / resolution_of(grid)
        chosen = _spread_out(places[members], smooth[pixel[members]], reach)
        nearest = KDTree(places[members[chosen]]).query(places[members])[1]
        centre[members] = pixel[members[chosen]][nearest]
    return pd.DataFrame({"centre": centre, "pixel": pixel, "people": people.ravel()[pixel]})


def _spread_out(places: npt.NDArray[np.float64], worth: npt.NDArray[Any], reach: float) -> Ints:
    """Choose the worthiest place, then the worthiest that lies out of reach of all chosen ones."""
    tree = KDTree(places)
    taken = np.zeros(len(places), dtype=bool)
    chosen = []
    for place in np.argsort(-worth, kind="stable"):
        if not taken[place]:
            chosen.append(place)
            taken[tree.query_ball_point(places[place], reach)] = True
    return np.array(chosen, dtype=np.intp)


def _described(rank: pd.DataFrame, communes: gpd.GeoDataFrame, grid: GeoBox) -> gpd.GeoDataFrame:
    row, column = np.divmod(rank["pixel"].to_numpy(), grid.shape[1])
    x = grid.affine.xoff + grid.affine.a * (column + 0.5)
    y = grid.affine.yoff + grid.affine.e * (row + 0.5)
    of = communes.set_index("label").loc[rank["label"]]
    nth = rank.groupby("label").cumcount() + 1
    east, north = (np.floor(np.asarray(at) / _CODE_M).astype(int) for at in (x, y))
    return gpd.GeoDataFrame(
        {
            "code": [
                f"{code}-{e}E-{n}N" for code, e, n in zip(of["code"], east, north, strict=True)
            ],
            "name": [f"{name} {n}" for name, n in zip(of["name"], nth, strict=True)],
            "people": rank["people"].to_numpy(),
            "households": np.nan,
            "grid_power": pd.array([pd.NA] * len(rank), dtype="boolean"),
            "kind": "settlement",
        },
        geometry=gpd.points_from_xy(x, y),
        crs=str(grid.crs),
    )


def _note(inside: float, total: float, count: int, note: Callable[..., None]) -> None:
    share = inside / total if total else 0.0
    reason = (
        f"no villages given: {count:,} settlements are taken from clusters of the people, with "
        f"{share:.1%} of them"
    )
    note(severity="info", reason=reason, mend="give villages to have their names and households")
