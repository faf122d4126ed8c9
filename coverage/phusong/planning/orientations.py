"""Where a new site's sectors may look, and the best of it for given people."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from phusong.errors import InputError
from phusong.kernels.orientations import MOST_AZIMUTHS, azimuth_weights, team_weights

__all__ = ["Aim", "Orientations", "Sight"]

STEP_DEG = 10.0
TILTS_DEG = (2.0, 5.0, 8.0)
LEAST_APART_DEG = 60.0  # two sectors of 65 degrees nearer than that are one sector twice

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.uint64]


class Aim(NamedTuple):
    """One orientation: numbers of the azimuths on offer, rising, and of the tilt."""

    azimuths: tuple[int, ...]
    tilt: int

    @property
    def bits(self) -> np.uint64:
        """The azimuths as a mask."""
        return np.uint64(sum(1 << azimuth for azimuth in self.azimuths))


class Sight(NamedTuple):
    """Demand points that a candidate may serve, and which azimuths do at each tilt.

    ``points`` is int32 (n,); ``served`` uint64 (tilts, n), a bit for each azimuth on offer.
    """

    points: npt.NDArray[np.int32]
    served: Masks

    def served_by(self, aim: Aim) -> npt.NDArray[np.int32]:
        """Points that sectors so aimed serve."""
        served: npt.NDArray[np.int32] = self.points[(self.served[aim.tilt] & aim.bits) != 0]
        return served


@dataclass(frozen=True)
class Orientations:
    """Azimuths and electrical tilts that the sectors of a site may have.

    Attributes
    ----------
    azimuths_deg
        On offer, degrees from true north; at most 64.
    teams
        Numbers of azimuths that are tried together at every candidate, the usual ones first.
    electrical_tilts_deg
        Of all sectors of a site alike, the usual one first.
    """

    azimuths_deg: tuple[float, ...]
    teams: tuple[tuple[int, ...], ...]
    electrical_tilts_deg: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.azimuths_deg) > MOST_AZIMUTHS:
            problem = (
                f"{len(self.azimuths_deg)} azimuths are on offer: give {MOST_AZIMUTHS} at most"
            )
            raise InputError("orientations", [problem])

    @classmethod
    def fixed(cls, azimuths_deg: Sequence[float], electrical_tilt_deg: float) -> "Orientations":
        """The one orientation with these azimuths and this tilt."""
        numbers = tuple(range(len(azimuths_deg)))
        return cls(tuple(map(float, azimuths_deg)), (numbers,), (float(electrical_tilt_deg),))

    @classmethod
    def searched(
        cls,
        electrical_tilt_deg: float,
        *,
        sectors: int = 3,
        step_deg: float = STEP_DEG,
        tilts_deg: Sequence[float] = TILTS_DEG,
    ) -> "Orientations":
        """Sectors evenly round the site, turned by steps, at the usual tilt and at others."""
        turns = round(360.0 / sectors / step_deg)
        azimuths = 360.0 / sectors / turns * np.arange(sectors * turns)
        teams = tuple(tuple(turn + turns * k for k in range(sectors)) for turn in range(turns))
        tilts = dict.fromkeys([float(electrical_tilt_deg), *map(float, tilts_deg)])
        return cls(tuple(azimuths.tolist()), teams, tuple(tilts))

    def azimuths_of(self, aim: Aim) -> tuple[float, ...]:
        """Azimuths in degrees from true north."""
        return tuple(self.azimuths_deg[number] for number in aim.azimuths)

    def tilt_of(self, aim: Aim) -> float:
        """Electrical tilt in degrees."""
        return self.electrical_tilts_deg[aim.tilt]

    def aim_at(self, azimuths_deg: Sequence[float], electrical_tilt_deg: float) -> Aim:
        """The aim with these azimuths and this tilt, which must be on offer."""
        numbers = sorted(self.azimuths_deg.index(azimuth) for azimuth in azimuths_deg)
        return Aim(tuple(numbers), self.electrical_tilts_deg.index(electrical_tilt_deg))

    def best_team(self, sight: Sight, weight: Floats) -> Aim:
        """The team and tilt that serve most weight; of equals the usual, then the first.

        ``weight`` (n,) is that of the sight's points.
        """
        sums = team_weights(sight.served, weight, self._team_bits)
        tilt, team = np.unravel_index(int(np.argmax(sums)), sums.shape)
        return Aim(self.teams[int(team)], int(tilt))

    def improved(self, sight: Sight, weight: Floats, aim: Aim) -> Aim:
        """A better aim, sector by sector; the same where no single sector's turn helps.

        At every tilt both the aim and the best team are turned until neither gains; what serves
        most weight is taken, and the aim itself unless something serves more.
        """
        best, most = aim, _served_weight(sight, weight, aim)
        team = self.best_team(sight, weight).azimuths
        for tilt in range(len(self.electrical_tilts_deg)):
            for start in dict.fromkeys([aim.azimuths, team]):
                turned = self._turned(sight, weight, Aim(start, tilt))
                serves = _served_weight(sight, weight, turned)
                # Sums of one set of points in another order differ in their last bits.
                if serves > most * (1.0 + 1e-9):
                    best, most = turned, serves
        return best

    @cached_property
    def _team_bits(self) -> Masks:
        return np.array([Aim(team, 0).bits for team in self.teams], dtype=np.uint64)

    def _turned(self, sight: Sight, weight: Floats, aim: Aim) -> Aim:
        """Turn one sector after the other to where it adds most, until none is turned."""
        azimuths = list(aim.azimuths)
        served = sight.served[aim.tilt]
        turned = True
        while turned:
            turned = False
            for k, now in enumerate(azimuths):
                others = azimuths[:k] + azimuths[k + 1 :]
                bits = Aim(tuple(others), 0).bits
                adds = azimuth_weights(served, weight, bits, len(self.azimuths_deg))
                adds[~self._is_apart(others)] = 0.0
                best = int(np.argmax(adds))
                if adds[best] > adds[now] * (1.0 + 1e-9):
                    azimuths[k], turned = best, True
        return Aim(tuple(sorted(azimuths)), aim.tilt)

    def _is_apart(self, others: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Whether each azimuth is far enough from all others of its site."""
        offered = np.array(self.azimuths_deg)
        off = np.abs(offered[:, None] - offered[list(others)]) % 360.0
        apart: npt.NDArray[np.bool_] = np.minimum(off, 360.0 - off).min(axis=1, initial=360.0) >= (
            LEAST_APART_DEG
        )
        return apart


def _served_weight(sight: Sight, weight: Floats, aim: Aim) -> float:
    bits = np.array([aim.bits], dtype=np.uint64)
    tilt = slice(aim.tilt, aim.tilt + 1)
    return float(team_weights(sight.served[tilt], weight, bits)[0, 0])
