"""Sectors of new sites on small hills: what they serve, how they are turned."""

from dataclasses import replace

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
from flat_world import CELL, cell_table, flat_scene
from scipy.ndimage import gaussian_filter

import phusong as ps
from phusong.errors import InputError, MemoryLimitError
from phusong.gaps.state import STATES
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.planning.footprints import NewCells, engine_footprint
from phusong.planning.orientations import Aim, Orientations, Sight
from phusong.planning.sectors import DemandPixels, SectorSearch, refine_sectors
from phusong.prediction.settings import PredictSettings
from phusong.prediction.windows import WindowMaker
from phusong.radio.antennas import Antenna
from phusong.radio.antennas.pattern import pattern_of

TILT_DEG = 4.0
FIXED = Orientations.fixed((0.0, 120.0, 240.0), TILT_DEG)
SEARCHED = Orientations.searched(TILT_DEG)
SETTINGS = PredictSettings.of(range_km={"4G": 2.0})
LEAST_DBM = -106.0
NARROW = Antenna.from_beamwidths(gain_dbi=20.0, horizontal_beamwidth_deg=33.0, name="narrow")


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(5)
    plain = flat_scene()
    hills = 800.0 * gaussian_filter(rng.normal(size=plain.terrain.shape), 5)
    people = gaussian_filter(rng.exponential(1.0, plain.people.shape) ** 4, 1)
    people[rng.random(people.shape) < 0.2] = 0.0
    return replace(
        plain,
        terrain=plain.terrain + hills.astype(np.float32),
        people=plain.people * 0.0 + people,
    )


@pytest.fixture(scope="module")
def places(scene):
    return places_at(scene, [(30, 30), (31, 33), (12, 40), (50, 8), (3, 3), (25, 55)])


def places_at(scene, pixels) -> gpd.GeoDataFrame:
    row, column = np.array(pixels).T
    x, y = scene.grid.pix2wld(column + 0.5, row + 0.5)
    points = gpd.GeoSeries.from_xy(x, y, crs=scene.grid.crs)
    degrees = points.to_crs("EPSG:4326")
    heights = 20.0 + 5.0 * (np.arange(len(row)) % 3)
    return gpd.GeoDataFrame(
        {"longitude": degrees.x, "latitude": degrees.y, "antenna_height_m": heights},
        geometry=points,
    ).assign(structure="mast")


def new_cells(**radio) -> NewCells:
    given = {"power_dbm": 37.0, "mechanical_tilt_deg": 2.0} | radio
    return NewCells.like_existing(cell_table({}), "Alpha", "4G", (0.0,), given)


def searching(scene, orientations=SEARCHED, new=None, **options) -> SectorSearch:
    demand = DemandPixels.of(scene.people.to_numpy())
    new = new or new_cells()
    return SectorSearch(
        scene, SETTINGS, new, demand, LEAST_DBM, orientations=orientations, **options
    )


def predicted_dbm(scene, new, site, antennas=None) -> np.ndarray:
    """Level of a site's cells by the main door, as a network of their own."""
    cells = new.at(pd.DataFrame([site.to_dict() | {"site_id": "NEW"}]))
    columns = [*CELL, *(["antenna"] if antennas else [])]
    network = Network(cells[columns].reset_index(drop=True), Findings().frame(), antennas or {})
    coverage = ps.predict(network, scene, progress=False, **SETTINGS.model_dump())
    return coverage.data["level_dbm"].to_numpy()[0, 0]


def total(sets) -> float:
    return sets.reachable_people


@pytest.mark.parametrize("kind", ["beamwidths", "round", "table"])
def test_a_candidate_serves_what_predict_says_of_its_cells(scene, places, kind):
    antennas = {"narrow": pattern_of(NARROW)} if kind == "table" else {}
    new = {
        "beamwidths": lambda: new_cells(),
        "round": lambda: new_cells(horizontal_beamwidth_deg=360.0),
        "table": lambda: replace(new_cells(), radio=new_cells().radio | {"antenna": "narrow"}),
    }[kind]()
    search = searching(scene, new=new, antennas=antennas)
    sites, sets = search.run(places, progress=False)
    served = 0
    for i, (_, site) in enumerate(sites.iterrows()):
        level_dbm = predicted_dbm(scene, new, site, antennas)
        wanted = np.flatnonzero(
            (level_dbm >= LEAST_DBM).ravel() & (search.demand.number >= 0).ravel()
        )
        assert search.demand.pixels[sets.points(i)].tolist() == wanted.tolist()
        served += len(wanted)
        pixels, alone_dbm = engine_footprint(scene, SETTINGS, new, antennas)(site)
        np.testing.assert_allclose(alone_dbm, level_dbm.ravel()[pixels], atol=1e-4, equal_nan=True)
    in_range = sum(len(sight.points) for sight in search.sights(places))
    assert 0 < served < in_range


