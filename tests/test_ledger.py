"""Lease or build: by hand, and against plain sets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.planning.costs import CostTable
from phusong.planning.cover_sets import CoverSets
from phusong.planning.ledger import lease_or_build
from phusong.planning.pricing import price_candidates
from phusong.report.phrases import phrase

COSTS = CostTable.read()


def ledger_of(candidates, sets, chosen, **how):
    prices = price_candidates(candidates, COSTS, operator="A")
    if_built = price_candidates(candidates.assign(tenure="build"), COSTS)
    return lease_or_build(candidates, sets, chosen, prices, if_built, **how)


def row_of_candidates(owners, x, zone="rural"):
    return pd.DataFrame(
        {
            "owner": owners,
            "x": np.asarray(x, dtype=float),
            "y": 0.0,
            "zone": zone,
            "site_ids": [f"S{n}" for n in range(len(owners))],
        },
        index=[f"c{n}" for n in range(len(owners))],
    )


def random_case(seed, count=10, points=20):
    rng = np.random.default_rng(seed)
    candidates = row_of_candidates(rng.choice(["", "A", "B"], count), rng.uniform(0, 900, count))
    candidates["zone"] = rng.choice(["rural", "urban"], count)
    sets = CoverSets.of(
        [np.flatnonzero(rng.random(points) < 0.3) for _ in range(count)],
        rng.integers(0, 50, points),
    )
    return candidates, sets, rng.choice(count, 4, replace=False)


def served_by(sets, chosen):
    points = np.unique(np.concatenate([sets.points(place) for place in chosen]))
    return float(sets.people[points].sum())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 5.0, 100.0]), st.integers(0, 900))
def test_a_ledger_says_what_its_numbers_say(seed, most_lost, within_m):
    candidates, sets, chosen = random_case(seed)
    how = {"within_m": within_m, "most_lost_percent": most_lost}
    ledger = ledger_of(candidates, sets, chosen, **how)
    place_of = dict(zip(candidates.index, range(len(candidates)), strict=True))
    prices = price_candidates(candidates, COSTS, operator="A").table
    for place, line in zip(chosen, ledger.to_dict("records"), strict=True):
        assert line["candidate"] == candidates.index[place]
        others = [each for each in chosen if each != place]
        alone = served_by(sets, chosen) - served_by(sets, others)
        assert line["people_only_here"] == pytest.approx(alone)
        if pd.isna(line["mast"]):
            assert line["decision"] == "build"
            assert np.isnan(line["people_lost"])
            continue
        mast = place_of[line["mast"]]
        lost = served_by(sets, chosen) - served_by(sets, [*others, mast])
        assert line["people_lost"] == pytest.approx(lost)
        assert line["lease_present_value"] == prices["present_value"].iloc[mast]
        assert line["distance_m"] <= within_m
        assert mast == place or mast not in chosen
        if line["decision"] != "build":
            assert line["tenure"] == "own" or (
                line["lease_present_value"] <= line["build_present_value"]
            )
            assert lost <= most_lost / 100.0 * alone + 1e-9


def test_ledgers_by_hand_and_in_vietnamese():
    """Sites from the west: a new one, masts at 100 and 400 m, an own one, a new one far off."""
    candidates = row_of_candidates(["", "B", "C", "A", ""], [0, 100, 400, 2_000, 9_000])
    sets = CoverSets.of([[0, 1], [0], [0, 1, 2], [3], [4]], [60.0, 40.0, 5.0, 7.0, 9.0])
    ledger = ledger_of(candidates, sets, [0, 3, 4]).set_index("candidate")
    near = ledger.loc["c0"]
    assert (near["mast"], near["mast_owner"], near["mast_site_ids"]) == ("c2", "C", "S2")
    assert (near["distance_m"], near["people_lost"], near["decision"]) == (400.0, -5.0, "lease")
    saved = near["build_present_value"] - near["lease_present_value"]
    assert near["reason"] == f"saves {saved:,.0f} USD, and nobody loses service"
    assert ledger.loc["c3", ["decision", "mast"]].tolist() == ["own", "c3"]
    assert ledger.loc["c4", "decision"] == "build"
    assert ledger.loc["c4", "reason"] == "no free mast within 500 m"
    nearest = ledger_of(candidates, sets, [0], within_m=150.0).iloc[0]
    assert (nearest["decision"], nearest["people_lost"]) == ("build", 40.0)
    assert nearest["reason"] == "the best mast within 150 m would leave 40 people unserved"
    tolerant = ledger_of(candidates, sets, [0], within_m=150.0, most_lost_percent=40.0).iloc[0]
    assert tolerant["decision"] == "lease"
    assert tolerant["reason"].endswith("USD, and leaves 40 people unserved")
    urban = ledger_of(candidates.assign(zone="urban"), sets, [0]).iloc[0]
    assert urban["decision"] == "build"
    assert urban["reason"].startswith("leasing costs ")
    for reason in [*ledger["reason"], nearest["reason"], tolerant["reason"], urban["reason"]]:
        assert phrase(reason, "vi") != reason


def test_no_mast_at_all_and_no_site():
    candidates = row_of_candidates(["", ""], [0, 10])
    sets = CoverSets.of([[0], [1]], [1.0, 1.0])
    assert ledger_of(candidates, sets, [0, 1])["decision"].tolist() == ["build", "build"]
    assert ledger_of(candidates, sets, []).empty


def test_everything_wrong_is_told_at_once():
    candidates = row_of_candidates(["", "B"], [0, 10])
    prices = price_candidates(candidates, COSTS)
    other = price_candidates(
        candidates.iloc[:1].assign(tenure="lease"), COSTS.converted("VND", {"USD": 25_000.0})
    )
    sets = CoverSets.of([[0]], [1.0])
    with pytest.raises(InputError) as caught:
        lease_or_build(
            candidates.drop(columns="y"),
            sets,
            [7],
            prices,
            other,
            within_m=-1,
            most_lost_percent=101,
        )
    told = "\n".join(caught.value.problems)
    for said in (
        "sets are of 1 candidates, not of 2",
        "if_built are of 1 candidates, not of 2",
        "prices are in USD and VND",
        "if_built are not prices of building",
        "chosen names 7: give places from 0 to 1",
        "candidates have no column y",
        "within_m is -1",
        "most_lost_percent is 101",
    ):
        assert said in told


def test_a_chosen_site_without_a_price_is_refused():
    candidates = row_of_candidates(["", "B"], [0, 10]).assign(backhaul_cost=[np.nan, 0.0])
    with pytest.raises(InputError, match="has no price: it cannot be connected"):
        ledger_of(candidates, CoverSets.of([[0], [0]], [1.0]), [0])
