"""Wins, losses and targets of communes."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest
from test_answers import KNOWN, one_row
from test_gaps import ANY, row_of

from phusong.errors import InputError
from phusong.gaps import Uncertainty, check_targets, compare_runs, find_gaps

DAY = datetime.date(2027, 1, 1)


def gaps_of(excess, *, people=(1, 2, 4, 8), labels=(1, 1, 2, 2), **values):
    coverage = one_row(excess, people=people, labels=labels)
    return find_gaps(coverage, uncertainty=KNOWN, causes=False, **values)


def test_wins_and_losses_by_hand():
    before, after = gaps_of([20, -20, 20, np.nan]), gaps_of([-20, 20, 20, 20])
    table = compare_runs(before, after)
    one = row_of(table, code="09001", operator="A")
    names = ["before_people", "after_people", "won_people", "lost_people"]
    assert one[names].tolist() == [1, 2, 2, 1]
    assert row_of(table, code="09002", operator=ANY)[names].tolist() == [4, 12, 8, 0]
    np.testing.assert_allclose(
        table["before_people"] + table["won_people"],
        table["after_people"] + table["lost_people"],
    )
    same = compare_runs(after, after)
    assert (same[["won_people", "lost_people"]] == 0).all(axis=None)


def test_runs_that_cannot_be_compared_are_told():
    gaps = gaps_of([20, 20, 20, 20])
    with pytest.raises(InputError, match="different communes"):
        compare_runs(gaps, gaps_of([20] * 4, labels=(1, 2, 2, 2)))
    with pytest.raises(InputError, match="different grids"):
        compare_runs(gaps, gaps_of([20] * 5, people=[1] * 5, labels=[1, 1, 2, 2, 2]))
    with pytest.raises(InputError, match="'vn_default' and 'arcep'"):
        compare_runs(gaps, gaps_of([20] * 4, service="arcep"))


def targets(*rows):
    return pd.DataFrame(rows, columns=["commune", "technology", "metric", "value", "due"])


def test_targets_by_hand(tmp_path):
    # commune 1 is surely served, 2 has one pixel surely and one that none can say
    gaps = gaps_of([30, 30, 30, 0.5], people=(1, 1, 1, 1))
    table = targets(
        ("09001", "4G", "served_people_pct", 99, "2026-12-31"),
        ("09002", "4G", "served_people_pct", 95, "2026-12-31"),
        ("09002", "4G", "served_area_pct", 40, "2026-06-30"),
    )
    check = check_targets(gaps, table, on=DAY)
    assert check.targets["verdict"].tolist() == ["met", "cannot_say", "met"]
    assert check.targets["overdue"].tolist() == [False, True, False]
    assert not check_targets(gaps, table, on=datetime.date(2026, 1, 1)).targets["overdue"].any()
    line = row_of(check.communes, commune="09002")
    assert line[["targets", "met", "missed", "cannot_say", "overdue"]].tolist() == [2, 1, 0, 1, 1]
    assert line["next_due"] == pd.Timestamp("2026-12-31")
    assert pd.isna(row_of(check.communes, commune="09001")["next_due"])
    dates = table.assign(due=pd.to_datetime(table["due"]))
    pd.testing.assert_frame_equal(check_targets(gaps, dates, on=DAY).targets, check.targets)
    zoned = table.assign(due=pd.to_datetime(table["due"] + "T00:00:00+07:00"))
    zoned["due"] = zoned["due"].astype(object)
    zoned.loc[0, "due"] = "2026-12-31"
    zoned.loc[1, "due"] = datetime.date(2026, 12, 31)
    pd.testing.assert_frame_equal(check_targets(gaps, zoned, on=DAY).targets, check.targets)
    path = tmp_path / "targets.csv"
    table.to_csv(path, index=False, sep=";")
    pd.testing.assert_frame_equal(check_targets(gaps, path, on=DAY).communes, check.communes)


def test_a_missed_target_says_what_is_lacking():
    gaps = gaps_of([30, -30, -30, -30], people=(1, 1, 1, 0))
    check = check_targets(
        gaps, targets(("09001", "4G", "served_people_pct", 90, "2026-12-31")), on=DAY
    )
    assert check.targets["verdict"].tolist() == ["missed"]
    assert check.communes["largest_gap_pct"].tolist() == pytest.approx([40.0])


def test_a_commune_without_people_has_nothing_to_miss():
    gaps = gaps_of([30, 30, -30, -30], people=(1, 1, 0, 0))
    wanted = targets(("09002", "4G", "served_people_pct", 90, "2026-12-31"))
    check = check_targets(gaps, wanted, on=DAY)
    assert check.targets["verdict"].tolist() == ["no_people"]
    assert check.communes[["met", "missed", "cannot_say", "overdue"]].to_numpy().sum() == 0


def test_all_unusable_targets_are_told_together(tmp_path):
    gaps = gaps_of([30] * 4)
    wrong = targets(
        ("1", "4G", "served_people_pct", 90, "2026-12-31"),
        ("09001", "6G", "speed", 120, "soon"),
    )
    with pytest.raises(InputError) as caught:
        check_targets(gaps, wrong, on=DAY)
    told = ["row 2: commune", "row 3: technology", "row 3: metric", "row 3: value", "row 3: due"]
    for start, problem in zip(told, caught.value.problems, strict=True):
        assert problem.startswith(start)
    with pytest.raises(InputError, match="no column of due"):
        check_targets(gaps, wrong.drop(columns="due"), on=DAY)
    with pytest.raises(InputError, match="no row"):
        check_targets(gaps, wrong.iloc[:0], on=DAY)
    with pytest.raises(InputError, match="there is no file"):
        check_targets(gaps, tmp_path / "none.csv", on=DAY)
    good = targets(("09001", "4G", "served_people_pct", 90, "2026-12-31"))
    with pytest.raises(InputError, match="no operator 'Z'"):
        check_targets(gaps, good, on=DAY, operator="Z")


def test_rows_that_set_one_target_twice_are_told():
    gaps = gaps_of([30] * 4)
    of = ("09001", "4G", "served_people_pct")
    rows = [
        (*of, 90, "2026-12-31"),
        (*of, 80, "2027-12-31"),
        (*of[:2], "served_area_pct", 90, "2026-12-31"),
    ]
    assert len(check_targets(gaps, targets(*rows), on=DAY).targets) == 3
    twice = targets(
        rows[0],
        rows[1],
        (*of, 90, pd.Timestamp("2026-12-31", tz="Asia/Ho_Chi_Minh")),
        (*of, 70, rows[0][4]),
    )
    with pytest.raises(InputError) as caught:
        check_targets(gaps, twice, on=DAY)
    assert [problem.split(" is for ")[0] for problem in caught.value.problems] == [
        "row 4: value 90",
        "row 5: value 70",
    ]
    assert all("of row 2, which has 90" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("due", ["2026", "2026-12", "today", "now", "31/12/2026", "2026-13-01"])
def test_a_due_that_is_no_whole_date_is_told(due):
    with pytest.raises(InputError, match="write a date as 2026-12-31"):
        check_targets(
            gaps_of([30] * 4), targets(("09001", "4G", "served_people_pct", 90, due)), on=DAY
        )


def test_a_file_of_targets_is_read_as_people_save_it(tmp_path):
    gaps = gaps_of([30] * 4)
    path = tmp_path / "targets.csv"
    path.write_text("", encoding="utf8")
    with pytest.raises(InputError, match="empty"):
        check_targets(gaps, path, on=DAY)
    header = "Commune ; technology; Metric;value;Due\n"
    good = "09001;4G; served_people_pct;95,5;2026-12-31\n"
    path.write_text(header + good, encoding="utf8")
    assert check_targets(gaps, path, on=DAY).targets["value"].tolist() == [95.5]
    path.write_text(header + "\n\n" + good.replace("95,5", "955"), encoding="utf8")
    with pytest.raises(InputError, match="row 4: value is '955'"):
        check_targets(gaps, path, on=DAY)


def test_the_day_asked_for_is_a_day():
    gaps = gaps_of([-30] * 4)
    table = targets(("09001", "4G", "served_people_pct", 90, "2026-12-31"))
    for on in (datetime.datetime(2027, 1, 1, 8), pd.Timestamp("2027-01-01", tz="UTC")):
        assert check_targets(gaps, table, on=on).targets["overdue"].all()
    for on in ("2026-12-31", None, pd.NaT, 2026):
        with pytest.raises(InputError, match=r"give a datetime\.date"):
            check_targets(gaps, table, on=on)


def test_a_code_without_its_zero_gets_a_hint(tmp_path):
    gaps = gaps_of([30] * 4)
    path = tmp_path / "targets.csv"
    header = "commune,technology,metric,value,due"
    path.write_text(f"{header}\n9001,4G,served_people_pct,90,2026-12-31\n", encoding="utf8")
    with pytest.raises(InputError, match="is it '09001'"):
        check_targets(gaps, path, on=DAY)
    numbers = targets((9002, "4G", "served_people_pct", 90, "2026-12-31"))
    with pytest.raises(InputError, match="is it '09002'"):
        check_targets(gaps, numbers, on=DAY)
    strange = targets(("77777", "4G", "served_people_pct", 90, "2026-12-31"))
    with pytest.raises(InputError) as caught:
        check_targets(gaps, strange, on=DAY)
    assert "is it" not in str(caught.value)


def test_what_is_assumed_of_errors_alters_no_change():
    before, after = gaps_of([20, -20, 20, 1]), gaps_of([-20, 20, 20, 1])
    other = find_gaps(before.coverage, uncertainty=Uncertainty(confidence=0.99), causes=False)
    assert not np.array_equal(other.answer, before.answer)
    pd.testing.assert_frame_equal(compare_runs(other, after), compare_runs(before, after))


def test_a_stricter_profile_loses_and_wins_nothing():
    before = gaps_of([20, 1, -1, 9])
    strict = dataclasses.replace(before.profile, probability=0.97)
    after = dataclasses.replace(gaps_of([20, 1, -1, 9], service=strict), profile=before.profile)
    table = compare_runs(before, after)
    assert (table["won_people"] == 0).all()
    assert (table["lost_people"] > 0).any()
