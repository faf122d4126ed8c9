"""Lease or build: for each chosen site the best mast nearby, and what taking it would lose."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from phusong.errors import InputError

if TYPE_CHECKING:
    from phusong.planning.cover_sets import CoverSets
    from phusong.planning.pricing import Prices

__all__ = ["MOST_LOST_PERCENT", "WITHIN_M", "lease_or_build"]

WITHIN_M: Final = 500.0
"""How far a mast may be to stand in for a site: what Hanoi asks for outside its centre."""

MOST_LOST_PERCENT: Final = 5.0
"""Of the people whom a new site alone would serve, how many leasing may leave out: a proposal."""

Ints = npt.NDArray[np.int32]


def lease_or_build(
    candidates: pd.DataFrame,
    sets: "CoverSets",
    chosen: npt.ArrayLike,
    prices: "Prices",
    if_built: "Prices",
    *,
    within_m: float = WITHIN_M,
    most_lost_percent: float = MOST_LOST_PERCENT,
) -> pd.DataFrame:
    """Weigh leasing against building for each chosen site.

    The people lost are those whom the other chosen sites and the mast together do not serve, and
    the plan as it is does. Of the masts within reach that lose few enough the cheapest is offered;
    where none does, the one that loses fewest. A mast is taken where it loses few enough and costs
    no more than building, as present value; each line speaks of that one change alone.

    Parameters
    ----------
    candidates
        Rows in the order of ``sets``, with x, y (m); optional owner and site_ids.
    sets
        Whom each candidate serves.
    chosen : int32 (n,)
        Places of the chosen candidates in ``candidates``.
    prices, if_built
        From `phusong.planning.pricing.price_candidates`: of the candidates as they are, and of
        ``candidates.assign(tenure="build")``.
    within_m
        How far a mast may be from a site that it stands in for, metres.
    most_lost_percent
        Of the people whom the site alone serves in the plan, how many may be lost.

    Returns
    -------
    DataFrame
        A row per chosen site in that order: candidate (its index), tenure; mast (index of the one
        weighed; the site itself on a mast, missing without one), mast_owner, mast_site_ids,
        distance_m; lease_capital, lease_yearly, lease_present_value (NaN without a mast),
        build_capital, build_yearly, build_present_value, currency; people_only_here (whom no
        other chosen site serves), people_lost (below 0 where the mast serves more); decision
        ("build", "lease", "own") and reason in English, which the table of phrases translates.

    Raises
    ------
    InputError
        For tables of other lengths, unknown places, prices in two currencies, distances or shares
        that are none.
    """
    places = np.asarray(chosen, dtype=np.int32)
    problems = [*_problems(candidates, sets, places, prices, if_built)]
    if not within_m >= 0.0:
        problems.append(f"within_m is {within_m!r}: give metres from 0")
    if not 0.0 <= most_lost_percent <= 100.0:
        problems.append(f"most_lost_percent is {most_lost_percent!r}: give 0 to 100 percent")
    if problems:
        raise InputError("lease_or_build", problems)
    weighing = _Weighing(candidates, sets, places, prices, if_built)
    rows = [weighing.line(place, within_m, most_lost_percent / 100.0) for place in places]
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS: Final = [
    *("candidate", "tenure", "mast", "mast_owner", "mast_site_ids", "distance_m"),
    *("lease_capital", "lease_yearly", "lease_present_value"),
    *("build_capital", "build_yearly", "build_present_value", "currency"),
    *("people_only_here", "people_lost", "decision", "reason"),
]
_MONEY: Final = ("capital", "yearly", "present_value")


class _Weighing:
    """What all lines of a ledger share: prices, masts that are free, and who covers whom."""

    def __init__(
        self,
        candidates: pd.DataFrame,
        sets: "CoverSets",
        chosen: Ints,
        prices: "Prices",
        if_built: "Prices",
    ) -> None:
        self.candidates, self.sets = candidates, sets
        self.prices, self.if_built = prices, if_built
        self.covers = np.zeros(len(sets.people), dtype=np.int64)
        for place in chosen:
            self.covers[sets.points(place)] += 1
        self.worth = prices.table["present_value"].to_numpy(dtype=float)
        self.tenure = prices.table["tenure"].to_numpy(dtype=object)
        free = (self.tenure != "build") & np.isfinite(self.worth)
        free[chosen] = False
        self.masts = np.flatnonzero(free)
        self.xy = candidates[["x", "y"]].to_numpy(dtype=float)
        self.tree = cKDTree(self.xy[self.masts])

    def line(self, place: int, within_m: float, most_lost: float) -> dict[str, Any]:
        own = self.sets.points(place)
        only_here = own[self.covers[own] == 1]
        people = float(self.sets.people[only_here].sum())
        on_mast = self.tenure[place] != "build"
        near = [place] if on_mast else self.masts[self._near(place, within_m)]
        lost = np.array([0.0 if on_mast else self._lost(mast, only_here) for mast in near])
        mast, people_lost = _best(np.asarray(near), lost, self.worth, most_lost * people)
        decision, reason = self._decided(place, mast, people_lost, people, (most_lost, within_m))
        return {
            "candidate": self.candidates.index[place],
            "tenure": self.tenure[place],
            **self._of_mast(place, mast),
            **self._money("lease", self.prices, mast),
            **self._money("build", self.if_built, place),
            "currency": self.prices.currency,
            "people_only_here": people,
            "people_lost": people_lost,
            "decision": decision,
            "reason": reason,
        }

    def _near(self, place: int, within_m: float) -> npt.NDArray[np.intp]:
        found = self.tree.query_ball_point(self.xy[place], within_m, return_sorted=True)
        return np.asarray(found, dtype=np.intp)

    def _lost(self, mast: int, only_here: Ints) -> float:
        """People lost when the mast takes the place of the site that alone serves those points."""
        points = self.sets.points(mast)
        takes_over = np.isin(points, only_here) | (self.covers[points] == 0)
        people = self.sets.people
        return float(people[only_here].sum() - people[points[takes_over]].sum())

    def _of_mast(self, place: int, mast: int | None) -> dict[str, Any]:
        said: dict[str, Any] = {
            "mast": None,
            "mast_owner": "",
            "mast_site_ids": "",
            "distance_m": np.nan,
        }
        if mast is not None:
            row = self.candidates.iloc[mast]
            apart = float(np.hypot(*(self.xy[place] - self.xy[mast])))
            owner, sites = row.get("owner", ""), row.get("site_ids", "")
            said |= {"mast": row.name, "distance_m": apart}
            said |= {"mast_owner": owner, "mast_site_ids": sites}
        return said

    def _money(self, way: str, prices: "Prices", place: int | None) -> dict[str, float]:
        if place is None:
            return {f"{way}_{name}": np.nan for name in _MONEY}
        return {f"{way}_{name}": float(prices.table[name].iloc[place]) for name in _MONEY}

    def _decided(
        self, place: int, mast: int | None, lost: float, people: float, rule: tuple[float, float]
    ) -> tuple[str, str]:
        most_lost, within_m = rule
        currency = self.prices.currency
        if self.tenure[place] == "own":
            reason = "the operator's own mast: nothing to lease or to build"
            return "own", reason
        if mast is None:
            reason = f"no free mast within {within_m:g} m"
            return "build", reason
        lease, build = self.worth[mast], float(self.if_built.table["present_value"].iloc[place])
        if lost > most_lost * people:
            reason = f"the best mast within {within_m:g} m would leave {lost:,.0f} people unserved"
            return "build", reason
        if lease > build:
            reason = f"leasing costs {lease - build:,.0f} {currency} more than building"
            return "build", reason
        if lost <= 0.0:
            reason = f"saves {build - lease:,.0f} {currency}, and nobody loses service"
        else:
            reason = (
                f"saves {build - lease:,.0f} {currency}, and leaves {lost:,.0f} people unserved"
            )
        return str(self.tenure[mast]), reason


def _best(
    near: npt.NDArray[np.intp],
    lost: npt.NDArray[np.float64],
    worth: npt.NDArray[np.float64],
    most: float,
) -> tuple[int | None, float]:
    """The cheapest mast that loses few enough, else the one that loses fewest."""
    if not len(near):
        return None, np.nan
    few = lost <= most
    if few.any():
        order = np.lexsort([near[few], lost[few], worth[near[few]]])
        return int(near[few][order[0]]), float(lost[few][order[0]])
    order = np.lexsort([near, worth[near], lost])
    return int(near[order[0]]), float(lost[order[0]])


def _problems(
    candidates: pd.DataFrame,
    sets: "CoverSets",
    chosen: Ints,
    prices: "Prices",
    if_built: "Prices",
) -> Iterator[str]:
    for name, size in (
        ("sets", len(sets)),
        ("prices", len(prices.table)),
        ("if_built", len(if_built.table)),
    ):
        if size != len(candidates):
            yield f"{name} are of {size} candidates, not of {len(candidates)}"
    if prices.currency != if_built.currency:
        yield f"prices are in {prices.currency} and {if_built.currency}: give one currency"
    if (if_built.table["tenure"] != "build").any():
        yield 'if_built are not prices of building: price candidates.assign(tenure="build")'
    strange = chosen[(chosen < 0) | (chosen >= len(candidates))]
    if len(strange):
        yield f"chosen names {strange[0]}: give places from 0 to {len(candidates) - 1}"
    elif prices.table["present_value"].reindex(candidates.index[chosen]).isna().any():
        yield "a chosen candidate has no price: it cannot be connected, and is not to be chosen"
    if missing := {"x", "y"} - set(candidates):
        yield f"candidates have no column {', '.join(sorted(missing))}: give metres"
