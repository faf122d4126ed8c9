"""Communes, dead spots, villages, masts and proposed sites as the page of a map holds them.

Labels are held once, values as the texts that are shown; the page puts both on the screen as text.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.gaps import ANY
from phusong.gaps.state import STATE_COLOURS
from phusong.report.legend import share_colour
from phusong.report.popups import (
    dead_spot_rows,
    operator_name,
    proposal_rows,
    site_rows,
    village_rows,
)
from phusong.report.vectors import commune_outlines, dead_spots_shown, villages_shown
from phusong.report.words import number, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network
    from phusong.planning import Plan

__all__ = [
    "bare_communes",
    "communes_in_page",
    "dead_spots_in_page",
    "masts_in_page",
    "sites_in_page",
    "villages_in_page",
]

_DEGREE_DIGITS: Final = 5  # about a metre
_WEDGE_M: Final = 600

_Page = dict[str, Any]


def communes_in_page(gaps: "Gaps", language: str) -> _Page:
    """Outlines with the scorecard of each commune: people served by operator and technology."""
    technologies = list(gaps.coverage.technologies)
    shares = gaps.communes.pivot_table(
        index="code",
        columns=["technology", "operator"],
        values="served_people_pct",
        dropna=False,
        sort=False,
    )
    operators = sorted(shares.columns.unique("operator"), key=lambda name: (name != ANY, name))
    spots = gaps.dead_spots[gaps.dead_spots["operator"] == ANY]
    counts = spots.groupby(["commune_code", "technology"]).size()
    communes = gaps.communes.drop_duplicates("code").reset_index(drop=True)
    properties = []
    for commune in communes.to_dict("records"):
        here = shares.loc[commune["code"]]
        of_any = [here[technology, ANY] for technology in technologies]
        found = [int(counts.get((commune["code"], name), 0)) for name in technologies]
        dead = " · ".join(
            f"{name} {number(count, language)}"
            for name, count in zip(technologies, found, strict=True)
        )
        properties.append(
            {
                "name": commune["name"],
                "facts": [*_commune_facts(commune, language), dead],
                "colours": [share_colour(share) for share in of_any],
                "shares": [
                    [number(here[technology, operator], language, 1) for technology in technologies]
                    for operator in operators
                ],
            }
        )
    page = _communes(communes, gaps.coverage.scene.resolution_m, properties)
    return page | {
        "labels": [*_commune_labels(language), word("group_dead_spots", language)],
        "technologies": technologies,
        "operators": [operator_name(name, language) for name in operators],
    }


def bare_communes(scene: "Scene", language: str) -> _Page:
    """Outlines with area and people alone."""
    properties = [
        {"name": row["name"], "facts": _commune_facts(row, language), "colours": [], "shares": []}
        for row in scene.communes.to_dict("records")
    ]
    page = _communes(scene.communes, scene.resolution_m, properties)
    return page | {"labels": _commune_labels(language), "technologies": [], "operators": []}


def dead_spots_in_page(gaps: "Gaps", technologies: Sequence[str], language: str) -> _Page:
    """Dead spots of any operator, by technology."""
    labels: list[str] = []
    by_technology = {}
    settlements = gaps.coverage.scene.are_settlements
    for technology in technologies:
        spots = dead_spots_shown(gaps, technology)
        properties = []
        for spot in spots.to_dict("records"):
            rows = dead_spot_rows(spot, language, settlements=settlements)
            labels = [label for label, _ in rows]
            properties.append(
                {
                    "title": spot["id"],
                    "facts": [_text(value) for _, value in rows],
                    "place": _rounded([spot["latitude"], spot["longitude"]]),
                }
            )
        by_technology[technology] = _features(spots.geometry, properties)
    return {"labels": labels, "byTechnology": by_technology}


def villages_in_page(gaps: "Gaps", technologies: Sequence[str], language: str) -> _Page | None:
    """Villages with state and answer in each technology; None where none were given."""
    if gaps.villages.empty or gaps.coverage.scene.are_settlements:
        return None
    tables = [villages_shown(gaps, technology).to_dict("records") for technology in technologies]
    places = _lat_lon(villages_shown(gaps, technologies[0]).geometry)
    labels: list[str] = []
    rows = []
    for place, *villages in zip(places, *tables, strict=True):
        told = village_rows(villages[0], language)
        labels = [label for label, _ in told]
        facts = [_text(value) for _, value in told]
        states = [
            [village["state"], word(f"answer_{village['answer']}", language)]
            for village in villages
        ]
        # the state and the answer of the first technology are left to each layer's own
        rows.append([*place, villages[0]["name"], [facts[0], *facts[3:]], states])
    states_of = {
        name: {"colour": colour, "name": word(f"state_{name}", language)}
        for name, colour in STATE_COLOURS.items()
    }
    return {
        "labels": [labels[0], word("state", language), labels[2], *labels[3:]],
        "shortLabels": [labels[0], *labels[3:]],
        "rows": rows,
        "technologies": list(technologies),
        "states": states_of,
    }


def masts_in_page(network: "Network", language: str) -> _Page:
    """Existing sites by operator."""
    sites = network.sites()
    kinds = sorted(set(sites["technologies"]))
    place_of = {kind: place for place, kind in enumerate(kinds)}
    labels = [label for label, _ in site_rows(dict.fromkeys(sites.columns, 0), language)]
    by_operator: dict[str, list[list[Any]]] = {name: [] for name in network.operators}
    places = _lat_lon(sites.geometry)
    columns = (
        sites[name].tolist()
        for name in ("operator", "site_id", "technologies", "cells", "antenna_height_m")
    )
    for place, operator, site_id, kind, cells, height in zip(places, *columns, strict=True):
        texts = [number(cells, language), number(height, language, 1)]
        by_operator[operator].append([*place, site_id, place_of[kind], *texts])
    return {"labels": labels, "technologies": kinds, "byOperator": by_operator}


def sites_in_page(plan: "Plan", language: str) -> _Page:
    """Proposed sites with the sectors of their new cells, and their year where there is one."""
    sectors = {
        site: group[["azimuth_deg", "horizontal_beamwidth_deg"]].round(1).to_numpy().tolist()
        for site, group in plan.cells.groupby("site_id", sort=False)
    }
    labels: list[str] = []
    sites = []
    for place, site in zip(
        _lat_lon(plan.sites.geometry), plan.sites.to_dict("records"), strict=True
    ):
        rows = proposal_rows(site, plan.operator, language)
        labels = [label for label, _ in rows]
        year = site.get("year")
        sites.append(
            {
                "id": site["site_id"],
                "place": place,
                "rank": str(site["rank"]),
                "title": word("proposed_site", language).format(rank=site["rank"]),
                "facts": [_text(value) for _, value in rows],
                "year": None if year is None or pd.isna(year) else int(year),
                "sectors": _unlike(sectors.get(site["site_id"], [])),
            }
        )
    return {"labels": labels, "list": sites, "wedgeMetres": _WEDGE_M}


def _commune_labels(language: str) -> list[str]:
    return [word(name, language) for name in ("code", "area_km2", "people")]


def _commune_facts(commune: dict[str, Any], language: str) -> list[str]:
    area = number(commune["area_km2"], language, 1)
    return [str(commune["code"]), area, number(commune["people"], language)]


def _communes(
    communes: gpd.GeoDataFrame, resolution_m: float, properties: Sequence[_Page]
) -> _Page:
    inside = _lat_lon(communes.geometry.representative_point())
    for each, place in zip(properties, inside, strict=True):
        each["inside"] = place
    return _features(commune_outlines(communes, resolution_m), properties)


def _features(geometry: gpd.GeoSeries, properties: Sequence[_Page]) -> _Page:
    degrees = geometry.to_crs("EPSG:4326").to_numpy()
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, _DEGREE_DIGITS))
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": values}
        for shape, values in zip(rounded, properties, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _lat_lon(geometry: gpd.GeoSeries) -> list[list[float]]:
    points = geometry.to_crs("EPSG:4326")
    return [_rounded(place) for place in zip(points.y, points.x, strict=True)]


def _rounded(place: Sequence[float]) -> list[float]:
    return [round(float(degrees), _DEGREE_DIGITS) for degrees in place]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _unlike(sectors: list[list[float]]) -> list[list[float]]:
    """Each direction once: cells of several bands look the same way."""
    return [sector for place, sector in enumerate(sectors) if sector not in sectors[:place]]
