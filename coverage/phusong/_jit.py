"""The only importer of numba.

The source root of this package is a folder named ``coverage``. When the repository root is on
``sys.path`` and coverage.py is not installed, that bare folder is importable as a namespace
package, and numba, which imports coverage.py, then fails on it. So the folder is hidden while
numba is imported, and only then.
"""

import importlib.util
import sys
from typing import Any

__all__ = [
    "bits_of_float",
    "float_of_bits",
    "fused_njit",
    "inlined_njit",
    "njit",
    "nogil_njit",
    "parallel_njit",
    "prange",
    "scaled_single",
    "split_single",
    "thread_count",
]


def _is_bare_folder(name: str) -> bool:
    if name in sys.modules:
        return False
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is None


_hide = _is_bare_folder("coverage")
if _hide:
    sys.modules["coverage"] = None  # type: ignore[assignment]
try:
    import numba
    from numba.core import types
    from numba.extending import intrinsic
finally:
    if _hide:
        del sys.modules["coverage"]

# NumPy's error model: a division by zero gives inf, not an exception, and loops stay free of tests.
njit: Any = numba.njit(error_model="numpy")
# For a kernel that several Python threads run at once.
nogil_njit: Any = numba.njit(error_model="numpy", nogil=True)
parallel_njit: Any = numba.njit(error_model="numpy", parallel=True)
prange: Any = numba.prange
# May fuse a product and a sum into one rounding; still one result whatever the thread count.
fused_njit: Any = numba.njit(error_model="numpy", fastmath={"contract"})
# The same, always part of its caller: a call left standing would keep a loop from vectorising.
inlined_njit: Any = numba.njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


def _reinterpreting(source: Any, target: Any, summary: str) -> Any:
    def reinterpret(_: Any, value: Any) -> Any:  # noqa: ARG001 - its name is the argument's
        def generate(context: Any, builder: Any, __: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return target(source), generate

    reinterpret.__doc__ = summary
    return intrinsic(reinterpret)


bits_of_float: Any = _reinterpreting(types.float64, types.int64, "Bits of a float64 as an int64.")
float_of_bits: Any = _reinterpreting(types.int64, types.float64, "The float64 of an int64's bits.")

_EXPONENT = -(1 << 23)  # sign and exponent of a float32
_SQRT_HALF = 0x3F3504F3  # the bits of sqrt(1/2)


@intrinsic
def split_single(_: Any, value: Any) -> Any:
    """A positive float32 as (exponent, mantissa), float32 both; mantissa from sqrt(1/2).

    In 32-bit integers throughout: numba's own are of 64, which no processor of AVX2 makes a float.
    """

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        whole_type, single = context.get_value_type(types.int32), context.get_value_type(value)
        bits = builder.bitcast(arguments[0], whole_type)
        above = builder.sub(bits, whole_type(_SQRT_HALF))
        exponent = builder.sitofp(builder.ashr(above, whole_type(23)), single)
        whole = builder.and_(above, whole_type(_EXPONENT))
        mantissa = builder.bitcast(builder.sub(bits, whole), single)
        return context.make_tuple(builder, types.UniTuple(value, 2), (exponent, mantissa))

    return types.UniTuple(types.float32, 2)(types.float32), generate


@intrinsic
def scaled_single(_: Any, value: Any, power: Any) -> Any:  # noqa: ARG001 - their names are the arguments'
    """A float32 times two to a power, which stands in the lowest bits of a float32."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        whole_type = context.get_value_type(types.int32)
        bits, by = (builder.bitcast(argument, whole_type) for argument in arguments)
        scaled = builder.add(bits, builder.shl(by, whole_type(23)))
        return builder.bitcast(scaled, context.get_value_type(types.float32))

    return types.float32(types.float32, types.float32), generate


def thread_count() -> int:
    """How many threads kernels run on: numba's own figure, as its users set it."""
    return int(numba.get_num_threads())
