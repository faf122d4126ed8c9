"""The layers of a map in the groups of its list of layers."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import folium
from folium.plugins import TreeLayerControl
from folium.utilities import JsCode

from phusong.gaps import ANY
from phusong.report.map_page import Clustered, Drawn
from phusong.report.map_rasters import Raster
from phusong.report.markup import escaped
from phusong.report.popups import operator_name
from phusong.report.shading import shaded_terrain
from phusong.report.words import number, word

if TYPE_CHECKING:
    from branca.element import Element

    from phusong.geodata.scene import Scene
    from phusong.report.map_data import MapData

__all__ = ["Node", "backgrounds", "layer_control", "layers_of", "overlays"]

Node = dict[str, Any]
"""Of the list of layers: a label with a layer, or with children."""

_RASTERS = "rasters"  # one radio group: two see-through rasters would mix their colours
_TILES = {
    "light": "Esri.WorldGrayCanvas",
    "streets": "OpenStreetMap",
    "satellite": "Esri.WorldImagery",
    "topographic": "OpenTopoMap",
}
"""Backgrounds by the names that folium knows them by; it has their addresses and owners."""


def backgrounds(scene: "Scene | None", language: str) -> list[Node]:
    """Maps of others, the shaded terrain, and none."""
    nodes = [
        _leaf(
            word(f"background_{key}", language),
            folium.TileLayer(tiles, control=False, show=place == 0),
        )
        for place, (key, tiles) in enumerate(_TILES.items())
    ]
    if scene is not None:
        picture, corners = shaded_terrain(scene)
        shade = Drawn("picture", picture, corners, overlay=False)
        nodes.append(_leaf(word("background_terrain", language), shade))
    blank = Drawn("nothing", overlay=False)
    return [*nodes, _leaf(word("background_blank", language), blank)]


def overlays(data: "MapData") -> list[Node]:
    """Groups of layers, from the top of the list to its end."""
    language, places, subject = data.language, data.places, data.subject
    groups = _raster_groups(data)
    if places["sites"]:
        plan = subject.plan
        count = number(len(places["sites"]["list"]), language)
        label = f"{plan.technology} · {plan.operator} ({count})" if plan else count
        groups.append(_group("proposed_sites", [_leaf(label, Drawn("sites", show=True))], language))
    if places["deadSpots"]:
        first = subject.first_technology
        spots = [
            _leaf(
                f"{name} ({number(len(found['features']), language)})",
                Drawn("deadSpots", name, show=name == first),
            )
            for name, found in places["deadSpots"]["byTechnology"].items()
        ]
        groups.append(_group("dead_spots", spots, language))
    if places["communes"]:
        groups.append(_group("communes", _commune_leaves(places["communes"], language), language))
    if places["villages"]:
        villages = _chosen("villages", places["villages"]["technologies"], language)
        groups.append(_group("villages", villages, language))
    if places["masts"]:
        alone = not data.rasters and not places["sites"]
        operators = places["masts"]["byOperator"]
        masts = [_leaf(name, Clustered("masts", name, show=alone)) for name in operators]
        groups.append(_group("existing_sites", masts, language, folded=not alone))
    return groups


def layer_control(base: Sequence[Node], groups: Sequence[Node], language: str) -> TreeLayerControl:
    """The list of layers, folded on small screens."""
    return TreeLayerControl(
        base_tree=_group("backgrounds", base, language, folded=True),
        overlay_tree=list(groups),
        closed_symbol="▸",
        opened_symbol="▾",
        collapsed=JsCode("phusong.narrow()"),
    )


def layers_of(nodes: Iterable[Node]) -> Iterator[Any]:
    """Every layer of nodes and of their children."""
    for node in nodes:
        if "layer" in node:
            yield node["layer"]
        yield from layers_of(node.get("children", ()))


def _raster_groups(data: "MapData") -> list[Node]:
    """A group a quantity, in it a folder a technology, in it any operator and then each."""
    language = data.language
    places = [(place, each) for place, each in enumerate(data.rasters) if not each.later]
    if not places:
        return []
    shown = _first_shown(data)
    kinds = dict.fromkeys(_kind(raster) for _, raster in places)
    groups = []
    for kind in kinds:
        of_kind = [(place, raster) for place, raster in places if _kind(raster) == kind]
        folders = []
        for technology, found in groupby(of_kind, key=lambda pair: pair[1].technology):
            leaves = [
                _leaf(
                    operator_name(raster.operator, language),
                    Drawn("raster", place, show=place == shown),
                    _RASTERS,
                )
                for place, raster in found
            ]
            label = _level_label(data, technology) if kind == "level" else technology
            is_open = any(leaf["layer"].show for leaf in leaves)
            folders.append(_folder(label, leaves, folded=not is_open))
        is_first = kind == _kind(data.rasters[shown])
        groups.append(_group(f"{kind}s", folders, language, folded=not is_first))
    nothing = Drawn("nothing")
    return [*groups, _leaf(word("no_raster", language), nothing, _RASTERS)]


def _first_shown(data: "MapData") -> int:
    first = data.subject.first_technology
    return next(
        (
            place
            for place, raster in enumerate(data.rasters)
            if raster.technology == first and raster.operator == ANY
        ),
        0,
    )


def _kind(raster: Raster) -> str:
    return raster.scale.partition("_")[0]


def _level_label(data: "MapData", technology: str) -> str:
    """A technology with the quantity that is its level."""
    coverage = data.subject.coverage
    if coverage is None:
        return technology
    quantity = coverage["level_dbm"]["quantity"].sel(technology=technology).values
    return f"{technology} · {quantity} (dBm)"


def _commune_leaves(communes: dict[str, Any], language: str) -> list[Node]:
    shares = [
        _leaf(
            word("communes_share", language).format(technology=technology),
            Drawn("communes", technology),
            "communes",
        )
        for technology in communes["technologies"]
    ]
    outline = Drawn("communes", "", show=True)
    return [
        _leaf(word("communes_outline", language), outline, "communes"),
        *shares,
        _leaf(word("no_communes", language), Drawn("nothing"), "communes"),
    ]


def _chosen(kind: str, names: Sequence[str], language: str) -> list[Node]:
    """Layers of which one at most is shown, none at first."""
    leaves = [_leaf(name, Drawn(kind, name), kind) for name in names]
    return [*leaves, _leaf(word(f"no_{kind}", language), Drawn("nothing", show=True), kind)]


def _leaf(name: str, layer: "Element", radio_group: str = "") -> Node:
    """A layer in the tree; Leaflet takes its name for HTML."""
    return {"label": escaped(name), "layer": layer, "radioGroup": radio_group}


def _folder(name: str, children: Sequence[Node], *, folded: bool = False) -> Node:
    return {"label": escaped(name), "children": list(children), "collapsed": folded}


def _group(key: str, children: Sequence[Node], language: str, *, folded: bool = False) -> Node:
    return _folder(word(f"group_{key}", language), children, folded=folded)
