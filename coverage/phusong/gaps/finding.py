"""The search for gaps, and what it finds."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from phusong._explore import Explorable
from phusong.errors import InputError
from phusong.gaps.answers import map_answers, map_chances
from phusong.gaps.communes import summarise_communes
from phusong.gaps.dead_spots import find_dead_spots
from phusong.gaps.state import ANY, STATE_COLOURS, STATES, map_states
from phusong.gaps.tally import Judged
from phusong.gaps.uncertainty import Uncertainty
from phusong.gaps.village_rules import CENTRE, VillageRule
from phusong.gaps.villages import judge_villages, village_table
from phusong.gaps.yardstick import Yardstick
from phusong.radio.service import ServiceProfile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from phusong.geodata.scene import Scene
    from phusong.prediction.coverage import Coverage
    from phusong.prediction.quality import Quality

__all__ = ["Gaps", "find_gaps"]


@dataclass(frozen=True, eq=False, repr=False)
class Gaps(Explorable):
    """Where service is missing, from `find_gaps`.

    Parameters
    ----------
    state
        uint8 (operator, technology, y, x), codes of `STATES`; the last operator is "any".
    chance
        float32, as `state`: chance that each pixel is served, see `phusong.gaps.answers`.
    answer
        uint8, as `state`: codes of `ANSWERS`, whether it is served, not served or cannot be said.
    communes
        A row per commune, technology and operator: percent of area, people, villages, road and
        facilities in each state, and more (see `phusong.gaps.communes`).
    province
        The same for all communes together.
    dead_spots
        Polygons of connected areas without service, most people first.
    dropped
        Per technology and operator: spots below `min_area_km2`, their area and people.
    villages
        State of each village per technology and operator; empty without villages. Its ``kind`` says
        where settlements stand in for villages that were not given.
    profile
        Thresholds and probability by which the states were told.
    coverage
        What was judged.
    min_area_km2
        Least area of a dead spot (km2).
    uncertainty
        What was assumed of the errors.
    village_rule
        By which villages have their state.
    old_communes
        As `communes`, of the communes before the merger; None where the scene has none.
    quality
        What thresholds of quality were held against; None where the profile has none.
    nsa
        Operators whose 5G was taken for non-standalone.
    """

    state: xr.DataArray
    chance: xr.DataArray
    answer: xr.DataArray
    communes: gpd.GeoDataFrame
    province: pd.DataFrame
    dead_spots: gpd.GeoDataFrame
    dropped: pd.DataFrame
    villages: gpd.GeoDataFrame
    profile: ServiceProfile
    coverage: "Coverage"
    min_area_km2: float
    uncertainty: Uncertainty
    village_rule: VillageRule = field(default_factory=lambda: VillageRule.named(CENTRE))
    old_communes: gpd.GeoDataFrame | None = None
    quality: "Quality | None" = None
    nsa: tuple[str, ...] = ()

    @property
    def yardstick(self) -> Yardstick:
        """What the coverage was measured by."""
        return Yardstick(self.coverage, self.profile, self.quality, self.nsa)

    def again(
        self,
        coverage: "Coverage",
        *,
        store: Path | str | None = None,
        causes: bool = False,
        progress: bool = True,
    ) -> "Gaps":
        """The gaps of another coverage, such as an earlier one, measured as these were.

        Parameters
        ----------
        coverage
            With these cells where their loads differ.
        store, progress
            As of `Coverage.quality`, which is made where the profile asks for it.
        causes
            As of `find_gaps`.
        """
        by = self.yardstick.after(coverage, store, progress=progress)
        return find_gaps(
            coverage,
            by.profile,
            quality=by.quality,
            nsa=[operator for operator in by.nsa if operator in by.operators],
            min_area_km2=self.min_area_km2,
            uncertainty=self.uncertainty,
            village_rule=self.village_rule,
            causes=causes,
        )

    def served_percent(
        self, technology: str, operator: str = ANY, *, of: Literal["people", "area"] = "people"
    ) -> float:
        """Percent of the province's people or area with basic service or better."""
        self.require(technology, operator)
        table = self.province
        row = (table["technology"] == technology) & (table["operator"] == operator)
        return float(table.loc[row, f"served_{of}_pct"].iloc[0])

    def plot(self, technology: str, operator: str = ANY, *, ax: "Axes | None" = None) -> "Axes":
        """Draw the map of states of one technology and operator; returns the axes."""
        import matplotlib.pyplot as plt
        from matplotlib.colors import BoundaryNorm, ListedColormap
        from matplotlib.patches import Patch

        self.require(technology, operator)
        axes = plt.subplots()[1] if ax is None else ax
        layer = self.state.sel(technology=technology, operator=operator)
        colours = ListedColormap([STATE_COLOURS[name] for name in STATES])
        edges = [-0.5, *(code + 0.5 for code in STATES.values())]
        norm = BoundaryNorm(edges, colours.N)
        layer.plot.imshow(ax=axes, cmap=colours, norm=norm, add_colorbar=False)
        shown = [name for name in STATES if name != "outside"]
        patches = [Patch(facecolor=STATE_COLOURS[name], label=name) for name in shown]
        axes.legend(handles=patches, fontsize="small")
        axes.set(aspect="equal", title=f"{technology}, {operator}")
        return axes

    def require(self, technology: str, operator: str) -> None:
        """InputError, naming what there is, unless both are in the result."""
        asked = {"technology": technology, "operator": operator}
        problems = [
            f"no {axis} {name!r}; there are: {', '.join(self.state[axis].to_numpy())}"
            for axis, name in asked.items()
            if name not in self.state[axis].to_numpy()
        ]
        if problems:
            raise InputError("gaps", problems)

    def _summary(self) -> pd.DataFrame:
        keys = ["technology", "operator"]
        served = self.province.set_index(keys)[["served_people_pct", "served_area_pct"]]
        spots = self.dead_spots.groupby(keys).agg(
            dead_spots=("id", "size"), people_in_dead_spots=("people", "sum")
        )
        summary = served.join(spots).round(1)
        return summary.fillna({"dead_spots": 0, "people_in_dead_spots": 0.0}).astype(
            {"dead_spots": int}
        )

    def _heading(self) -> str:
        rows, columns = self.state.sizes["y"], self.state.sizes["x"]
        return (
            f"Gaps by {self.profile.name} ({_conditions(self.yardstick)}): {rows} x {columns} "
            f"pixels, {len(self.dead_spots)} dead spots of {self.min_area_km2} km2 or more, "
            f"{int(self.dropped['spots'].sum())} smaller"
        )

    def __repr__(self) -> str:
        return f"{self._heading()}\n{self._summary().to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._heading())}</p>{self._summary().to_html(escape=True)}"


