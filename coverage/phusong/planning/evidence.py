"""Evidence: is each duty met by its day, by how much, and by which sites and communes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.errors import InputError
from phusong.planning.duties import METRICS, SCOPES, Standing, groups_of, required_of
from phusong.planning.serving import SLACK, is_served

if TYPE_CHECKING:
    from phusong.planning.cover_sets import CoverSets

__all__ = ["Evidence", "check_duties"]


@dataclass(frozen=True, eq=False, repr=False)
class Evidence:
    """Whether duties are met, from `check_duties`.

    Attributes
    ----------
    duties
        A row per duty: duty, metric, scope, required, unit (of required and reached), due;
        judged_year (the last year of the plan that ends by then; the last one of all for a later
        day), reached (of all communes together, or the least of them where each is judged),
        lacking (0 where met), passed, met_in (the first year at whose end it is met; 0 by what
        stands already, NA where never); communes, communes_passed (numbers); new_sites (number
        that counts) and counted (their places among the candidates).
    communes
        A row per duty and commune, or one for all together: duty, commune (its code; empty for all
        together), name, required, reached, stands (before the plan), unit, passed.
    """

    duties: pd.DataFrame
    communes: pd.DataFrame

    @property
    def passed(self) -> bool:
        """Whether every duty is met."""
        return bool(self.duties["passed"].all())

    def __repr__(self) -> str:
        shown = ["duty", "required", "reached", "unit", "due", "judged_year", "passed"]
        return f"Duties\n{self.duties[shown].to_string(index=False)}"


def check_duties(
    duties: pd.DataFrame,
    built: Mapping[int, npt.ArrayLike],
    sets: "CoverSets",
    standing: Standing,
    *,
    times_needed: npt.ArrayLike | None = None,
) -> Evidence:
    """Hold duties against what stands at the end of each year.

    Parameters
    ----------
    duties
        From `phusong.planning.duties.read_duties`.
    built
        Places of the candidates that stand at the end of each year, those of the years before
        among them: `phusong.planning.phases.PhasedPlan.built`, or one year with a plan's sites.
    sets
        Whom each candidate serves; weights are people.
    standing
        Communes before the plan, and what lies in them.
    times_needed : int8 (points,)
        A point is served once so many sites cover it; once where None.

    Raises
    ------
    InputError
        Where a later year lacks a site of an earlier one, or there is no year.
    """
    years = sorted(built)
    stands = {year: np.asarray(built[year], dtype=np.int32) for year in years}
    undone = [
        f"{year} lacks {len(lost)} site(s) that stood in {before}"
        for before, year in pairwise(years)
        if len(lost := np.setdiff1d(stands[before], stands[year]))
    ]
    if undone or not years:
        raise InputError("built", undone or ["has no year"])
    served = {year: is_served(sets, stands[year], times_needed) for year in years}
    world = _World(sets, standing, stands, served)
    parts = [world.parts(duty) for duty in duties.to_dict("records")]
    rows = [
        world.row(duty, part) for duty, part in zip(duties.to_dict("records"), parts, strict=True)
    ]
    communes = [line for part in parts for line in part]
    return Evidence(
        pd.DataFrame(rows, columns=_DUTY_COLUMNS).astype({"met_in": "Int64"}),
        pd.DataFrame(communes, columns=_COMMUNE_COLUMNS),
    )


_DUTY_COLUMNS = [
    *("duty", "metric", "scope", "required", "unit", "due", "judged_year", "reached", "lacking"),
    *("passed", "met_in", "communes", "communes_passed", "new_sites", "counted"),
]
_COMMUNE_COLUMNS = ["duty", "commune", "name", "required", "reached", "stands", "unit", "passed"]


@dataclass(frozen=True, eq=False)
class _World:
    """What stands and is served at the end of each year."""

    sets: "CoverSets"
    standing: Standing
    stands: Mapping[int, npt.NDArray[np.int32]]
    served: Mapping[int, npt.NDArray[np.bool_]]

    def judged(self, duty: Any) -> int:
        """The year whose end is judged; the year before the first where the duty is due by then."""
        years = list(self.stands)
        return max((year for year in years if year <= duty["due_year"]), default=years[0] - 1)

    def parts(self, duty: Any) -> list[dict[str, Any]]:
        names = self.standing.communes.set_index("code")["name"]
        year = self.judged(duty)
        return [
            {
                "duty": duty["duty"],
                "commune": codes[0] if duty["scope"] == SCOPES[1] else "",
                "name": names[codes[0]] if duty["scope"] == SCOPES[1] else "",
                "required": float(duty["value"]),
                "reached": self._in_unit(duty, codes, year),
                "stands": self._in_unit(duty, codes, None),
                "unit": METRICS[duty["metric"]],
                "passed": self._passes(duty, codes, year),
            }
            for _, codes in groups_of(duty, self.standing)
        ]

    def row(self, duty: Any, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        year = self.judged(duty)
        least = min((part["reached"] for part in parts), default=np.nan)
        counted = self._counted(duty, year)
        passed = sum(part["passed"] for part in parts)
        return {
            **{name: duty[name] for name in ("duty", "metric", "scope", "due")},
            "required": float(duty["value"]),
            "unit": METRICS[duty["metric"]],
            "judged_year": year,
            "reached": least,
            "lacking": max(0.0, float(duty["value"]) - least),
            "passed": passed == len(parts),
            "met_in": self._met_in(duty),
            "communes": len(duty["communes"]),
            "communes_passed": passed
            if duty["scope"] == SCOPES[1]
            else passed * len(duty["communes"]),
            "new_sites": len(counted),
            "counted": tuple(counted.tolist()),
        }

    def _met_in(self, duty: Any) -> Any:
        groups = [codes for _, codes in groups_of(duty, self.standing)]
        if all(self._passes(duty, codes, None) for codes in groups):
            return 0
        met = (year for year in self.stands if all(self._passes(duty, g, year) for g in groups))
        return next(met, pd.NA)

    def _counted(self, duty: Any, year: int) -> npt.NDArray[np.int32]:
        """New sites that count: those in the communes, or that serve people there."""
        chosen = self.stands.get(year, np.empty(0, np.int32))
        if duty["metric"] == "sites":
            there = np.isin(self.standing.candidate_communes[chosen], duty["communes"])
            return np.asarray(chosen[there])
        here = np.isin(self.standing.point_communes, duty["communes"]) & (self.sets.people > 0)
        helps = [bool(here[self.sets.points(int(site))].any()) for site in chosen]
        return np.asarray(chosen[np.array(helps, dtype=bool)])

    def _amount(self, duty: Any, codes: Sequence[str], year: int | None) -> tuple[float, float]:
        """Required and reached: sites or people."""
        required, reached = required_of(duty, codes, self.standing)
        if year is None or year not in self.stands:
            return required, reached
        if duty["metric"] == "sites":
            here = np.isin(self.standing.candidate_communes[self.stands[year]], codes)
            return required, reached + float(here.sum())
        here = np.isin(self.standing.point_communes, codes) & self.served[year]
        return required, reached + float(self.sets.people[here].sum())

    def _passes(self, duty: Any, codes: Sequence[str], year: int | None) -> bool:
        required, reached = self._amount(duty, codes, year)
        return reached >= required - SLACK * max(1.0, required)

    def _in_unit(self, duty: Any, codes: Sequence[str], year: int | None) -> float:
        reached = self._amount(duty, codes, year)[1]
        if duty["metric"] != "served_people_pct":
            return reached
        here = self.standing.communes["code"].isin(codes)
        people = float(self.standing.communes.loc[here, "people"].sum())
        return 100.0 * reached / people if people > 0.0 else 100.0
