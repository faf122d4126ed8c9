"""Choosing sites: the door to :mod:`phusong.kernels.cover`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.kernels import cover

__all__ = ["Choice", "CoverSets", "choose"]

PRICE_SEARCHES = 300  # 1,000 lower the bounds of the proven instances by 0.05 % at most


@dataclass(frozen=True, eq=False)
class CoverSets:
    """Which demand points each candidate would serve, in compressed rows.

    Attributes
    ----------
    start : int64 (candidates + 1,)
        Candidate ``c`` serves the points ``member[start[c]:start[c + 1]]``.
    member : int32 (sum of the sets' sizes,)
        Demand points, each at most once in a set.
    people : float64 (points,)
        People at each demand point; finite and not negative.
    """

    start: npt.NDArray[np.int64]
    member: npt.NDArray[np.int32]
    people: npt.NDArray[np.float64]

    @classmethod
    def of(cls, sets: Sequence[npt.ArrayLike], people: npt.ArrayLike) -> "CoverSets":
        """Join one array of demand points per candidate; ``people`` at every point."""
        members = [np.asarray(points, dtype=np.int32) for points in sets]
        start = np.zeros(len(members) + 1, dtype=np.int64)
        np.cumsum([len(points) for points in members], out=start[1:])
        member = np.concatenate([np.empty(0, np.int32), *members])
        return cls(start, member, np.asarray(people, dtype=np.float64))

    def __len__(self) -> int:
        return len(self.start) - 1

    def points(self, candidate: int) -> npt.NDArray[np.int32]:
        """Demand points that one candidate serves."""
        return self.member[self.start[candidate] : self.start[candidate + 1]]

    @property
    def people_alone(self) -> npt.NDArray[np.float64]:
        """People whom each candidate would serve if it stood alone."""
        return np.asarray(cover.set_weights(self.start, self.member, self.people))

    @property
    def reachable_people(self) -> float:
        """People whom all candidates together would serve."""
        return float(self.people[self._is_reachable].sum())

    @property
    def _is_reachable(self) -> npt.NDArray[np.bool_]:
        reachable = np.zeros(len(self.people), dtype=bool)
        reachable[self.member] = True
        return reachable


@dataclass(frozen=True, eq=False)
class Choice:
    """Chosen candidates, best first.

    Attributes
    ----------
    chosen : int32 (n,)
        Candidates in the order chosen; fewer than asked for where none adds anything.
    people : float64 (n,)
        People whom each serves and none before it does.
    first : int32 (points,)
        Place in ``chosen`` of the site that first serves a demand point; -1 where none does.
    bound : float
        People whom no choice of as many candidates as were asked for can exceed.
    """

    chosen: npt.NDArray[np.int32]
    people: npt.NDArray[np.float64]
    first: npt.NDArray[np.int32]
    bound: float


def choose(sets: CoverSets, count: int) -> Choice:
    """Choose up to ``count`` candidates, each the one that newly serves most people.

    Equal gains go to the candidate that comes first. The bound is the least of three: all people
    within reach, greedy's own, and the Lagrangian one (see :mod:`phusong.kernels.cover`).

    Raises
    ------
    InputError
        If ``count`` is below 1, or people are negative or not finite.
    """
    _check(sets, count)
    count = min(count, len(sets))
    people = np.where(sets._is_reachable, sets.people, 0.0)
    rows = (sets.start, sets.member, people)
    chosen, gains, greedy_bound, price = cover.lazy_greedy(*rows, count)
    reached = float(gains.sum())
    searched = cover.lagrangian_bound(*rows, price, count, reached, PRICE_SEARCHES)
    bound = min(sets.reachable_people, greedy_bound, searched)
    return Choice(chosen, gains, _first_to_serve(sets, chosen), max(bound, reached))


def _check(sets: CoverSets, count: int) -> None:
    problems = []
    if count < 1:
        problems.append(f"count is {count}: ask for at least one site")
    bad = np.flatnonzero(~(np.isfinite(sets.people) & (sets.people >= 0)))
    if len(bad):
        value = sets.people[bad[0]]
        problems.append(
            f"people are negative or not finite at {len(bad)} demand point(s), "
            f"the first of them number {bad[0]} with {value}"
        )
    if problems:
        raise InputError("choice of sites", problems)


def _first_to_serve(sets: CoverSets, chosen: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    first = np.full(len(sets.people), -1, dtype=np.int32)
    for place in reversed(range(len(chosen))):
        first[sets.points(chosen[place])] = place
    return first
