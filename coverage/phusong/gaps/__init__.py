"""Where service is missing, and how sure that is."""

from phusong.gaps.answers import ANSWERS
from phusong.gaps.finding import Gaps, find_gaps
from phusong.gaps.state import ANY, STATES
from phusong.gaps.uncertainty import Uncertainty

__all__ = ["ANSWERS", "ANY", "STATES", "Gaps", "Uncertainty", "find_gaps"]
