"""The report's last part: how the numbers were made, on what they rest, how far to trust them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from phusong.report.assumptions import assumptions
from phusong.report.cells import value_text
from phusong.report.columns import column_heading, table_title
from phusong.report.document import Block, Heading, Table, Text
from phusong.report.open_data import InputSource, Licence
from phusong.report.phrases import phrase
from phusong.report.words import codes, number, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["method_blocks", "source_blocks"]

_METHOD: Final = ("levels", "states", "people", "plan")
_UNCERTAINTY: Final = ("computed", "errors", "between", "inputs")
_DIGITS_OF_HASH: Final = 12


def method_blocks(gaps: "Gaps", findings: pd.DataFrame | None, language: str) -> Iterator[Block]:
    """Tell method, uncertainty, the number of findings and every assumption.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    findings
        What was repaired, rejected or doubted while the input was read.
    language
        One of `phusong.report.words.languages`.
    """
    values = _values(gaps, language)
    for part, keys in (("method", _METHOD), ("uncertainty", _UNCERTAINTY)):
        yield Heading(word(f"report_{part}", language), new_sheet=part == "method")
        for key in keys:
            yield Text(word(f"report_{part}_{key}", language).format(**values))
    if findings is not None:
        yield Heading(table_title("findings", language))
        yield _counted(findings, language)
        yield Text(word("report_findings_note", language), quiet=True)
    yield Heading(table_title("assumptions", language))
    rows = tuple(
        (str(told), value_text(value, language))
        for told, value in assumptions(gaps, language).itertuples(index=False, name=None)
    )
    head = (word("assumption", language), word("value", language))
    yield Table(head, rows, (False, False))


def source_blocks(
    gaps: "Gaps", sources: Sequence[InputSource], licence: Licence | None, language: str
) -> Iterator[Block]:
    """Tell where each input came from and under what terms, and those of the report itself.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`.
    sources
        The inputs as whoever gave them describes them; without any, the files that were read.
    licence
        Of the report; None where none was given.
    language
        One of `phusong.report.words.languages`.
    """
    not_given = word("not_given", language)
    yield Heading(word("report_sources", language))
    head = ("input", "file", "title", "licence", "url", "sha256")
    rows = tuple(
        (
            column_heading(source.name, language, "input"),
            source.file,
            source.title or not_given,
            source.licence or not_given,
            source.url or not_given,
            source.sha256[:_DIGITS_OF_HASH],
        )
        for source in sources or _files_read(gaps)
    )
    headings = tuple(word(f"report_source_{key}", language) for key in head)
    yield Table(headings, rows, (False,) * len(head))
    told = not_given if licence is None else " ".join(filter(None, (licence.name, licence.url)))
    yield Text(word("report_licence", language).format(licence=told))


def _files_read(gaps: "Gaps") -> list[InputSource]:
    network = gaps.coverage.network
    stations = {} if network.source is None else {"stations": network.source}
    files = {**stations, **gaps.coverage.scene.sources}
    return [InputSource(name, Path(file.path).name, file.sha256) for name, file in files.items()]


def _counted(findings: pd.DataFrame, language: str) -> Table:
    """How many findings there are of each severity."""
    counts = findings["severity"].value_counts()
    rows = tuple(
        (word(f"severity_{severity}", language), number(counts.get(severity, 0), language))
        for severity in codes("severity")
    )
    head = (word("severity", language), word("report_count", language))
    return Table(head, rows, (False, True))


def _values(gaps: "Gaps", language: str) -> dict[str, Any]:
    """What the sentences of method and uncertainty name."""
    coverage, profile = gaps.coverage, gaps.profile
    return {
        "model": coverage.data.attrs["model"],
        "pixel_m": number(coverage.scene.resolution_m, language),
        "height_m": number(coverage.settings.receiver_height_m, language, 1),
        "place": phrase(profile.place, language),
        "profile": profile.name,
        "probability": f"{value_text(100.0 * profile.probability, language)} %",
        "min_area_km2": number(gaps.min_area_km2, language, 2),
        "sigma_db": number(coverage.shadowing_sigma_db, language, 1),
        "confidence": f"{value_text(100.0 * gaps.uncertainty.confidence, language)} %",
    }
