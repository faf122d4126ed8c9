"""From path loss to the strongest servers of each pixel.

A row of a window is taken in chunks. A chunk in which a cell could not reach the list of servers
even by the full gain of its antenna is passed over after a look at its losses: most are, where many
cells reach. Of the others most lie beside or behind the sector, and are passed over by the least
attenuation that its beamwidth has on the chunk's bearings. What is left gets its antenna's
attenuation by straight arithmetic that is vectorised.
"""

import math

import numpy as np

from phusong._jit import fused_njit, inlined_njit, njit, shared_njit
from phusong.kernels.codes import DEPARTURE_STEP_DEG, LOSS_STEP_DB, NOT_COMPUTED
from phusong.kernels.fast_math_single import arctan, f4
from phusong.kernels.pattern import FRONT_BACK_DB, SIDE_LOBE_DB
from phusong.kernels.pattern_table import table_attenuation_db

__all__ = [
    "CHUNK",
    "fill_attenuation",
    "fill_by_beamwidths",
    "fill_directions",
    "keep_strongest",
    "least_attenuation_db",
]

CHUNK = 16
QUARTER = 0.5 * math.pi
DEGREES = 180.0 / math.pi
RADIANS_PER_CODE = f4(DEPARTURE_STEP_DEG / DEGREES)
STEEPEST_CODE = round(85.0 / DEPARTURE_STEP_DEG)  # a tangent beyond it says nothing
# Far more than what rounding moves a bound by: a chunk passed over could not have changed a bit.
BOUND_MARGIN_DB = 0.01


@inlined_njit
def _could_serve(loss_code, eirp_dbm, last_dbm):
    """Whether any pixel of a chunk could be reached at least as well as by its last server."""
    some = False
    for j in range(loss_code.size):
        best = np.float32(eirp_dbm - LOSS_STEP_DB * loss_code[j])
        # A NaN, no server yet, is not above anything.
        some |= (loss_code[j] != NOT_COMPUTED) & (not (last_dbm[j] > best))
    return some


@inlined_njit
def _sine(x):
    """Of an angle within a quarter turn, float32, within 3e-7."""
    z = x * x
    p = f4(1.0) - z * f4(1.0 / 110.0)
    p = f4(1.0) - z * f4(1.0 / 72.0) * p
    p = f4(1.0) - z * f4(1.0 / 42.0) * p
    p = f4(1.0) - z * f4(1.0 / 20.0) * p
    return x * (f4(1.0) - z * f4(1.0 / 6.0) * p)


@inlined_njit
def _angle(y, x):
    """Angle of a direction from the x axis, float32, -pi to pi; 0 where both are 0."""
    safe = x if x != f4(0.0) else f4(1e-30)
    angle = arctan(y / safe)
    behind = angle + math.copysign(f4(2.0 * QUARTER), y)
    return behind if safe < f4(0.0) else angle


@fused_njit
def fill_directions(first, down, mast_col, azimuth, tilt, departure, bearing_deg, depression_deg):
    """Bearing and depression of a chunk's pixels in the antenna's own frame, float32, degrees.

    ``down`` rows below the mast, from column ``first``; ``azimuth`` and mechanical ``tilt`` are in
    radians. TR 38.901 eqs. (7.1-7), (7.1-8), on unit vectors.
    """
    north, east = f4(math.cos(azimuth)), f4(math.sin(azimuth))
    level, turned = f4(math.cos(tilt)), f4(math.sin(tilt))
    left, below = f4(first - mast_col), f4(down)
    for j in range(departure.size):
        across = left + f4(j)
        per_length = f4(1.0) / np.sqrt(across * across + below * below + f4(1e-18))
        elevation = RADIANS_PER_CODE * f4(departure[j])
        up, flat = _sine(elevation), _sine(f4(QUARTER) - abs(elevation))
        ahead = flat * (across * east - below * north) * per_length
        aside = flat * (across * north + below * east) * per_length
        z = up * level + ahead * turned
        bearing_deg[j] = f4(DEGREES) * _angle(aside, ahead * level - up * turned)
        depression_deg[j] = f4(-DEGREES) * arctan(z / np.sqrt(max(f4(1.0) - z * z, f4(1e-12))))


