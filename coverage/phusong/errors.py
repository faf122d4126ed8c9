"""The errors and the warning that phusong raises. Each error is also a ValueError."""

from collections.abc import Sequence

__all__ = [
    "InputError",
    "MemoryLimitError",
    "OutOfRangeError",
    "PhusongError",
    "PhusongWarning",
    "check_kinds",
]


class PhusongError(ValueError):
    """Base of every error that phusong raises on purpose."""


class InputError(PhusongError):
    """Input that cannot be used; carries every problem found, not only the first.

    Parameters
    ----------
    source
        What was read: a file name, or the name of an argument.
    problems
        One sentence each, naming row, column, value and the mend where they exist.
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{source}: {len(self.problems)} problem(s)\n{lines}")


class OutOfRangeError(PhusongError):
    """A value outside the range in which a model or a table is valid."""


class MemoryLimitError(PhusongError):
    """A run that would need more memory than there is; raised before it starts."""


class PhusongWarning(UserWarning):
    """Something a user should know that does not stop the work; at most once a run."""


def check_kinds(*arguments: tuple[str, object, type, str]) -> None:
    """Refuse arguments of another kind than a door takes.

    Parameters
    ----------
    arguments
        Each one's name, itself, its kind, and the function that makes one.

    Raises
    ------
    InputError
        Naming all that are of another kind.
    """
    problems = [
        f"{name} is a {type(value).__name__}: give a {kind.__name__}, from phusong.{maker}"
        for name, value, kind, maker in arguments
        if not isinstance(value, kind)
    ]
    if problems:
        raise InputError("arguments", problems)
