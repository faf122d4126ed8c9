"""Traffic, spread over the places that cells serve."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.prediction.carrier_work import CarrierWork
from phusong.prediction.interference import Interference
from phusong.prediction.quality_radio import kind_of

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["Busy", "Demand", "Traffic"]

Traffic = float | str | Mapping[tuple[str, str], float]
"""Mbit/s a person, one number or one for each (operator, technology); or the column of Mbit/s a
cell."""

Floats = NDArray[np.float64]
MOST_NAMED: Final = 5


@dataclass(frozen=True)
class Busy:
    """What some cells have to do.

    Attributes
    ----------
    cells
        Rows of the table of cells.
    people
        Whom each serves.
    offered_mbps
        Their traffic.
    wanted_load
        Share of the cell's time that it would take, above 1 where there is not enough.
    """

    cells: NDArray[np.intp]
    people: Floats
    offered_mbps: Floats
    wanted_load: Floats

    @classmethod
    def none(cls, count: int) -> "Busy":
        """All cells of a table, idle."""
        return cls(np.arange(count), *(np.zeros(count) for _ in range(3)))

    def put(self, other: "Busy") -> None:
        """Take over what other cells, all of them among these, have to do."""
        for mine, theirs in (
            (self.people, other.people),
            (self.offered_mbps, other.offered_mbps),
            (self.wanted_load, other.wanted_load),
        ):
            mine[other.cells] = theirs


@dataclass(frozen=True)
class Demand:
    """Traffic before it is spread over places.

    Attributes
    ----------
    people
        At each pixel, flat.
    of_service
        Mbit/s a person by (operator, technology); empty where cells have theirs.
    of_cell
        Mbit/s of each row of the table of cells; None where people have theirs.
    """

    people: Floats
    of_service: Mapping[tuple[str, str], float]
    of_cell: Floats | None

    @classmethod
    def of(cls, coverage: "Coverage", traffic: Traffic) -> "Demand":
        """Check the traffic; InputError on all that cannot be used."""
        people = np.nan_to_num(coverage.scene.people.to_numpy().ravel().astype(np.float64))
        if isinstance(traffic, str):
            return cls(people, {}, _column(coverage.network.cells, traffic))
        cells = coverage.network.cells[["operator", "technology"]].drop_duplicates()
        services = list(cells.itertuples(index=False, name=None))
        problems = list(_problems(traffic, services))
        if problems:
            raise InputError("traffic", problems)
        if not isinstance(traffic, Mapping):
            traffic = dict.fromkeys(services, traffic)
        return cls(people, traffic, None)

    def on(
        self, work: CarrierWork, powers: Interference, service: tuple[str, str], loads: Floats
    ) -> Busy:
        """What a service's cells would have to do, by the rates that these loads leave."""
        rows = work.rows_of(service)
        layers = work.layers(powers, service, loads)
        if layers is None:
            return Busy(rows, *(np.zeros(0) for _ in range(3)))
        pixel = np.flatnonzero(powers.above_of(service).ravel() > 0)
        server = np.searchsorted(rows, layers.server.ravel()[pixel])  # among the service's cells
        least = np.array([work.radios[kind_of(work.cells[row])].down.mbps[0] for row in rows])
        # What is slower than the lowest scheme is sent at that, again and again.
        rate = np.maximum(layers.throughput_down_mbps.ravel()[pixel], least[server])
        served = _sums(server, self.people[pixel], len(rows))
        demand = self._spread(service, rows, pixel, server, served)
        return Busy(
            rows,
            served,
            _sums(server, demand, len(rows)),
            _sums(server, demand / rate, len(rows)),
        )

    def idle_mbps(self, busy: Busy) -> Floats:
        """Traffic of each cell that serves no place."""
        if self.of_cell is None:
            return np.zeros(len(busy.cells))
        return np.where(busy.offered_mbps > 0.0, 0.0, self.of_cell)

    def _spread(
        self,
        service: tuple[str, str],
        rows: NDArray[np.intp],
        pixel: NDArray[np.intp],
        server: NDArray[np.intp],
        served: Floats,
    ) -> Floats:
        """Mbit/s at each served pixel; a cell's own is spread over its people, or its pixels."""
        if self.of_cell is None:
            return self.people[pixel] * self.of_service.get(service, 0.0)
        alone = served[server] == 0.0
        weight = np.where(alone, 1.0, self.people[pixel])
        whole = _sums(server, weight, len(rows))
        return self.of_cell[rows][server] * weight / whole[server]


def _problems(
    traffic: float | Mapping[tuple[str, str], float], services: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """What is wrong with the traffic of a person; one number is told once."""
    if not isinstance(traffic, Mapping):
        if not 0.0 <= traffic < np.inf:
            yield f"is {traffic!r} Mbit/s a person: give a number from 0"
        return
    known = ", ".join(" ".join(of) for of in services)
    for of, mbps in traffic.items():
        if of not in services:
            yield f"{of!r} is in no cell; there are: {known}"
        if not 0.0 <= mbps < np.inf:
            yield f"{of!r} has {mbps!r} Mbit/s a person: give a number from 0"


def _sums(of: NDArray[np.intp], values: Floats, count: int) -> Floats:
    return np.bincount(of, values, count).astype(np.float64)


def _column(cells: pd.DataFrame, name: str) -> Floats:
    if name not in cells:
        numeric = ", ".join(map(str, cells.select_dtypes("number").columns))
        raise InputError("traffic", [f"the cells have no column {name!r}: give one of {numeric}"])
    mbps = pd.to_numeric(cells[name], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~((mbps >= 0.0) & (mbps < np.inf)))
    if wrong.size:
        named = [
            f"row {i}: cell {cells['cell_id'].iloc[i]!r} of {cells['operator'].iloc[i]} has "
            f"{cells[name].iloc[i]}: give Mbit/s from 0"
            for i in wrong[:MOST_NAMED].tolist()
        ]
        more = wrong.size - len(named)
        raise InputError("traffic", [*named, f"and {more} more cells"] if more else named)
    return mbps
