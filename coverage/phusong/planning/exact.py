"""The exact solver: a model as an integer program, and HiGHS at work on it.

A model of coverage has a whole column for every set and one from 0 to 1 for every point, which is
whole by itself where the point needs one set. The rows say that a point counts no more than its
sets allow (Church and ReVelle, 1974, Papers Reg. Sci. 32, 101), and hold the rules.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from phusong.planning.model import Model
from phusong.planning.rule_rows import rule_rows

__all__ = ["Program", "Proof", "program_of", "run_highs"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

WORKER = Path(__file__).with_name("highs_worker.py")
GRACE_S = 2.0  # that HiGHS has beyond its own time limit before its process is ended
LONGEST_SIMPLEX = 50_000  # entries, beyond which the first linear program goes to interior points


@dataclass(frozen=True, eq=False)
class Program:
    """Least ``cost @ x``, ``row_least <= matrix @ x <= row_most``, ``0 <= x <= most``."""

    cost: Floats
    most: Floats
    whole: Bools
    matrix: sparse.csr_array
    row_least: Floats
    row_most: Floats


@dataclass(frozen=True, eq=False)
class Proof:
    """What HiGHS found out.

    Attributes
    ----------
    columns : float64
        Its best solution; empty where it has none.
    bound
        What the cost of no solution undercuts; minus infinity where it does not know.
    status
        How it ended, in HiGHS's words, or "ended by the watchdog".
    """

    columns: Floats
    bound: float
    status: str

    @property
    def is_optimal(self) -> bool:
        """Whether it proved its solution to be the best."""
        return self.status == "Optimal"

    @property
    def is_infeasible(self) -> bool:
        """Whether it proved that there is no solution."""
        return self.status == "Infeasible"


def program_of(model: Model) -> tuple[Program, float]:
    """The model as a program, and what its cost is to be multiplied by for the model's value."""
    demand, rules = model.demand, model.rules
    sets, points = len(model), len(demand.weight)
    in_set = np.repeat(np.arange(sets), np.diff(demand.start))
    needed = demand.needed.astype(float)
    covers = sparse.csr_array(
        (np.ones(len(demand.member)), (demand.member, in_set)), shape=(points, sets)
    )
    parts = [sparse.hstack([covers, -sparse.diags_array(needed)])]
    least, most = [np.zeros(points)], [np.full(points, np.inf)]
    rows = rule_rows(model)
    parts.append(_on_sets(rows.amount, rows.row, rows.set, len(rows.right), sets, points))
    least.append(np.full(len(rows.right), -np.inf))
    most.append(rows.right)
    parts.append(sparse.csr_array(np.concatenate([np.ones(sets), np.zeros(points)])[None, :]))
    least.append(np.array([-np.inf]))
    most.append(np.array([float(rules.sites)]))
    asked = np.flatnonzero(rules.target_least > 0)
    parts.append(_target_rows(model)[asked])
    least.append(np.ones(len(asked)))
    most.append(np.full(len(asked), np.inf))
    worth = np.concatenate([rules.cost, np.zeros(points)])
    if model.counts_served:
        worth = np.concatenate([np.zeros(sets), -demand.weight])
    scale = max(float(np.abs(worth).max(initial=0.0)), 1e-300)
    whole = np.concatenate([np.ones(sets, bool), demand.needed > 1])
    program = Program(
        worth / scale,
        np.ones(sets + points),
        whole,
        sparse.csr_array(sparse.vstack(parts)),
        np.concatenate(least),
        np.concatenate(most),
    )
    return program, -scale


def _on_sets(
    amount: Floats,
    row: npt.NDArray[np.int32],
    column: npt.NDArray[np.int32],
    rows: int,
    sets: int,
    points: int,
) -> sparse.csr_array:
    return sparse.csr_array((amount, (row, column)), shape=(rows, sets + points))


def _target_rows(model: Model) -> sparse.csr_array:
    """Share of what each target asks for, by point; a target asks for 1."""
    demand, rules = model.demand, model.rules
    sets, points = len(model), len(demand.weight)
    point = np.repeat(np.arange(points), np.diff(demand.target_start))
    share = demand.weight[point] / rules.target_least[demand.target]
    return sparse.csr_array(
        (share, (demand.target, sets + point)), shape=(len(rules.target_least), sets + points)
    )


def run_highs(program: Program, start: Floats | None, time_limit_s: float) -> Proof:
    """Let HiGHS solve a program in a process of its own, which is ended when time is up."""
    with tempfile.TemporaryDirectory(prefix="phusong-") as name:
        folder = Path(name)
        matrix = program.matrix
        np.savez(
            folder / "model.npz",
            cost=program.cost,
            most=program.most,
            whole=program.whole,
            row_start=matrix.indptr.astype(np.int32),
            column=matrix.indices.astype(np.int32),
            amount=matrix.data,
            row_least=program.row_least,
            row_most=program.row_most,
            start=np.empty(0) if start is None else start,
            time_limit_s=time_limit_s,
            lp_solver="ipm" if matrix.nnz > LONGEST_SIMPLEX else "choose",
        )
        ended = _watched([sys.executable, str(WORKER), name], time_limit_s + GRACE_S)
        if not (folder / "found.npz").exists():
            return Proof(np.empty(0), -np.inf, ended)
        with np.load(folder / "found.npz") as found:
            status = str(found["status"])
            return Proof(
                found["solution"], float(found["bound"]), ended if status == "running" else status
            )


def _watched(command: list[str], most_s: float) -> str:
    """Run a command, and end it when its time is up; say how it ended."""
    until = time.monotonic() + most_s
    process = subprocess.Popen(  # noqa: S603 - this interpreter, on a file of this package
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _, errors = process.communicate(timeout=max(until - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired:
        return "ended by the watchdog"
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        return f"failed: {errors.decode(errors='replace').strip().splitlines()[-1:]}"
    return "ended"
