"""What may stand where: zone, class of structure and height by density and clutter.

Mast classes as Vietnamese provinces use them: A1 is unobtrusive, A2a stands on a roof, A2b on the
ground. The rules are a table, ``tables/structures.csv``, in place of which a user's own is taken.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import uniform_filter

from phusong.geodata.code_table import at_row
from phusong.planning.rule_tables import checked, numbers_of, read_rules, words_of

if TYPE_CHECKING:
    from phusong.geodata.scene import Scene

__all__ = ["CLASSES", "ZONES", "read_structure_rules", "with_structures"]

CLASSES: Final = {"a1": "A1", "a2a": "A2a", "a2b": "A2b"}
ZONES: Final = {"urban": "urban", "rural": "rural"}
CLASS_OF_STRUCTURE: Final = {"rooftop": "A2a", "mast": "A2b"}
"""Classes of what stands already, by the station table's words; others go by the place."""
STRUCTURE_OF_CLASS: Final = {"A1": "other", "A2a": "rooftop", "A2b": "mast"}

DENSITY_SIDE_M = 1000.0  # density is of the square kilometre around, as a density per km2 is meant
_NUMBERS: Final = ("least_people_per_km2", "height_allowed_m", "foot_m")
_COLUMNS: Final = (*_NUMBERS, "clutter_codes", "zone", "structure_class")
_MOST_CODE: Final = 255


def read_structure_rules(table: str | Path | None = None) -> pd.DataFrame:
    """Read the rules by which a place has its zone and its class of structure.

    Parameters
    ----------
    table
        CSV file with the columns ``least_people_per_km2`` (in the square kilometre around),
        ``clutter_codes`` (of the scene's classes, ``|`` between them; empty for any), ``zone``
        (urban or rural), ``structure_class`` (A1, A2a, A2b), ``height_allowed_m`` (top of the
        antennas above ground), ``foot_m`` (height of the roof that it stands on) and ``source``;
        None for the package's own. The first row that a place fulfils is its rule; the last must
        hold everywhere.

    Raises
    ------
    InputError
        For a file that is no such table, with every row, column and value that is wrong.
    """
    text = read_rules(table, "structures", _COLUMNS)
    problems: list[str] = []
    rules = pd.DataFrame({name: numbers_of(text, name, problems) for name in _NUMBERS})
    rules["zone"] = words_of(text, "zone", ZONES, problems)
    rules["structure_class"] = words_of(text, "structure_class", CLASSES, problems)
    rules["clutter_codes"] = pd.Series(
        [_codes(text, row, problems) for row in text.index], text.index, dtype=object
    )
    last = rules.iloc[-1]
    if last["least_people_per_km2"] > 0 or text["clutter_codes"].iloc[-1]:
        problems.append("the last row must hold everywhere: 0 people per km2 and no clutter codes")
    checked(str(table or "structures.csv"), problems)
    return rules.reset_index(drop=True)


def _codes(text: pd.DataFrame, row: Any, problems: list[str]) -> frozenset[int]:
    parts = [part.strip() for part in text.loc[row, "clutter_codes"].split("|") if part.strip()]
    good = {int(part) for part in parts if part.isdigit() and int(part) < _MOST_CODE}
    if len(good) < len(set(parts)):
        problems.append(at_row(text, row, "clutter_codes", "is no list of codes such as 52|53"))
    return frozenset(good)


def with_structures(scene: "Scene", points: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Add ``zone``, ``structure_class``, ``height_allowed_m`` and ``foot_m`` to places.

    ``points`` have ``row`` and ``column`` on the scene's grid. A roof's height is that of the
    rule, or the building's own where the scene knows buildings' heights.
    """
    row, column = points["row"].to_numpy(), points["column"].to_numpy()
    density = _density_per_km2(scene)[row, column]
    codes = _codes_at(scene, row, column)
    rule = np.full(len(points), len(rules) - 1)
    for number in reversed(range(len(rules))):
        wanted = rules["clutter_codes"].iloc[number]
        fits = density >= rules["least_people_per_km2"].iloc[number]
        rule[fits & (np.isin(codes, list(wanted)) if wanted else True)] = number
    columns = ["zone", "structure_class", "height_allowed_m", "foot_m"]
    found = rules[columns].iloc[rule].set_index(points.index)
    points = points.assign(**{name: found[name] for name in columns})
    if getattr(scene, "building_heights", False) and scene.clutter_m is not None:
        roof_m = scene.clutter_m.to_numpy()[scene.window][row, column].astype(float)
        stands = (points["structure_class"] == "A2a") & (roof_m > 0)
        points["foot_m"] = points["foot_m"].mask(stands, roof_m)
    return points


def _density_per_km2(scene: "Scene") -> npt.NDArray[np.float64]:
    size = 2 * round(DENSITY_SIDE_M / scene.resolution_m / 2) + 1
    mean = uniform_filter(scene.people.to_numpy(), size, mode="nearest")
    density: npt.NDArray[np.float64] = mean / scene.pixel_area_km2
    return density


def _codes_at(
    scene: "Scene", row: npt.NDArray[np.intp], column: npt.NDArray[np.intp]
) -> npt.NDArray[np.int64]:
    """Class of clutter at pixels, -1 where the scene has none."""
    if scene.clutter_class is None:
        return np.full(len(row), -1)
    codes: npt.NDArray[np.int64] = scene.clutter_class.to_numpy()[scene.window][row, column].astype(
        np.int64
    )
    return codes
