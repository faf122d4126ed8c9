"""Which pixels each site serves: one pass over the masts' windows, enough for all outages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from phusong.gaps.state import is_served
from phusong.prediction.layers import serve
from phusong.prediction.masts import Cell, Mast
from phusong.prediction.preparing import prepared
from phusong.prediction.store import PathLossStore
from phusong.prediction.window_file import Window

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.outages.sites import Sites

__all__ = ["Reach", "Served", "Serving", "reach_of"]

_ANCHORED: Final = "5G"
_ANCHORING: Final = "4G"

_Carrier = tuple[int, str, str, float]
"""Site, operator, technology and frequency (MHz)."""


@dataclass(frozen=True, eq=False)
class Served:
    """Where the intact network serves, on the pixels of the communes alone.

    Attributes
    ----------
    operators, technologies
        In the order of the layers.
    inside
        Flat index on the grid of each pixel of a commune.
    state
        bool (operator, technology, pixel).
    nsa
        Operators whose 5G serves only where their 4G does.
    """

    operators: list[str]
    technologies: list[str]
    inside: NDArray[np.intp]
    state: NDArray[np.bool_]
    nsa: tuple[str, ...]

    @classmethod
    def of(cls, gaps: "Gaps") -> "Served":
        """Basic service or better by the gaps' states."""
        by = gaps.yardstick
        inside = np.flatnonzero(gaps.coverage.scene.commune_labels.to_numpy())
        codes = gaps.state.sel(operator=by.operators).transpose("operator", "technology", "y", "x")
        flat = codes.to_numpy().reshape(len(by.operators), len(by.technologies), -1)
        return cls(by.operators, by.technologies, inside, is_served(flat[..., inside]), gaps.nsa)

    def anchors(self) -> Iterator[tuple[int, int, int]]:
        """Operators with non-standalone 5G, and the numbers of their 5G and 4G."""
        if {_ANCHORED, _ANCHORING} <= set(self.technologies):
            fifth, fourth = (self.technologies.index(name) for name in (_ANCHORED, _ANCHORING))
            yield from ((self.operators.index(name), fifth, fourth) for name in self.nsa)


@dataclass(frozen=True, eq=False)
class Serving:
    """What one site serves by one technology.

    Attributes
    ----------
    site, operator, technology
        Numbers.
    pixels
        int32, places in `Served.inside`, rising.
    """

    site: int
    operator: int
    technology: int
    pixels: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Reach:
    """What every site serves.

    Attributes
    ----------
    served
        The intact network's service.
    serving
        By site and technology.
    """

    served: Served
    serving: tuple[Serving, ...]

    def of_sites(self, count: int) -> list[NDArray[np.int32]]:
        """Pixels that each of so many sites serves by any technology of its own strength.

        Non-standalone 5G is no last service: without its 4G it is none.
        """
        leaning = {(operator, fifth) for operator, fifth, _ in self.served.anchors()}
        parts: list[list[NDArray[np.int32]]] = [[] for _ in range(count)]
        for each in self.serving:
            if (each.operator, each.technology) not in leaning:
                parts[each.site].append(each.pixels)
        return [joined(each) for each in parts]


def joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Pixels of any part, each once, rising."""
    if len(parts) == 1:
        return parts[0]
    return np.unique(np.concatenate([np.empty(0, np.int32), *parts]))


def reach_of(gaps: "Gaps", sites: "Sites", store: Path | str | None, *, progress: bool) -> Reach:
    """Find the pixels at which each site's own level gives basic service.

    Served is a pixel that the intact network serves, and where a cell of the site alone has what
    the profile asks of levels with the profile's probability. Where the profile asks for quality
    and no level, its weak level is asked for: interference falls in an outage and the load of those
    that are left rises, of which neither is reckoned.

    Parameters
    ----------
    gaps
        With coverage and profile.
    sites
        Of the coverage's network.
    store
        Path-loss store of the coverage; without it all path loss is computed once more.
    progress
        Show a progress bar.
    """
    coverage, served = gaps.coverage, Served.of(gaps)
    kept = PathLossStore(store) if store is not None else None
    settings = coverage.settings.model_copy(update={"servers": 1})
    ready = prepared(coverage.network, coverage.scene, coverage.profile, settings, kept)
    masts = ready.groups.within
    place = np.full(coverage.scene.grid.shape, -1, dtype=np.int32)
    place.ravel()[served.inside] = np.arange(served.inside.size, dtype=np.int32)
    levels = _Levels(gaps, sites.of_cell)
    found: dict[tuple[int, int, int], list[NDArray[np.int32]]] = defaultdict(list)
    windows = ready.maker.windows(masts)
    for mast, window in tqdm(windows, "masts", len(masts), disable=not progress, unit="mast"):
        at = place[window.part]
        for (site, operator, technology, _), enough in levels.of(mast, window):
            number = served.operators.index(operator), served.technologies.index(technology)
            pixels = at[enough & (at >= 0)]
            pixels = pixels[served.state[number][pixels]]
            if pixels.size:
                found[site, *number].append(pixels)
    serving = (Serving(*key, joined(parts)) for key, parts in sorted(found.items()))
    return Reach(served, tuple(serving))


class _Levels:
    """Where the level of a site's carrier gives basic service."""

    def __init__(self, gaps: "Gaps", site_of_cell: NDArray[np.integer[Any]]) -> None:
        self._profile = gaps.profile
        self._margin_db = gaps.yardstick.margin_db
        self._settings = gaps.coverage.settings.model_copy(update={"servers": 1})
        self._site = site_of_cell

    def of(self, mast: Mast, window: Window) -> Iterator[tuple[_Carrier, NDArray[np.bool_]]]:
        """Each carrier of a mast, with bool of its window's shape."""
        carriers: dict[_Carrier, list[Cell]] = defaultdict(list)
        for cell in mast.cells:
            site = int(self._site[cell["number"]])
            mhz = float(cell["frequency_mhz"])
            carriers[site, cell["operator"], cell["technology"], mhz].append(cell)
        for carrier, cells in carriers.items():
            yield carrier, self._reached(mast, window, cells, self._least_dbm(*carrier[2:]))

    def _reached(
        self, mast: Mast, window: Window, cells: Iterable[Cell], least_dbm: float
    ) -> NDArray[np.bool_]:
        """Where any of the cells has the least level."""
        # A list in which only what is above the last level below it finds room: what lies farther
        # is passed over without a look at the antenna.
        below = np.float32(least_dbm)
        below = below if below < least_dbm else np.nextafter(below, np.float32(-np.inf))
        shape = 1, *window.departure.shape
        level_dbm, server = np.full(shape, below), np.full(shape, -1, np.int32)
        for cell in cells:
            serve(level_dbm, server, mast, window, cell, self._settings, window.part)
        return np.asarray(server[0] >= 0)

    def _least_dbm(self, technology: str, mhz: float) -> float:
        """Median level outside from which a place has service."""
        asked = self._profile.requirements(technology, "basic")
        weak = self._profile.thresholds(technology)["weak"]
        entry_db = self._profile.entry_loss_db(mhz)
        return asked.get("level_dbm", weak) + self._margin_db + entry_db
