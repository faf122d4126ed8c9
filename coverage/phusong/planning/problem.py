"""A siting problem: what is to be served, by which candidates, under which rules."""

from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.planning.cover_sets import CoverSets

__all__ = ["InfeasibleError", "Limit", "SitingProblem", "Solution", "Target"]

Ints = npt.NDArray[np.int32]
Objective = Literal["most_served", "least_cost"]


def _no_candidates() -> Ints:
    return np.empty(0, np.int32)


class InfeasibleError(InputError):
    """Rules that no choice of sites can meet; says which, and by how much."""


@dataclass(frozen=True, eq=False)
class Limit:
    """How many sites of a group may or must be chosen.

    Attributes
    ----------
    name
        What people call the rule, such as a commune's name; errors use it.
    candidates : int32
        The group.
    least, most
        Sites of the group; ``most`` None where there is no upper limit.
    """

    name: str
    candidates: Ints
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, eq=False)
class Target:
    """A weight that must be served among some demand points.

    Attributes
    ----------
    name
        What people call the rule; errors use it.
    points : int32
        Demand points that count.
    least
        People (or whatever the points weigh) to be served among them at least.
    """

    name: str
    points: Ints
    least: float


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """What `phusong.planning.solving.solve` solves.

    Attributes
    ----------
    sets
        Demand points that each candidate serves, and their weights.
    cost : float64 (candidates,) or None
        What each candidate costs (present value, in one currency); None where not asked.
    count
        Sites chosen at most; None for any number.
    budget
        Cost of the chosen sites at most, in the currency of ``cost``; None for any cost.
    required, forbidden : int32
        Candidates that must, and must not, be chosen.
    conflicts : int32 (pairs, 2)
        Candidates of which not both may be chosen.
    limits, targets
        Rules over groups of candidates, and over groups of demand points.
    times_needed : int8 (points,) or None
        A point counts as served once so many chosen sites cover it; once where None.
    objective
        "most_served": the greatest weight served. "least_cost": the cheapest choice that meets
        all rules; without ``cost`` every site costs 1.
    """

    sets: CoverSets
    _: KW_ONLY
    cost: npt.NDArray[np.float64] | None = None
    count: int | None = None
    budget: float | None = None
    required: Ints = field(default_factory=_no_candidates)
    forbidden: Ints = field(default_factory=_no_candidates)
    conflicts: Ints = field(default_factory=lambda: np.empty((0, 2), np.int32))
    limits: tuple[Limit, ...] = ()
    targets: tuple[Target, ...] = ()
    times_needed: npt.NDArray[np.int8] | None = None
    objective: Objective = "most_served"

    @property
    def costs(self) -> npt.NDArray[np.float64]:
        """Cost of each candidate: as given, else 1 where cost is the objective and 0 elsewhere."""
        if self.cost is not None:
            return np.asarray(self.cost, dtype=np.float64)
        return np.full(len(self.sets), float(self.objective == "least_cost"))


@dataclass(frozen=True, eq=False)
class Solution:
    """Chosen candidates, and how far from the best possible they can be.

    Attributes
    ----------
    chosen : int32 (n,)
        Candidates, each the one that adds most to those before it; the lower index among equals.
    gains : float64 (n,)
        Weight that each newly serves after those before it.
    first : int32 (points,)
        Place in ``chosen`` of the site that first covers a demand point; -1 where none does.
    objective
        Weight served, or cost where that is asked.
    bound
        What no choice under the rules can exceed; where the least cost is asked, undercut.
    gap_percent
        How far the objective is from the bound, percent of the greater of the two.
    proven
        Whether no choice under the rules is better, to the rounding of the sums.
    how
        How objective and bound were found.
    """

    chosen: Ints
    gains: npt.NDArray[np.float64]
    first: Ints
    objective: float
    bound: float
    gap_percent: float
    proven: bool
    how: str

    def served_by(self, sets: CoverSets) -> "Solution":
        """The same sites with other sets: gains and first anew, in the order in which they are."""
        first = np.full(len(sets.people), -1, dtype=np.int32)
        for place in reversed(range(len(self.chosen))):
            first[sets.points(int(self.chosen[place]))] = place
        served = first >= 0
        gains = np.bincount(first[served], sets.people[served], minlength=len(self.chosen))
        return replace(self, gains=gains.astype(np.float64), first=first)