def test_every_bit_is_the_level_of_its_azimuth_and_tilt(scene, places):
    search, site = searching(scene), places.iloc[[1]]
    (sight,) = search.sights(site)
    rng = np.random.default_rng(0)
    for azimuth, tilt in zip(rng.integers(36, size=6), [0, 1, 2, 3, 1, 2], strict=True):
        aim = Aim((int(azimuth),), tilt)
        aimed = site.iloc[0].to_dict() | {
            "azimuths_deg": SEARCHED.azimuths_of(aim),
            "electrical_tilt_deg": SEARCHED.tilt_of(aim),
        }
        level_dbm = predicted_dbm(scene, search.new, pd.Series(aimed)).ravel()
        served = level_dbm[search.demand.pixels] >= LEAST_DBM
        assert sight.served_by(aim).tolist() == np.flatnonzero(served).tolist()


def test_turning_serves_no_fewer_than_the_usual_azimuths(scene, places):
    fixed = searching(scene, FIXED).run(places, progress=False)[1].people_alone
    sites, sets = searching(scene).run(places, progress=False)
    assert (sets.people_alone >= fixed * (1 - 1e-12)).all()
    assert (sets.people_alone > fixed).any()
    assert {len(azimuths) for azimuths in sites["azimuths_deg"]} == {3}
    given = sites.iloc[[0]].to_dict("records")[0]
    assert np.diff(given["azimuths_deg"]).tolist() == [120.0, 120.0]


def test_refining_never_serves_fewer_and_ends(scene, places):
    search = searching(scene)
    for chosen in ([0, 1], [0, 1, 2, 3, 4, 5], [2], [5, 1, 0]):
        sites, sets = search.run(places.iloc[chosen], progress=False)
        refined, after = refine_sectors(search, sites)
        assert total(after) >= total(sets) * (1 - 1e-12)
        again, once_more = refine_sectors(search, refined)
        assert again["azimuths_deg"].tolist() == refined["azimuths_deg"].tolist()
        assert once_more.member.tolist() == after.member.tolist()
        tilts = refined["electrical_tilt_deg"]
        assert set(tilts) <= set(SEARCHED.electrical_tilts_deg)
        for azimuths in refined["azimuths_deg"]:
            apart = np.abs(np.subtract.outer(azimuths, azimuths))[np.triu_indices(3, 1)]
            assert np.minimum(apart, 360.0 - apart).min() >= 60.0


def test_neighbours_turn_away_from_each_other(scene):
    """Two sites side by side, aimed alone, serve some people twice."""
    near = places_at(scene, [(30, 28), (30, 32)])
    search = searching(scene)
    sites, sets = search.run(near, progress=False)
    _, after = refine_sectors(search, sites)
    assert total(after) > 1.01 * total(sets)


def test_sites_come_out_the_same_whatever_is_done_at_once(scene, places):
    usual = numba.get_num_threads()
    found = []
    try:
        for threads in {1, min(2, usual), usual}:
            numba.set_num_threads(threads)
            search = searching(scene)
            sites, sets = search.run(places, progress=False)
            refined, after = refine_sectors(search, sites)
            found.append((sites, sets.member.tolist(), refined, after.member.tolist()))
    finally:
        numba.set_num_threads(usual)
    for other in found[1:]:
        pd.testing.assert_frame_equal(pd.DataFrame(other[0]), pd.DataFrame(found[0][0]))
        pd.testing.assert_frame_equal(pd.DataFrame(other[2]), pd.DataFrame(found[0][2]))
        assert other[1::2] == found[0][1::2]


def test_a_store_spares_the_path_loss(scene, places, tmp_path, monkeypatch):
    _, first = searching(scene, store=tmp_path).run(places.iloc[:4], progress=False)
    computed = []
    compute = WindowMaker.compute
    monkeypatch.setattr(
        WindowMaker, "compute", lambda self, mast: computed.append(mast) or compute(self, mast)
    )
    _, whole = searching(scene, store=tmp_path).run(places, progress=False)
    assert len(computed) == 2  # those that the first run had not come to
    assert whole.member[: len(first.member)].tolist() == first.member.tolist()
    _, plain = searching(scene).run(places, progress=False)
    assert plain.member.tolist() == whole.member.tolist()


def test_candidates_at_one_place_are_each_served(scene, places):
    twice = pd.concat([places.iloc[[0, 1]], places.iloc[[0]]], ignore_index=True)
    sites, sets = searching(scene).run(twice, progress=False)
    assert sets.points(0).tolist() == sets.points(2).tolist()
    assert sites["azimuths_deg"][0] == sites["azimuths_deg"][2]
    assert len(sets) == 3


