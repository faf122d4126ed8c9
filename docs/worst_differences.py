"""Write worst_differences.md: how far each model is from each file of its vectors, at worst.

    python docs/worst_differences.py [--into FILE] [--json FILE]

Files that are not shipped are read from the folder `shared` beside the project, and left out
where it is absent. The exit status is 1 if a difference exceeds its tolerance.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from phusong.errors import PhusongWarning

__all__ = ["main", "markdown", "measured"]

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared"
HEAD = """\
# Worst differences from the reference vectors

Written by `python docs/worst_differences.py`. A file without a folder ships in `tests/reference`,
where its source is named; the others are read where they are at hand. Workbooks and published
cases are rounded: P.2108-1 section 3.2 to 0.1 dB, ITM's to 0.01 dB (profiles) and 0.1 dB (area).
`knife_edge_J_exact.csv` holds Fresnel integrals, which the formula approximates.
`tr38901_ns3_random.csv` has Sionna's losses too, with the exact speed of light, and
`p2108_random.csv` NTIA's, with a rounded normal quantile.

| model | vectors | values | worst difference | tolerance |
|---|---|---:|---:|---:|
"""


def measured() -> list[dict[str, Any]]:
    """One entry for each file of vectors that is at hand."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from differences import VECTORS

    with warnings.catch_warnings():
        # Vectors outside a model's range are wanted here.
        warnings.simplefilter("ignore", PhusongWarning)
        return [
            {
                "model": vectors.model,
                "file": vectors.file,
                "unit": vectors.unit,
                "tolerance": vectors.tolerance,
                **dict(zip(("values", "worst"), vectors.worst(SHARED), strict=True)),
            }
            for vectors in VECTORS
            if vectors.path(SHARED).exists()
        ]


def markdown(rows: list[dict[str, Any]]) -> str:
    """The page; a difference at the size of rounding is not told from another."""
    lines = [
        f"| {row['model']} | `{row['file']}` | {row['values']} "
        f"| {_size(row['worst'])} {row['unit']} | {row['tolerance']:g} |\n"
        for row in rows
    ]
    return HEAD + "".join(lines)


def _size(worst: float) -> str:
    return "under 1e-6" if worst < 1e-6 else f"{worst:.2g}"


def main(arguments: list[str]) -> int:
    """Measure, write, and count what is too far off."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE / "worst_differences.md")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    rows = measured()
    given.into.write_text(markdown(rows), encoding="utf8")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf8")
    far = [row["file"] for row in rows if not row["worst"] <= row["tolerance"]]
    if far:
        sys.stderr.write(f"beyond their tolerance: {', '.join(far)}\n")
    return 1 if far else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
