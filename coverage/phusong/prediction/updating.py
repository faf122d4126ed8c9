"""A prediction after a change of the network: only what can have changed is computed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from phusong.geodata.memory import require_memory
from phusong.geodata.stations import Network
from phusong.prediction.assembling import assembled, fill_probability
from phusong.prediction.belonging import network_digest
from phusong.prediction.changes import Changes, compared
from phusong.prediction.coverage import Coverage
from phusong.prediction.layers import Layers, serve
from phusong.prediction.left_out import sorted_out
from phusong.prediction.lists import Left, Search, take_out
from phusong.prediction.masts import Cell, Mast, locate_masts
from phusong.prediction.predicting import MEND, predict
from phusong.prediction.preparing import prepared
from phusong.prediction.settings import LINK_BUDGET, PredictSettings
from phusong.prediction.store import PathLossStore
from phusong.prediction.window_file import Part, Window
from phusong.prediction.window_key import code_revision
from phusong.prediction.windows import WindowMaker
from phusong.prediction.workload import peak_bytes

__all__ = ["updated"]

MOST_CHANGED = 0.25  # a share of cells from which a whole prediction is no slower


def updated(
    coverage: Coverage, network: Network, store: Path | str | None, *, progress: bool
) -> Coverage:
    """The coverage of a changed network; `Coverage.update` says how."""
    scene, settings, profile = coverage.scene, _asked(coverage), coverage.profile
    kept = PathLossStore(store) if store is not None else None
    ready = prepared(network, scene, profile, settings, kept)
    before = list(locate_masts(coverage.network.cells, scene, coverage.network.antennas))
    changes = compared((coverage.network, before), (network, ready.masts), ready.maker.settings)
    if not _can_update(coverage, network, ready.maker, changes):
        chosen = settings.model_dump()
        return predict(network, scene, service=profile, store=store, progress=progress, **chosen)
    # The old layers stay as they are beside the new ones.
    purpose = f"the new layers of {len(network.cells):,} cells"
    needed = peak_bytes(network, ready.maker, ready.groups.within, stored=kept is not None)
    require_memory(needed, purpose, MEND)
    update = _Update(
        _layers(coverage), ready.maker, changes, ready.groups.within, progress=progress
    )
    update.take_out(sorted_out(before, ready.maker).within)
    update.put_in()
    update.search()
    return assembled(ready, update.layers, _probability(coverage, update))


def _asked(coverage: Coverage) -> PredictSettings:
    """The settings as they were given: ranges by the link budget are the new network's to tell."""
    by_budget = coverage.data.attrs.get("ranges") == LINK_BUDGET
    return coverage.settings.model_copy(update={"range_km": LINK_BUDGET} if by_budget else {})


def _can_update(coverage: Coverage, network: Network, maker: WindowMaker, changes: Changes) -> bool:
    """Whether the old layers say something of the new: the same services, code and order."""
    services, attributes = (coverage.operators, coverage.technologies), coverage.data.attrs
    return (
        services == (network.operators, network.technologies)
        and attributes.get("code_revision") == code_revision()
        and maker.settings.range_km == coverage.settings.range_km
        # A table that was altered in place since no longer says what the layers were made from.
        and attributes["network_sha256"] == network_digest(coverage.network)
        and attributes["ground_sha256"] == maker.ground_digest.hex()
        and changes.keeps_order
        and len(changes.gone) + len(changes.come) <= MOST_CHANGED * len(network.cells)
    )


