"""Where the next sites should stand."""

from phusong.planning.candidate_settings import CandidateSettings
from phusong.planning.plan import Plan
from phusong.planning.proposing import check_new_cells, propose_sites

__all__ = ["CandidateSettings", "Plan", "check_new_cells", "propose_sites"]
