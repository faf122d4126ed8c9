"""Proposed sites on a made-up square of 4 km with discs for footprints."""

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from odc.geo.geobox import GeoBox
from odc.geo.xr import xr_coords
from shapely.geometry import box

import phusong.planning.footprints as footprints
from phusong.errors import InputError, MemoryLimitError
from phusong.gaps.state import STATES
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.planning import propose_sites
from phusong.planning.candidate_settings import CandidateSettings
from phusong.planning.candidates import find_candidates
from phusong.planning.footprints import NewCells
from phusong.prediction.settings import PredictSettings
from phusong.radio.service import ServiceProfile

mpl.use("Agg")

LEFT, BOTTOM, SIDE, PIXEL_M, MARGIN = 560_000, 2_350_000, 40, 100, 5
GRID = GeoBox.from_bbox(
    (LEFT, BOTTOM, LEFT + SIDE * PIXEL_M, BOTTOM + SIDE * PIXEL_M),
    crs="EPSG:32648",
    resolution=PIXEL_M,
)
ROW, COLUMN = np.mgrid[:SIDE, :SIDE]
WEST, EAST = "Xã <b>Tây</b>", "Xã Đông"
SIGMA_DB = 8.0
PROFILE = ServiceProfile.named("vn_default")
LEAST_DBM = PROFILE.thresholds("5G")["basic"] + PROFILE.margin_db(SIGMA_DB)


def layer(values) -> xr.DataArray:
    return xr.DataArray(values, dims=("y", "x"), coords=dict(xr_coords(GRID)))


