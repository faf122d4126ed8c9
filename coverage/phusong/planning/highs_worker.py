"""A process of its own that runs HiGHS, so that it can be ended whatever it is doing.

HiGHS looks at its clock between steps, and a step may take minutes (the first linear program of a
large model); a thread in it cannot be stopped. This file is run by its path, with a folder as its
argument, and imports nothing of the package. It reads ``model.npz``, and replaces ``found.npz``
whenever a better solution or bound is known, so that what it found outlives it.
"""

import sys
from pathlib import Path
from typing import Any

import highspy
import numpy as np


def main(folder: Path) -> None:
    """Solve the model of a folder."""
    model = dict(np.load(folder / "model.npz"))
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in _options(model).items():
        solver.setOptionValue(name, value)
    solver.passModel(_linear_program(model))
    if len(model["start"]):
        solution = highspy.HighsSolution()
        solution.col_value = model["start"]
        solver.setSolution(solution)
    found = _Found(folder, len(model["cost"]))
    solver.cbMipImprovingSolution += found.better
    solver.cbMipLogging += found.bounded
    solver.run()
    found.end(solver)


def _options(model: dict[str, np.ndarray]) -> dict[str, bool | float | str]:
    return {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 1,
        "time_limit": float(model["time_limit_s"]),
        "mip_lp_solver": str(model["lp_solver"]),
        "mip_rel_gap": 1e-9,
        "mip_abs_gap": 1e-9,
        "mip_min_logging_interval": 1.0,
    }


def _linear_program(model: dict[str, np.ndarray]) -> highspy.HighsLp:
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(model["cost"]), len(model["row_least"])
    program.col_cost_ = model["cost"]
    program.col_lower_, program.col_upper_ = np.zeros(program.num_col_), model["most"]
    program.row_lower_, program.row_upper_ = model["row_least"], model["row_most"]
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = model["row_start"]
    program.a_matrix_.index_ = model["column"]
    program.a_matrix_.value_ = model["amount"]
    kinds = [highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger]
    program.integrality_ = [kinds[whole] for whole in model["whole"].astype(int)]
    return program


class _Found:
    """What is known so far, on disk."""

    def __init__(self, folder: Path, columns: int) -> None:
        self._path = folder / "found.npz"
        self._known: dict[str, Any] = {
            "solution": np.empty(0),
            "value": np.inf,
            "bound": -np.inf,
            "status": "running",
            "columns": columns,
        }

    def better(self, event: Any) -> None:
        """A better solution."""
        out = event.data_out
        self._known["solution"] = np.array(out.mip_solution)
        self._known["value"] = out.objective_function_value
        self._note(out.mip_dual_bound)

    def bounded(self, event: Any) -> None:
        """Another line of the log, and with it the bound."""
        self._note(event.data_out.mip_dual_bound)

    def end(self, solver: highspy.Highs) -> None:
        """The end of the run, and why."""
        info = solver.getInfo()
        self._known["status"] = solver.modelStatusToString(solver.getModelStatus())
        values = np.array(solver.getSolution().col_value)
        if info.primal_solution_status == 2 and len(values):
            self._known["solution"], self._known["value"] = values, info.objective_function_value
        self._note(info.mip_dual_bound)

    def _note(self, bound: float) -> None:
        if np.isfinite(bound):
            self._known["bound"] = max(self._known["bound"], bound)
        half_written = self._path.with_name("half.npz")
        np.savez(half_written, **self._known)
        half_written.replace(self._path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
