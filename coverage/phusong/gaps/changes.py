"""What was won and lost between two runs, per commune."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from phusong.errors import InputError
from phusong.gaps.places import commune_amounts
from phusong.gaps.state import is_served

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.geodata.scene import Scene

__all__ = ["compare_runs"]

_SAME_LOAD = 1e-9


def compare_runs(earlier: "Gaps", later: "Gaps") -> pd.DataFrame:
    """Tell where service was won and lost, for what both runs have.

    Parameters
    ----------
    earlier, later
        From `phusong.find_gaps`, on one grid and with one set of communes. People and villages are
        the later run's, so that what changed is service and not the census. States are
        compared, which no `phusong.Uncertainty` alters: the runs may have been given two.

    Returns
    -------
    DataFrame
        A row per commune, technology and operator that both have: code, name, technology,
        operator, and area (km2), people and villages "before" and "after" with basic service or
        better, "won" (after, not before) and "lost" (before, not after).

    Raises
    ------
    InputError
        The runs differ in grid or communes, were judged by different profiles, loads or rules of
        villages, or with different operators' 5G for non-standalone.
    """
    problems = _problems(earlier, later)
    if problems:
        raise InputError("compare_runs", problems)
    rows = []
    for technology in _both(earlier, later, "technology"):
        for operator in _both(earlier, later, "operator"):
            names = {"technology": technology, "operator": operator}
            before, after = (
                is_served(gaps.state.sel(names).to_numpy()) for gaps in (earlier, later)
            )
            masks = {
                "before": before,
                "after": after,
                "won": after & ~before,
                "lost": before & ~after,
            }
            amounts = commune_amounts(later.coverage.scene, masks)
            amounts.insert(2, "technology", technology)
            amounts.insert(3, "operator", operator)
            rows.append(amounts)
    return pd.concat(rows, ignore_index=True)


def _both(earlier: "Gaps", later: "Gaps", axis: str) -> list[str]:
    there = set(earlier.state[axis].to_numpy().tolist())
    return [name for name in later.state[axis].to_numpy().tolist() if name in there]


def _same_communes(one: "Scene", other: "Scene") -> bool:
    codes = [scene.communes.sort_values("label")["code"].tolist() for scene in (one, other)]
    labels = one.commune_labels.to_numpy(), other.commune_labels.to_numpy()
    return codes[0] == codes[1] and np.array_equal(*labels)


def _loads_differ(earlier: "Gaps", later: "Gaps") -> bool:
    """Whether each run has one load for all cells, another one; loads by traffic may differ."""
    if earlier.quality is None or later.quality is None:
        return False
    one, other = (quality.loads["load"].unique() for quality in (earlier.quality, later.quality))
    return one.size == other.size == 1 and abs(one[0] - other[0]) > _SAME_LOAD


def _problems(earlier: "Gaps", later: "Gaps") -> list[str]:
    problems = []
    scenes = earlier.coverage.scene, later.coverage.scene
    if scenes[0].grid != scenes[1].grid:
        problems.append("the runs lie on different grids: open both scenes with one resolution_m")
    elif not _same_communes(*scenes):
        problems.append("the runs have different communes: judge both by one file of communes")
    if earlier.profile != later.profile:
        names = f"{earlier.profile.name!r} and {later.profile.name!r}"
        problems.append(f"they were judged by different profiles, {names}: judge both by one")
    if _loads_differ(earlier, later):
        problems.append("they are for different loads: judge both at one")
    if earlier.village_rule != later.village_rule:
        problems.append("their villages were judged by different rules: give both one village_rule")
    operators = set(_both(earlier, later, "operator"))
    if operators & set(earlier.nsa) != operators & set(later.nsa):
        problems.append("5G is non-standalone in one of them only: give both the same nsa")
    problems += [
        f"no {axis} is in both runs"
        for axis in ("technology", "operator")
        if not _both(earlier, later, axis)
    ]
    return problems
