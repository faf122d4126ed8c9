"""Where the next sites should stand."""

from phusong.planning.backhaul_settings import BackhaulSettings
from phusong.planning.budgets import Budgets
from phusong.planning.candidate_settings import CandidateSettings
from phusong.planning.costs import CostTable
from phusong.planning.demand import Demand
from phusong.planning.own_list import OwnList
from phusong.planning.plan import Plan
from phusong.planning.problem import InfeasibleError
from phusong.planning.proposing import check_new_cells, propose_sites
from phusong.planning.rules import SiteDuty, SitingRules

__all__ = [
    "BackhaulSettings",
    "Budgets",
    "CandidateSettings",
    "CostTable",
    "Demand",
    "InfeasibleError",
    "OwnList",
    "Plan",
    "SiteDuty",
    "SitingRules",
    "check_new_cells",
    "propose_sites",
]
