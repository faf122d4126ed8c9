"""Villages as lines that are read: one a village, with its state by technology and operator."""

from typing import TYPE_CHECKING, Final

import pandas as pd

from phusong.gaps import ANY
from phusong.gaps.villages import village_pixels
from phusong.report.columns import column_heading, worded

if TYPE_CHECKING:
    from phusong.gaps import Gaps

__all__ = ["village_communes", "village_lines"]

_FACTS: Final = ("code", "name", "people", "households", "grid_power", "kind")
_OF_ANY: Final = ("state", "answer", "chance_served")


def village_lines(gaps: "Gaps", language: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Lay the villages of a result out one a row, in words.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps` with villages.
    language
        One of `phusong.report.words.languages`.

    Returns
    -------
    lines : DataFrame
        Code, name, commune, people, households, grid power and kind; of each technology state,
        answer and chance by any operator, then the state by each operator that has it; the rule.
    headers : dict
        Heading of each column.
    """
    settlements = gaps.coverage.scene.are_settlements

    def heading(column: str) -> str:
        return column_heading(column, language, "villages", settlements=settlements)

    layers = list(gaps.villages.groupby(["technology", "operator"], sort=False))
    facts = pd.DataFrame(layers[0][1])[list(_FACTS)].reset_index(drop=True)
    facts.insert(2, "commune_name", village_communes(gaps))
    parts = [worded(facts, language)]
    headers = {name: heading(name) for name in parts[0].columns}
    for (technology, operator), layer in sorted(layers, key=lambda each: _any_first(*each[0])):
        if operator != ANY and (operator, technology) not in _networks(gaps):
            continue
        measures = _OF_ANY if operator == ANY else ("state",)
        whose = technology if operator == ANY else f"{technology} {operator}"
        told = worded(pd.DataFrame(layer)[list(measures)], language).reset_index(drop=True)
        parts.append(told.add_prefix(f"{whose}_"))
        headers |= {f"{whose}_{name}": f"{whose}: {heading(name)}" for name in measures}
    rule = worded(pd.DataFrame(layers[0][1])[["rule"]], language).reset_index(drop=True)
    return pd.concat([*parts, rule], axis="columns"), headers | {"rule": heading("rule")}


def _any_first(technology: str, operator: str) -> tuple[str, bool, str]:
    return technology, operator != ANY, operator


def _networks(gaps: "Gaps") -> set[tuple[str, str]]:
    cells = gaps.coverage.network.cells[["operator", "technology"]]
    return set(cells.itertuples(index=False, name=None))


def village_communes(gaps: "Gaps") -> "pd.Series[str]":
    """Return the name of the commune that each village lies in; none where it lies in none."""
    scene = gaps.coverage.scene
    pixel = village_pixels(scene.villages, scene)
    label = pd.Series(scene.commune_labels.to_numpy().ravel()[pixel]).where(pixel >= 0)
    return label.map(scene.communes.set_index("label")["name"])
