"""The same dead spots on a second run, at another thread count, and whatever happens far away."""

from pathlib import Path

import numba
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import phusong as ps
from phusong.geodata.stations import Network

FAR_KM = 30.0


def spots(gaps) -> pd.DataFrame:
    """Everything of the dead spots, the outlines too."""
    table = pd.DataFrame(gaps.dead_spots.drop(columns="geometry"))
    return table.assign(outline=gaps.dead_spots.geometry.to_wkb())


@pytest.fixture(scope="module")
def sample():
    scene, network = ps.sample(resolution_m=500)
    network = network.select(operators=["Operator A", "Operator B"], technologies=["4G"])
    return scene, network, ps.find_gaps(ps.predict(network, scene, progress=False))


def test_a_second_run_finds_the_same_spots_in_the_same_order(sample):
    scene, network, first = sample
    again = ps.find_gaps(ps.predict(network, scene, progress=False))
    assert len(first.dead_spots) > 10
    assert_frame_equal(spots(again), spots(first), check_exact=True)


def test_another_thread_count_finds_the_same_spots(sample):
    scene, network, first = sample
    usual = numba.get_num_threads()
    try:
        for threads in sorted({1, numba.config.NUMBA_NUM_THREADS}):
            numba.set_num_threads(threads)
            again = ps.find_gaps(ps.predict(network, scene, progress=False))
            assert_frame_equal(spots(again), spots(first), check_exact=True)
    finally:
        numba.set_num_threads(usual)


def distances_km(cells: pd.DataFrame, longitude: float, latitude: float) -> np.ndarray:
    east = (cells["longitude"] - longitude) * np.cos(np.radians(latitude)) * 111.32
    north = (cells["latitude"] - latitude) * 110.6
    return np.hypot(east, north).to_numpy()


def changed_in_a_corner(network: Network) -> tuple[Network, float, float]:
    """The network with the north-western site 3 dB louder and short of a cell, and its place."""
    cells = network.cells
    corner = (cells["latitude"] - cells["longitude"]).idxmax()
    longitude, latitude = cells.loc[corner, ["longitude", "latitude"]].astype(float)
    site = cells["site_id"] == cells.loc[corner, "site_id"]
    louder = cells.assign(power_dbm=cells["power_dbm"] + np.where(site, 3.0, 0.0))
    changed = louder.drop(index=corner).reset_index(drop=True)
    return Network(changed, network.findings, network.antennas), longitude, latitude


def far_spots(gaps, longitude: float, latitude: float) -> pd.DataFrame:
    """Spots all of which lie far from a place; their rank among all may move."""
    degrees = gaps.dead_spots.geometry.to_crs(4326)
    corners = degrees.get_coordinates().rename(columns={"x": "longitude", "y": "latitude"})
    away = pd.Series(distances_km(corners, longitude, latitude), index=corners.index)
    far = away.groupby(level=0).min() > FAR_KM
    return spots(gaps)[far.to_numpy()].drop(columns="rank").reset_index(drop=True)


def assert_far_spots_stay(coverage, network, before, find, **options):
    changed, longitude, latitude = changed_in_a_corner(network)
    after = find(coverage.update(changed, progress=False, **options))
    assert not after.state.equals(before.state)  # it did change something
    stayed = far_spots(before, longitude, latitude)
    assert len(stayed) > 10
    assert_frame_equal(far_spots(after, longitude, latitude), stayed, check_exact=True)


def test_a_station_that_changes_far_away_changes_no_spot(sample):
    _, network, before = sample
    assert_far_spots_stay(before.coverage, network, before, ps.find_gaps)


@pytest.mark.slow
def test_the_real_spots_stay_too(shared: Path, tmp_path: Path):
    folder = shared / "geodata"
    scene = ps.Scene.open(
        folder / "terrain/vinhphuc_srtm3.tif",
        folder / "population/worldpop2020_1km_UNadj_vinhphuc.tif",
        folder / "communes/vinhphuc_2025.geojson",
        resolution_m=400,
        old_communes=folder / "communes/three_provinces_2009.gpkg",
        old_people="pop_2019",
    )
    network = ps.read_stations(folder / "stations_vinhphuc.csv")
    store = tmp_path / "store"

    def find(coverage):
        return ps.find_gaps(coverage, causes=False)

    coverage = ps.predict(network, scene, progress=False, store=store)
    before = find(coverage)
    again = find(ps.predict(network, scene, progress=False, store=store))
    assert_frame_equal(spots(again), spots(before), check_exact=True)
    assert_far_spots_stay(coverage, network, before, find, store=store)
