"""An open-data bundle: tables, layers and rasters with a ``datapackage.json`` that explains them.

The description is a Data Package (https://datapackage.org/standard/data-package/): a schema for
each table, the licence, and every input with its hash. Who reads it need not know phusong.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_any_dtype,
    is_integer_dtype,
    is_numeric_dtype,
)

from phusong.gaps import Checks
from phusong.geodata.folders import make_folder
from phusong.report.assumptions import assumptions
from phusong.report.columns import CODED, column_heading, table_title, unit
from phusong.report.files import replacing, write_csv, write_layers
from phusong.report.rasters import remove_cogs, write_cogs
from phusong.report.results import map_layers, result_tables
from phusong.report.words import codes, languages, word

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = ["InputSource", "Licence", "write_open_data"]

_SCHEMA: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".gpkg": "application/geopackage+sqlite3",
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
}
_NOT_PUBLISHED: Final = "existing_sites"  # the operators' own, who may not want them known

_Record = dict[str, Any]


@dataclass(frozen=True)
class Licence:
    """Under what terms the bundle may be used: a short name such as CC-BY-4.0, and where it is."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class InputSource:
    """Where an input came from, as whoever gave it says; "" for what was not said.

    Attributes
    ----------
    name
        Which input: "terrain", "stations" and so on.
    file, sha256
        Name of the file, and the hash of what it held.
    title, url, licence
        What it is, where it is to be had, and under what terms.
    """

    name: str
    file: str
    sha256: str
    title: str = ""
    url: str = ""
    licence: str = ""


def write_open_data(
    directory: Path | str,
    gaps: "Gaps",
    plan: "Plan | None" = None,
    *,
    title: str,
    sources: Sequence[InputSource],
    licence: Licence | None = None,
    rasters: bool = True,
    **checks: Unpack[Checks],
) -> Path:
    """Write every table as CSV, the layers, the rasters, and a description of them all.

    Positions of existing sites are left out: they are the operators' to publish.

    Parameters
    ----------
    directory
        Folder to write to, made where absent; tables and rasters of an earlier bundle are removed.
    gaps, plan
        Results of `phusong.find_gaps` and `phusong.propose_sites`.
    title
        Name of the bundle.
    sources
        The inputs. What is not said of one is written as not given.
    licence
        Of the bundle; without one it says that none was given.
    rasters
        Whether rasters are among it.
    **checks
        See `phusong.gaps.Checks`.

    Returns
    -------
    Path
        ``datapackage.json`` in the folder. In it each field of a table has its type, its unit, and
        what it is in English and Vietnamese; each file its size and SHA-256.
    """
    folder = make_folder(directory)
    for old in (folder / "tables").glob("*.csv"):
        old.unlink()
    remove_cogs(folder / "rasters")
    tables = result_tables(gaps, plan, **checks) | {"assumptions": _assumptions(gaps)}
    layers = {
        name: layer for name, layer in map_layers(gaps, plan).items() if name != _NOT_PUBLISHED
    }
    settlements = gaps.coverage.scene.are_settlements
    resources = [
        _write_table(folder, name, frame, settlements=settlements) for name, frame in tables.items()
    ]
    geopackage = write_layers(folder / "coverage.gpkg", layers)
    resources.append(_resource(folder, geopackage, "layers"))
    if rasters:
        files = write_cogs(folder / "rasters", gaps.coverage, gaps)
        resources += [_resource(folder, path, f"raster_{path.stem}") for path in files]
    described = _described(gaps, title, licence, sources) | {"resources": resources}
    path = folder / "datapackage.json"
    with replacing(path) as partial:
        text = json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        partial.write_text(text, encoding="utf-8")
    return path