def find_gaps(
    coverage: "Coverage",
    service: str | os.PathLike[str] | ServiceProfile = "vn_default",
    *,
    quality: "Quality | None" = None,
    nsa: Iterable[str] | None = None,
    min_area_km2: float = 0.05,
    uncertainty: Uncertainty | None = None,
    causes: bool = True,
    village_rule: str | os.PathLike[str] | VillageRule = CENTRE,
) -> Gaps:
    """Find where a coverage falls short of a service profile.

    Parameters
    ----------
    coverage
        Levels per operator and technology, from `predict`.
    service
        A profile, the name of one that comes with phusong, or the path of a ``.toml`` or
        ``.csv`` file.
    quality
        From ``coverage.quality``, or kept with `Quality.save`: needed where the profile asks for
        more than levels, and then of the profile's place and load.
    nsa
        Operators whose 5G is non-standalone: it counts only where their 4G serves. That of
        ``quality`` where not given.
    min_area_km2
        Dead spots below this area (km2) are left out and counted in `Gaps.dropped`.
    uncertainty
        What is assumed of the errors of model and terrain; the default is for models that no
        measurement has tuned.
    causes
        Tell the dominant cause of each dead spot, which takes a few links each; False leaves the
        column empty, and is quicker where a coverage is judged by many profiles.
    village_rule
        How a village's state is told from those of its pixels: "centre", "half_of_pixels",
        "most_of_pixels", a `VillageRule`, or the path of a ``.toml`` file of one.

    Returns
    -------
    Gaps
        States, commune and province tables, dead spots and villages.

    Raises
    ------
    InputError
        A profile or rule that is not known or does not fit the coverage, a quality that is
        lacking or does not fit, an unusable area, or people that are not numbers from 0.
    """
    if not (math.isfinite(min_area_km2) and min_area_km2 >= 0.0):
        raise InputError("min_area_km2", [f"is {min_area_km2}: write zero or more km2"])
    assumed = uncertainty or Uncertainty()
    by = Yardstick.of(coverage, ServiceProfile.of(service), quality, nsa)
    scene = coverage.scene
    _check_people(scene)
    state = map_states(by)
    chance = map_chances(by, assumed)
    answer = map_answers(chance, scene.commune_labels.to_numpy() > 0, assumed.confidence)
    rule = VillageRule.of(village_rule)
    villages = judge_villages(state, answer, chance, scene, rule)
    cards = summarise_communes(Judged(state, answer, chance, villages, assumed), scene)
    spots, dropped = find_dead_spots(state, answer, by, min_area_km2=min_area_km2, causes=causes)
    return Gaps(
        state=state,
        chance=chance,
        answer=answer,
        communes=cards.communes,
        province=cards.province,
        dead_spots=spots,
        dropped=dropped,
        villages=village_table(villages, scene, rule, state),
        profile=by.profile,
        coverage=coverage,
        min_area_km2=min_area_km2,
        uncertainty=assumed,
        village_rule=rule,
        old_communes=cards.old_communes,
        quality=by.quality,
        nsa=by.nsa,
    )


def _check_people(scene: "Scene") -> None:
    people = scene.people.to_numpy()
    wrong = ~(np.isfinite(people) & (people >= 0.0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        problem = (
            f"{wrong.sum()} pixel(s) have no number of people from 0, the first in row {row}, "
            f"column {column} ({people[row, column]}): write 0 where nobody lives"
        )
        raise InputError("scene.people", [problem])


def _conditions(by: Yardstick) -> str:
    load = f", load {by.load:.0%}" if isinstance(by.load, float) else ""
    load = f", load {by.load}" if isinstance(by.load, str) else load
    place = "" if by.profile.place == "outdoor" else f", {by.profile.place}"
    return f"probability {by.profile.probability:.0%}{load}{place}"
