"""What connecting a site depends on besides the ground: rules, rain, bands, fibre, prices."""

import csv
import math
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from phusong.errors import InputError
from phusong.propagation import p676

__all__ = ["BackhaulSettings", "Bands", "ClearanceRule"]

Price = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1, le=1000)]

_MEDIAN_K: Final = 4.0 / 3.0  # median factor of the earth's radius: P.530-17, 2.2.2.1
_LOW_K: Final = 2.0 / 3.0
_COLUMNS: Final = (
    "band_ghz",
    "frequency_ghz",
    "eirp_dbm",
    "rx_gain_dbi",
    "rx_threshold_dbm",
    "longest_km",
    "link_cost",
)
# Where P.530-17 vouches for rain.
_LIMITS: Final = {"frequency_ghz": (1.0, 100.0), "longest_km": (0.0, 60.0), "link_cost": (0.0, 1e9)}


class ClearanceRule(NamedTuple):
    """Part of the first Fresnel zone that must be clear with a factor k of the earth's radius."""

    k: Annotated[float, Field(gt=0.0, le=10.0)]
    fresnel_part: Annotated[float, Field(ge=0.0, le=2.0)]


class Bands(NamedTuple):
    """The microwave bands that there are, by falling frequency; each array (bands,).

    ``gas_db_km`` is what air and vapour take (P.676-13), ``system_gain_db`` EIRP and the far dish's
    gain less the receiver's threshold.
    """

    band_ghz: NDArray[np.float64]
    frequency_ghz: NDArray[np.float64]
    system_gain_db: NDArray[np.float64]
    gas_db_km: NDArray[np.float64]
    longest_km: NDArray[np.float64]
    link_cost: NDArray[np.float64]


