"""Where the time of a sweep goes, point by point: ``python benchmarks/where.py``.

One window of `peer_job.py`'s terrain is swept again and again, each time one step further; what a
step takes is the difference to the time before. Beside it stands what the logarithms and powers of
two of P.1812 take alone, in a loop of nothing else: no way of evaluating them all is faster.
"""

import argparse
from typing import Any

import numpy as np
from our_engine import on_threads
from peer_job import FREQUENCY_MHZ, RECEIVER_M, SECOND_KM, TILE, TRANSMITTER_M, Job, timed_call

from phusong._jit import fused_njit, njit
from phusong.kernels.fast_math_single import exp2, f4, log2
from phusong.kernels.p1812 import effective_earth_radius_km
from phusong.kernels.p1812_bands import BAND_CONSTANTS, prepare_band
from phusong.kernels.p1812_sweep import p1812_median_along, p1812_median_ready
from phusong.kernels.radial import Radial, describe_receivers
from phusong.kernels.sweep import place_departure, place_loss
from phusong.kernels.sweep_ground import nearest_km, new_scratch, receivers_at, sample_radial
from phusong.kernels.wedges import OCTANTS, radial_direction, wedge_pixels, wedges_per_octant
from phusong.kernels.zones import INLAND

STEPS = (
    "dealing pixels to radials",
    "ground before each receiver",
    "ground along the radials",
    "geometry",
    "P.1812, once for all bands",
    "P.1812, for one band",
    "placing",
)
LOGARITHMS, POWERS = 13, 5
"""Of `fill_block` and the second half of `prepare_block`, for one receiver and band."""


@njit
def sweep_until(step, terrain, clutter_m, mast, far_km, ae, settings, loss_db, departure_deg):
    """Sweep one mast's window up to and with a step of `STEPS`; how many receivers."""
    row, col, tx_m, rx_m = mast
    far, per_octant = far_km / SECOND_KM, wedges_per_octant(far_km / SECOND_KM, 1.0)
    band = np.empty(BAND_CONSTANTS)
    prepare_band(0.001 * FREQUENCY_MHZ, settings, far_km, band)
    longest_m = 299.8 / FREQUENCY_MHZ
    s = new_scratch(far_km, SECOND_KM, SECOND_KM, np.uint8(INLAND))
    radial = Radial(SECOND_KM, s.height_m, s.surface_m, s.zone)
    near, shape, total = nearest_km(SECOND_KM) / SECOND_KM, terrain.shape, 0
    for wedge in range(OCTANTS * per_octant):
        count = wedge_pixels(
            wedge, per_octant, row, col, near, far, (0, 0), shape, s.rows, s.cols, s.distances
        )
        total += count
        if count == 0 or step == 0:
            continue
        place = terrain, clutter_m, row, col
        receivers_at(*place, SECOND_KM, SECOND_KM, s.rows, s.cols, s.distances, count, s.receivers)
        if step == 1:
            continue
        points = s.receivers.inner[count - 1] + 1
        direction = radial_direction(wedge, per_octant)
        sample_radial(*place, *direction, 1.0, points, s.height_m, s.surface_m)
        if step == 2:
            continue
        describe_receivers(radial, s.receivers, count, tx_m, rx_m, ae, longest_m, s.work, s.blocks)
        if step == 3:
            continue
        heights = tx_m, rx_m
        p1812_median_ready(
            radial, s.receivers, count, *heights, longest_m, settings, s.work, s.blocks
        )
        if step == 4:
            continue
        p1812_median_along(
            radial,
            s.receivers,
            count,
            *heights,
            band,
            settings,
            s.work,
            s.blocks,
            s.lanes,
            s.loss_db,
        )
        if step == 5:
            continue
        first = int(row) - loss_db.shape[0] // 2, int(col) - loss_db.shape[1] // 2
        place_loss(s, count, *first, far_km, loss_db)
        place_departure(s, count, *first, departure_deg)
    return total


@fused_njit
def transcendentals(x, out):
    """As many logarithms and powers of two as P.1812 asks for, of each ``x``."""
    for i in range(x.size):
        total = x[i]
        for k in range(LOGARITHMS):
            total += log2(x[i] + f4(k))
        for k in range(POWERS):
            total += exp2(x[i] - f4(k))
        out[i] = total


def measured(radius_km: float, rounds: int) -> dict[str, float]:
    """Nanoseconds a point of each of `STEPS`, and of the transcendental functions alone."""
    terrain = Job(radius_km).terrain_m.astype(np.float32)
    clutter, middle = np.full((1, 1), 10.0, np.float32), float(TILE // 2)
    ae = effective_earth_radius_km(60.0)
    settings = np.array([50.0, ae, 370.0, 10.5, 1.0])
    mast = middle, middle, TRANSMITTER_M, RECEIVER_M
    side = 2 * int(radius_km / SECOND_KM + 2.0)
    loss, departure = np.empty((side, side), np.float32), np.empty((side, side), np.float32)

    def sweep(step: int) -> Any:
        return sweep_until(step, terrain, clutter, mast, radius_km, ae, settings, loss, departure)

    x, out = np.linspace(1.0, 9.0, 4096).astype(np.float32), np.empty(4096, np.float32)
    points = sweep(len(STEPS) - 1)
    transcendentals(x, out)
    times = [timed_call(lambda step=step: sweep(step), rounds)[1] for step in range(len(STEPS))]
    alone = timed_call(lambda: [transcendentals(x, out) for _ in range(200)], rounds)[1]
    steps = np.diff([0.0, *times]) / points * 1e9
    return dict(zip(STEPS, steps.tolist(), strict=True)) | {
        "logarithms and powers alone": alone / (200 * x.size) * 1e9
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with on_threads(1):
        found = measured(arguments.radius_km, arguments.rounds)
    print("| step | ns a point |\n| --- | ---: |")
    for name, ns in found.items():
        print(f"| {name} | {ns:.1f} |")
    print(f"| all steps | {sum(found[name] for name in STEPS):.1f} |")


if __name__ == "__main__":
    main()
