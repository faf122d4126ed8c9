"""phusong beside other programs at one job: ``pytest benchmarks/bench_peers.py --benchmark-only``.

`peers.py` makes the table; here each is a benchmark of one round, its rate in ``extra_info``.
"""

import pytest
from peers import PEERS, AbsentError, Job


@pytest.mark.parametrize("name", PEERS)
def test_peer(benchmark, name, tmp_path):
    """Time of the peer with what it needs around it; see each timing for its own figures."""
    job = Job(5.0, rounds=1)
    job.terrain_m  # noqa: B018 - made before the clock runs
    try:
        timings = benchmark.pedantic(PEERS[name], args=(job, tmp_path), rounds=1)
    except AbsentError as absent:
        pytest.skip(str(absent))
    for timing in timings:
        what = f"{timing.tool}, {timing.model}, {timing.scope}"
        benchmark.extra_info[what] = round(timing.points_per_s_core)
        assert timing.points_per_s_core > 0
