"""How long each pixel keeps its service in a scenario, and who has lost it by when."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phusong.gaps.villages import village_pixels
from phusong.outages.reach import Reach

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["Amounts", "People", "hours_of_service"]


def hours_of_service(reach: Reach, fails_at_h: NDArray[np.float64]) -> NDArray[np.float32]:
    """Hours after which each pixel's last service is gone.

    Parameters
    ----------
    reach
        Which pixels each site serves.
    fails_at_h
        When each site fails (h); inf for those that stay.

    Returns
    -------
    ndarray
        float32 (operator and any, technology and any, pixel): inf where service stays, NaN where
        there was none before.
    """
    served = reach.served
    operators, technologies, pixels = served.state.shape
    hours = np.full((operators + 1, technologies + 1, pixels), np.nan, dtype=np.float32)
    own = hours[:-1, :-1]
    own[served.state] = np.inf
    # The sites that fail last write last: so a pixel has the hours of its longest-lived server.
    for each in sorted(reach.serving, key=lambda each: float(fails_at_h[each.site])):
        own[each.operator, each.technology, each.pixels] = fails_at_h[each.site]
    for operator, fifth, fourth in served.anchors():
        own[operator, fifth] = np.minimum(own[operator, fifth], own[operator, fourth])
    hours[:-1, -1] = np.fmax.reduce(own, axis=1)
    hours[-1] = np.fmax.reduce(hours[:-1], axis=0)
    return hours


@dataclass(frozen=True, eq=False)
class Amounts:
    """What has lost service by each time, of each commune: each (commune, time).

    Attributes
    ----------
    people, area_km2, villages
        Lost by then.
    """

    people: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    villages: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class People:
    """People, area and villages on the pixels of the communes.

    Attributes
    ----------
    label
        int (pixel,): number of the commune from 0.
    communes
        How many communes there are.
    people
        float64 (pixel,).
    village_at
        int (village,): pixel of each village, -1 outside the communes.
    pixel_area_km2
        Of one pixel.
    """

    label: NDArray[np.intp]
    communes: int
    people: NDArray[np.float64]
    village_at: NDArray[np.intp]
    pixel_area_km2: float

    @classmethod
    def of(cls, scene: "Scene", inside: NDArray[np.intp]) -> "People":
        """Those of a scene; ``inside`` are the flat indices of the communes' pixels."""
        place = np.full(scene.people.size + 1, -1, dtype=np.intp)
        place[inside] = np.arange(inside.size)
        villages = scene.villages
        at = np.empty(0, np.intp) if villages is None else village_pixels(villages, scene)
        return cls(
            scene.commune_labels.to_numpy().ravel()[inside].astype(np.intp) - 1,
            len(scene.communes),
            scene.people.to_numpy().ravel()[inside].astype(np.float64),
            place[at],  # -1 is the place behind the last pixel, which lies nowhere
            scene.pixel_area_km2,
        )

    def lost_by(self, hours: NDArray[np.float32], times_h: NDArray[np.float32]) -> Amounts:
        """What has lost service by each time, and in a last column all that had it.

        Parameters
        ----------
        hours
            (pixel,) from `hours_of_service`.
        times_h
            Rising.
        """
        had = np.flatnonzero(~np.isnan(hours))
        steps = times_h.size + 1
        step = np.searchsorted(times_h, hours[had])
        bins = self.label[had] * steps + step
        shape = self.communes, steps
        pixels = np.bincount(bins, minlength=np.prod(shape)).reshape(shape)
        people = np.bincount(bins, self.people[had], np.prod(shape)).reshape(shape)
        at = self.village_at[self.village_at >= 0]
        at = at[~np.isnan(hours[at])]
        of_village = self.label[at] * steps + np.searchsorted(times_h, hours[at])
        villages = np.bincount(of_village, minlength=np.prod(shape)).reshape(shape)
        return Amounts(
            people.cumsum(axis=1),
            pixels.cumsum(axis=1) * self.pixel_area_km2,
            villages.cumsum(axis=1).astype(np.float64),
        )

    def lost_hours(
        self, hours: NDArray[np.float32], until_h: float, *, never_served: bool = False
    ) -> float:
        """Hours without service up to a time, summed over the people who had it, or over all."""
        without = np.where(np.isnan(hours), 0.0 if never_served else np.inf, hours)
        return float(self.people @ np.maximum(until_h - without, 0.0))
