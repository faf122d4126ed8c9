"""Where service is missing, and how sure that is."""

from phusong.gaps.answers import ANSWERS
from phusong.gaps.changes import compare_runs
from phusong.gaps.checks import Checks
from phusong.gaps.claims import ClaimCheck, check_claim
from phusong.gaps.finding import Gaps, find_gaps
from phusong.gaps.operators import OperatorView, compare_operators
from phusong.gaps.state import ANY, STATES
from phusong.gaps.switching_off import SwitchOff, switch_off
from phusong.gaps.targets import TargetCheck, check_targets
from phusong.gaps.uncertainty import Uncertainty
from phusong.gaps.village_rules import VillageRule

__all__ = [
    "ANSWERS",
    "ANY",
    "STATES",
    "Checks",
    "ClaimCheck",
    "Gaps",
    "OperatorView",
    "SwitchOff",
    "TargetCheck",
    "Uncertainty",
    "VillageRule",
    "check_claim",
    "check_targets",
    "compare_operators",
    "compare_runs",
    "find_gaps",
    "switch_off",
]
