"""How fast P.1812-8 is swept at other percentages of time than 50, and over a coast.

``python benchmarks/percentages.py`` prints the table of docs/speed.md.
"""

import argparse

import numpy as np
from numpy.typing import NDArray
from peer_job import Job
from peers import INLAND, our_points_per_second

PERCENTAGES = (50.0, 10.0, 1.0)
SEA_SHARE, COAST_M = 0.3, 100.0


class CoastJob(Job):
    """The same terrain with its lowest part under a level sea."""

    @property
    def terrain_m(self) -> NDArray[np.int16]:
        terrain = super().terrain_m
        return np.maximum(terrain, np.int16(np.quantile(terrain, SEA_SHARE)))

    @property
    def zones(self) -> NDArray[np.uint8]:
        """1 on the sea, 3 up to 100 m above it, else 4."""
        above = self.terrain_m - self.terrain_m.min()
        return np.where(above == 0, 1, np.where(above <= COAST_M, 3, 4)).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    inland = Job(arguments.radius_km, arguments.rounds)
    coast = CoastJob(arguments.radius_km, arguments.rounds)
    print("| time | inland, points/s/core | sea, coast and land, points/s/core |")
    print("|---:|---:|---:|")
    for percent in PERCENTAGES:
        rates = [
            our_points_per_second("p1812", job, zones, percent).points_per_s_core
            for job, zones in ((inland, INLAND), (coast, coast.zones))
        ]
        print(f"| {percent:g} % | {rates[0]:,.0f} | {rates[1]:,.0f} |")


if __name__ == "__main__":
    main()
