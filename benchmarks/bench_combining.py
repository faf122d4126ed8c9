"""Time from path loss to best servers.

``pytest benchmarks/bench_combining.py --benchmark-only``
"""

import numpy as np
from province import combine, combining_windows, province


def test_combining(benchmark):
    """The cells of some masts of the sample province, windows at hand."""
    scene, network = province()
    windows = combining_windows(scene, network)
    layers = benchmark(combine, scene, network, windows)
    benchmark.extra_info["cells"] = int(layers.cells.sum())
    assert np.isfinite(layers.level_dbm).any()
