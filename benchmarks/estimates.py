"""How far `scene.estimate` is off, as lines of a Markdown table.

    NUMBA_NUM_THREADS=1 python benchmarks/estimates.py sample:200 data/vinhphuc.toml:90

One thread's time can be compared while other work is on the machine: then the processor's time is
what a machine that does nothing else would take.
"""

import sys
import tempfile
import time
from pathlib import Path

import psutil
from provinces import opened

import phusong as ps


def main(cases):
    """Print a line a case."""
    small = ps.sample(resolution_m=1000.0)
    with tempfile.TemporaryDirectory() as folder:  # compiles, so that no case counts it
        ps.predict(small.network, small.scene, store=folder, progress=False)
    print("| province, pixel | time s | again s | memory MB | store MB | layers MB |")
    print("|---|---|---|---|---|---|")
    for case in cases:
        name, resolution_m = case.rsplit(":", 1)
        with tempfile.TemporaryDirectory() as folder:
            print(line(f"{Path(name).stem}, {resolution_m} m", name, float(resolution_m), folder))


def line(title, name, resolution_m, folder):
    """Estimated and measured of one case: new, and again with everything in the store."""
    scene, network = opened(name, resolution_m)
    store = Path(folder) / "store"
    first = scene.estimate(network, store=store)
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
    first_s, coverage = timed(network, scene, store)
    peak = peak_bytes() - before
    again = scene.estimate(network, store=store)
    again_s, coverage = timed(network, scene, store)
    size = coverage.save(Path(folder) / "layers.nc").stat().st_size
    kept = sum(path.stat().st_size for path in store.glob("*.loss"))
    pairs = [
        (first.time_s, first_s),
        (again.time_s, again_s),
        *((a / 1e6, b / 1e6) for a, b in ((first.memory_bytes, peak), (first.store_bytes, kept))),
        (first.output_bytes / 1e6, size / 1e6),
    ]
    return " | ".join([f"| {title}", *(f"{told:.3g} / {is_:.3g}" for told, is_ in pairs)]) + " |"


def timed(network, scene, store):
    """Processor's time of a prediction, and its coverage."""
    began = time.process_time()
    coverage = ps.predict(network, scene, store=store, progress=False)
    return time.process_time() - began, coverage


def peak_bytes():
    """Largest memory of this process since its peak was last reset; Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(each.split()[1]) for each in lines if each.startswith("VmHWM"))


if __name__ == "__main__":
    main(sys.argv[1:])
