"""What the page of a map is given: one JSON of texts, rasters and places."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np

from phusong.errors import InputError
from phusong.gaps import ANY, Gaps
from phusong.report.legend import MARKS, legends
from phusong.report.map_places import (
    bare_communes,
    communes_in_page,
    dead_spots_in_page,
    masts_in_page,
    sites_in_page,
    villages_in_page,
)
from phusong.report.map_rasters import (
    Raster,
    coverage_rasters,
    factors_for,
    gaps_rasters,
    in_page,
    scales,
)
from phusong.report.map_values import BAND_ROWS, web_fit
from phusong.report.markup import script_json
from phusong.report.words import map_title, number, percent, word

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network
    from phusong.planning import Plan
    from phusong.prediction import Coverage
    from phusong.prediction.quality import Quality

__all__ = ["MapData", "Subject"]

_WORDS: Final = (
    "after", "at_this_place", "before", "compare", "dead_spot", "layers", "legend", "measure",
    "measure_how", "name", "no_comparison", "opacity", "search", "served_people_pct", "up_to_year",
    "village", "zoom_in", "zoom_out",
)  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """What a map is of; parts that are None are not drawn."""

    scene: "Scene | None" = None
    network: "Network | None" = None
    coverage: "Coverage | None" = None
    gaps: Gaps | None = None
    plan: "Plan | None" = None
    quality: "Quality | None" = None
    after: Mapping[int | None, Gaps] = field(default_factory=dict)

    @property
    def technologies(self) -> list[str]:
        """Technologies of the gaps, else of the coverage."""
        of = self.gaps.coverage if self.gaps is not None else self.coverage
        return [] if of is None else list(of.technologies)

    @property
    def first_technology(self) -> str:
        """The technology that is shown first: the plan's where it is compared, else 4G."""
        if self.after and self.plan is not None:
            return self.plan.technology
        return "4G" if "4G" in self.technologies else self.technologies[0]

    @property
    def years(self) -> list[int]:
        """Years of the plan's sites and of what is compared."""
        of_after = {year for year in self.after if year is not None}
        of_plan: set[int] = set()
        if self.plan is not None and "year" in self.plan.sites:
            of_plan = {int(year) for year in self.plan.sites["year"].dropna()}
        return sorted(of_after | of_plan)


class MapData:
    """The data of a page.

    Parameters
    ----------
    subject
        What is drawn.
    language
        One of `phusong.report.words.languages`.
    name
        Of the area, for the title.
    """

    def __init__(self, subject: Subject, language: str, name: str) -> None:
        self.subject = subject
        self.language = language
        self.title = map_title(name, language)
        self.rasters = _rasters(subject)
        self.places = _places(subject, language)

    @property
    def bounds_degrees(self) -> list[list[float]]:
        """South-western and north-eastern corner of what is drawn: latitude, longitude."""
        subject = self.subject
        if subject.scene is not None:
            shapes = subject.scene.communes
        elif subject.network is not None:
            shapes = subject.network.sites()
        else:
            shapes = subject.plan.sites if subject.plan is not None else gpd.GeoDataFrame()
        west, south, east, north = shapes.to_crs("EPSG:4326").total_bounds.tolist()
        return [[south, west], [north, east]]

    def json(self, most_mb: float, other_bytes: int) -> str:
        """The JSON, its rasters thinned so that the page stays within a size.

        ``other_bytes`` is what else stands in the page.
        """
        subject, language = self.subject, self.language
        every_scale = scales(self.rasters, subject.coverage, language)
        rest = len(script_json(self.places).encode("utf8")) + other_bytes
        factors = factors_for(self.rasters, most_mb * 1e6 - rest)
        rasters = in_page(self.rasters, factors, language)
        size_mb = (len(script_json(rasters).encode("utf8")) + rest) / 1e6
        later_years = sorted({each.year for each in self.rasters if each.later}, key=_year_order)
        data = {
            "language": language,
            "title": self.title,
            "subtitle": _subtitle(subject, language),
            "words": {key: word(key, language) for key in _WORDS},
            "marks": MARKS,
            "bandRows": BAND_ROWS,
            "warp": _warp(subject.scene) if rasters and subject.scene is not None else None,
            "scales": {
                key: {
                    "heading": scale.heading,
                    "texts": scale.texts,
                    "colours": scale.colours,
                    "cycle": scale.cycle,
                }
                for key, scale in every_scale.items()
            },
            "rasters": rasters,
            "years": subject.years,
            "laterYears": later_years,
            "legends": legends(every_scale, subject.gaps, self._note(factors, size_mb), language),
            **self.places,
        }
        return script_json(data)

    def _note(self, factors: tuple[int, int], size_mb: float) -> str:
        if not self.rasters or self.subject.scene is None:
            return ""
        fine_m, coarse_m = (factor * self.subject.scene.resolution_m for factor in factors)
        return word("legend_pixels", self.language).format(
            fine_m=number(fine_m, self.language),
            coarse_m=number(coarse_m, self.language),
            size_mb=number(size_mb, self.language, 1),
        )


