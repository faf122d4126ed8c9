"""Minimum spacing of masts by class, height and zone."""

import math
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from phusong.errors import InputError
from phusong.planning.rule_tables import checked, numbers_of, read_rules, words_of
from phusong.planning.structures import CLASSES

__all__ = ["near_masts", "read_spacing", "required_spacing_m", "spacing_conflicts"]

Floats = npt.NDArray[np.float64]

_ZONES: Final = ("urban", "rural")
_NUMBERS: Final = ("mast_up_to_m", "urban_m", "rural_m")


def read_spacing(table: str | Path | None = None) -> pd.DataFrame:
    """Read how far apart masts must stand.

    Parameters
    ----------
    table
        CSV file with the columns ``structure_class`` (A1, A2a, A2b), ``mast_up_to_m`` (height of
        the mast itself, without the roof; empty for any), ``urban_m``, ``rural_m`` and ``source``;
        None for the package's own, which has one province's figures. Of a class's rows the lowest
        that is high enough holds; each class needs one without a height.

    Raises
    ------
    InputError
        For a file that is no such table, with every row, column and value that is wrong.
    """
    text = read_rules(table, "spacing", ("structure_class", *_NUMBERS))
    problems: list[str] = []
    rules = pd.DataFrame({"structure_class": words_of(text, "structure_class", CLASSES, problems)})
    rules["mast_up_to_m"] = numbers_of(text, "mast_up_to_m", problems, empty=math.inf)
    for name in ("urban_m", "rural_m"):
        rules[name] = numbers_of(text, name, problems)
    for known in CLASSES.values():
        if not np.isinf(rules.loc[rules["structure_class"] == known, "mast_up_to_m"]).any():
            problems.append(f"{known} has no row without a mast_up_to_m: give one")
    checked(str(table or "spacing.csv"), problems)
    return rules.sort_values("mast_up_to_m", kind="stable").reset_index(drop=True)


def required_spacing_m(places: pd.DataFrame, table: pd.DataFrame | None = None) -> Floats:
    """How far every place must be from other masts, m.

    ``places`` have ``structure_class``, ``mast_height_m`` and ``zone``; ``table`` is from
    `read_spacing`.
    """
    table = read_spacing() if table is None else table
    required = np.full(len(places), np.nan)
    for rule in table.iloc[::-1].to_dict("records"):
        fits = places["structure_class"].eq(rule["structure_class"]).to_numpy()
        fits = fits & (places["mast_height_m"].to_numpy() <= rule["mast_up_to_m"])
        for zone in _ZONES:
            required[fits & places["zone"].eq(zone).to_numpy()] = rule[f"{zone}_m"]
    if np.isnan(required).any():
        at = places.index[np.isnan(required)].tolist()[:10]
        raise InputError("spacing", [f"rows {at}: no rule for their class, mast height and zone"])
    return required


def spacing_conflicts(
    candidates: pd.DataFrame, table: pd.DataFrame | None = None
) -> npt.NDArray[np.int32]:
    """Pairs of candidates that would stand too near to each other, of which one at least is new.

    Where two rules meet, the wider spacing holds. Two masts that stand already, with an ``owner``
    to lease from, are no pair.

    Parameters
    ----------
    candidates
        x, y (m), owner (empty for a new position), structure_class, mast_height_m, zone.
    table
        From `read_spacing`; its default where none is given.

    Returns
    -------
    ndarray
        int32 (pairs, 2), positions in ``candidates``, the lower first, in order.
    """
    if candidates.empty:
        return np.empty((0, 2), dtype=np.int32)
    required = required_spacing_m(candidates, table)
    xy = candidates[["x", "y"]].to_numpy(dtype=float)
    pairs = cKDTree(xy).query_pairs(required.max(), output_type="ndarray")
    away = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    is_new = candidates["owner"].eq("").to_numpy()
    wrong = (away < required[pairs].max(axis=1)) & is_new[pairs].any(axis=1)
    found = np.sort(pairs[wrong], axis=1).astype(np.int32)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def near_masts(
    places: pd.DataFrame, masts: pd.DataFrame, table: pd.DataFrame | None = None
) -> npt.NDArray[np.bool_]:
    """Whether each place is too near, by its own rule, to a mast that stands already.

    ``places`` as for `spacing_conflicts`; ``masts`` have x and y.
    """
    if masts.empty or places.empty:
        return np.zeros(len(places), dtype=bool)
    tree = cKDTree(masts[["x", "y"]].to_numpy(dtype=float))
    away, _ = tree.query(places[["x", "y"]].to_numpy(dtype=float))
    too_near: npt.NDArray[np.bool_] = away < required_spacing_m(places, table)
    return too_near
