"""The map's legend: what each colour and mark means, with units."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from branca.element import MacroElement
from folium.template import Template

from phusong.gaps.answers import ANSWER_COLOURS
from phusong.gaps.state import STATE_COLOURS
from phusong.radio.service import TIERS
from phusong.report.markup import escaped
from phusong.report.overlay import LEVEL_COLOURS, LEVEL_EDGES_DBM
from phusong.report.words import number, percent, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.radio.service import ServiceProfile

__all__ = ["MARKS", "SHARE_COLOURS", "SHARE_EDGES_PCT", "Legend", "share_colour"]

SHARE_EDGES_PCT: Final = (50, 80, 90, 95, 99)
"""Bounds of the classes by which communes are coloured: most of them lie near 100 %."""

SHARE_COLOURS: Final = ("#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcdf9a", "#fcfdbf")
"""Matplotlib's magma, which the colour-blind can order; dark where few are served."""

NO_SHARE_COLOUR: Final = "#d9d9d9"

MARKS: Final = {
    "dead_spot": "#e7298a",
    "existing_site": "#1b1b1b",
    "proposed_site": "#00734d",
}
"""Colours of what is drawn over the rasters."""


def share_colour(share_pct: float) -> str:
    """Return the colour of a commune of whose people this percentage is served."""
    if not share_pct >= 0:  # also where nobody lives: NaN
        return NO_SHARE_COLOUR
    return SHARE_COLOURS[sum(share_pct >= edge for edge in SHARE_EDGES_PCT)]