@fused_njit
def fill_by_beamwidths(
    bearing_deg, depression_deg, tilt_deg, horizontal_deg, vertical_deg, attenuation_db
):
    """Attenuation of the TR 38.901 element with its electrical tilt."""
    per_horizontal = f4(0.0) if horizontal_deg >= 360.0 else f4(1.0 / horizontal_deg)
    per_vertical, tilt = f4(1.0 / vertical_deg), f4(tilt_deg)
    for j in range(bearing_deg.size):
        across, off = bearing_deg[j] * per_horizontal, (depression_deg[j] - tilt) * per_vertical
        vertical = min(f4(12.0) * off * off, f4(SIDE_LOBE_DB))
        horizontal = min(f4(12.0) * across * across, f4(FRONT_BACK_DB))
        attenuation_db[j] = min(vertical + horizontal, f4(FRONT_BACK_DB))


@njit
def fill_attenuation(
    first,
    down,
    mast_col,
    departure,
    azimuth_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    table_db,
    attenuation_db,
    directions_deg,
):
    """Attenuation of a cell's antenna at a chunk's pixels, by its table or by its beamwidths.

    ``first``, ``down``, ``mast_col`` and ``departure`` are as for `fill_directions`, the others as
    for `keep_strongest`; ``directions_deg`` (2, `CHUNK`) is room to work in.
    """
    if table_db.size > 0:
        for j in range(departure.size):
            off = math.degrees(math.atan2(first + j - mast_col, -down)) - azimuth_deg
            attenuation_db[j] = table_attenuation_db(
                (off + 540.0) % 360.0 - 180.0,
                DEPARTURE_STEP_DEG * departure[j],
                mechanical_tilt_deg,
                electrical_tilt_deg,
                table_db,
            )
        return
    azimuth, tilt = math.radians(azimuth_deg), math.radians(mechanical_tilt_deg)
    bearing, depression = directions_deg[0], directions_deg[1]
    fill_directions(first, down, mast_col, azimuth, tilt, departure, bearing, depression)
    fill_by_beamwidths(
        bearing,
        depression,
        electrical_tilt_deg,
        horizontal_beamwidth_deg,
        vertical_beamwidth_deg,
        attenuation_db,
    )


@inlined_njit
def _least_turn(first, last, down, azimuth):
    """Least angle between the azimuth and the bearings of a chunk's pixels, radians."""
    north, east = math.cos(azimuth), math.sin(azimuth)
    ahead_first, aside_first = first * east - down * north, first * north + down * east
    ahead_last, aside_last = last * east - down * north, last * north + down * east
    # Along a line that does not cross the axis in front, the angle is least at one of its ends.
    if aside_first * aside_last <= 0.0 and max(ahead_first, ahead_last) >= 0.0:
        return 0.0
    first_turn = abs(_angle(f4(aside_first), f4(ahead_first)))
    return min(first_turn, abs(_angle(f4(aside_last), f4(ahead_last))))


@fused_njit
def least_attenuation_db(first, down, mast_col, azimuth, tilt, departure, horizontal_deg):
    """Lower bound of a chunk's attenuation by its bearings alone, whatever the depressions are.

    A mechanical tilt turns a bearing ``b`` to one whose cotangent is at most ``(cos b cos tilt +
    steepest sin tilt) / sin b``, ``steepest`` being the largest tangent of an elevation.
    """
    across = first - mast_col
    turn = _least_turn(across, across + departure.size - 1, down, azimuth)
    if turn == 0.0 or horizontal_deg >= 360.0:
        return 0.0
    steepest = 0
    for j in range(departure.size):
        steepest = max(steepest, abs(departure[j]))
    if steepest > STEEPEST_CODE:
        return 0.0
    lean = math.tan(RADIANS_PER_CODE * steepest) * math.sin(abs(tilt))
    if lean >= math.cos(tilt):
        return 0.0
    seen = _angle(f4(math.sin(turn)), f4(math.cos(turn) * math.cos(tilt) + lean))
    per_beam = DEGREES * seen / horizontal_deg
    return max(min(12.0 * per_beam * per_beam, FRONT_BACK_DB) - BOUND_MARGIN_DB, 0.0)


