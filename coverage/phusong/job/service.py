"""The service that a settings file asks for: its profile, and the quality that this needs."""

from pathlib import Path

from phusong.errors import InputError
from phusong.geodata.stations import Network
from phusong.job.settings import ServiceSettings
from phusong.prediction import Coverage
from phusong.prediction.carrier_work import records_of
from phusong.prediction.quality import Quality
from phusong.prediction.quality_radio import radios_of
from phusong.prediction.quality_settings import QualitySettings, loads_of
from phusong.radio.service import ServiceProfile

__all__ = ["profile_of", "quality_for", "service_problems"]


def profile_of(service: ServiceSettings, folder: Path) -> ServiceProfile:
    """The profile, read from a file of the folder where a file is named."""
    name = service.profile
    return ServiceProfile.of(folder / name if name.endswith((".toml", ".csv")) else name)


def service_problems(
    service: ServiceSettings, network: Network, profile: ServiceProfile
) -> list[str]:
    """What `quality_for` and the gaps would be refused for, told before the prediction."""
    problems = [
        f"service.profile {profile.name!r} has no thresholds for {name}"
        for name in sorted(set(network.technologies) - set(profile.technologies))
    ]
    if profile.load is not None and service.load not in (None, profile.load):
        problems.append(
            f"service.load = {service.load!r}: the profile {profile.name!r} is for a load of "
            f"{profile.load:g}: leave it out"
        )
    try:
        chosen = QualitySettings.of(network, nsa=tuple(service.nsa))
        if profile.asks_for_quality:
            loads_of(network, 0.0 if service.load is None else service.load)
            radios_of(records_of(network.cells), chosen)
    except InputError as error:
        problems += [f"{error.source}: {problem}" for problem in error.problems]
    return problems


def quality_for(
    service: ServiceSettings, coverage: Coverage, store: Path | None, *, progress: bool
) -> Quality | None:
    """Service quality, where the coverage's profile asks for it."""
    if not coverage.profile.asks_for_quality:
        return None
    return coverage.quality(
        load=service.load,
        store=store,
        nsa=tuple(service.nsa),
        aggregation_efficiency=service.aggregation_efficiency,
        progress=progress,
    )
