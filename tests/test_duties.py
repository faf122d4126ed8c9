"""Duties: read from tables, made rules of, and their evidence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_by_trial import solve_by_trial

from phusong.errors import InputError
from phusong.planning import year_problems
from phusong.planning.budgets import Budgets
from phusong.planning.cover_sets import CoverSets
from phusong.planning.duties import Standing, duty_rules, read_duties
from phusong.planning.evidence import check_duties
from phusong.planning.phases import plan_phases
from phusong.planning.problem import InfeasibleError, Limit, SitingProblem, Target

CODES = ("01", "02", "03")


def standing_of(candidate_communes, point_communes, **columns):
    communes = {
        "code": CODES,
        "name": ("Xã Tây", "Xã Đông", "Xã Bắc"),
        "people": (100.0, 50.0, 20.0),
        "served_people": (80.0, 10.0, 20.0),
        "sites": (1, 0, 2),
    }
    return Standing(
        pd.DataFrame(communes | columns),
        np.array(candidate_communes, dtype=object),
        np.array(point_communes, dtype=object),
    )


def table_of(*rows):
    names = ("duty", "metric", "value", "due", "communes", "scope")
    return pd.DataFrame([dict(zip(names, row, strict=False)) for row in rows]).fillna("")


def duties_of(*rows, **how):
    return read_duties(table_of(*rows), CODES, **how)


WEST, EAST = [0, 1], [2, 3]
SETS = CoverSets.of([[0], [1, 2], [3], [0, 3]], [12.0, 8.0, 25.0, 15.0])
STANDING = standing_of(["01", "02", "02", "01"], ["01", "01", "02", "02"])


def test_duties_become_what_is_lacking_to_them():
    duties = duties_of(
        ("listed", "sites", 3, 2027, "01; 02"),
        ("all", "sites", 3, 2027, "all"),
        ("95", "served_people_pct", 95, "2028-12-31", "01;02;03", "each"),
        ("people", "served_people", 130, "2028-06-30", "all"),
    )
    assert duties["due_year"].tolist() == [2027, 2027, 2028, 2027]
    rules = duty_rules(duties, STANDING)
    limit, *targets, people = [each.rule for each in rules]
    assert [each.year for each in rules] == [2027, 2028, 2028, 2027]
    assert isinstance(limit, Limit)
    assert (limit.name, limit.least, limit.candidates.tolist()) == ("listed", 2, [0, 1, 2, 3])
    assert all(isinstance(each, Target) for each in targets)
    assert [each.name for each in targets] == ["95, Xã Tây (01)", "95, Xã Đông (02)"]
    np.testing.assert_allclose([each.least for each in targets], [15.0, 37.5])
    assert [each.points.tolist() for each in targets] == [WEST, EAST]
    assert people.least == pytest.approx(20.0)


def test_evidence_by_hand():
    duties = duties_of(
        ("listed", "sites", 2, 2026, "02"),
        ("95", "served_people_pct", 95, 2027, "01;03", "each"),
        ("later", "served_people", 170, 2040, "all"),
        ("before", "sites", 3, 2020, "all"),
        ("missed", "served_people_pct", 100, 2027, "02"),
    )
    built = {2026: [1, 2], 2027: [1, 2, 0]}
    evidence = check_duties(duties, built, SETS, STANDING)
    rows = evidence.duties.set_index("duty")
    assert rows["passed"].tolist() == [True, True, True, True, True]
    assert rows["judged_year"].tolist() == [2026, 2027, 2027, 2025, 2027]
    assert rows["met_in"].tolist() == [2026, 2027, 2027, 0, 2026]
    assert rows.loc["listed", "counted"] == (1, 2)
    assert rows.loc["95", "counted"] == (1, 0)
    assert rows["unit"].tolist() == ["site", "%", "person", "site", "%"]
    assert rows.loc["95", ["reached", "communes", "communes_passed"]].tolist() == [100.0, 2, 2]
    each = evidence.communes[evidence.communes["duty"] == "95"]
    assert each["name"].tolist() == ["Xã Tây", "Xã Bắc"]
    assert each["stands"].tolist() == [80.0, 100.0]
    assert evidence.passed
    poor = check_duties(duties, {2026: [1]}, SETS, STANDING)
    assert not poor.passed
    rows = poor.duties.set_index("duty")
    assert rows["passed"].tolist() == [False, False, False, True, False]
    assert rows.loc["listed", ["reached", "lacking", "new_sites"]].tolist() == [1.0, 1.0, 1]
    assert rows.loc["95", "reached"] == pytest.approx(88.0)
    assert rows.loc["95", "communes_passed"] == 1
    assert rows["met_in"].isna().tolist() == [True, True, True, False, True]
    assert "listed" in repr(poor)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_plan_that_is_found_passes_its_duties(seed):
    rng = np.random.default_rng(seed)
    sets = CoverSets.of(
        [np.flatnonzero(rng.random(6) < 0.4) for _ in range(4)], rng.integers(0, 9, 6)
    )
    points = rng.choice(CODES, 6)
    served = rng.integers(0, 10, 3).astype(float)
    people = served + [float(sets.people[points == code].sum()) for code in CODES]
    standing = standing_of(
        rng.choice(CODES, 4), points, people=people, served_people=served, sites=[0, 1, 0]
    )
    metrics = ("sites", "served_people", "served_people_pct")
    duties = duties_of(
        *(
            (
                f"duty {n}",
                metric,
                int(rng.integers(0, {"sites": 3, "served_people": 20}.get(metric, 101))),
                int(rng.choice([2026, 2027])),
                "; ".join(rng.choice(CODES, 2, replace=False)),
                str(rng.choice(["each", "together"])),
            )
            for n, metric in enumerate(rng.choice(metrics, 2))
        )
    )
    budgets = Budgets.read(pd.DataFrame({"year": [2026, 2027], "sites": rng.integers(0, 4, 2)}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(year_problems, "solve", solve_by_trial)
        try:
            plan = plan_phases(SitingProblem(sets), budgets, duties=duty_rules(duties, standing))
        except InfeasibleError:
            return
    assert check_duties(duties, plan.built, sets, standing).passed


def test_everything_wrong_with_duties_is_told_at_once(tmp_path):
    path = tmp_path / "duties.csv"
    table_of(
        ("", "sites", 3, 2027, "01"),
        ("a", "masts", 3, 2027, "01"),
        ("b", "served_people_pct", 130, 2027, "01"),
        ("c", "sites", "many", "soon", "01; 99"),
        ("d", "sites", 1, 2027, "", "some"),
    ).to_csv(path, index=False, sep=";")
    with pytest.raises(InputError) as caught:
        read_duties(path, CODES)
    assert caught.value.source == str(path)
    told = "\n".join(caught.value.problems)
    for said in (
        "row 2, duty '' is empty",
        "row 3, metric 'masts' is unknown; write sites or served_people or served_people_pct",
        "row 4, value '130' is outside 0 to 100",
        "row 5, value 'many' is not a number",
        "row 5, due 'soon' is no date",
        "row 5, communes '01; 99' has 99, of no commune of the area",
        "row 6, communes '' is empty",
        "row 6, scope 'some' is unknown; write together or each",
    ):
        assert said in told
    with pytest.raises(InputError, match="has no column of metric"):
        read_duties(table_of(("a",)).drop(columns="metric", errors="ignore"), CODES)


def test_duties_of_other_technologies_are_left_out_and_lists_are_taken():
    table = table_of(("a", "sites", 1, 2027, ("01", "02")), ("b", "sites", 1, 2027, "all"))
    table["technology"] = ["5G", "4G"]
    duties = read_duties(table, CODES, technology="5G")
    assert duties["duty"].tolist() == ["a"]
    assert duties["communes"][0] == ("01", "02")
    assert len(read_duties(table, CODES)) == 2


def test_years_that_undo_earlier_ones_and_strange_communes_are_refused():
    duties = duties_of(("a", "sites", 1, 2027, "all"))
    with pytest.raises(InputError, match=r"2027 lacks 1 site\(s\) that stood in 2026"):
        check_duties(duties, {2026: [0], 2027: [1]}, SETS, STANDING)
    with pytest.raises(InputError, match="has no year"):
        check_duties(duties, {}, SETS, STANDING)
    with pytest.raises(InputError, match="point_communes has '09', which is no code"):
        standing_of(["01"], ["09"])
    with pytest.raises(InputError, match="column sites is missing"):
        Standing(STANDING.communes.drop(columns="sites"), np.array([]), np.array([]))
