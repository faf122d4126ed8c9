"""Logarithm, exponential and arc tangent in single precision, eight at a time.

As `phusong.kernels.fast_math`, where a float32 is exact enough: of levels in dB, not of heights and
distances, whose differences count. Constants are float32 too, or the compiler would compute in
float64.
"""

import math

import numpy as np

from phusong._jit import inlined_njit, scaled_single, split_single

__all__ = ["DB_PER_LOG2", "arctan", "exp2", "f4", "log2"]

f4 = np.float32

DB_PER_LOG2 = f4(10.0 * math.log10(2.0))
"""10 log10(x) is this times log2(x)."""

_ROUND = f4(1.5 * 2.0**23)  # adding it rounds to a whole number
_LN2 = f4(math.log(2.0))
_2_PER_LN2 = f4(2.0 / math.log(2.0))


@inlined_njit
def log2(x):
    """Binary logarithm of a normal positive float32, within 3e-7 or its own rounding."""
    exponent, mantissa = split_single(x)
    s = (mantissa - f4(1.0)) / (mantissa + f4(1.0))
    z = s * s
    series = ((z * f4(1.0 / 7.0) + f4(0.2)) * z + f4(1.0 / 3.0)) * z + f4(1.0)
    return exponent + s * series * _2_PER_LN2


@inlined_njit
def exp2(x):
    """Two to the power ``x``, within 3e-7 of itself; held between 2**-120 and 2**120."""
    x = min(max(x, f4(-120.0)), f4(120.0))
    shifted = x + _ROUND
    f = (x - (shifted - _ROUND)) * _LN2
    p = f * f4(1.0 / 5040.0) + f4(1.0 / 720.0)
    p = p * f + f4(1.0 / 120.0)
    p = p * f + f4(1.0 / 24.0)
    p = p * f + f4(1.0 / 6.0)
    p = (p * f + f4(0.5)) * f * f + f + f4(1.0)
    return scaled_single(p, shifted)


@inlined_njit
def arctan(x):
    """Arc tangent in radians, within 2e-7 of itself: of half the angle, by its series."""
    size = abs(x)
    steep = size > f4(1.0)
    a = f4(1.0) / size if steep else size
    t = a / (f4(1.0) + math.sqrt(f4(1.0) + a * a))
    z = t * t
    p = f4(1.0 / 15.0) - z * f4(1.0 / 17.0)
    p = f4(1.0 / 13.0) - p * z
    p = f4(1.0 / 11.0) - p * z
    p = f4(1.0 / 9.0) - p * z
    p = f4(1.0 / 7.0) - p * z
    p = f4(0.2) - p * z
    p = f4(1.0 / 3.0) - p * z
    angle = f4(2.0) * t * (f4(1.0) - p * z)
    angle = f4(0.5 * math.pi) - angle if steep else angle
    return math.copysign(angle, x)
