"""Where fibre is, what a metre of it costs, and fibre over the straight line.

What reaches places has, for each of them, ``cost`` and ``km``, infinite where there is no fibre to
start from, ``end``, the name of where it starts, and ``line``, its way.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import uniform_filter
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.planning.backhaul_settings import BackhaulSettings

__all__ = ["Ends", "Rates", "StraightFibre", "StraightReach"]

Floats = npt.NDArray[np.float64]

# People per km2 from which land is urban and suburban: the grid cells of urban centres and urban
# clusters, Degree of Urbanisation (European Commission and others 2021, doi 10.2785/706535).
URBAN_KM2, SUBURBAN_KM2 = 1500.0, 300.0
_SQUARE_M: Final = 1000.0  # over which density is taken


@dataclass(frozen=True, eq=False)
class Ends:
    """Where fibre is: x and y (m) of points, and the name of each."""

    xy: Floats
    names: npt.NDArray[np.object_]

    def and_along(self, line: shapely.LineString, name: str) -> "Ends":
        """These, and every point of a fibre that has been laid from the end of that name."""
        more = shapely.get_coordinates(line)
        return Ends(
            np.vstack([self.xy, more]),
            np.concatenate([self.names, np.full(len(more), name, dtype=object)]),
        )


class Rates(NamedTuple):
    """Price of a metre of fibre in each pixel of a scene's analysis grid, rural beyond it."""

    price: Floats
    scene: "Scene"
    rural: float

    @classmethod
    def of(cls, scene: "Scene", settings: "BackhaulSettings") -> "Rates":
        """Prices by the density of people in the square kilometre around."""
        size = 2 * round(_SQUARE_M / scene.resolution_m / 2) + 1
        around = uniform_filter(scene.people.to_numpy(), size, mode="constant")
        density = around / scene.pixel_area_km2
        by_zone = settings.fibre_cost_per_m
        price = np.select(
            [density >= URBAN_KM2, density >= SUBURBAN_KM2],
            [by_zone["urban"], by_zone["suburban"]],
            by_zone["rural"],
        )
        return cls(price, scene, by_zone["rural"])

    def at(self, xy: Floats) -> Floats:
        """Prices at places (n, 2)."""
        col, row = (np.floor(v) for v in ~self.scene.grid.affine * (xy[:, 0], xy[:, 1]))
        rows, cols = self.price.shape
        inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        prices = np.full(len(xy), self.rural)
        prices[inside] = self.price[row[inside].astype(int), col[inside].astype(int)]
        return prices


@dataclass(frozen=True, eq=False)
class StraightFibre:
    """Fibre over the straight line to the nearest end, longer by a factor, at the place's price."""

    rates: Rates
    detour_factor: float

    def reach(self, xy: Floats, ends: Ends) -> "StraightReach":
        """Cheapest fibre from any of the ends to places (n, 2)."""
        if len(ends.xy) == 0:
            return StraightReach.none(xy)
        away_m, nearest = cKDTree(ends.xy).query(xy)
        km = away_m * self.detour_factor / 1000.0
        cost = 1000.0 * km * self.rates.at(xy)
        return StraightReach(cost, km, ends.names[nearest], xy, ends.xy[nearest])


@dataclass(frozen=True, eq=False)
class StraightReach:
    """Straight fibre to places; arrays (places,)."""

    cost: Floats
    km: Floats
    end: npt.NDArray[np.object_]
    xy: Floats
    end_xy: Floats

    @classmethod
    def none(cls, xy: Floats) -> "StraightReach":
        """Where there is no end at all."""
        never = np.full(len(xy), np.inf)
        return cls(never, never, np.full(len(xy), "", dtype=object), xy, xy)

    def line(self, place: int) -> shapely.LineString:
        """The way of the fibre from a place to its end."""
        return shapely.LineString([self.xy[place], self.end_xy[place]])
