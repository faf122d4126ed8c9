"""An antenna known by its horizontal and vertical cut, and its gain in every direction."""

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels.cut_pattern import cut_attenuations
from phusong.radio.antennas.between import KernelCuts, kernel_cuts
from phusong.radio.antennas.cuts import DEEPEST_DB, Cut, half_power_width_deg, vertical_cut
from phusong.radio.antennas.directions import checked_directions, checked_tilt, shaped
from phusong.radio.antennas.notes import FINDING_COLUMNS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Antenna"]

_SIDE_LOBE_DB: Final = 30.0


def _no_findings() -> pd.DataFrame:
    return pd.DataFrame(columns=list(FINDING_COLUMNS)).astype({"row": "Int64"})


@dataclass(frozen=True, eq=False, repr=False)
class Antenna:
    """An antenna by its two cuts; equal to another that says the same.

    Parameters
    ----------
    name
        The maker's or the operator's name for it.
    gain_dbi
        Gain from which the cuts count; None where the file does not say.
    horizontal
        Attenuations (360,) in dB, zero or more, at whole degrees clockwise from boresight.
    vertical
        Attenuations (360,) in dB at whole degrees in the plane of boresight: 0 is the horizon
        ahead, 90 straight down, 180 the horizon behind, 270 straight up.
    frequency_mhz
        Frequency of the cuts, if known.
    electrical_tilt_deg
        Electrical tilt that the vertical cut already holds, positive downwards.
    polarization
        As the file says.
    source
        File, or whatever the cuts come from.
    comments
        Further lines of the file.
    findings
        What was repaired or assumed while the file was read.

    Raises
    ------
    InputError
        With everything that cannot be used.

    Examples
    --------
    >>> antenna = Antenna.from_beamwidths(gain_dbi=17.5, electrical_tilt_deg=6.0)
    >>> antenna.gain_dbi_at([0.0, 0.0], [-6.0, -13.0])
    array([17.5,  5.5])
    """

    name: str
    gain_dbi: float | None
    horizontal: Cut
    vertical: Cut
    frequency_mhz: float | None = None
    electrical_tilt_deg: float = 0.0
    polarization: str = ""
    source: str = ""
    comments: tuple[str, ...] = ()
    findings: pd.DataFrame = field(default_factory=_no_findings)

    def __post_init__(self) -> None:
        problems: list[str] = []
        for cut in ("horizontal", "vertical"):
            object.__setattr__(self, cut, _frozen_cut(cut, getattr(self, cut), problems))
        for name in ("gain_dbi", "frequency_mhz", "electrical_tilt_deg"):
            value = getattr(self, name)
            if value is not None and not np.isfinite(value):
                problems.append(f"{name} is {value}: give a finite number")
        if problems:
            raise InputError(f"antenna {self.name!r}", problems)

    @classmethod
    def from_beamwidths(
        cls,
        *,
        gain_dbi: float,
        horizontal_beamwidth_deg: float = 65.0,
        vertical_beamwidth_deg: float = 7.0,
        electrical_tilt_deg: float = 0.0,
        name: str = "sector",
    ) -> Self:
        """Antenna with the parabolic cuts of 3GPP TR 38.901 V17, Table 7.3-1.

        Parameters
        ----------
        gain_dbi
            Peak gain.
        horizontal_beamwidth_deg, vertical_beamwidth_deg
            3 dB beamwidths; a horizontal 360 is an omnidirectional antenna.
        electrical_tilt_deg
            Tilt of the vertical cut, positive downwards.
        name
            Any name.
        """
        if not (horizontal_beamwidth_deg > 0 and vertical_beamwidth_deg > 0):
            raise InputError("antenna", ["beamwidths must be over 0 degrees"])
        bearing = np.abs((np.arange(360.0) + 180.0) % 360.0 - 180.0)
        horizontal = np.minimum(12.0 * (bearing / horizontal_beamwidth_deg) ** 2, _SIDE_LOBE_DB)
        if horizontal_beamwidth_deg >= 360.0:
            horizontal = np.zeros(360)
        off = (np.arange(-90.0, 91.0) - electrical_tilt_deg) / vertical_beamwidth_deg
        ahead = np.minimum(12.0 * off**2, _SIDE_LOBE_DB)
        behind = np.minimum(ahead + horizontal[180], _SIDE_LOBE_DB)
        return cls(
            name=name,
            gain_dbi=gain_dbi,
            horizontal=horizontal,
            vertical=vertical_cut(ahead, behind),
            electrical_tilt_deg=electrical_tilt_deg,
            source="beamwidths, 3GPP TR 38.901 Table 7.3-1",
        )

    @property
    def horizontal_beamwidth_deg(self) -> float:
        """Width of the horizontal main lobe 3 dB under its peak."""
        return half_power_width_deg(self.horizontal)

    @property
    def vertical_beamwidth_deg(self) -> float:
        """Width of the vertical main lobe 3 dB under its peak."""
        return half_power_width_deg(self.vertical)

    def attenuation_db_at(
        self,
        azimuth_off_deg: ArrayLike,
        elevation_deg: ArrayLike,
        *,
        mechanical_tilt_deg: float = 0.0,
        electrical_tilt_deg: float = 0.0,
        method: str = "sum",
    ) -> NDArray[np.float64]:
        """Attenuation below the gain towards directions, in dB, never negative.

        Parameters and errors are those of `gain_dbi_at`, which also needs a gain.
        """
        azimuth, elevation, shape = checked_directions(azimuth_off_deg, elevation_deg)
        tilts = [
            checked_tilt("mechanical_tilt_deg", mechanical_tilt_deg),
            checked_tilt("electrical_tilt_deg", electrical_tilt_deg),
        ]
        attenuation_db = np.empty(azimuth.size)
        cut_attenuations(azimuth, elevation, *tilts, *self.kernel_cuts(method), attenuation_db)
        return shaped(attenuation_db, shape)

    def gain_dbi_at(
        self,
        azimuth_off_deg: ArrayLike,
        elevation_deg: ArrayLike,
        *,
        mechanical_tilt_deg: float = 0.0,
        electrical_tilt_deg: float = 0.0,
        method: str = "sum",
    ) -> NDArray[np.float64]:
        """Gain towards directions.

        Parameters
        ----------
        azimuth_off_deg, elevation_deg
            Bearing clockwise from the antenna's azimuth, and elevation (positive upwards, -90 to
            90); they broadcast.
        mechanical_tilt_deg
            Turns the whole pattern down ahead, so that it rises behind.
        electrical_tilt_deg
            Moves the vertical cut down alike all round, by so much more than the tilt that the
            cut already holds (the attribute ``electrical_tilt_deg``).
        method
            One of `phusong.radio.antennas.METHODS`, described in `phusong.radio.antennas.between`.
            All but ``"horizontal_projection"`` leave out the vertical cut behind, count each cut
            from its own best direction, and give the best direction of all the smaller of the two
            cuts' least attenuations.

        Returns
        -------
        ndarray
            Gain in dBi, in the broadcast shape; a scalar for scalars.

        Raises
        ------
        InputError
            Where the gain is not known, a direction or tilt is not finite or out of range, or the
            method is unknown.
        """
        if self.gain_dbi is None:
            mend = "the file states no gain: read it with read_antenna(path, gain_dbi=...)"
            raise InputError(f"antenna {self.name!r}", [mend])
        return self.gain_dbi - self.attenuation_db_at(
            azimuth_off_deg,
            elevation_deg,
            mechanical_tilt_deg=mechanical_tilt_deg,
            electrical_tilt_deg=electrical_tilt_deg,
            method=method,
        )

    def kernel_cuts(self, method: str = "sum") -> KernelCuts:
        """Arguments of the kernel for a method, made once for many directions."""
        return kernel_cuts(self.horizontal, self.vertical, method)

    def plot(self) -> "Figure":
        """Draw both cuts, as gain or attenuation in dB, on polar axes with matplotlib."""
        from phusong.radio.antennas.drawing import draw_cuts

        return draw_cuts(self)

    def _facts(self) -> dict[str, str]:
        known = {
            "gain": (self.gain_dbi, "dBi"),
            "frequency": (self.frequency_mhz, "MHz"),
            "electrical tilt": (self.electrical_tilt_deg, "deg"),
            "horizontal beamwidth": (self.horizontal_beamwidth_deg, "deg"),
            "vertical beamwidth": (self.vertical_beamwidth_deg, "deg"),
        }
        facts = {
            k: f"{value:.5g} {unit}" for k, (value, unit) in known.items() if value is not None
        }
        texts = {"polarization": self.polarization, "source": self.source}
        return facts | {key: text for key, text in texts.items() if text}

    def __repr__(self) -> str:
        facts = ", ".join(f"{key} {text}" for key, text in self._facts().items())
        return f"Antenna({self.name!r}: {facts})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(key)}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for key, text in self._facts().items()
        )
        return f"<table><caption>{escape(self.name)}</caption>{rows}</table>"

    def _key(self) -> tuple[object, ...]:
        cuts = self.horizontal.tobytes(), self.vertical.tobytes()
        tilt = self.electrical_tilt_deg, self.polarization, self.source, self.comments
        return self.name, self.gain_dbi, self.frequency_mhz, *tilt, *cuts

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Antenna) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())


def _frozen_cut(name: str, values: ArrayLike, problems: list[str]) -> Cut:
    cut = np.array(values, dtype=float)
    if cut.shape != (360,):
        problems.append(f"{name} has the shape {cut.shape}: give 360 values, one for each degree")
    elif not ((cut >= 0.0) & (cut <= DEEPEST_DB)).all():
        degree = int(np.argmin((cut >= 0.0) & (cut <= DEEPEST_DB)))
        problems.append(
            f"{name} is {cut[degree]:g} at {degree} degrees: give dB from 0 to {DEEPEST_DB:g}"
        )
    cut.setflags(write=False)
    return cut