def _described(
    gaps: "Gaps", title: str, licence: Licence | None, sources: Iterable[InputSource]
) -> _Record:
    profile, by = gaps.profile, gaps.yardstick
    licences = [{"name": licence.name} | _if_given(path=licence.url)] if licence else None
    return {
        "$schema": _SCHEMA,
        "name": _slug(title),
        "title": title,
        **_in_words("description", "open_data_description"),
        **({"licenses": licences} if licences else _in_words("licence", "not_given")),
        "sources": [_source(source) for source in sources],
        "service_profile": {
            "name": profile.name,
            "source": profile.source,
            "probability": profile.probability,
            "load": "not named" if by.load is None else by.load,
            "place": profile.place,
            "confidence": gaps.uncertainty.confidence,
        },
        "crs": str(gaps.coverage.scene.grid.crs),
    }


def _source(source: InputSource) -> _Record:
    licence = {"licence": source.licence} if source.licence else _in_words("licence", "not_given")
    return {
        "title": source.title or source.file,
        **_if_given(path=source.url),
        "input": source.name,
        "file": source.file,
        "sha256": source.sha256,
        **licence,
    }


def _write_table(folder: Path, name: str, frame: pd.DataFrame, *, settlements: bool) -> _Record:
    plain = pd.DataFrame(frame.drop(columns=_geometry(frame)))
    for column in plain.columns:
        if is_datetime64_any_dtype(plain[column]):
            plain[column] = plain[column].dt.strftime("%Y-%m-%d")
    path = write_csv(folder / "tables" / f"{name}.csv", plain, encoding="utf-8")
    fields = list(_fields(frame.drop(columns=_geometry(frame)), name, settlements=settlements))
    titles = {
        _key("title", each): table_title(name, each, settlements=settlements)
        for each in languages()
    }
    told = _resource(folder, path, name) | titles
    return told | {"encoding": "utf-8", "schema": {"fields": fields, "missingValues": [""]}}


def _fields(frame: pd.DataFrame, table: str, *, settlements: bool) -> Iterator[_Record]:
    for column in map(str, frame.columns):
        words = {
            _key("description", each): column_heading(column, each, table, settlements=settlements)
            for each in languages()
        }
        field = {"name": column, "type": _type(frame[column]), **_if_given(unit=unit(column))}
        yield field | words | (_categories(column) if column in CODED else {})


def _categories(column: str) -> _Record:
    """The codes of a column, and what each means."""
    return {"categories": [_category(column, code) for code in codes(column)]}


def _category(column: str, code: str) -> _Record:
    labels = {_key("label", each): word(f"{column}_{code}", each) for each in languages()}
    return {"value": code, **labels}


def _type(values: "pd.Series[Any]") -> str:
    """Type of a field as a Table Schema names it."""
    known = values.dropna()
    if is_datetime64_any_dtype(values):
        return "date"
    if is_bool_dtype(values) or (
        len(known) and known.map(lambda value: isinstance(value, bool | np.bool_)).all()
    ):
        return "boolean"
    if is_integer_dtype(values):
        return "integer"
    return "number" if is_numeric_dtype(values) else "string"


def _resource(folder: Path, path: Path, name: str) -> _Record:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "name": _slug(name),
        "path": path.relative_to(folder).as_posix(),
        "format": path.suffix[1:],
        "mediatype": _MEDIA_TYPES[path.suffix],
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
    }


def _assumptions(gaps: "Gaps") -> pd.DataFrame:
    """In every language: a column of what is assumed each, and its value."""
    told = {_key("assumption", each): assumptions(gaps, each)["assumption"] for each in languages()}
    return pd.DataFrame(told).assign(value=assumptions(gaps, "en")["value"].map(str))


def _geometry(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if frame[name].dtype == "geometry"]


def _in_words(key: str, of: str) -> _Record:
    return {_key(key, each): word(of, each) for each in languages()}


def _key(key: str, language: str) -> str:
    """English has the standard's own key."""
    return key if language == "en" else f"{key}_{language}"


def _if_given(**values: str) -> _Record:
    return {name: value for name, value in values.items() if value}


def _slug(name: str) -> str:
    """A name of small letters, digits, dots, dashes and underscores, as the standard asks."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("đ", "d"))
    plain = re.sub(r"[^a-z0-9._-]+", "-", letters.encode("ascii", "ignore").decode())
    return plain.strip("-") or "unnamed"
