"""The pixels around a mast, dealt out to radials: each to exactly one, outwards.

A circle is cut into eight octants and each octant into the same number of wedges, whose radial is
its middle. Within an octant a pixel is (major, minor) steps from the mast with
0 <= minor <= major, and belongs to the wedge whose two tangents its minor / major lies between.
Both neighbours compare the same products, so that no pixel is lost or taken twice; the octants'
own edges are exact. Rows and columns are those of a raster, fractional for the mast.
"""

import math

from phusong._jit import inlined_njit, njit

__all__ = ["OCTANTS", "radial_direction", "wedge_pixels", "wedges_per_octant"]

OCTANTS = 8


@njit
def wedges_per_octant(radius_pixels, step_pixels):
    """So many that no pixel within the radius is farther than one step from its radial.

    But at least half a pixel and at most one.
    """
    farthest_off = min(max(step_pixels, 0.5), 1.0)
    return max(1, math.ceil(math.pi * radius_pixels / farthest_off / OCTANTS))


@inlined_njit
def _tangent(index, per_octant):
    """Tangent of the lower edge of a wedge within its octant; exactly 1 on the diagonal."""
    return 1.0 if index == per_octant else math.tan(0.25 * math.pi * index / per_octant)


@inlined_njit
def _octant(octant):
    """Signs of rows and columns, and whether rows are the major direction."""
    row_sign = 1.0 if octant & 1 else -1.0
    col_sign = 1.0 if octant & 2 else -1.0
    return row_sign, col_sign, (octant & 4) != 0


@njit
def radial_direction(wedge, per_octant):
    """Rows and columns that a step of one pixel along a wedge's radial goes."""
    row_sign, col_sign, by_rows = _octant(wedge // per_octant)
    angle = 0.25 * math.pi * (wedge % per_octant + 0.5) / per_octant
    major, minor = math.cos(angle), math.sin(angle)
    if by_rows:
        return row_sign * major, col_sign * minor
    return row_sign * minor, col_sign * major


@inlined_njit
def _first_index(centre, sign, least):
    """Index of a line of pixels a step or two nearer than ``least`` from ``centre``."""
    return math.floor(centre + sign * least) - int(sign)


@inlined_njit
def _room_for(distance, rows, cols, distances, count):
    """Move the last few that are farther up by one; the place that is free then."""
    at = count
    while at > 0 and distances[at - 1] > distance:
        rows[at], cols[at], distances[at] = rows[at - 1], cols[at - 1], distances[at - 1]
        at -= 1
    return at


@njit
def wedge_pixels(
    wedge, per_octant, mast_row, mast_col, nearest, farthest, first, shape, rows, cols, distances
):
    """Rows, columns and distances (pixels) of a wedge's pixels, not falling in distance.

    Those from ``nearest`` up to and with ``farthest`` that lie in the window that begins at
    ``first`` (row, column) and has ``shape``. Returns how many were filled in.
    """
    octant, index = wedge // per_octant, wedge % per_octant
    row_sign, col_sign, by_rows = _octant(octant)
    low, high = _tangent(index, per_octant), _tangent(index + 1, per_octant)
    major_at, minor_at = (mast_row, mast_col) if by_rows else (mast_col, mast_row)
    major_sign, minor_sign = (row_sign, col_sign) if by_rows else (col_sign, row_sign)
    major_first, minor_first = (first[0], first[1]) if by_rows else (first[1], first[0])
    major_size, minor_size = (shape[0], shape[1]) if by_rows else (shape[1], shape[0])
    # An axis belongs to the octant of positive minors, a diagonal to the octants by columns.
    open_axis = index == 0 and minor_sign < 0.0
    closed_diagonal = index == per_octant - 1 and not by_rows
    count = 0
    i = _first_index(major_at, major_sign, nearest * math.sqrt(0.5))
    while True:
        major = major_sign * (i - major_at)
        if major > farthest:
            return count
        inside = 0 <= i - major_first < major_size
        if major > 0.0 and inside:
            least, most = low * major, high * major
            k = _first_index(minor_at, minor_sign, least)
            minor = minor_sign * (k - minor_at)
            while minor < most or (closed_diagonal and minor == most):
                reached = minor > least if open_axis else minor >= least
                if reached and 0 <= k - minor_first < minor_size:
                    distance = math.sqrt(major * major + minor * minor)
                    if nearest <= distance <= farthest:
                        at = _room_for(distance, rows, cols, distances, count)
                        rows[at] = i if by_rows else k
                        cols[at] = k if by_rows else i
                        distances[at] = distance
                        count += 1
                k += int(minor_sign)
                minor = minor_sign * (k - minor_at)
        i += int(major_sign)
