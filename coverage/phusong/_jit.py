"""The only importer of numba.

The source root of this package is a folder named ``coverage``. When the repository root is on
``sys.path`` and coverage.py is not installed, that bare folder is importable as a namespace
package, and numba, which imports coverage.py, then fails on it. So the folder is hidden while
numba is imported, and only then.

What a kernel of this package was compiled to is kept on disk (`phusong._jit_files`) for the next
process. numba's own cache looks at the one file that a function is in, though what it calls in
other files is compiled into it, and takes no function that is made over others. Here one revision
covers the sources of all kernels, and a function made over kernels is known by their names.
"""

import importlib.util
import os
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np

from phusong._jit_files import KernelFiles, digest_of

__all__ = [
    "bits_of_float",
    "float_of_bits",
    "fused_njit",
    "in_shares",
    "inlined_njit",
    "njit",
    "nogil_njit",
    "scaled_single",
    "shared_njit",
    "split_single",
    "stay_here",
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
    import llvmlite
    import numba
    from numba.core import config as numba_config
    from numba.core import event, serialize, types
    from numba.core.caching import NullCache
    from numba.core.compiler import CompileResult
    from numba.extending import intrinsic
finally:
    if _hide:
        del sys.modules["coverage"]

config: Any = numba_config
dumps: Any = serialize.dumps
rebuilt: Any = CompileResult._rebuild

KERNELS = "phusong.kernels."
# Settings of numba that change the code it makes, beside the processor's name and features.
COUNTING_SETTINGS = (
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "EXTEND_VARIABLE_LIFETIMES",
    "JIT_COVERAGE",
    "LLVM_REFPRUNE_FLAGS",
    "LLVM_REFPRUNE_PASS",
    "LOOP_VECTORIZE",
    "OPT",
    "SLP_VECTORIZE",
    "USING_SVML",
)


def _revision() -> str | None:
    """Digest of all that compiled code depends on; None where there is no telling."""
    package = Path(__file__).parent
    sources = sorted((package / "kernels").rglob("*.py"))
    if not sources:  # run from an archive
        return None
    sources += [Path(__file__), package / "_jit_files.py"]
    return digest_of(
        [(path.name, path.read_bytes()) for path in sources],
        (numba.__version__, llvmlite.__version__, np.__version__, sys.version),
        [(name, getattr(config, name, None)) for name in COUNTING_SETTINGS],
    )


# As it was when the kernels were imported: what they are compiled from.
_REVISION = _revision()


@cache
def _files(folder: str) -> KernelFiles:
    return KernelFiles(str(_REVISION), folder)


class _Depth(event.Listener):
    """How many functions are being compiled, each for the one before."""

    def __init__(self) -> None:
        self.now = 0

    def on_start(self, _: Any) -> None:
        self.now += 1

    def on_end(self, _: Any) -> None:
        self.now -= 1


_depth = _Depth()
event.register("numba:compile", _depth)  # type: ignore[no-untyped-call]


class KernelCache(NullCache):
    """Keeps what one kernel was compiled to, for each types of arguments it was called with.

    Only kernels called from Python are kept, whole with all that they call. numba asks and tells
    under its compiler's lock, so that one thread is here at a time.
    """

    def __init__(self, identity: str, options: dict[str, Any]) -> None:
        self.identity = identity
        self._options = sorted(options.items())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for a signature; None where it must be compiled."""
        if not self._applies():
            return None
        target_context.refresh()
        kept = _files(config.CACHE_DIR).read(self._name(sig, target_context.codegen()))
        if kept is None:
            return None
        signature, reduced = pickle.loads(kept)  # noqa: S301 - see `phusong._jit_files`
        return rebuilt(target_context, *reduced) if signature == sig else None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what a signature was compiled to."""
        if self._applies() and not data.library.has_dynamic_globals:
            name = self._name(sig, data.codegen)
            _files(config.CACHE_DIR).write(name, dumps((sig, data._reduce())))

    def _applies(self) -> bool:
        """Not within another's compilation, nor once sources have changed under this process."""
        return _depth.now == 0 and _REVISION is not None and _revision() == _REVISION

    def _name(self, sig: Any, codegen: Any) -> str:
        """Name of a file; the processor's name and features are in it."""
        known = digest_of(self.identity, str(sig), codegen.magic_tuple(), self._options)
        plain = self.identity.partition("(")[0].rpartition(".")[2]
        return f"{plain}-{known[:32]}"


def _identity(function: Any) -> str | None:
    """What tells a kernel from all others of a revision; None where nothing does.

    A function made in another is known by the kernels and plain values that it is made over.
    """
    if not function.__module__.startswith(KERNELS):
        return None
    name = f"{function.__module__}.{function.__qualname__}"
    if function.__closure__ is None:
        return name
    over = [_value_identity(cell.cell_contents) for cell in function.__closure__]
    return None if None in over else f"{name}({', '.join(map(str, over))})"


def _value_identity(value: Any) -> str | None:
    if isinstance(value, bool | int | float | str):
        return repr(value)
    kept = getattr(value, "_cache", None)
    return kept.identity if isinstance(kept, KernelCache) else None


def _compiler(**options: Any) -> Any:
    """Decorator that compiles when first called, or takes what was kept."""
    compiled = numba.njit(error_model="numpy", **options)

    def decorate(function: Any) -> Any:
        identity = _identity(function)
        if identity is not None and function.__closure__ is not None:
            # Names of compiled code are made from this one. Two of one name, compiled in two
            # processes and loaded into a third, would be taken for each other.
            function.__qualname__ += f"_{digest_of(identity)[:16]}"
        kernel = compiled(function)
        if identity is not None and not config.DISABLE_JIT:
            kernel._cache = KernelCache(identity, kernel.targetoptions)
        return kernel

    return decorate


# NumPy's error model: a division by zero gives inf, not an exception, and loops stay free of tests.
njit: Any = _compiler()
# For a kernel that several Python threads run at once.
nogil_njit: Any = _compiler(nogil=True)
# May fuse a product and a sum into one rounding; still one result whatever the thread count.
fused_njit: Any = _compiler(fastmath={"contract"})
# The same, always part of its caller: a call left standing would keep a loop from vectorising.
inlined_njit: Any = numba.njit(error_model="numpy", fastmath={"contract"}, forceinline=True)


def shared_njit(function: Any) -> Callable[..., None]:
    """Compile a loop that threads share.

    ``function`` takes the number of a share, how many there are, and then the arguments that the
    compiled one is called with. It must write nothing that another share writes. Called with
    ``alone`` the loop stays on the calling thread: of a short one the handing out takes most.
    """
    kernel = nogil_njit(function)

    @wraps(function)
    def run(*arguments: Any, alone: bool = False) -> None:
        if alone:
            kernel(0, 1, *arguments)
        else:
            in_shares(kernel, *arguments)

    return run


def in_shares(kernel: Any, *arguments: Any) -> None:
    """Run a kernel (share, shares, *arguments), each thread its share."""
    shares = thread_count()
    if shares == 1 or _here.stay:
        kernel(0, 1, *arguments)
    else:
        list(_threads(shares).map(lambda share: kernel(share, shares, *arguments), range(shares)))


class _Here(threading.local):
    """Whether this thread keeps its kernels to itself."""

    stay = False


_here = _Here()


def stay_here() -> None:
    """Keep all kernels that this thread calls on it: it is one of as many as there may be."""
    _here.stay = True


@cache
def _threads(number: int) -> ThreadPoolExecutor:
    """Threads that are kept: many a kernel takes less time than to start them."""
    return ThreadPoolExecutor(number, "phusong")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=_threads.cache_clear)


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


def _split_single(_: Any, value: Any) -> Any:
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
        return context.make_tuple(builder, two, (exponent, mantissa))

    two = types.UniTuple(types.float32, 2)  # type: ignore[no-untyped-call]
    return two(types.float32), generate


def _scaled_single(_: Any, value: Any, power: Any) -> Any:  # noqa: ARG001 - types, unasked
    """A float32 times two to a power, which stands in the lowest bits of a float32."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        whole_type = context.get_value_type(types.int32)
        bits, by = (builder.bitcast(argument, whole_type) for argument in arguments)
        scaled = builder.add(bits, builder.shl(by, whole_type(23)))
        return builder.bitcast(scaled, context.get_value_type(types.float32))

    return types.float32(types.float32, types.float32), generate


split_single: Any = intrinsic(_split_single)
scaled_single: Any = intrinsic(_scaled_single)


def thread_count() -> int:
    """How many threads kernels run on: numba's own figure, as its users set it."""
    return int(numba.get_num_threads())
