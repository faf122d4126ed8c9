"""Readers of the reference vectors."""

import csv
import json
from pathlib import Path

import numpy as np

REFERENCE = Path(__file__).parent / "reference"


def json_lines(path: Path) -> list[dict]:
    with path.open(encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf8") as lines:
        return list(csv.DictReader(lines))


def itu_profile(path: Path) -> dict[str, np.ndarray]:
    """Distance, height, clutter height and radio-climatic zone of an ITU validation profile."""
    text = path.read_text(encoding="utf8").splitlines()
    begin = next(i for i, line in enumerate(text) if line.startswith("{Begin of Profile"))
    end = next(i for i, line in enumerate(text) if line.startswith("{End of Profile"))
    table = np.array([[float(x) for x in line.split(",")[:5]] for line in text[begin + 2 : end]])
    return {
        "distance_km": table[:, 0],
        "height_m": table[:, 1],
        "clutter_m": table[:, 3],
        "zone": table[:, 4].astype(int),
    }


def itu_log(path: Path) -> dict[str, float]:
    """Values of an ITU validation log; a name that stands twice keeps its equation with it."""
    values: dict[str, float] = {}
    for line in path.read_text(encoding="utf8").splitlines()[1:]:
        name, equation, _, value = [*line.split(","), "", "", ""][:4]
        if name.strip() and value:
            values[f"{name.strip()} | {equation}"] = float(value)
            values.setdefault(name.strip(), float(value))
    return values
