"""What a prediction depends on besides the masts and the ground."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phusong.errors import InputError
from phusong.propagation import p1812
from phusong.radio.technology import technologies, technology

__all__ = ["LINK_BUDGET", "ModelName", "PredictSettings"]

LINK_BUDGET = "link budget"


ModelName = Literal[
    "auto",
    "p1812",
    "itm",
    "ehata",
    "hata",
    "free_space",
    "spm",
    "tr38901_rma",
    "tr38901_uma",
    "tr38901_umi",
]


class PredictSettings(BaseModel):
    """Every parameter of `phusong.predict`, with its unit, default and allowed range.

    Attributes
    ----------
    model
        Propagation model: "p1812" (ITU-R P.1812-8), "itm", "ehata", "hata", "free_space", "spm",
        "tr38901_rma", "tr38901_uma", "tr38901_umi"; or "auto", by cell: P.1812, and TR 38.901
        UMa or UMi above its 6 GHz and among dense buildings of known height, as
        `phusong.prediction.choosing` has it. `Coverage.models` says which, and why.
    environment
        "urban", "suburban" or "open", for the Hata models.
    sampling
        "radial": pixels stand on the nearest of so many radials that none is farther than a step
        of the profile (at least half a pixel, at most one) from its own, and each radial is walked
        once. "pixel": every pixel has the exact profile of its own. The physics is the same;
        docs/speed.md shows how they differ. "ehata" leaps with the last metre of a profile, and is
        always computed by pixel.
    receiver_height_m
        Handset height above ground; `phusong.predict` takes the service profile's by default.
    time_percent
        Percentage of the year for which the level is at least reached, 1 to 50 as P.1812 has it.
    clutter_m
        Height of trees and houses taken on every point of a path between its two ends. The
        default, 10 m, is for land without a clutter map, and moves the level more than any other
        setting: README shows how much. A scene with a clutter map of its own is taken by that map.
        Within 250 m of a mast, where P.1812 does not hold, it grows from none at the mast. 0
        switches it off.
    profile_step_m
        Largest spacing of a terrain profile's points. Also the distance of the last clutter from
        the receiver, so it does not follow the map's resolution.
    shadowing_sigma_db
        Standard deviation of the level around its median within a pixel (location variability).
    polarization
        "vertical" or "horizontal"; slant-polarised antennas lie between, fractions of a dB apart.
    delta_n, n0
        Refractivity lapse rate, N-units/km, and sea-level refractivity, N-units.
    servers
        How many of the strongest servers of each pixel are kept, 1 to 8.
    range_km
        Range per technology in km, in place of the technologies' own of
        ``radio/tables/technologies.csv``; or "link budget": the distance, up to 100 km, at which
        the farthest-reaching of its cells falls to the profile's basic threshold by free space and
        a smooth earth alone (`phusong.prediction.reach`). That is often ten times as far, and so a
        hundred times the work: `phusong.Scene.estimate` tells it. A prediction's findings say how
        far the range cuts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: ModelName = "p1812"
    environment: Literal["urban", "suburban", "open"] = "suburban"
    sampling: Literal["radial", "pixel"] = "radial"
    receiver_height_m: Annotated[float, Field(ge=1.0, le=3000.0)] = 1.5
    time_percent: Annotated[float, Field(ge=1.0, le=50.0)] = 50.0
    clutter_m: Annotated[float, Field(ge=0.0, le=100.0)] = 10.0
    profile_step_m: Annotated[float, Field(ge=5.0, le=1000.0)] = 30.0
    shadowing_sigma_db: Annotated[float, Field(gt=0.0, le=20.0)] = 8.0
    polarization: Literal["vertical", "horizontal"] = "vertical"
    delta_n: Annotated[float, Field(gt=-1000.0, lt=157.0)] = p1812.DELTA_N
    n0: Annotated[float, Field(gt=0.0, lt=1000.0)] = p1812.N0
    servers: Annotated[int, Field(ge=1, le=8, strict=True)] = 1
    range_km: dict[str, Annotated[float, Field(gt=0.0, le=100.0)]] | Literal["link budget"] = Field(
        default_factory=dict
    )

    def range_of(self, technology_name: str) -> float:
        """Distance in km from a mast up to which that technology's level is computed."""
        return self.given_ranges_km.get(technology_name, technology(technology_name).range_km)

    @property
    def given_ranges_km(self) -> dict[str, float]:
        """Ranges given by technology; in a coverage's settings also those of a link budget."""
        if isinstance(self.range_km, str):
            raise ValueError("the ranges of a link budget depend on the network and the scene")
        return self.range_km

    @classmethod
    def of(cls, **values: Any) -> "PredictSettings":
        """Settings from keywords; InputError listing every unknown or unusable one."""
        try:
            settings = cls(**values)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}"
                for e in error.errors()
            ]
            raise InputError("prediction settings", problems) from error
        given = set() if settings.range_km == LINK_BUDGET else set(settings.given_ranges_km)
        unknown = sorted(given - set(technologies()))
        if unknown:
            raise InputError(
                "prediction settings",
                [f"range_km.{t}: give one of {', '.join(technologies())}" for t in unknown],
            )
        return settings
