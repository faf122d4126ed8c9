"""Where service is missing, and how sure that is."""

from phusong.gaps.answers import ANSWERS
from phusong.gaps.claims import ClaimCheck, check_claim
from phusong.gaps.finding import Gaps, find_gaps
from phusong.gaps.operators import OperatorView, compare_operators
from phusong.gaps.state import ANY, STATES
from phusong.gaps.switching_off import SwitchOff, switch_off
from phusong.gaps.uncertainty import Uncertainty

__all__ = [
    "ANSWERS",
    "ANY",
    "STATES",
    "ClaimCheck",
    "Gaps",
    "OperatorView",
    "SwitchOff",
    "Uncertainty",
    "check_claim",
    "compare_operators",
    "find_gaps",
    "switch_off",
]
