"""From a solution to the plan: its tables of sites, communes, money and years."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong.planning.backhaul_plan import connect_plan
from phusong.planning.plan import Plan
from phusong.planning.pricing import Prices, price_candidates

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network
    from phusong.planning.costs import CostTable
    from phusong.planning.problem import Solution
    from phusong.planning.weighing import Ground, Weighed

__all__ = ["SITE_COLUMNS", "Amounts", "built_prices", "make_plan", "prices_of"]

Floats = npt.NDArray[np.float64]

SITE_COLUMNS: Final = (
    "rank",
    "site_id",
    "kind",
    "owner",
    "year",
    "tenure",
    "structure_class",
    "zone",
    "commune",
    "antenna_height_m",
    "ground_m",
    "azimuths_deg",
    "electrical_tilt_deg",
    "capital",
    "yearly",
    "present_value",
    "currency",
    "backhaul",
    "backhaul_via",
    "backhaul_km",
    "backhaul_cost",
    "backhaul_reason",
    "people_alone",
    "people_newly_served",
    "people_cumulative",
    "communes",
    "reason",
    "longitude",
    "latitude",
    "geometry",
)
"""In this order, those that a plan has."""

_PRICED: Final = ["tenure", "capital", "yearly", "present_value", "currency"]
_BACKHAUL: Final = ("backhaul", "backhaul_via", "backhaul_km", "backhaul_cost", "backhaul_reason")


class Amounts:
    """People at the demand points, whatever the plan's demand weighs.

    Parameters
    ----------
    weighed
        Candidates and points.
    people : float64 (y, x)
        People who could be newly served, 0 elsewhere.
    """

    def __init__(self, weighed: "Weighed", people: Floats) -> None:
        sets, points = weighed.sets, weighed.points
        self.pixels = points.pixels
        self.unserved = float(people.sum())
        copies = np.zeros(len(points.at))  # they stand for rules, their people are counted already
        self.people = np.concatenate([people.ravel()[self.pixels], copies])
        reached = np.zeros(len(self.people), dtype=bool)
        reached[sets.member] = True
        self.reachable = float(self.people[reached].sum())
        sizes = np.diff(sets.start)
        owner = np.repeat(np.arange(len(sets)), sizes)
        self.alone = np.bincount(owner, self.people[sets.member], minlength=len(sets))

    def first_served(self, solution: "Solution") -> tuple[Floats, npt.NDArray[np.int32]]:
        """People whom each chosen site serves first, and the place of the first at each pixel."""
        first = solution.first[: len(self.pixels)]
        served = first >= 0
        people = self.people[: len(self.pixels)]
        gains = np.bincount(first[served], people[served], minlength=len(solution.chosen))
        return gains.astype(np.float64), first


def make_plan(
    ground: "Ground",
    weighed: "Weighed",
    solution: "Solution",
    amounts: Amounts,
    *,
    asked: Mapping[str, Any],
    unit: str,
    forced: float,
    costs: "CostTable | None",
) -> Plan:
    """Put the chosen candidates into a plan.

    Parameters
    ----------
    ground, weighed, solution
        For whom, of what, and what was chosen.
    amounts
        People at the points.
    asked, unit
        As of `Plan`.
    forced
        Part of objective and bound that only stands for rules.
    costs
        By which the sites are priced again once they share their backhaul.
    """
    scene, network = ground.coverage.scene, ground.coverage.network
    gains, first = amounts.first_served(solution)
    helped = _helped(scene, amounts, first)
    candidates = weighed.places.assign(people_alone=amounts.alone)
    sites = _sites(candidates.iloc[solution.chosen], gains, helped, network, ground.new.operator)
    links, prices = None, _chosen_prices(weighed, solution)
    if weighed.backhaul is not None:
        tree = connect_plan(weighed.backhaul, solution.chosen.tolist(), sites["site_id"].tolist())
        links = tree.links
        sites = sites.assign(**{name: tree.sites[name].to_numpy() for name in _BACKHAUL})
        if costs is not None:
            # Sites that share hops cost less than each alone.
            prices = prices_of(ground, sites.drop(columns=_PRICED, errors="ignore"), costs)
    if prices is not None:
        sites = sites.assign(**{name: prices.table[name].to_numpy() for name in _PRICED})
    return Plan(
        operator=ground.new.operator,
        technology=ground.new.technology,
        asked=asked,
        sites=sites[[name for name in SITE_COLUMNS if name in sites]],
        curve=_curve(gains, amounts.unserved),
        helped=helped,
        objective=solution.objective - forced,
        bound=solution.bound - forced,
        unit=unit,
        proven=solution.proven,
        how=solution.how,
        unserved_people=amounts.unserved,
        reachable_people=amounts.reachable,
        candidates=candidates,
        cells=ground.new.at(sites)[network.cells.columns],
        network=network,
        links=links,
        costs=None if prices is None else _by_rank(prices.breakdown),
    )


def built_prices(ground: "Ground", weighed: "Weighed", costs: "CostTable") -> Prices:
    """What every candidate would cost were it built anew."""
    return prices_of(ground, weighed.places.assign(tenure="build"), costs)


def prices_of(ground: "Ground", places: pd.DataFrame, costs: "CostTable") -> Prices:
    """What sites with these new cells cost."""
    return price_candidates(
        places,
        costs,
        operator=ground.new.operator,
        technology=ground.new.technology,
        sectors=len(ground.new.azimuths_deg),
    )


def _sites(
    chosen: gpd.GeoDataFrame,
    gains: Floats,
    helped: pd.DataFrame,
    network: "Network",
    operator: str,
) -> gpd.GeoDataFrame:
    rank = np.arange(1, len(chosen) + 1)
    communes = helped.groupby("rank")["name"].agg(", ".join)
    taken = set(network.cells.loc[network.cells["operator"].eq(operator), "site_id"])
    return (
        chosen.reset_index(drop=True)
        .to_crs("EPSG:4326")
        .assign(
            rank=rank,
            site_id=np.array(_free_ids(taken, len(chosen)), dtype=object),
            people_newly_served=gains,
            people_cumulative=np.cumsum(gains),
            communes=communes.reindex(rank).to_numpy(dtype=object),
        )
    )


def _free_ids(taken: set[str], how_many: int) -> list[str]:
    """NEW-01, NEW-02 and so on, without those that the operator has from an earlier plan."""
    ids = (f"NEW-{number:02d}" for number in count_from(1))
    return list(islice((site_id for site_id in ids if site_id not in taken), how_many))


def _curve(gains: Floats, unserved_people: float) -> pd.DataFrame:
    served = np.cumsum(gains)
    return pd.DataFrame(
        {
            "count": np.arange(1, len(served) + 1),
            "people_newly_served": served,
            "percent_of_unserved": 100.0 * served / max(unserved_people, np.finfo(float).tiny),
        }
    )


def _helped(scene: "Scene", amounts: Amounts, first: npt.NDArray[np.int32]) -> pd.DataFrame:
    served = first >= 0
    points = pd.DataFrame(
        {
            "rank": first[served].astype(int) + 1,
            "label": scene.commune_labels.to_numpy().ravel()[amounts.pixels[served]],
            "people": amounts.people[: len(first)][served],
        }
    )
    sums = points.groupby(["rank", "label"], as_index=False)["people"].sum()
    named = sums.merge(pd.DataFrame(scene.communes[["label", "code", "name"]]), on="label")
    named = named.sort_values(["rank", "people", "label"], ascending=[True, False, True])
    return pd.DataFrame(named[["rank", "code", "name", "people"]]).reset_index(drop=True)


def _chosen_prices(weighed: "Weighed", solution: "Solution") -> Prices | None:
    """Of the chosen sites in their order, numbered from 0."""
    if weighed.prices is None:
        return None
    places = {int(place): rank for rank, place in enumerate(solution.chosen)}
    breakdown = weighed.prices.breakdown
    of_chosen = breakdown[breakdown["candidate"].isin(list(places))]
    numbered = of_chosen.assign(candidate=of_chosen["candidate"].map(places))
    table = weighed.prices.table.iloc[solution.chosen].reset_index(drop=True)
    return replace(
        weighed.prices, table=table, breakdown=numbered.sort_values("candidate", kind="stable")
    )


def _by_rank(breakdown: pd.DataFrame) -> pd.DataFrame:
    ranked = breakdown.rename(columns={"candidate": "rank"}).reset_index(drop=True)
    return ranked.assign(rank=ranked["rank"].astype(int) + 1)
