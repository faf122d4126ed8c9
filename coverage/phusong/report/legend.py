"""The map's legend: what each colour and mark means, with units."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from phusong.gaps.answers import ANSWER_COLOURS
from phusong.gaps.state import STATE_COLOURS
from phusong.radio.service import TIERS
from phusong.report.map_scales import BARS, PROBABILITY, SERVER_COLOURS, Scale
from phusong.report.markup import escaped
from phusong.report.words import number, percent, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.radio.service import ServiceProfile

__all__ = ["MARKS", "SHARE_COLOURS", "SHARE_EDGES_PCT", "legends", "share_colour"]

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


def legends(
    scales: Mapping[str, Scale], gaps: "Gaps | None", note: str, language: str
) -> dict[str, str]:
    """HTML of the legend of each scale, of the communes' colours and of the marks.

    Parameters
    ----------
    scales
        Those of the map's rasters.
    gaps
        Result whose service profile is explained; None where there are no gaps.
    note
        What stands at the end: how fine the rasters are.
    language
        One of `phusong.report.words.languages`.
    """
    html = {key: _of_scale(key, gaps, language) for key in scales}
    html["share"] = _titled(
        "legend_share", _bar(SHARE_COLOURS, SHARE_EDGES_PCT, language), language
    )
    marks = "".join(_mark(key, colour, language) for key, colour in MARKS.items())
    html["marks"] = _titled("legend_marks", marks, language) + f"<p>{escaped(note)}</p>"
    return html


def _of_scale(key: str, gaps: "Gaps | None", language: str) -> str:
    if key == "state" and gaps is not None:
        return _state_legend(gaps, language)
    if key == "answer" and gaps is not None:
        names = ("served", "cannot_say", "not_served", "not_computed")
        answers = "".join(_answer(name, language) for name in names)
        note = f"<p>{_answer_note(gaps, language)}</p>"
        return _titled("legend_answer", answers + note, language)
    swatch = _swatch(STATE_COLOURS["not_computed"])
    missing = f"<div>{swatch}{_text('state_not_computed', language)}</div>"
    if key == "server":
        swatches = "".join(map(_swatch, SERVER_COLOURS))
        note = f"<p>{_text('legend_server_note', language)}</p>"
        return _titled("legend_server", swatches + note + missing, language)
    kind = key.partition("_")[0]
    bar = PROBABILITY if kind == "probability" else BARS[kind]
    drawn = _bar(bar.palette, bar.edges, language, every=bar.every)
    return _titled(f"legend_{kind}", drawn + missing, language)


def _state_legend(gaps: "Gaps", language: str) -> str:
    technologies = [str(name) for name in gaps.state["technology"].values]
    parts = [
        _state_table(gaps.profile, technologies, language),
        f"<p>{_profile_note(gaps, language)}</p>",
        *([f"<p>{_text('legend_quality', language)}</p>"] if gaps.profile.asks_for_quality else []),
    ]
    return _titled("legend_state", "".join(parts), language)


def _titled(key: str, html: str, language: str) -> str:
    return f"<h4>{_text(key, language)}</h4>{html}"


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
