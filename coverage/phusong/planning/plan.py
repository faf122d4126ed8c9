"""The plan: proposed sites, what each adds, and how far from the best possible they may be."""

from dataclasses import dataclass
from html import escape
from itertools import count as count_from
from itertools import islice
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from phusong._explore import Explorable
from phusong.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.scene import Scene
    from phusong.geodata.stations import Network
    from phusong.planning.footprints import NewCells
    from phusong.planning.greedy import Choice, CoverSets

__all__ = ["Plan", "make_plan"]

SITE_COLUMNS = [
    "rank",
    "site_id",
    "kind",
    "owner",
    "antenna_height_m",
    "ground_m",
    "people_alone",
    "people_newly_served",
    "people_cumulative",
    "communes",
    "reason",
    "longitude",
    "latitude",
    "geometry",
]


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Explorable):
    """Sites proposed for one operator and technology, from `propose_sites`.

    Attributes
    ----------
    operator, technology, count
        What was asked for.
    sites
        EPSG:4326 points, best first: rank; site_id; kind ("mast", "high_ground", "population");
        owner (whom to lease from; the operator itself on its own mast; empty for a new position);
        antenna_height_m and ground_m; people_alone (people now unserved whom it would serve
        without the others), people_newly_served (whom no site of a better rank serves) and
        people_cumulative; communes (names, most helped first); reason; longitude; latitude.
    curve
        For 1, 2, ... sites: count, people_newly_served (all together), percent_of_unserved.
    helped
        People newly served by rank and commune: rank, code, name, people.
    bound
        People whom no choice of ``count`` candidates can exceed.
    unserved_people
        People without basic service of this operator and technology before the plan.
    reachable_people
        Those of them whom all candidates together would serve.
    candidates
        Every position weighed, in the grid's CRS, with people_alone.
    cells
        The new cells, as rows of a station table.
    network
        The network that the plan extends.
    """

    operator: str
    technology: str
    count: int
    sites: gpd.GeoDataFrame
    curve: pd.DataFrame
    helped: pd.DataFrame
    bound: float
    unserved_people: float
    reachable_people: float
    candidates: gpd.GeoDataFrame
    cells: pd.DataFrame
    network: "Network"

    @property
    def people_newly_served(self) -> float:
        """Unserved people whom the plan would serve."""
        return float(self.sites["people_newly_served"].sum())

    @property
    def gap_percent(self) -> float:
        """How far, at most, the plan stays below the best choice: percent of the bound."""
        if self.bound == 0.0:
            return 0.0
        return 100.0 * (self.bound - self.people_newly_served) / self.bound

    @property
    def note(self) -> str:
        """Why there are fewer sites than asked for; empty where there are not."""
        if len(self.sites) == self.count:
            return ""
        if self.unserved_people == 0.0:
            return "nobody is unserved: no site is needed"
        out_of_reach = self.unserved_people - self.people_newly_served
        return (
            f"only {len(self.sites)} of {self.count} sites: no other candidate serves anyone "
            f"more; {out_of_reach:,.0f} people are out of reach of every candidate"
        )

    def as_network(self) -> "Network":
        """Return the network with the new cells added, status "planned"."""
        return self.network.extended(self.cells) if len(self.cells) else self.network

    def explain(self, rank: int) -> dict[str, Any]:
        """Say why a site is where it is, whom it serves, and in which communes.

        Raises
        ------
        InputError
            When the plan has no site of that rank.
        """
        rows = self.sites[self.sites["rank"] == rank]
        if rows.empty:
            raise InputError("rank", [f"{rank!r}: the plan has sites 1 to {len(self.sites)}"])
        site: dict[str, Any] = rows.drop(columns=["geometry", "communes"]).iloc[0].to_dict()
        here = self.helped[self.helped["rank"] == rank]
        by_others = site["people_alone"] - site["people_newly_served"]
        communes = dict(zip(here["name"], here["people"], strict=True))
        return site | {"people_served_by_better_ranks": by_others, "communes": communes}

    def plot(self, *, ax: "Axes | None" = None) -> "Axes":
        """Draw people newly served against the number of sites, and the bound."""
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        counts = [0, *self.curve["count"]]
        axes.plot(counts, [0.0, *self.curve["people_newly_served"]], marker=".")
        axes.axhline(self.bound, linestyle="--", color="grey")
        axes.annotate(f"bound for {self.count} sites", (0, self.bound), va="bottom")
        axes.set(xlabel="new sites", ylabel=f"people newly served by {self.technology}")
        return axes

    def _heading(self) -> str:
        return (
            f"Plan of {len(self.sites)} {self.technology} sites for {self.operator}: "
            f"{self.people_newly_served:,.0f} of {self.unserved_people:,.0f} unserved people newly "
            f"served; at most {self.bound:,.0f} by any {self.count} of {len(self.candidates):,} "
            f"candidates (gap {self.gap_percent:.1f} %)"
        )

    def _table(self) -> pd.DataFrame:
        shown = ["rank", "site_id", "kind", "owner", "people_newly_served", "communes"]
        return pd.DataFrame(self.sites[shown]).round({"people_newly_served": 0})

    def __repr__(self) -> str:
        parts = [self._heading(), self.note, self._table().to_string(index=False)]
        return "\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        text = escape(". ".join(part for part in (self._heading(), self.note) if part))
        return f"<p>{text}</p>{self._table().to_html(escape=True, index=False)}"


