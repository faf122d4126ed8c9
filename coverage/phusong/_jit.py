"""The only importer of numba.

The source root of this package is a folder named ``coverage``. When the repository root is on
``sys.path`` and coverage.py is not installed, that bare folder is importable as a namespace
package, and numba, which imports coverage.py, then fails on it. So the folder is hidden while
numba is imported, and only then.
"""

import importlib.util
import sys
from typing import Any

__all__ = ["njit", "nogil_njit", "parallel_njit", "prange"]


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
finally:
    if _hide:
        del sys.modules["coverage"]

# NumPy's error model: a division by zero gives inf, not an exception, and loops stay free of tests.
njit: Any = numba.njit(error_model="numpy")
# For a kernel that several Python threads run at once.
nogil_njit: Any = numba.njit(error_model="numpy", nogil=True)
parallel_njit: Any = numba.njit(error_model="numpy", parallel=True)
prange: Any = numba.prange
