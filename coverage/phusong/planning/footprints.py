"""What a new site would serve: its cells, its footprint, and the cover sets of all candidates."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm.auto import tqdm

from phusong.errors import InputError
from phusong.geodata.memory import require_memory
from phusong.planning.cover_sets import CoverSets
from phusong.prediction.layers import mast_level

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.prediction.settings import PredictSettings
    from phusong.radio.antennas.pattern import Pattern

__all__ = ["RADIO_PARAMETERS", "Footprint", "NewCells", "engine_footprint", "find_cover_sets"]

Footprint: TypeAlias = Callable[
    ["pd.Series[Any]"], tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
]
"""From a row of candidates to pixels (flat indices on ``scene.grid``, each once) and the best
level (dBm) at each; NaN or absent where none is computed."""

RADIO_PARAMETERS = (
    "band",
    "frequency_mhz",
    "bandwidth_mhz",
    "mechanical_tilt_deg",
    "electrical_tilt_deg",
    "power_dbm",
    "antenna_gain_dbi",
    "feeder_loss_db",
    "horizontal_beamwidth_deg",
    "vertical_beamwidth_deg",
)
"""Columns of a station table that a new cell takes from the operator's usual ones."""

_ABOVE_ZERO = (
    "frequency_mhz",
    "bandwidth_mhz",
    "horizontal_beamwidth_deg",
    "vertical_beamwidth_deg",
)
_ANTENNA = "antenna"
_AIMED = ("electrical_tilt_deg",)  # what a place may have of its own
_CARRIER = ("band", "frequency_mhz", "bandwidth_mhz")  # one that exists, not a mean of several

_BYTES_PER_MEMBER = 8  # int32, held once per set and once joined


@dataclass(frozen=True)
class NewCells:
    """How the operator's new cells are built, wherever they come to stand.

    Attributes
    ----------
    operator, technology
        Whose cells, and of what kind.
    azimuths_deg
        One cell for each azimuth, degrees from true north.
    radio
        Values of `RADIO_PARAMETERS`, and ``antenna`` where the usual cell names one.
    """

    operator: str
    technology: str
    azimuths_deg: tuple[float, ...]
    radio: Mapping[str, float | str]

    @classmethod
    def like_existing(
        cls,
        cells: pd.DataFrame,
        operator: str,
        technology: str,
        azimuths_deg: Sequence[float],
        radio: Mapping[str, float | str],
    ) -> "NewCells":
        """Take parameters from the operator's own cells of the technology; ``radio`` overrides.

        Its most common band counts, with that band's most common antenna and carrier and the
        medians of the other parameters of the cells with that antenna.

        Raises
        ------
        InputError
            For unknown or unusable values of ``radio``, and for parameters that neither
            ``radio`` nor an existing cell gives.
        """
        mine = cells[cells["operator"].eq(operator) & cells["technology"].eq(technology)]
        values = _usual(mine) | dict(radio)
        problems = _radio_problems(values) + _antenna_problems(values, cells)
        if problems:
            raise InputError(f"radio of new {technology} cells of {operator}", problems)
        return cls(operator, technology, tuple(float(a) for a in azimuths_deg), values)

    def at(self, places: pd.DataFrame) -> pd.DataFrame:
        """Cells, as rows of a station table, at places that have a ``site_id``.

        A place may have its own ``azimuths_deg`` and ``electrical_tilt_deg``.
        """
        azimuths = places.get("azimuths_deg", [self.azimuths_deg] * len(places))
        sectors = np.array([len(each) for each in azimuths], dtype=int)
        cells = places.loc[places.index.repeat(sectors)].reset_index(drop=True)
        sector = np.concatenate([np.empty(0, int), *map(np.arange, sectors)])
        own = {name for name in _AIMED if name in places}
        radio = {name: value for name, value in self.radio.items() if name not in own}
        return cells.assign(
            cell_id=[
                f"{site}-{self.technology}{k + 1}"
                for site, k in zip(cells["site_id"], sector, strict=True)
            ],
            operator=self.operator,
            technology=self.technology,
            azimuth_deg=np.concatenate([np.empty(0), *map(np.array, azimuths)]),
            status="planned",
            **({_ANTENNA: ""} | radio),
        )


