"""Compiled kernels on disk: a private folder, one file a kernel and its types of arguments.

A file is read back as a pickle, so whoever can write it can run code as the user. It is therefore
kept where only the user writes: the folder is made for the user alone, and one that belongs to
somebody else, or that others may write into, is left unused. No file is read that its own digest
does not vouch for: one that was cut short or damaged counts as absent.

Nothing here fails: where the folder cannot be had or written, kernels are compiled in memory.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import uuid
from pathlib import Path

import platformdirs

__all__ = ["KernelFiles", "digest_of"]

REVISIONS_KEPT = 6
DIGEST_BYTES = 32


def digest_of(*parts: object) -> str:
    """SHA-256 of the parts' representations, as 64 hexadecimal digits."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class KernelFiles:
    """The files of one revision of the kernels.

    Parameters
    ----------
    revision
        Digest of all that compiled code depends on, whichever kernel it is of.
    within
        Folder to make the private one in; the user's cache folder where it is not given.
    """

    def __init__(self, revision: str, within: str = "") -> None:
        own = platformdirs.user_cache_path("phusong", appauthor=False)
        self.root = Path(within) / "phusong" if within else own
        self.folder = self.root / revision[:32]
        self._ready: bool | None = None

    def read(self, name: str) -> bytes | None:
        """What was written under a name; None where there is nothing whole."""
        if not self._is_ready():
            return None
        try:
            content = (self.folder / name).read_bytes()
        except OSError:
            return None
        digest, body = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        return body if hashlib.sha256(body).digest() == digest else None

    def write(self, name: str, body: bytes) -> None:
        """Put a file in its place at once, so that no other process reads a part of it."""
        if not self._is_ready():
            return
        unfinished = self.folder / f"{name}.{uuid.uuid4().hex}"
        try:
            unfinished.write_bytes(hashlib.sha256(body).digest() + body)
            unfinished.replace(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _is_ready(self) -> bool:
        if self._ready is None:
            try:
                self._ready = self._make()
            except OSError:
                self._ready = False
        return self._ready

    def _make(self) -> bool:
        """Make the folders, mark this revision as used, and drop those used longest ago."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(self.root):
            return False
        self.folder.mkdir(mode=0o700, exist_ok=True)
        os.utime(self.folder)
        revisions = [path for path in self.root.iterdir() if path.is_dir()]
        revisions.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for old in revisions[REVISIONS_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        return True


def _is_private(folder: Path) -> bool:
    """Whether a folder is the user's and nobody else may write into it."""
    if not hasattr(os, "getuid"):  # Windows: the user's cache folder is private by inheritance
        return True
    found = folder.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