class BackhaulSettings(BaseModel):
    """Every parameter of the backhaul, with its unit, default and allowed range.

    Where no source is named a default is a proposal of this project, for its user to replace.

    Attributes
    ----------
    rain_rate_mm_h
        R0.01 of the place: rain rate of one minute that is exceeded for 0.01 % of the average year
        (Recommendation ITU-R P.837). 95 is that of climate N, wet tropics, in P.837-1.
    availability_percent
        Part of the time that each hop must be available, 99 to 99.998: P.530 tells of rain down to
        0.001 % of the time, which is what a hop without a longer fade is given.
    refractivity_gradient
        dN1 of P.530-17, 2.3.1, in N-units/km (Recommendation ITU-R P.453).
    polarization
        "vertical" or "horizontal".
    clearance
        Rules (k, part of the first Fresnel zone), which a hop must keep all of: 60 % with the
        median k of 4/3, and a ray that touches nothing with 2/3.
    clutter_m
        Height of trees and houses where the scene has no map of them; as `phusong.predict`.
    profile_step_m
        Largest spacing of the points at which the ground is looked at; None is the pixel's side.
    most_hops
        Most hops from a site to what exists.
    nearest_sites, nearest_relays
        How many of the nearest existing sites, and of the nearest candidates and relays, each
        candidate is tried with.
    same_place_m
        A candidate this near an existing site stands on it, and shares its backhaul.
    bands
        CSV file of the bands in place of ``tables/microwave_bands.csv``, with its columns.
    sites_have_fibre
        Whether fibre can be laid from every existing site, or from fibre points alone.
    fibre_cost_per_m
        Price of fibre by zone; 5, 15 and 25 USD/m is usual in poorer countries.
    detour_factor
        Length of fibre over the straight line where there is no road.
    longest_fibre_km
        Longest fibre to one site.
    relay_cost
        A bare site that only passes on: tower, civil work, transport and installation of 5,000
        USD each.
    currency
        Of all prices, those of the bands included.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    rain_rate_mm_h: Annotated[float, Field(ge=0.0, le=300.0)] = 95.0
    availability_percent: Annotated[float, Field(ge=99.0, le=99.998)] = 99.99
    refractivity_gradient: Annotated[float, Field(ge=-2000.0, le=100.0)] = -400.0
    polarization: Literal["vertical", "horizontal"] = "vertical"
    clearance: Annotated[tuple[ClearanceRule, ...], Field(min_length=1)] = (
        ClearanceRule(_MEDIAN_K, 0.6),
        ClearanceRule(_LOW_K, 0.0),
    )
    clutter_m: Annotated[float, Field(ge=0.0, le=100.0)] = 10.0
    profile_step_m: Annotated[float, Field(ge=1.0, le=1000.0)] | None = None
    most_hops: Annotated[int, Field(ge=1, le=10)] = 3
    nearest_sites: Count = 20
    nearest_relays: Annotated[int, Field(ge=0, le=1000)] = 10
    same_place_m: Annotated[float, Field(ge=0.0, le=1000.0)] = 30.0
    bands: str | Path | None = None
    sites_have_fibre: bool = True
    fibre_cost_per_m: dict[str, Price] = Field(
        default_factory=lambda: {"rural": 5.0, "suburban": 15.0, "urban": 25.0}
    )
    detour_factor: Annotated[float, Field(ge=1.0, le=5.0)] = 1.4
    longest_fibre_km: Annotated[float, Field(ge=0.0)] = 30.0
    relay_cost: Price = 20_000.0
    currency: str = "USD"

    @field_validator("fibre_cost_per_m")
    @classmethod
    def _every_zone(cls, prices: dict[str, float]) -> dict[str, float]:
        zones = {"rural", "suburban", "urban"}
        if set(prices) != zones:
            raise ValueError(f"give a price for each of {', '.join(sorted(zones))}, and no other")
        return prices

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Settings from keywords; InputError listing every unknown or unusable one."""
        try:
            settings = cls(**values)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: "
                + e["msg"].removeprefix("Value error, ")
                for e in error.errors()
            ]
            raise InputError("backhaul settings", problems) from error
        _ = settings.band_table  # a file of bands that cannot be used is told now
        return settings

    @cached_property
    def band_table(self) -> Bands:
        """The bands, read and checked."""
        rows = _band_rows(self.bands)
        values = {name: np.array([row[name] for row in rows]) for name in _COLUMNS}
        gain = values["eirp_dbm"] + values["rx_gain_dbi"] - values["rx_threshold_dbm"]
        gas = np.asarray(p676.loss_db(1.0, frequency_ghz=values["frequency_ghz"]))
        return Bands(
            band_ghz=values["band_ghz"],
            frequency_ghz=values["frequency_ghz"],
            system_gain_db=gain,
            gas_db_km=gas,
            longest_km=values["longest_km"],
            link_cost=values["link_cost"],
        )

    @property
    def tilt_deg(self) -> float:
        """Tilt of the polarization from the horizontal, as P.838 has it."""
        return 90.0 if self.polarization == "vertical" else 0.0


def _band_rows(path: str | Path | None) -> list[dict[str, float]]:
    """Rows of a table of bands by falling frequency, checked."""
    table = files("phusong.planning") / "tables" / "microwave_bands.csv"
    try:
        chosen = table if path is None else Path(path)
        records = list(csv.DictReader(chosen.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        problem = f"cannot be read as a table in UTF-8: {error}"
        raise InputError(str(path), [problem]) from error
    lacking = [name for name in _COLUMNS if not records or name not in records[0]]
    problems = [f"has no column {name}; give it, in the unit of its name" for name in lacking]
    rows = []
    for number, record in enumerate(records, start=2):
        row = {name: _number(record.get(name)) for name in _COLUMNS if name not in lacking}
        rows.append(row)
        problems += [
            f"row {number}, {name} {record.get(name)!r} is no number{_within(name)}; correct it"
            for name, value in row.items()
            if not _is_usable(name, value)
        ]
    if problems:
        raise InputError(str(path), problems)
    return sorted(rows, key=lambda row: -row["frequency_ghz"])


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return math.nan


def _is_usable(name: str, value: float) -> bool:
    low, high = _LIMITS.get(name, (-math.inf, math.inf))
    return math.isfinite(value) and low <= value <= high


def _within(name: str) -> str:
    return " from {:g} to {:g}".format(*_LIMITS[name]) if name in _LIMITS else ""
