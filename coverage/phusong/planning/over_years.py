"""A plan's money, years and duties: what is added to it once its sites are chosen."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from phusong.gaps.state import is_served
from phusong.geodata.points import pixels_of
from phusong.planning.budgets import Budgets
from phusong.planning.cover_sets import CoverSets
from phusong.planning.duties import Standing, duty_rules, read_duties
from phusong.planning.evidence import check_duties
from phusong.planning.ledger import lease_or_build
from phusong.planning.phases import plan_phases
from phusong.planning.plan_tables import built_prices

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.planning.costs import CostTable
    from phusong.planning.given_table import Given
    from phusong.planning.plan import Plan
    from phusong.planning.plan_tables import Amounts
    from phusong.planning.problem import SitingProblem, Solution
    from phusong.planning.weighing import Ground, Weighed

__all__ = ["Choice", "with_duties", "with_ledger", "with_years"]


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen from what, beside the plan that tells of it."""

    ground: "Ground"
    weighed: "Weighed"
    problem: "SitingProblem"
    solution: "Solution"
    amounts: "Amounts"

    @property
    def sets(self) -> CoverSets:
        """Whom each candidate serves, in people."""
        sets = self.weighed.sets
        return CoverSets(sets.start, sets.member, self.amounts.people)


def with_ledger(plan: "Plan", choice: Choice, costs: "CostTable") -> "Plan":
    """Add lease or build, site by site."""
    weighed = choice.weighed
    if weighed.prices is None:
        return plan
    ledger = lease_or_build(
        weighed.places,
        choice.sets,
        choice.solution.chosen,
        weighed.prices,
        built_prices(choice.ground, weighed, costs),
    )
    ranked = ledger.drop(columns="candidate")
    ranked.insert(0, "rank", np.arange(1, len(ledger) + 1))
    return replace(plan, ledger=ranked)


def with_years(
    plan: "Plan", choice: Choice, gaps: "Gaps", budgets: Budgets, duties: "Given | None"
) -> "Plan":
    """Put the plan's sites into years, and hold duties against them.

    Raises
    ------
    InputError
        For tables that cannot be used.
    InfeasibleError
        Where a duty cannot be met by its year.
    """
    weighed, standing = choice.weighed, _standing(choice, gaps)
    table = _duties_of(duties, choice, gaps)
    phased = plan_phases(
        replace(choice.problem, sets=choice.sets),
        budgets,
        duties=duty_rules(table, standing),
        sites=choice.solution.chosen,
        prices=weighed.prices,
    )
    year = dict(zip(phased.sites["candidate"], phased.sites["year"], strict=True))
    of_site = [year.get(int(candidate)) for candidate in choice.solution.chosen]
    sites = plan.sites.copy()
    sites.insert(4, "year", pd.array(of_site, dtype="Int64"))
    told = replace(plan, sites=sites, years=phased.years)
    return _judged(told, choice, table, phased.built, standing)


def with_duties(plan: "Plan", choice: Choice, gaps: "Gaps", duties: "Given") -> "Plan":
    """Hold duties against the plan as a whole, all of its sites being built at once."""
    table = _duties_of(duties, choice, gaps)
    if table.empty:
        return plan
    built = {int(table["due_year"].min()): choice.solution.chosen}
    return _judged(plan, choice, table, built, _standing(choice, gaps))


def _judged(
    plan: "Plan", choice: Choice, duties: pd.DataFrame, built: Any, standing: Standing
) -> "Plan":
    if duties.empty:
        return plan
    needed = choice.problem.times_needed
    evidence = check_duties(duties, built, choice.sets, standing, times_needed=needed)
    return replace(plan, duties=evidence.duties)


def _duties_of(duties: "Given | None", choice: Choice, gaps: "Gaps") -> pd.DataFrame:
    codes = gaps.coverage.scene.communes["code"]
    if duties is None:
        return pd.DataFrame()
    return read_duties(duties, codes, technology=choice.ground.new.technology)


def _standing(choice: Choice, gaps: "Gaps") -> Standing:
    """How the communes stand before the plan."""
    scene, new = gaps.coverage.scene, choice.ground.new
    labels = scene.commune_labels.to_numpy().ravel()
    people = np.nan_to_num(scene.people.to_numpy().astype(np.float64)).ravel()
    of = {"operator": new.operator, "technology": new.technology}
    served = is_served(gaps.state.sel(of).to_numpy()).ravel()
    count = int(labels.max()) + 1
    communes = scene.communes.sort_values("label")
    number = communes["label"].to_numpy(dtype=int)
    code_of = np.full(max(count, int(number.max()) + 1), "", dtype=object)
    code_of[number] = communes["code"].to_numpy(dtype=object)
    points = choice.weighed.points
    pixels = np.concatenate([points.pixels, points.at])
    return Standing(
        pd.DataFrame(
            {
                "code": communes["code"].to_numpy(dtype=object),
                "name": communes["name"].to_numpy(dtype=object),
                "people": np.bincount(labels, people, len(code_of))[number],
                "served_people": np.bincount(labels, people * served, len(code_of))[number],
                "sites": _sites_by_commune(gaps, new.operator, new.technology, code_of, number),
            }
        ),
        choice.weighed.places["commune"].to_numpy(dtype=object),
        code_of[labels[pixels]],
    )


def _sites_by_commune(
    gaps: "Gaps", operator: str, technology: str, code_of: Any, number: Any
) -> Any:
    """The operator's sites of the technology that stand in each commune, in order of number."""
    scene, cells = gaps.coverage.scene, gaps.coverage.network.cells
    mine = cells[cells["operator"].eq(operator) & cells["technology"].eq(technology)]
    sites = gaps.coverage.network.sites()
    own = sites[sites["site_id"].isin(set(mine["site_id"])) & sites["operator"].eq(operator)]
    pixel = pixels_of(own.geometry, scene.grid)
    labels = scene.commune_labels.to_numpy().ravel()[pixel[pixel >= 0]]
    return np.bincount(labels, minlength=len(code_of))[number]
