"""The interactive map: one call, one page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from folium.features import Control
from folium.plugins import Fullscreen

from phusong.gaps import Gaps
from phusong.report.map_data import MapData, Subject
from phusong.report.map_page import MapPage
from phusong.report.map_tree import backgrounds, layer_control, layers_of, overlays
from phusong.report.words import check_language, word

if TYPE_CHECKING:
    from phusong.planning import Plan
    from phusong.prediction import Coverage
    from phusong.prediction.quality import Quality

__all__ = ["draw", "map"]


def map(  # noqa: A001  (read as phusong.map; nothing here needs Python's own)
    coverage: "Coverage",
    gaps: Gaps | None = None,
    plan: "Plan | None" = None,
    *,
    after: Gaps | Mapping[int, Gaps] | None = None,
    quality: "Quality | None" = None,
    name: str = "",
    language: str = "en",
) -> MapPage:
    """Draw a coverage, its gaps and a plan on an interactive map.

    Parameters
    ----------
    coverage
        Result of `phusong.predict`: level, best server and probability of each operator and
        technology.
    gaps
        Result of `phusong.find_gaps` for that coverage: states and answers (served, not served,
        cannot say) of each operator and of any, communes with their scorecards, dead spots and
        villages.
    plan
        Result of `phusong.propose_sites`: numbered sites with their sectors, and a slider of years
        where they have a ``year``.
    after
        What the states are compared with, left and right of a line that is dragged: gaps with the
        plan built, of another year or network, such as
        ``gaps.again(coverage.update(plan.as_network()))``; or several, by their years.
    quality
        Result of ``coverage.quality``: SINR and throughput. That of the gaps where not given.
    name
        Of the area, for the title.
    language
        One of `phusong.report.words.languages`.

    Returns
    -------
    MapPage
        A folium map: ``.save("map.html")``, or ``.save("map.html", offline=True)`` for a page that
        asks for nothing from any network. Where it is clicked it tells every layer's value of that
        pixel. The same input gives the same page.

    Raises
    ------
    InputError
        For a language that is not there, or gaps to compare with on another grid.
    """
    if quality is None and gaps is not None:
        quality = gaps.quality
    compared: dict[int | None, Gaps] = {}
    if isinstance(after, Gaps):
        compared[None] = after
    else:
        for year, gaps_then in (after or {}).items():
            compared[year] = gaps_then
    subject = Subject(
        scene=coverage.scene,
        network=coverage.network,
        coverage=coverage,
        gaps=gaps,
        plan=plan,
        quality=quality,
        after=compared,
    )
    return draw(subject, name=name, language=language)


def draw(subject: Subject, *, name: str = "", language: str = "en") -> MapPage:
    """Draw whatever a subject holds; `map` says how."""
    check_language(language)
    data = MapData(subject, language, name)
    page = MapPage(data)
    base = backgrounds(subject.scene, language)
    groups = overlays(data)
    for layer in layers_of([*base, *groups]):
        layer.add_to(page)
    layer_control(base, groups, language).add_to(page)
    Fullscreen(  # type: ignore[no-untyped-call]
        title=word("full_screen", language), title_cancel=word("full_screen_end", language)
    ).add_to(page)
    Control("Scale", imperial=False).add_to(page)
    page.fit_bounds(data.bounds_degrees)
    page.finish()
    return page
