"""Floor 5: where the next sites should stand."""

from phusong.planning.plan import Plan
from phusong.planning.proposing import propose_sites

__all__ = ["Plan", "propose_sites"]
