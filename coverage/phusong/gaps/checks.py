"""What else can be asked of the gaps, gathered for those who write it down."""

from collections.abc import Mapping
from typing import TypedDict

import pandas as pd

from phusong.gaps.claims import ClaimCheck
from phusong.gaps.switching_off import SwitchOff
from phusong.gaps.targets import TargetCheck

__all__ = ["Checks"]


class Checks(TypedDict, total=False):
    """Keywords of the writers of results, each of them optional.

    Attributes
    ----------
    changes
        Result of `phusong.compare_runs`.
    targets
        Result of `phusong.check_targets`.
    claims
        Results of `phusong.check_claim`, each by a name for the claim.
    switch_offs
        Results of `phusong.switch_off`, each by a name for the case.
    """

    changes: pd.DataFrame | None
    targets: TargetCheck | None
    claims: Mapping[str, ClaimCheck]
    switch_offs: Mapping[str, SwitchOff]
