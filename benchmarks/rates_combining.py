"""Measures what `scene.estimate` reckons with for combining, to be written into `prediction.rates`.

    NUMBA_NUM_THREADS=1 python benchmarks/rates_combining.py sample:200 sample:90 \
        data/vinhphuc.toml:250 data/vinhphuc.toml:90 data/vinhphuc.toml:30

Each case is predicted with every window in a store; what reading takes by the rates is left out.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from estimates import timed
from provinces import opened
from scipy.optimize import nnls

from phusong.prediction import rates
from phusong.prediction.preparing import chosen_settings, prepared
from phusong.prediction.workload import served_pixels, window_values

ROUNDS = 3


def main(cases):
    """Print the three rates, and how far they are off in each case."""
    amounts, seconds = [], []
    for case in cases:
        name, resolution_m = case.rsplit(":", 1)
        with tempfile.TemporaryDirectory() as folder:
            of_case, taken = measured(*opened(name, float(resolution_m)), Path(folder))
        amounts.append(of_case)
        seconds.append(taken)
    weights = np.array(amounts) / np.array(seconds)[:, None]
    found, _ = nnls(weights, np.ones(len(seconds)))
    print("CELL_S, PASSED_S, SERVED_S =", ", ".join(f"{each:.2g}" for each in found))
    for case, taken, off in zip(cases, seconds, weights @ found - 1.0, strict=True):
        print(f"{case}: {taken:.3g} standard seconds, told {off:+.0%}")


def measured(scene, network, store):
    """Amounts of `rates.combining_amounts`, and the standard seconds that they took."""
    ready = prepared(network, scene, *chosen_settings("vn_default", {}), None)
    maker, masts = ready.maker, ready.groups.within
    layers = len(network.operators) * len(network.technologies) * int(np.prod(scene.grid.shape))
    amounts = rates.combining_amounts(len(network.cells), served_pixels(maker, masts), layers)
    reading = rates.keeping_s([window_values(maker, mast) for mast in masts], [])
    timed(network, scene, store)
    taken = min(timed(network, scene, store)[0] * rates.machine_speed(1) for _ in range(ROUNDS))
    return amounts, taken - reading


if __name__ == "__main__":
    main(sys.argv[1:])
