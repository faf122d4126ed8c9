"""Where a block of receivers along a radial keeps what is known of each.

A block holds `LANES` receivers, a field after the other, at offsets that a compiler knows: that
lets it vectorise what reads them. From `MODEL` on the same room is used three times: for what the
receivers' own points are like, for what the walk finds beyond them, and, once both are concluded,
for what a model keeps for all of its bands. Distances in km, heights in m above sea level, slopes
in m/km; the equations are those of ITU-R P.1812-8.
"""

from phusong._jit import inlined_njit

__all__ = ["BLOCK", "BLOCKED", "LANES", "MODEL", "lanes_of"]

LANES = 64
HRS = 0 * LANES  # receiver's antenna
STIM = 1 * LANES  # steepest surface slope from the mast, earth's bulge included: eq. (14)
SRIM = 2 * LANES  # and back from the receiver: eq. (17)
HSTD = 3 * LANES  # smooth-surface heights for the diffraction model: eqs. (91), (92)
HSRD = 4 * LANES
INNER = 5 * LANES  # regular points of the profile
OWN_FIRST = 6 * LANES  # distance of the first of the receiver's own points
SMOOTH = 7 * LANES  # smooth surface of the ducting model at the mast: eq. (93)
TILT = 8 * LANES  # and its slope
EXACT = 9 * LANES  # 1 where horizons and roughness are exact, 0 where they are bounds
D = 10 * LANES  # distance
NU = 11 * LANES  # largest diffraction parameter of a clear path, times sqrt(wavelength), or BLOCKED
SLOPE_T = 12 * LANES  # of the horizon's ray at the mast, or of the direct ray: eq. (79)
SLOPE_R = 13 * LANES  # and at the receiver: eq. (82)
DLT = 14 * LANES  # distance to the mast's horizon; on a clear path d, which it does not exceed
DLR = 15 * LANES
HM = 16 * LANES  # roughness at some points, at most the hm of eq. (95); -BLOCKED on a clear path
HTE = 17 * LANES  # antennas above the smooth surface of the ducting model: eq. (94)
HRE = 18 * LANES
MODEL = 19 * LANES  # from here on, what a model keeps for all of its bands
# Until then, what the receivers' own points are like:
GROUND = MODEL
DIRECT = MODEL + 1 * LANES  # slope of the direct ray
V1 = MODEL + 2 * LANES  # sums of eqs. (85), (86) over the own points, then over the profile
V2 = MODEL + 3 * LANES
OWN_FLAT = MODEL + 4 * LANES  # steepest from the mast, on a flat earth
OWN_ABOVE = MODEL + 5 * LANES  # highest above the direct ray's slope
OWN_SLOPE = MODEL + 6 * LANES  # steepest from the mast, and where
OWN_T = MODEL + 7 * LANES
OWN_SEEN = MODEL + 8 * LANES  # steepest surface from the mast
OWN_GAP = MODEL + 9 * LANES  # closest to the direct ray, as `radial_walk.closest_to_ray` has it
OWN_BACK = MODEL + 10 * LANES  # steepest from the receiver, on a flat earth
OWN_SLOPE_R = MODEL + 11 * LANES  # steepest from the receiver, and where
OWN_R = MODEL + 12 * LANES
OWN_SRIM = MODEL + 13 * LANES  # steepest surface from the receiver
# and what the walk along the radial found:
FLAT = MODEL + 14 * LANES  # steepest from the mast, on a flat earth
ABOVE_X = MODEL + 15 * LANES  # point highest above the direct ray's slope
ABOVE_Y = MODEL + 16 * LANES
BACK_X = MODEL + 17 * LANES  # point seen highest from the receiver, on a flat earth
BACK_Y = MODEL + 18 * LANES
CURVED_X = MODEL + 19 * LANES  # on the curved earth
CURVED_Y = MODEL + 20 * LANES
TOP_X = MODEL + 21 * LANES  # of the surface
TOP_Y = MODEL + 22 * LANES
OWN_HEIGHT = MODEL + 23 * LANES  # of the first own point
PEAK_X = MODEL + 24 * LANES  # point highest above the smooth surface of the ducting model
PEAK_Y = MODEL + 25 * LANES
BLOCK = MODEL + 26 * LANES
BLOCKED = 1e30

STRIDE = 8


@inlined_njit
def lanes_of(count):
    """Lanes of a block with at most so many receivers: whole steps of a vectorised loop."""
    return min(LANES, (count + STRIDE - 1) // STRIDE * STRIDE)
