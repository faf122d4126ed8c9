"""What the map draws over the rasters: communes, dead spots, villages and sites.

Every layer is GeoJSON whose ``popup``, ``tooltip`` and ``rank`` properties are HTML of which all
text is escaped (see `phusong.report.markup`), never one of folium's own popups.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from folium.plugins import MarkerCluster
from folium.utilities import JsCode

from phusong.gaps import ANY
from phusong.gaps.state import STATE_COLOURS
from phusong.report.legend import MARKS, share_colour
from phusong.report.markup import escaped, facts
from phusong.report.popups import (
    commune_popup,
    dead_spot_rows,
    proposal_rows,
    site_rows,
    village_rows,
)
from phusong.report.words import number, percent, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = [
    "PANES",
    "commune_layer",
    "dead_spot_layer",
    "dead_spots_shown",
    "existing_site_layer",
    "proposed_site_layer",
    "village_layer",
    "villages_shown",
]

PANES: Final = {"communes": 410, "dead_spots": 420, "villages": 430}
"""Which layer lies over which, whatever the order in which they are switched on."""

_DEGREE_DIGITS: Final = 5  # about a metre
_MOST_CORNERS: Final = 50_000  # of one layer's outlines: about a megabyte, and still drawn smoothly

_BIND: Final = JsCode(
    """function (feature, layer) {
        layer.bindPopup(feature.properties.popup, {maxWidth: 460, className: "phusong-popup"});
        if (feature.properties.tooltip) {
            layer.bindTooltip(feature.properties.tooltip, {sticky: true});
        }
    }"""
)

_RANKED_MARKER: Final = JsCode(
    """function (feature, latlng) {
        return L.marker(latlng, {zIndexOffset: 1000, icon: L.divIcon({
            className: "phusong-rank", iconSize: [26, 26], html: feature.properties.rank
        })});
    }"""
)


def commune_layer(gaps: "Gaps", technology: str | None, language: str, *, show: bool) -> Any:
    """Communes, coloured by the share of their people that any operator serves.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    technology
        Technology to colour by; None draws outlines only.
    language
        One of `phusong.report.words.languages`.
    show
        Whether the layer is on when the map opens.
    """
    shares = gaps.communes.pivot_table(
        index="code",
        columns=["technology", "operator"],
        values="served_people_pct",
        dropna=False,
        sort=False,
    )
    communes = gaps.communes.drop_duplicates("code").reset_index(drop=True)
    outlines = communes.geometry.to_numpy()
    tolerance = gaps.coverage.scene.resolution_m / 2
    communes["geometry"] = shapely.coverage_simplify(outlines, tolerance)
    shares = shares.loc[communes["code"]]
    properties = [
        {
            "popup": commune_popup(commune, shares.loc[commune["code"]], language),
            "tooltip": _commune_tooltip(commune, shares.loc[commune["code"]], language),
            "style": _commune_style(technology, shares.loc[commune["code"]]),
        }
        for commune in communes.to_dict("records")
    ]
    key = "communes_outline" if technology is None else "communes_share"
    name = word(key, language).format(technology=technology)
    return _layer(communes.geometry, properties, name, "communes", show=show)


def dead_spot_layer(gaps: "Gaps", technology: str, language: str, *, show: bool) -> Any:
    """Dead spots of any operator in one technology."""
    spots = dead_spots_shown(gaps, technology)
    properties = [
        {
            "popup": facts(spot["id"], dead_spot_rows(spot, language)),
            "style": {
                "color": MARKS["dead_spot"],
                "weight": 1.5,
                "fillOpacity": 0,
            },
        }
        for spot in spots.to_dict("records")
    ]
    name = f"{technology} ({number(len(spots), language)})"
    return _layer(spots.geometry, properties, name, "dead_spots", show=show)


def dead_spots_shown(gaps: "Gaps", technology: str) -> gpd.GeoDataFrame:
    """Dead spots of any operator in one technology, with no more corners than can be drawn."""
    every = gaps.dead_spots
    spots = every[(every["operator"] == ANY) & (every["technology"] == technology)]
    if shapely.get_num_coordinates(spots.geometry.to_numpy()).sum() > _MOST_CORNERS:
        simple = spots.geometry.simplify(0.75 * gaps.coverage.scene.resolution_m)
        spots = spots.set_geometry(simple)
    return spots


def village_layer(gaps: "Gaps", technology: str, language: str, *, show: bool) -> Any:
    """Villages, coloured by the state of one technology by any operator."""
    villages = villages_shown(gaps, technology)
    properties = [
        {
            "popup": facts(village["name"], village_rows(village, language)),
            "style": {"fillColor": STATE_COLOURS[village["state"]]},
        }
        for village in villages.to_dict("records")
    ]
    dot = folium.CircleMarker(radius=5, color="#333333", weight=1, fill=True, fill_opacity=0.9)
    return _layer(villages.geometry, properties, technology, "villages", show=show, marker=dot)


def villages_shown(gaps: "Gaps", technology: str) -> gpd.GeoDataFrame:
    """Villages with their state by any operator in one technology."""
    of_any = gaps.villages[gaps.villages["operator"] == ANY]
    return of_any[of_any["technology"] == technology].reset_index(drop=True)


def existing_site_layer(gaps: "Gaps", operator: str, language: str, *, show: bool) -> Any:
    """Sites of one operator, in clusters."""
    sites = gaps.coverage.network.sites()
    sites = sites[sites["operator"] == operator].reset_index(drop=True)
    properties = [
        {"popup": facts(site["site_id"], site_rows(site, language))}
        for site in sites.to_dict("records")
    ]
    group = MarkerCluster(name=operator, show=show, control=False)  # type: ignore[no-untyped-call]
    dot = folium.CircleMarker(
        radius=5, color="#ffffff", weight=1, fill_color=MARKS["existing_site"], fill_opacity=0.9
    )
    _layer(sites.geometry, properties, operator, None, show=True, marker=dot).add_to(group)
    return group


def proposed_site_layer(plan: "Plan", language: str, *, show: bool) -> Any:
    """Proposed sites, numbered in the order in which they were chosen."""
    rows = plan.sites.to_dict("records")
    properties = [
        {
            "rank": escaped(site["rank"]),
            "popup": facts(
                word("proposed_site", language).format(rank=site["rank"]),
                proposal_rows(site, plan.operator, language),
            ),
        }
        for site in rows
    ]
    name = f"{plan.technology} · {plan.operator} ({number(len(rows), language)})"
    return _layer(
        plan.sites.geometry, properties, name, None, show=show, point_to_layer=_RANKED_MARKER
    )


def _layer(
    geometry: gpd.GeoSeries,
    properties: Sequence[dict[str, Any]],
    name: str,
    pane: str | None,
    *,
    show: bool,
    **options: Any,
) -> folium.GeoJson:
    degrees = geometry.to_crs("EPSG:4326").to_numpy()
    rounded = shapely.transform(degrees, lambda xy: np.round(xy, _DEGREE_DIGITS))
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": values}
        for shape, values in zip(rounded, properties, strict=True)
    ]
    if pane is not None:
        options["pane"] = pane
    data = {"type": "FeatureCollection", "features": features}
    return folium.GeoJson(
        data, name=name, show=show, control=False, on_each_feature=_BIND, **options
    )


def _commune_style(technology: str | None, shares: "pd.Series[float]") -> dict[str, Any]:
    outline = {"color": "#333333", "weight": 1.2}
    if technology is None:
        return {**outline, "fillOpacity": 0}
    return {**outline, "fillColor": share_colour(shares[technology, ANY]), "fillOpacity": 0.75}


def _commune_tooltip(commune: dict[str, Any], shares: "pd.Series[float]", language: str) -> str:
    parts = [
        f"{technology} {percent(shares[technology, ANY], language)}"
        for technology in shares.index.unique("technology")
    ]
    return f"<b>{escaped(commune['name'])}</b><br>{escaped(' · '.join(parts))}"
