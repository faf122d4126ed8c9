"""Panel of equal elements that forms beams: 3GPP TR 38.901 V17, clause 7.3.

Elements stand in rows and columns, spaced in wavelengths, each with the pattern of Table 7.3-1,
and are fed with equal amplitudes and with the phases that steer to a beam's direction, as
Recommendation ITU-R M.2101-0, Annex 1, section 5.2, writes it. A beam's direction is the panel's
own: bearing from boresight and depression, before mechanical tilt.
"""

import math

from phusong._jit import njit
from phusong.kernels.pattern import direction_from, element_attenuation_db

__all__ = ["array_factor_db", "beam_set_gain_db", "beam_set_gains"]

# A null is drawn no deeper than this, so that a level stays a number.
DEEPEST_NULL = 1e-10


@njit
def line_factor(count, phase):
    """Power gain of ``count`` equal sources in a line, each ``phase`` (rad) after the last."""
    denominator = math.sin(0.5 * phase)
    if abs(denominator) < 1e-7:
        return float(count)
    return (math.sin(0.5 * count * phase) / denominator) ** 2 / count


@njit
def array_factor_db(
    bearing_deg,
    depression_deg,
    beam_bearing_deg,
    beam_depression_deg,
    rows,
    columns,
    row_spacing,
    column_spacing,
):
    """Gain over one element, in dB: 10 log10(rows x columns) in the beam's direction."""
    d, b = math.radians(depression_deg), math.radians(bearing_deg)
    d0, b0 = math.radians(beam_depression_deg), math.radians(beam_bearing_deg)
    down = math.sin(d) - math.sin(d0)
    across = math.cos(d) * math.sin(b) - math.cos(d0) * math.sin(b0)
    factor = line_factor(rows, 2.0 * math.pi * row_spacing * down) * line_factor(
        columns, 2.0 * math.pi * column_spacing * across
    )
    return 10.0 * math.log10(max(factor, DEEPEST_NULL))


@njit
def beam_set_gain_db(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    beam_bearings_deg,
    beam_depressions_deg,
    rows,
    columns,
    row_spacing,
    column_spacing,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
):
    """Gain of the best beam of a set (n,) over one element's peak gain, in dB."""
    bearing, depression = direction_from(azimuth_off_deg, elevation_deg, mechanical_tilt_deg)
    best = -math.inf
    for i in range(beam_bearings_deg.size):
        gain = array_factor_db(
            bearing,
            depression,
            beam_bearings_deg[i],
            beam_depressions_deg[i],
            rows,
            columns,
            row_spacing,
            column_spacing,
        )
        best = max(best, gain)
    return best - element_attenuation_db(
        bearing, depression, horizontal_beamwidth_deg, vertical_beamwidth_deg
    )


@njit
def beam_set_gains(
    azimuth_off_deg,
    elevation_deg,
    mechanical_tilt_deg,
    beam_bearings_deg,
    beam_depressions_deg,
    rows,
    columns,
    row_spacing,
    column_spacing,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    gain_db,
):
    """Fill ``gain_db`` (n,) for directions (n,)."""
    for i in range(gain_db.size):
        gain_db[i] = beam_set_gain_db(
            azimuth_off_deg[i],
            elevation_deg[i],
            mechanical_tilt_deg,
            beam_bearings_deg,
            beam_depressions_deg,
            rows,
            columns,
            row_spacing,
            column_spacing,
            horizontal_beamwidth_deg,
            vertical_beamwidth_deg,
        )
