"""The rasters of a map, as codes, and how fine they are in its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from phusong.gaps.state import STATES
from phusong.report.map_scales import (
    BARS,
    Scale,
    answer_scale,
    bar_codes,
    bar_scale,
    named_codes,
    probability_scale,
    server_scale,
    state_scale,
)
from phusong.report.map_values import pack, packed_size, thinned
from phusong.report.popups import operator_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from phusong.gaps import Gaps
    from phusong.prediction import Coverage
    from phusong.prediction.quality import Quality

__all__ = ["Raster", "coverage_rasters", "factors_for", "gaps_rasters", "in_page", "scales"]

_LADDER: Final = ((1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (3, 6), (4, 8), (6, 12), (8, 16))
"""By what states and answers, and other rasters, are thinned, the finest first: a state says more
where it is fine, and takes less room."""

_FINE: Final = ("state", "answer")
_QUALITY: Final = {"sinr": "sinr_db", "throughput": "throughput_down_mbps"}


@dataclass(frozen=True, eq=False)
class Raster:
    """One layer of codes.

    Attributes
    ----------
    scale
        Key of its `Scale`.
    technology, operator
        Whose; the operator `ANY` among them.
    codes
        (y, x) of the scene's grid, one or two bytes; None for a probability, which is told from
        the codes of the level.
    texts
        Of the codes from 1, where they are this raster's own.
    later, year
        Whether it is of the gaps to compare with, and of which year.
    """

    scale: str
    technology: str
    operator: str
    codes: NDArray[Any] | None
    texts: Sequence[str] | None = None
    later: bool = False
    year: int | None = None


def gaps_rasters(gaps: "Gaps", *, later: bool = False, year: int | None = None) -> list[Raster]:
    """States and answers of any operator and of each; states alone of gaps to compare with."""
    found = []
    for scale, layers in {"state": gaps.state, "answer": gaps.answer}.items():
        if later and scale == "answer":
            continue
        *operators, any_operator = _names(layers["operator"])
        for technology, operator in product(
            _names(layers["technology"]), [any_operator, *operators]
        ):
            codes = _layer(layers, operator, technology)
            if (codes < STATES["not_computed"]).any():
                shown = named_codes(codes, scale)
                found.append(Raster(scale, technology, operator, shown, None, later, year))
    return found


def coverage_rasters(
    coverage: "Coverage", quality: "Quality | None", inside: NDArray[np.bool_]
) -> list[Raster]:
    """Level, best server, probability, SINR and throughput of each operator and technology."""
    found = []
    for technology, operator in product(coverage.technologies, coverage.operators):
        level = _layer(coverage["level_dbm"], operator, technology)
        if not np.isfinite(level[inside]).any():
            continue
        codes = bar_codes(level, inside, BARS["level"])
        found.append(Raster("level", technology, operator, codes))
        found.append(Raster(f"probability_{technology}", technology, operator, None))
        found.append(_server_raster(coverage, operator, technology, inside))
        if quality is not None:
            for scale, name in _QUALITY.items():
                values = _layer(quality[name], operator, technology)
                codes = bar_codes(values, inside, BARS[scale])
                found.append(Raster(scale, technology, operator, codes))
    return found


def scales(
    rasters: Sequence[Raster], coverage: "Coverage | None", language: str
) -> dict[str, Scale]:
    """The scales of these rasters by their keys."""
    made: dict[str, Scale] = {}
    for key in dict.fromkeys(raster.scale for raster in rasters):
        if key == "state":
            made[key] = state_scale(language)
        elif key == "answer":
            made[key] = answer_scale(language)
        elif key == "server":
            made[key] = server_scale(language)
        elif key in BARS:
            made[key] = bar_scale(key, language)
        elif coverage is not None:
            technology = key.removeprefix("probability_")
            least = coverage.profile.requirements(technology, "basic")["level_dbm"]
            made[key] = probability_scale(least, coverage.shadowing_sigma_db, language)
    return made


def factors_for(rasters: Sequence[Raster], most_bytes: float) -> tuple[int, int]:
    """How far to thin states and answers, and other rasters, to stay within a size."""
    for fine, coarse in _LADDER:
        size = sum(
            packed_size(thinned(raster.codes, fine if raster.scale in _FINE else coarse))
            for raster in rasters
            if raster.codes is not None
        )
        if size <= most_bytes:
            break
    return fine, coarse


def in_page(
    rasters: Sequence[Raster], factors: tuple[int, int], language: str
) -> list[dict[str, Any]]:
    """What the page holds of each raster; a probability has the bands of its level."""
    packed: list[dict[str, Any]] = []
    levels: Mapping[tuple[str, str], int] = {
        (raster.technology, raster.operator): place
        for place, raster in enumerate(rasters)
        if raster.scale == "level"
    }
    for raster in rasters:
        about: dict[str, Any] = {
            "scale": raster.scale,
            "technology": raster.technology,
            "operator": operator_name(raster.operator, language),
            "texts": raster.texts,
            "later": raster.later,
            "year": raster.year,
        }
        if raster.codes is None:
            about["of"] = levels[raster.technology, raster.operator]
        else:
            about["factor"] = factors[raster.scale not in _FINE]
            held = pack(thinned(raster.codes, about["factor"]))
            about |= {"bands": held.bands, "wide": held.wide, "differences": held.differences}
        packed.append(about)
    return packed


def _server_raster(
    coverage: "Coverage", operator: str, technology: str, inside: NDArray[np.bool_]
) -> Raster:
    server = _layer(coverage["server"], operator, technology)
    known = inside & (server >= 0)
    cells, places = np.unique(server[known], return_inverse=True)
    codes = np.where(inside, 1, 0).astype(np.uint16)
    codes[known] = places + 2
    ids = coverage.network.cells["cell_id"].iloc[cells]
    return Raster("server", technology, operator, codes, ["–", *map(str, ids)])


def _layer(layers: "xr.DataArray", operator: str, technology: str) -> NDArray[Any]:
    values: NDArray[Any] = layers.sel(operator=operator, technology=technology).to_numpy()
    return values


def _names(axis: Any) -> list[str]:
    return [str(name) for name in axis.values]
