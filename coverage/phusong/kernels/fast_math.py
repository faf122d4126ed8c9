"""Logarithm, exponential and arc tangent that a compiler can do four at a time.

The C library's functions are calls, which keep a loop from being vectorised. These are straight
lines of arithmetic with a stated error, small beside 1e-3 dB, for finite arguments of ordinary
size; they have no special cases.
"""

import math

import numpy as np

from phusong._jit import bits_of_float, float_of_bits, inlined_njit

__all__ = ["DB_PER_LOG2", "arctan", "exp2", "log2", "sine_of_third"]

DB_PER_LOG2 = 10.0 * math.log10(2.0)
"""10 log10(x) is this times log2(x)."""

_EXPONENT = -(1 << 52)  # sign and exponent of a float64
_BIAS = 1023 << 52
_POSITIVE_EXPONENT = 0x7FF0000000000000
_SQRT_HALF = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_TWO_52 = 0x4330000000000000  # the bits of 2**52: adding below them makes a whole number a float
_OFFSET = 2.0**52 + 1023.0
_ROUND = 1.5 * 2.0**52  # adding it rounds to a whole number
_LN2 = math.log(2.0)


@inlined_njit
def log2(x):
    """Binary logarithm of a normal positive number, within 1.1e-9."""
    bits = bits_of_float(x)
    whole = (bits - _SQRT_HALF) & _EXPONENT
    exponent = float_of_bits((((whole + _BIAS) & _POSITIVE_EXPONENT) >> 52) | _TWO_52) - _OFFSET
    mantissa = float_of_bits(bits - whole)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = ((((z / 9.0 + 1.0 / 7.0) * z + 0.2) * z + 1.0 / 3.0) * z + 1.0) * (2.0 / _LN2)
    return exponent + s * series


@inlined_njit
def exp2(x):
    """Two to the power ``x``, within 3e-10 of itself; held between 2**-1000 and 2**1000."""
    x = min(max(x, -1000.0), 1000.0)
    shifted = x + _ROUND
    f = (x - (shifted - _ROUND)) * _LN2
    p = f / 40320.0 + 1.0 / 5040.0
    p = p * f + 1.0 / 720.0
    p = p * f + 1.0 / 120.0
    p = p * f + 1.0 / 24.0
    p = p * f + 1.0 / 6.0
    p = (p * f + 0.5) * f * f + f + 1.0
    return float_of_bits(bits_of_float(p) + (bits_of_float(shifted) << 52))


@inlined_njit
def arctan(x):
    """Arc tangent in radians, within 1e-9: of half the angle, by its series."""
    size = abs(x)
    steep = size > 1.0
    a = 1.0 / size if steep else size
    t = a / (1.0 + math.sqrt(1.0 + a * a))
    z = t * t
    p = -z / 19.0 + 1.0 / 17.0
    p = -p * z + 1.0 / 15.0
    p = -p * z + 1.0 / 13.0
    p = -p * z + 1.0 / 11.0
    p = -p * z + 1.0 / 9.0
    p = -p * z + 1.0 / 7.0
    p = -p * z + 0.2
    p = -p * z + 1.0 / 3.0
    angle = 2.0 * t * (1.0 - p * z)
    angle = 0.5 * math.pi - angle if steep else angle
    return math.copysign(angle, x)


# sin(pi/6 - 2/3 asin(z / sqrt 2)) in powers of z = sqrt(1 - |x|), which has no singular end.
_THIRD = tuple(
    np.polynomial.Chebyshev.interpolate(
        lambda z: np.sin(np.pi / 6.0 - 2.0 / 3.0 * np.arcsin(z / np.sqrt(2.0))), 14, domain=[0, 1]
    )
    .convert(kind=np.polynomial.Polynomial)
    .coef.tolist()
)[::-1]


@inlined_njit
def sine_of_third(x):
    """sin(asin(x) / 3) for -1 to 1, the middle root y of 4 y**3 - 3 y + x, within 2e-10."""
    z = math.sqrt(max(0.0, 1.0 - abs(x)))
    y = 0.0
    for coefficient in _THIRD:
        y = y * z + coefficient
    return math.copysign(y, x)
