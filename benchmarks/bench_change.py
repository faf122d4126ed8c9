"""Time to new layers after one sector's tilt changed, path loss kept in a store.

``pytest benchmarks/bench_change.py --benchmark-only``
"""

from dataclasses import replace

import phusong as ps


def tilted(network: ps.Network, cell: int, degrees: float) -> ps.Network:
    """The same network with one cell's electrical tilt changed."""
    cells = network.cells.copy()
    cells.loc[cell, "electrical_tilt_deg"] += degrees
    return replace(network, cells=cells)


def test_one_tilt(benchmark, tmp_path):
    """The whole sample province again, of whose windows none is computed again."""
    scene, network = ps.sample()
    before = ps.predict(network, scene, store=tmp_path, progress=False)
    kept = set(tmp_path.rglob("*"))
    changed = tilted(network, 0, 4.0)
    after = benchmark(ps.predict, changed, scene, store=tmp_path, progress=False)
    assert set(tmp_path.rglob("*")) == kept
    assert not before["level_dbm"].equals(after["level_dbm"])
