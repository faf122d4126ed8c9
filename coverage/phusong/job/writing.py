"""What a job leaves on disk, but for its record."""

from pathlib import Path
from typing import TYPE_CHECKING

from phusong.job.record import input_digests
from phusong.report import map as draw_map
from phusong.report.excel import write_excel
from phusong.report.files import replacing, write_csv, write_geoparquet, write_gpkg
from phusong.report.kml import write_kmz
from phusong.report.open_data import InputSource, Licence, write_open_data
from phusong.report.rasters import remove_cogs, write_cogs

if TYPE_CHECKING:
    from phusong.job.running import Job
    from phusong.job.settings import JobSettings

__all__ = ["write_results"]


def write_results(job: "Job", output: Path, settings_file: Path) -> dict[str, Path]:
    """Write map, tables, layers and what else the settings ask for; return the files by kind."""
    gaps, plan, wanted = job.gaps, job.plan, job.settings.output
    files = {"map": output / "map.html"}
    with replacing(files["map"]) as partial:
        page = draw_map(job.coverage, gaps, plan, name=job.settings.name, language=job.language)
        page.save(partial)
    files["workbook"] = write_excel(
        output / "coverage.xlsx", gaps, plan, job.findings, job.language, **job.checks
    )
    files["layers"] = write_gpkg(output / "coverage.gpkg", gaps, plan)
    files["findings"] = write_csv(output / "findings.csv", job.findings)
    files["cells"] = _write_cells(job, output / "cells.csv")
    files["levels"] = output / "coverage.nc"
    with replacing(files["levels"]) as partial:
        job.coverage.save(partial)
    if gaps.quality is not None:
        files["quality"] = gaps.quality.save(output / "quality.nc")
    if wanted.rasters:
        files["rasters"] = output / "rasters"
        remove_cogs(files["rasters"])
        write_cogs(files["rasters"], job.coverage, gaps)
    if wanted.google_earth:
        files["google_earth"] = write_kmz(
            output / "coverage.kmz", gaps, plan, job.language, name=job.settings.name
        )
    if wanted.geoparquet:
        files["geoparquet"] = output / "geoparquet"
        write_geoparquet(files["geoparquet"], gaps, plan)
    if wanted.open_data:
        files["open_data"] = _write_open_data(job, output / "open_data", settings_file)
    return files


def _write_cells(job: "Job", path: Path) -> Path:
    """The cells by the numbers that stand for them in the layer of servers."""
    models = job.coverage.models[["model", "why"]].add_prefix("prediction_")
    cells = job.coverage.network.cells.join(models)
    return write_csv(path, cells.rename_axis("server").reset_index())


def _write_open_data(job: "Job", folder: Path, settings_file: Path) -> Path:
    settings = job.settings
    licence = None
    if settings.licence is not None:
        licence = Licence(settings.licence.name, settings.licence.url)
    return write_open_data(
        folder,
        job.gaps,
        job.plan,
        title=settings.name,
        sources=_sources(settings, input_digests(job, settings_file.parent)),
        licence=licence,
        rasters=settings.output.rasters,
        **job.checks,
    )


def _sources(settings: "JobSettings", digests: dict[str, str]) -> list[InputSource]:
    files, sources = dict(settings.inputs), []
    for name, digest in sorted(digests.items()):
        told = settings.sources[name].model_dump() if name in settings.sources else {}
        sources.append(InputSource(name, files[name].name, digest, **told))
    return sources
