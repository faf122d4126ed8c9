"""Files for GIS programs: GeoPackage and cloud-optimised GeoTIFF.

A file is written beside its place and moved there when whole, so that a run that fails leaves the
old file as it was.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import rasterio.shutil
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.io import MemoryFile

from phusong.gaps.state import STATE_COLOURS, STATES
from phusong.geodata.folders import make_folder, with_folder
from phusong.report.tables import commune_table

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.planning import Plan
    from phusong.prediction import Coverage

__all__ = ["replacing", "unique_names", "write_cogs", "write_gpkg"]

_AREAS: Final = ("communes", "communes_by_operator", "old_communes", "dead_spots")
_LONGEST_NAME: Final = 60


def write_gpkg(path: Path | str, gaps: "Gaps", plan: "Plan | None" = None) -> Path:
    """Write the communes, dead spots, villages and sites to one GeoPackage.

    Parameters
    ----------
    path
        File to write; one that is there is replaced.
    gaps
        Result of `phusong.find_gaps`. Layers ``communes`` (a row per commune, any operator, as
        `commune_table`), ``communes_by_operator`` (as ``gaps.communes``), ``dead_spots``,
        ``villages`` and ``existing_sites``, and ``old_communes`` (as ``communes_by_operator``)
        where the scene has communes of before a merger.
    plan
        Result of `phusong.propose_sites`: layer ``proposed_sites``.

    Returns
    -------
    Path
        The file; each layer in the CRS of its table.
    """
    layers = {
        "communes": commune_table(gaps),
        "communes_by_operator": gaps.communes,
        "dead_spots": gaps.dead_spots,
        "villages": gaps.villages,
        "existing_sites": gaps.coverage.network.sites(),
    }
    if gaps.old_communes is not None:
        layers["old_communes"] = gaps.old_communes
    if plan is not None:
        layers["proposed_sites"] = plan.sites
    with replacing(Path(path)) as partial:
        for layer, frame in layers.items():
            _add_layer(partial, layer, frame)
    return Path(path)


def write_cogs(directory: Path | str, coverage: "Coverage", gaps: "Gaps") -> list[Path]:
    """Write levels and states as cloud-optimised GeoTIFFs, one per operator and technology.

    Parameters
    ----------
    directory
        Folder to write to; made where absent. Files of the same names are replaced.
    coverage
        Levels: ``level_{operator}_{technology}.tif``, float32 in dBm, NaN where not computed.
        Without any computed pixel there is no file.
    gaps
        States: ``state_{operator}_{technology}.tif``, uint8 codes of `phusong.gaps.STATES` with a
        colour table; 255 (no data) outside the communes. The operator "any" is among them.

    Returns
    -------
    list of Path
        The files, levels first.
    """
    folder = make_folder(directory)
    axes = (gaps.state["operator"].values, gaps.state["technology"].values)
    names = unique_names(f"{operator}_{technology}" for operator, technology in product(*axes))
    grid = coverage.scene.grid
    levels = (
        _write_cog(folder / f"level_{names[combination]}.tif", grid, band)
        for combination, band in _level_bands(coverage)
    )
    states = (
        _write_cog(folder / f"state_{names[combination]}.tif", grid, band)
        for combination, band in _state_bands(gaps)
    )
    return [*levels, *states]


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
    kind = "MultiPolygon" if layer in _AREAS else "Point"
    plain = frame.copy()
    for column in plain.columns.drop("geometry"):
        if plain[column].dtype == object:
            plain[column] = plain[column].map(_plain, na_action="ignore")
    plain.to_file(
        path,
        layer=layer,
        driver="GPKG",
        engine="pyogrio",
        mode="a" if path.exists() else "w",
        geometry_type=kind,
        promote_to_multi=kind == "MultiPolygon",
    )


def _plain(value: Any) -> Any:
    """Text of a list, and everything else as it is: a GeoPackage holds no lists."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | set) else value


@dataclass(frozen=True)
class _Band:
    """A raster with what its file says of it."""

    values: NDArray[Any]
    nodata: float
    description: str
    units: str
    tags: dict[str, str]
    colours: dict[int, tuple[int, ...]] | None = None


def _level_bands(coverage: "Coverage") -> Iterator[tuple[str, _Band]]:
    level = coverage["level_dbm"]
    for operator in map(str, level["operator"].values):
        for technology in map(str, level["technology"].values):
            values = level.sel(operator=operator, technology=technology).to_numpy()
            if not np.isfinite(values).any():
                continue
            quantity = str(level["quantity"].sel(technology=technology).values)
            tags = {
                "model": str(coverage.data.attrs["model"]),
                "quantity": quantity,
                "operator": operator,
                "technology": technology,
                "shadowing_sigma_db": f"{coverage.shadowing_sigma_db:g}",
            }
            text = f"median {quantity} of {operator} {technology}"
            yield f"{operator}_{technology}", _Band(values, np.nan, text, "dBm", tags)


def _state_bands(gaps: "Gaps") -> Iterator[tuple[str, _Band]]:
    codes = ", ".join(f"{code} {name}" for name, code in STATES.items())
    for operator in map(str, gaps.state["operator"].values):
        for technology in map(str, gaps.state["technology"].values):
            tags = {
                "model": str(gaps.coverage.data.attrs["model"]),
                "quantity": f"state of service: {codes}",
                "operator": operator,
                "technology": technology,
                "service_profile": gaps.profile.name,
                "probability": f"{gaps.profile.probability:g}",
                "load": "" if gaps.profile.load is None else f"{gaps.profile.load:g}",
                "shadowing_sigma_db": f"{gaps.coverage.shadowing_sigma_db:g}",
            }
            values = gaps.state.sel(operator=operator, technology=technology).to_numpy()
            text = f"state of service of {operator} {technology}"
            band = _Band(values, STATES["outside"], text, "", tags, _colour_table())
            yield f"{operator}_{technology}", band


def _colour_table() -> dict[int, tuple[int, ...]]:
    return {
        STATES[name]: tuple(round(255 * part) for part in to_rgba(colour, name != "outside"))
        for name, colour in STATE_COLOURS.items()
    }


def _write_cog(path: Path, grid: GeoBox, band: _Band) -> Path:
    shape = {"height": grid.shape[0], "width": grid.shape[1], "count": 1}
    place = {"crs": str(grid.crs), "transform": grid.affine}
    continuous = band.colours is None
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", dtype=band.values.dtype, nodata=band.nodata, **shape, **place
        ) as raster:
            raster.write(band.values, 1)
            raster.set_band_description(1, band.description)
            raster.set_band_unit(1, band.units)
            raster.update_tags(**band.tags)
            if band.colours is not None:
                raster.write_colormap(1, band.colours)
        with memory.open() as raster, replacing(path) as partial:
            rasterio.shutil.copy(
                raster,
                partial,
                driver="COG",
                compress="DEFLATE",
                predictor="YES" if continuous else "NO",
                overview_resampling="AVERAGE" if continuous else "NEAREST",
            )
    return path
