"""The memory that work will take, beside what there is."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from phusong.errors import MemoryLimitError

__all__ = ["free_memory_bytes", "require_memory", "size_text"]

# A container's own limit and what it uses, of cgroups version 2 and 1; within a container its group
# is the root.
_GROUPS: Final = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)
_CGROUPS: Final = Path("/sys/fs/cgroup")
_STEPS: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def free_memory_bytes(cgroups: Path = _CGROUPS) -> int:
    """Memory that can be taken without swapping: the machine's, or less where a container ends it.

    Parameters
    ----------
    cgroups
        Where the system tells of this process's group.
    """
    free = psutil.virtual_memory().available
    for limit, used in _GROUPS:
        with suppress(OSError, ValueError):  # another version, no limit ("max"), or no Linux
            left = int((cgroups / limit).read_text()) - int((cgroups / used).read_text())
            free = min(free, max(0, left + _reclaimable_bytes(cgroups / used)))
    return int(free)


def _reclaimable_bytes(used: Path) -> int:
    """Of what a group uses, the files that are kept only because there is room."""
    with suppress(OSError, ValueError):
        rows = dict(line.split() for line in (used.parent / "memory.stat").read_text().splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
    return 0


def require_memory(bytes_needed: float, purpose: str, mend: str) -> None:
    """Refuse work that would need more memory than is free.

    Parameters
    ----------
    bytes_needed
        Planned peak, bytes.
    purpose, mend
        What the memory is for, and what to change to need less.

    Raises
    ------
    MemoryLimitError
        If it is more than `free_memory_bytes`.
    """
    free = free_memory_bytes()
    if bytes_needed > free:
        raise MemoryLimitError(
            f"{purpose} would need {size_text(bytes_needed)} of memory and {size_text(free)} "
            f"are free; {mend}"
        )


def size_text(size_bytes: float) -> str:
    """A size to three digits: "1.24 GB"."""
    for unit, name in _STEPS:
        size = size_bytes / unit
        if size >= 1.0:
            return f"{size:,.0f} {name}" if size >= 100.0 else f"{size:.3g} {name}"
    return f"{size_bytes:.0f} bytes"
