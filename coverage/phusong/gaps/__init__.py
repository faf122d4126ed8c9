"""Where service is missing."""

from phusong.gaps.finding import Gaps, find_gaps
from phusong.gaps.state import ANY, STATES

__all__ = ["ANY", "STATES", "Gaps", "find_gaps"]
