"""What the numbers rest on, as a table to be read."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from phusong.radio.service import TIERS
from phusong.report.columns import column_heading
from phusong.report.phrases import phrase
from phusong.report.words import word

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["assumptions"]

_TOLD_BEFORE: Final = ("model", "range_km", "receiver_height_m", "shadowing_sigma_db")
"""Settings of a prediction that stand in rows of their own."""

_Row = tuple[str, object]


def assumptions(gaps: "Gaps", language: str) -> pd.DataFrame:
    """Return profile, thresholds, errors, settings and sources: "assumption" and "value".

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    language
        One of `phusong.report.words.languages`.
    """
    rows = [
        *_profile_rows(gaps, language),
        *_error_rows(gaps, language),
        *_prediction_rows(gaps, language),
        *_input_rows(gaps, language),
    ]
    return pd.DataFrame(rows, columns=["assumption", "value"], dtype=object)


def _profile_rows(gaps: "Gaps", language: str) -> Iterator[_Row]:
    by, profile = gaps.yardstick, gaps.profile
    title, source = (phrase(text, language) for text in (profile.title, profile.source))
    yield word("assumed_profile", language), f"{profile.name}: {title}"
    yield word("assumed_profile_source", language), f"{source} ({profile.date})"
    yield word("assumed_probability", language), profile.probability
    load = word("not_named", language) if by.load is None else by.load
    yield word("assumed_load", language), load
    yield word("assumed_place", language), phrase(profile.place, language)
    if by.nsa:
        yield word("assumed_nsa", language), ", ".join(by.nsa)
    yield word("assumed_receiver_height_m", language), gaps.coverage.settings.receiver_height_m
    for technology, tier in product(profile.technologies, TIERS):
        for metric, least in profile.requirements(technology, tier).items():
            state, unit = word(f"state_{tier}", language), word(f"asked_{metric}", language)
            yield f"{technology}: {state} ({unit})", least
    yield word("assumed_min_area_km2", language), gaps.min_area_km2
    settlements = gaps.coverage.scene.are_settlements
    told = word("kind_settlement" if settlements else "villages_given", language)
    yield word("assumed_villages", language), told
    yield word("assumed_village_rule", language), gaps.village_rule.text(language)


def _error_rows(gaps: "Gaps", language: str) -> Iterator[_Row]:
    assumed, coverage = gaps.uncertainty, gaps.coverage
    models = sorted(set(coverage.data["model"].to_numpy().astype(str)))
    yield word("assumed_sigma_db", language), coverage.shadowing_sigma_db
    yield word("assumed_confidence", language), assumed.confidence
    yield word("assumed_correlation_km", language), assumed.correlation_km
    yield word("assumed_common_share", language), assumed.common_share
    noise_m = assumed.terrain_noise_of(coverage.scene)[0]
    yield word("assumed_terrain_noise_m", language), noise_m
    for name in models:
        label = f"{word('assumed_model_error_db', language)}: {name}"
        yield label, assumed.model_error_of(name)


def _prediction_rows(gaps: "Gaps", language: str) -> Iterator[_Row]:
    coverage = gaps.coverage
    yield word("assumed_model", language), str(coverage.data.attrs["model"])
    yield word("assumed_pixel_m", language), coverage.scene.resolution_m
    yield word("assumed_crs", language), str(coverage.scene.grid.crs)
    for technology in coverage.network.technologies:
        range_km = coverage.settings.range_of(technology)
        yield f"{technology}: {word('assumed_range_km', language)}", range_km
    for name, value in coverage.settings.model_dump(exclude=set(_TOLD_BEFORE)).items():
        told = phrase(value, language) if isinstance(value, str) else value
        yield column_heading(name, language, "predict"), told


def _input_rows(gaps: "Gaps", language: str) -> Iterator[_Row]:
    """Every file that was read, and every antenna that cells name."""
    network = gaps.coverage.network
    stations = {} if network.source is None else {"stations": network.source}
    data = word("assumed_source", language)
    for name, source in {**stations, **gaps.coverage.scene.sources}.items():
        told = f"{Path(source.path).name}, sha256 {source.sha256}"
        yield f"{data}: {column_heading(name, language, 'input')}", told
    for name, pattern in sorted(network.antennas.items()):
        told = f"{phrase(pattern.source, language)}, sha256 {pattern.sha256}"
        yield f"{data}: {column_heading('antennas', language, 'input')} {name}", told
