"""The report: what was found, what to do first and how sure that is, as a page and as a PDF."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import pandas as pd

from phusong.errors import InputError
from phusong.gaps import ANY, Checks
from phusong.report.document import Block, Document
from phusong.report.files import replacing
from phusong.report.open_data import InputSource, Licence
from phusong.report.pdf import pdf_bytes
from phusong.report.report_details import (
    check_blocks,
    commune_blocks,
    place_blocks,
    plan_blocks,
)
from phusong.report.report_method import method_blocks, source_blocks
from phusong.report.report_summary import summary_blocks
from phusong.report.web_page import web_page
from phusong.report.words import check_language, number, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan
    from phusong.prediction import Coverage

__all__ = ["Report", "make_report"]

_USUAL_TECHNOLOGY: Final = "4G"
_FRAME: Final = (
    '<iframe sandbox srcdoc="{page}" style="width: 100%; height: 720px; border: 1px solid #ccc">'
    "</iframe>"
)


class Report:
    """A report of a result, from `make_report`; a notebook shows its page.

    Parameters
    ----------
    document
        What it says.
    """

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def html(self) -> str:
        """The page: one file, with its pictures inside, that makes no request to any network."""
        return web_page(self.document)

    @cached_property
    def pdf(self) -> bytes:
        """The PDF, A4 upright."""
        return pdf_bytes(self.document)

    def save(self, path: Path | str) -> Path:
        """Write the report to a file, by its name a page or a PDF; one that is there is replaced.

        Parameters
        ----------
        path
            File to write: ``.html``, ``.htm`` or ``.pdf``. The same report gives the same bytes.

        Raises
        ------
        InputError
            For any other ending.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".html" | ".htm":
                content = self.html.encode("utf-8", "replace")
            case ".pdf":
                content = self.pdf
            case _:
                problem = (
                    f"{target.name}: a report is a page or a PDF; end the name in .html or .pdf"
                )
                raise InputError("path", [problem])
        with replacing(target) as partial:
            partial.write_bytes(content)
        return target

    def __repr__(self) -> str:
        return f"Report {self.document.title!r}: save it as .html or .pdf"

    def _repr_html_(self) -> str:
        return _FRAME.format(page=escape(self.html))


def make_report(
    coverage: "Coverage",
    gaps: "Gaps",
    plan: "Plan | None" = None,
    *,
    findings: pd.DataFrame | None = None,
    title: str | None = None,
    technology: str | None = None,
    sources: Sequence[InputSource] = (),
    licence: Licence | None = None,
    language: str = "en",
    **checks: Unpack[Checks],
) -> Report:
    """Make a report of a result: its summary on a page, a map, and what the summary rests on.

    The numbers are those of the workbook (`phusong.report.write_excel`), from the same tables.

    Parameters
    ----------
    coverage
        Result of `phusong.predict`, that of ``gaps``.
    gaps
        Result of `phusong.find_gaps`.
    plan
        Result of `phusong.propose_sites`; told by year where its sites have a column ``year``.
    findings
        What was repaired, rejected or doubted while the input was read: how many there are is told.
    title
        Of the report, such as the province's name.
    technology
        Whose map, worst communes and first places are told; by default 4G, or the last there is.
    sources
        What is said of the inputs, see `phusong.report.InputSource`; without it the files' names.
    licence
        Of the report.
    language
        One of `phusong.report.languages`.
    **checks
        As of `phusong.report.write_excel`.

    Returns
    -------
    Report
        With ``save("report.html")`` and ``save("report.pdf")``.

    Raises
    ------
    InputError
        For a language or technology that is not there, or gaps of another coverage.

    Examples
    --------
    >>> import phusong as ps
    >>> scene, network = ps.sample(resolution_m=500)
    >>> coverage = ps.predict(network, scene, progress=False)
    >>> ps.make_report(coverage, ps.find_gaps(coverage, causes=False), title="Sample")
    Report 'Sample': save it as .html or .pdf
    """
    check_language(language)
    if coverage is not gaps.coverage:
        raise InputError("gaps", ["are of another coverage; give the coverage that they came from"])
    technologies = [str(name) for name in gaps.state["technology"].to_numpy()]
    usual = _USUAL_TECHNOLOGY if _USUAL_TECHNOLOGY in technologies else technologies[-1]
    chosen = usual if technology is None else technology
    gaps.require(chosen, ANY)
    blocks = _blocks(gaps, plan, chosen, findings, checks, sources, licence, language)
    return Report(
        Document(
            title=title or word("report_title", language),
            subtitle=_subtitle(gaps, language),
            language=language,
            page=word("page", language),
            blocks=tuple(blocks),
        )
    )


def _blocks(
    gaps: "Gaps",
    plan: "Plan | None",
    technology: str,
    findings: pd.DataFrame | None,
    checks: Checks,
    sources: Sequence[InputSource],
    licence: Licence | None,
    language: str,
) -> Iterator[Block]:
    yield from summary_blocks(gaps, plan, technology, language)
    yield from place_blocks(gaps, technology, language)
    if plan is not None:
        yield from plan_blocks(gaps, plan, technology, language)
    yield from commune_blocks(gaps, technology, language)
    yield from check_blocks(language, checks)
    yield from method_blocks(gaps, findings, language)
    yield from source_blocks(gaps, sources, licence, language)


def _subtitle(gaps: "Gaps", language: str) -> str:
    scene = gaps.coverage.scene
    return word("report_subtitle", language).format(
        communes=number(len(scene.communes), language),
        people=number(float(scene.communes["people"].sum()), language),
        pixel_m=number(scene.resolution_m, language),
        model=gaps.coverage.data.attrs["model"],
        profile=gaps.profile.name,
    )
