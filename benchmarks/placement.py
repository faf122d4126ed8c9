"""Placement against open solvers, in one run: ``python benchmarks/placement.py [geodata folder]``.

Each solver has the same problem and the same time, in a process of its own that is ended when
twice its time is over: this package, HiGHS alone on the usual program, and spopt with HiGHS. What
failed, and how, is printed in its row. spopt is skipped where it is not installed.
"""

import importlib.util
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty

import numpy as np
from placement_cases import discs, vinh_phuc

from phusong.planning.cover_sets import CoverSets
from phusong.planning.exact import program_of, run_highs
from phusong.planning.model import Model
from phusong.planning.problem import SitingProblem
from phusong.planning.solving import solve

COUNT = 50
PARTS = ("discs 477", "discs 4333", "vinh_phuc")


def case(name: str, geodata: str) -> tuple[CoverSets, float]:
    """A problem, and the time (s) that each solver has."""
    if name == "vinh_phuc":
        return vinh_phuc(Path(geodata), 10_000), 110.0
    return discs(2_000, 12.35 if name == "discs 477" else 37.2), 28.0


def ours(sets: CoverSets, time_limit_s: float) -> dict[str, object]:
    solve(SitingProblem(discs(20, 5.0), count=2), time_limit_s=5.0)  # compiled before
    began = time.perf_counter()
    solution = solve(SitingProblem(sets, count=COUNT), time_limit_s=time_limit_s)
    return {
        "wall_s": time.perf_counter() - began,
        "served": solution.objective,
        "bound": solution.bound,
        "gap_percent": solution.gap_percent,
        "how": solution.how,
    }


def highs_alone(sets: CoverSets, time_limit_s: float) -> dict[str, object]:
    began = time.perf_counter()
    model = Model.of(SitingProblem(sets, count=COUNT))
    program, scale = program_of(model)
    proof = run_highs(program, None, time_limit_s)
    chosen = np.flatnonzero(proof.columns[: len(model)] > 0.5)
    served = np.zeros(len(sets.people), dtype=bool)
    for s in model.candidate[chosen]:
        served[sets.points(s)] = True
    return {
        "wall_s": time.perf_counter() - began,
        "served": float(sets.people[served].sum()),
        "bound": scale * proof.bound,
        "how": proof.status,
    }


def spopt_highs(sets: CoverSets, time_limit_s: float) -> dict[str, object]:
    import pulp
    from spopt.locate import MCLP

    began = time.perf_counter()
    cost = np.ones((len(sets.people), len(sets)), dtype=np.float32)
    for s in range(len(sets)):
        cost[sets.points(s), s] = 0.0
    model = MCLP.from_cost_matrix(cost, sets.people, service_radius=0.5, p_facilities=COUNT)
    built_s = time.perf_counter() - began
    model.solve(pulp.HiGHS(msg=False, timeLimit=time_limit_s), results=False)
    chosen = [s for s, x in enumerate(model.fac_vars) if (x.value() or 0.0) > 0.5]
    served = np.zeros(len(sets.people), dtype=bool)
    for s in chosen:
        served[sets.points(s)] = True
    return {
        "wall_s": time.perf_counter() - began,
        "served": float(sets.people[served].sum()),
        "how": f"built in {built_s:.0f} s",
    }


SOLVERS: dict[str, Callable[[CoverSets, float], dict[str, object]]] = {
    "phusong": ours,
    "HiGHS alone": highs_alone,
    "spopt + HiGHS": spopt_highs,
}


def _one(name: str, part: str, geodata: str, answers: "multiprocessing.Queue[object]") -> None:
    sets, time_limit_s = case(part, geodata)
    made_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put("made")
    row = SOLVERS[name](sets, time_limit_s)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.put(row | {"peak_mib": peak_mib, "instance_mib": made_mib})


def measure(name: str, part: str, geodata: str) -> dict[str, object]:
    """One solver on one problem; its time counts from when the problem is made."""
    limit_s = 110.0 if part == "vinh_phuc" else 28.0
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_one, args=(name, part, geodata, answers))
    process.start()
    row: dict[str, object] = {"how": f"nothing within {2 * limit_s + 10:.0f} s: ended"}
    try:
        answers.get(timeout=600.0)
        row = answers.get(timeout=2 * limit_s + 10.0)
    except Empty:
        if not process.is_alive():
            row = {"how": f"died, exit code {process.exitcode}"}
    process.kill()
    process.join()
    return {"solver": name, "problem": part} | row


def main(geodata: str, parts: list[str]) -> None:
    rows = []
    for part in parts:
        for name in SOLVERS:
            if name.startswith("spopt") and importlib.util.find_spec("spopt") is None:
                continue
            rows.append(measure(name, part, geodata))
            ours_served = next(r.get("served") for r in rows if r["problem"] == part)
            if rows[-1].get("served") is not None and ours_served:
                rows[-1]["of_ours"] = float(rows[-1]["served"]) / float(ours_served)
            print(json.dumps(rows[-1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:] or list(PARTS))
