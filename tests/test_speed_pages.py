"""The pages' speed tables are those of the records, and ratios are held to their floors."""

import floors
import pytest
import speed_tables
from records import read_record

PEERS = {
    "radius_km": 7.5,
    "machine": "an abacus",
    "rounds": 1,
    "timings": [
        {"tool": "S", "model": "ITM", "scope": "whole program", "points_per_s_core": 50.0},
        {"tool": "S", "model": "ITM", "scope": "compute only", "points_per_s_core": 100.0},
        {"tool": "v", "model": "sight", "scope": "whole program", "points_per_s_core": 4000.0},
        {
            "tool": "phusong, swept",
            "model": speed_tables.P1812,
            "scope": "compute only",
            "points_per_s_core": 2345.6,
        },
        {
            "tool": "phusong",
            "model": speed_tables.FREE_SPACE,
            "scope": "compute only",
            "points_per_s_core": 8000.0,
        },
        {
            "tool": "phusong, pixel by pixel",
            "model": speed_tables.P1812,
            "scope": "compute only",
            "points_per_s_core": 1.5,
        },
    ],
}
FLOORS = {"factor": 2.0, "ratios": [{"name": "a to b", "of": "a", "to": "b", "floor": 10.0}]}


@pytest.mark.parametrize("path", speed_tables.PAGES, ids=lambda path: path.name)
def test_the_page_holds_what_the_records_give(path):
    page = path.read_text(encoding="utf8")
    made = speed_tables.rewritten(page, speed_tables.tables())
    assert page == made, "python benchmarks/speed_tables.py"


def test_every_table_is_on_a_page():
    pages = "".join(path.read_text(encoding="utf8") for path in speed_tables.PAGES)
    for mark in speed_tables.tables():
        assert pages.count(f"<!-- {mark} -->") == pages.count(f"<!-- /{mark} -->") == 1


def test_a_table_takes_the_place_of_the_old_one():
    page = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n"
    new = speed_tables.rewritten(page, {"a": "new\n", "b": "elsewhere\n"})
    assert new == "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter\n"
    assert speed_tables.rewritten(new, {"a": "new\n"}) == new


def test_a_mark_that_is_not_closed_is_said():
    with pytest.raises(ValueError, match="nothing closes <!-- a -->"):
        speed_tables.rewritten("<!-- a -->\nall the rest", {"a": "new\n"})


def test_the_short_table_compares_ours_with_the_narrowest_of_each():
    lines = speed_tables.readme_table(PEERS).splitlines()[2:]
    assert lines == [
        "| S | ITM | 100 | 23.5 | 80 |",
        "| v, whole program | sight | 4,000 | 0.586 | 2 |",
        f"| phusong, swept | {speed_tables.P1812} | 2,350 | 1 | 3.41 |",
        f"| phusong | {speed_tables.FREE_SPACE} | 8,000 | 0.293 | 1 |",
        f"| phusong, pixel by pixel | {speed_tables.P1812} | 2 | 1,560 | 5,330 |",
    ]


@pytest.mark.parametrize(
    ("a", "passed", "said"), [(50.0, True, "passed"), (49.0, False, "too slow")]
)
def test_a_ratio_may_fall_below_its_floor_by_the_factor_only(a, passed, said):
    lines, fine = floors.judge(FLOORS, {"a": a, "b": 10.0})
    assert fine is passed
    assert lines == [f"{said:8}  a to b: {a / 10:.3g}, floor 10 / 2"]


def test_a_ratio_without_its_peer_is_left_out_and_said():
    assert floors.judge(FLOORS, {"a": 1.0}) == (["left out  a to b: no b here"], True)


def test_every_floor_names_two_rates_that_are_measured():
    stored = read_record(floors.FLOORS)
    known = {*floors.OURS, *floors.THEIRS}
    assert stored["factor"] > 1.0
    for ratio in stored["ratios"]:
        assert {ratio["of"], ratio["to"]} <= known
        assert ratio["floor"] > 0.0


def test_a_ratio_too_low_ends_with_1(monkeypatch, capsys):
    rates = dict.fromkeys({*floors.OURS, *floors.THEIRS}, 1.0)
    for rate, code in ((1.0, 1), (1e6, 0)):
        monkeypatch.setattr(floors, "measured", lambda rounds, p=rate: rates | {"P.1812": p})
        monkeypatch.setattr(floors, "read_record", lambda _: one_floor())
        monkeypatch.setattr("sys.argv", ["floors.py"])
        with pytest.raises(SystemExit) as ended:
            floors.main()
        assert ended.value.code == code
        assert "P.1812 to SPLAT!: " in capsys.readouterr().out


def one_floor():
    ratio = {"name": "P.1812 to SPLAT!", "of": "P.1812", "to": "SPLAT!", "floor": 20.0}
    return {"factor": 1.5, "ratios": [ratio]}
