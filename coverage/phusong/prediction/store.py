"""Windows of path loss kept on disk: a changed tilt or power computes none of them again.

A store is a folder with one file a window, named by `window_key`: the digest of everything that
the loss depends on. So a file is never out of date; what no longer holds is not found. A file
appears whole or not at all, whenever the process ends, and is checked whole when it is read.
"""

import hashlib
import os
import platform
import re
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from phusong.errors import InputError
from phusong.prediction.window_file import (
    DEPARTURE_STEP_DEG,
    LARGEST_FILE_BYTES,
    LOSS_STEP_DB,
    NOT_COMPUTED,
    DamagedWindowError,
    Window,
    from_bytes,
    to_bytes,
)
from phusong.prediction.window_key import window_key

__all__ = [
    "DEPARTURE_STEP_DEG",
    "LOSS_STEP_DB",
    "NOT_COMPUTED",
    "PathLossStore",
    "Window",
    "window_key",
]

_SUFFIX: Final = ".loss"
_KEY: Final = re.compile(r"[0-9a-f]{64}")
# Of which key, machine and process: ".KEY.MACHINE-PROCESS-RANDOM.partial".
_PARTIAL: Final = re.compile(r"\.[0-9a-f]{64}\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial")
_ABANDONED_S: Final = 24 * 3600.0


class PathLossStore:
    """Windows of path loss in a folder, for any number of threads and processes at once.

    Parameters
    ----------
    folder
        Where the files are; made where it is missing. What writers that are no more left behind
        unfinished is removed.

    Attributes
    ----------
    folder
        The same.
    damaged
        A sentence for each file that `read` found damaged since this store was opened.

    Raises
    ------
    InputError
        When the folder cannot be made or written into.

    Notes
    -----
    Files are not forced to the disk one by one, which would take longer than computing a window.
    One that a power failure left half-written is found damaged and computed again.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.damaged: list[str] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
            _remove_abandoned(self.folder)
        except OSError as error:
            raise InputError(
                "path-loss store",
                [f"{str(folder)!r}: {error.strerror}; give a folder that can be written into"],
            ) from error

    def __repr__(self) -> str:
        return f"PathLossStore({str(self.folder)!r})"

    def read(self, key: str) -> Window | None:
        """Window of that key; None where there is none, or none that is whole.

        A file that is cut short, altered, of another version or of another key is reported in
        ``damaged`` and removed: compute the window and `write` it again.
        """
        path = self._path(key)
        try:
            return from_bytes(key, _content(path))
        except FileNotFoundError:
            return None
        except (OSError, DamagedWindowError) as error:
            self.damaged.append(f"{path.name}: {error}; it is computed again")
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return None

    def holds(self, key: str) -> bool:
        """Whether there is a file of that key, whole or not."""
        return self._path(key).is_file()

    def write(self, key: str, window: Window) -> None:
        """Keep a window under its key, in place of one that is there.

        Raises
        ------
        InputError
            When the window's arrays do not fit its rows and columns, or it is too large.
        OSError
            When the file cannot be written: the disk is full, or the folder is gone.
        """
        path, content = self._path(key), to_bytes(key, window)
        partial = self.folder / f".{key}.{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.partial"
        try:
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            raise OSError(
                error.errno,
                f"a window of {len(content)} bytes cannot be kept in the path-loss store: "
                f"{error.strerror}; make room there or give another folder",
                str(self.folder),
            ) from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    def size_bytes(self) -> int:
        """Size of all files in the folder, unfinished ones included."""
        total = 0
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a window: give what window_key returned")
        return self.folder / (key + _SUFFIX)


def _content(path: Path) -> bytes:
    """A window's file as bytes; DamagedWindowError where it cannot be one."""
    if not path.is_file():
        path.lstat()
        raise DamagedWindowError("it is no file")
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > LARGEST_FILE_BYTES:
            raise DamagedWindowError("it is longer than any window")
        return file.read()


def _remove_abandoned(folder: Path) -> None:
    """Remove unfinished files whose writer is no more."""
    for path in folder.glob(".*.partial"):
        with suppress(FileNotFoundError):
            if _is_abandoned(path):
                path.unlink()


def _is_abandoned(path: Path) -> bool:
    """Whether the process is gone; of another machine's process only the file's age tells."""
    name = _PARTIAL.fullmatch(path.name)
    if name is None:
        return False
    if name[1] == _machine() and not psutil.pid_exists(int(name[2])):
        return True
    return time.time() - path.stat().st_mtime > _ABANDONED_S


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]
