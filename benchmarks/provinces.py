"""The provinces that the scripts here are run on, at any resolution."""

from pathlib import Path

import phusong as ps
from phusong.job.inputs import open_scene, read_network
from phusong.job.settings import JobSettings

__all__ = ["opened"]


def opened(settings_file, resolution_m):
    """Scene and network of a job's settings file, or of the sample where that is "sample"."""
    if settings_file == "sample":
        made = ps.sample(resolution_m=resolution_m)
        return made.scene, made.network
    path = Path(settings_file)
    settings = JobSettings.open(path)
    finer = settings.scene.model_copy(update={"resolution_m": resolution_m})
    settings = settings.model_copy(update={"scene": finer})
    scene = open_scene(settings, path.parent)
    return scene, read_network(settings, path.parent, scene, settings.inputs.stations)
