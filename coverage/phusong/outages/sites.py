"""The sites of a network as outages see them: place, structure, and hours without the grid."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.outages.rules import Autonomy

__all__ = ["Sites"]

_SITE = ["operator", "site_id"]
_PLACE = ["longitude", "latitude"]


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites, sorted by operator and site_id; where the first cell stands, there is the site.

    Attributes
    ----------
    table
        A row a site: operator, site_id, structure, autonomy_h, longitude, latitude.
    of_cell
        int (cell,): the site of each row of ``network.cells``.
    mast
        int (site,): which mast it is on; sites at one place, of whatever operators, share it.
    points
        In the grid's reference system.
    """

    table: pd.DataFrame
    of_cell: NDArray[np.integer[Any]]
    mast: NDArray[np.integer[Any]]
    points: gpd.GeoSeries

    @classmethod
    def of(cls, network: Network, autonomy: Autonomy, crs: str, findings: Findings) -> "Sites":
        """Gather the cells of each site.

        A site lasts the least hours that its cells state; where none does, those of its structure,
        of which the findings take note.
        """
        cells = network.cells
        groups = cells.groupby(_SITE, sort=True)
        first = groups[["structure", *_PLACE]].first().fillna({"structure": "unknown"})
        stated = pd.Series(np.nan, first.index)
        if "autonomy_h" in cells:
            stated = groups["autonomy_h"].min()
            _note_differing(groups["autonomy_h"].nunique(), findings)
        default = first["structure"].map(autonomy.of_structure)
        _note_defaults(first["structure"][stated.isna()], autonomy, findings)
        table = first.assign(autonomy_h=stated.fillna(default)).reset_index()
        table = table[[*_SITE, "structure", "autonomy_h", *_PLACE]]
        mast = table.groupby(_PLACE, sort=False).ngroup().to_numpy()
        points = gpd.GeoSeries.from_xy(table["longitude"], table["latitude"], crs="EPSG:4326")
        of_cell = groups.ngroup().to_numpy()
        return cls(table, of_cell, mast, points.to_crs(crs))

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def operators(self) -> list[str]:
        """Operator of each site."""
        return [str(name) for name in self.table["operator"]]

    @cached_property
    def names(self) -> list[str]:
        """Operator and id of each site, as a person reads them."""
        return [f"{o} {s}" for o, s in self.table[_SITE].itertuples(index=False, name=None)]


def _note_differing(values: "pd.Series[int]", findings: Findings) -> None:
    differing = values[values > 1]
    if len(differing):
        operator, site = differing.index[0]
        reason = f"{len(differing)} sites state several hours: the least is taken"
        findings.add(
            source="stations",
            column="autonomy_h",
            value=f"{operator} {site}",
            severity="warning",
            reason=reason,
            mend="give all cells of a site the same",
        )


def _note_defaults(structures: "pd.Series[str]", autonomy: Autonomy, findings: Findings) -> None:
    for structure, count in structures.value_counts().sort_index().items():
        hours = autonomy.of_structure(str(structure))
        reason = f"{count} sites of structure {structure} state none: {hours:g} h taken"
        findings.add(
            source="stations",
            column="autonomy_h",
            severity="info",
            reason=reason,
            mend="give a column autonomy_h, or hours by structure",
        )
