"""The upper hull of a profile that grows away from the mast.

From any place beyond it, the point seen highest is a vertex of the hull. The hull is a stack:
appending a point pops those that fall under it, so keeping it costs a constant amount a point, and
asking costs a walk from its near end, or a bisection where the walk would be long.
"""

from phusong._jit import inlined_njit

__all__ = ["append", "farthest_above", "farthest_beside", "seen_highest"]

WALK = 6


@inlined_njit
def append(x, y, top, new_x, new_y):
    """Put a point beyond all others on the stack ``x``, ``y`` of ``top`` points; its new size."""
    while top >= 2:
        x1, y1 = x[top - 1], y[top - 1]
        if (y1 - y[top - 2]) * (new_x - x1) > (new_y - y1) * (x1 - x[top - 2]):
            break
        top -= 1
    x[top] = new_x
    y[top] = new_y
    return top + 1


@inlined_njit
def _rises_before(x, y, i, at_x, at_y):
    """Whether the vertex before ``i`` is seen at least as high as it from (``at_x``, ``at_y``)."""
    return (y[i - 1] - at_y) * (at_x - x[i]) >= (y[i] - at_y) * (at_x - x[i - 1])


@inlined_njit
def seen_highest(x, y, top, at_x, at_y):
    """Index of the vertex seen highest from a place beyond the hull (``top`` at least 1)."""
    i = top - 1
    steps = 0
    while i > 0 and _rises_before(x, y, i, at_x, at_y):
        i -= 1
        steps += 1
        if steps == WALK:
            break
    if steps < WALK:
        return i
    low, high = 0, i
    while low < high:
        middle = (low + high + 1) // 2
        if _rises_before(x, y, middle, at_x, at_y):
            high = middle - 1
        else:
            low = middle
    return low


@inlined_njit
def farthest_above(x, y, top, slope):
    """Index of the vertex highest above a line of ``slope`` (``top`` at least 1)."""
    low, high = 0, top - 1
    while low < high:
        middle = (low + high) // 2
        if y[middle + 1] - y[middle] > slope * (x[middle + 1] - x[middle]):
            low = middle + 1
        else:
            high = middle
    return low


@inlined_njit
def farthest_beside(x, y, top, slope, i):
    """The same as `farthest_above`, by a walk from vertex ``i``, which is near."""
    while i > 0 and y[i] - y[i - 1] < slope * (x[i] - x[i - 1]):
        i -= 1
    while i < top - 1 and y[i + 1] - y[i] > slope * (x[i + 1] - x[i]):
        i += 1
    return i
