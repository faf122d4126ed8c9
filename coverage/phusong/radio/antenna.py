"""Sector antennas described by their beamwidths: 3GPP TR 38.901 V17, Table 7.3-1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phusong.errors import InputError
from phusong.kernels.pattern import sector_attenuation_db

__all__ = ["sector_gain_dbi"]


def sector_gain_dbi(
    azimuth_off_deg: ArrayLike,
    elevation_deg: ArrayLike,
    *,
    gain_dbi: float,
    horizontal_beamwidth_deg: float = 65.0,
    vertical_beamwidth_deg: float = 65.0,
    mechanical_tilt_deg: float = 0.0,
    electrical_tilt_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Gain of a sector antenna towards directions.

    Parameters
    ----------
    azimuth_off_deg, elevation_deg
        Bearing from the antenna's azimuth, and elevation (positive upwards); they broadcast.
    gain_dbi
        Peak gain.
    horizontal_beamwidth_deg, vertical_beamwidth_deg
        3 dB beamwidths; a horizontal 360 is an omnidirectional antenna.
    mechanical_tilt_deg, electrical_tilt_deg
        Positive downwards. Mechanical tilt rotates the pattern, so that the back lobe rises;
        electrical tilt moves the vertical cut alike all round.

    Returns
    -------
    ndarray
        Gain in dBi, never more than 30 dB under the peak (SLAv and Amax of the table).

    Examples
    --------
    >>> float(sector_gain_dbi(0.0, -6.0, gain_dbi=17.5, electrical_tilt_deg=6.0))
    17.5
    """
    if not (horizontal_beamwidth_deg > 0 and vertical_beamwidth_deg > 0):
        raise InputError("antenna", ["beamwidths must be over 0 degrees"])
    azimuth, elevation = np.broadcast_arrays(
        np.asarray(azimuth_off_deg, float), np.asarray(elevation_deg, float)
    )
    attenuation = [
        sector_attenuation_db(
            a,
            e,
            float(mechanical_tilt_deg),
            float(electrical_tilt_deg),
            float(horizontal_beamwidth_deg),
            float(vertical_beamwidth_deg),
        )
        for a, e in zip(azimuth.ravel(), elevation.ravel(), strict=True)
    ]
    return gain_dbi - np.reshape(np.array(attenuation), azimuth.shape)
