"""Plans over years against every plan there is, on small problems."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_by_trial import may_be, served_by, solve_by_trial

from phusong.errors import InputError
from phusong.planning import year_problems
from phusong.planning.budgets import Budgets
from phusong.planning.costs import CostTable
from phusong.planning.cover_sets import CoverSets
from phusong.planning.duties import DueRule
from phusong.planning.phases import plan_phases
from phusong.planning.pricing import price_candidates
from phusong.planning.problem import InfeasibleError, Limit, SitingProblem, Target
from phusong.planning.serving import keeps
from phusong.planning.solving import solve

YEARS = (2026, 2027, 2028)


@pytest.fixture(autouse=True)
def by_trial(monkeypatch):
    """The tests are of what is made of solutions: the solver's own are in its tests."""
    monkeypatch.setattr(year_problems, "solve", solve_by_trial)


def random_problem(seed, *, candidates=4, points=8):
    rng = np.random.default_rng(seed)
    sets = CoverSets.of(
        [np.flatnonzero(rng.random(points) < 0.35) for _ in range(candidates)],
        rng.integers(1, 20, points),
    )
    problem = SitingProblem(sets, cost=rng.integers(1, 6, candidates).astype(float))
    pair = rng.choice(candidates, 2, replace=False).astype(np.int32)
    most = Limit("no more", rng.choice(candidates, 3, replace=False).astype(np.int32), 0, 2)
    return replace(problem, conflicts=pair[None], limits=(most,)), rng


def random_budgets(rng, *, carry_over=False):
    money = rng.integers(0, 8, len(YEARS)).astype(float)
    sites = np.where(rng.random(len(YEARS)) < 0.5, np.inf, rng.integers(0, 3, len(YEARS)))
    return Budgets(YEARS, money, sites, carry_over)


def random_duties(rng, problem):
    points = rng.choice(len(problem.sets.people), 4, replace=False).astype(np.int32)
    people = problem.sets.people[points].sum()
    group = rng.choice(len(problem.sets), 3, replace=False).astype(np.int32)
    return (
        DueRule(int(rng.choice(YEARS)), Target("people", points, float(rng.random() * people))),
        DueRule(int(rng.choice(YEARS)), Limit("sites", group, int(rng.integers(0, 3)))),
    )


def every_plan(problem, budgets, duties):
    """People served at the end of each year, by every plan that keeps all rules."""
    for into in product(range(len(YEARS) + 1), repeat=len(problem.sets)):
        years = np.array(into)
        spent = [problem.cost[years == at].sum() for at in range(len(YEARS))]
        built = [float((years == at).sum()) for at in range(len(YEARS))]
        if not budgets.keeps(np.array(spent), np.array(built)):
            continue
        stands = [np.flatnonzero(years <= at) for at in range(len(YEARS))]
        kept = all(may_be(problem, tuple(each.tolist())) for each in stands)
        due = [
            keeps(problem, stands[YEARS.index(each.year)].astype(np.int32), [each.rule])
            for each in duties
        ]
        if kept and all(due):
            yield [served_by(problem, each) for each in stands]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_plan_keeps_every_rule_and_no_plan_is_above_its_bounds(seed, carry_over):
    problem, rng = random_problem(seed)
    budgets = random_budgets(rng, carry_over=carry_over)
    duties = random_duties(rng, problem)
    plans = list(every_plan(problem, budgets, duties))
    try:
        plan = plan_phases(problem, budgets, duties=duties)
    except InfeasibleError as error:
        refusal = str(error)
        plan = None
    if plan is None:
        assert not plans or "not proven" in refusal
        return
    stands = plan.built
    assert plans, "a plan was found though there is none"
    assert all(set(stands[a]) <= set(stands[b]) for a, b in pairwise(YEARS))
    served = plan.years["people_served"].to_numpy()
    np.testing.assert_allclose(served, [served_by(problem, stands[year]) for year in YEARS])
    spent, built = plan.years["spent"].to_numpy(), plan.years["sites"].to_numpy(float)
    assert budgets.keeps(spent, built)
    assert (plan.years["unspent"] >= -1e-9).all()
    for year in YEARS:
        due = [each.rule for each in duties if each.year <= year]
        assert keeps(problem, stands[year], due)
        assert may_be(problem, tuple(stands[year].tolist()))
    best = np.max(plans, axis=0)
    assert (plan.years["bound"].to_numpy() >= best - 1e-9).all()


