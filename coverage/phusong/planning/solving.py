"""Solving a siting problem: a good choice, a bound on the best, and a proof where time allows."""

import math
import time

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from phusong.errors import InputError
from phusong.kernels.cover import set_weights
from phusong.planning.bounds import AGAIN, PriceSearch
from phusong.planning.checking import check_problem
from phusong.planning.exact import Proof, program_of, run_highs
from phusong.planning.heuristics import Choice, Chooser
from phusong.planning.infeasible import contradictions, shortfalls
from phusong.planning.model import Model
from phusong.planning.order import first_to_serve, in_order
from phusong.planning.problem import InfeasibleError, SitingProblem, Solution

__all__ = ["solve"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

MOST_STEPS = 1500
CHOOSE_EVERY = 20  # steps of the price search between choices made from its prices
MOST_ROUNDS = 4
MANY_MEMBERS = 2_000_000  # of a model, from which prices are first sought in cells
CELLS_BY = 32, 8  # of how many sets one tells the points of a cell apart, coarse and fine
CELL_TIME = 0.5  # of the time left, that each of the two may take
CORE = 6  # times the sites of a choice: the sets among which a better one is looked for
CORE_TIME = 0.3  # of the time left, that HiGHS may take for it
KICK_WORK = 1_000_000_000  # members of a model times kicks, in a round
MOST_KICKS = 6000
BATCH_WORK = 50_000_000  # the same, between looks at the clock
MOST_BATCH = 300
KICK_TIME = 0.25  # of the time left, that a round of kicks may take
SHRINK = 0.8  # share of the sets that is left when the model is made anew
MOST_ENTRIES = 3_000_000  # of a program that HiGHS may be given
LEAST_EXACT_S = 1.0


def solve(
    problem: SitingProblem, *, time_limit_s: float = 60.0, progress: bool = False
) -> Solution:
    """Choose sites, with a bound that no choice under the rules can exceed.

    A choice is grown and improved by swaps; prices of the demand points bound what any choice can
    reach, and show which candidates no better choice can have; HiGHS is given what is left. The
    same problem has the same solution at any number of threads, as long as the time limit does not
    cut the work short.

    Parameters
    ----------
    problem
        What to serve, by which candidates, under which rules.
    time_limit_s
        Wall-clock time (s) after which the best found so far is returned.
    progress
        Show a progress bar.

    Returns
    -------
    Solution

    Raises
    ------
    InputError
        For values that cannot be used, all of them at once.
    InfeasibleError
        Where no choice meets the rules; says which, and by how much.
    """
    check_problem(problem)
    against = contradictions(problem)
    if against:
        raise InfeasibleError("choice of sites", against)
    run = _Run(problem, time.monotonic() + time_limit_s)
    run.choose()
    run.search_prices(progress)
    for _ in range(MOST_ROUNDS):
        if run.is_done or not run.try_core():
            break
        run.search_prices(progress)
    run.prove()
    if run.best is None:
        raise _no_choice(problem, time_limit_s)
    return run.solution()


class _Run:
    """One problem on its way to a solution."""

    def __init__(self, problem: SitingProblem, until: float) -> None:
        self.problem = problem
        self.until = until
        self.model = Model.of(problem)
        self.best: Choice | None = None
        self.bound = math.inf
        self.how: list[str] = []
        self.is_whole = _is_whole(problem)
        self._search: PriceSearch | None = None
        self._chooser = Chooser(self.model)
        self._seed = 0

    @property
    def goal(self) -> float:
        """Value of the best choice so far."""
        return -math.inf if self.best is None else self.best.value

    @property
    def is_done(self) -> bool:
        """Whether the best choice is known to be the best."""
        return self.best is not None and self.bound <= self.goal + _rounding(self.goal)

    @property
    def time_left_s(self) -> float:
        return self.until - time.monotonic()

    def choose(self) -> None:
        """A first choice."""
        self._take(self._chooser.grown(), "grown and swapped")
        self.kick(self._chooser)

    def kick(self, chooser: Chooser) -> None:
        """Kick the best choice in a model."""
        members = max(chooser.model.members, 1)
        batch = int(np.clip(BATCH_WORK // members, 1, MOST_BATCH))
        until = time.monotonic() + KICK_TIME * self.time_left_s
        for _ in range(int(np.clip(KICK_WORK // members, 1, MOST_KICKS)) // batch):
            if self.best is None or time.monotonic() >= until:
                break
            self._seed += 1
            self._take(chooser.kicked(self.best, batch, self._seed), "kicks")

    def try_core(self) -> bool:
        """Look for a better choice among the most profitable sets; say whether there was one."""
        before = self.goal
        chosen = np.empty(0, np.int32) if self.best is None else self.best.candidates
        search = self._search
        if search is None or len(search.model) <= CORE * len(search.top):
            self.kick(self._chooser_of(self.model))
            return self.goal > before
        core = search.core(CORE * len(search.top), chosen)
        self.kick(Chooser(core))
        self._run_highs(core, CORE_TIME * self.time_left_s)
        return self.goal > before

    def search_prices(self, progress: bool) -> None:
        """Lower the bound, choosing from the prices on the way, and shrink the model."""
        search = self._search or self._first_search(progress)
        search.pace = 1.0 if self._search is None and self.bound == math.inf else AGAIN
        search = self._lowered(search, self.until, progress)
        if self.time_left_s > 0 and not (search.keep & ~search.force).all():
            search = search.smaller()
        self._search, self.model = search, search.model

    def _first_search(self, progress: bool) -> PriceSearch:
        """From first prices of the points; where those are many, from prices found in cells."""
        model = self.model
        search = PriceSearch.start(model, *_first_prices(model, self.best))
        if model.members < MANY_MEMBERS:
            return search
        for by in CELLS_BY:
            until = time.monotonic() + CELL_TIME * self.time_left_s
            search = self._lowered(search.in_cells(by), until, progress)
            self._take(self._chooser.from_sets(search.top, sweeps=3), "prices")
            search = search.in_points(model)
        return search

    def _lowered(self, search: PriceSearch, until: float, progress: bool) -> PriceSearch:
        """Step on until the bound is as low as it gets, or time is up."""
        for number in tqdm(range(MOST_STEPS), "prices", disable=not progress):
            search.step(self.goal)
            self._lower(search.bound)
            if self.is_done or search.is_tired or time.monotonic() >= until:
                break
            if not len(search.model):
                break
            if number % CHOOSE_EVERY == CHOOSE_EVERY - 1 and not search.is_in_cells:
                choice = self._chooser_of(search.model).from_sets(search.top, sweeps=3)
                self._take(choice, "prices")
            if not search.is_in_cells and search.left < SHRINK * len(search.model):
                search = search.smaller()
        return search

    def _chooser_of(self, model: Model) -> Chooser:
        if len(model) != len(self._chooser.model):
            self._chooser = Chooser(model)
        return self._chooser

    def prove(self) -> None:
        """Give HiGHS what is left."""
        if self.is_done:
            return
        proof = self._run_highs(self.model, self.time_left_s)
        if proof is None:
            return
        _, scale = program_of(self.model)
        if np.isfinite(proof.bound):
            self._lower(max(self.model.value(0.0, 0.0) + scale * proof.bound, self.goal))
        if proof.is_optimal:
            self._lower(self.goal)
        self.how.append(f"HiGHS on {len(self.model)} candidates: {proof.status}")

    def _run_highs(self, model: Model, time_limit_s: float) -> Proof | None:
        """What HiGHS finds in a model; None where that is too large, or time too short."""
        if model.members > MOST_ENTRIES or time_limit_s < LEAST_EXACT_S:
            return None
        program, _ = program_of(model)
        proof = run_highs(program, self._start_of(model), time_limit_s)
        if len(proof.columns):
            sets = np.flatnonzero(proof.columns[: len(model)] > 0.5)
            state = Chooser(model).of_candidates(model.candidate[sets])
            self._take(Choice(model, state), f"HiGHS on {len(model)}")
        return proof

    def _start_of(self, model: Model) -> Floats | None:
        if self.best is None:
            return None
        sets = np.isin(model.candidate, self.best.candidates).astype(float)
        state = Chooser(model).of_candidates(self.best.candidates)
        served = state.covers >= model.demand.needed
        return np.concatenate([sets, served])

    def _take(self, choice: Choice | None, how: str) -> None:
        if choice is None:
            return
        if self.best is None or choice.value > self.goal + _rounding(self.goal):
            self.best = choice
            if self.how and self.how[-1].startswith(f"{how}: "):
                self.how.pop()
            self.how.append(f"{how}: {abs(choice.value):,.0f}")

    def _lower(self, bound: float) -> None:
        if self.is_whole:
            bound = math.floor(bound + 1e-6)
        self.bound = min(self.bound, bound)

    def solution(self) -> Solution:
        """The best choice, as the caller's problem knows it."""
        problem = self.problem
        candidates = np.empty(0, np.int32) if self.best is None else self.best.candidates
        chosen, gains = in_order(problem, candidates)
        value = float(gains.sum())
        if problem.objective == "least_cost":
            value = float(problem.costs[chosen].sum())
            bound = min(-self.bound, value)
        else:
            bound = max(self.bound, value)
        greater = max(abs(bound), abs(value))
        gap_percent = 100.0 * abs(bound - value) / greater if greater > 0 else 0.0
        proven = gap_percent < 1e-7
        return Solution(
            chosen,
            gains,
            first_to_serve(problem, chosen),
            value,
            value if proven else bound,
            0.0 if proven else gap_percent,
            proven,
            "; ".join(self.how),
        )


def _no_choice(problem: SitingProblem, time_limit_s: float) -> InputError:
    problems = shortfalls(problem, max(time_limit_s, 10.0))
    if problems:
        return InfeasibleError("choice of sites", problems)
    return InputError(
        "choice of sites",
        [f"no choice that meets all rules was found within {time_limit_s:g} s: give more time"],
    )


def _rounding(value: float) -> float:
    return 1e-9 * max(1.0, abs(value))


def _is_whole(problem: SitingProblem) -> bool:
    """Whether every value of the objective is a whole number."""
    figures = problem.sets.people if problem.objective == "most_served" else problem.costs
    return bool((figures == np.rint(figures)).all() and figures.sum() < 2**53)


def _first_prices(model: Model, best: Choice | None) -> tuple[Floats, float]:
    demand, rules = model.demand, model.rules
    if model.counts_served:
        if best is None:
            return 0.5 * demand.weight, 0.0
        state = Chooser(model).of_candidates(best.candidates)
        return np.where(state.covers < demand.needed, demand.weight, 0.0) / demand.needed, 0.0
    weights = set_weights(demand.start, demand.member, demand.weight)
    rate = np.full(len(demand.weight), np.inf)
    per_weight = rules.cost / np.maximum(weights, 1e-300)
    np.minimum.at(rate, demand.member, np.repeat(per_weight, np.diff(demand.start)))
    return demand.weight * rate / demand.needed, float(np.median(rate)) if len(rate) else 0.0
