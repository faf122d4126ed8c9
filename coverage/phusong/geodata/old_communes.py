"""Communes of before a merger: their areas or a crosswalk, and how today's are split among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import wrap_xr
from scipy.ndimage import distance_transform_edt

from phusong.errors import InputError
from phusong.geodata.communes import label_communes, polygonal
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2

__all__ = ["OldCommunes", "label_old", "people_factor", "pieces_of_areas", "pieces_of_table"]

Labels = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_LEAST_INSIDE: Final = 0.5
"""Of an old commune's area; with less in the communes of today it is a neighbour of theirs."""


@dataclass(frozen=True, eq=False)
class OldCommunes:
    """Communes of before a merger, and how they lie in those of today.

    Attributes
    ----------
    communes
        label (1 and up), code, name, people, people_factor (people over the raster's), geometry
        (None where only a crosswalk is given), in the grid's reference system.
    pieces
        A row for each old and new commune that have a part in common: old_code, new_code, people
        of it, share_of_old and share_of_new (of their people; of their area or, in a crosswalk, in
        equal parts where nobody lives). Each commune's shares sum to 1.
    labels
        int32 (y, x): old commune of each pixel of today's communes, 0 outside them; None where
        only a crosswalk is given.
    """

    communes: gpd.GeoDataFrame
    pieces: pd.DataFrame
    labels: xr.DataArray | None

    def split(self, codes: Sequence[str]) -> Floats:
        """How much of each commune (in the order of its code) each old one has, (old, new)."""
        old = {code: n for n, code in enumerate(self.communes["code"])}
        new = {code: n for n, code in enumerate(codes)}
        matrix = np.zeros((len(old), len(new)))
        at = self.pieces["old_code"].map(old), self.pieces["new_code"].map(new)
        matrix[at] = self.pieces["share_of_new"]
        return matrix


def label_old(
    old: gpd.GeoDataFrame,
    communes: gpd.GeoDataFrame,
    labels: Labels,
    grid: GeoBox,
    findings: Findings,
    source: str,
) -> tuple[gpd.GeoDataFrame, Labels]:
    """Keep the old communes that lie in those of today, and give each pixel one of them.

    A pixel of today's communes that no old one covers, as borders were drawn twice, is the nearest
    old commune's: so what is summed over the old ones is what is summed over today's.

    Parameters
    ----------
    old
        From `read_communes`, in any reference system.
    communes, labels, grid
        Today's, their labels (y, x), and the grid.
    findings, source
        Take note of old communes left out, and of pixels given to the nearest.

    Returns
    -------
    old : GeoDataFrame
        Those kept, in the grid's reference system, with a column label.
    labels : ndarray
        int32 (y, x).

    Raises
    ------
    InputError
        If none lies there.
    """
    note = partial(findings.add, source=source)
    projected = old.to_crs(communes.crs)
    projected.geometry = polygonal(projected.geometry)
    today = shapely.union_all(communes.geometry.to_numpy())
    inside = projected.intersection(today).area / projected.area
    kept = projected[inside >= _LEAST_INSIDE].reset_index(drop=True)
    if kept.empty:
        problem = "holds no commune that lies in those of today; check that both are of one area"
        raise InputError(source, [problem])
    if len(kept) < len(old):
        reason = f"{len(old) - len(kept)} of {len(old)} old communes lie elsewhere: left out"
        note(severity="info", reason=reason)
    kept.insert(0, "label", np.arange(1, len(kept) + 1))
    drawn = label_communes(kept, grid, findings, source)
    bare = (labels > 0) & (drawn == 0)
    if bare.any():
        nearest = distance_transform_edt(drawn == 0, return_distances=False, return_indices=True)
        drawn = np.where(bare, drawn[tuple(nearest)], drawn)
        area_km2 = bare.sum() * pixel_area_km2(grid)
        reason = f"{area_km2:.2f} km2 of the communes lie in no old one: taken for the nearest's"
        note(severity="info", reason=reason)
    return kept, np.where(labels > 0, drawn, 0).astype(np.int32)


