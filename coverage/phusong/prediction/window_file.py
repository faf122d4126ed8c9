"""One window of path loss as the bytes of a file, and back.

The bytes are a header (format and its version, the window's key, bands, rows and columns), the
codes, and a SHA-256 of all that. The codes are what `phusong.kernels.residual` leaves of them,
loss then departure, as one Zstandard frame. ``docs/store.md`` compares it with other means: on
real 30 m windows a file is 6.2 times smaller than its codes, written at 450 and read at 770 MB/s
and core in the slower of two runs of ``python benchmarks/store_codecs.py``; as codes alone
zlib's fastest level makes them 1.8 times smaller at 55 MB/s.
"""

import hashlib
import struct
import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
import zstandard
from numpy.typing import NDArray

from phusong.errors import InputError
from phusong.kernels.codes import DEPARTURE_STEP_DEG, LOSS_STEP_DB, NOT_COMPUTED
from phusong.kernels.residual import join_residuals, split_residuals

__all__ = [
    "DEPARTURE_STEP_DEG",
    "LARGEST_FILE_BYTES",
    "LOSS_STEP_DB",
    "NOT_COMPUTED",
    "DamagedWindowError",
    "Part",
    "Window",
    "common",
    "from_bytes",
    "to_bytes",
]

MOST_VALUES: Final = 1 << 29
"""Loss and departure values of one window: 1 GiB of them. No header can ask for more memory."""
LARGEST_FILE_BYTES: Final = 2 * MOST_VALUES + (MOST_VALUES >> 6)
"""Zstandard never makes its input longer by more than one part in 256."""

_FORMAT: Final = b"phusong\x01"
_HEADER: Final = struct.Struct("<8s32sI4q")
_DIGEST_BYTES: Final = 32
_LEVEL: Final = 1


Part = tuple[slice, slice]
"""Rows and columns of the scene's grid, without a step."""


def common(one: Part, other: Part) -> Part:
    """Rows and columns of both; without any where they have none."""
    rows, cols = (_both(*pair) for pair in zip(one, other, strict=True))
    return rows, cols


def _both(one: slice, other: slice) -> slice:
    start = max(one.start, other.start)
    return slice(start, max(start, min(one.stop, other.stop)))


class DamagedWindowError(ValueError):
    """Bytes that are not the whole, unchanged window of that key."""


