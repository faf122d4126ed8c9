"""The only importer of numba.

The source root of this package is a folder named ``coverage``. When the repository root is on
``sys.path`` and coverage.py is not installed, that bare folder is importable as a namespace
package, and numba, which imports coverage.py, then fails on it. So the folder is hidden while
numba is imported, and only then.
"""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "bits_of_float",
    "float_of_bits",
    "fused_njit",
    "inlined_njit",
    "njit",
    "nogil_njit",
    "on_one_thread",
    "parallel_njit",
    "prange",
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


def thread_count() -> int:
    """How many threads kernels run on: numba's own figure, as its users set it."""
    return int(numba.get_num_threads())


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Run parallel kernels on the calling thread: of short ones the sharing takes most time."""
    threads = thread_count()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
