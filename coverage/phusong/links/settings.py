"""What a link depends on besides the ground: its ends, its losses, what is asked of it."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    model_validator,
)

from phusong.errors import InputError
from phusong.propagation import p1812
from phusong.radio.antennas import Antenna, Pattern, panel_pattern, pattern_of
from phusong.radio.technology import technologies

__all__ = ["LinkSettings"]

Height = Annotated[float, Field(gt=0.0, le=3000.0)]
Loss = Annotated[float, Field(ge=0.0, le=200.0)]
Tilt = Annotated[float, Field(ge=-90.0, le=90.0)]
Beamwidth = Annotated[float, Field(gt=0.0, le=360.0)]


class LinkSettings(BaseModel):
    """Every parameter of a link, with its unit, default and allowed range.

    Attributes
    ----------
    frequency_mhz, tx_height_m, rx_height_m
        Carrier frequency; antennas of base station (tx) and handset (rx) above ground.
    technology, bandwidth_mhz
        "3G", "4G" or "5G", and the carrier's bandwidth: they say which share of the power is in
        the measured signal, and which thresholds count.
    power_dbm
        Total power of the cell; None leaves the budgets out and keeps the losses.
    antenna_gain_dbi, feeder_loss_db
        Of the base station.
    azimuth_deg, mechanical_tilt_deg, electrical_tilt_deg
        Where its antenna looks: from true north, and downwards.
    horizontal_beamwidth_deg, vertical_beamwidth_deg
        3 dB beamwidths (TR 38.901 element). A horizontal 360 is omnidirectional; a vertical None
        has the antenna's gain in every direction.
    antenna
        Pattern in place of the beamwidths: a `phusong.radio.antennas.Pattern`, an `Antenna`, or
        the name of a built-in panel, such as "panel 6x2 ssb 4". Its gain counts unless
        antenna_gain_dbi is given; electrical_tilt_deg is the whole electrical tilt, and what a
        file's cut holds is not added to it.
    handset_gain_dbi, handset_power_dbm
        Antenna gain of the handset, and the power of its power class: 23, 24 or 26 dBm. None
        takes the class that is usual in the band (`phusong.radio.handsets`).
    body_loss_db, entry_loss_db
        Of head, hand or body at the handset; of the building or vehicle that it is in.
    base_noise_figure_db
        Noise figure of the base station; None takes that of ``radio/tables/noise.csv``.
    uplink_bandwidth_mhz, uplink_sinr_db
        Bandwidth that the handset transmits in, and the SINR that the base station needs. None
        takes the technology's from ``links/tables/uplink.csv``.
    uplink_interference_db
        Rise of the noise at the base station by other cells' handsets.
    clutter_m, profile_step_m, time_percent, polarization, delta_n, n0
        As in `phusong.predict`: height of trees and houses on every point between the ends,
        largest spacing of the profile's points, percentage of time, polarization, refractivity.
        A ``clutter_m`` of None stands for a raster's heights.
    environment
        "urban", "suburban" or "open", for the Hata models.
    options
        By a model's name, what its own door takes besides:
        ``{"itm": {"climate": "equatorial"}, "hata": {"city": "large"}}``.
    shadowing_sigma_db
        Standard deviation of the level around its median.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )

    frequency_mhz: Annotated[float, Field(gt=0.0)]
    tx_height_m: Height
    rx_height_m: Height = 1.5
    technology: str = "4G"
    bandwidth_mhz: Annotated[float, Field(gt=0.0)] = 20.0
    power_dbm: float | None = None
    antenna_gain_dbi: float = 0.0
    feeder_loss_db: Loss = 0.0
    azimuth_deg: float | None = None
    mechanical_tilt_deg: Tilt = 0.0
    electrical_tilt_deg: Tilt = 0.0
    horizontal_beamwidth_deg: Beamwidth = 360.0
    vertical_beamwidth_deg: Beamwidth | None = None
    antenna: Pattern | None = None
    handset_gain_dbi: float = 0.0
    handset_power_dbm: float | None = None
    body_loss_db: Loss = 0.0
    entry_loss_db: Loss = 0.0
    base_noise_figure_db: Loss | None = None
    uplink_bandwidth_mhz: Annotated[float, Field(gt=0.0)] | None = None
    uplink_sinr_db: float | None = None
    uplink_interference_db: Loss = 0.0
    clutter_m: Annotated[float, Field(ge=0.0, le=100.0)] | None = 10.0
    profile_step_m: Annotated[float, Field(ge=5.0, le=1000.0)] = 30.0
    time_percent: Annotated[float, Field(ge=1.0, le=50.0)] = 50.0
    polarization: Literal["vertical", "horizontal"] = "vertical"
    delta_n: Annotated[float, Field(gt=-1000.0, lt=157.0)] = p1812.DELTA_N
    n0: Annotated[float, Field(gt=0.0, lt=1000.0)] = p1812.N0
    environment: Literal["urban", "suburban", "open"] = "suburban"
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    shadowing_sigma_db: Annotated[float, Field(gt=0.0, le=20.0)] = 8.0

    @property
    def frequency_ghz(self) -> float:
        """Carrier frequency in GHz."""
        return self.frequency_mhz / 1000.0

    @property
    def is_sector(self) -> bool:
        """Whether the antenna's gain depends on the bearing."""
        if self.antenna is not None:
            return self.antenna.is_directional
        return self.horizontal_beamwidth_deg < 360.0

    @field_serializer("antenna")
    def _antenna_in_words(self, antenna: Pattern | None) -> dict[str, Any] | None:
        if antenna is None:
            return None
        told = ("name", "gain_dbi", "electrical_tilt_deg", "source", "sha256")
        return {name: getattr(antenna, name) for name in told}

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = []
        if self.technology not in technologies():
            known = ", ".join(technologies())
            problems.append(f"technology is {self.technology!r}: give one of {known}")
        if self.is_sector and self.azimuth_deg is None:
            problems.append("azimuth_deg is not given: a sector antenna needs it")
        if self.is_sector and self.antenna is None and self.vertical_beamwidth_deg is None:
            problems.append("vertical_beamwidth_deg is not given: a sector antenna needs it")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Settings from keywords; InputError listing every unknown or unusable one."""
        try:
            return cls(**_with_pattern(values))
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}"
                if e["loc"]
                else e["msg"].removeprefix("Value error, ")
                for e in error.errors()
            ]
            raise InputError("link", problems) from error


def _with_pattern(values: dict[str, Any]) -> dict[str, Any]:
    """Settings whose antenna is a pattern, and whose gain is its own where none is given."""
    antenna = values.get("antenna")
    if isinstance(antenna, str):
        antenna = panel_pattern(antenna)
    elif isinstance(antenna, Antenna):
        antenna = pattern_of(antenna)
    if not isinstance(antenna, Pattern):
        return values
    own = {} if antenna.gain_dbi is None else {"antenna_gain_dbi": antenna.gain_dbi}
    return own | values | {"antenna": antenna}
