"""Outages: who loses service in floods, storms and power cuts, and when one mast fails."""

from phusong.outages.assessing import assess_resilience, check_resilience
from phusong.outages.resilience import Resilience
from phusong.outages.rules import Autonomy, HazardRules

__all__ = ["Autonomy", "HazardRules", "Resilience", "assess_resilience", "check_resilience"]
