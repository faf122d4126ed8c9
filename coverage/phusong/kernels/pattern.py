"""Sector antenna: the element pattern of 3GPP TR 38.901 V17, Table 7.3-1, with both tilts."""

import math

from phusong._jit import njit

__all__ = ["direction_from", "element_attenuation_db", "sector_attenuation_db"]

SIDE_LOBE_DB = 30.0
FRONT_BACK_DB = 30.0


@njit
def _rotate_down(theta, phi, tilt):
    """Direction seen from an antenna turned down by ``tilt``: TR 38.901 eqs. (7.1-7), (7.1-8)."""
    st, ct = math.sin(theta), math.cos(theta)
    sb, cb = math.sin(tilt), math.cos(tilt)
    cp = math.cos(phi)
    theta_local = math.acos(max(-1.0, min(1.0, cp * st * sb + ct * cb)))
    phi_local = math.atan2(math.sin(phi) * st, cp * st * cb - ct * sb)
    return theta_local, phi_local


@njit
def direction_from(azimuth_off_deg, elevation_deg, mechanical_tilt_deg):
    """Bearing (-180 to 180) and depression (positive downwards), in degrees, seen from an antenna.

    The antenna hangs turned down by its mechanical tilt; the arguments are as for
    `sector_attenuation_db`.
    """
    theta, phi = _rotate_down(
        math.radians(90.0 - elevation_deg),
        math.radians(azimuth_off_deg),
        math.radians(mechanical_tilt_deg),
    )
    return math.degrees(phi), math.degrees(theta) - 90.0


@njit
def element_attenuation_db(
    bearing_deg, depression_deg, horizontal_beamwidth_deg, vertical_beamwidth_deg
):
    """Attenuation of one element below its peak gain, in dB, 0 to 30, in its own directions."""
    off_vertical = depression_deg / vertical_beamwidth_deg
    vertical = min(12.0 * off_vertical**2, SIDE_LOBE_DB)
    if horizontal_beamwidth_deg >= 360.0:
        return vertical
    off_horizontal = bearing_deg / horizontal_beamwidth_deg
    horizontal = min(12.0 * off_horizontal**2, FRONT_BACK_DB)
    return min(vertical + horizontal, FRONT_BACK_DB)


@njit
def sector_attenuation_db(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
):
    """Attenuation below the peak gain, in dB, 0 to 30.

    ``azimuth_off_deg`` is the bearing from the antenna's azimuth, ``elevation_deg`` is positive
    upwards. Mechanical tilt turns the whole pattern, electrical tilt moves the vertical cut
    alike at every azimuth; both are positive downwards. A horizontal beamwidth of 360 or more is
    an omnidirectional antenna.
    """
    bearing, depression = direction_from(azimuth_off_deg, elevation_deg, mechanical_tilt_deg)
    return element_attenuation_db(
        bearing, depression - electrical_tilt_deg, horizontal_beamwidth_deg, vertical_beamwidth_deg
    )
