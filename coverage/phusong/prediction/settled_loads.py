"""Loads that follow from traffic: cells that are busy disturb others, which are busier for it.

The load of cell ``i`` is the part of its time that its traffic takes at the rates of its places::

    load_i = min(1, sum over places j of i:  demand_j / rate_j(all loads))

where ``rate_j`` is the downlink throughput of a handset that is given all of the cell (I. Siomina
and D. Yuan, Analysis of Cell Load Coupling for LTE Network Planning and Optimization, IEEE
Transactions on Wireless Communications 11(6), 2012, doi 10.1109/TWC.2012.051512.111532). A greater
load lowers no other cell's load, so that the repetition from no load upwards never falls and, being
bounded by 1, closes in on the least loads that satisfy all the equations.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.prediction.carrier_work import CarrierWork
from phusong.prediction.quality_settings import QualitySettings
from phusong.prediction.traffic import Busy, Demand, Traffic
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["SettledLoads", "settled_loads"]

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
        Passes that were made, and the greatest change of a load in the last one. A service, one
        operator's technology, that has settled takes no part in further ones.
    settled
        Whether all have.
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
    demand = Demand.of(coverage, traffic)
    work = CarrierWork.of(coverage, profile, settings, store)
    busy = Busy.none(len(work.cells))
    loads, steps, change = np.zeros(len(work.cells)), 0, 0.0
    pending = work.services
    while pending and steps < most_steps:
        powers = work.powers(loads, services=pending, progress=progress)
        # Services share no carrier, so that each settles by itself.
        asked = [demand.on(work, powers, service, loads) for service in pending]
        changes = []
        for of in asked:
            busy.put(of)
            after = np.minimum(of.wanted_load, 1.0)
            changes.append(float(np.abs(after - loads[of.cells]).max(initial=0.0)))
            loads[of.cells] = after
        steps, change = steps + 1, max(changes)
        pending = [each for each, by in zip(pending, changes, strict=True) if by > tolerance]
    cells = coverage.network.cells[["operator", "technology", "cell_id"]].assign(
        people=busy.people, offered_mbps=busy.offered_mbps, load=loads, wanted_load=busy.wanted_load
    )
    findings = _findings(cells, demand.idle_mbps(busy), (steps, change) if pending else None)
    return SettledLoads(cells, steps, change, not pending, findings)


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