@inlined_njit
def _insert(level_dbm, server, i, j, level, cell):
    """Put a cell into a pixel's list, strongest first; of equals the lower number comes first."""
    ranks, rank = level_dbm.shape[0], 0
    while rank < ranks and (
        level_dbm[rank, i, j] > level
        or (level_dbm[rank, i, j] == level and server[rank, i, j] < cell)
    ):
        rank += 1
    if rank == ranks or server[rank, i, j] == cell or math.isnan(level):
        return
    for below in range(ranks - 1, rank, -1):
        level_dbm[below, i, j] = level_dbm[below - 1, i, j]
        server[below, i, j] = server[below - 1, i, j]
    level_dbm[rank, i, j] = level
    server[rank, i, j] = cell


@shared_njit
def keep_strongest(
    share,
    shares,
    level_dbm,
    server,
    first_row,
    first_col,
    loss_code,
    departure_code,
    mast_row,
    mast_col,
    cell,
    eirp_dbm,
    azimuth_deg,
    mechanical_tilt_deg,
    electrical_tilt_deg,
    horizontal_beamwidth_deg,
    vertical_beamwidth_deg,
    table_db,
    part,
):
    """Put one cell into the lists of strongest servers, (ranks, rows, columns), of a whole grid.

    The window of ``loss_code`` and ``departure_code`` (`phusong.kernels.codes`) begins at
    ``first_row``, ``first_col``; ``mast_row`` and ``mast_col`` are relative to it; ``azimuth_deg``
    is from the grid's north; ``table_db`` is the antenna's (`phusong.kernels.pattern_table`), of no
    size where its beamwidths describe it. ``part`` is the first row, end row, first column and end
    column of the window that are looked at; ``level_dbm`` and ``server`` need hold no more than
    them, and then ``first_row`` and ``first_col`` may lie before their first. The result does not
    depend on the order of calls, nor a pixel's on the part that it is looked at in; a cell that
    stands in a list already, at its level, is not put in twice.
    """
    cols = loss_code.shape[1]
    row0, row1, col0, col1 = part
    last = level_dbm.shape[0] - 1
    azimuth, tilt = math.radians(azimuth_deg), math.radians(mechanical_tilt_deg)
    # Chunks begin where they do in the whole window, or a pixel's bits could depend on the part.
    begin = col0 - col0 % CHUNK
    for i in range(row0 + share, row1, shares):
        attenuation, directions = np.empty(CHUNK, f4), np.empty((2, CHUNK), f4)
        for start in range(begin, col1, CHUNK):
            n = min(CHUNK, cols - start)
            low, high = max(col0 - start, 0), min(col1 - start, n)
            loss = loss_code[i, start : start + n]
            departure = departure_code[i, start : start + n]
            left = first_col + start
            last_dbm = level_dbm[last, first_row + i, left + low : left + high]
            if not _could_serve(loss[low:high], eirp_dbm, last_dbm):
                continue
            if table_db.size == 0:
                least = least_attenuation_db(
                    start,
                    i - mast_row,
                    mast_col,
                    azimuth,
                    tilt,
                    departure,
                    horizontal_beamwidth_deg,
                )
                if not _could_serve(loss[low:high], eirp_dbm - least, last_dbm):
                    continue
            fill_attenuation(
                start,
                i - mast_row,
                mast_col,
                departure,
                azimuth_deg,
                mechanical_tilt_deg,
                electrical_tilt_deg,
                horizontal_beamwidth_deg,
                vertical_beamwidth_deg,
                table_db,
                attenuation,
                directions,
            )
            for j in range(low, high):
                if loss[j] != NOT_COMPUTED:
                    # Rounded before it is compared, or a tie would depend on the order of calls.
                    level = np.float32(eirp_dbm - LOSS_STEP_DB * loss[j] - attenuation[j])
                    _insert(level_dbm, server, first_row + i, left + j, level, cell)
