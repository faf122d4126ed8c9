"""Time of `Coverage.update` after one sector's tilt has changed, as lines of a Markdown table.

    python benchmarks/change.py data/vinhphuc.toml 30 FOLDER

The store and the coverage before the change are made in FOLDER, or read where they are there.
"""

import sys
import time
from pathlib import Path

import numpy as np
from provinces import opened

import phusong as ps

SHARES = (1.0, 0.9, 0.7, 0.5, 0.3)
TILT_DEG = 10.0


def main(settings_file, resolution_m, folder):
    """Print a line a sector: the busiest, and others down to those that serve few pixels."""
    scene, network = opened(settings_file, float(resolution_m))
    store, saved = Path(folder) / "store", Path(folder) / "coverage.nc"
    if not saved.is_file():
        ps.predict(network, scene, store=store).save(saved)
    coverage = ps.Coverage.open(saved, scene, network)
    server = coverage["server"].to_numpy()
    served = np.bincount(server[server >= 0], minlength=len(network.cells))
    serving = np.argsort(served, kind="stable")[np.sort(served) > 0]
    update(coverage, serving[-1], store)  # compiles
    print("| pixels the sector served | wall s | CPU s |")
    print("|---:|---:|---:|")
    for share in SHARES:
        row = serving[int(share * (len(serving) - 1))]
        wall, cpu = min(update(coverage, row, store) for _ in range(3))
        print(f"| {served[row]:,} | {wall:.2f} | {cpu:.2f} |")


def update(coverage, row, store):
    """Wall and processor's time of one update."""
    cells = coverage.network.cells.copy()
    cells.loc[row, "electrical_tilt_deg"] = TILT_DEG
    network = ps.Network(cells, coverage.network.findings, coverage.network.antennas)
    wall, cpu = time.perf_counter(), time.process_time()
    coverage.update(network, store=store, progress=False)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main(*sys.argv[1:])
