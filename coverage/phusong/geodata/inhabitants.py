"""How many people live in each pixel: the raster's, scaled to a census of today or of before."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox

from phusong.geodata.census import read_census
from phusong.geodata.communes import read_communes
from phusong.geodata.crosswalk import read_crosswalk
from phusong.geodata.old_communes import (
    OldCommunes,
    label_old,
    people_factor,
    pieces_of_areas,
    pieces_of_table,
)
from phusong.geodata.population import (
    commune_sums,
    known_people,
    read_people,
    scale_to_known,
    within_communes,
)

if TYPE_CHECKING:
    from phusong.geodata.findings import Findings

__all__ = ["Inhabitants", "OldFiles", "settle"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class OldFiles:
    """What is given of the communes before a merger: their areas or a crosswalk, or nothing."""

    areas: str | Path | None = None
    layer: str | None = None
    code_column: str | None = None
    name_column: str | None = None
    people: str | None = None
    crosswalk: str | Path | None = None


@dataclass(frozen=True)
class Inhabitants:
    """People per pixel and per commune.

    Attributes
    ----------
    people
        float64 (y, x), 0 outside every commune.
    communes
        As given, with the columns people and people_factor.
    old
        Communes of before, None if nothing is given of them.
    """

    people: Floats
    communes: gpd.GeoDataFrame
    old: OldCommunes | None


def settle(
    population: str | Path,
    communes: gpd.GeoDataFrame,
    labels: Labels,
    grid: GeoBox,
    findings: "Findings",
    *,
    census: str | Path | None = None,
    old: OldFiles | None = None,
) -> Inhabitants:
    """Read the people of an area, and scale them to what is known of its communes.

    Parameters
    ----------
    population
        Raster of people per cell.
    communes
        label, code, name and known_people (NaN: not known), on the grid.
    labels, grid
        int32 (y, x) labels of the communes, and their grid.
    findings
        Takes note of what was assumed.
    census
        Table of people by code: of the old communes where these are given, else of today's.
    old
        Files of the old communes.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    given = OldFiles() if old is None else old
    known = None if census is None else read_census(census)
    named = Path(census).name if census is not None else "commune_people"
    of_old = None
    crosswalk = None
    if given.areas is not None:
        of_old = _old_areas(given.areas, given, communes, labels, grid, findings)
        if known is not None:
            of_old[0]["known_people"] = known_people(of_old[0], known, findings, named)
    elif given.crosswalk is not None:
        codes = communes["code"].tolist()
        crosswalk = read_crosswalk(given.crosswalk, codes, known, findings)
        communes = _known_by_crosswalk(communes, crosswalk, known)
    elif known is not None:
        communes = communes.assign(known_people=known_people(communes, known, findings, named))
    raster = read_people(population, grid, labels, findings)
    raster = within_communes(raster, labels, grid, findings, Path(population).name)
    before, pixels = commune_sums(raster, labels, len(communes))
    if before.any() and known is None:
        deserted = (before == 0) & (pixels > 0) & communes["known_people"].isna().to_numpy()
        _note_deserted(communes[deserted], population, findings)
    if of_old is not None and of_old[0]["known_people"].notna().any():
        people, _ = scale_to_known(raster, of_old[1], of_old[0], findings, named)
        factors = people_factor(commune_sums(people, labels, len(communes))[0], before)
    else:
        people, factors = scale_to_known(raster, labels, communes, findings, named)
    after = commune_sums(people, labels, len(communes))[0]
    communes = communes.assign(people=after, people_factor=factors)
    if of_old is not None:
        return Inhabitants(
            people, communes, _pieces(of_old, communes, labels, raster, people, grid)
        )
    pieces = None if crosswalk is None else pieces_of_table(crosswalk, communes, before)
    return Inhabitants(people, communes, pieces)


def _note_deserted(
    communes: gpd.GeoDataFrame, population: str | Path, findings: "Findings"
) -> None:
    """Name communes without anybody, as those that the raster does not reach are."""
    for code, name in zip(communes["code"], communes["name"], strict=True):
        findings.add(
            source=Path(population).name,
            value=code,
            severity="warning",
            reason=f"{name}: nobody lives there by this raster",
            mend="give a raster that reaches it; nothing to mend where nobody lives",
        )


def _old_areas(
    path: str | Path,
    given: OldFiles,
    communes: gpd.GeoDataFrame,
    labels: Labels,
    grid: GeoBox,
    findings: "Findings",
) -> tuple[gpd.GeoDataFrame, Labels]:
    areas = read_communes(
        path,
        layer=given.layer,
        code_column=given.code_column,
        name_column=given.name_column,
        people_column=given.people,
        findings=findings,
    )
    return label_old(areas, communes, labels, grid, findings, Path(path).name)


def _known_by_crosswalk(
    communes: gpd.GeoDataFrame, crosswalk: pd.DataFrame, census: "pd.Series[float] | None"
) -> gpd.GeoDataFrame:
    if census is None:
        return communes
    sums = crosswalk.groupby("new_code")["people"].sum()
    return communes.assign(known_people=communes["code"].map(sums).to_numpy())


def _pieces(
    of_old: tuple[gpd.GeoDataFrame, Labels],
    communes: gpd.GeoDataFrame,
    labels: Labels,
    raster: Floats,
    people: Floats,
    grid: GeoBox,
) -> OldCommunes:
    old, old_labels = of_old
    after, before = (commune_sums(each, old_labels, len(old))[0] for each in (people, raster))
    old = old.assign(people=after, people_factor=people_factor(after, before))
    columns = ["label", "code", "name", "area_km2", "people", "people_factor", "geometry"]
    return pieces_of_areas(old[columns], old_labels, communes, labels, people, grid)
