"""What is told of a thing on the map that is pointed at, also in Google Earth."""

from typing import Any

import pandas as pd

from phusong.gaps import ANY
from phusong.report.markup import facts, number_table
from phusong.report.words import number, word

__all__ = [
    "commune_popup",
    "dead_spot_rows",
    "operator_name",
    "proposal_rows",
    "site_rows",
    "village_rows",
]


def operator_name(operator: str, language: str) -> str:
    """Return an operator's name, the words for "any operator" where it is `ANY`."""
    return word("any_operator", language) if operator == ANY else operator


def commune_popup(commune: dict[str, Any], shares: "pd.Series[float]", language: str) -> str:
    """Area and people, and the share of people served: a row per operator, a column per one."""
    technologies = list(shares.index.unique("technology"))
    head = [word("served_people_pct", language), *technologies]
    operators = sorted(shares.index.unique("operator"), key=lambda name: (name != ANY, name))
    rows = [
        [
            operator_name(operator, language),
            *(number(shares[technology, operator], language, 1) for technology in technologies),
        ]
        for operator in operators
    ]
    about = [
        (word("code", language), commune["code"]),
        (word("area_km2", language), number(commune["area_km2"], language, 1)),
        (word("people", language), number(commune["people"], language)),
    ]
    return facts(commune["name"], about) + number_table(head, rows)


def dead_spot_rows(spot: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """What is told of a dead spot: label and value."""
    rows = [
        (word("state", language), word(f"state_{spot['state']}", language)),
        (word("certainty", language), word(f"certainty_{spot['certainty']}", language)),
        (word("cause", language), word(f"cause_{spot['cause'] or 'not_told'}", language)),
        (word("missing_db", language), number(spot["missing_db"], language, 1)),
        (word("area_km2", language), number(spot["area_km2"], language, 2)),
        (word("people", language), number(spot["people"], language)),
        (word("commune_name", language), spot["commune_name"]),
        (word("nearest_mast_km", language), number(spot["nearest_mast_km"], language, 1)),
        (word("nearest_mast_operator", language), spot["nearest_mast_operator"]),
    ]
    if not pd.isna(spot["villages"]):
        rows.append((word("villages", language), number(spot["villages"], language)))
    return rows


def village_rows(village: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """What is told of a village: label and value."""
    rows = [
        (word("village_code", language), village["code"]),
        (village["technology"], word(f"state_{village['state']}", language)),
        (word("answer", language), word(f"answer_{village['answer']}", language)),
        (word("people", language), number(village["people"], language)),
    ]
    if not pd.isna(village["grid_power"]):
        answer = word("yes" if village["grid_power"] else "no", language)
        rows.append((word("grid_power", language), answer))
    return rows


def site_rows(site: dict[str, Any], language: str) -> list[tuple[str, Any]]:
    """What is told of an existing site: label and value."""
    return [
        (word("operator", language), site["operator"]),
        (word("technologies", language), site["technologies"]),
        (word("cells", language), number(site["cells"], language)),
        (word("antenna_height_m", language), number(site["antenna_height_m"], language, 1)),
    ]


def proposal_rows(site: dict[str, Any], operator: str, language: str) -> list[tuple[str, Any]]:
    """What is told of a proposed site: label and value."""
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
    ]
