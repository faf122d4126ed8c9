"""The interactive map: rasters, communes, dead spots, villages and sites as layers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import folium
import numpy as np
from folium.features import Control
from folium.map import CustomPane
from folium.plugins import TreeLayerControl
from folium.utilities import JsCode
from numpy.typing import NDArray

from phusong.gaps import ANY, STATES
from phusong.report.legend import Legend
from phusong.report.markup import escaped
from phusong.report.overlay import (
    ANSWER_PALETTE,
    LEVEL_PALETTE,
    STATE_PALETTE,
    WebWarp,
    answer_classes,
    level_classes,
    palette_png,
    state_classes,
    web_warp,
)
from phusong.report.popups import operator_name
from phusong.report.vectors import (
    PANES,
    commune_layer,
    dead_spot_layer,
    existing_site_layer,
    proposed_site_layer,
    village_layer,
)
from phusong.report.words import check_language, word

if TYPE_CHECKING:
    import xarray as xr
    from branca.element import Element

    from phusong.gaps import Gaps
    from phusong.planning import Plan
    from phusong.prediction import Coverage

__all__ = ["map"]

_OPACITY: Final = 0.65
_RASTERS: Final = "rasters"  # one radio group: two see-through rasters would mix their colours

_Node = dict[str, Any]  # of the layer control's tree: a label with a layer, or with children


def map(  # noqa: A001  (read as phusong.map; nothing here needs Python's own)
    coverage: "Coverage", gaps: "Gaps", plan: "Plan | None" = None, *, language: str = "en"
) -> folium.Map:
    """Draw a coverage, its gaps and a plan on an interactive map.

    Parameters
    ----------
    coverage
        Result of `phusong.predict`: a layer of signal levels for each operator and technology.
    gaps
        Result of `phusong.find_gaps` for that coverage: layers of states and of answers (served,
        not served, cannot say) for each operator and for any, communes, dead spots and villages.
    plan
        Result of `phusong.propose_sites`: a layer of numbered sites.
    language
        One of `phusong.report.words.languages`.

    Returns
    -------
    folium.Map
        Save it with ``.save("map.html")``. Rasters are embedded, warped to Web Mercator. The
        page fetches Leaflet and the background map from the network; the same input gives the
        same page.

    Raises
    ------
    InputError
        For a language that is not there.
    """
    check_language(language)
    page = folium.Map(tiles=None, font_size="13px")
    figure: Any = page.get_root()
    figure.title = escaped(word("map_title", language))
    for name, z_index in PANES.items():
        CustomPane(name, z_index=z_index, pointer_events=True).add_to(page)
    backgrounds = _backgrounds(language)
    overlays = _overlays(coverage, gaps, plan, language)
    for layer in _layers_of([*backgrounds, *overlays]):
        layer.add_to(page)
    _control(backgrounds, overlays, language).add_to(page)
    Control("Scale", imperial=False).add_to(page)
    Legend(gaps, language).add_to(page)
    page.fit_bounds(_bounds_degrees(gaps))
    _number(figure)
    return page


def _backgrounds(language: str) -> list[_Node]:
    streets = folium.TileLayer("OpenStreetMap", control=False)
    blank = folium.FeatureGroup(overlay=False, show=False, control=False)
    return [
        _leaf(word("background_streets", language), streets),
        _leaf(word("background_blank", language), blank),
    ]


def _overlays(
    coverage: "Coverage", gaps: "Gaps", plan: "Plan | None", language: str
) -> list[_Node]:
    """Groups of layers, from the top of the control to its end."""
    technologies = _names(gaps.state["technology"])
    first = "4G" if "4G" in technologies else technologies[0]
    rasters = _raster_groups(coverage, gaps, first, language)
    groups = [
        *rasters,
        _dead_spot_group(gaps, technologies, first, language),
        _commune_group(gaps, technologies, language),
        _village_group(gaps, technologies, language),
        _existing_site_group(gaps, language),
    ]
    if plan is not None:
        sites = proposed_site_layer(plan, language, show=True)
        groups.insert(
            len(rasters), _group("proposed_sites", [_leaf(sites.layer_name, sites)], language)
        )
    return [group for group in groups if group.get("children") or group.get("layer")]


def _raster_groups(coverage: "Coverage", gaps: "Gaps", first: str, language: str) -> list[_Node]:
    warp = web_warp(coverage.scene.grid)
    nothing = folium.FeatureGroup(show=False, control=False)
    states = _code_folders(gaps.state, STATE_PALETTE, state_classes, warp, first, language)
    answers = _code_folders(gaps.answer, ANSWER_PALETTE, answer_classes, warp, None, language)
    levels = _level_folders(coverage, gaps, warp)
    return [
        _group("states", states, language),
        _group("answers", answers, language, folded=True),
        _group("levels", levels, language, folded=True),
        _leaf(word("no_raster", language), nothing, _RASTERS),
    ]


def _code_folders(
    layers: "xr.DataArray",
    palette: Sequence[str],
    classes: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    warp: WebWarp,
    first: str | None,
    language: str,
) -> list[_Node]:
    """A folder per technology, in it any operator and then each; any of the first is shown."""
    *operators, any_operator = _names(layers["operator"])
    folders = []
    for technology in _names(layers["technology"]):
        leaves = []
        for operator in [any_operator, *operators]:
            codes = layers.sel(operator=operator, technology=technology).to_numpy()
            if (codes < STATES["not_computed"]).any():
                show = technology == first and operator == ANY
                image = _image(classes(codes), palette, warp, show=show)
                leaves.append(_leaf(operator_name(operator, language), image, _RASTERS))
        folders.append(_folder(technology, leaves, folded=technology != first))
    return folders


def _level_folders(coverage: "Coverage", gaps: "Gaps", warp: WebWarp) -> list[_Node]:
    """A folder per technology and the quantity that is its level, in it each operator."""
    level = coverage["level_dbm"]
    inside = (gaps.state[0, 0] != STATES["outside"]).to_numpy()
    folders = []
    for technology in _names(level["technology"]):
        leaves = []
        for operator in _names(level["operator"]):
            values = level.sel(operator=operator, technology=technology).to_numpy()
            if np.isfinite(values[inside]).any():
                image = _image(level_classes(values, inside), LEVEL_PALETTE, warp, show=False)
                leaves.append(_leaf(operator, image, _RASTERS))
        quantity = str(level["quantity"].sel(technology=technology).values)
        folders.append(_folder(f"{technology} · {quantity} (dBm)", leaves, folded=True))
    return folders


def _dead_spot_group(gaps: "Gaps", technologies: Sequence[str], first: str, language: str) -> _Node:
    layers = [dead_spot_layer(gaps, name, language, show=name == first) for name in technologies]
    return _group("dead_spots", [_leaf(layer.layer_name, layer) for layer in layers], language)


def _commune_group(gaps: "Gaps", technologies: Sequence[str], language: str) -> _Node:
    layers = [
        commune_layer(gaps, name, language, show=name is None) for name in (None, *technologies)
    ]
    nothing = folium.FeatureGroup(show=False, control=False)
    leaves = [_leaf(layer.layer_name, layer, "communes") for layer in layers]
    leaves.append(_leaf(word("no_communes", language), nothing, "communes"))
    return _group("communes", leaves, language)


def _village_group(gaps: "Gaps", technologies: Sequence[str], language: str) -> _Node:
    if gaps.villages.empty or gaps.coverage.scene.are_settlements:
        return _group("villages", [], language)
    layers = [village_layer(gaps, name, language, show=False) for name in technologies]
    nothing = folium.FeatureGroup(show=True, control=False)
    leaves = [_leaf(layer.layer_name, layer, "villages") for layer in layers]
    leaves.append(_leaf(word("no_villages", language), nothing, "villages"))
    return _group("villages", leaves, language)


def _existing_site_group(gaps: "Gaps", language: str) -> _Node:
    operators = _names(gaps.coverage["level_dbm"]["operator"])
    layers = [existing_site_layer(gaps, name, language, show=False) for name in operators]
    leaves = [_leaf(layer.layer_name, layer) for layer in layers]
    return _group("existing_sites", leaves, language, folded=True)


def _image(
    classes: NDArray[np.uint8], palette: Sequence[str], warp: WebWarp, *, show: bool
) -> folium.raster_layers.ImageOverlay:
    return folium.raster_layers.ImageOverlay(
        palette_png(warp.image(classes), palette),
        bounds=warp.bounds,
        opacity=_OPACITY,
        show=show,
        control=False,
    )


def _leaf(name: str, layer: "Element", radio_group: str = "") -> _Node:
    """A layer in the tree; Leaflet takes its name for HTML."""
    return {"label": escaped(name), "layer": layer, "radioGroup": radio_group}


def _folder(name: str, children: Sequence[_Node], *, folded: bool = False) -> _Node:
    return {"label": escaped(name), "children": list(children), "collapsed": folded}


def _group(key: str, children: Sequence[_Node], language: str, *, folded: bool = False) -> _Node:
    return _folder(word(f"group_{key}", language), children, folded=folded)


def _layers_of(nodes: Iterable[_Node]) -> Iterator[Any]:
    for node in nodes:
        if "layer" in node:
            yield node["layer"]
        yield from _layers_of(node.get("children", ()))


def _control(
    backgrounds: Sequence[_Node], overlays: Sequence[_Node], language: str
) -> TreeLayerControl:
    return TreeLayerControl(
        base_tree=_group("backgrounds", backgrounds, language, folded=True),
        overlay_tree=list(overlays),
        closed_symbol="▸",
        opened_symbol="▾",
        collapsed=JsCode("window.innerWidth < 900"),
    )


def _bounds_degrees(gaps: "Gaps") -> list[list[float]]:
    west, south, east, north = gaps.communes.to_crs("EPSG:4326").total_bounds
    return [[float(south), float(west)], [float(north), float(east)]]


def _names(axis: Any) -> list[str]:
    return [str(name) for name in axis.values]


def _number(root: "Element") -> None:
    """Number the page's elements: folium names them at random, and no two pages are alike."""
    for number, element in enumerate(_elements(root)):
        element._id = str(number)


def _elements(element: Any) -> Iterator[Any]:
    yield element
    for child in element._children.values():
        yield from _elements(child)
