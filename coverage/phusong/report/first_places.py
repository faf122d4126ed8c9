"""Where to go first: the villages and dead spots where most people have no service."""

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from phusong.gaps import ANY
from phusong.report.village_lines import village_communes

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["first_spots", "first_villages"]

_UNSERVED: Final = ("none", "weak")
_SUREST_FIRST: Final = ("not_served", "cannot_say", "served", "not_computed", "outside")
_OF_SPOT: Final = ("rank", "cause", "missing_db")


def first_villages(gaps: "Gaps", technology: str) -> pd.DataFrame:
    """Return the villages that no operator serves, the surest of them first, then by people.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    technology
        One that the result has.

    Returns
    -------
    DataFrame
        code, name, commune_name, people, state, answer, chance_served and, of the dead spot that
        the village lies in, rank, cause and missing_db: empty where it lies in none, as in one
        that is too small. Empty without villages.
    """
    table = gaps.villages
    layer = table[(table["technology"] == technology) & (table["operator"] == ANY)]
    layer = layer.reset_index(drop=True)
    names = village_communes(gaps) if len(layer) else pd.Series(dtype=object)
    told = layer.assign(commune_name=names)[layer["state"].isin(_UNSERVED)]
    told = told.join(_spots_of(told, first_spots(gaps, technology)))
    surest = told["answer"].map({answer: place for place, answer in enumerate(_SUREST_FIRST)})
    order = told.assign(surest=surest).sort_values(
        ["surest", "people", "code"], ascending=[True, False, True], kind="stable"
    )
    facts = ["code", "name", "commune_name", "people", "state", "answer", "chance_served"]
    return pd.DataFrame(order[[*facts, *_OF_SPOT]]).reset_index(drop=True)


def first_spots(gaps: "Gaps", technology: str) -> gpd.GeoDataFrame:
    """Return the dead spots of any operator in one technology, most people first."""
    table = gaps.dead_spots
    own = (table["technology"] == technology) & (table["operator"] == ANY)
    return table[own].sort_values("rank").reset_index(drop=True)


def _spots_of(villages: gpd.GeoDataFrame, spots: gpd.GeoDataFrame) -> pd.DataFrame:
    """The first dead spot that each village lies in."""
    found = gpd.sjoin(villages[["geometry"]], spots[[*_OF_SPOT, "geometry"]], predicate="within")
    first = found.sort_values("rank", kind="stable")
    return pd.DataFrame(first[~first.index.duplicated()].reindex(villages.index)[list(_OF_SPOT)])
