"""A plan as one GeoPackage: its tables as layers, the rest as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio

from phusong.errors import InputError
from phusong.geodata.folders import undated, with_folder

__all__ = ["read_plan", "write_plan"]

_FACTS: Final = "plan"
_LISTS: Final = "lists"


def write_plan(
    path: Path | str, tables: Mapping[str, pd.DataFrame], facts: Mapping[str, Any]
) -> Path:
    """Write tables, with geometry or without, and facts that JSON can hold; replaces the file."""
    path = with_folder(path)
    path.unlink(missing_ok=True)
    lists = {name: _columns_of_lists(table) for name, table in tables.items()}
    told = {"fact": [*facts, _LISTS], "value": [json.dumps(v) for v in (*facts.values(), lists)]}
    with undated():
        for name, table in {_FACTS: pd.DataFrame(told), **tables}.items():
            if len(table.columns) and len(table):
                plain = _without_lists(table, lists.get(name, []))
                layer = {"layer": name, "driver": "GPKG", "append": path.exists()}
                pyogrio.write_dataframe(plain, path, **layer)
    return path


def read_plan(path: Path | str) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Read what `write_plan` wrote; tables without rows are left out.

    Raises
    ------
    InputError
        When the file cannot be read, or is not one of a plan.
    """
    path = Path(path)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        if _FACTS not in names:
            raise InputError(str(path), ["is not the file of a plan: write one with Plan.save"])
        tables = {name: gpd.read_file(path, layer=name) for name in names}
    except pyogrio.errors.DataSourceError as error:
        raise InputError(str(path), [f"cannot be read: {error}"]) from error
    told = tables.pop(_FACTS)
    facts = {k: json.loads(v) for k, v in zip(told["fact"], told["value"], strict=True)}
    for name, columns in facts.pop(_LISTS).items():
        for column in columns:
            tables[name][column] = [tuple(json.loads(text)) for text in tables[name][column]]
    return tables, facts


def _columns_of_lists(table: pd.DataFrame) -> list[str]:
    return [
        str(column)
        for column in table.columns
        if column != "geometry" and table[column].map(_is_list).any()
    ]


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _without_lists(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table.assign(**{name: [json.dumps(v) for v in table[name]] for name in columns})
