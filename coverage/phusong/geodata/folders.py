"""What files that are written have in common: their folder, and no time of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyogrio

from phusong.errors import InputError

__all__ = ["make_folder", "undated", "with_folder"]

_GDAL_NOW: Final = "OGR_CURRENT_DATE"
_NO_TIME: Final = "1970-01-01T00:00:00.000Z"


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """Make a folder, and those it lies in, where they are missing.

    Raises
    ------
    InputError
        When it cannot be made.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot be made a folder ({error.strerror}): give another for the results"
        raise InputError(str(path), [problem]) from error
    return path


def with_folder(file: str | os.PathLike[str]) -> Path:
    """The path of a file to write, whose folder is made where it is missing (`make_folder`)."""
    path = Path(file)
    make_folder(path.parent)
    return path


@contextmanager
def undated() -> Iterator[None]:
    """Let GDAL write no time of its own: the same layers give the same file."""
    before = pyogrio.get_gdal_config_option(_GDAL_NOW)
    pyogrio.set_gdal_config_options({_GDAL_NOW: _NO_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_GDAL_NOW: before})
