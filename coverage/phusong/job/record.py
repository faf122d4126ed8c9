"""``run.json``: what a result was made from, so that it can be made again."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rasterio

from phusong.report.files import replacing
from phusong.report.tables import summary_values

if TYPE_CHECKING:
    from phusong.job.running import Job

__all__ = ["input_digests", "write_record"]

PACKAGES = ("phusong", "numpy", "numba", "scipy", "pandas", "geopandas", "rasterio", "odc-geo")


def write_record(path: Path, job: "Job", settings_file: Path) -> Path:
    """Write inputs with hashes, versions, every parameter and the main figures as JSON.

    Nothing in it depends on when or how fast the job ran: the same inputs give the same record.
    """
    values = summary_values(job.gaps, job.plan)
    record = {
        "name": job.settings.name,
        "settings_file": settings_file.name,
        "language": job.language,
        "settings": job.settings.model_dump(mode="json"),
        "prediction": job.coverage.settings.model_dump(mode="json"),
        "profile": json.loads(job.coverage.profile.to_json()),
        "inputs": _inputs(job, settings_file.parent),
        "antennas": _antennas(job),
        "versions": _versions(),
        "summary": json.loads(values.to_json(orient="index")),
        "findings": job.findings["severity"].value_counts().sort_index().to_dict(),
        "files": {kind: file.name for kind, file in job.files.items()},
    }
    with replacing(path) as partial:
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        partial.write_text(text, encoding="utf8")
    return path


def input_digests(job: "Job", folder: Path) -> dict[str, str]:
    """SHA-256 of each input that is a file; ``folder`` is that of the settings file."""
    stations = folder / job.settings.inputs.stations
    with stations.open("rb") as content:
        digests = {"stations": hashlib.file_digest(content, "sha256").hexdigest()}
    return digests | {name: source.sha256 for name, source in job.scene.sources.items()}


def _inputs(job: "Job", folder: Path) -> dict[str, Any]:
    digests = input_digests(job, folder)
    given = job.settings.inputs.model_dump(mode="json")
    return {name: {"path": given[name], "sha256": digests[name]} for name in sorted(digests)}


def _antennas(job: "Job") -> dict[str, Any]:
    """What stands for each antenna that a cell names: where from, and a hash of its pattern."""
    told = ("source", "gain_dbi", "electrical_tilt_deg", "sha256")
    patterns = sorted(job.network.antennas.items())
    return {name: {each: getattr(pattern, each) for each in told} for name, pattern in patterns}


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "gdal": rasterio.__gdal_version__} | packages
