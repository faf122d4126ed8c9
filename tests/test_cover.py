"""Maximum coverage: the kernels against a slow twin and brute force."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_case import numbers, problems

from phusong.errors import InputError
from phusong.kernels.cover_growth import grow
from phusong.kernels.cover_rules import SERVED, add, empty_state
from phusong.kernels.cover_search import enter, leave, search_from
from phusong.planning.bounds import PriceSearch
from phusong.planning.cover_sets import CoverSets
from phusong.planning.model import Model
from phusong.planning.problem import SitingProblem, Solution
from phusong.planning.solving import solve

ROUNDING = 1e-9


def choose(sets: CoverSets, count: int) -> Solution:
    return solve(SitingProblem(sets, count=count))


Instance = tuple[list[list[int]], list[float], int]


@st.composite
def instances(draw: st.DrawFn, most_sets: int = 12, most_points: int = 20) -> Instance:
    points = draw(st.integers(0, most_points))
    point_sets = st.sets(st.integers(0, points - 1)) if points else st.just(set())
    sets = draw(st.lists(point_sets.map(sorted), max_size=most_sets))
    weight = st.one_of(st.just(0.0), st.integers(1, 5).map(float), st.floats(0, 1e4))
    weights = draw(st.lists(weight, min_size=points, max_size=points))
    return sets, weights, draw(st.integers(1, most_sets + 2))


def covered_weight(sets: list[list[int]], weights: list[float], chosen) -> float:
    return sum(weights[i] for i in set().union(*(sets[s] for s in chosen)))


def naive_greedy(sets: list[list[int]], weights: list[float], count: int):
    """Weigh every set at every step; also the classical bound, from all marginal gains."""
    left, chosen, gains, bound = list(weights), [], [], np.inf
    while True:
        marginal = [sum(left[i] for i in members) for members in sets]
        bound = min(bound, sum(gains) + sum(sorted(marginal, reverse=True)[:count]))
        if len(chosen) == count or max(marginal, default=0.0) == 0.0:
            return chosen, gains, bound
        best = marginal.index(max(marginal))
        chosen.append(best)
        gains.append(marginal[best])
        for i in sets[best]:
            left[i] = 0.0


def best_possible(sets: list[list[int]], weights: list[float], count: int) -> float:
    sizes = combinations(range(len(sets)), min(count, len(sets)))
    return max(covered_weight(sets, weights, chosen) for chosen in sizes)


@given(instances())
@settings(max_examples=200)
def test_growing_is_plain_greedy(instance: Instance):
    sets, weights, count = instance
    model = Model.of(SitingProblem(CoverSets.of(sets, weights), count=count))
    state = empty_state(model.demand, model.rules)
    everything, flat = np.ones(len(model), dtype=bool), np.ones(len(model))
    chosen, gains = grow(model.demand, model.rules, state, flat, everything, False)
    plain_chosen, plain_gains, _ = naive_greedy(sets, weights, count)
    assert gains.sum() >= (1 - 1 / np.e) * sum(plain_gains) - ROUNDING
    if all(weight == int(weight) for weight in weights):  # merged weights are then exact
        assert model.candidate[chosen].tolist() == plain_chosen
        assert gains.tolist() == plain_gains


@given(instances(most_sets=9))
@settings(max_examples=20)
def test_bound_over_optimum_over_greedy(instance: Instance):
    sets, weights, count = instance
    choice = choose(CoverSets.of(sets, weights), count)
    optimum = best_possible(sets, weights, count)
    reached = choice.gains.sum()
    slack = ROUNDING * (1 + optimum)
    assert choice.bound >= optimum - slack
    assert reached <= optimum + slack
    assert reached >= (1 - 1 / np.e) * optimum - slack
    assert choice.bound <= covered_weight(sets, weights, range(len(sets))) + slack
    assert reached == pytest.approx(covered_weight(sets, weights, choice.chosen))


@given(instances(most_sets=9), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_bound_holds_from_any_prices(instance: Instance, random):
    sets, weights, count = instance
    optimum = best_possible(sets, weights, count)
    model = Model.of(SitingProblem(CoverSets.of(sets, weights), count=count))
    price = model.demand.weight * np.array([random.random() for _ in model.demand.weight])
    search = PriceSearch.start(model, price, 0.0)
    bounds = []
    for _ in range(60):
        search.step(0.9 * optimum)
        bounds.append(search.bound)
    assert min(bounds) >= optimum - ROUNDING * (1 + optimum)
    assert bounds == sorted(bounds, reverse=True)


@given(instances(most_sets=6))
@settings(max_examples=30)
def test_first_to_serve(instance: Instance):
    sets, weights, count = instance
    choice = choose(CoverSets.of(sets, weights), count)
    for point, place in enumerate(choice.first):
        serving = [k for k, s in enumerate(choice.chosen) if point in sets[s]]
        assert place == min(serving, default=-1)


def test_hand_computed():
    # 1 alone serves most (7) and greedy takes it first (7 + 3); 0 and 2 together serve all.
    sets = [[0, 1, 2], [1, 2, 3, 4], [3, 4, 5]]
    weights = [2.0, 2.0, 2.0, 2.0, 1.0, 3.0]
    choice = choose(CoverSets.of(sets, weights), 2)
    assert choice.chosen.tolist() == [0, 2]
    assert choice.gains.tolist() == [6.0, 6.0]
    assert choice.first.tolist() == [0, 0, 0, 1, 1, 1]
    assert choice.bound == pytest.approx(12.0)


def test_equal_gains_go_to_the_first():
    sets = CoverSets.of([[0], [1], [2], [0]], [5.0, 5.0, 5.0])
    assert choose(sets, 4).chosen.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("sets", "weights"), [([], []), ([[]], []), ([[], []], [3.0]), ([[0]], [0.0])]
)
def test_nothing_to_serve(sets, weights):
    choice = choose(CoverSets.of(sets, weights), 3)
    assert choice.chosen.tolist() == []
    assert choice.bound == 0.0
    assert (choice.first == -1).all()


def test_bound_is_what_is_reachable_when_all_are_taken():
    sets = CoverSets.of([[0, 1], [1, 2]], [1.0, 2.0, 4.0, 100.0])
    assert choose(sets, 10).bound == 7.0
    assert sets.reachable_people == 7.0
    assert sets.people_alone.tolist() == [3.0, 6.0]


def test_problems_are_told_together():
    with pytest.raises(InputError) as caught:
        choose(CoverSets.of([[0]], [-1.0]), 0)
    assert len(caught.value.problems) == 2


@given(problems(), st.lists(st.integers(0, 6), max_size=12), st.booleans())
@settings(max_examples=60)
def test_worths_kept_up_to_date_are_those_computed_anew(problem, moves: list[int], table: bool):
    model = Model.of(replace(problem, required=numbers([]), targets=()))
    sets, rows = len(model), problem.count if table and problem.count else 0
    search = search_from(model.demand, model.rules, np.ones(sets), rows)
    for s in moves:
        if s < sets:
            (leave if search.state.taken[s] else enter)(search, s)

    def served(chosen) -> float:
        state = empty_state(model.demand, model.rules)
        for s in chosen:
            add(model.demand, model.rules, state, s)
        return state.totals[SERVED]

    chosen = set(np.flatnonzero(search.state.taken))
    for s in range(sets):
        assert search.worth[s] == pytest.approx(served(chosen | {s}) - served(chosen - {s}))
        for c in (c for c in chosen if search.row[c] >= 0 and s not in chosen):
            worth = served(chosen - {c} | {s}) - served(chosen - {c})
            assert search.worth[s] + search.more[search.row[c], s] == pytest.approx(worth)


@given(instances(most_sets=9), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_bound_in_cells_is_one_of_the_model(instance: Instance, by: int, random):
    sets, weights, count = instance
    optimum = best_possible(sets, weights, count)
    model = Model.of(SitingProblem(CoverSets.of(sets, weights), count=count))
    price = model.demand.weight * np.array([random.random() for _ in model.demand.weight])
    search = PriceSearch.start(model, price, 0.0).in_cells(by)
    for _ in range(30):
        search.step(0.9 * optimum)
    in_cells = search.bound
    search = search.in_points(model)
    search.step(0.9 * optimum)
    assert optimum - ROUNDING * (1 + optimum) <= search.bound <= in_cells
