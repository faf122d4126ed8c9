"""Measures the rates that `scene.estimate` reckons with, and writes them into its table.

    python benchmarks/rates.py          # or of some models only: python benchmarks/rates.py p1812

Run it again after a change of a kernel. It computes windows of the made-up province by each model
and way, at several resolutions, ranges and numbers of bands, on one thread, and fits what a window,
a profile's point, a receiver and a loss take. Times are CPU times, told as if the machine did
`STANDARD` rounds of the standard work a second.
"""

import csv
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

import phusong as ps
from phusong.prediction import rates
from phusong.prediction.masts import locate_masts
from phusong.prediction.models import MODELS
from phusong.prediction.settings import PredictSettings
from phusong.prediction.windows import WindowMaker
from phusong.prediction.workload import window_work

TABLE = Path(rates.__file__).parent / "tables" / "rates.csv"
CASES = [
    *((name, "radial", 50.0) for name, model in MODELS.items() if model.along is not None),
    *((name, "pixel", 50.0) for name, model in MODELS.items() if model.line is None),
    *((name, "radial", 50.0) for name, model in MODELS.items() if model.line is not None),
    ("p1812", "radial", 10.0),
]
RESOLUTIONS_M = {"radial": (30.0, 60.0, 120.0, 300.0), "pixel": (300.0, 600.0)}
ROUNDS = 3


def network_of(site, mhz):
    """One mast of the sample with so many bands."""
    cells = ps.sample(resolution_m=1000.0).network.cells
    one = cells[cells["site_id"] == site].iloc[[0]].loc[lambda c: c.index.repeat(len(mhz))]
    one = one.assign(cell_id=[f"C{i}" for i in range(len(mhz))], frequency_mhz=mhz)
    return one.reset_index(drop=True)


def main(wanted):
    """Measure the cases of some models, or all, and write the table."""
    scenes = {m: ps.sample(resolution_m=m).scene for each in RESOLUTIONS_M.values() for m in each}
    sites = ps.sample(resolution_m=1000.0).network.cells["site_id"].unique()[[3, 40, 90]]
    frequencies = [[935.0], [935.0, 1842.5, 2140.0, 2350.0]]
    tables = {(s, len(f)): network_of(s, f) for s in sites for f in frequencies}
    rows = {tuple(row[:3]): row for row in csv.reader(TABLE.open())}
    for name, sampling, percent in CASES:
        if wanted and name not in wanted:
            continue
        settings = {"model": name, "sampling": sampling, "time_percent": percent}
        features, seconds = [], []
        for resolution in RESOLUTIONS_M[sampling]:
            for km in (4.0, 10.0):
                for cells in tables.values():
                    ranges = dict.fromkeys(("3G", "4G", "5G"), km)
                    chosen = PredictSettings.of(range_km=ranges, **settings)
                    maker = WindowMaker(scenes[resolution], chosen)
                    mast = next(locate_masts(cells, maker.scene))
                    (work,) = window_work(maker, mast)
                    features.append([1.0, work.points, work.receivers, work.losses])
                    seconds.append(standard_seconds(maker, mast))
        weights = np.array(features) / np.array(seconds)[:, None]
        found, _ = nnls(weights, np.ones(len(seconds)))
        off = weights @ found - 1.0
        print(name, work.way, percent, found, f"off {off.min():+.0%} to {off.max():+.0%}")
        case = (name, work.way, str(percent))
        rows[case] = [*case, *(f"{1e9 * each:.4g}" for each in found)]
        write(rows)


def write(rows):
    """Write the table: after every case, for some take minutes."""
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rates.COLUMNS)
        writer.writerows(row for case, row in rows.items() if case != rates.COLUMNS[:3])


def standard_seconds(maker, mast):
    """CPU time of the fastest round of one window, on one thread, in standard seconds."""
    maker.compute(mast)
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        maker.compute(mast)
        times.append(time.process_time() - began)
    return min(times) * rates.machine_speed(1)


if __name__ == "__main__":
    import numba

    numba.set_num_threads(1)
    main(sys.argv[1:])
