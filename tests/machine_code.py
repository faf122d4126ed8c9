"""What a kernel was compiled to."""

import numba

ALLOCATES = "NRT_MemInfo_alloc"


def allocates(function):
    """Whether the machine code of a kernel, with all that it calls, asks for memory.

    What was loaded from disk cannot be read, and is compiled anew.
    """
    assert function.signatures
    if function.stats.cache_hits:
        loaded, function = function, numba.jit(**function.targetoptions)(function.py_func)
        for types in loaded.signatures:
            function.compile(types)
    return any(ALLOCATES in code for code in function.inspect_llvm().values())
