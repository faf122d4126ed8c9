"""What a job tells at its end, for people and for programs."""

import json
from typing import TYPE_CHECKING

from phusong.report.tables import summary, summary_values

if TYPE_CHECKING:
    from phusong.job.running import Job
    from phusong.planning import Plan

__all__ = ["as_text", "to_json"]


def as_text(job: "Job") -> str:
    """The summary where gaps were looked at, how many findings there are, and the files."""
    lines = [f"\n{job.settings.name}\n"]
    if _has_gaps(job):
        lines += [summary(job.gaps, _plan(job), language=job.language).to_string(), ""]
    counts = job.findings["severity"].value_counts()
    lines += [f"{severity:>12}: {count} in findings.csv" for severity, count in counts.items()]
    lines += [""] + [f"{kind:>12}: {file}" for kind, file in job.files.items()]
    return "\n".join(lines)


def to_json(job: "Job") -> str:
    """The same as JSON: name, steps, files, findings by severity, summary."""
    told = {
        "name": job.settings.name,
        "steps": list(job.done),
        "files": {kind: str(file) for kind, file in job.files.items()},
        "findings": job.findings["severity"].value_counts().sort_index().to_dict(),
    }
    if _has_gaps(job):
        values = summary_values(job.gaps, _plan(job))
        told["summary"] = json.loads(values.to_json(orient="index"))
    return json.dumps(told, indent=2, ensure_ascii=False)


def _has_gaps(job: "Job") -> bool:
    return set(job.done) != {"predict"}


def _plan(job: "Job") -> "Plan | None":
    """The plan where a step of this job had to do with it."""
    return job.plan if set(job.done) & {"plan", "map", "report"} else None
