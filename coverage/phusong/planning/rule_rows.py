"""The rules of a model as rows of numbers, for bounds and for the exact solver alike."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from phusong.kernels.cliques import clique_cover
from phusong.kernels.cover_dual import Rows
from phusong.planning.model import Model

__all__ = ["RuleRows", "rule_rows"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RuleRows:
    """Rows ``sum(amount * chosen) <= right``.

    Attributes
    ----------
    set, row : int32 (entries,)
        Where an amount stands.
    amount : float64 (entries,)
    right : float64 (rows,)
    """

    set: Ints
    row: Ints
    amount: Floats
    right: Floats

    def by_set(self, sets: int) -> Rows:
        """The same rows, compressed by set."""
        order = np.argsort(self.set, kind="stable")
        start = np.zeros(sets + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.set, minlength=sets), out=start[1:])
        return Rows(start, self.row[order], self.amount[order], self.right)

    def settled(self, forced: Bools, kept: npt.NDArray[np.int64]) -> "RuleRows":
        """The same rows of the sets that are kept, in their order, beside those that are forced."""
        number = np.full(len(forced), -1, np.int32)
        number[kept] = np.arange(len(kept), dtype=np.int32)
        used = np.zeros(len(self.right))
        fixed, left = forced[self.set], number[self.set] >= 0
        np.add.at(used, self.row[fixed], self.amount[fixed])
        return RuleRows(
            number[self.set][left], self.row[left], self.amount[left], self.right - used
        )


def rule_rows(model: Model) -> RuleRows:
    """Budget, groups and conflicts; not the number of sites, which everyone handles alone."""
    rules, sets = model.rules, np.arange(len(model), dtype=np.int32)
    parts: list[tuple[Ints, Floats, float]] = []
    if np.isfinite(rules.budget):
        parts.append((sets, rules.cost, rules.budget))
    owner = np.repeat(sets, np.diff(rules.group_start))
    for g in range(len(rules.most)):
        group = owner[rules.group == g]
        if rules.most[g] < len(group):
            parts.append((group, np.ones(len(group)), float(rules.most[g])))
        if rules.least[g] > 0:
            parts.append((group, -np.ones(len(group)), -float(rules.least[g])))
    start, member = clique_cover(rules.near_start, rules.near)
    for clique in np.split(member, start[1:-1]) if len(member) else []:
        parts.append((clique, np.ones(len(clique)), 1.0))
    nothing = np.empty(0)
    return RuleRows(
        np.concatenate([nothing, *(p[0] for p in parts)]).astype(np.int32),
        np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts]).astype(np.int32),
        np.concatenate([nothing, *(p[1] for p in parts)]),
        np.array([p[2] for p in parts], dtype=np.float64),
    )
