"""What the files hold: every table of a result by its name, and the layers of a map."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Unpack

import geopandas as gpd
import pandas as pd

from phusong.gaps import Checks, compare_operators
from phusong.report.tables import commune_table

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["map_layers", "result_tables"]

_OF_VILLAGES: Final = ("villages", "claimed_villages", "switched_off_villages")


def result_tables(
    gaps: "Gaps", plan: "Plan | None" = None, **checks: Unpack[Checks]
) -> dict[str, pd.DataFrame]:
    """Every table of a result by its name; those with places are GeoDataFrames.

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`: ``province``, ``communes_by_operator``, ``operators``,
        ``roaming``, ``dead_spots``, ``villages``; ``old_communes`` where the scene has communes
        of before a merger. Tables of villages are left out where the scene has none.
    plan
        Result of `phusong.propose_sites`: ``proposed_sites``.
    **checks
        See `phusong.gaps.Checks`: ``target_lines`` (a row a commune) and ``targets``;
        ``changes``; ``claims`` and ``claimed_villages``; ``switch_offs`` and
        ``switched_off_villages``.
    """
    side_by_side = compare_operators(gaps)
    tables: dict[str, pd.DataFrame] = {
        "province": gaps.province,
        "communes_by_operator": gaps.communes,
        **_old_communes(gaps),
        "operators": side_by_side.communes,
        "roaming": side_by_side.roaming,
        "dead_spots": gaps.dead_spots,
        "villages": gaps.villages,
    }
    if plan is not None:
        tables["proposed_sites"] = plan.sites
    tables |= _check_tables(checks)
    if gaps.coverage.scene.villages is None:
        return {name: table for name, table in tables.items() if name not in _OF_VILLAGES}
    return tables


def map_layers(gaps: "Gaps", plan: "Plan | None" = None) -> dict[str, gpd.GeoDataFrame]:
    """The layers of a GIS file by their names.

    Each has a CRS of its own: areas and villages the grid's, sites WGS 84 (EPSG:4326).

    Parameters
    ----------
    gaps
        Result of `phusong.find_gaps`. Layers ``communes`` (a row per commune, any operator, as
        `commune_table`), ``communes_by_operator`` (as ``gaps.communes``), ``dead_spots``,
        ``villages`` and ``existing_sites``, and ``old_communes`` (as ``communes_by_operator``)
        where the scene has communes of before a merger.
    plan
        Result of `phusong.propose_sites`: layer ``proposed_sites``.
    """
    layers = {
        "communes": commune_table(gaps),
        "communes_by_operator": gaps.communes,
        "dead_spots": gaps.dead_spots,
        "villages": gaps.villages,
        "existing_sites": gaps.coverage.network.sites(),
    }
    layers |= _old_communes(gaps)
    return layers if plan is None else layers | {"proposed_sites": plan.sites}


def _old_communes(gaps: "Gaps") -> dict[str, gpd.GeoDataFrame]:
    return {} if gaps.old_communes is None else {"old_communes": gaps.old_communes}


def _check_tables(checks: Checks) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    targets, changes = checks.get("targets"), checks.get("changes")
    if targets is not None:
        tables |= {"target_lines": targets.communes, "targets": targets.targets}
    if changes is not None:
        tables["changes"] = changes
    if claims := checks.get("claims", {}):
        about = {
            name: {"technology": claim.technology, "operator": claim.operator}
            for name, claim in claims.items()
        }
        communes = {name: claim.communes for name, claim in claims.items()}
        villages = {name: claim.villages for name, claim in claims.items()}
        tables["claims"] = _stacked("claim", communes, about)
        tables["claimed_villages"] = _stacked("claim", villages, about)
    if cases := checks.get("switch_offs", {}):
        communes = {name: case.communes for name, case in cases.items()}
        villages = {name: case.villages for name, case in cases.items()}
        tables["switch_offs"] = _stacked("case", communes)
        tables["switched_off_villages"] = _stacked("case", villages)
    return tables


def _stacked(
    key: str,
    parts: Mapping[str, pd.DataFrame],
    about: Mapping[str, Mapping[str, str]] | None = None,
) -> pd.DataFrame:
    """One table of several, with a column of their names, and what is said about each, in front."""
    named = []
    for name, part in parts.items():
        columns = {key: name} | dict((about or {}).get(name, {}))
        front = part.assign(**columns)
        named.append(front[[*columns, *part.columns]])
    return pd.concat(named, ignore_index=True)