def _usual(cells: pd.DataFrame) -> dict[str, float | str]:
    cells = cells[cells["band"].isin(cells["band"].mode().iloc[:1])]
    antenna = cells[_ANTENNA].mode().iloc[:1].tolist() if _ANTENNA in cells else []
    if antenna:
        cells = cells[cells[_ANTENNA].eq(antenna[0])]
    carrier = cells[list(_CARRIER)].mode().head(1).to_dict("records")
    others = [name for name in RADIO_PARAMETERS if name not in _CARRIER]
    usual = cells[others].astype(float).median().to_dict() | (carrier[0] if carrier else {})
    named = {_ANTENNA: antenna[0]} if any(antenna) else {}
    return named | {str(name): value for name, value in usual.items() if pd.notna(value)}


def _radio_problems(values: Mapping[str, float | str]) -> list[str]:
    known = ", ".join(RADIO_PARAMETERS)
    problems = [
        f"unknown parameter {name!r}; known: {known}"
        for name in values
        if name not in (*RADIO_PARAMETERS, _ANTENNA)
    ]
    missing = [name for name in RADIO_PARAMETERS if name not in values]
    if missing:
        example = ", ".join(f"{name!r}: ..." for name in missing)
        problems.append(f"no existing cell to take them from: give radio={{{example}}}")
    return problems + [
        f"{name} is {values[name]!r}: write a finite number{' above 0' * (name in _ABOVE_ZERO)}"
        for name in RADIO_PARAMETERS[1:]
        if name in values and not _is_usable(values[name], above_zero=name in _ABOVE_ZERO)
    ]


def _antenna_problems(values: Mapping[str, float | str], cells: pd.DataFrame) -> list[str]:
    name = values.get(_ANTENNA, "")
    known = sorted({"", *cells.get(_ANTENNA, ())})
    if name in known:
        return []
    there = ", ".join(map(repr, known))
    return [f"antenna is {name!r}: give one that a cell of the network has, of {there}"]


def _is_usable(value: object, *, above_zero: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value) and (float(value) > 0 or not above_zero)


def engine_footprint(
    scene: "Scene",
    settings: "PredictSettings",
    new: NewCells,
    antennas: "Mapping[str, Pattern] | None" = None,
) -> Footprint:
    """Footprints by the prediction engine, with the coverage's settings and antennas' patterns."""
    numbers = np.arange(math.prod(scene.grid.shape), dtype=np.int32).reshape(scene.grid.shape)

    def footprint(
        candidate: "pd.Series[Any]",
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        place = pd.DataFrame([candidate.to_dict() | {"site_id": "NEW"}])
        rows, columns, level_dbm = mast_level(scene, new.at(place), settings, antennas)
        return numbers[rows, columns].ravel(), level_dbm.ravel()

    return footprint


def find_cover_sets(
    candidates: pd.DataFrame,
    footprint: Footprint,
    unserved: npt.NDArray[np.float64],
    *,
    least_level_dbm: float,
    most_pixels: float,
    progress: bool = True,
) -> tuple[CoverSets, npt.NDArray[np.int32]]:
    """Unserved pixels that each candidate would serve.

    Parameters
    ----------
    candidates
        One position per row.
    footprint
        Level of a site at each position.
    unserved : float64 (y, x)
        Unserved people in each pixel.
    least_level_dbm
        Median level from which a pixel counts as served (threshold and shadowing margin).
    most_pixels
        Pixels within a site's range, to estimate the memory.
    progress
        Show a progress bar.

    Returns
    -------
    sets, pixels
        Cover sets, whose demand points are the pixels with unserved people, and the flat pixel
        index (int32) of each demand point.

    Raises
    ------
    MemoryLimitError
        When the sets might not fit into the memory that is free.
    """
    people = unserved.ravel()
    pixels = np.flatnonzero(people > 0).astype(np.int32)
    _check_memory(len(candidates), min(most_pixels, len(pixels)))
    point = np.full(people.size, -1, dtype=np.int32)
    point[pixels] = np.arange(len(pixels), dtype=np.int32)
    sets = []
    bar = tqdm(candidates.iterrows(), "candidates", len(candidates), disable=not progress)
    for _, candidate in bar:
        reached, level_dbm = footprint(candidate)
        points = point[reached[level_dbm >= least_level_dbm]]
        sets.append(points[points >= 0])
    return CoverSets.of(sets, people[pixels]), pixels


def _check_memory(candidates: int, points_each: float) -> None:
    needed = candidates * points_each * _BYTES_PER_MEMBER
    require_memory(
        needed,
        f"the footprints of {candidates:,} candidates",
        "take fewer candidates or a coarser resolution_m",
    )
