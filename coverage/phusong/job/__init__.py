"""The main job, from one settings file to every result on disk."""

from phusong.job.running import STEPS, Job, estimate, run
from phusong.job.settings import JobSettings

__all__ = ["STEPS", "Job", "JobSettings", "estimate", "run"]
