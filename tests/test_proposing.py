"""Plans on the sample: money, rules, targets, years, backhaul; what is promised is kept."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import phusong as ps
from phusong.errors import InputError
from phusong.outages import assess_resilience
from phusong.planning import (
    BackhaulSettings,
    Budgets,
    CandidateSettings,
    Demand,
    InfeasibleError,
    SiteDuty,
    SitingRules,
)
from phusong.report.columns import CODED, column_heading, worded
from phusong.report.results import map_layers, result_tables
from phusong.report.words import codes

RANGES_KM = {"3G": 3.0, "4G": 3.0, "5G": 2.0}
OPERATOR = "Operator A"


@pytest.fixture(scope="module")
def world():
    scene, network = ps.sample(resolution_m=500)
    coverage = ps.predict(network, scene, progress=False, range_km=RANGES_KM)
    return coverage, ps.find_gaps(coverage)


@pytest.fixture(scope="module")
def propose(world):
    def asked(**options):
        return ps.propose_sites(
            *world, operator=OPERATOR, progress=False, **{"time_limit_s": 5.0} | options
        )

    return asked


@pytest.fixture(scope="module")
def whole(propose):
    """A plan with all that a plan may have."""
    duties = pd.DataFrame(
        [("two sites", "sites", 2, 2027, "all")],
        columns=["duty", "metric", "value", "due", "communes"],
    )
    return propose(
        count=4,
        costs="lmic_2020",
        backhaul=BackhaulSettings(),
        budgets=Budgets.read({2026: 120_000.0, 2027: 400_000.0}),
        duties=duties,
    )


def served(gaps, technology="5G"):
    row = gaps.province.query("technology == @technology and operator == @OPERATOR").iloc[0]
    return row["people"] * row["served_people_pct"] / 100.0


def test_what_is_promised_is_found_when_predicted_again(world, propose):
    coverage, gaps = world
    plan = propose(count=5)
    after = gaps.again(coverage.update(plan.as_network(), progress=False), progress=False)
    assert served(after) - served(gaps) == pytest.approx(plan.people_newly_served, rel=1e-6)


def test_turning_sectors_never_serves_fewer(propose):
    fixed = propose(count=5, azimuths_deg=(0.0, 120.0, 240.0))
    assert fixed.objective == pytest.approx(fixed.people_newly_served)
    assert propose(count=5).people_newly_served >= fixed.people_newly_served


def test_the_bound_is_never_below_and_more_never_serves_fewer(propose):
    plans = [propose(count=count) for count in (1, 3, 6)]
    assert all(plan.objective <= plan.bound * (1 + 1e-9) for plan in plans)
    reached = [plan.objective for plan in plans]
    assert reached == sorted(reached)
    budgets = [propose(budget=money, costs="lmic_2020") for money in (200e3, 400e3)]
    assert all(
        plan.present_value <= money for plan, money in zip(budgets, (200e3, 400e3), strict=True)
    )
    assert budgets[0].objective <= budgets[1].objective


def test_required_and_forbidden_sites(propose):
    free = propose(count=3)
    worst = free.candidates[free.candidates["kind"] == "mast"].sort_values("people_alone").iloc[0]
    best = free.sites[free.sites["kind"] == "mast"].iloc[0]
    of_best = free.candidates[
        (free.candidates["longitude"] == best["longitude"])
        & (free.candidates["latitude"] == best["latitude"])
    ].iloc[0]
    name, unwanted = (str(row["site_ids"]).split(", ")[0] for row in (worst, of_best))
    rules = SitingRules(required=(name,), forbidden=(unwanted,))
    plan = propose(count=3, rules=rules)
    places = set(zip(plan.sites["longitude"], plan.sites["latitude"], strict=True))
    assert (worst["longitude"], worst["latitude"]) in places
    assert (best["longitude"], best["latitude"]) not in places
    with pytest.raises(InputError, match="is no candidate"):
        propose(count=3, rules=SitingRules(required=("nowhere",)))


def test_numbers_of_sites_by_commune(world, propose):
    one_each = propose(count=6, rules=SitingRules(most_per_commune=1))
    assert one_each.sites["commune"].value_counts().max() == 1
    code = str(world[0].scene.communes["code"].iloc[0])
    here = SitingRules(duties=(SiteDuty("first commune", (code,), 1),))
    assert code in set(propose(count=2, rules=here).sites["commune"])
    too_many = SitingRules(duties=(SiteDuty("first commune", (code,), 50),))
    with pytest.raises(InfeasibleError, match="first commune"):
        propose(count=60, rules=too_many)


def test_new_sites_keep_their_distance(propose):
    wanted = CandidateSettings(kinds=("population",), spacing_m=100.0, max_new=2000)
    plan = propose(count=8, candidates=wanted)
    x, y = (
        plan.sites.to_crs(plan.candidates.crs).geometry.x,
        plan.sites.to_crs(plan.candidates.crs).geometry.y,
    )
    apart = np.hypot(x.to_numpy()[:, None] - x.to_numpy(), y.to_numpy()[:, None] - y.to_numpy())
    assert apart[np.triu_indices(len(apart), 1)].min() >= 200.0


def test_the_least_cost_reaches_its_targets(world, propose):
    coverage, gaps = world
    communes = gaps.communes.query("technology == '4G' and operator == @OPERATOR")
    wanting = communes[communes["served_people_pct"].between(20.0, 90.0)].head(3)
    table = pd.DataFrame(
        {
            "commune": wanting["code"],
            "technology": "4G",
            "metric": "served_people_pct",
            "value": (wanting["served_people_pct"] + 5.0).round(1),
            "due": "2027-12-31",
        }
    )
    plan = propose(technology="4G", targets=table, costs="lmic_2020")
    assert plan.unit == "USD"
    assert plan.bound <= plan.objective * (1 + 1e-9)
    after = gaps.again(coverage.update(plan.as_network(), progress=False), progress=False)
    reached = after.communes.query("technology == '4G' and operator == @OPERATOR")
    reached = reached.set_index("code")["served_people_pct"]
    assert (reached[table["commune"]].to_numpy() >= table["value"].to_numpy() - 1e-6).all()


def test_every_village_asked_for_is_served(world, propose):
    coverage, gaps = world
    there = gaps.villages.query(
        "technology == '4G' and operator == @OPERATOR and state in ('none', 'weak')"
    )
    names = there["name"].head(2).tolist()
    plan = propose(technology="4G", targets=names)
    after = gaps.again(coverage.update(plan.as_network(), progress=False), progress=False)
    now = after.villages.query("technology == '4G' and operator == @OPERATOR and name in @names")
    assert set(now["state"]) <= {"basic", "good"}
    assert plan.unit == "sites"
    with pytest.raises(InputError, match="no village is called"):
        propose(targets=["Nowhere"])


def test_other_demands_are_counted_as_they_are(world, propose):
    coverage, _ = world
    villages = propose(count=3, demand="villages")
    assert villages.objective == round(villages.objective)
    assert "villages" in repr(villages)
    code = str(coverage.scene.communes["code"].iloc[5])
    there = propose(count=1, demand=Demand(equity={code: 1000.0}))
    assert code in set(there.helped["code"])
    raster = coverage.scene.people.copy(
        data=np.where(np.arange(len(coverage.scene.people["x"])) < 40, 1.0, 0.0)
        * np.ones(coverage.scene.grid.shape)
    )
    assert propose(count=2, demand=raster.rename("traffic")).unit == "traffic"
    expected = propose(count=3, demand=Demand(by_chance=True))
    assert expected.objective <= expected.bound * (1 + 1e-9)


def test_a_plan_comes_back_from_its_file_as_it_was(world, whole, tmp_path):
    path = whole.save(tmp_path / "plan.gpkg")
    back = ps.Plan.open(path, world[0].network)
    assert repr(back) == repr(whole)
    assert back.sites["azimuths_deg"].tolist() == whole.sites["azimuths_deg"].tolist()
    pd.testing.assert_frame_equal(back.cells, whole.cells, check_dtype=False)
    pd.testing.assert_frame_equal(back.years, whole.years, check_dtype=False)
    assert back.as_network().cells.equals(whole.as_network().cells)
    assert whole.save(tmp_path / "again.gpkg").read_bytes() == path.read_bytes()
    (tmp_path / "none.gpkg").write_text("no plan")
    with pytest.raises(InputError, match="cannot be read"):
        ps.Plan.open(tmp_path / "none.gpkg", world[0].network)


def test_money_and_years_add_up(whole):
    each = whole.costs.pivot_table(index="rank", columns="when", values="amount", aggfunc="sum")
    assert each["once"].to_numpy() == pytest.approx(whole.sites["capital"].to_numpy())
    assert each["yearly"].to_numpy() == pytest.approx(whole.sites["yearly"].to_numpy())
    assert whole.years["sites"].sum() == whole.sites["year"].notna().sum()
    assert (whole.years["spent"] <= whole.years["budget"]).all()
    assert whole.duties["passed"].tolist() == [True]
    assert len(whole.links) >= (whole.sites["backhaul"] != "existing").sum()
    told = whole.explain(1)
    assert told["lease_or_build"] in ("lease", "build", "own")


def test_every_column_and_code_of_a_plan_and_of_outages_has_words(world, whole):
    resilience = assess_resilience(world[1], progress=False)
    tables = result_tables(world[1], whole, resilience=resilience)
    assert {"plan_years", "plan_ledger", "single_masts"} <= set(tables)
    for name, frame in tables.items():
        if name.startswith(("plan", "proposed", "outage", "single")):
            for column in frame.columns.drop("geometry", errors="ignore"):
                assert column_heading(str(column), "vi", name) != column, (name, column)
            told = worded(frame, "vi")
            for column in frame.columns.intersection(CODED):
                assert not set(told[column].dropna()) & (set(codes(column)) - {""}), (name, column)
    assert "plan_links" in map_layers(world[1], whole)


def test_the_same_plan_again(propose, whole):
    first, second = (propose(count=3, costs="lmic_2020") for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(first.sites), pd.DataFrame(second.sites))
    assert (first.objective, first.bound) == (second.objective, second.bound)
    assert replace(whole, links=None).further_tables().keys() == {
        "years",
        "duties",
        "ledger",
        "costs",
    }


def test_a_hospital_is_served_by_two(world):
    coverage, gaps = world
    scene = coverage.scene
    row, column = np.unravel_index(int(scene.people.to_numpy().argmax()), scene.grid.shape)
    at = gpd.points_from_xy([scene.people["x"][column]], [scene.people["y"][row]])
    hospital = gpd.GeoDataFrame(
        {"kind": ["hospitals"], "name": ["A"], "commune": ["x"]},
        geometry=at,
        crs=scene.grid.crs,
    )
    with_it = replace(gaps.coverage, scene=replace(scene, facilities=hospital))
    gaps = ps.find_gaps(with_it)
    rules = SitingRules(servers={"hospitals": 2})
    plan = ps.propose_sites(with_it, gaps, operator=OPERATOR, count=5, rules=rules, progress=False)
    extended = with_it.update(plan.as_network(), progress=False)
    layer = extended["level_dbm"].sel(operator=OPERATOR, technology="5G")
    pixel = layer.sel(x=at.x[0], y=at.y[0], method="nearest")
    assert float(pixel) > -112.0
    with pytest.raises(InputError, match="no kind of the scene"):
        ps.propose_sites(
            with_it,
            gaps,
            operator=OPERATOR,
            count=5,
            progress=False,
            rules=SitingRules(servers={"schools": 2}),
        )
