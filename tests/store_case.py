"""Windows for the tests of the path-loss store; run as a script, it writes them until killed.

As a script it starts, for each line that it is given, a process that writes windows into the
folder, and says its number.
"""

import os
import sys

import numpy as np

from phusong.prediction.store import NOT_COMPUTED, PathLossStore, Window

KEYS = [f"{number:064x}" for number in range(5)]


def window_of(seed=0, bands=2, rows=40, cols=50):
    """A disc of smooth loss with some noise on it, as around a mast."""
    rng = np.random.default_rng(seed)
    i, j = np.mgrid[:rows, :cols]
    away = np.hypot(i - rows / 2, j - cols / 2)
    loss = 8000 + 3500 * np.log10(away + 1) + 300 * np.arange(bands)[:, None, None]
    loss = np.rint(loss + rng.normal(0, 20, (bands, rows, cols))).astype(np.uint16)
    loss[:, away > min(rows, cols) / 2] = NOT_COMPUTED
    departure = rng.integers(-300, 100, (rows, cols)).astype(np.int16)
    return Window(slice(7, 7 + rows), slice(3, 3 + cols), loss, departure)


WINDOWS = [window_of(number, rows=150, cols=150) for number in range(len(KEYS))]


def write_forever(folder):
    store = PathLossStore(folder)
    while True:
        for key, window in zip(KEYS, WINDOWS, strict=True):
            store.write(key, window)


def main(folder):
    PathLossStore(folder).write(KEYS[0], WINDOWS[0])
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            write_forever(folder)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(sys.argv[1])
