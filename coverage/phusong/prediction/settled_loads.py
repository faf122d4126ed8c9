"""Loads that follow from traffic: cells that are busy disturb others, which are busier for it.

The load of cell ``i`` is the part of its time that its traffic takes at the rates of its places::

    load_i = min(1, sum over places j of i:  demand_j / rate_j(all loads))

where ``rate_j`` is the downlink throughput of a handset that is given all of the cell (I. Siomina
and D. Yuan, Analysis of Cell Load Coupling for LTE Network Planning and Optimization, IEEE
Transactions on Wireless Communications 11(6), 2012, doi 10.1109/TWC.2012.051512.111532). A greater
load lowers no other cell's load, so that the repetition from no load upwards never falls and, being
bounded by 1, closes in on the least loads that satisfy all the equations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.prediction.carrier_work import CarrierWork
from phusong.prediction.interference import Interference
from phusong.prediction.quality_radio import kind_of
from phusong.prediction.quality_settings import QualitySettings
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["SettledLoads", "Traffic", "settled_loads"]

Traffic = float | str | Mapping[tuple[str, str], float]
"""Mbit/s a person, one number or one for each (operator, technology); or the column of Mbit/s a
cell."""

Floats = NDArray[np.float64]
MOST_NAMED: Final = 5


@dataclass(frozen=True, eq=False, repr=False)
class SettledLoads:
    """Loads of cells by their traffic, from `Coverage.settle_loads`.

    Attributes
    ----------
    cells
        A row per cell: operator, technology, cell_id, people (served by it), offered_mbps, load,
        and wanted_load, which is above 1 where the cell cannot carry what it is offered.
    by_cell
        The loads by (operator, cell_id), as `Coverage.quality` takes them.
    steps, change
        Passes that were made, and the greatest change of a load in the last one.
    settled
        Whether that change is within the tolerance.
    findings
        Loads that did not settle, cells that are overloaded, traffic that nobody is there for.
    """

    cells: pd.DataFrame
    steps: int
    change: float
    settled: bool
    findings: pd.DataFrame

    @property
    def by_cell(self) -> dict[tuple[str, str], float]:
        """The loads by (operator, cell_id)."""
        names = zip(self.cells["operator"], self.cells["cell_id"], strict=True)
        return dict(zip(names, self.cells["load"].tolist(), strict=True))

    @property
    def overloaded(self) -> pd.DataFrame:
        """Cells that are offered more than they can carry, the most overloaded first."""
        over = self.cells[self.cells["wanted_load"] > 1.0]
        return over.sort_values("wanted_load", ascending=False, kind="stable")

    def __repr__(self) -> str:
        loads = self.cells["load"]
        state = "settled" if self.settled else "not settled"
        return (
            f"Loads of {len(loads):,} cells, {loads.min():.2f} to {loads.max():.2f}, mean "
            f"{loads.mean():.2f}: {state} after {self.steps} steps (change {self.change:.2g}), "
            f"{len(self.overloaded):,} overloaded"
        )


def settled_loads(
    coverage: "Coverage",
    traffic: Traffic,
    *,
    service: str | ServiceProfile | None,
    store: Path | str,
    tolerance: float,
    most_steps: int,
    progress: bool,
    **values: Any,
) -> SettledLoads:
    """Loads that settle from traffic; `Coverage.settle_loads` says how."""
    _check_numbers(tolerance, most_steps)
    profile = coverage.profile if service is None else ServiceProfile.of(service)
    fixed = {"aggregation_efficiency": 0.0}
    place = {"place": profile.place, "entry_percent": profile.entry_percent}
    settings = QualitySettings.of(coverage.network, **place | values | fixed)
    demand = _Demand.of(coverage, traffic)
    work = CarrierWork.of(coverage, profile, settings, store)
    loads, steps, change = np.zeros(len(work.cells)), 0, np.inf
    while change > tolerance and steps < most_steps:
        busy = demand.on(work, work.powers(loads, progress=progress), loads)
        after = np.minimum(busy.wanted_load, 1.0)
        loads, steps, change = after, steps + 1, float(np.abs(after - loads).max())
    cells = coverage.network.cells[["operator", "technology", "cell_id"]].assign(
        people=busy.people, offered_mbps=busy.offered_mbps, load=loads, wanted_load=busy.wanted_load
    )
    settled = change <= tolerance
    findings = _findings(cells, busy.idle_mbps, None if settled else (steps, change))
    return SettledLoads(cells, steps, change, settled, findings)


@dataclass(frozen=True)
class _Busy:
    """Of each row of the table of cells."""

    people: Floats
    offered_mbps: Floats
    wanted_load: Floats
    idle_mbps: Floats  # offered to cells that serve no place


@dataclass(frozen=True)
class _Demand:
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
    def of(cls, coverage: "Coverage", traffic: Traffic) -> "_Demand":
        """Check the traffic; InputError on all that cannot be used."""
        people = np.nan_to_num(coverage.scene.people.to_numpy().ravel().astype(np.float64))
        if isinstance(traffic, str):
            return cls(people, {}, _column(coverage.network.cells, traffic))
        cells = coverage.network.cells[["operator", "technology"]].drop_duplicates()
        services = list(cells.itertuples(index=False, name=None))
        if not isinstance(traffic, Mapping):
            traffic = dict.fromkeys(services, traffic)
        known = ", ".join(" ".join(of) for of in services)
        strange = set(traffic) - set(services)
        problems = [f"{of!r} is in no cell; there are: {known}" for of in strange]
        problems += [
            f"{mbps!r} Mbit/s a person: give a number from 0"
            for mbps in traffic.values()
            if not 0.0 <= mbps < np.inf
        ]
        if problems:
            raise InputError("traffic", sorted(problems))
        return cls(people, traffic, None)

    def on(self, work: CarrierWork, powers: Interference, loads: Floats) -> _Busy:
        """What cells would have to send, and the load that it takes by the rates of these loads."""
        count = len(work.cells)
        people, offered, taken = (np.zeros(count) for _ in range(3))
        for service in work.services:
            layers = work.layers(powers, service, loads)
            if layers is None:
                continue
            pixel = np.flatnonzero(powers.above_of(service).ravel() > 0)
            server = layers.server.ravel()[pixel]
            rate = np.maximum(
                layers.throughput_down_mbps.ravel()[pixel], _least_rates(work)[server]
            )
            served = np.bincount(server, self.people[pixel], count).astype(np.float64)
            demand = self._spread(service, pixel, server, served)
            people += served
            offered += np.bincount(server, demand, count)
            taken += np.bincount(server, demand / rate, count)
        idle = np.zeros(count) if self.of_cell is None else self.of_cell - offered
        return _Busy(people, offered, taken, np.where(offered > 0.0, 0.0, idle))

    def _spread(
        self,
        service: tuple[str, str],
        pixel: NDArray[np.intp],
        server: NDArray[np.int32],
        served: Floats,
    ) -> Floats:
        """Mbit/s at each served pixel; a cell's own is spread over its people, or its pixels."""
        if self.of_cell is None:
            return self.people[pixel] * self.of_service.get(service, 0.0)
        pixels = np.bincount(server, minlength=len(served)).astype(np.float64)
        alone = served[server] == 0.0
        weight = np.where(alone, 1.0, self.people[pixel])
        whole = np.where(alone, pixels[server], served[server])
        return self.of_cell[server] * weight / whole