class _Codec(threading.local):
    """Each thread's own: to make one takes as long as to compress a small window."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_codec = _Codec()


@dataclass(frozen=True)
class Window:
    """Path loss around a mast as whole numbers, on ``rows``, ``cols`` of the scene's grid.

    Attributes
    ----------
    rows, cols
        Where the window lies on the scene's grid; without a step.
    loss
        (bands, rows, columns), in steps of `LOSS_STEP_DB`; `NOT_COMPUTED` where there is none.
    departure
        (rows, columns), elevation at which the signal leaves, in steps of `DEPARTURE_STEP_DEG`.
    """

    rows: slice
    cols: slice
    loss: NDArray[np.uint16]
    departure: NDArray[np.int16]

    @property
    def part(self) -> Part:
        """Its rows and columns of the grid."""
        return self.rows, self.cols

    def at_origin(self) -> "Window":
        """The same on a grid that is just the window."""
        rows, cols = self.departure.shape
        return Window(slice(0, rows), slice(0, cols), self.loss, self.departure)


def to_bytes(key: str, window: Window) -> bytes:
    """Bytes of the file that holds a window.

    Raises
    ------
    InputError
        When the arrays' types or shapes are not those of a `Window`, or it is larger than
        any file of this format may be.
    """
    _check(window)
    bands, rows, cols = window.loss.shape
    planes = np.empty(2 * (bands + 1) * rows * cols, np.uint8)
    loss, departure = _planes(planes, bands, rows, cols)
    split_residuals(np.ascontiguousarray(window.loss), loss)
    split_residuals(np.ascontiguousarray(window.departure).view(np.uint16)[None], departure)
    header = _HEADER.pack(
        _FORMAT,
        bytes.fromhex(key),
        bands,
        window.rows.start,
        window.rows.stop,
        window.cols.start,
        window.cols.stop,
    )
    body = header + _codec.compressor.compress(planes.data)
    return body + hashlib.sha256(body).digest()


def from_bytes(key: str, data: bytes) -> Window:
    """Window that `to_bytes` made these bytes of.

    Raises
    ------
    DamagedWindowError
        When they are not exactly what `to_bytes` returned for that key, in this format's version.
    """
    (bands, row0, row1, col0, col1), frame = _opened(key, data)
    rows, cols = row1 - row0, col1 - col0
    if min(row0, col0, rows, cols) < 0 or (bands + 1) * rows * cols > MOST_VALUES:
        raise DamagedWindowError("its header says sizes that no window has")
    planes = np.frombuffer(_decompressed(frame, 2 * (bands + 1) * rows * cols), np.uint8)
    loss, departure = np.empty((bands, rows, cols), np.uint16), np.empty((rows, cols), np.int16)
    of_loss, of_departure = _planes(planes, bands, rows, cols)
    join_residuals(of_loss, loss)
    join_residuals(of_departure, departure.view(np.uint16)[None])
    return Window(slice(row0, row1), slice(col0, col1), loss, departure)


def _check(window: Window) -> None:
    """InputError where the arrays are not those of a window."""
    shape = tuple(part.stop - part.start for part in (window.rows, window.cols))
    problems = []
    if window.loss.dtype != np.uint16 or window.loss.ndim != 3 or window.loss.shape[1:] != shape:
        problems.append(
            f"loss is {window.loss.dtype} {window.loss.shape}: give uint16 (bands, *{shape})"
        )
    if window.departure.dtype != np.int16 or window.departure.shape != shape:
        problems.append(
            f"departure is {window.departure.dtype} {window.departure.shape}: give int16 {shape}"
        )
    if min(window.rows.start, window.cols.start, *shape) < 0:
        problems.append(f"rows {window.rows} and cols {window.cols}: give places on the grid")
    if window.loss.size + window.departure.size > MOST_VALUES:
        problems.append(
            f"{window.loss.size} values of loss are too many for one window of the store: "
            "take a coarser resolution or a shorter range"
        )
    if problems:
        raise InputError("path-loss window", problems)


def _planes(
    planes: NDArray[np.uint8], bands: int, rows: int, cols: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The parts for loss (2, bands, rows, columns) and departure (2, 1, rows, columns)."""
    loss, departure = np.split(planes, [2 * bands * rows * cols])
    return loss.reshape(2, bands, rows, cols), departure.reshape(2, 1, rows, cols)


def _opened(key: str, data: bytes) -> tuple[tuple[int, ...], memoryview]:
    """Sizes in the header, and the frame; DamagedWindowError where anything is amiss."""
    whole = memoryview(data)
    body, digest = whole[:-_DIGEST_BYTES], whole[-_DIGEST_BYTES:]
    if len(body) < _HEADER.size:
        raise DamagedWindowError("it is cut short")
    written, of_key, *sizes = _HEADER.unpack_from(body)
    if written != _FORMAT:
        raise DamagedWindowError("it is of another format or version")
    if hashlib.sha256(body).digest() != digest:
        raise DamagedWindowError("its checksum does not match")
    if of_key.hex() != key:
        raise DamagedWindowError("it is the window of another key")
    return tuple(sizes), body[_HEADER.size :]


def _decompressed(frame: memoryview, size: int) -> bytes:
    """The frame's content; nothing is allocated before its own header says just that size."""
    try:
        if zstandard.frame_content_size(frame) != size:
            raise DamagedWindowError("its header and its content differ in size")
        if size == 0:
            return b""
        return _codec.decompressor.decompress(frame, size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise DamagedWindowError(f"its content cannot be decompressed: {error}") from error
