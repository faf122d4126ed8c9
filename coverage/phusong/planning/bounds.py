"""The search for prices that bound what any choice can reach (see `phusong.kernels.cover_dual`)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from phusong.kernels.cover_dual import Rows, fill_profits, move, slopes, values
from phusong.planning.cells import Cells
from phusong.planning.model import Model, Reduction
from phusong.planning.rule_rows import RuleRows, rule_rows

__all__ = ["AGAIN", "PriceSearch", "Prices"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

PATIENCE = 20  # steps without a better bound before they are shortened
SHORTENING = 0.7
DEFLECTION = 0.7  # of the step before that is kept in this one
SHORTEST = 2e-4
AGAIN = 0.3  # pace of a search that goes on from another's prices
WHOLLY = np.empty(0, np.float32)  # every set covers the whole of its points


@dataclass
class Prices:
    """Prices of the points, and multipliers of the targets and of the rows."""

    price: Floats
    urge: Floats
    charge: Floats


class PriceSearch:
    """Lowers the bound of a model step by step.

    Attributes
    ----------
    bound
        What the value of no choice exceeds, of those that are not worse than the goal.
    profit : float64 (sets,)
        Profit of each set at the prices of the latest step.
    top : int32
        Sets of the greatest profits at the prices of the latest step, best first.
    keep, force : bool (sets,)
        Sets that a choice as good as the goal may have, and those that it must have.
    """

    def __init__(
        self,
        model: Model,
        rows: RuleRows,
        prices: Prices,
        pace: float = 1.0,
    ) -> None:
        self.model = model
        self.prices = prices
        self.bound = np.inf
        self.top: Ints = np.empty(0, np.int32)
        self.keep = np.ones(len(model), dtype=bool)
        self.force = np.zeros(len(model), dtype=bool)
        self.pace = pace
        self._waiting = 0
        self._covered = WHOLLY
        self._cells: Cells | None = None
        self._rule_rows = rows
        self._rows = rows.by_set(len(model))
        self._scales = _scales(model, self._rows)
        self._value = np.empty(len(model.demand.weight))
        self.profit = np.empty(len(model))
        self._slopes = Prices(
            *(np.zeros(len(p)) for p in (prices.price, prices.urge, prices.charge))
        )
        self._moves = Prices(
            *(np.zeros(len(p)) for p in (prices.price, prices.urge, prices.charge))
        )

    @classmethod
    def start(cls, model: Model, price: Floats, urge: float) -> "PriceSearch":
        """From prices of the points, and one multiplier for all targets."""
        rows = _rows_with_cost(model)
        charge = np.zeros(len(rows.right))
        charge[0] = 1.0
        urges = np.full(len(model.rules.target_least), urge)
        return cls(model, rows, Prices(price, urges, charge))

    def in_cells(self, by: int) -> "PriceSearch":
        """The same, with one price by weight for all points of a cell: quicker, and less exact.

        Cells are of points that the same ones of every ``by``-th set cover. The bound, and the
        sets that it leaves out, are those of the model itself.
        """
        cells = Cells.of(self.model, np.arange(len(self.model)) % by == 0)
        prices = Prices(cells.sums(self.prices.price), self.prices.urge, self.prices.charge)
        search = self._like(cells.model, prices, self.pace)
        search._covered, search._cells = cells.covered, cells
        return search

    def in_points(self, model: Model) -> "PriceSearch":
        """From cells on to the points of the model that they were made from."""
        cells = self._cells
        price = self.prices.price if cells is None else cells.spread(self.prices.price)
        return self._like(model, Prices(price, self.prices.urge, self.prices.charge), AGAIN)

    def _like(self, model: Model, prices: Prices, pace: float) -> "PriceSearch":
        """A search with the same sets and rules, as far as this one has come."""
        search = PriceSearch(model, self._rule_rows, prices, pace)
        search.bound, search.keep, search.force = self.bound, self.keep, self.force
        search.profit = self.profit
        return search

    @property
    def is_in_cells(self) -> bool:
        """Whether its points are cells of points."""
        return self._cells is not None

    @property
    def left(self) -> int:
        """Sets that are still to be decided on."""
        return int(self.keep.sum() - self.force.sum())

    @property
    def is_tired(self) -> bool:
        """Whether the steps have become too short to go on."""
        return self.pace < SHORTEST

    def step(self, goal: float) -> None:
        """Compute the bound at the prices, leave sets out that cannot reach ``goal``, go on."""
        bound = self._look()
        self._settle(bound, goal)
        if bound < self.bound - 1e-9 * abs(self.bound) if np.isfinite(self.bound) else True:
            self._waiting = 0
        else:
            self._waiting += 1
        self.bound = min(self.bound, bound)
        if self._waiting > PATIENCE:
            self.pace, self._waiting = self.pace * SHORTENING, 0
        self._move(bound, goal)

    def _look(self) -> float:
        """The bound at the prices of now; fills profits and slopes."""
        model, prices, slope = self.model, self.prices, self._slopes
        values(model.demand, model.counts_served, prices.urge, self._value)
        np.minimum(prices.price, self._dearest(), out=prices.price)
        fill_profits(
            model.demand,
            self._covered,
            self._rows,
            prices.price,
            prices.charge,
            self.profit,
            alone=model.members < 200_000,
        )
        self.top = self._best_sets()
        slope.urge[:] = -model.rules.target_least
        slope.charge[:] = self._rows.right
        kept = slopes(
            model.demand,
            self._covered,
            self._rows,
            model.must,
            self._value,
            prices.price,
            self.top,
            slope.price,
            slope.urge,
            slope.charge,
        )
        rules = prices.charge @ self._rows.right - prices.urge @ model.rules.target_least
        return float(model.value(0.0, 0.0) + kept + self.profit[self.top].sum() + rules)

    def _dearest(self) -> Floats:
        return np.where(self.model.must, np.inf, self._value / self.model.demand.needed)

    def _best_sets(self) -> Ints:
        order = np.argsort(-np.where(self.keep, self.profit, -np.inf), kind="stable")
        self._order = order
        forced = self.force[order]
        wanted = forced | ((self.profit[order] > 0) & self.keep[order])
        # Those that must be chosen come first, then the most profitable.
        ranked = np.concatenate([order[forced], order[wanted & ~forced]])
        return ranked[: self.model.rules.sites].astype(np.int32)

    def _settle(self, bound: float, goal: float) -> None:
        """Leave out, and fix, the sets without which, and with which, the goal is out of reach."""
        if not np.isfinite(goal):
            return
        inside = np.zeros(len(self.model), dtype=bool)
        inside[self.top] = True
        free = self.keep & ~inside
        full = len(self.top) >= self.model.rules.sites
        loose = self.top[~self.force[self.top]]
        last = self.profit[loose].min() if full and len(loose) else 0.0
        next_best = max(0.0, self.profit[free].max(initial=0.0)) if full else 0.0
        slack = 1e-9 * max(1.0, abs(goal))
        with_it = bound - last + self.profit
        without_it = bound - self.profit + next_best
        self.keep &= ~(free & (with_it < goal - slack))
        self.force |= inside & (without_it < goal - slack)

    def _move(self, bound: float, goal: float) -> None:
        aim = goal if np.isfinite(goal) else bound - 0.05 * abs(bound) - 1e-9
        prices, slope, scale, last = self.prices, self._slopes, self._scales, self._moves
        parts = [
            (prices.price, slope.price, scale.price, last.price),
            (prices.urge, slope.urge, scale.urge, last.urge),
            (prices.charge, slope.charge, scale.charge, last.charge),
        ]
        steepness = 0.0
        for figure, by, s, before in parts:
            by[(figure <= 0) & (by > 0)] = 0.0
            before *= DEFLECTION
            before += by
            steepness += float(s @ (before * before))
        if steepness == 0.0 or bound <= aim:
            return
        length = self.pace * (bound - aim) / steepness
        for figure, _, s, before in parts:
            move(figure, before, s, length, np.full(len(figure), np.inf))

    def smaller(self) -> "PriceSearch":
        """The same search on the model without the sets that are settled."""
        reduction = self.model.reduced(self.keep, self.force)
        rows = self._rule_rows.settled(self.force, reduction.kept)
        rows.right[0] = 0.0  # the cost of the forced sets is in the model
        search = PriceSearch(reduction.model, rows, self._prices_after(reduction), self.pace)
        search.bound, search.profit = self.bound, self.profit[reduction.kept]
        return search

    def core(self, size: int, candidates: Ints) -> Model:
        """The model with the ``size`` most profitable sets, and those of some candidates, alone."""
        keep = np.isin(self.model.candidate, candidates)
        keep[np.argsort(-self.profit, kind="stable")[:size]] = True
        return self.model.reduced(keep & self.keep, self.force).model

    def _prices_after(self, reduction: Reduction) -> Prices:
        alive = reduction.merged >= 0
        price = np.bincount(
            reduction.merged[alive],
            self.prices.price[alive],
            minlength=len(reduction.model.demand.weight),
        )
        return Prices(price.astype(float), self.prices.urge, self.prices.charge)


def _rows_with_cost(model: Model) -> RuleRows:
    """The rules' rows after one of the costs, whose multiplier is 1 where cost is the objective."""
    rules = rule_rows(model)
    cost = np.zeros(len(model)) if model.counts_served else model.rules.cost
    return RuleRows(
        np.concatenate([np.arange(len(model), dtype=np.int32), rules.set]),
        np.concatenate([np.zeros(len(model), np.int32), rules.row + np.int32(1)]),
        np.concatenate([cost, rules.amount]),
        np.concatenate([[0.0], rules.right]),
    )


def _scales(model: Model, rows: Rows) -> Prices:
    """How far each figure moves for its slope."""
    demand = model.demand
    each = len(demand.member) / max(len(model), 1)
    mean_set = each * demand.weight.mean() if len(demand.weight) else 1.0
    charge = np.zeros(len(rows.right))
    sizes = np.bincount(rows.row, minlength=len(charge))
    squares = np.bincount(rows.row, rows.amount**2, minlength=len(charge)).astype(float)
    wide = squares > 0
    charge[wide] = mean_set * sizes[wide] / squares[wide]
    charge[0] = 0.0
    point = np.repeat(np.arange(len(demand.weight)), np.diff(demand.target_start))
    of_target = np.zeros(len(model.rules.target_least))
    np.add.at(of_target, demand.target, demand.weight[point])
    urge = np.divide(1.0, of_target, out=np.zeros_like(of_target), where=of_target > 0)
    return Prices(demand.weight.copy(), urge, charge)
