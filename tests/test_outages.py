"""Who loses service in outages: by property, and against predictions of what is left."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outages_case import (
    around,
    assess,
    box,
    cells_of,
    gaps_of,
    hazard,
    links,
    lost,
    scene_of,
)
from pandas.api.types import is_float_dtype
from pandas.testing import assert_frame_equal

import phusong as ps
from phusong.errors import InputError
from phusong.gaps import ANY
from phusong.outages.rules import EFFECTS, HazardRules
from phusong.report.columns import column_heading, unit
from phusong.report.words import _words, codes, word

PART = st.tuples(*[st.floats(0.0, 1.0)] * 4).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]) + 0.01, max(b[1], b[3]) + 0.01)
)


@pytest.fixture(scope="module")
def scene():
    return scene_of()


@pytest.fixture(scope="module", params=[(), ("Alpha",)], ids=["standalone", "non-standalone"])
def gaps(request, scene):
    return gaps_of(cells_of(), scene, request.param)


@pytest.fixture(scope="module")
def plain(scene):
    return gaps_of(cells_of(), scene)


# ---- one mast out


def test_one_mast_out_is_what_a_prediction_without_it_says(gaps):
    masts = assess(gaps).masts
    whole = masts[masts["operator"] == ANY]
    assert (whole["lost_people"] > 0).sum() > 3
    for row in whole.itertuples():
        name = row.sites.split(", ")[0].split(" ")[1]
        off = ps.switch_off(gaps, sites=[name], progress=False)
        assert row.lost_people == pytest.approx(off.province["lost_people"])
        assert row.lost_area_km2 == pytest.approx(off.province["lost_area_km2"])
        assert row.lost_villages == len(off.villages)


def test_each_operator_has_its_own_loss_by_one_mast(plain):
    masts = assess(plain).masts
    alone = plain.coverage.network.select(operators="Beta").cells
    beta = gaps_of(alone, plain.coverage.scene)
    for row in masts[masts["operator"] == "Beta"].itertuples():
        name = next(site for site in row.sites.split(", ") if site.startswith("Beta"))
        off = ps.switch_off(beta, sites=[name.split(" ")[1]], progress=False)
        assert row.lost_people == pytest.approx(off.province["lost_people"])


def test_who_depends_on_one_mast(gaps):
    result = assess(gaps)
    for operator in ("Alpha", "Beta", ANY):
        masts = result.masts[result.masts["operator"] == operator]
        alone = result.single_mast_people(operator)
        assert float(alone.sum()) == pytest.approx(masts["lost_people"].sum())
        assert masts["rank"].tolist() == list(range(1, len(masts) + 1))
        assert masts["lost_people"].is_monotonic_decreasing
    with pytest.raises(InputError, match="no operator 'Gamma'; there are: Alpha, Beta, any"):
        result.single_mast_people("Gamma")


def test_a_mast_takes_along_those_that_it_feeds(plain):
    pairs = [("Alpha S2", "Alpha S0"), ("Alpha S4", "Alpha S2"), ("Alpha S4", "Alpha S6")]
    fed = assess(plain, backhaul=links(*pairs)).masts.query("operator == 'Alpha'")
    free = assess(plain).masts.query("operator == 'Alpha'").set_index("sites")["lost_people"]
    dependents = fed.set_index("sites")["dependents"]
    first, middle = (next(s for s in dependents.index if f"Alpha {n}" in s) for n in ("S0", "S2"))
    assert dependents[first] == 1  # S4 has S6 as well
    assert dependents.drop(first).eq(0).all()
    both = hazard(plain, *around(plain, "S0"), kind="landslide")
    hit = lost(assess(plain, both, backhaul=links(*pairs)))["landslide", 0.0, "Alpha", ANY]
    people = fed.set_index("sites")["lost_people"]
    assert people[first] == pytest.approx(hit)
    assert people[first] > free[first]
    assert people[middle] == free[middle]


# ---- scenarios


def test_equipment_lost_at_once_is_what_a_prediction_of_the_rest_says(gaps):
    sites = ["S0", "S3", "S5"]
    result = assess(gaps, hazard(gaps, *around(gaps, *sites)))
    off = ps.switch_off(gaps, sites=sites, progress=False)
    table = lost(result)
    assert table["landslide", 0.0, ANY, ANY] == pytest.approx(off.province["lost_people"])
    area = lost(result, "lost_area_km2")
    assert area["landslide", 24.0, ANY, ANY] == pytest.approx(off.province["lost_area_km2"])
    assert len(result.villages) == len(off.villages)
    by_commune = result.communes.query("time_h == 0 and operator == 'any'")
    np.testing.assert_allclose(by_commune["lost_people"], off.communes["lost_people"])
    assert set(result.sites["site_id"]) == set(sites)
    assert (result.first_lost.sel(operator=ANY)[0].to_numpy() == 0).sum() == off.lost.sum()


@pytest.mark.parametrize("technology", ["3G", "4G", "5G"])
def test_every_layer_is_what_find_gaps_says_of_the_rest(gaps, technology):
    """Operator by operator, also of 5G that leans on 4G."""
    sites = ["S0", "S4"]
    table = lost(assess(gaps, hazard(gaps, *around(gaps, *sites))))
    cells = gaps.coverage.network.cells
    rest = gaps_of(cells[~cells["site_id"].isin(sites)], gaps.coverage.scene, gaps.nsa)
    for operator in ("Alpha", "Beta", ANY):
        before, after = (
            each.served_percent(technology, operator)
            / 100
            * float(each.coverage.scene.people.sum())
            for each in (gaps, rest)
        )
        found = table["landslide", 0.0, operator, technology]
        assert found == pytest.approx(before - after, abs=1e-6)


def test_where_nothing_is_hit_nobody_loses(gaps):
    result = assess(
        gaps, hazard(gaps, box(gaps, -0.4, -0.4, -0.3, 0.001), box(gaps, 0, 0, 1e-4, 1e-4))
    )
    assert (result.losses["lost_people"] == 0).all()
    assert result.sites.empty
    assert result.villages.empty
    assert result.areas().empty
    assert (result.scenarios["lost_people_hours"] == 0).all()
    nothing = assess(gaps)
    assert nothing.losses.empty
    assert list(nothing.losses) == list(result.losses)
    assert list(nothing.sites) == list(result.sites)
    assert nothing.areas().empty
    assert np.isnan(nothing.score())
    assert "Resilience under 0 scenario(s)" in repr(nothing)


@settings(max_examples=12)
@given(PART, st.tuples(*[st.floats(0.0, 0.3)] * 4), st.sampled_from(["flood", "storm"]))
def test_more_hazard_never_loses_fewer(plain, part, more, kind):
    west, south, east, north = part
    wider = west - more[0], south - more[1], east + more[2], north + more[3]
    small, large = (
        lost(assess(plain, hazard(plain, box(plain, *b), kind=kind))) for b in (part, wider)
    )
    assert (small <= large + 1e-9).all()


@settings(max_examples=12)
@given(PART, st.floats(0.0, 12.0), st.floats(0.0, 12.0))
def test_later_loses_no_fewer_and_roaming_and_longer_autonomy_lose_no_more(
    plain, part, hours, more
):
    area = hazard(plain, box(plain, *part), kind="storm", probability=[0.5])
    backhaul = links(("Alpha S2", "Alpha S0"), ("Alpha S4", "Alpha S2"), ("Beta S5", "Beta S1"))
    short, long = (
        assess(plain, area, times_h=(0, 3, 6, 12), autonomy_h=h, backhaul=backhaul)
        for h in (hours, hours + more)
    )
    for column in ("lost_people", "lost_people_roaming", "lost_villages", "lost_communes"):
        by_time = short.losses.pivot_table(
            index="time_h", columns=["operator", "technology"], values=column
        )
        assert (by_time.diff().iloc[1:] >= -1e-9).all(axis=None)
        assert (long.losses[column] <= short.losses[column] + 1e-9).all()
    for one, other in (("lost_people", "lost_people_roaming"), ("lost_villages",) * 2):
        assert (short.losses[other] <= short.losses[one] + 1e-9).all()
    assert short.score(roaming=True) <= short.score() + 1e-9
    assert long.score() <= short.score() + 1e-9


def test_hours_without_the_grid_are_the_sites_own(scene):
    cells = cells_of().assign(autonomy_h=lambda t: t["site_id"].map({"S0": 1.0, "S1": 8.0}))
    cells.loc[cells["cell_id"] == "S1-4G", "autonomy_h"] = 7.0
    gaps = gaps_of(cells, scene)
    area = hazard(gaps, box(gaps, -1, -1, 2, 2), kind="Mất điện")
    result = assess(gaps, area, autonomy_h={"rooftop": 3.0, "any": 5.0})
    hours = result.sites.set_index(["operator", "site_id"])["fails_at_h"]
    assert hours["Alpha", "S0"] == 1.0
    assert hours["Beta", "S1"] == 7.0
    assert hours["Alpha", "S2"] == 5.0
    assert hours["Beta", "S3"] == 3.0
    assert set(result.sites["failed_by"]) == {"power"}
    reasons = " ".join(result.findings["reason"])
    assert "1 sites state several hours: the least is taken" in reasons
    assert "3 h taken" in reasons
    share = result.losses.query("operator == 'any' and technology == 'any'")["lost_people_pct"]
    assert share.iloc[0] == 0.0
    assert share.iloc[-1] == 100.0


def test_a_site_with_two_parents_survives_one(plain):
    backhaul = links(("Alpha S4", "Alpha S0"), ("Alpha S4", "Alpha S2"), ("Alpha S6", "Alpha S4"))

    def failed(*sites):
        table = assess(plain, hazard(plain, *around(plain, *sites)), backhaul=backhaul).sites
        return table[table["operator"] == "Alpha"].set_index("site_id")

    assert "S4" not in failed("S0").index
    assert "S4" not in failed("S2").index
    both = failed("S0", "S2")
    assert both.loc[["S4", "S6"], "failed_by"].tolist() == ["parent", "parent"]
    assert both.loc["S4", "via"] == "Alpha S0"
    assert both.loc["S6", "via"] == "Alpha S4"
    assert both.loc["S0", "hazard"] == "landslide"


def test_a_child_lasts_as_long_as_the_longest_lived_way(scene):
    hours = {"S0": 2.0, "S2": 5.0, "S4": 9.0}
    cells = cells_of().assign(autonomy_h=lambda t: t["site_id"].map(hours).fillna(50.0))
    ways = {"S4": "S0|S2", "S6": "S4"}
    alpha = cells["operator"] == "Alpha"
    cells["backhaul_via"] = cells["site_id"].map(ways).where(alpha).fillna("")
    gaps = gaps_of(cells, scene)
    result = assess(gaps, hazard(gaps, box(gaps, -1, -1, 2, 2), kind="storm"))
    table = result.sites[result.sites["operator"] == "Alpha"].set_index("site_id")
    assert table["fails_at_h"].loc[["S0", "S2", "S4", "S6"]].tolist() == [2.0, 5.0, 5.0, 5.0]
    assert table["failed_by"].loc[["S2", "S4", "S6"]].tolist() == ["power", "parent", "parent"]
    assert table.loc["S4", "via"] == "Alpha S2"


def test_floods_hit_by_depth_and_structure(plain):
    site, roof = "S0", "S3"
    shapes = around(plain, site, roof)

    def told(depth):
        area = hazard(plain, *shapes, kind="Lũ lụt", depth_m=[depth] * 2)
        table = assess(plain, area).sites.drop_duplicates("site_id").set_index("site_id")
        return table["failed_by"].to_dict(), table["fails_at_h"].to_dict()

    assert told(0.2) == ({}, {})
    assert told(0.5) == ({site: "power", roof: "power"}, {site: 4.0, roof: 2.0})
    assert told(1.5) == ({site: "equipment", roof: "power"}, {site: 0.0, roof: 2.0})
    assert told(np.nan) == told(1.5)


def test_overlapping_areas_are_the_same_as_their_union(plain):
    one, other = box(plain, 0, 0, 0.6, 0.6), box(plain, 0.3, 0.3, 1, 1)
    apart = assess(plain, hazard(plain, one, other))
    joined = assess(plain, hazard(plain, one.union(other)))
    assert_frame_equal(apart.losses, joined.losses)


def test_the_same_again(plain):
    area = hazard(plain, box(plain, 0, 0, 0.6, 0.6), kind="flood")
    one, other = assess(plain, area), assess(plain, area)
    for name in ("scenarios", "losses", "communes", "masts", "sites", "villages"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


# ---- figures


def test_expected_people_and_hours_by_hand(plain):
    site = around(plain, "S0")[0]
    areas = hazard(plain, site, site, probability=[0.5, None], return_period_years=[None, 50])
    shares = {"Alpha": 3.0, "Beta": 1.0}
    result = assess(plain, areas, times_h=(0, 10), market_shares=shares)
    assert result.scenarios["scenario"].tolist() == ["landslide 0.5", "landslide 0.02"]
    table = lost(result)
    each = table["landslide 0.5", 0.0, "Alpha", ANY]
    assert each > 0
    assert result.scenarios["lost_people_hours"].tolist() == pytest.approx([7.5 * each] * 2)
    assert result.score() == pytest.approx(0.52 * 7.5 * each)
    expected = result.expected.set_index(["time_h", "operator", "technology"])["lost_people"]
    assert expected[10.0, "Alpha", ANY] == pytest.approx(0.52 * each)
    assert result.market_shares == {"Alpha": 0.75, "Beta": 0.25}
    assert np.isnan(
        assess(plain, areas.drop(columns=["probability", "return_period_years"])).score()
    )


def test_areas_are_those_of_the_losses(plain):
    area = hazard(plain, box(plain, 0, 0, 0.5, 0.9), kind="flood", depth_m=[2.0])
    result = assess(plain, area)
    for operator in ("Alpha", ANY):
        drawn = result.areas(operator)
        final = result.losses.query("time_h == 24 and technology == 'any'")
        final = final.set_index("operator").loc[operator]
        assert drawn["people"].sum() == pytest.approx(final["lost_people"])
        assert drawn["area_km2"].sum() == pytest.approx(final["lost_area_km2"])
        np.testing.assert_allclose(
            drawn.area / 1e6, drawn["area_km2"], rtol=2e-3
        )  # the map's scale
        assert set(drawn["time_h"]) <= set(result.times_h)


def test_a_new_site_never_leaves_more_people_without_service(plain):
    cells = plain.coverage.network.cells
    area = hazard(plain, box(plain, 0, 0, 0.7, 0.7), kind="storm", probability=[0.1])
    before = assess(plain, area)
    site = cells[(cells["site_id"] == "S5") & (cells["operator"] == "Beta")].copy()
    site = site.assign(site_id="NEW", cell_id="NEW-" + site["technology"])
    site["longitude"] += 0.01
    richer = gaps_of(pd.concat([cells, site]), plain.coverage.scene)
    won = before.compare(assess(richer, area)).iloc[0]
    assert won["won_unserved_people_hours"] > 0
    assert won["won_unserved_people_hours_roaming"] >= 0
    same = before.compare(before)
    assert (same.filter(like="won_") == 0).all(axis=None)
    with pytest.raises(InputError, match="assess it by these"):
        before.compare(assess(plain, area, times_h=(0, 1)))
    with pytest.raises(InputError, match="scenarios of one alone: storm"):
        before.compare(assess(plain))


def test_a_result_shows_itself(plain):
    result = assess(plain, hazard(plain, box(plain, 0, 0, 0.5, 0.5)))
    assert "people depend on one mast" in repr(result)
    assert "lost_people_24h" in repr(result)
    assert "<table" in result._repr_html_()


def test_quality_is_not_reckoned_and_it_is_said(plain):
    profile = "vn_quality"
    quality = plain.coverage.quality(service=profile, progress=False)
    gaps = ps.find_gaps(plain.coverage, profile, quality=quality, causes=False)
    result = assess(gaps, hazard(gaps, box(gaps, 0, 0, 0.5, 0.5)))
    assert "by levels alone" in " ".join(result.findings["reason"])
    served = result.losses.query("time_h == 0 and operator == 'any' and technology == '4G'")
    people = float(gaps.coverage.scene.people.sum())
    wanted = gaps.served_percent("4G") / 100 * people
    assert served["served_people"].iloc[0] == pytest.approx(wanted)


def test_every_column_has_words_and_a_unit(plain):
    area = hazard(plain, *around(plain, "S0"), kind="storm", probability=[0.1])
    result = assess(plain, area)
    tables = {
        "outage_scenarios": result.scenarios,
        "outage_losses": result.losses,
        "outage_communes": result.communes,
        "outage_sites": result.sites,
        "outage_villages": result.villages,
        "outage_areas": result.areas(),
        "single_masts": result.masts,
    }
    for name, table in tables.items():
        assert word(f"sheet_{name}", "vi")
        columns = table.columns.drop("geometry", errors="ignore")
        told = [column_heading(column, "vi", name) for column in columns]
        assert not set(told) & set(columns)
        assert len(set(told)) == len(told)
        measured = columns[[is_float_dtype(table[column]) for column in columns]]
        assert all(unit(column) for column in measured)
    assert set(codes("failed_by")) == {*EFFECTS, "parent"}
    assert {f"hazard_{kind}" for kind in HazardRules.of(None).hazards} <= set(_words()["vi"])
