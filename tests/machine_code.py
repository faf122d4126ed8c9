"""What a kernel was compiled to."""

import numba

ALLOCATES = "NRT_MemInfo_alloc"


def allocates(function):
    """Whether the machine code of a kernel, with all that it calls, asks for memory.

    It is compiled anew for the types it was called with: code kept on disk cannot be read.
    """
    assert function.signatures
    fresh = numba.jit(**function.targetoptions)(function.py_func)
    for types in function.signatures:
        fresh.compile(types)
    return any(ALLOCATES in code for code in fresh.inspect_llvm().values())
