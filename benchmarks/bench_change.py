"""Time to new layers after one sector's tilt changed, path loss kept in a store.

``pytest benchmarks/bench_change.py --benchmark-only``
"""

from dataclasses import replace

import pytest

import phusong as ps


def tilted(network: ps.Network, cell: int, degrees: float) -> ps.Network:
    """The same network with one cell's electrical tilt changed."""
    cells = network.cells.copy()
    cells.loc[cell, "electrical_tilt_deg"] += degrees
    return replace(network, cells=cells)


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    """The sample province's network and coverage, and the store that it was made with."""
    store = tmp_path_factory.mktemp("store")
    scene, network = ps.sample()
    return network, ps.predict(network, scene, store=store, progress=False), store


def again(coverage, network, store):
    """The whole predicted again, of whose windows none is computed."""
    return ps.predict(network, coverage.scene, store=store, progress=False)


def update(coverage, network, store):
    return coverage.update(network, store=store, progress=False)


@pytest.mark.parametrize("way", [again, update])
def test_one_tilt(benchmark, predicted, way):
    network, before, store = predicted
    kept = set(store.rglob("*"))
    after = benchmark(way, before, tilted(network, 0, 4.0), store)
    assert set(store.rglob("*")) == kept
    assert not before["level_dbm"].equals(after["level_dbm"])