def _rasters(subject: Subject) -> list[Raster]:
    gaps, coverage, scene = subject.gaps, subject.coverage, subject.scene
    found: list[Raster] = []
    if gaps is not None:
        found += gaps_rasters(gaps)
        states = {
            (each.technology, each.operator): each.codes for each in found if each.scale == "state"
        }
        for year, after in subject.after.items():
            _check_same_grid(gaps, after)
            found += [
                later
                for later in gaps_rasters(after, later=True, year=year)
                if not _equal(later.codes, states.get((later.technology, later.operator)))
            ]
    if coverage is not None and scene is not None:
        inside = scene.commune_labels.to_numpy() > 0
        found += coverage_rasters(coverage, subject.quality, inside)
    return found


def _equal(one: Any, other: Any) -> bool:
    return other is not None and bool(np.array_equal(one, other))


def _check_same_grid(gaps: Gaps, after: Gaps) -> None:
    if after.coverage.scene.grid != gaps.coverage.scene.grid:
        raise InputError("after", ["lies on another grid than the gaps: take the same scene"])


def _places(subject: Subject, language: str) -> dict[str, Any]:
    gaps, plan, scene, network = subject.gaps, subject.plan, subject.scene, subject.network
    places: dict[str, Any] = dict.fromkeys(("communes", "deadSpots", "villages", "masts", "sites"))
    if gaps is not None:
        places["communes"] = communes_in_page(gaps, language)
        places["deadSpots"] = dead_spots_in_page(gaps, subject.technologies, language)
        places["villages"] = villages_in_page(gaps, subject.technologies, language)
    elif scene is not None:
        places["communes"] = bare_communes(scene, language)
    if network is not None:
        places["masts"] = masts_in_page(network, language)
    if plan is not None:
        places["sites"] = sites_in_page(plan, language)
    return places


def _subtitle(subject: Subject, language: str) -> str:
    """Percent of people served in each technology by any operator."""
    if subject.gaps is None:
        return ""
    shares = " · ".join(
        f"{technology} {percent(subject.gaps.served_percent(technology, ANY), language)}"
        for technology in subject.technologies
    )
    return word("map_subtitle", language).format(shares=shares)


def _warp(scene: "Scene") -> dict[str, Any]:
    fit = web_fit(scene.grid)
    rows, columns = scene.grid.shape
    height, width = fit.shape
    sides = ("west", "south", "east", "north")
    return {
        "rows": rows,
        "columns": columns,
        "height": height,
        "width": width,
        "powers": fit.powers,
        "column": fit.column.tolist(),
        "row": fit.row.tolist(),
        **dict(zip(sides, fit.bounds_m, strict=True)),
        "degrees": dict(zip(sides, fit.bounds_degrees, strict=True)),
    }


def _year_order(year: int | None) -> int:
    return -1 if year is None else year
