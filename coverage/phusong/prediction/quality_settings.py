"""What service quality depends on besides the levels."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phusong.errors import InputError
from phusong.geodata.stations import Network
from phusong.radio.places import place_source, places
from phusong.radio.technology import technologies

__all__ = ["Load", "QualitySettings", "load_words", "loads_of"]

Load = float | str | Mapping[tuple[str, str], float]
"""One load, the column of the cells' loads, or the load of each (operator, cell_id)."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
MOST_NAMED = 5


class QualitySettings(BaseModel):
    """Every parameter of `Coverage.quality` but the load, with its unit, default and range.

    Attributes
    ----------
    place
        Where the handset is: "outdoor", "vehicle", "vehicle_metallised", "indoor" (traditional
        building) or "indoor_efficient" (thermally efficient building). Its entry loss is taken off
        every level, and off the uplink; `phusong.radio.places` has the sources.
    entry_percent
        Probability that the entry loss is not exceeded; 50 is its median.
    power_class
        3GPP power class of the handset by technology; else the usual one of
        ``radio/tables/handsets.csv``.
    layers
        Most downlink layers by technology; else those of ``radio/tables/throughput.csv``.
    aggregation_efficiency
        0: a handset uses its server's carrier alone. Above 0: to its downlink throughput is added
        this part of what the strongest cell of each other carrier of the same operator and
        technology would give.
    tdd_downlink_share, tdd_uplink_share
        Share of the time of TDD carriers; else those of ``radio/tables/throughput.csv``.
    uplink_interference_db
        Rise of the noise at the base station by other cells' handsets.
    nsa
        Operators whose 5G is non-standalone: where their 4G is not served, their 5G has no
        throughput and no server above the threshold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str = "outdoor"
    entry_percent: Annotated[float, Field(gt=0.0, lt=100.0)] = 50.0
    power_class: dict[str, str] = Field(default_factory=dict)
    layers: dict[str, Annotated[int, Field(ge=1, le=4)]] = Field(default_factory=dict)
    aggregation_efficiency: Share = 0.0
    tdd_downlink_share: Share | None = None
    tdd_uplink_share: Share | None = None
    uplink_interference_db: Annotated[float, Field(ge=0.0, le=30.0)] = 0.0
    nsa: tuple[str, ...] = ()

    @classmethod
    def of(cls, network: Network, **values: Any) -> "QualitySettings":
        """Settings from keywords; InputError listing every one that a network cannot use."""
        try:
            settings = cls(**values)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}"
                for e in error.errors()
            ]
            raise InputError("quality settings", problems) from error
        problems = _unknown(settings) + _without_anchor(settings, network)
        if problems:
            raise InputError("quality settings", problems)
        return settings

    @property
    def place_source(self) -> str:
        """Where the entry loss comes from."""
        return place_source(self.place)


def _unknown(settings: QualitySettings) -> list[str]:
    problems = []
    if settings.place not in places():
        problems.append(f"place = {settings.place!r}: give one of {', '.join(places())}")
    for field in ("power_class", "layers"):
        problems += [
            f"{field}.{name}: give one of {', '.join(technologies())}"
            for name in getattr(settings, field)
            if name not in technologies()
        ]
    return problems


def _without_anchor(settings: QualitySettings, network: Network) -> list[str]:
    has_4g = set(network.cells.loc[network.cells["technology"] == "4G", "operator"])
    return [
        f"nsa: operator {name!r} has no 4G cell to anchor its 5G: give one of "
        f"{', '.join(sorted(has_4g)) or 'none'}"
        for name in settings.nsa
        if name not in has_4g
    ]


def loads_of(network: Network, load: Load) -> NDArray[np.float64]:
    """Load of each row of ``network.cells``.

    Raises
    ------
    InputError
        When there is no such column, a cell has no load, or a load is none from 0 to 1.
    """
    cells = network.cells
    if isinstance(load, str):
        if load not in cells:
            numeric = ", ".join(map(str, cells.select_dtypes("number").columns))
            problem = f"the cells have no column {load!r}: give a number, or one of {numeric}"
            raise InputError("load", [problem])
        found = pd.to_numeric(cells[load], errors="coerce").to_numpy(dtype=np.float64)
    elif isinstance(load, Mapping):
        names = zip(cells["operator"], cells["cell_id"], strict=True)
        found = np.array([float(load.get(name, np.nan)) for name in names])
    else:
        found = np.full(len(cells), load, dtype=np.float64)
    wrong = np.flatnonzero(~((found >= 0.0) & (found <= 1.0)))
    if wrong.size:
        raise InputError("load", _load_problems(cells, found, wrong))
    return found


def _load_problems(
    cells: pd.DataFrame, loads: NDArray[np.float64], wrong: NDArray[np.intp]
) -> list[str]:
    problems = [
        f"row {i}: cell {cells['cell_id'].iloc[i]!r} of {cells['operator'].iloc[i]} has "
        f"{loads[i]:g}: give a share from 0 to 1"
        for i in wrong[:MOST_NAMED].tolist()
    ]
    more = wrong.size - len(problems)
    return [*problems, f"and {more} more cells"] if more else problems


def load_words(load: Load, loads: NDArray[np.float64]) -> str:
    """The load in words, for the attributes of a result."""
    if isinstance(load, str | Mapping):
        source = f"column {load}" if isinstance(load, str) else "given"
        return f"per cell ({source}), {loads.min():g} to {loads.max():g}, mean {loads.mean():.3g}"
    return f"{load:g}"
