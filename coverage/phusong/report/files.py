"""Tables and layers as files: GeoPackage, GeoParquet and CSV.

A file is written beside its place and moved there when whole, so that a run that fails leaves the
old file as it was.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import pandas as pd

from phusong.errors import InputError
from phusong.geodata.folders import make_folder, undated, with_folder
from phusong.report.results import map_layers

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan

__all__ = [
    "replacing",
    "require_parquet",
    "unique_names",
    "write_csv",
    "write_geoparquet",
    "write_gpkg",
    "write_layers",
]

_AREAS: Final = ("communes", "communes_by_operator", "old_communes", "dead_spots")
_LINES: Final = ("plan_links",)
_LONGEST_NAME: Final = 60
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_gpkg(path: Path | str, gaps: "Gaps", plan: "Plan | None" = None) -> Path:
    """Write the communes, dead spots, villages and sites to one GeoPackage.

    Parameters
    ----------
    path
        File to write; one that is there is replaced.
    gaps, plan
        Results of `phusong.find_gaps` and `phusong.propose_sites`; the layers are those of
        `phusong.report.results.map_layers`.

    Returns
    -------
    Path
        The file; each layer in the CRS of its table.
    """
    return write_layers(path, map_layers(gaps, plan))


def write_layers(path: Path | str, layers: Mapping[str, gpd.GeoDataFrame]) -> Path:
    """Write layers of those names to one GeoPackage, which replaces one that is there."""
    with replacing(Path(path)) as partial, undated():
        for layer, frame in layers.items():
            _add_layer(partial, layer, frame)
    return Path(path)


def write_geoparquet(directory: Path | str, gaps: "Gaps", plan: "Plan | None" = None) -> list[Path]:
    """Write the layers of `write_gpkg` as GeoParquet files, one a layer.

    Parameters
    ----------
    directory
        Folder to write to; made where absent. Files of the same names are replaced.
    gaps, plan
        As of `write_gpkg`.

    Returns
    -------
    list of Path
        ``{layer}.parquet`` each, in the CRS of its table.

    Raises
    ------
    InputError
        Where pyarrow is not installed.
    """
    require_parquet()
    folder = make_folder(directory)
    paths = []
    for layer, frame in map_layers(gaps, plan).items():
        paths.append(folder / f"{layer}.parquet")
        with replacing(paths[-1]) as partial:
            _without_lists(frame).to_parquet(partial, index=False)
    return paths


def require_parquet() -> None:
    """InputError, naming the extra that brings it, where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        problem = "pyarrow, which writes it, is not installed: pip install 'phusong[parquet]'"
        raise InputError("GeoParquet", [problem])


def write_csv(path: Path, frame: pd.DataFrame, encoding: str = "utf-8-sig") -> Path:
    """Write a table for spreadsheets: text that would be a formula gets an apostrophe."""
    texts = frame.select_dtypes(["object", "string"]).columns
    plain = frame.assign(**{name: frame[name].map(_no_formula) for name in texts})
    with replacing(path) as partial:
        plain.to_csv(partial, index=False, encoding=encoding, lineterminator="\n")
    return path


def unique_names(names: Iterable[str]) -> dict[str, str]:
    """Give each name one that every file system takes, no two alike even without case.

    Examples
    --------
    >>> unique_names(["Viettel", "../x", "..x"])
    {'Viettel': 'Viettel', '../x': 'x', '..x': 'x_2'}
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = re.sub(r"[^\w-]+", "_", name).strip("_")[:_LONGEST_NAME] or "unnamed"
        candidate, count = plain, 1
        while candidate.casefold() in taken:
            count += 1
            candidate = f"{plain}_{count}"
        taken.add(candidate.casefold())
        given[name] = candidate
    return given


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, and move what is written there to `path` when all went well.

    The folder is made where it is missing; an InputError where it cannot be.
    """
    partial = with_folder(path).with_name(f".{path.stem}.partial{path.suffix}")
    partial.unlink(missing_ok=True)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _add_layer(path: Path, layer: str, frame: gpd.GeoDataFrame) -> None:
    kind = "MultiPolygon" if layer in _AREAS else "LineString" if layer in _LINES else "Point"
    _without_lists(frame).to_file(
        path,
        layer=layer,
        driver="GPKG",
        engine="pyogrio",
        mode="a" if path.exists() else "w",
        geometry_type=kind,
        promote_to_multi=kind == "MultiPolygon",
    )


def _without_lists(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Text in place of lists, which these files cannot hold."""
    plain = frame.copy()
    for column in plain.columns.drop("geometry"):
        if plain[column].dtype == object:
            plain[column] = plain[column].map(_plain, na_action="ignore")
    return plain


def _plain(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else value


def _no_formula(value: object) -> object:
    return f"'{value}" if str(value).startswith(_FORMULA_STARTS) else value
