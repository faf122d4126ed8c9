"""Levels, states and answers as cloud-optimised GeoTIFFs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import rasterio.shutil
import xarray as xr
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from odc.geo.geobox import GeoBox
from rasterio.io import MemoryFile

from phusong.gaps.answers import ANSWER_COLOURS, ANSWERS
from phusong.gaps.state import STATE_COLOURS, STATES
from phusong.geodata.folders import make_folder
from phusong.report.files import replacing, unique_names

if TYPE_CHECKING:
    from phusong.gaps import Gaps
    from phusong.gaps.yardstick import Yardstick
    from phusong.prediction import Coverage

__all__ = ["remove_cogs", "write_cogs"]

_KINDS: Final = ("level", "state", "answer")  # the names of the files begin with them


def write_cogs(directory: Path | str, coverage: "Coverage", gaps: "Gaps") -> list[Path]:
    """Write levels, states and answers, one file per operator and technology each.

    Parameters
    ----------
    directory
        Folder to write to; made where absent. Files of the same names are replaced.
    coverage
        Levels: ``level_{operator}_{technology}.tif``, float32 in dBm, NaN where not computed.
        Without any computed pixel there is no file.
    gaps
        ``state_{operator}_{technology}.tif`` and ``answer_{operator}_{technology}.tif``, uint8
        codes of `phusong.gaps.STATES` and `phusong.gaps.ANSWERS` with a colour table; 255 (no
        data) outside the communes. The operator "any" is among them.

    Returns
    -------
    list of Path
        The files: levels, states, answers. Each has its CRS, and in its tags the model, the
        quantity, the service profile with its probability, load and place, and the shadowing.
    """
    folder = make_folder(directory)
    axes = (gaps.state["operator"].values, gaps.state["technology"].values)
    names = unique_names(f"{operator}_{technology}" for operator, technology in product(*axes))
    return [
        _write_cog(folder / f"{band.kind}_{names[band.layer]}.tif", coverage.scene.grid, band)
        for bands in (
            _level_bands(coverage, gaps.yardstick),
            _state_bands(gaps),
            _answer_bands(gaps),
        )
        for band in bands
    ]


def remove_cogs(directory: Path | str) -> None:
    """Remove what an earlier `write_cogs` wrote, which may have had other operators."""
    for kind in _KINDS:
        for old in Path(directory).glob(f"{kind}_*.tif"):
            old.unlink()


@dataclass(frozen=True)
class _Band:
    """A raster with what its file says of it."""

    kind: str
    layer: str  # operator and technology
    values: NDArray[Any]
    nodata: float
    description: str
    units: str
    tags: dict[str, str]
    colours: dict[int, tuple[int, ...]] | None = None


def _level_bands(coverage: "Coverage", by: "Yardstick") -> Iterator[_Band]:
    level = coverage["level_dbm"]
    for names, layer in _layers(level):
        values = layer.to_numpy()
        if not np.isfinite(values).any():
            continue
        quantity = str(level["quantity"].sel(technology=names["technology"]).values)
        tags = {"quantity": quantity, **names, **_conditions(by)}
        text = f"median {quantity} of {' '.join(names.values())}"
        yield _Band("level", "_".join(names.values()), values, np.nan, text, "dBm", tags)


def _state_bands(gaps: "Gaps") -> Iterator[_Band]:
    return _code_bands(gaps, "state", gaps.state, STATES, STATE_COLOURS, {})


def _answer_bands(gaps: "Gaps") -> Iterator[_Band]:
    tags = {"confidence": f"{gaps.uncertainty.confidence:g}"}
    return _code_bands(gaps, "answer", gaps.answer, ANSWERS, ANSWER_COLOURS, tags)


def _code_bands(
    gaps: "Gaps",
    kind: str,
    layers: xr.DataArray,
    codes: Mapping[str, int],
    colours: Mapping[str, str],
    more_tags: Mapping[str, str],
) -> Iterator[_Band]:
    told = ", ".join(f"{code} {name}" for name, code in codes.items())
    table = {
        codes[name]: tuple(round(255 * part) for part in to_rgba(colour, name != "outside"))
        for name, colour in colours.items()
    }
    flags = {"flag_values": " ".join(map(str, codes.values())), "flag_meanings": " ".join(codes)}
    conditions = {**_conditions(gaps.yardstick), **more_tags}
    for names, layer in _layers(layers):
        tags = {"quantity": f"{kind} of service: {told}", **flags, **names, **conditions}
        text = f"{kind} of service of {' '.join(names.values())}"
        values, name = layer.to_numpy(), "_".join(names.values())
        yield _Band(kind, name, values, codes["outside"], text, "", tags, table)


def _layers(layers: xr.DataArray) -> Iterator[tuple[dict[str, str], xr.DataArray]]:
    for operator, technology in product(layers["operator"].values, layers["technology"].values):
        names = {"operator": str(operator), "technology": str(technology)}
        yield names, layers.sel(names)


def _conditions(by: "Yardstick") -> dict[str, str]:
    """What the values hold under, for the tags of a file."""
    coverage, profile, load = by.coverage, by.profile, by.load
    return {
        "model": str(coverage.data.attrs["model"]),
        "service_profile": profile.name,
        "probability": f"{profile.probability:g}",
        "load": "not named" if load is None else str(load),
        "place": profile.place,
        **({"nsa": ", ".join(by.nsa)} if by.nsa else {}),
        "shadowing_sigma_db": f"{coverage.shadowing_sigma_db:g}",
        "receiver_height_m": f"{coverage.settings.receiver_height_m:g}",
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