def test_orders_that_exist_are_found():
    """Of the first twenty problems that have a plan each is solved: none is given up."""
    have_plans = 0
    for seed in range(60):
        problem, rng = random_problem(seed)
        budgets = random_budgets(rng, carry_over=bool(seed % 2))
        duties = random_duties(rng, problem)
        if have_plans < 20 and any(True for _ in every_plan(problem, budgets, duties)):
            have_plans += 1
            plan_phases(problem, budgets, duties=duties)
    assert have_plans == 20


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_without_later_duties_the_first_year_is_the_best_there_is(seed):
    problem, rng = random_problem(seed)
    budgets = random_budgets(rng)
    years = plan_phases(problem, budgets).years
    best = np.max(list(every_plan(problem, budgets, ())), axis=0)
    assert years["people_served"].iloc[0] == pytest.approx(best[0])
    assert years["bound"].iloc[0] == pytest.approx(best[0])


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2), st.integers(1, 6))
def test_more_money_in_a_year_never_serves_fewer_in_it(seed, year, more):
    problem, rng = random_problem(seed)
    budgets = random_budgets(rng)
    richer = replace(budgets, money=budgets.money + more * (np.arange(len(YEARS)) == year))
    before, after = (plan_phases(problem, each).years for each in (budgets, richer))
    served, with_more = (each["people_served"].to_numpy() for each in (before, after))
    np.testing.assert_allclose(with_more[:year], served[:year])
    assert with_more[year] >= served[year] - 1e-9


def test_a_duty_comes_before_people_where_its_year_would_be_lost():
    """One site a year: that of the duty is due first, though the other serves more."""
    sets = CoverSets.of([[0], [1]], [100.0, 1.0])
    problem = SitingProblem(sets, count=2)
    budgets = Budgets.read(pd.DataFrame({"year": [2026, 2027], "sites": [1, 1]}))
    plan = plan_phases(problem, budgets)
    assert plan.sites["candidate"].tolist() == [0, 1]
    assert plan.years["people_served"].tolist() == [100, 101]
    duty = DueRule(2026, Limit("listed", np.array([1], np.int32), least=1))
    plan = plan_phases(problem, budgets, duties=[duty])
    assert plan.sites["candidate"].tolist() == [1, 0]
    assert plan.years["people_served"].tolist() == [1, 101]
    assert plan.years["bound"].tolist() == [1, 101]
    later = plan_phases(problem, budgets, duties=[replace(duty, year=2027)])
    assert later.sites["candidate"].tolist() == [0, 1]
    assert (
        plan_phases(problem, budgets, duties=[replace(duty, year=2030)]).years["sites"].sum() == 2
    )


def test_sites_that_a_later_duty_needs_are_begun_in_time():
    """Two sites a year, three of a group due in the second: one must come in the first."""
    sets = CoverSets.of([[0], [1], [2], [3], [4]], [50.0, 40.0, 3.0, 2.0, 1.0])
    group = np.array([2, 3, 4], np.int32)
    duty = DueRule(2027, Limit("listed", group, least=3))
    budgets = Budgets.read(pd.DataFrame({"year": [2026, 2027], "sites": ["2", "2"]}))
    plan = plan_phases(SitingProblem(sets), budgets, duties=[duty])
    assert set(plan.built[2027]) >= {2, 3, 4}
    assert plan.years["people_served"].tolist() == [53, 56]


def test_what_a_base_problem_must_reach_is_due_in_the_last_year():
    sets = CoverSets.of([[0], [1], [2]], [9.0, 5.0, 1.0])
    problem = SitingProblem(
        sets,
        required=np.array([2], np.int32),
        targets=(Target("point 1", np.array([1], np.int32), 5.0),),
    )
    budgets = Budgets.read(pd.DataFrame({"year": [2026, 2027, 2028], "sites": [1, 1, 1]}))
    plan = plan_phases(problem, budgets)
    assert plan.sites["candidate"].tolist() == [0, 1, 2]


def test_infeasible_duties_say_which_and_by_when():
    sets = CoverSets.of([[0], [1]], [10.0, 10.0])
    duty = DueRule(2026, Target("Xã Tây", np.array([0, 1], np.int32), 15.0))
    with pytest.raises(InfeasibleError, match="by 2026"):
        plan_phases(SitingProblem(sets, cost=np.ones(2)), Budgets.read({2026: 1.0}), duties=[duty])
    with pytest.raises(InfeasibleError, match="Xã Tây: due by 2025, before the first year 2026"):
        plan_phases(
            SitingProblem(sets, cost=np.ones(2)),
            Budgets.read({2026: 9.0}),
            duties=[replace(duty, year=2025)],
        )


def test_chosen_sites_are_put_into_years_those_that_serve_nobody_new_too():
    sets = CoverSets.of([[0, 1], [0], [2], [3]], [5.0, 5.0, 1.0, 50.0])
    problem = SitingProblem(sets, cost=np.array([2.0, 1.0, 1.0, 1.0]))
    plan = plan_phases(problem, Budgets.read({2026: 2.0, 2027: 2.0}), sites=[0, 1, 2])
    assert sorted(plan.sites["candidate"]) == [0, 1, 2]
    assert plan.sites["cost"].sum() == 4.0
    assert not len(plan.left_out)
    poor = plan_phases(problem, Budgets.read({2026: 2.0, 2027: 1.0}), sites=[0, 1, 2])
    assert poor.left_out.tolist() == [1]
    assert "2026" in repr(poor)