class _Update:
    """The layers of a coverage on their way to those of a changed network."""

    def __init__(
        self,
        layers: Layers,
        maker: WindowMaker,
        changes: Changes,
        masts: list[Mast],
        *,
        progress: bool,
    ) -> None:
        self.layers = layers
        self.maker = maker
        self.changes = changes
        self.masts = masts
        self.progress = progress
        self.left: list[tuple[int, Left]] = []
        self.touched: list[tuple[int, Part]] = []
        for mast in masts:
            self.layers.count(mast)

    def take_out(self, masts: Iterable[Mast]) -> None:
        """Take the cells that are gone or altered out of the lists that they stand in."""
        layers, new_row = self.layers, self.changes.new_row
        for number, mast, cell in self._cells(masts, self.changes.gone):
            part = self.maker.part(mast)
            lists = layers.level_dbm[number], layers.server[number]
            row = cell["number"]
            self.left.append((number, take_out(*lists, part, row, int(new_row[row]))))
            self._touch(number, part)
        if not self.changes.keeps_rows:
            layers.server[:] = new_row[layers.server]

    def put_in(self) -> None:
        """Let the cells that came or are altered serve, each in its whole window."""
        layers = self.layers
        changed = {id(mast): mast for _, mast, _ in self._cells(self.masts, self.changes.come)}
        for mast, window in self._windows(list(changed.values()), "changed masts"):
            for number, _, cell in self._cells([mast], self.changes.come):
                lists = layers.level_dbm[number], layers.server[number]
                serve(*lists, mast, window, cell, layers.settings)
                self._touch(number, window.part)

    def search(self) -> None:
        """Find the servers anew of the pixels that a cell left and did not come back as strong."""
        layers = self.layers
        searches = self._searches()
        masts = [m for m in self.masts if any(self._looked_at(m, searches))]
        # The strongest first: most others then cannot enter, and are passed over quickly.
        masts.sort(key=lambda mast: _nearest(mast, searches.values()))
        for mast, window in self._windows(masts, "masts around"):
            for cell, search in self._looked_at(mast, searches):
                lists = search.level_dbm, search.server
                serve(*lists, mast, window, cell, layers.settings, search.part)
        for number, search in searches.items():
            search.put_into(layers.level_dbm[number], layers.server[number])

    def _touch(self, number: int, part: Part) -> None:
        if (number, part) not in self.touched:
            self.touched.append((number, part))

    def _searches(self) -> dict[int, Search]:
        """What is to be searched, by layer."""
        layers, pixels = self.layers, defaultdict(list)
        for number, left in self.left:
            lists = layers.level_dbm[number], layers.server[number]
            weaker = left.weaker(*lists, same_rows=self.changes.keeps_rows)
            pixels[number].append(np.stack([left.rows[weaker], left.cols[weaker]]))
        found = {number: np.concatenate(each, axis=1) for number, each in pixels.items()}
        return {
            number: Search(each[0], each[1], layers.level_dbm[number], layers.server[number])
            for number, each in found.items()
            if each.size
        }

    def _looked_at(self, mast: Mast, searches: dict[int, Search]) -> Iterator[tuple[Cell, Search]]:
        """Cells of a mast that reach pixels of a search, with that search."""
        part = self.maker.part(mast)
        reached = {number for number, search in searches.items() if search.reached_by(part)}
        for cell in mast.cells:
            number = self.layers.number_of(cell)
            if number in reached:
                yield cell, searches[number]

    def _cells(
        self, masts: Iterable[Mast], rows: NDArray[np.int64]
    ) -> Iterator[tuple[int, Mast, Cell]]:
        """Those of a table's rows that stand on masts, each with its layer and mast."""
        wanted = set(rows.tolist())
        for mast in masts:
            for cell in mast.cells:
                number = self.layers.number_of(cell)
                if cell["number"] in wanted and number is not None:
                    yield number, mast, cell

    def _windows(self, masts: list[Mast], what: str) -> Iterable[tuple[Mast, Window]]:
        windows, quiet = self.maker.windows(masts), not self.progress
        bar: Iterable[tuple[Mast, Window]] = tqdm(
            windows, what, len(masts), disable=quiet, unit="mast"
        )
        return bar


def _nearest(mast: Mast, searches: Iterable[Search]) -> float:
    """Distance in pixels from a mast to the nearest middle of a search."""
    return min(
        float(np.hypot(mast.grid_row - row, mast.grid_col - col))
        for row, col in (search.centre for search in searches)
    )


def _layers(coverage: Coverage) -> Layers:
    """The layers of a coverage, in memory of their own."""
    few = coverage.settings.servers > 1
    names = ("ranked_level_dbm", "ranked_server") if few else ("level_dbm", "server")
    level_dbm, server = (
        coverage[name].to_numpy().reshape(-1, coverage.settings.servers, *coverage.scene.grid.shape)
        for name in names
    )
    services = product(coverage.operators, coverage.technologies)
    return Layers(services, coverage.settings, level_dbm.copy(), server.copy())


def _probability(coverage: Coverage, update: _Update) -> NDArray[np.float32]:
    """The probability of every layer, where something was touched from its new level."""
    probability = coverage["probability"].to_numpy()
    probability = probability.reshape(-1, *probability.shape[2:]).copy()
    for number, part in update.touched:
        fill_probability(update.layers, probability, number, part, coverage.profile)
    return probability