def make_plan(
    scene: "Scene",
    network: "Network",
    candidates: gpd.GeoDataFrame,
    sets: "CoverSets",
    pixels: npt.NDArray[np.int32],
    choice: "Choice",
    new: "NewCells",
    count: int,
) -> Plan:
    """Put the chosen candidates into a plan; ``pixels`` are those of the demand points."""
    candidates = candidates.assign(people_alone=sets.people_alone)
    helped = _helped(scene, sets, pixels, choice)
    sites = _sites(candidates.iloc[choice.chosen], choice, helped, network, new.operator)
    unserved_people = float(sets.people.sum())
    return Plan(
        operator=new.operator,
        technology=new.technology,
        count=count,
        sites=sites[SITE_COLUMNS],
        curve=_curve(choice, unserved_people),
        helped=helped,
        bound=choice.bound,
        unserved_people=unserved_people,
        reachable_people=sets.reachable_people,
        candidates=candidates,
        cells=new.at(sites)[network.cells.columns],
        network=network,
    )


def _sites(
    chosen: gpd.GeoDataFrame,
    choice: "Choice",
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
            people_newly_served=choice.people,
            people_cumulative=np.cumsum(choice.people),
            communes=communes.reindex(rank).to_numpy(dtype=object),
        )
    )


def _free_ids(taken: set[str], how_many: int) -> list[str]:
    """NEW-01, NEW-02 and so on, without those that the operator has from an earlier plan."""
    ids = (f"NEW-{number:02d}" for number in count_from(1))
    return list(islice((site_id for site_id in ids if site_id not in taken), how_many))


def _curve(choice: "Choice", unserved_people: float) -> pd.DataFrame:
    served = np.cumsum(choice.people)
    return pd.DataFrame(
        {
            "count": np.arange(1, len(served) + 1),
            "people_newly_served": served,
            "percent_of_unserved": 100.0 * served / max(unserved_people, np.finfo(float).tiny),
        }
    )


def _helped(
    scene: "Scene", sets: "CoverSets", pixels: npt.NDArray[np.int32], choice: "Choice"
) -> pd.DataFrame:
    served = choice.first >= 0
    points = pd.DataFrame(
        {
            "rank": choice.first[served].astype(int) + 1,
            "label": scene.commune_labels.to_numpy().ravel()[pixels[served]],
            "people": sets.people[served],
        }
    )
    sums = points.groupby(["rank", "label"], as_index=False)["people"].sum()
    named = sums.merge(pd.DataFrame(scene.communes[["label", "code", "name"]]), on="label")
    named = named.sort_values(["rank", "people", "label"], ascending=[True, False, True])
    return pd.DataFrame(named[["rank", "code", "name", "people"]]).reset_index(drop=True)
