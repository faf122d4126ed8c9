"""The page of a map: its own scripts and styles, its data, its layers, and how it is saved."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import folium
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.map import CustomPane, Layer
from folium.plugins import MarkerCluster
from folium.raster_layers import WmsTileLayer
from folium.template import Template

from phusong.report.map_assets import inlined
from phusong.report.markup import escaped, script_json

if TYPE_CHECKING:
    from phusong.report.map_data import MapData

__all__ = ["Clustered", "Drawn", "MapPage"]

ONLINE_MB: Final = 4.0
OFFLINE_MB: Final = 10.0
_ONLINE_BYTES: Final = 130_000  # of scripts, styles, layers and the terrain's picture
_OFFLINE_BYTES: Final = 400_000  # with those of others
_SCRIPTS: Final = (
    "core", "raster", "values", "places", "legend", "search", "measure", "compare", "opening",
)  # fmt: skip
_PANES: Final = {
    "rasters": 310, "later": 311, "communes": 410, "deadSpots": 420, "sites": 425,
    "villages": 430, "measured": 440,
}  # fmt: skip
"""Which layer lies over which, whatever the order in which they are switched on."""
_CLICKED_THROUGH: Final = ("rasters", "later", "measured")
_ONLY_WITH_ICONS: Final = (
    "bootstrap", "awesome_markers", "bootstrap_css", "glyphicons_css", "awesome_markers_font_css",
    "awesome_markers_css", "awesome_rotate_css",
)  # fmt: skip
_ONLY_WITH_POPUPS: Final = ("jquery",)


class Drawn(Layer):
    """A layer that the page's own scripts draw.

    Parameters
    ----------
    kind
        Function of the page's scripts that makes it.
    arguments
        What it is given.
    show
        Whether the layer is on when the map opens.
    overlay
        Whether it lies over the background.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = phusong.{{ this.kind }}({{ this.arguments }});
        {% endmacro %}
        """
    )

    def __init__(
        self, kind: str, *arguments: Any, show: bool = False, overlay: bool = True
    ) -> None:
        super().__init__(name=kind, overlay=overlay, control=False, show=show)
        self._name = "Drawn"
        self.kind = kind
        self.arguments = ", ".join(map(script_json, arguments))


class Clustered(JSCSSMixin, Drawn):
    """A layer in clusters, whose script folium names."""

    default_js = MarkerCluster.default_js
    default_css = MarkerCluster.default_css


class MapPage(folium.Map):
    """An interactive map: a folium map whose rasters and places are data of the page.

    Anything of folium's can be added to it before it is saved.
    """

    def __init__(self, data: "MapData") -> None:
        super().__init__(tiles=None, font_size="13px")
        figure: Any = self.get_root()
        figure.title = escaped(data.title)
        for name, z_index in _PANES.items():
            pane = CustomPane(name, z_index=z_index, pointer_events=name not in _CLICKED_THROUGH)
            pane.add_to(self)
        self._start = _Start(data)
        self._start.add_to(self)

    def finish(self) -> None:
        """Number the elements, once all are there, and put the controls on the screen."""
        _Finish().add_to(self)
        _number_elements(self.get_root())

    def html(
        self,
        *,
        offline: bool = False,
        most_mb: float | None = None,
        assets: Path | str | None = None,
    ) -> str:
        """Return the page; parameters as of `save`."""
        self._start.most_mb = most_mb or (OFFLINE_MB if offline else ONLINE_MB)
        self._start.other_bytes = _OFFLINE_BYTES if offline else _ONLINE_BYTES
        root: Any = self.get_root()
        _forget_rendered(root)
        if not offline:
            return str(root.render())
        with _WithoutTiles(self):
            return inlined(str(root.render()), assets)

    def save(  # type: ignore[override]  # folium's takes what no page needs
        self,
        outfile: Path | str | BinaryIO,
        *,
        offline: bool = False,
        most_mb: float | None = None,
        assets: Path | str | None = None,
    ) -> None:
        """Write the page to a file.

        Parameters
        ----------
        outfile
            Path, or a file open for bytes.
        offline
            Put every script, style, font and picture into the page: it asks for nothing from any
            network. Backgrounds of tiles are left out; the terrain is drawn in their place.
        most_mb
            Size (MB, 10^6 bytes) within which the page is kept by thinning its rasters: states
            and answers last. 4 online and 10 offline where not given. The legend says what size a
            pixel has.
        assets
            Folder of npm packages (``node_modules``) to take scripts and styles from, in place of
            the environment variable ``PHUSONG_MAP_ASSETS``.

        Raises
        ------
        InputError
            Offline, where a script or style is neither kept, nor in the folder, nor to be had from
            the network: naming all of them, and the mend.
        """
        content = self.html(offline=offline, most_mb=most_mb, assets=assets).encode("utf8")
        if isinstance(outfile, Path | str):
            Path(outfile).write_bytes(content)
        else:
            outfile.write(content)

    def render(self, **kwargs: Any) -> str:
        """Render, without the scripts and styles that nothing on this map needs."""
        rendered = super().render(**kwargs)  # type: ignore[no-untyped-call]
        kinds = {type(element) for element in _elements(self)}
        needless = [] if kinds & {folium.Icon} else [*_ONLY_WITH_ICONS]
        needless += [] if kinds & {folium.Popup, folium.Icon} else [*_ONLY_WITH_POPUPS]
        root: Any = self.get_root()
        for name in needless:
            root.header._children.pop(name, None)
        return str(rendered)


class _Start(MacroElement):
    """The page's styles, scripts and data; the first child of the map."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <style>{{ this.style }}</style>
        <script>{{ this.code }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        phusong.start({{ this._parent.get_name() }}, {{ this.json() }});
        {% endmacro %}
        """
    )

    def __init__(self, data: "MapData") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self._data = data
        self.most_mb = ONLINE_MB
        self.other_bytes = _ONLINE_BYTES
        folder = resources.files("phusong.report") / "page"
        self.style = (folder / "map.css").read_text(encoding="utf8")
        self.code = "\n".join(
            (folder / f"{name}.js").read_text(encoding="utf8") for name in _SCRIPTS
        )

    def json(self) -> str:
        return self._data.json(self.most_mb, self.other_bytes)


class _Finish(MacroElement):
    """Puts the page's own controls on the screen, once all layers are there."""

    _template = Template("{% macro script(this, kwargs) %}phusong.open();{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Finish"


class _WithoutTiles:
    """Takes the backgrounds that need a network from a map, and gives them back."""

    def __init__(self, page: MapPage) -> None:
        self._page = page
        self._children = page._children.copy()
        self._shown: list[Any] = []

    def __enter__(self) -> None:
        page = self._page
        for key, child in self._children.items():
            if isinstance(child, folium.TileLayer | WmsTileLayer):
                del page._children[key]
        for control in _with_trees(self._children):
            control.whole_tree = control.base_tree
            leaves = [
                leaf for leaf in control.base_tree["children"] if not _is_tiles(leaf["layer"])
            ]
            control.base_tree = control.base_tree | {"children": leaves}
            first = leaves[0]["layer"]
            if not any(leaf["layer"].show for leaf in leaves):
                first.show = True
                self._shown.append(first)

    def __exit__(self, *_: object) -> None:
        self._page._children = self._children
        for control in _with_trees(self._children):
            control.base_tree = control.whole_tree
        for layer in self._shown:
            layer.show = False
            layer._children.pop(f"{layer.get_name()}_add", None)


def _with_trees(children: Mapping[str, Any]) -> Iterator[Any]:
    return (child for child in children.values() if getattr(child, "base_tree", None))


def _is_tiles(layer: Any) -> bool:
    return isinstance(layer, folium.TileLayer | WmsTileLayer)


def _forget_rendered(root: Any) -> None:
    """Take away what an earlier rendering left: it is made again from the elements.

    What a user added to the page stands there by its own name.
    """
    links = {
        name
        for element in _elements(root)
        for name, _ in [*getattr(element, "default_js", ()), *getattr(element, "default_css", ())]
    }
    for part in (root.header, root.html, root.script):
        for key, child in list(part._children.items()):
            rendered = type(child) is Element and key not in (child.get_name(), "meta_http")
            if rendered or key in links:
                del part._children[key]


def _number_elements(root: Any) -> None:
    """Number the page's elements: folium names them at random, and no two pages are alike."""
    for number, element in enumerate(_elements(root)):
        element._id = str(number)


def _elements(element: Any) -> Iterator[Any]:
    yield element
    for child in element._children.values():
        yield from _elements(child)
