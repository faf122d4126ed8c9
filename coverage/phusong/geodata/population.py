"""People per pixel from a raster of counts, scaled to known numbers where these are given."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from odc.geo.geobox import GeoBox
from rasterio.warp import Resampling, reproject
from rasterio.windows import Window

from phusong.errors import InputError
from phusong.geodata.findings import Findings
from phusong.geodata.grid import pixel_area_km2
from phusong.geodata.memory import require_memory
from phusong.geodata.sources import open_raster, window_over

__all__ = ["commune_sums", "known_people", "read_people", "scale_to_known", "within_communes"]

People = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]

_Note = Callable[..., None]

_DENSEST_PER_KM2: Final = 5000.0
"""More people on average over all communes are noted: few provinces of the world have them."""

_PAD_CELLS: Final = 2
_BYTES_PER_CELL: Final = 40
_WARP_BYTES: Final = 100


def read_people(path: str | Path, grid: GeoBox, labels: Labels, findings: Findings) -> People:
    """Spread a raster of people per cell over the pixels of a grid, keeping the total.

    Each cell's people are spread evenly over its area, and a pixel receives the share of each
    cell that it covers (GDAL's sum resampling). So cells may be larger or smaller than pixels,
    in any reference system, and no one is lost or counted twice. A cell without a value, or
    with a negative one, counts as 0.

    Parameters
    ----------
    path
        A raster of people per cell (not per km2); the first band is read.
    grid, labels
        The analysis grid, and int32 (y, x) commune labels on it (0: no commune).
    findings
        Takes note of cells taken as 0, communes without values, and doubtful totals.

    Returns
    -------
    ndarray
        float64 (y, x), people in each pixel, inside and outside the communes.

    Raises
    ------
    InputError
        If the file cannot be read, or holds no value in the area.
    MemoryLimitError
        If the part that is needed does not fit into memory.
    """
    note = partial(findings.add, source=Path(path).name)
    with open_raster(path) as dataset:
        if dataset.count > 1:
            reason = f"{dataset.count} bands: the first is taken for people"
            note(severity="info", reason=reason, mend="give the number of people alone")
        window = window_over(dataset, grid, _PAD_CELLS)
        counts = _read_counts(dataset, window)
        crs, transform = dataset.crs, dataset.window_transform(window)
    known = np.isfinite(counts) & (counts >= 0)
    _note_unknown(counts, known, note)
    people = _on_grid(np.where(known, counts, 0), transform, crs, grid, Resampling.sum)
    covered = _on_grid(known.astype(np.float64), transform, crs, grid, Resampling.nearest) > 0
    _check_covered(covered, labels, str(path), grid, note)
    return people


def within_communes(
    people: People, labels: Labels, grid: GeoBox, findings: Findings, source: str
) -> People:
    """Return the people with 0 outside every commune, and note how many those are.

    Parameters
    ----------
    people, labels, grid
        People and commune labels, (y, x), and the grid that they are on.
    findings, source
        Take note of people outside, of nobody inside, and of a density that cannot be.
    """
    note = partial(findings.add, source=source)
    inside = labels > 0
    total, kept = people.sum(), people[inside].sum()
    if not kept:
        note(severity="warning", reason="no people in any commune", mend="is it the right file?")
        return np.zeros_like(people)
    reason = (
        f"{kept:,.0f} people in the communes; {total - kept:,.0f} around them "
        f"({(total - kept) / total:.1%}) are left out"
    )
    note(severity="info", reason=reason)
    density = kept / (inside.sum() * pixel_area_km2(grid))
    if density > _DENSEST_PER_KM2:
        reason = f"{density:,.0f} people per km2 over all communes"
        mend = "give people per cell, not per km2 (is this the terrain?)"
        note(severity="warning", reason=reason, mend=mend)
    return np.where(inside, people, 0.0)


def known_people(
    communes: gpd.GeoDataFrame,
    given: Mapping[str, float] | pd.Series,
    findings: Findings,
    source: str = "commune_people",
) -> pd.Series:
    """Match known numbers of people to communes by code.

    Parameters
    ----------
    communes
        With a column code.
    given
        Code to number of people. A code of no commune is noted and left out.
    findings, source
        Take note of codes that match no commune, and what they were given in.

    Returns
    -------
    Series
        float, indexed as `communes`; NaN where nothing is known.

    Raises
    ------
    InputError
        If a code is given twice, a number is none or negative, or no code matches.
    """
    numbers = pd.Series(given, dtype="object")
    numbers.index = numbers.index.map(str)
    people = pd.to_numeric(numbers, errors="coerce").astype(float)
    wrong = (people.isna() & numbers.notna()) | (people < 0) | np.isinf(people)
    problems = [
        f"{code}: {value!r} is no number of people" for code, value in numbers[wrong].items()
    ]
    twice = numbers.index[numbers.index.duplicated()].unique()
    problems += [f"{code}: given twice; keep one" for code in twice]
    if not numbers.index.isin(communes["code"]).any():
        problems.append(f"no code matches; the communes' look like {communes['code'].iloc[0]!r}")
    if problems:
        raise InputError(source, problems)
    for code in numbers.index[~numbers.index.isin(communes["code"])]:
        where = {"source": source, "value": code, "severity": "rejected"}
        findings.add(**where, reason="the code is of no commune", mend="mend the code")
    matched: pd.Series = communes["code"].map(people)
    return matched


def scale_to_known(
    people: People,
    labels: Labels,
    communes: gpd.GeoDataFrame,
    findings: Findings,
    source: str = "commune_people",
) -> tuple[People, npt.NDArray[np.float64]]:
    """Scale the people of each commune to its known number.

    Parameters
    ----------
    people, labels
        (y, x); people are 0 outside every commune.
    communes
        With columns label, code, name and known_people (NaN: left as the raster says).
    findings, source
        Take note of the factors, and of communes spread evenly or not scaled; and where from.

    Returns
    -------
    people : ndarray
        float64 (y, x).
    factors : ndarray
        Known over raster people, one per commune; 1 where nothing is known, NaN where the
        raster has nobody and the known people are spread evenly over the commune's pixels.
    """
    note = partial(findings.add, source=source)
    known = communes["known_people"].to_numpy(float)
    raster, pixels = commune_sums(people, labels, len(known))
    is_known = np.isfinite(known)
    if not is_known.any():
        return people, np.ones(len(known))
    factors = np.where(is_known, known / np.where(raster > 0, raster, np.nan), 1.0)
    spread = is_known & (raster == 0) & (known > 0)
    factors[is_known & (raster == 0) & (known == 0)] = 1.0
    _note_factors(factors, communes, is_known, note)
    _note_each(communes[~is_known], "no known number: left as the raster says", note)
    _note_each(communes[spread & (pixels > 0)], "nobody in the raster: spread evenly", note)
    _note_each(communes[spread & (pixels == 0)], "has no pixel: its people are lost", note)
    gone = is_known & (known == 0) & (raster > 0)
    _note_each(communes[gone], "known to have 0 people: those of the raster are left out", note)
    evenly = np.where(spread, known / np.maximum(pixels, 1), 0.0)
    of_label = np.concatenate([[0.0], np.nan_to_num(factors)])
    added = np.concatenate([[0.0], evenly])
    return people * of_label[labels] + added[labels], factors


def _read_counts(dataset: Any, window: Window) -> People:
    require_memory(
        window.width * window.height * _BYTES_PER_CELL,
        f"{dataset.name}: {window.width} x {window.height} cells of population",
        "give a coarser raster or a smaller area",
    )
    band = dataset.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
    return np.asarray(band * dataset.scales[0] + dataset.offsets[0], dtype=np.float64)


def _on_grid(
    values: People, transform: Any, crs: Any, grid: GeoBox, resampling: Resampling
) -> People:
    on_grid = np.zeros(grid.shape, dtype=np.float64)
    # GDAL loses up to 1 % of a sum at the seams when it works in chunks, so it gets one.
    megabytes = (values.size + on_grid.size) * _WARP_BYTES / 1e6
    reproject(
        values,
        on_grid,
        src_transform=transform,
        src_crs=crs,
        dst_transform=grid.transform,
        dst_crs=str(grid.crs),
        resampling=resampling,
        warp_mem_limit=64 + math.ceil(megabytes),
    )
    return on_grid


def _note_unknown(counts: People, known: npt.NDArray[np.bool_], note: _Note) -> None:
    negative = int((counts < 0).sum())
    empty = int((~known).sum()) - negative
    if empty:
        reason = f"{empty} cell(s) of {counts.size} without a value taken as 0 people"
        note(severity="info", reason=reason)
    if negative:
        reason = f"{negative} cell(s) with fewer than 0 people taken as 0"
        lowest = f"{np.nanmin(counts):g}"
        mend = "write the file's value for no data into its header"
        note(severity="repaired", reason=reason, value=lowest, mend=mend)


def _check_covered(
    covered: npt.NDArray[np.bool_], labels: Labels, path: str, grid: GeoBox, note: _Note
) -> None:
    inside = labels > 0
    lacking = inside & ~covered
    if inside.any() and not (inside & covered).any():
        raise InputError(path, ["holds no value in any commune; give the people of the area"])
    if lacking.any():
        area_km2 = lacking.sum() * pixel_area_km2(grid)
        share = lacking.sum() / inside.sum()
        reason = f"no value on {area_km2:.2f} km2 of the communes ({share:.2%}): nobody there"
        mend = "give a raster of the whole area; nothing to mend where it is water"
        note(severity="warning", reason=reason, mend=mend)


def commune_sums(
    people: People, labels: Labels, count: int
) -> tuple[People, npt.NDArray[np.int64]]:
    """Return people and pixels of each commune, in the order of the labels."""
    flat = labels.ravel()
    sums = np.bincount(flat, weights=people.ravel(), minlength=count + 1)[1:].astype(np.float64)
    return sums, np.bincount(flat, minlength=count + 1)[1:].astype(np.int64)


def _note_factors(factors: People, communes: gpd.GeoDataFrame, known: Any, note: _Note) -> None:
    used = pd.Series(factors, index=communes["code"])[known].dropna()
    if used.empty:
        return
    reason = (
        f"{len(used)} commune(s) scaled to known people by {used.min():.2f} ({used.idxmin()}) to "
        f"{used.max():.2f} ({used.idxmax()}), median {used.median():.2f}"
    )
    note(severity="info", reason=reason)


def _note_each(communes: gpd.GeoDataFrame, reason: str, note: _Note) -> None:
    for code, name in zip(communes["code"], communes["name"], strict=True):
        note(severity="warning", value=code, reason=f"{name}: {reason}", mend="check its number")
