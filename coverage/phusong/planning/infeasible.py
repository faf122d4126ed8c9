"""Why no choice of sites meets the rules: which rule falls short, and by how much."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from phusong.kernels.cover_rules import ROUNDING
from phusong.planning.exact import Program, program_of, run_highs
from phusong.planning.model import Model
from phusong.planning.problem import Limit, SitingProblem

__all__ = ["contradictions", "shortfalls"]

Floats = npt.NDArray[np.float64]

SMALL = 1e-6


def contradictions(problem: SitingProblem) -> list[str]:
    """What the required candidates alone break."""
    required = np.unique(problem.required)
    both = np.intersect1d(required, problem.forbidden)
    problems = [f"candidate {c} is required and forbidden" for c in both]
    pairs = np.asarray(problem.conflicts).reshape(-1, 2)
    problems += [
        f"candidates {a} and {b} are both required, and too near each other"
        for a, b in pairs[np.isin(pairs, required).all(axis=1)]
    ]
    return problems + _beyond_numbers(problem, required)


def _beyond_numbers(problem: SitingProblem, required: npt.NDArray[np.int32]) -> list[str]:
    """Which limits the required candidates alone go beyond."""
    problems = []
    if problem.count is not None and len(required) > problem.count:
        over = len(required) - problem.count
        problems.append(f"count is {problem.count}: {over} more site(s) needed")
    cost = float(problem.costs[required].sum())
    if problem.budget is not None and cost > problem.budget * (1 + ROUNDING):
        problems.append(
            f"budget is {problem.budget:,.6g}: {cost - problem.budget:,.6g} more needed"
        )
    for limit in problem.limits:
        used = int(np.isin(required, limit.candidates).sum())
        if limit.most is not None and used > limit.most:
            problems.append(
                f"limit {limit.name!r} allows {limit.most} site(s): {used - limit.most} more needed"
            )
    return problems


def shortfalls(problem: SitingProblem, time_limit_s: float) -> list[str]:
    """The least by which rules must give way, each against what it asks; empty where none must."""
    limits = tuple(Limit(limit.name, limit.candidates) for limit in problem.limits)
    model = Model.of(replace(problem, count=None, budget=None, limits=limits))
    rules = [*_number_rules(problem, model), *_limit_rules(problem, model)]
    program, _ = program_of(model)
    targets = np.flatnonzero(model.rules.target_least > 0)
    first_target = program.matrix.shape[0] - len(targets)
    kept = program.matrix[:first_target]
    own = sparse.csr_array(
        np.array([rule.amounts for rule in rules]).reshape(len(rules), len(model))
    )
    blank = sparse.csr_array((len(rules), len(model.demand.weight)))
    soft = sparse.vstack([program.matrix[first_target:], sparse.hstack([own, blank])])
    # A row "at least 1" gains its slack, a row "at most" loses it.
    sign = np.concatenate([np.ones(len(targets)), -np.ones(len(rules))])
    slack = sparse.vstack([sparse.csr_array((first_target, len(sign))), sparse.diags_array(sign)])
    weight = np.array([1.0] * len(targets) + [1.0 / max(1.0, abs(r.right)) for r in rules])
    elastic = Program(
        np.concatenate([np.zeros(program.matrix.shape[1]), weight]),
        np.concatenate([program.most, np.full(len(sign), np.inf)]),
        np.concatenate([program.whole, np.zeros(len(sign), bool)]),
        sparse.csr_array(sparse.hstack([sparse.vstack([kept, soft]), slack])),
        np.concatenate([program.row_least, np.full(len(rules), -np.inf)]),
        np.concatenate([program.row_most, [rule.right for rule in rules]]),
    )
    proof = run_highs(elastic, None, time_limit_s)
    if not len(proof.columns):
        return []
    amounts = proof.columns[-len(sign) :] if len(sign) else np.empty(0)
    told = []
    for t, short in zip(targets, amounts, strict=False):
        if short > SMALL:
            target = problem.targets[t]
            people = short * model.rules.target_least[t]
            told.append(f"target {target.name!r} asks for {target.least:,.6g}: {people:,.6g} short")
    return told + [
        rule.sentence(over)
        for rule, over in zip(rules, amounts[len(targets) :], strict=True)
        if over > SMALL
    ]


@dataclass(frozen=True, eq=False)
class _Rule:
    """A row ``amounts @ chosen <= right`` that may give way, and how to say so."""

    amounts: Floats
    right: float
    words: str

    def sentence(self, over: float) -> str:
        return self.words.format(over)


def _number_rules(problem: SitingProblem, model: Model) -> list[_Rule]:
    rules = []
    if problem.count is not None:
        right = float(problem.count - len(model.forced))
        words = f"count is {problem.count}: {{:,.6g}} more site(s) needed"
        rules.append(_Rule(np.ones(len(model)), right, words))
    if problem.budget is not None:
        words = f"budget is {problem.budget:,.6g}: {{:,.6g}} more needed"
        rules.append(_Rule(model.rules.cost, problem.budget - model.spent, words))
    return rules


def _limit_rules(problem: SitingProblem, model: Model) -> list[_Rule]:
    rules = []
    for limit in problem.limits:
        inside = np.isin(model.candidate, limit.candidates).astype(float)
        used = int(np.isin(model.forced, limit.candidates).sum())
        if limit.most is not None:
            words = f"limit {limit.name!r} allows {limit.most} site(s): {{:,.6g}} more needed"
            rules.append(_Rule(inside, float(limit.most - used), words))
        if limit.least > 0:
            words = f"limit {limit.name!r} asks for {limit.least} site(s): {{:,.6g}} short"
            rules.append(_Rule(-inside, float(used - limit.least), words))
    return rules
