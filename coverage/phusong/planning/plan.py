"""The plan: proposed sites, what each adds, and how far from the best possible they may be."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import geopandas as gpd
import pandas as pd

from phusong._explore import Explorable
from phusong.errors import InputError
from phusong.planning.plan_file import read_plan, write_plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.stations import Network

__all__ = ["Plan"]

_FURTHER: Final = ("years", "duties", "ledger", "costs", "links")
_TABLES: Final = ("sites", "curve", "helped", "candidates", "cells", *_FURTHER)


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Explorable):
    """Sites proposed for one operator and technology, from `propose_sites`.

    Attributes
    ----------
    operator, technology
        For whom, and what.
    asked
        What was asked for: count, budget (None where not), targets (words), demand (its name).
    sites
        EPSG:4326 points, best first: rank; site_id; kind (of the candidates' kinds); owner (whom to
        lease from; the operator itself on its own mast; empty for a new position);
        structure_class, zone, commune; antenna_height_m and ground_m; azimuths_deg (tuple) and
        electrical_tilt_deg of its sectors; people_alone (people now unserved whom it would serve
        without the others), people_newly_served (whom no site of a better rank serves) and
        people_cumulative; communes (names, most helped first); reason; longitude; latitude. With
        prices also tenure, capital, yearly, present_value, currency; with backhaul also
        backhaul, backhaul_via (tuple), backhaul_km, backhaul_cost, backhaul_reason; with years
        also year.
    curve
        For 1, 2, ... sites: count, people_newly_served (all together), percent_of_unserved.
    helped
        People newly served by rank and commune: rank, code, name, people.
    objective, bound
        What the choice reaches, in ``unit``, and what no choice of these candidates under these
        rules can exceed; where the least cost was asked for, undercut. Both are of the sectors as
        they were first aimed: turned together afterwards, those chosen can serve more.
    unit
        "people", another demand, or the currency.
    proven
        Whether no other choice of these candidates is better.
    how
        How objective and bound were found.
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
    links
        Microwave hops and fibre of the chosen sites (see `phusong.planning.backhaul_plan`); None
        where backhaul was not asked for.
    costs
        What the chosen sites cost, by item (rank, item, when, amount, currency, ...); None without
        prices.
    ledger
        Lease or build, site by site (see `phusong.planning.ledger`); None without prices.
    years
        Sites, money and people by year (see `phusong.planning.phases`); None without budgets.
    duties
        Whether duties are met (see `phusong.planning.evidence`); None without duties.
    """

    operator: str
    technology: str
    asked: Mapping[str, Any]
    sites: gpd.GeoDataFrame
    curve: pd.DataFrame
    helped: pd.DataFrame
    objective: float
    bound: float
    unit: str
    proven: bool
    how: str
    unserved_people: float
    reachable_people: float
    candidates: gpd.GeoDataFrame
    cells: pd.DataFrame
    network: "Network"
    links: gpd.GeoDataFrame | None = None
    costs: pd.DataFrame | None = None
    ledger: pd.DataFrame | None = None
    years: pd.DataFrame | None = None
    duties: pd.DataFrame | None = None

    @property
    def count(self) -> int | None:
        """Sites asked for at most; None for any number."""
        count: int | None = self.asked["count"]
        return count

    @property
    def people_newly_served(self) -> float:
        """Unserved people whom the plan would serve."""
        return float(self.sites["people_newly_served"].sum())

    @property
    def present_value(self) -> float | None:
        """Cost of all sites, in the currency of ``sites``; None without prices."""
        return None if self.costs is None else float(self.sites["present_value"].sum())

    @property
    def gap_percent(self) -> float:
        """How far, at most, the plan is from the best choice: percent of the greater of the two."""
        most = max(self.bound, self.objective)
        return 100.0 * abs(self.bound - self.objective) / most if most > 0.0 else 0.0

    @property
    def note(self) -> str:
        """Why there are fewer sites than asked for; empty where there are not."""
        if self.count is None or len(self.sites) >= self.count:
            return ""
        if self.unserved_people == 0.0:
            return "nobody is unserved: no site is needed"
        out_of_reach = self.unserved_people - self.people_newly_served
        return (
            f"only {len(self.sites)} of {self.count} sites: no other candidate serves anyone more "
            f"within the rules; {out_of_reach:,.0f} people stay unserved"
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
        told = site | {"people_served_by_better_ranks": by_others, "communes": communes}
        if self.ledger is not None:
            line = self.ledger[self.ledger["rank"] == rank].iloc[0]
            told |= {"lease_or_build": line["decision"], "lease_or_build_reason": line["reason"]}
        return told

    def further_tables(self) -> dict[str, pd.DataFrame]:
        """Years, duties, ledger, costs and links, those that the plan has."""
        tables = {name: getattr(self, name) for name in _FURTHER}
        return {name: table for name, table in tables.items() if table is not None}

    def save(self, path: Path | str) -> Path:
        """Write the plan to one GeoPackage, which QGIS opens and `open` reads."""
        tables = {name: getattr(self, name) for name in _TABLES}
        facts = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in (*_TABLES, "network")
        }
        return write_plan(path, {k: v for k, v in tables.items() if v is not None}, facts)

    @classmethod
    def open(cls, path: Path | str, network: "Network") -> Self:
        """Read what `save` wrote; ``network`` is the one that the plan extends.

        Raises
        ------
        InputError
            When the file is missing, or not one of a plan.
        """
        tables, facts = read_plan(path)
        values: dict[str, Any] = {**facts, **tables}
        return cls(**values, network=network)

    def plot(self, *, ax: "Axes | None" = None) -> "Axes":
        """Draw people newly served against the number of sites, and the bound."""
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        counts = [0, *self.curve["count"]]
        axes.plot(counts, [0.0, *self.curve["people_newly_served"]], marker=".")
        if self.unit == "people":
            axes.axhline(self.bound, linestyle="--", color="grey")
            axes.annotate(f"bound for {len(self.sites)} sites", (0, self.bound), va="bottom")
        axes.set(xlabel="new sites", ylabel=f"people newly served by {self.technology}")
        return axes

    def _heading(self) -> str:
        beginning = (
            f"Plan of {len(self.sites)} {self.technology} sites for {self.operator}: "
            f"{self.people_newly_served:,.0f} of {self.unserved_people:,.0f} unserved people newly "
            "served; "
        )
        among = f"of {len(self.candidates):,} candidates under the rules"
        gap = f"gap {self.gap_percent:.1f} %" + (", proven best" if self.proven else "")
        if self.asked["targets"]:
            return (
                f"{beginning}cost {self.objective:,.0f} {self.unit}, at least {self.bound:,.0f} by "
                f"any choice {among} ({gap})"
            )
        reached = "" if self.unit == "people" else f"{self.objective:,.1f} {self.unit}, "
        if self._turned_together:
            reached = f"{self.objective:,.0f} before the sectors were turned together, "
        return f"{beginning}{reached}at most {self.bound:,.0f} by any choice {among} ({gap})"

    @property
    def _turned_together(self) -> bool:
        """Whether turning the chosen sites' sectors together has served more people."""
        return self.unit == "people" and self.people_newly_served > 1.0001 * self.objective

    def _table(self) -> pd.DataFrame:
        shown = ["rank", "site_id", "kind", "owner", "year", "present_value"]
        shown = [name for name in (*shown, "people_newly_served", "communes") if name in self.sites]
        return pd.DataFrame(self.sites[shown]).round({"people_newly_served": 0, "present_value": 0})

    def __repr__(self) -> str:
        parts = [self._heading(), self.note, self._table().to_string(index=False)]
        return "\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        text = escape(". ".join(part for part in (self._heading(), self.note) if part))
        return f"<p>{text}</p>{self._table().to_html(escape=True, index=False)}"