def test_no_candidates_are_no_sets(scene, places):
    sites, sets = searching(scene).run(places.iloc[:0], progress=False)
    assert len(sites) == len(sets) == 0
    assert {"azimuths_deg", "electrical_tilt_deg"} <= set(sites)


def test_memory_is_weighed_before_any_window(scene, places, monkeypatch):
    monkeypatch.setattr("phusong.geodata.memory.free_memory_bytes", lambda: 1000)
    monkeypatch.setattr(WindowMaker, "compute", None)
    with pytest.raises(MemoryLimitError, match="6 candidates"):
        searching(scene).run(places, progress=False)


def test_what_cannot_be_computed_is_named(scene, places):
    with pytest.raises(InputError, match="NEW-02-4G1"):
        searching(scene).run(places.assign(antenna_height_m=[30.0, np.nan] * 3), progress=False)


def test_a_plan_serves_what_its_network_does(scene):
    """From the proposal to the network with its cells, predicted anew by the main door."""
    network = Network(cell_table({"power_dbm": 37.0}), Findings().frame())
    coverage = ps.predict(network, scene, progress=False, **SETTINGS.model_dump())
    gaps = ps.find_gaps(coverage)
    asked = ps.CandidateSettings(kinds=["grid"], grid_step_m=1500.0)
    plan = ps.propose_sites(
        coverage, gaps, technology="4G", operator="Alpha", count=3, candidates=asked, progress=False
    )
    turned = plan.cells.groupby("site_id")["azimuth_deg"].agg(tuple)
    sites = plan.candidates.set_index(["longitude", "latitude"])
    for site in plan.sites.itertuples():
        place = sites.loc[(site.longitude, site.latitude)]
        assert turned[site.site_id] == place["azimuths_deg"]
        cells = plan.cells[plan.cells["site_id"] == site.site_id]
        assert set(cells["electrical_tilt_deg"]) == {place["electrical_tilt_deg"]}
    after = ps.find_gaps(
        ps.predict(plan.as_network(), scene, progress=False, **SETTINGS.model_dump())
    )
    served = [
        found.state.sel(operator="Alpha", technology="4G").isin([STATES["basic"], STATES["good"]])
        for found in (gaps, after)
    ]
    newly = float(scene.people.where(served[1] & ~served[0], 0.0).sum())
    assert plan.people_newly_served == pytest.approx(newly, rel=1e-9)
    assert newly > 0.0
    fixed = ps.propose_sites(
        coverage,
        gaps,
        technology="4G",
        operator="Alpha",
        count=3,
        candidates=asked,
        azimuths_deg=(0.0, 120.0, 240.0),
        progress=False,
    )
    assert set(fixed.cells["azimuth_deg"]) == {0.0, 120.0, 240.0}
    assert (fixed.candidates["people_alone"] <= plan.candidates["people_alone"] * (1 + 1e-9)).all()


# Orientations alone


def sight_of(*served) -> Sight:
    """Points served at one tilt by the azimuths whose numbers are given."""
    masks = [sum(1 << azimuth for azimuth in azimuths) for azimuths in served]
    return Sight(np.arange(len(masks), dtype=np.int32), np.array([masks], dtype=np.uint64))


def test_of_equals_the_usual_orientation_is_taken():
    sight = sight_of(range(36), [])
    masks = np.repeat(sight.served, len(SEARCHED.electrical_tilts_deg), axis=0)
    aim = SEARCHED.best_team(Sight(sight.points, masks), np.ones(2))
    assert SEARCHED.azimuths_of(aim) == (0.0, 120.0, 240.0)
    assert SEARCHED.tilt_of(aim) == TILT_DEG


def test_a_sector_is_turned_to_the_people_but_not_onto_another():
    plain = Orientations.searched(TILT_DEG, tilts_deg=())
    sight = sight_of([0], [12], [13, 14], [29], [1])
    weight = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    better = plain.improved(sight, weight, plain.aim_at((0.0, 120.0, 240.0), TILT_DEG))
    # 290 degrees serves a fourth point; 140 would give up more than it wins.
    assert plain.azimuths_of(better) == (0.0, 120.0, 290.0)
    crowd = sight_of([0], [1], [2])
    aim = plain.aim_at((0.0, 120.0, 240.0), TILT_DEG)
    assert plain.improved(crowd, np.array([3.0, 2.0, 1.0]), aim) == aim


def test_searched_sectors_are_even_and_on_offer():
    four = Orientations.searched(6.0, sectors=4, step_deg=15.0)
    assert four.teams[0] == (0, 6, 12, 18)
    assert four.azimuths_of(Aim(four.teams[1], 0)) == (15.0, 105.0, 195.0, 285.0)
    assert four.electrical_tilts_deg[0] == 6.0
    with pytest.raises(InputError, match="72 azimuths"):
        Orientations.searched(6.0, step_deg=5.0)
