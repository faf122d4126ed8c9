"""What each step of a job leaves on disk."""

from pathlib import Path
from typing import TYPE_CHECKING

from phusong.job.record import input_digests
from phusong.report import map as draw_map
from phusong.report.columns import sentences_told
from phusong.report.excel import write_excel
from phusong.report.files import replacing, write_csv, write_geoparquet, write_gpkg
from phusong.report.kml import write_kmz
from phusong.report.making import make_report
from phusong.report.open_data import InputSource, Licence, write_open_data
from phusong.report.rasters import remove_cogs, write_cogs

if TYPE_CHECKING:
    from phusong.job.running import Job

__all__ = ["write_coverage", "write_gaps", "write_map", "write_plan", "write_report"]


def write_coverage(job: "Job") -> dict[str, Path]:
    """Levels, cells and findings."""
    output = job.output
    files = {"levels": output / "coverage.nc"}
    with replacing(files["levels"]) as partial:
        job.coverage.save(partial)
    files["cells"] = _write_cells(job, output / "cells.csv")
    files["findings"] = write_csv(
        output / "findings.csv", sentences_told(job.findings, job.language)
    )
    return files


def write_gaps(job: "Job") -> dict[str, Path]:
    """Layers of communes, dead spots and villages, rasters, and the quality that was needed."""
    gaps, output = job.gaps, job.output
    files = {}
    if "report" not in job.done:  # which writes them with the sites
        files["layers"] = write_gpkg(output / "coverage.gpkg", gaps)
    if gaps.quality is not None:
        files["quality"] = gaps.quality.save(output / "quality.nc")
    if job.settings.output.rasters:
        files["rasters"] = output / "rasters"
        remove_cogs(files["rasters"])
        write_cogs(files["rasters"], job.coverage, gaps)
    return files


def write_plan(job: "Job") -> dict[str, Path]:
    """The plan, which `phusong.Plan.open` reads, where there is one."""
    if job.plan is None:
        return {}
    return {"plan": job.plan.save(job.output / "plan.gpkg")}


def write_map(job: "Job") -> dict[str, Path]:
    """The map."""
    gaps, plan = job.gaps, job.plan
    job.say("drawing the map")
    path = job.output / "map.html"
    with replacing(path) as partial:
        page = draw_map(job.coverage, gaps, plan, name=job.settings.name, language=job.language)
        page.save(partial, offline=job.settings.output.offline_map)
    return {"map": path}


def write_report(job: "Job") -> dict[str, Path]:
    """Everything that people read: workbook, layers with the sites, Google Earth, open data."""
    gaps, plan, output, wanted = job.gaps, job.plan, job.output, job.settings.output
    checks = job.checks
    job.say("writing the report")
    files = {
        "workbook": write_excel(
            output / "coverage.xlsx", gaps, plan, job.findings, job.language, **checks
        ),
        "layers": write_gpkg(output / "coverage.gpkg", gaps, plan),
    }
    page = make_report(
        job.coverage,
        gaps,
        plan,
        findings=job.findings,
        title=job.settings.name,
        sources=_sources(job),
        licence=_licence(job),
        language=job.language,
        **checks,
    )
    for kind, name in (("report", "report.html"), ("report_to_print", "report.pdf")):
        files[kind] = page.save(output / name)
    if wanted.google_earth:
        files["google_earth"] = write_kmz(
            output / "coverage.kmz", gaps, plan, job.language, name=job.settings.name
        )
    if wanted.geoparquet:
        files["geoparquet"] = output / "geoparquet"
        write_geoparquet(files["geoparquet"], gaps, plan)
    if wanted.open_data:
        files["open_data"] = _write_open_data(job, output / "open_data")
    return files


def _write_cells(job: "Job", path: Path) -> Path:
    """The cells by the numbers that stand for them in the layer of servers."""
    models = job.coverage.models[["model", "why"]].add_prefix("prediction_")
    cells = job.coverage.network.cells.join(models)
    return write_csv(path, cells.rename_axis("server").reset_index())


def _write_open_data(job: "Job", folder: Path) -> Path:
    return write_open_data(
        folder,
        job.gaps,
        job.plan,
        title=job.settings.name,
        sources=_sources(job),
        licence=_licence(job),
        rasters=job.settings.output.rasters,
        **job.checks,
    )


def _licence(job: "Job") -> Licence | None:
    given = job.settings.licence
    return None if given is None else Licence(given.name, given.url)


def _sources(job: "Job") -> list[InputSource]:
    settings = job.settings
    files, sources = dict(settings.inputs), []
    for name, digest in sorted(input_digests(job, job.inputs.folder).items()):
        told = settings.sources[name].model_dump() if name in settings.sources else {}
        sources.append(InputSource(name, files[name].name, digest, **told))
    return sources
