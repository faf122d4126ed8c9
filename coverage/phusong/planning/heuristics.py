"""Good choices of sets, quickly: grown, then improved by swaps, or by giving up what they can."""

import numpy as np
import numpy.typing as npt

from phusong.kernels.cover import set_weights
from phusong.kernels.cover_growth import grow
from phusong.kernels.cover_rules import (
    COST,
    SERVED,
    State,
    add,
    empty_state,
    may_join,
    remove,
    would_gain,
)
from phusong.kernels.cover_search import Search, become, kick, search_from, settle
from phusong.kernels.cover_swaps import keeps_floors, shed
from phusong.planning.model import Model

__all__ = ["Choice", "Chooser"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

LEAST_GAIN = 1e-9  # of the weight served, for a swap to count
MOST_SWEEPS = 50
MOST_TABLE = 20_000_000  # entries of the table of what sets are worth in each other's place


class Choice:
    """Sets of a model that keep all rules, and the value of the objective."""

    def __init__(self, model: Model, state: State) -> None:
        self.candidates = np.sort(
            np.concatenate([model.forced, model.candidate[np.flatnonzero(state.taken)]])
        )
        self.value = model.value(state.totals[SERVED], state.totals[COST])


class Chooser:
    """Makes choices of sets of a model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._all = np.ones(len(model), dtype=bool)
        self._flat = np.ones(len(model))
        self._search: Search | None = None

    def grown(self) -> Choice | None:
        """The best of what grows by gain and, where costs count, by gain per cost."""
        prices = [self._flat, self.model.rules.cost] if self._by_cost else [self._flat]
        grown = [self._finished(self._empty(), price, MOST_SWEEPS) for price in prices]
        if np.isfinite(self.model.rules.budget):
            grown.append(self._finished(self._single(), self.model.rules.cost, MOST_SWEEPS))
        return _best(grown)

    def from_sets(self, wanted: Ints, *, sweeps: int) -> Choice | None:
        """Take the wanted sets in their order as far as the rules allow, and finish."""
        state = self._empty()
        for s in wanted:
            if may_join(self.model.rules, state, s):
                add(self.model.demand, self.model.rules, state, s)
        return self._finished(state, self._price, sweeps)

    def kicked(self, choice: Choice, kicks: int, seed: int) -> Choice | None:
        """Improve a choice by so many kicks; None where cost is the objective."""
        model = self.model
        state = self.of_candidates(choice.candidates)
        if not model.counts_served or not keeps_floors(model.rules, state):
            return None
        search = self._searching(state, self._price)
        kick(search, kicks, seed)
        return Choice(model, search.state)

    def of_candidates(self, candidates: Ints) -> State:
        """The state in which the model's sets among some candidates are chosen."""
        state = self._empty()
        for s in np.flatnonzero(np.isin(self.model.candidate, candidates)):
            add(self.model.demand, self.model.rules, state, s)
        return state

    def _empty(self) -> State:
        state: State = empty_state(self.model.demand, self.model.rules)
        return state

    @property
    def _by_cost(self) -> bool:
        return not self.model.counts_served or bool(np.isfinite(self.model.rules.budget))

    @property
    def _price(self) -> Floats:
        return self.model.rules.cost if self._by_cost else self._flat

    def _searching(self, state: State, price: Floats) -> Search:
        """The search, at the choice of a state."""
        model = self.model
        if self._search is None:
            rows = max(min(model.rules.sites, MOST_TABLE // max(len(model), 1)), 0)
            self._search = search_from(model.demand, model.rules, self._flat, rows)
        become(self._search, state.taken)
        return self._search._replace(price=price)

    def _single(self) -> State:
        state = self._empty()
        demand, rules = self.model.demand, self.model.rules
        weights = set_weights(demand.start, demand.member, demand.weight)
        may = [s for s in range(len(self.model)) if may_join(rules, state, s)]
        if may:
            add(demand, rules, state, may[int(np.argmax(weights[may]))])
        return state

    def _finished(self, state: State, price: Floats, sweeps: int) -> Choice | None:
        model = self.model
        self._fill_groups(state, price)
        if len(model.rules.target_least):
            grow(model.demand, model.rules, state, price, self._all, True)
        if not model.counts_served:
            return self._cheapened(state, sweeps)
        if model.demand.first_deep < len(model.demand.weight):
            grow(model.demand, model.rules, state, price, self._all, False)
        search = self._searching(state, price)
        settle(search, sweeps)
        return Choice(model, search.state) if keeps_floors(model.rules, search.state) else None

    def _fill_groups(self, state: State, price: Floats) -> None:
        """Give each group the sets that it must have at least, the best first."""
        model = self.model
        rules = model.rules
        owner = np.repeat(np.arange(len(model)), np.diff(rules.group_start))
        for g in range(len(rules.least)):
            members = owner[rules.group == g]
            while state.used[g] < rules.least[g]:
                may = [s for s in members if may_join(rules, state, s)]
                if not may:
                    break
                self._add_best(state, np.array(may), price)

    def _add_best(self, state: State, may: npt.NDArray[np.int64], price: Floats) -> None:
        demand, rules = self.model.demand, self.model.rules
        gains = np.array([would_gain(demand, state, s) for s in may])
        score = (1e-12 + gains) / np.maximum(price[may], 1e-12)
        add(demand, rules, state, int(may[np.argmax(score)]))

    def _cheapened(self, state: State, sweeps: int) -> Choice | None:
        """Give up what is not needed, then each set in turn where others replace it for less."""
        model = self.model
        rules = model.rules
        if not keeps_floors(rules, state):
            return None
        self._shed(state)
        for _ in range(sweeps):
            better = False
            for s in sorted(np.flatnonzero(state.taken), key=lambda s: (-rules.cost[s], s)):
                better |= self._replaced(state, int(s))
            if not better:
                break
        return Choice(model, state)

    def _replaced(self, state: State, s: int) -> bool:
        model = self.model
        if not state.taken[s]:
            return False
        before, cost = np.flatnonzero(state.taken), state.totals[COST]
        remove(model.demand, model.rules, state, s)
        among = self._all.copy()
        among[s] = False
        grow(model.demand, model.rules, state, model.rules.cost, among, True)
        self._shed(state)
        cheaper = state.totals[COST] < cost - LEAST_GAIN * (1.0 + cost)
        if cheaper and keeps_floors(model.rules, state):
            return True
        for other in np.flatnonzero(state.taken):
            if other not in before:
                remove(model.demand, model.rules, state, other)
        for other in before:
            if not state.taken[other]:
                add(model.demand, model.rules, state, other)
        return False

    def _shed(self, state: State) -> None:
        order = np.lexsort((np.arange(len(self.model)), -self.model.rules.cost))
        shed(self.model.demand, self.model.rules, state, order.astype(np.int32), -np.inf)


def _best(choices: list[Choice | None]) -> Choice | None:
    best = None
    for choice in choices:
        if choice is not None and (best is None or choice.value > best.value):
            best = choice
    return best
