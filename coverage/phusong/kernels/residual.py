"""What a smooth raster of integers leaves over its neighbours, in bytes that compress well.

A band differs little from the band below it, and that difference little from the plane through
its three neighbours above and to the left. What is left over is small and of either sign: zigzag
(0, -1, 1, -2, ... becomes 0, 1, 2, 3, ...) takes the sign to the last bit, so that nearly all high
bytes are 0, and they are kept apart from the low ones. All is modulo 65,536 and comes back exactly.
"""

import numpy as np

from phusong._jit import nogil_njit

__all__ = ["join_residuals", "split_residuals"]


@nogil_njit
def split_residuals(codes, planes):
    """Fill low and high bytes ``planes`` (2, bands, rows, columns) from ``codes`` of uint16."""
    bands, rows, cols = codes.shape
    above = np.zeros(cols + 1, np.uint16)
    here = np.zeros(cols + 1, np.uint16)
    for b in range(bands):
        above[:] = 0
        for i in range(rows):
            for j in range(cols):
                here[j + 1] = codes[b, i, j] - (codes[b - 1, i, j] if b > 0 else 0)
            for j in range(cols):
                left_over = np.int16((here[j + 1] - above[j + 1]) - (here[j] - above[j]))
                zigzag = np.uint16((left_over << 1) ^ (left_over >> 15))
                planes[0, b, i, j] = zigzag & 255
                planes[1, b, i, j] = zigzag >> 8
            above, here = here, above


@nogil_njit
def join_residuals(planes, codes):
    """Fill ``codes`` (bands, rows, columns) of uint16 from what `split_residuals` made of them."""
    bands, rows, cols = codes.shape
    left_over = np.empty(cols, np.uint16)
    # This row's difference from the band below, until then that of the row above.
    difference = np.empty(cols, np.uint16)
    for b in range(bands):
        difference[:] = 0
        for i in range(rows):
            for j in range(cols):
                zigzag = np.uint16(planes[0, b, i, j] | (np.uint16(planes[1, b, i, j]) << 8))
                left_over[j] = (zigzag >> 1) ^ np.uint16(-(zigzag & 1))
            run = np.uint16(0)
            for j in range(cols):
                run = np.uint16(run + left_over[j])
                difference[j] += run
            for j in range(cols):
                codes[b, i, j] = difference[j] + (codes[b - 1, i, j] if b > 0 else 0)
