"""Draw the figures of models.md.

    python docs/draw_models.py [--into FOLDER] [NAME ...]

`tam_dao` needs real terrain, which is not shipped: it is drawn where the folder `shared` stands
beside the project, and left as it is where not.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import formula_figures
import path_figures
from drawing import draw
from matplotlib.figure import Figure
from tam_dao import over_tam_dao

__all__ = ["FIGURES", "main"]

HERE = Path(__file__).resolve().parent
TERRAIN = HERE.parents[1] / "shared/geodata/terrain/vinhphuc_srtm3.tif"

FIGURES: dict[str, Callable[[], Figure]] = {
    "p525": formula_figures.free_space_loss,
    "p526": path_figures.knife_edge,
    "ridge": path_figures.over_a_ridge,
    "p1812": path_figures.by_time,
    "itm": path_figures.area_mode,
    "ehata": path_figures.okumura,
    "hata": formula_figures.hata_family,
    "spm": path_figures.tuned,
    "tr38901": formula_figures.urban_cells,
    "p2108": formula_figures.clutter,
    "p2109": formula_figures.entry,
    "p676": formula_figures.gases,
    "p838": formula_figures.rain,
    "p530": formula_figures.links,
    "tam_dao": partial(over_tam_dao, TERRAIN),
}


def main(arguments: list[str]) -> None:
    """Draw the figures named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--into", type=Path, default=HERE / "figures")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(FIGURES)):
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    given.into.mkdir(parents=True, exist_ok=True)
    for name in given.names or FIGURES:
        if name == "tam_dao" and not TERRAIN.is_file():
            sys.stdout.write("tam_dao is not drawn: no real terrain beside the project\n")
            continue
        draw(FIGURES[name], given.into / f"{name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
