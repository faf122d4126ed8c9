"""Operators side by side, by hand and as sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_answers import LEAST_4G, one_row
from test_gaps import ANY, coverage_of, random_coverage, row_of

from phusong.gaps import compare_operators, find_gaps


@pytest.fixture
def view():
    """Pixels served by A, by A and B, by all three, by none; C alone in commune 2."""
    a = [9, 9, 9, -9, -9, 9]
    b = [-9, 9, 9, -9, np.nan, 9]
    c = [np.nan, -9, 9, -9, 9, 9]
    coverage = one_row(
        [a, b, c], operators="ABC", people=[1, 2, 4, 8, 16, 0], labels=[1, 1, 1, 1, 2, 0]
    )
    return compare_operators(find_gaps(coverage, causes=False))


def test_who_serves_whom_by_hand(view):
    assert view.count.to_numpy().ravel().tolist() == [1, 2, 3, 0, 1, 0]
    row = row_of(view.communes, code="09001")
    people = {part: row[f"by_{part}_people"] for part in ("any", "all", "one_only", "some", "none")}
    assert people == {"any": 7, "all": 4, "one_only": 1, "some": 2, "none": 8}
    assert (row["operators"], row["by_none_area_km2"]) == (3, pytest.approx(0.01))
    assert row_of(view.province, technology="4G")["by_one_only_people"] == 17


def test_what_roaming_gains_by_hand(view):
    gains = view.roaming.set_index(["code", "operator"])[["own_people", "gain_people"]]
    assert gains.loc[("09001", "A")].tolist() == [7, 0]
    assert gains.loc[("09001", "B")].tolist() == [6, 1]
    assert gains.loc[("09001", "C")].tolist() == [4, 3]
    assert gains.loc[("09002", "A")].tolist() == [0, 16]
    assert "by_any" in repr(view)


def test_an_operator_without_the_technology_does_not_count():
    level = np.full((2, 2, 1, 2), np.nan)
    level[0] = LEAST_4G + 30
    names = {"operators": "AB", "technologies": ("4G", "5G")}
    level[1, 0] = LEAST_4G - 30
    ones = np.ones((1, 2))
    view = compare_operators(find_gaps(coverage_of(level, ones, ones, **names), causes=False))
    by = view.communes.set_index("technology")
    assert by["operators"].to_dict() == {"4G": 2, "5G": 1}
    assert by.loc["5G", "by_all_people"] == 2.0
    assert by.loc["5G", "by_one_only_people"] == 0.0
    assert by.loc["4G", "by_one_only_people"] == 2.0
    assert len(view.roaming) == 3


def test_a_technology_that_nobody_has_serves_nobody():
    level = np.full((1, 1, 1, 2), np.nan)
    ones = np.ones((1, 2))
    coverage = coverage_of(level, ones, ones, operators="A", technologies=["5G"])
    view = compare_operators(find_gaps(coverage))
    row = view.communes.iloc[0]
    assert (row["operators"], row["by_all_people"], row["by_none_people"]) == (0, 0, 2)
    assert view.roaming.empty


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_parts_sum_to_the_commune_and_agree_with_the_gaps(seed):
    gaps = find_gaps(random_coverage(seed), causes=False)
    view = compare_operators(gaps)
    of_any = gaps.communes[gaps.communes["operator"] == ANY].set_index(["code", "technology"])
    table = view.communes.set_index(["code", "technology"])
    of_any = of_any.loc[table.index]
    for of in ("people", "area_km2"):
        whole = table[f"by_any_{of}"] + table[f"by_none_{of}"]
        np.testing.assert_allclose(whole, of_any[of])
        parts = table[[f"by_{part}_{of}" for part in ("all", "one_only", "some")]].sum(axis=1)
        np.testing.assert_allclose(parts, table[f"by_any_{of}"])
    own = view.roaming.groupby(["code", "technology"])[["own_people", "gain_people"]]
    for _, rows in own:
        sums = rows.sum(axis=1)
        np.testing.assert_allclose(sums, sums.iloc[0])
