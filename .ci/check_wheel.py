"""Look inside the wheel: what must be there is, and nothing else is."""

import sys
import zipfile
from pathlib import Path

NEEDED = (
    "phusong/__init__.py",
    "phusong/py.typed",
    "phusong/kernels/p1812.py",
    "phusong/radio/tables/vn_default.toml",
    "phusong/radio/tables/technologies.csv",
    "phusong/report/tables/phrases.csv",
    "phusong/report/tables/words.csv",
    "phusong/report/templates/report.html",
)


def main(wheel: Path) -> None:
    """Exit with a message where the wheel is not as it must be."""
    names = zipfile.ZipFile(wheel).namelist()
    sources = {f"phusong/{p.relative_to('coverage/phusong')}" for p in _sources()}
    missing = sorted((sources | set(NEEDED)) - set(names))
    foreign = [n for n in names if not n.startswith(("phusong/", "phusong-"))]
    size = wheel.stat().st_size
    if missing or foreign or size > 2_000_000:
        sys.exit(f"{wheel.name}, {size} bytes: missing {missing}, foreign {foreign}")
    sys.stdout.write(f"{wheel.name}: {len(names)} files, {size} bytes\n")


def _sources() -> list[Path]:
    return sorted(Path("coverage/phusong").rglob("*.py"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
