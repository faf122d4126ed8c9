"""Which demand points each candidate serves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from phusong.kernels import cover

__all__ = ["CoverSets"]


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

    def replaced(self, candidates: npt.ArrayLike, sets: "CoverSets") -> "CoverSets":
        """The same with other sets, in order, for some candidates."""
        new = dict(zip(np.asarray(candidates).tolist(), range(len(sets)), strict=True))
        each = [sets.points(new[c]) if c in new else self.points(c) for c in range(len(self))]
        return CoverSets.of(each, self.people)

    @property
    def people_alone(self) -> npt.NDArray[np.float64]:
        """People whom each candidate would serve if it stood alone."""
        return np.asarray(cover.set_weights(self.start, self.member, self.people))

    @property
    def reachable_people(self) -> float:
        """People whom all candidates together would serve."""
        return float(self.people[self.times_reached > 0].sum())

    @property
    def times_reached(self) -> npt.NDArray[np.int64]:
        """How many candidates would serve each demand point; int64 (points,)."""
        return np.bincount(self.member, minlength=len(self.people))
