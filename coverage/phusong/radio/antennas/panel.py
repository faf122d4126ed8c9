"""Active antennas: a panel of elements that forms beams, 3GPP TR 38.901 V17, clause 7.3.

A cell is measured on its synchronisation signal blocks (SSB): a few wide or swept beams, of which
a handset sees the best (`ssb_beams`). Data go over narrower traffic beams (`traffic_beams`, or a
beam straight at the handset: `array_gain_dbi` in the beam's own direction). A beam is a bearing
from boresight and an elevation, positive upwards, in the panel's own frame: mechanical tilt turns
both. Gains are those of one polarisation fed with the whole power.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels.array_pattern import beam_set_gains
from phusong.radio.antennas.directions import checked_directions, checked_tilt, shaped

__all__ = ["AntennaPanel", "array_gain_dbi", "beam_set_gain_dbi", "ssb_beams", "traffic_beams"]

Floats = NDArray[np.float64]

_MOST_SSB_BEAMS: Final = 64


@dataclass(frozen=True)
class AntennaPanel:
    """Equal elements in rows and columns.

    Parameters
    ----------
    rows, columns
        Elements of one polarisation above and beside each other.
    row_spacing_wavelengths, column_spacing_wavelengths
        Distance of neighbouring rows and columns.
    element_gain_dbi
        Peak gain of one element; 8 dBi in Table 7.3-1.
    horizontal_beamwidth_deg, vertical_beamwidth_deg
        3 dB beamwidths of one element; 65 degrees in Table 7.3-1.

    Raises
    ------
    InputError
        With every value that cannot be used.

    Examples
    --------
    >>> round(AntennaPanel(rows=8, columns=8).peak_gain_dbi, 2)
    26.06
    """

    rows: int
    columns: int
    row_spacing_wavelengths: float = 0.5
    column_spacing_wavelengths: float = 0.5
    element_gain_dbi: float = 8.0
    horizontal_beamwidth_deg: float = 65.0
    vertical_beamwidth_deg: float = 65.0

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value!r}: give a whole number from 1"
            for name, value in (("rows", self.rows), ("columns", self.columns))
            if not (isinstance(value, int | np.integer) and value >= 1)
        ]
        for name in _POSITIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                problems.append(f"{name} is {value!r}: give a number over 0")
        if not math.isfinite(self.element_gain_dbi):
            problems.append(f"element_gain_dbi is {self.element_gain_dbi!r}: give dBi")
        if problems:
            raise InputError("antenna panel", problems)

    @property
    def peak_gain_dbi(self) -> float:
        """Gain of the beam at boresight: that of an element, and 10 log10 of their number."""
        return self.element_gain_dbi + 10.0 * math.log10(self.rows * self.columns)


_POSITIVE: Final = (
    "row_spacing_wavelengths",
    "column_spacing_wavelengths",
    "horizontal_beamwidth_deg",
    "vertical_beamwidth_deg",
)


def array_gain_dbi(
    panel: AntennaPanel,
    azimuth_off_deg: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    beam_azimuth_deg: float = 0.0,
    beam_elevation_deg: float = 0.0,
    mechanical_tilt_deg: float = 0.0,
) -> Floats:
    """Gain of a panel that steers one beam.

    Parameters
    ----------
    panel
        The elements; all are fed alike, with the phases that steer.
    azimuth_off_deg, elevation_deg
        Bearing from the panel's azimuth, and elevation (positive upwards); they broadcast.
    beam_azimuth_deg, beam_elevation_deg
        Where the beam points, in the panel's own frame.
    mechanical_tilt_deg
        Turns the panel, positive downwards.

    Returns
    -------
    ndarray
        Gain in dBi, in the broadcast shape; nulls end 100 dB below one element.

    Raises
    ------
    InputError
        For a direction that is not finite or an elevation outside -90 to 90 degrees.

    Examples
    --------
    >>> panel = AntennaPanel(rows=8, columns=8)
    >>> float(round(array_gain_dbi(panel, 0.0, -6.0, mechanical_tilt_deg=6.0), 2))
    26.06
    """
    beam = [[beam_azimuth_deg, beam_elevation_deg]]
    return beam_set_gain_dbi(
        panel, azimuth_off_deg, elevation_deg, beams=beam, mechanical_tilt_deg=mechanical_tilt_deg
    )


def beam_set_gain_dbi(
    panel: AntennaPanel,
    azimuth_off_deg: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    beams: ArrayLike,
    mechanical_tilt_deg: float = 0.0,
) -> Floats:
    """Envelope of a set of beams: in each direction the gain of the best of them.

    Parameters
    ----------
    panel, azimuth_off_deg, elevation_deg, mechanical_tilt_deg
        As for `array_gain_dbi`.
    beams
        (n, 2): bearing and elevation of each beam, as `ssb_beams` makes them.

    Returns
    -------
    ndarray
        Gain in dBi, in the broadcast shape.

    Raises
    ------
    InputError
        As `array_gain_dbi`, and for no beams.
    """
    table = np.asarray(beams, dtype=float)
    if table.ndim != 2 or table.shape[1] != 2 or not len(table):
        problem = f"the shape is {table.shape}: give a bearing and an elevation for each beam"
        raise InputError("beams", [problem])
    bearing, beam_elevation, _ = checked_directions(table[:, 0], table[:, 1])
    azimuth, elevation, shape = checked_directions(azimuth_off_deg, elevation_deg)
    gain_db = np.empty(azimuth.size)
    beam_set_gains(
        azimuth,
        elevation,
        checked_tilt("mechanical_tilt_deg", mechanical_tilt_deg),
        bearing.copy(),
        -beam_elevation,
        int(panel.rows),
        int(panel.columns),
        float(panel.row_spacing_wavelengths),
        float(panel.column_spacing_wavelengths),
        float(panel.horizontal_beamwidth_deg),
        float(panel.vertical_beamwidth_deg),
        gain_db,
    )
    return panel.element_gain_dbi + shaped(gain_db, shape)


def ssb_beams(count: int, *, sector_width_deg: float = 120.0, elevation_deg: float = 0.0) -> Floats:
    """Beams spread evenly over a sector, as SSB are swept.

    Parameters
    ----------
    count
        Number of beams, 1 to 64. 3GPP TS 38.213, clause 4.1, allows 4 in carriers up to 3 GHz, 8 up
        to 7.125 GHz, 64 above.
    sector_width_deg
        Width of the sector, over 0 to 360 degrees.
    elevation_deg
        Elevation of all beams.

    Returns
    -------
    ndarray
        (count, 2) bearings and elevations, from left to right.

    Examples
    --------
    >>> ssb_beams(4)[:, 0]
    array([-45., -15.,  15.,  45.])
    """
    problems = []
    if not 1 <= count <= _MOST_SSB_BEAMS:
        problems.append(f"count is {count}: give 1 to {_MOST_SSB_BEAMS}")
    if not 0.0 < sector_width_deg <= 360.0:
        problems.append(f"sector_width_deg is {sector_width_deg}: give over 0 to 360")
    if problems:
        raise InputError("ssb_beams", problems)
    bearings = sector_width_deg * ((np.arange(count) + 0.5) / count - 0.5)
    return np.column_stack([bearings, np.full(count, float(elevation_deg))])


def traffic_beams(
    panel: AntennaPanel,
    *,
    oversampling: int = 4,
    sector_width_deg: float = 120.0,
    elevations_deg: tuple[float, float] = (-45.0, 15.0),
) -> Floats:
    """Beams of the oversampled DFT codebook of 3GPP TS 38.214, clause 5.2.2.2.1 (type I).

    Parameters
    ----------
    panel
        Its rows, columns and spacings set the grid.
    oversampling
        Beams for each row and for each column; 4 in the clause (1 for a single one).
    sector_width_deg, elevations_deg
        Only beams within these are returned.

    Returns
    -------
    ndarray
        (n, 2) bearings and elevations, by elevation, then bearing.

    Raises
    ------
    InputError
        Where no beam lies within the limits.
    """
    sines = _dft_sines(panel.rows, oversampling, panel.row_spacing_wavelengths)
    elevation = np.degrees(np.arcsin(sines[np.abs(sines) <= 1.0]))
    across = _dft_sines(panel.columns, oversampling, panel.column_spacing_wavelengths)
    grid, sine = np.meshgrid(elevation, across, indexing="ij")
    sine = sine / np.maximum(np.cos(np.radians(grid)), 1e-12)
    inside = np.abs(sine) <= math.sin(math.radians(min(sector_width_deg / 2.0, 90.0)))
    inside &= (grid >= elevations_deg[0]) & (grid <= elevations_deg[1])
    if not inside.any():
        raise InputError("traffic_beams", ["no beam of the panel lies within these limits"])
    return np.column_stack([np.degrees(np.arcsin(sine[inside])), grid[inside]])


def _dft_sines(count: int, oversampling: int, spacing_wavelengths: float) -> Floats:
    """Direction sines of a line of elements, rising: phases 2 pi l / (oversampling count)."""
    steps = 1 if count == 1 else count * oversampling
    turns = (np.arange(steps) - steps // 2) / steps
    return np.asarray(turns / spacing_wavelengths)
