"""A claim of coverage against the prediction: where it holds, where not, where none can say."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import wrap_xr

from phusong.gaps.claimed import EVERYWHERE, Claim, claimed_pixels
from phusong.gaps.places import commune_amounts, villages_where
from phusong.gaps.state import ANY

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps

__all__ = ["VERDICTS", "ClaimCheck", "check_claim"]

VERDICTS: Final = {"fails": 0, "cannot_say": 1, "holds": 2, "not_computed": 254, "not_claimed": 255}
"""Codes of what becomes of a claim at a pixel: the answers' own, where the claim is made."""


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
        (DataArray with its reference system, or a file such as a GeoTIFF, of one band) that is
        above 0 where service is claimed. A pixel is claimed if its centre is.
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
        A technology or operator that the result lacks, codes that no commune has, a file that
        cannot be read, a raster or polygons without a reference system or apart from the communes.
    MemoryLimitError
        A raster file whose part over the communes does not fit into memory.
    """
    gaps.require(technology, operator)
    scene = gaps.coverage.scene
    claimed = claimed_pixels(scene, claim)
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
