"""A claim of coverage against the prediction: where it holds, where not, where none can say."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import wrap_xr, xr_reproject

from phusong.errors import InputError
from phusong.gaps.places import commune_amounts, villages_where
from phusong.gaps.state import ANY
from phusong.geodata.sources import read_features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from phusong.gaps.finding import Gaps

__all__ = ["EVERYWHERE", "VERDICTS", "Claim", "ClaimCheck", "check_claim"]

EVERYWHERE: Final = "everywhere"
"""The claim of 100 % of the province."""

VERDICTS: Final = {"fails": 0, "cannot_say": 1, "holds": 2, "not_computed": 254, "not_claimed": 255}
"""Codes of what becomes of a claim at a pixel: the answers' own, where the claim is made."""

Claim: TypeAlias = "str | os.PathLike[str] | gpd.GeoDataFrame | xr.DataArray | Sequence[str]"


@dataclass(frozen=True, eq=False, repr=False)
class ClaimCheck:
    """What becomes of a claim, from `check_claim`.

    Attributes
    ----------
    verdict
        uint8 (y, x), codes of `VERDICTS`.
    communes
        A row per commune: code, name, and for "claimed" and each verdict of a claimed pixel its
        area (km2), people and villages.
    villages
        Those in the claimed area: code, name, people, grid_power, verdict, geometry.
    technology, operator
        Whose service was claimed.
    """

    verdict: xr.DataArray
    communes: pd.DataFrame
    villages: gpd.GeoDataFrame
    technology: str
    operator: str

    @property
    def province(self) -> "pd.Series[float]":
        """The sums of `communes`."""
        return self.communes.drop(columns=["code", "name"]).sum()

    def __repr__(self) -> str:
        total = self.province
        people = ", ".join(
            f"{total[f'{name}_people']:,.0f} {name.replace('_', ' ')}"
            for name in VERDICTS
            if name != "not_claimed"
        )
        return (
            f"Claim of {self.technology}, {self.operator}, for {total['claimed_people']:,.0f} "
            f"people: {people}"
        )


def check_claim(
    gaps: "Gaps", claim: Claim = EVERYWHERE, *, technology: str, operator: str = ANY
) -> ClaimCheck:
    """Hold a claim of coverage against the answers of a prediction.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`: its profile says what service is, its answers what is certain.
    claim
        Where service is claimed: "everywhere" (100 % of the province), codes of communes (100 % of
        each), an operator's polygons (GeoDataFrame, or a file of them), or a raster
        (DataArray with its reference system) that is above 0 where service is claimed. A pixel is
        claimed if its centre is.
    technology, operator
        Whose service; by default any operator's.

    Returns
    -------
    ClaimCheck
        A claim holds where the answer is "served", fails where it is "not served", and cannot be
        said between; where no level was computed it is "not computed".

    Raises
    ------
    InputError
        A technology or operator that the result lacks, codes that no commune has, a raster or
        polygons without a reference system or apart from the communes.
    """
    gaps.require(technology, operator)
    scene = gaps.coverage.scene
    inside = scene.commune_labels.to_numpy() > 0
    claimed = _claimed(gaps, claim) & inside
    if not claimed.any():
        problem = "it reaches no pixel of the communes: is its place or reference system right?"
        raise InputError("claim", [problem])
    answer = gaps.answer.sel(technology=technology, operator=operator)
    codes = np.where(claimed, answer.to_numpy(), VERDICTS["not_claimed"]).astype(np.uint8)
    masks = {"claimed": claimed} | {
        name: codes == code for name, code in VERDICTS.items() if name != "not_claimed"
    }
    flags = {"flag_values": list(VERDICTS.values()), "flag_meanings": " ".join(VERDICTS)}
    return ClaimCheck(
        verdict=wrap_xr(codes, scene.grid).rename("verdict").assign_attrs(flags),
        communes=commune_amounts(scene, masks),
        villages=_villages(gaps, codes, technology, operator),
        technology=technology,
        operator=operator,
    )


def _claimed(gaps: "Gaps", claim: Claim) -> NDArray[np.bool_]:
    if isinstance(claim, xr.DataArray):
        return _of_raster(gaps, claim)
    if isinstance(claim, gpd.GeoDataFrame):
        return _of_areas(gaps, claim)
    if isinstance(claim, str) and claim == EVERYWHERE:
        return np.ones(gaps.coverage.scene.grid.shape, dtype=bool)
    if isinstance(claim, str | os.PathLike):
        return _of_areas(gaps, read_features(Path(claim)))
    return _of_communes(gaps, list(claim))


def _of_communes(gaps: "Gaps", codes: list[str]) -> NDArray[np.bool_]:
    scene = gaps.coverage.scene
    known = scene.communes.set_index("code")["label"]
    unknown = [code for code in codes if code not in known.index]
    if unknown or not codes:
        problems = [f"no commune has the code {code!r}" for code in unknown]
        raise InputError("claim", problems or ["names no commune: give codes of communes"])
    return np.isin(scene.commune_labels.to_numpy(), known.loc[codes].to_numpy())


def _of_areas(gaps: "Gaps", areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    grid = gaps.coverage.scene.grid
    if areas.crs is None:
        raise InputError("claim", ["its polygons have no reference system: set_crs them"])
    shapes = areas.geometry.to_crs(str(grid.crs))
    shapes = shapes[shapes.notna() & ~shapes.is_empty]
    flat = shapes[~shapes.geom_type.isin(["Polygon", "MultiPolygon"])]
    if len(flat):
        kinds = ", ".join(sorted(set(flat.geom_type)))
        raise InputError("claim", [f"{len(flat)} of its features are no areas but {kinds}"])
    if not len(shapes):
        return np.zeros(grid.shape, dtype=bool)
    drawn = rasterio.features.rasterize(
        shapes, out_shape=grid.shape, transform=grid.affine, dtype=np.uint8
    )
    return np.asarray(drawn > 0)


def _of_raster(gaps: "Gaps", raster: xr.DataArray) -> NDArray[np.bool_]:
    if "flag_meanings" in raster.attrs:
        problem = "its raster holds codes: give one that is above 0 where service is claimed"
        raise InputError("claim", [problem])
    box = raster.odc.geobox
    if box is None or box.crs is None or raster.ndim != 2:
        raise InputError("claim", ["its raster is not (y, x) with a reference system"])
    nodata = raster.odc.nodata
    claimed = (raster > 0) if nodata is None else (raster > 0) & (raster != nodata)
    claimed = claimed.astype(np.uint8)
    on_grid = xr_reproject(claimed, gaps.coverage.scene.grid, resampling="nearest", dst_nodata=0)
    return np.asarray(on_grid.to_numpy() > 0)


def _villages(
    gaps: "Gaps", codes: NDArray[np.uint8], technology: str, operator: str
) -> gpd.GeoDataFrame:
    """Each claimed village with the verdict at its point, as `ClaimCheck.communes` counts them."""
    scene, table = gaps.coverage.scene, gaps.villages
    of = table[(table["technology"] == technology) & (table["operator"] == operator)]
    columns = ["code", "name", "people", "grid_power", "geometry"]
    villages = of[columns].reset_index(drop=True)
    verdict = pd.Series(None, index=villages.index, dtype=object)
    if scene.villages is not None:
        for name, code in VERDICTS.items():
            verdict[villages_where(scene, codes == code)] = name
    villages.insert(4, "verdict", verdict)
    claimed = verdict.notna() & (verdict != "not_claimed")
    return villages[claimed].reset_index(drop=True)