def _least_rates(work: CarrierWork) -> Floats:
    """Rate of each cell's lowest scheme: what is lower is sent at that, again and again."""
    return np.array([work.radios[kind_of(cell)].down.mbps[0] for cell in work.cells])


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


def _check_numbers(tolerance: float, most_steps: int) -> None:
    problems = []
    if not 0.0 < tolerance < 1.0:
        problems.append(f"tolerance is {tolerance!r}: give a load above 0 and below 1")
    if most_steps < 1:
        problems.append(f"most_steps is {most_steps!r}: give 1 or more")
    if problems:
        raise InputError("settle_loads", problems)


def _findings(
    cells: pd.DataFrame, idle_mbps: Floats, unsettled: tuple[int, float] | None
) -> pd.DataFrame:
    findings = Findings()
    if unsettled is not None:
        steps, change = unsettled
        findings.add(
            source="settle_loads",
            severity="warning",
            value=f"{change:.3g}",
            reason=f"loads did not settle: in step {steps}, the last, one still changed by "
            f"{change:.3g}; they are too low",
            mend="allow more steps (most_steps), or a greater tolerance",
        )
    over = cells[cells["wanted_load"] > 1.0]
    if len(over):
        findings.add(
            source="settle_loads",
            column="wanted_load",
            value=_named(over.sort_values("wanted_load", ascending=False, kind="stable")),
            severity="warning",
            reason=f"{len(over)} cell(s) are offered more than they can carry: their load is 1",
            mend="see SettledLoads.overloaded; add carriers or cells, or check the traffic",
        )
    idle = cells[idle_mbps > 0.0]
    if len(idle):
        findings.add(
            source="settle_loads",
            column="offered_mbps",
            value=_named(idle),
            severity="warning",
            reason=f"{len(idle)} cell(s) with traffic serve no place: their load is 0",
            mend="check their places and powers, or leave their traffic out",
        )
    return findings.frame()


def _named(cells: pd.DataFrame) -> str:
    first = cells.head(MOST_NAMED)
    names = [f"{o} {c}" for o, c in zip(first["operator"], first["cell_id"], strict=True)]
    return ", ".join(names) + (", ..." if len(cells) > MOST_NAMED else "")
