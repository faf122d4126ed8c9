"""What the tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A first call compiles its kernel, or finds it kept on disk: no example is timed.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real geodata and reference vectors that stands beside the project."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder {SHARED.name} beside the project: its data is not shipped")
    return SHARED
