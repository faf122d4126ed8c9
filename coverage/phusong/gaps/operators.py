"""Who serves whom: by any, by all, by one operator only; and what roaming would gain."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from phusong.gaps.places import commune_amounts
from phusong.gaps.state import ANY, is_served

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps
    from phusong.geodata.scene import Scene

__all__ = ["OperatorView", "compare_operators"]


@dataclass(frozen=True, eq=False, repr=False)
class OperatorView:
    """How operators' services lie over each other, from `compare_operators`.

    Attributes
    ----------
    count
        uint8 (technology, y, x): how many operators serve a pixel; 0 outside the communes.
    communes
        A row per commune and technology: code, name, technology, operators (how many have the
        technology), and area (km2), people and villages served "by_any", "by_all", "by_one_only"
        of them, "by_some" (by two or more, but not by all) and "by_none".
    roaming
        A row per commune, technology and operator that has it: code, name, technology, operator,
        and area, people and villages it serves itself ("own") and those that others alone serve
        ("gain"), which is what national roaming or sharing would give its customers.
    """

    count: xr.DataArray
    communes: pd.DataFrame
    roaming: pd.DataFrame

    @property
    def province(self) -> pd.DataFrame:
        """Sums of `communes`, a row a technology."""
        sums = self.communes.drop(columns=["code", "name", "operators"])
        return sums.groupby("technology", sort=False).sum().reset_index()

    def __repr__(self) -> str:
        return f"Operators side by side\n{self.province.round(1).to_string(index=False)}"


def compare_operators(gaps: "Gaps") -> OperatorView:
    """Lay the operators' services over each other, technology by technology.

    An operator counts for a technology where any of its levels was computed. Service is a state of
    basic or better; what was not computed is no service of that operator's.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`.

    Returns
    -------
    OperatorView
    """
    scene = gaps.coverage.scene
    inside = scene.commune_labels.to_numpy() > 0
    nowhere = np.zeros(inside.shape, dtype=bool)
    counts, communes, roaming = [], [], [_gain(scene, "", "", nowhere, nowhere).iloc[:0]]
    for technology in gaps.state["technology"].to_numpy():
        served = _served(gaps, technology)
        count = np.zeros(inside.shape, dtype=np.uint8)
        for mask in served.values():
            count += mask
        counts.append(count)
        amounts = commune_amounts(scene, _masks(count, inside, len(served)))
        amounts.insert(2, "technology", technology)
        amounts.insert(3, "operators", len(served))
        communes.append(amounts)
        roaming += [
            _gain(scene, technology, operator, own, count > 0) for operator, own in served.items()
        ]
    layers = gaps.state.sel(operator=ANY, drop=True).copy(data=np.stack(counts))
    layers.attrs = {"long_name": "operators that serve", "units": "1"}
    return OperatorView(
        layers.rename("operators"),
        pd.concat(communes, ignore_index=True),
        pd.concat(roaming, ignore_index=True),
    )


def _served(gaps: "Gaps", technology: str) -> dict[str, NDArray[np.bool_]]:
    """Where each operator that has the technology serves."""
    layers = gaps.state.sel(technology=technology)
    levels = gaps.coverage.data["level_dbm"].sel(technology=technology)
    served = {}
    for operator in map(str, levels["operator"].to_numpy()):
        if np.isfinite(levels.sel(operator=operator).to_numpy()).any():
            codes = layers.sel(operator=operator).to_numpy()
            served[operator] = is_served(codes)
    return served


def _gain(
    scene: "Scene",
    technology: str,
    operator: str,
    own: NDArray[np.bool_],
    by_any: NDArray[np.bool_],
) -> pd.DataFrame:
    gain = commune_amounts(scene, {"own": own, "gain": by_any & ~own})
    gain.insert(2, "technology", technology)
    gain.insert(3, "operator", operator)
    return gain


def _masks(
    count: NDArray[np.uint8], inside: NDArray[np.bool_], operators: int
) -> dict[str, NDArray[np.bool_]]:
    return {
        "by_any": count > 0,
        "by_all": (count == operators) & (operators > 0),
        "by_one_only": (count == 1) & (operators > 1),
        "by_some": (count > 1) & (count < operators),
        "by_none": (count == 0) & inside,
    }
