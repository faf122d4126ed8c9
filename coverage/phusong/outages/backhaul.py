"""Which site is fed through which, and when a site fails because those before it do."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.geodata.code_table import read_code_table
from phusong.geodata.findings import Findings
from phusong.geodata.stations import Network
from phusong.outages.sites import Sites

__all__ = ["Feeds", "read_feeds"]

_NAMES: Final = {
    "from": ("from", "child", "site_id", "site", "tu", "tram", "ma_tram"),
    "to": ("to", "parent", "via", "backhaul_via", "den", "tram_cha", "truyen_dan_qua"),
    "operator": ("operator", "nha_mang"),
}
_SEPARATOR: Final = re.compile(r"[|;,]")
_COLUMN: Final = "backhaul_via"
_MOST_NAMED: Final = 10

Link = tuple[str, str, str]
"""Operator (empty: any), site, and the next site towards the core."""


@dataclass(frozen=True, eq=False)
class Feeds:
    """Links of a site to the sites through which it reaches the core.

    Attributes
    ----------
    child, parent
        int (link,): sites.
    rooted
        bool (site,): whether it reaches the core without any other site of the network.
    """

    child: NDArray[np.intp]
    parent: NDArray[np.intp]
    rooted: NDArray[np.bool_]

    def fails_at_h(self, own_h: NDArray[np.float64]) -> NDArray[np.float64]:
        """When each site is without service, by when it would fail alone (h, inf: never).

        A site works as long as it works itself and one of its parents does; so the hours of the
        best way to the core count, of which the shortest-lived site is the measure.
        """
        fails = np.where(self.rooted, own_h, -np.inf)
        while True:
            fed = np.where(self.rooted, np.inf, -np.inf)
            np.maximum.at(fed, self.child, fails[self.parent])
            now = np.minimum(own_h, fed)
            if np.array_equal(now, fails):
                return now
            fails = now

    def last_parent(self, fails_h: NDArray[np.float64]) -> NDArray[np.intp]:
        """The parent of each site that lasts longest, the first of equals; -1 without parents."""
        order = np.lexsort((self.parent, -fails_h[self.parent], self.child))
        child, first = np.unique(self.child[order], return_index=True)
        last = np.full(fails_h.size, -1, dtype=np.intp)
        last[child] = self.parent[order][first]
        return last


def read_feeds(
    backhaul: "str | os.PathLike[str] | pd.DataFrame | None",
    network: Network,
    sites: Sites,
    findings: Findings,
) -> Feeds:
    """Read the links: from a table of ``from`` and ``to``, else from the cells' ``backhaul_via``.

    A name is that of a site of the same operator, or else of the only site so named; "Operator
    site" with the operator before it tells them apart. What is no site of the network is a node
    of the core, which does not fail. A site without a parent has a line of its own.

    Raises
    ------
    InputError
        Sites that are not there, names that mean several, and sites that reach no core: all named.
    """
    source = "backhaul" if isinstance(backhaul, pd.DataFrame | None) else str(backhaul)
    links = _of_cells(network) if backhaul is None else _of_table(backhaul, source)
    child, parent, core, problems = _numbered(links, sites)
    if not problems:
        problems = [
            f"{sites.names[n]} is fed through itself: name another site"
            for n in sorted({c for c, p in zip(child, parent, strict=True) if c == p})
        ]
    if problems:
        raise InputError(source, problems)
    rooted = np.ones(len(sites), dtype=bool)
    rooted[child] = False
    rooted[[site for site, _ in core]] = True
    feeds = Feeds(np.array(child, dtype=np.intp), np.array(parent, dtype=np.intp), rooted)
    lost = np.flatnonzero(feeds.fails_at_h(np.full(len(sites), np.inf)) < 0)
    if lost.size:
        names = ", ".join(sites.names[n] for n in lost[:_MOST_NAMED])
        more = f" and {lost.size - _MOST_NAMED} more" if lost.size > _MOST_NAMED else ""
        problem = f"{names}{more} feed each other and reach no core: mend their links"
        raise InputError(source, [problem])
    _note_core({name for _, name in core}, source, findings)
    return feeds


def _of_cells(network: Network) -> Iterable[Link]:
    cells = network.cells
    if _COLUMN not in cells:
        return []
    told = cells[["operator", "site_id", _COLUMN]].drop_duplicates()
    return [
        (operator, site, parent)
        for operator, site, text in told.itertuples(index=False, name=None)
        for parent in _parts(text)
    ]


def _parts(text: Any) -> list[str]:
    if not isinstance(text, str):
        return [] if text is None or text != text else [str(part) for part in text]
    return [part.strip() for part in _SEPARATOR.split(text) if part.strip()]


def _of_table(backhaul: "str | os.PathLike[str] | pd.DataFrame", source: str) -> Iterable[Link]:
    if not isinstance(backhaul, pd.DataFrame):
        backhaul = read_code_table(Path(backhaul), _NAMES, ("from", "to"))
    lacking = [f"has no column {name!r}" for name in ("from", "to") if name not in backhaul]
    if lacking:
        raise InputError(source, lacking)
    texts = backhaul.reindex(columns=["operator", "from", "to"]).astype(object)
    texts = texts.where(texts.notna(), "").astype(str)
    rows = list(texts.itertuples(index=False, name=None))
    problems = [
        f"row {row} has no site in 'from' or 'to': fill it in, or remove the row"
        for row, (_, child, parent) in zip(backhaul.index, rows, strict=True)
        if not (child.strip() and parent.strip())
    ]
    if problems:
        raise InputError(source, problems)
    return [(o.strip(), child.strip(), parent.strip()) for o, child, parent in rows]


def _numbered(
    links: Iterable[Link], sites: Sites
) -> tuple[list[int], list[int], list[tuple[int, str]], list[str]]:
    """Links by the numbers of sites, links to the core, and problems."""
    find = _Finder(sites)
    child, parent, core, problems = [], [], [], []
    for operator, name, via in dict.fromkeys(links):
        own, fed = find(operator, name), find(operator or _operator_of(find, sites, name), via)
        if len(own) > 1 or len(fed) > 1:
            word = name if len(own) > 1 else via
            problems.append(f"{word!r} is a site of several operators: write 'Operator {word}'")
        elif not own:
            problems.append(f"{name!r} is no site of the network: correct it or remove its link")
        elif fed:
            child.append(own[0])
            parent.append(fed[0])
        else:
            core.append((own[0], via))
    return child, parent, core, problems


def _operator_of(find: "_Finder", sites: Sites, name: str) -> str:
    own = find("", name)
    return sites.operators[own[0]] if len(own) == 1 else ""


class _Finder:
    """Sites by operator and name."""

    def __init__(self, sites: Sites) -> None:
        self._own: dict[tuple[str, str], int] = {}
        self._named: dict[str, list[int]] = {}
        for number, (operator, site) in enumerate(
            sites.table[["operator", "site_id"]].itertuples(index=False, name=None)
        ):
            self._own[operator, site] = number
            self._named.setdefault(site, []).append(number)
            self._named.setdefault(f"{operator} {site}", []).append(number)

    def __call__(self, operator: str, name: str) -> list[int]:
        if (operator, name) in self._own:
            return [self._own[operator, name]]
        return self._named.get(name, [])


def _note_core(names: set[str], source: str, findings: Findings) -> None:
    if names:
        shown = ", ".join(sorted(names)[:_MOST_NAMED])
        findings.add(
            source=source,
            column=_COLUMN,
            value=shown,
            severity="info",
            reason=f"{len(names)} names are no sites: taken for core nodes, which never fail",
            mend="correct those that are sites",
        )
