"""What a measurement leaves behind: a JSON file, with the machine that it was made on."""

import json
import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["machine", "read_record", "write_record"]

Record = dict[str, Any]


def machine() -> str:
    """Cores, processor's kind and Python, in words."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def write_record(record: Record, path: Path | None) -> None:
    """Keep a record, where there is a path for it."""
    if path is not None:
        path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf8")


def read_record(path: Path) -> Record:
    return json.loads(path.read_text(encoding="utf8"))
