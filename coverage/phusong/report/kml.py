"""Dead spots, proposed sites and villages for Google Earth.

The XML is made by the standard library, which escapes every text; the HTML of the balloons is that
of the map's popups (`phusong.report.markup`). GDAL's own driver writes no styles from a table, and
without one a dead spot would be an opaque white area.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from phusong.gaps.state import STATE_COLOURS
from phusong.report.files import replacing
from phusong.report.legend import MARKS
from phusong.report.markup import facts
from phusong.report.popups import dead_spot_rows, proposal_rows, village_rows
from phusong.report.vectors import dead_spots_shown, villages_shown
from phusong.report.words import check_language, map_title, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["write_kmz"]

_NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
_DOT: Final = "http://maps.google.com/mapfiles/kml/shapes/placemark_circle.png"
_PIN: Final = "http://maps.google.com/mapfiles/kml/shapes/triangle.png"
_DEGREE_DIGITS: Final = 6  # a decimetre
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same input gives the same file


@dataclass(frozen=True)
class _Mark:
    """What is drawn at one place."""

    name: str
    html: str
    style: str
    shape: BaseGeometry  # longitude, latitude


def write_kmz(
    path: Path | str,
    gaps: "Gaps",
    plan: "Plan | None" = None,
    language: str = "en",
    *,
    name: str = "",
) -> Path:
    """Write dead spots and villages of any operator, and proposed sites, with folders and colours.

    Parameters
    ----------
    path
        File to write: ``.kmz``, or ``.kml`` for plain text; one that is there is replaced.
    gaps
        Result of `phusong.find_gaps`.
    plan
        Result of `phusong.propose_sites`.
    language
        One of `phusong.report.words.languages`.
    name
        Of the area, for the document's name.

    Returns
    -------
    Path
        The file, in WGS 84. One technology is switched on, as on the map.

    Raises
    ------
    InputError
        For a language that is not there.
    """
    check_language(language)
    content = _document(gaps, plan, language, name)
    with replacing(Path(path)) as partial:
        if partial.suffix.lower() == ".kml":
            partial.write_bytes(content)
        else:
            with zipfile.ZipFile(partial, "w") as archive:
                entry = zipfile.ZipInfo("doc.kml", _EPOCH)
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return Path(path)


def _document(gaps: "Gaps", plan: "Plan | None", language: str, name: str) -> bytes:
    root = Element("kml", xmlns=_NAMESPACE)
    document = SubElement(root, "Document")
    _text(document, "name", map_title(name, language))
    _add_styles(document)
    technologies = [str(name) for name in gaps.state["technology"].values]
    first = "4G" if "4G" in technologies else technologies[0]
    if plan is not None:
        _add_folder(document, word("group_proposed_sites", language), _site_marks(plan, language))
    spots = _folder(document, word("group_dead_spots", language))
    for technology in technologies:
        marks = _spot_marks(gaps, technology, language)
        _add_folder(spots, technology, marks, show=technology == first)
    if not (gaps.villages.empty or gaps.coverage.scene.are_settlements):
        villages = _folder(document, word("group_villages", language))
        for technology in technologies:
            marks = _village_marks(gaps, technology, language)
            _add_folder(villages, technology, marks, show=technology == first)
    file = BytesIO()
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    return file.getvalue()


def _spot_marks(gaps: "Gaps", technology: str, language: str) -> list[_Mark]:
    spots = dead_spots_shown(gaps, technology)
    settlements = gaps.coverage.scene.are_settlements
    return [
        _Mark(
            spot["id"],
            facts(spot["id"], dead_spot_rows(spot, language, settlements=settlements)),
            f"spot_{spot['state']}",
            shape,
        )
        for spot, shape in _rows(spots)
    ]


def _village_marks(gaps: "Gaps", technology: str, language: str) -> list[_Mark]:
    return [
        _Mark(
            str(village["name"]),
            facts(village["name"], village_rows(village, language)),
            f"village_{village['state']}",
            shape,
        )
        for village, shape in _rows(villages_shown(gaps, technology))
    ]


def _site_marks(plan: "Plan", language: str) -> list[_Mark]:
    marks = []
    for site, shape in _rows(plan.sites):
        title = word("proposed_site", language).format(rank=site["rank"])
        html = facts(title, proposal_rows(site, plan.operator, language))
        marks.append(_Mark(title, html, "proposed_site", shape))
    return marks


def _rows(frame: gpd.GeoDataFrame) -> Iterable[tuple[dict[str, Any], BaseGeometry]]:
    degrees = frame.geometry.to_crs("EPSG:4326").to_numpy()
    return zip(frame.to_dict("records"), degrees, strict=True)


def _add_folder(parent: Element, name: str, marks: Sequence[_Mark], *, show: bool = True) -> None:
    folder = _folder(parent, f"{name} ({len(marks)})", show=show)
    for mark in marks:
        if mark.shape is None or mark.shape.is_empty:
            continue
        place = SubElement(folder, "Placemark")
        _text(place, "name", mark.name)
        _text(place, "visibility", str(int(show)))
        _text(place, "description", mark.html)
        _text(place, "styleUrl", f"#{mark.style}")
        _add_shape(place, mark.shape)


def _folder(parent: Element, name: str, *, show: bool = True) -> Element:
    folder = SubElement(parent, "Folder")
    _text(folder, "name", name)
    _text(folder, "visibility", str(int(show)))
    return folder


def _add_shape(parent: Element, shape: BaseGeometry) -> None:
    if shape.geom_type.startswith("Multi"):
        several = SubElement(parent, "MultiGeometry")
        for part in shape.geoms:
            _add_shape(several, part)
    elif shape.geom_type == "Polygon":
        polygon = SubElement(parent, "Polygon")
        _add_ring(SubElement(polygon, "outerBoundaryIs"), shape.exterior)
        for ring in shape.interiors:
            _add_ring(SubElement(polygon, "innerBoundaryIs"), ring)
    else:
        _text(SubElement(parent, "Point"), "coordinates", _coordinates(shape))


def _add_ring(parent: Element, ring: BaseGeometry) -> None:
    _text(SubElement(parent, "LinearRing"), "coordinates", _coordinates(ring))


def _coordinates(shape: BaseGeometry) -> str:
    places = np.round(shapely.get_coordinates(shape), _DEGREE_DIGITS)
    return " ".join(f"{longitude},{latitude}" for longitude, latitude in places.tolist())


def _add_styles(document: Element) -> None:
    for state, colour in STATE_COLOURS.items():
        line = {"LineStyle": {"color": _kml_colour(MARKS["dead_spot"]), "width": "2"}}
        fill = {"PolyStyle": {"color": _kml_colour(colour, 0.5)}}
        _add_style(document, f"spot_{state}", line | fill)
        _add_style(document, f"village_{state}", _icon_style(_DOT, colour, "0.8"))
    _add_style(document, "proposed_site", _icon_style(_PIN, MARKS["proposed_site"], "1.2"))


def _icon_style(icon: str, colour: str, scale: str) -> dict[str, Any]:
    return {"IconStyle": {"color": _kml_colour(colour), "scale": scale, "Icon": {"href": icon}}}


def _add_style(document: Element, name: str, parts: dict[str, Any]) -> None:
    style = SubElement(document, "Style", id=name)
    # the balloon is the description alone: a name would be taken for HTML there
    _add_parts(style, parts | {"BalloonStyle": {"text": "$[description]"}})


def _add_parts(parent: Element, parts: dict[str, Any]) -> None:
    for tag, value in parts.items():
        if isinstance(value, dict):
            _add_parts(SubElement(parent, tag), value)
        else:
            _text(parent, tag, value)


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = _NOT_XML.sub("", text)


def _kml_colour(colour: str, opacity: float = 1.0) -> str:
    """Turn ``#rrggbb`` into KML's aabbggrr."""
    red, green, blue = (colour[at : at + 2] for at in (1, 3, 5))
    return f"{round(255 * opacity):02x}{blue}{green}{red}"
