"""The order in which chosen sites are told, and which of them serves a point first."""

from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from phusong.planning.problem import SitingProblem

__all__ = ["first_to_serve", "in_order"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


def in_order(problem: SitingProblem, chosen: Ints) -> tuple[Ints, Floats]:
    """The chosen sites, each the one that adds most to those before it, and what each adds."""
    sets, needed = problem.sets, problem.times_needed
    needed = np.ones(len(sets.people), np.int8) if needed is None else needed
    covers = np.zeros(len(sets.people), np.int32)

    def entry(candidate: int) -> tuple[float, int]:
        points = sets.points(candidate)
        points = points[covers[points] < needed[points]]
        return -float((sets.people[points] / needed[points]).sum()), candidate

    heap = [entry(int(c)) for c in chosen]
    heapify(heap)
    order, gains = [], []
    while heap:
        now = entry(heappop(heap)[1])
        if heap and now > heap[0]:  # scores never grow: an old one is an upper bound
            heappush(heap, now)
            continue
        points = sets.points(now[1])
        gains.append(float(sets.people[points[covers[points] == needed[points] - 1]].sum()))
        covers[points] += 1
        order.append(now[1])
    return np.array(order, np.int32), np.array(gains)


def first_to_serve(problem: SitingProblem, chosen: Ints) -> Ints:
    """Place in ``chosen`` of the site that first covers each point; -1 where none does."""
    first = np.full(len(problem.sets.people), -1, dtype=np.int32)
    for place in reversed(range(len(chosen))):
        first[problem.sets.points(chosen[place])] = place
    return first
