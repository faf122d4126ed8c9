"""The name of a window of path loss: a digest of everything that the loss depends on."""

import hashlib
import struct
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["code_revision", "window_key"]

_COMPUTING = ("kernels", "propagation", "prediction", "radio", "geodata")


def window_key(**parts: Any) -> str:
    """SHA-256 of everything that a window's loss depends on, as 64 hexadecimal digits.

    The package's version and its own sources that compute loss are always among it: a changed
    kernel never finds what another one left.

    Parameters
    ----------
    parts
        Whatever the loss depends on, by name; their order does not matter. A part is None, a
        bool, an int, a float (all its bits count), text, bytes, an array (type, shape and values
        count, its order in memory does not), or a tuple, list or mapping with text as keys of
        these, to any depth. Values of different types differ: 10 is not 10.0.

    Raises
    ------
    TypeError
        When a part is of another type, named in the message.
    """
    code = _encoded("code", (package_version(), code_revision()))
    return hashlib.sha256(code + _encoded("parts", parts)).hexdigest()


@cache
def package_version() -> str:
    """Version of the package; to look it up takes longer than all the rest of a key."""
    return version("phusong")


@cache
def code_revision() -> str:
    """SHA-256 of the package's sources and tables that levels depend on, in hexadecimal digits."""
    root = Path(__file__).parents[1]
    files = [*root.glob("_jit*.py")]
    for folder in _COMPUTING:
        files += [file for kind in ("*.py", "*.csv") for file in (root / folder).rglob(kind)]
    sources = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
    return hashlib.sha256(_encoded("sources", sources)).hexdigest()


def _encoded(name: str, value: Any) -> bytes:
    """Type, length and content, so that no two values have one encoding."""
    kind, body = _content(name, value)
    return kind + struct.pack("<Q", len(body)) + body


def _content(name: str, value: Any) -> tuple[bytes, bytes]:
    """One letter for the type, and the value as bytes."""
    if isinstance(value, np.ndarray):
        return b"a", _array(name, value)
    if isinstance(value, Mapping):
        return b"m", _mapping(name, value)
    if isinstance(value, tuple | list):
        return b"l", b"".join(_encoded(f"{name}[{i}]", item) for i, item in enumerate(value))
    return _scalar(name, value.item() if isinstance(value, np.generic) else value)


def _scalar(name: str, value: Any) -> tuple[bytes, bytes]:
    match value:
        case None:
            return b"n", b""
        case bool():
            return b"b", bytes([value])
        case int():
            return b"i", str(value).encode()
        case float():
            return b"f", struct.pack("<d", value)
        case str():
            return b"s", value.encode()
        case bytes():
            return b"y", value
    raise TypeError(f"{name} is a {type(value).__name__}: give numbers, text, bytes or arrays")


def _array(name: str, values: np.ndarray[Any, Any]) -> bytes:
    """Type and shape, and a digest of the values in row order and little-endian."""
    if values.dtype.hasobject:
        raise TypeError(f"{name} is an array of objects: give one of numbers")
    plain = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    digest = hashlib.sha256(plain.data.cast("B") if plain.size else b"").digest()
    return _encoded(name, (plain.dtype.str, values.shape, digest))


def _mapping(name: str, values: Mapping[Any, Any]) -> bytes:
    """Names and values in the order of the names."""
    strange = [key for key in values if not isinstance(key, str)]
    if strange:
        raise TypeError(f"{name} has the key {strange[0]!r}: give text as keys")
    return b"".join(
        _encoded(name, key) + _encoded(f"{name}[{key!r}]", values[key]) for key in sorted(values)
    )
