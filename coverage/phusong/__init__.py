"""Plan mobile coverage over real terrain and find where it is missing.

>>> import phusong as ps
>>> scene, network = ps.sample(resolution_m=500)    # or ps.Scene.open, ps.read_stations
>>> coverage = ps.predict(network, scene, progress=False)
>>> gaps = ps.find_gaps(coverage, service="vn_default")
>>> plan = ps.propose_sites(
...     coverage, gaps, technology="5G", operator="Operator A", count=3, progress=False
... )
>>> len(plan.sites)
3
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from phusong.errors import InputError
    from phusong.gaps import (
        Gaps,
        Uncertainty,
        VillageRule,
        check_claim,
        compare_operators,
        find_gaps,
        switch_off,
    )
    from phusong.geodata.measurements import Measurements, read_measurements
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network, read_stations
    from phusong.job import Job, run
    from phusong.links import Link, link
    from phusong.outages import Resilience, assess_resilience
    from phusong.planning import CandidateSettings, Plan, propose_sites
    from phusong.prediction import Coverage, predict
    from phusong.prediction.quality import Quality
    from phusong.radio.service import ServiceProfile
    from phusong.report.making import Report, make_report
    from phusong.report.map import map  # noqa: A004 - the field's word
    from phusong.sample_province import sample

__version__ = version("phusong")

_HOMES = {
    "CandidateSettings": "phusong.planning",
    "Coverage": "phusong.prediction",
    "Gaps": "phusong.gaps",
    "InputError": "phusong.errors",
    "Job": "phusong.job",
    "Link": "phusong.links",
    "Measurements": "phusong.geodata.measurements",
    "Network": "phusong.geodata.stations",
    "Plan": "phusong.planning",
    "Quality": "phusong.prediction.quality",
    "Report": "phusong.report",
    "Resilience": "phusong.outages",
    "Scene": "phusong.geodata.scene",
    "ServiceProfile": "phusong.radio.service",
    "Uncertainty": "phusong.gaps",
    "VillageRule": "phusong.gaps",
    "assess_resilience": "phusong.outages",
    "check_claim": "phusong.gaps",
    "check_targets": "phusong.gaps",
    "compare_operators": "phusong.gaps",
    "compare_runs": "phusong.gaps",
    "find_gaps": "phusong.gaps",
    "link": "phusong.links",
    "make_report": "phusong.report",
    "map": "phusong.report",
    "predict": "phusong.prediction",
    "propose_sites": "phusong.planning",
    "read_measurements": "phusong.geodata.measurements",
    "read_stations": "phusong.geodata.stations",
    "run": "phusong.job",
    "sample": "phusong.sample_province",
    "switch_off": "phusong.gaps",
}

_CALLED = "report"

__all__ = [
    "CandidateSettings",
    "Coverage",
    "Gaps",
    "InputError",
    "Job",
    "Link",
    "Measurements",
    "Network",
    "Plan",
    "Quality",
    "Report",
    "Resilience",
    "Scene",
    "ServiceProfile",
    "Uncertainty",
    "VillageRule",
    "assess_resilience",
    "check_claim",
    "check_targets",
    "compare_operators",
    "compare_runs",
    "find_gaps",
    "link",
    "make_report",
    "map",
    "predict",
    "propose_sites",
    "read_measurements",
    "read_stations",
    "run",
    "sample",
    "switch_off",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the package itself is light."""
    if name == _CALLED:  # a package of its own, which `phusong.report` names from then on
        return import_module(f"phusong.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'phusong' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
