"""A pass over the masts' windows that adds up each carrier's powers, and what stands before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm.auto import tqdm

from phusong.geodata.memory import require_memory
from phusong.prediction.interference import Interference, carriers_of
from phusong.prediction.masts import Cell
from phusong.prediction.preparing import Prepared, prepared
from phusong.prediction.quality_layers import (
    BYTES_OF_WORK,
    LAYERS,
    CellFigures,
    QualityLayers,
    service_layers,
)
from phusong.prediction.quality_radio import Radio, RadioKind, radios_of
from phusong.prediction.quality_settings import QualitySettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.workload import window_bytes
from phusong.radio.link_budget import reference_offset_db
from phusong.radio.places import entry_loss_db
from phusong.radio.service import ServiceProfile
from phusong.radio.signal_quality import weight

if TYPE_CHECKING:
    from phusong.prediction.coverage import Coverage

__all__ = ["CarrierWork", "records_of"]

MEND = (
    "take a coarser resolution_m, a smaller area or fewer operators and technologies "
    "(Network.select)"
)


@dataclass(frozen=True)
class CarrierWork:
    """Cells, radios and masts of a coverage, ready for passes with one load or another.

    Attributes
    ----------
    coverage, profile, settings
        What it is for.
    cells
        Rows of the table of cells.
    radios
        Both ends of every kind of carrier.
    ready
        The masts and the maker of their windows.
    """

    coverage: "Coverage"
    profile: ServiceProfile
    settings: QualitySettings
    cells: list[Cell]
    radios: dict[RadioKind, Radio]
    ready: Prepared

    @classmethod
    def of(
        cls,
        coverage: "Coverage",
        profile: ServiceProfile,
        settings: QualitySettings,
        store: Path | str | None,
    ) -> "CarrierWork":
        """Check the cells and the memory that a pass takes.

        Raises
        ------
        InputError
            On cells without figures for theirs.
        MemoryLimitError
            When the layers would not fit.
        """
        cells = records_of(coverage.network.cells)
        radios = radios_of(cells, settings)
        kept = PathLossStore(store) if store is not None else None
        ready = prepared(coverage.network, coverage.scene, profile, coverage.settings, kept)
        of_windows = window_bytes(ready.maker, ready.groups.within, stored=kept is not None)
        _require_memory(coverage, cells, of_windows)
        return cls(coverage, profile, settings, cells, radios, ready)

    @property
    def services(self) -> list[tuple[str, str]]:
        """Every operator with every technology."""
        names = self.coverage.operators, self.coverage.technologies
        return [(operator, technology) for operator in names[0] for technology in names[1]]

    def rows_of(self, service: tuple[str, str]) -> NDArray[np.intp]:
        """Rows of the table of cells of one operator's technology."""
        found = [(cell["operator"], cell["technology"]) == service for cell in self.cells]
        return np.flatnonzero(found)

    def powers(
        self,
        loads: NDArray[np.float64],
        *,
        services: Sequence[tuple[str, str]] | None = None,
        progress: bool,
    ) -> Interference:
        """The powers that meet on each carrier, by the load of each row of the table of cells.

        With ``services``, operators and technologies, on theirs only.
        """
        wanted = set(self.services if services is None else services)
        powers = self._empty(loads, wanted)
        masts = [
            mast
            for mast in self.ready.groups.within
            if any((cell["operator"], cell["technology"]) in wanted for cell in mast.cells)
        ]
        windows = self.ready.maker.windows(masts)
        for mast, window in tqdm(windows, "masts", len(masts), disable=not progress, unit="mast"):
            powers.add(mast, window)
        return powers

    def layers(
        self, powers: Interference, service: tuple[str, str], loads: NDArray[np.float64]
    ) -> QualityLayers | None:
        """Quality of one operator's technology; None where it has no carrier."""
        figures = CellFigures(
            loads,
            np.array([cell["power_dbm"] + _offset_db(cell) for cell in self.cells]),
            self.coverage.network.cells["bandwidth_mhz"].to_numpy(dtype=np.float64),
        )
        return service_layers(powers, service, figures, self.radios, self.settings)

    def _empty(self, loads: NDArray[np.float64], services: set[tuple[str, str]]) -> Interference:
        """The powers of the services' carriers before any mast is added."""
        carriers = [of for of in carriers_of(self.cells) if of.service in services]
        rows, cols = (int(n) for n in self.coverage.scene.grid.shape)
        margin_db = self.profile.margin_db(self.coverage.shadowing_sigma_db)
        place, percent = self.settings.place, self.settings.entry_percent
        pairs = zip(self.cells, loads, strict=True)
        return Interference(
            carriers,
            (rows, cols),
            self.coverage.settings,
            np.array([weight(cell["technology"], load) for cell, load in pairs]),
            {
                carrier: entry_loss_db(place, carrier.frequency_mhz, percent=percent)
                for carrier in carriers
            },
            {
                name: self.profile.thresholds(name)["basic"] + margin_db
                for name in self.coverage.technologies
            },
        )


def records_of(cells: pd.DataFrame) -> list[Cell]:
    """Rows of a table of cells."""
    return [{str(k): v for k, v in record.items()} for record in cells.to_dict("records")]


def _offset_db(cell: Cell) -> float:
    return reference_offset_db(cell["technology"], cell["bandwidth_mhz"], cell["frequency_mhz"])


def _require_memory(coverage: "Coverage", cells: list[Cell], of_windows: int) -> None:
    rows, cols = (int(n) for n in coverage.scene.grid.shape)
    carriers = carriers_of(cells)
    services = len(coverage.operators) * len(coverage.technologies)
    needed = Interference.bytes_of(carriers, (rows, cols)) + of_windows
    needed += (services * (4 * len(LAYERS) + 6) + BYTES_OF_WORK) * rows * cols
    require_memory(needed, f"quality on {len(carriers)} carriers and {rows} x {cols} pixels", MEND)
