"""A siting problem as the arrays that the kernels take."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from phusong.kernels.cover_rules import Demand, Rules
from phusong.planning.problem import SitingProblem

__all__ = ["demand_of", "rows_by_column", "rules_of"]

Ints = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


def demand_of(problem: SitingProblem) -> Demand:
    """Cover sets, weights, and how often each point must be covered."""
    sets = problem.sets
    needed = problem.times_needed
    if needed is None:
        needed = np.ones(len(sets.people), np.int8)
    return Demand(sets.start, sets.member, sets.people, np.asarray(needed, dtype=np.int8))


def rules_of(problem: SitingProblem) -> Rules:
    """What a choice must keep, by candidate."""
    candidates = len(problem.sets)
    allowed = np.ones(candidates, dtype=bool)
    allowed[problem.forbidden] = False
    near_start, near = _neighbours(problem.conflicts, candidates)
    group_start, group = rows_by_column([g.candidates for g in problem.limits], candidates)
    most = [candidates if g.most is None else g.most for g in problem.limits]
    return Rules(
        allowed,
        problem.costs,
        np.inf if problem.budget is None else float(problem.budget),
        candidates if problem.count is None else int(problem.count),
        group_start,
        group,
        np.array(most, dtype=np.int64),
        near_start,
        near,
    )


def rows_by_column(rows: Sequence[Ints], columns: int) -> tuple[Offsets, Ints]:
    """From the columns of each row to the rows of each column, compressed."""
    column = np.concatenate([np.empty(0, np.int32), *rows])
    row = np.repeat(np.arange(len(rows), dtype=np.int32), [len(r) for r in rows])
    return _compressed(column, row, columns)


def _neighbours(conflicts: Ints, candidates: int) -> tuple[Offsets, Ints]:
    pairs = np.asarray(conflicts, dtype=np.int32).reshape(-1, 2)
    both = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)
    return _compressed(both[:, 0], both[:, 1], candidates)


def _compressed(of: Ints, what: Ints, length: int) -> tuple[Offsets, Ints]:
    start = np.zeros(length + 1, dtype=np.int64)
    np.cumsum(np.bincount(of, minlength=length), out=start[1:])
    return start, what[np.argsort(of, kind="stable")].astype(np.int32)
