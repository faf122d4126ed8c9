"""Files from the network, kept so that what was fetched once is not fetched again."""

import hashlib
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tqdm.auto import tqdm

from phusong.errors import InputError
from phusong.geodata.folders import make_folder

__all__ = ["NotThereError", "download"]

_TIMEOUT_S: Final = 60.0
_PIECE_BYTES: Final = 1 << 20
_GONE: Final = (403, 404, 410)  # stores of objects answer 403 where there is no such object


class NotThereError(Exception):
    """The address answers that it has no such file."""


def download(address: str, folder: Path, *, progress: bool = True) -> Path:
    """Fetch a file into a folder, unless it is there whole; one that was cut off goes on.

    Parameters
    ----------
    address
        http or https.
    folder
        Where files are kept, under names of their own.
    progress
        Show a progress bar.

    Raises
    ------
    NotThereError
        Where the server has no such file.
    InputError
        Where it cannot be reached, or answers with anything else.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise InputError(address, ["is no address of the web: give one with http or https"])
    whole = make_folder(folder) / _name_of(address)
    if whole.exists():
        return whole
    part = whole.with_name(whole.name + ".part")
    try:
        _fetch(address, part, progress=progress)
    except urllib.error.HTTPError as error:
        if error.code in _GONE:
            raise NotThereError(address) from error
        raise InputError(address, [f"answers {error.code} {error.reason}"]) from error
    except OSError as error:
        told = getattr(error, "reason", None) or error
        problem = f"cannot be fetched ({told}): try again, what was fetched is kept"
        raise InputError(address, [problem]) from error
    part.replace(whole)
    return whole


def _name_of(address: str) -> str:
    """The file's own name, behind a digest that tells addresses apart."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:12]
    return f"{digest}-{Path(urlsplit(address).path).name or 'index'}"


def _fetch(address: str, part: Path, *, progress: bool) -> None:
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address)  # noqa: S310  the scheme was looked at
    if there:
        request.add_header("Range", f"bytes={there}-")
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == 416 and there:  # nothing is left to fetch, or the file has changed
            part.unlink()
            _fetch(address, part, progress=progress)
            return
        raise
    with answer:
        goes_on = answer.status == 206
        length = answer.headers.get("Content-Length")
        total = None if length is None else int(length) + (there if goes_on else 0)
        bar = tqdm(
            desc=Path(urlsplit(address).path).name,
            total=total,
            initial=there if goes_on else 0,
            unit="B",
            unit_scale=True,
            disable=not progress,
        )
        with bar, part.open("ab" if goes_on else "wb") as file:
            while piece := answer.read(_PIECE_BYTES):
                file.write(piece)
                bar.update(len(piece))
            file.flush()
            os.fsync(file.fileno())
    if total is not None and part.stat().st_size != total:
        raise OSError(f"{part.stat().st_size} of {total} bytes came")
