"""What if a technology, an operator or some sites went silent: who loses their last service."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from odc.geo.xr import wrap_xr

from phusong.errors import InputError
from phusong.gaps.places import commune_amounts, villages_where
from phusong.gaps.state import ANY, STATES, is_served, map_states

if TYPE_CHECKING:
    from phusong.gaps.finding import Gaps

__all__ = ["SwitchOff", "silent_cells", "switch_off"]


@dataclass(frozen=True, eq=False, repr=False)
class SwitchOff:
    """Who loses their last service, from `switch_off`.

    Attributes
    ----------
    lost
        bool (y, x): served by some operator and technology before, by none after.
    communes
        A row per commune: code, name, and area (km2), people and villages "served" before and
        "lost" after.
    villages
        Those that lose their last service: code, name, people, grid_power, geometry.
    cells
        The cells that went silent.
    """

    lost: xr.DataArray
    communes: pd.DataFrame
    villages: gpd.GeoDataFrame
    cells: pd.DataFrame

    @property
    def province(self) -> "pd.Series[float]":
        """The sums of `communes`."""
        return self.communes.drop(columns=["code", "name"]).sum()

    def __repr__(self) -> str:
        total = self.province
        return (
            f"Without {len(self.cells):,} cells {total['lost_people']:,.0f} of "
            f"{total['served_people']:,.0f} served people lose their last service, on "
            f"{total['lost_area_km2']:,.1f} km2"
        )


def switch_off(
    gaps: "Gaps",
    *,
    technology: str | None = None,
    operator: str | None = None,
    sites: Sequence[str] | None = None,
    store: Path | str | None = None,
    progress: bool = True,
) -> SwitchOff:
    """Tell which people and villages lose their last service when some cells go silent.

    Service is basic or better, of any operator and technology that the coverage has; handsets are
    taken to roam. Without ``sites`` whole layers go and nothing is computed again; with them, the
    coverage is updated to what remains.

    Parameters
    ----------
    gaps
        From `phusong.find_gaps`.
    technology, operator
        Cells of that technology, of that operator, or of both where both are given.
    sites
        Names (``site_id``) of the sites that go silent, as in a storm; of those, the cells of
        ``technology`` and ``operator`` where given.
    store
        Path-loss store of the coverage: then no path loss is computed again.
    progress
        Show a progress bar while predicting.

    Returns
    -------
    SwitchOff

    Raises
    ------
    InputError
        Nothing to switch off, names that the network lacks.
    """
    cells = gaps.coverage.network.cells
    off = silent_cells(cells, technology=technology, operator=operator, sites=sites)
    before = _served(gaps.state)
    if sites is None:
        after = _served_without(gaps, technology, operator)
    else:
        after = _served_by(gaps, cells[~off], store, progress=progress)
    scene = gaps.coverage.scene
    lost = before & ~after
    villages = gpd.GeoDataFrame(
        columns=["code", "name", "people", "grid_power"], geometry=[], crs=scene.communes.crs
    )
    if scene.villages is not None:
        villages = scene.villages[villages_where(scene, lost)].reset_index(drop=True)
    return SwitchOff(
        lost=wrap_xr(lost, scene.grid).rename("lost"),
        communes=commune_amounts(scene, {"served": before, "lost": lost}),
        villages=villages,
        cells=cells[off].reset_index(drop=True),
    )


def silent_cells(
    cells: pd.DataFrame,
    *,
    technology: str | None = None,
    operator: str | None = None,
    sites: Sequence[str] | None = None,
) -> NDArray[np.bool_]:
    """Which cells go silent in `switch_off`, bool (cell,); its InputError where none does."""
    asked = {
        "technology": None if technology is None else [technology],
        "operator": None if operator is None else [operator],
        "site_id": None if sites is None else [sites] if isinstance(sites, str) else list(sites),
    }
    given = {name: values for name, values in asked.items() if values is not None}
    strange = [
        f"{name} is {value!r}: give one name, as text"
        for name, value in (("technology", technology), ("operator", operator))
        if not (value is None or isinstance(value, str))
    ]
    if strange:
        raise InputError("switch_off", strange)
    problems = [
        f"no {name} {value!r} in the network{_there(cells, name)}"
        for name, values in given.items()
        for value in values
        if value not in set(cells[name])
    ]
    off = np.ones(len(cells), dtype=bool)
    for name, values in given.items():
        off &= cells[name].isin(values).to_numpy()
    if not given:
        problems.append("nothing goes silent: give technology, operator or sites")
    elif not given.get("site_id", ["named"]):
        problems.append("sites is an empty list: name the sites, or leave it out")
    elif not problems and not off.any():
        problems.append("no cell has all of what was given together")
    if problems:
        raise InputError("switch_off", problems)
    return off


def _there(cells: pd.DataFrame, name: str) -> str:
    """What there is of a column; sites are too many to be told."""
    return "" if name == "site_id" else f"; there are: {', '.join(sorted(set(cells[name])))}"


def _served(state: xr.DataArray) -> NDArray[np.bool_]:
    """Where any operator and technology serves, (y, x)."""
    return np.asarray(is_served(state.to_numpy()).any(axis=(0, 1)))


def _served_without(
    gaps: "Gaps", technology: str | None, operator: str | None
) -> NDArray[np.bool_]:
    state = gaps.state
    each = state.sel(operator=[name for name in state["operator"].to_numpy() if name != ANY])
    silent = np.ones(each.shape[:2], dtype=bool)
    if technology is not None:
        silent &= (each["technology"] == technology).to_numpy()[None, :]
    if operator is not None:
        silent &= (each["operator"] == operator).to_numpy()[:, None]
    # Without its anchor a non-standalone 5G is silent too.
    anchored = each["operator"].isin(list(gaps.nsa)).to_numpy()
    silent |= (silent & (each["technology"] == "4G").to_numpy()[None, :]).any(
        axis=1, keepdims=True
    ) & (anchored[:, None] & (each["technology"] == "5G").to_numpy()[None, :])
    return _served(each.where(~xr.DataArray(silent, dims=each.dims[:2]), STATES["none"]))


def _served_by(
    gaps: "Gaps", cells: pd.DataFrame, store: Path | str | None, *, progress: bool
) -> NDArray[np.bool_]:
    """Where the cells that are left serve."""
    coverage = gaps.coverage
    if cells.empty:
        return np.zeros(coverage.scene.grid.shape, dtype=bool)
    whole = coverage.network
    left = replace(whole, cells=cells.reset_index(drop=True))
    updated = coverage.update(left, store=store, progress=progress)
    return _served(map_states(gaps.yardstick.after(updated, store, progress=progress)))
