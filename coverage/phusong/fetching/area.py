"""An area in degrees, and the tiles of whole degrees that it lies on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from phusong.errors import InputError

__all__ = ["Area"]


@dataclass(frozen=True)
class Area:
    """A box of longitudes and latitudes (WGS 84).

    Attributes
    ----------
    west, south, east, north
        Degrees.
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        problems = []
        if not -180.0 <= self.west < self.east <= 180.0:
            problems.append(f"longitudes {self.west:g} to {self.east:g}: give west below east")
        if not -90.0 <= self.south < self.north <= 90.0:
            problems.append(f"latitudes {self.south:g} to {self.north:g}: give south below north")
        if problems:
            raise InputError("area", problems)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "WEST,SOUTH,EAST,NORTH" in degrees."""
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError as error:
            problem = f"{text!r}: write WEST,SOUTH,EAST,NORTH in degrees, as 105.3,21.1,105.8,21.6"
            raise InputError("area", [problem]) from error
        return cls(west, south, east, north)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.west, self.south, self.east, self.north

    def tiles(self, size_deg: int) -> Iterator[tuple[int, int]]:
        """South-west corners (latitude, longitude) of the tiles that it touches, row by row."""
        for lat in _steps(self.south, self.north, size_deg):
            for lon in _steps(self.west, self.east, size_deg):
                yield lat, lon


def _steps(low: float, high: float, size: int) -> range:
    return range(math.floor(low / size) * size, math.ceil(high / size) * size, size)
