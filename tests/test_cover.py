"""Maximum coverage: the kernels against a slow twin, brute force and proven optima."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.kernels.cover import lagrangian_bound, lazy_greedy, set_weights
from phusong.planning.cover_sets import CoverSets
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
@settings(max_examples=300)
def test_lazy_greedy_is_plain_greedy(instance: Instance):
    sets, weights, count = instance
    rows = CoverSets.of(sets, weights)
    chosen, gains, bound, price = lazy_greedy(rows.start, rows.member, rows.people, count)
    plain_chosen, plain_gains, plain_bound = naive_greedy(sets, weights, count)
    assert chosen.tolist() == plain_chosen
    assert gains.tolist() == plain_gains
    assert bound == pytest.approx(plain_bound, rel=1e-12, abs=1e-12)
    at_price = np.sum(rows.people - price) + sum(
        sorted(set_weights(rows.start, rows.member, price), reverse=True)[:count]
    )
    assert at_price == pytest.approx(bound, rel=1e-9, abs=1e-9)


@given(instances(most_sets=9))
@settings(max_examples=300)
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
def test_lagrangian_bound_holds_from_any_prices(instance: Instance, random):
    sets, weights, count = instance
    rows = CoverSets.of(sets, weights)
    optimum = best_possible(sets, weights, count)
    price = rows.people * np.array([random.random() for _ in weights])
    start = (rows.start, rows.member, rows.people, price, min(count, len(sets)))
    one = lagrangian_bound(*start, 0.9 * optimum, 1)
    many = lagrangian_bound(*start, 0.9 * optimum, 200)
    assert optimum - ROUNDING * (1 + optimum) <= many <= one


@given(instances())
def test_first_to_serve(instance: Instance):
    sets, weights, count = instance
    choice = choose(CoverSets.of(sets, weights), count)
    for point, place in enumerate(choice.first):
        serving = [k for k, s in enumerate(choice.chosen) if point in sets[s]]
        assert place == min(serving, default=-1)


def test_hand_computed():
    # 1 alone serves most (7), but 0 and 2 together serve all: greedy 7 + 3, best 6 + 6.
    sets = [[0, 1, 2], [1, 2, 3, 4], [3, 4, 5]]
    weights = [2.0, 2.0, 2.0, 2.0, 1.0, 3.0]
    choice = choose(CoverSets.of(sets, weights), 2)
    assert choice.chosen.tolist() == [1, 2]
    assert choice.gains.tolist() == [7.0, 3.0]
    assert choice.first.tolist() == [-1, 0, 0, 0, 0, 1]
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


def test_proven_instances(shared: Path):
    path = shared / "reference" / "facility" / "mclp" / "small_highs.json"
    gaps_percent = []
    for row in json.loads(path.read_text()):
        demand, sites = np.array(row["demand_xy"]), np.array(row["site_xy"])
        distance = np.hypot(*(demand[None, :, :] - sites[:, None, :]).transpose(2, 0, 1))
        sets = CoverSets.of([np.flatnonzero(d <= row["radius"]) for d in distance], row["weight"])
        choice, optimum = choose(sets, row["p"]), row["mclp_optimum"]
        assert covered_weight(
            [list(sets.points(s)) for s in range(len(sets))], row["weight"], row["mclp_sites"]
        ) == pytest.approx(optimum)
        assert choice.bound >= optimum * (1 - ROUNDING)
        assert optimum >= choice.gains.sum() >= 0.95 * optimum
        gaps_percent.append(100 * (choice.bound / optimum - 1))
    assert max(gaps_percent) < 1.2
    assert np.median(gaps_percent) < 0.01
