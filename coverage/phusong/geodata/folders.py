"""The folder that a file is to be written into."""

import os
from pathlib import Path

from phusong.errors import InputError

__all__ = ["make_folder", "with_folder"]


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