def test_carried_money_is_there_in_the_next_year():
    sets = CoverSets.of([[0], [1]], [5.0, 9.0])
    problem = SitingProblem(sets, cost=np.array([1.0, 5.0]))
    money = {2026: 3.0, 2027: 3.0}
    strict = plan_phases(problem, Budgets.read(money))
    assert strict.sites["candidate"].tolist() == [0]
    assert strict.years["budget"].tolist() == [3.0, 3.0]
    carried = plan_phases(problem, Budgets.read(money, carry_over=True))
    assert carried.sites["candidate"].tolist() == [0, 1]
    assert carried.years["budget"].tolist() == [3.0, 5.0]
    assert carried.years["unspent"].tolist() == [2.0, 0.0]


def test_budgets_say_all_that_is_wrong_with_them():
    table = pd.DataFrame(
        {"year": ["2026", "2025", "x"], "budget": [-1, "", "?"], "sites": [1.5, 1, 2]}
    )
    with pytest.raises(InputError) as caught:
        Budgets.read(table)
    text = str(caught.value)
    for said in (
        "row 2, budget '-1'",
        "row 2, sites '1.5'",
        "row 3, year '2025'",
        "row 4, year 'x'",
    ):
        assert said in text
    with pytest.raises(InputError, match="has no cost"):
        plan_phases(SitingProblem(CoverSets.of([[0]], [1.0])), Budgets.read({2026: 1.0}))
    with pytest.raises(InputError, match="give different candidates"):
        plan_phases(SitingProblem(CoverSets.of([[0]], [1.0])), Budgets.read({2026: ""}), sites=[3])


def test_a_plan_by_the_solver_itself_keeps_its_rules(monkeypatch):
    """Forty candidates: too many to try every choice."""
    monkeypatch.setattr(year_problems, "solve", solve)
    rng = np.random.default_rng(3)
    at, points = rng.random((40, 2)), rng.random((400, 2))
    near = [np.flatnonzero(((points - each) ** 2).sum(axis=1) < 0.02) for each in at]
    problem = SitingProblem(
        CoverSets.of(near, rng.integers(1, 40, 400)), cost=rng.uniform(50.0, 120.0, 40)
    )
    east = np.flatnonzero(at[:, 0] > 0.7).astype(np.int32)
    duty = DueRule(2028, Limit("east", east, least=5))
    budgets = Budgets(YEARS, np.array([200.0, 300.0, 300.0]), np.array([2.0, 3.0, 3.0]))
    plan = plan_phases(problem, budgets, duties=[duty])
    assert budgets.keeps(plan.years["spent"].to_numpy(), plan.years["sites"].to_numpy(float))
    assert np.isin(plan.built[2028], east).sum() >= 5
    served = [served_by(problem, plan.built[year]) for year in YEARS]
    np.testing.assert_allclose(plan.years["people_served"], served)
    assert (plan.years["bound"] >= plan.years["people_served"]).all()
    assert plan.years["gap_percent"].max() < 20.0


def test_the_money_of_phases_is_that_of_the_plan():
    """All in the first year costs what the prices say; a year's delay is discounted."""
    candidates = pd.DataFrame({"tenure": ["build", "lease", "own"], "zone": "rural"})
    prices = price_candidates(candidates, CostTable.read(), years=4)
    problem = SitingProblem(CoverSets.of([[0], [1], [2]], [9.0, 5.0, 1.0]))
    at_once = plan_phases(problem, Budgets.read({2026: ""}), prices=prices)
    for column in ("capital", "yearly", "present_value"):
        total = prices.table[column].sum()
        assert at_once.sites[column].sum() == pytest.approx(total)
    assert at_once.years["spent"].sum() == pytest.approx(prices.table["capital"].sum())
    capital = prices.table["capital"].to_numpy()
    slowly = plan_phases(
        problem, Budgets.read({2026 + n: money for n, money in enumerate(capital)}), prices=prices
    )
    assert slowly.sites["candidate"].tolist() == [0, 1, 2]
    worth = prices.table["present_value"] / 1.05 ** np.arange(3)
    np.testing.assert_allclose(slowly.years["present_value"], worth)
    np.testing.assert_allclose(slowly.years["spent"], capital)
    np.testing.assert_allclose(slowly.years["running_cost"], prices.table["yearly"].cumsum())
    unpriced = candidates.assign(backhaul_cost=[np.nan, 0.0, 0.0])
    prices = price_candidates(unpriced, CostTable.read(), years=4)
    plan = plan_phases(problem, Budgets.read({2026: 1e9}), prices=prices)
    assert plan.sites["candidate"].tolist() == [1, 2]
    with pytest.raises(InputError, match="are of 3 candidates, not of 1"):
        plan_phases(
            SitingProblem(CoverSets.of([[0]], [1.0])), Budgets.read({2026: 1}), prices=prices
        )
