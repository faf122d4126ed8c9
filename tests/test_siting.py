"""Solving siting problems: against all choices of small ones, by property, and by reference."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path
from siting_case import best_value, broken_rules, problems, served_points, value

from phusong.errors import InputError
from phusong.planning.cover_sets import CoverSets
from phusong.planning.graded import graded_sets, nearest_sites
from phusong.planning.problem import (
    InfeasibleError,
    Limit,
    SitingProblem,
    Solution,
    Target,
)
from phusong.planning.solving import solve


def solved(problem: SitingProblem) -> Solution | None:
    try:
        return solve(problem)
    except InfeasibleError:
        return None


def check(problem: SitingProblem) -> None:
    best, solution = best_value(problem), solved(problem)
    assert (best is None) == (solution is None)
    if solution is None:
        return
    sign = 1.0 if problem.objective == "most_served" else -1.0
    assert broken_rules(problem, solution.chosen) == []
    assert sign * solution.objective == pytest.approx(value(problem, solution.chosen))
    assert solution.proven
    assert sign * solution.objective == pytest.approx(best)
    assert sign * solution.bound >= sign * solution.objective
    if problem.objective == "most_served":
        assert solution.gains.sum() == pytest.approx(solution.objective)


@given(problems())
@settings(max_examples=30)
def test_most_served_is_the_best_of_all_choices(problem: SitingProblem):
    check(problem)


@given(problems("least_cost"))
@settings(max_examples=30)
def test_least_cost_is_the_best_of_all_choices(problem: SitingProblem):
    check(problem)


@given(problems(), st.integers(1, 4))
@settings(max_examples=8)
def test_more_budget_and_more_sites_never_serve_fewer(problem: SitingProblem, more: int):
    problem = replace(problem, count=2, budget=6.0)
    solution = solved(problem)
    if solution is not None:
        for wider in (replace(problem, count=2 + more), replace(problem, budget=6.0 + more)):
            assert solve(wider).objective >= solution.objective - 1e-9


@given(problems())
@settings(max_examples=8)
def test_the_same_again(problem: SitingProblem):
    one, two = solved(problem), solved(problem)
    if one is not None and two is not None:
        assert one.chosen.tolist() == two.chosen.tolist()
        assert (one.objective, one.bound, one.how) == (two.objective, two.bound, two.how)


def far_apart(count: int, **rules) -> SitingProblem:
    sets = CoverSets.of([[k] for k in range(4)], [8.0, 4.0, 2.0, 1.0])
    return SitingProblem(sets, cost=np.array([5.0, 1.0, 1.0, 1.0]), count=count, **rules)


def all_points(least: float) -> tuple[Target, ...]:
    return (Target("everyone", np.arange(4, dtype=np.int32), least),)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (far_apart(1, targets=all_points(11.0)), ["target 'everyone' asks for 11: 3 short"]),
        (far_apart(4, targets=all_points(20.0)), ["target 'everyone' asks for 20: 5 short"]),
        (
            far_apart(4, budget=2.0, required=np.array([0], np.int32)),
            ["budget is 2: 3 more needed"],
        ),
        (
            far_apart(2, required=np.array([0, 1, 2], np.int32)),
            ["count is 2: 1 more site(s) needed"],
        ),
        (
            far_apart(4, limits=(Limit("X", np.array([1, 2], np.int32), 3),)),
            ["limit 'X' asks for 3 site(s): 1 short"],
        ),
        (
            far_apart(
                4, required=np.array([0, 1], np.int32), conflicts=np.array([[0, 1]], np.int32)
            ),
            ["candidates 0 and 1 are both required, and too near each other"],
        ),
        (
            far_apart(4, required=np.array([0], np.int32), forbidden=np.array([0], np.int32)),
            ["candidate 0 is required and forbidden"],
        ),
    ],
)
def test_rules_that_cannot_be_met_are_told(problem: SitingProblem, told: list[str]):
    with pytest.raises(InfeasibleError) as caught:
        solve(problem)
    assert list(caught.value.problems) == told


def test_unusable_values_are_told_together():
    sets = CoverSets.of([[0]], [1.0])
    problem = SitingProblem(sets, count=0, budget=-1.0, required=np.array([3], np.int32))
    with pytest.raises(InputError) as caught:
        solve(problem)
    assert len(caught.value.problems) == 4


@given(st.integers(2, 6), st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=30)
def test_graded_sets_add_up_to_the_best_service(candidates: int, places: int, seed: int):
    random = np.random.default_rng(seed)
    service = random.integers(0, 4, (candidates, places)) / 4.0
    people = random.uniform(0, 9, places)
    sets, place = graded_sets(service, people)
    chosen = np.flatnonzero(random.random(candidates) < 0.5)
    served = served_points(SitingProblem(sets), chosen)
    best = service[chosen].max(axis=0, initial=0.0)
    by_place = np.bincount(place, sets.people * served, minlength=places)
    assert by_place == pytest.approx(best * people)


def test_small_reference_instances_are_solved(shared: Path):
    path = shared / "reference" / "facility" / "mclp" / "small_highs.json"
    for row in json.loads(path.read_text()):
        demand, sites = np.array(row["demand_xy"]), np.array(row["site_xy"])
        distance = np.hypot(*(demand[None, :, :] - sites[:, None, :]).transpose(2, 0, 1))
        sets = CoverSets.of([np.flatnonzero(d <= row["radius"]) for d in distance], row["weight"])
        most = solve(SitingProblem(sets, count=row["p"]))
        assert (most.objective, most.proven) == (row["mclp_optimum"], True)
        reached = np.flatnonzero(sets.times_reached).astype(np.int32)
        target = Target("all", reached, float(sets.people[reached].sum()))
        fewest = solve(SitingProblem(sets, targets=(target,), objective="least_cost"))
        assert fewest.proven
        assert fewest.objective == row["lscp_optimum_over_coverable"]


def test_set_cover_reference_instance(shared: Path):
    folder = shared / "reference" / "facility" / "scp"
    optimum = json.loads((folder / "optima_highs.json").read_text())["scp41"]["optimum"]
    figures = list(map(int, (folder / "scp41.txt").read_text().split()))
    rows, columns = figures[:2]
    sets: list[list[int]] = [[] for _ in range(columns)]
    at = 2 + columns
    for row in range(rows):
        for column in figures[at + 1 : at + 1 + figures[at]]:
            sets[column - 1].append(row)
        at += 1 + figures[at]
    everything = Target("all rows", np.arange(rows, dtype=np.int32), float(rows))
    cost = np.array(figures[2 : 2 + columns], dtype=float)
    cover = CoverSets.of(sets, np.ones(rows))
    problem = SitingProblem(cover, cost=cost, targets=(everything,), objective="least_cost")
    solution = solve(problem)
    assert (solution.objective, solution.proven) == (optimum, True)


def test_nearest_sites_reference_instance(shared: Path):
    folder = shared / "reference" / "facility" / "pmed"
    figures = np.array((folder / "pmed1.txt").read_text().split(), dtype=int)
    nodes, edges, count = figures[:3]
    length = np.full((nodes, nodes), np.inf)
    for a, b, km in figures[3 : 3 + 3 * edges].reshape(-1, 3):
        length[a - 1, b - 1] = length[b - 1, a - 1] = km
    distance = shortest_path(length, directed=False)
    found = nearest_sites(distance, np.ones(nodes), int(count))
    optimum = json.loads((folder / "pmedopt.json").read_text())["pmed1"]
    assert (found.distance, found.bound, found.proven) == (optimum, optimum, True)
