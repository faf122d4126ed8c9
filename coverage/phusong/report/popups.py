"""What is told of a thing on the map that is pointed at, also in Google Earth.

Of one kind of thing all have the same labels; a value is None where nothing is to be told.
"""

from typing import Any, Final

import pandas as pd

from phusong.gaps import ANY
from phusong.report.columns import CODED, column_heading
from phusong.report.words import first_word, number, word

__all__ = [
    "dead_spot_rows",
    "operator_name",
    "proposal_rows",
    "site_rows",
    "village_rows",
]

_MORE: Final = (
    *("year", "tenure", "capital", "yearly", "present_value", "currency"),
    *("azimuths_deg", "electrical_tilt_deg", "backhaul", "backhaul_km", "backhaul_cost"),
)


def operator_name(operator: str, language: str) -> str:
    """Return an operator's name, the words for "any operator" where it is `ANY`."""
    return word("any_operator", language) if operator == ANY else operator


def dead_spot_rows(
    spot: dict[str, Any], language: str, *, settlements: bool = False
) -> list[tuple[str, Any]]:
    """What is told of a dead spot: label and value; ``settlements`` as of `column_heading`."""
    villages = None if pd.isna(spot["villages"]) else spot["villages"]
    return [
        (word("state", language), word(f"state_{spot['state']}", language)),
        (word("certainty", language), word(f"certainty_{spot['certainty']}", language)),
        (word("cause", language), word(f"cause_{spot['cause'] or 'not_told'}", language)),
        (word("missing_db", language), number(spot["missing_db"], language, 1)),
        (word("area_km2", language), number(spot["area_km2"], language, 2)),
        (word("people", language), number(spot["people"], language)),
        (word("commune_name", language), spot["commune_name"]),
        (word("nearest_mast_km", language), number(spot["nearest_mast_km"], language, 1)),
        (word("nearest_mast_operator", language), spot["nearest_mast_operator"]),
        (
            column_heading("villages", language, settlements=settlements),
            number(villages, language) if villages else None,  # none there: nothing to tell
        ),
    ]


def village_rows(village: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """What is told of a village: label and value."""
    on_grid = village["grid_power"]
    answer = None if pd.isna(on_grid) else word("yes" if on_grid else "no", language)
    return [
        (word("village_code", language), village["code"]),
        (village["technology"], word(f"state_{village['state']}", language)),
        (word("answer", language), word(f"answer_{village['answer']}", language)),
        (word("people", language), number(village["people"], language)),
        (word("grid_power", language), answer),
    ]


def site_rows(site: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """What is told of an existing site: label and value."""
    return [
        (word("operator", language), site["operator"]),
        (word("technologies", language), site["technologies"]),
        (word("cells", language), number(site["cells"], language)),
        (word("antenna_height_m", language), number(site["antenna_height_m"], language, 1)),
    ]


def proposal_rows(site: dict[str, Any], operator: str, language: str) -> list[tuple[str, Any]]:
    """What is told of a proposed site: label and value; more columns than usual at the end."""
    owner = word("owner_itself", language) if site["owner"] == operator else site["owner"]
    return [
        (word("proposed_sites.kind", language), word(f"kind_{site['kind']}", language)),
        (word("owner", language), owner or word("owner_none", language)),
        (word("antenna_height_m", language), number(site["antenna_height_m"], language, 1)),
        (word("ground_m", language), number(site["ground_m"], language)),
        (word("people_alone", language), number(site["people_alone"], language)),
        (word("people_newly_served", language), number(site["people_newly_served"], language)),
        (word("people_cumulative", language), number(site["people_cumulative"], language)),
        (word("communes", language), site["communes"]),
        *_more_rows(site, language),
    ]


def _more_rows(site: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """Year, cost, sectors and backhaul, where the plan tells of them."""
    return [
        (column_heading(name, language, "proposed_sites"), _any_text(name, site[name], language))
        for name in _MORE
        if name in site
    ]


def _any_text(name: str, value: Any, language: str) -> str | None:
    if isinstance(value, list | tuple):
        return ", ".join(str(_any_text(name, each, language)) for each in value)
    if pd.isna(value) or value == "":
        return None
    if name in CODED:
        return first_word((f"{name}_{value}",), language) or str(value)
    if name == "year" or isinstance(value, str):
        return str(value)
    return number(float(value), language, 0 if abs(value) >= 100 or value == round(value) else 1)