class Legend(MacroElement):
    """A box in the map's corner that folds away.

    Parameters
    ----------
    gaps
        Result whose service profile and technologies are explained.
    language
        One of `phusong.report.words.languages`.
    """

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <style>
        .phusong-legend { background: rgba(255, 255, 255, 0.92); padding: 6px 10px;
            border-radius: 5px; box-shadow: 0 1px 5px rgba(0, 0, 0, 0.4);
            font: 12px/1.35 "Helvetica Neue", Arial, sans-serif; color: #222;
            max-height: 70vh; overflow-y: auto; max-width: 330px; }
        .phusong-legend summary { font-weight: bold; cursor: pointer; display: list-item; }
        .phusong-legend h4 { font-size: 12px; font-weight: bold; margin: 8px 0 3px; }
        .phusong-legend p { margin: 2px 0; color: #555; }
        .phusong-legend table, .phusong-popup table { border-collapse: collapse; }
        .phusong-legend td, .phusong-legend th, .phusong-popup td, .phusong-popup th {
            padding: 1px 8px 1px 0; font-weight: normal; text-align: left; vertical-align: top; }
        .phusong-legend td + td, .phusong-legend th + th,
        .phusong-popup td.number, .phusong-popup th.number { text-align: right; }
        .phusong-legend th, .phusong-popup th { color: #555; }
        .phusong-legend i { display: inline-block; width: 14px; height: 12px; margin-right: 5px;
            vertical-align: -1px; border: 1px solid rgba(0, 0, 0, 0.35); box-sizing: border-box; }
        .phusong-legend .bar { display: flex; }
        .phusong-legend .bar span { flex: 1; min-width: 15px; text-align: right;
            font-size: 10px; white-space: nowrap; }
        .phusong-legend .bar span::before { content: ""; display: block; height: 12px;
            background: var(--colour); }
        path.leaflet-interactive:focus { outline: none; }
        .leaflet-control-layers label { font-size: inherit; }
        .leaflet-control-layers input { margin-right: 4px; vertical-align: -1px; }
        .phusong-popup { font: 12px/1.4 "Helvetica Neue", Arial, sans-serif; }
        .phusong-popup h4 { font-size: 14px; font-weight: bold; margin: 0 0 4px; }
        .phusong-popup table + table { margin-top: 6px; border-top: 1px solid #ccc; }
        .phusong-rank { background: {{ this.marks["proposed_site"] }}; color: #fff;
            border: 2px solid #fff; border-radius: 50%; box-shadow: 0 0 4px rgba(0, 0, 0, 0.7);
            font: bold 12px/22px Arial, sans-serif; text-align: center; }
        </style>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.control({position: "bottomleft"});
        {{ this.get_name() }}.onAdd = function () {
            var box = L.DomUtil.create("div", "phusong-legend");
            box.innerHTML = {{ this.html|tojson }};
            box.querySelector("details").open = window.innerWidth >= 900;
            L.DomEvent.disableClickPropagation(box);
            L.DomEvent.disableScrollPropagation(box);
            return box;
        };
        {{ this.get_name() }}.addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, gaps: "Gaps", language: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Legend"
        self.marks = MARKS
        self.html = _legend_html(gaps, language)


def _legend_html(gaps: "Gaps", language: str) -> str:
    technologies = [str(name) for name in gaps.state["technology"].values]
    parts = [
        f"<h4>{_text('legend_state', language)}</h4>",
        _state_table(gaps.profile, technologies, language),
        f"<p>{_profile_note(gaps, language)}</p>",
        *([f"<p>{_text('legend_quality', language)}</p>"] if gaps.profile.asks_for_quality else []),
        f"<h4>{_text('legend_answer', language)}</h4>",
        *(_answer(name, language) for name in ("served", "cannot_say", "not_served")),
        f"<p>{_answer_note(gaps, language)}</p>",
        f"<h4>{_text('legend_level', language)}</h4>",
        _bar(LEVEL_COLOURS, LEVEL_EDGES_DBM, language, every=3),
        f"<h4>{_text('legend_share', language)}</h4>",
        _bar(SHARE_COLOURS, SHARE_EDGES_PCT, language),
        f"<h4>{_text('legend_marks', language)}</h4>",
        *(_mark(key, colour, language) for key, colour in MARKS.items()),
    ]
    title = _text("legend", language)
    return f"<details><summary>{title}</summary>{''.join(parts)}</details>"


def _state_table(profile: "ServiceProfile", technologies: Iterable[str], language: str) -> str:
    """Swatch and least level of each state, a column per technology."""
    names = list(technologies)
    heads = "".join(f"<th>{escaped(name)}</th>" for name in names)
    rows = [f"<tr><th>{_text('legend_least', language)}</th>{heads}</tr>"]
    for state in ("good", "basic", "weak", "none", "not_computed"):
        cells = "".join(f"<td>{_least(profile, name, state, language)}</td>" for name in names)
        swatch = _swatch(STATE_COLOURS[state])
        rows.append(f"<tr><td>{swatch}{_text(f'state_{state}', language)}</td>{cells}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _least(profile: "ServiceProfile", technology: str, state: str, language: str) -> str:
    asked = profile.requirements(technology, state) if state in TIERS else {}
    return _minus(number(asked["level_dbm"], language)) if "level_dbm" in asked else ""


def _profile_note(gaps: "Gaps", language: str) -> str:
    note = word("legend_profile", language).format(
        probability=percent(100 * gaps.profile.probability, language),
        sigma_db=number(gaps.coverage.shadowing_sigma_db, language, 1),
        profile=gaps.profile.name,
    )
    return escaped(note)


def _answer(name: str, language: str) -> str:
    return f"<div>{_swatch(ANSWER_COLOURS[name])}{_text(f'answer_{name}', language)}</div>"


def _answer_note(gaps: "Gaps", language: str) -> str:
    confidence = percent(100 * gaps.uncertainty.confidence, language)
    return escaped(word("legend_answer_note", language).format(confidence=confidence))


def _bar(colours: Sequence[str], edges: Sequence[float], language: str, *, every: int = 1) -> str:
    """Colours side by side; under the right end of each the bound it shares with the next."""
    labels = [
        _minus(number(edge, language)) if place % every == 0 else ""
        for place, edge in enumerate(edges)
    ]
    spans = (
        f'<span style="--colour: {colour}">{label}</span>'
        for colour, label in zip(colours, [*labels, ""], strict=True)
    )
    return f'<div class="bar">{"".join(spans)}</div>'


def _mark(key: str, colour: str, language: str) -> str:
    return f"<div>{_swatch(colour)}{_text(f'mark_{key}', language)}</div>"


def _swatch(colour: str) -> str:
    return f'<i style="background: {colour}"></i>'


def _text(key: str, language: str) -> str:
    return escaped(word(key, language))


def _minus(text: str) -> str:
    return text.replace("-", "−")
