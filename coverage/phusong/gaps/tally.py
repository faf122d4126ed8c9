"""What of each commune is in each state: area, people, road, facilities and villages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.answers import ANSWERS
from phusong.gaps.shares import share_bounds
from phusong.gaps.state import STATES
from phusong.gaps.uncertainty import Uncertainty
from phusong.gaps.villages import VillageStates, village_pixels
from phusong.geodata.points import pixels_of

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = [
    "ANSWER_COLUMNS",
    "COUNTED_STATES",
    "VILLAGES",
    "Judged",
    "Tally",
    "count_codes",
    "pixel_amounts",
    "tally_communes",
]

COUNTED_STATES: Final = ("none", "weak", "basic", "good", "not_computed")
"""The states a place inside a commune can have, in the order in which they are counted."""

ANSWER_COLUMNS: Final = {
    "surely_unserved": "not_served",
    "cannot_say": "cannot_say",
    "surely_served": "served",
}
"""Ends of the columns that count the answers; with what was not computed they sum to 100 %."""

VILLAGES: Final = "villages"
_ANSWERED: Final = ("area", "people")

Table = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """What every pixel and village of a coverage was judged to be.

    Attributes
    ----------
    state, answer, chance
        (operator, technology, y, x) from `map_states`, `map_answers` and `map_chances`.
    villages
        From `judge_villages`.
    uncertainty
        What the chances rest on, and so low and high figures.
    """

    state: xr.DataArray
    answer: xr.DataArray
    chance: xr.DataArray
    villages: VillageStates
    uncertainty: Uncertainty


@dataclass(frozen=True)
class Tally:
    """Amounts of "area", "people", "road", "villages" and each kind of facility that is known.

    Attributes
    ----------
    states
        By what is counted, (commune, technology, operator, state of `COUNTED_STATES`).
    answers
        Of area and people, (..., answer of `ANSWER_COLUMNS` and not computed).
    bounds
        Low, likely and high percent served of area and people, (..., bound), as `share_bounds`.
    """

    states: dict[str, Table]
    answers: dict[str, Table]
    bounds: dict[str, Table]

    def split(self, parts: NDArray[np.float64]) -> "Tally":
        """The same by other communes, each of which has parts of these.

        Parameters
        ----------
        parts
            (other commune, commune): each column sums to 1, so that nothing is lost.

        Returns
        -------
        Tally
            Low and high of a commune of several parts lie as far out as if the parts' errors were
            one and the same, which is rather wide than narrow.
        """
        bounds = {}
        for of, percent in self.bounds.items():
            amount = self.states[of].sum(axis=-1)[..., None]
            total = _spread(parts, amount)
            served = _spread(parts, np.nan_to_num(percent) * amount)
            bounds[of] = np.divide(served, total, out=np.full_like(served, np.nan), where=total > 0)
        return Tally(
            {of: _spread(parts, amount) for of, amount in self.states.items()},
            {of: _spread(parts, amount) for of, amount in self.answers.items()},
            bounds,
        )


def tally_communes(judged: Judged, scene: "Scene") -> tuple[Tally, Tally]:
    """Count what of each commune, and of all together, is in each state.

    Parameters
    ----------
    judged
        States, answers and chances; a village is counted in the commune that its point lies in.
    scene
        Communes, their labels and all that lies in them, on the grid of what was judged.

    Returns
    -------
    communes : Tally
        In order of label.
    province : Tally
        All together, without the axis of communes.
    """
    amounts = pixel_amounts(scene)
    of_states = count_codes(judged.state, scene, amounts, [STATES[name] for name in COUNTED_STATES])
    if scene.villages is not None:
        of_states[VILLAGES] = _villages(judged.villages, scene)
    answered = [ANSWERS[name] for name in (*ANSWER_COLUMNS.values(), "not_computed")]
    of_answers = count_codes(judged.answer, scene, {of: amounts[of] for of in _ANSWERED}, answered)
    bounds = {of: share_bounds(judged.chance, scene, judged.uncertainty, of=of) for of in _ANSWERED}
    communes = Tally(of_states, of_answers, {of: tables[0] for of, tables in bounds.items()})
    province = Tally(
        {of: amount.sum(axis=0) for of, amount in of_states.items()},
        {of: amount.sum(axis=0) for of, amount in of_answers.items()},
        {of: tables[1] for of, tables in bounds.items()},
    )
    return communes, province


def pixel_amounts(scene: "Scene") -> dict[str, Table]:
    """How much lies in each pixel, flat: area (km2), people, road (km), facilities by kind."""
    amounts = {
        "area": np.full(scene.people.size, scene.pixel_area_km2),
        "people": scene.people.to_numpy().ravel(),
    }
    if scene.road_km is not None:
        amounts["road"] = scene.road_km.to_numpy().ravel()
    if scene.facilities is not None:
        pixel = pixels_of(scene.facilities.geometry, scene.grid)
        kinds = scene.facilities["kind"].to_numpy()
        for kind in sorted(set(kinds)):
            at = pixel[(kinds == kind) & (pixel >= 0)]
            amounts[kind] = np.bincount(at, minlength=scene.people.size).astype(np.float64)
    return amounts


def count_codes(
    layers: xr.DataArray, scene: "Scene", amounts: Mapping[str, Table], codes: list[int]
) -> dict[str, Table]:
    """Sum what lies in each commune in each code of a layer.

    Parameters
    ----------
    layers
        uint8 (operator, technology, y, x); inside communes only the codes asked for.
    scene
        Communes and their labels.
    amounts
        From `pixel_amounts`.
    codes
        Rising.

    Returns
    -------
    dict
        By what is counted, float64 (commune in order of label, technology, operator, code).
    """
    labels = scene.commune_labels.to_numpy().ravel()
    inside = np.flatnonzero(labels)
    first_bin = (labels[inside].astype(np.intp) - 1) * len(codes)
    held = {of: amount[inside] for of, amount in amounts.items()}
    values = layers.transpose("technology", "operator", "y", "x").to_numpy()
    bins = (len(scene.communes), len(codes))
    counts = {of: np.empty((*values.shape[:2], *bins)) for of in amounts}
    for index in np.ndindex(values.shape[:2]):
        bin_of = first_bin + np.searchsorted(codes, values[index].ravel()[inside])
        for of, amount in held.items():
            counts[of][index] = np.bincount(bin_of, amount, np.prod(bins)).reshape(bins)
    return {of: np.moveaxis(count, 2, 0) for of, count in counts.items()}


def _villages(villages: VillageStates, scene: "Scene") -> Table:
    """Number of villages in each state, (commune, technology, operator, state)."""
    at = village_pixels(scene.villages, scene)
    labels = scene.commune_labels.to_numpy().ravel()
    label = np.where(at >= 0, labels[at], 0)
    there = label > 0
    codes = [STATES[name] for name in COUNTED_STATES]
    bins = (len(scene.communes), len(codes))
    counts = np.empty((*villages.state.shape[:2], *bins))
    for index in np.ndindex(villages.state.shape[:2]):
        rank = np.searchsorted(codes, villages.state[index][there])
        bin_of = (label[there].astype(np.intp) - 1) * len(codes) + rank
        counts[index] = np.bincount(bin_of, minlength=np.prod(bins)).reshape(bins)
    return np.moveaxis(counts, 2, 0)


def _spread(parts: NDArray[np.float64], amount: NDArray[Any]) -> Table:
    return np.asarray(np.tensordot(parts, amount, axes=(1, 0)), dtype=np.float64)
