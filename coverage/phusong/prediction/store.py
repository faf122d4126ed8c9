"""Windows of path loss kept on disk: a changed tilt or power computes none of them again.

A store is a folder with one file a window, named by `window_key`: the digest of everything that
the loss depends on. So a file is never out of date; what no longer holds is not found. A file
appears whole or not at all, whenever the process ends, and is checked whole when it is read.

A file's time of change is when it was last used: `PathLossStore.prune` goes by it.
"""

import hashlib
import os
import platform
import re
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

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
    "Pruned",
    "Window",
    "window_key",
]

_SUFFIX: Final = ".loss"
_KEY: Final = re.compile(r"[0-9a-f]{64}")
# Of which key, machine and process: ".KEY.MACHINE-PROCESS-RANDOM.partial".
_PARTIAL: Final = re.compile(r"\.[0-9a-f]{64}\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.partial")
_ABANDONED_S: Final = 24 * 3600.0
# Its time of change is when the last whole prediction began.
_LAST_RUN: Final = ".last_run"
_DAY_S: Final = 24 * 3600.0


class Pruned(NamedTuple):
    """How many windows were removed, and what they took on the disk; how many are left."""

    windows: int
    size_bytes: int
    windows_left: int


class PathLossStore:
    """Windows of path loss in a folder, for any number of threads and processes at once.

    Parameters
    ----------
    folder
        Where the files are; made where it is missing. What writers that are no more left behind
        unfinished is removed.
    writing
        Whether windows will be written; if not, nothing in the folder is made or removed.

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

    def __init__(self, folder: str | Path, *, writing: bool = True) -> None:
        if not str(folder).strip():
            raise InputError("path-loss store", ["no folder is named: give one"])
        self.folder = Path(folder).expanduser()
        self.damaged: list[str] = []
        if not writing:
            return
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
        ``damaged`` and removed: compute the window and `write` it again. A folder of that name
        is moved aside, whatever is in it.
        """
        path = self._path(key)
        try:
            window = from_bytes(key, _content(path))
            with suppress(OSError):  # a store that can only be read
                os.utime(path)
            return window
        except FileNotFoundError:
            return None
        except (OSError, DamagedWindowError) as error:
            self.damaged.append(f"{path.name}: {error}; it is computed again")
            with suppress(OSError):
                _put_away(path)
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

    def finished(self, began_s: float) -> None:
        """Note that a prediction that uses the whole store began then, `time.time`, and ended."""
        with suppress(OSError):
            (self.folder / _LAST_RUN).touch()
            os.utime(self.folder / _LAST_RUN, (began_s, began_s))

    def prune(self, *, unused_days: float | None = None, most_bytes: float | None = None) -> Pruned:
        """Remove windows that are not needed, the longest unused first.

        Without an argument, those that the last whole prediction did not use; none where there was
        no such. A window that a prediction uses while this goes on is not lost: it was used just
        now, or is computed again.

        Parameters
        ----------
        unused_days
            Remove those that were not used for so many days, the last prediction's too.
        most_bytes
            Remove until the windows take no more, but none that was used since the last whole
            prediction began.

        Raises
        ------
        InputError
            For a number below zero.
        """
        given = {"unused_days": unused_days, "most_bytes": most_bytes}
        wrong = [f"{k} is {v}: give zero or more" for k, v in given.items() if v and not v >= 0]
        if wrong:
            raise InputError("prune", wrong)
        last = self._last_run_s()
        before = last if most_bytes is None else 0.0
        if unused_days is not None:
            before = time.time() - unused_days * _DAY_S
        files = self._files()
        left = sum(size for _, size, _ in files)
        removed: list[int] = []
        for used_s, size, path in files:
            too_much = most_bytes is not None and left > most_bytes and used_s < last
            if used_s < before or too_much:
                with suppress(OSError):
                    path.unlink()
                    left -= size
                    removed.append(size)
        return Pruned(len(removed), sum(removed), len(files) - len(removed))

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each window was last used, its size and its file, the longest unused first."""
        files = []
        for path in self.folder.glob("*" + _SUFFIX):
            with suppress(OSError):
                about = path.lstat()
                if _KEY.fullmatch(path.stem) and stat.S_ISREG(about.st_mode):
                    files.append((about.st_mtime, about.st_size, path))
        return sorted(files)

    def _last_run_s(self) -> float:
        """When the last whole prediction began; 0 where there was none."""
        try:
            return (self.folder / _LAST_RUN).stat().st_mtime
        except OSError:
            return 0.0

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


def _put_away(path: Path) -> None:
    """Remove what is no window; a folder is renamed, since what is in it is somebody's."""
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f"{path.name}.folder-{secrets.token_hex(4)}"))
    else:
        path.unlink(missing_ok=True)


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
