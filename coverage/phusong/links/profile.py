"""The ground between two antennas: a profile on a curved earth, the ray, what obstructs it."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.kernels.diffraction import wavelength_m
from phusong.kernels.path import PathGeometry
from phusong.kernels.zones import Stretches, stretches_of

__all__ = ["Obstruction", "Place", "TerrainPath"]

FloatArray = NDArray[np.float64]


class Place(NamedTuple):
    """A place by its degrees (WGS 84) and by fractional row and column of the terrain."""

    longitude: float
    latitude: float
    row: float
    col: float


class Obstruction(NamedTuple):
    """The point of a profile with the largest diffraction parameter nu, and how it stands there.

    ``clearance_m`` is what the ray has above it (negative: it rises into the ray),
    ``fresnel_radius_m`` the first zone's radius there.
    """

    distance_km: float
    height_m: float
    clearance_m: float
    fresnel_radius_m: float
    nu: float


@dataclass(frozen=True, eq=False)
class TerrainPath:
    """The ground between two antennas, base station first.

    Attributes
    ----------
    tx, rx
        The two places.
    distance_km, height_m, surface_m
        Profile, shape (n,): distance from the transmitter, terrain above sea level, and terrain
        with its clutter, of which there is none at the ends.
    zone
        Radio-climatic zone of each point, shape (n,): 1 sea, 3 coastal land, 4 inland.
    geometry
        What P.1812-8, Attachment 1, finds of it.
    ae
        Median effective earth radius in km.
    bearing_deg
        Bearing of the receiver from the transmitter, from the grid's north.
    convergence_deg
        Of the grid's north from true north at the transmitter.
    latitude_deg
        Latitude that stands for the path.
    """

    tx: Place
    rx: Place
    distance_km: FloatArray
    height_m: FloatArray
    surface_m: FloatArray
    zone: NDArray[np.uint8]
    geometry: PathGeometry
    ae: float
    bearing_deg: float
    convergence_deg: float
    latitude_deg: float

    @property
    def length_km(self) -> float:
        """Length over the ground, km."""
        return float(self.distance_km[-1])

    @property
    def slant_km(self) -> float:
        """Distance between the antennas, km."""
        return math.hypot(self.length_km, (self.geometry.hts - self.geometry.hrs) / 1000.0)

    @property
    def departure_deg(self) -> float:
        """Elevation at which the signal leaves: to the receiver, or to the horizon before it.

        On a clear path P.1812-8 takes the ray's own elevation for that of the horizon.
        """
        return math.degrees(self.geometry.theta_t / 1000.0)

    @property
    def straight_deg(self) -> float:
        """Elevation of the straight ray to the receiver, whatever stands in it."""
        g = self.geometry
        slope = (g.hrs - g.hts) / (1000.0 * self.length_km) - self.length_km / (2.0 * self.ae)
        return math.degrees(math.atan(slope))

    @property
    def clutter_m(self) -> FloatArray:
        """Height of the clutter above ground, shape (n,); 0 at the ends."""
        return np.asarray(self.surface_m - self.height_m)

    @property
    def stretches(self) -> Stretches:
        """What P.1812-8 asks of the zones: longest stretches, fraction over sea, coasts."""
        return Stretches(*stretches_of(self.distance_km, self.zone))

    @property
    def bulge_m(self) -> FloatArray:
        """How far the effective earth rises between the ends, shape (n,): P.526, h of d1 and d2."""
        d = self.distance_km
        return np.asarray(500.0 / self.ae * d * (d[-1] - d))

    @property
    def ray_m(self) -> FloatArray:
        """The straight ray above sea level, over ground that the bulge is added to; shape (n,)."""
        part = self.distance_km / self.length_km
        return np.asarray(self.geometry.hts * (1.0 - part) + self.geometry.hrs * part)

    def fresnel_radius_m(self, frequency_ghz: float) -> FloatArray:
        """Radius of the first Fresnel zone, shape (n,); 0 at the ends."""
        d = 1000.0 * self.distance_km
        return np.asarray(np.sqrt(wavelength_m(frequency_ghz) * d * (d[-1] - d) / d[-1]))

    def clearance_m(self, surface_m: FloatArray) -> FloatArray:
        """What the ray has above a surface on the curved earth, shape (n,)."""
        return self.ray_m - self.bulge_m - surface_m

    def worst(self, surface_m: FloatArray, frequency_ghz: float) -> Obstruction:
        """The worst obstruction of a surface between the ends."""
        inner = slice(1, -1)
        clearance = self.clearance_m(surface_m)[inner]
        radius = self.fresnel_radius_m(frequency_ghz)[inner]
        nu = -math.sqrt(2.0) * clearance / radius
        i = int(np.argmax(nu))
        at = (self.distance_km[inner], surface_m[inner], clearance, radius, nu)
        return Obstruction(*(float(values[i]) for values in at))

    def in_sight(self, surface_m: FloatArray) -> bool:
        """Whether the ray clears every point of a surface between the ends."""
        return bool(np.all(self.clearance_m(surface_m)[1:-1] >= 0.0))

    def table(self, frequency_ghz: float) -> pd.DataFrame:
        """The profile: distances in km, all else in m; one row a point."""
        clearance = self.clearance_m(self.surface_m)
        return pd.DataFrame(
            {
                "distance_km": self.distance_km,
                "height_m": self.height_m,
                "clutter_m": self.clutter_m,
                "bulge_m": self.bulge_m,
                "ray_m": self.ray_m,
                "clearance_m": clearance,
                "fresnel_radius_m": self.fresnel_radius_m(frequency_ghz),
            }
        )