def pieces_of_areas(
    old: gpd.GeoDataFrame,
    old_labels: Labels,
    communes: gpd.GeoDataFrame,
    labels: Labels,
    people: Floats,
    grid: GeoBox,
) -> OldCommunes:
    """Count the pieces that old communes and today's have in common.

    Parameters
    ----------
    old
        label, code, name, people, people_factor, geometry.
    old_labels, labels, people
        (y, x) on `grid`.
    communes
        Today's: label and code.
    """
    inside = np.flatnonzero(labels)
    pairs = pd.DataFrame(
        {
            "old": old_labels.ravel()[inside],
            "new": labels.ravel()[inside],
            "people": people.ravel()[inside],
            "pixels": 1,
        }
    )
    pieces = pairs.groupby(["old", "new"], as_index=False).sum()
    table = pd.DataFrame(
        {
            "old_code": pieces["old"].map(old.set_index("label")["code"]),
            "new_code": pieces["new"].map(communes.set_index("label")["code"]),
            "people": pieces["people"],
            "share_of_old": _share(pieces["people"], pieces["pixels"], pieces["old"]),
            "share_of_new": _share(pieces["people"], pieces["pixels"], pieces["new"]),
        }
    )
    return OldCommunes(old, table, wrap_xr(old_labels, grid).rename("old_commune_label"))


def pieces_of_table(
    crosswalk: pd.DataFrame, communes: gpd.GeoDataFrame, raster_people: Floats
) -> OldCommunes:
    """Split the people of today's communes among the old ones of a crosswalk.

    Parameters
    ----------
    crosswalk
        From `read_crosswalk`.
    communes
        Today's: code and people.
    raster_people
        Of each of them, before they were scaled to a census.
    """
    equal = pd.Series(1.0, index=crosswalk.index)
    of_new = _share(crosswalk["people"].fillna(0.0), equal, crosswalk["new_code"])
    now = crosswalk["new_code"].map(communes.set_index("code")["people"]) * of_new
    before = pd.Series(raster_people, index=communes["code"].to_numpy())
    raster = crosswalk["new_code"].map(before) * of_new
    pieces = pd.DataFrame(
        {
            "old_code": crosswalk["old_code"],
            "new_code": crosswalk["new_code"],
            "people": now,
            "share_of_old": _share(now, crosswalk["share"], crosswalk["old_code"]),
            "share_of_new": of_new,
        }
    )
    by_old = pieces.assign(raster=raster).groupby("old_code", sort=False)[["people", "raster"]]
    sums = by_old.sum()
    old = gpd.GeoDataFrame(
        {
            "label": np.arange(1, len(sums) + 1),
            "code": sums.index.to_numpy(),
            "name": crosswalk.drop_duplicates("old_code")["old_name"].to_numpy(),
            "people": sums["people"].to_numpy(),
            "people_factor": people_factor(sums["people"].to_numpy(), sums["raster"].to_numpy()),
        },
        geometry=[None] * len(sums),
        crs=communes.crs,
    )
    return OldCommunes(old, pieces, None)


def people_factor(people: Any, raster_people: Any) -> Floats:
    """People over the raster's: 1 where neither has any, NaN where only the raster has nobody."""
    people, raster = np.asarray(people, dtype=float), np.asarray(raster_people, dtype=float)
    ratio = people / np.where(raster > 0.0, raster, np.nan)
    return np.where((raster == 0.0) & (people == 0.0), 1.0, ratio)


def _share(people: pd.Series, otherwise: pd.Series, of: pd.Series) -> pd.Series:
    """Part that each piece is of its commune: by people, or otherwise where it has nobody."""
    populated = people.groupby(of).transform("sum") > 0
    amount = people.where(populated, otherwise).astype(float)
    return amount / amount.groupby(of).transform("sum")
