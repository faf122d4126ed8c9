"""An antenna as predictions use it: a table of attenuations in its own directions, and a gain."""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels.pattern_table import table_attenuation_db
from phusong.radio.antennas.antenna import Antenna
from phusong.radio.antennas.directions import checked_directions, checked_tilt, shaped
from phusong.radio.antennas.signed import peak_depression_deg

__all__ = ["NO_TABLE", "Pattern", "grid_directions", "held_tilt_deg", "pattern_of"]

NO_TABLE: Final = np.empty((0, 0), dtype=np.float32)
"""In place of a table, for the kernels: the beamwidths describe the antenna."""

_DEPRESSIONS_DEG: Final = np.arange(-90.0, 91.0)
_BEARINGS_DEG: Final = np.arange(-180.0, 181.0)
_SAME_TILT_DEG: Final = 2.0
_BROAD_BEAM_DEG: Final = 30.0
_ROUND_DB: Final = 3.0


@dataclass(frozen=True, eq=False, repr=False)
class Pattern:
    """Attenuations of an antenna on a grid of its own directions, electrical tilt taken out.

    Parameters
    ----------
    name
        As it was asked for.
    gain_dbi
        Gain from which the attenuations count; None where it is not known.
    electrical_tilt_deg
        Tilt of the file's vertical cut, which the table does not hold any more; None for an
        antenna that has none of its own.
    attenuation_db
        float32 (181, 361): dB below the gain at depressions -90 to 90 and bearings -180 to 180
        degrees, each whole degree, before any tilt.
    source
        File, or how it was made.

    Raises
    ------
    InputError
        For a table of another shape, or with values that are negative or not finite.
    """

    name: str
    gain_dbi: float | None
    electrical_tilt_deg: float | None
    attenuation_db: NDArray[np.float32]
    source: str = ""

    def __post_init__(self) -> None:
        table = np.array(self.attenuation_db, dtype=np.float32, order="C")
        if table.shape != (_DEPRESSIONS_DEG.size, _BEARINGS_DEG.size):
            raise InputError("pattern", [f"its shape is {table.shape}: give (181, 361)"])
        if not (np.isfinite(table) & (table >= 0.0)).all():
            raise InputError("pattern", ["an attenuation is not finite or below 0: give dB"])
        table.setflags(write=False)
        object.__setattr__(self, "attenuation_db", table)

    @property
    def sha256(self) -> str:
        """Hash of gain and table: the same for antennas that radiate alike."""
        return hashlib.sha256(
            repr(self.gain_dbi).encode() + self.attenuation_db.tobytes()
        ).hexdigest()

    @property
    def is_directional(self) -> bool:
        """Whether it matters where it looks: by over 3 dB towards the horizon."""
        horizon = self.attenuation_db[_DEPRESSIONS_DEG == 0.0]
        return bool(horizon.max() - horizon.min() > _ROUND_DB)

    def attenuation_db_at(
        self,
        azimuth_off_deg: ArrayLike,
        elevation_deg: ArrayLike,
        *,
        mechanical_tilt_deg: float = 0.0,
        electrical_tilt_deg: float = 0.0,
    ) -> NDArray[np.float64]:
        """Attenuation below the gain towards directions, as a prediction takes it.

        Parameters
        ----------
        azimuth_off_deg, elevation_deg
            Bearing from the antenna's azimuth, and elevation (positive upwards); they broadcast.
        mechanical_tilt_deg, electrical_tilt_deg
            Positive downwards. Mechanical tilt turns the pattern; the electrical one is the whole
            electrical tilt, not what comes on top of the file's.

        Returns
        -------
        ndarray
            dB in the broadcast shape.

        Raises
        ------
        InputError
            For a direction or tilt that is not finite or out of range.
        """
        azimuth, elevation, shape = checked_directions(azimuth_off_deg, elevation_deg)
        mechanical = checked_tilt("mechanical_tilt_deg", mechanical_tilt_deg)
        electrical = checked_tilt("electrical_tilt_deg", electrical_tilt_deg)
        directions = zip(azimuth, elevation, strict=True)
        flat = [
            table_attenuation_db(a, e, mechanical, electrical, self.attenuation_db)
            for a, e in directions
        ]
        return shaped(np.array(flat, dtype=np.float64), shape)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Pattern) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.name, self.electrical_tilt_deg, self.source, self.sha256

    def __repr__(self) -> str:
        gain = "gain not known" if self.gain_dbi is None else f"{self.gain_dbi:g} dBi"
        return f"Pattern({self.name!r}: {gain}, from {self.source})"


def grid_directions() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bearings and elevations of a table's points, each (181, 361), in degrees."""
    bearing, depression = np.meshgrid(_BEARINGS_DEG, _DEPRESSIONS_DEG)
    return bearing, -depression


def held_tilt_deg(antenna: Antenna) -> float:
    """Electrical tilt that an antenna's vertical cut holds, degrees downwards.

    The one its file states; but where a narrow beam peaks more than 2 degrees from there, where
    it peaks: a file that states no tilt, or whose cut is upside down.
    """
    stated, peak = antenna.electrical_tilt_deg, peak_depression_deg(antenna.vertical)
    is_narrow = antenna.vertical_beamwidth_deg <= _BROAD_BEAM_DEG and abs(peak) <= 90.0
    return peak if is_narrow and abs(peak - stated) > _SAME_TILT_DEG else stated


def pattern_of(antenna: Antenna, name: str = "") -> Pattern:
    """Pattern of an antenna known by its cuts, which are joined by the method "sum".

    Parameters
    ----------
    antenna
        As `read_antenna` gives it.
    name
        Name to keep in place of the antenna's own.
    """
    tilt_deg = held_tilt_deg(antenna)
    # One degree is the cuts' own step, so that the table loses nothing of a tilt in whole degrees.
    table = antenna.attenuation_db_at(*grid_directions(), electrical_tilt_deg=-tilt_deg)
    return Pattern(
        name=name or antenna.name,
        gain_dbi=antenna.gain_dbi,
        electrical_tilt_deg=tilt_deg,
        attenuation_db=table.astype(np.float32),
        source=antenna.source,
    )
