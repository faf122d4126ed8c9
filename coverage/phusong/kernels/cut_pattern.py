"""A measured antenna in every direction, from its horizontal and its vertical cut.

A cut is an array of 360 attenuations in dB at whole degrees. The horizontal one goes clockwise
from boresight; the vertical one begins at the horizon ahead and goes down: 90 is straight down,
180 the horizon behind, 270 straight up. Between whole degrees the dB are interpolated linearly.
"""

import math

from phusong._jit import njit
from phusong.kernels.pattern import direction_from

__all__ = [
    "CROSS_WEIGHTED",
    "HORIZONTAL_PROJECTION",
    "HYBRID",
    "SUM",
    "cut_attenuation_db",
    "cut_attenuations",
]

SUM, CROSS_WEIGHTED, HYBRID, HORIZONTAL_PROJECTION = range(4)
HYBRID_ROOT = 3.5


@njit
def at_angle(cut, angle_deg):
    """Attenuation of a cut (360,) at any angle."""
    turned = angle_deg % 360.0
    whole = int(turned)
    part = turned - whole
    # An angle a hair below 0 is turned to 360 itself.
    return cut[whole % 360] * (1.0 - part) + cut[(whole + 1) % 360] * part


@njit
def cross_weighted(horizontal, vertical):
    """Each cut (dB) counts by the other's power and by its own lack of it; k = 2."""
    h, v = 10.0 ** (-0.1 * horizontal), 10.0 ** (-0.1 * vertical)
    w1, w2 = v * (1.0 - h), h * (1.0 - v)
    norm = math.hypot(w1, w2)
    return (horizontal * w1 + vertical * w2) / norm if norm > 0.0 else 0.0


@njit
def hybrid(horizontal, vertical):
    """The sum near the peak, the cross-weighted value away from it; n = 3.5."""
    share = 10.0 ** (-0.1 * (horizontal + vertical) / HYBRID_ROOT)
    return share * (horizontal + vertical) + (1.0 - share) * cross_weighted(horizontal, vertical)


@njit
def projected(bearing_deg, depression_deg, horizontal, vertical):
    """The horizontal cut, moved by what the vertical cuts ahead and behind add to it."""
    behind = abs(bearing_deg) / 180.0
    down_ahead = at_angle(vertical, depression_deg) - horizontal[0]
    down_behind = at_angle(vertical, 180.0 - depression_deg) - horizontal[180]
    moved = (1.0 - behind) * down_ahead + behind * down_behind
    return max(0.0, at_angle(horizontal, bearing_deg) + moved)


@njit
def cut_attenuation_db(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal,
    vertical,
    least_db,
    deepest_db,
    method,
):
    """Attenuation below the gain, in dB, never negative.

    Directions and tilts are as for `sector_attenuation_db`. ``least_db`` is the attenuation of
    the best direction, over which ``horizontal`` and ``vertical`` are given (0 and the cuts as
    they are for `HORIZONTAL_PROJECTION`); ``deepest_db`` is where `SUM` ends.
    """
    bearing, depression = direction_from(azimuth_off_deg, elevation_deg, mechanical_tilt_deg)
    depression -= electrical_tilt_deg
    if method == HORIZONTAL_PROJECTION:
        return least_db + projected(bearing, depression, horizontal, vertical)
    h, v = at_angle(horizontal, bearing), at_angle(vertical, depression)
    if method == SUM:
        return least_db + min(h + v, deepest_db)
    if method == CROSS_WEIGHTED:
        return least_db + cross_weighted(h, v)
    return least_db + hybrid(h, v)


@njit
def cut_attenuations(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal,
    vertical,
    least_db,
    deepest_db,
    method,
    attenuation_db,
):
    """Fill ``attenuation_db`` (n,) for directions (n,)."""
    for i in range(attenuation_db.size):
        attenuation_db[i] = cut_attenuation_db(
            azimuth_off_deg[i],
            elevation_deg[i],
            mechanical_tilt_deg,
            electrical_tilt_deg,
            horizontal,
            vertical,
            least_db,
            deepest_db,
            method,
        )
