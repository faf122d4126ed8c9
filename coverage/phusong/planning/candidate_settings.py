"""What is wanted of the candidates for new sites."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Final

from phusong.planning.own_list import OwnList

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["KINDS", "OWN", "USUAL_KINDS", "CandidateSettings"]

KINDS: Final = (
    "mast",
    "high_ground",
    "population",
    "village_centre",
    "facility",
    "road",
    "grid",
)
"""In the order of preference where two candidates serve the same number of people."""
USUAL_KINDS: Final = KINDS[:3]
OWN: Final = "own"
"""Kind of the places of the user's own list: they come after the masts and before the others."""

HIGHEST_ANTENNA_M: Final = 300.0

_NEEDS: Final = {"village_centre": "villages", "facility": "facilities", "road": "roads"}
_ATTRIBUTES: Final = {"villages": "villages", "facilities": "facilities", "roads": "road_km"}


@dataclass(frozen=True, eq=False)
class CandidateSettings:
    """Where new sites may stand: of which kinds, how many, how far apart.

    Attributes
    ----------
    kinds
        Of `KINDS`: "mast" (masts of every operator, to lease), "high_ground", "population"
        (centres of unserved people), "village_centre", "facility", "road" (along roads), "grid" (a
        regular grid). The last four need what they are named after in the scene, but for the grid.
    max_new
        Positions without a mast to weigh at most, beside the user's own list.
    antenna_height_m
        Antenna height above ground at positions without a mast, m; less where less is allowed.
    own
        The user's own list (see `phusong.planning.own_list`), kept row by row.
    spacing_m
        Least distance between new positions of one kind, m. It is also how far a place must be the
        highest, or the most populated, around.
    grid_step_m
        Of the regular grid, m.
    lease_within_m
        No new position is offered within this distance of a mast: leasing comes before building.
    view_km
        How far people in sight of a new position are counted, km: they rank it.
    structures, spacing
        The user's own tables in place of the package's: see `read_structure_rules` and
        `read_spacing`.
    """

    kinds: Sequence[str] = USUAL_KINDS
    max_new: int = 300
    antenna_height_m: float = 35.0
    own: OwnList | None = None
    spacing_m: float = 1000.0
    grid_step_m: float = 1000.0
    lease_within_m: float = 300.0
    view_km: float = 2.0
    structures: str | Path | None = None
    spacing: str | Path | None = None

    def problems(self, scene: "Scene") -> list[str]:
        """A sentence for everything that cannot be used, on this scene."""
        return [*self._kind_problems(scene), *self._number_problems()]

    def _kind_problems(self, scene: "Scene") -> Iterator[str]:
        known = ", ".join(KINDS)
        for kind in self.kinds:
            if kind not in KINDS:
                yield f"candidate kind {kind!r} is unknown; there are: {known}"
            elif kind in _NEEDS and getattr(scene, _ATTRIBUTES[_NEEDS[kind]], None) is None:
                needed = _NEEDS[kind]
                yield f"candidate kind {kind!r}: the scene has no {needed}; open it with {needed}"
        if not self.kinds and self.own is None:
            yield f"no kinds of candidates: give some of {known}, or a list of your own"

    def _number_problems(self) -> Iterator[str]:
        number: object = self.max_new
        if isinstance(number, bool) or not isinstance(number, Integral) or int(number) < 0:
            yield f"max_new is {number!r}: give a whole number from 0"
        for name, least, most, unit in (
            ("antenna_height_m", 1.0, HIGHEST_ANTENNA_M, "m above ground"),
            ("spacing_m", 10.0, 1e5, "m"),
            ("grid_step_m", 10.0, 1e5, "m"),
            ("lease_within_m", 0.0, 1e5, "m"),
            ("view_km", 0.05, 20.0, "km"),
        ):
            value: object = getattr(self, name)
            if not (isinstance(value, Real) and least <= float(value) <= most):
                yield f"{name} is {value!r}: give {least:g} to {most:g} {unit}"