def make_scene(people=None, hill: tuple[int, int] | None = None) -> SimpleNamespace:
    """Two communes side by side; the two upper rows of pixels belong to none."""
    labels = np.where(COLUMN < SIDE // 2, 1, 2)
    labels[:2] = 0
    terrain = np.full((SIDE + 2 * MARGIN,) * 2, 10.0, dtype=np.float32)
    if hill is not None:
        r, c = np.mgrid[-MARGIN : SIDE + MARGIN, -MARGIN : SIDE + MARGIN]
        terrain += np.maximum(0, 200 - 20 * np.hypot(r - hill[0], c - hill[1])).astype("f4")
    middle = LEFT + SIDE * PIXEL_M / 2
    top = BOTTOM + (SIDE - 2) * PIXEL_M
    communes = gpd.GeoDataFrame(
        {"label": [1, 2], "code": ["01", "02"], "name": [WEST, EAST]},
        geometry=[
            box(LEFT, BOTTOM, middle, top),
            box(middle, BOTTOM, LEFT + SIDE * PIXEL_M, top),
        ],
        crs=GRID.crs,
    )
    people = np.where(labels > 0, 10.0, 0.0) if people is None else people
    return SimpleNamespace(
        terrain=xr.DataArray(terrain, dims=("y", "x")),
        grid=GRID,
        window=(slice(MARGIN, MARGIN + SIDE), slice(MARGIN, MARGIN + SIDE)),
        people=layer(people),
        communes=communes,
        commune_labels=layer(labels.astype(np.int32)),
        resolution_m=PIXEL_M,
        pixel_area_km2=(PIXEL_M / 1000) ** 2,
        villages=None,
        facilities=None,
        road_km=None,
        clutter_class=None,
    )


def make_cells(*rows: tuple) -> pd.DataFrame:
    """Cells of (operator, site_id, technology, pixel row, pixel column, height_m)."""
    table = pd.DataFrame(
        rows, columns=["operator", "site_id", "technology", "row", "column", "antenna_height_m"]
    )
    x, y = GRID.pix2wld(table["column"].to_numpy() + 0.5, table["row"].to_numpy() + 0.5)
    degrees = gpd.GeoSeries.from_xy(x, y, crs=GRID.crs).to_crs("EPSG:4326")
    return table.assign(
        cell_id=[f"{site}-{n}" for n, site in enumerate(table["site_id"])],
        longitude=degrees.x,
        latitude=degrees.y,
        band="n41",
        frequency_mhz=2550.0,
        bandwidth_mhz=100.0,
        azimuth_deg=0.0,
        mechanical_tilt_deg=1.0,
        electrical_tilt_deg=np.arange(len(table), dtype=float),
        power_dbm=53.0,
        antenna_gain_dbi=24.0,
        feeder_loss_db=0.5,
        horizontal_beamwidth_deg=65.0,
        vertical_beamwidth_deg=7.0,
        structure="mast",
        status="on-air",
    ).drop(columns=["row", "column"])


CELLS = make_cells(
    ("Ba", "B1", "4G", 10, 10, 30.0),
    ("An", "A1", "4G", 30, 30, 40.0),
    ("An", "A2", "5G", 5, 35, 25.0),
    ("An", "A0", "4G", 0, 0, 25.0),  # in no commune
)


def make_coverage(scene=None, cells=CELLS) -> SimpleNamespace:
    return SimpleNamespace(
        scene=scene or make_scene(),
        network=Network(cells, Findings().frame()),
        settings=PredictSettings(shadowing_sigma_db=SIGMA_DB),
        profile=PROFILE,
        shadowing_sigma_db=SIGMA_DB,
    )


def make_gaps(coverage, state=STATES["none"]) -> SimpleNamespace:
    """The same state everywhere, or one per pixel, for 5G of An; all else is good."""
    states = np.full((3, 2, SIDE, SIDE), STATES["good"], dtype=np.uint8)
    states[0, 1] = state
    states[:, :, coverage.scene.commune_labels.to_numpy() == 0] = STATES["outside"]
    state = xr.DataArray(
        states,
        dims=("operator", "technology", "y", "x"),
        coords={"operator": ["An", "Ba", "any"], "technology": ["4G", "5G"], **xr_coords(GRID)},
    )
    return SimpleNamespace(state=state, profile=PROFILE, coverage=coverage, nsa=())


def disc(radius_m: float = 500.0, level_dbm: float = LEAST_DBM + 1e-3):
    """Served within the radius; computed, but too weak, up to twice as far."""

    def footprint(candidate):
        distance = centre_distance_m(candidate["x"], candidate["y"])
        level = np.where(distance <= radius_m, level_dbm, LEAST_DBM - 0.01)
        near = np.flatnonzero(distance.ravel() <= 2 * radius_m).astype(np.int32)
        return near, level.ravel()[near].astype(np.float32)

    return footprint


def centre_distance_m(x: float, y: float) -> np.ndarray:
    column, row = GRID.wld2pix(x, y)
    return PIXEL_M * np.hypot(ROW + 0.5 - row, COLUMN + 0.5 - column)


def propose(coverage=None, gaps=None, **options):
    coverage = coverage or make_coverage()
    options = {"operator": "An", "count": 3, "footprint": disc(), "progress": False} | options
    return propose_sites(coverage, gaps or make_gaps(coverage), **options)


def find(scene=None, cells=CELLS, unserved=None, **wanted):
    unserved = make_scene().people.to_numpy() if unserved is None else unserved
    settings = CandidateSettings(**wanted)
    return find_candidates(scene or make_scene(), cells, unserved, "An", "5G", settings)


# Candidates


def test_masts_own_first_without_those_that_have_the_technology():
    masts = find(kinds=["mast"])
    assert masts["site_ids"].tolist() == ["A1", "B1"]
    assert masts["owner"].tolist() == ["An", "Ba"]
    assert masts["antenna_height_m"].tolist() == [40.0, 30.0]
    assert masts["ground_m"].tolist() == [10.0, 10.0]
    assert masts.crs == GRID.crs
    assert "own mast" in masts["reason"][0]
    assert "Ba" in masts["reason"][1]
    assert masts[["x", "y"]].to_numpy() == pytest.approx(
        np.array([[LEFT + 3050, BOTTOM + 950], [LEFT + 1050, BOTTOM + 2950]]), abs=1e-3
    )


def test_masts_keep_their_very_coordinates():
    masts = find(kinds=["mast"])
    same = CELLS.set_index("site_id").loc[["A1", "B1"]]
    assert masts["longitude"].tolist() == same["longitude"].tolist()
    assert masts["latitude"].tolist() == same["latitude"].tolist()


def test_near_masts_are_one_and_the_highest_stands_for_it():
    cells = make_cells(
        ("Ba", "B1", "4G", 10.0, 10.0, 30.0),
        ("Ca", "C1", "4G", 10.2, 10.0, 45.0),  # 20 m away
        ("Ca", "C2", "4G", 10.55, 10.0, 20.0),  # 35 m from C1
        ("An", "A9", "5G", 30.0, 30.0, 20.0),
        ("Ba", "B9", "4G", 30.1, 30.0, 20.0),  # An has 5G on it already
    )
    masts = find(cells=cells, kinds=["mast"])
    assert masts["site_ids"].tolist() == ["B1, C1", "C2"]
    assert masts["owner"].tolist() == ["Ba, Ca", "Ca"]
    assert masts["antenna_height_m"].tolist() == [45.0, 20.0]


def test_high_ground_is_the_top_of_the_hill():
    top = find(make_scene(hill=(20, 21)), kinds=["high_ground"])
    assert len(top) == 1
    assert (top["x"][0], top["y"][0]) == (LEFT + 2150, BOTTOM + 1950)
    assert top["ground_m"][0] == 210.0
    assert top["antenna_height_m"][0] == 35.0
    assert top["owner"][0] == ""
    assert find(kinds=["high_ground"]).empty


def test_high_ground_stays_inside_the_communes():
    top = find(make_scene(hill=(0, 21)), kinds=["high_ground"])
    assert (top["x"][0], top["y"][0]) == (LEFT + 2150, BOTTOM + 3750)  # the first row inside


def test_lease_before_build():
    near = make_cells(("An", "A2", "5G", 20, 23.9, 25.0))  # 290 m away, and has the technology
    far = make_cells(("An", "A2", "5G", 20, 24.1, 25.0))
    assert find(make_scene(hill=(20, 21)), near, kinds=["high_ground"]).empty
    assert len(find(make_scene(hill=(20, 21)), far, kinds=["high_ground"])) == 1


def villages(*places: tuple[int, int, float]) -> np.ndarray:
    people = np.zeros((SIDE, SIDE))
    for row, column, count in places:
        people[row, column] = count
    return people


def test_population_centres_are_the_villages_with_most_people_first():
    people = villages((10, 20, 100.0), (35, 20, 300.0))
    centres = find(unserved=people, kinds=["population"])
    found = list(zip(centres["x"] - LEFT, centres["y"] - BOTTOM, strict=True))
    assert found == [(2050, 450), (2050, 2950)]
    assert "300 unserved people" in centres["reason"][0]


def test_new_positions_are_spaced_and_counted():
    everywhere = np.ones((SIDE, SIDE)) + ROW * 1e-3 + COLUMN * 1e-6
    scene = make_scene(hill=(20, 21))
    both = find(scene, unserved=everywhere, kinds=["high_ground", "population"])
    distance = np.hypot(*(both[["x", "y"]].to_numpy()[:, None] - both[["x", "y"]].to_numpy()).T)
    assert distance[~np.eye(len(both), dtype=bool)].min() > 300.0
    assert both["kind"].value_counts().to_dict() == {"population": len(both) - 1, "high_ground": 1}
    two = find(scene, unserved=everywhere, max_new=2, kinds=["high_ground", "population"])
    assert two["kind"].tolist() == ["high_ground", "population"]
    assert find(scene, max_new=0, kinds=["high_ground", "population"]).empty


# Plan


def test_people_are_those_under_the_discs():
    coverage = make_coverage()
    plan = propose(coverage, candidates=["mast"], footprint=disc(1520.0))
    labels = coverage.scene.commune_labels.to_numpy()
    discs = [
        (centre_distance_m(LEFT + 3050, BOTTOM + 950) <= 1520) & (labels > 0),
        (centre_distance_m(LEFT + 1050, BOTTOM + 2950) <= 1520) & (labels > 0),
    ]
    alone = [10.0 * d.sum() for d in discs]
    second, first = np.argsort(alone)
    assert plan.sites["rank"].tolist() == [1, 2]
    assert plan.sites["people_alone"].tolist() == [alone[first], alone[second]]
    both = 10.0 * (discs[0] | discs[1]).sum()
    assert plan.sites["people_newly_served"].tolist() == [alone[first], both - alone[first]]
    assert plan.sites["people_cumulative"].tolist() == [alone[first], both]
    assert plan.unserved_people == 10.0 * (labels > 0).sum()
    assert plan.curve["percent_of_unserved"].iloc[-1] == pytest.approx(
        100 * both / plan.unserved_people
    )
    assert plan.reachable_people == plan.bound == both
    assert plan.gap_percent == 0.0
    in_west = [
        10.0 * (discs[first] & (labels == 1)).sum(),
        10.0 * (discs[first] & (labels == 2)).sum(),
    ]
    helped = plan.helped[plan.helped["rank"] == 1].set_index("name")["people"]
    assert {WEST: helped.get(WEST, 0.0), EAST: helped.get(EAST, 0.0)} == {
        WEST: in_west[0],
        EAST: in_west[1],
    }
    assert plan.helped.groupby("rank")["people"].sum().tolist() == pytest.approx(
        plan.sites["people_newly_served"].tolist()
    )


def test_the_sites_stand_where_the_candidates_do():
    plan = propose(candidates=["mast"])
    assert plan.sites.crs == "EPSG:4326"
    assert plan.sites.geometry.x.tolist() == pytest.approx(plan.sites["longitude"].tolist())
    mast = CELLS.set_index("site_id").loc["A1"]
    own = plan.sites[plan.sites["owner"] == "An"].iloc[0]
    assert (own["longitude"], own["latitude"]) == (mast["longitude"], mast["latitude"])
    assert own["communes"] == EAST


def test_only_the_unserved_inside_communes_count():
    state = np.full((SIDE, SIDE), STATES["good"])
    state[:, :10] = STATES["none"]
    state[:, 10:20] = STATES["weak"]
    state[:, 20:30] = STATES["not_computed"]
    state[:, 30:] = STATES["basic"]
    scene = make_scene(people=np.full((SIDE, SIDE), 10.0))  # some in no commune
    coverage = make_coverage(scene)
    plan = propose(coverage, make_gaps(coverage, state), footprint=disc(9000.0), count=1)
    assert plan.unserved_people == 10.0 * 30 * (SIDE - 2)
    assert plan.people_newly_served == plan.unserved_people


@pytest.mark.parametrize(("below_db", "served"), [(-1e-3, True), (1e-3, False)])
def test_basic_service_with_the_profiles_probability(below_db, served):
    plan = propose(footprint=disc(level_dbm=LEAST_DBM - below_db))
    assert (plan.people_newly_served > 0) == served
    assert (plan.reachable_people > 0) == served


def test_walls_are_added_to_the_level_that_is_asked_for():
    gaps = make_gaps(coverage := make_coverage())
    gaps.profile = replace(PROFILE, place="vehicle")
    for more_db, served in ((8.9, False), (9.1, True)):
        plan = propose(coverage, gaps, footprint=disc(level_dbm=LEAST_DBM + more_db))
        assert (plan.people_newly_served > 0) == served


def test_non_standalone_5g_gains_nothing_without_its_anchor():
    gaps = make_gaps(coverage := make_coverage())
    whole = propose(coverage, gaps, footprint=disc(9000.0), count=1)
    gaps.state[0, 0, :, :20] = STATES["weak"]
    assert propose(coverage, gaps, footprint=disc(9000.0), count=1).unserved_people == (
        whole.unserved_people
    )
    gaps.nsa = ("An",)
    anchored = propose(coverage, gaps, footprint=disc(9000.0), count=1)
    there = coverage.scene.people.to_numpy()[:, 20:] * (
        coverage.scene.commune_labels.to_numpy()[:, 20:] > 0
    )
    assert anchored.unserved_people == pytest.approx(there.sum())
    assert 0 < anchored.unserved_people < whole.unserved_people


def test_new_sites_are_not_judged_by_quality():
    gaps = make_gaps(coverage := make_coverage())
    gaps.profile = ServiceProfile.named("fcc_bdc")
    with pytest.raises(InputError, match="asks for more than levels"):
        propose(coverage, gaps)


def test_masts_win_ties():
    people = villages((20, 20, 50.0))
    coverage = make_coverage(make_scene(people=people))
    plan = propose(coverage, footprint=disc(9000.0), count=2)
    assert plan.sites["kind"].tolist() == ["mast"]
    assert plan.sites["owner"].tolist() == ["An"]


def test_stops_where_nothing_is_gained_and_says_so():
    plan = propose(candidates=["mast"], count=7)
    assert len(plan.sites) == len(plan.curve) == 2
    assert "only 2 of 7 sites" in plan.note
    assert plan.note in repr(plan)
    assert propose(candidates=["mast"], count=2).note == ""


def test_nobody_unserved_is_an_empty_plan():
    coverage = make_coverage()
    plan = propose(coverage, make_gaps(coverage, STATES["good"]))
    full = propose()
    assert plan.sites.empty
    assert plan.curve.empty
    assert plan.sites.columns.tolist() == full.sites.columns.tolist()
    assert plan.curve.columns.tolist() == full.curve.columns.tolist()
    assert plan.cells.columns.tolist() == full.cells.columns.tolist()
    assert (plan.bound, plan.unserved_people, plan.gap_percent) == (0.0, 0.0, 0.0)
    assert "nobody is unserved" in plan.note
    assert plan.as_network() is coverage.network
    assert "Plan of 0" in repr(plan)
    assert "nobody" in plan._repr_html_()


def test_same_input_same_plan():
    one, two = (
        propose(make_coverage(make_scene(hill=(20, 21)))),
        propose(make_coverage(make_scene(hill=(20, 21)))),
    )
    pd.testing.assert_frame_equal(pd.DataFrame(one.sites), pd.DataFrame(two.sites))
    assert one.bound == two.bound


def test_bound_is_over_what_is_reached():
    plan = propose(make_coverage(make_scene(hill=(20, 21))), footprint=disc(900.0), count=2)
    assert plan.people_newly_served <= plan.bound <= plan.reachable_people <= plan.unserved_people
    assert 0.0 <= plan.gap_percent < 10.0


# New cells


def test_as_network_has_three_planned_cells_a_site():
    cells = pd.concat(
        [
            CELLS,
            make_cells(("An", "A3", "5G", 25, 5, 25.0)).assign(electrical_tilt_deg=8.0),
            make_cells(("An", "A4", "5G", 25, 6, 25.0)).assign(
                band="n28", frequency_mhz=763.0, power_dbm=46.0
            ),
        ],
        ignore_index=True,
    )
    coverage = make_coverage(cells=cells)
    plan = propose(coverage, candidates=["mast"], count=1)
    network = plan.as_network()
    added = network.cells.iloc[len(cells) :]
    pd.testing.assert_frame_equal(network.cells.iloc[: len(cells)], coverage.network.cells)
    assert added["cell_id"].tolist() == ["NEW-01-5G1", "NEW-01-5G2", "NEW-01-5G3"]
    assert added["azimuth_deg"].tolist() == [0.0, 120.0, 240.0]
    assert set(added["status"]) == {"planned"}
    assert set(added["band"]) == {"n41"}  # the most common
    assert set(added["frequency_mhz"]) == {2550.0}
    assert set(added["power_dbm"]) == {53.0}
    assert set(added["electrical_tilt_deg"]) == {5.0}  # median of 2 and 8
    site = plan.sites.iloc[0]
    assert set(added["antenna_height_m"]) == {site["antenna_height_m"]}
    assert set(added["longitude"]) == {site["longitude"]}
    assert not network.cells.isna().any(axis=None)


def test_a_second_plan_counts_on_and_leaves_out_the_first():
    first = propose(candidates=["mast"], count=1)
    coverage = make_coverage(cells=first.as_network().cells)
    second = propose(coverage, candidates=["mast"], count=5)
    assert second.sites["site_id"].tolist() == ["NEW-02"]
    assert second.sites["owner"].tolist() != first.sites["owner"].tolist()
    assert len(second.as_network().cells) == len(CELLS) + 6


def test_radio_overrides_and_supplies():
    plan = propose(radio={"power_dbm": 49.0}, azimuths_deg=[30.0], count=1)
    assert plan.cells["power_dbm"].tolist() == [49.0]
    assert plan.cells["antenna_gain_dbi"].tolist() == [24.0]
    with pytest.raises(InputError, match="frequency_mhz") as caught:
        propose(operator="Ba")
    assert all(name in str(caught.value) for name in footprints.RADIO_PARAMETERS)
    usual = CELLS.iloc[0][list(footprints.RADIO_PARAMETERS)].to_dict()
    given = NewCells.like_existing(CELLS, "Ba", "5G", [0.0], usual)
    assert given.radio == usual


def test_unusable_radio_is_told_at_once():
    bad = {"power": 43.0, "frequency_mhz": -1.0, "antenna_gain_dbi": "17", "feeder_loss_db": np.nan}
    with pytest.raises(InputError) as caught:
        propose(radio=bad)
    assert len(caught.value.problems) == 4


def test_the_range_must_be_one():
    with pytest.raises(InputError, match="range_km"):
        propose(range_km=-1.0)


# What people see


def test_explain():
    plan = propose(candidates=["mast"], footprint=disc(1520.0))
    told = plan.explain(2)
    assert told["people_served_by_better_ranks"] == (
        told["people_alone"] - told["people_newly_served"]
    )
    assert sum(told["communes"].values()) == pytest.approx(told["people_newly_served"])
    with pytest.raises(InputError, match="1 to 2"):
        plan.explain(3)


def test_names_from_files_are_escaped():
    plan = replace(propose(candidates=["mast"]), operator="<script>")
    page = plan._repr_html_()
    assert "<b>Tây" not in page
    assert "&lt;b&gt;Tây" in page
    assert "<script>" not in page


def test_plot_draws_the_curve_from_zero():
    plan = propose(candidates=["mast"])
    line = plan.plot().lines[0]
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata().tolist() == [0.0, *plan.curve["people_newly_served"]]


# Errors


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"operator": "Viettel"}, "An, Ba"),
        ({"operator": "any"}, "An, Ba"),
        ({"technology": "6G"}, "4G, 5G"),
        ({"count": 0}, "count"),
        ({"count": 2.5}, "count"),
        ({"candidates": ["tower"]}, "mast, high_ground, population"),
        ({"candidates": []}, "no kinds"),
        ({"candidates": CandidateSettings(max_new=-1)}, "max_new"),
        ({"candidates": CandidateSettings(antenna_height_m=np.nan)}, "antenna_height_m"),
        ({"count": None}, "nothing is asked for"),
        ({"budget": 5.0}, "needs costs"),
        ({"targets": "villages", "demand": "villages"}, "leave demand out"),
        ({"azimuths_deg": []}, "azimuths_deg"),
        ({"azimuths_deg": [0, 360]}, "azimuths_deg"),
        ({"azimuths_deg": [0, 0]}, "azimuths_deg"),
        ({"candidates": ["high_ground"]}, "no candidate"),
    ],
)
def test_unusable_arguments(options, words):
    with pytest.raises(InputError, match=words) as caught:
        propose(**options)
    assert len(caught.value.problems) == 1


def test_all_problems_at_once():
    with pytest.raises(InputError) as caught:
        propose(count=0, candidates=["tower"], azimuths_deg=[])
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError) as caught:
        propose(operator="X", technology="Y")
    assert len(caught.value.problems) == 2


def test_memory_is_weighed_before_the_footprints(monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=1000))

    def never(candidate):
        raise AssertionError("a footprint was computed")

    with pytest.raises(MemoryLimitError, match="2 candidates"):
        propose(candidates=["mast"], footprint=never)
